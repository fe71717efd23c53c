//! Calls that are no step of a session: one request, one typed answer.
//!
//! Each endpoint of [`wire`](crate::wire) that a session does not need is one. A driver sends any of them with its
//! client's `call`; whoever has another HTTP client sends what [`Draft::render`] makes, and has the reply read.
//!
//! ```
//! use reconnect_core::{Endpoint, Instance, Keys, LoginId, Reply, wire::delete_card::DeleteCard};
//!
//! let delete = DeleteCard::new(LoginId::new("5e115eac")?);
//! let keys = Keys { secret: None, api: Some("api-key".into()) };
//! let request = delete.draft().render(&Instance::named("toolbox", "c")?, &keys)?;
//! assert_eq!(request.method, "DELETE");
//! assert_eq!(request.url, "https://toolbox-api.private.fin.ag/v3/c/BankingServices/DeleteCard/5e115eac");
//!
//! let body = br#"{"HttpStatusCode":400,"FlinksCode":"CARD_IN_USE"}"#;
//! let refused = delete.read(&Reply { status: 400, body: body.to_vec(), ..Reply::default() }).unwrap_err();
//! assert_eq!(refused.advice(), reconnect_core::Advice::TryLater);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod tolerant;

pub(crate) use tolerant::{each, needed, only, text, words};

use crate::{
    Advice, Fault, FaultKind, FlinksCode, Policy, RenderError, Reply, Secret, advice_by_page, advice_by_status,
    connect::percent,
    reply::{Refusal, RetryAfter},
};
use alloc::{boxed::Box, string::String};
use core::{fmt, time::Duration};
use serde::Serialize;

/// A call that is no step of a session. See [`wire`](crate::wire) for those that are documented; an endpoint that is
/// not there is a type with these two methods.
///
/// ```
/// use reconnect_core::{CallError, Draft, Endpoint, Reply};
///
/// struct Ping;
/// impl Endpoint for Ping {
///     type Answer = usize;
///     fn draft(&self) -> Draft {
///         Draft::get("Ping")
///     }
///     fn read(&self, reply: &Reply) -> Result<usize, CallError> {
///         Ok(reply.body.len())
///     }
/// }
/// assert_eq!(Ping.read(&Reply::default()), Ok(0));
/// ```
pub trait Endpoint {
    /// What the service answers.
    type Answer;

    /// The request, without addresses and keys.
    fn draft(&self) -> Draft;

    /// Reads what came back.
    ///
    /// # Errors
    /// [`CallError::Refused`] and [`CallError::Garbled`].
    fn read(&self, reply: &Reply) -> Result<Self::Answer, CallError>;
}

/// A request without addresses and keys. Its `Debug` shows the method only.
///
/// ```
/// use reconnect_core::{Draft, Instance, Keys, Sign};
///
/// let draft = Draft::get("Institutions").query("take", "10").signed(Sign::Bearer);
/// let keys = Keys { secret: Some("k".into()), api: None };
/// let request = draft.render(&Instance::named("toolbox", "c")?, &keys)?;
/// assert!(request.url.ends_with("/v3/c/BankingServices/Institutions?take=10"));
/// let authorization = request.headers.iter().find(|(name, _)| *name == "authorization");
/// assert_eq!(authorization.map(|(_, value)| value.expose()), Some("Bearer k"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "it is sent by nobody yet"]
pub struct Draft {
    pub(crate) method: &'static str,
    /// From the endpoint's name on, encoded.
    pub(crate) path: String,
    pub(crate) sign: Sign,
    pub(crate) body: Option<Secret>,
    pub(crate) once: bool,
    pub(crate) limit: Duration,
}

/// What a request is signed with.
///
/// ```
/// assert_eq!(format!("{:?}", reconnect_core::Sign::Token(Some("t-1".into()))), "Token(Some(Secret(…)))");
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Sign {
    /// `x-api-key`, where there is one.
    #[default]
    ApiKey,
    /// The secret key in `flinks-auth-key`.
    SecretKey,
    /// The secret key in `Authorization: Bearer`.
    Bearer,
    /// An authorize token in `flinks-auth-key`, where there is one.
    Token(Option<Secret>),
}

impl Draft {
    /// A GET of the endpoint with this name.
    pub fn get(endpoint: &'static str) -> Self {
        Self::new("GET", endpoint)
    }

    /// A POST to the endpoint with this name.
    pub fn post(endpoint: &'static str) -> Self {
        Self::new("POST", endpoint)
    }

    /// A PATCH of the endpoint with this name.
    pub fn patch(endpoint: &'static str) -> Self {
        Self::new("PATCH", endpoint)
    }

