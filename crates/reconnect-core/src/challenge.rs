//! What the bank asks, and what the end user answers.

use crate::{error::Misuse, ids::RequestId, secret::Secret};
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};
use core::fmt;
use reconnect_json::{Fields, Reader, Writer, Wrong};
use serde::{Serialize, ser::SerializeMap};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $chooses:literal;)*) => {
        /// How a challenge wants to be answered. Sources: the documentation's `QuestionAndAnswer`; the others are known
        /// from clients only. An unknown one goes to the widget (decision 15).
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum ChallengeKind {
            $($(#[$doc])* $name,)*
            /// A kind that this version does not know, verbatim.
            Other(Box<str>),
        }

        impl ChallengeKind {
            /// Every kind with a name here.
            ///
            /// ```
            /// use reconnect_core::ChallengeKind;
            /// assert!(ChallengeKind::KNOWN.contains(&ChallengeKind::TextOrCall));
            /// ```
            pub const KNOWN: &'static [Self] = &[$(Self::$name,)*];

            /// The kind as the service writes it.
            ///
            /// ```
            /// assert_eq!(reconnect_core::ChallengeKind::TextOrCall.as_str(), "TextOrCall");
            /// ```
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => stringify!($name),)*
                    Self::Other(text) => text,
                }
            }

            fn read(text: &str) -> Self {
                match text {
                    $(stringify!($name) => Self::$name,)*
                    _ => Self::Other(text.into()),
                }
            }

            /// Whether the answer is one or more of the choices. Nobody knows it of an unknown kind.
            fn chooses(&self) -> Option<bool> {
                match self {
                    $(Self::$name => Some($chooses),)*
                    Self::Other(_) => None,
                }
            }
        }
    };
}

// Each kind as the service writes it, and whether its answer is of the choices.
kinds! {
    /// Free text; with choices: a question is chosen, and the answer is keyed by it.
    QuestionAndAnswer false;
    /// One of the choices.
    MultipleChoice true;
    /// Several of the choices.
    MultipleChoiceMultipleAnswers true;
    /// One or more of the images, which stand as Base64 in the choices and are sent back so.
    ImageSelection true;
    /// How a code is to be delivered.
    TextOrCall true;
}

/// One thing that the bank asks. Its `Debug` shows no prompt.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Challenge {
    /// How it wants to be answered.
    pub kind: ChallengeKind,
    /// The bank's words. They are the key of the answer, byte for byte.
    pub prompt: Box<str>,
    /// What there is to choose from; `Iterables` on the wire.
    pub choices: Box<[Box<str>]>,
    /// It was not read as the bank wrote it: it has a replacement character, or lacks one of its choices.
    odd: bool,
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let choices = self.choices.len();
        f.debug_struct("Challenge")
            .field("kind", &self.kind.as_str())
            .field("choices", &choices)
            .finish_non_exhaustive()
    }
}

impl Challenge {
    /// The challenges of a reply. One that cannot be read is left out, and the others can then be answered in the
    /// widget only: the bank wants an answer to all of them.
    ///
    /// # Errors
    /// If they are not a list, if none of them can be read, and if there are more than [`MOST`].
    pub(crate) fn each(from: &mut Reader<'_>) -> reconnect_json::Result<Vec<Self>> {
        let (mut all, mut room, mut complete) = (Vec::new(), Room(MOST), true);
        from.list()?;
        while from.item()? {
            room.take()?;
            match from.attempt(|from| Self::one(from, &mut room).map(Some))? {
                Some(challenge) => all.push(challenge),
                None => complete = false,
            }
        }
        // An unreadable list does not mean that nothing is asked.
        if room == Room::NONE || all.is_empty() && !complete {
            return Err(Wrong);
        }
        for challenge in &mut all {
            challenge.odd |= !complete;
        }
        Ok(all)
    }

    /// A challenge as the service writes it, or as [`write`](Self::write) did.
    pub(crate) fn read(from: &mut Reader<'_>) -> reconnect_json::Result<Self> {
        Self::one(from, &mut Room(MOST))
    }

