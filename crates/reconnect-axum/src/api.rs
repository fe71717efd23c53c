//! The API for apps in any language: links, sessions, accounts. `reconnect serve` mounts it.

use crate::front::Front;
use crate::problem::{Problem, Sent, answered, no_such_method};
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use core::time::Duration;
use reconnect_async::{AccountId, LoginId, Secret, Selection};
use reconnect_store::{Error, Found, Key, LinkFor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{IntoParams, Modify, OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// How long a link lives, if the app does not say.
const LIFE: Duration = Duration::from_secs(7 * 86_400);
/// How long it may live.
const LONGEST: Duration = Duration::from_secs(90 * 86_400);
/// The largest body. Ours: a selection of 2,000 accounts is smaller.
const LARGEST: usize = 256 << 10;
/// The most characters of a bank's name on a page.
const NAME: usize = 100;

/// What a link is to be for.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewLink {
    /// The connection that it refreshes.
    login_id: String,
    /// The ids of the accounts to keep. Without it, all.
    keep: Option<Vec<String>>,
    /// The language in which the user connected the bank. Without it, the browser says which the pages have.
    language: Option<Language>,
    /// How long the link lives, in seconds: 604800, which is a week, if it is missing, and 7776000 at most.
    expires_in_s: Option<u64>,
    /// Your own name for your user: 256 bytes at most.
    owner_ref: Option<String>,
    /// The bank's name, as the pages show it: 100 characters at most.
    institution: Option<String>,
}

/// A language of the pages.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Language {
    En,
    Fr,
}

/// A link that was made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MadeLink {
    /// Your name for it: it revokes the link, and opens nothing.
    id: String,
    /// The address for your user. It is a secret, and told only here.
    url: String,
    /// When it ends, in milliseconds since 1970.
    expires_at: u64,
}

/// Which sessions.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct Which {
    /// The connection.
    login_id: String,
}

/// A session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Session {
    session_id: String,
    #[schema(required)]
    login_id: Option<String>,
    #[schema(required)]
    owner_ref: Option<String>,
    /// `authorizing`, `asking`, `looking`, `fetching`, `recalling` or `done`.
    stage: String,
    /// `done` if the connection was renewed; else what to do: `askTheUser`, `tryLater`, `startOver`, `actAtTheBank` or
    /// `fixTheSetup`. Null while it is under way.
    #[schema(required)]
    result: Option<String>,
    /// Why it was not renewed, in one word.
    #[schema(required)]
    reason: Option<String>,
    /// The ids of the accounts that were kept. Null unless the connection was renewed.
    #[schema(required)]
    kept: Option<Vec<String>>,
    /// When it goes on by itself, in milliseconds since 1970.
    #[schema(required)]
    deadline: Option<u64>,
    /// When it began, in milliseconds since 1970.
    created_at: u64,
}

impl From<Found> for Session {
    fn from(found: Found) -> Self {
        Self {
            session_id: found.key.to_string(),
            login_id: found.login.map(|login| login.as_str().to_owned()),
            owner_ref: found.owner,
            stage: found.stage,
            result: found.result,
            reason: found.reason,
            kept: found.kept.map(|kept| kept.iter().map(|id| id.as_str().to_owned()).collect()),
            deadline: found.due_at.map(|due| due.as_millis()),
            created_at: found.created_at.as_millis(),
        }
    }
}

/// An account, as Flinks described it. Amounts are texts.
#[derive(ToSchema)]
#[schema(value_type = Object)]
#[expect(dead_code, reason = "it stands for what is passed on as it is")]
struct Account(Box<RawValue>);

#[derive(OpenApi)]
#[openapi(
    info(title = "reconnect serve", description = "Hosted links for Flinks Reconnect.", license(name = "MIT OR Apache-2.0")),
    modifiers(&Bearer),
    security(("key" = []))
)]
struct Document;

/// Every route wants the key.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_default().add_security_scheme("key", scheme);
    }
}

/// What the handlers share.
#[derive(Clone)]
struct Api {
    front: Front,
    /// The hash of the key: comparing hashes tells nothing of the key by the time that it takes.
    key: Arc<[u8]>,
}

/// The routes of the API, each for a caller with `Authorization: Bearer` and this key, and its description at
/// `/openapi.json`, which is open. Merge them beside [`Front::routes`].
pub fn routes(front: &Front, key: &Secret) -> Router {
    let api = Api { front: front.clone(), key: Sha256::digest(key.expose()).as_slice().into() };
    let (router, document) = router().split_for_parts();
    let router = router
        .layer(DefaultBodyLimit::max(LARGEST))
        .layer(middleware::from_fn_with_state(api.clone(), authorized))
        .with_state(api);
    let text: Arc<str> = document.to_pretty_json().unwrap_or_default().into();
    let described =
        get(move || async move { ([(header::CONTENT_TYPE, "application/json")], text.to_string()).into_response() });
    let description = Router::new().route("/openapi.json", described);
    router.merge(description.method_not_allowed_fallback(async || no_such_method()))
}

