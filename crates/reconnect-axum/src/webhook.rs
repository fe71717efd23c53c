//! `/webhook`: data that Flinks sends by itself.

use crate::front::Front;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use reconnect_async::webhook::{self, NotVerified};

/// 200 once the session is stored: Flinks sends it again after any other status. Also 200 if no session of ours is meant.
pub(crate) async fn delivered(
    State(front): State<Front>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let inner = front.inner();
    if inner.webhook_keys.is_empty() {
        return Err(Problem::unknown("this server has no key for webhooks, so it takes none"));
    }
    let headers = headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let delivery = webhook::verify(headers, &body, &inner.webhook_keys).map_err(|error| {
        inner.counts.refused("webhook");
        match error {
            NotVerified::Body => Problem::invalid(error.to_string()),
            NotVerified::Unsigned | NotVerified::Signature | NotVerified::BlankKey | _ => {
                Problem::forged(error.to_string())
            }
        }
    })?;
    if let Some(mut going) = inner.driver.delivered(delivery).await? {
        going.stored().await?;
    }
    Ok(StatusCode::OK)
}
