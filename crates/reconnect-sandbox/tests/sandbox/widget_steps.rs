//! A first connection in the widget, form by form:
//! <https://flinks.freshdesk.com/support/solutions/articles/43000765797-flinks-connect-oauth-integration-web-mobile->.

use reconnect_sandbox::{Reply, Request};
use serde_json::{Value, json};

use crate::desk::{CITY, Desk};
use crate::widget::{facts, inputs, open, post, steps};

const RIGHT: [(&str, &str); 2] = [("username", "Greatday"), ("password", "Everyday")];

/// Answers question after question, and gives the page that comes then.
fn answer_all(desk: &mut Desk, mut page: Reply) -> Reply {
    for answer in ["Montréal", "Canada", "Triangle"] {
        let prompt = inputs(&page).pop().expect("a prompt");
        page = post(desk, &page, &[(&prompt, answer)]);
    }
    page
}

/// The page for a user's name and password.
fn credentials(desk: &mut Desk, query: &str) -> Reply {
    open(desk, "/v2/Credential/FlinksCapital", &format!("consentEnable=false&{query}"))
}

/// What the account selector shows to a user without MFA.
fn accounts(desk: &mut Desk, query: &str) -> Reply {
    let page = credentials(desk, &format!("accountSelectorEnable=true&{query}"));
    post(desk, &page, &[("username", "greatday_nomfa"), ("password", "Everyday")])
}

#[test]
fn a_first_connection_goes_step_by_step_and_says_so() {
    let mut desk = Desk::strict();
    let query = "accountSelectorEnable=true&customerName=Maple+%26+Co&redirectUrl=https://app.example/back";
    let mut seen: Vec<Value> = Vec::new();
    let mut note = |page: &Reply| seen.extend(facts(page)["events"].as_array().expect("events").iter().cloned());

    let consent = open(&mut desk, "/v2/", query);
    assert!(consent.text().contains("Maple &amp; Co"));
    note(&consent);
    let list = post(&mut desk, &consent, &[("consent", "accept")]);
    note(&list);
    let form = post(&mut desk, &list, &[("institution", "FlinksCapital")]);
    assert_eq!(inputs(&form), ["username", "password"]);
    note(&form);
    let question = post(&mut desk, &form, &RIGHT);
    assert_eq!(inputs(&question), [CITY], "the form holds the prompts and nothing else");
    assert_eq!(question.text().matches("<form").count(), 1);
    note(&question);
    let selector = answer_all(&mut desk, question);
    let login = desk.bank.login_for("greatday").expect("a login");
    let account = desk.bank.account_ids(&login).remove(0);
    assert!(facts(&selector)["events"][0]["step"] == "SUBMIT_MFA");
    note(&selector);
    let end = post(&mut desk, &selector, &[("accountId", &account)]);
    note(&end);

    let url = format!("https://app.example/back?loginId={login}&accountId={account}&institution=FlinksCapital");
    let request = seen.last().expect("an end")["requestId"].clone();
    let at = |step: &str| json!({"step": step, "institution": "FlinksCapital"});
    assert_eq!(
        seen,
        [
            json!({"step": "APP_MOUNTED"}),
            json!({"step": "COMPONENT_LOAD_CONSENT"}),
            json!({"step": "COMPONENT_ACCEPT_CONSENT"}),
            json!({"step": "COMPONENT_LOAD_INSTITUTION_SELECTOR", "cached": false}),
            at("INSTITUTION_SELECTED"),
            at("COMPONENT_LOAD_CREDENTIAL"),
            at("SUBMIT_CREDENTIAL"),
            json!({"step": "COMPONENT_LOAD_MFA", "mfaTypes": ["QuestionAndAnswer"], "institution": "FlinksCapital"}),
            at("SUBMIT_MFA"),
            json!({"step": "COMPONENT_LOAD_ACCOUNT_SELECTION", "totalAccounts": 4, "displayedAccounts": 3}),
            json!({"step": "ACCOUNT_SELECTED", "accountId": account, "institution": "FlinksCapital"}),
            json!({"step": "REDIRECT", "loginId": login, "requestId": request, "institution": "FlinksCapital",
                "accountId": account, "url": url}),
        ]
    );
    assert!(end.text().contains("target=\"_top\""), "without script a link leads on");
    let id = request.as_str().expect("an id");
    desk.detail(&json!({"RequestId": id}));
    desk.now += 2_000;
    let all = desk.poll(id).json()["Accounts"].as_array().map(Vec::len);
    assert_eq!(all, Some(4), "the selector filters nothing: AccountsFilter does");
}

