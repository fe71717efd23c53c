//! How a showing ends: the redirect in its captured forms, and the pages that say why there is none.

use reconnect_sandbox::Request;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::widget::{action, facts, open, post, steps};

/// Names of a query, in order.
fn names(url: &str) -> Vec<&str> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').map(|pair| pair.split('=').next().unwrap_or_default()).collect()
}

//= docs/spec/sandbox.md#conduct
//# **SBX-36** The sandbox MUST write the redirect URL in the captured orders, and MUST leave navigation out with
//# `jsRedirect=true`.
/// The captured forms: <https://docs.flinks.com/docs/successful-connection>,
/// <https://docs.flinks.com/guides/connect/flinks-connect/use-custom-tag>.
#[test]
fn the_redirect_has_the_captured_forms() {
    let selected = "&resumeSelectedAccounts=x,y";
    for (query, expected) in [
        ("", vec!["loginId", "institution"]),
        ("&tag=YourTag", vec!["loginId", "tag", "institution"]),
        (&format!("&tag=t{selected}"), vec!["loginId", "tag", "accountId", "institution"]),
        ("&demo=true", vec!["demo", "loginId", "institution"]),
        (
            &format!("%3Fleadid=1&tag=t&demo=true{selected}"),
            vec!["leadid", "tag", "demo", "loginId", "accountId", "institution"],
        ),
    ] {
        let mut desk = Desk::strict();
        let (login, id) = desk.authorized("greatday_nomfa");
        let query = format!("requestId={id}&redirectUrl=https://app.example/thank-you{query}");
        let end = facts(&open(&mut desk, "/v2/", &query));
        let url = end["next"].as_str().expect("a place").to_owned();
        assert_eq!(names(&url), expected);
        assert!(url.contains(&format!("loginId={login}")) && url.ends_with("institution=FlinksCapital"));
        assert_eq!((&end["event"]["url"], &end["top"]), (&json!(url), &json!(true)));
        assert_eq!(url.contains("accountId=x,y"), query.contains("Selected"), "a comma list");
    }
}

//= docs/spec/sandbox.md#conduct
//# **SBX-36** The sandbox MUST write the redirect URL in the captured orders, and MUST leave navigation out with
//# `jsRedirect=true`.
#[test]
fn the_end_stays_inside_or_is_only_told() {
    let mut desk = Desk::strict();
    let (login, id) = desk.authorized("greatday_nomfa");
    let mut end = |query: &str| {
        let page = open(&mut desk, "/v2/", &format!("requestId={id}{query}"));
        (facts(&page), page.text())
    };
    let (inner, text) = end("&innerRedirect=true&demo=true&resumeSelectedAccounts=a");
    let url = format!(
        "/v2/Result/FlinksCapital?thank-you=true&demo=true&loginId={login}&accountId=a&institution=FlinksCapital"
    );
    assert_eq!((&inner["next"], &inner["top"], &inner["event"]["url"]), (&json!(url), &json!(false), &Value::Null));
    assert!(!text.contains("_top"));
    let (inner, _) = end("&innerRedirect=true&redirectUrl=https://app.example");
    assert_eq!(inner["top"], false);
    assert!(inner["next"].as_str().is_some_and(|next| next.starts_with("https://app.example?")));
    let (told, text) = end("&jsRedirect=true&redirectUrl=https://app.example");
    assert!(told["event"]["url"].is_string() && told["next"].is_null() && !text.contains("<a "));
    let (bare, text) = end("");
    assert!(bare["next"].is_null() && bare["event"]["step"] == "REDIRECT" && !text.contains("<a "));
    let result = desk.ask(&Request::get(url));
    assert_eq!((result.status, steps(&result).len()), (200, 0));
    assert!(!result.text().contains(&login));
}

