//! What every driver does alike, and without IO: a session beside the revision of it that a store has, one turn of the
//! loop, the guard around an exchange, and what a whole run comes to.
//!
//! Users of `reconnect-async` and `reconnect-blocking` meet these types there. If you write a driver over another
//! HTTP client, the whole loop is this:
//!
//! ```
//! use reconnect_core::{
//!     Account, DriveError, Fault, Instance, Keys, Rendered, Reply, Snapshot, Stepped, StoreError, StoredSession, Timestamp,
//!     drive::Next,
//! };
//! # struct Store;
//! # impl Store {
//! #     fn load(&self) -> Result<Option<Snapshot>, StoreError> { Ok(None) }
//! #     fn swap(&self, _: Option<u64>, _: &Snapshot) -> Result<(), StoreError> { Ok(()) }
//! #     fn finish(&self, _: Option<u64>, _: &Snapshot, _: &[Account]) -> Result<(), StoreError> { Ok(()) }
//! # }
//! # fn clock() -> Timestamp { Timestamp::from_millis(1_780_000_000_000) }
//! # fn exchange(_: &Rendered) -> Result<Reply, Fault> { Err(Fault::NOT_SENT) }
//!
//! fn step(session: &mut StoredSession, store: &Store, instance: &Instance, keys: &Keys) -> Result<Stepped, DriveError> {
//!     loop {
//!         let turn = session.turn(clock(), instance, keys)?;
//!         if let Some(snapshot) = turn.snapshot() {
//!             let stored = match turn.accounts() {
//!                 Some(accounts) => store.finish(session.loaded(), snapshot, accounts),
//!                 None => store.swap(session.loaded(), snapshot),
//!             };
//!             if let Err(error) = stored {
//!                 error.is_conflict()?;
//!                 let row = store.load()?;
//!                 session.reload(clock(), row)?;
//!                 continue;
//!             }
//!         }
//!         match session.take(turn) {
//!             Next::Send(request) => {
//!                 if let Some(under_way) = session.begin_exchange(request.id, clock) {
//!                     under_way.finish(exchange(&request));
//!                 }
//!             }
//!             Next::Stop(step) => return Ok(step),
//!         }
//!     }
//! }
//! # use reconnect_core::{LoginId, drive::Plan};
//! # let instance = Instance::named("toolbox", "c")?;
//! # let keys = Keys { secret: Some("k".into()), api: None };
//! # let mut session = Plan::refresh(LoginId::new("l")?).session(clock(), &instance, &keys);
//! # assert!(matches!(step(&mut session, &Store, &instance, &keys)?, Stepped::Wait { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::{
    account::Account,
    action::Pause,
    connect::url::WidgetUrl,
    deadline::Why,
    error::{Misuse, RenderError, RestoreError},
    event::{Event, Heard},
    failure::Failure,
    fault::Fault,
    ids::{LoginId, RequestId},
    instance::Instance,
    keys::Keys,
    known::Known,
    outcome::{Outcome, Refreshed},
    policy::{Policy, TokenUse},
    render::Rendered,
    reply::Reply,
    request::ExchangeId,
    secret::Secret,
    selection::Selection,
    session::{Session, Work},
    snapshot::Snapshot,
    time::Timestamp,
};
use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::{error::Error, fmt, ops::Deref};

/// Swaps that other nodes may win in a row before a driver leaves the row to them. Ours: each one is another's
/// progress, so a second in a row is rare, and a store that always refuses must not be asked for ever.
const CONFLICTS: u8 = 8;

