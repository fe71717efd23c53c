//! Every `FlinksCode`, what it means and what to do about it; unknown ones are kept as they came.
//!
//! Sources: <https://docs.flinks.com/api/authorize/error-codes>, the older <https://docs.flinks.com/reference/error-codes>
//! and <https://docs.flinks.com/guides/connect/flinks-connect/handled-errors>. The same code comes with different HTTP
//! statuses, so the code decides and the status does not (decisions 13 and 14).

use crate::word::words;
use Advice::{ActAtTheBank, AskTheUser, FixTheSetup, StartOver, TryLater};
use alloc::boxed::Box;
use core::fmt;
use reconnect_json::{Reader, Value, Word, Writer};

/// What a reader of a failure does next, without the moment that [`Recovery::TryLater`](crate::Recovery) adds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the five ways out; an embedder's `match` over them is the point")]
pub enum Advice {
    /// Nothing is wrong with what was asked: the service, the bank or the network cannot do it now.
    TryLater,
    /// This session is over: an ordinary Connect session takes its place.
    StartOver,
    /// Somebody has to answer a question: bring the end user back into the widget.
    AskTheUser,
    /// The end user has to do something at the bank itself first.
    ActAtTheBank,
    /// Keys, addresses or code are wrong: a developer has to look.
    FixTheSetup,
}

words! {
    Advice {
        TryLater = "tryLater", StartOver = "startOver", AskTheUser = "askTheUser", ActAtTheBank = "actAtTheBank",
        FixTheSetup = "fixTheSetup",
    }
}

impl Advice {
    /// Its name in JSON.
    ///
    /// ```
    /// assert_eq!(reconnect_core::Advice::StartOver.as_str(), "startOver");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.word()
    }
}

macro_rules! codes {
    ($($name:ident = $text:literal, $advice:expr, $meaning:literal;)*) => {
        /// What the service calls its answer. The known ones, and [`FlinksCode::Other`] with the text as it came.
        #[derive(Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum FlinksCode {
            $(#[doc = $meaning] $name,)*
            /// A code that this version does not know, verbatim.
            Other(Box<str>),
        }

        impl FlinksCode {
            /// Every code with a name here, in the documentation's order.
            pub const KNOWN: &'static [Self] = &[$(Self::$name,)*];

            /// Reads a code; never fails, since new codes appear. A code is `A` to `Z`, `0` to `9` and `_`. Any other
            /// text becomes `UNREADABLE`, and nothing of it is kept: it may be an id or a script.
            ///
            /// ```
            /// use reconnect_core::FlinksCode;
            /// assert_eq!(FlinksCode::read("RETRY_LATER"), FlinksCode::RetryLater);
            /// assert_eq!(FlinksCode::read("BRAND_NEW").as_str(), "BRAND_NEW");
            /// assert_eq!(FlinksCode::read("</p><script>").as_str(), "UNREADABLE");
            /// ```
            #[must_use]
            pub fn read(text: &str) -> Self {
                let known = Self::KNOWN.iter().find(|known| known.as_str() == text);
                known.cloned().unwrap_or_else(|| Self::other(text))
            }

            /// The code as the service writes it.
            ///
            /// ```
            /// assert_eq!(reconnect_core::FlinksCode::SessionExpired.as_str(), "SESSION_EXPIRED");
            /// ```
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Other(text) => text,
                }
            }

            /// What to do about it: `None` for the codes of success and for codes that are not known here, of which
            /// the HTTP status has to be asked ([`advice_by_status`]).
            ///
            /// ```
            /// use reconnect_core::{Advice, FlinksCode};
            /// assert_eq!(FlinksCode::QuestionNotFound.advice(), Some(Advice::AskTheUser));
            /// assert_eq!(FlinksCode::OperationPending.advice(), None);
            /// ```
            #[must_use]
            pub fn advice(&self) -> Option<Advice> {
                match self {
                    $(Self::$name => $advice,)*
                    Self::Other(_) => None,
                }
            }

            /// What the code means, in one line.
            ///
            /// ```
            /// assert!(reconnect_core::FlinksCode::CardInUse.meaning().contains("still"));
            /// ```
            #[must_use]
            pub fn meaning(&self) -> &'static str {
                match self {
                    $(Self::$name => $meaning,)*
                    Self::Other(text) if &**text == UNREADABLE => "a text that cannot be a code",
                    Self::Other(_) => "a code that this version does not know",
                }
            }
        }
    };
}

