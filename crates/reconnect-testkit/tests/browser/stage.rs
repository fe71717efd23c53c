//! All that takes part in a test: a sandbox, a client that refreshes, the host's page, and a browser with a user.

use crate::{
    browser::{Browser, until},
    host::Host,
};
use core::{future::Future, net::SocketAddr};
use reconnect_async::{Client, async_trait};
use reconnect_calls::generate_authorize_token::GenerateAuthorizeToken;
use reconnect_core::{
    AccountId, Event, Instance, Keys, LoginId, Outcome, Pause, Prompt, RequestId, Selection, StoredSession, Timestamp,
    connect::{ConnectNews, WidgetUrl, same_origin},
};
use reconnect_sandbox::{Clock, Server, Settings};
use serde_json::Value;

/// 2026-01-12 09:00:00 UTC
const START: u64 = 1_768_208_400_000;
pub(crate) const MINUTE: u64 = 60_000;

pub(crate) struct Stage {
    pub(crate) user: Browser,
    pub(crate) host: Host,
    pub(crate) server: Server,
    client: Client,
}

/// Plays one test. Its clock stands, unless somebody waits or moves it.
pub(crate) fn play(test: impl AsyncFnOnce(&Stage)) {
    alone(async || test(&Stage::set().await).await);
}

/// Runs a test that sets its own stage. The host serves on a thread of the runtime: Chromium only ends once it is answered,
/// and a test that fails waits for Chromium's end.
pub(crate) fn alone<R: Future<Output = ()>>(test: impl FnOnce() -> R) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.unwrap().block_on(test());
}

impl Stage {
    async fn set() -> Self {
        let settings = Settings { strict: true, ..Settings::default() };
        let secret = Some(settings.secret_key.as_str().into());
        let keys = Keys { secret, api: Some(settings.api_key.as_str().into()) };
        let customer = settings.customer_id.clone();
        let clock = Clock::fixed(START);
        let server = Server::start(settings, SocketAddr::from(([127, 0, 0, 1], 0)), clock.clone()).unwrap();
        let url = server.url();
        let instance = Instance::at(&url, &format!("{url}/"), &customer).unwrap();
        let client = Client::new(instance, keys).unwrap().with_clock(Virtual(clock));
        Self { user: Browser::start().await, host: Host::start().await, server, client }
    }

    // The integrator's backend.

    /// A connection that was made some time ago.
    pub(crate) fn stored(&self, username: &str) -> LoginId {
        self.stored_in(username, "en")
    }

    pub(crate) fn stored_in(&self, username: &str, language: &str) -> LoginId {
        let login = self.server.bank(|bank| bank.connect(START, username, language));
        LoginId::new(&login).unwrap()
    }

    /// The ids of a login's accounts.
    pub(crate) fn accounts(&self, login: &LoginId) -> Vec<AccountId> {
        let ids = self.server.bank(|bank| bank.account_ids(login.as_str()));
        ids.iter().map(|id| AccountId::new(id).unwrap()).collect()
    }

    pub(crate) fn refresh(&self, login: &LoginId, keep: &[AccountId]) -> StoredSession {
        let run = self.client.refresh(login.clone());
        if keep.is_empty() { run.session() } else { run.keep(Selection::only(keep.to_vec()).unwrap()).session() }
    }

    pub(crate) fn resume(&self, request: &RequestId) -> StoredSession {
        self.client.resume(request.clone()).session()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.client.now()
    }

    /// Drives until the user is asked, and mints a URL for one showing; waits if the last mint is less than 10 s old.
    /// The widget leads back to the host.
    pub(crate) async fn ask(&self, session: &mut StoredSession) -> WidgetUrl {
        self.ask_with(session, "/back").await
    }

    pub(crate) async fn ask_with(&self, session: &mut StoredSession, back: &str) -> WidgetUrl {
        self.prompt(session).await;
        session.tell(self.client.now(), Event::Opened).unwrap();
        let mut prompt = self.prompt(session).await;
        if let Some(moment) = session.opens_again() {
            self.server.clock().advance(moment.as_millis() - self.now().as_millis());
            session.tell(moment, Event::Opened).unwrap();
            prompt = self.prompt(session).await;
        }
        let back = self.host.origin() + back;
        prompt.connect_url(self.client.instance()).with("origin", &self.host.origin()).with("redirectUrl", &back)
    }

    async fn prompt(&self, session: &mut StoredSession) -> Prompt {
        let pause = self.client.advance(session, &()).await.unwrap();
        let Pause::Ask(prompt) = pause else { panic!("the user is not asked: {:?}", session.stage()) };
        prompt
    }

    /// Tells the widget's last event, and drives to the end.
    pub(crate) async fn come_back<'a>(&self, session: &'a mut StoredSession, event: &Value) -> Outcome<'a> {
        let news = ConnectNews::read(&event.to_string()).unwrap();
        session.tell(self.client.now(), Event::Returned(news)).unwrap();
        self.end(session).await
    }

    /// Drives to the end.
    pub(crate) async fn end<'a>(&self, session: &'a mut StoredSession) -> Outcome<'a> {
        self.client.advance(session, &()).await.unwrap();
        session.outcome().expect("the session is over")
    }

    /// A widget URL of a first connection, with a token of its own.
    pub(crate) async fn connect_url(&self) -> WidgetUrl {
        let token = self.client.call(&GenerateAuthorizeToken).await.unwrap();
        WidgetUrl::connect(self.client.instance(), None).with("origin", &self.host.origin()).with_token(&token)
    }

    // The host's page.

    /// Shows the widget in the iframe, and goes into it.
    pub(crate) async fn show(&self, url: &WidgetUrl) {
        self.user.goto(self.host.origin()).await.unwrap();
        self.reload(url).await;
    }

    /// Another address in the iframe of a page that stays.
    pub(crate) async fn reload(&self, url: &WidgetUrl) {
        self.user.enter_default_frame().await.unwrap();
        self.user.run("document.querySelector('iframe').src = arguments[0]", vec![url.expose().into()]).await;
        self.user.enter_frame().await;
    }

    /// The events that the host believes: from the widget's origin and from its own iframe.
    pub(crate) fn events(&self) -> Vec<Value> {
        let ours = |heard: &Value| {
            let origin = heard["origin"].as_str().unwrap_or_default();
            same_origin(self.client.instance(), origin) && heard["ours"] == true
        };
        self.host.heard().into_iter().filter(ours).map(|mut heard| heard["data"].take()).collect()
    }

    /// Their names: the step, or the code of an API event.
    pub(crate) fn steps(&self) -> Vec<String> {
        let name = |event: &Value| event["step"].as_str().or(event["flinksCode"].as_str()).unwrap_or("?").to_owned();
        self.events().iter().map(name).collect()
    }

    /// Waits for an event by its name.
    pub(crate) async fn event(&self, step: &str) -> Value {
        let named = |event: &Value| event["step"] == step || event["flinksCode"] == step;
        until(step, async || self.events().into_iter().find(named)).await
    }
}

/// The sandbox's clock: whoever waits moves it.
struct Virtual(Clock);

#[async_trait]
impl reconnect_async::Clock for Virtual {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now())
    }

    async fn sleep_until(&self, moment: Timestamp) {
        self.0.advance(moment.as_millis().saturating_sub(self.0.now()));
    }
}
