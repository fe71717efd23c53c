//! All that takes part in a test: a sandbox, `reconnect serve`, and a browser with a user.

use crate::{
    browser::{Browser, until},
    serve::{Link, Serve},
};
use core::{future::Future, net::SocketAddr};
use reconnect_sandbox::{Clock, Fault, Server, Settings};
use serde_json::{Value, json};
use thirtyfour::{By, session::handle::SessionHandle};

pub(crate) struct Stage {
    pub(crate) user: Browser,
    pub(crate) serve: Serve,
    pub(crate) server: Server,
}

/// Plays one test.
pub(crate) fn play(test: impl AsyncFnOnce(&Stage)) {
    play_with(Vec::new(), test);
}

/// The same with faults. The data comes at once: how it is polled for is tested elsewhere.
pub(crate) fn play_with(faults: Vec<Fault>, test: impl AsyncFnOnce(&Stage)) {
    let settings = Settings { strict: true, pending_ms: 0, faults, ..Settings::default() };
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    alone(async || {
        // The command has the real clock.
        let server = Server::start(settings.clone(), listen, Clock::real()).unwrap();
        let serve = Serve::start(&server.url(), &settings);
        test(&Stage { user: Browser::start().await, serve, server }).await;
    });
}

/// Several threads, since Chromium only ends once it is answered.
pub(crate) fn alone<R: Future<Output = ()>>(test: impl FnOnce() -> R) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.unwrap().block_on(test());
}

impl Stage {
    // The app.

    /// A connection that was made some time ago.
    pub(crate) fn stored(&self, username: &str) -> String {
        self.stored_in(username, "en")
    }

    pub(crate) fn stored_in(&self, username: &str, language: &str) -> String {
        let now = self.server.clock().now();
        self.server.bank(|bank| bank.connect(now, username, language))
    }

    /// A link for a connection that was made some time ago.
    pub(crate) async fn link(&self, username: &str) -> Link {
        self.serve.link(&self.stored(username), &json!({})).await
    }

    /// The newest session of a login, as soon as it has ended.
    pub(crate) async fn ended(&self, login: &str) -> Value {
        let over = async || self.serve.sessions(login).await.into_iter().next().filter(|it| !it["result"].is_null());
        until("the end of the session", over).await
    }

    /// How often the bank was asked to text the user.
    pub(crate) fn texts(&self, login: &str) -> usize {
        self.server.bank(|bank| bank.challenges_sent(login))
    }

    // The user.

    pub(crate) async fn open(&self, url: &str) {
        self.user.goto(url).await.unwrap();
    }

    /// Presses the button of a link, and waits until the page shows this.
    pub(crate) async fn press(&self, link: &Link, state: &str) {
        self.open(&link.url).await;
        self.user.submit().await;
        self.shows(state).await;
    }

    /// Waits for a page of the session in this state.
    pub(crate) async fn shows(&self, state: &str) {
        self.user.find(&format!("main[data-state={state}]")).await;
    }

    /// Clicks a link by its text.
    pub(crate) async fn follow(&self, text: &str) {
        until(text, async || SessionHandle::find(&self.user, By::LinkText(text)).await.ok()?.click().await.ok()).await;
    }

    /// Into the widget of the page.
    pub(crate) async fn enter_widget(&self) {
        self.user.enter_frame().await;
        self.user.find("main").await;
    }

    pub(crate) async fn leave_widget(&self) {
        self.user.enter_default_frame().await.unwrap();
    }

    /// Answers all that the bank asks Greatday, and comes back to the page.
    pub(crate) async fn answer_bank(&self) {
        self.enter_widget().await;
        self.user.answer_all().await;
        self.leave_widget().await;
    }
}
