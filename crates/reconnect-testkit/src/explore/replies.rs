//! What the service may say in an exploration: one reply for each thing that a session tells apart, as JSON.

#![allow(clippy::wildcard_enum_match_arm, reason = "of these enums the other arms are all alike")]

use super::{
    letter::Says::{self, *},
    place::Place,
    seat::{BEGIN, TICK},
    worlds::SKEW,
};
use reconnect_core::Reply;

/// What may be said to which call.
pub(super) fn to(kind: &str) -> &'static [Says] {
    match kind {
        "mint" => &[Token, Unauthorized, Later, LaterLong, Garbled, Page, PageNoWay, Moved],
        "mintShow" => &[Token, Refused, Later, Page],
        "live" => &[
            Asks,
            AsksBare,
            Authorized,
            NoId,
            Pending,
            BlamesToken,
            Later,
            InUse,
            Refused,
            NotFound,
            MfaPending,
            Page,
            PageNoWay,
            PageLater,
            Moved,
            OtherLogin,
        ],
        "answer" => &[
            Asks,
            AsksAgain,
            Wrong,
            LastWrong,
            Authorized,
            NoId,
            Pending,
            BlamesToken,
            Refused,
            Gone,
            Page,
            OtherLogin,
        ],
        "status" => {
            &[Asks, Authorized, Pending, PendingLonger, BlamesToken, Later, Gone, Refused, MfaPending, Page, OtherLogin]
        }
        "data" | "poll" => &[
            Accounts,
            AccountsElsewhere,
            AsksAgain,
            AsksOther,
            Wrong,
            Pending,
            PendingLonger,
            Unauthorized,
            Gone,
            Later,
            LaterSoon,
            LaterLong,
            InUse,
            Refused,
            BadKey,
            Garbled,
            Page,
            PagePending,
            PageLater,
            Moved,
            OtherLogin,
            OtherRequest,
        ],
        "cached" => &[Believed, TooOld, NoId, Asks, AsksAgain, NotFound, BlamesToken, Later, Refused, Page, OtherLogin],
        other => panic!("no replies for a call of the kind {other}"),
    }
}

/// What may be said so late that the call was given up.
pub(super) fn late(kind: &str) -> &'static [Says] {
    match kind {
        "live" => &[Asks, Authorized, NoId, Pending, BlamesToken, Refused, Page, Moved, OtherLogin],
        _ => &[AsksAgain, Wrong, Authorized, Pending, BlamesToken, Refused, Page, Moved, OtherLogin],
    }
}

/// The reply that says it, to a call of this kind.
pub(super) fn reply(says: Says, kind: &str, place: &Place<'_>) -> Reply {
    let opens = matches!(kind, "live" | "cached") || says == Asks;
    let request = if opens { place.fresh() } else { place.current() };
    let ours = place.login();
    let mut headers = Vec::new();
    let mut after = |seconds: &str| headers.push(("retry-after".to_owned(), seconds.to_owned()));
    match says {
        LaterSoon | PendingLonger => after("2"),
        LaterLong => after("60"),
        PageLater => after("2"),
        _ => {}
    }
    let other = r#""SecurityChallenges":[{"Type":"QuestionAndAnswer","Prompt":"r"}]"#;
    let challenge = r#""SecurityChallenges":[{"Type":"QuestionAndAnswer","Prompt":"p"}]"#;
    let code = |status: u16, code: &str| (status, format!(r#""FlinksCode":"{code}""#));
    let named = |status: u16, rest: &str| {
        let comma = if rest.is_empty() { "" } else { "," };
        (status, format!(r#""HttpStatusCode":{status},"RequestId":"{request}"{comma}{rest}"#))
    };
    let fresh = |ticks_before: u64| {
        let at = day_and_time(place.began() - ticks_before * TICK);
        named(200, &format!(r#""Login":{{"Id":"{ours}","LastRefresh":"{at}"}}"#))
    };
    let (status, fields) = match says {
        Token => (200, r#""HttpStatusCode":200,"Token":"t""#.to_owned()),
        Asks | AsksAgain => named(203, challenge),
        AsksOther => named(203, other),
        AsksBare => named(203, ""),
        Wrong => named(401, &format!(r#""FlinksCode":"INVALID_SECURITY_RESPONSE",{challenge}"#)),
        LastWrong => named(401, &format!(r#""FlinksCode":"INVALID_SECURITY_RESPONSE_NO_RETRY",{challenge}"#)),
        Authorized => named(200, ""),
        NoId => (200, r#""HttpStatusCode":200"#.to_owned()),
        Believed => fresh(SKEW),
        TooOld => fresh(SKEW + 1),
        Pending | PendingLonger if matches!(kind, "data" | "poll") => {
            named(202, &format!(r#""Login":{{"Id":"{ours}"}}"#))
        }
        Pending | PendingLonger => named(202, ""),
        Accounts => named(200, &format!(r#""Login":{{"Id":"{ours}"}},"Accounts":[{{"Id":"a"}},{{"Id":"b"}}]"#)),
        AccountsElsewhere => {
            let accounts = r#""Accounts":[{"Id":"a"},{"Id":"b"}]"#;
            (200, format!(r#""HttpStatusCode":200,"RequestId":"elsewhere","Login":{{"Id":"{ours}"}},{accounts}"#))
        }
        BlamesToken => (401, r#""FlinksCode":"UNAUTHORIZED","Message":"The authorize token is not valid""#.to_owned()),
        Unauthorized => code(401, "UNAUTHORIZED"),
        Gone => code(400, "SESSION_NONEXISTENT"),
        NotFound => code(401, "QUESTION_NOT_FOUND"),
        MfaPending => named(401, r#""FlinksCode":"QUESTION_NOT_FOUND""#),
        Later | LaterSoon | LaterLong => code(403, "RETRY_LATER"),
        InUse => code(403, "CONCURRENT_SESSION"),
        Refused => code(401, "DISABLED_LOGIN"),
        BadKey => code(401, "ACCESS_DENIED"),
        Garbled => (200, r#""HttpStatusCode":200"#.to_owned()),
        Page | PageNoWay | PagePending | PageLater => {
            let status = match says {
                PageNoWay => 403,
                PagePending => 202,
                PageLater => 429,
                _ => 502,
            };
            return Reply { status, headers, body: b"<html>".to_vec() };
        }
        Moved => return Reply { status: 302, headers, body: Vec::new() },
        OtherLogin => named(200, r#""Login":{"Id":"stranger"},"Accounts":[{"Id":"a"}]"#),
        OtherRequest => (200, r#""HttpStatusCode":200,"RequestId":"stranger","Accounts":[{"Id":"a"}]"#.to_owned()),
    };
    Reply { status, headers, body: format!("{{{fields}}}").into_bytes() }
}

/// `2026-05-28T20:28:43Z`, on the day on which explorations begin.
fn day_and_time(at: u64) -> String {
    let (day, of_day) = (at / 86_400_000, at % 86_400_000 / 1_000);
    assert_eq!(day, BEGIN.as_millis() / 86_400_000, "explorations end on the day on which they began");
    format!("2026-05-28T{:02}:{:02}:{:02}Z", of_day / 3_600, of_day / 60 % 60, of_day % 60)
}
