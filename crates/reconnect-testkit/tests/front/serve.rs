//! `reconnect serve` in a process of its own, which ends with its value; and its API, as an app calls it.

use reconnect_sandbox::Settings;
use serde_json::{Value, json};
use std::{
    env,
    fs::{self, File},
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};
use tempfile::TempDir;

pub(crate) const ADMIN_KEY: &str = "an-admin-key-of-a-test";
/// The app's name, which the pages say, and where the last page leads to.
pub(crate) const APP: &str = "Budget";
pub(crate) const APP_URL: &str = "http://127.0.0.1:9/app";

pub(crate) struct Serve {
    process: Child,
    /// What it says goes somewhere for as long as it runs.
    _said: BufReader<ChildStdout>,
    /// Its first line.
    pub(crate) url: String,
    http: reqwest::Client,
    /// Its database, and what it said on stderr.
    folder: TempDir,
}

/// What the app got for its user.
pub(crate) struct Link {
    pub(crate) id: String,
    pub(crate) url: String,
}

impl Serve {
    /// Over the service at this address.
    pub(crate) fn start(service: &str, settings: &Settings) -> Self {
        Self::start_with(service, settings, |_| {})
    }

    /// With more arguments or settings.
    pub(crate) fn start_with(service: &str, settings: &Settings, set: impl FnOnce(&mut Command)) -> Self {
        let folder = TempDir::new().unwrap();
        let program = env::var("RECONNECT_SERVE").expect("`cargo xtask ci front` sets it");
        let store = format!("sqlite:{}", folder.path().join("links.db").display());
        let widget = format!("{service}/");
        let mut serve = Command::new(program);
        serve.args(["serve", "--api-url", service, "--widget-url", &widget, "--customer-id", &settings.customer_id]);
        serve.args(["--store", &store, "--app", APP, "--app-url", APP_URL]);
        // Pending data is asked for again soon: a page waits for it.
        serve.args(["--poll-every", "1"]);
        serve.env("RECONNECT_ADMIN_KEY", ADMIN_KEY);
        serve.env("FLINKS_SECRET_KEY", &settings.secret_key).env("FLINKS_X_API_KEY", &settings.api_key);
        set(&mut serve);
        let log = File::create(folder.path().join("log")).unwrap();
        let mut process = serve.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut said = BufReader::new(process.stdout.take().expect("stdout is piped, above"));
        let mut url = String::new();
        said.read_line(&mut url).unwrap();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { process, _said: said, url: url.trim_end().to_owned(), http, folder }
    }

    /// A link for a login. `more` has the other fields.
    pub(crate) async fn link(&self, login: &str, more: &Value) -> Link {
        let mut asked = more.clone();
        asked["loginId"] = json!(login);
        let request = self.http.post(format!("{}/links", self.url)).body(asked.to_string());
        let made = self.sent(request).await;
        let text = |key: &str| made[key].as_str().expect("a link has it").to_owned();
        Link { id: text("id"), url: text("url") }
    }

    pub(crate) async fn revoke(&self, link: &Link) {
        self.sent(self.http.delete(format!("{}/links/{}", self.url, link.id))).await;
    }

    /// The sessions of a login, the newest first.
    pub(crate) async fn sessions(&self, login: &str) -> Vec<Value> {
        let sessions = self.sent(self.http.get(format!("{}/sessions?loginId={login}", self.url))).await;
        sessions.as_array().expect("a list").clone()
    }

    async fn sent(&self, request: reqwest::RequestBuilder) -> Value {
        let reply = request.bearer_auth(ADMIN_KEY).send().await.unwrap();
        let (status, text) = (reply.status(), reply.text().await.unwrap());
        assert!(status.is_success(), "{status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Presses the button of a link, as a program that is no browser, until it is told to wait.
    pub(crate) async fn press_often(&self, link: &Link) {
        let form = "application/x-www-form-urlencoded";
        let pressed = || self.http.post(&link.url).header("content-type", form).body("after=").send();
        while pressed().await.unwrap().status() != 429 {}
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("it said:\n{}", fs::read_to_string(self.folder.path().join("log")).unwrap_or_default());
        }
    }
}