//= docs/spec/hosts-and-paths.md#the-widget
//# **HOST-20** A client MUST take `/` for the first design of the widget and `/v2/` for the current one.
//= docs/spec/sandbox.md#conduct
//# **SBX-31** The sandbox's widget MUST lead a first connection through consent (on by default), institution,
//# credentials, MFA and the account selector, each step where it applies, and MUST begin a Reconnect at the question.
#[test]
fn every_address_of_the_widget_begins_where_its_path_says() {
    for (path, first) in [
        ("/", "COMPONENT_LOAD_INSTITUTION_SELECTOR"),
        ("/v2", "COMPONENT_LOAD_INSTITUTION_SELECTOR"),
        ("/v2/Testing/", "COMPONENT_LOAD_INSTITUTION_SELECTOR"),
        ("/Credential/14", "COMPONENT_LOAD_CREDENTIAL"),
        ("/v2//Credential/FlinksCapital", "COMPONENT_LOAD_CREDENTIAL"),
        ("/v2/Credential/flinkscapital/", "COMPONENT_LOAD_CREDENTIAL"),
    ] {
        let mut desk = Desk::strict();
        let page = open(&mut desk, path, "consentEnable=false&language=fr");
        assert_eq!(steps(&page), ["APP_MOUNTED", first], "{path}");
        assert!(page.text().contains("<html lang=\"fr\">"));
        let asked = open(&mut desk, path, "consentEnable=true");
        assert_eq!(steps(&asked), ["APP_MOUNTED", "COMPONENT_LOAD_CONSENT"], "{path}");
    }
}

//= docs/spec/sandbox.md#conduct
//# **SBX-31** The sandbox's widget MUST lead a first connection through consent (on by default), institution,
//# credentials, MFA and the account selector, each step where it applies, and MUST begin a Reconnect at the question.
#[test]
fn consent_is_given_or_denied_and_terms_are_agreed_to() {
    let mut desk = Desk::strict();
    let page = open(&mut desk, "/", "");
    let denied = post(&mut desk, &page, &[("consent", "deny")]);
    assert_eq!(steps(&denied), ["COMPONENT_DENY_CONSENT"]);
    assert!(!denied.text().contains("<form"));
    let late = post(&mut desk, &page, &[("consent", "accept")]);
    assert!(steps(&late).is_empty() && !late.text().contains("<form"), "no is no");

    let page = open(&mut desk, "/", "termsUrl=https://app.example/terms");
    let again = post(&mut desk, &page, &[("consent", "accept")]);
    assert!(again.text().contains("role=\"alert\"") && steps(&again).is_empty());
    let denied = open(&mut desk, "/", "termsUrl=https://app.example/terms");
    let denied = post(&mut desk, &denied, &[("consent", "deny")]);
    assert_eq!(steps(&denied), ["COMPONENT_DENY_TERMS", "COMPONENT_DENY_CONSENT"]);
    let list = post(&mut desk, &page, &[("consent", "accept"), ("terms", "accepted")]);
    assert_eq!(steps(&list)[..2], ["COMPONENT_ACCEPT_TERMS", "COMPONENT_ACCEPT_CONSENT"]);
    let page = open(&mut desk, "/", "termsUrl=https://app.example/terms&termsNoCheckbox=true");
    assert!(inputs(&page).is_empty());
    let page = open(&mut desk, "/", "termsUrl=javascript:alert(1)");
    assert!(!page.text().contains("javascript:"));
}

