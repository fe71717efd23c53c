//! What the widget tells: an event posted to the page, or the URL that it redirects to. All of it is a hint, since a
//! browser can be made to say anything.
//!
//! Sources: <https://docs.flinks.com/guides/connect/flinks-connect/use-event-listener>, and for the redirect
//! <https://docs.flinks.com/docs/successful-connection>.

pub(crate) mod ids;
mod read;

use crate::{
    code::FlinksCode,
    connect::{
        news::ids::as_text,
        step::{Meaning, Step},
    },
    ids::{AccountId, InvalidId, LoginId, RequestId},
};
use alloc::{borrow::Cow, boxed::Box, collections::BTreeMap, string::String, vec::Vec};
use core::fmt;
use reconnect_json::Reader;

/// Something that a browser said.
///
/// ```
/// use reconnect_core::connect::{ConnectNews, Step};
///
/// let event = r#"{"step":"REDIRECT","loginId":"l-1","requestId":"r-1","institution":"FlinksCapital"}"#;
/// let news = ConnectNews::read(event)?;
/// assert_eq!(news.step, Some(Step::Redirect));
///
/// let url = "https://app.example/back?lead=7&loginId=l-1&accountId=a-1%2Ca-2&institution=FlinksCapital";
/// let news = ConnectNews::read(url)?;
/// assert_eq!((news.step.as_ref(), news.accounts.len()), (None, 2));
/// assert!(news.is_redirect());
/// # Ok::<(), reconnect_core::connect::NotNews>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectNews {
    /// Which step of the widget; `None` for a redirect URL and for events without one.
    pub step: Option<Step>,
    /// The login that it names: a claim.
    pub login: Option<LoginId>,
    /// The session that it names: a claim.
    pub request: Option<RequestId>,
    /// The institution that it names.
    pub institution: Option<Box<str>>,
    /// The accounts that it names as selected, each once: 200 at most, and further ones are not read (decision 66).
    pub accounts: Vec<AccountId>,
    /// The page's own marker, come back.
    pub tag: Option<Box<str>>,
    /// An error that the widget announces.
    pub code: Option<FlinksCode>,
    /// Why the bank's own sign-in failed, in OAuth's words, such as `access_denied`: `error` of a redirect (decision
    /// 71). It comes from a browser and is made safe to show: letters, digits and punctuation of ASCII, 64 at most. It
    /// is not a code of Flinks; if its text is one, it is in [`code`](Self::code) too.
    pub error: Option<Box<str>>,
    /// The redirect's `error_description`, made safe to show, 200 characters at most.
    pub error_description: Option<Box<str>>,
    /// Every parameter that has no name here, as the JSON text it came as; one of a URL is a JSON string.
    pub other: BTreeMap<Box<str>, Box<str>>,
}

/// Text that is no news of the widget.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotNews {
    /// It is longer than 64 KiB.
    #[error("it is longer than 64 KiB")]
    Long,
    /// It is neither a JSON object nor a URL with a query.
    #[error("it is neither an event (a JSON object) nor a URL with parameters")]
    Shape,
    /// It has no id, no step and no error.
    #[error("there is neither an id nor a step nor an error in it: another script on the page may have posted it")]
    Foreign,
    /// It is a message with an event inside.
    #[error(
        "it is a message around an event: pass the event, which is its data (event.data, in React Native \
         event.nativeEvent.data)"
    )]
    Wrapped,
    /// An id in it cannot be an id.
    #[error("an id in it is not an id: {0}")]
    Id(InvalidId),
}

impl ConnectNews {
    /// Whether it says that the end user is finished: the REDIRECT event, or a redirect URL with a `loginId`. A
    /// redirect with an [`error`](Self::error) does not say so.
    #[must_use]
    pub fn is_redirect(&self) -> bool {
        match &self.step {
            _ if self.error.is_some() => false,
            Some(step) => *step == Step::Redirect,
            None => self.code.is_none() && self.login.is_some(),
        }
    }

