//! How a session is found, woken, forgotten and erased.

use crate::stage::{Bank, Database, Result, on_both};
use core::time::Duration;
use reconnect_async::{Known, LoginId, RequestId, SessionRow};
use reconnect_store::{BoxError, Error, Key, Progress, Seal};

on_both! {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_session_is_found_by_each_of_its_names(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let node = bank.node(&database).await?;
        let login = bank.login("Greatday");
        let mut known = Known::default();
        known.tag = Some("lead-7".into());
        let begun = node.refresh(login.clone()).owner("user-7").known(known).begin().await?;
        let key = begun.key;
        let Progress::Asking(prompt) = begun.going.await? else { panic!("the bank asks") };
        let sessions = node.sessions();
        let found = sessions.find(&key).await?.unwrap();
        assert_eq!((found.owner.as_deref(), found.login.as_ref(), &*found.stage), (Some("user-7"), Some(&login), "asking"));
        assert!(found.live_at.is_some() && found.due_at.is_some() && found.closed_at.is_none() && found.holds_login);
        assert_eq!(sessions.by_request(&prompt.request).await?.as_ref(), Some(&found));
        let one = core::slice::from_ref(&found);
        assert_eq!(sessions.by_login(&login).await?, one);
        assert_eq!(sessions.by_owner("user-7").await?, one);
        assert_eq!(sessions.by_tag("lead-7").await?, one);
        assert_eq!(sessions.owned(&key, "user-7").await?, found);
        // Nobody else's.
        assert!(matches!(sessions.owned(&key, "user-8").await, Err(Error::Unknown)));
        assert_eq!(sessions.by_request(&RequestId::new("r-1")?).await?, None);
        assert_eq!(sessions.by_owner("user-8").await?, []);
        assert_eq!(sessions.by_tag("lead-8' OR '1'='1").await?, []);
        assert_eq!(sessions.find(&Key::random()).await?, None);
        let shown = format!("{found:?} {sessions:?} {node:?} {key:?}");
        for secret in [login.as_str(), prompt.request.as_str(), "user-7", key.as_str(), &database.url] {
            assert!(!shown.contains(secret), "{shown}");
        }
        node.close().await;
        Ok(())
    }

    /// Whoever takes a row has it for 30 s, and a row that did not change is due at its own deadline again.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_row_that_is_due_is_one_nodes(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let nodes = [bank.node(&database).await?, bank.node(&database).await?];
        let mut keys = Vec::new();
        for number in 0..20 {
            let row = nodes[0].sessions().new_row(None);
            let login = LoginId::new(&format!("l-{number}"))?;
            row.swap(None, &bank.client().refresh(login).session().snapshot()).await?;
            keys.push(row.key().clone());
        }
        let due = tokio::join!(nodes[0].sessions().due(15), nodes[1].sessions().due(15));
        let (one, two) = (due.0?, due.1?);
        let mut all = [one, two].concat();
        all.sort();
        keys.sort();
        assert_eq!(all, keys, "each row once");
        assert_eq!(nodes[1].sessions().due(32).await?, []);
        // The node that took them died.
        bank.server.clock().advance(30_000);
        assert_eq!(nodes[1].sessions().due(32).await?.len(), 20);
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_session_that_is_over_is_forgotten_and_then_deleted(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let sessions = database.options().clock(bank.clock()).retention(Duration::from_secs(86_400)).open().await?;
        let node = reconnect_store::Driver::new(bank.client(), sessions.clone());
        let begun = node.refresh(bank.login("greatday_nomfa")).begin().await?;
        let key = begun.key;
        begun.going.await?;
        let running = tokio::spawn(node.clone().run());
        crate::stage::until(&node, &key, |progress| matches!(progress, Progress::Refreshed(_))).await?;
        node.close().await;
        running.await?;
        let hour = 3_600_000;
        for (hours, is_there, is_forgotten) in [(0, true, false), (2, true, true), (20, true, true), (25, false, true)] {
            bank.server.clock().advance(hours * hour);
            sessions.sweep().await?;
            let found = sessions.find(&key).await?;
            assert_eq!(found.as_ref().map(|found| found.is_forgotten), is_there.then_some(is_forgotten), "{hours}");
            if found.is_some() {
                assert_eq!(sessions.accounts(&key).await?.len(), 4);
            }
        }
        assert!(sessions.accounts(&key).await?.is_empty());
        assert_eq!(database.number("SELECT count(*) FROM reconnect_request").await?, 0);
        assert!(matches!(node.progress(&key).await, Err(Error::Unknown)));
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_forgotten_session_is_not_begun_again(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let node = bank.node(&database).await?;
        let begun = node.refresh(bank.login("Greatday")).begin().await?;
        begun.going.await?;
        let before = bank.live_calls();
        database.execute("UPDATE reconnect_session SET snapshot = NULL").await?;
        let row = node.sessions().row(&begun.key);
        assert!(row.load().await.is_err());
        assert!(matches!(node.step(&begun.key).await, Err(Error::Forgotten)));
        assert!(matches!(node.progress(&begun.key).await, Err(Error::Forgotten)));
        assert_eq!(bank.live_calls(), before);
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_erased_login_is_in_no_table(database: Database) -> Result {
        let bank = Bank::start(20)?;
        let node = bank.node(&database).await?;
        let (gone, stays) = (bank.login("greatday_nomfa"), bank.login("Greatday"));
        let (first, second) = (node.refresh(gone.clone()).begin().await?, node.refresh(stays.clone()).begin().await?);
        let running = tokio::spawn(node.clone().run());
        crate::stage::until(&node, &first.key, |progress| matches!(progress, Progress::Refreshed(_))).await?;
        crate::stage::until(&node, &second.key, |progress| matches!(progress, Progress::Asking(_))).await?;
        node.close().await;
        running.await?;
        assert_eq!(node.sessions().erase(&gone).await?, 1);
        let rows = |table| format!("SELECT count(*) FROM {table} WHERE key = '{}'", first.key);
        for table in ["reconnect_session", "reconnect_request", "reconnect_account"] {
            assert_eq!(database.number(&rows(table)).await?, 0, "{table}");
        }
        assert_eq!(node.sessions().by_login(&stays).await?.len(), 1);
        assert_eq!(node.sessions().erase(&LoginId::new("nobody")?).await?, 0);
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_sealed_row_cannot_be_read_or_moved(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let sessions = database.options().clock(bank.clock()).seal(Xor).open().await?;
        let node = reconnect_store::Driver::new(bank.client(), sessions.clone());
        let login = bank.login("Greatday");
        let begun = node.refresh(login.clone()).begin().await?;
        let Progress::Asking(_) = begun.going.await? else { panic!("the bank asks") };
        let readable = if database.is_postgres() {
            "SELECT count(*) FROM reconnect_session WHERE position('phase'::bytea in snapshot) > 0"
        } else {
            "SELECT count(*) FROM reconnect_session WHERE instr(snapshot, 'phase') > 0"
        };
        assert_eq!(database.number(readable).await?, 0);
        assert!(node.progress(&begun.key).await.is_ok());
        let other = Key::random();
        database.execute(&format!("UPDATE reconnect_request SET key = '{}'", begun.key)).await?;
        database.execute("DELETE FROM reconnect_request").await?;
        database.execute(&format!("UPDATE reconnect_session SET key = '{other}'")).await?;
        assert!(matches!(node.progress(&other).await, Err(Error::Seal(_))));
        Ok(())
    }
}

/// No cipher, but it depends on the key, as a cipher's authenticated data does.
struct Xor;

impl Seal for Xor {
    fn seal(&self, key: &Key, plain: &[u8]) -> core::result::Result<Vec<u8>, BoxError> {
        let body = plain.iter().map(|byte| byte ^ 0x55);
        Ok(key.as_str().bytes().chain(body).collect())
    }

    fn open(&self, key: &Key, sealed: &[u8]) -> core::result::Result<Vec<u8>, BoxError> {
        let body = sealed.strip_prefix(key.as_str().as_bytes()).ok_or("it is another row's")?;
        Ok(body.iter().map(|byte| byte ^ 0x55).collect())
    }
}

#[tokio::test]
async fn a_row_without_a_swap_is_not_there() -> Result {
    let sessions = reconnect_store::Sessions::open("sqlite::memory:").await?;
    let row = sessions.new_row(None);
    assert!(row.load().await?.is_none());
    assert!(matches!(sessions.session(row.key()).await, Err(Error::Unknown)));
    assert!(sessions.due(1).await?.is_empty());
    Ok(())
}
