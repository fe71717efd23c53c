//! Webhooks on their way: which attempt is due, and how each attempt ended.
//!
//! A POST with JSON; anything but 200 is a failure; at most 10 attempts, 30 minutes apart:
//! <https://docs.flinks.com/api/connect/webhooks>. The signature is the Base64 of an HMAC-SHA256 over the raw body:
//! <https://docs.flinks.com/reference/hmac>.

use core::fmt;
use core::net::IpAddr;

use base64ct::{Base64, Encoding};
use hmac::{Hmac, Mac};
use hyper::Uri;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::http::{Request, pair};

const ATTEMPTS: usize = 10;
const APART_MS: u64 = 30 * 60_000;

/// How many are kept. If there are more, the oldest that is over is forgotten.
const MOST: usize = 100;

/// How many bytes the webhooks under way may have. For a user with 20,000 transactions, one has 5 million.
const MOST_BYTES: usize = 128 * 1024 * 1024;

/// One webhook, and its attempts so far.
#[derive(Clone)]
pub struct Webhook {
    /// From 1, in the order in which they were queued.
    pub number: u64,
    /// The session that it is about.
    pub request_id: String,
    /// The attempts that have ended.
    pub attempts: Vec<Attempt>,
    /// Whether it goes on.
    pub state: WebhookState,
    /// Empty once it is over.
    request: Request,
}

/// One try to deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When it was sent, in milliseconds since 1970.
    pub at: u64,
    /// The status of the receiver's answer; none if it did not answer.
    pub status: Option<u16>,
}

/// Whether a webhook goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookState {
    /// It waits for its next attempt.
    Waiting {
        /// When that is due, in milliseconds since 1970.
        next_at: u64,
    },
    /// An attempt is under way.
    Sending {
        /// Since when, in milliseconds since 1970.
        since: u64,
    },
    /// The receiver answered 200.
    Delivered,
    /// The last attempt failed too.
    GivenUp,
}

/// An attempt to be made.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Which webhook it is of.
    pub webhook: u64,
    /// What to send: its target is the whole URL.
    pub request: Request,
}

/// Why a webhook was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookRefused {
    /// The URL is not one of this machine, over http.
    Url,
    /// There is no session of that name.
    Unknown,
    /// The session is not authorized: there is nothing to tell yet.
    NotAuthorized,
    /// Too many are under way.
    Full,
}

impl fmt::Display for WebhookRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WebhookRefused::Url => {
                "a sandbox is offline: url must be http to loopback, such as http://127.0.0.1:8080/hook"
            }
            WebhookRefused::Unknown => "unknown requestId",
            WebhookRefused::NotAuthorized => "the session is not authorized yet, so there is no data to tell of",
            WebhookRefused::Full => "100 webhooks, or 128 MiB of them, are under way; let one end first",
        })
    }
}

impl core::error::Error for WebhookRefused {}

impl Webhook {
    /// The row of `GET /_sandbox/webhooks`. It has no key, no body and no address.
    pub(crate) fn body(&self) -> Value {
        let attempts: Vec<Value> =
            self.attempts.iter().map(|attempt| json!({"at": attempt.at, "status": attempt.status})).collect();
        let (state, next_at) = match self.state {
            WebhookState::Waiting { next_at } => ("waiting", Some(next_at)),
            WebhookState::Sending { .. } => ("sending", None),
            WebhookState::Delivered => ("delivered", None),
            WebhookState::GivenUp => ("givenUp", None),
        };
        json!({
            "webhook": self.number,
            "requestId": self.request_id,
            "state": state,
            "nextAt": next_at,
            "attempts": attempts,
        })
    }

    fn is_over(&self) -> bool {
        matches!(self.state, WebhookState::Delivered | WebhookState::GivenUp)
    }

    fn next_at(&self) -> Option<u64> {
        match self.state {
            WebhookState::Waiting { next_at } => Some(next_at),
            WebhookState::Sending { .. } | WebhookState::Delivered | WebhookState::GivenUp => None,
        }
    }
}

/// It shows no ids, addresses and bodies.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("number", &self.number)
            .field("attempts", &self.attempts)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// All webhooks of a bank, in the order in which they were queued.
#[derive(Clone, Default)]
pub(crate) struct Webhooks {
    all: Vec<Webhook>,
    made: u64,
}

