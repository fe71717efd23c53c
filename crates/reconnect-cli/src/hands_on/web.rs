//! The app's web server. It answers this machine's browsers only, and takes orders from its own page only.

use super::{
    desk::{Case, Desk, Verdict},
    page,
    view::View,
    walk::Order,
    words::Language,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use reconnect_core::connect::WidgetUrl;
use reconnect_sandbox::Clock;
use std::sync::{Arc, mpsc::SyncSender};

/// The largest message that is read: a window message or a redirect is far smaller.
const LARGEST: usize = 64 << 10;

#[derive(Clone)]
pub(super) struct App {
    desk: Arc<Desk>,
    orders: SyncSender<Order>,
    clock: Clock,
    /// The names that this server goes by: `127.0.0.1:PORT` and `localhost:PORT`.
    hosts: Arc<[String]>,
    /// The widget's origin.
    widget: Arc<str>,
}

impl App {
    pub(super) fn new(desk: Arc<Desk>, orders: SyncSender<Order>, clock: Clock, url: &str, widget: &str) -> Self {
        let own = url.trim_start_matches("http://");
        let port = own.rsplit(':').next().unwrap_or_default();
        let hosts = Arc::from([own.to_owned(), format!("localhost:{port}")]);
        Self { desk, orders, clock, hosts, widget: widget.into() }
    }

    /// The session's thread lives as long as this server. A message for it is no promise: where too many wait, it is lost.
    fn order(&self, order: Order) {
        let _ = self.orders.try_send(order);
    }
}

pub(super) fn router(app: App) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/parts", get(parts))
        .route("/back", get(back))
        .route("/style.css", get(style))
        .route("/script.js", get(script))
        .route("/element.js", get(element))
        .route("/begin/{case}", post(begin))
        .route("/open", post(open))
        .route("/park", post(park))
        .route("/start-over", post(start_over))
        .route("/try-again", post(try_again))
        .route("/time/{minutes}", post(pass))
        .route("/news", post(news))
        .route("/foreign", post(foreign))
        .layer(DefaultBodyLimit::max(LARGEST))
        .layer(middleware::from_fn_with_state(app.clone(), guard))
        .with_state(app)
}

/// Another host name is a foreign page that was pointed at this machine (DNS rebinding), and an order from another
/// origin is forged.
async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = text(headers, header::HOST.as_str());
    let own = app.hosts.iter().any(|name| name == host);
    let same = match text(headers, "sec-fetch-site") {
        "" => text(headers, header::ORIGIN.as_str()) == format!("http://{host}"),
        site => site == "same-origin",
    };
    let mut response = if !own {
        (StatusCode::MISDIRECTED_REQUEST, "this is not the host that was asked for").into_response()
    } else if request.method() != "GET" && request.method() != "HEAD" && !same {
        (StatusCode::FORBIDDEN, "an order comes from the app's own page").into_response()
    } else {
        next.run(request).await
    };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
         frame-src {}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        app.widget
    );
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    put("content-security-policy", &policy);
    put("x-content-type-options", "nosniff");
    put("cache-control", "no-store");
    // The widget learns nothing, and forms of this page still say where they are from.
    put("referrer-policy", "same-origin");
    response
}

async fn index(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    let page = page::Page { view: View::of(&app.desk), language: language(&uri), widget: &app.widget };
    html(page.whole(showing(&app, &headers, "").as_ref(), &origin(&headers)))
}

/// What has changed since: each part of the page by its id, as JSON.
async fn parts(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    let page = page::Page { view: View::of(&app.desk), language: language(&uri), widget: &app.widget };
    let parts = page.parts(showing(&app, &headers, &tab(&headers)).as_ref(), &origin(&headers));
    ([(header::CONTENT_TYPE, "application/json")], parts.to_string()).into_response()
}

/// The widget's URL, once. What a page from elsewhere loads gets none: it would use it up, although it cannot read it.
fn showing(app: &App, headers: &HeaderMap, tab: &str) -> Option<WidgetUrl> {
    let is_ours = ["", "same-origin", "none"].contains(&text(headers, "sec-fetch-site"));
    if is_ours { app.desk.take_url(tab) } else { None }
}

/// Where the widget leads without script. Anybody can make a browser come here: it is news, and news is a hint. The
/// address holds a `loginId`, so the answer leaves it at once.
async fn back(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    app.order(Order::News(format!("{}{uri}", origin(&headers))));
    done(&uri)
}

async fn begin(State(app): State<App>, Path(case): Path<String>, headers: HeaderMap, uri: Uri) -> Response {
    let Some(case) = Case::ALL.into_iter().find(|known| known.name() == case) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let language = language(&uri);
    app.order(Order::Begin { case, language, tab: tab(&headers) });
    done(&uri)
}

async fn open(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    app.order(Order::Open { tab: tab(&headers) });
    done(&uri)
}

async fn park(State(app): State<App>, uri: Uri) -> Response {
    app.order(Order::Park);
    done(&uri)
}

async fn start_over(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    app.order(Order::StartOver { tab: tab(&headers) });
    done(&uri)
}

/// A person pressed the button. Nothing else begins another live refresh.
async fn try_again(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    let language = language(&uri);
    app.order(Order::TryAgain { language, tab: tab(&headers) });
    done(&uri)
}

/// Virtual time, up to an hour at once.
async fn pass(State(app): State<App>, Path(minutes): Path<u64>, uri: Uri) -> Response {
    if !(1..=60).contains(&minutes) {
        return StatusCode::NOT_FOUND.into_response();
    }
    app.clock.advance(minutes * 60_000);
    done(&uri)
}

/// The body is what the page heard from the widget, and said to be so by the page only.
async fn news(State(app): State<App>, body: String) -> StatusCode {
    app.order(Order::News(body));
    StatusCode::NO_CONTENT
}

/// The page heard something of another origin, and passes on nothing of it.
async fn foreign(State(app): State<App>) -> StatusCode {
    app.desk.see("", Verdict::Foreign);
    StatusCode::NO_CONTENT
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("style.css")).into_response()
}

async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("script.js")).into_response()
}

/// The component of the JavaScript package, as it is there.
async fn element() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("element.js")).into_response()
}

fn html(page: String) -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

/// Back to the page, in its language.
fn done(uri: &Uri) -> Response {
    Redirect::to(&format!("/?lang={}", language(uri).code())).into_response()
}

/// The guard let the host pass.
fn origin(headers: &HeaderMap) -> String {
    format!("http://{}", text(headers, header::HOST.as_str()))
}

/// The browser tab; none without script.
fn tab(headers: &HeaderMap) -> String {
    text(headers, "x-tab").chars().take(40).collect()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn language(uri: &Uri) -> Language {
    let french = uri.query().unwrap_or_default().split('&').any(|pair| pair == "lang=fr");
    if french { Language::French } else { Language::English }
}
