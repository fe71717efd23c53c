//! One row of the log of requests.

use core::fmt;

use serde_json::{Value, json};

use crate::http::{Cut, Reply, Request, clip, shorten};
use crate::id::sha256;

/// One request, without its headers and its body.
#[derive(Clone, PartialEq, Eq)]
pub struct Logged {
    /// When it came, in milliseconds since 1970.
    pub at: u64,
    /// `GET`, `POST`, …
    pub method: String,
    /// Without the query; of one longer than 500 characters the beginning.
    pub path: String,
    /// The status of the answer; 0 if a fault left it without an answer.
    pub status: u16,
    /// The kind of the fault that fell on it.
    pub fault: Option<&'static str>,
    /// SHA-256 of the body, in lower-case hex.
    pub body_sha256: String,
}

impl Logged {
    pub(super) fn new(at: u64, request: &Request, reply: &Reply, fault: Option<&'static str>) -> Self {
        Logged {
            at,
            method: clip(&request.method),
            path: clip(request.path()),
            status: if reply.fate.cut == Cut::NoAnswer { 0 } else { reply.status },
            fault,
            body_sha256: sha256(&request.body),
        }
    }

    /// `fault` is there only if there was one.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({
            "at": self.at,
            "method": self.method,
            "path": self.path,
            "status": if self.status == 0 { None } else { Some(self.status) },
            "bodySha256": self.body_sha256,
        });
        if let Some(kind) = self.fault {
            body["fault"] = json!(kind);
        }
        body
    }
}

/// Ids in the path, or in the place of the method, are shortened to 8 characters.
impl fmt::Debug for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} at {}", shorten(&self.method), shorten(&self.path), self.status, self.at)
    }
}
