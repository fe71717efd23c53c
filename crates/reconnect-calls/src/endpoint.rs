//! `Endpoint`: a call that is no step of a session. `CallError`: why it brought no answer.

use alloc::boxed::Box;
use reconnect_core::{
    Advice, Draft, Fault, FaultKind, FlinksCode, RenderError, Reply, advice_by_page, advice_by_status,
    reply::{Refusal, ReplyError, RetryAfter},
};

/// A call that is no step of a session. The modules of this crate have those that are documented; an endpoint that is
/// not there is a type with these two methods.
///
/// ```
/// use reconnect_calls::{CallError, Endpoint};
/// use reconnect_core::{Draft, Reply};
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
/// use reconnect_calls::CallError;
/// use reconnect_core::{Advice, Fault};
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

impl From<ReplyError> for CallError {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::Refused(refusal) => Self::Refused(refusal),
            ReplyError::Page { status, retry_after } => Self::Page { status, retry_after },
            ReplyError::TooLarge { .. } => Self::Fault(Fault::maybe(FaultKind::TooLarge)),
            ReplyError::Garbled { status, at } => Self::Garbled { status, at },
        }
    }
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

    /// The HTTP status, if there is a reply.
    ///
    /// ```
    /// assert_eq!(reconnect_calls::CallError::from(reconnect_core::Fault::NOT_SENT).status(), None);
    /// ```
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            Self::Page { status, .. } | Self::Garbled { status, .. } => Some(*status),
            Self::Render(_) | Self::Fault(_) => None,
        }
    }

    /// When the sender of the reply wants to be asked again.
    ///
    /// ```
    /// assert_eq!(reconnect_calls::CallError::from(reconnect_core::Fault::NOT_SENT).retry_after(), None);
    /// ```
    #[must_use]
    pub fn retry_after(&self) -> Option<RetryAfter> {
        match self {
            Self::Refused(refusal) => refusal.retry_after,
            Self::Page { retry_after, .. } => *retry_after,
            Self::Render(_) | Self::Fault(_) | Self::Garbled { .. } => None,
        }
    }

    /// The kind of the network's fault, if there is no reply.
    ///
    /// ```
    /// use reconnect_core::{Fault, FaultKind};
    /// assert_eq!(reconnect_calls::CallError::from(Fault::NOT_SENT).fault(), Some(FaultKind::Connect));
    /// ```
    #[must_use]
    pub fn fault(&self) -> Option<FaultKind> {
        if let Self::Fault(fault) = self { Some(fault.kind) } else { None }
    }

    /// The place in the body that could not be read, as a JSON path.
    ///
    /// ```
    /// assert_eq!(reconnect_calls::CallError::from(reconnect_core::Fault::NOT_SENT).place(), None);
    /// ```
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        if let Self::Garbled { at, .. } = self { Some(at) } else { None }
    }

    /// The service's code, where it said one.
    ///
    /// ```
    /// assert_eq!(reconnect_calls::CallError::from(reconnect_core::Fault::NOT_SENT).code(), None);
    /// ```
    #[must_use]
    pub fn code(&self) -> Option<&FlinksCode> {
        let Self::Refused(refusal) = self else { return None };
        refusal.code.as_ref()
    }
}
