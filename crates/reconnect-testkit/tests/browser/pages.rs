//! Every page as it looks, in both languages, on a phone and a desk, by day and by night, and no rule of axe-core broken
//! on it.

use crate::{
    browser::Browser,
    look::{broken_rules, look},
    stage::{MINUTE, Stage, alone, play},
    user::{ALL, CITY},
};
use reconnect_core::connect::WidgetUrl;

#[test]
fn a_first_connection_looks_right_in_english() {
    first_connection("en", &[CITY.1, ALL[1].1, ALL[2].1]);
}

#[test]
fn a_first_connection_looks_right_in_french() {
    first_connection("fr", &["Montréal", "Canada", "Triangle"]);
}

#[test]
fn questions_of_every_kind_look_right() {
    play(async |stage: &Stage| {
        for username in KINDS {
            for language in ["en", "fr"] {
                let login = stage.stored_in(username, language);
                let url = stage.ask(&mut stage.refresh(&login, &[])).await.with("language", language);
                stage.user.goto(url.expose()).await.unwrap();
                look(&stage.user, &format!("widget-{}", username.replace('_', "-")), language).await;
            }
        }
    });
}

#[test]
fn what_cannot_go_on_looks_right() {
    play(async |stage: &Stage| {
        for language in ["en", "fr"] {
            let bare = stage.connect_url().await.with("language", language);
            let used = bare.expose().to_owned();
            visit(stage, &bare).await;
            stage.user.goto(&used).await.unwrap();
            look(&stage.user, "widget-token-invalid", language).await;

            let bad = stage.connect_url().await.with("language", language).with("redirectUrl", "nowhere");
            visit(stage, &bad).await;
            look(&stage.user, "widget-redirect-bad", language).await;

            let denied = stage.connect_url().await.with("language", language);
            visit(stage, &denied).await;
            stage.user.leave_by("button[value=deny]").await;
            look(&stage.user, "widget-denied", language).await;

            for username in REFUSED {
                let refused = stage.connect_url().await.with("language", language).with("consentEnable", "false");
                visit(stage, &refused).await;
                stage.user.sign_in(username).await;
                look(&stage.user, &format!("widget-{}", username.replace('_', "-")), language).await;
            }

            let login = stage.stored("Greatday");
            let url = stage.ask(&mut stage.refresh(&login, &[])).await.with("language", language);
            visit(stage, &url).await;
            stage.user.fill(CITY.0, CITY.1).await;
            stage.server.clock().advance(8 * MINUTE);
            stage.user.submit().await;
            look(&stage.user, "widget-ended", language).await;
        }
    });
}

#[test]
fn a_page_that_breaks_a_rule_is_caught() {
    alone(async || {
        let browser = Browser::start().await;
        browser
            .goto("data:text/html,<html lang=en><title>x</title><main><h1>x</h1><img src=data:,></main>")
            .await
            .unwrap();
        let broken = broken_rules(&browser).await;
        assert!(broken.len() == 1 && broken[0].starts_with("image-alt"), "{broken:?}");
    });
}

/// Users whose bank asks in another way: see docs/spec/mfa.md.
const KINDS: [&str; 7] =
    ["mfa_several", "mfa_chosen_question", "mfa_choice", "mfa_choices", "mfa_image", "mfa_text_or_call", "mfa_unknown"];

/// Users whose bank refuses them: see docs/spec/sandbox.md.
const REFUSED: [&str; 2] = ["test_disabled_account", "test_service_unavailable"];

fn first_connection(language: &'static str, answers: &[&str; 3]) {
    play(async |stage: &Stage| {
        let url = stage.connect_url().await.with("language", language).with("closeEnable", "true");
        let url = url.with("institutionFilterEnable", "true").with("customerName", "Maple Savings");
        let url = url.with("accountSelectorEnable", "true").with("accountSelectorMultiple", "true");
        visit(stage, &url.with("termsUrl", "https://app.example/terms").with("termsNoCheckbox", "true")).await;
        let look = async |page: &str| look(&stage.user, page, language).await;
        look("widget-consent").await;
        stage.user.submit().await;
        look("widget-institutions").await;
        stage.user.leave_by("button[value=FlinksCapital]").await;
        look("widget-credentials").await;
        stage.user.fill("username", "Greatday").await;
        stage.user.answer(("password", "wrong")).await;
        look("widget-credentials-wrong").await;
        stage.user.fill("username", "Greatday").await;
        stage.user.answer(("password", "Everyday")).await;
        look("widget-question").await;
        stage.user.answer_shown("Toronto").await;
        look("widget-question-wrong").await;
        for answer in answers {
            stage.user.answer_shown(answer).await;
        }
        look("widget-accounts").await;
        stage.user.find("[name=accountId]").await.click().await.unwrap();
        stage.user.submit().await;
        look("widget-end").await;
    });
}

async fn visit(stage: &Stage, url: &WidgetUrl) {
    stage.user.goto(url.expose()).await.unwrap();
}
