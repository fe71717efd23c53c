//! An HTTP exchange as data, and the few encodings it needs.

use core::fmt;

use serde::Serialize;
use serde_json::Value;

/// `GetAccountsSummaryAsync` has 23 letters.
const LONGEST_NAME: usize = 24;

/// In characters. In HTTP a path may have 64 KiB and a method more, and ten thousand of them are kept.
const LONGEST_KEPT: usize = 500;

/// The longest query or form that a page reads.
pub(crate) const LONGEST_FORM: usize = 64 * 1024;

/// The request of a client. Any bytes are allowed in any field, and the bank answers them all.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query, as on the request line.
    pub target: String,
    /// Names in any letter case.
    pub headers: Vec<(String, String)>,
    /// The body, empty when there is none.
    pub body: Vec<u8>,
}

impl Request {
    /// A GET without headers.
    pub fn get(target: impl Into<String>) -> Self {
        Request { method: "GET".to_owned(), target: target.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// A POST without headers.
    pub fn post(target: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Request { method: "POST".to_owned(), body: body.into(), ..Request::get(target) }
    }

    /// The same request with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split(['?', '#']).next().unwrap_or_default()
    }

    /// The parts of the path, without percent-encoding.
    pub(crate) fn segments(&self) -> Vec<String> {
        self.path().split('/').skip(1).map(decode).collect()
    }

    /// Whether it is one of the sandbox's own controls, however its path is encoded.
    pub(crate) fn is_control(&self) -> bool {
        self.segments().first().is_some_and(|first| first == "_sandbox")
    }

    pub(crate) fn query(&self) -> &str {
        let before_fragment = self.target.split('#').next().unwrap_or_default();
        before_fragment.split_once('?').map_or("", |(_, query)| query)
    }

    pub(crate) fn wants_json(&self) -> bool {
        self.header("accept").is_some_and(|accept| accept.contains("application/json"))
    }
}

/// It shows only the method and the size: a target has ids, headers have keys, and a body has answers.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The answer of the bank.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// JSON or HTML, in UTF-8.
    pub body: Vec<u8>,
    /// What the network does to it, if a [`Fault`](crate::Fault) says so.
    pub fate: Fate,
}

/// What happens to a reply on its way. The bank only says it, [`Server`](crate::Server) does it, and a test without
/// sockets can look at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// How long after its request it is sent, by the sandbox's clock.
    pub delay_ms: u64,
    /// Where it breaks off.
    pub cut: Cut,
}

/// Where a reply breaks off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cut {
    /// Nowhere.
    #[default]
    None,
    /// After this many bytes of the body. The whole length was announced.
    AfterBytes(usize),
    /// Before its first byte. The connection closes.
    NoAnswer,
}

impl Reply {
    /// The body as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON, or `null` if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// A header's value, its name in any letter case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    pub(crate) fn of_json(status: u16, body: &impl Serialize) -> Self {
        Reply {
            status,
            headers: vec![pair("content-type", "application/json; charset=utf-8"), pair("cache-control", "no-store")],
            body: serde_json::to_vec(body).unwrap_or_default(),
            fate: Fate::default(),
        }
    }

    pub(crate) fn not_found() -> Self {
        let body = serde_json::json!({"HttpStatusCode": 404, "Message": "No such resource"});
        Reply::of_json(404, &body)
    }

    pub(crate) fn wrong_method() -> Self {
        let body = serde_json::json!({
            "HttpStatusCode": 405,
            "Message": "The requested resource does not support this http method",
        });
        Reply::of_json(405, &body)
    }
}

/// It shows only the status, the size and the fate: a body has accounts and names.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .field("fate", &self.fate)
            .finish_non_exhaustive()
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut named = headers.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name));
    named.next().map(|(_, value)| value.as_str())
}

