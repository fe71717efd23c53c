//! `Row`: one session's row, as both drivers take it.

use crate::error::Error;
use crate::key::Key;
use crate::sessions::Sessions;
use crate::sink::Ended;
use crate::write::{Columns, End, Swap, Swapped, Write, millis, revision};
use async_trait::async_trait;
use core::sync::atomic::{AtomicUsize, Ordering};
use reconnect_async::{Account, Outcome, SessionRow, Snapshot, StoreError};
use std::sync::Arc;
use tokio::sync::Notify;

/// The most bytes of an owner and of a tag. Ours: each is in an index.
const MOST: usize = 256;

/// One session's row. Give it to a client's `step` and `load`.
///
/// ```
/// # use reconnect_async::{Fault, Rendered, Reply};
/// # async fn service(request: Rendered) -> Result<Reply, Fault> {
/// #     let body = match request.url.rsplit('/').next() {
/// #         Some("GenerateAuthorizeToken") => r#"{"Token":"t-1"}"#,
/// #         Some("Authorize") => r#"{"RequestId":"r-1","Login":{"Id":"5e115eac"}}"#,
/// #         _ => r#"{"Accounts":[{"Id":"a-1"}]}"#,
/// #     };
/// #     Ok(Reply { status: 200, body: body.into(), ..Reply::default() })
/// # }
/// use reconnect_async::{Client, Instance, Keys, LoginId};
/// use reconnect_store::Sessions;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// let sessions = Sessions::open("sqlite::memory:").await?;
/// let keys = Keys { secret: Some("secret-key".into()), api: None };
/// let client = Client::with_transport(Instance::named("toolbox", "c")?, keys, service);
///
/// let row = sessions.new_row(None);
/// let mut session = client.refresh(LoginId::new("5e115eac")?).session();
/// client.step(&mut session, &row).await?;
/// // The end and its accounts were stored in one transaction.
/// assert_eq!(sessions.find(row.key()).await?.expect("its row").stage, "done");
/// assert_eq!(sessions.accounts(row.key()).await?.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Row {
    sessions: Sessions,
    key: Key,
    owner: Option<String>,
    seen: Arc<Seen>,
}

/// What this handle knows of the row.
#[derive(Default)]
struct Seen {
    /// How many of the session's requests the table has.
    requests: AtomicUsize,
    swaps: AtomicUsize,
    stored: Notify,
}

impl Sessions {
    /// A row for a new session. It is written with the session's first swap.
    pub fn new_row(&self, owner: Option<&str>) -> Row {
        self.new_row_by(Key::random(), owner)
    }

    /// A row for a new session, by this key. If there is such a row, its first swap is a conflict.
    pub(crate) fn new_row_by(&self, key: Key, owner: Option<&str>) -> Row {
        Row::new(self.clone(), key, owner.map(str::to_owned))
    }

    /// Whether this text may be in a column that is in an index.
    pub(crate) fn check_text(&self, name: &'static str, text: Option<&str>) -> Result<(), Error> {
        let is_unfit = text.is_some_and(|text| text.len() > MOST || text.chars().any(char::is_control));
        if is_unfit { Err(Error::Text(name)) } else { Ok(()) }
    }

    /// The row of a session that is there.
    pub fn row(&self, key: &Key) -> Row {
        Row::new(self.clone(), key.clone(), None)
    }
}

impl Row {
    fn new(sessions: Sessions, key: Key, owner: Option<String>) -> Self {
        Self { sessions, key, owner, seen: Arc::default() }
    }

    /// The key of the row.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// How many swaps this handle wrote.
    pub(crate) fn swaps(&self) -> usize {
        self.seen.swaps.load(Ordering::Relaxed)
    }

    /// Returns once this handle has written a swap.
    pub(crate) async fn stored(&self) {
        if self.swaps() == 0 {
            self.seen.stored.notified().await;
        }
    }

    async fn write(
        &self,
        loaded: Option<u64>,
        snapshot: &Snapshot,
        accounts: Option<&[Account]>,
    ) -> Result<(), StoreError> {
        let options = &self.sessions.options;
        let now = self.sessions.now();
        self.sessions.check_text("owner", self.owner.as_deref())?;
        self.sessions.check_text("tag", snapshot.tag())?;
        let end = match (accounts, snapshot.outcome()) {
            (Some(accounts), Some(Outcome::Refreshed(refreshed))) => Some(End {
                sink: options.accounts_go_to(),
                ended: Ended {
                    key: self.key.clone(),
                    owner: None,
                    refreshed: refreshed.clone(),
                    accounts: accounts.to_vec(),
                },
            }),
            _ => None,
        };
        let row = Columns::of(&self.key, snapshot, now, &*options.seal)?;
        let notice = (options.notices && row.result.is_some()).then(|| Key::random().to_string());
        let requests = snapshot.requests();
        let new = requests.get(self.seen.requests.load(Ordering::Relaxed)..).unwrap_or(requests);
        let swap = Swap {
            now: millis(now),
            owner: self.owner.clone(),
            loaded: loaded.map(revision),
            writer: Key::random().to_string(),
            row,
            notice,
            requests: new.iter().map(|request| request.as_str().to_owned()).collect(),
            end,
            key: self.key.clone(),
        };
        let swap = Arc::new(Write::Swap(Box::new(swap)));
        let database = &self.sessions.database;
        let mut swapped = database.swap(&swap).await?;
        if let Swapped::Busy(holder) = &swapped
            && self.sessions.let_go(holder, snapshot.instance()).await?
        {
            swapped = database.swap(&swap).await?;
        }
        match swapped {
            Swapped::Busy(key) => {
                let until = self.sessions.find(&key).await?.and_then(|found| found.closed_at.or(found.due_at));
                Err(Error::Busy { until }.into())
            }
            Swapped::Conflict => Err(StoreError::Conflict),
            Swapped::Written => {
                self.seen.requests.store(requests.len(), Ordering::Relaxed);
                self.seen.swaps.fetch_add(1, Ordering::Relaxed);
                self.seen.stored.notify_one();
                Ok(())
            }
        }
    }
}

#[async_trait]
impl SessionRow for Row {
    async fn load(&self) -> Result<Option<Snapshot>, StoreError> {
        let snapshot = self.sessions.snapshot(&self.key).await?;
        let requests = snapshot.as_ref().map_or(0, |snapshot| snapshot.requests().len());
        self.seen.requests.store(requests, Ordering::Relaxed);
        Ok(snapshot)
    }

    async fn swap(&self, loaded: Option<u64>, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.write(loaded, snapshot, None).await
    }

    async fn finish(&self, loaded: Option<u64>, snapshot: &Snapshot, accounts: &[Account]) -> Result<(), StoreError> {
        self.write(loaded, snapshot, Some(accounts)).await
    }
}

impl core::fmt::Debug for Row {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Row").field("key", &self.key).finish_non_exhaustive()
    }
}