    fn one(from: &mut Reader<'_>, room: &mut Room) -> reconnect_json::Result<Self> {
        let (mut kind, mut prompt, mut choices) = (None, None, None);
        let (mut fields, mut odd) = (Fields::default(), None);
        let before = (from.replaced(), from.unreadable());
        from.object()?;
        while let Some(key) = from.key()? {
            match &*key {
                "Type" => fields.take(from, "Type", &mut kind, Reader::lenient)?,
                "Prompt" => fields.take(from, "Prompt", &mut prompt, Reader::lenient)?,
                "Iterables" => {
                    let list = |from: &mut Reader<'_>| from.maybe(|from| self::choices(from, room));
                    fields.take(from, "Iterables", &mut choices, list)?;
                }
                FOR_WIDGET => fields.take(from, FOR_WIDGET, &mut odd, |from| from.maybe(Reader::flag))?,
                _ => from.skip()?,
            }
        }
        Ok(Self {
            kind: ChallengeKind::read(&kind.unwrap_or_default()),
            prompt: prompt.unwrap_or_default().into(),
            choices: choices.unwrap_or_default().into(),
            odd: odd == Some(true) || (from.replaced(), from.unreadable()) != before,
        })
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        to.object(|to| {
            to.key("Type").text(self.kind.as_str());
            to.key("Prompt").text(&self.prompt);
            if !self.choices.is_empty() {
                to.key("Iterables").texts(self.choices.iter().map(|choice| &**choice));
            }
            if self.odd {
                to.key(FOR_WIDGET).flag(true);
            }
        });
    }
}

/// The most challenges and choices, together, that are read of one reply (decision 66).
const MOST: u32 = 1_000;

/// How many more may be read.
#[derive(PartialEq)]
struct Room(u32);

impl Room {
    /// There were more than may be read.
    const NONE: Self = Self(u32::MAX);

    fn take(&mut self) -> reconnect_json::Result<()> {
        if self.0 == 0 || *self == Self::NONE {
            *self = Self::NONE;
            return Err(Wrong);
        }
        self.0 -= 1;
        Ok(())
    }
}

/// The name of `odd` in a snapshot. The service has no such field; if it sends one, it is read like ours.
const FOR_WIDGET: &str = "ForWidget";

/// Choices are texts; another value is left out.
fn choices(from: &mut Reader<'_>, room: &mut Room) -> reconnect_json::Result<Vec<Box<str>>> {
    let mut all = Vec::new();
    from.list()?;
    while from.item()? {
        room.take()?;
        // Null is no choice.
        all.extend(from.attempt(|from| from.lenient()?.map(Box::from).map(Some).ok_or(Wrong))?);
    }
    Ok(all)
}

/// The answers to one prompt: the bank's words as keys, byte for byte, and lists of values. Its `Debug` shows neither,
/// and its values are wiped on drop.
///
/// See [`Session::answer`](crate::Session::answer) for a walk that uses it.
#[derive(Clone)]
pub struct Answers {
    pub(crate) request: RequestId,
    /// The number of the prompt that they answer; `None` if the form that they came from sent no number.
    pub(crate) number: Option<u32>,
    pub(crate) pairs: Vec<(Secret, Vec<Secret>)>,
}

impl Answers {
    /// No answers yet, to the prompt with this number of this session.
    pub(crate) fn of(request: RequestId, number: u32) -> Self {
        Self { request, number: Some(number), pairs: Vec::new() }
    }

    /// Answers `prompt`, which is a challenge's [`prompt`](Challenge::prompt), or the question that the user chose of
    /// its choices. A prompt may be answered with several values; answering it again replaces them.
    #[must_use]
    pub fn with<V: Into<String>>(mut self, prompt: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.pairs.retain(|(known, _)| known.expose() != prompt);
        let values = values.into_iter().map(|value| Secret::from(value.into())).collect();
        self.pairs.push((Secret::from(prompt), values));
        self
    }

