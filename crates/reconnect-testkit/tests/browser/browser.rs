//! Chromium, and the chromedriver that drives it: one of each for a test, gone with it, whatever becomes of the test.

use core::{ops::Deref, time::Duration};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStdout, Command, Stdio},
    time::Instant,
};
use thirtyfour::{By, ChromeCapabilities, ChromiumLikeCapabilities, WebDriver, WebElement, error::WebDriverResult};

/// How long a condition may take on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(20);

/// chromedriver gives each session a profile of its own, and deletes it. The rest keeps Chromium from talking to anybody
/// but this machine.
const FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,900",
];

/// Ends in the order of its fields: the session and with it Chromium, then chromedriver.
pub(crate) struct Browser {
    session: WebDriver,
    _chromedriver: Chromedriver,
}

impl Browser {
    pub(crate) async fn start() -> Self {
        let chromedriver = Chromedriver::start();
        let mut wanted = ChromeCapabilities::new();
        for flag in FLAGS {
            wanted.add_arg(flag).unwrap();
        }
        let address = format!("http://127.0.0.1:{}", chromedriver.port);
        let session = WebDriver::builder(address, wanted).request_timeout(Duration::from_secs(60)).connect().await;
        Self { session: session.expect("Chromium starts"), _chromedriver: chromedriver }
    }

    /// The first that a CSS selector finds, as soon as there is one.
    pub(crate) async fn find(&self, css: &str) -> WebElement {
        until(css, async || self.now(css).await).await
    }

    /// The first that a CSS selector finds now.
    pub(crate) async fn now(&self, css: &str) -> Option<WebElement> {
        self.session.find(By::Css(css)).await.ok()
    }

    /// An input by its name, if it is there now.
    pub(crate) async fn named(&self, name: &str) -> Option<WebElement> {
        self.session.find(By::Name(name)).await.ok()
    }

    /// How many a CSS selector finds now.
    pub(crate) async fn count(&self, css: &str) -> usize {
        self.session.find_all(By::Css(css)).await.unwrap().len()
    }

    /// Waits for a text on the page that the browser is in, without regard to case.
    pub(crate) async fn sees(&self, text: &str) {
        let wanted = text.to_lowercase();
        until(text, async || self.text().await.ok().filter(|page| page.to_lowercase().contains(&wanted))).await;
    }

    /// All that is shown.
    pub(crate) async fn text(&self) -> WebDriverResult<String> {
        self.session.find(By::Tag("body")).await?.text().await
    }

    /// What a script returns. Not subject to the page's own policy.
    pub(crate) async fn run(&self, script: &str, args: Vec<Value>) -> Value {
        self.session.execute(script, args).await.unwrap().json().clone()
    }

    /// Into the first frame of the page.
    pub(crate) async fn enter_frame(&self) {
        self.session.enter_default_frame().await.unwrap();
        self.find("iframe").await.enter_frame().await.unwrap();
    }

    /// A command of the DevTools protocol.
    pub(crate) async fn devtools(&self, command: &str, args: Value) -> Value {
        self.session.cdp().send_raw(command, args).await.unwrap()
    }

    /// As on a screen of this width: a window cannot be made narrower than 500.
    pub(crate) async fn resize(&self, width: u32, height: u64) {
        let screen = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", screen).await;
    }

    /// As for somebody who prefers `light` or `dark` pages, and no movement: a colour that still changes is none to judge.
    pub(crate) async fn prefer(&self, scheme: &str) {
        let scheme = json!({"name": "prefers-color-scheme", "value": scheme});
        let still = json!({"name": "prefers-reduced-motion", "value": "reduce"});
        self.devtools("Emulation.setEmulatedMedia", json!({"features": [scheme, still]})).await;
    }
}

impl Deref for Browser {
    type Target = WebDriver;

    fn deref(&self) -> &WebDriver {
        &self.session
    }
}

/// Looks again and again until there is something.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "waited {PATIENCE:?} for {what}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

struct Chromedriver {
    process: Child,
    port: u16,
    /// What it says goes somewhere for as long as it runs.
    _said: BufReader<ChildStdout>,
}

impl Chromedriver {
    /// On a port that it chooses and says. It chooses one of IPv4 and then takes the same of IPv6, which another program may
    /// have; then it ends, and is started again.
    fn start() -> Self {
        (0..5).find_map(|_| Self::tried()).expect("chromedriver says its port")
    }

    fn tried() -> Option<Self> {
        let started = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = started.expect("chromedriver (Debian: apt-get install chromium chromium-driver)");
        let mut said = BufReader::new(process.stdout.take().expect("stdout is piped, above"));
        let port = said.by_ref().lines().map_while(Result::ok).find_map(|line| {
            line.strip_prefix("ChromeDriver was started successfully on port ")?.trim_end_matches('.').parse().ok()
        });
        if port.is_none() {
            process.wait().expect("it has ended");
        }
        Some(Self { process, port: port?, _said: said })
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
