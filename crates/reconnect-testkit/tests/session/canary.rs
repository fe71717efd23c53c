//! Secrets never print: every public type is built with canaries, and none may show in a `Debug`, a `Display`, an
//! error or a snapshot that does not need it.

use reconnect_core::connect::{ConnectNews, Watch, WidgetUrl};
use reconnect_core::{
    AccountId, Action, Answers, Challenge, Fault, FlinksCode, Instance, Keys, Known, LoginId, Mfa, Outcome, Pause,
    Policy, Reply, RequestId, Secret, Selection, Session, StartOver, Timestamp, accounts, render, reply::opened::open,
};
use reconnect_embed::Drive;
use reconnect_testkit::replies::{self, Asked};

/// What must never be printed: keys, tokens, ids in full, prompts, answers, names, numbers.
const CANARIES: [&str; 12] = [
    "CANARY-SECRET-KEY",
    "CANARY-API-KEY",
    "CANARY-TOKEN",
    "CANARY-SHOWING",
    "login-0-CANARY-LOGIN",
    "request-0-CANARY-REQUEST",
    "account-0-CANARY-ACCOUNT",
    "CANARY-PROMPT",
    "CANARY-ANSWER",
    "CANARY-NAME",
    "CANARY-NUMBER",
    "CANARY-DESCRIPTION",
];

const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);

#[track_caller]
fn clean(what: &str, text: &str) {
    for canary in CANARIES {
        assert!(!text.contains(canary), "{what} prints {canary}: {text}");
    }
}

/// Whether a type has a trait: the inherent method is there only if it has, and is preferred.
macro_rules! has {
    ($type:ty, $($bound:tt)+) => {{
        struct Probe<T: ?Sized>(core::marker::PhantomData<T>);
        #[allow(dead_code, reason = "used where the type has not")]
        trait Lacks {
            fn has(&self) -> bool {
                false
            }
        }
        impl<T: ?Sized> Lacks for Probe<T> {}
        #[allow(dead_code, reason = "used where the type has the trait")]
        impl<T: $($bound)+> Probe<T> {
            fn has(&self) -> bool {
                true
            }
        }
        Probe::<$type>(core::marker::PhantomData).has()
    }};
}

#[test]
fn a_secret_cannot_be_shown_written_or_compared() {
    assert!(has!(String, core::fmt::Display) && has!(String, serde::Serialize) && has!(String, PartialEq));
    assert!(!has!(Secret, core::fmt::Display) && !has!(Secret, serde::Serialize) && !has!(Secret, PartialEq));
    assert!(!has!(Keys, serde::Serialize) && !has!(Keys, PartialEq) && !has!(Answers, PartialEq));
    clean("a secret", &format!("{:?}", Secret::from("CANARY-SECRET-KEY")));
}

fn reply(status: u16, body: &str) -> Reply {
    Reply { status, headers: vec![("x".into(), "CANARY-TOKEN".into())], body: body.into() }
}

const ASKS: &str = r#"{"HttpStatusCode":203,"RequestId":"request-0-CANARY-REQUEST","Institution":"Bank",
    "SecurityChallenges":[{"Type":"QuestionAndAnswer","Prompt":"CANARY-PROMPT","Iterables":["CANARY-NAME"]}]}"#;
const DATA: &str = r#"{"HttpStatusCode":200,"RequestId":"request-0-CANARY-REQUEST",
    "Login":{"Id":"login-0-CANARY-LOGIN","Username":"CANARY-NAME"},
    "Accounts":[{"Id":"account-0-CANARY-ACCOUNT","Title":"CANARY-NAME","AccountNumber":"CANARY-NUMBER",
    "Holder":{"Name":"CANARY-NAME"},"Balance":{"Current":1.00},
    "Transactions":[{"Description":"CANARY-DESCRIPTION","Debit":2}]}]}"#;

fn policy(mfa: Mfa) -> Policy {
    let mut policy = Policy::default();
    policy.mfa = mfa;
    policy
}

