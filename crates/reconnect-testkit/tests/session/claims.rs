//! How far a session trusts news of a browser, a webhook, and an answer to an earlier prompt.

use core::time::Duration;
use reconnect_core::connect::{ConnectNews, Watch};
use reconnect_core::drive::StoredSession;
use reconnect_core::policy::Fetch;
use reconnect_core::webhook::{self, Delivery};
use reconnect_core::{
    Action, Answers, Call, Event, Heard, Known, LoginId, Mfa, Misuse, Policy, Secret, Selection, Session, Stage,
    Stopped,
};
use reconnect_testkit::walks::{ASKS, DATA, NOW, OK, TOKEN, exchange, walked};

fn refresh(change: impl FnOnce(&mut Known, &mut Policy)) -> Session {
    let (mut known, mut policy) = (Known::default(), Policy::default());
    change(&mut known, &mut policy);
    Session::refresh(LoginId::new("l").expect("an id"), known, Selection::all(), policy, NOW)
}

fn signed(body: &str) -> Delivery {
    let key = Secret::from("a key of the test");
    let signature = webhook::sign(body.as_bytes(), &key);
    webhook::verify([("flinks-authenticity-key", signature.as_str())], body.as_bytes(), &[key]).expect("our own")
}

//= docs/spec/authorize.md#the-request
//# **AUTH-10** A client MAY send a `Tag` of its own with a live `/Authorize`.
#[test]
fn a_tag_goes_out_with_the_live_call_and_with_no_other() {
    let mut session = walked(refresh(|known, _| known.tag = Some("order-7".into())), &[(200, TOKEN)]);
    let Action::Send(live) = session.poll(NOW) else { panic!("the live call") };
    let Call::Authorize { body, .. } = &live.call else { panic!("{:?}", live.call) };
    assert_eq!(body.tag.as_deref(), Some("order-7"));
    assert_eq!(reconnect_core::wire::authorize::Authorize::cached(LoginId::new("l").expect("an id")).tag, None);
}

