//! The widget: <https://docs.flinks.com/guides/connect/resume-and-reconnect>.

use reconnect_sandbox::{Reply, Request, Settings, WidgetOutcome};
use serde_json::{Value, json};

use crate::desk::{CITY, COUNTRY, Desk, MINUTE, NOW, SHAPE, assert_verdict};

/// The text between two marks of a page.
fn between<'a>(page: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

fn unescape(text: &str) -> String {
    let named = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    named.replace("&#39;", "'").replace("&amp;", "&")
}

pub(crate) fn action(reply: &Reply) -> String {
    unescape(between(&reply.text(), "action=\"", "\"").expect("a form"))
}

pub(crate) fn inputs(reply: &Reply) -> Vec<String> {
    let page = reply.text();
    let inputs = page.split("<input ").skip(1);
    inputs.map(|input| unescape(between(input, "name=\"", "\"").expect("a name"))).collect()
}

/// What the page's script is called with, and the last of its events as `event`.
pub(crate) fn facts(reply: &Reply) -> Value {
    let page = reply.text();
    let (_, rest) = page.rsplit_once("})(").expect("a script");
    let mut facts: Value = serde_json::from_str(rest.split_once(");</script>").expect("its end").0).expect("JSON");
    facts["event"] = facts["events"].as_array().and_then(|events| events.last()).cloned().unwrap_or_default();
    facts
}

/// The steps that a page posts, in order; the code where there is no step.
pub(crate) fn steps(reply: &Reply) -> Vec<String> {
    let facts = facts(reply);
    let events = facts["events"].as_array().expect("a list").iter();
    events.map(|event| event["step"].as_str().or(event["flinksCode"].as_str()).expect("a name").to_owned()).collect()
}

pub(crate) fn post(desk: &mut Desk, page: &Reply, fields: &[(&str, &str)]) -> Reply {
    desk.ask(&form(page, fields))
}

fn form(page: &Reply, fields: &[(&str, &str)]) -> Request {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    Request::post(action(page), body.join("&")).with("content-type", "application/x-www-form-urlencoded")
}

pub(crate) fn open(desk: &mut Desk, path: &str, query: &str) -> Reply {
    let token = desk.mint();
    desk.ask(&Request::get(format!("{path}?authorizeToken={token}&{query}")))
}

//= docs/spec/widget-events.md#steps
//# **EVT-22** A client SHOULD expect `COMPONENT_LOAD_MFA` as the first screen of a Reconnect.
#[test]
fn a_live_request_id_lands_on_the_question_and_ends_with_the_redirect() {
    let mut desk = Desk::strict();
    let (login, id) = desk.asked();
    let back = "redirectUrl=https%3A%2F%2Fapp.example%2Fback%3Fown%3D1%23end&demo=true&tag=a+b";
    let first = open(&mut desk, "/", &format!("requestId={id}&{back}"));
    assert_eq!(inputs(&first), [CITY]);
    assert_eq!(steps(&first), ["APP_MOUNTED", "COMPONENT_LOAD_MFA"]);
    let wrong = post(&mut desk, &first, &[(CITY, "Toronto")]);
    assert!(wrong.text().contains("role=\"alert\""));
    assert_eq!(inputs(&wrong), [CITY]);
    assert_eq!(steps(&wrong), ["SUBMIT_MFA", "INVALID_SECURITY_RESPONSE", "COMPONENT_LOAD_MFA_RETRY"]);
    let second = post(&mut desk, &wrong, &[(CITY, "Montreal")]);
    assert_eq!(inputs(&second), [COUNTRY]);
    assert!(!second.text().contains("role=\"alert\""));
    assert_eq!(steps(&second), ["SUBMIT_MFA", "COMPONENT_LOAD_MFA"]);
    let third = post(&mut desk, &second, &[(COUNTRY, "Canada")]);
    let end = post(&mut desk, &third, &[(SHAPE, "Triangle")]);

    let url =
        format!("https://app.example/back?own=1&tag=a%20b&demo=true&loginId={login}&institution=FlinksCapital#end");
    let event =
        json!({"step": "REDIRECT", "loginId": login, "requestId": id, "institution": "FlinksCapital", "url": url});
    assert_eq!(facts(&end)["event"], event);
    assert_eq!(steps(&end), ["SUBMIT_MFA", "REDIRECT"]);
    assert_eq!((&facts(&end)["target"], &facts(&end)["next"]), (&json!("https://app.example"), &json!(url)));
    assert_eq!(desk.bank.challenges_sent(&login), 1);
    assert_eq!(desk.detail(&json!({"RequestId": id})).status, 202, "the same requestId fetches the data");
    let twice = post(&mut desk, &third, &[(SHAPE, "Triangle")]);
    assert_eq!(facts(&twice)["event"], event, "submitting twice does no harm");
}