codes! {
    Ok = "OK", None, "success";
    Created = "CREATED", None, "a resource was created";
    OperationPending = "OPERATION_PENDING", None, "the data is still being processed";
    OperationDispatched = "OPERATION_DISPATCHED", None, "the call took over 210 s and goes on in the background";
    AlreadyAuthorized = "ALREADY_AUTHORIZED", None, "the session is authorized already: fetch the data";
    InvalidLogin = "INVALID_LOGIN", Some(StartOver), "the login id, or the user name and password, are not valid";
    InvalidUsername = "INVALID_USERNAME", Some(StartOver), "the user name differs from what the bank expects";
    InvalidPassword = "INVALID_PASSWORD", Some(StartOver), "the password differs from what the bank expects";
    InvalidRequest = "INVALID_REQUEST", Some(FixTheSetup), "a field is missing or malformed";
    AccessDenied = "ACCESS_DENIED", Some(FixTheSetup), "there are no valid credentials in the request";
    Unauthorized = "UNAUTHORIZED", Some(ActAtTheBank), "the bank, or a key, did not authorize this";
    InvalidSecurityResponse = "INVALID_SECURITY_RESPONSE", Some(StartOver), "an MFA answer was wrong";
    InvalidSecurityResponseNoRetry = "INVALID_SECURITY_RESPONSE_NO_RETRY", Some(StartOver), "an MFA answer was wrong, and it was the last try";
    SecurityResponsesIncomplete = "SECURITYRESPONSES_INCOMPLETE", Some(AskTheUser), "not every MFA prompt was answered";
    UnknownChallengeKey = "UNKNOWN_CHALLENGE_KEY", Some(FixTheSetup), "an MFA answer names a prompt that was not asked";
    QuestionNotFound = "QUESTION_NOT_FOUND", Some(AskTheUser), "an MFA prompt has no stored answer: the end user is needed";
    RetryLater = "RETRY_LATER", Some(TryLater), "no connection to the institution could be opened";
    TooManyRequests = "TOO_MANY_REQUESTS", Some(TryLater), "too many requests in a given time";
    ConcurrentSession = "CONCURRENT_SESSION", Some(TryLater), "another session is open with this login id";
    DisabledLogin = "DISABLED_LOGIN", Some(ActAtTheBank), "the bank has deactivated the account";
    NewAccount = "NEW_ACCOUNT", Some(ActAtTheBank), "the end user has to act in online banking first, such as to accept its terms";
    SessionNonexistent = "SESSION_NONEXISTENT", Some(StartOver), "the request id is expired or unknown";
    SessionExpired = "SESSION_EXPIRED", Some(StartOver), "the request id has expired";
    CardInUse = "CARD_IN_USE", Some(TryLater), "the account is still being processed";
    NoTransaction = "NO_TRANSACTION", Some(TryLater), "there are no transactions, or too few for what was asked";
    DisabledInstitution = "DISABLED_INSTITUTION", Some(TryLater), "the institution is not available";
    AggregationError = "AGGREGATION_ERROR", Some(TryLater), "an unexpected error at the service";
    MethodNotAvailable = "METHOD_NOT_AVAILABLE", Some(FixTheSetup), "this call is not enabled for the instance";
    BankMaintenance = "BANK MAINTENANCE_RETRY_LATER", Some(TryLater), "the bank is under maintenance";
}

/// Stands for a text that cannot be a code.
const UNREADABLE: &str = "UNREADABLE";

impl FlinksCode {
    /// A code without a name here. It is a short word: a longer one is cut, so that an error's text cannot hold a whole
    /// body.
    fn other(text: &str) -> Self {
        let is_code = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        if text.is_empty() || !text.bytes().all(is_code) {
            return Self::unreadable();
        }
        Self::Other(text.get(..text.len().min(64)).unwrap_or_default().into())
    }

    /// A code that is there and cannot be read.
    pub(crate) fn unreadable() -> Self {
        Self::Other(UNREADABLE.into())
    }

    /// Whether the `requestId` is gone, for one reason or another.
    ///
    /// ```
    /// assert!(reconnect_core::FlinksCode::SessionNonexistent.session_is_gone());
    /// ```
    #[must_use]
    pub fn session_is_gone(&self) -> bool {
        matches!(self, Self::SessionNonexistent | Self::SessionExpired)
    }

    /// Whether another of our own sessions is what is in the way, so that its 8 minutes of inactivity are the wait.
    pub(crate) fn another_session(&self) -> bool {
        matches!(self, Self::ConcurrentSession | Self::CardInUse)
    }

    /// Whether it says that a call was refused because MFA is not finished.
    pub(crate) fn is_about_mfa(&self) -> bool {
        matches!(self, Self::QuestionNotFound | Self::SecurityResponsesIncomplete | Self::InvalidSecurityResponse)
    }
}

