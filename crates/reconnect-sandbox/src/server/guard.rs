//! Only programs of this machine may use the controls. A request that a page from elsewhere sends through a browser of
//! this machine is refused.
//!
//! Any page can make a browser send a plain POST to this machine. If the page's author made its host name point here (DNS
//! rebinding), the page can even read the reply. A control can move the clock, and can send a webhook to any port of the
//! machine. A browser says in `Origin`, `Sec-Fetch-Site` and `Host` where a request is from. A program of this machine
//! sends none of these headers, or true ones.

use core::net::{IpAddr, SocketAddr};

use serde_json::json;

use crate::http::{Reply, Request};

/// The refusal of a request that may not use a control.
pub(super) fn refuse(peer: SocketAddr, request: &Request) -> Option<Reply> {
    if !request.is_control() {
        return None;
    }
    let host = request.header("host").unwrap_or_default();
    let why = if !peer.ip().to_canonical().is_loopback() {
        "the controls answer loopback only"
    } else if !is_local(host) {
        "the controls answer to a local name only, such as localhost or 127.0.0.1"
    } else if !is_own(host, request) {
        "the controls take nothing from a page of another origin"
    } else {
        return None;
    };
    Some(Reply::of_json(403, &json!({"error": why})))
}

/// Nobody can make an IP address, or a name without a dot, point here from elsewhere. If a tunnel or a proxy publishes
/// the sandbox, the name has a dot.
fn is_local(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name.parse::<IpAddr>().is_ok() || !name.contains(['.', ':']) || name.ends_with(".localhost")
}

/// Whether no page sent it, or a page of the sandbox itself.
fn is_own(host: &str, request: &Request) -> bool {
    let own = |origin: &str| origin.eq_ignore_ascii_case(&format!("http://{host}"));
    let here = |site: &str| site == "same-origin" || site == "none";
    request.header("origin").is_none_or(own) && request.header("sec-fetch-site").is_none_or(here)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURL: SocketAddr = SocketAddr::new(IpAddr::V4(core::net::Ipv4Addr::LOCALHOST), 5);

    //= docs/spec/sandbox.md#conduct
    //= type=test
    //# **SBX-19** The sandbox MUST post events to one origin, and to anyone only when lenient, MUST refuse a
    //# `redirectUrl` that would run script, MAY be framed by any page, and its controls MUST refuse other machines,
    //# pages of other origins and host names that could be pointed at this machine.
    #[test]
    fn controls_answer_loopback_however_they_are_spelled() {
        let elsewhere = SocketAddr::from(([192, 0, 2, 1], 5));
        let mapped = SocketAddr::new(IpAddr::from([0, 0, 0, 0, 0, 0xffff, 0x7f00, 1]), 5);
        for target in ["/_sandbox/requests", "/%5Fsandbox/requests", "/_%73andbox/clock?x", "/_sandbox", "/_sandbox/"] {
            let request = Request::get(target);
            assert!(refuse(elsewhere, &request).is_some(), "{target}");
            assert!(refuse(CURL, &request).is_none() && refuse(mapped, &request).is_none(), "{target}");
        }
        for target in ["/", "/v2/?a=/_sandbox/", "/_sandboxes/clock", "//_sandbox/clock"] {
            assert!(refuse(elsewhere, &Request::get(target)).is_none(), "{target}");
        }
    }

    #[test]
    fn a_name_that_anybody_could_point_here_is_refused() {
        let refused = |host: &str| refuse(CURL, &Request::get("/_sandbox/clock").with("host", host)).is_some();
        for host in [
            "",
            "localhost",
            "LocalHost:80",
            "localhost.",
            "127.0.0.1:8080",
            "0.0.0.0:1",
            "[::1]:80",
            "a.localhost",
            "sandbox:80",
        ] {
            assert!(!refused(host), "{host}");
        }
        for host in ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example.", "[a:b]"] {
            assert!(refused(host), "{host}");
        }
    }

    #[test]
    fn a_page_of_another_origin_is_refused() {
        let table = [
            (None, None, true),
            (None, Some("none"), true),
            (Some("http://localhost:80"), Some("same-origin"), true),
            (Some("http://localhost:80"), None, true),
            (Some("http://localhost:81"), None, false),
            (Some("https://localhost:80"), None, false),
            (Some("https://evil.example"), None, false),
            (Some("null"), None, false),
            (None, Some("cross-site"), false),
            (None, Some("same-site"), false),
        ];
        for (origin, site, taken) in table {
            let mut request = Request::post("/_sandbox/faults", "[]").with("host", "localhost:80");
            for (name, value) in [("origin", origin), ("sec-fetch-site", site)] {
                if let Some(value) = value {
                    request = request.with(name, value);
                }
            }
            assert_eq!(refuse(CURL, &request).is_none(), taken, "{origin:?} {site:?}");
        }
    }
}
