//! The choices of ARCHITECTURE.md, each by its number. Where another suite has the whole story, the test here is the
//! shortest one that would fail without the choice.

use core::time::Duration;
use reconnect_core::accounts::{self, Date};
use reconnect_core::connect::{ConnectNews, WidgetUrl};
use reconnect_core::policy::{After, Entry, Fetch, Probe, TokenUse};
use reconnect_core::reply::{self, AuthorizeReply, DataReply, ReplyError};
use reconnect_core::{
    Account, AccountId, Action, Advice, Answers, Failure, Fault, FaultKind, FlinksCode, Heard, Instance, Known,
    LoginId, Mfa, Misuse, Narrowed, Outcome, Policy, Reason, Recovery, Reply, RequestId, Selection, Session, Showing,
    Snapshot, Stage, Timestamp, selection,
};
use reconnect_testkit::duet::{START, Stage as Stand};
use reconnect_testkit::walks::{ASKS, DATA, NOT_YET, NOW, OK, PENDING, TOKEN, asked, exchange, reply, sent, walked};

const MINUTE: Duration = Duration::from_secs(60);
const GONE: &str = r#"{"HttpStatusCode":400,"FlinksCode":"SESSION_NONEXISTENT"}"#;

fn policy(change: impl FnOnce(&mut Policy)) -> Policy {
    let mut policy = Policy::default();
    change(&mut policy);
    policy
}

fn id(text: &str) -> RequestId {
    RequestId::new(text).expect("an id")
}

fn only(ids: &[&str]) -> Selection {
    Selection::only(ids.iter().map(|id| AccountId::new(id).expect("an id"))).expect("some")
}

fn refresh(policy: Policy) -> Session {
    Session::refresh(LoginId::new("l").expect("an id"), Known::default(), Selection::all(), policy, NOW)
}

fn asking() -> Session {
    walked(refresh(Policy::default()), &[(200, TOKEN), (203, ASKS)])
}

fn resumed(age: Option<Duration>, policy: Policy) -> Session {
    let mut known = Known::default();
    known.last_sent = age.map(|age| NOW.before(age));
    Session::resume(id("r"), known, Selection::all(), policy, NOW)
}

#[track_caller]
fn failed(session: &Session) -> &Failure {
    match session.outcome() {
        Some(Outcome::Failed(failure)) => failure,
        other => panic!("not failed: {other:?}"),
    }
}

fn told(session: &mut Session, now: Timestamp, text: &str) -> Heard {
    session.returned(now, &ConnectNews::read(text).expect("news"))
}

#[test]
fn decisions_2_60_a_lapsed_prompt_is_looked_at_once_and_a_known_login_may_be_refreshed_again() {
    let nameless = resumed(Some(Duration::ZERO), Policy::default());
    //= docs/spec/reconnect.md#starting-over
    //# **RECO-29** A client MUST offer an ordinary Connect session if the `requestId` has expired, with the institution
    //# preselected if it is known, and SHOULD first offer a live refresh, which only a person begins, if the `loginId`
    //# is known too.
    for (mut session, recovery) in [(asking(), Recovery::AskTheUser), (nameless, Recovery::StartOver)] {
        let end = session.deadline().expect("it lapses").at;
        //= docs/spec/lifetimes.md#requestid
        //# **LIFE-3** A client MUST take a `requestId` as live for 8 min without activity while the session is being
        //# authorized.
        assert_eq!(end, NOW + 8 * MINUTE);
        asked(&mut session, end.before(Duration::from_millis(1)));
        let look = sent(&mut session, end);
        assert_eq!(look.call.endpoint(), "GetAccountsDetail");
        session.receive(end, look.id, Ok(&reply(401, NOT_YET)));
        assert_eq!((failed(&session).reason(), failed(&session).recovery()), (Reason::Lapsed, recovery));
        assert!(matches!(session.poll(end + 20 * MINUTE), Action::Pause(_)), "nothing goes on by itself");
    }
}

