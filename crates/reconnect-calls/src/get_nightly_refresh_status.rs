//! `GET /GetNightlyRefreshStatus` <https://docs.flinks.com/api/connect/endpoints/account-linking/get-nightly-refresh-status>
//!
//! It alone is signed with the secret key as a bearer token. For every connection that it lists, bring the end user back:
//! each is a reason for a Reconnect.

use crate::{
    answer::open,
    endpoint::{CallError, Endpoint},
    tolerant::{needed, only, words},
};
use alloc::{boxed::Box, vec::Vec};
use reconnect_core::{Draft, LoginId, Reply, Sign, Timestamp, Unread, accounts::last_refresh, reply};
use reconnect_json::{Fields, Reader, Result as Read, Value, Wrong};

/// Asks which connections are set to refresh at night and cannot.
///
/// ```
/// use reconnect_calls::{Endpoint, get_nightly_refresh_status::GetNightlyRefreshStatus};
/// use reconnect_core::Reply;
///
/// let body = br#"{"HttpStatusCode":200,"IneligibleCards":[{"LoginId":"d12c531b",
///     "LastRefreshDate":"2020-06-18T03:26:34.6854364","LastRefreshState":"AnsweringSecurityChallenge"}]}"#;
/// let reply = Reply { status: 200, body: body.to_vec(), ..Reply::default() };
/// let status = GetNightlyRefreshStatus::new().read(&reply)?;
/// assert!(status.ineligible[0].waits_for_mfa());
/// assert_eq!(status.ineligible[0].last_refresh.unwrap().as_millis(), 1_592_450_794_685);
/// # Ok::<(), reconnect_calls::CallError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct GetNightlyRefreshStatus;

/// The connections that are set to refresh at night and cannot.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct NightlyRefresh {
    /// In the service's order.
    pub ineligible: Vec<IneligibleCard>,
    /// The places of the reply that could not be read: a connection without a readable id is left out.
    pub unread: Unread,
}

/// One connection that cannot be refreshed without its end user.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct IneligibleCard {
    /// The connection.
    pub login: LoginId,
    /// When it was last refreshed; `None` also for never.
    pub last_refresh: Option<Timestamp>,
    /// How far the last attempt got, such as `AnsweringSecurityChallenge`: an open set.
    pub state: Option<Box<str>>,
    /// The code that the last attempt ended with.
    pub code: Option<Box<str>>,
}

impl GetNightlyRefreshStatus {
    /// Of all connections of the customer.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl IneligibleCard {
    /// Whether the bank asked and nobody answered: what a Reconnect is for.
    #[must_use]
    pub fn waits_for_mfa(&self) -> bool {
        self.state.as_deref() == Some("AnsweringSecurityChallenge")
    }
}

impl Endpoint for GetNightlyRefreshStatus {
    type Answer = NightlyRefresh;

    fn draft(&self) -> Draft {
        Draft::get("GetNightlyRefreshStatus").signed(Sign::Bearer).slow()
    }

    /// The documented sample has a list and a refusal merged into one. A list is what was asked for, so it counts.
    fn read(&self, reply: &Reply) -> Result<NightlyRefresh, CallError> {
        let mut opened = open(reply)?;
        let told = |refused: &reply::Refusal| !(200..300).contains(&refused.status);
        if opened.refusal.as_ref().is_some_and(told) {
            opened.accepted()?;
        }
        let (list, unread) = opened.whole(cards)?;
        match (list, opened.refusal.take()) {
            (Some(ineligible), _) => Ok(NightlyRefresh { ineligible, unread }),
            (None, Some(refusal)) => Err(CallError::Refused(Box::new(refusal))),
            (None, None) => Err(opened.garbled("IneligibleCards")),
        }
    }
}

fn cards(from: &mut Reader<'_>) -> Read<Option<Vec<IneligibleCard>>> {
    let mut list = None;
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "IneligibleCards" => only(&mut list, from, card)?,
            _ => from.skip()?,
        }
    }
    Ok(list)
}

fn card(from: &mut Reader<'_>) -> Read<IneligibleCard> {
    let (mut login, mut date, mut state, mut code, mut fields) = (None, None, None, None, Fields::default());
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "LoginId" => needed(&mut login, from.maybe(LoginId::read)?)?,
            "LastRefreshDate" => fields.take(from, "LastRefreshDate", &mut date, words)?,
            "LastRefreshState" => fields.take(from, "LastRefreshState", &mut state, words)?,
            "LastRefreshErrorCode" => fields.take(from, "LastRefreshErrorCode", &mut code, words)?,
            _ => from.skip()?,
        }
    }
    let last_refresh = date.as_deref().and_then(last_refresh);
    Ok(IneligibleCard { login: login.ok_or(Wrong)?, last_refresh, state, code })
}