pub(crate) fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// A path or a method for a person to read. A segment that may be an id is cut to 8 characters; the names of endpoints are
/// not. Control characters, and all others outside visible ASCII, are replaced.
pub(crate) fn shorten(path: &str) -> String {
    let plain = path.replace(|character: char| !character.is_ascii_graphic(), "?");
    let is_name =
        |segment: &str| segment.len() <= LONGEST_NAME && segment.bytes().all(|byte| byte.is_ascii_alphabetic());
    let shorten = |segment: &str| match segment.get(..8) {
        Some(start) if segment.len() > 8 && !is_name(segment) => format!("{start}…"),
        Some(_) | None => segment.to_owned(),
    };
    let segments: Vec<String> = plain.split('/').map(shorten).collect();
    segments.join("/")
}

/// The part of a path or a method that is kept. A real one is kept whole.
pub(crate) fn clip(text: &str) -> String {
    match text.char_indices().nth(LONGEST_KEPT) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

/// Undoes percent-encoding. A `%` that begins no byte stands for itself, and bytes that are not UTF-8 are replaced.
pub(crate) fn decode(text: &str) -> String {
    let raw = text.as_bytes();
    let mut bytes = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(&byte) = raw.get(at) {
        let encoded = if byte == b'%' { hex_pair(raw.get(at + 1..at + 3)) } else { None };
        bytes.push(encoded.unwrap_or(byte));
        at += if encoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex_pair(digits: Option<&[u8]>) -> Option<u8> {
    let text = core::str::from_utf8(digits?).ok()?;
    let plain = text.bytes().all(|digit| digit.is_ascii_hexdigit());
    if plain { u8::from_str_radix(text, 16).ok() } else { None }
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Reads a query or a form. It is `application/x-www-form-urlencoded`, so `+` is a space.
pub(crate) fn read_pairs(text: &str) -> Vec<(String, String)> {
    let spaced = text.replace('+', " ");
    let parts = spaced.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(name), decode(value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_undoes_encoding_and_never_refuses() {
        for text in ["", "a b", "Où ? é&=+%", "{id1},{id2}"] {
            assert_eq!(decode(&encode(text)), text);
        }
        for (odd, read) in
            [("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("%+1", "%+1"), ("%41%", "A%"), ("%ff", "\u{fffd}")]
        {
            assert_eq!(decode(odd), read, "{odd}");
        }
    }

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let read = read_pairs("a=1+2&b&&c=%2B%3D&a=3");
        let expected = [("a", "1 2"), ("b", ""), ("c", "+="), ("a", "3")];
        assert_eq!(read, expected.map(|(name, value)| pair(name, value)));
    }

    #[test]
    fn ids_in_a_path_are_cut() {
        for (path, shown) in [
            ("/v3/43387ca6-0391/GetAccountsDetailAsync/2b000833aaaa", "/v3/43387ca6…/GetAccountsDetailAsync/2b000833…"),
            ("/_sandbox/x/é%20aaaaaaaa", "/_sandbox/x/?%20aaaa…"),
            ("/Institutions/\u{1b}[31m/\u{202e}x/\u{9b}", "/Institutions/?[31m/?x/?"),
            ("/abcdefghijklmnopqrstuvwxy", "/abcdefgh…"),
            ("43387ca6-0391", "43387ca6…"),
            ("", ""),
        ] {
            assert_eq!(shorten(path), shown);
        }
    }

    #[test]
    fn the_beginning_of_a_long_path_is_kept() {
        assert_eq!(clip("/é"), "/é");
        assert_eq!(clip(&"é".repeat(LONGEST_KEPT)), "é".repeat(LONGEST_KEPT));
        assert_eq!(clip(&"é".repeat(100_000)), format!("{}…", "é".repeat(LONGEST_KEPT)));
    }

    #[test]
    fn debug_names_nobody() {
        let request = Request::post("/?requestId=canary", "canary").with("flinks-auth-key", "canary");
        let reply = Reply::of_json(200, &"canary");
        assert!(!format!("{request:?}{reply:?}").contains("canary"));
    }
}