    /// The same answers, for the prompt with this number: a form sends the number of the prompt that it showed. Answers
    /// without a number are for the prompt that stands when the session is told; that is safe only if one process holds
    /// the session.
    ///
    /// ```
    /// # use reconnect_core::{Known, Policy, RequestId, Selection, Session, Timestamp};
    /// use reconnect_core::Answers;
    /// # let now = Timestamp::from_millis(0);
    /// # let mut known = Known::default();
    /// # known.last_sent = Some(now);
    /// # let session = Session::resume(RequestId::new("r-1")?, known, Selection::all(), Policy::default(), now);
    /// # let prompt = session.prompt(now).unwrap();
    /// let answers = Answers::to(&prompt).numbered(Some(3));
    /// assert_eq!(answers.number(), Some(3));
    /// # Ok::<(), reconnect_core::InvalidId>(())
    /// ```
    #[must_use]
    pub fn numbered(self, number: Option<u32>) -> Self {
        Self { number, ..self }
    }

    /// The number of the prompt that they are for.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        self.number
    }

    /// Whether they fit `challenges` of session `request`: every challenge is answered, and nothing that was not asked.
    pub(crate) fn fit(&self, request: &RequestId, challenges: &[Challenge]) -> Result<(), Misuse> {
        let keys = |challenge: &Challenge, key: &str| {
            *challenge.prompt == *key
                || (challenge.kind == ChallengeKind::QuestionAndAnswer
                    && challenge.choices.iter().any(|choice| **choice == *key))
        };
        let answered = |challenge: &Challenge| {
            self.pairs.iter().any(|(key, values)| keys(challenge, key.expose()) && !values.is_empty())
        };
        let asked = |key: &Secret| challenges.iter().any(|challenge| keys(challenge, key.expose()));
        let fits = self.request == *request
            && challenges.iter().all(answered)
            && self.pairs.iter().all(|(key, _)| asked(key))
            && !self.pairs.is_empty();
        if !fits {
            return Err(Misuse::OtherPrompt);
        }
        if challenges.iter().any(Challenge::is_for_widget) {
            return Err(Misuse::ForWidget);
        }
        if self.pairs.iter().any(|(_, values)| values.iter().any(|value| value.expose().is_empty())) {
            return Err(Misuse::EmptyAnswer);
        }
        let is_other = |(key, values): &(Secret, Vec<Secret>)| {
            let asks = || challenges.iter().filter(|challenge| *challenge.prompt == *key.expose());
            let free = asks().all(|challenge| challenge.kind == ChallengeKind::QuestionAndAnswer);
            let chosen = |value: &Secret| {
                asks().any(|challenge| challenge.choices.iter().any(|choice| **choice == *value.expose()))
            };
            !free && !values.iter().all(chosen)
        };
        if self.pairs.iter().any(is_other) { Err(Misuse::NotAChoice) } else { Ok(()) }
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answers({})", self.pairs.len())
    }
}

/// The form of `SecurityResponses`: prompt to list of values.
impl Serialize for Answers {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.pairs.len()))?;
        for (prompt, values) in &self.pairs {
            let values: Vec<&str> = values.iter().map(Secret::expose).collect();
            map.serialize_entry(prompt.expose(), &values)?;
        }
        map.end()
    }
}

/// The plain text of a challenge, for places that show it to the end user.
impl Challenge {
    /// Whether only the widget can answer it: its kind is unknown here, it was not read as the bank wrote it, or it has
    /// nothing to choose from.
    ///
    /// ```
    /// assert!(!reconnect_core::Challenge::question("What city were you born in?").is_for_widget());
    /// ```
    #[must_use]
    pub fn is_for_widget(&self) -> bool {
        let Some(chooses) = self.kind.chooses() else { return true };
        self.odd || chooses && self.choices.is_empty()
    }

    /// A question with free text.
    ///
    /// ```
    /// let challenge = reconnect_core::Challenge::question("What city were you born in?");
    /// assert!(challenge.choices.is_empty());
    /// ```
    #[must_use]
    pub fn question(prompt: &str) -> Self {
        Self {
            kind: ChallengeKind::QuestionAndAnswer,
            prompt: prompt.to_owned().into(),
            choices: Box::default(),
            odd: false,
        }
    }
}
