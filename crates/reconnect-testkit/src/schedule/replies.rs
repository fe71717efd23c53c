//! Plausible replies and news: which kind is likely to which call, and the facts as the JSON that the service sends.

use crate::model::{Call, Came, Delivery, Millis, Model, News, NewsKind, Said, Shape, moment};
use core::{fmt::Write, time::Duration};
use reconnect_core::{
    Fault, FaultKind, Reached, Reply,
    connect::{ConnectNews, Watch},
    webhook,
};
use std::time::UNIX_EPOCH;

/// Login 0 is the session's own where it is known.
/// Login 3 is named by browsers only.
pub(super) const LOGINS: [&str; 4] = [
    "5e115eac-1209-4f19-641c-08d6d484e2fe",
    "0ddba11e-0000-4000-8000-00000000000b",
    "0ddba11e-0000-4000-8000-00000000000c",
    "bad0bad0-0000-4000-8000-00000000000d",
];
/// Request 11 is another one of the service's, request 12 is named by browsers only.
pub(super) const REQUESTS: [&str; 13] = [
    "9022abc2-0",
    "9022abc2-1",
    "9022abc2-2",
    "9022abc2-3",
    "9022abc2-4",
    "9022abc2-5",
    "9022abc2-6",
    "9022abc2-7",
    "9022abc2-8",
    "9022abc2-9",
    "9022abc2-a",
    "f0e1d2c3-b",
    "bad0bad0-c",
];
/// Accounts 0 to 3 may be selected, account 5 is named by browsers only.
pub(super) const ACCOUNTS: [&str; 6] = ["acc-Zero", "acc-One", "acc-Two", "acc-Three", "acc-Four", "acc-Evil"];
pub(super) const TAGS: [&str; 2] = ["order-7", "order-8"];
pub(super) const INSTITUTIONS: [&str; 3] = ["FlinksCapital", "Another Bank", "A Third"];
/// What no snapshot and no `Debug` shows.
pub(super) const CANARY: &str = "CANARY";

const OTHER_REQUEST: u8 = 11;
const BROWSERS_REQUEST: u8 = 12;
const BROWSERS_LOGIN: u8 = 3;
/// An account that no reply has.
pub(super) const EVIL: u8 = 5;

