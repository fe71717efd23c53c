//! Either driver behind one set of calls, with a row and a clock in memory: what every test of the drivers stands on.

#![allow(dead_code, reason = "each test takes what it needs")]

use core::{
    future::{Future, poll_fn},
    pin::pin,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    task::Poll,
    time::Duration,
};
use reconnect_async::async_trait;
use reconnect_calls::{Endpoint, generate_authorize_token::GenerateAuthorizeToken};
use reconnect_core::{
    AccountId, DriveError, Event, Failure, Fault, Instance, Keys, Known, LoginId, Outcome, Pause, Policy, Proxy,
    Rendered, Reply, RequestId, Selection, Snapshot, Stepped, Stopped, StoreError, StoredSession, Timestamp,
    connect::ConnectNews, drive,
};
use reconnect_testkit::server::{Answer, Asked, Server};
use std::sync::{Arc, Mutex};

pub(crate) const START: u64 = 1_780_000_000_000;
pub(crate) const TOKEN: &str = r#"{"HttpStatusCode":200,"Token":"t-1"}"#;
pub(crate) const ASKS: &str =
    r#"{"HttpStatusCode":203,"RequestId":"r-1","SecurityChallenges":[{"Type":"QuestionAndAnswer","Prompt":"City?"}]}"#;
pub(crate) const PENDING: &str = r#"{"HttpStatusCode":202,"FlinksCode":"OPERATION_PENDING","RequestId":"r-1"}"#;
pub(crate) const DATA: &str = r#"{"HttpStatusCode":200,"RequestId":"r-1","Accounts":[{"Id":"a-1"},{"Id":"a-2"}]}"#;
pub(crate) const BACK: &str = "https://app.example/back?loginId=5e115eac&requestId=r-1";

/// A clock whose time passes only by sleeping.
#[derive(Clone)]
pub(crate) struct Virtual(Arc<AtomicU64>);

impl Virtual {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(START)))
    }

    pub(crate) fn time(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn set(&self, moment: Timestamp) {
        self.0.fetch_max(moment.as_millis(), Ordering::SeqCst);
    }
}

#[async_trait]
impl reconnect_async::Clock for Virtual {
    fn now(&self) -> Timestamp {
        self.time()
    }
    async fn sleep_until(&self, moment: Timestamp) {
        breathe().await;
        self.set(moment);
    }
}

impl reconnect_blocking::Clock for Virtual {
    fn now(&self) -> Timestamp {
        self.time()
    }
    fn sleep_until(&self, moment: Timestamp) {
        self.set(moment);
    }
}

pub(crate) type Meddle = Box<dyn FnMut(usize, &mut Option<Snapshot>) -> Result<(), StoreError> + Send>;

/// A row in memory, with another node that may meddle before each swap. It counts swaps from 0.
pub(crate) struct Row {
    pub(crate) row: Mutex<Option<Snapshot>>,
    pub(crate) swaps: AtomicUsize,
    meddle: Mutex<Meddle>,
}

impl Row {
    pub(crate) fn new() -> Self {
        Self::with(|_, _| Ok(()))
    }

    pub(crate) fn with(
        meddle: impl FnMut(usize, &mut Option<Snapshot>) -> Result<(), StoreError> + Send + 'static,
    ) -> Self {
        Self { row: Mutex::new(None), swaps: AtomicUsize::new(0), meddle: Mutex::new(Box::new(meddle)) }
    }

    pub(crate) fn read(&self) -> Option<Snapshot> {
        // Through JSON, as a real row goes.
        let row = self.row.lock().unwrap();
        row.as_ref().map(|snapshot| Snapshot::from_json(&snapshot.to_json()).unwrap())
    }

    pub(crate) fn write(&self, loaded: Option<u64>, snapshot: &Snapshot) -> Result<(), StoreError> {
        let mut row = self.row.lock().unwrap();
        (self.meddle.lock().unwrap())(self.swaps.fetch_add(1, Ordering::SeqCst), &mut row)?;
        if row.as_ref().map(Snapshot::revision) != loaded {
            return Err(StoreError::Conflict);
        }
        *row = Some(snapshot.clone());
        Ok(())
    }
}

#[async_trait]
impl reconnect_async::SessionRow for Row {
    async fn load(&self) -> Result<Option<Snapshot>, StoreError> {
        breathe().await;
        Ok(self.read())
    }
    async fn swap(&self, loaded: Option<u64>, snapshot: &Snapshot) -> Result<(), StoreError> {
        breathe().await;
        let done = self.write(loaded, snapshot);
        breathe().await;
        done
    }
}

