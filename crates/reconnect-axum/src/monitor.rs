//! `/metrics` and `/healthz`: counts, and whether the database answers. Neither names anybody.

use crate::front::Front;
use crate::problem::Problem;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use reconnect_store::Key;

/// Whether the database answers.
pub(crate) async fn health(State(front): State<Front>) -> Response {
    match front.driver().sessions().find(&Key::random()).await {
        Ok(_) => "ok\n".into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}

pub(crate) async fn show(State(front): State<Front>) -> Response {
    match front.inner().counts.text() {
        Ok(text) => ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
            .into_response(),
        Err(_) => Problem::unavailable("the counts cannot be written").into_response(),
    }
}