/// Why a driver stopped before the session did.
///
/// ```
/// use reconnect_core::{DriveError, StoreError};
/// assert!(matches!(DriveError::from(StoreError::Conflict), DriveError::Conflict));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriveError {
    /// Another node has the session, and nothing was sent: load it again.
    #[error("another node has the session: load it again")]
    Conflict,
    /// The row holds another session than the caller's, and nothing was sent: a row is for one session, from its
    /// beginning until it is forgotten.
    #[error("the row holds another session: give each session a row of its own")]
    OtherSession,
    /// The store failed. The session is as it was: the same call may be made again.
    #[error("the store failed: {0}")]
    Store(#[source] Box<dyn Error + Send + Sync>),
    /// What the store has cannot be restored.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// A key is missing, or the session is another instance's. Nothing was sent.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The caller's bug.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// The HTTP client cannot be set up, for example because there are no root certificates.
    #[error("the HTTP client cannot be set up: {0}")]
    Http(#[source] Box<dyn Error + Send + Sync>),
}

/// Why a store did not do as it was asked.
///
/// ```
/// use reconnect_core::StoreError;
/// let error = StoreError::failed(std::io::Error::other("no such table"));
/// assert_eq!(error.to_string(), "no such table");
/// ```
#[derive(Debug, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "a swap is refused or goes wrong")]
pub enum StoreError {
    /// The row has another revision than the one that was loaded.
    #[error("the row has another revision than the one that was loaded")]
    Conflict,
    /// Anything else.
    #[error(transparent)]
    Failed(Box<dyn Error + Send + Sync>),
}

impl StoreError {
    /// A store's own error.
    pub fn failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(error.into())
    }

    /// Goes on where another node won, and returns where the store failed.
    ///
    /// # Errors
    /// [`DriveError::Store`].
    pub fn is_conflict(self) -> Result<(), DriveError> {
        match self {
            Self::Conflict => Ok(()),
            Self::Failed(error) => Err(DriveError::Store(error)),
        }
    }
}

impl From<StoreError> for DriveError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            StoreError::Failed(error) => Self::Store(error),
        }
    }
}

/// How far a driver got without sleeping.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "what is not sent is waited for, by a clock or by somebody")]
pub enum Stepped {
    /// Nothing until then: park the session, and step again at that moment.
    Wait {
        /// When to step again.
        until: Timestamp,
    },
    /// Nothing until somebody tells the session something, or for good.
    Pause(Pause),
}

/// What a turn comes to. See [`StoredSession::take`].
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a driver sends, or it stops here")]
pub enum Next {
    /// Send this. A store has the snapshot that says so.
    Send(Rendered),
    /// There is nothing to send now.
    Stop(Stepped),
}

/// A session, the revision of it that a store has, and what it was told since.
///
/// It looks like a [`Session`] and is told things by [`tell`](Self::tell), which remembers them until they are kept:
/// where another node kept something in the meantime, they are told once more to what it kept. Tells commute, so
/// nothing is lost and nothing is sent twice.
///
/// ```
/// use reconnect_core::{Event, StoredSession, Known, LoginId, Policy, Selection, Session, Stage, Timestamp};
///
/// let now = Timestamp::from_millis(0);
/// let login = LoginId::new("5e115eac")?;
/// let mut session = StoredSession::new(Session::refresh(login, Known::default(), Selection::all(), Policy::default(), now));
/// assert_eq!((session.stage(), session.loaded()), (Stage::Authorizing, None));
/// session.tell(now, Event::Cancelled)?;
/// assert_eq!(session.stage(), Stage::Done);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct StoredSession {
    session: Session,
    /// The revision that the store has; none where it has none.
    loaded: Option<u64>,
    /// The store's row is of version 1, and so has no session id.
    nameless: bool,
    /// The store got the accounts together with the end.
    finished: bool,
    /// Since the last swap, with the moments.
    told: Vec<(Timestamp, Event)>,
    conflicts: u8,
}

// enter
impl StoredSession {
    /// A session that no store has yet.
    #[must_use]
    pub fn new(session: Session) -> Self {
        Self { session, loaded: None, nameless: false, finished: false, told: Vec::new(), conflicts: 0 }
    }

