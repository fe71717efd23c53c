//! What a page on a user's screen must not let happen.

use reconnect_sandbox::{Reply, Request, Scenario, Settings};
use serde_json::{Value, json};

use crate::challenges::CASES;
use crate::desk::Desk;
use crate::widget::{action, facts, inputs, open, post};

#[test]
fn every_page_keeps_its_address_to_itself() {
    let mut desk = Desk::lenient();
    let (_, id) = desk.asked();
    for target in
        ["/", "/?authorizeToken=wrong", "/?requestId=unknown", "/?redirectUrl=x", &format!("/v2/?requestId={id}")]
    {
        let reply = desk.ask(&Request::get(target));
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"), "{target}");
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        let policy = reply.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'"));
        assert!(reply.text().contains("<html lang=\"en\">"));
    }
}

#[test]
fn what_comes_in_the_url_or_a_form_is_only_ever_text() {
    let mut desk = Desk::lenient();
    let evil = "%3C%2Fscript%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%22%27";
    let (_, id) = desk.authorized("greatday_nomfa");
    let query =
        format!("requestId={id}&tag={evil}&resumeSelectedAccounts={evil}&redirectUrl=https://a.example/%22%3E{evil}");
    let page = desk.ask(&Request::get(format!("/?{query}")));
    assert_eq!(page.text().matches("<script").count(), 1);
    assert_eq!(page.text().matches("</script").count(), 1);
    assert_eq!(facts(&page)["event"]["accountId"], "</script><script>alert(1)</script>\"'");

    let form = desk.ask(&Request::get("/Credential/14?consentEnable=false"));
    let again = post(&mut desk, &form, &[("username", "<b>\"x"), ("password", "<u>")]);
    assert!(!again.text().contains("<b>") && !again.text().contains("<u>"));
    assert!(again.text().contains("value=\"&lt;b&gt;&quot;x\""), "the name stands there again");
}

/// Every page of a first connection, with a question in each form that there is.
#[test]
fn what_a_scenario_names_is_only_ever_text() {
    const EVIL: &str = "<b>\"'&";
    let choices = [format!("{EVIL}one"), format!("{EVIL}two")];
    let rounds = CASES.map(|(user, kind, _)| {
        let (choices, answers) = match user {
            "mfa_several" => (&[][..], &choices[..1]),
            "mfa_chosen_question" => (&choices[..], &choices[..]),
            "mfa_unknown" => (&[][..], &[][..]),
            _ => (&choices[..], &choices[..1]),
        };
        json!([{"type": kind, "prompt": format!("{EVIL}{kind}"), "choices": choices, "answers": answers}])
    });
    let scenario = json!({
        "institutions": [{"id": 1, "name": EVIL, "title": EVIL}],
        "users": [{"username": EVIL, "about": EVIL, "passwords": ["pass"], "rounds": rounds,
            "accounts": [{"title": EVIL, "number": EVIL, "type": EVIL, "currency": EVIL}]}],
    });
    let mut desk = Desk::with(Settings::of(Scenario::read(&scenario.to_string()).expect("a scenario")));
    let text_only = |page: Reply, escaped: bool| {
        let text = page.text();
        assert!(page.status == 200 && !text.contains("<b>"), "{text}");
        assert_eq!(text.contains("&lt;b&gt;&quot;&#39;&amp;"), escaped, "{text}");
        page
    };
    let query = "closeEnable=true&accountSelectorEnable=true&showAllAccounts=true";
    let consent = text_only(open(&mut desk, "/v2/", query), false);
    let list = text_only(post(&mut desk, &consent, &[("consent", "accept")]), true);
    let form = text_only(post(&mut desk, &list, &[("institution", EVIL)]), true);
    let again = text_only(post(&mut desk, &form, &[("username", EVIL), ("password", "wrong")]), true);
    let mut page = post(&mut desk, &again, &[("username", EVIL), ("password", "pass")]);
    for asked in 1..=CASES.len() {
        page = text_only(page, true);
        let name = inputs(&page).remove(0);
        let answer = if asked == CASES.len() { "done" } else { &choices[0] };
        page = post(&mut desk, &page, &[(&name, answer)]);
    }
    let account = text_only(page, true);
    let login = desk.bank.login_for(EVIL).expect("a login");
    let id = desk.bank.account_ids(&login).remove(0);
    let end = text_only(post(&mut desk, &account, &[("accountId", &id)]), false);
    assert_eq!(facts(&end)["event"]["institution"], EVIL);
}

#[test]
fn events_are_posted_to_one_origin_and_anywhere_only_when_lenient() {
    for (mut desk, anyone) in [(Desk::strict(), Value::Null), (Desk::lenient(), json!("*"))] {
        for (query, target) in [
            ("", anyone.clone()),
            ("&origin=https://app.example", json!("https://app.example")),
            ("&redirectUrl=http://127.0.0.1:9000/back", json!("http://127.0.0.1:9000")),
        ] {
            let token = desk.mint();
            let page = desk.ask(&Request::get(format!("/?authorizeToken={token}{query}")));
            assert_eq!(facts(&page)["target"], target, "{query}");
        }
    }
    let page = Desk::lenient().ask(&Request::get("/?stringify=true&webview=true"));
    assert_eq!((&facts(&page)["stringify"], &facts(&page)["webview"]), (&json!(true), &json!(true)));
}

#[test]
fn a_redirect_that_runs_script_is_refused() {
    let mut desk = Desk::lenient();
    let (_, id) = desk.authorized("greatday_nomfa");
    let page = desk.ask(&Request::get(format!("/?requestId={id}&redirectUrl=javascript://%250Aalert(1)")));
    assert_eq!((page.status, &facts(&page)["next"]), (400, &Value::Null));
}

#[test]
fn each_showing_has_a_form_of_its_own() {
    let mut desk = Desk::lenient();
    let (_, id) = desk.asked();
    let show = |desk: &mut Desk| action(&desk.ask(&Request::get(format!("/?requestId={id}"))));
    let (first, second) = (show(&mut desk), show(&mut desk));
    assert_ne!(first, second);
    assert!(first.starts_with("/_widget/") && first.len() > 40);
    assert_eq!(desk.ask(&Request::post("/_widget/guess", "")).status, 404);
    assert_eq!(desk.ask(&Request::get(first)).status, 405);
}