    /// A DELETE at the endpoint with this name.
    pub fn delete(endpoint: &'static str) -> Self {
        Self::new("DELETE", endpoint)
    }

    fn new(method: &'static str, endpoint: &'static str) -> Self {
        let limit = Policy::DEFAULT.quick_limit;
        Self { method, path: endpoint.into(), sign: Sign::ApiKey, body: None, once: false, limit }
    }

    /// One more part of the path, such as an id. Whatever is in it, it stays one part.
    pub fn part(mut self, part: &str) -> Self {
        self.path.push('/');
        percent::encode(part, &mut self.path);
        self
    }

    /// One more parameter of the query, after all parts.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.path.push(if self.path.contains('?') { '&' } else { '?' });
        percent::encode(name, &mut self.path);
        self.path.push('=');
        percent::encode(value, &mut self.path);
        self
    }

    /// With a JSON body.
    ///
    /// # Panics
    /// Where `body` refuses to be JSON; none of this crate does.
    pub fn body(self, body: &impl Serialize) -> Self {
        // Every key is text and nothing in a body can refuse, so this cannot fail. (`expect` would print the error, and
        // the printing of it is two kilobytes of every module.)
        let Ok(body) = serde_json::to_string(body) else { panic!("a request body is plain data") };
        self.written(body)
    }

    /// The part that does not depend on the body's type, so that it is compiled once.
    #[inline(never)]
    fn written(mut self, body: String) -> Self {
        self.body = Some(Secret::from(body));
        self
    }

    /// With another key than `x-api-key`.
    pub fn signed(self, sign: Sign) -> Self {
        Self { sign, ..self }
    }

    /// It can reach the bank, so nobody sends it a second time.
    pub fn once(self) -> Self {
        Self { once: true, ..self }
    }

    /// The service may work on it as long as on any POST (decision 37), and not only as long as on a look-up.
    pub fn slow(self) -> Self {
        Self { limit: Policy::DEFAULT.post_limit, ..self }
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft").field("method", &self.method).finish_non_exhaustive()
    }
}

/// Why a call brought no answer. Its text holds no id, name, question or body.
///
/// ```
/// use reconnect_core::{Advice, CallError, Fault};
/// let error = CallError::from(Fault::NOT_SENT);
/// assert_eq!((error.advice(), error.to_string().as_str()), (Advice::TryLater, "no reply: the connection failed"));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// A key is missing. Nothing was sent.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// There is no reply.
    #[error("no reply: {}", .0.kind)]
    Fault(Fault),
    /// The service refused.
    #[error("refused: {}, status {}", .0.code.as_ref().map_or("no code", FlinksCode::as_str), .0.status)]
    Refused(Box<Refusal>),
    /// The reply is not the service's: a gateway's page, a redirect, which is not followed, or an empty body.
    #[error("status {status}, {}", if (300..400).contains(.status) { "a redirect, and none is followed" } else { "and a body that is not the service's" })]
    Page {
        /// The HTTP status.
        status: u16,
        /// When to ask again, as the sender of the page says.
        retry_after: Option<RetryAfter>,
    },
    /// The reply is not what the documentation describes.
    #[error("status {status}, and not what the service documents, at {at}")]
    Garbled {
        /// The HTTP status.
        status: u16,
        /// Where in the body, as a JSON path; never what stands there.
        at: Box<str>,
    },
}

impl From<Fault> for CallError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl CallError {
    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Self::Render(_) => Advice::FixTheSetup,
            // The limit of a body is a number of ours.
            Self::Fault(fault) if fault.kind == FaultKind::TooLarge || fault.kind.blames_the_setup() => {
                Advice::FixTheSetup
            }
            Self::Fault(_) => Advice::TryLater,
            Self::Refused(refusal) => {
                refusal.code.as_ref().and_then(FlinksCode::advice).unwrap_or_else(|| advice_by_status(refusal.status))
            }
            Self::Page { status, .. } => advice_by_page(*status),
            Self::Garbled { status: 200..300, .. } => Advice::TryLater,
            Self::Garbled { status, .. } => advice_by_status(*status),
        }
    }

    /// The service's code, where it said one.
    ///
    /// ```
    /// assert_eq!(reconnect_core::CallError::from(reconnect_core::Fault::NOT_SENT).code(), None);
    /// ```
    #[must_use]
    pub fn code(&self) -> Option<&FlinksCode> {
        let Self::Refused(refusal) = self else { return None };
        refusal.code.as_ref()
    }
}
