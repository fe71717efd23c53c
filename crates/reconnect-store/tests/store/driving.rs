//! The driver: a dropped call loses nothing, and a shutdown cuts nothing off.

use crate::stage::{Bank, Database, Result, on_both, until};
use core::time::Duration;
use reconnect_async::{Account, Event, Pause, SessionRow, Snapshot, Stepped, StoreError, async_trait};
use reconnect_sandbox::Settings;
use reconnect_store::{Driver, Error, Progress};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The live call takes a second of ours: 20 s of the sandbox's.
const SLOW: &str = r#"[{"endpoint":"Authorize","effect":{"kind":"late","delayMs":20000}}]"#;

/// 5 s of ours.
const SLOWER: &str = r#"[{"endpoint":"Authorize","effect":{"kind":"late","delayMs":100000}}]"#;

fn running(node: &Driver) -> tokio::task::JoinHandle<()> {
    tokio::spawn(node.clone().run())
}

on_both! {
    /// The web framework drops the handler.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_dropped_call_loses_nothing(database: Database) -> Result {
        let bank = Bank::start(20)?;
        bank.faults(SLOWER);
        let (node, login) = (bank.node(&database).await?, bank.login("Greatday"));
        let mut begun = node.refresh(login.clone()).begin().await?;
        begun.going.stored().await?;
        let progress = node.progress(&begun.key).await?;
        assert!(matches!(progress, Progress::Working { .. }), "it returns before the live call is answered");
        drop(begun.going);
        until(&node, &begun.key, |progress| matches!(progress, Progress::Asking(_))).await?;
        assert_eq!((bank.texts(&login), bank.live_calls()), (1, 1));
        // The same if the call is dropped before the session is stored.
        let other = bank.login("Greatday_US");
        let _ = tokio::time::timeout(Duration::from_millis(1), node.refresh(other.clone()).begin()).await;
        for _ in 0..3_000 {
            let found = node.sessions().by_login(&other).await?;
            if found.iter().any(|found| found.stage == "asking") {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err("the session did not go on".into())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_shutdown_waits_for_what_is_under_way(database: Database) -> Result {
        let bank = Bank::start(20)?;
        bank.faults(SLOW);
        let (node, login) = (bank.node(&database).await?, bank.login("Greatday"));
        let job = running(&node);
        let begun = node.refresh(login.clone()).begin().await?;
        drop(begun.going);
        node.close().await;
        job.await?;
        assert!(matches!(node.tell(&begun.key, Event::Opened).await, Err(Error::Closed)));
        assert!(matches!(node.refresh(login.clone()).begin().await, Err(Error::Closed)));
        node.sessions().close().await;
        // Another process goes on.
        bank.faults("[]");
        let node = bank.node(&database).await?;
        let Progress::Asking(prompt) = node.progress(&begun.key).await? else { panic!("the reply was stored") };
        let url = node.show(&begun.key).await?.expect("a URL");
        assert!(url.expose().contains(prompt.request.as_str()));
        let job = running(&node);
        node.tell(&begun.key, bank.answer(prompt.request.as_str())).await?;
        until(&node, &begun.key, |progress| matches!(progress, Progress::Refreshed(_))).await?;
        assert_eq!((bank.texts(&login), node.sessions().accounts(&begun.key).await?.is_empty()), (1, false));
        node.sessions().taken(&begun.key).await?;
        assert!(node.sessions().accounts(&begun.key).await?.is_empty());
        node.close().await;
        job.await?;
        Ok(())
    }

    /// Nobody answers: the row is driven on at each of its deadlines, to its end.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_session_that_nobody_answers_ends(database: Database) -> Result {
        let bank = Bank::start(400)?;
        let (node, login) = (bank.node(&database).await?, bank.login("Greatday"));
        let job = running(&node);
        let begun = node.refresh(login.clone()).begin().await?;
        until(&node, &begun.key, |progress| matches!(progress, Progress::Failed(_))).await?;
        let found = node.sessions().find(&begun.key).await?.unwrap();
        assert_eq!((&*found.stage, found.reason.as_deref()), ("done", Some("lapsed")));
        assert!(!found.holds_login && found.closed_at.is_some());
        assert_eq!(bank.live_calls(), 1);
        node.close().await;
        job.await?;
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_told_to_no_session_is_an_error(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let node = bank.node(&database).await?;
        let key = reconnect_store::Key::random();
        assert!(matches!(node.tell(&key, Event::Opened).await, Err(Error::Unknown)));
        assert!(matches!(node.show(&key).await, Err(Error::Unknown)));
        assert!(matches!(node.sessions().owned(&key, "user-7").await, Err(Error::Unknown)));
        assert!(matches!(node.progress(&key).await, Err(Error::Unknown)));
        assert_eq!(database.number("SELECT count(*) FROM reconnect_session").await?, 0);
        Ok(())
    }

    /// Nothing has to be stored, or it is stored already: it may be awaited all the same, in either order.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_going_on_may_be_awaited_twice(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let node = bank.node(&database).await?;
        let begun = node.refresh(bank.login("Greatday")).begin().await?;
        begun.going.await?;
        for event in [Event::Tick, Event::Cancelled, Event::Tick] {
            let mut going = node.tell(&begun.key, event);
            going.stored().await?;
            going.stored().await?;
            (&mut going).await?;
            assert!(matches!(going.await, Err(Error::Ended)), "its end was handed out");
        }
        let mut unknown = node.tell(&reconnect_store::Key::random(), Event::Tick);
        assert!(unknown.stored().await.is_err());
        assert!(matches!(unknown.await, Err(Error::Ended)));
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_cancelled_session_lets_go_of_its_login(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let (node, login) = (bank.node(&database).await?, bank.login("Greatday"));
        let first = node.refresh(login.clone()).begin().await?;
        first.going.await?;
        let Progress::Failed(_) = node.tell(&first.key, Event::Cancelled).await? else { panic!("it was cancelled") };
        let second = node.refresh(login).begin().await?;
        assert!(second.is_new && second.key != first.key);
        Ok(())
    }
}

/// A row under way whose node died: the login is not barred by it for longer than its request may take.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_node_bars_nobody() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    bank.faults(r#"[{"endpoint":"Authorize","effect":{"kind":"late","delayMs":60000}}]"#);
    let login = bank.login("Greatday");
    let dead = bank.node(&database).await?;
    let begun = dead.refresh(login.clone()).owner("a").begin().await?;
    // The live call is under way.
    while dead.sessions().find(&begun.key).await?.unwrap().live_at.is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    begun.going.abort();
    let node = bank.node(&database).await?;
    assert!(matches!(node.refresh(login.clone()).owner("b").begin().await, Err(Error::Busy { .. })));
    // Past the limit of the live call, and past the time for which its outcome is not known.
    bank.faults("[]");
    bank.server.clock().advance(240_000);
    assert!(matches!(node.refresh(login.clone()).owner("b").begin().await, Err(Error::Busy { .. })));
    bank.server.clock().advance(480_000);
    let second = node.refresh(login).owner("b").begin().await?;
    assert!(second.is_new && second.key != begun.key);
    let found = node.sessions().find(&begun.key).await?.unwrap();
    assert_eq!(found.reason.as_deref(), Some("outcomeUnknown"));
    Ok(())
}

/// A row that counts.
struct Counted(reconnect_store::Row, AtomicUsize);

#[async_trait]
impl SessionRow for Counted {
    async fn load(&self) -> core::result::Result<Option<Snapshot>, StoreError> {
        self.0.load().await
    }
    async fn swap(&self, loaded: Option<u64>, snapshot: &Snapshot) -> core::result::Result<(), StoreError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.swap(loaded, snapshot).await
    }
    async fn finish(
        &self,
        loaded: Option<u64>,
        snapshot: &Snapshot,
        accounts: &[Account],
    ) -> core::result::Result<(), StoreError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.finish(loaded, snapshot, accounts).await
    }
}

