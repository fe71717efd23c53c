//! What is true of every page: its headers, and where an order may come from.

use crate::front::Front;
use crate::language::Language;
use crate::problem::{Problem, answered};
use crate::refused::Refused;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// A page of a link. An order has to come from a page of our own, or from a program that is no browser.
pub(crate) async fn page(State(front): State<Front>, request: Request, next: Next) -> Response {
    let (language, path) = (Language::of(None, None, request.headers()), request.uri().path().to_owned());
    let response = answer(&front, request, next).await;
    // Where the style is, from this page.
    let rest = path.rsplit_once("/connect/").map_or("", |(_, rest)| rest);
    let assets = if rest.contains('/') { "../" } else { "" };
    let response = response.unwrap_or_else(|problem| Refused { language, problem }.page(&front, assets));
    with_headers(&front, response, "'none'")
}

/// What a program calls: an error is a problem, and no page.
pub(crate) async fn call(State(front): State<Front>, request: Request, next: Next) -> Response {
    let response = answer(&front, request, next).await;
    let response = response.unwrap_or_else(|problem| {
        front.inner().counts.refused(problem.code);
        problem.into_response()
    });
    with_headers(&front, response, "'none'")
}

/// Where the widget leads to: in the frame of our own page.
pub(crate) async fn frame(State(front): State<Front>, request: Request, next: Next) -> Response {
    let language = Language::of(None, None, request.headers());
    let response = answer(&front, request, next).await;
    let response = response.unwrap_or_else(|problem| Refused { language, problem }.page(&front, "connect/"));
    with_headers(&front, response, "'self'")
}

/// The error is a problem that no handler has told yet.
async fn answer(front: &Front, request: Request, next: Next) -> Result<Response, Problem> {
    let is_order = request.method() != Method::GET && request.method() != Method::HEAD;
    if is_order && is_foreign(request.headers(), &front.inner().public.origin) {
        return Err(Problem::foreign("open the link itself, and press the button there"));
    }
    answered(request, next).await
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
    if headers.get_all(header::ORIGIN).iter().count() > 1 {
        return true;
    }
    let site = text(HeaderName::from_static("sec-fetch-site"));
    match text(header::ORIGIN) {
        Some("null") => !matches!(site, None | Some("same-origin")),
        Some(origin) => {
            // The same server, by another of its names.
            let scheme = own.split_once("://").map_or("", |(scheme, _)| scheme);
            let named = format!("{scheme}://{}", text(header::HOST).unwrap_or_default());
            let is_ours = [own, &named].iter().any(|ours| ours.eq_ignore_ascii_case(origin));
            !is_ours || site == Some("cross-site")
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

/// The component of the JavaScript package, as it is there.
pub(crate) async fn element() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("element.js"))
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
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, value.parse().unwrap());
            }
            headers
        };
        for good in [
            &[][..],
            &[("origin", OWN)],
            &[("origin", "null")],
            &[("origin", "null"), ("sec-fetch-site", "same-origin")],
            &[("origin", "https://localhost:80"), ("host", "localhost:80")],
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
            &[("origin", "http://localhost:80"), ("host", "localhost:80")],
            &[("origin", OWN), ("sec-fetch-site", "cross-site")],
            &[("origin", OWN), ("origin", "https://evil.example")],
        ] {
            assert!(is_foreign(&headers(bad), OWN), "{bad:?}");
        }
    }
}
