//! What the bank asks, and what the end user answers.

use crate::{
    Misuse, Prompt, RequestId, Secret,
    reader::{self, Reader, once},
    writer::Writer,
};
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};
use core::fmt;
use serde::{Serialize, ser::SerializeMap};

/// How a challenge wants to be answered. Sources: the documentation's `QuestionAndAnswer`; the others are known from
/// clients only. An unknown one goes to the widget (decision 15).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ChallengeKind {
    //= docs/spec/mfa.md#challenges
    //# **MFA-2** A client MUST show a `QuestionAndAnswer` without `Iterables` as a question
    /// Free text; with choices: a question is chosen, and the answer is keyed by it.
    QuestionAndAnswer,
    //= docs/spec/mfa.md#challenges
    //# **MFA-5** A client MUST let the user choose one of the `Iterables` of a `MultipleChoice`
    /// One of the choices.
    MultipleChoice,
    //= docs/spec/mfa.md#challenges
    //# **MFA-6** A client MUST let the user choose several
    /// Several of the choices.
    MultipleChoiceMultipleAnswers,
    //= docs/spec/mfa.md#challenges
    //# **MFA-7** A client MUST take the `Iterables` of an `ImageSelection` as Base64 images
    /// One or more of the images, which stand as Base64 in the choices and are sent back so.
    ImageSelection,
    //= docs/spec/mfa.md#challenges
    //# **MFA-8** A client SHOULD treat `TextOrCall` like `MultipleChoice`
    /// How a code is to be delivered.
    TextOrCall,
    //= docs/spec/mfa.md#challenges
    //# **MFA-9** A client MUST keep an unknown `Type` verbatim
    /// A kind that this version does not know, verbatim.
    Other(Box<str>),
}

impl ChallengeKind {
    /// The kind as the service writes it.
    ///
    /// ```
    /// assert_eq!(reconnect_core::ChallengeKind::TextOrCall.as_str(), "TextOrCall");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::QuestionAndAnswer => "QuestionAndAnswer",
            Self::MultipleChoice => "MultipleChoice",
            Self::MultipleChoiceMultipleAnswers => "MultipleChoiceMultipleAnswers",
            Self::ImageSelection => "ImageSelection",
            Self::TextOrCall => "TextOrCall",
            Self::Other(text) => text,
        }
    }

    fn read(text: &str) -> Self {
        let known = [
            Self::QuestionAndAnswer,
            Self::MultipleChoice,
            Self::MultipleChoiceMultipleAnswers,
            Self::ImageSelection,
            Self::TextOrCall,
        ];
        known.into_iter().find(|kind| kind.as_str() == text).unwrap_or_else(|| Self::Other(text.into()))
    }
}

//= docs/spec/mfa.md#challenges
//# **MFA-1** A client MUST read `SecurityChallenges` as a list of `{Type, Prompt, Iterables}`
/// One thing that the bank asks. Its `Debug` shows no prompt.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Challenge {
    /// How it wants to be answered.
    pub kind: ChallengeKind,
    //= docs/spec/mfa.md#challenges
    //# **MFA-11** A client MUST show a prompt as it came, in whatever language it
    /// The bank's words. They are the key of the answer, byte for byte.
    pub prompt: Box<str>,
    /// What there is to choose from; `Iterables` on the wire.
    pub choices: Box<[Box<str>]>,
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
    /// A challenge as the service writes it.
    pub(crate) fn read(from: &mut Reader<'_>) -> reader::Result<Self> {
        let (mut kind, mut prompt, mut choices) = (None, None, None);
        from.object()?;
        while let Some(key) = from.key()? {
            match &*key {
                "Type" => once(&mut kind, from.lenient()?)?,
                "Prompt" => once(&mut prompt, from.lenient()?)?,
                "Iterables" => once(&mut choices, from.maybe(|from| from.each(Reader::boxed))?)?,
                _ => from.skip()?,
            }
        }
        Ok(Self {
            kind: ChallengeKind::read(&kind.unwrap_or_default()),
            prompt: prompt.unwrap_or_default().into(),
            choices: choices.unwrap_or_default().into(),
        })
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        to.object(|to| {
            to.key("Type").text(self.kind.as_str());
            to.key("Prompt").text(&self.prompt);
            if !self.choices.is_empty() {
                to.key("Iterables").texts(self.choices.iter().map(|choice| &**choice));
            }
        });
    }
}

//= docs/spec/mfa.md#answers
//# **MFA-13** A client MUST send each value as a list of strings, even for one answer.
//= docs/spec/mfa.md#answers
//# **MFA-24** A client MUST NOT keep answers in any stored form, and MUST wipe them after use.
/// The answers to one prompt: the bank's words as keys, byte for byte, and lists of values. Its `Debug` shows neither,
/// and its values are wiped on drop.
///
/// See [`Session::answer`](crate::Session::answer) for a walk that uses it.
#[derive(Clone)]
pub struct Answers {
    pub(crate) request: RequestId,
    pub(crate) pairs: Vec<(Secret, Vec<Secret>)>,
}

impl Answers {
    //= docs/spec/mfa.md#answers
    //# **MFA-15** A client MUST answer with the `RequestId` of the challenges
    /// Answers to what `prompt` shows, as yet empty.
    #[must_use]
    pub fn to(prompt: &Prompt) -> Self {
        Self { request: prompt.request.clone(), pairs: Vec::new() }
    }

    //= docs/spec/mfa.md#answers
    //# **MFA-12** A client MUST use the prompt as the key byte for byte: no trimming
    /// Answers `prompt`, which is a challenge's [`prompt`](Challenge::prompt), or the question that the user chose of
    /// its choices. A prompt may be answered with several values; answering it again replaces them.
    #[must_use]
    pub fn with<V: Into<String>>(mut self, prompt: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.pairs.retain(|(known, _)| known.expose() != prompt);
        let values = values.into_iter().map(|value| Secret::from(value.into())).collect();
        self.pairs.push((Secret::from(prompt), values));
        self
    }

    //= docs/spec/mfa.md#challenges
    //# **MFA-3** A client MUST answer all challenges of one reply in one call
    //= docs/spec/mfa.md#challenges
    //# **MFA-4** A client MUST let the user choose a question where a `QuestionAndAnswer` has
    //= docs/spec/mfa.md#answers
    //# **MFA-16** A client MUST refuse answers that leave a challenge out, are empty
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
        if fits { Ok(()) } else { Err(Misuse::OtherPrompt) }
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
    /// A question with free text.
    ///
    /// ```
    /// let challenge = reconnect_core::Challenge::question("What city were you born in?");
    /// assert!(challenge.choices.is_empty());
    /// ```
    #[must_use]
    pub fn question(prompt: &str) -> Self {
        Self { kind: ChallengeKind::QuestionAndAnswer, prompt: prompt.to_owned().into(), choices: Box::default() }
    }
}
