//! What shows only at one exact moment, or in one rare order: each test is the shortest that sees it.

use core::time::Duration;
use reconnect_calls::institutions::Institutions;
use reconnect_calls::{CallError, Endpoint};
use reconnect_core::accounts::{self, DaysOfTransactions, DetailOptions};
use reconnect_core::connect::{ConnectNews, WidgetOptions, WidgetUrl};
use reconnect_core::drive::{Next, NoDebug, Plan, StoredSession};
use reconnect_core::policy::{Fetch, MAX_BODY, TokenUse};
use reconnect_core::reply::{self, DataReply, ReplyError, opened::open};
use reconnect_core::{
    Action, Answers, Call, DriveError, Event, ExchangeId, Fault, FaultKind, FlinksCode, Heard, Instance, Keys, Known,
    LoginId, Mfa, Outcome, Policy, Proxy, Reason, Reply, RequestId, Secret, Selection, Session, Showing, Snapshot,
    Stage, Unread, Why,
};
use reconnect_testkit::walks::{
    ASKS, NOT_YET, NOW, OK, PENDING, TOKEN, asked, exchange, newer_phases, phases, reply, sent, walked,
};
use serde_json::{Value, json};

const MINUTE: Duration = Duration::from_secs(60);

fn refresh(change: impl FnOnce(&mut Policy)) -> Session {
    let mut policy = Policy::default();
    change(&mut policy);
    Session::refresh(LoginId::new("l").expect("an id"), Known::default(), Selection::all(), policy, NOW)
}

#[test]
fn what_is_to_be_told_of_each_account_is_asked_for() {
    let mut options = DetailOptions::DEFAULT;
    options.days_of_transactions = Some(DaysOfTransactions::Days90);
    let mut session = walked(refresh(|policy| policy.fetch = Fetch::Detail(options)), &[(200, TOKEN), (200, OK)]);
    let Call::GetAccountsDetail(body) = sent(&mut session, NOW).call else { panic!("it fetches") };
    assert_eq!(body.options, options);
}

