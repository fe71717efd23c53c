//! What the loop needs of the world: a transport, a clock and a store.

use reconnect_core::{Account, Fault, Rendered, Reply, Snapshot, StoreError, Timestamp};
use std::time::{SystemTime, UNIX_EPOCH};

/// Sends one request and brings back its reply, whole.
///
/// Implement it over your own HTTP client, or pass a closure. What it has to keep to stands at [`Rendered`]: these
/// headers, no redirect, the limits, every status as data. It never sends a request a second time.
///
/// ```
/// use reconnect_blocking::{Fault, Rendered, Reply, Transport};
///
/// fn takes(_: impl Transport) {}
/// takes(|request: Rendered| {
///     assert!(request.url.starts_with("https://"));
///     Ok::<_, Fault>(Reply { status: 200, ..Reply::default() })
/// });
/// ```
pub trait Transport: Send + Sync {
    /// The reply, or why there is none and whether the request may have got there all the same.
    fn exchange(&self, request: &Rendered) -> Result<Reply, Fault>;
}

impl<F: Fn(Rendered) -> Result<Reply, Fault> + Sync + Send> Transport for F {
    fn exchange(&self, request: &Rendered) -> Result<Reply, Fault> {
        self(request.clone())
    }
}

/// A wall clock, and sleep. What is not implemented is the system's; a test implements both, and its time is a number.
pub trait Clock: Send + Sync {
    /// The moment.
    fn now(&self) -> Timestamp {
        Timestamp::default() + SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    /// Returns at `moment` or soon after. Too early is no harm: the session says again until when.
    fn sleep_until(&self, moment: Timestamp) {
        std::thread::sleep(self.now().until(moment));
    }
}

/// The system's clock.
///
/// ```
/// use reconnect_blocking::{Clock, SystemClock, Timestamp};
/// assert!(SystemClock.now() > Timestamp::from_millis(1_700_000_000_000));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {}

/// The row of one session. The outstanding request in it is the lock that keeps two nodes from sending the same
/// request; no other lock is needed. A new session gets a new row. Revisions are comparable within one session only, so
/// a swap compares the session's id too.
///
/// `()` keeps nothing.
///
/// ```
/// use reconnect_blocking::{Snapshot, SessionRow, StoreError};
/// use std::sync::Mutex;
///
/// #[derive(Default)]
/// struct Row(Mutex<Option<String>>);
///
/// impl SessionRow for Row {
///     fn load(&self) -> Result<Option<Snapshot>, StoreError> {
///         let row = self.0.lock().unwrap().clone();
///         row.map(|text| Snapshot::from_json(&text)).transpose().map_err(StoreError::failed)
///     }
///     // UPDATE … SET snapshot = … WHERE revision = loaded AND session_id = …, or INSERT if nothing was loaded.
///     fn swap(&self, loaded: Option<u64>, snapshot: &Snapshot) -> Result<(), StoreError> {
///         let mut row = self.0.lock().unwrap();
///         let has = row.as_deref().map(Snapshot::from_json).transpose().map_err(StoreError::failed)?;
///         // A row that an old program wrote has no id until it changes: only its revision is compared.
///         let id = has.as_ref().and_then(Snapshot::id);
///         let is_anothers = id.is_some() && id != snapshot.id();
///         if has.map(|snapshot| snapshot.revision()) != loaded || is_anothers {
///             return Err(StoreError::Conflict);
///         }
///         *row = Some(snapshot.to_json());
///         Ok(())
///     }
/// }
/// # use reconnect_blocking::{Known, LoginId, Policy, Selection, Session, Timestamp};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let begun = |login: &str| -> Result<Snapshot, Box<dyn std::error::Error>> {
/// #     let (login, now) = (LoginId::new(login)?, Timestamp::from_millis(0));
/// #     Ok(Session::refresh(login, Known::default(), Selection::all(), Policy::default(), now).snapshot())
/// # };
/// # let row = Row::default();
/// # row.swap(None, &begun("5e115eac")?)?;
/// # row.swap(Some(0), &begun("5e115eac")?)?;
/// # assert!(matches!(row.swap(Some(0), &begun("d12c531b")?), Err(StoreError::Conflict)));
/// # Ok(())
/// # }
/// ```
pub trait SessionRow: Send + Sync {
    /// What the row has; `None` where there is none.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn load(&self) -> Result<Option<Snapshot>, StoreError>;

    /// Writes `snapshot` if the row still has the revision `loaded`, and has the [id](Snapshot::id) of `snapshot` or,
    /// since an old program wrote it, none. With `None`, writes it if there is no row.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the row has another revision, or is another session's. Nothing is written then.
    fn swap(&self, loaded: Option<u64>, snapshot: &Snapshot) -> Result<(), StoreError>;

    /// The same for the snapshot with which the session ends with its accounts: it is called instead of `swap`. If your
    /// store keeps both in one transaction, it never has an end without its accounts: override it then. Accounts are
    /// handed to the caller only after it succeeded.
    ///
    /// # Errors
    /// As [`swap`](Self::swap). Nothing is written then.
    fn finish(&self, loaded: Option<u64>, snapshot: &Snapshot, accounts: &[Account]) -> Result<(), StoreError> {
        let _ = accounts;
        self.swap(loaded, snapshot)
    }
}

impl SessionRow for () {
    fn load(&self) -> Result<Option<Snapshot>, StoreError> {
        Ok(None)
    }

    fn swap(&self, _: Option<u64>, _: &Snapshot) -> Result<(), StoreError> {
        Ok(())
    }
}
