//! What the widget tells: an event posted to the page, or the URL that it redirects to. All of it is a hint, since a
//! browser can be made to say anything.
//!
//! Sources: <https://docs.flinks.com/guides/connect/flinks-connect/use-event-listener>, and for the redirect
//! <https://docs.flinks.com/docs/successful-connection>.

use super::percent::decode;
use crate::{AccountId, FlinksCode, LoginId, RequestId, reader::Reader, writer::Writer};
use alloc::{borrow::Cow, boxed::Box, collections::BTreeMap, string::String, vec::Vec};
use core::fmt;

//= docs/spec/widget-events.md#how-they-travel
//# **EVT-5** A client MUST NOT read news longer than 64 KiB.
/// The longest news that is read, in bytes.
const MAX_NEWS: usize = 64 << 10;

//= docs/spec/widget-events.md#shapes
//# **EVT-7** A client MUST read a user event as an object with `step`, mostly with `institution`.
//= docs/spec/widget-events.md#shapes
//# **EVT-12** A client MUST read from REDIRECT, each optional: `loginId`, `requestId`
//= docs/spec/widget-events.md#in-a-session
//# **EVT-36** A client MUST NOT log a whole `loginId`, `requestId` or `url` of an event.
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
    /// The accounts that it names as selected.
    pub accounts: Vec<AccountId>,
    /// The page's own marker, come back.
    pub tag: Option<Box<str>>,
    /// An error that the widget announces.
    pub code: Option<FlinksCode>,
    //= docs/spec/redirect.md#what-stands-in-it
    //# **REDIR-8** A client MUST accept the caller's own query and the widget's parameters
    //= docs/spec/redirect.md#what-stands-in-it
    //# **REDIR-12** A client MUST NOT wait for a redirect that tells an error: none is documented
    //= docs/spec/widget-events.md#shapes
    //# **EVT-16** A client MAY use `cached` (institution selector), `mfaTypes` (MFA)
    //= docs/spec/widget-events.md#shapes
    //# **EVT-18** A client MAY use the fields for tracking a session and a user (August 2025)
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
    //= docs/spec/widget-events.md#how-they-travel
    //# **EVT-4** A client MUST ignore messages that have neither a step nor an id
    /// It has neither an id nor a step.
    #[error("there is neither an id nor a step in it: another script on the page may have posted it")]
    Foreign,
    /// An id in it cannot be an id.
    #[error("an id in it is not an id: {0}")]
    Id(crate::InvalidId),
}

macro_rules! steps {
    ($($name:ident = $text:literal, $kind:ident, $doc:literal;)*) => {
        //= docs/spec/widget-events.md#shapes
        //# **EVT-17** A client MUST NOT wait for `ERROR
        //= docs/spec/widget-events.md#steps
        //# **EVT-20** A client MUST take these as progress: `APP_MOUNTED`, `APP_ONLINE`
        //= docs/spec/widget-events.md#steps
        //# **EVT-23** A client SHOULD NOT expect
        /// A step of the widget. Unknown ones are kept as they came (decision 15).
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum Step {
            $(#[doc = $doc] $name,)*
            //= docs/spec/widget-events.md#shapes
            //# **EVT-9** A client MUST NOT require `step`, and MUST keep unknown steps and unknown
            /// A step that this version does not know, verbatim.
            Other(Box<str>),
        }

        impl Step {
            fn read(text: &str) -> Self {
                match text {
                    $($text => Self::$name,)*
                    _ => Self::Other(text.chars().filter(|c| !c.is_control()).take(64).collect()),
                }
            }

            /// The step as the widget writes it.
            ///
            /// ```
            /// assert_eq!(reconnect_core::connect::Step::Redirect.as_str(), "REDIRECT");
            /// ```
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Other(text) => text,
                }
            }

            //= docs/spec/errors.md#errors-of-the-widget
            //# **ERR-31** A client MUST expect these ten errors as events of the widget while
            //= docs/spec/widget-events.md#steps
            //# **EVT-21** A client MUST take an unknown step as progress
            //= docs/spec/widget-events.md#errors
            //# **EVT-30** A client MUST recognise as errors `DISABLED_INSTITUTION` and every step
            /// What it means to a session.
            pub(crate) fn meaning(&self) -> Meaning {
                match self {
                    $(Self::$name => Meaning::$kind,)*
                    // What is named like an error is one (handled-errors); anything else new is some progress.
                    Self::Other(text) if FlinksCode::read(text).advice().is_some() => Meaning::Error,
                    Self::Other(_) => Meaning::Progress,
                }
            }
        }
    };
}