/// All that `reconnect serve` serves: the routes of the links, and those of the API. Any other route is a problem.
pub fn server(front: &Front, key: &Secret) -> Router {
    let app = front.routes().merge(routes(front, key));
    app.fallback(async || Problem::unknown("there is no such route"))
}

/// The description of the API: OpenAPI 3.1, as JSON.
///
/// ```
/// let document: serde_json::Value = serde_json::from_str(&reconnect_axum::api::document()).unwrap();
/// assert!(document["paths"]["/links"]["post"].is_object());
/// ```
pub fn document() -> String {
    router().split_for_parts().1.to_pretty_json().unwrap_or_default()
}

fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(make_link))
        .routes(routes!(revoke_link))
        .routes(routes!(list_sessions))
        .routes(routes!(read_accounts, take_accounts))
        .routes(routes!(erase_login))
}

async fn authorized(State(api): State<Api>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| {
        let (scheme, key) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    });
    let fits = given.is_some_and(|key| Sha256::digest(key).as_slice() == &*api.key);
    let mut response = if fits {
        answered(request, next).await.unwrap_or_else(Problem::into_response)
    } else {
        api.front.inner().counts.refused("key");
        let refused = Problem::unauthorized("send Authorization: Bearer and the key of this server");
        ([(header::WWW_AUTHENTICATE, "Bearer")], refused).into_response()
    };
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

/// Make a link for a login
///
/// Send the address to your user, or lead them there.
#[utoipa::path(
    post,
    path = "/links",
    request_body = NewLink,
    responses(
        (status = 201, body = MadeLink),
        (status = 401, body = Sent, content_type = "application/problem+json"),
        (status = 413, body = Sent, content_type = "application/problem+json"),
        (status = 422, body = Sent, content_type = "application/problem+json"),
        (status = 503, body = Sent, content_type = "application/problem+json"),
    )
)]
async fn make_link(State(api): State<Api>, body: Bytes) -> Result<(StatusCode, Json<MadeLink>), Problem> {
    let invalid = |field: &str, why: &dyn core::fmt::Display| Problem::invalid(format!("{field}: {why}"));
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(Problem::invalid("the body has to be a JSON object"));
    }
    let mut json = serde_json::Deserializer::from_slice(&body);
    let new: NewLink = serde_path_to_error::deserialize(&mut json).map_err(|error| match error.path().to_string() {
        path if path == "." => Problem::invalid(error.into_inner().to_string()),
        path => invalid(&path, error.inner()),
    })?;
    json.end().map_err(|error| Problem::invalid(error.to_string()))?;
    let mut what = LinkFor::new(LoginId::new(&new.login_id).map_err(|error| invalid("loginId", &error))?);
    if let Some(keep) = new.keep {
        if keep.is_empty() {
            return Err(invalid("keep", &"name an account, or leave it out to keep all"));
        }
        let ids: Result<Vec<_>, _> = keep.iter().map(|id| AccountId::new(id)).collect();
        let ids = ids.map_err(|error| invalid("keep", &error))?;
        what.keep = Selection::only(ids).map_err(|error| invalid("keep", &error))?;
    }
    // What turns the direction of a text could hide a part of it.
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_unseen = |c: char| c.is_control() || turns(c);
    let is_name = |name: &String| !name.trim().is_empty() && name.chars().count() <= NAME && !name.contains(is_unseen);
    if !new.institution.as_ref().is_none_or(is_name) {
        return Err(invalid("institution", &"a name has 1 to 100 characters, and none that is not seen"));
    }
    what.language = new.language.map(|language| match language {
        Language::En => "en".to_owned(),
        Language::Fr => "fr".to_owned(),
    });
    if new.owner_ref.as_deref() == Some("") {
        return Err(invalid("ownerRef", &"it is null, or not empty"));
    }
    (what.institution, what.owner) = (new.institution, new.owner_ref);
    let life = new.expires_in_s.map_or(LIFE, Duration::from_secs);
    if life.is_zero() || life > LONGEST {
        return Err(invalid("expiresInS", &format!("a link lives from 1 to {} seconds", LONGEST.as_secs())));
    }
    let (link, url) = api.front.link(what, life).await.map_err(|error| match error.status() {
        // All else was looked at above.
        422 => invalid("ownerRef", &error),
        _ => error.into(),
    })?;
    let made = MadeLink { id: link.id.to_string(), url, expires_at: link.expires_at.as_millis() };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Revoke a link
