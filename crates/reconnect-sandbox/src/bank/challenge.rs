//! What the bank asks: one question after the other, several at once, and in every form that was seen.
//!
//! Of the forms only `QuestionAndAnswer` is documented: <https://docs.flinks.com/api/authorize/endpoints/authorize>,
//! <https://docs.flinks.com/reference/special-multi-factor-authentication-cases>. The others are known from a client:
//! <https://github.com/kgrgreer/foam3>. The users whose names begin `mfa_` are ours, and so are their questions.

use serde_json::{Value, json};

use super::user::Language;

/// A question of the bank, and what it takes for right.
#[derive(Debug)]
pub(crate) struct Question {
    /// `Type` on the wire.
    pub(crate) kind: &'static str,
    pub(crate) prompt: &'static str,
    /// `Iterables` on the wire.
    pub(crate) choices: &'static [&'static str],
    right: Right,
}

#[derive(Clone, Copy, Debug)]
enum Right {
    /// One text of these, without regard to case.
    Text(&'static [&'static str]),
    /// One of the choices, which are these.
    OneOf(&'static [&'static str]),
    /// Exactly these of the choices.
    All(&'static [&'static str]),
    /// A question of the choices, as the key, with its answer.
    Chosen(&'static [(&'static str, &'static str)]),
    /// Any one answer.
    Anything,
}

/// What is asked at once.
pub(crate) type Round = &'static [Question];

/// How a user is asked.
pub(crate) struct Script {
    pub(crate) rounds: Vec<Round>,
    /// What is asked in the place of a round that was answered wrong.
    pub(crate) instead: Option<Round>,
    /// How often an answer may be wrong: no end to it without a number.
    pub(crate) tries: Option<u8>,
}

impl Question {
    /// Whether `key` answers it: its prompt, or a question of its choices.
    pub(crate) fn is_keyed_by(&self, key: &str) -> bool {
        match self.right {
            Right::Chosen(pairs) => pairs.iter().any(|(question, _)| *question == key),
            Right::Text(_) | Right::OneOf(_) | Right::All(_) | Right::Anything => self.prompt == key,
        }
    }

    pub(crate) fn is_answered_by(&self, key: &str, values: &[String]) -> bool {
        let text = |right: &str, given: &String| given.trim().to_lowercase() == right;
        match (self.right, values) {
            (Right::All(right), given) => {
                given.len() == right.len() && right.iter().all(|right| given.iter().any(|given| given == right))
            }
            (Right::Text(right), [given]) => right.iter().any(|right| text(right, given)),
            (Right::OneOf(right), [given]) => right.contains(&given.as_str()),
            (Right::Chosen(pairs), [given]) => {
                pairs.iter().any(|(question, right)| *question == key && text(right, given))
            }
            (Right::Anything, [given]) => !given.is_empty(),
            (Right::Text(_) | Right::OneOf(_) | Right::Chosen(_) | Right::Anything, _) => false,
        }
    }

    /// Whether an answer to it can be stored: a question with free text.
    pub(crate) fn is_simple(&self) -> bool {
        matches!(self.right, Right::Text(_))
    }

    /// Whether its key is a question that the user chooses.
    pub(crate) fn is_chosen(&self) -> bool {
        matches!(self.right, Right::Chosen(_))
    }

    pub(crate) fn body(&self) -> Value {
        let mut body = json!({"Type": self.kind, "Prompt": self.prompt});
        if !self.choices.is_empty() {
            body["Iterables"] = json!(self.choices);
        }
        body
    }
}

