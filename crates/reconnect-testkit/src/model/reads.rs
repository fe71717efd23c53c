//! What the service said, as facts, and how the model understands them (decisions 9, 12, 13, 45 and 47).

use super::Millis;
use reconnect_core::{Advice, FlinksCode, advice_by_status};

/// One call of the service.
#[derive(Clone, PartialEq, Debug)]
pub enum Call {
    /// A token for the session.
    Mint,
    /// A token for one showing of the widget.
    MintForWidget,
    /// A live `/Authorize`.
    Live {
        /// The token in it.
        token: Option<u64>,
        /// Whose.
        login: u8,
        /// The caller's own tag.
        tag: Option<u8>,
    },
    /// A cached `/Authorize`.
    Cached {
        /// The token in it.
        token: Option<u64>,
        /// Whose.
        login: u8,
    },
    /// An `/Authorize` with answers.
    Answer {
        /// The token in it.
        token: Option<u64>,
        /// Of which session.
        request: u8,
        /// Which answers.
        answers: u64,
    },
    /// How far an asynchronous authorization is.
    Status {
        /// The token in it.
        token: Option<u64>,
        /// Of which session.
        request: u8,
    },
    /// A data call.
    Data {
        /// Of which session.
        request: u8,
        /// Its filter.
        keep: Option<Vec<u8>>,
    },
    /// Pending data, asked for again.
    Poll {
        /// Of which session.
        request: u8,
    },
}

impl Call {
    /// A mint, of either kind.
    #[must_use]
    pub fn is_mint(&self) -> bool {
        matches!(self, Self::Mint | Self::MintForWidget)
    }

    /// An `/Authorize`, of any kind.
    #[must_use]
    pub fn is_authorize(&self) -> bool {
        matches!(self, Self::Live { .. } | Self::Cached { .. } | Self::Answer { .. } | Self::Status { .. })
    }
}

/// What a body is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Shape {
    /// The object that the documentation promises.
    Json,
    /// Something else.
    Html,
    /// Nothing.
    Empty,
    /// An object without any field that is documented: nothing in it, or a gateway's own message.
    Bare(bool),
}

/// A reply, as facts.
#[derive(Clone, PartialEq, Debug)]
pub struct Said {
    /// HTTP's status.
    pub http: u16,
    /// The body's own.
    pub status: Option<u16>,
    /// The body's code.
    pub code: Option<&'static str>,
    /// Whether its message blames the authorize token.
    pub blames_token: bool,
    /// What the body is.
    pub shape: Shape,
    /// The session it names.
    pub request: Option<u8>,
    /// The login it names.
    pub login: Option<u8>,
    /// How fresh the login's data is.
    pub last_refresh: Option<Millis>,
    /// Its challenges, by number.
    pub challenges: Vec<u64>,
    /// Its accounts.
    pub accounts: Option<Vec<u8>>,
    /// Its token.
    pub token: Option<u64>,
    /// Its `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// Or as a moment.
    pub retry_at: Option<Millis>,
    /// The institution it names.
    pub institution: Option<u8>,
    /// Whether it has accounts and none of them can be read.
    pub malformed: bool,
}

/// What a reply means.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Means {
    /// The service's own words, without the thing that was asked for.
    Nothing,
    /// Not the service's words: a gateway's page, or nothing.
    Page,
    /// A refusal, and what to do about it.
    No(Advice),
    /// A token.
    Token(u64),
    /// MFA; after a wrong answer or not.
    Asks(bool),
    /// The work goes on.
    Pending,
    /// Authorized, or the accounts.
    Yes,
}

/// The longest `Retry-After` that is believed.
const DAY: Millis = 86_400_000;

const NO_RETRY: &str = "INVALID_SECURITY_RESPONSE_NO_RETRY";

impl Said {
    /// A 200 that says nothing else.
    #[must_use]
    pub fn ok() -> Self {
        Self {
            http: 200,
            status: Some(200),
            code: None,
            blames_token: false,
            shape: Shape::Json,
            request: None,
            login: None,
            last_refresh: None,
            challenges: Vec::new(),
            accounts: None,
            token: None,
            retry_after: None,
            retry_at: None,
            institution: None,
            malformed: false,
        }
    }