/// What to do about an answer whose code says nothing: by its HTTP status (decision 15).
///
/// ```
/// use reconnect_core::{Advice, advice_by_status};
/// assert_eq!(advice_by_status(503), Advice::TryLater);
/// assert_eq!(advice_by_status(404), Advice::FixTheSetup);
/// ```
#[must_use]
pub fn advice_by_status(status: u16) -> Advice {
    match status {
        408 | 425 | 429 | 500..=599 => TryLater,
        300..=399 | 403..=406 | 411..=417 => FixTheSetup,
        // "Any other response → your standard Connect flow": help article 43000759929.
        _ => StartOver,
    }
}

/// What to do about a page (a body that is not the service's JSON, decision 61), by its HTTP status. If a gateway
/// refuses, or the address has no such page, the set-up is wrong; a page never says anything about a session.
///
/// ```
/// use reconnect_core::{Advice, advice_by_page};
/// assert_eq!(advice_by_page(407), Advice::FixTheSetup);
/// assert_eq!(advice_by_page(200), Advice::TryLater);
/// ```
#[must_use]
pub fn advice_by_page(status: u16) -> Advice {
    match status {
        401 | 407 => FixTheSetup,
        100..=299 => TryLater,
        _ => match advice_by_status(status) {
            FixTheSetup => FixTheSetup,
            TryLater | StartOver | AskTheUser | ActAtTheBank => TryLater,
        },
    }
}

/// Whether a gateway's page with this status says that a key, an address or the route to the service is wrong (decision
/// 61).
pub(crate) fn page_blames_the_setup(status: u16) -> bool {
    matches!(status, 401 | 403 | 404 | 407)
}

/// Whether a gateway's page with this status says that the request was not handled at all.
pub(crate) fn page_handled_nothing(status: u16) -> bool {
    matches!(status, 400 | 405 | 411 | 413 | 414 | 415 | 421 | 431)
}

impl fmt::Debug for FlinksCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for FlinksCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Value for FlinksCode {
    fn read(from: &mut Reader<'_>) -> reconnect_json::Result<Self> {
        from.string().map(|code| Self::read(&code))
    }

    fn write(&self, to: &mut Writer) {
        to.text(self.as_str());
    }
}

impl serde::Serialize for FlinksCode {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for FlinksCode {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        alloc::borrow::Cow::<'de, str>::deserialize(from).map(|text| Self::read(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    //= docs/spec/widget-events.md#errors
    //= type=test
    //# **EVT-31** A page SHOULD show what the user can do: enter again (`INVALID_USERNAME`, `INVALID_PASSWORD`,
    //# `INVALID_LOGIN`), answer again (`INVALID_SECURITY_RESPONSE`), come back later (`RETRY_LATER`,
    //# `DISABLED_INSTITUTION`, `AGGREGATION_ERROR`), act at the bank (`UNAUTHORIZED`, `NEW_ACCOUNT`, `DISABLED_LOGIN`).
    #[test]
    fn every_known_code_reads_back_and_has_a_way_out_unless_it_is_success() {
        let fine = ["OK", "CREATED", "OPERATION_PENDING", "OPERATION_DISPATCHED", "ALREADY_AUTHORIZED"];
        for code in FlinksCode::KNOWN {
            assert_eq!(&FlinksCode::read(code.as_str()), code);
            assert_eq!(code.advice().is_none(), fine.contains(&code.as_str()), "{code}");
        }
    }

    //= docs/spec/errors.md#reading
    //= type=test
    //# **ERR-4** A client MUST keep an unknown code verbatim, and MUST fall back on the class of the HTTP status.
    #[test]
    fn an_unknown_code_is_kept_but_not_without_end() {
        assert_eq!(FlinksCode::read("NEW_ONE").as_str(), "NEW_ONE");
        assert_eq!(FlinksCode::read(&"X".repeat(1_000)).as_str().len(), 64);
    }

    //= docs/spec/errors.md#reading
    //= type=test
    //# **ERR-45** A client MUST keep a code only if it has nothing but `A` to `Z`, `0` to `9` and `_`.
    #[test]
    fn a_text_that_cannot_be_a_code_is_not_kept() {
        for text in
            ["", " ", "new_one", "</p><script src=//evil.example/x.js></script>", "A B", "A-1", "É", "A\u{202e}B"]
        {
            let code = FlinksCode::read(text);
            assert_eq!((code.as_str(), code.meaning()), ("UNREADABLE", "a text that cannot be a code"), "{text}");
            assert_eq!(code.advice(), None);
            assert_eq!(FlinksCode::read(code.as_str()), code);
        }
    }
}
