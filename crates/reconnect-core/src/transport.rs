//! What every transport needs, whichever HTTP client it is over: what of a request goes where, and a reply as it comes in.

use crate::{Fault, FaultKind, Rendered, Reply, Secret, policy::MAX_ROOM, reply::RETRY_AFTER};
use alloc::{string::String, vec::Vec};
use core::time::Duration;

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
    /// ```
    /// let room = |announced: &[u8]| reconnect_core::Reply::begin(200, [("content-length", announced)]).body.capacity();
    /// assert_eq!((room(b"5000"), room(b"-1")), (5_000, 0));
    /// assert!(room(b"99999999999") < 1 << 20);
    ///
    /// let reply = reconnect_core::Reply::begin(503, [("Retry-After", &b"7"[..]), ("server", b"x")]);
    /// assert_eq!(reply.headers, [("retry-after".to_owned(), "7".to_owned())]);
    /// ```
    pub fn begin<'a>(status: u16, headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let (mut kept, mut announced) = (Vec::new(), 0);
        for (name, value) in headers {
            if name.eq_ignore_ascii_case(RETRY_AFTER) {
                kept.push((RETRY_AFTER.into(), String::from_utf8_lossy(value).into_owned()));
            } else if name.eq_ignore_ascii_case("content-length") {
                announced = core::str::from_utf8(value).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
            }
        }
        Self { status, headers: kept, body: Vec::with_capacity(announced.min(MAX_ROOM)) }
    }

    /// The next bytes of its body, unless it has then more than `max_body`.
    ///
    /// # Errors
    /// [`FaultKind::TooLarge`]: read no further.
    ///
    /// ```
    /// use reconnect_core::{Fault, FaultKind, Reply};
    ///
    /// let mut reply = Reply::begin(200, [("retry-after", &b"7"[..])]);
    /// assert_eq!(reply.append(b"12345", 8), Ok(()));
    /// assert_eq!(reply.append(b"67890", 8), Err(Fault::maybe(FaultKind::TooLarge)));
    /// assert_eq!(reply.body, b"12345");
    /// ```
    pub fn append(&mut self, chunk: &[u8], max_body: usize) -> Result<(), Fault> {
        if chunk.len() > max_body.saturating_sub(self.body.len()) {
            return Err(Fault::maybe(FaultKind::TooLarge));
        }
        self.body.extend_from_slice(chunk);
        Ok(())
    }
}