    /// The session that a store has.
    ///
    /// # Errors
    /// [`RestoreError`], as [`Session::restore`].
    ///
    /// ```
    /// # use reconnect_core::{StoredSession, Known, LoginId, Policy, Selection, Session, Timestamp};
    /// # let now = Timestamp::from_millis(0);
    /// # let login = LoginId::new("5e115eac")?;
    /// # let session = Session::refresh(login, Known::default(), Selection::all(), Policy::default(), now);
    /// let session = StoredSession::restore(session.snapshot())?;
    /// assert_eq!(session.loaded(), Some(0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restore(snapshot: Snapshot) -> Result<Self, RestoreError> {
        let (loaded, nameless) = (Some(snapshot.revision()), snapshot.id().is_none());
        Ok(Self { loaded, nameless, ..Self::new(Session::restore(snapshot)?) })
    }
}

// tell
impl StoredSession {
    /// Tells the session something, and remembers it until the session is stored. Answers without a prompt's number are
    /// for the prompt that stands now.
    ///
    /// # Errors
    /// [`Misuse`], as [`Session::answer`]; the session is as it was.
    pub fn tell(&mut self, now: Timestamp, mut event: Event) -> Result<Heard, Misuse> {
        if let Event::Answered(answers) = &mut event {
            let number = answers.number().or(Some(self.session.number()));
            *answers = answers.clone().numbered(number);
        }
        let heard = hear(&mut self.session, now, &event)?;
        self.told.push((now, event));
        Ok(heard)
    }

    /// Tells the session what came of a prompt; [`Event::Tick`] says that now is not the time.
    ///
    /// # Errors
    /// [`Stopped::NotNow`] with the session, and [`Misuse`].
    pub fn after_prompt(&mut self, now: Timestamp, event: Event) -> Result<Heard, Stopped> {
        if matches!(event, Event::Tick) {
            return Err(Stopped::NotNow(Box::new(self.clone())));
        }
        Ok(self.tell(now, event)?)
    }

    /// The accounts, handed over once. See [`Session::take_accounts`].
    pub fn take_accounts(&mut self) -> Option<Vec<Account>> {
        self.session.take_accounts()
    }
}

// drive
impl StoredSession {
    /// What comes next, tried on a copy: the session goes on only once the copy is kept and [taken](Self::take).
    ///
    /// # Errors
    /// [`RenderError`] where it cannot be sent.
    pub fn turn(&self, now: Timestamp, instance: &Instance, keys: &Keys) -> Result<Turn, RenderError> {
        // A session that ended changes only if a look is due for a hint. It may hold many accounts, so it is not
        // copied.
        let looks = self.session.deadline().is_some_and(|deadline| deadline.why == Why::Look);
        if self.session.outcome().is_some() && !looks {
            let unkept = (!self.is_stored()).then(|| self.session.snapshot());
            let next = Next::Stop(Stepped::Pause(Pause::Done));
            let accounts = self.session.accounts().filter(|_| unkept.is_some() && !self.finished).cloned();
            return Ok(Turn { session: None, unkept, accounts, told: self.told.len(), next });
        }
        let mut session = self.session.clone();
        let next = match session.poll_rendered(now, instance, keys)? {
            Work::Send(request) => Next::Send(request),
            Work::Wait { until } => Next::Stop(Stepped::Wait { until }),
            Work::Pause(pause) => Next::Stop(Stepped::Pause(pause)),
        };
        let unkept = (Some(session.revision()) != self.loaded).then(|| session.snapshot());
        Ok(Turn { session: Some(session), unkept, accounts: None, told: self.told.len(), next })
    }

    /// Goes on, now that the turn's snapshot is kept. What was told since the turn is told again, to the session after
    /// it. Then [`may_send`](Self::may_send) says whether a request still goes out, and [`is_stored`](Self::is_stored)
    /// whether another turn comes first.
    pub fn take(&mut self, turn: Turn) -> Next {
        if let Some(kept) = &turn.unkept {
            (self.loaded, self.nameless) = (Some(kept.revision()), kept.id().is_none());
        }
        self.finished |= turn.accounts.is_some();
        let mut since = self.told.split_off(turn.told.min(self.told.len()));
        if let Some(mut session) = turn.session {
            // An answer that no longer fits is left out, as after a reload.
            since.retain(|(at, event)| hear(&mut session, *at, event).is_ok());
            self.session = session;
        }
        (self.told, self.conflicts) = (since, 0);
        turn.next
    }

