//! The three common use cases of the Reconnect page, and what every other reply to a cached `/Authorize` comes to.

use core::time::Duration;
use reconnect_calls::reasons::{
    Because, CREDENTIALS_LIFE, Due, Nightly, Standing, Tolerance, by_age, expires, from_cached, from_nightly, is_due,
};
use reconnect_core::reply::{self, ReplyError};
use reconnect_core::{Advice, FlinksCode, Reply, RequestId, Timestamp};
use reconnect_testkit::fixtures;

const DAY: Duration = Duration::from_secs(86_400);
const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);

fn cached(status: u16, body: &str, now: Timestamp, tolerance: impl Into<Tolerance>) -> Standing {
    let reply = Reply { status, headers: Vec::new(), body: body.into() };
    from_cached(&reply::authorize(&reply), now, tolerance)
}

//= docs/spec/other-endpoints.md#nightly-refresh
//# **ENDP-9** A client SHOULD offer a Reconnect for each login in `IneligibleCards`, with `LastRefreshState` (such as
//# `AnsweringSecurityChallenge`) and `LastRefreshErrorCode` (which may be null) as the reason.
//= docs/spec/other-endpoints.md#nightly-refresh
//# **ENDP-11** A client MUST read `LastRefreshDate` as it reads `LastRefresh`.
/// "Refreshing data when Nightly Refresh has failed for an account"
#[test]
fn nightly_failed() {
    let body: serde_json::Value =
        serde_json::from_str(&fixtures::text("server/get-nightly-refresh-status-200")).expect("a fixture is JSON");
    let card = &body["IneligibleCards"][0];
    let entry = Nightly {
        date: card["LastRefreshDate"].as_str(),
        state: card["LastRefreshState"].as_str(),
        code: card["LastRefreshErrorCode"].as_str(),
    };
    let due = from_nightly(&entry);
    let Because::NightlyFailed { state, code } = &due.because else { panic!("{due:?}") };
    assert_eq!((state.as_deref(), code), (Some("AnsweringSecurityChallenge"), &None));
    assert_eq!(due.last_refresh.map(Timestamp::as_millis), Some(1_592_450_794_685));
    assert_eq!(due.advice(), Advice::AskTheUser);

    // Each code that such a list may hold, and the way back.
    for code in FlinksCode::KNOWN {
        let due = from_nightly(&Nightly { code: Some(code.as_str()), ..entry });
        let way = match code.advice() {
            _ if code.session_is_gone() => Advice::AskTheUser,
            None | Some(Advice::TryLater) => Advice::AskTheUser,
            Some(advice) => advice,
        };
        assert_eq!(due.advice(), way, "{code}");
    }
    let odd = from_nightly(&Nightly { date: Some("0001-01-01T00:00:00"), state: Some(""), code: Some("") });
    assert_eq!(odd.last_refresh, None);
    assert_eq!(odd.because, Because::NightlyFailed { state: None, code: None });
}

//= docs/spec/other-endpoints.md#nightly-refresh
//# **ENDP-15** A client SHOULD judge the age of stored data by the `LastRefresh` of a cached `/Authorize`, and start a
//# live refresh if it is too old.
/// "Collecting updated transaction history on demand"
#[test]
fn on_demand_history() {
    let body = fixtures::text("server/authorize-200-cached");
    let last = Timestamp::from_millis(1_769_028_467_145);
    let at = |now, tolerance| cached(200, &body, now, tolerance);
    let is_old = |standing| matches!(standing, Standing::Due(due) if due.because == Because::TooOld && due.last_refresh == Some(last));

    // A report wants data that is at most a day old: one tick before, at, and after.
    let end = last + DAY;
    assert_eq!(at(end.before(Duration::from_millis(1)), DAY), Standing::Fresh { until: end });
    assert!(is_old(at(end, DAY)));
    assert!(is_old(at(end + Duration::from_millis(1), DAY)));
    // The user asks for newer data now: nothing stored is new enough, not even what is from this very moment.
    assert!(is_old(at(last, Duration::ZERO)));
    // A clock that jumped back neither makes fresh data due nor keeps it fresh for longer.
    let early = last.before(DAY);
    assert_eq!(at(early, DAY), Standing::Fresh { until: last });

    let never = body.replace("2026-01-21T20:47:47.145999", "0001-01-01T00:00:00");
    let Standing::Due(due) = cached(200, &never, NOW, DAY) else { panic!("it was never refreshed") };
    assert_eq!((due.because.clone(), due.last_refresh, due.advice()), (Because::TooOld, None, Advice::AskTheUser));
    assert_eq!(by_age(None, NOW, DAY), Standing::Due(due));
    for ms in [-1_i64, 0, 1] {
        let now = Timestamp::from_millis(end.as_millis().saturating_add_signed(ms));
        assert_eq!(is_due(Some(last), now, DAY), ms >= 0, "{ms}");
    }
}

