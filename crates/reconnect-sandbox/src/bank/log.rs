//! What the sandbox keeps of a request.

use core::fmt;

use serde_json::{Value, json};

use super::id::sha256;
use crate::http::Request;

/// One request, without its headers and its body.
#[derive(Clone, PartialEq, Eq)]
pub struct Logged {
    /// When it came, in milliseconds since 1970.
    pub at: u64,
    /// `GET`, `POST`, …
    pub method: String,
    /// Without the query.
    pub path: String,
    /// What it was answered with.
    pub status: u16,
    /// SHA-256 of the body, in lower-case hex.
    pub body_sha256: String,
}

impl Logged {
    pub(super) fn new(at: u64, request: &Request, status: u16) -> Self {
        Logged {
            at,
            method: request.method.clone(),
            path: request.path().to_owned(),
            status,
            body_sha256: sha256(&request.body),
        }
    }

    pub(super) fn body(&self) -> Value {
        json!({
            "at": self.at,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "bodySha256": self.body_sha256,
        })
    }
}

/// Ids in the path are shortened to 8 characters.
impl fmt::Debug for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shorten = |segment: &str| match segment.char_indices().nth(8) {
            Some((cut, _)) if segment.contains(['-', '%']) => format!("{}…", &segment[..cut]),
            _ => segment.to_owned(),
        };
        let path: Vec<String> = self.path.split('/').map(shorten).collect();
        write!(f, "{} {} {} at {}", self.method, path.join("/"), self.status, self.at)
    }
}