    /// Another node kept something in the meantime, and `row` is what: goes on from there, with what was told since.
    ///
    /// # Errors
    /// [`DriveError::Conflict`] if nothing was told, so that the session is the other node's; if the row is gone; or if
    /// other nodes kept winning. [`DriveError::OtherSession`] if the row was given to another session.
    /// [`DriveError::Restore`] if the row cannot be read. The session is then as it was.
    pub fn reload(&mut self, now: Timestamp, row: Option<Snapshot>) -> Result<(), DriveError> {
        let row = row.filter(|_| !self.told.is_empty() && self.conflicts < CONFLICTS).ok_or(DriveError::Conflict)?;
        let mut fresh = Self::restore(row)?;
        if !self.is_same(&fresh) {
            return Err(DriveError::OtherSession);
        }
        // An answer that no longer fits was overtaken by the other node, and is not told again. Every other event fits.
        self.told.retain(|(_, event)| hear(&mut fresh.session, now, event).is_ok());
        (self.session, self.loaded, self.nameless) = (fresh.session, fresh.loaded, fresh.nameless);
        self.finished = false;
        self.conflicts += 1;
        Ok(())
    }

    /// Whether the row that was loaded again is this session's. A row of version 1 is compared by its login and its
    /// requests.
    fn is_same(&self, row: &Self) -> bool {
        if !self.nameless && !row.nameless {
            return self.session.snapshot_id() == row.session.snapshot_id();
        }
        let login = self.session.login().is_some() && self.session.login() == row.session.login();
        let theirs = row.session.requests();
        login || self.session.requests().iter().any(|request| theirs.contains(request))
    }

    /// Whether the request that was [taken](Self::take) as `id` may still be sent. See [`Session::may_send`].
    pub fn may_send(&mut self, now: Timestamp, id: ExchangeId) -> bool {
        let in_time = self.session.in_time(now, id);
        if !in_time {
            // Only answers can be misused.
            let _ = self.tell(now, Event::Received(id, Err(Fault::NOT_SENT)));
        }
        in_time
    }

    /// A request is about to be sent. Whatever becomes of its sender, the session is told. `None` if it
    /// [may not be sent](Self::may_send) any more.
    pub fn begin_exchange<F: Fn() -> Timestamp>(&mut self, id: ExchangeId, clock: F) -> Option<Exchange<'_, F>> {
        self.may_send(clock(), id).then(|| Exchange { session: self, id, clock, finished: false })
    }
}

// look
impl StoredSession {
    /// The revision that the store has; `None` where it has none.
    #[must_use]
    pub fn loaded(&self) -> Option<u64> {
        self.loaded
    }

    /// Whether the store has the session as it is now. If not, another turn has a snapshot for it.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        Some(self.session.revision()) == self.loaded
    }

    /// When the widget may be opened again: at most one mint for a showing goes out in 10 s (decision 67).
    #[must_use]
    pub fn opens_again(&self) -> Option<Timestamp> {
        self.session.deadline().filter(|deadline| deadline.why == Why::OpenAgain).map(|deadline| deadline.at)
    }

    /// What a session that paused for good has come to.
    ///
    /// # Errors
    /// [`Stopped`] where that is not accounts.
    ///
    /// ```
    /// use reconnect_core::{Event, Instance, Keys, LoginId, Reason, Stopped, Timestamp, drive::Plan};
    ///
    /// let (now, instance) = (Timestamp::from_millis(0), Instance::named("toolbox", "c")?);
    /// let mut session = Plan::refresh(LoginId::new("5e115eac")?).session(now, &instance, &Keys::default());
    /// let Err(Stopped::NotNow(session_again)) = session.clone().done() else { panic!("it goes on") };
    /// assert_eq!(session_again.stage(), session.stage());
    ///
    /// session.after_prompt(now, Event::Cancelled)?;
    /// let Err(Stopped::Failed(failure)) = session.done() else { panic!("it was cancelled") };
    /// assert_eq!(failure.reason(), Reason::Cancelled);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn done(mut self) -> Result<Done, Stopped> {
        let accounts = self.session.take_accounts();
        match (self.session.outcome(), accounts) {
            (Some(Outcome::Refreshed(refreshed)), Some(accounts)) => {
                Ok(Done { accounts, refreshed: refreshed.clone() })
            }
            (Some(Outcome::Refreshed(_)), None) if self.session.withholds() => {
                Err(Stopped::Unconfirmed(Box::new(self)))
            }
            (Some(Outcome::Refreshed(refreshed)), None) => Err(Stopped::HandedOver(Box::new(refreshed.clone()))),
            (Some(Outcome::Failed(failure)), _) => Err(Stopped::Failed(Box::new(failure.clone()))),
            (None, _) => Err(Stopped::NotNow(Box::new(self))),
        }
    }
}

