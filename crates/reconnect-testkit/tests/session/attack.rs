//! Attacks that were tried once, and two walks that went wrong without an attacker. Attacks by keys, addresses and long
//! lists are in `outside.rs`.

#![expect(clippy::unwrap_used, reason = "a test may unwrap: its panic is the report")]

use core::{cell::RefCell, time::Duration};
use reconnect_core::connect::ConnectNews;
use reconnect_core::drive::{Next, Plan, StoredSession};
use reconnect_core::{
    Action, Answers, DriveError, Event, Fault, FaultKind, Heard, Instance, Keys, Known, LoginId, Mfa, Outcome, Policy,
    Reason, Recovery, Rendered, Reply, Request, RequestId, Selection, Session, Snapshot, Stage, Stepped, StoreError,
    Timestamp,
};
use reconnect_testkit::walks::{self, reply};

const T0: u64 = 1_780_000_000_000;
const MINUTE: u64 = 60_000;
const NOT_YET: &str = r#"{"HttpStatusCode":401,"FlinksCode":"UNAUTHORIZED","Message":"x"}"#;
const ASKS: &str = r#"{"HttpStatusCode":203,"RequestId":"req-1","SecurityChallenges":[{"Type":"QuestionAndAnswer","Prompt":"Code?"}]}"#;
const OK: &str = r#"{"HttpStatusCode":200,"RequestId":"req-1","Login":{"Id":"login-1"}}"#;
const TWO: &str = r#"{"RequestId":"req-1","Accounts":[{"Id":"acc-1"},{"Id":"acc-2"}]}"#;
const RETURN: &str = r#"{"step":"REDIRECT","loginId":"login-1","requestId":"req-1","accountId":["acc-1","acc-2"]}"#;

