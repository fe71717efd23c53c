//! `Driver`: goes on with stored sessions, each in a task of its own, so that a dropped call loses no reply.

use crate::error::Error;
use crate::key::Key;
use crate::row::Row;
use crate::sessions::Sessions;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use reconnect_async::connect::WidgetUrl;
use reconnect_async::{
    Client, Clock, DriveError, Event, Failure, Known, LoginId, Outcome, Policy, Prompt, Refreshed, RequestId, Run,
    Selection, Session, Stepped, StoredSession, Timestamp, async_trait,
};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How many sessions that are due one node goes on with at once.
const AT_ONCE: usize = 64;
/// How long a node waits before it looks again for sessions that are due, and the first pause of a store that failed.
const PAUSE: Duration = Duration::from_millis(250);
/// How long between two sweeps.
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// How many times news that could not be stored is stored again: within about a minute.
const TRIES: u32 = 7;
/// How many times a session that holds the login is looked at before the caller is told that the login is busy.
const LOOKS: usize = 3;

/// Goes on with stored sessions. Each call runs the client's own `step` in a task of its own: if your caller goes away,
/// or a web framework drops your handler, the task goes on, and the reply of Flinks is stored. It is cheap to clone.
///
/// Call [`run`](Self::run) once in each process, and [`close`](Self::close) before it ends.
///
/// ```
/// # use reconnect_async::{Fault, Rendered, Reply};
/// # async fn service(request: Rendered) -> Result<Reply, Fault> {
/// #     let (status, body) = match request.url.rsplit('/').next() {
/// #         Some("GenerateAuthorizeToken") => (200, r#"{"Token":"t-1"}"#),
/// #         Some("Authorize") => (203, r#"{"RequestId":"r-1","SecurityChallenges":[{"Prompt":"City?"}]}"#),
/// #         _ => (200, r#"{"Accounts":[{"Id":"a-1"}]}"#),
/// #     };
/// #     Ok(Reply { status, body: body.into(), ..Reply::default() })
/// # }
/// use reconnect_async::connect::ConnectNews;
/// use reconnect_async::{Client, Event, Instance, Keys, LoginId};
/// use reconnect_store::{Driver, Progress, Sessions};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// let sessions = Sessions::open("sqlite::memory:").await?;
/// let keys = Keys { secret: Some("secret-key".into()), api: None };
/// let client = Client::with_transport(Instance::named("toolbox", "c")?, keys, service);
/// let driver = Driver::new(client, sessions);
///
/// // The user pressed the button. A second click finds the same session.
/// let begun = driver.refresh(LoginId::new("5e115eac")?).owner("user-7").begin().await?;
/// let Progress::Asking(_) = begun.going.await? else { panic!("the bank asks") };
///
/// // The page shows the widget, and passes on its message.
/// let url = driver.show(&begun.key).await?.expect("the bank asks");
/// assert!(url.expose().contains("requestId=r-1"));
/// let message = ConnectNews::read("https://app.example/back?loginId=5e115eac&requestId=r-1")?;
/// let Progress::Refreshed(refreshed) = driver.tell(&begun.key, Event::Returned(message)).await? else { panic!("data") };
/// assert_eq!(refreshed.kept.len(), 1);
/// driver.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Driver(Arc<Inner>);

struct Inner {
    client: Client,
    sessions: Sessions,
    tasks: TaskTracker,
    stop: CancellationToken,
    at_once: Arc<Semaphore>,
}

struct ClientClock(Client);

#[async_trait]
impl Clock for ClientClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// How far a session is.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "an app shows something for each, and there are no others")]
pub enum Progress {
    /// The service works on it, or its data is awaited. [`Driver::run`] goes on with it.
    Working {
        /// When it goes on, if that is known.
        until: Option<Timestamp>,
    },
    /// The bank asks the end user: [`Driver::show`] the widget.
    Asking(Box<Prompt>),
    /// The connection lives on. Its accounts were stored with the end.
    Refreshed(Box<Refreshed>),
    /// It does not: [`Failure::recovery`] says what to do.
    Failed(Box<Failure>),
}

/// A session that was begun, or found.
#[derive(Debug)]
#[non_exhaustive]
pub struct Begun {
    /// Our own name for it.
    pub key: Key,
    /// Whether it is new. If not, it is the open session of this login, with the same owner and the same selection.
    pub is_new: bool,
    /// How far it comes without waiting. If the session was found, how far it is now.
    pub going: Going,
}

/// A session that is gone on with, in a task of its own. If it is dropped, the task goes on.
#[derive(Debug)]
#[must_use = "await it for what came of it; or drop it by name, and the task goes on"]
pub struct Going {
    row: Row,
    task: JoinHandle<Result<Progress, Error>>,
    /// What the task came to, if `stored` has seen it.
    done: Option<Progress>,
    /// The task's end was handed out: a task is not asked again.
    is_taken: bool,
}