//= docs/spec/sandbox.md#conduct
//# **SBX-32** The sandbox's widget MUST get a user without script as far as the redirect.
#[test]
fn institutions_are_searched_without_script_and_chosen_again() {
    let mut desk = Desk::strict();
    let list = open(&mut desk, "/", "consentEnable=false&institutionFilterEnable=true");
    let found = post(&mut desk, &list, &[("search", " CHASE ")]);
    assert!(found.text().contains("ChaseBank") && !found.text().contains("FlinksCapital"));
    assert!(steps(&found).is_empty(), "it is the page that was loaded");
    let none = post(&mut desk, &list, &[("search", "<nobody>")]);
    assert!(none.text().contains("role=\"alert\"") && none.text().contains("&lt;nobody&gt;"));
    assert!(!open(&mut desk, "/", "consentEnable=false").text().contains("type=\"search\""));

    let form = post(&mut desk, &list, &[("institution", "ChaseBank")]);
    assert_eq!(facts(&form)["event"]["institution"], "ChaseBank");
    let stranger = post(&mut desk, &form, &RIGHT);
    assert_eq!(facts(&stranger)["events"][1]["flinksCode"], "INVALID_USERNAME", "the test users are known elsewhere");
    let back = desk.ask(&Request::post(crate::widget::action(&form).replace("/credentials", "/back"), ""));
    assert_eq!(steps(&back), ["COMPONENT_LOAD_INSTITUTION_SELECTOR"]);
    let without = open(&mut desk, "/Credential/14", "consentEnable=false&backEnable=false");
    assert!(!without.text().contains("/back\""));
}

//= docs/spec/sandbox.md#conduct
//# **SBX-33** The sandbox's widget MUST post the events in the documented order: those about a submitted form, then
//# those of the next page about itself.
#[test]
fn wrong_credentials_are_entered_again_beside_the_reason() {
    let mut desk = Desk::strict();
    for (user, password, code, marked) in [
        ("nobody", "Everyday", "INVALID_USERNAME", "name=\"username\""),
        ("Greatday", "x", "INVALID_PASSWORD", "name=\"password\""),
    ] {
        let page = credentials(&mut desk, "");
        let wrong = post(&mut desk, &page, &[("username", user), ("password", password)]);
        assert_eq!(steps(&wrong), ["SUBMIT_CREDENTIAL", code, "COMPONENT_LOAD_CREDENTIAL_RETRY"]);
        let event = json!({"requestId": null, "flinksCode": code, "institution": "FlinksCapital"});
        assert_eq!(facts(&wrong)["events"][1], event);
        let text = wrong.text();
        let input = text.split("<input ").find(|input| input.contains(marked)).expect("the input");
        assert!(input.contains("aria-invalid=\"true\" aria-describedby=\"alert\" autofocus"), "{code}");
        assert_eq!(text.matches("aria-invalid=").count(), 1);
        assert!(text.contains("id=\"alert\" role=\"alert\""));
        assert_eq!(steps(&post(&mut desk, &wrong, &RIGHT))[1], "COMPONENT_LOAD_MFA");
    }
    let page = credentials(&mut desk, "");
    let empty = post(&mut desk, &page, &[("username", "Greatday"), ("password", "")]);
    assert!(steps(&empty).is_empty(), "nothing was submitted");
    assert!(!page.text().contains(" autofocus>"), "a page that is new is read from its title on");
}

#[test]
fn what_the_user_cannot_enter_away_has_a_page_with_the_way_out() {
    let mut desk = Desk::strict();
    let page = credentials(&mut desk, "");
    let disabled = post(&mut desk, &page, &[("username", "test_disabled_account"), ("password", "Everyday")]);
    assert_eq!(steps(&disabled), ["SUBMIT_CREDENTIAL", "DISABLED_LOGIN"]);
    assert!(!disabled.text().contains("/retry\"") && disabled.text().contains("contact your bank"));
    let later = post(&mut desk, &page, &[("username", "test_service_unavailable"), ("password", "Everyday")]);
    assert_eq!(steps(&later), ["SUBMIT_CREDENTIAL", "RETRY_LATER"]);
    let again = post(&mut desk, &later, &[]);
    assert_eq!(steps(&again), ["COMPONENT_LOAD_CREDENTIAL_RETRY"]);
    assert_eq!(steps(&post(&mut desk, &again, &RIGHT)), ["SUBMIT_CREDENTIAL", "COMPONENT_LOAD_MFA"]);
}

#[test]
fn tries_end_after_maximum_retry() {
    let mut desk = Desk::strict();
    let page = credentials(&mut desk, "maximumRetry=1");
    let wrong = [("username", "Greatday"), ("password", "x")];
    let first = post(&mut desk, &page, &wrong);
    assert_eq!(steps(&first)[2], "COMPONENT_LOAD_CREDENTIAL_RETRY");
    let last = post(&mut desk, &first, &wrong);
    assert_eq!(steps(&last), ["SUBMIT_CREDENTIAL", "INVALID_PASSWORD", "MAXIMUM_RETRY_REACHED"]);
    assert!(!last.text().contains("<form"));
    assert!(steps(&post(&mut desk, &page, &RIGHT)).is_empty(), "it is over");
}