/// What a piece of news means to a session that asks (decision 29). See [`ConnectNews::means`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "what is new counts as progress, so that a reader's match stays whole")]
pub enum Meaning {
    //= docs/spec/widget-events.md#steps
    //# **EVT-19** A client MUST take `REDIRECT` as the success, and the last event.
    /// The end user is through: a look will tell. It also counts as activity.
    Redirect,
    /// The end user is at it: activity, which slides the prompt's lease.
    Progress,
    /// The widget was closed: the prompt is marked as left, and stands.
    Left,
    /// The widget cannot be used any more in this session: the prompt ends, as a guess that a fact may correct.
    Ends,
    /// The authorize token of this showing is spent: the prompt stands, and its URL is made anew.
    TokenSpent,
    /// An error, announced with or under its code: the prompt stands, and remembers it.
    Error,
}

steps! {
    AppMounted = "APP_MOUNTED", Progress, "The widget is loaded.";
    AppOnline = "APP_ONLINE", Progress, "The browser is online again.";
    AppOffline = "APP_OFFLINE", Progress, "The browser is offline.";
    AppResize = "APP_RESIZE", Progress, "The widget changed its size.";
    LoadConsent = "COMPONENT_LOAD_CONSENT", Progress, "The consent page is shown.";
    AcceptConsent = "COMPONENT_ACCEPT_CONSENT", Progress, "Consent was given.";
    AcceptProviderConsent = "COMPONENT_ACCEPT_PROVIDER_CONSENT", Progress, "Consent to the bank's sharing was given.";
    DenyConsent = "COMPONENT_DENY_CONSENT", Ends, "Consent was refused.";
    AcceptTerms = "COMPONENT_ACCEPT_TERMS", Progress, "The terms were accepted.";
    DenyTerms = "COMPONENT_DENY_TERMS", Ends, "The terms were refused.";
    ClickTermsUrl = "COMPONENT_CLICK_TERMS_URL", Progress, "The terms were opened.";
    ClickResetPassword = "COMPONENT_CLICK_RESET_PASSWORD", Progress, "The bank's password page was opened.";
    //= docs/spec/widget-events.md#steps
    //# **EVT-25** A client MUST take `COMPONENT_CLOSE_SESSION` as "the user left"
    CloseSession = "COMPONENT_CLOSE_SESSION", Left, "The widget's X was clicked; it does nothing else.";
    HelpInfo = "COMPONENT_HELP2FA_INFO", Progress, "Help about two-factor codes was opened.";
    HelpTroubleshooting = "COMPONENT_HELP2FA_TROUBLESHOOTING", Progress, "More help about two-factor codes was opened.";
    LoadInstitutionSelector = "COMPONENT_LOAD_INSTITUTION_SELECTOR", Progress, "The list of banks is shown.";
    InstitutionSelected = "INSTITUTION_SELECTED", Progress, "A bank was chosen.";
    LoadCredential = "COMPONENT_LOAD_CREDENTIAL", Progress, "The login page is shown.";
    LoadCredentialRetry = "COMPONENT_LOAD_CREDENTIAL_RETRY", Progress, "The login page is shown again after an error.";
    SubmitCredential = "SUBMIT_CREDENTIAL", Progress, "Credentials were sent.";
    //= docs/spec/widget-events.md#steps
    //# **EVT-22** A client SHOULD expect `COMPONENT_LOAD_MFA` as the first screen of a Reconnect.
    LoadMfa = "COMPONENT_LOAD_MFA", Progress, "The MFA page is shown: the first one of a Reconnect.";
    LoadMfaRetry = "COMPONENT_LOAD_MFA_RETRY", Progress, "The MFA page is shown again after a wrong answer.";
    SubmitMfa = "SUBMIT_MFA", Progress, "An answer was sent.";
    LoadAccountSelection = "COMPONENT_LOAD_ACCOUNT_SELECTION", Progress, "The account selector is shown.";
    AccountSelected = "ACCOUNT_SELECTED", Progress, "An account was chosen.";
    PopupOpened = "POPUP_OPENED", Progress, "The bank's own window was opened.";
    PopupBlocked = "POPUP_BLOCKED", Progress, "The bank's own window was blocked.";
    RetryCount = "RETRY_COUNT", Progress, "How often an answer was tried.";
    Redirect = "REDIRECT", Redirect, "Success, the last event.";
    //= docs/spec/widget-events.md#steps
    //# **EVT-26** A client SHOULD take `MAXIMUM_RETRY_REACHED`
    MaximumRetryReached = "MAXIMUM_RETRY_REACHED", Ends, "There are no retries left.";
    TokenInvalid = "TOKEN_INVALID", TokenSpent, "The authorize token of this showing is spent or expired.";
}