/// Ids that only a browser says, and that may be in no request.
pub(super) fn only_browsers_say() -> [&'static str; 3] {
    [REQUESTS[usize::from(BROWSERS_REQUEST)], LOGINS[usize::from(BROWSERS_LOGIN)], ACCOUNTS[usize::from(EVIL)]]
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Saying {
    Token,
    Asks,
    AsksBare,
    AsksWithoutId,
    WrongAgain,
    WrongBare,
    LastWrong,
    Yes,
    YesWithoutId,
    Already,
    Pending,
    PendingWithAccounts,
    BlamesToken,
    Unauthorized,
    Gone,
    Expired,
    NotFound,
    RetryLater,
    TooMany,
    InUse,
    InvalidLogin,
    Denied,
    Odd,
    Broken,
    Page,
    Redirected,
    AsksSame,
    WrongSame,
    Incomplete,
    OtherLogin,
    OtherRequest,
    OtherAsks,
}

use Saying::*;

const TO_MINT: &[(u8, Saying)] = &[
    (196, Token),
    (10, Unauthorized),
    (8, RetryLater),
    (8, TooMany),
    (4, Broken),
    (12, Page),
    (4, Redirected),
    (4, Denied),
    (3, InUse),
    (3, Odd),
    (2, NotFound),
    (2, Incomplete),
];
const TO_LIVE: &[(u8, Saying)] = &[
    (84, Asks),
    (18, AsksBare),
    (32, Yes),
    (14, Pending),
    (11, BlamesToken),
    (7, Already),
    (7, NotFound),
    (4, Incomplete),
    (4, WrongBare),
    (6, InvalidLogin),
    (5, Unauthorized),
    (6, RetryLater),
    (5, TooMany),
    (6, InUse),
    (5, Broken),
    (12, Page),
    (4, Redirected),
    (6, YesWithoutId),
    (5, AsksWithoutId),
    (6, OtherLogin),
    (3, Odd),
    (4, Denied),
];
const TO_ANSWER: &[(u8, Saying)] = &[
    (46, Asks),
    (38, WrongAgain),
    (34, Yes),
    (14, Pending),
    (11, Already),
    (9, AsksBare),
    (9, LastWrong),
    (8, WrongBare),
    (11, BlamesToken),
    (12, Page),
    (4, Redirected),
    (7, YesWithoutId),
    (7, AsksWithoutId),
    (6, RetryLater),
    (6, Broken),
    (6, Gone),
    (6, OtherLogin),
    (6, NotFound),
    (4, Incomplete),
    (6, AsksSame),
];
const TO_STATUS: &[(u8, Saying)] = &[
    (62, Pending),
    (36, Asks),
    (12, AsksBare),
    (36, Yes),
    (8, Already),
    (12, BlamesToken),
    (11, RetryLater),
    (8, TooMany),
    (6, InUse),
    (6, Gone),
    (6, InvalidLogin),
    (4, Unauthorized),
    (5, NotFound),
    (4, Incomplete),
    (4, WrongBare),
    (4, Broken),
    (9, Page),
    (3, Redirected),
    (6, OtherLogin),
    (4, YesWithoutId),
    (4, AsksWithoutId),
    (4, Odd),
];
const TO_DATA: &[(u8, Saying)] = &[
    (50, Pending),
    (10, PendingWithAccounts),
    (36, Yes),
    (32, Unauthorized),
    (12, Gone),
    (10, Expired),
    (8, RetryLater),
    (8, TooMany),
    (4, InUse),
    (4, Broken),
    (14, Page),
    (3, Redirected),
    (2, NotFound),
    (1, Incomplete),
    (6, OtherLogin),
    (8, OtherRequest),
    (5, OtherAsks),
    (14, AsksSame),
    (10, Asks),
    (6, AsksBare),
    (4, AsksWithoutId),
    (3, WrongSame),
    (2, LastWrong),
    (2, Odd),
    (2, Denied),
];
const TO_CACHED: &[(u8, Saying)] = &[
    (104, Yes),
    (18, NotFound),
    (12, BlamesToken),
    (18, Asks),
    (10, AsksBare),
    (6, AsksWithoutId),
    (8, Pending),
    (9, RetryLater),
    (9, TooMany),
    (6, Unauthorized),
    (6, Broken),
    (9, Page),
    (3, Redirected),
    (2, Incomplete),
    (2, WrongBare),
    (8, OtherLogin),
    (8, YesWithoutId),
    (6, Already),
    (6, InUse),
    (6, Odd),
];

const WAITS: [Option<u64>; 16] = [
    None,
    None,
    None,
    None,
    None,
    Some(0),
    Some(1),
    Some(90_000),
    Some(7),
    Some(30),
    Some(60),
    Some(120),
    Some(299),
    Some(300),
    Some(301),
    Some(3_600),
];

/// The statuses of gateways' pages.
const PAGES: [u16; 20] =
    [200, 202, 203, 401, 403, 404, 407, 429, 400, 405, 411, 413, 414, 415, 418, 421, 431, 500, 502, 503];

/// The statuses of redirects.
const REDIRECTS: [u16; 6] = [301, 302, 303, 304, 307, 308];

/// A reply to `call`, which is exchange `id`.
/// With `asynchronous`, a 202 is what a live call and an answer mostly bring.
pub(super) fn reply(model: &Model, call: &Call, id: u64, asynchronous: bool, [kind, how, more]: [u8; 3]) -> Said {
    let table = match call {
        Call::Mint | Call::MintForWidget => TO_MINT,
        Call::Live { .. } => TO_LIVE,
        Call::Answer { .. } => TO_ANSWER,
        Call::Status { .. } => TO_STATUS,
        Call::Cached { .. } => TO_CACHED,
        Call::Data { .. } | Call::Poll { .. } => TO_DATA,
    };
    if asynchronous && matches!(call, Call::Live { .. } | Call::Answer { .. }) && kind % 8 < 4 {
        return say(model, call, id, Pending, how, more);
    }
    // One that was refused for its token is mostly not refused again, and that it may be has to be met.
    if model.token_was_refused() && call.is_authorize() && kind % 8 == 3 {
        return say(model, call, id, BlamesToken, how, more);
    }
    // A look that leads back to asking keeps the doubt, which is the rarest place for its reply to be late in.
    if model.in_doubt().is_some() && matches!(call, Call::Data { .. }) && kind % 8 == 7 {
        return say(model, call, id, Unauthorized, how, more);
    }
    // A session that is gone leads to the one recall, which few schedules would come to.
    if matches!(call, Call::Data { .. } | Call::Poll { .. }) && model.may_recall() && kind % 8 == 5 {
        return say(model, call, id, Gone, how, more);
    }
    let mut left = u16::from(kind);
    let saying = table
        .iter()
        .find_map(|(weight, saying)| {
            let hit = left < u16::from(*weight);
            left = left.saturating_sub(u16::from(*weight));
            hit.then_some(*saying)
        })
        .unwrap_or(table[0].1);
    say(model, call, id, saying, how, more)
}

/// The ids that a reply names, the likely ones for zeros.
fn names(model: &Model, call: &Call, how: u8) -> (Option<u8>, Option<u8>) {
    let known = model.requests();
    // A fresh id until the pool is used up.
    let fresh = (0..OTHER_REQUEST).find(|id| !known.contains(id)).unwrap_or(0);
    let (current, oldest) = (known.last().copied(), known.first().copied());
    let request = match (call, how % 8) {
        (Call::Live { .. } | Call::Cached { .. }, 7) => current.or(Some(fresh)),
        (Call::Live { .. } | Call::Cached { .. }, _) => Some(fresh),
        (Call::Answer { .. } | Call::Status { .. }, 6) => Some(fresh),
        (Call::Answer { .. } | Call::Status { .. } | Call::Data { .. } | Call::Poll { .. }, 7) => oldest,
        (Call::Data { .. } | Call::Poll { .. }, 5 | 6) => None,
        _ => current,
    };
    let login = match (call, how / 8 % 8, model.login()) {
        (Call::Mint | Call::MintForWidget, _, _) => None,
        (Call::Cached { .. }, 7, _) => None,
        (Call::Cached { .. }, 6, _) if how % 8 > 5 => Some(2),
        (Call::Cached { .. }, _, ours) => ours,
        (_, 0..=3, _) => None,
        // Who does not know its login learns it, and now and then that of somebody whom no news named.
        (_, 7, None) => Some(1),
        (_, _, ours) => ours.or(Some(0)),
    };
    (request, login)
}

fn say(model: &Model, call: &Call, id: u64, saying: Saying, how: u8, more: u8) -> Said {
    let (request, login) = names(model, call, how);
    let mut said = Said {
        http: 200,
        status: Some(200),
        code: None,
        blames_token: false,
        shape: Shape::Json,
        request,
        login,
        last_refresh: None,
        challenges: Vec::new(),
        accounts: None,
        token: None,
        retry_after: WAITS[usize::from(more % 16)],
        retry_at: None,
        institution: (more.is_multiple_of(3) && !call.is_mint()).then_some(how % 2),
        malformed: false,
    };
    let status = |said: &mut Said, status: u16, code| {
        (said.http, said.status, said.code) = (status, Some(status), code);
    };
    let refuse = |said: &mut Said, status_: u16, code: &'static str| {
        status(said, status_, Some(code));
        // A refusal mostly names nothing, and hardly ever a stranger.
        if how & 0x40 == 0 || call.is_mint() {
            (said.request, said.login) = (None, None);
        } else if how & 0x38 == 0x38 {
            said.login = Some(2);
        }
    };
    let challenges = |count: u8| (0..u64::from(count)).map(|n| id * 10 + n).collect::<Vec<_>>();
    let data = matches!(call, Call::Data { .. } | Call::Poll { .. });
    match saying {
        Token => {
            said.token = Some(id);
            (said.request, said.login) = (None, None);
        }
        Asks => {
            // Now and then as a 200 that carries challenges (decision 13).
            status(&mut said, if more & 0x80 == 0 { 203 } else { 200 }, None);
            said.challenges = challenges(1 + more / 16 % 2);
        }
        AsksBare => {
            status(&mut said, 203, None);
            // Now and then only HTTP's status says so.
            said.status = said.status.filter(|_| more & 0x40 == 0);
        }
        AsksSame => {
            status(&mut said, 203, None);
            said.challenges = model.last_challenges().to_vec();
        }
        WrongSame => {
            refuse(&mut said, 401, "INVALID_SECURITY_RESPONSE");
            said.challenges = model.last_challenges().to_vec();
        }
        Incomplete => refuse(&mut said, 400, "SECURITYRESPONSES_INCOMPLETE"),
        AsksWithoutId => {
            status(&mut said, 203, None);
            said.challenges = challenges(1);
            said.request = None;
        }
        WrongAgain => {
            refuse(&mut said, 401, "INVALID_SECURITY_RESPONSE");
            said.challenges = challenges(1);
        }
        WrongBare => refuse(&mut said, 401, "INVALID_SECURITY_RESPONSE"),
        LastWrong => {
            refuse(&mut said, 401, "INVALID_SECURITY_RESPONSE_NO_RETRY");
            said.challenges = challenges(1);
        }
        Yes if data => said.accounts = Some(accounts(more)),
        Yes => {}
        YesWithoutId => said.request = None,
        Already => refuse(&mut said, if more & 1 == 0 { 200 } else { 400 }, "ALREADY_AUTHORIZED"),
        Pending => {
            let code = [Some("OPERATION_PENDING"), Some("OPERATION_DISPATCHED"), None][usize::from(more / 16 % 3)];
            status(&mut said, 202, code);
        }
        PendingWithAccounts => {
            status(&mut said, 202, Some("OPERATION_PENDING"));
            said.accounts = Some(accounts(more));
        }
        BlamesToken => {
            refuse(&mut said, 401, "UNAUTHORIZED");
            said.blames_token = true;
        }
        Unauthorized => refuse(&mut said, 401, "UNAUTHORIZED"),
        Gone => refuse(&mut said, 400, "SESSION_NONEXISTENT"),
        Expired => refuse(&mut said, 401, "SESSION_EXPIRED"),
        NotFound => refuse(&mut said, 401, "QUESTION_NOT_FOUND"),
        RetryLater => refuse(&mut said, 403, "RETRY_LATER"),
        TooMany => refuse(&mut said, [401, 403, 429][usize::from(how % 3)], "TOO_MANY_REQUESTS"),
        InUse => refuse(&mut said, 403, ["CONCURRENT_SESSION", "CARD_IN_USE"][usize::from(how % 2)]),
        InvalidLogin => refuse(&mut said, 401, "INVALID_LOGIN"),
        Denied => refuse(&mut said, 401, "ACCESS_DENIED"),
        Odd => {
            refuse(&mut said, [404, 409, 503, 418][usize::from(how % 4)], "BRAND_NEW_CODE");
            // Without a body's status HTTP's decides.
            said.status = None;
        }
        Broken => {
            status(&mut said, 500, None);
            (said.request, said.login) = (None, None);
        }
        Page => {
            said = Said { http: PAGES[usize::from(how) % PAGES.len()], retry_after: said.retry_after, ..Said::ok() };
            said.status = None;
            said.shape = [Shape::Html, Shape::Empty, Shape::Bare(false), Shape::Bare(true)][usize::from(more / 16 % 4)];
        }
        Redirected => {
            let redirect = REDIRECTS[usize::from(how) % REDIRECTS.len()];
            // The redirect is HTTP's, whatever the body is; or it is the body's own status.
            (said.http, said.status) = if more & 0x20 == 0 { (redirect, None) } else { (200, Some(redirect)) };
            said.accounts = (data && more & 0x40 == 0).then(|| accounts(more));
            if said.status.is_none() && more & 0x10 == 0 {
                said = Said { http: redirect, status: None, shape: Shape::Html, ..Said::ok() };
            }
        }
        OtherLogin => {
            said.login = Some(2);
            said.accounts = data.then(|| accounts(more));
        }
        OtherRequest | OtherAsks => {
            let fresh = (0..OTHER_REQUEST).find(|id| !model.requests().contains(id));
            said.request = fresh.filter(|_| how & 1 == 0).or(Some(OTHER_REQUEST));
            if saying == OtherRequest {
                said.accounts = Some(accounts(more));
            } else {
                status(&mut said, 203, None);
                said.challenges = challenges(1);
            }
        }
    }
    if let (Call::Cached { .. }, Shape::Json) = (call, said.shape) {
        let edge = model.fresh_from();
        said.last_refresh = match more / 16 % 8 {
            0 | 1 => Some(model.began() + 5_000),
            2 | 3 => Some(edge),
            4 => Some(edge - 1),
            5 => Some(edge + 1),
            6 => Some(edge - 86_400_000),
            _ => None,
        };
    } else if data {
        // Now and then none of the accounts can be read.
        said.malformed = how % 32 == 13 && said.accounts.is_some();
        said.last_refresh = (more & 0x40 == 0 && said.shape == Shape::Json).then_some(model.began() + 1_234);
    }
    // What belongs to a login cannot stand where no login is named.
    said.last_refresh = said.last_refresh.filter(|_| said.login.is_some());
    // HTTP says 200 while the body says what is so.
    if how & 0x80 != 0 && said.status.is_some() && said.shape == Shape::Json {
        said.http = 200;
    }
    said
}