impl Deref for StoredSession {
    type Target = Session;
    fn deref(&self) -> &Session {
        &self.session
    }
}

impl From<Session> for StoredSession {
    fn from(session: Session) -> Self {
        Self::new(session)
    }
}

/// Tells without taking the event: a reply may be large.
fn hear(session: &mut Session, now: Timestamp, event: &Event) -> Result<Heard, Misuse> {
    if let Event::Received(id, reply) = event {
        return Ok(session.receive(now, *id, reply.as_ref().map_err(|fault| *fault)));
    }
    session.tell(now, event.clone())
}

/// One turn of the loop, not yet taken. See [`StoredSession::turn`].
#[derive(Debug)]
pub struct Turn {
    /// The session after it; none where it is the same.
    session: Option<Session>,
    unkept: Option<Snapshot>,
    /// What the store takes together with it.
    accounts: Option<Arc<Vec<Account>>>,
    /// How many tells it knows.
    told: usize,
    next: Next,
}

impl Turn {
    /// What a store has to keep before the turn is taken; `None` where it has it already.
    #[must_use]
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.unkept.as_ref()
    }

    /// The accounts, if the session ended with them and the store has not got them: it keeps them together with the
    /// snapshot, so that both are there or neither. At most one turn that is taken has them.
    ///
    /// ```
    /// use reconnect_core::{Event, Instance, Keys, Reply, RequestId, Timestamp, drive::Plan};
    ///
    /// let (now, instance, keys) = (Timestamp::from_millis(0), Instance::named("toolbox", "c")?, Keys::default());
    /// let mut session = Plan::resume(RequestId::new("r-1")?).session(now, &instance, &keys);
    /// let turn = session.turn(now, &instance, &keys)?;
    /// assert!(turn.accounts().is_none());
    /// let reconnect_core::drive::Next::Send(look) = session.take(turn) else { panic!("it looks first") };
    /// let reply = Reply { status: 200, body: br#"{"Accounts":[{"Id":"a-1"}]}"#.to_vec(), ..Reply::default() };
    /// session.tell(now, Event::Received(look.id, Ok(reply)))?;
    /// let turn = session.turn(now, &instance, &keys)?;
    /// assert_eq!(turn.accounts().map(<[_]>::len), Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn accounts(&self) -> Option<&[Account]> {
        self.accounts.as_deref().map(Vec::as_slice)
    }

    /// Whether its request can reach the bank, so that it is sent once: a store must not lose this snapshot, whatever
    /// becomes of its machine.
    ///
    /// ```
    /// use reconnect_core::{Instance, Keys, LoginId, Timestamp, drive::Plan};
    ///
    /// let (now, instance) = (Timestamp::from_millis(0), Instance::named("toolbox", "c")?);
    /// // Without a key no token is minted: the live call comes first.
    /// let session = Plan::refresh(LoginId::new("5e115eac")?).session(now, &instance, &Keys::default());
    /// assert!(session.turn(now, &instance, &Keys::default())?.goes_once());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn goes_once(&self) -> bool {
        matches!(&self.next, Next::Send(request) if request.once)
    }
}