/// Mint, live call, data and the end are a swap each; so is a question of the bank. A poll is two: data that is
/// pending, and the poll itself.
#[tokio::test]
async fn a_refresh_is_four_swaps_and_five_with_a_question_and_six_with_a_poll() -> Result {
    let database = Database::sqlite();
    for (user, pending_ms, swaps) in [("greatday_nomfa", 0, 4), ("Greatday", 0, 5), ("greatday_nomfa", 2_000, 6)] {
        let bank = Bank::by(Settings { pending_ms, ..Settings::default() }, 20)?;
        let node = bank.node(&database).await?;
        let row = Counted(node.sessions().new_row(None), AtomicUsize::new(0));
        let client = bank.client();
        let mut session = client.refresh(bank.login(user)).session();
        let mut stepped = client.step(&mut session, &row).await?;
        if let Stepped::Pause(Pause::Ask(prompt)) = stepped {
            session.tell(client.now(), bank.answer(prompt.request.as_str()))?;
            stepped = client.step(&mut session, &row).await?;
        }
        if let Stepped::Wait { .. } = stepped {
            client.advance(&mut session, &row).await?;
        }
        assert_eq!(session.done()?.accounts.len(), 4);
        assert_eq!(row.1.load(Ordering::SeqCst), swaps, "{user}, {pending_ms} ms");
    }
    Ok(())
}