impl ConnectNews {
    //= docs/spec/widget-events.md#how-they-travel
    //# **EVT-1** A page MUST listen for `message` on its window and read `data`
    //= docs/spec/widget-events.md#how-they-travel
    //# **EVT-3** An app MUST expect events as text
    /// Reads an event (a JSON object, or that as a string, as `stringify=true` has it) or a redirect URL.
    ///
    /// Ids stand in the event itself, else in its `url`. Names are taken in any letter case; accounts as a comma list,
    /// a repeated parameter or an array, under each of their names (decisions 16 and 30).
    ///
    /// # Errors
    /// [`NotNews`] where it is something else: pages receive many messages that are not the widget's.
    pub fn read(text: &str) -> Result<Self, NotNews> {
        if text.len() > MAX_NEWS {
            return Err(NotNews::Long);
        }
        let text = text.trim();
        // `stringify=true` posts the event as text, which JSON then quotes once more.
        let quoted = Reader::whole(text, Reader::string);
        let text = quoted.as_deref().unwrap_or(text);
        let news = match Reader::whole(text, Reader::fields) {
            Ok(event) => Self::event(event)?,
            Err(_) => Self::url(text)?,
        };
        if news.step.is_none() && news.login.is_none() && news.request.is_none() && news.accounts.is_empty() {
            return Err(NotNews::Foreign);
        }
        Ok(news)
    }

