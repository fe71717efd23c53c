//! The public suite, on every store that there is.

use crate::stage::{Database, Result, on_both};
use reconnect_async::{Account, SessionRow, Snapshot, StoreError, async_trait};
use reconnect_store::{Key, Sessions, conformance};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

on_both! {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_store_conforms(database: Database) -> Result {
        // Two nodes: each has connections of its own.
        let nodes = [Sessions::open(&database.url).await?, Sessions::open(&database.url).await?];
        let (mut keys, mut next) = (HashMap::new(), 0);
        conformance::behaviour(|name| {
            next += 1;
            nodes[next % 2].row(keys.entry(name.to_owned()).or_insert_with(Key::random))
        })
        .await?;
        Ok(())
    }
}

#[tokio::test]
async fn the_store_in_memory_conforms() -> Result {
    let sessions = Sessions::open("sqlite::memory:").await?;
    let mut keys = HashMap::new();
    conformance::behaviour(|name| sessions.row(keys.entry(name.to_owned()).or_insert_with(Key::random))).await?;
    Ok(())
}

/// The blocking row, from a thread that has no runtime.
struct Blocking(reconnect_store::blocking::Row);

#[async_trait]
impl SessionRow for Blocking {
    async fn load(&self) -> core::result::Result<Option<Snapshot>, StoreError> {
        let row = self.0.clone();
        std::thread::spawn(move || reconnect_blocking::SessionRow::load(&row)).join().unwrap()
    }
    async fn swap(&self, loaded: Option<u64>, snapshot: &Snapshot) -> core::result::Result<(), StoreError> {
        let (row, snapshot) = (self.0.clone(), snapshot.clone());
        std::thread::spawn(move || reconnect_blocking::SessionRow::swap(&row, loaded, &snapshot)).join().unwrap()
    }
    async fn finish(
        &self,
        loaded: Option<u64>,
        snapshot: &Snapshot,
        accounts: &[Account],
    ) -> core::result::Result<(), StoreError> {
        let (row, snapshot, accounts) = (self.0.clone(), snapshot.clone(), accounts.to_vec());
        let finish = move || reconnect_blocking::SessionRow::finish(&row, loaded, &snapshot, &accounts);
        std::thread::spawn(finish).join().unwrap()
    }
}

#[test]
fn a_blocking_row_conforms() -> Result {
    let sessions = reconnect_store::blocking::Sessions::open(Sessions::options("sqlite::memory:"))?;
    let mut keys = HashMap::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(conformance::behaviour(|name| {
        Blocking(sessions.row(keys.entry(name.to_owned()).or_insert_with(Key::random)))
    }))?;
    Ok(())
}

/// What a store may get wrong.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Flaw {
    None,
    LastWriteWins,
    RevisionOnly,
    ReadsThenWrites,
    InsertsOverARow,
    SwapsAMissingRow,
    CutsLongText,
    ForgetsTheEnd,
    RefusesRowsWithoutId,
}

#[derive(Clone)]
struct Flawed(Flaw, Arc<Mutex<Option<String>>>);

#[async_trait]
impl SessionRow for Flawed {
    async fn load(&self) -> core::result::Result<Option<Snapshot>, StoreError> {
        let row = self.1.lock().unwrap().clone();
        row.map(|text| Snapshot::from_json(&text)).transpose().map_err(StoreError::failed)
    }

    async fn swap(&self, loaded: Option<u64>, snapshot: &Snapshot) -> core::result::Result<(), StoreError> {
        let has = self.load().await?;
        if self.0 == Flaw::ReadsThenWrites {
            tokio::task::yield_now().await;
        }
        let id = has.as_ref().and_then(Snapshot::id);
        let revision = has.as_ref().map(Snapshot::revision);
        let is_known = id.is_some() || (has.is_some() && self.0 == Flaw::RefusesRowsWithoutId);
        let is_anothers = is_known && id != snapshot.id() && self.0 != Flaw::RevisionOnly;
        let is_stale = revision != loaded
            && !(self.0 == Flaw::InsertsOverARow && loaded.is_none())
            && !(self.0 == Flaw::SwapsAMissingRow && revision.is_none());
        if (is_stale || is_anothers) && self.0 != Flaw::LastWriteWins {
            return Err(StoreError::Conflict);
        }
        if self.0 == Flaw::ForgetsTheEnd && snapshot.outcome().is_some() {
            return Ok(());
        }
        let text = snapshot.to_json();
        let is_cut = self.0 == Flaw::CutsLongText && text.len() > 4_000;
        *self.1.lock().unwrap() = Some(if is_cut { "{}".to_owned() } else { text });
        Ok(())
    }
}

#[tokio::test]
async fn the_suite_finds_each_flaw() -> Result {
    for flaw in [
        Flaw::None,
        Flaw::LastWriteWins,
        Flaw::RevisionOnly,
        Flaw::ReadsThenWrites,
        Flaw::InsertsOverARow,
        Flaw::SwapsAMissingRow,
        Flaw::CutsLongText,
        Flaw::ForgetsTheEnd,
        Flaw::RefusesRowsWithoutId,
    ] {
        let mut rows = HashMap::new();
        let found = conformance::behaviour(|name| {
            rows.entry(name.to_owned()).or_insert_with(|| Flawed(flaw, Arc::default())).clone()
        })
        .await;
        assert_eq!(found.is_ok(), flaw == Flaw::None, "{flaw:?}: {found:?}");
    }
    Ok(())
}
