//! Every page as it looks, in both languages, on a phone and a desk, by day and by night, and no rule of axe-core broken
//! on it.

use crate::{
    browser::until,
    look::look_in,
    serve::Link,
    stage::{Stage, play, play_with},
};
use reconnect_sandbox::{Effect, Fault};
use serde_json::{Value, json};

const LANGUAGES: [&str; 2] = ["en", "fr"];
/// So long that it has to be broken into lines.
const BANK: &str = "Caisse d’épargne de l’Érable-et-des-Deux-Rivières";
/// Longer than a test.
const HOUR: u64 = 3_600_000;

#[test]
fn a_renewal_looks_right() {
    play(async |stage: &Stage| {
        for language in LANGUAGES {
            let bank = if language == "fr" { json!(BANK) } else { Value::Null };
            let login = stage.stored_in("Greatday", language);
            let link = stage.serve.link(&login, &json!({"language": language, "institution": bank})).await;
            stage.open(&link.url).await;
            look(stage, "start", language).await;
            stage.press(&link, "widget").await;
            look(stage, "widget", language).await;
            let session = address(stage).await;

            let stays = stay(stage).await;
            stage.user.refresh().await.unwrap();
            stage.shows("soon").await;
            look(stage, "soon", language).await;
            go_on(stage, stays).await;
            // The page goes on by itself.
            stage.user.refresh().await.unwrap();
            stage.shows("widget").await;

            let back = format!("{}/redirect?session={}", stage.serve.url, session.rsplit('/').next().unwrap());
            let back = format!("{back}&lang={language}");
            stage.open(&back).await;
            look(stage, "back-asking", language).await;
            stage.open(&session).await;
            stage.shows("widget").await;
            stage.enter_widget().await;
            for answer in
                if language == "en" { ["Montreal", "Canada", "Triangle"] } else { ["Montréal", "Canada", "Triangle"] }
            {
                stage.user.answer_shown(answer).await;
            }
            stage.leave_widget().await;
            stage.shows("done").await;
            look(stage, "done", language).await;
            stage.open(&back).await;
            look(stage, "back-done", language).await;
            stage.open(&link.url).await;
            look(stage, "start-done", language).await;
        }
    });
}

#[test]
fn what_takes_a_while_looks_right() {
    let slow = Fault {
        user: Some("mfa_choice".to_owned()),
        endpoint: Some("Authorize".to_owned()),
        ..Fault::always(Effect::Late { delay_ms: HOUR })
    };
    play_with(vec![slow], async |stage: &Stage| {
        for language in LANGUAGES {
            let login = stage.stored_in("test_pending", language);
            let link = stage.serve.link(&login, &json!({"language": language})).await;
            stage.press(&link, "working").await;
            look(stage, "working-data", language).await;
            let session = address(stage).await;
            let key = session.rsplit('/').next().unwrap();
            stage.open(&format!("{}/redirect?session={key}&lang={language}", stage.serve.url)).await;
            look(stage, "back-working", language).await;

            let login = stage.stored_in("mfa_choice", language);
            let link = stage.serve.link(&login, &json!({"language": language})).await;
            stage.press(&link, "working").await;
            look(stage, "working-bank", language).await;

            let other = json!({"language": language, "ownerRef": "another user"});
            let link = stage.serve.link(&login, &other).await;
            stage.open(&link.url).await;
            stage.user.submit().await;
            refused(stage, "busy", language).await;
        }
    });
}

/// But for a prompt that nobody answers, which takes eight minutes. That page has the parts of these.
#[test]
fn each_way_to_fail_looks_right() {
    let lost = Fault {
        user: Some("mfa_choices".to_owned()),
        endpoint: Some("Authorize".to_owned()),
        ..Fault::always(Effect::Drop { handled: true })
    };
    play_with(vec![lost], async |stage: &Stage| {
        for language in LANGUAGES {
            for (page, username) in [
                ("unknown-outcome", "mfa_choices"),
                ("try-later", "test_service_unavailable"),
                ("start-over", "test_invalid_login"),
                ("act-at-the-bank", "test_new_account"),
                ("fix-the-setup", "test_access_denied"),
            ] {
                let login = stage.stored_in(username, language);
                let link = stage.serve.link(&login, &json!({"language": language})).await;
                stage.press(&link, "failed").await;
                look(stage, &format!("failed-{page}"), language).await;
                if page == "start-over" {
                    let session = address(stage).await;
                    let key = session.rsplit('/').next().unwrap();
                    stage.open(&format!("{}/redirect?session={key}&lang={language}", stage.serve.url)).await;
                    look(stage, "back-failed", language).await;
                }
            }
        }
    });
}

#[test]
fn what_cannot_be_shown_looks_right() {
    play(async |stage: &Stage| {
        for language in LANGUAGES {
            let link = stage.link("Greatday").await;
            let page = |link: &Link| format!("{}?lang={language}", link.url);
            stage.open(&format!("{}/connect/{}?lang={language}", stage.serve.url, "0".repeat(32))).await;
            refused(stage, "unknown", language).await;
            stage.open(&format!("{}/redirect?session=0&lang={language}", stage.serve.url)).await;
            refused(stage, "unknown", language).await;

            stage.open(&page(&link)).await;
            stage.user.run("document.querySelector('[name=after]').value = 'nonsense'", vec![]).await;
            stage.user.submit().await;
            refused(stage, "invalid", language).await;

            let pressed = async || {
                stage.serve.press_often(&link).await;
                stage.open(&page(&link)).await;
                stage.user.submit().await;
                stage.user.now("main[data-problem]").await
            };
            until("too many presses", pressed).await;
            refused(stage, "too-many", language).await;

            stage.serve.revoke(&link).await;
            stage.open(&page(&link)).await;
            refused(stage, "over", language).await;
        }
    });
}

async fn refused(stage: &Stage, problem: &str, language: &str) {
    stage.user.find(&format!("main[data-problem={problem}]")).await;
    look(stage, &format!("refused-{problem}"), language).await;
}

async fn look(stage: &Stage, page: &str, language: &str) {
    look_in(&stage.user, &format!("front-{page}"), language, &["light", "dark"]).await;
}

async fn address(stage: &Stage) -> String {
    stage.user.run("return location.origin + location.pathname", vec![]).await.as_str().unwrap().to_owned()
}

/// Until [`go_on`] no page reloads itself after a while: it stays while it is looked at.
async fn stay(stage: &Stage) -> Value {
    let script =
        "const real = setTimeout; window.setTimeout = (f, ms, ...more) => ms > 1000 ? 0 : real(f, ms, ...more);";
    stage.user.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": script})).await
}

async fn go_on(stage: &Stage, stays: Value) {
    stage.user.devtools("Page.removeScriptToEvaluateOnNewDocument", stays).await;
}
