//! The widget's URL: <https://docs.flinks.com/guides/connect/flinks-connect/widget>.

use super::call;
use super::rules::{self, Rule};
use crate::bank::state::Bank;
use crate::http::{Request, read_pairs};
use crate::widget::parameters::NAMES;

/// A URL of this length may be cut by a server, a proxy or a browser. No page gives a number, so it is our choice.
const LONG: usize = 2_000;

pub(super) fn examine(bank: &Bank, now: u64, request: &Request, segments: &[&str]) -> Vec<&'static Rule> {
    let plain: Vec<&str> = segments.iter().copied().filter(|segment| !segment.is_empty()).collect();
    if !matches!(plain.as_slice(), [] | ["v2"] | ["v2", "Testing"] | ["Credential", _] | ["v2", "Credential", _]) {
        return Vec::new();
    }
    if request.method != "GET" {
        return vec![&rules::WRONG_METHOD];
    }
    let pairs = read_pairs(request.query());
    let all =
        |name: &'static str| pairs.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str());
    let mut broken = Vec::new();
    let request_id = all("requestId").next();
    match all("authorizeToken").next() {
        None => broken.push(&rules::MISSING_TOKEN),
        Some(token) if request_id.is_some_and(|request_id| bank.is_sessions_token(now, token, request_id)) => {}
        Some(token) => broken.extend(call::token(bank, now, token, None)),
    }
    if pairs.iter().any(|(name, _)| name.eq_ignore_ascii_case("loginId")) {
        broken.push(&rules::WIDGET_LOGIN_ID);
    }
    let misspelled = |name: &str| {
        let mut alike = NAMES.iter().filter(|known| known.eq_ignore_ascii_case(name));
        alike.next().is_some_and(|known| *known != name)
    };
    if pairs.iter().any(|(name, _)| misspelled(name)) {
        broken.push(&rules::WIDGET_KEY_CASE);
    }
    if request_id.is_some_and(|request_id| bank.session(now, request_id).is_none()) {
        broken.push(&rules::SESSION_OVER);
    }
    let lists: Vec<&str> = all("resumeSelectedAccounts").collect();
    if !lists.is_empty() && request_id.is_none() {
        broken.push(&rules::SELECTION_ALONE);
    }
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if lists.len() > 1 || lists.iter().any(|list| !list.split(',').all(is_id)) {
        broken.push(&rules::SELECTION_FORM);
    }
    if !lists.is_empty() && length(request) >= LONG {
        broken.push(&rules::SELECTION_LONG);
    }
    broken
}

/// The length of the whole URL, as far as the request shows it.
fn length(request: &Request) -> usize {
    "https://".len() + request.header("host").unwrap_or_default().len() + request.target.len()
}