    //= docs/spec/redirect.md#what-happens
    //# **REDIR-1** A client MUST expect success as a redirect to `redirectUrl` and, beside it
    //= docs/spec/redirect.md#what-stands-in-it
    //# **REDIR-9** A client MUST NOT require `requestId` in the URL: no captured one has it.
    //= docs/spec/redirect.md#what-stands-in-it
    //# **REDIR-11** A client MUST take a URL without a `loginId` as no redirect.
    /// Whether it says that the end user is through: the REDIRECT event, or a redirect URL with a `loginId`.
    #[must_use]
    pub fn is_redirect(&self) -> bool {
        match &self.step {
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
    /// # Ok::<(), reconnect_core::connect::NotNews>(())
    /// ```
    #[must_use]
    pub fn means(&self) -> Meaning {
        match &self.step {
            _ if self.is_redirect() => Meaning::Redirect,
            _ if self.code.is_some() => Meaning::Error,
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

// read
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
            other,
        }
    }

    //= docs/spec/widget-events.md#shapes
    //# **EVT-8** A client MUST read an API event
    //= docs/spec/widget-events.md#shapes
    //# **EVT-10** A client MUST take ids from the event itself first
    fn event(event: Vec<(Cow<'_, str>, &str)>) -> Result<Self, NotNews> {
        let mut news = Self::empty();
        let mut url = None;
        for (name, json) in event {
            if name.eq_ignore_ascii_case("url") {
                url = Reader::whole(json, Reader::string).ok();
                news.other.insert(name.into(), json.into());
            } else {
                news.take(&name, json)?;
            }
        }
        // What the event says itself wins over what its URL says.
        if let Some(url) = url.and_then(|url| Self::url(&url).ok()) {
            news.login = news.login.or(url.login);
            news.request = news.request.or(url.request);
            news.institution = news.institution.or(url.institution);
            news.tag = news.tag.or(url.tag);
            if news.accounts.is_empty() {
                news.accounts = url.accounts;
            }
            for (name, value) in url.other {
                news.other.entry(name).or_insert(value);
            }
        }
        if let Some(step) = news.step.as_ref().filter(|step| step.meaning() == Meaning::Error) {
            news.code = Some(FlinksCode::read(step.as_str()));
        }
        Ok(news)
    }

    //= docs/spec/redirect.md#what-happens
    //# **REDIR-4** A caller MAY use a deep link such as `myapp://callback` as `redirectUrl`
    //= docs/spec/redirect.md#what-stands-in-it
    //# **REDIR-6** A client MUST read `loginId` and `institution`, which are appended
    //= docs/spec/redirect.md#what-stands-in-it
    //# **REDIR-7** A client MUST NOT depend on the order of parameters
    //= docs/spec/widget-events.md#shapes
    //# **EVT-11** A client MUST read the query of that `url` as a query
    fn url(text: &str) -> Result<Self, NotNews> {
        let address = text.split('#').next().unwrap_or_default();
        let (_, query) = address.split_once('?').ok_or(NotNews::Shape)?;
        let mut news = Self::empty();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            news.take(&decode(name), &quoted(&decode(value)))?;
        }
        // A URL is no event: a `step` in it is a parameter like any other.
        if let Some(step) = news.step.take() {
            news.other.insert("step".into(), quoted(step.as_str()));
        }
        Ok(news)
    }

    //= docs/spec/redirect.md#what-stands-in-it
    //# **REDIR-10** A client SHOULD accept names in any letter case, such as `LoginId`.
    //= docs/spec/widget-events.md#shapes
    //# **EVT-13** A client MUST read the names of ids without regard to letter case.
    /// Takes one named value.
    fn take(&mut self, name: &str, json: &str) -> Result<(), NotNews> {
        if is_accounts(name) {
            return self.take_accounts(json);
        }
        match as_text(json) {
            None if json == "null" => {}
            Some(text) if name.eq_ignore_ascii_case("step") => self.step = Some(Step::read(&text)),
            Some(text) if name.eq_ignore_ascii_case("loginId") => self.login = id(&text, LoginId::new)?,
            Some(text) if name.eq_ignore_ascii_case("requestId") => self.request = id(&text, RequestId::new)?,
            Some(text) if name.eq_ignore_ascii_case("institution") => self.institution = Some(text.into()),
            Some(text) if name.eq_ignore_ascii_case("tag") => self.tag = Some(text.into()),
            Some(text) if name.eq_ignore_ascii_case("flinksCode") => self.code = Some(FlinksCode::read(&text)),
            _ => drop(self.other.insert(name.into(), json.into())),
        }
        Ok(())
    }

    //= docs/spec/accounts.md#selected-accounts
    //# **ACCT-29** A client MUST accept one `accountId`, several as a list
    fn take_accounts(&mut self, json: &str) -> Result<(), NotNews> {
        for text in texts(json) {
            for part in text.split(',').filter(|part| !part.is_empty()) {
                let account = AccountId::new(part).map_err(NotNews::Id)?;
                if !self.accounts.contains(&account) {
                    self.accounts.push(account);
                }
            }
        }
        Ok(())
    }
}

//= docs/spec/reconnect.md#selected-accounts
//# **RECO-17** A client MUST expect that the widget then skips the selector
//= docs/spec/redirect.md#what-stands-in-it
//# **REDIR-14** A client MUST accept the ids of `resumeSelectedAccounts` in the URL under each name
//= docs/spec/widget-events.md#shapes
//# **EVT-14** A client MUST read selected accounts under `accountId`
/// The names under which selected accounts come back (decision 30).
fn is_accounts(name: &str) -> bool {
    ["accountId", "accountIds", "resumeSelectedAccounts"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// A text or a number as text.
fn as_text(json: &str) -> Option<Cow<'_, str>> {
    let text = Reader::whole(json, Reader::string);
    text.ok().or_else(|| json.starts_with(|c: char| c == '-' || c.is_ascii_digit()).then_some(Cow::Borrowed(json)))
}

/// A text, or the texts of a list.
fn texts(json: &str) -> Vec<Cow<'_, str>> {
    match Reader::whole(json, |from| from.each(Reader::raw)) {
        Ok(list) => list.into_iter().flat_map(texts).collect(),
        Err(_) => as_text(json).into_iter().collect(),
    }
}

/// Text as JSON.
fn quoted(text: &str) -> Box<str> {
    let mut to = Writer::default();
    to.text(text);
    to.done().into()
}

//= docs/spec/widget-events.md#shapes
//# **EVT-15** A client MUST take an empty id as none, and MUST refuse news with an id that cannot
/// An id; empty is none, as an unfilled template leaves it.
fn id<T>(text: &str, new: fn(&str) -> Result<T, crate::InvalidId>) -> Result<Option<T>, NotNews> {
    if text.is_empty() { Ok(None) } else { new(text).map(Some).map_err(NotNews::Id) }
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

    //= docs/spec/redirect.md#what-stands-in-it
    //= type=test
    //# **REDIR-8** A client MUST accept the caller's own query and the widget's parameters
    //= docs/spec/redirect.md#what-stands-in-it
    //= type=test
    //# **REDIR-10** A client SHOULD accept names in any letter case, such as `LoginId`.
    //= docs/spec/widget-events.md#shapes
    //= type=test
    //# **EVT-9** A client MUST NOT require `step`, and MUST keep unknown steps and unknown keys
    //= docs/spec/widget-events.md#shapes
    //= type=test
    //# **EVT-10** A client MUST take ids from the event itself first
    //= docs/spec/widget-events.md#shapes
    //= type=test
    //# **EVT-13** A client MUST read the names of ids without regard to letter case.
    #[test]
    fn ids_stand_in_the_event_else_in_its_url() {
        let news = ConnectNews::read(
            r#"{"step":"REDIRECT","LoginId":"l","url":"https://a/?loginId=other&requestId=r&accountId=x,y&lead=7"}"#,
        );
        let news = news.expect("news");
        assert_eq!(news.login.expect("a login").as_str(), "l");
        assert_eq!(news.request.expect("a session").as_str(), "r");
        assert_eq!(news.accounts.len(), 2);
        assert_eq!(&*news.other["lead"], "\"7\"");
    }

    //= docs/spec/accounts.md#selected-accounts
    //= type=test
    //# **ACCT-29** A client MUST accept one `accountId`, several as a list
    //= docs/spec/reconnect.md#selected-accounts
    //= type=test
    //# **RECO-17** A client MUST expect that the widget then skips the selector
    //= docs/spec/redirect.md#what-happens
    //= type=test
    //# **REDIR-4** A caller MAY use a deep link such as `myapp://callback` as `redirectUrl`
    //= docs/spec/redirect.md#what-stands-in-it
    //= type=test
    //# **REDIR-14** A client MUST accept the ids of `resumeSelectedAccounts` in the URL under each
    //= docs/spec/widget-events.md#how-they-travel
    //= type=test
    //# **EVT-1** A page MUST listen for `message` on its window and read `data`
    //= docs/spec/widget-events.md#how-they-travel
    //= type=test
    //# **EVT-3** An app MUST expect events as text
    //= docs/spec/widget-events.md#shapes
    //= type=test
    //# **EVT-14** A client MUST read selected accounts under `accountId`
    #[test]
    fn accounts_in_every_form() {
        for text in [
            "https://a/?accountId=x,y",
            "https://a/?accountid=x%2Cy",
            "https://a/?accountId=x&accountId=y",
            "app://back?resumeSelectedAccounts=x,y,,x",
            r#"{"accountIds":["x","y"]}"#,
            r#"{"accountId":"x,y"}"#,
            r#""{\"accountId\":[\"x\",\"y\"]}""#,
        ] {
            let accounts = ConnectNews::read(text).expect(text).accounts;
            assert_eq!(accounts.iter().map(AccountId::as_str).collect::<Vec<_>>(), ["x", "y"], "{text}");
        }
    }

    //= docs/spec/redirect.md#what-stands-in-it
    //= type=test
    //# **REDIR-11** A client MUST take a URL without a `loginId` as no redirect.
    //= docs/spec/widget-events.md#how-they-travel
    //= type=test
    //# **EVT-4** A client MUST ignore messages that have neither a step nor an id
    //= docs/spec/widget-events.md#how-they-travel
    //= type=test
    //# **EVT-5** A client MUST NOT read news longer than 64 KiB.
    //= docs/spec/widget-events.md#shapes
    //= type=test
    //# **EVT-15** A client MUST take an empty id as none, and MUST refuse news with an id
    #[test]
    fn what_is_not_the_widgets_is_refused() {
        for (text, wrong) in [
            ("", NotNews::Shape),
            ("hello", NotNews::Shape),
            ("[1]", NotNews::Shape),
            ("{}", NotNews::Foreign),
            (r#"{"type":"webpackOk"}"#, NotNews::Foreign),
            ("https://a/?x=1", NotNews::Foreign),
            ("https://a/?loginId=", NotNews::Foreign),
            (&"x".repeat(MAX_NEWS + 1), NotNews::Long),
        ] {
            assert_eq!(ConnectNews::read(text), Err(wrong));
        }
        assert!(matches!(ConnectNews::read("https://a/?loginId=a%0Ab"), Err(NotNews::Id(_))));
    }

    //= docs/spec/errors.md#errors-of-the-widget
    //= type=test
    //# **ERR-31** A client MUST expect these ten errors as events of the widget while the user
    //= docs/spec/widget-events.md#shapes
    //= type=test
    //# **EVT-8** A client MUST read an API event
    //= docs/spec/widget-events.md#errors
    //= type=test
    //# **EVT-30** A client MUST recognise as errors `DISABLED_INSTITUTION` and every step
    #[test]
    fn an_error_comes_with_its_code_or_under_its_name() {
        let old = ConnectNews::read(r#"{"requestId":"r","flinksCode":"QUESTION_NOT_FOUND"}"#).expect("news");
        assert_eq!(old.code, Some(FlinksCode::QuestionNotFound));
        let new = ConnectNews::read(r#"{"step":"INVALID_SECURITY_RESPONSE"}"#).expect("news");
        assert_eq!(new.code, Some(FlinksCode::InvalidSecurityResponse));
        assert!(!new.is_redirect() && !old.is_redirect());
    }

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
        for (text, means) in steps {
            let news = ConnectNews::read(&alloc::format!(r#"{{"step":"{text}"}}"#)).expect(text);
            assert!(!matches!(news.step, Some(Step::Other(_))), "{text}");
            assert_eq!((news.step.as_ref().map(Step::as_str), news.means()), (Some(text), means));
        }
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