    /// What it means to a session that asks: which news is activity, which marks the prompt and which ends it.
    ///
    /// It is the whole of what a session takes from the kind of a piece of news; ids and accounts come on top. A page
    /// that draws its own progress can go by it too.
    ///
    /// ```
    /// use reconnect_core::connect::{ConnectNews, Meaning};
    ///
    /// let means = |event: &str| ConnectNews::read(event).map(|news| news.means());
    /// assert_eq!(means(r#"{"step":"SUBMIT_MFA"}"#)?, Meaning::Progress);
    /// assert_eq!(means(r#"{"step":"COMPONENT_CLOSE_SESSION"}"#)?, Meaning::Left);
    /// assert_eq!(means(r#"{"step":"COMPONENT_DENY_CONSENT"}"#)?, Meaning::Ends);
    /// assert_eq!(means(r#"{"step":"INVALID_SECURITY_RESPONSE"}"#)?, Meaning::Error);
    /// assert_eq!(means("https://app.example/back?loginId=l-1")?, Meaning::Redirect);
    /// assert_eq!(means("https://app.example/back?loginId=l-1&error=access_denied")?, Meaning::Error);
    /// # Ok::<(), reconnect_core::connect::NotNews>(())
    /// ```
    #[must_use]
    pub fn means(&self) -> Meaning {
        match &self.step {
            _ if self.is_redirect() => Meaning::Redirect,
            _ if self.code.is_some() || self.error.is_some() => Meaning::Error,
            Some(step) => step.meaning(),
            None => Meaning::Progress,
        }
    }

    /// The news that a session may be through, from a source that is not the widget: a webhook whose signature nobody
    /// can check (decision 48). Like all news it is a hint, and the session looks for itself.
    ///
    /// ```
    /// use reconnect_core::{Heard, Known, Policy, RequestId, Selection, Session, Stage, Timestamp, connect::ConnectNews};
    ///
    /// let (request, now) = (RequestId::new("r-1")?, Timestamp::from_millis(1_780_000_000_000));
    /// let mut known = Known::default();
    /// known.last_sent = Some(now);
    /// let mut session = Session::resume(request.clone(), known, Selection::all(), Policy::default(), now);
    /// assert_eq!(session.returned(now, &ConnectNews::hint(None, Some(request))), Heard::Took);
    /// assert_eq!(session.stage(), Stage::Looking);
    /// # Ok::<(), reconnect_core::InvalidId>(())
    /// ```
    #[must_use]
    pub fn hint(login: Option<LoginId>, request: Option<RequestId>) -> Self {
        Self { step: Some(Step::Redirect), login, request, ..Self::empty() }
    }
}

/// What some steps say beside the ids. Each is `None`, or empty, where it is missing or of another form; the value as it
/// came is in [`ConnectNews::other`].
impl ConnectNews {
    /// `mfaTypes` of [`Step::LoadMfa`]: which kinds of challenges are asked, such as `QuestionAndAnswer`. A list, or one
    /// text with commas.
    /// Source: <https://docs.flinks.com/docs/events>.
    ///
    /// ```
    /// use reconnect_core::connect::ConnectNews;
    /// let news = ConnectNews::read(r#"{"step":"COMPONENT_LOAD_MFA","mfaTypes":["QuestionAndAnswer"]}"#)?;
    /// assert_eq!(news.mfa_types(), ["QuestionAndAnswer"]);
    /// # Ok::<(), reconnect_core::connect::NotNews>(())
    /// ```
    #[must_use]
    pub fn mfa_types(&self) -> Vec<String> {
        let json = self.extra("mfaTypes").unwrap_or_default();
        let list = Reader::whole(json, |from| from.each(Reader::raw)).unwrap_or_else(|_| Vec::from([json]));
        let texts = list.into_iter().filter_map(|one| Reader::whole(one, Reader::string).ok());
        let parts = |text: Cow<'_, str>| text.split(',').map(|part| part.trim().into()).collect::<Vec<String>>();
        texts.flat_map(parts).filter(|part| !part.is_empty()).collect()
    }

