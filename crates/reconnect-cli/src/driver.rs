//! Both drivers as one: the same session over reqwest or over ureq, watched.

use crate::{args::Transport, place::Setup, progress::Watch, row::Row};
use async_trait::async_trait;
use reconnect_calls::{CallError, Endpoint};
use reconnect_core::{
    DriveError, Failure, Fault, Instance, Known, Pause, Rendered, Reply, Selection, Session, StoredSession, Timestamp,
    connect::{self, WidgetUrl},
    drive::Plan,
};
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

/// One of the two drivers.
pub(crate) struct Driver {
    setup: Setup,
    time: Time,
    with: With,
}

enum With {
    Async(Runtime, reconnect_async::Client),
    Blocking(reconnect_blocking::Client),
}

/// Which time a driver goes by.
#[derive(Clone)]
pub(crate) enum Time {
    /// The machine's.
    Real,
    /// A sandbox's: whoever waits moves it.
    Virtual(reconnect_sandbox::Clock),
}

impl Driver {
    pub(crate) fn new(setup: Setup, time: Time, watch: Arc<dyn Watch>) -> Result<Self, DriveError> {
        let (instance, keys) = (setup.instance.clone(), setup.keys.clone());
        let with = match setup.transport {
            Transport::Async => {
                let (runtime, http) = reqwest(&setup)?;
                let http = Watched { inner: http, time: time.clone(), watch: watch.clone() };
                let client = reconnect_async::Client::with_transport(instance, keys, http);
                With::Async(runtime, client.with_clock(Watched { inner: (), time: time.clone(), watch }))
            }
            Transport::Blocking => {
                let http = Watched { inner: ureq(&setup)?, time: time.clone(), watch: watch.clone() };
                let client = reconnect_blocking::Client::with_transport(instance, keys, http);
                With::Blocking(client.with_clock(Watched { inner: (), time: time.clone(), watch }))
            }
        };
        Ok(Self { setup, time, with })
    }

    /// The session of a plan, by the set-up's policy.
    pub(crate) fn session(&self, plan: Plan) -> StoredSession {
        plan.policy(self.setup.policy.clone()).session(self.now(), &self.setup.instance, &self.setup.keys)
    }

    /// The session of a first connection, from the watch of a page and by the set-up's policy; none if the watch heard no
    /// `requestId`. Its accounts are withheld until its login is confirmed (decision 77).
    pub(crate) fn claimed(&self, watch: &connect::Watch, mut known: Known) -> Option<StoredSession> {
        let (keep, policy) = (Selection::all(), self.setup.policy.clone());
        known.instance = Known::at(&self.setup.instance).instance;
        Session::resume_claimed(watch, known, keep, policy, self.now()).map(StoredSession::new)
    }

    /// Lets time pass until a moment.
    pub(crate) fn wait(&self, until: Timestamp) {
        match &self.time {
            Time::Real => reconnect_blocking::Clock::sleep_until(&reconnect_blocking::SystemClock, until),
            Time::Virtual(clock) => {
                clock.advance(until.as_millis().saturating_sub(clock.now()));
            }
        }
    }

    /// Drives until somebody has to act, or the session is over.
    pub(crate) fn advance(&self, session: &mut StoredSession, row: &Row) -> Result<Pause, DriveError> {
        match &self.with {
            With::Async(runtime, client) => runtime.block_on(client.advance(session, row)),
            With::Blocking(client) => client.advance(session, row),
        }
    }

    /// A call that is no step of a session.
    pub(crate) fn call<E: Endpoint>(&self, endpoint: &E) -> Result<E::Answer, CallError> {
        match &self.with {
            With::Async(runtime, client) => runtime.block_on(client.call(endpoint)),
            With::Blocking(client) => client.call(endpoint),
        }
    }

