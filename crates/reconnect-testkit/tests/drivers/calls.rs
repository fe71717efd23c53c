//! Both clients make the calls that are no step of a session, over HTTP and against the sandbox's server.

use reconnect_calls::CallError;
use reconnect_calls::{
    answer_mfa_questions::AnswerMfaQuestions, delete_card::DeleteCard, get_mfa_questions::GetMfaQuestions,
    get_nightly_refresh_status::GetNightlyRefreshStatus, institutions::Institutions,
    set_scheduled_refresh::SetScheduledRefresh,
};
use reconnect_core::{FlinksCode, Instance, Keys, LoginId};
use reconnect_sandbox::{Clock, Server, Settings};

/// A strict sandbox with one stored login, and the way to it.
fn sandbox() -> (Server, LoginId, Instance, Keys) {
    let settings = Settings { strict: true, ..Settings::default() };
    let keys = Keys { secret: Some(settings.secret_key.as_str().into()), api: Some(settings.api_key.as_str().into()) };
    let customer = settings.customer_id.clone();
    let loopback = "127.0.0.1:0".parse().expect("an address");
    let server = Server::start(settings, loopback, Clock::fixed(1_780_000_000_000)).expect("a free port");
    let login = LoginId::new(&server.bank(|bank| bank.connect(0, "Greatday", "en"))).expect("an id");
    let instance = Instance::at(&server.url(), &format!("{}/", server.url()), &customer).expect("loopback");
    (server, login, instance, keys)
}

/// The same calls, whoever makes them: each HTTP method, each key, an answer and a refusal.
macro_rules! calls {
    ($client:ident, $login:ident, |$call:ident| $answer:expr) => {{
        macro_rules! ask {
            ($endpoint:expr) => {{
                let $call = &$endpoint;
                $answer
            }};
        }
        let page = ask!(Institutions::new().take(1)).expect("a page");
        assert_eq!((page.institutions.len(), page.count), (1, Some(4)));
        let set = ask!(SetScheduledRefresh::new($login.clone(), true)).expect("a stored login");
        assert_eq!(set.activated(), Some(true));
        let questions = ask!(GetMfaQuestions::new($login.clone())).expect("questions").questions;
        let answers = AnswerMfaQuestions::new($login.clone()).with(&questions[0].question, "Montréal");
        ask!(answers).expect("they are stored");
        assert_eq!(ask!(GetMfaQuestions::new($login.clone())).expect("questions").questions, questions[1..]);
        assert!(ask!(GetNightlyRefreshStatus::new()).expect("a list").ineligible.is_empty());
        ask!(DeleteCard::new($login.clone())).expect("it is deleted");
        let again = ask!(DeleteCard::new($login.clone())).expect_err("it is gone");
        assert_eq!(again.code(), Some(&FlinksCode::InvalidLogin));
    }};
}

//= docs/spec/hosts-and-paths.md#methods-and-names
//# **HOST-13** A client that supports another endpoint MUST call it with the method and the path that its line in
//# [other-endpoints.md](other-endpoints.md) has.
#[test]
fn the_blocking_client_calls() {
    let (server, login, instance, keys) = sandbox();
    let client = reconnect_blocking::Client::new(instance, keys).expect("a client");
    calls!(client, login, |call| client.call(call));
    assert!(server.bank(|bank| bank.findings().is_empty()), "what we send is as documented");
    server.stop();
    assert!(matches!(client.call(&Institutions::new()), Err(CallError::Fault(_))));
}

#[test]
fn the_async_client_calls() {
    let (server, login, instance, keys) = sandbox();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let client = reconnect_async::Client::new(instance, keys).expect("a client");
    calls!(client, login, |call| runtime.block_on(client.call(call)));
    // A web handler needs a future that may move to another thread.
    fn moves(_: &impl Send) {}
    let endpoint = DeleteCard::new(login);
    moves(&client.call(&endpoint));
    assert!(server.bank(|bank| bank.findings().is_empty()), "what we send is as documented");
    server.stop();
    assert!(matches!(runtime.block_on(client.call(&Institutions::new())), Err(CallError::Fault(_))));
}
