//! What to ask the service: a call and its data, without a key.

use crate::{
    ids::{LoginId, RequestId},
    secret::Secret,
    wire::{authorize::Authorize, get_accounts_detail::GetAccountsDetail, get_accounts_summary::GetAccountsSummary},
};
use alloc::sync::Arc;
use core::{fmt, time::Duration};
use serde::{Deserialize, Serialize};

/// Which exchange of a session this is. Numbers start at 1 and are never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExchangeId(pub(crate) u64);

impl ExchangeId {
    /// The id with this number, as a caller in another language hands it back.
    ///
    /// ```
    /// assert_eq!(reconnect_core::ExchangeId::from_number(3).number(), 3);
    /// ```
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The number itself.
    ///
    /// ```
    /// assert_eq!(reconnect_core::ExchangeId::from_number(3).number(), 3);
    /// ```
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What to send. [`render`](crate::render) puts the keys in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// What the reply is told with.
    pub id: ExchangeId,
    /// The call and its data.
    pub call: Call,
    /// Whether it can reach the bank, so that it must not be sent a second time by anybody.
    pub once: bool,
    /// How long it may take from here to the end of its body.
    pub limit: Duration,
    /// The instance that the session belongs to, where it knows.
    pub instance: Option<Arc<str>>,
    /// Whether that label is one of version 1 of the snapshot.
    pub(crate) first_label: bool,
}

/// One call of the service.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Call {
    /// `POST /GenerateAuthorizeToken`.
    GenerateAuthorizeToken,
    /// `POST /Authorize`: live, cached, or with answers.
    Authorize {
        /// The authorize token; none for integrations that have no secret key.
        token: Option<Secret>,
        /// What is asked.
        body: Authorize,
    },
    /// `POST /AuthorizeAsync`: a live start, answers, or by a `requestId` alone how far it is.
    AuthorizeAsync {
        /// The authorize token; none for integrations that have no secret key.
        token: Option<Secret>,
        /// What is asked.
        body: Authorize,
    },
    /// `POST /GetAccountsDetail`.
    GetAccountsDetail(GetAccountsDetail),
    /// `GET /GetAccountsDetailAsync/{requestId}`.
    GetAccountsDetailAsync(RequestId),
    /// `POST /GetAccountsSummary`.
    GetAccountsSummary(GetAccountsSummary),
    /// `GET /GetAccountsSummaryAsync/{requestId}`.
    GetAccountsSummaryAsync(RequestId),
}

impl Call {
    /// The endpoint's name, which is the last part of its path but for an id.
    ///
    /// ```
    /// assert_eq!(reconnect_core::Call::GenerateAuthorizeToken.endpoint(), "GenerateAuthorizeToken");
    /// ```
    #[must_use]
    pub fn endpoint(&self) -> &'static str {
        match self {
            Self::GenerateAuthorizeToken => "GenerateAuthorizeToken",
            Self::Authorize { .. } => "Authorize",
            Self::AuthorizeAsync { .. } => "AuthorizeAsync",
            Self::GetAccountsDetail(_) => "GetAccountsDetail",
            Self::GetAccountsDetailAsync(_) => "GetAccountsDetailAsync",
            Self::GetAccountsSummary(_) => "GetAccountsSummary",
            Self::GetAccountsSummaryAsync(_) => "GetAccountsSummaryAsync",
        }
    }

    /// The login that a live `/Authorize` refreshes; `None` for every other call.
    #[must_use]
    pub fn refreshes(&self) -> Option<&LoginId> {
        let (Self::Authorize { body, .. } | Self::AuthorizeAsync { body, .. }) = self else { return None };
        body.login_id.as_ref().filter(|_| body.most_recent_cached == Some(false))
    }
}
