//! The rules about the body of a call: its form, and whether it fits the session that it names.

use serde_json::{Map, Value};

use super::rules::{self, Rule};
use crate::bank::session::Session;
use crate::bank::state::Bank;
use crate::bank::token::Standing;
use crate::endpoint::{Call, Endpoint};
use crate::http::Request;

/// A body, read leniently even if the bank is strict.
pub(super) struct Body(Option<Map<String, Value>>);

impl Body {
    pub(super) fn read(request: &Request) -> Body {
        Body(serde_json::from_slice(&request.body).ok())
    }

    pub(super) fn request_id(&self) -> Option<&str> {
        self.text("RequestId")
    }

    fn value(&self, name: &str) -> Option<&Value> {
        let map = self.0.as_ref()?;
        let alike = || map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        map.get(name).or_else(alike).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }

    fn flag(&self, name: &str) -> Option<bool> {
        let value = self.value(name)?;
        let spelled = || value.as_str()?.to_ascii_lowercase().parse().ok();
        value.as_bool().or_else(spelled)
    }
}

pub(super) fn examine(
    bank: &Bank,
    now: u64,
    request: &Request,
    endpoint: &Endpoint,
    body: &Body,
    broken: &mut Vec<&'static Rule>,
) {
    // A call for a token has no body at all.
    if request.body.is_empty() && endpoint.fields.is_empty() {
        return;
    }
    let kind = request.header("content-type").unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        broken.push(&rules::CONTENT_TYPE);
    }
    let Some(map) = &body.0 else { return broken.push(&rules::NOT_AN_OBJECT) };
    for (key, value) in map {
        broken.extend(field(bank, now, endpoint, key, value));
    }
    if endpoint.is_authorize() {
        match body.request_id() {
            Some(request_id) => answer(bank, now, endpoint, request_id, body.value("SecurityResponses"), broken),
            None => open(bank, now, body, broken),
        }
    } else {
        data(bank, now, body, broken);
    }
}

/// One key of the body.
fn field(bank: &Bank, now: u64, endpoint: &Endpoint, key: &str, value: &Value) -> Option<&'static Rule> {
    if is_credential(bank, now, key, value) {
        return Some(&rules::CREDENTIAL_IN_BODY);
    }
    let exact = endpoint.fields.iter().find(|field| field.name == key);
    let alike = || endpoint.fields.iter().find(|field| field.name.eq_ignore_ascii_case(key));
    match exact.or_else(alike) {
        None => Some(&rules::UNKNOWN_FIELD),
        Some(field) if field.is_flag && value.is_string() => Some(&rules::TEXT_BOOLEAN),
        Some(field) if field.name == key => None,
        Some(field) if field.name.starts_with(char::is_lowercase) => Some(&rules::CAMEL_CASE),
        Some(_) => Some(&rules::KEY_CASE),
    }
}

fn is_credential(bank: &Bank, now: u64, key: &str, value: &Value) -> bool {
    const NAMES: [&str; 9] = [
        "accesstoken",
        "authorizetoken",
        "token",
        "secret",
        "secretkey",
        "clientsecret",
        "apikey",
        "xapikey",
        "flinksauthkey",
    ];
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let ours = |text: &str| {
        let (settings, life) = (&bank.settings, bank.settings.token_life_ms);
        text == settings.secret_key
            || text == settings.api_key
            || bank.tokens.standing(now, life, text, None) != Standing::Unknown
    };
    NAMES.contains(&plain.as_str()) || value.as_str().is_some_and(ours)
}

/// A body without a `RequestId` asks for stored data, a refresh, or a first connection.
fn open(bank: &Bank, now: u64, body: &Body, broken: &mut Vec<&'static Rule>) {
    let (cached, save) = (body.flag("MostRecentCached"), body.flag("Save").unwrap_or(false));
    if body.value("MostRecentCached").is_none() {
        broken.push(&rules::CACHED_NOT_SAID);
    }
    let Some(login_id) = body.text("LoginId").filter(|_| !cached.unwrap_or(!save)) else { return };
    if !save {
        broken.push(&rules::SAVE_NOT_SAID);
    }
    if bank.has_open_session(now, login_id) {
        broken.push(&rules::LIVE_AGAIN);
    }
}

/// A body with a `RequestId` answers the questions of its session, or asks `/AuthorizeAsync` how far the work got.
fn answer(
    bank: &Bank,
    now: u64,
    endpoint: &Endpoint,
    request_id: &str,
    responses: Option<&Value>,
    broken: &mut Vec<&'static Rule>,
) {
    let responses = responses.and_then(Value::as_object).filter(|responses| !responses.is_empty());
    if responses.is_none() && endpoint.call == Call::AuthorizeAsync {
        // A session that has ended may be asked too: the answer says how it ended.
        return;
    }
    let Some(session) = bank.session(now, request_id) else { return broken.push(&rules::SESSION_OVER) };
    let Some(responses) = responses else { return broken.push(&rules::REQUEST_ID_ALONE) };
    if responses.values().any(Value::is_string) {
        broken.push(&rules::BARE_ANSWER);
    }
    broken.extend(keys(session, responses));
}

fn keys(session: &Session, responses: &Map<String, Value>) -> Option<&'static Rule> {
    if !session.waits_for_mfa() {
        return Some(&rules::ANSWER_TOO_LATE);
    }
    if !responses.keys().all(|key| session.has_asked(key)) {
        return Some(&rules::PROMPT_AS_KEY);
    }
    let said = |value: &Value| value.as_array().is_none_or(|values| !values.is_empty());
    let mut round = session.round().iter();
    let all = round.all(|question| responses.iter().any(|(key, value)| question.is_keyed_by(key) && said(value)));
    (!all).then_some(&rules::ANSWER_MISSING)
}

/// A call for accounts or statements.
fn data(bank: &Bank, now: u64, body: &Body, broken: &mut Vec<&'static Rule>) {
    if body.request_id().is_some_and(|request_id| bank.session(now, request_id).is_none()) {
        broken.push(&rules::SESSION_OVER);
    }
    if body.text("DaysOfTransactions").is_some_and(|days| !["Days90", "Days365"].contains(&days)) {
        broken.push(&rules::DAYS);
    }
    if body.value("AccountsFilter").and_then(Value::as_array).is_some_and(Vec::is_empty) {
        broken.push(&rules::EMPTY_FILTER);
    }
}
