//! The `Links` of a reply name the endpoints that come next.

use serde_json::{Value, json};

use super::session::Session;

pub(super) fn links(names: &[&str]) -> Value {
    let links = names.iter();
    links.map(|name| json!({"rel": name, "href": format!("/Get{name}"), "example": null})).collect()
}

/// The endpoint at which a pending call is asked for again.
pub(super) fn async_link(name: &str, session: &Session) -> Value {
    let href = format!("/{name}");
    json!([{"rel": name, "href": href, "example": format!("{href}/{}", session.request_id)}])
}