    /// `totalAccounts` of [`Step::LoadAccountSelection`]: how many accounts there are.
    /// Source: <https://docs.flinks.com/docs/events>.
    ///
    /// ```
    /// use reconnect_core::connect::ConnectNews;
    /// let event = r#"{"step":"COMPONENT_LOAD_ACCOUNT_SELECTION","totalAccounts":5,"displayedAccounts":"3"}"#;
    /// let news = ConnectNews::read(event)?;
    /// assert_eq!((news.total_accounts(), news.displayed_accounts()), (Some(5), Some(3)));
    /// # Ok::<(), reconnect_core::connect::NotNews>(())
    /// ```
    #[must_use]
    pub fn total_accounts(&self) -> Option<u64> {
        self.number("totalAccounts")
    }

    /// `displayedAccounts` of [`Step::LoadAccountSelection`]: how many of them are shown.
    /// Source: <https://docs.flinks.com/docs/events>.
    ///
    /// ```
    /// # use reconnect_core::connect::ConnectNews;
    /// assert_eq!(ConnectNews::read(r#"{"step":"APP_MOUNTED"}"#)?.displayed_accounts(), None);
    /// # Ok::<(), reconnect_core::connect::NotNews>(())
    /// ```
    #[must_use]
    pub fn displayed_accounts(&self) -> Option<u64> {
        self.number("displayedAccounts")
    }

    /// `cached` of [`Step::LoadInstitutionSelector`].
    /// Source: <https://help.flinks.com/support/solutions/articles/43000765797>.
    ///
    /// ```
    /// use reconnect_core::connect::ConnectNews;
    /// let news = ConnectNews::read(r#"{"step":"COMPONENT_LOAD_INSTITUTION_SELECTOR","cached":false}"#)?;
    /// assert_eq!(news.cached(), Some(false));
    /// # Ok::<(), reconnect_core::connect::NotNews>(())
    /// ```
    #[must_use]
    pub fn cached(&self) -> Option<bool> {
        let json = self.extra("cached")?;
        as_text(json).as_deref().unwrap_or(json).parse().ok()
    }

    /// `count` of [`Step::RetryCount`]: how often an answer was tried. Seen in integrations, not in the documentation.
    ///
    /// ```
    /// use reconnect_core::connect::ConnectNews;
    /// assert_eq!(ConnectNews::read(r#"{"step":"RETRY_COUNT","count":2}"#)?.count(), Some(2));
    /// # Ok::<(), reconnect_core::connect::NotNews>(())
    /// ```
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        self.number("count")
    }

    fn number(&self, name: &str) -> Option<u64> {
        as_text(self.extra(name)?)?.parse().ok()
    }

    /// A parameter without a field of its own, by its name in any letter case.
    fn extra(&self, name: &str) -> Option<&str> {
        self.other.iter().find(|(has, _)| has.eq_ignore_ascii_case(name)).map(|(_, json)| &**json)
    }
}

impl ConnectNews {
    fn empty() -> Self {
        let other = BTreeMap::new();
        Self {
            step: None,
            login: None,
            request: None,
            institution: None,
            accounts: Vec::new(),
            tag: None,
            code: None,
            error: None,
            error_description: None,
            other,
        }
    }
}

