//! `Sessions`: the table of sessions, and how a session is found in it.

use crate::database::{Database, read};
use crate::error::Error;
use crate::key::Key;
use crate::options::Options;
use crate::write::{Write, Wrote, due_at, millis, moment, revision};
use core::time::Duration;
use reconnect_async::{AccountId, Clock, LoginId, RequestId, Session, Snapshot, Timestamp};
use serde_json::value::RawValue;
use std::sync::Arc;

/// How long a row that was due belongs to the server that took it. While it is driven, it is due at the limit of its
/// request.
const LEASE: Duration = Duration::from_secs(30);
/// How many rows a sweep takes at once.
const SWEEP_ROWS: i64 = 1_000;
/// How long a row that nobody can read or go on with bars its login: as long as a live call without an answer at most
/// does (decision 74).
const BARRED: Duration = Duration::from_secs(30 * 60);

/// Sessions in a database. It is cheap to clone, and clones share the connections.
///
/// ```
/// use reconnect_store::Sessions;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// // In production: "sqlite:/var/lib/app/reconnect.db", or "postgres://app:secret@db.example/app".
/// let sessions = Sessions::open("sqlite::memory:").await?;
/// let row = sessions.new_row(Some("user-7"));
/// assert!(sessions.find(row.key()).await?.is_none(), "a row is there from its first swap on");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Sessions {
    pub(crate) database: Database,
    pub(crate) options: Arc<Options>,
    clock: Arc<dyn Clock>,
}

/// A row of the table, without its snapshot.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// Our own name for the session.
    pub key: Key,
    /// The app's own name for its user.
    pub owner: Option<String>,
    /// The connection.
    pub login: Option<LoginId>,
    /// [`Stage::as_str`](reconnect_async::Stage::as_str).
    pub stage: String,
    /// Why it failed, in one word; see [`Failure::reason`](reconnect_async::Failure::reason).
    pub reason: Option<String>,
    /// `done`, or what to do: [`Advice::as_str`](reconnect_async::Advice::as_str). `None` while it is under way.
    pub result: Option<String>,
    /// The ids of the accounts that were kept. `None` unless it is done.
    pub kept: Option<Vec<AccountId>>,
    /// Whether the app said that it [has](Sessions::taken) the accounts.
    pub is_taken: bool,
    /// Whether it bars another session of its login, until `closed_at` if there is one.
    pub holds_login: bool,
    /// Whether its snapshot was deleted.
    pub is_forgotten: bool,
    /// When to go on with it.
    pub due_at: Option<Timestamp>,
    /// When the live call was handed out.
    pub live_at: Option<Timestamp>,
    /// When its row was made.
    pub created_at: Timestamp,
    /// When it closed, or, if nothing is heard of it, when time closes it.
    pub closed_at: Option<Timestamp>,
}

type Columns = (
    String,
    Option<String>,
    Option<String>,
    String,
    Option<String>,
    bool,
    bool,
    Option<i64>,
    Option<i64>,
    i64,
    Option<i64>,
    Option<String>,
    Option<Vec<u8>>,
    bool,
);

macro_rules! found {
    ($rest:literal) => {
        concat!(
            "SELECT key, owner, login, stage, reason, holds_login, snapshot IS NULL, due_at, live_at, created_at, ",
            "closed_at, result, kept, taken_at IS NOT NULL ",
            "FROM reconnect_session ",
            $rest
        )
    };
}

impl Sessions {
    /// A store with the default options.
    ///
    /// # Errors
    /// As [`Options::open`].
    pub async fn open(url: &str) -> Result<Self, Error> {
        Self::options(url).open().await
    }

