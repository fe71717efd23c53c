//! Webhooks to the app, by [Standard Webhooks](https://www.standardwebhooks.com): one for each end of a session.

use crate::front::{Front, is_loopback};
use core::time::Duration;
use reconnect_async::Secret;
use reconnect_store::{Error, Notice};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, StatusCode, Url, redirect::Policy};
use serde_json::json;
use standardwebhooks::Webhook;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::task::JoinSet;

/// How long the app may take to answer.
const LIMIT: Duration = Duration::from_secs(20);
/// How long between two looks for notices.
const EVERY: Duration = Duration::from_millis(500);
/// How many are sent at once.
const AT_ONCE: u32 = 16;
/// The pause after each try that failed, in seconds: the example schedule of Standard Webhooks. After the last one the
/// notice is given up.
const PAUSES: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// Sends notices to one address. It is for a store that is opened with
/// [`notices`](reconnect_store::Options::notices).
#[derive(Clone)]
pub struct Notifier {
    front: Front,
    http: Client,
    url: Url,
    key: Secret,
}

/// Notices cannot be sent so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidNotifier {
    /// The address is none.
    #[error("the address for webhooks is https://…; http is for loopback only")]
    Url,
    /// The key is none.
    #[error(
        "the key for webhooks is whsec_ and the Base64 of 24 to 64 random bytes, such as: whsec_$(openssl rand -base64 32)"
    )]
    Key,
    /// TLS cannot be set up.
    #[error("no client for webhooks can be made: {0}")]
    Http(#[source] reqwest::Error),
}

impl Notifier {
    /// Sends to `url`, signed by `key`: `whsec_` and Base64.
    ///
    /// # Errors
    /// [`InvalidNotifier`].
    pub fn new(front: &Front, url: &str, key: Secret) -> Result<Self, InvalidNotifier> {
        let url: Url = url.parse().map_err(|_| InvalidNotifier::Url)?;
        let is_safe = match url.scheme() {
            "https" => url.host_str().is_some(),
            "http" => url.host_str().is_some_and(is_loopback),
            _ => false,
        };
        if !is_safe {
            return Err(InvalidNotifier::Url);
        }
        // A short key can be guessed.
        let is_long = key.expose().strip_prefix("whsec_").is_some_and(|base64| base64.len() >= 32);
        if !is_long || Webhook::new(key.expose()).is_err() {
            return Err(InvalidNotifier::Key);
        }
        let http = Client::builder().redirect(Policy::none()).no_proxy().timeout(LIMIT).build();
        Ok(Self { front: front.clone(), http: http.map_err(InvalidNotifier::Http)?, url, key })
    }

    /// Sends each notice whose time has come, until it is dropped. Several servers may do so: each notice is one's.
    pub async fn run(self) {
        let mut sending = JoinSet::new();
        loop {
            let free = AT_ONCE.saturating_sub(u32::try_from(sending.len()).unwrap_or(AT_ONCE));
            match self.front.driver().sessions().due_notices(free).await {
                Ok(notices) => {
                    for notice in notices {
                        let own = self.clone();
                        sending.spawn(async move { own.send(&notice).await });
                    }
                }
                Err(error) => tracing::warn!(%error, "the notices that are due could not be read"),
            }
            while sending.try_join_next().is_some() {}
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn send(&self, notice: &Notice) {
        let sessions = self.front.driver().sessions();
        let pause = notice.tries.checked_sub(1).and_then(|done| PAUSES.get(done as usize));
        let (what, stored) = match (self.post(notice).await, pause) {
            (Ok(Answer::Taken), _) => ("sent", sessions.notice_sent(&notice.id).await),
            (Ok(Answer::Refused { after }), Some(pause)) => {
                let pause = Duration::from_secs(*pause).max(after);
                ("again", sessions.notice_again(&notice.id, pause).await)
            }
            (Ok(Answer::Refused { .. }), None) => {
                tracing::warn!(id = ?notice.id, tries = notice.tries, "a webhook is given up");
                ("given_up", sessions.notice_sent(&notice.id).await)
            }
            // It is due again when its lease ends.
            (Err(error), _) => ("again", Err(error)),
        };
        match stored {
            Ok(()) => self.front.inner().counts.notice(what),
            Err(error) => {
                tracing::warn!(id = ?notice.id, %error, "a webhook's outcome could not be stored; it is sent again");
            }
        }
    }

    async fn post(&self, notice: &Notice) -> Result<Answer, Error> {
        let Some(found) = self.front.driver().sessions().find(&notice.key).await? else { return Ok(Answer::Taken) };
        let name = if notice.result == "done" { "session.done" } else { "session.failed" };
        let at = UNIX_EPOCH + Duration::from_millis(notice.created_at.as_millis());
        let body = json!({
            "type": name,
            "timestamp": humantime::format_rfc3339_millis(at).to_string(),
            "data": {
                "sessionId": found.key.as_str(),
                "loginId": found.login.as_ref().map(|login| login.as_str()),
                "ownerRef": found.owner,
                "result": notice.result,
                "kept": found.kept.filter(|_| notice.result == "done")
                    .map(|kept| kept.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>()),
            }
        })
        .to_string();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let sign =
            |hook: Webhook| hook.sign(notice.id.as_str(), i64::try_from(now).unwrap_or(i64::MAX), body.as_bytes());
        let Ok(signature) = Webhook::new(self.key.expose()).and_then(sign) else {
            return Ok(Answer::Refused { after: Duration::ZERO });
        };
        let request = self.http.post(self.url.clone()).header(CONTENT_TYPE, "application/json");
        let request = request.header("webhook-id", notice.id.as_str()).header("webhook-timestamp", now);
        let reply = request.header("webhook-signature", signature).body(body).send().await;
        Ok(match reply {
            // `Gone`: the app wants none any more.
            Ok(reply) if reply.status().is_success() || reply.status() == StatusCode::GONE => Answer::Taken,
            Ok(reply) => {
                let after = reply.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
                tracing::warn!(status = reply.status().as_u16(), "the app did not take a webhook");
                Answer::Refused { after: Duration::from_secs(after.unwrap_or(0).min(86_400)) }
            }
            Err(error) => {
                // Its text would hold the whole address.
                tracing::warn!(error = %error.without_url(), "a webhook could not be sent");
                Answer::Refused { after: Duration::ZERO }
            }
        })
    }
}

enum Answer {
    Taken,
    Refused { after: Duration },
}

impl core::fmt::Debug for Notifier {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Notifier(…)")
    }
}