#[test]
fn a_connection_is_refreshed_at_night_where_the_url_asks_for_it() {
    for (query, scheduled) in [("", false), ("&scheduleRefresh=true", true)] {
        let mut desk = Desk::strict();
        let (login, id) = desk.asked();
        let first = open(&mut desk, "/", &format!("requestId={id}{query}"));
        answer_all(&mut desk, first);
        assert_eq!(desk.cached(&login).json()["Login"]["IsScheduledRefresh"], json!(scheduled), "{query}");
    }
}

#[test]
fn an_answer_that_was_left_out_is_not_submitted() {
    let mut desk = Desk::strict();
    let (_, id) = desk.asked();
    let page = open(&mut desk, "/", &format!("requestId={id}"));
    let empty = post(&mut desk, &page, &[(CITY, "")]);
    assert!(empty.text().contains("role=\"alert\"") && steps(&empty).is_empty());
    assert_eq!(inputs(&empty), [CITY]);
}

//= docs/spec/sandbox.md#conduct
//# **SBX-35** The sandbox's account selector MUST show operations accounts unless `showAllAccounts=true`, MUST NOT
//# filter the data, and MUST be skipped with `resumeSelectedAccounts`.
#[test]
fn the_selector_shows_what_its_parameters_say() {
    for (query, shown, titles) in [
        ("", 3, true),
        ("showAllOperationsAccounts=true", 3, true),
        ("showAllAccounts=true", 4, true),
        ("accountSelectorCurrency=usd&accountSelectorNoTitle=true", 1, false),
        ("accountSelectorCurrency=eur", 0, false),
    ] {
        let mut desk = Desk::strict();
        let page = accounts(&mut desk, query);
        let event = json!({"step": "COMPONENT_LOAD_ACCOUNT_SELECTION", "totalAccounts": 4, "displayedAccounts": shown});
        assert_eq!(facts(&page)["event"], event, "{query}");
        assert_eq!(inputs(&page), vec!["accountId"; shown]);
        assert_eq!(page.text().contains("Chequing"), titles, "{query}");
    }
}

//= docs/spec/sandbox.md#conduct
//# **SBX-35** The sandbox's account selector MUST show operations accounts unless `showAllAccounts=true`, MUST NOT
//# filter the data, and MUST be skipped with `resumeSelectedAccounts`.
#[test]
fn at_least_one_account_is_chosen_and_several_only_where_allowed() {
    for multiple in [true, false] {
        let mut desk = Desk::strict();
        let page = accounts(&mut desk, &format!("accountSelectorMultiple={multiple}"));
        let login = desk.bank.login_for("greatday_nomfa").expect("a login");
        let ids = desk.bank.account_ids(&login);
        let none = post(&mut desk, &page, &[("accountId", "another")]);
        assert!(none.text().contains("role=\"alert\"") && steps(&none).is_empty());
        let two = post(&mut desk, &page, &[("accountId", &ids[0]), ("accountId", &ids[1])]);
        if multiple {
            assert_eq!(steps(&two), ["ACCOUNT_SELECTED", "REDIRECT"]);
            assert_eq!(facts(&two)["event"]["accountId"], json!(ids[..2]));
        } else {
            assert!(steps(&two).is_empty());
            assert_eq!(facts(&post(&mut desk, &page, &[("accountId", &ids[1])]))["event"]["accountId"], json!(ids[1]));
        }
    }
}

#[test]
fn a_reconnect_with_selected_accounts_skips_consent_and_selector() {
    let mut desk = Desk::strict();
    let (login, id) = desk.asked();
    let kept = desk.bank.account_ids(&login).remove(2);
    let query = format!("requestId={id}&resumeSelectedAccounts={kept}&accountSelectorEnable=true");
    let first = open(&mut desk, "/", &query);
    assert_eq!(steps(&first), ["APP_MOUNTED", "COMPONENT_LOAD_MFA"]);
    let end = answer_all(&mut desk, first);
    assert_eq!(steps(&end), ["SUBMIT_MFA", "REDIRECT"]);
    assert_eq!(facts(&end)["event"]["accountId"], json!(kept));
}
