//! `reconnect demo --hands-on`, as somebody meets it who has never seen this project.

use crate::{
    browser::{Browser, until},
    look::look,
    stage::alone,
    user::{ALL, CITY, COUNTRY},
};
use std::{
    env,
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

#[test]
fn a_stored_connection_is_refreshed_by_hand() {
    try_out(async |browser: &Browser| {
        browser.press("#begin-refresh").await;
        browser.find("#stage[data-stage=asking]").await;
        browser.find("svg .now[data-stage=asking]").await;
        browser.find("[data-lease=request][data-state=alive]").await;
        browser.find("[data-lease=token][data-state=alive]").await;
        widget(browser, async || browser.answer_all().await).await;
        browser.find("#stage[data-stage=done]").await;
        for step in ["APP_MOUNTED", "COMPONENT_LOAD_MFA", "SUBMIT_MFA", "REDIRECT"] {
            browser.find(&format!("#events [data-step={step}]")).await;
        }
        browser.find("#accounts").await;
        assert_eq!(browser.count("#accounts [data-fate=kept]").await, 2, "those that were picked once");
    });
}

#[test]
fn an_interrupted_session_is_resumed_by_hand() {
    try_out(async |browser: &Browser| {
        browser.press("#begin-resume").await;
        widget(browser, async || {
            // The first question was answered before.
            for question in &ALL[1..] {
                browser.answer(*question).await;
            }
        })
        .await;
        browser.find("#stage[data-stage=done]").await;
        browser.find("#accounts").await;
    });
}

#[test]
fn who_closes_the_tab_comes_back_to_the_same_question() {
    try_out(async |browser: &Browser| {
        browser.press("#begin-refresh").await;
        widget(browser, async || browser.answer(CITY).await).await;
        widget(browser, async || browser.sees(COUNTRY.0).await).await;
        browser.press("#park").await;
        browser.find("#parked").await;
        assert_eq!(browser.count("iframe").await, 0);
        let before = left(browser).await;
        browser.press("#time-1").await;
        until("a minute less", async || (left(browser).await + 59 <= before).then_some(())).await;
        browser.press("#open").await;
        widget(browser, async || {
            for question in &ALL[1..] {
                browser.answer(*question).await;
            }
        })
        .await;
        browser.find("#accounts").await;
    });
}

#[test]
fn the_widgets_own_close_button_parks_the_session() {
    try_out(async |browser: &Browser| {
        browser.press("#begin-refresh").await;
        widget(browser, async || browser.press("button[aria-label=Close]").await).await;
        browser.find("#events [data-step=COMPONENT_CLOSE_SESSION]").await;
        browser.find("#parked").await;
        browser.find("#open").await;
    });
}

#[test]
fn forged_events_change_nothing() {
    try_out(async |browser: &Browser| {
        browser.press("#begin-refresh").await;
        browser.find("#stage[data-stage=asking]").await;
        browser.press("#forge-page").await;
        browser.find("#events [data-verdict=foreign]").await;
        let said = browser.count("#events li").await;
        browser.press("#forge-server").await;
        until("the refusal", async || (browser.count("#events li").await > said).then_some(())).await;
        assert_eq!(browser.count("#stage[data-stage=asking]").await, 1, "it still asks");
        assert_eq!(browser.count("#accounts").await, 0);
    });
}

#[test]
fn eight_minutes_end_the_session_and_another_begins() {
    try_out(async |browser: &Browser| {
        browser.press("#begin-refresh").await;
        browser.find("[data-lease=request][data-state=alive]").await;
        browser.press("#time-8").await;
        browser.find("#stage[data-stage=done]").await;
        browser.press("#start-over").await;
        widget(browser, async || browser.find("form").await.is_present().await.map(|_| ()).unwrap()).await;
    });
}

#[test]
fn after_a_lapse_the_user_tries_again_by_the_keyboard() {
    try_out(async |browser: &Browser| {
        browser.press("#begin-refresh").await;
        browser.find("[data-lease=request][data-state=alive]").await;
        browser.press("#time-8").await;
        browser.find("#try-again").await;
        assert_eq!(browser.count("#try-again.main").await, 1, "it is the first thing to do");
        assert_eq!(browser.count("#calls [data-path='/Authorize']").await, 1, "nothing began by itself");
        browser.tab_to("#try-again").await;
        browser.key(thirtyfour::Key::Enter).await;
        browser.find("#stage[data-stage=asking]").await;
        widget(browser, async || browser.answer_all().await).await;
        browser.find("#accounts").await;
    });
}

#[test]
fn who_comes_back_too_late_starts_over() {
    try_out(async |browser: &Browser| {
        browser.press("#begin-expired").await;
        browser.find("#stage[data-stage=done]").await;
        assert_eq!(browser.count("#calls [data-path*=Authorize]").await, 0, "the service was not even asked");
        browser.press("#start-over").await;
        browser.find("iframe").await;
    });
}

#[test]
fn each_of_its_pages_looks_right() {
    for language in ["en", "fr"] {
        try_out(async |browser: &Browser| {
            if language == "fr" {
                browser.press("#language").await;
                browser.find("html[lang=fr]").await;
            }
            look(browser, "host-begin", language).await;
            browser.press("#begin-refresh").await;
            browser.find("iframe").await;
            look(browser, "host-asking", language).await;
            browser.press("#park").await;
            browser.find("#parked").await;
            look(browser, "host-parked", language).await;
            browser.press("#open").await;
            widget(browser, async || {
                for (_, answer) in ALL {
                    browser.answer_shown(answer).await;
                }
            })
            .await;
            browser.find("#accounts").await;
            look(browser, "host-accounts", language).await;
            browser.press("#begin-expired").await;
            browser.find("#start-over").await;
            look(browser, "host-expired", language).await;
        });
    }
}

/// Opens the page of a demo of its own.
fn try_out(test: impl AsyncFnOnce(&Browser)) {
    alone(async || {
        let demo = Demo::start();
        let browser = Browser::start().await;
        browser.goto(&demo.url).await.unwrap();
        test(&browser).await;
    });
}

/// Does something in the widget's frame, and comes out again.
async fn widget(browser: &Browser, user: impl AsyncFnOnce()) {
    browser.enter_frame().await;
    user().await;
    browser.enter_default_frame().await.unwrap();
}

/// How many seconds the requestId has left.
async fn left(browser: &Browser) -> u64 {
    let left = browser.find("[data-lease=request]").await.attr("data-left").await.ok().flatten();
    left.and_then(|left| left.parse().ok()).unwrap_or(u64::MAX / 2)
}

/// The command, until it is dropped.
struct Demo {
    process: Child,
    url: String,
    _said: BufReader<ChildStdout>,
}

impl Demo {
    fn start() -> Self {
        let reconnect = env::var("RECONNECT_CLI").expect("`cargo xtask browser` sets it");
        let mut command = Command::new(reconnect);
        let started = command.args(["demo", "--hands-on"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = started.unwrap();
        let mut said = BufReader::new(process.stdout.take().expect("stdout is piped, above"));
        let mut url = String::new();
        said.read_line(&mut url).unwrap();
        Self { process, url: url.trim().to_owned(), _said: said }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
