//! The table of sessions, in memory. In production it is a table of your database, with the same columns.

use reconnect_async::{Deadline, LoginId, Session, SessionRow, Snapshot, StoreError, Timestamp, async_trait};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The key of a row. In production take a random key, such as a UUID.
pub type Key = u64;

/// A row: one session.
#[derive(Debug)]
struct Columns {
    login: LoginId,
    snapshot: Option<Snapshot>,
    /// When to go on with it, if nothing is heard before.
    next: Option<Timestamp>,
    /// What the page shows at the end.
    result: Option<Value>,
}

/// The table. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Table(Arc<Mutex<BTreeMap<Key, Columns>>>);

/// One row of the table, as the store of its session.
#[derive(Debug)]
pub struct Row(Table, Key);

impl Table {
    /// The open session of this login, or a new row, and whether it is new. Two sessions would send two text messages.
    pub(crate) fn open_or_new(&self, login: &LoginId, now: Timestamp) -> (Key, bool) {
        let mut rows = self.rows();
        let is_open = |row: &Columns| row.snapshot.as_ref().is_none_or(|snapshot| snapshot.is_open(now));
        if let Some((key, _)) = rows.iter().find(|(_, row)| row.login == *login && is_open(row)) {
            return (*key, false);
        }
        let key = rows.last_key_value().map_or(1, |(last, _)| last + 1);
        rows.insert(key, Columns { login: login.clone(), snapshot: None, next: None, result: None });
        (key, true)
    }

    /// The rows whose time has come, each of them once.
    pub(crate) fn due(&self, now: Timestamp) -> Vec<Key> {
        let mut rows = self.rows();
        rows.iter_mut().filter_map(|(key, row)| row.next.take_if(|next| *next <= now).map(|_| *key)).collect()
    }

    pub(crate) fn row(&self, key: Key) -> Row {
        Row(self.clone(), key)
    }

    pub(crate) fn login(&self, key: Key) -> Option<LoginId> {
        self.rows().get(&key).map(|row| row.login.clone())
    }

    pub(crate) fn result(&self, key: Key) -> Option<Value> {
        self.rows().get(&key)?.result.clone()
    }

    pub(crate) fn set_result(&self, key: Key, result: Value) {
        if let Some(row) = self.rows().get_mut(&key) {
            row.result = Some(result);
        }
    }

    /// The session in a row.
    pub(crate) fn session(&self, key: Key) -> Option<Session> {
        Session::restore(self.rows().get(&key)?.snapshot.clone()?).ok()
    }

    fn rows(&self) -> MutexGuard<'_, BTreeMap<Key, Columns>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SessionRow for Row {
    async fn load(&self) -> Result<Option<Snapshot>, StoreError> {
        Ok(self.0.rows().get(&self.1).and_then(|row| row.snapshot.clone()))
    }

    /// Writes only if the row is as it was loaded. Otherwise another request was faster.
    async fn swap(&self, loaded: Option<u64>, snapshot: &Snapshot) -> Result<(), StoreError> {
        let deadline = Session::restore(snapshot.clone()).map_err(StoreError::failed)?.deadline();
        let mut rows = self.0.rows();
        let row = rows.get_mut(&self.1).ok_or(StoreError::Conflict)?;
        let is_same = row.snapshot.as_ref().is_none_or(|stored| stored.id() == snapshot.id());
        if row.snapshot.as_ref().map(Snapshot::revision) != loaded || !is_same {
            return Err(StoreError::Conflict);
        }
        row.next = deadline.map(|Deadline { at, .. }| at);
        row.snapshot = Some(snapshot.clone());
        Ok(())
    }
}
