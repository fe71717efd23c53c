//! `POST /GetAccountsDetail` <https://docs.flinks.com/api/connect/endpoints/account-linking/get-accounts-detail>
//!
//! Answers 202 first; `GET /GetAccountsDetailAsync/{requestId}` then asks again, without a body.

use crate::{account::DetailOptions, ids::RequestId, selection::Selection};
use serde::Serialize;

/// The body of a `/GetAccountsDetail`.
///
/// ```
/// use reconnect_core::{AccountId, RequestId, Selection, wire::get_accounts_detail::GetAccountsDetail};
///
/// let keep = Selection::only([AccountId::new("a-1")?])?;
/// let body = GetAccountsDetail::new(RequestId::new("r-1")?, keep);
/// assert_eq!(serde_json::to_string(&body)?, r#"{"RequestId":"r-1","AccountsFilter":["a-1"]}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct GetAccountsDetail {
    /// The authorized session.
    pub request_id: RequestId,
    /// What to tell of each account.
    #[serde(flatten)]
    pub options: DetailOptions,
    /// The selected accounts; left out for all of them, never empty (decision 16).
    #[serde(skip_serializing_if = "Selection::is_all")]
    pub accounts_filter: Selection,
}

impl GetAccountsDetail {
    /// With the service's defaults for everything else.
    #[must_use]
    pub fn new(request: RequestId, keep: Selection) -> Self {
        Self { request_id: request, options: DetailOptions::DEFAULT, accounts_filter: keep }
    }
}