impl reconnect_blocking::SessionRow for Row {
    fn load(&self) -> Result<Option<Snapshot>, StoreError> {
        Ok(self.read())
    }
    fn swap(&self, loaded: Option<u64>, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.write(loaded, snapshot)
    }
}

/// A row that both drivers can have.
pub(crate) trait AnyRow: reconnect_async::SessionRow + reconnect_blocking::SessionRow {}

impl<R: reconnect_async::SessionRow + reconnect_blocking::SessionRow> AnyRow for R {}

/// What the future came to; `None` where it had to wait once more than `waits` times, and was dropped there.
pub(crate) async fn dropped<T>(future: impl Future<Output = T>, waits: usize) -> Option<T> {
    let (mut future, mut left) = (pin!(future), waits);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// An await that pends once, so that a future can be dropped there.
pub(crate) async fn breathe() {
    let mut once = false;
    poll_fn(|context| {
        if core::mem::replace(&mut once, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Either driver, behind the calls that both have.
pub(crate) enum Driver {
    Async(reconnect_async::Client, tokio::runtime::Runtime),
    Blocking(reconnect_blocking::Client),
}

impl Driver {
    pub(crate) fn advance(&self, session: &mut StoredSession, row: &impl AnyRow) -> Result<Pause, DriveError> {
        match self {
            Self::Async(client, runtime) => runtime.block_on(client.advance(session, row)),
            Self::Blocking(client) => client.advance(session, row),
        }
    }

    pub(crate) fn step(&self, session: &mut StoredSession, row: &impl AnyRow) -> Result<Stepped, DriveError> {
        match self {
            Self::Async(client, runtime) => runtime.block_on(client.step(session, row)),
            Self::Blocking(client) => client.step(session, row),
        }
    }

    pub(crate) fn load(&self, row: &impl AnyRow) -> StoredSession {
        match self {
            Self::Async(client, runtime) => runtime.block_on(client.load(row)),
            Self::Blocking(client) => client.load(row),
        }
        .unwrap()
        .unwrap()
    }

    pub(crate) fn tell(&self, session: &mut StoredSession, event: Event) {
        let now = match self {
            Self::Async(client, _) => client.now(),
            Self::Blocking(client) => client.now(),
        };
        session.tell(now, event).unwrap();
    }

    pub(crate) fn start_over(&self, failure: &Failure) -> String {
        match self {
            Self::Async(client, runtime) => runtime.block_on(client.start_over(failure)),
            Self::Blocking(client) => client.start_over(failure),
        }
        .expose()
        .to_owned()
    }

    pub(crate) fn session(&self, policy: Policy) -> StoredSession {
        let login = LoginId::new("5e115eac").unwrap();
        match self {
            Self::Async(client, _) => client.refresh(login).policy(policy).session(),
            Self::Blocking(client) => client.refresh(login).policy(policy).session(),
        }
    }

    /// A session of the request `r-1`, which the caller last sent at that moment.
    pub(crate) fn resumed(&self, last_sent: Option<Timestamp>) -> StoredSession {
        let (request, mut known) = (RequestId::new("r-1").unwrap(), Known::default());
        known.last_sent = last_sent;
        match self {
            Self::Async(client, _) => client.resume(request).known(known).session(),
            Self::Blocking(client) => client.resume(request).known(known).session(),
        }
    }

    /// A whole run that keeps `a-1`; each time the user is asked, `answer` says what came of it.
    pub(crate) fn run(
        &self,
        row: &impl AnyRow,
        mut answer: impl FnMut(String) -> Event,
    ) -> Result<drive::Done, Stopped> {
        let login = LoginId::new("5e115eac").unwrap();
        let keep = Selection::only([AccountId::new("a-1").unwrap()]).unwrap();
        match self {
            Self::Async(client, runtime) => {
                let run = client.refresh(login).keep(keep).store(row);
                runtime.block_on(run.run(|_, url| {
                    let event = answer(url.expose().to_owned());
                    async { event }
                }))
            }
            Self::Blocking(client) => {
                client.refresh(login).keep(keep).store(row).run(|_, url| answer(url.expose().to_owned()))
            }
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Async(..) => "async",
            Self::Blocking(_) => "blocking",
        }
    }
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

pub(crate) fn instance(origin: &str) -> Instance {
    Instance::at(origin, "https://widget.example/", "customer").unwrap().labelled("script")
}

pub(crate) fn keys() -> Keys {
    Keys { secret: Some("the-secret".into()), api: Some("the-api-key".into()) }
}

/// Both drivers over their own HTTP clients, talking to `origin`.
pub(crate) fn over_http(origin: &str, keys: &Keys, clock: &Virtual, blocking: bool) -> Driver {
    if blocking {
        let client = reconnect_blocking::Client::new(instance(origin), keys.clone()).unwrap();
        return Driver::Blocking(client.with_clock(clock.clone()));
    }
    let client = reconnect_async::Client::new(instance(origin), keys.clone()).unwrap();
    Driver::Async(client.with_clock(clock.clone()), runtime())
}

/// Plays `script` to each driver, and compares what they asked.
pub(crate) fn both(script: impl Fn() -> Vec<Answer>, scenario: impl Fn(&Driver, &Server, &Virtual)) -> Vec<Asked> {
    both_with(&keys(), script, scenario)
}

pub(crate) fn both_with(
    keys: &Keys,
    script: impl Fn() -> Vec<Answer>,
    scenario: impl Fn(&Driver, &Server, &Virtual),
) -> Vec<Asked> {
    let [one, other] = [false, true].map(|blocking| {
        let (server, clock) = (Server::play(script()), Virtual::new());
        let driver = over_http(&server.origin(), keys, &clock, blocking);
        scenario(&driver, &server, &clock);
        assert_eq!(server.unplayed(), 0, "{}: the script was not played to its end", driver.name());
        server.asked()
    });
    let wire = |asked: &[Asked]| -> Vec<_> {
        asked.iter().map(|a| (a.method.clone(), a.target.clone(), a.headers.clone(), a.body.clone())).collect()
    };
    assert_eq!(wire(&one), wire(&other), "the two drivers sent different requests");
    one
}

pub(crate) fn endpoints(asked: &[Asked]) -> Vec<&str> {
    asked.iter().map(Asked::endpoint).collect()
}

pub(crate) fn lives(asked: &[Asked]) -> usize {
    asked.iter().filter(|asked| asked.is_live()).count()
}

/// A policy with short limits, in real time.
pub(crate) fn hasty() -> Policy {
    let mut policy = Policy::default();
    policy.post_limit = Duration::from_millis(250);
    policy.quick_limit = Duration::from_millis(250);
    policy
}

pub(crate) fn failure(session: &StoredSession) -> Failure {
    match session.outcome() {
        Some(Outcome::Failed(failure)) => failure.clone(),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn redirect() -> Event {
    Event::Returned(ConnectNews::read(BACK).unwrap())
}

/// A request for tests of the HTTP clients alone.
pub(crate) fn mint(origin: &str) -> Rendered {
    GenerateAuthorizeToken.draft().render(&instance(origin), &keys()).unwrap()
}

/// The default HTTP client of either driver, by itself.
pub(crate) enum Http {
    Async(reconnect_async::Http, tokio::runtime::Runtime),
    Blocking(reconnect_blocking::Http),
}

impl Http {
    pub(crate) fn new(blocking: bool) -> Self {
        if blocking {
            return Self::Blocking(reconnect_blocking::Http::new().unwrap());
        }
        Self::Async(reconnect_async::Http::new().unwrap(), runtime())
    }

    /// Through a proxy.
    pub(crate) fn through(proxy: &str, blocking: bool) -> Self {
        let proxy = Proxy::at(proxy).unwrap();
        if blocking {
            return Self::Blocking(reconnect_blocking::Http::builder().proxy(proxy).build().unwrap());
        }
        Self::Async(reconnect_async::Http::builder().proxy(proxy).build().unwrap(), runtime())
    }

    /// One exchange, whose limits the driver does not choose.
    pub(crate) fn exchange(&self, request: &Rendered) -> Result<Reply, Fault> {
        use reconnect_async::Transport as _;
        use reconnect_blocking::Transport as _;
        match self {
            Self::Async(http, runtime) => runtime.block_on(http.exchange(request)),
            Self::Blocking(http) => http.exchange(request),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Async(..) => "async",
            Self::Blocking(_) => "blocking",
        }
    }
}

/// One exchange over a client of its own.
pub(crate) fn exchange(driver: &Driver, request: &Rendered) -> Result<Reply, Fault> {
    Http::new(matches!(driver, Driver::Blocking(_))).exchange(request)
}