/// How the bank asks this user; `None` where it does not.
pub(crate) fn script(username: &str, language: Language) -> Option<Script> {
    let asks = |rounds: &[Round]| Some(Script { rounds: rounds.to_vec(), instead: None, tries: Some(3) });
    match username.to_lowercase().as_str() {
        "greatday" => {
            let rounds = questions(language).chunks(1).collect();
            Some(Script { rounds, instead: None, tries: None })
        }
        "mfa_several" => asks(&[FAMILY]),
        "mfa_triple" => Some(Script { rounds: vec![PET], instead: Some(FAMILY), tries: Some(3) }),
        "mfa_last_try" => Some(Script { rounds: vec![PET], instead: None, tries: Some(1) }),
        "mfa_chosen_question" => asks(&[CHOSEN]),
        "mfa_choice" => asks(&[CHOICE]),
        "mfa_choices" => asks(&[CHOICES]),
        "mfa_image" => asks(&[IMAGE]),
        "mfa_text_or_call" => asks(&[DELIVERY, CODE]),
        "mfa_unknown" => asks(&[UNKNOWN]),
        _ => None,
    }
}

const fn question(prompt: &'static str, right: &'static [&'static str]) -> Question {
    Question { kind: "QuestionAndAnswer", prompt, choices: &[], right: Right::Text(right) }
}

const CITY: &[&str] = &["montreal", "montréal"];
const COUNTRY: &[&str] = &["canada"];
const SHAPE: &[&str] = &["triangle"];

static ENGLISH: [Question; 3] = [
    question("What city were you born in?", CITY),
    question("What is the best country on earth?", COUNTRY),
    question("What shape do people like most?", SHAPE),
];

/// The French wording is ours: no source prints it.
static FRENCH: [Question; 3] = [
    question("Dans quelle ville êtes-vous né(e) ?", CITY),
    question("Quel est le meilleur pays du monde ?", COUNTRY),
    question("Quelle forme préfère-t-on d'habitude ?", SHAPE),
];

/// The questions of `Greatday`, asked one after the other in this order.
fn questions(language: Language) -> &'static [Question; 3] {
    match language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    }
}

/// Case 1 of the documentation's special cases: three at once, after a wrong answer to one.
static FAMILY: Round = &[
    question("What is the name of your mother", &["louise"]),
    question("What is the name of your father", &["paul"]),
    question("What is the name of your dog", &["wouf"]),
];

static PET: Round = &[question("What is the name of your dog", &["wouf"])];

static CHOSEN: Round = &[Question {
    kind: "QuestionAndAnswer",
    prompt: "Choose a question and answer it",
    choices: &["What was your first car?", "What was your first school?"],
    right: Right::Chosen(&[("What was your first car?", "beetle"), ("What was your first school?", "riverside")]),
}];

static CHOICE: Round = &[Question {
    kind: "MultipleChoice",
    prompt: "Which of these is a shape?",
    choices: &["Montreal", "Canada", "Triangle"],
    right: Right::OneOf(&["Triangle"]),
}];

static CHOICES: Round = &[Question {
    kind: "MultipleChoiceMultipleAnswers",
    prompt: "Which of these are shapes?",
    choices: &["Circle", "Canada", "Triangle"],
    right: Right::All(&["Circle", "Triangle"]),
}];

/// Squares of 8 by 8 pixels, as PNG in Base64.
const RED: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mM4oaGBFTEMLQkAgl1GARdiiXUAAAAASUVORK5CYII=";
const GREEN: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mPQWGCDFTEMLQkAYT9BAeUr7hIAAAAASUVORK5CYII=";
const BLUE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mPQCDiBFTEMLQkAGplQAbyoaQ8AAAAASUVORK5CYII=";

static IMAGE: Round = &[Question {
    kind: "ImageSelection",
    prompt: "Which of these pictures is green?",
    choices: &[RED, GREEN, BLUE],
    right: Right::All(&[GREEN]),
}];

const BY_TEXT: &str = "Text message to ***-***-0100";
const BY_CALL: &str = "Phone call to ***-***-0100";

static DELIVERY: Round = &[Question {
    kind: "TextOrCall",
    prompt: "How do you want to get your code?",
    choices: &[BY_TEXT, BY_CALL],
    right: Right::OneOf(&[BY_TEXT, BY_CALL]),
}];

static CODE: Round = &[question("Enter the code that was sent to you", &["123456"])];

/// A form that no client knows: only the widget can show it.
static UNKNOWN: Round = &[Question {
    kind: "PushApproval",
    prompt: "Approve the sign-in on your phone",
    choices: &[],
    right: Right::Anything,
}];
