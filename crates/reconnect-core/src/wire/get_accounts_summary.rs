//! `POST /GetAccountsSummary` <https://docs.flinks.com/api/connect/endpoints/account-linking/get-accounts-summary>
//!
//! Answers 202 first; `GET /GetAccountsSummaryAsync/{requestId}` then asks again, without a body.

use crate::ids::RequestId;
use serde::{Serialize, Serializer};

/// The body of a `/GetAccountsSummary`. It has no filter: what was not selected is left out of the reply.
///
/// ```
/// use reconnect_core::{RequestId, wire::get_accounts_summary::GetAccountsSummary};
/// let body = GetAccountsSummary::new(RequestId::new("r-1")?);
/// assert_eq!(serde_json::to_string(&body)?, r#"{"RequestId":"r-1"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GetAccountsSummary {
    /// The authorized session.
    pub request_id: RequestId,
}

impl Serialize for GetAccountsSummary {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // As a map: a struct would bring in the code that prints `serde_json`'s errors.
        to.collect_map([("RequestId", &self.request_id)])
    }
}

impl GetAccountsSummary {
    /// With the service's defaults for everything else.
    #[must_use]
    pub fn new(request: RequestId) -> Self {
        Self { request_id: request }
    }
}