/// A 203 to a look shows that the session can be resumed: its prompt is asked again, once if nothing was heard since.
#[test]
fn decision_51_a_203_to_a_look_asks_with_its_challenges_and_renews_once() {
    let mut session = asking();
    let asks = ASKS.replace(r#""p""#, r#""q""#);
    let mut end = NOW + 8 * MINUTE;
    for renewed in [true, false] {
        let look = sent(&mut session, end);
        assert_eq!(look.call.endpoint(), "GetAccountsDetail");
        session.receive(end, look.id, Ok(&reply(203, &asks)));
        if renewed {
            let prompt = asked(&mut session, end);
            assert_eq!((&*prompt.challenges[0].prompt, prompt.number, prompt.wrong), ("q", 2, false));
            assert_eq!(prompt.deadline.at, end + 8 * MINUTE);
            end = prompt.deadline.at;
        }
    }
    assert_eq!(failed(&session).reason(), Reason::Lapsed);
}

//= docs/spec/lifetimes.md#requestid
//# **LIFE-9** A client MAY take a progress event or a redirect of the widget as activity, up to 30 min from the first
//# answered request in all.
#[test]
fn decision_3_activity_counts_from_the_sending_and_hints_slide_to_30_minutes_at_most() {
    // Of the second one no request was answered yet: its look told nothing, so the user is asked all the same.
    let unclear = walked(resumed(None, Policy::default()), &[(404, r#"{"HttpStatusCode":404}"#)]);
    for mut session in [asking(), unclear] {
        let mut now = NOW;
        for _ in 0..20 {
            now = now + 2 * MINUTE;
            told(&mut session, now, r#"{"step":"SUBMIT_MFA"}"#);
        }
        assert_eq!(session.deadline().expect("it lapses").at, NOW + 30 * MINUTE);
    }
}

//= docs/spec/reconnect.md#interrupted-session-a-live-requestid
//# **RECO-5** A client that does not know the age of a `requestId` SHOULD look once (RECO-21), and then open the widget
//# if the session is not yet authorized, go on to the data if it is authorized, start over if it is gone, and open the
//# widget as the page does if there is no clear answer.
#[test]
fn decision_4_a_request_of_unknown_age_costs_one_look_and_a_known_age_none() {
    let mut unknown = resumed(None, Policy::default());
    //= docs/spec/authorize.md#the-request
    //# **AUTH-14** A client MUST NOT probe a session with a `RequestId` and empty `SecurityResponses` unless its caller
    //# asks for it.
    assert_eq!(sent(&mut unknown, NOW).call.endpoint(), "GetAccountsDetail");
    let mut unknown = walked(resumed(None, Policy::default()), &[(401, NOT_YET)]);
    assert!(asked(&mut unknown, NOW).assumed);
    assert!(!asked(&mut resumed(Some(MINUTE), Policy::default()), NOW).assumed);
    assert_eq!(failed(&resumed(Some(8 * MINUTE), Policy::default())).reason(), Reason::Lapsed);
    let mut probed = resumed(Some(8 * MINUTE), policy(|policy| policy.probe = Probe::Always));
    assert_eq!(sent(&mut probed, NOW).call.endpoint(), "GetAccountsDetail");
    let mut known = Known::default();
    //= docs/spec/reconnect.md#interrupted-session-a-live-requestid
    //# **RECO-6** A client MUST take a moment of last use that lies in the future as now.
    known.last_sent = Some(NOW + 60 * MINUTE);
    let mut future = Session::resume(id("r"), known, Selection::all(), Policy::default(), NOW);
    assert_eq!(asked(&mut future, NOW).deadline.at, NOW + 8 * MINUTE);
}

//= docs/spec/hosts-and-paths.md#the-widget
//# **HOST-21** A client MUST build the address of a preselected institution as `{widget
//# address}Credential/{institution}`, by name or by number, and MUST NOT copy the double slash that one article prints.
#[test]
fn decision_5_an_expired_session_carries_the_parts_of_its_successor() {
    let mut known = Known::default();
    known.last_sent = Some(NOW.before(60 * MINUTE));
    known.institution = Some("FlinksCapital".into());
    let session = Session::resume(id("r"), known, Selection::all(), Policy::default(), NOW);
    let instance = Instance::named("toolbox", "c").expect("an instance");
    let url = WidgetUrl::start_over(&instance, failed(&session).start_over());
    assert_eq!(url.expose(), "https://toolbox-iframe.private.fin.ag/Credential/FlinksCapital");
}

//= docs/spec/credentials.md#use
//# **CRED-26** A client whose mint for the widget is refused MUST still hand out the prompt, marked, with a URL without
//# a token.
#[test]
fn decision_6_a_refused_token_for_the_widget_leaves_the_prompt() {
    let mut session = asking();
    session.open(NOW);
    let mint = sent(&mut session, NOW);
    session.receive(NOW, mint.id, Ok(&reply(401, NOT_YET)));
    assert!(matches!(asked(&mut session, NOW).showing, Showing::Refused));
}

#[test]
fn decisions_7_8_9_answers_go_with_the_same_token_and_may_be_wrong() {
    let start = refresh(policy(|policy| policy.mfa = Mfa::WidgetOrApi));
    let mut session = walked(start, &[(200, TOKEN), (203, ASKS)]);
    let answers = Answers::to(&asked(&mut session, NOW)).with("p", ["a"]);
    session.answer(NOW, answers.clone()).expect("they fit");
    let request = sent(&mut session, NOW);
    assert!(request.once && format!("{:?}", request.call).contains("token: Some"));
    let wrong = ASKS.replace("203,", r#"401,"FlinksCode":"INVALID_SECURITY_RESPONSE","#);
    session.receive(NOW, request.id, Ok(&reply(401, &wrong)));
    assert!(asked(&mut session, NOW).wrong);
    assert_eq!(asking().answer(NOW, answers), Err(Misuse::WidgetOnly));
}

//= docs/spec/lifetimes.md#tokens-calls-sessions
//# **LIFE-17** A client MUST allow 5 min of skew between its clock and the service's when it judges whether data is
//# fresh.
//= docs/spec/reconnect.md#after-the-widget
//# **RECO-24** A client MUST believe cached data only if its `LastRefresh` is not before the live call was sent, less 5
//# min, and otherwise MUST report that nothing was refreshed, and how old the data is.
#[test]
fn decision_10_cached_data_is_believed_only_if_it_is_the_sessions() {
    let recalled = |refreshed: &str| {
        let body = OK.replace(r#""Id":"l""#, &format!(r#""Id":"l","LastRefresh":"{refreshed}""#));
        let body = body.replace(r#""RequestId":"r""#, r#""RequestId":"r2""#);
        walked(refresh(Policy::default()), &[(200, TOKEN), (200, OK), (400, GONE), (200, TOKEN), (200, &body)])
    };
    // NOW is 2026-05-28T20:26:40Z; the service's clock may be 5 minutes behind.
    assert_eq!(recalled("2026-05-28T20:21:40").stage(), Stage::Fetching);
    //= docs/spec/reconnect.md#after-the-widget
    //# **RECO-23** A client SHOULD make one cached `/Authorize` if the `requestId` is gone, the user was through and a
    //# `loginId` is known, and fetch with the new `requestId`.
    //= docs/spec/lifetimes.md#requestid
    //# **LIFE-6** A client MUST NOT use a `requestId` for a new session.
    assert_eq!(recalled("2026-05-28T20:21:40").requests().last(), Some(&id("r2")));
    assert_eq!(failed(&recalled("2026-05-28T20:21:39.999")).reason(), Reason::NotRefreshed);
    // Nobody says whose data it is.
    let nameless = r#"{"HttpStatusCode":200,"RequestId":"r2","Login":{"LastRefresh":"2026-05-28T20:26:40"}}"#;
    let session =
        walked(refresh(Policy::default()), &[(200, TOKEN), (200, OK), (400, GONE), (200, TOKEN), (200, nameless)]);
    assert_eq!(failed(&session).reason(), Reason::NotRefreshed);
    let same = policy(|policy| policy.after = After::Same);
    let session = walked(refresh(same), &[(200, TOKEN), (200, OK), (400, GONE)]);
    assert_eq!(failed(&session).recovery(), Recovery::StartOver);
}

//= docs/spec/authorize.md#the-request
//# **AUTH-13** A client MUST NOT send a `RequestId` alone to `/Authorize`.
#[test]
fn decisions_11_41_authorize_async_is_a_policy_and_posts_twice() {
    //= docs/spec/reconnect.md#authorizeasync
    //# **RECO-33** A client MAY start by `/AuthorizeAsync` with the body of a live refresh if its caller chose so.
    let mut session = refresh(policy(|policy| policy.entry = Entry::AuthorizeAsync));
    exchange(&mut session, &mut NOW.clone(), 200, TOKEN);
    let start = sent(&mut session, NOW);
    assert_eq!((start.call.endpoint(), start.once), ("AuthorizeAsync", true));
    //= docs/spec/reconnect.md#authorizeasync
    //# **RECO-34** A client MUST take the 202 and the `RequestId` of the first call as "under way".
    session.receive(NOW, start.id, Ok(&reply(202, PENDING)));
    //= docs/spec/reconnect.md#authorizeasync
    //# **RECO-35** A client MUST ask for the state by `/AuthorizeAsync` with the `RequestId`, by POST for both calls,
    //# and as often as it polls data (POLL-8).
    let status = sent(&mut session, NOW + Policy::DEFAULT.poll_every);
    assert_eq!((status.call.endpoint(), status.once), ("AuthorizeAsync", false));
    session.receive(NOW, status.id, Ok(&reply(203, ASKS)));
    assert_eq!(session.stage(), Stage::Asking);
}

//= docs/spec/async-polling.md#polling
//# **POLL-8** A client MUST wait at least 10 s between polls by default.
#[test]
fn decision_12_a_202_is_polled_at_an_interval_and_its_accounts_are_not_final() {
    let partial = PENDING.replace('}', r#","Accounts":[{"Id":"a"}]}"#);
    let mut session = walked(refresh(Policy::default()), &[(200, TOKEN), (200, OK), (202, &partial)]);
    assert!(matches!(session.poll(NOW), Action::Wait { until } if until == NOW + Duration::from_secs(10)));
    assert!(session.outcome().is_none());
}

//= docs/spec/errors.md#trying-again
//# **ERR-40** A client MUST NOT assume a numeric rate limit.
#[test]
fn decisions_13_14_the_code_decides_whatever_the_status() {
    for status in [200, 401, 403, 429] {
        let reply = reply(status, r#"{"FlinksCode":"TOO_MANY_REQUESTS"}"#);
        let Err(ReplyError::Refused(refusal)) = reply::authorize(&reply) else { panic!("{status}") };
        assert_eq!(refusal.code.and_then(|code| code.advice()), Some(Advice::TryLater));
    }
}

//= docs/spec/widget-events.md#shapes
//# **EVT-18** A client MAY use the fields for tracking a session and a user (August 2025).
//= docs/spec/widget-events.md#shapes
//# **EVT-9** A client MUST NOT require `step`, and MUST keep unknown steps and unknown keys as they came.
#[test]
fn decision_15_what_is_unknown_is_kept() {
    assert_eq!(FlinksCode::read("NEW_ONE").as_str(), "NEW_ONE");
    assert_eq!(reconnect_core::advice_by_status(503), Advice::TryLater);
    let news = ConnectNews::read(r#"{"step":"NEW_STEP","x":1}"#).expect("news");
    assert_eq!((news.step.expect("a step").as_str(), news.other.len()), ("NEW_STEP", 1));
}

//= docs/spec/accounts.md#selected-accounts
//# **ACCT-26** A client MUST NOT accept a selection of no account.
//= docs/spec/widget-url.md#parameters-of-reconnect
//# **URL-4** A client MUST NOT send `resumeSelectedAccounts` without a `requestId`, nor without an id.
#[test]
fn decisions_16_30_selected_ids_stand_in_the_url_with_a_literal_comma() {
    let instance = Instance::named("toolbox", "c").expect("an instance");
    let url = WidgetUrl::resume(&instance, &id("r"), &only(&["a", "b"]));
    assert!(url.expose().ends_with("resumeSelectedAccounts=a,b"));
    assert!(Selection::only([]).is_err());
    for name in ["accountId", "accountIds", "RESUMESELECTEDACCOUNTS"] {
        let news = ConnectNews::read(&format!("https://a/?{name}=a%2Cb")).expect("news");
        assert_eq!(news.accounts.len(), 2, "{name}");
    }
}

//= docs/spec/accounts.md#selected-accounts
//# **ACCT-23** A client MUST drop the accounts of a reply that were not selected before it builds them, and MUST tell
//# how many there were.
#[test]
fn decisions_17_36_accounts_that_were_not_selected_are_never_built() {
    let json = r#"[{"Id":"a","Title":{"not":"text"}},{"Id":"b"},{"Id":"B"}]"#;
    let report = accounts::read(json, &only(&["b", "c"])).expect("the first is not built, so it cannot be wrong");
    assert_eq!((report.kept.len(), report.left_out, report.missing.len()), (2, 1, 1));
    let all = ["a", "b"].map(|id| Account::new(AccountId::new(id).expect("an id")));
    assert_eq!(selection::split(all.into(), &only(&["b"])).left_out, 1);
}

//= docs/spec/reconnect.md#after-the-widget
//# **RECO-26** A client MUST compare the `loginId` that comes back with its own if it knows one, and MUST take nothing
//# from news of another.
#[test]
fn decisions_52_53_only_another_login_makes_news_or_a_reply_foreign() {
    let mut session = asking();
    //= docs/spec/widget-events.md#in-a-session
    //# **EVT-32** A client MUST refuse news that names another `loginId` than its own, if it knows one, and take
    //# nothing of it.
    assert_eq!(told(&mut session, NOW, r#"{"step":"REDIRECT","loginId":"x"}"#), Heard::NotOurs);
    assert_eq!(told(&mut session, NOW, r#"{"step":"REDIRECT","loginId":"x","requestId":"r"}"#), Heard::NotOurs);
    assert_eq!(session.stage(), Stage::Asking);
    // Another `requestId` is a hint: it causes one look, with our own `requestId`.
    for login in ["", r#""loginId":"l","#] {
        let mut session = asking();
        let news = format!(r#"{{"step":"REDIRECT",{login}"requestId":"x"}}"#);
        assert_eq!(told(&mut session, NOW, &news), Heard::Took);
        let look = sent(&mut session, NOW);
        assert_eq!(look.call.endpoint(), "GetAccountsDetail");
        assert_eq!(session.requests(), [id("r")]);
        session.receive(NOW, look.id, Ok(&reply(200, DATA)));
        assert!(matches!(session.outcome(), Some(Outcome::Refreshed(done)) if done.named_other_request));
    }
    // A reply of another login ends the session; one of our login under another `requestId` is ours; one that names
    // neither is not.
    //= docs/spec/data.md#the-reply
    //# **DATA-16** A client MUST end the session, and build no account, if `Login.Id` of a reply is another than its
    //# own, or if the `RequestId` of a data reply is unknown and no login shows that it is its own all the same.
    for (change, ours) in [
        ((r#""Id":"l""#, r#""Id":"x""#), false),
        ((r#""RequestId":"r""#, r#""RequestId":"x""#), true),
        ((r#""RequestId":"r","Login":{"Id":"l"},"#, r#""RequestId":"x","#), false),
        ((r#""RequestId":"r","Login":{"Id":"l"},"#, r#""RequestId":"r","#), true),
    ] {
        let data = DATA.replace(change.0, change.1);
        assert_ne!(data, DATA);
        let mut session = walked(refresh(Policy::default()), &[(200, TOKEN), (200, OK), (200, &data)]);
        if ours {
            let Some(Outcome::Refreshed(done)) = session.outcome() else { panic!("{data}: {:?}", session.outcome()) };
            assert_eq!(done.other_request, data.contains(r#""RequestId":"x""#), "{data}");
        } else {
            //= docs/spec/authorize.md#200-authorized
            //# **AUTH-27** A client MUST end the session, and build nothing of the reply, if `Login.Id` is another
            //# login than the one it refreshes.
            assert_eq!(failed(&session).reason(), Reason::OtherLogin, "{data}");
            let other = failed(&session).other_login().map(LoginId::as_str);
            assert_eq!(other, data.contains(r#""Id":"x""#).then_some("x"), "{data}");
            assert!(session.take_accounts().is_none());
        }
    }
}

//= docs/spec/widget-url.md#writing
//# **URL-11** A client MUST keep the query of the widget address that it was given, and add to it.
#[test]
fn decision_19_the_widgets_address_is_kept_byte_for_byte() {
    let widget = "https://w.example/v2//x?demo=true";
    let instance = Instance::at("https://a.example", widget, "c").expect("an instance");
    let url = WidgetUrl::resume(&instance, &id("r"), &Selection::all());
    assert_eq!(url.expose(), format!("{widget}&requestId=r"));
}

#[test]
fn decisions_21_22_money_and_dates_are_what_was_written() {
    let report = accounts::read(r#"[{"Id":"a","Balance":{"Current":0.10}}]"#, &Selection::all()).expect("accounts");
    assert_eq!(report.kept[0].balance.current.expect("money").to_string(), "0.10");
    assert_eq!(Date::read("2026/02/15").expect("a day").to_string(), "2026-02-15");
    let never = OK.replace(r#""Id":"l""#, r#""Id":"l","LastRefresh":"0001-01-01T00:00:00""#);
    let reply = reply(200, &never);
    let Ok(AuthorizeReply::Authorized(facts)) = reply::authorize(&reply) else { panic!("authorized") };
    assert_eq!(facts.last_refresh, None);
}

//= docs/spec/errors.md#a-cached-call-repeats-the-last-live-failure
//# **ERR-34** A client whose live `/Authorize` went out MUST tell its caller that cached calls of this login may fail
//# until a live one succeeds.
#[test]
fn decision_23_a_failed_live_refresh_warns_of_cached_calls() {
    let refused = r#"{"FlinksCode":"DISABLED_LOGIN"}"#;
    assert!(failed(&walked(refresh(Policy::default()), &[(200, TOKEN), (401, refused)])).cached_may_fail());
    assert!(!failed(&walked(refresh(Policy::default()), &[(401, NOT_YET)])).cached_may_fail());
}

//= docs/spec/errors.md#codes-of-refusal
//# **ERR-21** A client MUST wait at least 8 min after `CONCURRENT_SESSION` (another session of this login is open) and
//# `CARD_IN_USE` (400, still processing), or longer if a `Retry-After` says so.
#[test]
fn decision_24_another_session_is_waited_for() {
    for code in ["CONCURRENT_SESSION", "CARD_IN_USE"] {
        let body = format!(r#"{{"FlinksCode":"{code}"}}"#);
        let session = walked(refresh(Policy::default()), &[(200, TOKEN), (400, &body)]);
        assert_eq!(failed(&session).recovery(), Recovery::TryLater { not_before: NOW + 8 * MINUTE });
    }
}

/// A redirect is never followed, whatever its body is: a repeatable call is tried again, and a live one is in doubt.
#[test]
fn decision_61_a_redirect_of_the_api_is_a_fault() {
    for status in [301, 302, 304, 307, 308] {
        let mut session = refresh(Policy::default());
        for _ in 0..3 {
            assert!(session.outcome().is_none(), "{status}: a mint is tried again");
            exchange(&mut session, &mut (NOW + MINUTE), status, TOKEN);
        }
        let failure = failed(&session);
        assert_eq!((failure.reason(), failure.recovery()), (Reason::Unreachable, Recovery::FixTheSetup), "{status}");
        assert_eq!(failure.status(), Some(status));
        let session = walked(refresh(Policy::default()), &[(200, TOKEN), (status, OK)]);
        assert_eq!(failed(&session).reason(), Reason::OutcomeUnknown, "{status}");
    }
}

//= docs/spec/data.md#the-reply
//# **DATA-21** A client MUST let its caller choose whether details, the summary or nothing is fetched at the end.
#[test]
fn decision_27_what_is_fetched_is_a_policy() {
    for (fetch, endpoint) in [(Fetch::Summary, "GetAccountsSummary"), (Policy::default().fetch, "GetAccountsDetail")] {
        let mut session = walked(refresh(policy(|policy| policy.fetch = fetch)), &[(200, TOKEN), (200, OK)]);
        assert_eq!(sent(&mut session, NOW).call.endpoint(), endpoint);
    }
    let summary = policy(|policy| policy.fetch = Fetch::Summary);
    let login = LoginId::new("l").expect("an id");
    let session = Session::refresh(login, Known::default(), only(&["b"]), summary, NOW);
    //= docs/spec/data.md#getaccountssummary
    //# **DATA-12** A client MUST NOT expect a filter of accounts in a summary, and MUST leave unselected accounts out
    //# itself.
    let session = walked(session, &[(200, TOKEN), (200, OK), (200, DATA)]);
    assert!(matches!(session.outcome(), Some(Outcome::Refreshed(done)) if done.kept.is_empty() && done.left_out == 1));
    let nothing = policy(|policy| policy.fetch = Fetch::Nothing);
    assert!(matches!(walked(refresh(nothing), &[(200, TOKEN), (200, OK)]).outcome(), Some(Outcome::Refreshed(_))));
}

//= docs/spec/reconnect.md#interrupted-session-a-live-requestid
//# **RECO-7** A client MUST work without a `loginId` in an interrupted session, and MUST learn it from a reply only.
//= docs/spec/reconnect.md#starting-over
//# **RECO-32** A client MUST NOT assume that a Reconnect keeps the `loginId`.
#[test]
fn decision_55_a_login_is_learnt_from_a_reply_and_news_claims_nothing() {
    let mut session = resumed(Some(MINUTE), Policy::default());
    told(&mut session, NOW, r#"{"step":"SUBMIT_MFA","loginId":"claimed"}"#);
    assert_eq!(session.login(), None);
    // If no login is known, no login is refused, and news with one login does not refuse later news with another.
    assert_eq!(told(&mut session, NOW, r#"{"step":"REDIRECT","loginId":"other"}"#), Heard::Took);
    exchange(&mut session, &mut NOW.clone(), 401, NOT_YET);
    assert_eq!(told(&mut session, NOW + MINUTE, r#"{"step":"REDIRECT","loginId":"claimed"}"#), Heard::Took);
    assert_eq!(session.login(), None);
    assert!(!session.snapshot().to_json().contains("claimed"));
    exchange(&mut session, &mut (NOW + MINUTE), 200, DATA);
    let Some(Outcome::Refreshed(done)) = session.outcome() else { panic!("it is done") };
    assert_eq!(done.login, Some(LoginId::new("l").expect("an id")));
    // If a login is known, another one is foreign.
    assert_eq!(told(&mut asking(), NOW, r#"{"step":"REDIRECT","loginId":"other"}"#), Heard::NotOurs);
}

//= docs/spec/reconnect.md#after-the-widget
//# **RECO-28** A client MUST NOT take a closed widget as the end.
//= docs/spec/widget-events.md#steps
//# **EVT-26** A client SHOULD take `MAXIMUM_RETRY_REACHED`, `COMPONENT_DENY_CONSENT` and `COMPONENT_DENY_TERMS` as a
//# mark on the prompt, and MUST NOT throw away an answer that is under way.
#[test]
fn decision_60_closing_and_three_ends_mark_the_prompt_and_its_lease_decides() {
    let mut session = asking();
    told(&mut session, NOW, r#"{"step":"COMPONENT_CLOSE_SESSION"}"#);
    assert!(asked(&mut session, NOW).left);
    let end = NOW + 8 * MINUTE;
    for step in ["MAXIMUM_RETRY_REACHED", "COMPONENT_DENY_CONSENT", "COMPONENT_DENY_TERMS"] {
        let ended = || {
            let mut session = asking();
            assert_eq!(told(&mut session, NOW, &format!(r#"{{"step":"{step}"}}"#)), Heard::Took);
            assert_eq!(asked(&mut session, NOW).ended.as_ref().map(FlinksCode::as_str), Some(step));
            assert_eq!(session.deadline().expect("it lapses").at, end);
            session
        };
        let mut session = ended();
        let look = sent(&mut session, end);
        session.receive(end, look.id, Ok(&reply(401, NOT_YET)));
        let failure = failed(&session);
        assert_eq!((failure.reason(), failure.recovery()), (Reason::EndedInWidget, Recovery::AskTheUser));
        assert_eq!(failure.code().map(FlinksCode::as_str), Some(step));
        // The user went on in spite of the message.
        let mut session = ended();
        let look = sent(&mut session, end);
        session.receive(end, look.id, Ok(&reply(200, DATA)));
        assert!(matches!(session.outcome(), Some(Outcome::Refreshed(_))), "{step}");
    }
}

/// An answer is under way when a message says that the widget ended: its reply counts as without the message.
#[test]
fn decision_60_an_end_in_the_widget_keeps_an_answer_that_is_under_way() {
    let start = refresh(policy(|policy| policy.mfa = Mfa::WidgetOrApi));
    let mut session = walked(start, &[(200, TOKEN), (203, ASKS)]);
    let answers = Answers::to(&asked(&mut session, NOW)).with("p", ["a"]);
    session.answer(NOW, answers).expect("they fit");
    let request = sent(&mut session, NOW);
    told(&mut session, NOW, r#"{"step":"COMPONENT_DENY_CONSENT"}"#);
    assert_eq!(session.receive(NOW, request.id, Ok(&reply(200, OK))), Heard::Took);
    assert_eq!(session.stage(), Stage::Fetching);
}

/// An MFA error to a live call leads to the widget if its body has a `requestId`, else to an ordinary session.
//= docs/spec/authorize.md#refusals
//# **AUTH-32** A client MUST read both shapes of a refusal, `{HttpStatusCode, Message, FlinksCode}` and the longer one
//# that may add `Links`, `Institution`, `RequestId` and `SecurityChallenges`.
//= docs/spec/authorize.md#refusals
//# **AUTH-35** A client MUST use the `RequestId` of a refusal if the documentation says that it is usable (ERR-33), and
//# MUST NOT require one elsewhere.
#[test]
fn decision_60_an_mfa_error_to_a_live_call_never_leads_to_the_same_call_again() {
    for code in ["QUESTION_NOT_FOUND", "SECURITYRESPONSES_INCOMPLETE", "INVALID_SECURITY_RESPONSE"] {
        let body = format!(r#"{{"HttpStatusCode":401,"FlinksCode":"{code}"}}"#);
        let session = walked(refresh(Policy::default()), &[(200, TOKEN), (401, &body)]);
        assert_eq!((failed(&session).reason(), failed(&session).recovery()), (Reason::Refused, Recovery::StartOver));
        let body = body.replace('}', r#","RequestId":"r"}"#);
        let mut session = walked(refresh(Policy::default()), &[(200, TOKEN), (401, &body)]);
        assert_eq!(asked(&mut session, NOW).request, id("r"), "{code}");
    }
}

/// No session advises to ask the user because of an MFA error, whichever call gets it: the same user was there, and
/// would be texted again. Refusals of an answer are not meant.
#[test]
fn decision_60_an_mfa_error_to_any_call_never_advises_to_ask_the_user() {
    let through = [(200, TOKEN), (200, OK)];
    let polling = [(200, TOKEN), (200, OK), (202, PENDING)];
    let recalling = [(200, TOKEN), (200, OK), (400, GONE)];
    let at_cached = [(200, TOKEN), (200, OK), (400, GONE), (200, TOKEN)];
    let at_work = || refresh(policy(|policy| policy.entry = Entry::AuthorizeAsync));
    for code in ["QUESTION_NOT_FOUND", "SECURITYRESPONSES_INCOMPLETE", "INVALID_SECURITY_RESPONSE"] {
        let body = format!(r#"{{"HttpStatusCode":401,"FlinksCode":"{code}"}}"#);
        let after = |session: Session, steps: &[(u16, &str)]| {
            let session = walked(walked(session, steps), &[(401, &body)]);
            let failure = failed(&session);
            assert_eq!(failure.code().map(FlinksCode::as_str), Some(code), "{steps:?}");
            (failure.reason(), failure.recovery())
        };
        let refused = (Reason::Refused, Recovery::StartOver);
        for steps in [&[][..], &[(200, TOKEN)], &through, &polling, &recalling] {
            assert_eq!(after(refresh(Policy::default()), steps), refused, "{code} after {steps:?}");
        }
        //= docs/spec/errors.md#a-cached-call-repeats-the-last-live-failure
        //# **ERR-32** A client MUST expect a cached `/Authorize` to answer with the failure of the last live attempt,
        //# such as 401 `QUESTION_NOT_FOUND` after an abandoned MFA.
        //= docs/spec/errors.md#a-cached-call-repeats-the-last-live-failure
        //# **ERR-33** A client MAY use the `RequestId` of a cached call's refusal for data, and MUST then judge the age
        //# of the data by `LastRefresh`.
        let no_data = (Reason::NotRefreshed, Recovery::StartOver);
        assert_eq!(after(refresh(Policy::default()), &at_cached), no_data, "{code}");
        let mut asks = walked(at_work(), &[(200, TOKEN), (202, PENDING)]);
        exchange(&mut asks, &mut NOW.clone(), 401, &body);
        assert!(asked(&mut asks, NOW).challenges.is_empty(), "{code}: a status has its requestId");
        // A look that gets one brought nothing.
        let mut looks = asking();
        told(&mut looks, NOW, r#"{"step":"REDIRECT"}"#);
        exchange(&mut looks, &mut NOW.clone(), 401, &body);
        assert_eq!(looks.stage(), Stage::Asking, "{code}");
    }
}

/// A reply to the live call that lacks its `requestId` is reported as unreadable at that field.
//= docs/spec/authorize.md#200-authorized
//# **AUTH-20** A client MUST take a 200 or 203 of `/Authorize` without a `RequestId` as no answer at all.
#[test]
fn decision_47_a_reply_to_the_live_call_without_a_request_id_is_reported_as_such() {
    for (status, body) in [
        (203, ASKS.replace(r#""RequestId":"r","#, "")),
        (200, r#"{"HttpStatusCode":203,"Message":"x"}"#.to_owned()),
        (200, r#"{"HttpStatusCode":200,"Login":{"Id":"l"}}"#.to_owned()),
        (202, r#"{"HttpStatusCode":202,"FlinksCode":"OPERATION_PENDING"}"#.to_owned()),
        (400, r#"{"HttpStatusCode":400,"FlinksCode":"ALREADY_AUTHORIZED"}"#.to_owned()),
    ] {
        let session = walked(refresh(Policy::default()), &[(200, TOKEN), (status, &body)]);
        let failure = failed(&session);
        assert_eq!(failure.reason(), Reason::OutcomeUnknown, "{body}");
        assert_eq!((failure.status(), failure.place()), (Some(status), Some("RequestId")), "{body}");
        let says = failure.to_string();
        assert!(says.contains("could not be read at RequestId") && !says.contains("HTTP"), "{says}");
    }
    // The kind `Garbled` may also mean HTTP in a form that is not read.
    let says = FaultKind::Garbled.to_string();
    assert_eq!(says, "the bytes that came are not HTTP, or are in a form that is not read");
}

/// One mint for a showing in 10 s. If a look begins during the mint, the token is kept for the prompt that the look
/// leads back to. A mint that fails is not repeated at once.
#[test]
fn decision_67_a_look_costs_no_second_mint_for_a_showing() {
    let opened = || {
        let mut session = asking();
        session.open(NOW);
        let mint = sent(&mut session, NOW);
        told(&mut session, NOW, r#"{"step":"REDIRECT","requestId":"r"}"#);
        assert_eq!(session.stage(), Stage::Looking);
        (session, mint.id)
    };
    let again = NOW + Duration::from_secs(10);
    for (status, body) in [(401, NOT_YET), (203, ASKS), (203, &ASKS.replace(r#""p""#, r#""q""#)), (418, "<html>")] {
        // The mint's reply comes during the look.
        let (mut session, mint) = opened();
        assert_eq!(session.receive(NOW, mint, Ok(&reply(200, TOKEN))), Heard::Took);
        let mut now = NOW;
        while session.stage() == Stage::Looking {
            exchange(&mut session, &mut now, status, body);
        }
        assert!(matches!(asked(&mut session, now).showing, Showing::Ready(_)), "{status} {body}");
        // The mint fails: the next one waits.
        let (mut session, mint) = opened();
        session.receive(NOW, mint, Err(Fault::NOT_SENT));
        let mut now = NOW;
        while session.stage() == Stage::Looking {
            exchange(&mut session, &mut now, status, body);
        }
        if now < again {
            assert!(matches!(session.poll(now), Action::Wait { until } if until == again), "{status} {body}");
            assert_eq!(session.deadline().map(|deadline| deadline.at), Some(again), "{status} {body}");
        }
        assert!(matches!(session.poll(again.max(now)), Action::Send(_)), "{status} {body}");
    }
}

/// A prompt that a page shows stays shown if a look brings the same challenges: its answer may be on its way, and the
/// same words may be another prompt at the bank. Other challenges, and any in a reply to `/Authorize`, are another
/// prompt.
#[test]
fn decision_58_the_same_challenges_to_a_look_are_still_shown() {
    let begin = || {
        let mut session = walked(refresh(policy(|policy| policy.mfa = Mfa::WidgetOrApi)), &[(200, TOKEN), (203, ASKS)]);
        let prompt = asked(&mut session, NOW);
        assert_eq!(session.shown(NOW), Heard::Took);
        told(&mut session, NOW, r#"{"step":"REDIRECT","requestId":"r"}"#);
        (session, Answers::to(&prompt).with("p", ["a"]))
    };
    for (status, body, shown) in
        [(203, ASKS, true), (401, NOT_YET, true), (203, &ASKS.replace(r#""p""#, r#""q""#), false)]
    {
        let (mut session, answers) = begin();
        exchange(&mut session, &mut NOW.clone(), status, body);
        assert_eq!(asked(&mut session, NOW).shown, shown, "{body}");
        assert_eq!(session.answer(NOW, answers), Err(Misuse::OtherPrompt), "{body}");
    }
}

/// A redirect is never followed and says nothing. Late or in time, by HTTP's status or the body's, it does not end a
/// session that the service may hold.
//= docs/spec/authorize.md#the-request
//# **AUTH-16** A client that lost the reply to a live `/Authorize` MUST report that the outcome is unknown, and MUST
//# still take a late reply to that very call.
#[test]
fn decision_61_a_late_redirect_leaves_the_guess_as_it_was() {
    let mut live = walked(refresh(Policy::default()), &[(200, TOKEN)]);
    let out = sent(&mut live, NOW);
    live.lost(NOW, out.id);
    let mut answered = walked(refresh(policy(|policy| policy.mfa = Mfa::WidgetOrApi)), &[(200, TOKEN), (203, ASKS)]);
    let answers = Answers::to(&asked(&mut answered, NOW)).with("p", ["a"]);
    answered.answer(NOW, answers).expect("they fit");
    let answer = sent(&mut answered, NOW);
    answered.lost(NOW, answer.id);
    let mut asks = answered.clone();
    exchange(&mut asks, &mut NOW.clone(), 401, NOT_YET);
    for status in [300, 301, 302, 303, 304, 307, 308, 399] {
        let own = format!(r#"{{"HttpStatusCode":{status},"Message":"moved"}}"#);
        let named = format!(r#"{{"HttpStatusCode":{status},"RequestId":"r","Login":{{"Id":"l"}}}}"#);
        for reply in
            [reply(status, ""), reply(status, "<html>"), reply(status, DATA), reply(200, &own), reply(200, &named)]
        {
            let shown = String::from_utf8_lossy(&reply.body).into_owned();
            for (session, id) in [(&live, out.id), (&answered, answer.id), (&asks, answer.id)] {
                let mut session = session.clone();
                let before = session.snapshot();
                assert_eq!(session.receive(NOW, id, Ok(&reply)), Heard::Knew, "{status} {shown}");
                assert_eq!(session.snapshot(), before, "{status} {shown}");
                // The true reply may still come.
                let asks = self::reply(203, ASKS);
                assert_eq!(session.receive(NOW, id, Ok(&asks)), Heard::Took, "{status} {shown}");
                assert_eq!(session.stage(), Stage::Asking, "{status} {shown}");
            }
            // In time, it counts as a lost reply: the call may have got there.
            let mut session = walked(refresh(Policy::default()), &[(200, TOKEN)]);
            let live = sent(&mut session, NOW);
            session.receive(NOW, live.id, Ok(&reply));
            assert_eq!(failed(&session).reason(), Reason::OutcomeUnknown, "{status} {shown}");
            assert_eq!(failed(&session).status(), Some(status), "{shown}");
        }
    }
}

//= docs/spec/accounts.md#selected-accounts
//# **ACCT-27** A client MUST take the `accountId` of the REDIRECT event or URL as the user's choice if its caller made
//# none, by leaving the others out of what the service sends, MUST NOT send it, put it into a URL or keep it as a
//# selection, and MUST tell whose choice it applied.
//= docs/spec/accounts.md#selected-accounts
//# **ACCT-28** A client MUST NOT let the accounts that a redirect names change a choice that its caller made, and MUST
//# report it if they differ.
#[test]
fn decision_54_a_redirect_narrows_the_reply_and_never_changes_a_choice() {
    let data = DATA.replace(r#"{"Id":"a"}"#, r#"{"Id":"a"},{"Id":"b"},{"Id":"c"}"#);
    // The redirects that were heard, the accounts that the outcome keeps, and its `narrowed`.
    let ours = r#"{"step":"REDIRECT","requestId":"r","accountId":"b"}"#;
    let unnamed = r#"{"step":"REDIRECT","accountId":"a"}"#;
    for (heard, kept, narrowed) in [
        (&[ours][..], &["b"][..], Narrowed::OurRedirect),
        (&[unnamed], &["a"], Narrowed::Redirect),
        (&[unnamed, ours], &["b"], Narrowed::OurRedirect),
        (&[ours, unnamed], &["b"], Narrowed::OurRedirect),
        (&[ours, r#"{"step":"REDIRECT","requestId":"r"}"#], &["b"], Narrowed::OurRedirect),
        (&[ours, r#"{"step":"REDIRECT","requestId":"r","accountId":["c","a"]}"#], &["a", "c"], Narrowed::OurRedirect),
        (&[unnamed, r#"{"step":"REDIRECT","accountId":"b"}"#], &["a", "b", "c"], Narrowed::Twice),
        (&[r#"{"step":"REDIRECT","requestId":"r","accountId":"EVIL"}"#], &["a", "b", "c"], Narrowed::NoneOf),
        (&[r#"{"step":"REDIRECT","requestId":"r","accountId":["EVIL","b"]}"#], &["b"], Narrowed::OurRedirect),
        (&[r#"{"step":"REDIRECT","requestId":"r"}"#], &["a", "b", "c"], Narrowed::Nothing),
    ] {
        let mut all = asking();
        for news in heard {
            told(&mut all, NOW, news);
        }
        assert!(all.keep().is_all(), "{heard:?}");
        let look = sent(&mut all, NOW);
        let shown = format!("{:?}", look.call);
        assert!(!shown.contains("EVIL") && !shown.contains("only"), "{heard:?}: {shown}");
        all.receive(NOW, look.id, Ok(&reply(200, &data)));
        let Some(Outcome::Refreshed(done)) = all.outcome() else { panic!("{heard:?}: it is done") };
        let ids: Vec<_> = done.kept.iter().map(AccountId::as_str).collect();
        assert_eq!((&*ids, done.narrowed, done.missing.len()), (kept, narrowed, 0), "{heard:?}");
        assert_eq!(done.left_out, 3 - kept.len(), "{heard:?}");
    }
    // Only a call about data can refute accounts that were named. While an answer is under way they are named for good.
    let mut answering = walked(refresh(policy(|policy| policy.mfa = Mfa::WidgetOrApi)), &[(200, TOKEN), (203, ASKS)]);
    let answers = Answers::to(&asked(&mut answering, NOW)).with("p", ["a"]);
    answering.answer(NOW, answers).expect("it fits");
    sent(&mut answering, NOW);
    told(&mut answering, NOW, ours);
    let row = answering.snapshot().to_json();
    assert!(row.contains(r#""named":{"accounts":["b"],"ours":true}"#), "{row}");
    // A look that says no drops the accounts that were named before it was sent, and only those. Accounts that were
    // named before and during the look conflict only as long as both count.
    let [one, other] = ["a", "b"].map(|id| format!(r#"{{"step":"REDIRECT","accountId":"{id}"}}"#));
    let [our_one, our_other] = [&one, &other].map(|news| news.replace(r#""account"#, r#""requestId":"r","account"#));
    for (before, during, yes, no) in [
        (&one, &other, (3, Narrowed::Twice), (1, Narrowed::Redirect)),
        (&one, &one, (1, Narrowed::Redirect), (1, Narrowed::Redirect)),
        (&our_one, &other, (1, Narrowed::OurRedirect), (1, Narrowed::Redirect)),
        (&one, &our_other, (1, Narrowed::OurRedirect), (1, Narrowed::OurRedirect)),
        (&our_one, &our_other, (1, Narrowed::OurRedirect), (1, Narrowed::OurRedirect)),
    ] {
        for (replies, expected) in [(&[(200, &*data)][..], yes), (&[(401, NOT_YET), (200, &data)], no)] {
            let mut session = asking();
            told(&mut session, NOW, before);
            let look = sent(&mut session, NOW);
            told(&mut session, NOW, during);
            // The rest comes from the snapshot alone.
            session =
                Session::restore(Snapshot::from_json(&session.snapshot().to_json()).expect("a row")).expect("sound");
            session.receive(NOW, look.id, Ok(&reply(replies[0].0, replies[0].1)));
            replies[1..].iter().for_each(|(status, body)| exchange(&mut session, &mut NOW.clone(), *status, body));
            let Some(Outcome::Refreshed(done)) = session.outcome() else { panic!("{before} {during}: it is done") };
            assert_eq!((done.kept.len(), done.narrowed), expected, "{before} {during} {}", replies.len());
        }
    }
    // After the data, and before the accounts are taken, a redirect changes nothing, and the outcome mentions it.
    let mut late = walked(refresh(Policy::default()), &[(200, TOKEN), (200, OK), (200, &data)]);
    assert_eq!(told(&mut late, NOW, ours), Heard::Took);
    let is_late = |late: &Session| matches!(late.outcome(), Some(Outcome::Refreshed(done)) if done.narrowed == Narrowed::Late && done.kept.len() == 3);
    assert!(is_late(&late));
    assert_eq!(late.take_accounts().expect("accounts").len(), 3);
    let mut known = Known::default();
    known.last_sent = Some(NOW);
    let mut some = Session::resume(id("r"), known, only(&["a"]), Policy::default(), NOW);
    told(&mut some, NOW, ours);
    assert_eq!(some.keep(), &only(&["a"]));
    exchange(&mut some, &mut NOW.clone(), 200, DATA);
    assert!(matches!(some.outcome(), Some(Outcome::Refreshed(done)) if done.named_others));
}

//= docs/spec/credentials.md#without-a-token
//# **CRED-13** A client MUST work without any authorize token.
#[test]
fn decision_34_without_a_secret_key_nothing_is_minted() {
    let mut session = refresh(policy(|policy| policy.token = TokenUse::Without));
    assert_eq!(sent(&mut session, NOW).call.endpoint(), "Authorize");
}

#[test]
fn decision_35_what_an_id_is() {
    assert!(RequestId::new("a b/ü").is_ok() && RequestId::new("a\nb").is_err());
    assert_eq!(id("AbC"), id("aBc"));
    assert!(AccountId::new("a,b").is_err());
}

//= docs/spec/async-polling.md#polling
//# **POLL-10** A client MUST give up after 30 min, counted from the sending of the request whose reply was the first 202
//# since the end user was last asked.
//= docs/spec/async-polling.md#polling
//# **POLL-11** A client MUST end at once, with "try later", if the next poll would be at or past the cap, and MUST NOT
//# end on the clock alone.
#[test]
fn decision_2_pending_data_is_polled_for_until_the_next_poll_would_reach_30_minutes() {
    let mut session = walked(refresh(Policy::default()), &[(200, TOKEN), (200, OK)]);
    let (mut now, cap) = (NOW, NOW + 30 * MINUTE);
    let fetch = sent(&mut session, now);
    // Its reply takes a minute, and the cap counts from its sending.
    now = now + MINUTE;
    session.receive(now, fetch.id, Ok(&reply(202, PENDING)));
    while session.outcome().is_none() {
        let Action::Wait { until } = session.poll(now) else { panic!("the service was just asked") };
        assert!(until < cap, "no poll is at the cap");
        now = until;
        // It is past the 8 minutes of the `requestId`, and asks all the same.
        //= docs/spec/async-polling.md#polling
        //# **POLL-13** A client MUST NOT apply a lifetime of its own to the session while it polls.
        //= docs/spec/lifetimes.md#requestid
        //# **LIFE-11** A client MUST NOT consult a lease of its own once the session is authorized.
        let poll = sent(&mut session, now);
        session.receive(now, poll.id, Ok(&reply(202, PENDING)));
    }
    assert_eq!(now, cap.before(Policy::DEFAULT.poll_every));
    assert!(matches!(failed(&session).recovery(), Recovery::TryLater { .. }));
}

/// However it came to be asked: by a 203, by an MFA code, or because the status could not be read.
#[test]
fn decisions_2_51_a_question_ends_what_was_pending_before_it() {
    let incomplete = r#"{"HttpStatusCode":401,"FlinksCode":"SECURITYRESPONSES_INCOMPLETE"}"#;
    for (status, body) in [(203, ASKS), (401, incomplete), (502, "a page")] {
        let mut session = refresh(policy(|policy| {
            (policy.entry, policy.token) = (Entry::AuthorizeAsync, TokenUse::Without);
        }));
        let mut now = NOW;
        // The service is at work for 25 of the 30 minutes, and then asks.
        while now < NOW + 25 * MINUTE {
            exchange(&mut session, &mut now, 202, PENDING);
        }
        while session.stage() != Stage::Asking {
            exchange(&mut session, &mut now, status, body);
        }
        let asked = now;
        assert_eq!(told(&mut session, now, r#"{"step":"REDIRECT","requestId":"r"}"#), Heard::Took);
        while session.outcome().is_none() {
            exchange(&mut session, &mut now, 202, PENDING);
        }
        assert_eq!(failed(&session).reason(), Reason::GaveUp);
        assert!(asked.until(now) >= 29 * MINUTE, "{status}: the data had {:?}", asked.until(now));
    }
}

#[test]
fn decisions_37_38_limits_and_tries() {
    let mut session = refresh(Policy::default());
    let mint = sent(&mut session, NOW);
    //= docs/spec/async-polling.md#time-limits
    //# **POLL-16** A client SHOULD limit a mint or a poll to 30 s and the making of a connection to 5 s.
    assert_eq!(mint.limit, Duration::from_secs(30));
    let mut now = NOW;
    for wait in [500, 1_000] {
        exchange_fault(&mut session, &mut now);
        assert_eq!(session.deadline().expect("it tries again").at, now + Duration::from_millis(wait));
    }
    exchange_fault(&mut session, &mut now);
    assert_eq!(failed(&session).reason(), Reason::Unreachable);
    //= docs/spec/errors.md#trying-again
    //# **ERR-42** A client MUST end with "try later" if the service stays silent in as many tries as the client has.
    assert!(matches!(failed(&session).recovery(), Recovery::TryLater { .. }));
    let mut session = walked(refresh(Policy::default()), &[(200, TOKEN)]);
    //= docs/spec/async-polling.md#time-limits
    //# **POLL-15** A client MUST wait longer than 210 s for a synchronous POST, by default 240 s.
    assert_eq!(sent(&mut session, NOW).limit, Duration::from_secs(240));
}

/// The outstanding request, or the next one, comes to nothing.
fn exchange_fault(session: &mut Session, now: &mut Timestamp) {
    let id = loop {
        match session.poll(*now) {
            Action::Send(request) => break request.id,
            Action::Wait { .. } if session.lost(*now, reconnect_core::ExchangeId::from_number(1)) == Heard::Took => {
                return;
            }
            Action::Wait { until } => *now = until,
            Action::Pause(pause) => panic!("{pause:?}"),
        }
    };
    session.receive(*now, id, Err(Fault::maybe(FaultKind::Connect)));
}

//= docs/spec/async-polling.md#polling
//# **POLL-9** A client MUST wait longer if a `Retry-After` says so, up to 5 min.
//= docs/spec/errors.md#trying-again
//# **ERR-37** A client MUST honour `Retry-After`, in seconds or as a date, if it is later than its own wait, and MUST
//# end with "try later" at that moment if it is more than 5 min away.
#[test]
fn decision_38_a_retry_after_of_more_than_5_minutes_is_not_waited_for() {
    for (seconds, waits) in [(300, true), (301, false)] {
        let mut session = refresh(Policy::default());
        let mint = sent(&mut session, NOW);
        let headers = vec![("retry-after".to_owned(), format!("{seconds}"))];
        let busy = Reply { status: 429, headers, body: br#"{"FlinksCode":"TOO_MANY_REQUESTS"}"#.to_vec() };
        session.receive(NOW, mint.id, Ok(&busy));
        assert_eq!(session.outcome().is_none(), waits, "{seconds}");
    }
}

#[test]
fn decision_40_an_unknown_outcome_is_tried_when_the_other_session_must_be_over() {
    let mut session = walked(refresh(Policy::default()), &[(200, TOKEN)]);
    let live = sent(&mut session, NOW);
    session.lost(NOW + MINUTE, live.id);
    assert_eq!(failed(&session).recovery(), Recovery::TryLater { not_before: NOW + 8 * MINUTE });
}

//= docs/spec/credentials.md#use
//# **CRED-29** A client SHOULD keep a token in its stored form only while answers through the API are possible, and
//# MUST say that this form is secret.
#[test]
fn decision_42_a_snapshot_holds_a_token_and_prompts_only_where_the_api_answers() {
    let api = refresh(policy(|policy| policy.mfa = Mfa::WidgetOrApi));
    let kept = walked(api, &[(200, TOKEN), (203, ASKS)]).snapshot().to_json();
    assert!(kept.contains(r#""secretToken""#) && kept.contains(r#""Prompt":"p""#));
    let plain = asking().snapshot().to_json();
    assert!(!plain.contains("secretToken") && !plain.contains("Prompt"));
}

//= docs/spec/errors.md#codes-of-refusal
//# **ERR-14** A client MUST read `UNAUTHORIZED` (401) by what was asked: to a mint as a wrong key, to `/Authorize` with
//# the token's message as a refused token, to `/Authorize` otherwise as a bank that did not authorize, and to a data
//# call as a session that is not authorized yet, or no longer.
#[test]
fn decision_45_unauthorized_by_what_was_asked() {
    let start = || refresh(Policy::default());
    assert_eq!(failed(&walked(start(), &[(401, NOT_YET)])).recovery(), Recovery::FixTheSetup);
    assert_eq!(failed(&walked(start(), &[(200, TOKEN), (401, NOT_YET)])).recovery(), Recovery::ActAtTheBank);
    let mut token = walked(start(), &[(200, TOKEN)]);
    let live = sent(&mut token, NOW);
    let refused = NOT_YET.replace('}', r#","Message":"You must provide a valid authorize token"}"#);
    token.receive(NOW, live.id, Ok(&reply(401, &refused)));
    //= docs/spec/credentials.md#use
    //# **CRED-27** A client MUST recognise a refused token by `UNAUTHORIZED` together with a message that speaks of the
    //# authorize token ("You must provide a valid authorize token").
    assert_eq!(sent(&mut token, NOW).call.endpoint(), "GenerateAuthorizeToken");
    //= docs/spec/credentials.md#use
    //# **CRED-28** A client whose token was refused by `/Authorize` MUST mint again and repeat the same call at most
    //# once in a session.
    let again = walked(token, &[(200, TOKEN), (401, &refused)]);
    assert_eq!(failed(&again).recovery(), Recovery::FixTheSetup, "not a third time");
    let fetched = walked(start(), &[(200, TOKEN), (200, OK), (401, NOT_YET)]);
    assert_eq!(failed(&fetched).recovery(), Recovery::ActAtTheBank);
    let mut asking = asking();
    told(&mut asking, NOW, r#"{"step":"REDIRECT","requestId":"r"}"#);
    exchange(&mut asking, &mut NOW.clone(), 401, NOT_YET);
    //= docs/spec/data.md#the-reply
    //# **DATA-18** A client MUST take `UNAUTHORIZED` to a data call as "this session is not authorized yet".
    assert_eq!(asking.stage(), Stage::Asking);
    told(&mut asking, NOW, r#"{"step":"REDIRECT","requestId":"r"}"#);
    //= docs/spec/reconnect.md#after-the-widget
    //# **RECO-22** A client MUST NOT look more often than every 10 s, and MUST bound the looks that news causes in a
    //# session to 30 by redirects that name its `requestId` and 10 by others.
    assert!(matches!(asking.poll(NOW), Action::Wait { until } if until == NOW + Duration::from_secs(10)));
}

//= docs/spec/authorize.md#the-request
//# **AUTH-17** A client MUST take 502, 504 and any body that is not JSON to a live `/Authorize` as "may have reached
//# the bank", and MUST NOT send that call again.
#[test]
fn decision_46_a_live_call_is_sent_again_only_if_it_surely_did_not_get_there() {
    let mut session = walked(refresh(Policy::default()), &[(200, TOKEN)]);
    let live = sent(&mut session, NOW);
    session.receive(NOW, live.id, Err(Fault::NOT_SENT));
    assert_eq!(sent(&mut session, NOW + Duration::from_secs(1)).call.endpoint(), "Authorize");
    for (status, body) in [(502, "<html>"), (504, ""), (200, "<html>")] {
        let session = walked(refresh(Policy::default()), &[(200, TOKEN), (status, body)]);
        assert_eq!(failed(&session).reason(), Reason::OutcomeUnknown);
    }
}

//= docs/spec/authorize.md#202-and-203
//# **AUTH-31** A client that gets a 202 with a `RequestId` from the synchronous `/Authorize` SHOULD go on in the widget
//# with that `RequestId`.
//= docs/spec/reconnect.md#authorizeasync
//# **RECO-37** A client MAY open the widget on a 202 as well, as one article does.
#[test]
fn decision_47_odd_answers() {
    let mut asks = walked(refresh(Policy::default()), &[(200, TOKEN), (202, PENDING)]);
    assert!(asked(&mut asks, NOW).challenges.is_empty());
    let nameless = r#"{"HttpStatusCode":200,"Login":{"Id":"l"}}"#;
    let session = walked(refresh(Policy::default()), &[(200, TOKEN), (200, nameless)]);
    assert_eq!(failed(&session).reason(), Reason::OutcomeUnknown);
}

//= docs/spec/hosts-and-paths.md#the-widget
//# **HOST-23** A client MUST NOT expect an authorize token of one instance to work at another host, such as
//# `demo.flinks.com`.
//= docs/spec/lifetimes.md#loginid
//# **LIFE-2** A client MUST take a `loginId` as one user name at one institution in one language at one instance.
#[test]
fn decisions_50_59_a_session_is_sent_to_its_own_instance_and_customer_only() {
    let here = Instance::named("toolbox", "c").expect("an instance");
    let there = Instance::named("production", "c").expect("an instance");
    let other = Instance::named("toolbox", "d").expect("an instance");
    let login = LoginId::new("l").expect("an id");
    let mut session = Session::refresh(login, Known::at(&here), Selection::all(), Policy::default(), NOW);
    let request = sent(&mut session, NOW);
    let keys = reconnect_core::Keys { secret: Some("k".into()), api: None };
    assert!(reconnect_core::render(&request, &here, &keys).is_ok());
    //= docs/spec/hosts-and-paths.md#the-api
    //# **HOST-10** A client MUST NOT use a `loginId`, or a session made from one, at another instance than the one that
    //# issued it.
    for elsewhere in [there, other] {
        let refused = reconnect_core::render(&request, &elsewhere, &keys).err();
        assert_eq!(refused, Some(reconnect_core::RenderError::OtherInstance));
        assert_eq!(session.belongs_to(&elsewhere), Err(reconnect_core::RenderError::OtherInstance));
        assert!(session.snapshot().belongs_to(&elsewhere).is_err());
    }
    let label = "https://toolbox-api.private.fin.ag/c";
    assert_eq!(session.snapshot().instance(), Some(label));
    // A row of version 1 has the host alone, and belongs to any customer there.
    let row = session.snapshot().to_json().replace(r#""version":2"#, r#""version":1"#).replace(label, "toolbox");
    let row = Snapshot::from_json(&row).expect("version 1");
    assert!(row.belongs_to(&here).is_ok());
    assert!(row.belongs_to(&Instance::named("production", "c").expect("an instance")).is_err());
    // It belongs to the customer with whose keys it goes on, as soon as it changes.
    let mut old = Session::restore(row).expect("it is sound");
    let at_rest = old.poll_rendered(NOW, &here, &keys).expect("it is ours");
    assert!(matches!(at_rest, reconnect_core::Work::Wait { .. }) && old.snapshot().instance() == Some("toolbox"));
    let token = reply(200, TOKEN);
    old.receive(NOW, request.id, Ok(&token));
    old.poll_rendered(NOW, &here, &keys).expect("it is ours");
    assert_eq!(old.snapshot().instance(), Some(label));
}

#[test]
fn decision_26_what_is_never_logged() {
    let session = asking();
    let shown = format!("{session:?} {:?}", session.snapshot());
    // The one-letter ids of these walks are shortened to nothing; canary.rs has long ones, prompts, names and answers.
    assert!(!shown.contains("LoginId(l)") && shown.contains("LoginId(…)"));
}

#[test]
#[cfg_attr(miri, ignore = "the sandbox reads its scenario for minutes there")]
fn decision_32_the_bank_remembers_the_widgets_selection() {
    let (mut stage, now) = (Stand::new(5, 0), START);
    let request = bank_session(&mut stage, now);
    let chosen = stage.accounts()[0].as_str().to_owned();
    stage.bank.select(&request, core::slice::from_ref(&chosen));
    stage.answer_in_widget(now, &request).expect("the user gets through");
    let data = sent(&mut resumed_at(&request, &stage), now);
    let reply = stage.serve(now, &data);
    let verdict = reply::data(&reply, Some(&Selection::all()));
    let Ok(DataReply::Data(_, report)) = verdict else { panic!("no filter, and data at once: {verdict:?}") };
    assert_eq!(report.kept.iter().map(|account| account.id.as_str()).collect::<Vec<_>>(), [chosen]);
}

//= docs/spec/authorize.md#the-request
//# **AUTH-18** A client MAY repeat a cached `/Authorize`, with a fresh token if its own is used or spent.
#[test]
#[cfg_attr(miri, ignore = "the sandbox reads its scenario for minutes there")]
fn decision_33_after_a_restart_the_cached_call_has_a_fresh_token() {
    let (mut stage, now) = (Stand::new(6, 0), START);
    let request = bank_session(&mut stage, now);
    stage.answer_in_widget(now, &request).expect("the user gets through");
    stage.bank.expire(&request);
    let mut known = Known::at(&stage.instance);
    (known.last_sent, known.login) = (Some(now), Some(stage.login.clone()));
    let mut session = Session::resume(id(&request), known, Selection::all(), Policy::default(), now);
    told(&mut session, now, &format!(r#"{{"step":"REDIRECT","requestId":"{request}"}}"#));
    let mut endpoints = Vec::new();
    while let Action::Send(request) = session.poll(now) {
        endpoints.push(request.call.endpoint());
        let reply = stage.serve(now, &request);
        assert_ne!(reply.status, 401, "a strict bank takes every token: {endpoints:?}");
        session.receive(now, request.id, Ok(&reply));
    }
    assert_eq!(endpoints, ["GetAccountsDetail", "GenerateAuthorizeToken", "Authorize", "GetAccountsDetail"]);
    //= docs/spec/reconnect.md#after-the-widget
    //# **RECO-25** A client MUST tell whether its data came from the live session or from a cached call, and its
    //# `LastRefresh`.
    assert!(matches!(session.outcome(), Some(Outcome::Refreshed(done)) if done.via == reconnect_core::Via::Cached));
}

#[test]
#[cfg_attr(miri, ignore = "the sandbox reads its scenario for minutes there")]
fn decision_43_test_users_have_names_without_case() {
    let mut stage = Stand::new(8, 0);
    let now = START.as_millis();
    assert_eq!(stage.bank.connect(now, "GREATDAY", "en"), stage.bank.connect(now, "greatday", "en"));
}

#[test]
fn decision_49_the_guide_on_fleets_parks_the_wish_first() {
    let guide = include_str!("../../../../docs/guide/persistence.md");
    let wish = guide.find("wish").expect("the guide tells to park the wish");
    assert!(wish < guide.find("```").expect("the guide has code"), "before any code");
}

/// A resumed session of unknown age at a bank.
fn resumed_at(request: &str, stage: &Stand) -> Session {
    Session::resume(id(request), Known::at(&stage.instance), Selection::all(), Policy::default(), START)
}

/// A live refresh that waits for MFA, by its `requestId`.
fn bank_session(stage: &mut Stand, now: Timestamp) -> String {
    let mut session = stage.refresh(Selection::all(), Policy::default());
    while let Action::Send(request) = session.poll(now) {
        let reply = stage.serve(now, &request);
        session.receive(now, request.id, Ok(&reply));
    }
    session.requests()[0].as_str().to_owned()
}