//= docs/spec/reconnect.md#refresh-a-stored-loginid
//# **RECO-15** A client SHOULD be usable if nightly refresh failed, if fresh data is wanted now, and if the answers at
//# the bank have changed.
/// "Re-authorizing when an account's MFA answers have changed at the bank"
#[test]
fn answers_changed() {
    let event = fixtures::text("client/event-flinkscode");
    let code = reconnect_core::connect::ConnectNews::read(&event).expect("news").code.expect("a code");
    // The help article's body: the code of the fixture, and a session in which the stored data can be fetched.
    let body = format!(
        r#"{{"HttpStatusCode":401,"FlinksCode":"{code}","RequestId":"r-1","Institution":"FlinksCapital",
            "Login":{{"LastRefresh":"2026-01-21T20:47:47.145999"}}}}"#
    );
    let Standing::Due(due) = cached(401, &body, NOW, DAY) else { panic!("it is due") };
    let stored = Some(RequestId::new("r-1").expect("an id"));
    assert_eq!(due.because, Because::AnswerMissing { stored });
    assert_eq!(due.last_refresh.map(Timestamp::as_millis), Some(1_769_028_467_145));
    assert_eq!(due.advice(), Advice::AskTheUser);
    // It is due however young the stored data is: the next live refresh will fail without the user.
    assert!(matches!(cached(401, &body, Timestamp::from_millis(1_769_028_467_146), DAY), Standing::Due(_)));

    // The bank asks at this moment: that session can be resumed.
    let Standing::Due(due) = cached(203, &fixtures::text("server/authorize-203-question-and-answer"), NOW, DAY) else {
        panic!("it is due")
    };
    assert!(matches!(&due.because, Because::Asked { request: Some(_) }));
    let row = serde_json::to_string(&due).expect("plain data");
    assert!(row.starts_with(r#"{"because":{"asked":{"request":""#), "{row}");
    assert_eq!(serde_json::from_str::<Due>(&row).expect("what was parked"), due);
}

//= docs/spec/lifetimes.md#loginid
//# **LIFE-22** A client SHOULD tell from when on the bank credentials behind a `loginId` may be gone, which is 30 days
//# after the last refresh.
//= docs/spec/lifetimes.md#loginid
//# **LIFE-23** A client MUST NOT refuse a refresh because of the 30 days of LIFE-22.
#[test]
fn decision_70_credentials_may_be_gone_after_30_days_and_nothing_is_refused() {
    let body = fixtures::text("server/authorize-200-cached");
    let last = Timestamp::from_millis(1_769_028_467_145);
    let moment = expires(Some(last), CREDENTIALS_LIFE).expect("it was refreshed");
    assert_eq!(moment, last + 30 * DAY);
    assert_eq!(expires(None, CREDENTIALS_LIFE), None);
    let tick = Duration::from_millis(1);
    let because = |now, tolerance: Tolerance| match cached(200, &body, now, tolerance) {
        Standing::Due(due) => {
            // It is advice only: the way back is a live refresh in any case.
            assert_eq!((due.advice(), due.last_refresh), (Advice::AskTheUser, Some(last)));
            Some(due.because)
        }
        Standing::Fresh { .. } => None,
        Standing::Unclear(advice) => panic!("{advice:?}"),
    };
    // One tick before, at, and after; on demand and by age.
    for tolerance in [Tolerance::from(Duration::ZERO), Tolerance::from(DAY), (29 * DAY).into(), (30 * DAY).into()] {
        let before = (tolerance.age < 30 * DAY).then_some(Because::TooOld);
        assert_eq!(because(moment.before(tick), tolerance), before, "{tolerance:?}");
        assert_eq!(because(moment, tolerance), Some(Because::CredentialsMayBeGone), "{tolerance:?}");
        assert_eq!(because(moment + tick, tolerance), Some(Because::CredentialsMayBeGone), "{tolerance:?}");
    }
    // Data that is young enough for the caller stays so, whatever happens to the credentials.
    assert_eq!(because(moment, (31 * DAY).into()), None);
    // Another life of credentials, and none.
    let week = Tolerance::from(DAY).credentials_for(7 * DAY);
    assert_eq!(because((last + 7 * DAY).before(tick), week), Some(Because::TooOld));
    assert_eq!(because(last + 7 * DAY, week), Some(Because::CredentialsMayBeGone));
    assert_eq!(because(last + 9_999 * DAY, week.credentials_for(Duration::MAX)), Some(Because::TooOld));
    // A login that was never refreshed has no such credentials, and a clock that jumped back does not remove any.
    assert!(matches!(by_age(None, NOW, DAY), Standing::Due(due) if due.because == Because::TooOld));
    assert!(
        matches!(by_age(Some(last), last.before(99 * DAY), Duration::ZERO), Standing::Due(due) if due.because == Because::TooOld)
    );

    // A known refusal comes first: the 30 days are only a guess.
    let code =
        r#"{"HttpStatusCode":401,"FlinksCode":"INVALID_PASSWORD","Login":{"LastRefresh":"2026-01-21T20:47:47"}}"#;
    let Standing::Due(due) = cached(401, code, moment + DAY, DAY) else { panic!("it is due") };
    assert!(matches!(due.because, Because::Refused { .. }) && due.advice() == Advice::StartOver);

    let Standing::Due(due) = by_age(Some(last), moment, DAY) else { panic!("it is due") };
    let row = serde_json::to_string(&due).expect("plain data");
    assert_eq!(row, r#"{"because":"credentialsMayBeGone","lastRefresh":1769028467145}"#);
    assert_eq!(serde_json::from_str::<Due>(&row).expect("what was parked"), due);
}

#[test]
fn every_other_reply_to_a_cached_authorize() {
    use Advice::{ActAtTheBank, AskTheUser, FixTheSetup, StartOver, TryLater};
    let refused = |code: &str| format!(r#"{{"HttpStatusCode":401,"FlinksCode":"{code}"}}"#);
    for code in FlinksCode::KNOWN {
        let standing = cached(401, &refused(code.as_str()), NOW, DAY);
        let says = match &standing {
            Standing::Due(due) => Ok(due.advice()),
            Standing::Unclear(advice) => Err(*advice),
            Standing::Fresh { .. } => panic!("{code}"),
        };
        let expected = match code.advice() {
            _ if code.session_is_gone() => Ok(AskTheUser),
            Some(unclear @ (TryLater | FixTheSetup)) => Err(unclear),
            Some(advice) => Ok(advice),
            // A code of success with an error's status.
            None if *code == FlinksCode::AlreadyAuthorized => Ok(AskTheUser),
            None => Ok(StartOver),
        };
        assert_eq!(says, expected, "{code}");
    }
    let table = [
        (
            401,
            refused("UNAUTHORIZED").replace('}', r#","Message":"You must provide a valid authorize token"}"#),
            Err(TryLater),
        ),
        (401, refused("UNAUTHORIZED"), Ok(ActAtTheBank)),
        (202, r#"{"HttpStatusCode":202,"FlinksCode":"OPERATION_PENDING","RequestId":"r"}"#.to_owned(), Err(TryLater)),
        (503, "<html>".to_owned(), Err(TryLater)),
        (503, "{}".to_owned(), Err(TryLater)),
        (404, "{}".to_owned(), Err(FixTheSetup)),
        (403, refused("BRAND_NEW").replace("401", "403"), Err(FixTheSetup)),
        (401, refused("BRAND_NEW"), Ok(StartOver)),
    ];
    for (status, body, expected) in table {
        let says = match cached(status, &body, NOW, DAY) {
            Standing::Due(due) => Ok(due.advice()),
            Standing::Unclear(advice) => Err(advice),
            Standing::Fresh { .. } => panic!("{body}"),
        };
        assert_eq!(says, expected, "{status} {body}");
    }
    // Another endpoint's reply says nothing of the connection, nor does one that is too large.
    assert_eq!(cached(200, r#"{"Accounts":[]}"#, NOW, DAY), Standing::Unclear(TryLater));
    let large = from_cached(&Err(ReplyError::TooLarge { status: 200 }), NOW, DAY);
    assert_eq!(large, Standing::Unclear(FixTheSetup));
}