#[test]
fn the_last_step_answers_json_to_who_asks_for_it() {
    let mut desk = Desk::strict();
    let (login, id) = desk.asked();
    let mut page = open(&mut desk, "/v2/", &format!("requestId={id}"));
    for answer in ["Montreal", "Canada"] {
        let prompt = inputs(&page).pop().expect("a prompt");
        page = post(&mut desk, &page, &[(&prompt, answer)]);
    }
    let last = form(&page, &[(SHAPE, "triangle")]).with("Accept", "application/json");
    let end = desk.ask(&last).json();
    let event = json!({"step": "REDIRECT", "loginId": login, "requestId": id, "institution": "FlinksCapital"});
    assert_eq!(end, json!({"event": event, "redirectUrl": null}));
}

//= docs/spec/sandbox.md#conduct
//# **SBX-17** The sandbox MUST remember `resumeSelectedAccounts` with the `requestId` and filter by it without an
//# `AccountsFilter`.
//= docs/spec/sandbox.md#conduct
//# **SBX-18** The sandbox MUST send `accountId` in the REDIRECT event, a string for one and a list for several, and a
//# comma list in the URL.
#[test]
fn selected_accounts_come_back_and_filter_the_data() {
    for count in [0, 1, 2] {
        let mut desk = Desk::strict();
        let (login, id) = desk.authorized("greatday_nomfa");
        let picked = desk.bank.account_ids(&login)[..count].to_vec();
        let list = picked.join(",");
        let query = format!("requestId={id}&resumeSelectedAccounts={list}&redirectUrl=https://app.example");
        let facts = facts(&open(&mut desk, "/", &query));
        let (named, in_url) = match picked.as_slice() {
            [] => (Value::Null, String::new()),
            [one] => (json!(one), format!("accountId={one}&")),
            several => (json!(several), format!("accountId={list}&")),
        };
        //= docs/spec/reconnect.md#selected-accounts
        //# **RECO-17** A client MUST expect that the widget skips the selector if it gets the selected accounts, that
        //# the service filters, and that the ids come back in the REDIRECT event and URL.
        assert_eq!(facts["event"]["accountId"], named);
        let url = format!("https://app.example?loginId={login}&{in_url}institution=FlinksCapital");
        assert_eq!(facts["next"], json!(url), "an authorized requestId goes straight to the end");
        desk.detail(&json!({"RequestId": id}));
        desk.now += 2_000;
        let kept = desk.poll(&id).json()["Accounts"].as_array().map(Vec::len);
        assert_eq!(kept, Some(if count == 0 { 4 } else { count }));
    }
}

#[test]
fn an_ended_session_says_that_a_new_one_is_needed() {
    let mut desk = Desk::strict();
    let (_, id) = desk.asked();
    let page = open(&mut desk, "/", &format!("requestId={id}"));
    desk.now += 8 * MINUTE;
    for gone in [post(&mut desk, &page, &[(CITY, "Montreal")]), open(&mut desk, "/", "requestId=unknown&language=fr")] {
        assert_eq!(gone.status, 400);
        assert!(gone.text().contains("start a new one") || gone.text().contains("commencer une nouvelle"));
        assert_eq!(facts(&gone)["event"], Value::Null);
    }
}

#[test]
fn the_widget_keeps_the_session_alive() {
    let mut desk = Desk::strict();
    let (_, id) = desk.asked();
    desk.now += 7 * MINUTE;
    let page = open(&mut desk, "/", &format!("requestId={id}"));
    desk.now += 7 * MINUTE;
    assert_eq!(post(&mut desk, &page, &[(CITY, "Montreal")]).status, 200);
    desk.now += 7 * MINUTE;
    assert!(desk.bank.is_alive(desk.now, &id));
}

