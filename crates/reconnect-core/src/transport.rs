//! What every transport needs, whichever HTTP client it is over: what of a request goes where, and a reply as it comes in.

use crate::{
    fault::{Fault, FaultKind},
    policy::{MAX_HEAD, MAX_HEADERS, MAX_ROOM},
    render::Rendered,
    reply::Reply,
    retry_after::RETRY_AFTER,
    secret::Secret,
};
use alloc::{string::String, vec::Vec};
use core::{fmt, time::Duration};

impl Rendered {
    /// The body, empty where there is none.
    #[must_use]
    pub fn text(&self) -> &str {
        self.body.as_ref().map_or("", Secret::expose)
    }

    /// What is sent after the headers: the body, empty where a POST has none; `None` where the method takes none.
    #[must_use]
    pub fn content(&self) -> Option<&str> {
        (!matches!(self.method, "GET" | "DELETE")).then(|| self.text())
    }

    /// How long the exchange may take, to the end of the reply's body.
    #[must_use]
    pub fn limit(&self) -> Duration {
        Duration::from_millis(self.limit_ms)
    }
}

impl Reply {
    /// A reply of which the head is here. Of its headers those are kept that are ever read: `retry-after`, whose value is
    /// read as well as it can be where it is no UTF-8. Its body has room for what is announced, up to a limit, since it may
    /// never come.
    ///
    /// # Errors
    /// [`FaultKind::HeadTooLarge`] over [`MAX_HEAD`] bytes or 100 headers: they are counted here, so that the limits
    /// are the same with every HTTP client. [`FaultKind::Encoded`] if a success has a body that is compressed or
    /// otherwise encoded, which is never asked for. With another status such a body is a page like any other that
    /// cannot be read, and its status and `retry-after` count.
    ///
    /// ```
    /// use reconnect_core::{Fault, FaultKind, Reply};
    ///
    /// let room = |announced: &[u8]| Reply::begin(200, [("content-length", announced)]).unwrap().body.capacity();
    /// assert_eq!((room(b"5000"), room(b"-1")), (5_000, 0));
    /// assert!(room(b"99999999999") < 1 << 20);
    ///
    /// let reply = Reply::begin(503, [("Retry-After", &b"7"[..]), ("server", b"x")])?;
    /// assert_eq!(reply.headers, [("retry-after".to_owned(), "7".to_owned())]);
    ///
    /// let encoded = Reply::begin(200, [("content-encoding", &b"gzip"[..])]);
    /// assert_eq!(encoded, Err(Fault::maybe(FaultKind::Encoded)));
    /// # Ok::<(), Fault>(())
    /// ```
    pub fn begin<'a>(status: u16, headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Self, Fault> {
        let (mut kept, mut announced, mut encoded) = (Vec::new(), 0, false);
        let (mut count, mut bytes) = (0, 0_usize);
        for (name, value) in headers {
            count += 1;
            bytes = bytes.saturating_add(name.len() + value.len() + 4);
            if count > MAX_HEADERS || bytes > MAX_HEAD {
                return Err(Fault::maybe(FaultKind::HeadTooLarge));
            }
            if name.eq_ignore_ascii_case(RETRY_AFTER) {
                kept.push((RETRY_AFTER.into(), String::from_utf8_lossy(value).into_owned()));
            } else if name.eq_ignore_ascii_case("content-length") {
                announced = core::str::from_utf8(value).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
            } else if ["content-encoding", "transfer-encoding"].iter().any(|known| name.eq_ignore_ascii_case(known)) {
                encoded |= is_encoded(value);
            }
        }
        if encoded && (200..300).contains(&status) {
            return Err(Fault::maybe(FaultKind::Encoded));
        }
        Ok(Self { status, headers: kept, body: Vec::with_capacity(announced.min(MAX_ROOM)) })
    }

    /// The next bytes of its body, unless it has then more than `max_body`.
    ///
    /// # Errors
    /// [`FaultKind::TooLarge`]: read no further.
    ///
    /// ```
    /// use reconnect_core::{Fault, FaultKind, Reply};
    ///
    /// let mut reply = Reply::begin(200, [("retry-after", &b"7"[..])])?;
    /// assert_eq!(reply.append(b"12345", 8), Ok(()));
    /// assert_eq!(reply.append(b"67890", 8), Err(Fault::maybe(FaultKind::TooLarge)));
    /// assert_eq!(reply.body, b"12345");
    /// # Ok::<(), Fault>(())
    /// ```
    pub fn append(&mut self, chunk: &[u8], max_body: usize) -> Result<(), Fault> {
        if chunk.len() > max_body.saturating_sub(self.body.len()) {
            return Err(Fault::maybe(FaultKind::TooLarge));
        }
        self.body.extend_from_slice(chunk);
        Ok(())
    }
}

/// Whether a list of codings has one that changes the bytes. The HTTP client joins chunks.
fn is_encoded(codings: &[u8]) -> bool {
    let plain =
        |coding: &[u8]| ["", "identity", "chunked"].iter().any(|known| coding.eq_ignore_ascii_case(known.as_bytes()));
    codings.split(|byte| *byte == b',').any(|coding| !plain(coding.trim_ascii()))
}

