//! What the widget's URL asks for, and how a session ends: the REDIRECT event and the redirect URL.
//!
//! <https://docs.flinks.com/guides/connect/flinks-connect/use-event-listener>,
//! <https://docs.flinks.com/docs/successful-connection>.

use serde_json::{Value, json};

use crate::bank::Session;
use crate::http::encode;
use crate::scenario::Language;

/// The parameters that the sandbox's widget knows; it ignores the others.
#[derive(Clone)]
pub(crate) struct Wishes {
    pub(super) token: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) selection: Vec<String>,
    pub(super) language: Language,
    pub(super) tag: Option<String>,
    demo: bool,
    redirect_url: Option<String>,
    origin: Option<String>,
    pub(super) stringify: bool,
    pub(super) webview: bool,
}

impl Wishes {
    pub(super) fn read(pairs: &[(String, String)]) -> Self {
        let all = |name: &'static str| pairs.iter().filter(move |(given, _)| given == name).map(|(_, value)| value);
        let first = |name| all(name).next().cloned();
        let flag = |name| all(name).next().is_some_and(|value| value == "true");
        let listed = all("resumeSelectedAccounts").flat_map(|list| list.split(','));
        Wishes {
            token: first("authorizeToken"),
            request_id: first("requestId"),
            selection: listed.filter(|id| !id.is_empty()).map(str::to_owned).collect(),
            language: first("language").and_then(|text| Language::read(&text)).unwrap_or_default(),
            tag: first("tag"),
            demo: flag("demo"),
            redirect_url: first("redirectUrl"),
            origin: first("origin"),
            stringify: flag("stringify"),
            webview: flag("webview"),
        }
    }

    /// Where events are posted: exactly one origin, or nowhere.
    pub(super) fn target_origin(&self) -> Option<String> {
        match (&self.origin, &self.redirect_url) {
            (Some(origin), _) => origin_of(origin).filter(|clean| clean == origin),
            (None, Some(url)) => origin_of(url),
            (None, None) => None,
        }
    }

    /// An address without a scheme leads nowhere, and one that runs script is refused: it would run as the widget.
    pub(super) fn redirect_is_bad(&self) -> bool {
        let Some(url) = &self.redirect_url else { return false };
        let Some((scheme, _)) = url.split_once("://") else { return true };
        let scheme = scheme.to_ascii_lowercase();
        let plain = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        let runs = ["javascript", "data", "vbscript", "blob", "file"].contains(&scheme.as_str());
        runs || !plain || scheme.is_empty() || url.chars().any(char::is_control)
    }
}

/// The event, and where the user goes: `null` when the URL named no place.
pub(super) fn finish(session: &Session, wishes: &Wishes) -> (Value, Option<String>) {
    let url = wishes.redirect_url.as_ref().map(|base| redirect(base, session, wishes));
    let mut event = event_without_url(session);
    if let Some(url) = &url {
        event["url"] = json!(url);
    }
    (event, url)
}

/// No source names the key of selected accounts on Reconnect; `accountId` is the only one ever seen, a string for one
/// account. Several are an array here.
pub(crate) fn event_without_url(session: &Session) -> Value {
    let mut event = json!({
        "step": "REDIRECT",
        "loginId": session.login_id,
        "requestId": session.request_id,
        "institution": session.institution().name,
    });
    match session.selection.as_slice() {
        [] => {}
        [one] => event["accountId"] = json!(one),
        several => event["accountId"] = json!(several),
    }
    event
}

/// Its own query is kept, and `institution` comes last, as in every captured URL. `requestId` is in none of them.
fn redirect(base: &str, session: &Session, wishes: &Wishes) -> String {
    let mut added = Vec::new();
    if let Some(tag) = wishes.tag.as_ref().or(session.tag.as_ref()) {
        added.push(format!("tag={}", encode(tag)));
    }
    if wishes.demo {
        added.push("demo=true".to_owned());
    }
    added.push(format!("loginId={}", encode(&session.login_id)));
    if !session.selection.is_empty() {
        let ids: Vec<String> = session.selection.iter().map(|id| encode(id)).collect();
        added.push(format!("accountId={}", ids.join(",")));
    }
    added.push(format!("institution={}", encode(&session.institution().name)));
    let (address, fragment) = base.split_at(base.find('#').unwrap_or(base.len()));
    let joint = match address.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{address}{joint}{}{fragment}", added.join("&"))
}

/// `http` and `https` only: another scheme has no origin that a message could be posted to.
fn origin_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte));
    let known = scheme == "http" || scheme == "https";
    (known && plain && !host.is_empty()).then(|| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(query: &str) -> Wishes {
        Wishes::read(&crate::http::read_pairs(query))
    }

    #[test]
    fn events_go_to_one_origin_or_nowhere() {
        let table = [
            ("", None),
            ("redirectUrl=https://App.example:8443/x?y", Some("https://app.example:8443")),
            ("redirectUrl=https://user@app.example", Some("https://app.example")),
            ("redirectUrl=myapp://callback", None),
            ("origin=http://127.0.0.1:9000&redirectUrl=https://b.example", Some("http://127.0.0.1:9000")),
            ("origin=*&redirectUrl=https://b.example", None),
            ("origin=https://a.example/path", None),
            ("origin=https://a.example%22%3E", None),
        ];
        for (query, target) in table {
            assert_eq!(wishes(query).target_origin().as_deref(), target, "{query}");
        }
    }

    #[test]
    fn a_redirect_must_be_an_address_that_runs_nothing() {
        for bad in
            ["", "/next", "app.example", "javascript://%250aalert(1)", "JavaScript://x", "data://x", "://x", "a b://x"]
        {
            assert!(wishes(&format!("redirectUrl={bad}")).redirect_is_bad(), "{bad}");
        }
        for good in ["https://a.example/x?y=1", "myapp://callback"] {
            assert!(!wishes(&format!("redirectUrl={good}")).redirect_is_bad(), "{good}");
        }
    }
}