impl Going {
    /// Returns once the session was stored, or nothing had to be: the caller may be told that its news has arrived.
    ///
    /// # Errors
    /// Why it could not be stored.
    pub async fn stored(&mut self) -> Result<(), Error> {
        if self.done.is_none() {
            let row = self.row.clone();
            tokio::select! {
                biased;
                () = row.stored() => {}
                done = &mut *self => self.done = Some(done?),
            }
        }
        Ok(())
    }

    /// Ends the task, as the death of the process would.
    #[doc(hidden)]
    pub fn abort(self) {
        self.task.abort();
    }
}

impl Future for Going {
    type Output = Result<Progress, Error>;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(done) = self.done.take() {
            return Poll::Ready(Ok(done));
        }
        if self.task.is_finished() && self.is_taken {
            return Poll::Ready(Err(Error::Ended));
        }
        let done = Pin::new(&mut self.task).poll(context).map(|done| done.unwrap_or(Err(Error::Ended)));
        self.is_taken = done.is_ready();
        done
    }
}

/// A session that is about to begin: see [`Driver::refresh`].
#[must_use = "nothing is stored before `begin`"]
pub struct Begin<'a> {
    driver: &'a Driver,
    run: Run<'a>,
    known: Known,
    owner: Option<String>,
    key: Option<Key>,
}

/// No owner: it may be a name.
impl core::fmt::Debug for Begin<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Begin").field("run", &self.run).finish_non_exhaustive()
    }
}

impl Begin<'_> {
    /// Keeps these accounts only. Without it, all.
    pub fn keep(self, keep: Selection) -> Self {
        Self { run: self.run.keep(keep), ..self }
    }

    /// With what you know already. Its `key` is replaced by the row's.
    pub fn known(self, known: Known) -> Self {
        Self { known, ..self }
    }

    /// By another policy than the Reconnect page's.
    pub fn policy(self, policy: Policy) -> Self {
        Self { run: self.run.policy(policy), ..self }
    }

    /// Your own name for the user: an open session is given only to its own user.
    pub fn owner(self, owner: &str) -> Self {
        Self { owner: Some(owner.to_owned()), ..self }
    }

    /// By this key, which you made: whoever begins with it again finds the same session, also once it is over. So a
    /// form that is sent twice begins one session. Without it the key is random.
    pub fn key(self, key: Key) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Begins the session, or finds the one that is open. It returns once the session is stored, before the live call
    /// is answered.
    ///
    /// # Errors
    /// [`Error::Busy`] if the login has an open session that this caller may not have, or that nobody can read.
    /// [`Error::Text`] if the owner or the tag cannot be stored. Nothing was sent then. [`Error::Closed`], and the
    /// errors of the database.
    pub async fn begin(mut self) -> Result<Begun, Error> {
        let mut looks = 0;
        loop {
            if let Some(begun) = self.begun_before().await? {
                return Ok(begun);
            }
            let key = self.key.clone().unwrap_or_else(Key::random);
            let row = self.driver.0.sessions.new_row_by(key, self.owner.as_deref());
            self.known.key = Some(row.key().as_str().into());
            let session = self.run.clone().known(self.known.clone()).session();
            let (keep, login) = (session.keep().clone(), session.login().cloned());
            let mut going = self.driver.go(row.clone(), Some(session), None, None);
            let until = match (going.stored().await, login) {
                // If nothing was written, somebody else has begun with this key in the meantime.
                (Ok(()), _) => return Ok(Begun { key: row.key().clone(), is_new: row.swaps() > 0, going }),
                (Err(Error::Busy { until }), Some(login)) => {
                    if let Some(begun) = self.open(&login, &keep).await? {
                        return Ok(begun);
                    }
                    until
                }
                (Err(error), _) => return Err(error),
            };
            looks += 1;
            if looks >= LOOKS {
                return Err(Error::Busy { until });
            }
        }
    }

    /// The session that was begun with the same key.
    async fn begun_before(&self) -> Result<Option<Begun>, Error> {
        let Some(key) = &self.key else { return Ok(None) };
        match self.driver.0.sessions.find(key).await? {
            None => Ok(None),
            Some(found) if found.owner == self.owner => Ok(Some(self.driver.found(found.key))),
            Some(_) => Err(Error::Unknown),
        }
    }

    /// The open session of this login, if it may be given to this caller. If its time has come, it is driven on first,
    /// since the node that had it may be dead.
    async fn open(&self, login: &LoginId, keep: &Selection) -> Result<Option<Begun>, Error> {
        let Inner { client, sessions, .. } = &*self.driver.0;
        let Some(found) = sessions.holder(login).await? else { return Ok(None) };
        let busy = Error::Busy { until: found.closed_at.or(found.due_at) };
        let snapshot = match sessions.snapshot(&found.key).await {
            Ok(Some(snapshot)) => snapshot,
            Ok(None) => return Ok(None),
            // That its row cannot be read is no error of this caller's.
            Err(_) => return Err(busy),
        };
        let is_late = snapshot.deadline().is_some_and(|deadline| deadline.at <= client.now());
        let is_same = snapshot.keep() == keep && found.owner == self.owner;
        match (is_late, is_same) {
            (true, _) => self.driver.step(&found.key).stored().await.map(|()| None).map_err(|_| busy),
            (false, true) => Ok(Some(self.driver.found(found.key))),
            (false, false) => Err(busy),
        }
    }
}

