//! English and French.

use crate::stage::{Stage, play};
use serde_json::json;

const FRENCH: &str = "Renouveler la connexion";
const ENGLISH: &str = "Renew the connection";

#[test]
fn the_link_says_the_language_of_every_page_and_of_the_widget() {
    play(async |stage: &Stage| {
        let login = stage.stored_in("Greatday", "fr");
        let link = stage.serve.link(&login, &json!({"language": "fr"})).await;
        stage.open(&link.url).await;
        is_french(stage, FRENCH).await;
        stage.user.submit().await;
        stage.shows("widget").await;
        is_french(stage, "Temps restant").await;
        stage.enter_widget().await;
        assert_eq!(language(stage).await, "fr");
        for answer in ["Montréal", "Canada", "Triangle"] {
            stage.user.answer_shown(answer).await;
        }
        stage.leave_widget().await;
        is_french(stage, "La connexion est renouvelée").await;
    });
}

#[test]
fn the_browser_says_the_language_if_the_link_does_not() {
    play(async |stage: &Stage| {
        let link = stage.link("Greatday").await;
        stage.open(&link.url).await;
        stage.user.sees(ENGLISH).await;
        wants(stage, "fr-CA,fr;q=0.9,en;q=0.8").await;
        stage.open(&link.url).await;
        is_french(stage, FRENCH).await;
        stage.user.submit().await;
        stage.shows("widget").await;
        is_french(stage, "Temps restant").await;
    });
}

#[test]
fn the_user_chooses_another_language_for_all_pages_that_follow() {
    play(async |stage: &Stage| {
        let link = stage.serve.link(&stage.stored("Greatday"), &json!({"language": "en"})).await;
        stage.open(&link.url).await;
        stage.follow("Français").await;
        is_french(stage, FRENCH).await;
        stage.user.submit().await;
        stage.shows("widget").await;
        is_french(stage, "Temps restant").await;
        stage.answer_bank().await;
        is_french(stage, "La connexion est renouvelée").await;

        stage.open(&format!("{}?lang=fr", link.url)).await;
        stage.follow("English").await;
        stage.user.sees(ENGLISH).await;
        assert_eq!(language(stage).await, "en");
    });
}

async fn is_french(stage: &Stage, text: &str) {
    stage.user.sees(text).await;
    assert_eq!(language(stage).await, "fr");
}

async fn language(stage: &Stage) -> serde_json::Value {
    stage.user.run("return document.documentElement.lang", vec![]).await
}

/// As a browser whose user has set these languages.
async fn wants(stage: &Stage, languages: &str) {
    let agent = stage.user.run("return navigator.userAgent", vec![]).await;
    let wanted = json!({"userAgent": agent, "acceptLanguage": languages});
    stage.user.devtools("Emulation.setUserAgentOverride", wanted).await;
}