/// The proxy that leads to the service, as `http://USER:PASSWORD@HOST:PORT`; user, password and port may be absent, and
/// special characters in the first two are percent-encoded. It is asked for a tunnel (`CONNECT`), so it sees the
/// service's name, and neither keys nor data.
///
/// Its `Debug` and its errors hold nothing of it, since it may hold a password.
///
/// ```
/// use reconnect_core::Proxy;
///
/// let proxy = Proxy::at("http://me:secret@proxy.example:3128")?;
/// assert_eq!(format!("{proxy:?}"), "Proxy(…)");
/// assert!(Proxy::at("socks5://proxy.example").is_err());
/// # Ok::<(), reconnect_core::InvalidProxy>(())
/// ```
#[derive(Clone)]
pub struct Proxy(Secret);

/// A text that is not the address of a proxy.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a proxy is written as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, and nothing follows the port")]
#[non_exhaustive]
pub struct InvalidProxy;

impl Proxy {
    /// The proxy at this address.
    ///
    /// # Errors
    /// [`InvalidProxy`].
    pub fn at(url: &str) -> Result<Self, InvalidProxy> {
        let rest = url.split_at_checked(7).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("http://"));
        let authority = rest.map(|(_, rest)| rest.strip_suffix('/').unwrap_or(rest)).ok_or(InvalidProxy)?;
        let (user, place) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (host, port) = match place.rsplit_once(':') {
            // A colon inside brackets is part of the IPv6 address.
            Some((host, port)) if !port.ends_with(']') => (host, port.parse::<u16>().ok()),
            Some(_) | None => (place, Some(80)),
        };
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_host = match bracketed {
            Some(address) => address.parse::<core::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
        };
        let is_user = user.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#@\\[]".contains(&byte));
        if !is_host || !is_user || port.is_none_or(|port| port == 0) {
            return Err(InvalidProxy);
        }
        Ok(Self(url.into()))
    }

    /// The address, password and all, for an HTTP client.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxy(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::ToString, vec};

    #[test]
    fn an_encoded_success_is_refused_and_another_status_is_read() {
        let begin = |status, name, value: &'static str| Reply::begin(status, [(name, value.as_bytes())]).err();
        let encoded = Some(Fault::maybe(FaultKind::Encoded));
        for value in ["gzip", "br", "GZIP", "identity, gzip", "deflate,identity", "x"] {
            assert_eq!(begin(200, "Content-Encoding", value), encoded, "{value}");
            assert_eq!(begin(203, "transfer-encoding", value), encoded, "{value}");
            // Its status and its `retry-after` are worth more than the kind of the body.
            assert_eq!(begin(429, "content-encoding", value), None, "{value}");
        }
        for value in ["", "identity", " Identity ", "identity,", "chunked"] {
            assert_eq!(begin(200, "content-encoding", value), None, "{value}");
        }
    }

    #[test]
    fn a_head_over_a_limit_is_refused() {
        let begin = |headers: &[(&'static str, usize)]| {
            let values: Vec<_> = headers.iter().map(|(name, length)| (*name, vec![b'x'; *length])).collect();
            Reply::begin(200, values.iter().map(|(name, value)| (*name, &value[..]))).map(|reply| reply.status)
        };
        let over = Err(Fault::maybe(FaultKind::HeadTooLarge));
        assert_eq!(begin(&[("x", MAX_HEAD - 5)]), Ok(200));
        assert_eq!(begin(&[("x", MAX_HEAD - 4)]), over);
        assert_eq!(begin(&[("x", MAX_HEAD / 2), ("y", MAX_HEAD / 2)]), over);
        assert_eq!(begin(&[("x", 0); MAX_HEADERS]), Ok(200));
        assert_eq!(begin(&[("x", 0); MAX_HEADERS + 1]), over);
    }

    #[test]
    fn an_address_that_cannot_be_a_proxy_is_refused_and_not_repeated() {
        for good in [
            "http://proxy.example",
            "http://proxy.example/",
            "HTTP://proxy.example:3128",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://[::1]",
            "http://user@proxy_1:80",
            "http://user:pa%40ss:word@proxy.example:65535",
        ] {
            assert_eq!(Proxy::at(good).map(|proxy| proxy.expose().to_string()), Ok(good.to_string()));
        }
        for wrong in [
            "",
            "proxy.example:3128",
            "https://proxy.example",
            "socks5://proxy.example",
            "http://",
            "http://:3128",
            "http://user:CANARY@",
            "http://proxy.example:0",
            "http://proxy.example:65536",
            "http://proxy.example:",
            "http://proxy.example/path",
            "http://proxy.example?CANARY",
            "http://proxy.example\r\nx: CANARY",
            "http://us er:CANARY@proxy.example",
            "http://user:CAN@ARY@proxy.example",
            "http://[proxy]:1",
            "http://ü.example",
            "ürgh:/x",
        ] {
            let error = Proxy::at(wrong).expect_err(wrong);
            assert!(!format!("{error} {error:?}").contains("CANARY"), "{wrong}");
        }
    }

    #[test]
    fn each_kind_of_fault_has_its_own_word_and_names_no_address() {
        let words: Vec<_> = FaultKind::words().collect();
        for (at, word) in words.iter().enumerate() {
            assert!(!words[..at].contains(word), "{word}");
            let kind = FaultKind::from_word(word).expect("its own word");
            assert_eq!(kind.as_str(), *word);
            assert!(!kind.to_string().is_empty() && !kind.to_string().contains("://"));
        }
    }
}