/// A whole refresh, checking the session, its snapshot and every value that it hands out at each step.
fn walk(mfa: Mfa) {
    let instance = Instance::named("toolbox", "43387ca6").expect("an instance");
    let keys = Keys { secret: Some("CANARY-SECRET-KEY".into()), api: Some("CANARY-API-KEY".into()) };
    let keep = Selection::only([AccountId::new("account-0-CANARY-ACCOUNT").expect("an id")]).expect("one");
    let login = LoginId::new("login-0-CANARY-LOGIN").expect("an id");
    let mut session = Session::refresh(login, Known::at(&instance), keep, policy(mfa), NOW);
    let mut script = vec![
        reply(200, r#"{"HttpStatusCode":200,"Token":"CANARY-TOKEN"}"#),
        reply(203, ASKS),
        reply(200, r#"{"HttpStatusCode":200,"Token":"CANARY-SHOWING"}"#),
        reply(200, DATA),
    ]
    .into_iter();
    let mut opened = false;
    for _ in 0..40 {
        clean("a session", &format!("{session:?}"));
        clean("its requests", &format!("{:?} {:?} {:?}", session.requests(), session.login(), session.keep()));
        let snapshot = session.snapshot();
        clean("a snapshot's debug", &format!("{snapshot:?}"));
        clean("a parked session", &format!("{:?}", session.park()));
        let json = snapshot.to_json();
        //= docs/spec/credentials.md#which-header
        //# **CRED-11** A client MUST keep the two keys out of every session and every stored form.
        for never in [
            "CANARY-SECRET-KEY",
            "CANARY-API-KEY",
            "CANARY-SHOWING",
            "CANARY-ANSWER",
            "CANARY-NUMBER",
            "CANARY-DESCRIPTION",
        ] {
            assert!(!json.contains(never), "a snapshot holds {never}");
        }
        if mfa == Mfa::Widget {
            for kept in ["CANARY-TOKEN", "CANARY-PROMPT", "CANARY-NAME"] {
                assert!(!json.contains(kept), "a snapshot holds {kept} where only the widget answers");
            }
        }
        let action = session.poll(NOW);
        clean("an action", &format!("{action:?}"));
        match action {
            Action::Send(request) => {
                clean("a request", &format!("{request:?}"));
                let rendered = render(&request, &instance, &keys).expect("keys");
                clean("a rendered request", &format!("{rendered:?}"));
                // An answer, where the API may give one, authorizes as the widget would.
                let reply = script.next().expect("a short script");
                for asked in [Asked::Authorization, Asked::Accounts(Some(&Selection::all()))] {
                    //= docs/spec/authorize.md#200-authorized
                    //# **AUTH-23** A client MUST NOT log `Login.Username`.
                    clean("a reply", &format!("{reply:?} {:?}", replies::read(asked, &reply)));
                }
                session.receive(NOW, request.id, Ok(&reply));
            }
            Action::Wait { .. } => panic!("nothing waits here"),
            Action::Pause(Pause::Ask(prompt)) if !opened => {
                session.open(NOW);
                opened = true;
                clean("a prompt", &format!("{prompt:?} {:?}", prompt.challenges));
                let answers = Answers::to(&prompt).with("CANARY-PROMPT", ["CANARY-ANSWER"]);
                clean("answers", &format!("{answers:?} {:?}", session.clone().answer(NOW, answers.clone())));
                let mut answering = session.clone();
                let _ = answering.answer(NOW, answers);
                //= docs/spec/mfa.md#answers
                //# **MFA-24** A client MUST NOT keep answers in any stored form, and MUST wipe them after use.
                assert!(!answering.snapshot().to_json().contains("CANARY-ANSWER"));
                clean("a session with answers", &format!("{answering:?}"));
            }
            Action::Pause(Pause::Ask(prompt)) => {
                //= docs/spec/widget-url.md#parameters-of-reconnect
                //# **URL-9** A client MUST treat the whole URL as secret and MUST NOT log it, and the page that shows
                //# it SHOULD send `referrer-policy: no-referrer`.
                clean(
                    "a shown prompt",
                    &format!("{prompt:?} {:?} {:?}", prompt.showing, prompt.connect_url(&instance)),
                );
                let news = r#"{"step":"REDIRECT","loginId":"login-0-CANARY-LOGIN","requestId":"request-0-CANARY-REQUEST",
                    "accountId":"account-0-CANARY-ACCOUNT","url":"https://a/?loginId=login-0-CANARY-LOGIN"}"#;
                let news = ConnectNews::read(news).expect("news");
                //= docs/spec/widget-events.md#in-a-session
                //# **EVT-36** A client MUST NOT log a whole `loginId`, `requestId` or `url` of an event.
                clean("news", &format!("{news:?}"));
                session.returned(NOW, &news);
            }
            Action::Pause(Pause::Done) => break,
        }
    }
    clean("an outcome", &format!("{:?}", session.outcome()));
    assert!(matches!(session.outcome(), Some(Outcome::Refreshed(_))), "{:?}", session.outcome());
    clean("accounts", &format!("{:?}", session.take_accounts().expect("accounts")));
}

#[test]
fn no_step_of_a_walk_prints_a_canary() {
    walk(Mfa::Widget);
    walk(Mfa::WidgetOrApi);
}

//= docs/spec/accounts.md#fields-of-an-account
//# **ACCT-12** A client MUST NOT show a name, a number, an amount or a description of an account in debug output.
#[test]
fn no_part_of_an_account_prints() {
    let report = accounts::read(&DATA[DATA.find("[{\"Id\"").expect("a list")..DATA.len() - 1], &Selection::all());
    let account = &report.expect("accounts").kept[0];
    clean("an account", &format!("{account:?} {:?} {:?} {:?}", account.holder, account.balance, account.transactions));
    let secret = Secret::from("CANARY-TOKEN");
    clean("a secret", &format!("{secret:?}"));
    clean("a challenge", &format!("{:?}", Challenge::question("CANARY-PROMPT")));
    let mut parts = StartOver::default();
    parts.institution = Some("Bank".into());
    let instance = Instance::named("toolbox", "c").expect("an instance");
    clean("a URL", &format!("{:?}", WidgetUrl::start_over(&instance, &parts).with_token(&secret)));
}

//= docs/spec/credentials.md#which-header
//# **CRED-10** A client MUST NOT log, print, store or put into an error the secret key, the x-api-key, a token, a
//# prompt, an answer, a user name or a whole id.
#[test]
fn no_failure_prints_what_came() {
    for (status, body) in [
        (401, r#"{"FlinksCode":"INVALID_LOGIN","Message":"CANARY-NAME","RequestId":"request-0-CANARY-REQUEST"}"#),
        (500, "<html>CANARY-NAME</html>"),
        (200, r#"{"RequestId":"request-0-CANARY-REQUEST","Login":{"Id":"login-1-CANARY-LOGIN"},"CANARY-NAME":1}"#),
        (200, r#"{"Login":{"CANARY-NAME":"#),
    ] {
        let login = LoginId::new("login-0-CANARY-LOGIN").expect("an id");
        let mut policy = policy(Mfa::Widget);
        policy.token = reconnect_core::policy::TokenUse::Without;
        let mut session = Session::refresh(login, Known::default(), Selection::all(), policy, NOW);
        let Action::Send(request) = session.poll(NOW) else { panic!("it sends") };
        session.receive(NOW, request.id, Ok(&reply(status, body)));
        clean("an opened reply", &format!("{:?}", open(&reply(status, body))));
        let Some(Outcome::Failed(failure)) = session.outcome() else { panic!("{body}") };
        clean("a failure", &format!("{failure} {failure:?} {:?}", failure.request()));
        clean("a finished session", &format!("{session:?}"));
    }
    for not in ["request-0-CANARY-REQUEST\n", "account-0-CANARY-ACCOUNT,"] {
        let wrong = (RequestId::new(not).err(), AccountId::new(not).err(), LoginId::new(not).err());
        clean("a refused id", &format!("{wrong:?}"));
        if let Some(wrong) = wrong.1 {
            clean("a refused id", &wrong.to_string());
        }
    }
    let news = ConnectNews::read(r#"{"step":"REDIRECT","loginId":"login-0-CANARY-LOGIN\n-"}"#).expect_err("no id");
    clean("refused news", &format!("{news} {news:?}"));
    let told = r#"{"step":"COMPONENT_LOAD_MFA","requestId":"request-0-CANARY-REQUEST","accountId":"account-0-CANARY-ACCOUNT"}"#;
    let (told, mut watch) = (ConnectNews::read(told).expect("news"), Watch::new());
    watch.heard(NOW, &told);
    clean("a watch", &format!("{watch:?} {told:?} {:?}", watch.offer(NOW, &Policy::default())));
    for key in ["\"CANARY-KEY\"", "CANARY\nCANARY-KEY"] {
        let wrong = Keys { secret: Some(key.into()), api: None }.check().expect_err("no key");
        assert!(!format!("{wrong} {wrong:?}").contains("CANARY"), "{wrong}");
    }
    let long = FlinksCode::read(&format!("{}CANARY-NAME", "x".repeat(64)));
    clean("a code", &format!("{long} {long:?}"));
    clean("a fault", &format!("{:?}", Fault::NOT_SENT));
}

#[test]
fn a_refused_line_does_not_print_itself() {
    let mut drive = Drive::default();
    for line in [
        r#"{"op":"answer","now":0,"answers":{"CANARY-PROMPT":"CANARY-ANSWER"}}"#,
        r#"{"op":"answer","now":0,"answers":{"CANARY-PROMPT":["CANARY-ANSWER"]}}"#,
        r#"{"op":"refresh","now":"CANARY-NAME"}"#,
        r#"{"op":"CANARY-NAME"}"#,
        r#"{"op":"refresh","now":0,"loginId":"login-0-CANARY-LOGIN\n","known":null,"keep":null,"instance":{"customerId":"c"}}"#,
    ] {
        clean("a misuse", &drive.apply(line).expect("a line"));
    }
    clean("no line", &drive.apply("CANARY-ANSWER").expect_err("not JSON").to_string());
}
