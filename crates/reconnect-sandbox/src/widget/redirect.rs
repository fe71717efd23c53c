//! How a session ends: the REDIRECT event, the redirect URL, and where the window goes.
//!
//! <https://docs.flinks.com/guides/connect/flinks-connect/use-event-listener>,
//! <https://docs.flinks.com/docs/successful-connection>.

use serde_json::{Value, json};

use super::parameters::Parameters;
use crate::bank::session::Session;
use crate::http::encode;

/// How a showing of the widget ends.
pub(super) struct Ending {
    pub(super) event: Value,
    /// None if the widget's URL named no address.
    pub(super) url: Option<String>,
    /// The address to which the window goes; none if only the event is wanted.
    pub(super) next: Option<String>,
}

impl Ending {
    /// `picked` are the accounts of the account selector, which filter nothing; those of `resumeSelectedAccounts` are the
    /// session's: <https://docs.flinks.com/guides/connect/resume-and-reconnect>.
    pub(super) fn of(session: &Session, picked: &[String], parameters: &Parameters) -> Self {
        let accounts = if picked.is_empty() { &session.selection } else { picked };
        let url = parameters.redirect_url.as_ref().map(|base| redirect(base, session, accounts, parameters));
        let mut event = redirected(session, accounts);
        if let Some(url) = &url {
            event["url"] = json!(url);
        }
        let stays = parameters.inner_redirect && url.is_none();
        let result = || format!("/v2/Result/{}?thank-you=true", encode(&session.institution().name));
        let inside = stays.then(|| redirect(&result(), session, accounts, parameters));
        let next = url.clone().or(inside).filter(|_| !parameters.js_redirect);
        Ending { event, url, next }
    }
}

/// The REDIRECT event of a session for which the widget's URL named no address.
pub(crate) fn event_without_url(session: &Session) -> Value {
    redirected(session, &session.selection)
}

/// No source names the key of selected accounts on Reconnect; `accountId` is the only one ever seen, a string for one
/// account. Several are an array here.
fn redirected(session: &Session, accounts: &[String]) -> Value {
    let mut event = json!({
        "step": "REDIRECT",
        "loginId": session.login_id,
        "requestId": session.request_id,
        "institution": session.institution().name,
    });
    if let Some(accounts) = account_id(accounts) {
        event["accountId"] = accounts;
    }
    event
}

/// A string for one account, an array for several, nothing for none.
pub(super) fn account_id(accounts: &[String]) -> Option<Value> {
    match accounts {
        [] => None,
        [one] => Some(json!(one)),
        several => Some(json!(several)),
    }
}

/// The query of the base is kept, and `institution` comes last, as in every captured URL. No captured URL has a
/// `requestId`. `tag` follows `loginId`, but with `demo` both come before it, as in the captured URLs.
fn redirect(base: &str, session: &Session, accounts: &[String], parameters: &Parameters) -> String {
    let tag = parameters.tag.as_ref().or(session.tag.as_ref()).map(|tag| format!("tag={}", encode(tag)));
    let login = Some(format!("loginId={}", encode(&session.login_id)));
    let mut added: Vec<String> = match parameters.demo {
        true => [tag, Some("demo=true".to_owned()), login].into_iter().flatten().collect(),
        false => [login, tag].into_iter().flatten().collect(),
    };
    if !accounts.is_empty() {
        let ids: Vec<String> = accounts.iter().map(|id| encode(id)).collect();
        added.push(format!("accountId={}", ids.join(",")));
    }
    added.push(format!("institution={}", encode(&session.institution().name)));
    with_query(base, added.into_iter())
}

/// The address with more parameters at the end of its query.
pub(crate) fn with_query(base: &str, added: impl Iterator<Item = String>) -> String {
    let added: Vec<String> = added.collect();
    let (address, fragment) = base.split_at(base.find('#').unwrap_or(base.len()));
    let joint = match address.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{address}{joint}{}{fragment}", added.join("&"))
}
