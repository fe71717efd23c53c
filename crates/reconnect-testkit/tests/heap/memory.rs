//! Secrets leave nothing behind: an allocator searches every block that is given back for what should have been wiped.
//!
//! It covers what the core frees. What the caller frees (a reply's body, a stored snapshot, a line of JSON) is the
//! caller's; the values here that hold such things are leaked, so that they are never given back.

use crate::allocator::{alone, given_back};
use reconnect_core::{
    Action, Answers, Call, Instance, Keys, Known, LoginId, Mfa, Outcome, Pause, Policy, Rendered, Reply, Request,
    Secret, Selection, Session, Timestamp, connect::ConnectNews, connect::WidgetUrl, render, webhook,
};

/// What is searched for. Each has a part of its own at its end, so that half of it is not taken for another.
const CANARIES: [&str; 6] = [
    "canary-secret-key-0f1e2d3c",
    "canary-api-key-4b5a6978",
    // As the service has them: a parked session packs these.
    "ca9a7700-70c3-4e1f-8796-a5b4c3d2e1f0",
    "canary-showing-c3d2e1f0",
    "canary-answer-13579bdf",
    "canary-webhook-key-2468ace0",
];
const TOKEN: usize = 2;
/// As a parked session has the token.
const PACKED: [u8; 16] = 0xca9a7700_70c3_4e1f_8796_a5b4c3d2e1f0_u128.to_be_bytes();

/// Which canaries were given back unwiped while `work` ran.
fn left_by(work: impl FnOnce()) -> Vec<&'static str> {
    let found = given_back(&CANARIES, (TOKEN, &PACKED), work);
    CANARIES.iter().enumerate().filter(|(index, _)| found >> index & 1 == 1).map(|(_, canary)| *canary).collect()
}

/// The caller's: never given back.
fn kept<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}

const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);