/// A verified webhook, for both.
pub(super) fn delivery(model: &Model, summary: bool, kind: u8, how: u8, more: u8) -> (Delivery, webhook::Delivery) {
    let (current, oldest) = (model.requests().last().copied(), model.requests().first().copied());
    let request = match how % 8 {
        0..=3 => current,
        4 => oldest,
        5 => (0..OTHER_REQUEST).find(|id| !model.requests().contains(id)),
        6 => Some(OTHER_REQUEST),
        _ => None,
    };
    let login = match how / 8 % 8 {
        0..=2 => None,
        3..=5 => model.login().or(Some(0)),
        6 => model.login().or(Some(1)),
        _ => Some(2),
    };
    let tag = match more % 4 {
        0 | 1 => model.tag(),
        2 => Some(1),
        _ => None,
    };
    let data = |summary| if summary { "GetAccountsSummary" } else { "GetAccountsDetail" };
    let chosen = kind;
    let (kind, accounts, pending) = match chosen {
        0..=129 => (data(summary), Some(accounts(more)), false),
        130..=164 => (data(!summary), Some(accounts(more)), false),
        165..=174 => (data(summary), Some(accounts(more)), true),
        175..=184 => (data(summary), None, false),
        185..=214 => ("KYC", None, false),
        215..=224 => (data(summary), (more & 1 == 0).then(|| accounts(more)), false),
        225..=239 => (data(summary), None, false),
        _ => ("BrandNewType", Some(accounts(more)), false),
    };
    let (status, code) = match (chosen, how / 64) {
        (215..=224, 0 | 1) => (401, Some("SESSION_EXPIRED")),
        (215..=224, _) => (500, None),
        (225..=239, _) => (203, None),
        _ if pending => (202, None),
        _ => (200, None),
    };
    let last_refresh = (more & 0x08 == 0 && login.is_some()).then_some(model.began() + 2_345);
    let said = Said {
        status: (status != 200 || how & 0x80 == 0).then_some(status),
        code,
        request,
        login,
        last_refresh,
        challenges: if status == 203 && more & 0x10 == 0 { vec![7] } else { vec![] },
        malformed: how % 16 == 9 && accounts.is_some(),
        accounts,
        institution: (how & 1 == 0).then_some(2),
        ..Said::ok()
    };
    let delivery = Delivery { kind, tag, said };
    let verified = webhook_of(&delivery, how & 0x40 != 0, more & 1);
    (delivery, verified)
}

