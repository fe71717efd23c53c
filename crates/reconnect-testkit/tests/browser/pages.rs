//! Every page as it looks, in both languages, on a phone and a desk, by day and by night, and no rule of axe-core broken
//! on it.

use crate::{
    browser::{Browser, until},
    stage::{MINUTE, Stage, alone, play},
    user::{ALL, CITY},
};
use reconnect_core::connect::WidgetUrl;
use serde_json::Value;
use std::{env, fs, path::PathBuf};

/// A phone and a desk.
const WIDTHS: [u32; 2] = [390, 1280];
const HEIGHT: u64 = 900;
/// A desk's 1280 at 400 %, where nothing may have to be scrolled sideways:
/// <https://www.w3.org/WAI/WCAG22/Understanding/reflow.html>.
const NARROWEST: u32 = 320;

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

/// Takes its picture at both widths, and asks axe-core. Colours are the same in both languages: one is seen in the dark.
pub(crate) async fn look(browser: &Browser, page: &str, language: &str) {
    browser.find("h1").await;
    assert_eq!(browser.run("return document.documentElement.lang", vec![]).await, language, "{page}");
    browser.prefer("light").await;
    fit(browser, page, NARROWEST).await;
    for width in WIDTHS {
        // All of it, however long.
        let height = fit(browser, page, width).await;
        browser.resize(width, height.max(HEIGHT)).await;
        judge(browser, &format!("{page}-{language}-{width}")).await;
        if language == "en" {
            browser.prefer("dark").await;
            judge(browser, &format!("{page}-{language}-{width}-dark")).await;
            browser.prefer("light").await;
        }
    }
}

/// How high the page is at this width.
async fn fit(browser: &Browser, page: &str, width: u32) -> u64 {
    browser.resize(width, HEIGHT).await;
    let settled = async || (browser.run("return innerWidth", vec![]).await == width).then_some(());
    until("the width", settled).await;
    let size = "return [document.documentElement.scrollWidth, document.documentElement.scrollHeight]";
    let size = browser.run(size, vec![]).await;
    assert!(size[0].as_u64() <= Some(width.into()), "{page} has to be scrolled sideways at {width}: {}", size[0]);
    size[1].as_u64().unwrap()
}

async fn judge(browser: &Browser, name: &str) {
    picture(browser, name).await;
    let broken = broken_rules(browser).await;
    assert!(broken.is_empty(), "{name}:\n{}", broken.join("\n"));
}

async fn picture(browser: &Browser, name: &str) {
    let folder = PathBuf::from(env::var("RECONNECT_SCREENS").expect("`cargo xtask browser` sets it"));
    browser.screenshot(&folder.join(format!("{name}.png"))).await.unwrap();
}

/// Each as the rule and what breaks it.
async fn broken_rules(browser: &Browser) -> Vec<String> {
    let axe = fs::read_to_string(env::var("RECONNECT_AXE").expect("`cargo xtask browser` sets it")).unwrap();
    browser.run(&format!("if (!window.axe) {{ {axe} }}"), vec![]).await;
    let script = "const done = arguments[0]; axe.run(document, {resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}).then(
        found => done(found.violations.map(rule => [rule.id, rule.nodes.map(node => node.target.join(' ') + ': ' + node.failureSummary)])),
        error => done([['axe', [String(error)]]]))";
    let found = browser.execute_async(script, vec![]).await.unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rule = |rule: &Value| {
        let nodes = rule[1].as_array().into_iter().flatten().map(|node| format!("  {}", text(node)));
        format!("{}\n{}", text(&rule[0]), nodes.collect::<Vec<_>>().join("\n"))
    };
    found.json().as_array().expect("a list").iter().map(rule).collect()
}