/// A request that is under way. If it is dropped before it [finishes](Self::finish), by a future that is cancelled or by
/// a transport that panics, the session is told that the exchange is lost.
///
/// ```
/// use reconnect_core::{Instance, Keys, LoginId, Timestamp, drive::{Next, Plan}};
///
/// let now = Timestamp::from_millis(0);
/// let (instance, keys) = (Instance::named("toolbox", "c")?, Keys { secret: Some("k".into()), api: None });
/// let mut session = Plan::refresh(LoginId::new("5e115eac")?).session(now, &instance, &keys);
/// let turn = session.turn(now, &instance, &keys)?;
/// let Next::Send(request) = session.take(turn) else { panic!("a mint comes first") };
/// drop(session.begin_exchange(request.id, || now));
/// assert_eq!(session.deadline().map(|deadline| deadline.why), Some(reconnect_core::Why::Retry));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Exchange<'a, F: Fn() -> Timestamp> {
    session: &'a mut StoredSession,
    id: ExchangeId,
    clock: F,
    finished: bool,
}

impl<F: Fn() -> Timestamp> Exchange<'_, F> {
    /// Tells what came back, or what came instead.
    pub fn finish(mut self, reply: Result<Reply, Fault>) {
        self.finished = true;
        self.tell(Event::Received(self.id, reply));
    }

    fn tell(&mut self, event: Event) {
        let now = (self.clock)();
        // Only answers can be misused.
        let _ = self.session.tell(now, event);
    }
}

impl<F: Fn() -> Timestamp> Drop for Exchange<'_, F> {
    fn drop(&mut self) {
        if !self.finished {
            self.tell(Event::Lost(self.id));
        }
    }
}

impl<F: Fn() -> Timestamp> fmt::Debug for Exchange<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a run is for, before it begins.
///
/// ```
/// use reconnect_core::{Instance, Keys, LoginId, Stage, Timestamp, drive::Plan};
///
/// let (instance, now) = (Instance::named("toolbox", "c")?, Timestamp::from_millis(0));
/// let session = Plan::refresh(LoginId::new("5e115eac")?).session(now, &instance, &Keys::default());
/// assert_eq!(session.stage(), Stage::Authorizing);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Plan {
    start: Start,
    keep: Selection,
    known: Known,
    policy: Policy,
}

#[derive(Clone, Debug)]
enum Start {
    Refresh(LoginId),
    Resume(RequestId),
}

impl Plan {
    /// A live refresh of a stored connection.
    #[must_use]
    pub fn refresh(login: LoginId) -> Self {
        Self::new(Start::Refresh(login))
    }

    /// An interrupted session goes on.
    #[must_use]
    pub fn resume(request: RequestId) -> Self {
        Self::new(Start::Resume(request))
    }

    fn new(start: Start) -> Self {
        Self { start, keep: Selection::all(), known: Known::default(), policy: Policy::DEFAULT }
    }

    /// Keeps these accounts only. Without it, all.
    #[must_use]
    pub fn keep(self, keep: Selection) -> Self {
        Self { keep, ..self }
    }

    /// With what the caller happens to know.
    #[must_use]
    pub fn known(self, known: Known) -> Self {
        Self { known, ..self }
    }