/// What the service says to each call. One token is written with escapes, one of them at its end.
fn says(request: &Request) -> Reply {
    let (status, body) = match &request.call {
        Call::GenerateAuthorizeToken if request.id.number() == 1 => {
            (200, r#"{"HttpStatusCode":200,"Token":"c\u00619a7700-70c3-4e1f-8796-a5b4c3d2e1f\u0030"}"#)
        }
        Call::GenerateAuthorizeToken => (200, r#"{"HttpStatusCode":200,"Token":"canary-showing-c3d2e1f0"}"#),
        Call::Authorize { .. } if request.id.number() == 2 => (203, ASKS),
        Call::Authorize { .. } => (200, r#"{"HttpStatusCode":200,"RequestId":"r"}"#),
        Call::AuthorizeAsync { .. }
        | Call::GetAccountsDetail(_)
        | Call::GetAccountsSummary(_)
        | Call::GetAccountsDetailAsync(_)
        | Call::GetAccountsSummaryAsync(_)
        | _ => (200, r#"{"HttpStatusCode":200,"RequestId":"r","Login":{"Id":"l"},"Accounts":[{"Id":"a"}]}"#),
    };
    Reply { status, headers: Vec::new(), body: body.into() }
}

const ASKS: &str =
    r#"{"HttpStatusCode":203,"RequestId":"r","SecurityChallenges":[{"Type":"QuestionAndAnswer","Prompt":"p"}]}"#;

fn policy(mfa: Mfa) -> Policy {
    let mut policy = Policy::default();
    policy.mfa = mfa;
    policy
}

/// A whole refresh with all that it hands out, answered through the API where that is allowed.
fn refresh(mfa: Mfa, at_rest: fn(Session) -> Session) {
    let instance = Instance::named("toolbox", "c").expect("an instance");
    let keys = Keys { secret: Some(CANARIES[0].into()), api: Some(CANARIES[1].into()) };
    let login = LoginId::new("l").expect("an id");
    let mut session = Session::refresh(login, Known::at(&instance), Selection::all(), policy(mfa), NOW);
    let mut opened = false;
    for _ in 0..20 {
        match session.poll(NOW) {
            Action::Send(request) => {
                let rendered: Rendered = render(&request, &instance, &keys).expect("keys");
                drop(format!("{rendered:?}"));
                session.receive(NOW, request.id, Ok(kept(says(&request))));
                // An answer is never at rest: here one is under way, and told.
                // Without answers a token is not at rest either, and would be minted for ever.
                if !matches!(request.call, Call::GenerateAuthorizeToken) {
                    session = at_rest(session);
                }
            }
            Action::Pause(Pause::Ask(prompt)) if !opened => {
                session.open(NOW);
                opened = true;
                drop(prompt.connect_url(&instance));
            }
            Action::Pause(Pause::Ask(prompt)) if mfa == Mfa::WidgetOrApi => {
                drop(prompt.connect_url(&instance));
                let answers = Answers::to(&prompt).with("p", [CANARIES[4]]);
                session.answer(NOW, answers).expect("it is asked");
            }
            Action::Pause(Pause::Ask(prompt)) => {
                drop(prompt.connect_url(&instance));
                let news = ConnectNews::read("https://app.example/?loginId=l&requestId=r").expect("news");
                session.returned(NOW, &news);
            }
            Action::Pause(Pause::Done) => break,
            Action::Wait { .. } => panic!("nothing waits here"),
        }
    }
    assert!(matches!(session.outcome(), Some(Outcome::Refreshed(_))), "{:?}", session.outcome());
}

fn stays(session: Session) -> Session {
    session
}

fn parks(session: Session) -> Session {
    session.park().wake()
}

fn is_stored(session: Session) -> Session {
    let json = kept(session.snapshot().to_json());
    Session::restore(reconnect_core::Snapshot::from_json(json).expect("a snapshot")).expect("a session")
}

#[test]
fn the_core_leaves_no_secret_behind() {
    let _alone = alone();
    assert_eq!(left_by(|| drop(String::from(CANARIES[TOKEN]))), [CANARIES[TOKEN]], "the search finds what is left");
    assert_eq!(left_by(|| drop(PACKED.to_vec())), [CANARIES[TOKEN]], "and what is left of a parked one");
    let none: [&str; 0] = [];
    assert_eq!(left_by(|| refresh(Mfa::Widget, stays)), none, "a refresh");
    assert_eq!(left_by(|| refresh(Mfa::WidgetOrApi, stays)), none, "a refresh that is answered through the API");
    assert_eq!(
        left_by(|| drop(Secret::from(String::with_capacity(99) + CANARIES[0]))),
        none,
        "a key with room to spare"
    );
    let signed = || {
        let key = Secret::from(CANARIES[5]);
        let signature = webhook::sign(b"{\"ResponseType\":\"KYC\"}", &key);
        let delivery =
            webhook::verify([("flinks-authenticity-key", &*signature)], b"{\"ResponseType\":\"KYC\"}", &[key]);
        drop(delivery.expect("it fits"));
    };
    assert_eq!(left_by(signed), none, "a webhook's key");
    assert_eq!(left_by(|| refresh(Mfa::WidgetOrApi, parks)), none, "a refresh that is parked at every step");
    // Where answers may go through the API a snapshot holds the session's token (decision 42). Its text is the caller's.
    assert_eq!(left_by(|| refresh(Mfa::Widget, is_stored)), none, "a refresh that is stored at every step");
    assert_eq!(left_by(|| refresh(Mfa::WidgetOrApi, is_stored)), none, "the same, answered through the API");
    // Each byte becomes three, and the text has to double and more.
    let grows = || {
        let instance = Instance::named("toolbox", "c").expect("an instance");
        for (name, value) in [(4, 1_000), (1_000, 1)] {
            let url = WidgetUrl::connect(&instance, None).with_token(&Secret::from(CANARIES[3]));
            drop(url.with(&"/".repeat(name), &"/".repeat(value)));
        }
    };
    assert_eq!(left_by(grows), none, "a URL that grows");
}
