//! Whether a message came from the widget: the origin that a browser reports, compared as RFC 6454 §5 has it.

use crate::Instance;
use core::net::{Ipv4Addr, Ipv6Addr};

/// Whether `origin`, as `MessageEvent.origin` reports it, is the origin of the instance's widget.
///
/// A page gets messages from every frame and extension that knows it. Read one with
/// [`ConnectNews::read`](super::ConnectNews::read) only where this is true; the widget's own listener snippets leave the
/// check out. Scheme, host and port have to be the same: the letter case of scheme and host does not matter, and a port
/// that the scheme has anyway may be missing. There is no matching of suffixes, and `null` (a sandboxed frame, a file)
/// is nobody's. What is more than an origin, such as a URL with a path, is refused too.
///
/// Sources: RFC 6454 §4 to §6, and for the message
/// <https://docs.flinks.com/guides/connect/flinks-connect/use-event-listener>.
///
/// ```
/// use reconnect_core::{Instance, connect::same_origin};
///
/// let toolbox = Instance::named("toolbox", "43387ca6")?;
/// assert!(same_origin(&toolbox, "https://toolbox-iframe.private.fin.ag"));
/// assert!(!same_origin(&toolbox, "https://toolbox-iframe.private.fin.ag.evil.example"));
/// assert!(!same_origin(&toolbox, "null"));
/// # Ok::<(), reconnect_core::InvalidInstance>(())
/// ```
#[must_use]
pub fn same_origin(instance: &Instance, origin: &str) -> bool {
    let widget = instance.widget_url();
    let Some((scheme, rest)) = scheme_of(widget) else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((claimed_scheme, claimed)) = scheme_of(origin) else { return false };
    if !scheme.eq_ignore_ascii_case(claimed_scheme) {
        return false;
    }
    match (parts(scheme, authority), parts(scheme, claimed)) {
        (Some((host, port)), Some((claimed, claimed_port))) => host.is(claimed) && port == claimed_port,
        _ => false,
    }
}

/// The scheme of a URL, and the rest after `://`.
pub(crate) fn scheme_of(url: &str) -> Option<(&str, &str)> {
    let at = url.as_bytes().windows(3).position(|three| three == b"://")?;
    Some((url.get(..at)?, url.get(at + 3..)?))
}

/// A host as it is compared.
#[derive(Clone, Copy)]
pub(crate) enum Host<'a> {
    /// A name or an IPv4 address.
    Name(&'a str),
    /// An IPv6 address, which has many spellings.
    V6(Ipv6Addr),
}

impl Host<'_> {
    /// Whether it is this machine and can be no other.
    pub(crate) fn is_loopback(self) -> bool {
        match self {
            Host::Name(name) => {
                name == "localhost" || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
            }
            Host::V6(address) => address.is_loopback(),
        }
    }

    fn is(self, other: Host<'_>) -> bool {
        match (self, other) {
            (Host::Name(one), Host::Name(other)) => one.eq_ignore_ascii_case(other),
            (Host::V6(one), Host::V6(other)) => one == other,
            (Host::Name(_), Host::V6(_)) | (Host::V6(_), Host::Name(_)) => false,
        }
    }
}

/// Host and port of `host[:port]`, and of nothing else.
pub(crate) fn parts<'a>(scheme: &str, authority: &'a str) -> Option<(Host<'a>, u16)> {
    let (host, after) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (address, after) = rest.split_once(']')?;
            (Host::V6(address.parse().ok()?), after)
        }
        None => {
            let end = authority.find(':').unwrap_or(authority.len());
            let (name, after) = authority.split_at_checked(end)?;
            let sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
            // One dot may end a name (RFC 3986 §3.2.2); its parts are not empty.
            let mut labels = name.strip_suffix('.').unwrap_or(name).split('.');
            if !name.bytes().all(sound) || labels.any(str::is_empty) {
                return None;
            }
            (Host::Name(name), after)
        }
    };
    let port = match after.strip_prefix(':') {
        // A browser writes a port without a sign and without zeros before it.
        Some(port) => port.parse().ok().filter(|_| port == "0" || !port.starts_with(['+', '0']))?,
        None if !after.is_empty() => return None,
        None if scheme.eq_ignore_ascii_case("https") => 443,
        // An instance has no other scheme than these two.
        None => 80,
    };
    Some((host, port))
}
