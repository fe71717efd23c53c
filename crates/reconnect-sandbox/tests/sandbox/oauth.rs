//! A bank that signs in by OAuth: <https://docs.flinks.com/guides/connect/oauth-integration>,
//! <https://docs.flinks.com/api/authorize/custom/oauth-authorize>.

use reconnect_sandbox::{Reply, Request, Scenario, Settings};
use serde_json::{Value, json};

use crate::desk::{Desk, MINUTE, assert_verdict};
use crate::widget::{facts, inputs, open, post, steps};

const BACK: &str = "https%3A%2F%2Fapp.example%2Fback%3Fkey%3D7";

fn desk() -> Desk {
    let scenario = Scenario::named("oauth").expect("it comes with the sandbox");
    Desk::with(Settings { strict: true, ..Settings::of(scenario) })
}

fn location(reply: &Reply) -> String {
    assert_eq!(reply.status, 302, "{}", reply.text());
    reply.header("location").expect("where to").to_owned()
}

/// The path of the bank's page for an app that uses no widget.
fn authorize(desk: &mut Desk, query: &str) -> String {
    let reply = desk.ask(&Request::get(format!("/v3/oauth/authorize?{query}")).with("host", "127.0.0.1:80"));
    let page = location(&reply);
    page.strip_prefix("http://127.0.0.1:80").expect("an absolute address").to_owned()
}

fn decide(desk: &mut Desk, page: &str, form: &str) -> Reply {
    desk.ask(&Request::post(page, form.as_bytes()))
}

const AGREE: &str = "username=Greatday&password=Everyday&decision=agree";

//= docs/spec/sandbox.md#conduct
//# **SBX-41** The sandbox MUST have a bank that signs in by OAuth.
#[test]
fn a_user_who_agrees_at_the_bank_comes_back_with_a_login_that_is_refreshed_without_mfa() {
    let mut desk = desk();
    let page = authorize(&mut desk, &format!("institution_id=9021&redirect_uri={BACK}&state=s%201&lang=fr&tag=t"));
    let shown = desk.ask(&Request::get(page.clone()));
    assert_eq!((shown.status, inputs(&shown)), (200, vec!["username".to_owned(), "password".to_owned()]));
    assert!(shown.text().contains("<html lang=\"fr\">") && shown.text().contains("Lakeside Bank"));
    let policy = shown.header("content-security-policy").expect("a policy");
    assert!(policy.contains("form-action 'self' https://app.example;"), "its form leads to the app: {policy}");

    let wrong = decide(&mut desk, &page, "username=Greatday&password=nope&decision=agree");
    assert!(wrong.text().contains("role=\"alert\"") && wrong.text().contains("value=\"Greatday\""));
    let back = location(&decide(&mut desk, &page, AGREE));
    let login = back
        .strip_prefix("https://app.example/back?key=7&loginId=")
        .and_then(|rest| rest.strip_suffix("&state=s%201"))
        .unwrap_or_else(|| panic!("{back}"))
        .to_owned();
    assert_eq!(decide(&mut desk, &page, AGREE).status, 404, "a decision is made once");

    let live = desk.live(&login);
    assert_eq!(live.status, 200, "the grant lives: {}", live.text());
    assert_eq!(live.json()["Login"]["Id"], json!(login));
    let id = live.json()["RequestId"].as_str().expect("an id").to_owned();
    desk.detail(&json!({"RequestId": id}));
    desk.now += 10_000;
    assert_eq!(desk.poll(&id).json()["Accounts"].as_array().map(Vec::len), Some(2));
    assert_eq!(desk.bank.challenges_sent(&login), 0, "it never asks");
    assert_eq!(desk.bank.findings(), []);
}

