//! Rows for `reconnect-blocking`.

use crate::error::Error;
use crate::options::Options;
use reconnect_async::SessionRow as _;
use reconnect_blocking::{Account, SessionRow, Snapshot, StoreError};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// The same [`Sessions`](crate::Sessions), for programs without a runtime: it has one of its own, with one thread.
///
/// ```
/// use reconnect_blocking::{Client, Fault, Instance, Keys, LoginId};
/// use reconnect_store::{Sessions, blocking};
///
/// let sessions = blocking::Sessions::open(Sessions::options("sqlite::memory:"))?;
/// let offline = |_| Err(Fault::NOT_SENT);
/// let client = Client::with_transport(Instance::named("toolbox", "c")?, Keys::default(), offline);
///
/// let row = sessions.new_row(None);
/// let mut session = client.refresh(LoginId::new("5e115eac")?).session();
/// client.step(&mut session, &row)?;
/// assert_eq!(sessions.wait(sessions.find(row.key()))?.expect("its row").stage, "authorizing");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Sessions {
    sessions: crate::Sessions,
    runtime: Arc<Own>,
}

/// One session's row. Use it outside of any runtime.
#[derive(Clone, Debug)]
pub struct Row {
    row: crate::Row,
    runtime: Arc<Own>,
}

/// The runtime. It ends in the background, so that it may be dropped anywhere.
#[derive(Debug)]
struct Own(Option<Runtime>);

impl Own {
    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.0.as_ref().expect("it is there until it is dropped").block_on(future)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Sessions {
    /// Opens a store.
    ///
    /// # Errors
    /// As [`Options::open`], and [`Error::Ended`] if the thread cannot be started.
    pub fn open(options: Options) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|_| Error::Ended)?;
        let sessions = runtime.block_on(options.open())?;
        Ok(Self { sessions, runtime: Arc::new(Own(Some(runtime))) })
    }

    /// A row for a new session: see [`Sessions::new_row`](crate::Sessions::new_row).
    pub fn new_row(&self, owner: Option<&str>) -> Row {
        Row { row: self.sessions.new_row(owner), runtime: self.runtime.clone() }
    }

    /// The row of a session that is there.
    pub fn row(&self, key: &crate::Key) -> Row {
        Row { row: self.sessions.row(key), runtime: self.runtime.clone() }
    }

    /// Runs a future to its end, on this store's runtime.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.wait(future)
    }
}

impl core::ops::Deref for Sessions {
    type Target = crate::Sessions;
    fn deref(&self) -> &crate::Sessions {
        &self.sessions
    }
}

impl Row {
    /// The key of the row.
    pub fn key(&self) -> &crate::Key {
        self.row.key()
    }
}

impl SessionRow for Row {
    fn load(&self) -> Result<Option<Snapshot>, StoreError> {
        self.runtime.wait(self.row.load())
    }

    fn swap(&self, loaded: Option<u64>, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.runtime.wait(self.row.swap(loaded, snapshot))
    }

    fn finish(&self, loaded: Option<u64>, snapshot: &Snapshot, accounts: &[Account]) -> Result<(), StoreError> {
        self.runtime.wait(self.row.finish(loaded, snapshot, accounts))
    }
}