    /// The URL of an ordinary Connect session in a failed one's place, with a fresh token where one could be minted.
    pub(crate) fn start_over(&self, failure: &Failure) -> WidgetUrl {
        match &self.with {
            With::Async(runtime, client) => runtime.block_on(client.start_over(failure)),
            With::Blocking(client) => client.start_over(failure),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        match &self.with {
            With::Async(_, client) => client.now(),
            With::Blocking(client) => client.now(),
        }
    }

    pub(crate) fn instance(&self) -> &Instance {
        &self.setup.instance
    }

    pub(crate) fn setup(&self) -> &Setup {
        &self.setup
    }
}

/// One exchange over the HTTP client of a set-up, outside of any session.
pub(crate) fn exchange(setup: &Setup, request: &Rendered) -> Result<Result<Reply, Fault>, DriveError> {
    Ok(match setup.transport {
        Transport::Async => {
            let (runtime, http) = reqwest(setup)?;
            runtime.block_on(reconnect_async::Transport::exchange(&http, request))
        }
        Transport::Blocking => reconnect_blocking::Transport::exchange(&ureq(setup)?, request),
    })
}

fn reqwest(setup: &Setup) -> Result<(Runtime, reconnect_async::Http), DriveError> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| DriveError::Http(error.into()))?;
    let http = reconnect_async::Http::builder();
    let http = setup.proxy.clone().into_iter().fold(http, reconnect_async::HttpBuilder::proxy).build()?;
    Ok((runtime, http))
}

fn ureq(setup: &Setup) -> Result<reconnect_blocking::Http, DriveError> {
    let http = reconnect_blocking::Http::builder();
    setup.proxy.clone().into_iter().fold(http, reconnect_blocking::HttpBuilder::proxy).build()
}

impl Time {
    fn now(&self) -> Timestamp {
        match self {
            Self::Real => reconnect_async::Clock::now(&reconnect_async::SystemClock),
            Self::Virtual(clock) => Timestamp::from_millis(clock.now()),
        }
    }
}

/// A transport or a clock with somebody who looks on.
struct Watched<T> {
    inner: T,
    time: Time,
    watch: Arc<dyn Watch>,
}

#[async_trait]
impl reconnect_async::Transport for Watched<reconnect_async::Http> {
    async fn exchange(&self, request: &Rendered) -> Result<Reply, Fault> {
        self.watch.sends(self.time.now(), request);
        let reply = self.inner.exchange(request).await;
        self.watch.hears(self.time.now(), &reply);
        reply
    }
}

impl reconnect_blocking::Transport for Watched<reconnect_blocking::Http> {
    fn exchange(&self, request: &Rendered) -> Result<Reply, Fault> {
        self.watch.sends(self.time.now(), request);
        let reply = self.inner.exchange(request);
        self.watch.hears(self.time.now(), &reply);
        reply
    }
}

#[async_trait]
impl reconnect_async::Clock for Watched<()> {
    fn now(&self) -> Timestamp {
        self.time.now()
    }

    async fn sleep_until(&self, moment: Timestamp) {
        if let Some(moment) = self.waits(moment) {
            reconnect_async::Clock::sleep_until(&reconnect_async::SystemClock, moment).await;
        }
    }
}

impl reconnect_blocking::Clock for Watched<()> {
    fn now(&self) -> Timestamp {
        self.time.now()
    }

    fn sleep_until(&self, moment: Timestamp) {
        if let Some(moment) = self.waits(moment) {
            reconnect_blocking::Clock::sleep_until(&reconnect_blocking::SystemClock, moment);
        }
    }
}

impl Watched<()> {
    /// Lets virtual time pass at once; a moment of real time is left to the driver's own clock.
    fn waits(&self, moment: Timestamp) -> Option<Timestamp> {
        let now = self.time.now();
        self.watch.waits(now, moment);
        match &self.time {
            Time::Real => Some(moment),
            Time::Virtual(clock) => {
                clock.advance(moment.as_millis().saturating_sub(now.as_millis()));
                None
            }
        }
    }
}