//= docs/spec/sandbox.md#conduct
//# **SBX-41** The sandbox MUST have a bank that signs in by OAuth.
#[test]
fn a_user_who_refuses_at_the_bank_comes_back_with_an_error() {
    for (state, kept) in [("&state=abc", "&state=abc"), ("", ""), ("&state=", "")] {
        let mut desk = desk();
        let page = authorize(&mut desk, &format!("institution_id=9021&redirect_uri={BACK}{state}"));
        let back = location(&decide(&mut desk, &page, "decision=refuse"));
        let why = "&error=access_denied&error_description=The%20user%20did%20not%20agree";
        assert_eq!(back, format!("https://app.example/back?key=7{kept}{why}"));
        assert_eq!(desk.bank.login_for("nobody"), None);
    }
    let mut desk = desk();
    let page = authorize(&mut desk, "institution_id=LakesideBank&redirect_uri=myapp%3A%2F%2Fcallback&state=1");
    let shown = desk.ask(&Request::get(page.clone()));
    let policy = shown.header("content-security-policy").expect("a policy").to_owned();
    assert!(policy.contains("form-action 'self' myapp:;"), "{policy}");
    let back = location(&decide(&mut desk, &page, "username=&password=&decision=refuse"));
    assert!(back.starts_with("myapp://callback?state=1&error=access_denied&"), "{back}");
}

//= docs/spec/sandbox.md#conduct
//# **SBX-41** The sandbox MUST have a bank that signs in by OAuth.
#[test]
fn a_login_whose_grant_has_ended_is_refused_until_its_user_agrees_again() {
    let mut desk = desk();
    let login = desk.bank.connect(desk.now, "Greatday", "en");
    assert_eq!(desk.live(&login).status, 200);
    let revoke = |desk: &mut Desk, id: &str| {
        desk.ask(&Request::post("/_sandbox/revoke", json!({"loginId": id}).to_string())).status
    };
    assert_eq!(revoke(&mut desk, &login), 200);
    for _ in 0..2 {
        assert_verdict(&desk.live(&login), 401, "UNAUTHORIZED");
    }
    assert_verdict(&desk.cached(&login), 401, "UNAUTHORIZED");

    // An ordinary Connect session with the institution preselected, as the recovery advises.
    let page = open(&mut desk, "/v2/Credential/LakesideBank", "consentEnable=false");
    let bank = location(&post(&mut desk, &page, &[]));
    location(&decide(&mut desk, &bank, AGREE));
    assert_eq!(desk.live(&login).status, 200, "the same login, granted again");

    let form = desk.bank.connect(desk.now, "Greatday_Form", "en");
    assert_eq!((revoke(&mut desk, &form), revoke(&mut desk, "none")), (404, 404), "it has no grant");
    assert_eq!(desk.ask(&Request::post("/_sandbox/revoke", "{}")).status, 400);
    assert_eq!(revoke(&mut desk, &login), 200);
    assert!(desk.bank.reset_login(&login));
    assert_eq!(desk.live(&login).status, 200, "back to how it was after the first connection");
}

/// Every event of a first connection at this bank, and its last page. `decision` is the form that the user sends there.
fn through_the_widget(desk: &mut Desk, query: &str, decision: &str) -> (Vec<Value>, Reply) {
    let mut seen = Vec::new();
    let mut note = |page: &Reply| seen.extend(facts(page)["events"].as_array().expect("events").iter().cloned());
    let list = open(desk, "/v2/", &format!("consentEnable=false&{query}"));
    note(&list);
    let page = post(desk, &list, &[("institution", "LakesideBank")]);
    note(&page);
    assert_eq!(inputs(&page), Vec::<String>::new(), "no password is typed here");
    let bank = location(&post(desk, &page, &[]));
    assert!(bank.starts_with("/_bank/"));
    assert_eq!(desk.ask(&Request::get(bank.clone())).status, 200);
    let back = location(&decide(desk, &bank, decision));
    let end = desk.ask(&Request::get(back));
    assert_eq!((end.status, &facts(&end)["returned"]), (200, &json!(true)));
    note(&end);
    (seen, end)
}

//= docs/spec/sandbox.md#conduct
//# **SBX-41** The sandbox MUST have a bank that signs in by OAuth.
#[test]
fn the_widget_sends_its_user_to_the_bank_and_back() {
    let mut desk = desk();
    let (seen, end) = through_the_widget(&mut desk, "redirectUrl=https://app.example/back", AGREE);
    let login = desk.bank.login_for("Greatday").expect("a login");
    let at = |step: &str| json!({"step": step, "institution": "LakesideBank"});
    let request = seen.last().expect("an end")["requestId"].clone();
    assert!(desk.bank.is_alive(desk.now, request.as_str().expect("an id")));
    assert_eq!(
        seen,
        [
            json!({"step": "APP_MOUNTED"}),
            json!({"step": "COMPONENT_LOAD_INSTITUTION_SELECTOR", "cached": false}),
            at("INSTITUTION_SELECTED"),
            at("COMPONENT_ACCEPT_PROVIDER_CONSENT"),
            json!({"step": "REDIRECT", "loginId": login, "requestId": request, "institution": "LakesideBank",
                "url": format!("https://app.example/back?loginId={login}&institution=LakesideBank")}),
        ]
    );
    assert!(end.text().contains("href=\"https://app.example/back?"), "without script a link leads on");
}