    /// A store, by other options.
    ///
    /// ```
    /// use core::time::Duration;
    /// use reconnect_store::Sessions;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let a_week = Duration::from_secs(7 * 86_400);
    /// let sessions = Sessions::options("sqlite::memory:").retention(a_week).open().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn options(url: &str) -> Options {
        Options::new(url)
    }

    /// The same table by another clock.
    pub(crate) fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The session in a row.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Forgotten`], [`Error::Broken`], [`Error::Seal`] and [`Error::Database`].
    pub async fn session(&self, key: &Key) -> Result<Session, Error> {
        let snapshot = self.snapshot(key).await?.ok_or(Error::Unknown)?;
        Session::restore(snapshot).map_err(Error::Broken)
    }

    /// What a row has; `None` if there is no row.
    pub(crate) async fn snapshot(&self, key: &Key) -> Result<Option<Snapshot>, Error> {
        let sql = "SELECT snapshot FROM reconnect_session WHERE key = $1";
        let row: Option<Option<Vec<u8>>> =
            read!(self.database, pool => sqlx::query_scalar(sql).bind(key.as_str()).fetch_optional(pool).await?);
        let Some(snapshot) = row else { return Ok(None) };
        let text = self.options.seal.open(key, &snapshot.ok_or(Error::Forgotten)?).map_err(Error::Seal)?;
        let text = String::from_utf8(text).map_err(|error| Error::Seal(error.into()))?;
        Snapshot::from_json(&text).map(Some).map_err(Error::Broken)
    }

    /// A row, by our own key.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn find(&self, key: &Key) -> Result<Option<Found>, Error> {
        Ok(self.all(found!("WHERE key = $1"), key.as_str()).await?.pop())
    }

    /// A row of this user of yours. Ask so before you tell or show anything of a session whose key came from a browser.
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is no such row, or if it is another user's; and [`Error::Database`].
    ///
    /// ```
    /// use reconnect_store::{Error, Key, Sessions};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sessions = Sessions::open("sqlite::memory:").await?;
    /// assert!(matches!(sessions.owned(&Key::random(), "user-7").await, Err(Error::Unknown)));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn owned(&self, key: &Key, owner: &str) -> Result<Found, Error> {
        let found = self.find(key).await?;
        found.filter(|found| found.owner.as_deref() == Some(owner)).ok_or(Error::Unknown)
    }

    /// The newest session that ever had this `requestId`. Use it for a webhook whose signature was checked, and never
    /// for a redirect: a browser can be made to say any `requestId`.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn by_request(&self, request: &RequestId) -> Result<Option<Found>, Error> {
        let sql = found!(
            "WHERE key IN (SELECT key FROM reconnect_request WHERE request = $1) ORDER BY created_at DESC, key LIMIT 1"
        );
        Ok(self.all(sql, request.as_str()).await?.pop())
    }

    /// The sessions of a login, the newest first, 100 at most.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn by_login(&self, login: &LoginId) -> Result<Vec<Found>, Error> {
        self.all(found!("WHERE login = $1 ORDER BY created_at DESC, key LIMIT 100"), login.as_str()).await
    }

    /// The sessions with this [tag](reconnect_async::Known::tag), the newest first, 100 at most.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn by_tag(&self, tag: &str) -> Result<Vec<Found>, Error> {
        self.all(found!("WHERE tag = $1 ORDER BY created_at DESC, key LIMIT 100"), tag).await
    }

    /// The sessions of one of your users, the newest first, 100 at most.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn by_owner(&self, owner: &str) -> Result<Vec<Found>, Error> {
        self.all(found!("WHERE owner = $1 ORDER BY created_at DESC, key LIMIT 100"), owner).await
    }

    /// `None` for a key that is none of ours.
    fn found(&self, columns: Columns) -> Result<Option<Found>, Error> {
        let (key, owner, login, stage, reason, holds_login, is_forgotten, due_at, live_at, created_at, closed_at, ..) =
            &columns;
        let (.., result, kept, is_taken) = &columns;
        let Ok(key) = key.parse::<Key>() else { return Ok(None) };
        let kept = match kept {
            None => None,
            Some(kept) => {
                let kept = self.options.seal.open(&key, kept).map_err(Error::Seal)?;
                let ids: Vec<String> = serde_json::from_slice(&kept).map_err(|error| Error::Seal(error.into()))?;
                Some(ids.iter().filter_map(|id| AccountId::new(id).ok()).collect())
            }
        };
        Ok(Some(Found {
            key,
            owner: owner.clone(),
            login: login.as_deref().and_then(|login| LoginId::new(login).ok()),
            stage: stage.clone(),
            reason: reason.clone(),
            result: result.clone(),
            kept,
            is_taken: *is_taken,
            holds_login: *holds_login,
            is_forgotten: *is_forgotten,
            due_at: due_at.map(moment),
            live_at: live_at.map(moment),
            created_at: moment(*created_at),
            closed_at: closed_at.map(moment),
        }))
    }

    async fn all(&self, sql: &'static str, is: &str) -> Result<Vec<Found>, Error> {
        if is.contains('\0') {
            return Ok(Vec::new()); // no text in PostgreSQL has it
        }
        let rows: Vec<Columns> = read!(self.database, pool => sqlx::query_as(sql).bind(is).fetch_all(pool).await?);
        rows.into_iter().filter_map(|row| self.found(row).transpose()).collect()
    }

    /// Takes rows whose time has come: no other server gets them for 30 s. Go on with each by
    /// [`Driver::step`](crate::Driver::step). A row that did not change is due again after these 30 s.
    /// [`Driver::run`](crate::Driver::run) does all of it.
    ///
    /// # Errors
    /// [`Error::Database`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sessions = reconnect_store::Sessions::open("sqlite::memory:").await?;
    /// for key in sessions.due(32).await? {
    ///     println!("{key:?} is due");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn due(&self, limit: u32) -> Result<Vec<Key>, Error> {
        let now = self.now();
        let due = Write::Due { now: millis(now), until: millis(now + LEASE), limit: limit.into() };
        match self.database.write(&Arc::new(due)).await? {
            Wrote::Keys(keys) => Ok(keys),
            Wrote::Rows(_) | Wrote::Swap(_) => Err(Error::Ended),
        }
    }

    /// Gives a row back that was due and whose session did not change: it is due again at the session's own deadline.
    pub(crate) async fn park(&self, key: &Key, session: &Session) -> Result<(), Error> {
        // Never at once: whatever was due and did not change lets the others pass.
        let soon = millis(self.now() + Duration::from_secs(1));
        let due_at = due_at(session.deadline()).map(|due_at| due_at.max(soon));
        self.rows(Write::Park { key: key.clone(), revision: revision(session.revision()), due_at }).await?;
        Ok(())
    }

    /// Whether this session, which has a login, has let go of it. It does if time has closed it; and, 30 minutes after
    /// its live call, also if nobody can go on with it, since its row cannot be read or is another instance's.
    pub(crate) async fn let_go(&self, key: &Key, instance: Option<&str>) -> Result<bool, Error> {
        let now = self.now();
        if self.rows(Write::Release { key: key.clone(), now: millis(now) }).await? > 0 {
            return Ok(true);
        }
        match self.snapshot(key).await {
            Ok(None) => return Ok(true),
            Ok(Some(snapshot)) if snapshot.instance() == instance => return Ok(false),
            Ok(Some(_)) | Err(_) => {}
        }
        let before = millis(now.before(BARRED));
        Ok(self.rows(Write::GiveUp { key: key.clone(), now: millis(now), before }).await? > 0)
    }

    /// The session that has this login.
    pub(crate) async fn holder(&self, login: &LoginId) -> Result<Option<Found>, Error> {
        Ok(self.all(found!("WHERE login = $1 AND holds_login"), login.as_str()).await?.pop())
    }

    /// Deletes the snapshots of sessions that are over, an hour after their end, and the rows that are older than the
    /// [retention](Options::retention). [`Driver::run`](crate::Driver::run) calls it.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn sweep(&self) -> Result<(), Error> {
        let now = self.now();
        let before = millis(now.before(self.options.retention));
        // A few at a time, so that no swap waits for long.
        while self.rows(Write::Sweep { now: millis(now), before, limit: SWEEP_ROWS }).await? >= SWEEP_ROWS as u64 {}
        Ok(())
    }

    /// Deletes all that is stored of a login. A session of it that is under way stores nothing more: a
    /// [`Driver`](crate::Driver) returns [`Error::Unknown`], and `step` a conflict. Flinks is not told: if a live call
    /// is under way, the bank goes on with it, and a session that you begin now may text the user once more.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn erase(&self, login: &LoginId) -> Result<(), Error> {
        self.rows(Write::Erase { login: login.as_str().to_owned() }).await.map(drop)
    }

    /// The accounts of a session that ended with them, as JSON, in the order of the reply; empty once they are
    /// [taken](Self::taken), and if the app has a [sink](Options::sink) of its own.
    ///
    /// # Errors
    /// [`Error::Seal`] and [`Error::Database`].
    pub async fn accounts(&self, key: &Key) -> Result<Vec<Box<RawValue>>, Error> {
        let sql = "SELECT body FROM reconnect_account WHERE key = $1 ORDER BY position";
        let bodies: Vec<Vec<u8>> =
            read!(self.database, pool => sqlx::query_scalar(sql).bind(key.as_str()).fetch_all(pool).await?);
        let open = |body: Vec<u8>| {
            let plain = self.options.seal.open(key, &body).map_err(Error::Seal)?;
            serde_json::from_slice(&plain).map_err(|error| Error::Seal(error.into()))
        };
        bodies.into_iter().map(open).collect()
    }

    /// The app has the accounts of this session: deletes them here.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn taken(&self, key: &Key) -> Result<(), Error> {
        self.rows(Write::Taken { key: key.clone(), now: millis(self.now()) }).await.map(drop)
    }

    pub(crate) async fn rows(&self, write: Write) -> Result<u64, Error> {
        match self.database.write(&Arc::new(write)).await? {
            Wrote::Rows(rows) => Ok(rows),
            Wrote::Keys(_) | Wrote::Swap(_) => Err(Error::Ended),
        }
    }

    /// Closes the connections, once they are idle.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

impl Options {
    /// Opens the store, and makes its tables or brings them up to date.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::Weaker`], [`Error::Newer`], [`Error::Migrate`] and [`Error::Database`].
    pub async fn open(self) -> Result<Sessions, Error> {
        let database = Database::open(&self).await?;
        let clock = self.clock.clone();
        Ok(Sessions { database, options: Arc::new(self), clock })
    }
}

impl core::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Sessions").field("options", &self.options).finish_non_exhaustive()
    }
}

/// No owner: it may be a name.
impl core::fmt::Debug for Found {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut shown = f.debug_struct("Found");
        shown.field("key", &self.key).field("login", &self.login).field("stage", &self.stage);
        shown.field("reason", &self.reason).finish_non_exhaustive()
    }
}
