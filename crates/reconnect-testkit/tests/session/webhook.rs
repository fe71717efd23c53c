//! Decisions 20 and 48: whose a webhook is, and what it does to a session that waits.

use core::time::Duration;
use reconnect_core::policy::{Entry, Fetch, Then, TokenUse};
use reconnect_core::webhook::{self, Delivery, NotVerified, ResponseType};
use reconnect_core::{
    AccountId, Action, Heard, Known, LoginId, Outcome, Policy, RequestId, Secret, Selection, Session, Stage, Timestamp,
    Why,
};
use reconnect_testkit::duet::{START, Stage as Stand};
use reconnect_testkit::fixtures;
use reconnect_testkit::walks::{NOW, PENDING, TOKEN, exchange, phases, sent};

const VECTOR: &str = "ojahxTBoMUfLsZyAoT67qXix1H0faUKXFTmu6V7vHeE=";

fn key() -> Secret {
    Secret::from("secret")
}

fn delivery(body: &str) -> Delivery {
    let signature = webhook::sign(body.as_bytes(), &key());
    webhook::verify([("flinks-authenticity-key", signature.as_str())], body.as_bytes(), &[key()]).expect("our own")
}

/// With `/AuthorizeAsync` the question how far the work got may be under way: its answer says nothing more.
#[test]
fn a_webhook_ends_the_question_that_is_under_way() {
    let mut policy = Policy::default();
    (policy.entry, policy.token) = (Entry::AuthorizeAsync, TokenUse::Without);
    let login = LoginId::new("l").expect("an id");
    let mut session = Session::refresh(login, Known::default(), Selection::all(), policy, NOW);
    let mut now = NOW;
    exchange(&mut session, &mut now, 202, PENDING);
    now = now + Policy::DEFAULT.poll_every;
    let status = sent(&mut session, now);
    assert_eq!(status.call.endpoint(), "AuthorizeAsync");
    now = now + Duration::from_secs(1);
    let through = delivery(r#"{"ResponseType":"KYC","RequestId":"r"}"#);
    assert_eq!(session.delivered(now, &through), Heard::Took);
    assert_eq!(sent(&mut session, now).call.endpoint(), "GetAccountsDetail");
}

#[test]
fn a_delivery_shows_what_it_is_and_not_what_it_says() {
    let shown = format!("{:?}", delivery(r#"{"ResponseType":"KYC","RequestId":"CANARY"}"#));
    assert!(shown.contains("Kyc") && !shown.contains("CANARY"), "{shown}");
}

//= docs/spec/webhooks.md#content
//# **HOOK-12** A receiver MUST tell deliveries apart by `ResponseType`, and an unknown one MUST be kept or ignored,
//# never refused.
//= docs/spec/webhooks.md#content
//# **HOOK-15** A receiver MUST treat `HttpStatusCode`, `Accounts`, `Login`, `Tag`, `RequestId`, `Institution`,
//# `InstitutionId` and `FlinksCode` as optional.
#[test]
fn a_delivery_needs_only_its_response_type() {
    for (name, known) in [("KYC", true), ("GetStatements", true), ("Something new", false)] {
        let delivery = delivery(&format!(r#"{{"ResponseType":"{name}"}}"#));
        assert_eq!(!matches!(delivery.response_type(), ResponseType::Other(_)), known, "{name}");
    }
}

/// Data of session `request` of `login`: accounts `a` and `b`.
fn data(login: &str, request: &str) -> Delivery {
    delivery(&format!(
        r#"{{"ResponseType":"GetAccountsDetail","HttpStatusCode":200,"Login":{{"Id":"{login}"}},"RequestId":"{request}",
        "Accounts":[{{"Id":"a"}},{{"Id":"b"}}]}}"#
    ))
}

#[test]
fn decision_20_both_header_names_over_the_raw_bytes() {
    let body = fixtures::text("server/get-accounts-summary-200-node-flinks");
    let body = body.trim_end().as_bytes();
    //= docs/spec/webhooks.md#signature
    //# **HOOK-7** A receiver MUST accept the signature in the header `flinks-authenticity-key` and in
    //# `X-Flinks-Signature`.
    for name in ["flinks-authenticity-key", "Flinks-Authenticity-Key", "X-Flinks-Signature"] {
        let delivery =
            webhook::verify([("host", "x"), (name, VECTOR)], body, &["old".into(), key()]).expect("the vector");
        assert_eq!(*delivery.response_type(), ResponseType::GetAccountsSummary);
    }
    let named = [("flinks-authenticity-key", VECTOR)];
    //= docs/spec/webhooks.md#signature
    //# **HOOK-6** A receiver MUST compute HMAC-SHA256 over the raw bytes of the body, with the secret's UTF-8 bytes as
    //# the key, and compare it as standard Base64.
    let mut changed = body.to_vec();
    changed.push(b'\n');
    assert_eq!(webhook::verify(named, &changed, &[key()]).unwrap_err(), NotVerified::Signature);
    assert_eq!(webhook::verify(named, body, &["other".into()]).unwrap_err(), NotVerified::Signature);
    assert_eq!(webhook::verify(named, body, &[]).unwrap_err(), NotVerified::Signature);
    //= docs/spec/webhooks.md#signature
    //# **HOOK-11** A receiver MUST take a delivery without a good signature as news only, which makes the session look.
    assert_eq!(webhook::verify([("signature", VECTOR)], body, &[key()]).unwrap_err(), NotVerified::Unsigned);
    //= docs/spec/webhooks.md#signature
    //# **HOOK-8** A receiver MUST NOT accept the signature as hexadecimal or with a prefix such as `sha256=`.
    for not in ["", "secret", "zzzz", "sha256=00", &format!("sha256={VECTOR}"), &VECTOR[1..]] {
        let wrong = webhook::verify([("x-flinks-signature", not)], body, &[key()]).unwrap_err();
        assert_eq!(wrong, NotVerified::Signature, "{not}");
    }
    //= docs/spec/webhooks.md#signature
    //# **HOOK-10** A receiver MUST check the signature before it parses the body.
    assert_eq!(webhook::verify(named, b"[1]", &[key()]).unwrap_err(), NotVerified::Signature);
    let signature = webhook::sign(b"[1]", &key());
    assert_eq!(
        webhook::verify([("x-flinks-signature", &*signature)], b"[1]", &[key()]).unwrap_err(),
        NotVerified::Body
    );
}

//= docs/spec/webhooks.md#receiving
//# **HOOK-4** A receiver MUST expect no delivery id and no timestamp, and SHOULD use `Login.Id`, `ResponseType` and
//# `RequestId` together, or the body's digest, to tell deliveries apart.
#[test]
fn a_duplicate_has_the_same_key_and_a_later_refresh_another() {
    assert_eq!(data("l", "r").key(), data("l", "r").key());
    //= docs/spec/webhooks.md#content
    //# **HOOK-14** A receiver MUST expect a `KYC` delivery early, with holders only, and a separate `GetAccountsDetail`
    //# after it.
    let kyc = delivery(r#"{"ResponseType":"KYC","RequestId":"r","Login":{"Id":"l"}}"#);
    for other in [data("l", "r2"), data("m", "r"), kyc] {
        assert_ne!(data("l", "r").key(), other.key());
    }
}

//= docs/spec/webhooks.md#receiving
//# **HOOK-5** A receiver MUST NOT rely on the order of deliveries or on the sender's address.
//= docs/spec/webhooks.md#in-a-session
//# **HOOK-18** A client MUST accept a signed delivery that has one of its `requestId`s, in every phase.
#[test]
fn decisions_48_72_76_a_delivery_completes_every_phase_that_has_a_session() {
    for (name, session, now) in phases() {
        let mut heard = session.clone();
        let (foreign, before) = (data("x", "r"), heard.snapshot());
        assert_eq!(heard.delivered(now, &data("m", "x")), Heard::NotOurs, "{name}: another session of another login");
        if session.login().is_some() {
            assert_eq!(heard.delivered(now, &foreign), Heard::NotOurs, "{name}: another login");
        } else {
            assert_eq!(heard.delivered(now, &data("l", "x")), Heard::NotOurs, "{name}: no login is known");
        }
        assert_eq!(heard.snapshot(), before, "{name}");
        // A 203 or a refusal is neither data nor a yes, and is not believed.
        let asks = r#"{"ResponseType":"KYC","HttpStatusCode":203,"RequestId":"r","Login":{"Id":"l"},"SecurityChallenges":[{}]}"#;
        let refused = r#"{"ResponseType":"KYC","HttpStatusCode":401,"FlinksCode":"UNAUTHORIZED","RequestId":"r","Login":{"Id":"l"}}"#;
        for body in [asks, refused] {
            let ended = if name == "refused" { Heard::Late } else { Heard::Knew };
            assert_eq!(heard.delivered(now, &delivery(body)), ended, "{name}");
            assert_eq!(heard.snapshot(), before, "{name}");
        }
        let (expected, stage) = match name {
            // No `requestId` is known yet, so only the login matches, and the session goes on as it was (decision 72).
            "minting" | "authorizing" => (Heard::Knew, Stage::Authorizing),
            "outcome unknown" => (Heard::Took, Stage::Recalling),
            "refreshed" => (Heard::Knew, Stage::Done),
            "refused" => (Heard::Late, Stage::Done),
            _ => (Heard::Took, Stage::Done),
        };
        assert_eq!(heard.delivered(now, &data("l", "r")), expected, "{name}");
        assert_eq!(heard.stage(), stage, "{name}");
        if expected == Heard::Took && stage == Stage::Done {
            //= docs/spec/webhooks.md#content
            //# **HOOK-13** A receiver MUST read a `GetAccountsDetail` delivery as the 200 of that endpoint with
            //# `ResponseType` added.
            assert!(matches!(heard.outcome(), Some(Outcome::Refreshed(done)) if done.kept.len() == 2), "{name}");
            //= docs/spec/webhooks.md#receiving
            //# **HOOK-3** A receiver MUST expect the same delivery up to 10 times, 30 min apart, and MUST do no harm by
            //# taking it twice.
            assert_eq!(heard.delivered(now, &data("l", "r")), Heard::Knew, "{name}: twice");
        }
        // Of our login and another session: its data is never taken, and only a session that waits or asks goes by it.
        let mut other = session.clone();
        let (expected, stage) = match name {
            "looking: age" => (Heard::NotOurs, Stage::Looking),
            "asking" => (Heard::Took, Stage::Looking),
            "awaiting a webhook" => (Heard::Took, Stage::Fetching),
            "outcome unknown" => (Heard::Took, Stage::Recalling),
            "refused" => (Heard::Late, Stage::Done),
            _ => (Heard::Knew, session.stage()),
        };
        assert_eq!(other.delivered(now, &data("l", "x")), expected, "{name}: by its login");
        assert_eq!(other.stage(), stage, "{name}: by its login");
        assert!(other.take_accounts().is_none_or(|accounts| accounts.len() == 1), "{name}: no data of another session");
        if name == "awaiting a webhook" {
            assert!(matches!(other.poll(now), Action::Send(request) if request.call.endpoint() == "GetAccountsDetail"));
        }
    }
}

/// A webhook with our `Tag` names the `requestId` of a session whose live call was lost; it is believed, being signed
/// (decision 76).
#[test]
fn decision_76_a_webhook_by_our_tag_names_the_session_of_a_lost_live_call() {
    let mut known = Known::default();
    known.tag = Some("tag".into());
    let login = LoginId::new("l").expect("an id");
    let mut session = Session::refresh(login, known, Selection::all(), Policy::default(), NOW);
    exchange(&mut session, &mut NOW.clone(), 200, TOKEN);
    let Action::Send(live) = session.poll(NOW) else { panic!("it sends") };
    session.lost(NOW, live.id);
    let tagged = |tag: &str| delivery(&format!(r#"{{"ResponseType":"KYC","RequestId":"new","Tag":"{tag}"}}"#));
    assert_eq!(session.delivered(NOW, &tagged("other")), Heard::NotOurs);
    assert_eq!(session.delivered(NOW, &tagged("tag")), Heard::Took);
    assert_eq!((session.stage(), session.requests()), (Stage::Fetching, &[RequestId::new("new").expect("an id")][..]));
}

/// A resumed session that waits for a webhook, authorized by a look.
fn waiting(then: Then) -> (Session, Timestamp) {
    let mut policy = Policy::default();
    policy.fetch = Fetch::Webhook { wait: Duration::from_secs(60), then };
    let keep = Selection::only([AccountId::new("b").expect("an id")]).expect("one");
    let mut session = Session::resume(RequestId::new("r").expect("an id"), Known::default(), keep, policy, NOW);
    let mut now = NOW;
    exchange(&mut session, &mut now, 202, PENDING);
    (session, now)
}

//= docs/spec/data.md#the-reply
//# **DATA-22** A client SHOULD let its caller wait for the webhook instead of fetching.
//= docs/spec/webhooks.md#content
//# **HOOK-17** A client MUST apply the selection and the check of whose session it is (DATA-16) to a delivery as to any
//# reply.
#[test]
fn a_session_waits_for_its_webhook_and_the_selection_applies() {
    let (mut session, now) = waiting(Then::Poll);
    let deadline = session.deadline().expect("it waits");
    assert_eq!((deadline.at, deadline.why), (now + Duration::from_secs(60), Why::Webhook));
    assert!(matches!(session.poll(now), Action::Wait { until } if until == deadline.at));
    assert_eq!(session.delivered(now, &data("l", "r")), Heard::Took);
    let Some(Outcome::Refreshed(done)) = session.outcome() else { panic!("it is done") };
    assert_eq!((done.kept.len(), done.left_out), (1, 1));
}

/// The sandbox signs by the documentation's words, and the core reads by them: neither knows the other's code.
#[test]
fn a_webhook_of_the_sandbox_is_verified_and_completes_the_session() {
    let mut stage = Stand::new(7, 2_000);
    let mut session = stage.refresh(Selection::all(), Policy::default());
    let now = loop {
        match session.poll(START) {
            Action::Send(request) => {
                let reply = stage.serve(START, &request);
                session.receive(START, request.id, Ok(&reply));
            }
            Action::Pause(_) => break START,
            Action::Wait { until } => panic!("it waits until {until:?}"),
        }
    };
    let request = session.requests().last().expect("the bank asks").as_str().to_owned();
    stage.answer_in_widget(now, &request).expect("all is answered");

    let bank = &mut stage.bank;
    bank.webhook(now.as_millis(), "http://127.0.0.1:9/", &request, Some("secret")).expect("it is queued");
    let sent = bank.webhook_due(now.as_millis()).expect("due at once").request;
    let headers = || sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    assert_eq!(webhook::verify(headers(), &sent.body, &["other".into()]).unwrap_err(), NotVerified::Signature);
    let delivery = webhook::verify(headers(), &sent.body, &[key()]).expect("signed with this key");
    assert_eq!(*delivery.response_type(), ResponseType::GetAccountsDetail);
    assert_eq!(session.delivered(now, &delivery), Heard::Took);
    assert!(matches!(session.outcome(), Some(Outcome::Refreshed(_))), "{:?}", session.outcome());
    assert_eq!(session.take_accounts().expect("accounts").len(), stage.accounts().len());
}