//= docs/spec/webhooks.md#in-a-session
//# **HOOK-23** A client MAY take a signed delivery that names its `Tag` or its login, and no `requestId` of its own, as
//# a reason to ask the service now, and MUST NOT take the data of one.
#[test]
fn decision_72_a_webhook_by_tag_or_login_asks_the_service_and_gives_no_data() {
    let waits = |known: &mut Known, policy: &mut Policy| {
        known.tag = Some("order-7".into());
        let (wait, then) = (Duration::from_secs(600), reconnect_core::policy::Then::Fail);
        policy.fetch = Fetch::Webhook { wait, then };
    };
    for named in [r#""Tag":"order-7""#, r#""Login":{"Id":"l"}"#] {
        let mut session = walked(refresh(waits), &[(200, TOKEN), (200, OK)]);
        //= docs/spec/webhooks.md#in-a-session
        //# **HOOK-20** A client MUST expect a delivery after a 200 of a refresh as well as after the widget.
        assert!(matches!(session.poll(NOW), Action::Wait { .. }), "it waits for the webhook");
        let body = format!(r#"{{"ResponseType":"GetAccountsDetail",{named},"Accounts":[{{"Id":"theirs"}}]}}"#);
        assert_eq!(session.delivered(NOW, &signed(&body)), Heard::Took, "{named}");
        assert!(session.outcome().is_none(), "{named}: no data of it is taken");
        assert!(matches!(session.poll(NOW), Action::Send(_)), "{named}: the service is asked");
    }
    let mut session = walked(refresh(waits), &[(200, TOKEN), (200, OK)]);
    let other = r#"{"ResponseType":"GetAccountsDetail","Tag":"order-8","Accounts":[{"Id":"theirs"}]}"#;
    assert_eq!(session.delivered(NOW, &signed(other)), Heard::NotOurs);
}

//= docs/spec/widget-events.md#in-a-session
//# **EVT-38** A client MUST take news with a `requestId` that is not its own as a hint without one, and look with its
//# own.
#[test]
fn decision_52_another_request_id_is_a_hint_and_the_look_is_for_our_own() {
    let mut session = walked(refresh(|_, _| {}), &[(200, TOKEN), (203, ASKS)]);
    let news = ConnectNews::read(r#"{"step":"REDIRECT","loginId":"l","requestId":"other"}"#).expect("news");
    assert_eq!(session.returned(NOW, &news), Heard::Took);
    let Action::Send(look) = session.poll(NOW) else { panic!("it looks") };
    let Call::GetAccountsDetail(body) = &look.call else { panic!("{:?}", look.call) };
    assert_eq!(body.request_id.as_str(), "r");
}

//= docs/spec/reconnect.md#keeping-a-session
//# **RECO-43** A client MUST NOT take a `requestId` that only a browser named for one of its own, and MUST withhold the
//# accounts of an interrupted first connection that it resumes by one until its caller confirmed the login that a reply
//# named.
#[test]
fn decision_77_a_browsers_request_id_gives_no_account_before_its_login_is_confirmed() {
    let mut watch = Watch::new();
    watch.heard(NOW, &ConnectNews::read(r#"{"step":"COMPONENT_LOAD_MFA","requestId":"r"}"#).expect("news"));
    let (known, policy) = (Known::default(), Policy::default());
    let claimed = Session::resume_claimed(&watch, known, Selection::all(), policy, NOW);
    let mut session = claimed.expect("the watch heard of a session");
    session.returned(NOW, &ConnectNews::read(r#"{"step":"REDIRECT","requestId":"r"}"#).expect("news"));
    let mut now = NOW;
    exchange(&mut session, &mut now, 200, DATA);
    assert_eq!(session.stage(), Stage::Done);
    // After a restart it still knows that it was claimed.
    let again = Session::restore(session.snapshot()).expect("its own snapshot");
    assert!(session.withholds() && session.take_accounts().is_none());
    assert!(again.snapshot().to_json().contains("claimed"));
    assert_eq!(session.confirm(NOW, &LoginId::new("somebody-else").expect("an id")), Heard::NotOurs);
    assert!(session.withholds() && session.take_accounts().is_none());
    let login = session.login().expect("the reply named it").clone();
    assert_eq!(session.confirm(NOW, &login), Heard::Took);
    assert!(session.take_accounts().is_some());
}

/// Decision 77: only the login that a reply named can be confirmed, even if the caller knows another one. The browser
/// may have named a stranger's session, whose accounts the user's own login must not open.
#[test]
fn decision_77_only_a_login_that_a_reply_named_is_confirmed() {
    let alice = LoginId::new("alice").expect("an id");
    let begin = |knows: bool| {
        let mut watch = Watch::new();
        watch.heard(NOW, &ConnectNews::read(r#"{"step":"COMPONENT_LOAD_MFA","requestId":"r"}"#).expect("news"));
        let mut known = Known::default();
        known.login = knows.then(|| alice.clone());
        let claimed = Session::resume_claimed(&watch, known, Selection::all(), Policy::default(), NOW);
        let mut session = claimed.expect("the watch heard of a session");
        session.returned(NOW, &ConnectNews::read(r#"{"step":"REDIRECT","requestId":"r"}"#).expect("news"));
        session
    };
    let nameless = DATA.replace(r#","Login":{"Id":"l"}"#, "");
    let gone = r#"{"HttpStatusCode":400,"FlinksCode":"SESSION_EXPIRED"}"#;
    let old = r#"{"HttpStatusCode":200,"RequestId":"s","Login":{"Id":"alice","LastRefresh":"2020-01-01T00:00:00"}}"#;
    for knows in [false, true] {
        let mut session = begin(knows);
        assert_eq!(session.confirm(NOW, &alice), Heard::NotOurs, "before any reply");
        exchange(&mut session, &mut NOW.clone(), 200, &nameless);
        assert_eq!(session.stage(), Stage::Done);
        assert_eq!(session.confirm(NOW, &alice), Heard::NotOurs, "no reply named a login");
        assert!(session.withholds() && session.take_accounts().is_none());
        let again = Session::restore(session.snapshot()).expect("its own snapshot");
        assert!(again.withholds());
        // A refusal without a login and stored data of another session name no login either.
        let mut session = begin(knows);
        exchange(&mut session, &mut NOW.clone(), 400, gone);
        for body in [TOKEN, old] {
            if let Action::Send(request) = session.poll(NOW) {
                session.receive(NOW, request.id, Ok(&reconnect_testkit::walks::reply(200, body)));
            }
        }
        assert_eq!(session.confirm(NOW, &alice), Heard::NotOurs, "that login is the caller's own");
        // The reply names its login, and that login can be confirmed.
        let mut session = begin(knows);
        exchange(&mut session, &mut NOW.clone(), 200, DATA);
        assert_eq!(session.confirm(NOW, &alice), Heard::NotOurs);
        assert!(session.take_accounts().is_none());
        if let Some(login) = session.login().cloned().filter(|_| session.withholds()) {
            assert_eq!(session.confirm(NOW, &login), Heard::Took);
            assert!(session.take_accounts().is_some());
        }
    }
}

//= docs/spec/mfa.md#answers
//# **MFA-27** A client MUST send an answer for the prompt that it was built for, and refuse it if the session asks
//# another one by then.
#[test]
fn decision_58_an_answer_is_for_its_own_prompt_and_no_other() {
    let mut session = walked(refresh(|_, policy| policy.mfa = Mfa::WidgetOrApi), &[(200, TOKEN), (203, ASKS)]);
    let prompt = session.prompt(NOW).expect("it asks");
    let question = prompt.challenges[0].prompt.clone();
    let first = Answers::to(&prompt).with(&question, ["Montreal"]);
    assert_eq!(session.answer(NOW, first.clone()), Ok(Heard::Took));
    // The bank asks the same question again: it is another prompt.
    let mut now = NOW;
    exchange(&mut session, &mut now, 203, ASKS);
    assert_eq!(session.answer(NOW, first), Err(Misuse::OtherPrompt));
    let second = Answers::to(&session.prompt(NOW).expect("it asks again")).with(&question, ["Montreal"]);
    assert_eq!(session.answer(NOW, second), Ok(Heard::Took));
}

/// Decision 77, as the caller of a driver sees it: the session comes back with the stop, and hands its accounts over
/// after its login was confirmed.
#[test]
fn decision_77_a_claimed_session_stops_unconfirmed_until_its_login_is_confirmed() {
    let mut watch = Watch::new();
    watch.heard(NOW, &ConnectNews::read(r#"{"step":"COMPONENT_LOAD_MFA","requestId":"r"}"#).expect("news"));
    let claimed = Session::resume_claimed(&watch, Known::default(), Selection::all(), Policy::default(), NOW);
    let mut session = claimed.expect("the watch heard of a session");
    session.returned(NOW, &ConnectNews::read(r#"{"step":"REDIRECT","requestId":"r"}"#).expect("news"));
    exchange(&mut session, &mut NOW.clone(), 200, DATA);
    let Err(Stopped::Unconfirmed(mut kept)) = StoredSession::new(session).done() else { panic!("nobody confirmed it") };
    let other = LoginId::new("somebody-else").expect("an id");
    assert_eq!(kept.tell(NOW, Event::Confirmed(other)), Ok(Heard::NotOurs));
    let Err(Stopped::Unconfirmed(mut kept)) = kept.done() else { panic!("it is another's") };
    let login = kept.login().expect("the reply named it").clone();
    assert_eq!(kept.tell(NOW, Event::Confirmed(login.clone())), Ok(Heard::Took));
    assert_eq!(kept.tell(NOW, Event::Confirmed(login)), Ok(Heard::Knew));
    assert_eq!(kept.done().expect("it is confirmed").accounts.len(), 1);
}
