//! The rules about a call of the API: its endpoint, its method, its credentials, and its time.

use super::body::{self, Body};
use super::rules::{self, Rule};
use crate::bank::state::Bank;
use crate::bank::token::Standing;
use crate::endpoint::{Call, Credential, Endpoint};
use crate::http::Request;

/// The documented interval between two polls. A clock or a network may make it a little shorter.
const POLL_EVERY_MS: u64 = 10_000;
const TOLERANCE_MS: u64 = 500;

pub(super) fn examine(bank: &Bank, now: u64, request: &Request, segments: &[&str]) -> Vec<&'static Rule> {
    let Some(endpoint) = Endpoint::find(segments) else { return vec![&rules::UNKNOWN_ENDPOINT] };
    let mut broken = Vec::new();
    if request.method != endpoint.method {
        let posted = endpoint.is_poll() && request.method == "POST";
        broken.push(if posted { &rules::POLL_BY_POST } else { &rules::WRONG_METHOD });
        if !posted {
            return broken;
        }
    }
    let body = Body::read(request);
    credentials(bank, now, request, endpoint, body.request_id(), &mut broken);
    if !endpoint.takes_id() && request.method != "GET" {
        body::examine(bank, now, request, endpoint, &body, &mut broken);
    }
    if let Some(id) = segments.last().filter(|_| endpoint.takes_id()) {
        if endpoint.is_poll() {
            poll(bank, now, request, endpoint, id, &mut broken);
        }
        if endpoint.call == Call::DeleteCard && bank.is_in_use(now, id) {
            broken.push(&rules::CARD_IN_USE);
        }
    }
    broken
}

fn credentials(
    bank: &Bank,
    now: u64,
    request: &Request,
    endpoint: &Endpoint,
    request_id: Option<&str>,
    broken: &mut Vec<&'static Rule>,
) {
    let settings = &bank.settings;
    let (key, api_key, bearer) =
        (request.header("flinks-auth-key"), request.header("x-api-key"), request.header("authorization"));
    let elsewhere = api_key.is_some() || bearer.is_some();
    let found = match (endpoint.credential, key) {
        (Credential::SecretKey | Credential::Token, None) if elsewhere => Some(&rules::WRONG_HEADER),
        (Credential::SecretKey, None) => Some(&rules::MISSING_SECRET_KEY),
        (Credential::SecretKey, Some(key)) => (key != settings.secret_key).then_some(&rules::MIXED_UP_KEYS),
        (Credential::Token, None) => Some(&rules::MISSING_TOKEN),
        (Credential::Token, Some(key)) => token(bank, now, key, request_id),
        (Credential::ApiKey, _) => match api_key {
            None => Some(&rules::MISSING_API_KEY),
            Some(key) => (key != settings.api_key).then_some(&rules::MIXED_UP_KEYS),
        },
        (Credential::Bearer, _) => match bearer.map(|value| value.strip_prefix("Bearer ")) {
            None | Some(None) => Some(&rules::MISSING_BEARER),
            Some(Some(secret)) => (secret != settings.secret_key).then_some(&rules::MIXED_UP_KEYS),
        },
    };
    broken.extend(found);
    let needless = match endpoint.credential {
        Credential::SecretKey | Credential::Token => key.is_some() && elsewhere,
        Credential::ApiKey => key.is_some() || bearer.is_some(),
        Credential::Bearer => key.is_some(),
    };
    if needless {
        broken.push(&rules::NEEDLESS_HEADER);
    }
}

/// What is wrong with an authorize token, sent with this `RequestId`.
pub(super) fn token(bank: &Bank, now: u64, token: &str, request_id: Option<&str>) -> Option<&'static Rule> {
    match bank.tokens.standing(now, bank.settings.token_life_ms, token, request_id) {
        Standing::Good => None,
        Standing::Spent => Some(&rules::TOKEN_SPENT),
        Standing::Expired => Some(&rules::TOKEN_EXPIRED),
        Standing::Unknown => Some(&rules::MIXED_UP_KEYS),
    }
}

fn poll(
    bank: &Bank,
    now: u64,
    request: &Request,
    endpoint: &Endpoint,
    request_id: &str,
    broken: &mut Vec<&'static Rule>,
) {
    let Some(session) = bank.session(now, request_id) else { return broken.push(&rules::SESSION_OVER) };
    let is_for_statements = endpoint.call == Call::GetStatementsAsync;
    let started = if is_for_statements { session.statements.is_some() } else { session.fetch.is_some() };
    if !started {
        broken.push(&rules::POLL_FIRST);
    }
    // The log has the last poll, so nothing else has to be remembered.
    let mut earlier = bank.requests().iter().rev().filter(|logged| logged.path.eq_ignore_ascii_case(request.path()));
    let last = earlier.next().filter(|logged| logged.status == 202);
    if last.is_some_and(|logged| now < logged.at.saturating_add(POLL_EVERY_MS - TOLERANCE_MS)) {
        broken.push(&rules::POLL_TOO_SOON);
    }
}