//= docs/spec/sandbox.md#conduct
//# **SBX-34** The sandbox's widget MUST have a page for each error that it handles, with what the user can do.
#[test]
fn each_page_without_a_way_on_says_why_and_posts_no_success() {
    let mut desk = Desk::strict();
    let table = [
        ("/", "requestId=unknown", 400, "start a new one", vec![]),
        ("/", "redirectUrl=app.example", 400, "redirectUrl", vec![]),
        ("/Credential/OtherBank", "", 404, "no such institution", vec![]),
        ("/", "authorizeToken=", 401, "authorize token", vec!["TOKEN_INVALID"]),
    ];
    for (path, query, status, told, said) in table {
        let page = match query {
            "authorizeToken=" => desk.ask(&Request::get("/?authorizeToken=spent")),
            query => open(&mut desk, path, query),
        };
        assert_eq!((page.status, steps(&page)), (status, said.into_iter().map(str::to_owned).collect()), "{query}");
        assert!(page.text().contains(told), "{query}");
        assert!(page.text().contains("<h1>") && !page.text().contains("<form"), "{query}");
    }
    let long = Request::get(format!("/?tag={}", "x".repeat(70_000)));
    assert_eq!(desk.ask(&long).status, 414);
    let form = open(&mut desk, "/", "");
    assert_eq!(desk.ask(&Request::post(action(&form), "x".repeat(70_000))).status, 413);
    assert_eq!(desk.ask(&Request::post(format!("{}/nowhere", action(&form)), "")).status, 404);
}

#[test]
fn a_last_wrong_answer_ends_with_its_event() {
    let mut desk = Desk::strict();
    let login = desk.bank.connect(desk.now, "mfa_last_try", "en");
    let id = crate::desk::request_id(&desk.live(&login));
    let page = open(&mut desk, "/", &format!("requestId={id}"));
    let end = post(&mut desk, &page, &[("What is the name of your dog", "Rex")]);
    assert_eq!((end.status, steps(&end)), (400, vec!["SUBMIT_MFA".to_owned(), "INVALID_SECURITY_RESPONSE".to_owned()]));
    let after = post(&mut desk, &page, &[("What is the name of your dog", "Wouf")]);
    assert_eq!((after.status, steps(&after).len()), (400, 0));
}

#[test]
fn the_oldest_showings_are_forgotten() {
    let mut desk = Desk::lenient();
    let first = desk.ask(&Request::get("/"));
    for _ in 0..255 {
        desk.ask(&Request::get("/"));
    }
    assert_eq!(post(&mut desk, &first, &[("consent", "accept")]).status, 200);
    desk.ask(&Request::get("/"));
    let forgotten = post(&mut desk, &first, &[("consent", "accept")]);
    assert_eq!(forgotten.status, 404);
    assert!(forgotten.text().contains("<h1>"));
}

#[test]
fn the_close_button_only_tells() {
    let mut desk = Desk::strict();
    let (_, id) = desk.asked();
    let page = open(&mut desk, "/", &format!("requestId={id}&closeEnable=true"));
    let event =
        "{&quot;institution&quot;:&quot;FlinksCapital&quot;,&quot;step&quot;:&quot;COMPONENT_CLOSE_SESSION&quot;}";
    assert!(
        page.text().contains(&format!("type=\"button\" class=\"close\" aria-label=\"Close\" data-event=\"{event}\""))
    );
    let without = open(&mut desk, "/", &format!("requestId={id}"));
    assert!(!without.text().contains("COMPONENT_CLOSE_SESSION"));
}

#[test]
fn the_look_follows_the_simple_parameters() {
    let mut desk = Desk::lenient();
    let mut page = |query: &str| desk.ask(&Request::get(format!("/?{query}"))).text();
    let plain = page("");
    assert!(
        plain.contains("class=\"logo\"") && plain.contains("<header>") && !plain.contains("<html lang=\"en\" data-")
    );
    assert!(!page("headerImgEnable=false").contains("class=\"logo\""));
    assert!(!page("headerEnable=false").contains("<header>"));
    assert!(page("theme=dark").contains("<html lang=\"en\" data-theme=\"dark\">"));
    assert!(page("backgroundColor=f7f7f7").contains(":root{--page:#f7f7f7}"));
    assert!(!page("backgroundColor=red;}*{").contains("--page:#red"));
}