/// Whatever came instead of an answer to the live call: the failure has its HTTP status, and its kind where the network or the
/// body was at fault. A page and a redirect are somebody's answer, and no fault.
#[test]
fn a_failure_names_what_came_instead_of_an_answer() {
    let large = " ".repeat(MAX_BODY + 1);
    for (told, status, kind) in [
        (Err(Fault::maybe(FaultKind::Timeout)), None, Some(FaultKind::Timeout)),
        (Ok(reply(200, &large)), Some(200), Some(FaultKind::TooLarge)),
        (Ok(reply(200, r#"{"HttpStatusCode":200,"Login":{"#)), Some(200), Some(FaultKind::Garbled)),
        (Ok(reply(502, "<html>")), Some(502), None),
        (Ok(reply(307, "")), Some(307), None),
    ] {
        let mut session = refresh(|policy| policy.token = TokenUse::Without);
        let live = sent(&mut session, NOW);
        session.receive(NOW, live.id, told.as_ref().map_err(|fault| *fault));
        let Some(Outcome::Failed(failure)) = session.outcome() else { panic!("{told:?}") };
        assert_eq!((failure.status(), failure.fault()), (status, kind), "{told:?}");
    }
}

/// What counts the live calls of a walk is this, so that it has to be right by itself.
#[test]
fn only_a_live_call_refreshes_a_login() {
    let mut session = refresh(|_| {});
    let refreshes = |session: &mut Session| sent(session, NOW).call.refreshes().map(|login| login.as_str().to_owned());
    assert_eq!(refreshes(&mut session.clone()), None);
    exchange(&mut session, &mut NOW.clone(), 200, TOKEN);
    assert_eq!(refreshes(&mut session.clone()).as_deref(), Some("l"));
    exchange(&mut session, &mut NOW.clone(), 200, OK);
    assert_eq!(refreshes(&mut session), None);
}

#[test]
fn a_fetch_is_no_look_and_is_not_kept_as_one() {
    let mut session = walked(refresh(|_| {}), &[(200, TOKEN), (200, OK)]);
    assert_eq!(sent(&mut session, NOW).call.endpoint(), "GetAccountsDetail");
    assert!(!session.snapshot().to_json().contains("looked"));
    let mut session = walked(refresh(|_| {}), &[(200, TOKEN), (203, ASKS)]);
    session.returned(NOW, &ConnectNews::read(r#"{"step":"REDIRECT","requestId":"r"}"#).expect("news"));
    assert_eq!(sent(&mut session, NOW).call.endpoint(), "GetAccountsDetail");
    assert!(session.snapshot().to_json().contains("looked"));
}

#[test]
fn a_showing_that_is_under_way_is_not_minted_twice() {
    let mut session = walked(refresh(|_| {}), &[(200, TOKEN), (203, ASKS)]);
    session.open(NOW);
    let mint = sent(&mut session, NOW);
    session.open(NOW);
    session.receive(NOW, mint.id, Ok(&reply(200, TOKEN)));
    assert!(matches!(asked(&mut session, NOW).showing, Showing::Ready(_)));
}

#[test]
fn a_showing_asked_for_after_a_restart_comes_though_the_mint_before_it_was_lost() {
    let mut session = walked(refresh(|_| {}), &[(200, TOKEN), (203, ASKS)]);
    session.open(NOW);
    sent(&mut session, NOW);
    let mut session = Session::restore(session.snapshot()).expect("a session");
    session.open(NOW);
    // Whether the lost one is still under way, nobody knows before its time is over.
    let Action::Wait { until, .. } = session.poll(NOW) else { panic!("one thing at a time") };
    let Action::Wait { until, .. } = session.poll(until) else { panic!("it backs off") };
    exchange(&mut session, &mut { until }, 200, TOKEN);
    assert!(matches!(asked(&mut session, until).showing, Showing::Ready(_)));
}

#[test]
fn of_two_things_at_once_the_end_of_the_prompt_comes_first() {
    // The token of the showing, and the prompt.
    let mut session = walked(refresh(|policy| policy.token_life = policy.request_life), &[(200, TOKEN), (203, ASKS)]);
    session.open(NOW);
    exchange(&mut session, &mut NOW.clone(), 200, TOKEN);
    let deadline = session.deadline().expect("it lapses");
    assert_eq!((deadline.at, deadline.why), (NOW + 8 * MINUTE, Why::RequestIdExpires));
    // The prompt, and the wait before a mint is tried again.
    let equal = |policy: &mut Policy| (policy.request_life, policy.backoff) = (policy.backoff_max, policy.backoff_max);
    let mut session = walked(refresh(equal), &[(200, TOKEN), (203, ASKS)]);
    session.open(NOW);
    let mint = sent(&mut session, NOW);
    session.receive(NOW, mint.id, Ok(&reply(503, "")));
    let deadline = session.deadline().expect("it lapses");
    assert_eq!((deadline.at, deadline.why), (NOW + Policy::DEFAULT.backoff_max, Why::RequestIdExpires));
}

//= docs/spec/widget-events.md#in-a-session
//# **EVT-35** A client MUST keep a redirect that comes while an answer is under way, and look when the answer is back.
#[test]
fn one_redirect_is_looked_at_once() {
    let answers = |session: &mut Session| {
        let answers = Answers::to(&asked(session, NOW)).with("p", ["x"]);
        session.answer(NOW, answers).expect("they fit");
        sent(session, NOW)
    };
    for meanwhile in [reply(203, ASKS), reply(202, PENDING)] {
        let mut session = walked(refresh(|policy| policy.mfa = Mfa::WidgetOrApi), &[(200, TOKEN), (203, ASKS)]);
        let answer = answers(&mut session);
        session.returned(NOW, &ConnectNews::read(r#"{"step":"REDIRECT","requestId":"r"}"#).expect("news"));
        session.receive(NOW, answer.id, Ok(&meanwhile));
        let look = sent(&mut session, NOW);
        assert_eq!(look.call.endpoint(), "GetAccountsDetail");
        session.receive(NOW, look.id, Ok(&reply(401, NOT_YET)));
        let answer = answers(&mut session);
        session.receive(NOW, answer.id, Ok(&reply(203, ASKS)));
        asked(&mut session, NOW);
    }
}

#[test]
fn the_institution_is_learnt_once() {
    let named =
        |name: &str| format!(r#"{{"HttpStatusCode":200,"RequestId":"r","Login":{{"Id":"l"}},"Institution":"{name}"}}"#);
    let institution = |mut session: Session| {
        session.cancel(NOW);
        let Some(Outcome::Failed(failure)) = session.outcome() else { panic!("it was cancelled") };
        failure.start_over().institution.clone()
    };
    let session = walked(refresh(|_| {}), &[(200, TOKEN), (200, &named("A"))]);
    assert_eq!(institution(session).as_deref(), Some("A"));
    let mut known = Known::default();
    known.institution = Some("ours".into());
    let login = LoginId::new("l").expect("an id");
    let session = Session::refresh(login, known, Selection::all(), Policy::default(), NOW);
    let session = walked(session, &[(200, TOKEN), (200, &named("A"))]);
    assert_eq!(institution(session).as_deref(), Some("ours"));
}

#[test]
fn a_body_may_have_the_limit_and_not_a_byte_more() {
    let padded = |bytes: usize| {
        let mut body = TOKEN.as_bytes().to_vec();
        body.resize(bytes, b' ');
        Reply { body, ..reply(200, "") }
    };
    assert!(reply::token(&padded(MAX_BODY)).is_ok());
    assert!(matches!(reply::token(&padded(MAX_BODY + 1)), Err(ReplyError::TooLarge { .. })));
    assert!(open(&padded(MAX_BODY)).is_ok());
    assert!(matches!(open(&padded(MAX_BODY + 1)), Err(ReplyError::TooLarge { .. })));
    let mut session = refresh(|_| {});
    let mint = sent(&mut session, NOW);
    session.receive(NOW, mint.id, Ok(&padded(MAX_BODY)));
    assert_eq!(sent(&mut session, NOW).call.endpoint(), "Authorize");
}

/// A page is told from a refusal by its fields, so that each field of the documentation counts.
#[test]
fn any_documented_field_makes_an_answer_of_the_service() {
    for name in ["Institution", "InstitutionName", "InstitutionId", "Links", "ValidationDetails", "Tag", "Login"] {
        let body = format!(r#"{{"New":1,"{name}":null}}"#);
        assert!(matches!(reply::authorize(&reply(500, &body)), Err(ReplyError::Refused(_))), "{name}");
    }
    assert!(matches!(reply::authorize(&reply(500, r#"{"New":1}"#)), Err(ReplyError::Page { .. })));
}

#[test]
fn a_status_of_null_is_no_status_and_nothing_that_could_not_be_read() {
    let body = r#"{"HttpStatusCode":null,"Accounts":[{"Id":"a"}]}"#;
    let data = reply::data(&reply(200, body), Some(&Selection::all()));
    let Ok(DataReply::Data(_, report)) = data else { panic!("{data:?}") };
    assert_eq!((report.kept.len(), report.unread.count()), (1, 0));
}

#[test]
fn an_object_that_breaks_off_is_no_page() {
    assert!(matches!(open(&reply(200, r#"{"Data":[1,"#)), Err(ReplyError::Garbled { status: 200, .. })));
    assert!(matches!(open(&reply(200, "<html>")), Err(ReplyError::Page { status: 200, .. })));
}

#[test]
fn what_hides_its_content_still_says_what_it_is() {
    let instance = Instance::named("toolbox", "c").expect("an instance");
    let prompt = asked(&mut walked(refresh(|_| {}), &[(200, TOKEN), (203, ASKS)]), NOW);
    let (keys, login) = (Keys { secret: Some("k".into()), api: None }, LoginId::new("l").expect("an id"));
    let mut kept = Plan::refresh(login).session(NOW, &instance, &keys);
    let request = match kept.turn(NOW, &instance, &keys).map(|turn| kept.take(turn)) {
        Ok(Next::Send(request)) => request,
        other => panic!("nothing is sent: {other:?}"),
    };
    let account = accounts::read(r#"[{"Id":"a","Transactions":[{}]}]"#, &Selection::all()).expect("one").kept.remove(0);
    let day = accounts::Date::read("2026-01-02").expect("a day");
    let refused = walked(refresh(|_| {}), &[(400, r#"{"FlinksCode":"INVALID_LOGIN"}"#)]);
    let Some(Outcome::Failed(failure)) = refused.outcome() else { panic!("it has failed") };
    for (shown, says) in [
        (format!("{request:?}"), "Rendered"),
        (format!("{:?}", kept.begin_exchange(request.id, || NOW)), "Exchange"),
        (format!("{:?}", NoDebug("a store")), "…"),
        (format!("{:?}", Institutions::new().draft()), "Draft"),
        (format!("{account:?}"), "transactions: 1"),
        (format!("{day:?}"), "2026-01-02"),
        (format!("{failure:?}"), "INVALID_LOGIN"),
        (format!("{:?}", refused.snapshot()), "Snapshot"),
        (format!("{:?}", refused.park()), "Parked"),
        (format!("{:?}", reply(503, TOKEN)), "503"),
        (format!("{:?}", open(&reply(503, "{\"Message\":\"x\"}"))), "Opened(503, 15 bytes)"),
        (format!("{:?}", ConnectNews::read(r#"{"step":"REDIRECT","requestId":"r"}"#).expect("news")), "Redirect"),
        (format!("{:?}", WidgetOptions::new().demo(true)), "WidgetOptions"),
        (format!("{:?}", prompt.connect_url(&instance)), "WidgetUrl"),
        (format!("{prompt:?}"), "Prompt"),
        (format!("{:?}", Secret::from("k")), "Secret"),
        (format!("{:?}", Proxy::at("http://me:k@proxy.example:3128")), "Proxy(…)"),
        (format!("{}", request.id), "1"),
        (format!("{:?}", prompt.challenges), "Challenge"),
        (format!("{:?}", Answers::to(&prompt)), "Answers"),
        (format!("{0} {0:?}", FlinksCode::read("NEW_ONE")), "NEW_ONE NEW_ONE"),
    ] {
        assert!(shown.contains(says), "{shown}");
    }
}

#[test]
fn an_answer_that_is_not_as_documented_is_told_by_its_place() {
    for (body, place) in [
        (r#"{"Data":[{"Id":14},{"Id":"x"}]}"#, "Data[1].Id"),
        ("{\"Count\":1,\n\"Data\":[\n{\"Id\":14},\n{\"Id\":\"x\"}]}", "Data[1].Id"),
        (r#"{"Other":{"a":[1,2],"b\"c":{}},"Data":7}"#, "Data"),
        (r#"{"Other":{"a":"{[,:"},"Data":[7]}"#, "Data[0]"),
    ] {
        // An element that cannot be read is left out; a list of which no element can be read is refused.
        let at = match Institutions::new().read(&reply(200, body)) {
            Ok(page) => page.unread.places()[0].clone(),
            Err(CallError::Garbled { at, .. }) => at,
            Err(other) => panic!("{body}: {other}"),
        };
        assert_eq!(&*at, place, "{body}");
    }
}

#[test]
fn an_exchange_that_is_over_is_not_begun_again() {
    let mut session = walked(refresh(|policy| policy.mfa = Mfa::WidgetOrApi), &[(200, TOKEN)]);
    let (live, mint) = (sent(&mut session, NOW).id, ExchangeId::from_number(1));
    let kept = StoredSession::restore(session.snapshot()).expect("its own snapshot");
    assert!(kept.clone().begin_exchange(live, || NOW).is_some());
    assert!(kept.clone().begin_exchange(mint, || NOW).is_none(), "the live call is under way");
}

/// Which wait a jitter gives is the same everywhere, so that what a session did can be told again from its snapshot.
//= docs/spec/errors.md#trying-again
//# **ERR-38** A client SHOULD spread its waits by a seed that its caller gives.
#[test]
fn a_wait_with_jitter_is_as_long_as_it_was() {
    let wait = |jitter| {
        let session = walked(refresh(|policy| policy.jitter = jitter), &[(503, "")]);
        NOW.until(session.deadline().expect("it tries again").at).as_millis()
    };
    assert_eq!([0, 1, 2, 3, 1 << 40, u64::MAX].map(wait), [500, 462, 500, 294, 444, 375]);
}

#[test]
fn a_snapshot_is_of_one_revision_and_of_one_instance() {
    let session = walked(refresh(|_| {}), &[(200, TOKEN), (200, OK)]);
    let (snapshot, later) = (session.snapshot(), walked(session.clone(), &[(200, r#"{"Accounts":[]}"#)]).snapshot());
    assert!(session.revision() > 1);
    assert_eq!((snapshot.revision(), &snapshot), (session.revision(), &session.snapshot()));
    assert!(snapshot != later && later.revision() > snapshot.revision());
    assert_eq!(Instance::named("toolbox", "c").expect("an instance").labelled("staging").label(), "staging");
}

#[test]
fn a_snapshot_has_no_accounts_even_before_it_is_json() {
    let done = walked(refresh(|_| {}), &[(200, TOKEN), (200, OK), (200, r#"{"Accounts":[{"Id":"a"}]}"#)]);
    assert_eq!(done.clone().take_accounts().map(|accounts| accounts.len()), Some(1));
    assert_eq!(Session::restore(done.snapshot()).expect("it is sound").take_accounts(), None);
}

#[test]
fn an_exchange_that_was_not_begun_is_not_under_way() {
    let mut session = refresh(|_| {});
    sent(&mut session, NOW);
    let json = session.snapshot().to_json();
    assert!(Snapshot::from_json(&json).map(Session::restore).expect("a snapshot").is_ok());
    let early = json.replace(r#""next":2"#, r#""next":1"#);
    assert_ne!(early, json);
    assert!(Snapshot::from_json(&early).map(Session::restore).expect("a snapshot").is_err());
}

/// This session as version 1 would have stored it.
fn of_version_1(session: &Session) -> Snapshot {
    let json = session.snapshot().to_json().replace(r#""version":2"#, r#""version":1"#);
    Snapshot::from_json(&json).expect("version 1")
}

#[test]
fn a_row_without_an_id_is_known_by_its_login_or_by_its_request() {
    let login = |login: &str| {
        let login = LoginId::new(login).expect("an id");
        Session::refresh(login, Known::default(), Selection::all(), Policy::default(), NOW)
    };
    let request = |request: &str| {
        let request = RequestId::new(request).expect("an id");
        Session::resume(request, Known::default(), Selection::all(), Policy::default(), NOW)
    };
    for (ours, theirs, same) in [
        (login("l"), login("l"), true),
        (login("l"), login("m"), false),
        (request("r"), request("r"), true),
        (request("r"), request("s"), false),
        (login("l"), request("l"), false),
    ] {
        // One of the two may be of version 2 already: then it has an id, and the other one has none to compare with it.
        let (old, new) = (of_version_1, Session::snapshot);
        for (ours, theirs) in [(old(&ours), old(&theirs)), (old(&ours), new(&theirs)), (new(&ours), old(&theirs))] {
            let mut kept = StoredSession::restore(ours).expect("a session");
            kept.tell(NOW, Event::Cancelled).expect("it fits");
            let told = kept.reload(NOW, Some(theirs));
            assert_eq!(matches!(told, Ok(())), same, "{told:?}");
            assert_eq!(matches!(told, Err(DriveError::OtherSession)), !same, "{told:?}");
            assert_eq!(kept.stage(), Stage::Done, "what it was told holds in either case");
        }
    }
}

#[test]
fn a_plan_to_resume_goes_on_with_a_row_of_its_request_and_with_no_other() {
    let instance = Instance::named("toolbox", "c").expect("an instance");
    let plan = |request: &str| Plan::resume(RequestId::new(request).expect("an id"));
    let row = plan("r").session(NOW, &instance, &Keys::default()).snapshot();
    assert!(plan("r").restore(row.clone(), &instance).is_ok());
    assert!(matches!(plan("s").restore(row, &instance), Err(DriveError::OtherSession)));
}

#[test]
fn a_failure_says_what_happened_and_where() {
    let refused = walked(refresh(|_| {}), &[(400, r#"{"FlinksCode":"INVALID_LOGIN"}"#)]);
    let says = |change: Value| {
        let mut json: Value = serde_json::from_str(&refused.snapshot().to_json()).expect("JSON");
        let failure = find(&mut json, "reason").expect("it has failed");
        for field in ["code", "status"] {
            failure.remove(field);
        }
        failure.extend(change.as_object().expect("fields").clone());
        let snapshot = Snapshot::from_json(&json.to_string()).expect("a snapshot");
        let session = Session::restore(snapshot).expect("a session");
        let Some(Outcome::Failed(failure)) = session.outcome() else { panic!("it has failed") };
        failure.to_string()
    };
    for (change, words) in [
        (json!({"reason": "unreachable", "place": "Token"}), "the service's reply could not be read at Token"),
        (json!({"reason": "unreachable"}), "no reply of the service could be had"),
        (json!({"reason": "unreachable", "status": 502}), "a gateway answered, and not the service (status 502)"),
        (
            json!({"reason": "unreachable", "fault": "lost"}),
            "no reply of the service could be had: the program that sent the request is gone",
        ),
        (
            json!({"reason": "outcomeUnknown", "place": "RequestId"}),
            "the live refresh was sent, and its reply could not be read at RequestId",
        ),
        (json!({"reason": "outcomeUnknown"}), "the live refresh was sent and nothing came back"),
        (
            json!({"reason": "outcomeUnknown", "status": 502}),
            "the live refresh was sent, and a gateway answered it (status 502)",
        ),
        (
            json!({"reason": "gaveUp", "status": 504}),
            "a gateway answered for too long, and not the service (status 504)",
        ),
        (json!({"reason": "gaveUp"}), "the data was pending for too long"),
        (
            json!({"reason": "lapsed", "status": 502}),
            "the prompt was not answered in time, and only a gateway answered (status 502)",
        ),
        (json!({"reason": "lapsed"}), "the request id is past its 8 minutes of inactivity"),
    ] {
        assert_eq!(says(change.clone()), words, "{change}");
    }
}

/// The first object that has such a field.
fn find<'a>(json: &'a mut Value, field: &str) -> Option<&'a mut serde_json::Map<String, Value>> {
    match json {
        Value::Object(all) => {
            if all.contains_key(field) {
                return Some(all);
            }
            all.values_mut().find_map(|json| find(json, field))
        }
        Value::Array(all) => all.iter_mut().find_map(|json| find(json, field)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[test]
fn a_field_of_a_later_version_is_passed_over_in_what_a_snapshot_nests() {
    let mut met = Vec::new();
    for (name, session, _) in phases().into_iter().chain(newer_phases()) {
        let json = session.snapshot().to_json();
        for field in ["twice", "narrowed", "places", "ours"] {
            let mut later: Value = serde_json::from_str(&json).expect("JSON");
            let Some(object) = find(&mut later, field) else { continue };
            object.insert("ofALaterVersion".into(), json!([{"x": 1}]));
            let restored = Snapshot::from_json(&later.to_string()).and_then(Session::restore);
            let restored = restored.unwrap_or_else(|error| panic!("{name}, {field}: {error}"));
            assert_eq!(restored.snapshot().to_json(), json, "{name}, {field}");
            met.push(field);
        }
    }
    assert!(met.contains(&"narrowed") && met.contains(&"places"), "{met:?}");
    assert!(met.contains(&"ours") || met.contains(&"twice"), "{met:?}");
}

#[test]
fn unread_fields_are_a_list_of_places_in_json() {
    let json = r#"[{"Id":"a","Title":[],"Balance":{"Current":"much"}}]"#;
    let unread = accounts::read(json, &Selection::all()).expect("an account").unread;
    let text = serde_json::to_string(&unread).expect("JSON");
    assert_eq!(text, r#"["Accounts[0].Title","Accounts[0].Balance.Current"]"#);
    assert_eq!(serde_json::to_string(&Unread::default()).expect("JSON"), "[]");
}

#[test]
fn more_than_2000_accounts_are_refused_as_too_many() {
    let list = |count: usize| {
        let all: Vec<_> = (0..count).map(|id| format!(r#"{{"Id":"{id}"}}"#)).collect();
        accounts::read(&format!("[{}]", all.join(",")), &Selection::all())
    };
    assert_eq!(list(2_000).expect("they fit").kept.len(), 2_000);
    let error = list(2_001).expect_err("they are too many");
    assert_eq!(error.to_string(), "more accounts or transactions than are ever read");
}

#[test]
fn the_page_of_a_bank_is_one_step_below_the_widgets_address() {
    for (base, url) in [
        ("https://w.example/v2", "https://w.example/v2/Credential/B"),
        ("https://w.example/v2/", "https://w.example/v2/Credential/B"),
        ("https://w.example/v2?demo=true", "https://w.example/v2/Credential/B?demo=true"),
        ("https://w.example/v2/?demo=true", "https://w.example/v2/Credential/B?demo=true"),
    ] {
        let instance = Instance::at("https://api.example", base, "c").expect("an instance");
        assert_eq!(WidgetUrl::connect(&instance, Some("B")).expose(), url);
    }
}

#[test]
fn an_answer_whose_token_is_refused_after_it_was_given_up_may_be_given_again() {
    let mut session = walked(refresh(|policy| policy.mfa = Mfa::WidgetOrApi), &[(200, TOKEN), (203, ASKS)]);
    let prompt = asked(&mut session, NOW);
    session.answer(NOW, Answers::to(&prompt).with("p", ["x"])).expect("they fit");
    let answer = sent(&mut session, NOW);
    session.lost(NOW, answer.id);
    let refusal = r#"{"HttpStatusCode":401,"FlinksCode":"UNAUTHORIZED","Message":"The authorize token is invalid"}"#;
    assert_eq!(session.receive(NOW, answer.id, Ok(&reply(401, refusal))), Heard::Took);
    assert_eq!(asked(&mut session, NOW).challenges, prompt.challenges);
}

//= docs/spec/credentials.md#use
//# **CRED-23** A client that no longer has the token of its session MUST mint a fresh one for the next `/Authorize`
//# with its `RequestId`.
#[test]
fn an_answer_without_the_token_of_its_session_is_sent_with_another() {
    let mut policy = Policy::default();
    policy.mfa = Mfa::WidgetOrApi;
    let request = RequestId::new("r").expect("an id");
    let resumed = Session::resume(request, Known::default(), Selection::all(), policy, NOW);
    let mut session = walked(resumed, &[(203, ASKS)]);
    let answers = Answers::to(&asked(&mut session, NOW)).with("p", ["x"]);
    session.answer(NOW, answers).expect("they fit");
    assert_eq!(sent(&mut session, NOW).call.endpoint(), "GenerateAuthorizeToken");
    exchange(&mut session, &mut NOW.clone(), 200, TOKEN);
    let Call::Authorize { token, body } = sent(&mut session, NOW).call else { panic!("it answers") };
    assert_eq!((token.expect("a token").expose(), body.request_id.expect("a session").as_str()), ("t", "r"));
}

//= docs/spec/mfa.md#answers
//# **MFA-23** A client MUST NOT count tries itself.
//= docs/spec/mfa.md#answers
//# **MFA-19** A client SHOULD expect the `RequestId` to stay the same from the 203 to the 200, and MUST adopt another
//# one that a reply to its own answer names.
#[test]
fn an_answer_may_be_wrong_any_number_of_times_and_its_reply_may_name_another_request() {
    let mut session = walked(refresh(|policy| policy.mfa = Mfa::WidgetOrApi), &[(200, TOKEN), (203, ASKS)]);
    let answer = |session: &mut Session, status, body: &str| {
        let answers = Answers::to(&asked(session, NOW)).with("p", ["x"]);
        session.answer(NOW, answers).expect("they fit");
        exchange(session, &mut NOW.clone(), status, body);
    };
    let wrong = ASKS.replace("203,", r#"401,"FlinksCode":"INVALID_SECURITY_RESPONSE","#);
    for _ in 0..20 {
        answer(&mut session, 401, &wrong);
        assert!(asked(&mut session, NOW).wrong);
    }
    answer(&mut session, 200, &OK.replace(r#""RequestId":"r""#, r#""RequestId":"r-2""#));
    let Call::GetAccountsDetail(body) = sent(&mut session, NOW).call else { panic!("it fetches") };
    assert_eq!(body.request_id.as_str(), "r-2");
}

//= docs/spec/errors.md#codes-of-success
//# **ERR-10** A client MUST fetch the data on `ALREADY_AUTHORIZED` at any status.
#[test]
fn a_code_that_says_already_authorized_leads_to_the_data() {
    let already = r#"{"HttpStatusCode":400,"FlinksCode":"ALREADY_AUTHORIZED","RequestId":"r"}"#;
    let live = walked(refresh(|_| {}), &[(200, TOKEN), (400, already)]);
    assert_eq!(live.stage(), Stage::Fetching);
    //= docs/spec/mfa.md#answers
    //# **MFA-20** A client MUST take `ALREADY_AUTHORIZED` as success and fetch the data.
    let mut session = walked(refresh(|policy| policy.mfa = Mfa::WidgetOrApi), &[(200, TOKEN), (203, ASKS)]);
    let answers = Answers::to(&asked(&mut session, NOW)).with("p", ["x"]);
    session.answer(NOW, answers).expect("they fit");
    exchange(&mut session, &mut NOW.clone(), 400, already);
    assert_eq!(session.stage(), Stage::Fetching);
}

//= docs/spec/data.md#the-reply
//# **DATA-20** A client MAY repeat a data call.
#[test]
fn a_fetch_is_tried_again_without_another_token() {
    let mut session = walked(refresh(|_| {}), &[(200, TOKEN), (200, OK), (503, "")]);
    let Action::Wait { until } = session.poll(NOW) else { panic!("it backs off") };
    assert_eq!(sent(&mut session, until).call.endpoint(), "GetAccountsDetail");
}

//= docs/spec/errors.md#trying-again
//# **ERR-39** A client SHOULD bound the share of retries among all its requests across sessions.
#[test]
fn a_session_has_a_budget_of_tries() {
    let mut session = walked(refresh(|policy| (policy.tries, policy.budget) = (9, 2)), &[(503, ""), (503, "")]);
    assert!(session.outcome().is_none(), "two tries beyond the first are in the budget");
    exchange(&mut session, &mut NOW.clone(), 503, "");
    assert!(matches!(session.outcome(), Some(Outcome::Failed(failure)) if failure.reason() == Reason::Unreachable));
}

//= docs/spec/async-polling.md#202
//# **POLL-5** A client MUST expect a 202 after a cached `/Authorize` too, while a live request of the same connection
//# is still processed or another call runs beside it.
#[test]
fn data_that_is_pending_after_a_cached_call_is_polled_for() {
    let of = phases().into_iter().find(|(name, ..)| *name == "recalling").expect("it recalls");
    let (mut session, mut now) = (of.1, of.2);
    let cached = r#"{"HttpStatusCode":200,"RequestId":"s","Login":{"Id":"l","LastRefresh":"2026-05-28T20:26:40"}}"#;
    exchange(&mut session, &mut now, 200, cached);
    exchange(&mut session, &mut now, 202, &PENDING.replace(r#""r""#, r#""s""#));
    let Action::Wait { until } = session.poll(now) else { panic!("it polls") };
    let Call::GetAccountsDetailAsync(request) = sent(&mut session, until).call else { panic!("it polls") };
    assert_eq!(request.as_str(), "s");
}

//= docs/spec/lifetimes.md#requestid
//# **LIFE-8** A client MUST take as activity a request of its own that was answered with this `requestId`, except a
//# look that news caused.
#[test]
fn a_look_that_news_caused_does_not_renew_the_prompt() {
    let mut session = walked(refresh(|_| {}), &[(200, TOKEN), (203, ASKS)]);
    let told = |session: &mut Session, minutes: u32, text: &str| {
        session.returned(NOW + minutes * MINUTE, &ConnectNews::read(text).expect("news"));
    };
    for minutes in [7, 14, 21, 28] {
        told(&mut session, minutes, r#"{"step":"SUBMIT_MFA"}"#);
    }
    told(&mut session, 29, r#"{"step":"REDIRECT","requestId":"r"}"#);
    exchange(&mut session, &mut (NOW + 29 * MINUTE), 401, NOT_YET);
    assert_eq!(session.stage(), Stage::Asking);
    assert_eq!(session.deadline().expect("it lapses").at, NOW + 30 * MINUTE);
}

//= docs/spec/widget-events.md#errors
//# **EVT-29** A client MUST remember an error that the widget announces and name it if the prompt then lapses, and MUST
//# NOT end the prompt.
#[test]
fn an_error_of_the_widget_is_named_if_the_prompt_lapses() {
    let mut session = walked(refresh(|_| {}), &[(200, TOKEN), (203, ASKS)]);
    session.returned(NOW, &ConnectNews::read(r#"{"step":"INVALID_PASSWORD"}"#).expect("news"));
    asked(&mut session, NOW);
    let end = session.deadline().expect("it lapses").at;
    exchange(&mut session, &mut { end }, 401, NOT_YET);
    let Some(Outcome::Failed(failure)) = session.outcome() else { panic!("it lapsed") };
    assert_eq!((failure.reason(), failure.code()), (Reason::Lapsed, Some(&FlinksCode::InvalidPassword)));
}

#[test]
fn a_cached_reply_of_another_login_ends_the_session_whatever_else_it_says() {
    for body in [
        r#"{"HttpStatusCode":200,"RequestId":"s","Login":{"Id":"other","LastRefresh":"2026-05-28T20:26:40"}}"#,
        r#"{"HttpStatusCode":202,"FlinksCode":"OPERATION_PENDING","RequestId":"s","Login":{"Id":"other"}}"#,
        r#"{"HttpStatusCode":203,"RequestId":"s","Login":{"Id":"other"},"SecurityChallenges":[{"Type":"QuestionAndAnswer","Prompt":"p"}]}"#,
        r#"{"HttpStatusCode":401,"FlinksCode":"INVALID_LOGIN","Login":{"Id":"other"}}"#,
    ] {
        let of = phases().into_iter().find(|(name, ..)| *name == "recalling").expect("it recalls");
        let (mut session, mut now) = (of.1, of.2);
        exchange(&mut session, &mut now, 200, body);
        let Some(Outcome::Failed(failure)) = session.outcome() else { panic!("{body}: it has failed") };
        assert_eq!(failure.reason(), Reason::OtherLogin, "{body}");
        assert!(!failure.to_string().contains("other\""), "{failure}");
    }
}

#[test]
fn a_guess_stays_if_the_service_asks_once_too_often() {
    let of = newer_phases().into_iter().find(|(name, ..)| *name == "recalling: guess").expect("it recalls");
    for (most, asks) in [(0, false), (1, true)] {
        let mut json: Value = serde_json::from_str(&of.1.snapshot().to_json()).expect("JSON");
        json["policy"]["asksAgainMax"] = json!(most);
        let snapshot = Snapshot::from_json(&json.to_string()).expect("a snapshot");
        let (mut session, mut now) = (Session::restore(snapshot).expect("a session"), of.2);
        for (status, body) in [(200, TOKEN), (203, ASKS)] {
            if session.outcome().is_none() && session.stage() != Stage::Asking {
                exchange(&mut session, &mut now, status, body);
            }
        }
        assert_eq!(session.stage() == Stage::Asking, asks, "{most}: {session:?}");
        assert_eq!(session.outcome().is_some(), !asks, "{most}: {session:?}");
    }
}

#[test]
fn a_token_that_the_cached_call_finds_spent_is_replaced_once_and_then_the_guess_stays() {
    let refused =
        r#"{"HttpStatusCode":401,"FlinksCode":"UNAUTHORIZED","Message":"You must provide a valid authorize token"}"#;
    let of = newer_phases().into_iter().find(|(name, ..)| *name == "recalling: guess").expect("it recalls");
    let (mut session, mut now) = (of.1, of.2);
    for _ in 0..2 {
        assert!(session.outcome().is_none(), "{session:?}");
        exchange(&mut session, &mut now, 200, TOKEN);
        exchange(&mut session, &mut now, 401, refused);
    }
    let Some(Outcome::Failed(failure)) = session.outcome() else { panic!("the guess stays: {session:?}") };
    assert!(failure.reason().is_guess(), "{failure:?}");
}

#[test]
fn a_look_for_an_answer_that_meets_one_question_too_many_asks_it_and_renews_nothing() {
    let change = |policy: &mut Policy| (policy.mfa, policy.prompts_max) = (Mfa::WidgetOrApi, 0);
    let mut session = walked(refresh(change), &[(200, TOKEN), (203, ASKS)]);
    let ends = session.deadline().expect("it lapses").at;
    let answers = Answers::to(&asked(&mut session, NOW)).with("p", ["x"]);
    session.answer(NOW, answers).expect("they fit");
    let answer = sent(&mut session, NOW);
    let later = NOW + MINUTE;
    session.lost(later, answer.id);
    let look = sent(&mut session, later);
    assert_eq!(look.call.endpoint(), "GetAccountsDetail");
    session.receive(later, look.id, Ok(&reply(203, &ASKS.replace(r#""p""#, r#""another""#))));
    assert_eq!(&*asked(&mut session, later).challenges[0].prompt, "another");
    assert_eq!(session.deadline().expect("it lapses").at, ends);
}

#[test]
fn a_prompt_is_ready_once_the_token_of_its_showing_is_there() {
    let mut session = walked(refresh(|_| {}), &[(200, TOKEN), (203, ASKS)]);
    assert!(!asked(&mut session, NOW).is_ready(), "no showing was asked for");
    session.open(NOW);
    let mint = sent(&mut session, NOW);
    assert!(!session.prompt(NOW).expect("it asks").is_ready(), "the mint is under way");
    session.receive(NOW, mint.id, Ok(&reply(200, TOKEN)));
    assert!(asked(&mut session, NOW).is_ready());
    session.open(NOW + Duration::from_secs(5));
    assert!(!asked(&mut session, NOW + Duration::from_secs(5)).is_ready(), "it was opened a moment ago");
    // The service mints none, and the policy wants none.
    let mut refused = walked(refresh(|_| {}), &[(200, TOKEN), (203, ASKS)]);
    refused.open(NOW);
    exchange(&mut refused, &mut { NOW }, 400, r#"{"HttpStatusCode":400,"FlinksCode":"UNKNOWN_ERROR"}"#);
    let without = walked(refresh(|policy| policy.token = TokenUse::Without), &[(203, ASKS)]);
    assert!(without.prompt(NOW).expect("it asks").is_ready());
    let shown = refused.prompt(NOW).expect("it asks");
    assert_eq!(shown.is_ready(), shown.showing.as_str() == "refused");
}

#[test]
fn a_refused_mint_that_is_no_longer_needed_does_not_end_the_session() {
    let mut session = walked(refresh(|_| {}), &[(200, TOKEN), (203, ASKS)]);
    session.open(NOW);
    let mint = sent(&mut session, NOW);
    session.returned(NOW, &ConnectNews::read(r#"{"step":"REDIRECT","requestId":"r"}"#).expect("news"));
    assert_eq!(session.receive(NOW, mint.id, Ok(&reply(401, NOT_YET))), Heard::Took);
    assert!(session.outcome().is_none());
    assert_eq!(sent(&mut session, NOW).call.endpoint(), "GetAccountsDetail");
}