#[test]
fn a_showing_spends_its_token() {
    let mut desk = Desk::strict();
    let (_, id) = desk.asked();
    let invalid = |reply: &Reply| {
        assert_eq!(reply.status, 401);
        assert_eq!(facts(reply)["event"], json!({"step": "TOKEN_INVALID"}));
    };
    let token = desk.mint();
    let shown = Request::get(format!("/?requestId={id}&authorizeToken={token}"));
    assert_eq!(desk.ask(&shown).status, 200);
    invalid(&desk.ask(&shown));
    let answer = json!({"RequestId": id, "SecurityResponses": {CITY: ["Montreal"]}});
    assert_verdict(&desk.authorize_with(&token, &answer), 401, "UNAUTHORIZED");

    let token = desk.mint();
    desk.authorize_with(&token, &answer);
    invalid(&desk.ask(&Request::get(format!("/?requestId={id}&authorizeToken={token}"))));
    let token = desk.mint();
    desk.now += 15 * MINUTE;
    invalid(&desk.ask(&Request::get(format!("/?authorizeToken={token}"))));

    let bare = Request::get(format!("/?requestId={id}"));
    invalid(&desk.ask(&bare));
    let (mut lenient, wrong) = (Desk::lenient(), Request::get("/?authorizeToken=sandbox-secret"));
    assert_eq!(lenient.ask(&Request::get("/")).status, 200);
    invalid(&lenient.ask(&wrong));
    let json = desk.ask(&bare.with("accept", "application/json"));
    assert_eq!(json.json(), json!({"event": {"step": "TOKEN_INVALID"}, "redirectUrl": null}));
}

#[test]
fn without_a_browser_and_without_a_page() {
    let mut desk = Desk::strict();
    let (login, id) = desk.asked();
    let mut type_in =
        |prompt: &str, answer: &str| desk.bank.answer_in_widget(NOW, &id, &[(prompt.to_owned(), answer.to_owned())]);
    assert_eq!(type_in(CITY, "Rome"), WidgetOutcome::Wrong { prompts: vec![CITY.to_owned()] });
    assert_eq!(type_in(CITY, "Montreal"), WidgetOutcome::Ask { prompts: vec![COUNTRY.to_owned()] });
    type_in(COUNTRY, "Canada");
    let WidgetOutcome::Complete { event, login_id } = type_in(SHAPE, "Triangle") else { panic!("not complete") };
    assert_eq!(login_id, login);
    let event: Value = serde_json::from_str(&event).expect("JSON");
    assert_eq!((&event["step"], &event["requestId"]), (&json!("REDIRECT"), &json!(id)));
    assert_eq!(desk.bank.answer_in_widget(NOW + 8 * MINUTE, &id, &[]), WidgetOutcome::Expired);
    assert!(matches!(desk.bank.answer_in_widget(NOW, &id, &[]), WidgetOutcome::Complete { .. }));
}

#[test]
fn an_old_form_of_credentials_ends_too() {
    let mut desk = Desk::with(Settings { strict: true, request_life_ms: 10, ..Settings::default() });
    let page = open(&mut desk, "/Credential/14", "consentEnable=false");
    desk.now += 10;
    assert_eq!(post(&mut desk, &page, &[("username", "Greatday"), ("password", "Everyday")]).status, 400);
}

#[test]
fn a_prompt_in_another_language_than_its_page_says_so_and_nothing_else_does() {
    let mut desk = Desk::strict();
    let (_, id) = desk.asked();
    let page = open(&mut desk, "/", &format!("requestId={id}&language=fr"));
    let (text, prompt) = (page.text(), format!("<span lang=\"en\">{CITY}</span>"));
    assert!(text.contains("<html lang=\"fr\">") && text.contains(&prompt), "{text}");
    assert!(text.contains("<p lang=\"en\">montreal</p>"));
    assert_eq!(text.matches(" lang=\"en\"").count(), 2, "the button and the rest are French");
}
