//! Many callers at once, on two nodes, for one login.

use crate::stage::{Bank, Database, Result, on_both};
use futures_util::future::join_all;
use reconnect_async::Selection;
use reconnect_store::Error;
use std::collections::BTreeSet;

on_both! {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_hundred_callers_are_one_session_and_one_live_call(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let nodes = [bank.node(&database).await?, bank.node(&database).await?];
        let login = bank.login("Greatday");
        let callers = (0..100).map(|caller| {
            let (node, login) = (nodes[caller % 2].clone(), login.clone());
            tokio::spawn(async move { node.refresh(login).owner("user-7").begin().await })
        });
        let mut keys = BTreeSet::new();
        let mut new = 0;
        for begun in join_all(callers).await {
            let begun = begun??;
            new += usize::from(begun.is_new);
            begun.going.await?;
            keys.insert(begun.key);
        }
        assert_eq!((keys.len(), new, bank.live_calls(), bank.texts(&login)), (1, 1, 1, 1));
        assert_eq!(database.number("SELECT count(*) FROM reconnect_session").await?, 1);
        // Another user, and another selection.
        let node = &nodes[1];
        let other = node.refresh(login.clone()).owner("user-8").begin().await;
        assert!(matches!(other, Err(Error::Busy { until: Some(_) })), "{other:?}");
        let some = Selection::only(["a-1".parse()?])?;
        let other = node.refresh(login.clone()).owner("user-7").keep(some).begin().await;
        assert!(matches!(other, Err(Error::Busy { .. })), "{other:?}");
        assert_eq!((bank.live_calls(), bank.texts(&login)), (1, 1));
        // Another login is not barred.
        assert!(node.refresh(bank.login("greatday_nomfa")).owner("user-7").begin().await?.is_new);
        Ok(())
    }
}
