use crate::support::{CUSTOMER, Sandbox, ended, keys, reconnect};

fn call(sandbox: &Sandbox, endpoint: &str, fields: &str, stdin: &str) -> crate::support::Ran {
    let mut command = reconnect();
    command.args(["call", endpoint, fields, "--json", "--customer-id", CUSTOMER, "--api-url", &sandbox.url]);
    command.args(["--widget-url", &sandbox.url]);
    ended(&mut command, stdin)
}

#[test]
fn every_endpoint_answers_with_its_own_keys() {
    let sandbox = Sandbox::start(&["--strict"]);
    let login = format!(r#"{{"loginId":"{}"}}"#, sandbox.quiet);
    let set = format!(r#"{{"loginId":"{}","isActivated":true}}"#, sandbox.quiet);
    let many = format!(r#"{{"loginIds":["{}","unknown"]}}"#, sandbox.quiet);
    for (endpoint, fields, names) in [
        ("Institutions", "{}", &["count", "institutions"][..]),
        ("GetNightlyRefreshStatus", "{}", &["ineligible"]),
        ("SetScheduledRefresh", &set, &["activated"]),
        ("GetMFAQuestions", &login, &["questions"]),
        ("DeleteCard", &login, &["deleted"]),
        ("AuthorizeMultiple", &many, &["invalid", "valid"]),
    ] {
        let line = call(&sandbox, endpoint, fields, "").exits(0).json();
        assert_eq!(keys(&line), names, "{endpoint}");
    }
    // It is gone now.
    call(&sandbox, "DeleteCard", &login, "").exits(12).error();
}

#[test]
fn what_cannot_be_called_is_a_usage_error() {
    let sandbox = Sandbox::start(&[]);
    for (endpoint, fields) in [
        ("Nothing", "{}"),
        ("DeleteCard", "{}"),
        ("DeleteCard", "no"),
        ("DeleteCard", r#"{"loginId":""}"#),
        ("AnswerMFAQuestions", r#"{"loginId":"l","answers":{"q":"a"}}"#),
    ] {
        call(&sandbox, endpoint, fields, "").exits(2);
    }
}