fn ts(ms: u64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn news(text: &str) -> ConnectNews {
    ConnectNews::read(text).unwrap()
}

#[track_caller]
fn sent(session: &mut Session, now: u64) -> Request {
    walks::sent(session, ts(now))
}

fn refresh(login: &str, policy: Policy, now: u64) -> Session {
    Session::refresh(LoginId::new(login).unwrap(), Known::at(&instance()), Selection::all(), policy, ts(now))
}

/// A session whose live call goes out at `T0`.
fn live(policy: Policy) -> (Session, Request) {
    let mut session = refresh("login-1", policy, T0);
    let mint = sent(&mut session, T0);
    session.receive(ts(T0), mint.id, Ok(&reply(200, r#"{"Token":"t"}"#)));
    let live = sent(&mut session, T0);
    (session, live)
}

fn asking(policy: Policy) -> Session {
    let (mut session, live) = live(policy);
    session.receive(ts(T0 + 10), live.id, Ok(&reply(203, ASKS)));
    session
}

fn by_api() -> Policy {
    let mut policy = Policy::default();
    policy.mfa = Mfa::WidgetOrApi;
    policy
}

fn instance() -> Instance {
    Instance::named("toolbox", "c").unwrap()
}

fn keys() -> Keys {
    Keys { secret: Some("k".into()), api: None }
}

/// The store of `docs/guide/persistence.md`. A swap compares the revision that was loaded, and the id of the row's
/// session.
#[derive(Default)]
struct Row(RefCell<Option<Snapshot>>);

impl Row {
    fn load(&self) -> Option<Snapshot> {
        self.0.borrow().clone()
    }

    fn swap(&self, loaded: Option<u64>, new: &Snapshot) -> Result<(), StoreError> {
        let mut row = self.0.borrow_mut();
        let fits =
            row.as_ref().map(Snapshot::revision) == loaded && row.as_ref().is_none_or(|row| row.id() == new.id());
        if !fits {
            return Err(StoreError::Conflict);
        }
        *row = Some(new.clone());
        Ok(())
    }
}

/// The loop of `drive.rs`, at one moment, with a closure for the wire.
fn step(
    session: &mut StoredSession,
    row: &Row,
    now: u64,
    wire: &mut dyn FnMut(&Rendered) -> Result<Reply, Fault>,
) -> Result<Stepped, DriveError> {
    loop {
        let turn = session.turn(ts(now), &instance(), &keys())?;
        if let Some(Err(error)) = turn.snapshot().map(|snapshot| row.swap(session.loaded(), snapshot)) {
            error.is_conflict()?;
            session.reload(ts(now), row.load())?;
            continue;
        }
        match session.take(turn) {
            Next::Send(request) => {
                if let Some(flight) = session.begin_exchange(request.id, || ts(now)) {
                    flight.finish(wire(&request));
                }
            }
            Next::Stop(step) => return Ok(step),
        }
    }
}

//= docs/spec/reconnect.md#after-the-widget
//# **RECO-27** A client MUST NOT let an id that came from a browser enter a request, a URL or a stored selection.
#[test]
fn accounts_that_a_look_refuted_narrow_nothing() {
    let mut session = asking(Policy::default());
    session.returned(ts(T0 + 1_000), &news(r#"{"step":"REDIRECT","accountId":"EVIL-ID"}"#));
    let look = sent(&mut session, T0 + 1_000);
    assert!(!format!("{:?}", look.call).contains("EVIL"));
    session.receive(ts(T0 + 1_100), look.id, Ok(&reply(401, NOT_YET)));
    assert!(session.keep().is_all());
    let prompt = session.prompt(ts(T0 + 1_100)).unwrap();
    assert!(!prompt.connect_url(&instance()).expose().contains("EVIL"));
    assert!(!session.snapshot().to_json().contains("EVIL"));
    session.returned(ts(T0 + 60_000), &news(RETURN));
    let look = sent(&mut session, T0 + 60_000);
    session.receive(ts(T0 + 61_000), look.id, Ok(&reply(200, TWO)));
    let outcome = session.outcome();
    assert!(matches!(outcome, Some(Outcome::Refreshed(done)) if done.kept.len() == 2 && done.missing.is_empty()));
}

/// Two nodes are told the same answer; `first` is the reply to the first request. Gives how many answers were sent.
fn answers_sent(first: impl Fn() -> Result<Reply, Fault>) -> usize {
    let row = Row::default();
    row.swap(None, &asking(by_api()).snapshot()).unwrap();
    let (mut a, mut b) =
        (StoredSession::restore(row.load().unwrap()).unwrap(), StoredSession::restore(row.load().unwrap()).unwrap());
    for node in [&mut a, &mut b] {
        let prompt = node.prompt(ts(T0 + 5_000)).unwrap();
        let answers = Answers::to(&prompt).with("Code?", ["111111"]);
        node.tell(ts(T0 + 5_000), Event::Answered(answers)).unwrap();
    }
    let mut answers = 0;
    let mut wire = |request: &Rendered| match request.url.rsplit('/').next().unwrap() {
        "GenerateAuthorizeToken" => Ok(reply(200, r#"{"Token":"t2"}"#)),
        "Authorize" => {
            answers += 1;
            first()
        }
        _ => Ok(reply(401, NOT_YET)),
    };
    step(&mut a, &row, T0 + 5_000, &mut wire).unwrap();
    let stopped = step(&mut b, &row, T0 + 30_000, &mut wire);
    assert!(matches!(stopped, Ok(Stepped::Pause(_)) | Err(DriveError::Conflict)), "{stopped:?}");
    let now = restored(row.load().unwrap());
    assert_eq!((now.stage(), a.stage()), (Stage::Asking, Stage::Asking), "the user is asked again");
    answers
}

fn restored(snapshot: Snapshot) -> Session {
    Session::restore(snapshot).unwrap()
}

//= docs/spec/mfa.md#answers
//# **MFA-17** A client MUST send an answer at most once unless it surely did not reach the service.
#[test]
fn an_answer_that_two_nodes_were_told_is_sent_once() {
    let wrong = ASKS.replace("203,", r#"401,"FlinksCode":"INVALID_SECURITY_RESPONSE","#);
    assert_eq!(answers_sent(|| Ok(reply(401, &wrong))), 1);
}

#[test]
fn an_answer_whose_reply_was_lost_is_sent_for_no_other_prompt() {
    assert_eq!(answers_sent(|| Err(Fault::maybe(FaultKind::Timeout))), 1);
}

/// The redirect does nothing, since no `requestId` is known, and the late 203 is still taken and asks.
#[test]
fn a_hint_does_not_make_a_guess_final() {
    let (mut session, live) = live(Policy::default());
    let now = T0 + 241_000;
    let _ = session.poll(ts(now));
    assert!(matches!(session.outcome(), Some(Outcome::Failed(failure)) if failure.reason() == Reason::OutcomeUnknown));
    let before = session.snapshot();
    assert_eq!(session.returned(ts(now), &news(r#"{"step":"REDIRECT"}"#)), Heard::Knew);
    assert!(matches!(session.poll(ts(now)), Action::Pause(_)), "nothing is sent for it");
    assert_eq!(session.snapshot(), before);
    let late = session.receive(ts(now + 2_000), live.id, Ok(&reply(203, ASKS)));
    assert_eq!((late, session.stage()), (Heard::Took, Stage::Asking));
}

/// A lapse, a forged redirect, old stored data, and then the genuine webhook.
//= docs/spec/reconnect.md#keeping-a-session
//# **RECO-40** A client MUST mark a guess (lapsed, outcome unknown, ended in the widget) as one, MUST let a late reply,
//# a redirect or a signed delivery still correct it, and MUST fall back to that guess if a look that such news causes
//# brings nothing better.
#[test]
fn a_recall_that_brings_nothing_new_falls_back_to_its_guess() {
    let mut known = Known::at(&instance());
    (known.login, known.last_sent) = (Some(LoginId::new("login-1").unwrap()), Some(ts(T0 - 10 * MINUTE)));
    let request = RequestId::new("req-1").unwrap();
    let mut session = Session::resume(request, known, Selection::all(), Policy::default(), ts(T0));
    let guess = session.snapshot().to_json();
    let guess = &guess[guess.find(r#""phase""#).unwrap()..];
    assert_eq!(session.returned(ts(T0), &news(r#"{"step":"REDIRECT"}"#)), Heard::Took);
    let gone = r#"{"FlinksCode":"SESSION_EXPIRED"}"#;
    let old = r#"{"RequestId":"old","Login":{"Id":"login-1","LastRefresh":"2020-01-01T00:00:00"}}"#;
    for (status, body) in [(400, gone), (200, r#"{"Token":"t"}"#), (200, old)] {
        let request = sent(&mut session, T0);
        session.receive(ts(T0), request.id, Ok(&reply(status, body)));
    }
    assert!(session.snapshot().to_json().ends_with(guess), "the guess, its moment unchanged");
    let webhook = walks::delivered(r#"{"ResponseType":"KYC","RequestId":"req-1"}"#);
    assert_eq!(session.tell(ts(T0 + MINUTE), webhook), Ok(Heard::Took));
    assert_eq!(session.stage(), Stage::Fetching);
}

#[test]
fn a_login_that_forged_news_named_does_not_block_the_genuine_return() {
    let mut known = Known::default();
    known.last_sent = Some(ts(T0));
    let request = RequestId::new("req-1").unwrap();
    let start = Session::resume(request, known, Selection::all(), Policy::default(), ts(T0));
    for step in ["APP_RESIZE", "SUBMIT_MFA", "REDIRECT"] {
        let mut session = start.clone();
        session.returned(ts(T0 + 1_000), &news(&format!(r#"{{"step":"{step}","loginId":"login-of-MALLORY"}}"#)));
        if step == "REDIRECT" {
            let look = sent(&mut session, T0 + 1_000);
            session.receive(ts(T0 + 1_000), look.id, Ok(&reply(401, NOT_YET)));
        }
        for genuine in [
            r#"{"step":"REDIRECT","loginId":"login-of-ALICE","requestId":"req-1"}"#,
            "https://app.example/back?loginId=login-of-ALICE",
        ] {
            let mut session = session.clone();
            assert_eq!(session.returned(ts(T0 + 60_000), &news(genuine)), Heard::Took, "{step} {genuine}");
            assert_eq!(sent(&mut session, T0 + 60_000).call.endpoint(), "GetAccountsDetail");
        }
    }
}

#[test]
fn hints_keep_a_session_open_for_a_bounded_time() {
    let mut session = asking(Policy::default());
    let (hint, mut now, mut looks) = (news(r#"{"step":"REDIRECT"}"#), T0 + 10, 0);
    while now < T0 + 24 * 60 * MINUTE && session.outcome().is_none() {
        session.returned(ts(now), &hint);
        loop {
            match session.poll(ts(now)) {
                Action::Send(request) => {
                    looks += 1;
                    session.receive(ts(now), request.id, Ok(&reply(401, NOT_YET)));
                }
                Action::Wait { until } => now = until.as_millis(),
                Action::Pause(_) => break,
            }
        }
        now += 1_000;
    }
    assert!(looks <= 76, "{looks} looks");
    assert!(now <= T0 + 31 * MINUTE, "it lapses when hints slide it no further");
}

#[test]
fn a_row_of_another_login_is_refused() {
    let row = Row::default();
    row.swap(None, &refresh("login-of-ALICE", Policy::default(), T0).snapshot()).unwrap();
    let before = row.load();
    let plan = Plan::refresh(LoginId::new("login-of-BOB").unwrap());
    assert!(matches!(plan.restore(row.load().unwrap(), &instance()), Err(DriveError::OtherSession)));
    let mut bob = plan.session(ts(T0), &instance(), &keys());
    bob.tell(ts(T0), Event::Opened).unwrap();
    let mut wire = |_: &Rendered| -> Result<Reply, Fault> { panic!("nothing is sent") };
    assert!(matches!(step(&mut bob, &row, T0, &mut wire), Err(DriveError::OtherSession)));
    assert_eq!(bob.login().unwrap().as_str(), "login-of-BOB");
    assert_eq!(row.load(), before);
}

/// A row is deleted and begun anew, for the same login, while a node that was paused has the old session.
#[test]
fn a_paused_node_does_not_write_over_a_row_that_was_begun_anew() {
    let row = Row::default();
    row.swap(None, &refresh("login-1", Policy::default(), T0).snapshot()).unwrap();
    let mut paused = StoredSession::restore(row.load().unwrap()).unwrap();
    *row.0.borrow_mut() = None;
    let anew = refresh("login-1", Policy::default(), T0 + 1).snapshot();
    row.swap(None, &anew).unwrap();
    assert_eq!(anew.revision(), paused.snapshot().revision(), "their revisions do not tell them apart");
    paused.tell(ts(T0 + 2), Event::Cancelled).unwrap();
    let mut wire = |_: &Rendered| -> Result<Reply, Fault> { panic!("nothing is sent") };
    assert!(matches!(step(&mut paused, &row, T0 + 2, &mut wire), Err(DriveError::OtherSession)));
    assert_eq!(row.load().unwrap(), anew);
}

#[test]
fn the_largest_numbers_in_a_row_cause_no_panic() {
    for (number, revision) in [(u64::MAX, 0), (1, u64::MAX), (1 << 53, 1 << 53), ((1 << 53) + 1, 0)] {
        let text = format!(
            r#"{{"version":1,"revision":{revision},"login":"l","next":{number},"began":0,"since":0,"due":{{"at":0,"why":"send"}},"phase":{{"at":"authorizing"}}}}"#
        );
        let restored = Snapshot::from_json(&text).and_then(Session::restore);
        assert_eq!(restored.is_ok(), number.max(revision) <= 1 << 53, "{text}");
        if let Ok(mut session) = restored {
            let _ = session.poll(ts(T0));
        }
    }
}

/// The rest of a row of version 1 whose authorized session waits for its data.
const FETCHING: &str = r#""revision":1,"login":"l","requests":["r"],"next":3,"began":0,"since":0,"due":{"at":0,"why":"send"},"phase":{"at":"fetching"}"#;

#[test]
fn a_row_of_version_1_has_no_id_and_its_cached_call_is_made_once() {
    let text = format!(r#"{{"version":1,"id":"00000000000000ab","via":"cached",{FETCHING}}}"#);
    let mut session = Session::restore(Snapshot::from_json(&text).unwrap()).unwrap();
    assert_eq!(session.snapshot().id(), None);
    let request = session.poll(ts(T0));
    assert!(matches!(request, Action::Send(_)), "{request:?}");
    // The cached call is not made once more.
    let row = session.snapshot().to_json();
    assert!(row.contains(r#""version":2"#) && row.contains(r#""recalled":true"#), "{row}");
}

#[test]
fn a_row_that_cannot_be_read_says_what_is_wrong_with_it() {
    let wrong = |version: u32, policy: &str, rest: &str| {
        let id = if version > 1 { r#""id":"00000000000000ab","# } else { "" };
        let text = format!(r#"{{"version":{version},{id}"policy":{policy},{rest}}}"#);
        Snapshot::from_json(&text).and_then(Session::restore).map(drop).map_err(|error| error.to_string())
    };
    let (low, odd) = (r#"{"pollEvery":1}"#, r#"{"pollEvery":"x"}"#);
    let broken = FETCHING.replace(r#""revision":1"#, r#""revision":"x""#);
    // Version 1 had no floors, so its row may have a low number.
    assert_eq!(wrong(1, low, FETCHING), Ok(()));
    assert!(!wrong(1, low, &broken).unwrap_err().contains("pollEvery"));
    assert!(wrong(2, low, FETCHING).unwrap_err().contains("pollEvery"));
    assert!(wrong(2, low, &broken).unwrap_err().contains("pollEvery"));
    for version in [1, 2] {
        assert!(wrong(version, odd, FETCHING).unwrap_err().contains("pollEvery"));
        for sound in ["{}", "null"] {
            assert!(!wrong(version, sound, &broken).unwrap_err().contains("policy"));
        }
    }
}

#[test]
fn answers_without_a_number_are_for_the_prompt_that_stands() {
    let row = Row::default();
    row.swap(None, &asking(by_api()).snapshot()).unwrap();
    let mut stored = StoredSession::restore(row.load().unwrap()).unwrap();
    let another = ASKS.replace("Code?", "City?");
    for (prompt, answered) in [("Code?", &*another), ("City?", ASKS), ("Code?", OK)] {
        let stands = restored(row.load().unwrap()).prompt(ts(T0 + 20)).unwrap();
        let answers = Answers::to(&stands).with(prompt, ["x"]).numbered(None);
        assert_eq!(stored.tell(ts(T0 + 20), Event::Answered(answers)).unwrap(), Heard::Took, "{prompt}");
        let mut status = if answered == OK { 200 } else { 203 };
        let mut wire = |request: &Rendered| match request.url.ends_with("/Authorize") {
            true => Ok(reply(core::mem::replace(&mut status, 202), answered)),
            false => Ok(reply(200, r#"{"Token":"t"}"#)),
        };
        step(&mut stored, &row, T0 + 20, &mut wire).unwrap();
    }
}

/// A store asks a row before anybody restores it. A row that nobody wrote may lack whatever its phase needs.
#[test]
fn a_row_that_is_not_sound_is_asked_without_a_panic() {
    let mut unsound = 0;
    for (name, session, now) in walks::phases().into_iter().chain(walks::newer_phases()) {
        let row: serde_json::Value = serde_json::from_str(&session.snapshot().to_json()).unwrap();
        for field in row.as_object().unwrap().keys() {
            for put in [None, Some(u64::MAX)] {
                let mut row = row.clone();
                match (&mut row[field], put) {
                    (serde_json::Value::Number(number), Some(put)) => *number = put.into(),
                    (_, Some(_)) => continue,
                    (_, None) => drop(row.as_object_mut().unwrap().remove(field)),
                }
                let Ok(row) = Snapshot::from_json(&row.to_string()) else { continue };
                let asked = (row.stage(), row.deadline(), row.login(), row.requests(), row.outcome().is_some());
                assert_eq!(asked.4, row.stage() == Stage::Done, "{name} without {field}");
                let _ = (row.is_open(now), row.keep(), row.tag(), row.key(), row.live_sent());
                unsound += usize::from(Session::restore(row).is_err());
            }
        }
    }
    assert!(unsound > 20, "{unsound}");
}

/// The genuine return is heard while the look for the lapse is under way.
#[test]
fn a_return_that_is_heard_while_the_look_for_the_lapse_is_out_is_looked_for() {
    let mut session = asking(Policy::default());
    let end = T0 + 8 * MINUTE;
    let look = sent(&mut session, end);
    assert_eq!(session.returned(ts(end + 500), &news(RETURN)), Heard::Took);
    session.receive(ts(end + 1_000), look.id, Ok(&reply(401, NOT_YET)));
    let next = session.deadline().unwrap().at;
    assert!(next <= ts(end) + Duration::from_secs(10), "{next:?}");
    let look = walks::sent(&mut session, next);
    session.receive(next, look.id, Ok(&reply(200, TWO)));
    assert!(matches!(session.outcome(), Some(Outcome::Refreshed(done)) if done.kept.len() == 2));
}

/// A return is heard while the look for another one is under way, and that look says no after the prompt's end. The look
/// for the lapse then counts as caused by the return: if the session is gone, the stored data is asked for.
#[test]
fn a_return_that_is_heard_during_a_look_counts_in_the_look_for_the_lapse() {
    let mut policy = Policy::default();
    policy.hint_life = Duration::from_millis(8 * MINUTE);
    let mut session = asking(policy);
    let end = session.deadline().unwrap().at.as_millis();
    session.returned(ts(end - 1_000), &news(RETURN));
    let look = sent(&mut session, end - 1_000);
    session.returned(ts(end - 500), &news(RETURN));
    session.receive(ts(end + 1_000), look.id, Ok(&reply(401, NOT_YET)));
    let next = session.deadline().unwrap().at;
    let look = walks::sent(&mut session, next);
    session.receive(next, look.id, Ok(&reply(400, r#"{"HttpStatusCode":400,"FlinksCode":"SESSION_NONEXISTENT"}"#)));
    assert_eq!(session.stage(), Stage::Recalling);
}

/// Walk 6: the live call gets a gateway's page, and the service may have taken the call.
#[test]
fn decision_74_a_live_call_that_a_page_answered_is_open_until_the_bank_must_be_done() {
    let after = |status: u16, wait: Option<&str>| {
        let (mut session, live) = live(Policy::default());
        let headers = wait.map(|wait| ("retry-after".to_owned(), wait.to_owned())).into_iter().collect();
        session.receive(ts(T0 + 1_000), live.id, Ok(&Reply { status, headers, body: b"<html>".to_vec() }));
        session
    };
    for (status, wait, minutes, recovery) in [
        (403, None, 8, Recovery::FixTheSetup),
        (403, Some("60"), 8, Recovery::FixTheSetup),
        (502, None, 8, Recovery::TryLater { not_before: ts(T0 + 8 * MINUTE) }),
        // `Retry-After` counts from the moment at which the page was read, a second after the call was sent.
        (503, Some("1199"), 20, Recovery::TryLater { not_before: ts(T0 + 20 * MINUTE) }),
        (503, Some("86399"), 30, Recovery::TryLater { not_before: ts(T0 + 24 * 60 * MINUTE) }),
    ] {
        let session = after(status, wait);
        let Some(Outcome::Failed(failure)) = session.outcome() else { panic!("{status}: it is a guess") };
        assert_eq!((failure.reason(), failure.recovery()), (Reason::OutcomeUnknown, recovery), "{status} {wait:?}");
        assert!(failure.cached_may_fail());
        for session in [session.clone(), restored(session.snapshot())] {
            assert!(session.is_open(ts(T0 + minutes * MINUTE - 1)), "{status} {wait:?}");
            assert!(!session.is_open(ts(T0 + minutes * MINUTE)), "{status} {wait:?}");
            assert_eq!(session.snapshot().open_until(), Some(ts(T0 + minutes * MINUTE)), "{status} {wait:?}");
        }
    }
    // Version 1 did not say until when. That is as long as another try has to wait.
    let mut row: serde_json::Value = serde_json::from_str(&after(502, None).snapshot().to_json()).unwrap();
    row["version"] = 1.into();
    assert!(row["phase"].as_object_mut().unwrap().remove("open").is_some());
    assert_eq!(Snapshot::from_json(&row.to_string()).unwrap().open_until(), Some(ts(T0 + 8 * MINUTE)));
    // No reply at all; and a call that surely did not get there.
    let (mut lost, request) = live(Policy::default());
    lost.lost(ts(T0), request.id);
    assert!(lost.is_open(ts(T0 + 8 * MINUTE - 1)) && !lost.is_open(ts(T0 + 8 * MINUTE)));
    let (mut unsent, mut request) = live(Policy::default());
    let mut now = T0;
    while unsent.outcome().is_none() {
        unsent.receive(ts(now), request.id, Err(Fault::NOT_SENT));
        match unsent.poll(ts(now)) {
            Action::Wait { until } => {
                now = until.as_millis();
                request = sent(&mut unsent, now);
            }
            Action::Pause(_) => break,
            Action::Send(_) => panic!("it waits before it sends again"),
        }
    }
    assert!(!unsent.is_open(ts(now)));
}

/// Walk 22: a forged redirect does not open a closed session, however slow the replies to its look are.
//= docs/spec/lifetimes.md#tokens-calls-sessions
//# **LIFE-16** A client SHOULD hold at most one open session for each `loginId`.
#[test]
fn decision_74_a_forged_redirect_does_not_open_a_closed_session() {
    let mut session = asking(Policy::default());
    assert!(session.is_open(ts(T0 + MINUTE)), "the user is asked");
    let end = T0 + 8 * MINUTE;
    let look = sent(&mut session, end);
    assert!(session.is_open(ts(end)), "its own look is under way");
    session.receive(ts(end), look.id, Ok(&reply(401, NOT_YET)));
    assert!(!session.is_open(ts(end)), "it lapsed");
    session.returned(ts(end + MINUTE), &news(r#"{"step":"REDIRECT","requestId":"req-1"}"#));
    let look = sent(&mut session, end + MINUTE);
    assert_eq!(session.stage(), Stage::Looking);
    let slow = end + MINUTE + 239_000;
    assert!(!session.is_open(ts(end + MINUTE)) && !session.is_open(ts(slow)));
    assert!(!restored(session.snapshot()).is_open(ts(slow)));
    session.receive(ts(slow), look.id, Ok(&reply(400, r#"{"FlinksCode":"SESSION_EXPIRED"}"#)));
    assert_eq!(session.stage(), Stage::Recalling);
    assert!(!session.is_open(ts(slow)));
    let mint = sent(&mut session, slow);
    session.receive(ts(slow), mint.id, Ok(&reply(200, r#"{"Token":"t2"}"#)));
    // A fact opens it again.
    let recall = sent(&mut session, slow);
    session.receive(
        ts(slow),
        recall.id,
        Ok(&reply(200, &OK.replace(r#""login-1""#, r#""login-1","LastRefresh":"2026-05-28T20:26:41""#))),
    );
    assert_eq!(session.stage(), Stage::Fetching);
    assert!(session.is_open(ts(slow)));
}

/// Walk 23: a node dies while the user is asked. Another one finds the row after its deadline and drives it on.
#[test]
fn decision_74_an_open_row_whose_deadline_has_passed_is_driven_on_until_it_closes() {
    let row = Row::default();
    row.swap(None, &asking(Policy::default()).snapshot()).unwrap();
    for (late, reply) in [
        (0, Ok(reply(401, NOT_YET))),
        (24 * 60 * MINUTE, Ok(reply(401, NOT_YET))),
        (24 * 60 * MINUTE, Ok(reply(502, "<html>"))),
        (0, Err(Fault::maybe(FaultKind::Timeout))),
    ] {
        let row = Row(RefCell::new(row.load()));
        let deadline = restored(row.load().unwrap()).deadline().unwrap().at.as_millis();
        let mut now = deadline + late;
        assert!(row.load().unwrap().is_open(ts(now)), "nobody has driven it on yet");
        let mut session = StoredSession::restore(row.load().unwrap()).unwrap();
        while let Stepped::Wait { until } = step(&mut session, &row, now, &mut |_| reply.clone()).unwrap() {
            now = until.as_millis();
        }
        assert!(now <= deadline + late + MINUTE, "it takes seconds");
        assert!(!row.load().unwrap().is_open(ts(now)));
        assert!(matches!(session.outcome(), Some(Outcome::Failed(failure)) if failure.reason() == Reason::Lapsed));
    }
}
