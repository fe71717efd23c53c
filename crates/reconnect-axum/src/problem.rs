//! `Problem`: an error in the words of RFC 9457, for programs.

use axum::extract::Request;
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use reconnect_store::Error;
use serde::Serialize;

/// The type of its body.
pub(crate) const PROBLEM: &str = "application/problem+json";
/// Where each type is explained.
const ABOUT: &str = "https://github.com/flinks-reconnect/reconnect/blob/main/docs/guide/hosted-link.md#";

/// Why a request was refused. `code` is the end of the problem's `type`.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    title: &'static str,
    detail: String,
}

/// Why a request was refused: RFC 9457.
#[derive(Serialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Problem))]
pub(crate) struct Sent {
    /// An address in the guide, which says what to do. Its last word, after `#`, is the problem's code.
    r#type: String,
    title: &'static str,
    status: u16,
    detail: String,
}

macro_rules! problems {
    ($($(#[doc = $doc:literal])* $name:ident: $status:ident, $code:literal, $title:literal;)*) => {
        #[cfg_attr(not(feature = "api"), allow(dead_code, reason = "only the API has some of them"))]
        impl Problem {$(
            $(#[doc = $doc])*
            pub(crate) fn $name(detail: impl Into<String>) -> Self {
                Self { status: StatusCode::$status, code: $code, title: $title, detail: detail.into() }
            }
        )*}
    };
}

problems! {
    /// No key, or a wrong one.
    unauthorized: UNAUTHORIZED, "unauthorized", "The key is missing or wrong";
    /// There is no such link, session or route.
    unknown: NOT_FOUND, "unknown", "There is no such thing";
    /// There was one.
    over: GONE, "over", "It is over";
    /// The session is not done, so there are no accounts.
    not_done: CONFLICT, "not-done", "The session has no accounts";
    /// The login has a session that this caller may not have.
    busy: CONFLICT, "busy", "The login has an open session";
    /// What came cannot be read.
    invalid: UNPROCESSABLE_ENTITY, "invalid", "The request cannot be read";
    /// It came from another site.
    foreign: FORBIDDEN, "foreign", "The request comes from another site";
    /// A webhook whose signature does not fit.
    forged: UNAUTHORIZED, "forged", "The signature does not fit";
    /// More bytes than are taken.
    too_large: PAYLOAD_TOO_LARGE, "too-large", "The body is too large";
    /// A route that has no such method.
    wrong_method: METHOD_NOT_ALLOWED, "wrong-method", "The route has no such method";
    /// More than the limit.
    too_many: TOO_MANY_REQUESTS, "too-many", "There were too many requests";
    /// The database, or Flinks.
    unavailable: SERVICE_UNAVAILABLE, "unavailable", "It does not work at the moment";
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error.status() {
            404 => Self::unknown(detail),
            409 => Self::busy(detail),
            410 => Self::over(detail),
            422 => Self::invalid(detail),
            _ => {
                tracing::warn!(%error, "a request failed");
                Self::unavailable("try again in a minute; the log of the server says more")
            }
        }
    }
}

impl Problem {
    /// When to come again, if there were too many requests.
    pub(crate) fn wait(&self) -> Option<[(HeaderName, &'static str); 1]> {
        (self.status == StatusCode::TOO_MANY_REQUESTS).then_some([(header::RETRY_AFTER, "60")])
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code, wait) = (self.status, self.code, self.wait());
        let sent =
            Sent { r#type: format!("{ABOUT}{code}"), title: self.title, status: status.as_u16(), detail: self.detail };
        let body = serde_json::to_vec(&sent).unwrap_or_default();
        let headers = [(header::CONTENT_TYPE, PROBLEM), (header::CACHE_CONTROL, "no-store")];
        (status, headers, wait, body).into_response()
    }
}

/// The answer of a route. If axum itself refuses the request, the answer becomes a problem.
pub(crate) async fn answered(request: Request, next: Next) -> Result<Response, Problem> {
    if percent_decode_str(request.uri().path()).decode_utf8().is_err() {
        return Err(Problem::unknown("there is no such route"));
    }
    told(next.run(request).await)
}

/// A route has no such method. axum writes the header `Allow` later than this.
pub(crate) fn no_such_method() -> Problem {
    Problem::wrong_method("the header Allow names those that the route has")
}

fn told(response: Response) -> Result<Response, Problem> {
    let is_told = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == PROBLEM || kind.as_bytes().starts_with(b"text/html"));
    match response.status() {
        status if is_told || !status.is_client_error() => Ok(response),
        StatusCode::NOT_FOUND => Err(Problem::unknown("there is no such route")),
        StatusCode::PAYLOAD_TOO_LARGE => Err(Problem::too_large("send less")),
        StatusCode::METHOD_NOT_ALLOWED => Err(no_such_method()),
        _ => Err(Problem::invalid("the path, the query or the body cannot be read")),
    }
}
