//! The parts of an absolute URL that say where a request goes: scheme, host and port.

use core::net::{Ipv4Addr, Ipv6Addr};

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

    pub(crate) fn is(self, other: Host<'_>) -> bool {
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