impl fmt::Debug for ConnectNews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectNews")
            .field("step", &self.step)
            .field("login", &self.login)
            .field("request", &self.request)
            .field("accounts", &self.accounts.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every step and error of the documentation, and what it means (decision 29).
    #[test]
    fn every_documented_event_has_its_meaning() {
        use Meaning::{Ends, Error, Left, Progress, Redirect, TokenSpent};
        let steps = [
            ("APP_MOUNTED", Progress),
            ("APP_ONLINE", Progress),
            ("APP_OFFLINE", Progress),
            ("APP_RESIZE", Progress),
            ("COMPONENT_LOAD_CONSENT", Progress),
            ("COMPONENT_ACCEPT_CONSENT", Progress),
            ("COMPONENT_DENY_CONSENT", Ends),
            ("COMPONENT_ACCEPT_PROVIDER_CONSENT", Progress),
            ("COMPONENT_ACCEPT_TERMS", Progress),
            ("COMPONENT_DENY_TERMS", Ends),
            ("COMPONENT_CLICK_TERMS_URL", Progress),
            ("COMPONENT_CLICK_RESET_PASSWORD", Progress),
            ("COMPONENT_CLOSE_SESSION", Left),
            ("COMPONENT_HELP2FA_INFO", Progress),
            ("COMPONENT_HELP2FA_TROUBLESHOOTING", Progress),
            ("COMPONENT_LOAD_INSTITUTION_SELECTOR", Progress),
            ("INSTITUTION_SELECTED", Progress),
            ("COMPONENT_LOAD_CREDENTIAL", Progress),
            ("COMPONENT_LOAD_CREDENTIAL_RETRY", Progress),
            ("SUBMIT_CREDENTIAL", Progress),
            ("COMPONENT_LOAD_MFA", Progress),
            ("COMPONENT_LOAD_MFA_RETRY", Progress),
            ("SUBMIT_MFA", Progress),
            ("COMPONENT_LOAD_ACCOUNT_SELECTION", Progress),
            ("ACCOUNT_SELECTED", Progress),
            ("POPUP_OPENED", Progress),
            ("POPUP_BLOCKED", Progress),
            ("RETRY_COUNT", Progress),
            ("REDIRECT", Redirect),
            ("MAXIMUM_RETRY_REACHED", Ends),
            ("TOKEN_INVALID", TokenSpent),
        ];
        // The widget announces these under their codes: handled-errors.
        let errors = [
            "INVALID_USERNAME",
            "INVALID_PASSWORD",
            "INVALID_LOGIN",
            "INVALID_SECURITY_RESPONSE",
            "RETRY_LATER",
            "UNAUTHORIZED",
            "NEW_ACCOUNT",
            "AGGREGATION_ERROR",
            "DISABLED_INSTITUTION",
            "DISABLED_LOGIN",
        ];
        //= docs/spec/widget-events.md#steps
        //= type=test
        //# **EVT-20** A client MUST take these as progress: `APP_MOUNTED`, `APP_ONLINE`, `APP_OFFLINE`, `APP_RESIZE`,
        //# `COMPONENT_LOAD_CONSENT`, `COMPONENT_ACCEPT_CONSENT`, `COMPONENT_ACCEPT_PROVIDER_CONSENT`,
        //# `COMPONENT_ACCEPT_TERMS`, `COMPONENT_CLICK_TERMS_URL`, `COMPONENT_CLICK_RESET_PASSWORD`,
        //# `COMPONENT_HELP2FA_INFO`, `COMPONENT_HELP2FA_TROUBLESHOOTING`, `COMPONENT_LOAD_INSTITUTION_SELECTOR`,
        //# `INSTITUTION_SELECTED`, `COMPONENT_LOAD_CREDENTIAL`, `COMPONENT_LOAD_CREDENTIAL_RETRY`, `SUBMIT_CREDENTIAL`,
        //# `COMPONENT_LOAD_MFA`, `COMPONENT_LOAD_MFA_RETRY`, `SUBMIT_MFA`, `COMPONENT_LOAD_ACCOUNT_SELECTION`,
        //# `ACCOUNT_SELECTED`, `POPUP_OPENED`, `POPUP_BLOCKED`, `RETRY_COUNT`.
        for (text, means) in steps {
            let news = ConnectNews::read(&alloc::format!(r#"{{"step":"{text}"}}"#)).expect(text);
            assert!(!matches!(news.step, Some(Step::Other(_))), "{text}");
            assert_eq!((news.step.as_ref().map(Step::as_str), news.means()), (Some(text), means));
        }
        //= docs/spec/errors.md#errors-of-the-widget
        //= type=test
        //# **ERR-31** A client MUST expect these ten errors as events of the widget while the user is in it, not as API
        //# replies: `INVALID_USERNAME`, `INVALID_PASSWORD`, `INVALID_LOGIN`, `INVALID_SECURITY_RESPONSE`,
        //# `RETRY_LATER`, `UNAUTHORIZED`, `NEW_ACCOUNT`, `DISABLED_LOGIN` (401), `AGGREGATION_ERROR` (500),
        //# `DISABLED_INSTITUTION` (405).
        for code in errors {
            for event in [
                alloc::format!(r#"{{"step":"{code}"}}"#),
                alloc::format!(r#"{{"requestId":"r","flinksCode":"{code}"}}"#),
                alloc::format!(r#"{{"step":"COMPONENT_LOAD_MFA","flinksCode":"{code}"}}"#),
            ] {
                let news = ConnectNews::read(&event).expect(code);
                assert_eq!((news.code.as_ref().map(FlinksCode::as_str), news.means()), (Some(code), Error), "{event}");
            }
        }
        let masked = ConnectNews::read("{\"step\":\"RE\\u0001DIRECT\"}").expect("news");
        assert_eq!(masked.step, Some(Step::Redirect));
        // What is new is kept as it came, and is some progress.
        let new = ConnectNews::read(r#"{"step":"ENHANCED_MFA_HAS_QUESTIONS","sessionId":"s","depth":{"a":[1]}}"#);
        let new = new.expect("news");
        assert_eq!((new.step.as_ref().map(Step::as_str), new.means()), (Some("ENHANCED_MFA_HAS_QUESTIONS"), Progress));
        assert_eq!((&*new.other["depth"], &*new.other["sessionId"]), (r#"{"a":[1]}"#, "\"s\""));
    }

    #[test]
    fn what_steps_say_is_read_in_any_form() {
        let read = |text: &str| ConnectNews::read(text).expect(text);
        let types = |value: &str| read(&alloc::format!(r#"{{"step":"COMPONENT_LOAD_MFA","mfatypes":{value}}}"#));
        assert_eq!(
            types(r#"["TextOrCall","",7,"QuestionAndAnswer"]"#).mfa_types(),
            ["TextOrCall", "QuestionAndAnswer"]
        );
        assert_eq!(types(r#""TextOrCall, QuestionAndAnswer""#).mfa_types(), ["TextOrCall", "QuestionAndAnswer"]);
        for none in ["null", "7", "{}", "\"\"", "[]", "true"] {
            assert!(types(none).mfa_types().is_empty(), "{none}");
        }
        for (value, number) in
            [("3", Some(3)), ("\"3\"", Some(3)), ("-1", None), ("1.5", None), ("[1]", None), ("\"x\"", None)]
        {
            let keys = ["count", "TotalAccounts", "displayedAccounts"];
            for key in keys {
                let news = read(&alloc::format!(r#"{{"step":"RETRY_COUNT","{key}":{value}}}"#));
                let numbers = [news.count(), news.total_accounts(), news.displayed_accounts()];
                assert_eq!(numbers, keys.map(|own| number.filter(|_| own == key)), "{key}: {value}");
            }
        }
        for (value, cached) in [("true", Some(true)), ("\"false\"", Some(false)), ("1", None), ("null", None)] {
            let news = read(&alloc::format!(r#"{{"step":"APP_MOUNTED","cached":{value}}}"#));
            assert_eq!(news.cached(), cached, "{value}");
        }
    }
}