/// A webhook as it is signed. `upper` writes the ids in capitals.
pub(super) fn webhook_of(delivery: &Delivery, upper: bool, header: u8) -> webhook::Delivery {
    let Delivery { kind, tag, said } = delivery;
    let tag = tag.map_or(String::new(), |tag| format!(r#","Tag":"{}""#, TAGS[usize::from(tag)]));
    let plain = on_the_wire(said, upper).body;
    let rest = String::from_utf8(plain).expect("JSON is text").split_off(1);
    let comma = if rest == "}" { "" } else { "," };
    let body = format!(r#"{{"ResponseType":"{kind}"{tag}{comma}{rest}"#);
    let key = reconnect_core::Secret::from("a key");
    let signature = webhook::sign(body.as_bytes(), &key);
    let name = webhook::SIGNATURE_HEADERS[usize::from(header)];
    let verified = webhook::verify([(name, signature.as_str())], body.as_bytes(), &[key]);
    verified.expect("what was signed is verified")
}

/// The accounts of a reply, in an order of its own; now and then one of them twice (decision 36).
fn accounts(more: u8) -> Vec<u8> {
    match more / 16 % 8 {
        0 | 1 => vec![3, 0, 1, 2, 4],
        2 => vec![1],
        3 => vec![2, 0],
        4 => vec![4],
        5 => vec![],
        6 => vec![0, 1],
        _ => vec![4, 2, 1, 2],
    }
}

/// The same as HTTP has it. `upper` writes the ids in capitals, which changes nothing (decision 35).
pub(super) fn on_the_wire(said: &Said, upper: bool) -> Reply {
    let case = |id: &str| if upper { id.to_ascii_uppercase() } else { id.to_owned() };
    let mut headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    if let Some(seconds) = said.retry_after {
        headers.push(("retry-After".to_owned(), seconds.to_string()));
    }
    if let Some(at) = said.retry_at {
        headers.push(("Retry-After".to_owned(), http_date(at)));
    }
    let body = match said.shape {
        Shape::Empty => String::new(),
        Shape::Html => "<html>Bad Gateway</html>".to_owned(),
        Shape::Bare(false) => "{}".to_owned(),
        Shape::Bare(true) => r#"{"message":"Forbidden"}"#.to_owned(),
        Shape::Json => {
            let mut parts: Vec<String> = Vec::new();
            if let Some(status) = said.status {
                parts.push(format!(r#""HttpStatusCode":{status}"#));
            }
            if let Some(code) = said.code {
                parts.push(format!(r#""FlinksCode":"{code}""#));
            }
            if said.blames_token {
                parts.push(r#""Message":"The Authorize Token is not valid""#.to_owned());
            }
            if let Some(request) = said.request {
                parts.push(format!(r#""RequestId":"{}""#, case(REQUESTS[usize::from(request)])));
            }
            if let Some(login) = said.login {
                let fresh = said.last_refresh.map(|at| format!(r#","LastRefresh":"{}""#, day_and_time(at)));
                let id = case(LOGINS[usize::from(login)]);
                parts.push(format!(
                    r#""Login":{{"Id":"{id}","Username":"{CANARY}-USER"{}}}"#,
                    fresh.unwrap_or_default()
                ));
            }
            if let Some(institution) = said.institution {
                parts.push(format!(r#""Institution":"{}""#, INSTITUTIONS[usize::from(institution)]));
            }
            if !said.challenges.is_empty() {
                let each = said.challenges.iter().map(|n| {
                    format!(
                        r#"{{"Type":"QuestionAndAnswer","Prompt":"{}","Iterables":["{}"]}}"#,
                        prompt(*n),
                        choice(*n)
                    )
                });
                parts.push(format!(r#""SecurityChallenges":[{}]"#, each.collect::<Vec<_>>().join(",")));
            }
            if let Some(accounts) = &said.accounts {
                let each =
                    |one: &u8| format!(r#"{{"Title":"{CANARY}-TITLE","Id":"{}"}}"#, case(ACCOUNTS[usize::from(*one)]));
                let each = match said.malformed {
                    true => vec![format!(r#"{{"Title":"{CANARY}-TITLE"}}"#)],
                    false => accounts.iter().map(each).collect(),
                };
                parts.push(format!(r#""Accounts":[{}]"#, each.join(",")));
            }
            if let Some(token) = said.token {
                parts.push(format!(r#""Token":"{}""#, token_text(token)));
            }
            format!("{{{}}}", parts.join(","))
        }
    };
    Reply { status: said.http, headers, body: body.into_bytes() }
}

pub(super) fn prompt(challenge: u64) -> String {
    format!("{CANARY}-PROMPT-{challenge}")
}

pub(super) fn choice(challenge: u64) -> String {
    format!("{CANARY}-CHOICE-{challenge}")
}

pub(super) fn token_text(token: u64) -> String {
    format!("{CANARY}-TOKEN-{token}.")
}

/// The number behind a text that one of the functions above wrote.
pub(super) fn number(text: &str) -> u64 {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(u64::MAX)
}

/// `2026-05-28T20:28:43.457Z`.
fn day_and_time(at: Millis) -> String {
    humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_millis(at)).to_string()
}

/// `Thu, 28 May 2026 20:28:43 GMT`.
fn http_date(at: Millis) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(at))
}

/// A fault, for both.
pub(super) fn fault(kind: u8) -> (Came, Fault) {
    let (kind, unsent) = match kind % 16 {
        0..=5 => (FaultKind::Connect, true),
        6 => (FaultKind::NameNotFound, true),
        7 => (FaultKind::Timeout, false),
        8 => (FaultKind::Connect, false),
        9 => (FaultKind::Garbled, false),
        10 => (FaultKind::Lost, false),
        11 => (FaultKind::Encoded, false),
        12 => (FaultKind::HeadTooLarge, false),
        13 => (FaultKind::Untrusted, true),
        14 => (FaultKind::Proxy, true),
        _ => (FaultKind::TooLarge, false),
    };
    let reached = if unsent { Reached::No } else { Reached::Maybe };
    let setup = matches!(kind, FaultKind::Encoded | FaultKind::HeadTooLarge | FaultKind::Untrusted | FaultKind::Proxy);
    (Came::Fault { unsent, large: kind == FaultKind::TooLarge, setup }, Fault { kind, reached })
}

/// News, for both.
pub(super) fn news(model: &Model, kind: u8, how: u8, more: u8) -> (News, ConnectNews) {
    let current = model.requests().last().copied();
    let request = match how % 8 {
        0..=2 => None,
        3 | 4 => current,
        5 => model.requests().first().copied(),
        6 => Some(OTHER_REQUEST),
        _ => Some(BROWSERS_REQUEST),
    };
    let login = match how / 8 % 8 {
        0..=2 => Some(0),
        3 => Some(1),
        4 => Some(BROWSERS_LOGIN),
        _ => None,
    };
    let accounts: Vec<u8> = match more % 16 {
        0..=5 => vec![],
        6 | 7 => vec![1],
        8 => vec![0, 2],
        9 => vec![2, 0],
        10 | 11 => vec![2, 1, 0],
        12 => vec![0, 1, 2, 3, 4],
        13 => vec![4],
        14 => vec![EVIL, 1],
        _ => vec![EVIL],
    };
    let kind = match kind {
        0..=109 => NewsKind::Redirect,
        110..=149 => NewsKind::Progress,
        150..=174 => NewsKind::Close,
        175..=194 => NewsKind::Error("INVALID_SECURITY_RESPONSE"),
        195..=199 if login.is_none() && request.is_some() => NewsKind::Error("QUESTION_NOT_FOUND"),
        195..=204 => NewsKind::Error("RETRY_LATER"),
        205..=230 => NewsKind::TokenInvalid,
        231..=238 => NewsKind::Ends("MAXIMUM_RETRY_REACHED"),
        239..=246 => NewsKind::Ends("COMPONENT_DENY_CONSENT"),
        _ => NewsKind::Ends("COMPONENT_DENY_TERMS"),
    };
    let news = News { kind, login, request, accounts };
    let read = on_the_page(&news, how.wrapping_add(more));
    (news, read)
}

/// What a page heard in a first connection of session 0.
pub(super) fn watch(heard: Millis, institution: Option<u8>, accounts: &[u8]) -> Watch {
    let mut text = format!(r#"{{"step":"COMPONENT_LOAD_MFA","requestId":"{}""#, REQUESTS[0]);
    // Writing to a String cannot fail.
    let _ = institution.map(|one| write!(text, r#","institution":"{}""#, INSTITUTIONS[usize::from(one)]));
    let ids = accounts.iter().map(|one| ACCOUNTS[usize::from(*one)]).collect::<Vec<_>>();
    if !ids.is_empty() {
        let _ = write!(text, r#","accountId":["{}"]"#, ids.join(r#"",""#));
    }
    text.push('}');
    let mut watch = Watch::new();
    watch.heard(moment(heard), &ConnectNews::read(&text).expect("the widget's own news is news"));
    watch
}

/// News as the widget says it: an event, or a redirect's URL if it can be one.
pub(super) fn on_the_page(news: &News, form: u8) -> ConnectNews {
    let News { kind, login, request, accounts } = news;
    let ids = accounts.iter().map(|one| ACCOUNTS[usize::from(*one)]).collect::<Vec<_>>();
    let mut text = String::new();
    let (login_text, request_text) =
        (login.map(|login| LOGINS[usize::from(login)]), request.map(|request| REQUESTS[usize::from(request)]));
    let step = match kind {
        // It has to name a login to be the URL of a redirect, and a session to be that of anything else.
        NewsKind::Redirect if login.is_some() && form % 2 == 1 => None,
        NewsKind::Error("QUESTION_NOT_FOUND") => None,
        NewsKind::Progress if login.is_none() && request.is_some() && form % 4 == 1 => None,
        NewsKind::Redirect => Some("REDIRECT"),
        NewsKind::Progress if form % 4 == 2 => Some("BRAND_NEW_STEP"),
        NewsKind::Progress => Some("SUBMIT_MFA"),
        NewsKind::Close => Some("COMPONENT_CLOSE_SESSION"),
        NewsKind::TokenInvalid => Some("TOKEN_INVALID"),
        NewsKind::Error(code) | NewsKind::Ends(code) => Some(*code),
    };
    // Writing to a String cannot fail.
    let _ = match step {
        Some(step) => {
            let _ = write!(text, r#"{{"step":"{step}""#);
            login_text.map(|id| write!(text, r#","loginId":"{id}""#));
            request_text.map(|id| write!(text, r#","requestId":"{id}""#));
            if !ids.is_empty() {
                let _ = write!(text, r#","accountId":["{}"]"#, ids.join(r#"",""#));
            }
            write!(text, "}}")
        }
        None => {
            let _ = write!(text, "https://app.example/back?lead=7");
            login_text.map(|id| write!(text, "&loginId={id}"));
            request_text.map(|id| write!(text, "&requestId={id}"));
            if !ids.is_empty() {
                let _ = write!(text, "&accountId={}", ids.join("%2C"));
            }
            if let NewsKind::Error(code) = kind {
                let _ = write!(text, "&flinksCode={code}");
            }
            write!(text, "&institution=FlinksCapital")
        }
    };
    ConnectNews::read(&text).expect("the widget's own news is news")
}