    /// By another policy than the Reconnect page's.
    #[must_use]
    pub fn policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// The session in a store's row, if it is this plan's: it has the same login or request, the same key and the same
    /// instance.
    ///
    /// # Errors
    /// [`DriveError::OtherSession`] if it is another session, [`DriveError::Render`] if it is of another instance, and
    /// [`DriveError::Restore`].
    ///
    /// ```
    /// use reconnect_core::{DriveError, Instance, Keys, LoginId, Timestamp, drive::Plan};
    ///
    /// let (instance, now) = (Instance::named("toolbox", "c")?, Timestamp::from_millis(0));
    /// let row = Plan::refresh(LoginId::new("alice")?).session(now, &instance, &Keys::default()).snapshot();
    /// let bob = Plan::refresh(LoginId::new("bob")?);
    /// assert!(matches!(bob.restore(row, &instance), Err(DriveError::OtherSession)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restore(&self, row: Snapshot, instance: &Instance) -> Result<StoredSession, DriveError> {
        row.belongs_to(instance)?;
        let key = row.key() == self.known.clone().for_every_store().key.as_deref();
        let session = StoredSession::restore(row)?;
        let same = match &self.start {
            Start::Refresh(login) => session.login() == Some(login),
            Start::Resume(request) => session.requests().contains(request),
        };
        if key && same { Ok(session) } else { Err(DriveError::OtherSession) }
    }

    /// The session. It belongs to `instance`, and without a secret key it mints no token (decision 34).
    #[must_use]
    pub fn session(mut self, now: Timestamp, instance: &Instance, keys: &Keys) -> StoredSession {
        self.known.instance = self.known.instance.or(Known::at(instance).instance);
        if keys.secret.is_none() {
            self.policy.token = TokenUse::Without;
        }
        StoredSession::new(match self.start {
            Start::Refresh(login) => Session::refresh(login, self.known, self.keep, self.policy, now),
            Start::Resume(request) => Session::resume(request, self.known, self.keep, self.policy, now),
        })
    }
}

/// A part of a driver whose `Debug` says nothing: somebody else's transport, clock or store.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a part and nothing else")]
pub struct NoDebug<T>(pub T);

impl<T> Deref for NoDebug<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for NoDebug<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// What a run was for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Done {
    /// The accounts that were kept.
    pub accounts: Vec<Account>,
    /// What became of the connection and of each account that was selected.
    pub refreshed: Refreshed,
}

/// Why a run came to no accounts.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Stopped {
    /// The session failed: [`Failure::recovery`] says what to do next.
    #[error(transparent)]
    Failed(Box<Failure>),
    /// The end user is asked, and it was said that this is not the time. The session waits, here and in the store.
    #[error("the end user is asked and does not answer now")]
    NotNow(Box<StoredSession>),
    /// The session was over before this run, and its accounts were handed over then. Where they were not taken in, a
    /// `resume` of [`Refreshed::request`] brings them once more while the service still has the session.
    #[error("the session was refreshed before, and its accounts were handed over then")]
    HandedOver(Box<Refreshed>),
    /// The session's `requestId` came from a browser. Check that [`Session::login`](crate::Session::login) is this
    /// user's, [confirm](crate::Session::confirm) it, and take the accounts by [`StoredSession::done`].
    #[error("the session was begun on a browser's word: confirm whose login it is before its accounts are taken")]
    Unconfirmed(Box<StoredSession>),
    /// The driver stopped before the session did.
    #[error(transparent)]
    Drive(#[from] DriveError),
}

impl From<Misuse> for Stopped {
    fn from(misuse: Misuse) -> Self {
        Self::Drive(misuse.into())
    }
}

/// The URL of the ordinary Connect session that takes a failed one's place. `token` was minted for it, outside a
/// session; without one, the URL has none.
///
/// ```
/// use reconnect_core::{Event, Instance, Keys, LoginId, Outcome, Secret, Timestamp, drive::{self, Plan}};
///
/// let (now, instance) = (Timestamp::from_millis(0), Instance::named("toolbox", "c")?);
/// let keys = Keys { secret: Some("k".into()), api: None };
/// let mut session = Plan::refresh(LoginId::new("5e115eac")?).session(now, &instance, &keys);
/// session.tell(now, Event::Cancelled)?;
/// let Some(Outcome::Failed(failure)) = session.outcome() else { panic!("it was cancelled") };
///
/// let url = drive::start_over(failure, &instance, Some(&Secret::from("t-1")));
/// assert!(url.expose().ends_with("?authorizeToken=t-1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn start_over(failure: &Failure, instance: &Instance, token: Option<&Secret>) -> WidgetUrl {
    let url = WidgetUrl::start_over(instance, failure.start_over());
    match token {
        Some(token) => url.with_token(token),
        None => url,
    }
}