impl Driver {
    /// A driver of these sessions. It goes by the client's clock.
    pub fn new(client: Client, sessions: Sessions) -> Self {
        let sessions = sessions.with_clock(Arc::new(ClientClock(client.clone())));
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        Self(Arc::new(Inner { client, sessions, tasks, stop, at_once: Arc::new(Semaphore::new(AT_ONCE)) }))
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// The store.
    pub fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// A session that is there, and how far it is.
    fn found(&self, key: Key) -> Begun {
        let (driver, row) = (self.clone(), self.0.sessions.row(&key));
        let task = self.0.tasks.spawn(async move { driver.progress(row.key()).await });
        let going = Going { row: self.0.sessions.row(&key), task, done: None, is_taken: false };
        Begun { key, is_new: false, going }
    }

    /// A live refresh of a stored connection. Begin it when your user is there: the bank may text them.
    pub fn refresh(&self, login: LoginId) -> Begin<'_> {
        Begin { driver: self, run: self.0.client.refresh(login), known: Known::default(), owner: None, key: None }
    }

    /// An interrupted session goes on. Give it only a `requestId` that your own server stored, and its login by
    /// `known`: without that, another session of the login is not seen.
    pub fn resume(&self, request: RequestId) -> Begin<'_> {
        Begin { driver: self, run: self.0.client.resume(request), known: Known::default(), owner: None, key: None }
    }

    /// Tells a session something, and goes on with it as far as it goes without waiting. Its errors come when you await
    /// it: see [`show`](Self::show).
    pub fn tell(&self, key: &Key, event: Event) -> Going {
        self.go(self.0.sessions.row(key), None, Some(event), None)
    }

    /// Goes on with a session as far as it goes without waiting.
    pub fn step(&self, key: &Key) -> Going {
        self.go(self.0.sessions.row(key), None, None, None)
    }

    /// The widget is about to be shown: a URL that is good for one showing. `None` if there is nothing to show now, or
    /// if another caller got a URL a moment ago or is about to: ask for the [`progress`](Self::progress).
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Forgotten`], [`Error::Closed`], [`Error::Broken`], [`Error::Seal`],
    /// [`Error::Drive`], and the errors of the database.
    pub async fn show(&self, key: &Key) -> Result<Option<WidgetUrl>, Error> {
        let progress = self.tell(key, Event::Opened).await?;
        Ok(match progress {
            Progress::Asking(prompt) if prompt.is_ready() => Some(prompt.connect_url(self.0.client.instance())),
            Progress::Asking(_) | Progress::Working { .. } | Progress::Refreshed(_) | Progress::Failed(_) => None,
        })
    }

    /// How far a session is. It sends nothing.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Forgotten`], [`Error::Broken`], [`Error::Seal`] and [`Error::Database`].
    pub async fn progress(&self, key: &Key) -> Result<Progress, Error> {
        let session = self.0.sessions.session(key).await?;
        Ok(Progress::of(&session, self.0.client.now()))
    }

    /// A webhook whose signature was checked: finds its session, tells it, and goes on with it. `None` if no session is
    /// meant. Answer 200 once it is [stored](Going::stored).
    ///
    /// # Errors
    /// [`Error::Database`].
    #[cfg(feature = "webhook")]
    pub async fn delivered(&self, delivery: reconnect_async::webhook::Delivery) -> Result<Option<Going>, Error> {
        let facts = delivery.facts();
        let sessions = &self.0.sessions;
        let mut found = match &facts.request {
            Some(request) => sessions.by_request(request).await?,
            None => None,
        };
        if let (None, Some(tag)) = (&found, &facts.tag) {
            found = sessions.by_tag(tag).await?.into_iter().next();
        }
        if let (None, Some(login)) = (&found, &facts.login) {
            found = sessions.holder(login).await?.or(sessions.by_login(login).await?.into_iter().next());
        }
        let event = Event::Delivered(Box::new(delivery));
        Ok(found.filter(|found| !found.is_forgotten).map(|found| self.tell(&found.key, event)))
    }

    /// Goes on with every session whose time has come, until [`close`](Self::close):
    /// `tokio::spawn(driver.clone().run())`. Several nodes may do so: each row is one node's. While the database cannot
    /// be reached it waits.
    pub async fn run(self) {
        // `close` waits for it.
        let _running = self.0.tasks.token();
        let mut swept = None;
        loop {
            let now = tokio::time::Instant::now();
            if swept.is_none_or(|swept| now.duration_since(swept) >= SWEEP_EVERY) {
                swept = Some(now);
                if let Err(error) = self.0.sessions.sweep().await {
                    tracing::warn!(%error, "old sessions could not be deleted");
                }
            }
            match self.go_on_with_what_is_due().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => tracing::warn!(%error, "the sessions that are due could not be read"),
            }
            tokio::select! {
                () = self.0.stop.cancelled() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// How many sessions were due.
    async fn go_on_with_what_is_due(&self) -> Result<usize, Error> {
        let free = self.0.at_once.available_permits();
        if free == 0 || self.0.stop.is_cancelled() {
            return Ok(0);
        }
        let due = self.0.sessions.due(u32::try_from(free).unwrap_or(u32::MAX)).await?;
        let count = due.len();
        if self.0.stop.is_cancelled() {
            return Ok(0); // another node gets them, after their lease
        }
        for key in due {
            let permit = self.0.at_once.clone().acquire_owned().await.map_err(|_| Error::Ended)?;
            // The task goes on by itself.
            drop(self.go(self.0.sessions.row(&key), None, None, Some(permit)));
        }
        Ok(count)
    }

    /// Ends [`run`](Self::run), and waits for each task: it goes on as far as it goes without waiting, and stores each
    /// reply. A live call alone may take 4 minutes by default, and other requests may come before and after it: give
    /// the process 6. Later, a call that goes on with a session fails with [`Error::Closed`].
    pub async fn close(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    fn go(
        &self,
        row: Row,
        begun: Option<StoredSession>,
        event: Option<Event>,
        due: Option<OwnedSemaphorePermit>,
    ) -> Going {
        let (driver, own, is_closed) = (self.clone(), row.clone(), self.0.stop.is_cancelled());
        let task = self.0.tasks.spawn(async move {
            if is_closed {
                return Err(Error::Closed);
            }
            let done = driver.go_on(&own, begun, event, due).await;
            if let Err(error) = &done
                && error.status() == 503
            {
                // Nobody may wait for it.
                tracing::warn!(key = ?own.key(), %error, "a session could not be gone on with");
            }
            done
        });
        Going { row, task, done: None, is_taken: false }
    }

    async fn go_on(
        &self,
        row: &Row,
        begun: Option<StoredSession>,
        event: Option<Event>,
        due: Option<OwnedSemaphorePermit>,
    ) -> Result<Progress, Error> {
        let Inner { client, sessions, .. } = &*self.0;
        let mut session = match begun {
            Some(session) => session,
            None => client.load(row).await?.ok_or(Error::Unknown)?,
        };
        if let Some(event) = event {
            session.tell(client.now(), event)?;
        }
        let mut tries = 0;
        loop {
            match client.step(&mut session, row).await {
                Ok(Stepped::Wait { .. } | Stepped::Pause(_)) => break,
                // Another node goes on with it.
                Err(DriveError::Conflict) => return self.progress(row.key()).await,
                // A reply is here, and could not be stored. With this task it would be lost.
                Err(DriveError::Store(error))
                    if tries < TRIES && session.loaded().is_some() && !session.is_stored() =>
                {
                    tries += 1;
                    tracing::warn!(key = ?row.key(), %error, "a session could not be stored; it is tried again");
                    tokio::time::sleep(PAUSE * (1 << tries)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        if due.is_some() && row.swaps() == 0 {
            sessions.park(row.key(), &session).await?;
        }
        Ok(Progress::of(&session, client.now()))
    }
}

impl Progress {
    fn of(session: &Session, now: Timestamp) -> Self {
        match session.outcome() {
            Some(Outcome::Refreshed(refreshed)) => Self::Refreshed(Box::new(refreshed.clone())),
            Some(Outcome::Failed(failure)) => Self::Failed(Box::new(failure.clone())),
            None => match session.prompt(now) {
                Some(prompt) => Self::Asking(Box::new(prompt)),
                None => Self::Working { until: session.deadline().map(|deadline| deadline.at) },
            },
        }
    }
}

impl core::fmt::Debug for Driver {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Driver").field("client", &self.0.client).finish_non_exhaustive()
    }
}