    /// The code says it, else the body's status, else HTTP's.
    pub(super) fn means(&self, call: &Call) -> Means {
        if self.is_redirected_by_http() {
            return Means::Nothing;
        }
        match self.shape {
            Shape::Json => {}
            Shape::Bare(_) if self.http == 203 => {}
            _ => return Means::Page,
        }
        let status = self.told_status();
        let by_code = self.advice_of_code();
        let error = by_code.is_some() || !(200..300).contains(&status);
        let already = self.code == Some("ALREADY_AUTHORIZED");
        let has_accounts = !call.is_authorize() && self.accounts.is_some() && !self.malformed;
        let asks = !self.challenges.is_empty() && !has_accounts || self.status == Some(203);
        if !call.is_mint() && asks && self.code != Some(NO_RETRY) {
            return Means::Asks(error);
        }
        if self.code.is_none() && (300..400).contains(&status) {
            return Means::Nothing;
        }
        if error && !already {
            return Means::No(by_code.unwrap_or_else(|| advice_by_status(status)));
        }
        let pending = status == 202 || matches!(self.code, Some("OPERATION_PENDING" | "OPERATION_DISPATCHED"));
        if call.is_mint() {
            return self.token.map_or(Means::Nothing, Means::Token);
        }
        if call.is_authorize() {
            return match self.request {
                _ if already => Means::Yes,
                _ if status == 203 => Means::Asks(false),
                None => Means::Nothing,
                Some(_) if pending => Means::Pending,
                Some(_) => Means::Yes,
            };
        }
        match &self.accounts {
            _ if pending => Means::Pending,
            Some(_) => Means::Yes,
            None if status == 203 => Means::Asks(false),
            None => Means::Nothing,
        }
    }

    /// Whether nothing can be made of it. To a live call, what is no refusal has to name a session.
    pub(super) fn unreadable(&self, call: &Call) -> bool {
        match self.means(call) {
            Means::Nothing | Means::Page => true,
            Means::No(_) | Means::Token(_) => false,
            // A cached call needs a session to go on with; `ALREADY_AUTHORIZED` says enough without one.
            Means::Yes | Means::Pending if matches!(call, Call::Cached { .. }) => {
                self.request.is_none() && self.code != Some("ALREADY_AUTHORIZED")
            }
            Means::Asks(_) | Means::Pending | Means::Yes => matches!(call, Call::Live { .. }) && self.request.is_none(),
        }
    }

    /// Whether it is a page to this call.
    pub(super) fn is_page(&self, call: &Call) -> bool {
        self.means(call) == Means::Page
    }

    fn is_redirected_by_http(&self) -> bool {
        (300..400).contains(&self.http)
    }

    /// The status of a redirect, which is never followed: HTTP's, or the body's own if no code says more.
    pub(in crate::model) fn redirected(&self, call: &Call) -> Option<u16> {
        let status = if self.is_redirected_by_http() { self.http } else { self.told_status() };
        (self.means(call) == Means::Nothing && (300..400).contains(&status)).then_some(status)
    }

    fn as_data(&self) -> Means {
        self.means(&Call::Data { request: 0, keep: None })
    }

    /// Whether a data call would be through with it.
    pub(super) fn brings_accounts(&self) -> bool {
        self.accounts.is_some() && !self.malformed && self.as_data() == Means::Yes
    }

    /// Whether a data call would be refused with it.
    pub(super) fn refuses(&self) -> bool {
        matches!(self.as_data(), Means::No(_)) || self.redirected(&Call::Data { request: 0, keep: None }).is_some()
    }

    /// Whether it asks the end user.
    pub(super) fn asks(&self) -> bool {
        matches!(self.as_data(), Means::Asks(_))
    }

    /// When the service wants to be asked again. A moment in the past means now, and more than a day means a day.
    pub(super) fn wished(&self, now: Millis) -> Option<Millis> {
        let at = self.retry_at.map(|at| at.max(now));
        self.retry_after.map(|seconds| now + seconds * 1_000).or(at).map(|at| at.min(now + DAY))
    }

    /// The body's status, else HTTP's.
    pub(super) fn told_status(&self) -> u16 {
        self.status.unwrap_or(self.http)
    }

    /// What the code alone says of it.
    pub(super) fn advice_of_code(&self) -> Option<Advice> {
        self.code.and_then(|code| FlinksCode::read(code).advice())
    }

    /// Whether another of our own sessions is in the way.
    pub(super) fn in_use(&self) -> bool {
        matches!(self.code, Some("CONCURRENT_SESSION" | "CARD_IN_USE"))
    }

    /// Whether the session is gone.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self.code, Some("SESSION_NONEXISTENT" | "SESSION_EXPIRED"))
    }

    /// Whether it says that this session is not authorized.
    pub(super) fn is_unauthorized(&self) -> bool {
        self.code == Some("UNAUTHORIZED")
    }

    /// Whether it complains about answers that were never given.
    pub(super) fn misses_answers(&self) -> bool {
        matches!(self.code, Some("QUESTION_NOT_FOUND" | "SECURITYRESPONSES_INCOMPLETE" | "INVALID_SECURITY_RESPONSE"))
    }
}
