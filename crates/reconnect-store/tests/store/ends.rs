//! The end of a session and its accounts, in one transaction.

use crate::stage::{Bank, Database, Result, on_both, until};
use core::sync::atomic::{AtomicUsize, Ordering};
use reconnect_store::{BoxError, Driver, Ended, Progress, Sink, Transaction, async_trait};
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
