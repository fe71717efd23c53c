//! What is true of every page: its headers, and where an order may come from.

use crate::front::Front;
use crate::problem::Problem;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// A page of a link. A `POST` has to come from a page of our own, or from a program that is no browser.
pub(crate) async fn page(State(front): State<Front>, request: Request, next: Next) -> Response {
    let is_order = request.method() != Method::GET && request.method() != Method::HEAD;
    let response = if is_order && is_foreign(request.headers(), &front.inner().public.origin) {
        front.inner().counts.refused("foreign");
        Problem::foreign("open the link itself, and press the button there").into_response()
    } else {
        next.run(request).await
    };
    with_headers(&front, response, "'none'")
}

/// Where the widget leads to: in the frame of our own page.
pub(crate) async fn frame(State(front): State<Front>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    with_headers(&front, response, "'self'")
}

fn with_headers(front: &Front, mut response: Response, ancestors: &str) -> Response {
    let inner = front.inner();
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; \
         frame-src 'self' {}; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}",
        widget_origin(front)
    );
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    put(header::CONTENT_SECURITY_POLICY, &policy);
    put(header::REFERRER_POLICY, "no-referrer");
    put(header::CACHE_CONTROL, "no-store");
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(HeaderName::from_static("x-robots-tag"), "noindex, nofollow");
    put(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    if inner.public.origin.starts_with("https:") {
        put(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

/// The origin of the instance's widget.
pub(crate) fn widget_origin(front: &Front) -> String {
    let url = front.driver().client().instance().widget_url();
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    format!("{scheme}://{}", rest.split(['/', '?', '#']).next().unwrap_or_default())
}

/// Whether a browser says that a page of another site sent this. A page with `no-referrer` sends `Origin: null`; then
/// `Sec-Fetch-Site` tells, if the browser has it.
pub(crate) fn is_foreign(headers: &HeaderMap, own: &str) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    let site = text(HeaderName::from_static("sec-fetch-site"));
    match text(header::ORIGIN) {
        Some("null") => !matches!(site, None | Some("same-origin")),
        Some(origin) => {
            let host = text(header::HOST).unwrap_or_default();
            let is_host = origin.split_once("://").is_some_and(|(_, of)| of.eq_ignore_ascii_case(host));
            !origin.eq_ignore_ascii_case(own) && !is_host
        }
        None => !matches!(site, None | Some("same-origin" | "none")),
    }
}

pub(crate) async fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("style.css"))
}

pub(crate) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("page.js"))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // A new version of this program may have another text at the same address.
        (header::CACHE_CONTROL, "max-age=300"),
    ];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_comes_from_our_own_page_or_from_a_program() {
        const OWN: &str = "https://bank.example";
        let headers = |pairs: &[(&'static str, &str)]| -> HeaderMap {
            pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
        };
        for good in [
            &[][..],
            &[("origin", OWN)],
            &[("origin", "null")],
            &[("origin", "null"), ("sec-fetch-site", "same-origin")],
            &[("origin", "http://localhost:80"), ("host", "localhost:80")],
            &[("sec-fetch-site", "same-origin")],
        ] {
            assert!(!is_foreign(&headers(good), OWN), "{good:?}");
        }
        for bad in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "https://bank.example.evil.example"), ("host", "bank.example")],
            &[("origin", "null"), ("sec-fetch-site", "cross-site")],
            &[("origin", "null"), ("sec-fetch-site", "same-site")],
            &[("origin", "null"), ("sec-fetch-site", "none")],
            &[("sec-fetch-site", "cross-site")],
            &[("origin", "")],
        ] {
            assert!(is_foreign(&headers(bad), OWN), "{bad:?}");
        }
    }
}