#[test]
fn a_user_who_refuses_at_the_bank_can_try_again_in_the_widget() {
    let mut desk = desk();
    let (seen, page) = through_the_widget(&mut desk, "", "decision=refuse");
    let refused = json!({"requestId": null, "flinksCode": "UNAUTHORIZED", "institution": "LakesideBank"});
    assert_eq!(seen.last(), Some(&refused));
    assert!(page.text().contains("role=\"alert\""));
    let bank = location(&post(&mut desk, &page, &[]));
    let back = location(&decide(&mut desk, &bank, AGREE));
    let end = desk.ask(&Request::get(back));
    assert_eq!(steps(&end), ["COMPONENT_ACCEPT_PROVIDER_CONSENT", "REDIRECT"]);
}

#[test]
fn the_bank_opens_in_a_pop_up_or_in_the_whole_window() {
    for (query, how) in [("", "data-popup"), ("&oauthWindowRedirect=true", "target=\"_top\"")] {
        let mut desk = desk();
        let page = open(&mut desk, "/v2/Credential/LakesideBank", &format!("consentEnable=false{query}"));
        assert_eq!(steps(&page), ["APP_MOUNTED"]);
        let form = page.text().split_once("<form").expect("a form").1.split_once('>').expect("its end").0.to_owned();
        assert!(form.contains(how), "{form}");
    }
}

#[test]
fn a_wrong_parameter_and_a_visit_that_is_over_are_refused() {
    let mut desk = desk();
    for query in [
        "redirect_uri=https://a.example",
        "institution_id=1&redirect_uri=https://a.example",
        "institution_id=14&redirect_uri=https://a.example",
        "institution_id=9021",
        "institution_id=9021&redirect_uri=/back",
        "institution_id=9021&redirect_uri=javascript://x",
        "institution_id=9021&redirect_uri=https://a.example&lang=de",
    ] {
        let reply = desk.ask(&Request::get(format!("/v3/oauth/authorize?{query}")));
        assert_verdict(&reply, 401, "INVALID_REQUEST");
    }
    assert_eq!(desk.ask(&Request::post("/v3/oauth/authorize", "")).status, 405);
    assert_eq!(desk.ask(&Request::get("/_bank/none")).status, 404);
    let script = desk.ask(&Request::get("/_bank/%22%3E%3Cscript%3E"));
    assert!(script.status == 404 && !script.text().contains("\"><script>"));
    let page = authorize(&mut desk, &format!("institution_id=9021&redirect_uri={BACK}"));
    assert_eq!(desk.ask(&Request { method: "PUT".to_owned(), ..Request::get(page.clone()) }).status, 405);
    desk.now += 8 * MINUTE;
    assert_eq!(decide(&mut desk, &page, AGREE).status, 404, "the visit has expired");
    let password = json!({"Institution": "LakesideBank", "Username": "Greatday", "Password": "Everyday",
        "MostRecentCached": false, "Save": true});
    assert_verdict(&desk.authorize(&password), 401, "INVALID_REQUEST");
}

#[test]
fn a_bank_with_a_page_of_its_own_asks_nothing_through_the_api() {
    let text = "[[institutions]]\nid = 1\nname = 'B'\ntitle = 'B'\nsignIn = 'oauth'\n\
                [[users]]\nusername = 'ada'\nrounds = [['q']]\n[questions.q]\nprompt = 'q'\nanswers = ['a']";
    let wrong = Scenario::read(text).unwrap_err().to_string();
    assert!(wrong.contains("user \"ada\"") && wrong.contains("`rounds`"), "{wrong}");
    let other = Scenario::read(&text.replace("oauth", "saml")).unwrap_err().to_string();
    assert!(other.contains("`form` or `oauth`"), "{other}");
}
