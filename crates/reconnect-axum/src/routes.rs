//! The routes, and which handler each has.

use crate::front::Front;
use crate::problem::no_such_method;
use crate::{connect, guard, live, monitor, redirect, webhook};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use reconnect_async::policy::MAX_BODY;

/// The largest body of a form or of a message. Ours: both are far smaller.
const LARGEST: usize = 64 << 10;

impl Front {
    /// The routes. Merge them into your router, or nest them under a path.
    pub fn routes(&self) -> Router {
        let pages = Router::new()
            .route("/connect/{token}", get(connect::start).post(connect::begin))
            .route("/connect/{token}/{session}", get(connect::progress))
            .layer(DefaultBodyLimit::max(LARGEST))
            .layer(middleware::from_fn_with_state(self.clone(), guard::page));
        let calls = Router::new()
            .route("/connect/{token}/news", post(live::news))
            .route("/connect/{token}/{session}/live", get(live::state))
            .route("/connect/{token}/{session}/live/widget", post(live::widget))
            .route("/connect/{token}/{session}/live/message", post(live::message))
            .layer(DefaultBodyLimit::max(LARGEST))
            .route("/webhook", post(webhook::delivered).layer(DefaultBodyLimit::max(MAX_BODY)))
            .route("/healthz", get(monitor::health))
            .route("/metrics", get(monitor::show))
            .layer(middleware::from_fn_with_state(self.clone(), guard::call));
        let redirect = Router::new()
            .route("/redirect", get(redirect::arrived))
            .layer(middleware::from_fn_with_state(self.clone(), guard::frame));
        let assets = Router::new()
            .route("/connect/style.css", get(guard::style))
            .route("/connect/element.js", get(guard::element))
            .route("/connect/page.js", get(guard::script))
            .method_not_allowed_fallback(async || no_such_method());
        Router::new().merge(pages).merge(calls).merge(redirect).merge(assets).with_state(self.clone())
    }
}
