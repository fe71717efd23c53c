//! From the link to the accounts.

use crate::{
    browser::until,
    serve::{APP, APP_URL},
    stage::{Stage, play},
    user::{ALL, CITY},
};
use serde_json::json;

#[test]
fn the_keyboard_alone_renews_the_connection() {
    play(async |stage: &Stage| {
        let login = stage.stored("Greatday");
        let link = stage.serve.link(&login, &json!({"institution": "Maple Bank"})).await;
        stage.open(&link.url).await;
        assert_eq!(stage.texts(&login), 0, "opening the link asks nobody");
        stage.user.tab_to("form button").await;
        stage.user.leave_by_enter().await;
        stage.shows("widget").await;

        stage.user.tab_to("iframe").await;
        stage.enter_widget().await;
        for (prompt, answer) in ALL {
            stage.user.find(&format!("input[name='{prompt}']")).await;
            let focus = "return document.activeElement.name";
            if stage.user.run(focus, vec![]).await != prompt {
                stage.user.tab_to(&format!("input[name='{prompt}']")).await;
            }
            stage.user.action_chain().send_keys(answer).perform().await.unwrap();
            stage.user.leave_by_enter().await;
        }
        stage.leave_widget().await;
        stage.user.sees("The connection is renewed").await;
        stage.user.tab_to(&format!("a[href='{APP_URL}']")).await;

        let session = stage.ended(&login).await;
        let accounts = stage.server.bank(|bank| bank.account_ids(&login));
        assert!(!accounts.is_empty());
        assert_eq!((&session["result"], &session["kept"]), (&json!("done"), &json!(accounts)));
        stage.user.sees(&format!("The data of {} accounts is ready for {APP}", accounts.len())).await;
        assert_eq!(stage.texts(&login), 1, "one text message");
    });
}

#[test]
fn without_script_a_link_on_the_page_leads_on() {
    play(async |stage: &Stage| {
        stage.user.devtools("Emulation.setScriptExecutionDisabled", json!({"value": true})).await;
        let login = stage.stored("Greatday");
        let link = stage.serve.link(&login, &json!({})).await;
        stage.press(&link, "widget").await;
        stage.answer_bank().await;
        stage.enter_widget().await;
        stage.user.find("main a[href]").await.click().await.unwrap();
        stage.user.sees("The connection is renewed").await;

        // The page around it does not know that yet.
        stage.leave_widget().await;
        stage.user.find("iframe").await;
        stage.follow("I have answered: continue").await;
        stage.shows("done").await;
        assert_eq!(stage.ended(&login).await["result"], "done");
    });
}

#[test]
fn a_press_without_script_waits_on_a_page_that_asks_again_by_itself() {
    play(async |stage: &Stage| {
        stage.user.devtools("Emulation.setScriptExecutionDisabled", json!({"value": true})).await;
        stage.press(&stage.link("test_pending").await, "working").await;
        let page = stage.user.find("main").await;
        until("the same page once more", async || (!page.is_present().await.unwrap_or(false)).then_some(())).await;
        stage.shows("working").await;
    });
}

#[test]
fn after_the_end_neither_the_back_button_nor_an_old_page_asks_the_bank() {
    play(async |stage: &Stage| {
        let login = stage.stored("Greatday");
        let link = stage.serve.link(&login, &json!({})).await;
        stage.press(&link, "widget").await;
        stage.answer_bank().await;
        stage.shows("done").await;
        stage.user.back().await.unwrap();
        stage.shows("done").await;
        // The entries between are those of the frame, which is gone. The first is the browser's own page.
        stage.user.run("history.go(3 - history.length)", vec![]).await;
        stage.user.sees("Renew the connection").await;
        assert_eq!((stage.texts(&login), stage.serve.sessions(&login).await.len()), (1, 1));

        // A browser may show the page as it was before the session, and not load it anew. Its button leads to the end.
        stage.user.run("document.querySelector('[name=after]').value = ''", vec![]).await;
        stage.user.submit().await;
        stage.shows("done").await;
        assert_eq!((stage.texts(&login), stage.serve.sessions(&login).await.len()), (1, 1));
    });
}

#[test]
fn a_page_that_is_loaded_again_goes_on_at_the_same_question() {
    play(async |stage: &Stage| {
        let login = stage.stored("Greatday");
        let link = stage.serve.link(&login, &json!({})).await;
        stage.press(&link, "widget").await;
        stage.enter_widget().await;
        stage.user.answer(CITY).await;
        stage.user.sees(ALL[1].0).await;
        stage.user.refresh().await.unwrap();
        stage.leave_widget().await;
        // The service opens the widget for the same session once in 10 s.
        stage.shows("soon").await;
        stage.shows("widget").await;
        stage.enter_widget().await;
        stage.user.sees(ALL[1].0).await;
        assert_eq!(stage.texts(&login), 1);
    });
}

#[test]
fn at_200_percent_the_button_is_whole() {
    play(async |stage: &Stage| {
        // A window of 1280 by 720 at 200 %.
        let screen = json!({"width": 640, "height": 360, "deviceScaleFactor": 2, "mobile": false});
        stage.user.devtools("Emulation.setDeviceMetricsOverride", screen).await;
        for (username, language) in [("Greatday", "en"), ("test_service_unavailable", "fr")] {
            let link = stage.serve.link(&stage.stored(username), &json!({"language": language})).await;
            stage.open(&link.url).await;
            whole(stage).await;
        }
        stage.user.submit().await;
        stage.shows("failed").await;
        whole(stage).await;
    });
}

/// Nothing is cut off the button, and nothing lies over it, once it is scrolled to.
async fn whole(stage: &Stage) {
    stage.user.tab_to("form button").await;
    let script = "
        const button = document.activeElement, box = button.getBoundingClientRect();
        const at = (x, y) => document.elementFromPoint(x, y) === button;
        return [box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight,
            button.scrollWidth <= button.clientWidth && button.scrollHeight <= button.clientHeight,
            at(box.left + 9, box.top + 9) && at(box.right - 9, box.bottom - 9)]";
    assert_eq!(stage.user.run(script, vec![]).await, json!([true, true, true]));
}
