//! What the doctor found in a request.

use core::fmt;

use serde_json::{Value, json};

use super::rules::Rule;
use crate::http::{Request, clip, shorten};

/// A request that broke a rule. It holds no header and no body.
///
/// ```
/// use reconnect_sandbox::{Bank, Request, Settings};
///
/// let mut bank = Bank::new(Settings::default());
/// let path = "/v3/43387ca6-0391-4c82-857d-70d95f087ecb/BankingServices/GenerateAuthorizeToken";
/// let reply = bank.handle(0, &Request::post(path, ""));
///
/// assert_eq!(reply.header("x-sandbox-doctor"), Some("missing-secret-key"));
/// let finding = &bank.findings()[0];
/// assert!(finding.rule.url.starts_with("https://docs.flinks.com/"));
/// assert!(finding.to_string().starts_with("missing-secret-key: POST /v3/43387ca6…/"));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// When the request came, in milliseconds since 1970.
    pub at: u64,
    /// `GET`, `POST`, …
    pub method: String,
    /// Without the query; of one longer than 500 characters the beginning.
    pub path: String,
    /// The rule that it broke.
    pub rule: &'static Rule,
}

impl Finding {
    pub(crate) fn new(at: u64, request: &Request, rule: &'static Rule) -> Self {
        Finding { at, method: clip(&request.method), path: clip(request.path()), rule }
    }

    pub(crate) fn body(&self) -> Value {
        json!({
            "at": self.at,
            "method": self.method,
            "path": self.path,
            "rule": self.rule.id,
            "url": self.rule.url,
            "says": self.rule.says,
        })
    }
}

/// One line for a person. Ids in the path are shortened to 8 characters, and characters outside visible ASCII are replaced.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule { id, url, says } = self.rule;
        write!(f, "{id}: {} {}: {says} ({url})", shorten(&self.method), shorten(&self.path))
    }
}

/// Ids in the path are shortened to 8 characters.
impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} at {}", self.rule.id, shorten(&self.method), shorten(&self.path), self.at)
    }
}
