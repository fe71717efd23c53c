//! The example in FastAPI beside `reconnect serve`, with a user in Chromium: from the app's button to the stored accounts.

use crate::{
    browser::{Browser, until},
    serve::{ADMIN_KEY, Serve},
    stage::{Stage, alone},
};
use core::net::SocketAddr;
use reconnect_sandbox::{Clock, Server, Settings};
use std::{
    env,
    net::TcpListener,
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

const NOTIFY_KEY: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/fastapi");

#[test]
fn the_button_of_the_app_leads_to_the_bank_and_the_app_shows_the_accounts() {
    alone(async || {
        let settings = Settings { strict: true, pending_ms: 0, ..Settings::default() };
        let server = Server::start(settings.clone(), SocketAddr::from(([127, 0, 0, 1], 0)), Clock::real()).unwrap();
        let now = server.clock().now();
        let login = server.bank(|bank| bank.connect(now, "Greatday", "en"));
        // A free port. Somebody may take it before the app does, which is rare enough.
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}");
        let serve = Serve::start_with(&server.url(), &settings, |serve| {
            serve.args(["--notify-url", &format!("{url}/webhook")]).env("RECONNECT_NOTIFY_KEY", NOTIFY_KEY);
        });
        let _app = App::start(port, &serve.url, &login);
        let stage = Stage { user: Browser::start().await, serve, server };

        until("the app", async || reqwest::get(&url).await.ok()).await;
        stage.open(&url).await;
        assert_eq!(stage.user.count("li").await, 0);
        stage.user.press("button").await;
        stage.user.sees("Renew the connection").await;
        assert_eq!(stage.texts(&login), 0, "the link asks nobody");
        stage.user.submit().await;
        stage.shows("widget").await;
        stage.answer_bank().await;
        stage.shows("done").await;

        let stored = async || {
            stage.open(&url).await;
            (stage.user.count("li").await == 4).then_some(())
        };
        until("the accounts", stored).await;
        stage.user.sees("Chequing CAD: 49983.20").await;
        assert_eq!(stage.texts(&login), 1, "one text message");
    });
}

/// The example, which ends with its value.
struct App {
    process: Child,
    _data: TempDir,
}

impl App {
    fn start(port: u16, serve: &str, login: &str) -> Self {
        let python = env::var("RECONNECT_PYTHON").expect("`cargo xtask ci front` sets it");
        let data = TempDir::new().unwrap();
        let mut app = Command::new(python);
        app.args(["-B", "-m", "uvicorn", "app:app", "--log-level", "warning", "--app-dir", SOURCE]);
        app.args(["--port", &port.to_string()]).env("DATABASE", data.path().join("app.db")).stdin(Stdio::null());
        app.env("RECONNECT_SERVER", serve).env("RECONNECT_ADMIN_KEY", ADMIN_KEY);
        let process = app.env("RECONNECT_NOTIFY_KEY", NOTIFY_KEY).env("LOGIN_ID", login).spawn().unwrap();
        Self { process, _data: data }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
