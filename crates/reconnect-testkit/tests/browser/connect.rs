//! A first connection, as a person without a mouse and one without script make it.

use crate::{
    browser::until,
    stage::{Stage, play},
    user::ALL,
};
use serde_json::json;
use thirtyfour::Key;

#[test]
fn a_first_connection_needs_no_mouse() {
    play(async |stage: &Stage| {
        let url =
            stage.connect_url().await.with("accountSelectorEnable", "true").with("accountSelectorMultiple", "true");
        let url = url.with("showAllAccounts", "true").with("customerName", "Maple Savings").with("jsRedirect", "true");
        stage.show(&url.with("redirectUrl", &format!("{}/back", stage.host.origin()))).await;
        stage.user.sees("Maple Savings").await;
        for css in ["button[value=accept]", "button[value=FlinksCapital]"] {
            stage.user.tab_to(css).await;
            stage.user.leave_by_enter().await;
        }
        stage.user.tab_to_and_type("[name=username]", "Greatday").await;
        stage.user.tab_to_and_type("[name=password]", "Everyday").await;
        stage.user.leave_by_enter().await;
        for (prompt, answer) in ALL {
            stage.user.tab_to_and_type(&format!("[name='{prompt}']"), answer).await;
            stage.user.leave_by_enter().await;
        }
        stage.user.tab_to("[name=accountId]").await;
        stage.user.key(Key::Space).await;
        stage.user.tab_to("[name=accountId]").await;
        stage.user.key(Key::Space).await;
        stage.user.tab_to("form button").await;
        stage.user.leave_by_enter().await;

        let redirect = stage.event("REDIRECT").await;
        let order = [
            "APP_MOUNTED",
            "COMPONENT_LOAD_CONSENT",
            "COMPONENT_ACCEPT_CONSENT",
            "COMPONENT_LOAD_INSTITUTION_SELECTOR",
            "INSTITUTION_SELECTED",
            "COMPONENT_LOAD_CREDENTIAL",
            "SUBMIT_CREDENTIAL",
            "COMPONENT_LOAD_MFA",
            "SUBMIT_MFA",
            "COMPONENT_LOAD_MFA",
            "SUBMIT_MFA",
            "COMPONENT_LOAD_MFA",
            "SUBMIT_MFA",
            "COMPONENT_LOAD_ACCOUNT_SELECTION",
            "ACCOUNT_SELECTED",
            "REDIRECT",
        ];
        assert_eq!(stage.steps(), order);
        let login = stage.server.bank(|bank| bank.login_for("Greatday")).unwrap();
        assert_eq!(redirect["loginId"], login.as_str());
        let picked = stage.server.bank(|bank| bank.account_ids(&login))[..2].to_vec();
        assert_eq!(redirect["accountId"], json!(picked));
        assert_eq!(stage.event("ACCOUNT_SELECTED").await["accountId"], json!(picked));
        assert!(redirect["url"].as_str().unwrap().contains(&format!("accountId={}", picked.join(","))));
    });
}

#[test]
fn who_refuses_the_consent_shares_nothing() {
    play(async |stage: &Stage| {
        stage.show(&stage.connect_url().await).await;
        stage.user.leave_by("button[value=deny]").await;
        stage.event("COMPONENT_DENY_CONSENT").await;
        assert_eq!(stage.user.count("form").await, 0);
        assert_eq!(stage.server.bank(|bank| bank.login_for("Greatday")), None);
    });
}

#[test]
fn an_institution_is_found_by_a_part_of_its_name() {
    play(async |stage: &Stage| {
        let url = stage.connect_url().await.with("consentEnable", "false").with("institutionFilterEnable", "true");
        stage.show(&url).await;
        let all = stage.user.shown("button[name=institution]").await;
        stage.user.fill("search", "flinks").await;
        let fewer = async || Some(stage.user.shown("button[name=institution]").await).filter(|shown| *shown < all);
        assert!(until("a shorter list", fewer).await > 0);
        stage.user.leave_by("button[value=FlinksCapital]").await;
        stage.event("INSTITUTION_SELECTED").await;
    });
}

#[test]
fn without_script_the_forms_lead_to_the_end_and_a_link_leads_on() {
    play(async |stage: &Stage| {
        stage.user.devtools("Emulation.setScriptExecutionDisabled", json!({"value": true})).await;
        let url = stage.connect_url().await.with("accountSelectorEnable", "true").with("closeEnable", "true");
        let url = url.with("redirectUrl", &format!("{}/back", stage.host.origin()));
        stage.user.goto(url.expose()).await.unwrap();
        stage.user.submit().await;
        assert_eq!(stage.user.shown("button[aria-label=Close]").await, 0, "what needs script is not there");
        stage.user.sign_in("Greatday").await;
        stage.user.answer_all().await;
        stage.user.find("[name=accountId]").await.click().await.unwrap();
        stage.user.submit().await;
        stage.user.find("main a[href]").await.click().await.unwrap();
        stage.user.sees("Welcome back").await;

        let login = stage.server.bank(|bank| bank.login_for("Greatday")).unwrap();
        let visit = stage.host.visits().pop().unwrap();
        assert!(visit.target.starts_with(&format!("/back?loginId={login}&accountId=")), "{}", visit.target);
        assert_eq!(visit.referer, None);
        assert!(stage.host.heard().is_empty());
    });
}
