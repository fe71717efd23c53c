//! `PATCH /SetScheduledRefresh` <https://docs.flinks.com/api/connect/endpoints/account-linking/set-scheduled-refresh>
//!
//! The 200 is a bare JSON string. Nightly refresh is no longer actively supported, since it cannot answer MFA:
//! <https://docs.flinks.com/guides/connect/nightly-refresh>.

use crate::{
    answer::open,
    endpoint::{CallError, Endpoint},
    tolerant::text,
};
use alloc::boxed::Box;
use reconnect_core::{Draft, LoginId, Reply};
use serde::{Deserialize, Serialize};

/// Turns the nightly refresh of a connection on or off.
///
/// ```
/// use reconnect_calls::set_scheduled_refresh::SetScheduledRefresh;
/// use reconnect_core::LoginId;
/// let body = SetScheduledRefresh::new(LoginId::new("5e115eac")?, true);
/// assert_eq!(serde_json::to_string(&body)?, r#"{"loginId":"5e115eac","isActivated":true}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SetScheduledRefresh {
    /// The connection.
    pub login_id: LoginId,
    /// Whether it is refreshed. Always sent, since the service takes it for false where it is missing.
    pub is_activated: bool,
}

/// What the service says it did. Its `Debug` is silent: the text names the `loginId`.
///
/// ```
/// use reconnect_calls::{Endpoint, set_scheduled_refresh::SetScheduledRefresh};
/// use reconnect_core::{LoginId, Reply};
///
/// let body = br#""LoginId 5e115eac has now been deactivated for automatic refresh""#;
/// let reply = Reply { status: 200, body: body.to_vec(), ..Reply::default() };
/// let done = SetScheduledRefresh::new(LoginId::new("5e115eac")?, false).read(&reply)?;
/// assert_eq!(done.activated(), Some(false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scheduled {
    /// The service's own words.
    pub message: Box<str>,
}

reconnect_core::silent!(Scheduled);

impl SetScheduledRefresh {
    /// Of this connection.
    #[must_use]
    pub fn new(login: LoginId, active: bool) -> Self {
        Self { login_id: login, is_activated: active }
    }
}

impl Scheduled {
    /// Whether the connection is refreshed now, by the words; `None` where they say neither.
    #[must_use]
    pub fn activated(&self) -> Option<bool> {
        let words = || self.message.split_ascii_whitespace();
        if words().any(|word| word == "deactivated") {
            return Some(false);
        }
        words().any(|word| word == "activated").then_some(true)
    }
}

impl Endpoint for SetScheduledRefresh {
    type Answer = Scheduled;

    fn draft(&self) -> Draft {
        Draft::patch("SetScheduledRefresh").body(self)
    }

    fn read(&self, reply: &Reply) -> Result<Scheduled, CallError> {
        #[derive(Deserialize)]
        struct Wire {
            #[serde(default, rename = "Message", deserialize_with = "text")]
            message: Option<Box<str>>,
        }
        let mut opened = open(reply)?;
        if let Some(text) = opened.bare().filter(|_| opened.refusal.is_none()) {
            return Ok(Scheduled { message: text.into() });
        }
        let message = opened.answer::<Wire>()?.message;
        message.map(|message| Scheduled { message }).ok_or_else(|| opened.garbled("Message"))
    }
}
