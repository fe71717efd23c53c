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

pub(crate) mod tolerant;

use crate::{
    code::{Advice, FlinksCode, advice_by_page, advice_by_status},
    error::RenderError,
    fault::{Fault, FaultKind},
    render::Draft,
    reply::{Refusal, Reply},
    retry_after::RetryAfter,
};
use alloc::boxed::Box;

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
