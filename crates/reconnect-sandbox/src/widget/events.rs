//! The events that the widget posts to the page around it, and their order.
//!
//! <https://docs.flinks.com/guides/connect/flinks-connect/use-event-listener>, <https://docs.flinks.com/docs/events>; the
//! order of a first connection:
//! <https://flinks.freshdesk.com/support/solutions/articles/43000765797-flinks-connect-oauth-integration-web-mobile->.
//!
//! A step is one page. The page that answers a form posts the event of that form first, and then its own
//! event: `SUBMIT_MFA`, then `COMPONENT_LOAD_MFA` or `REDIRECT`. A refusal is the API event, and where the same form can be
//! filled in again at once, `…_RETRY` follows. A page that refuses the showing itself (no such session, a bad
//! `redirectUrl`) posts nothing: no source has an event for it, and `APP_MOUNTED` would look like a user at work.
//! `APP_ONLINE`, `APP_OFFLINE` and `APP_RESIZE` are the script's, at any time.
//!
//! For a bank that signs in by OAuth the script posts `POPUP_OPENED` or `POPUP_BLOCKED`. The page to which the user comes
//! back posts `COMPONENT_ACCEPT_PROVIDER_CONSENT` ("user consents to the bank sharing"), or, if the user refused, the API
//! event `UNAUTHORIZED`. No page documents the latter: it is our inference.
//! <https://docs.flinks.com/guides/connect/oauth-integration>
//!
//! Documented or seen, and never posted here: `COMPONENT_CLICK_RESET_PASSWORD` (no bank has a page for it),
//! `COMPONENT_HELP2FA_INFO` and `COMPONENT_HELP2FA_TROUBLESHOOTING` (no such page), `ENHANCED_MFA_HAS…` (deprecated, and its
//! name is not known whole), `RETRY_COUNT` (its form is not known). `DISABLED_INSTITUTION` is an API event, as every other
//! refusal.

use std::sync::Arc;

use serde_json::{Value, json};

use super::redirect::account_id;
use crate::scenario::question::Question;
use crate::trouble::Trouble;

pub(super) fn bare(step: &str) -> Value {
    json!({"step": step})
}

/// Once an institution is chosen, events name it.
pub(super) fn of(step: &str, institution: &str) -> Value {
    json!({"step": step, "institution": institution})
}

pub(super) fn institutions_loaded() -> Value {
    json!({"step": "COMPONENT_LOAD_INSTITUTION_SELECTOR", "cached": false})
}

/// `request_id` if the sandbox has to post it.
pub(super) fn questions_loaded(round: &[Arc<Question>], institution: &str, request_id: Option<&str>) -> Value {
    let kinds: Vec<Value> = round.iter().map(|question| json!(question.kind)).collect();
    let mut event = json!({"step": "COMPONENT_LOAD_MFA", "mfaTypes": kinds, "institution": institution});
    if let Some(request_id) = request_id {
        event["requestId"] = json!(request_id);
    }
    event
}

pub(super) fn accounts_loaded(total: usize, displayed: usize) -> Value {
    json!({"step": "COMPONENT_LOAD_ACCOUNT_SELECTION", "totalAccounts": total, "displayedAccounts": displayed})
}

pub(super) fn accounts_selected(ids: &[String], institution: &str) -> Value {
    json!({"step": "ACCOUNT_SELECTED", "accountId": account_id(ids), "institution": institution})
}

/// The old form of an error event, the only one whose keys are printed:
/// <https://help.flinks.com/support/solutions/articles/43000436171-event-listener>.
pub(super) fn refused(trouble: &Trouble, request_id: Option<&String>, institution: &str) -> Value {
    json!({"requestId": request_id, "flinksCode": trouble.code, "institution": institution})
}
