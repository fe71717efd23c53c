//! What a client must not send, wait for, or rely on. Each test here is about something that is absent, and would fail
//! if somebody added it.

use core::time::Duration;
use reconnect_core::connect::{ConnectNews, Language, Step, WidgetOptions};
use reconnect_core::policy::TokenUse;
use reconnect_core::{
    Failure, Instance, Keys, Known, LoginId, Outcome, Policy, Prompt, Reason, Recovery, Selection, Session, Showing,
    Stage, Timestamp, Why, accounts, render,
};
use reconnect_testkit::walks::{ASKS, DATA, NOW, TOKEN, asked, exchange, reply, sent, walked};
use std::path::Path;

fn instance() -> Instance {
    Instance::at("https://api.example", "https://widget.example/", "c").expect("an instance")
}

fn refresh(known: Known, policy: Policy) -> Session {
    Session::refresh(LoginId::new("l").expect("an id"), known, Selection::all(), policy, NOW)
}

fn asking() -> Session {
    walked(refresh(Known::default(), Policy::default()), &[(200, TOKEN), (203, ASKS)])
}

/// The prompt, shown in the widget with a token of its own.
fn shown(session: &mut Session, mut now: Timestamp, token: &str) -> Prompt {
    session.open(now);
    exchange(session, &mut now, 200, &TOKEN.replace(r#""t""#, &format!(r#""{token}""#)));
    asked(session, now)
}

#[track_caller]
fn failed(session: &Session) -> &Failure {
    match session.outcome() {
        Some(Outcome::Failed(failure)) => failure,
        other => panic!("not failed: {other:?}"),
    }
}

/// All that is code in the core, file by file; comments tell of what is not done too.
fn code(folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("the core's sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            code(&path, into);
        } else {
            let text = std::fs::read_to_string(&path).expect("text");
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            into.push((path.display().to_string(), lines.collect::<Vec<_>>().join("\n")));
        }
    }
}

#[test]
fn no_name_that_no_source_has_is_in_the_code() {
    let mut files = Vec::new();
    code(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../reconnect-core/src")), &mut files);
    assert!(files.iter().any(|(_, text)| text.contains("GenerateAuthorizeToken")), "these are the core's files");
    for name in [
        //= docs/spec/hosts-and-paths.md#methods-and-names
        //# **HOST-14** A client MUST NOT call `CheckAuthorizeToken` or `SetLoginScheduledRefresh`.
        "CheckAuthorizeToken",
        "SetLoginScheduledRefresh",
        //= docs/spec/credentials.md#what-it-is-not
        //# **CRED-34** A client of Reconnect MUST NOT use `/AuthSecret`, `/AuthSecret/Disable` or `/PartnerData`.
        "AuthSecret",
        "PartnerData",
        //= docs/spec/hosts-and-paths.md#the-widget
        //# **HOST-22** A client MUST NOT build `/v2/Testing/` (the preview of a documentation page) or
        //# `/v2/Result/{institution}` (the end page inside the widget).
        "Testing/",
        "Result/{",
        //= docs/spec/hosts-and-paths.md#the-api
        //# **HOST-7** A client MUST NOT send a Reconnect call or its keys to the hosts of other products, such as
        //# `api.flinks.io` (outbound data) or those of Flinks Pay.
        "api.flinks.io",
    ] {
        let has: Vec<&String> = files.iter().filter(|(_, text)| text.contains(name)).map(|(path, _)| path).collect();
        assert!(has.is_empty(), "{name} is in {has:?}");
    }
}

//= docs/spec/hosts-and-paths.md#the-api
//# **HOST-7** A client MUST NOT send a Reconnect call or its keys to the hosts of other products, such as
//# `api.flinks.io` (outbound data) or those of Flinks Pay.
#[test]
fn a_request_and_a_prompt_go_where_the_instance_is_and_nowhere_else() {
    let keys = Keys { secret: Some("k".into()), api: Some("x".into()) };
    let mut session = refresh(Known::default(), Policy::default());
    for (status, body) in [(200, TOKEN), (203, ASKS)] {
        let request = sent(&mut session, NOW);
        let rendered = render(&request, &instance(), &keys).expect("keys");
        assert!(rendered.url.starts_with("https://api.example/v3/c/BankingServices/"), "{}", rendered.url);
        session.receive(NOW, request.id, Ok(&reply(status, body)));
    }
    let url = shown(&mut session, NOW, "t2").connect_url(&instance());
    assert!(url.expose().starts_with("https://widget.example/?"), "{}", url.expose());
    //= docs/spec/widget-url.md#writing
    //# **URL-14** A client MUST NOT write `loginId`, `institutionId` or `detailsMostRecent` into the query.
    //= docs/spec/widget-url.md#accounts-and-data
    //# **URL-34** A client SHOULD NOT add `customerId`.
    for name in ["loginId", "institutionId", "detailsMostRecent", "customerId"] {
        assert!(!WidgetOptions::NAMES.iter().any(|known| known.eq_ignore_ascii_case(name)), "{name}");
        assert!(!url.expose().contains(name), "{name}");
    }
}

//= docs/spec/sandbox.md#conduct
//# **SBX-22** The sandbox MUST share no type with the client.
#[test]
fn the_sandbox_is_built_without_the_core() {
    let manifest = include_str!("../../../reconnect-sandbox/Cargo.toml");
    assert!(manifest.contains("reconnect-sandbox") && !manifest.contains("reconnect-core"));
}

//= docs/spec/credentials.md#without-a-token
//# **CRED-14** A client without a secret key MUST mint nothing, and MUST leave out both `flinks-auth-key` and
//# `authorizeToken`.
#[test]
fn without_a_key_nothing_is_minted_and_no_token_is_sent() {
    let mut policy = Policy::default();
    policy.token = TokenUse::Without;
    let mut session = refresh(Known::default(), policy);
    let live = sent(&mut session, NOW);
    let rendered = render(&live, &instance(), &Keys { secret: None, api: None }).expect("no key is needed");
    assert!(rendered.url.ends_with("/Authorize"));
    assert!(rendered.headers.iter().all(|(name, _)| *name != "flinks-auth-key"));
    session.receive(NOW, live.id, Ok(&reply(203, ASKS)));
    session.open(NOW);
    assert!(!asked(&mut session, NOW).connect_url(&instance()).expose().contains("authorizeToken"));
}

//= docs/spec/widget-url.md#parameters-of-reconnect
//# **URL-6** A client MUST NOT load one URL with a token twice.
#[test]
fn decision_67_each_showing_has_a_token_of_its_own_and_one_is_minted_in_10_seconds() {
    let mut session = asking();
    let first = shown(&mut session, NOW, "first").connect_url(&instance());
    // Opened again within 10 s it has no token, and says when to open again; nothing is sent.
    let again = NOW + Duration::from_secs(10);
    for now in [NOW, NOW + Duration::from_secs(5), again.before(Duration::from_millis(1))] {
        session.open(now);
        let prompt = asked(&mut session, now);
        assert!(matches!(prompt.showing, Showing::Spent));
        assert!(!prompt.connect_url(&instance()).expose().contains("authorizeToken"), "no URL is loaded twice");
        let deadline = session.deadline().expect("it may be opened again");
        assert_eq!((deadline.at, deadline.why), (again, Why::OpenAgain));
        // It is the same after a restart, since the moment of the mint is in the snapshot.
        let mut kept = Session::restore(session.snapshot()).expect("its own snapshot");
        kept.open(now);
        assert!(matches!(asked(&mut kept, now).showing, Showing::Spent));
    }
    // At that moment nothing is minted by itself: the page has to open the widget again.
    assert!(matches!(asked(&mut session, again).showing, Showing::Closed));
    let second = shown(&mut session, again, "second").connect_url(&instance());
    assert!(first.expose().ends_with("authorizeToken=first") && second.expose().ends_with("authorizeToken=second"));
    // One that was not opened has none: there is no URL to load by mistake.
    assert!(!matches!(asked(&mut asking(), NOW).showing, Showing::Ready(_)));
    assert!(!asked(&mut asking(), NOW).connect_url(&instance()).expose().contains("authorizeToken"));
}

//= docs/spec/authorize.md#the-request
//# **AUTH-9** A client MUST NOT send a `Language` (`en` or `fr`) other than that of the login.
//= docs/spec/mfa.md#challenges
//# **MFA-11** A client MUST show a prompt as it came, in any language, and MUST NOT compare it with the spelling on a
//# documentation page.
#[test]
fn a_login_keeps_its_language_and_a_prompt_its_words() {
    let mut known = Known::default();
    known.language = Some("fr".into());
    let words = "Quelle  est la ville\u{a0}? (1/2) City?";
    let asks = ASKS.replace(r#""p""#, &format!(r#""{words}""#));
    let mut session = refresh(known, Policy::default());
    exchange(&mut session, &mut NOW.clone(), 200, TOKEN);
    let live = sent(&mut session, NOW);
    let rendered = render(&live, &instance(), &Keys { secret: Some("k".into()), api: None }).expect("a key");
    assert!(!rendered.body.expect("a body").expose().contains("Language"));
    session.receive(NOW, live.id, Ok(&reply(203, &asks)));
    let prompt = asked(&mut session, NOW);
    assert_eq!(&*prompt.challenges[0].prompt, words);
    let english = WidgetOptions::new().language(Language::English);
    let url = prompt.connect_url(&instance()).with_options(&english);
    assert!(url.expose().contains("language=fr") && !url.expose().contains("language=en"));
}

//= docs/spec/widget-events.md#shapes
//# **EVT-17** A client MUST NOT wait for `ERROR`, `FLINKS_CONNECT_SUCCESS` or `FLINKS_CONNECT_ERROR`.
//= docs/spec/widget-events.md#steps
//# **EVT-28** A client MUST NOT wait for `SESSION_EXPIRED` as a step.
#[test]
fn steps_that_somebody_made_up_are_not_waited_for() {
    for name in ["ERROR", "FLINKS_CONNECT_SUCCESS", "FLINKS_CONNECT_ERROR", "SESSION_EXPIRED"] {
        let event = format!(r#"{{"step":"{name}"}}"#);
        assert!(matches!(ConnectNews::read(&event).expect("news").step, Some(Step::Other(_))), "{name}");
        let mut session = asking();
        session.returned(NOW, &ConnectNews::read(&event).expect("news"));
        //= docs/spec/widget-events.md#steps
        //# **EVT-21** A client MUST take an unknown step as progress, unless its name is that of an error.
        assert_eq!(session.stage(), Stage::Asking, "{name}");
    }
    //= docs/spec/widget-events.md#steps
    //# **EVT-23** A client SHOULD NOT expect `COMPONENT_LOAD_ACCOUNT_SELECTION` if `resumeSelectedAccounts` was given,
    //# and MUST NOT depend on `INSTITUTION_SELECTED` or `ACCOUNT_SELECTED` in a Reconnect.
    //= docs/spec/widget-events.md#steps
    //# **EVT-24** A client SHOULD expect the order of a first connection to be `APP_MOUNTED`, institution selector,
    //# `INSTITUTION_SELECTED`, credentials, `SUBMIT_CREDENTIAL`, MFA, account selection if enabled, `REDIRECT`, and
    //# MUST NOT depend on it.
    // A redirect is enough: no step before it is needed, and none after it.
    let mut session = asking();
    session.returned(NOW, &ConnectNews::read("https://app.example/?loginId=l&requestId=r").expect("news"));
    exchange(&mut session, &mut NOW.clone(), 200, DATA);
    assert!(matches!(session.outcome(), Some(Outcome::Refreshed(_))));
}

//= docs/spec/redirect.md#what-stands-in-it
//# **REDIR-12** A client MUST read a redirect with `error` (and `error_description`, beside the caller's own `state`)
//# as the news that the bank's sign-in failed, also if a `loginId` stands beside it, and MUST NOT show the two texts
//# except in a form without control characters.
#[test]
fn a_redirect_with_an_error_is_no_return_even_if_it_names_a_login() {
    let mut session = asking();
    let news = ConnectNews::read("https://app.example/?loginId=l&requestId=r&error=access_denied").expect("news");
    assert_eq!((news.error.as_deref(), news.code.as_ref()), (Some("access_denied"), None));
    session.returned(NOW, &news);
    assert_eq!(session.stage(), Stage::Asking, "the prompt stands: the user may try again");
}

//= docs/spec/accounts.md#transactions-and-money
//# **ACCT-14** A client MUST NOT rely on the order of `Transactions`.
#[test]
fn the_order_of_transactions_means_nothing() {
    let one = r#"{"Id":"1","Date":"2026-02-15","Debit":1.00}"#;
    let two = r#"{"Id":"2","Date":"2026-02-14","Credit":2.00}"#;
    let read = |first: &str, second: &str| {
        let json = format!(r#"[{{"Id":"a","Balance":{{"Current":1}},"Transactions":[{first},{second}]}}]"#);
        accounts::read(&json, &Selection::all()).expect("accounts").kept.remove(0)
    };
    let (newest_first, oldest_first) = (read(one, two), read(two, one));
    let reversed: Vec<_> = oldest_first.transactions.iter().rev().cloned().collect();
    assert_eq!(newest_first.transactions, reversed);
    assert_eq!(newest_first.balance, oldest_first.balance);
}

//= docs/spec/credentials.md#what-it-is-not
//# **CRED-31** A client MUST take the message "LoginId not found or invalid" as a login of another environment, one
//# that never finished the widget, or one that was deleted.
#[test]
fn a_login_that_is_not_found_starts_over_whatever_the_words() {
    let body = r#"{"HttpStatusCode":400,"Message":"LoginId not found or invalid"}"#;
    let session = walked(refresh(Known::default(), Policy::default()), &[(200, TOKEN), (400, body)]);
    assert_eq!((failed(&session).reason(), failed(&session).recovery()), (Reason::Refused, Recovery::StartOver));
    assert!(failed(&session).code().is_none(), "there is no such code");
}

//= docs/spec/lifetimes.md#tokens-calls-sessions
//# **LIFE-20** A client MUST NOT apply the 4 weeks of the wealth variant.
#[test]
fn no_lifetime_is_longer_than_the_pages_say() {
    let Policy { token_life, request_life, hint_life, poll_cap, late_news, .. } = Policy::default();
    for life in [token_life, request_life, hint_life, poll_cap, late_news] {
        assert!(life <= Duration::from_secs(30 * 60), "{life:?}");
    }
}
