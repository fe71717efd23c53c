//! The pages that `docs/guide/host-page.md` shows, as `xtask/front/frameworks.py` built them: served by the example in
//! Express, against the sandbox, with a user in Chromium.

use crate::{
    browser::{Browser, until},
    look::look_in,
    stage::alone,
};
use core::net::SocketAddr;
use reconnect_sandbox::{Clock, Server, Settings};
use std::{
    env,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
};
use tempfile::TempDir;
use thirtyfour::WebElement;

#[test]
fn the_guides_first_page_shows_the_accounts() {
    on("plain", async |browser: &Browser| {
        answer_bank(browser, true).await;
        browser.sees("Chequing CAD: 49983.20").await;
        assert_eq!(browser.count("li").await, 4);
        look_in(browser, "host-page-done", "en", &["light"]).await;
        // The next session begins without a reload.
        answer_bank(browser, false).await;
    });
}

#[test]
fn the_page_in_react_hears_the_end() {
    on("react", hears_the_end);
}

#[test]
fn the_page_in_vue_hears_the_end() {
    on("vue", hears_the_end);
}

#[test]
fn the_page_in_svelte_hears_the_end() {
    on("svelte", hears_the_end);
}

async fn hears_the_end(browser: &Browser) {
    answer_bank(browser, false).await;
    browser.sees("The accounts are here.").await;
}

/// Presses the button, answers all that the bank asks, and waits until the element says that this is the end.
async fn answer_bank(browser: &Browser, looks: bool) {
    browser.press("button").await;
    let enter = async || {
        frame(browser).await?.enter_frame().await.ok()?;
        browser.now("form").await
    };
    until("the bank's question", enter).await;
    if looks {
        browser.enter_default_frame().await.unwrap();
        look_in(browser, "host-page-asks", "en", &["light"]).await;
        frame(browser).await.unwrap().enter_frame().await.unwrap();
    }
    browser.answer_all().await;
    browser.enter_default_frame().await.unwrap();
    let says =
        "return document.querySelector('flinks-reconnect').shadowRoot.querySelector('[role=status]').textContent";
    let over = async || (browser.run(says, vec![]).await == "Your accounts are up to date.").then_some(());
    until("the end of the session", over).await;
}

/// The iframe, which no selector finds.
async fn frame(browser: &Browser) -> Option<WebElement> {
    browser.enter_default_frame().await.unwrap();
    let frame = "return document.querySelector('flinks-reconnect')?.shadowRoot.querySelector('iframe')";
    browser.execute(frame, vec![]).await.unwrap().element().ok()
}

/// Opens one of the built pages.
fn on(page: &str, test: impl AsyncFnOnce(&Browser)) {
    alone(async || {
        // As `reconnect sandbox` is, whose widget posts to any page. The data comes at once: how it is polled for is tested
        // elsewhere.
        let settings = Settings { pending_ms: 0, ..Settings::default() };
        let bank = Server::start(settings, SocketAddr::from(([127, 0, 0, 1], 0)), Clock::real()).unwrap();
        let now = bank.clock().now();
        let login = bank.bank(|bank| bank.connect(now, "Greatday", "en"));
        let app = App::start(&bank.url(), &login, page);
        let browser = Browser::start().await;
        browser.goto(&app.url).await.unwrap();
        test(&browser).await;
    });
}

/// The example, which ends with its value.
struct App {
    process: Child,
    _said: BufReader<ChildStdout>,
    url: String,
    _data: TempDir,
}

impl App {
    fn start(bank: &str, login: &str, page: &str) -> Self {
        let folder = PathBuf::from(env::var("RECONNECT_PAGES").expect("`cargo xtask ci front` sets it"));
        let node = env::var("RECONNECT_NODE").expect("`cargo xtask ci front` sets it");
        let data = TempDir::new().unwrap();
        let mut app = Command::new(node);
        // A copy, beside the packages of npm.
        app.arg(folder.join("express/server.js")).env("PAGE", folder.join("pages").join(page).join("dist"));
        app.env("DATA", data.path()).env("PORT", "0").env("WEBHOOK_KEY", "a key");
        let mut process = app.env("ADDRESS", bank).env("LOGIN_ID", login).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let mut url = String::new();
        said.read_line(&mut url).unwrap();
        assert!(url.starts_with("http://"), "the example says its address, and not {url:?}");
        Self { process, _said: said, url: url.trim().to_owned(), _data: data }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