///
/// It opens nothing any more, also for a session that it began.
#[utoipa::path(
    delete,
    path = "/links/{id}",
    params(("id" = String, Path, description = "The link's id")),
    responses(
        (status = 204),
        (status = 401, body = Sent, content_type = "application/problem+json"),
        (status = 404, body = Sent, content_type = "application/problem+json"),
        (status = 503, body = Sent, content_type = "application/problem+json"),
    )
)]
async fn revoke_link(State(api): State<Api>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let id: Key = id.parse().map_err(|_| Problem::unknown("there is no such link"))?;
    match api.front.driver().sessions().revoke_link(&id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::unknown("there is no such link")),
    }
}

/// The sessions of a login
///
/// The newest first, 100 at most.
#[utoipa::path(
    get,
    path = "/sessions",
    params(Which),
    responses(
        (status = 200, body = Vec<Session>),
        (status = 401, body = Sent, content_type = "application/problem+json"),
        (status = 422, body = Sent, content_type = "application/problem+json"),
        (status = 503, body = Sent, content_type = "application/problem+json"),
    )
)]
async fn list_sessions(
    State(api): State<Api>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Vec<Session>>, Problem> {
    let Query(which) = which.map_err(|_| Problem::invalid("loginId is missing"))?;
    let login = LoginId::new(&which.login_id).map_err(|error| Problem::invalid(format!("loginId: {error}")))?;
    let found = api.front.driver().sessions().by_login(&login).await?;
    Ok(Json(found.into_iter().map(Session::from).collect()))
}

/// The accounts of a session
///
/// As Flinks described them, until you say that you have them.
#[utoipa::path(
    get,
    path = "/sessions/{id}/accounts",
    params(("id" = String, Path, description = "The session's id")),
    responses(
        (status = 200, body = Vec<Account>),
        (status = 401, body = Sent, content_type = "application/problem+json"),
        (status = 404, body = Sent, content_type = "application/problem+json"),
        (status = 409, body = Sent, content_type = "application/problem+json", description = "The session is not done"),
        (status = 410, body = Sent, content_type = "application/problem+json", description = "You have them already"),
        (status = 503, body = Sent, content_type = "application/problem+json"),
    )
)]
async fn read_accounts(State(api): State<Api>, Path(id): Path<String>) -> Result<Json<Vec<Box<RawValue>>>, Problem> {
    let found = with_accounts(&api, &id).await?;
    Ok(Json(api.front.driver().sessions().accounts(&found.key).await?))
}

/// Say that you have the accounts
///
/// They are deleted here.
#[utoipa::path(
    delete,
    path = "/sessions/{id}/accounts",
    params(("id" = String, Path, description = "The session's id")),
    responses(
        (status = 204),
        (status = 401, body = Sent, content_type = "application/problem+json"),
        (status = 404, body = Sent, content_type = "application/problem+json"),
        (status = 409, body = Sent, content_type = "application/problem+json", description = "The session is not done"),
        (status = 410, body = Sent, content_type = "application/problem+json", description = "You have them already"),
        (status = 503, body = Sent, content_type = "application/problem+json"),
    )
)]
async fn take_accounts(State(api): State<Api>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let found = with_accounts(&api, &id).await?;
    api.front.driver().sessions().taken(&found.key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A session that is done, and whose accounts are still here.
async fn with_accounts(api: &Api, id: &str) -> Result<Found, Problem> {
    let key: Key = id.parse().map_err(|_| Error::Unknown)?;
    let found = api.front.driver().sessions().find(&key).await?.ok_or(Error::Unknown)?;
    match (&found.kept, found.is_taken) {
        (None, _) => Err(Problem::not_done("only a session whose result is `done` has accounts")),
        (Some(_), true) => Err(Problem::over("you said that you have the accounts, so they were deleted here")),
        (Some(_), false) => Ok(found),
    }
}

/// Erase a login
///
/// Its links, sessions and accounts are deleted here. At Flinks it stays.
#[utoipa::path(
    delete,
    path = "/logins/{loginId}",
    params(("loginId" = String, Path, description = "The connection")),
    responses(
        (status = 204),
        (status = 401, body = Sent, content_type = "application/problem+json"),
        (status = 422, body = Sent, content_type = "application/problem+json"),
        (status = 503, body = Sent, content_type = "application/problem+json"),
    )
)]
async fn erase_login(State(api): State<Api>, Path(login): Path<String>) -> Result<StatusCode, Problem> {
    let login = LoginId::new(&login).map_err(|error| Problem::invalid(format!("loginId: {error}")))?;
    api.front.driver().sessions().erase(&login).await?;
    Ok(StatusCode::NO_CONTENT)
}