impl Webhooks {
    pub(crate) fn push(
        &mut self,
        now: u64,
        url: &str,
        request_id: String,
        body: Vec<u8>,
        key: Option<&str>,
    ) -> Result<u64, WebhookRefused> {
        if !is_loopback(url) {
            return Err(WebhookRefused::Url);
        }
        let bytes: usize = self.all.iter().map(|webhook| webhook.request.body.len()).sum();
        if bytes.saturating_add(body.len()) > MOST_BYTES {
            return Err(WebhookRefused::Full);
        }
        if self.all.len() >= MOST {
            let oldest = self.all.iter().position(Webhook::is_over).ok_or(WebhookRefused::Full)?;
            self.all.remove(oldest);
        }
        let signature = key.map(|key| pair("flinks-authenticity-key", &sign(&body, key)));
        let mut request = Request::post(url, body).with("content-type", "application/json");
        request.headers.extend(signature);
        self.made += 1;
        let state = WebhookState::Waiting { next_at: now };
        self.all.push(Webhook { number: self.made, request_id, attempts: Vec::new(), state, request });
        Ok(self.made)
    }

    pub(crate) fn take_due(&mut self, now: u64) -> Option<Delivery> {
        let mut due = self.all.iter_mut().filter(|webhook| webhook.next_at().is_some_and(|at| at <= now));
        let webhook = due.next()?;
        webhook.state = WebhookState::Sending { since: now };
        Some(Delivery { webhook: webhook.number, request: webhook.request.clone() })
    }

    pub(crate) fn answered(&mut self, number: u64, status: Option<u16>) {
        let Some(webhook) = self.all.iter_mut().find(|webhook| webhook.number == number) else { return };
        let WebhookState::Sending { since } = webhook.state else { return };
        webhook.attempts.push(Attempt { at: since, status });
        webhook.state = match status {
            Some(200) => WebhookState::Delivered,
            _ if webhook.attempts.len() >= ATTEMPTS => WebhookState::GivenUp,
            _ => WebhookState::Waiting { next_at: since.saturating_add(APART_MS) },
        };
        if webhook.is_over() {
            webhook.request.body = Vec::new();
        }
    }

    pub(crate) fn next_at(&self) -> Option<u64> {
        self.all.iter().filter_map(Webhook::next_at).min()
    }

    pub(crate) fn all(&self) -> &[Webhook] {
        &self.all
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }
}

/// The key's UTF-8 bytes, over the raw bytes of the body.
fn sign(body: &[u8], key: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    Base64::encode_string(&mac.finalize().into_bytes())
}

fn is_loopback(url: &str) -> bool {
    // A user name before the host could hide another host.
    let uri: Option<Uri> = url.parse().ok().filter(|_| !url.contains('@'));
    uri.is_some_and(|uri| {
        // A port that is too large is read as none.
        let whole = uri.port_u16().is_some() || uri.authority().map(|all| all.as_str()) == uri.host();
        uri.scheme_str() == Some("http") && whole && !addresses(&uri).is_empty()
    })
}

/// The loopback addresses that a URL names, without asking a name server.
pub(crate) fn addresses(uri: &Uri) -> Vec<IpAddr> {
    let host = uri.host().unwrap_or_default();
    if host.eq_ignore_ascii_case("localhost") {
        return vec![IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
    }
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    address.filter(IpAddr::is_loopback).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_has_a_size() {
        let mut webhooks = Webhooks::default();
        let mut push = |bytes| webhooks.push(0, "http://127.0.0.1/", String::new(), vec![0; bytes], None);
        assert_eq!(push(MOST_BYTES - 1), Ok(1));
        assert_eq!(push(2), Err(WebhookRefused::Full));
        assert_eq!(push(1), Ok(2));
        webhooks.take_due(0);
        webhooks.answered(1, Some(200));
        assert_eq!(webhooks.push(0, "http://127.0.0.1/", String::new(), vec![0; 2], None), Ok(3), "one is over");
    }

    #[test]
    fn only_this_machine_is_told() {
        let mine = ["http://127.0.0.1:1/hook?a=b", "http://LocalHost", "http://[::1]:8080/", "http://127.9.9.9/"];
        for url in mine {
            assert!(is_loopback(url), "{url}");
        }
        let others = [
            "",
            "/hook",
            "127.0.0.1:80",
            "https://127.0.0.1/",
            "http://example.com/",
            "http://10.0.0.1/",
            "http://localhost.example.com/",
            "http://127.0.0.1@example.com/",
            "http://127.0.0.1.example.com/",
            "http://localhost:80@example.com/",
            "http://[::ffff:127.0.0.1]/",
            "http://[fe80::1]/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://127.0.0.1\\@example.com/",
            "http://localhost/ HTTP/1.1\r\nx: y",
            "http://0.0.0.0/",
            "http://2130706433/",
            "ftp://localhost/",
            "http://127.0.0.1:99999/",
        ];
        for url in others {
            assert!(!is_loopback(url), "{url}");
        }
    }
}
