//! The end of a session and its accounts, in one transaction.

use crate::stage::{Bank, Database, Result, on_both, until};
use core::sync::atomic::{AtomicUsize, Ordering};
use reconnect_sandbox::Settings;
use reconnect_store::{BoxError, Driver, Ended, Progress, Sink, Transaction, async_trait};
use sqlx::Connection as _;
use std::sync::Arc;

/// The app's own table. The first tries fail after they have written.
struct Balances {
    fails: usize,
    tries: Arc<AtomicUsize>,
}

#[async_trait]
impl Sink for Balances {
    async fn store(&self, transaction: &mut Transaction<'_>, ended: &Ended) -> core::result::Result<(), BoxError> {
        let sql = "INSERT INTO balance (account, owner) VALUES ($1, $2)";
        for account in &ended.accounts {
            let (id, owner) = (account.id.as_str(), ended.owner.as_deref());
            if transaction.sqlite().is_ok() {
                sqlx::query(sql).bind(id).bind(owner).execute(transaction.sqlite()?).await?;
            } else {
                sqlx::query(sql).bind(id).bind(owner).execute(transaction.postgres()?).await?;
            }
        }
        if self.tries.fetch_add(1, Ordering::SeqCst) < self.fails {
            Err("the disk of the app is full".into())
        } else {
            Ok(())
        }
    }
}

on_both! {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_end_and_its_accounts_are_both_there_or_neither(database: Database) -> Result {
        let bank = Bank::start(400)?;
        let tries = Arc::new(AtomicUsize::new(0));
        let sink = Balances { fails: 2, tries: tries.clone() };
        let sessions = database.options().clock(bank.clock()).sink(sink).open().await?;
        database.execute("CREATE TABLE balance (account TEXT PRIMARY KEY, owner TEXT)").await?;
        let node = Driver::new(bank.client(), sessions.clone());
        let begun = node.refresh(bank.login("greatday_nomfa")).owner("user-7").begin().await?;
        let running = tokio::spawn(node.clone().run());
        let _ = begun.going.await;
        until(&node, &begun.key, |progress| matches!(progress, Progress::Refreshed(_))).await?;
        assert_eq!(tries.load(Ordering::SeqCst), 3, "twice it failed, and the accounts were fetched again");
        let count = "SELECT count(*) FROM balance WHERE owner = 'user-7'";
        assert_eq!(database.number(count).await?, 4);
        assert_eq!(bank.live_calls(), 1);
        assert!(sessions.accounts(&begun.key).await?.is_empty(), "they are the app's");
        node.close().await;
        running.await?;
        Ok(())
    }
}

/// What a sink may do wrong.
#[derive(Clone, Copy, Debug)]
enum Bad {
    /// It passes over a statement that fails.
    PassesOver,
    RollsBack,
    Panics,
    /// It does nothing wrong: it has a transaction of its own inside.
    Nests,
}

struct Misbehaves(Bad, AtomicUsize);

#[async_trait]
impl Sink for Misbehaves {
    async fn store(&self, transaction: &mut Transaction<'_>, ended: &Ended) -> core::result::Result<(), BoxError> {
        let is_first = self.1.fetch_add(1, Ordering::SeqCst) == 0;
        if !is_first && !matches!(self.0, Bad::Nests) {
            return insert(transaction, "INSERT INTO balance (account) VALUES ($1)", ended).await;
        }
        match self.0 {
            Bad::PassesOver => {
                let _ = insert(transaction, "INSERT INTO nowhere (account) VALUES ($1)", ended).await;
                // On SQLite a statement that fails fails alone.
                if transaction.sqlite().is_ok() {
                    insert(transaction, "INSERT INTO balance (account) VALUES ($1)", ended).await?;
                }
            }
            Bad::RollsBack if transaction.sqlite().is_ok() => {
                sqlx::query("ROLLBACK").execute(transaction.sqlite()?).await?;
            }
            Bad::RollsBack => sqlx::query("ROLLBACK").execute(transaction.postgres()?).await.map(|_| ())?,
            Bad::Panics => panic!("a bug of the app's"),
            Bad::Nests if transaction.sqlite().is_ok() => {
                let mut inner = transaction.sqlite()?.begin().await?;
                let mut nested = Nested(&mut inner);
                nested.insert(ended).await?;
                inner.commit().await?;
            }
            Bad::Nests => {
                let mut inner = transaction.postgres()?.begin().await?;
                for account in &ended.accounts {
                    let insert = sqlx::query("INSERT INTO balance (account) VALUES ($1)").bind(account.id.as_str());
                    insert.execute(&mut *inner).await?;
                }
                inner.commit().await?;
            }
        }
        Ok(())
    }
}

struct Nested<'a>(&'a mut sqlx::SqliteConnection);

impl Nested<'_> {
    async fn insert(&mut self, ended: &Ended) -> core::result::Result<(), BoxError> {
        for account in &ended.accounts {
            let insert = sqlx::query("INSERT INTO balance (account) VALUES ($1)").bind(account.id.as_str());
            insert.execute(&mut *self.0).await?;
        }
        Ok(())
    }
}

async fn insert(
    transaction: &mut Transaction<'_>,
    sql: &'static str,
    ended: &Ended,
) -> core::result::Result<(), BoxError> {
    for account in &ended.accounts {
        if transaction.sqlite().is_ok() {
            sqlx::query(sql).bind(account.id.as_str()).execute(transaction.sqlite()?).await?;
        } else {
            sqlx::query(sql).bind(account.id.as_str()).execute(transaction.postgres()?).await?;
        }
    }
    Ok(())
}

on_both! {
    /// Whatever the sink does, the end is there with its accounts, or not there; and other sessions go on.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_sink_that_misbehaves_costs_nobody_an_account(database: Database) -> Result {
        let bank = Bank::by(Settings { pending_ms: 0, ..Settings::default() }, 400)?;
        drop(database.options().open().await?);
        database.execute("CREATE TABLE balance (account TEXT PRIMARY KEY)").await?;
        for bad in [Bad::PassesOver, Bad::RollsBack, Bad::Panics, Bad::Nests] {
            database.execute("DELETE FROM balance").await?;
            let sink = Misbehaves(bad, AtomicUsize::new(0));
            let sessions = database.options().clock(bank.clock()).sink(sink).open().await?;
            let node = Driver::new(bank.client(), sessions.clone());
            let running = tokio::spawn(node.clone().run());
            let begun = node.refresh(bank.login("greatday_nomfa")).begin().await?;
            // What is said to be stored is stored.
            if let Ok(Progress::Refreshed(_)) = begun.going.await {
                assert_eq!(sessions.find(&begun.key).await?.unwrap().stage, "done", "{bad:?}");
            }
            // Another session is stored meanwhile.
            node.refresh(bank.login("Greatday")).begin().await.map_err(|error| format!("{bad:?}: {error}"))?;
            until(&node, &begun.key, |progress| matches!(progress, Progress::Refreshed(_)))
                .await
                .map_err(|error| format!("{bad:?}: {error}"))?;
            assert_eq!(database.number("SELECT count(*) FROM balance").await?, 4, "{bad:?}");
            node.close().await;
            running.await?;
        }
        Ok(())
    }
}
