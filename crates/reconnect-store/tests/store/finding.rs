//! How a session is found, woken, forgotten and erased.

use crate::stage::{Bank, Database, Result, on_both, until};
use core::time::Duration;
use reconnect_async::{Action, Known, LoginId, Policy, Reply, RequestId, Selection, Session, SessionRow, Snapshot};
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
        node.sessions().erase(&gone).await?;
        let rows = |table| format!("SELECT count(*) FROM {table} WHERE key = '{}'", first.key);
        for table in ["reconnect_session", "reconnect_request", "reconnect_account"] {
            assert_eq!(database.number(&rows(table)).await?, 0, "{table}");
        }
        assert_eq!(node.sessions().by_login(&stays).await?.len(), 1);
        node.sessions().erase(&LoginId::new("nobody")?).await?;
        // Nor is it in the files, which a backup may have.
        for file in database.files()? {
            let bytes = std::fs::read(&file)?;
            for text in [gone.as_str(), "accountNumber"] {
                assert!(!bytes.windows(text.len()).any(|some| some == text.as_bytes()), "{text} is in {file:?}");
            }
        }
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

on_both! {
    /// Sessions that ended in a guess wait for nothing. They keep no other session from going on, and are deleted in
    /// the end.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn sessions_that_lapsed_starve_nobody(database: Database) -> Result {
        let bank = Bank::start(20)?;
        let sessions = database.options().clock(bank.clock()).retention(Duration::from_secs(86_400)).open().await?;
        let node = reconnect_store::Driver::new(bank.client(), sessions.clone());
        for number in 0..130 {
            let row = sessions.new_row(None);
            let login = LoginId::new(&format!("l-{number}"))?;
            row.swap(None, &lapsed(&bank, login)).await?;
        }
        bank.server.clock().advance(3 * 3_600_000);
        let running = tokio::spawn(node.clone().run());
        let begun = node.refresh(bank.login("greatday_nomfa")).begin().await?;
        until(&node, &begun.key, |progress| matches!(progress, Progress::Refreshed(_))).await?;
        node.close().await;
        running.await?;
        sessions.sweep().await?;
        let forgotten = "SELECT count(*) FROM reconnect_session WHERE snapshot IS NULL AND NOT holds_login";
        assert_eq!(database.number(forgotten).await?, 130);
        bank.server.clock().advance(2 * 86_400_000);
        sessions.sweep().await?;
        sessions.sweep().await?;
        assert_eq!(database.number("SELECT count(*) FROM reconnect_session").await?, 0);
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_owner_that_cannot_be_stored_is_refused_before_anything_is_sent(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let node = bank.node(&database).await?;
        for owner in ["a\0b", "a\nb", &"é".repeat(129)] {
            let refused = node.refresh(bank.login("Greatday")).owner(owner).begin().await;
            let Err(error @ Error::Text("owner")) = refused else { panic!("{refused:?}") };
            assert_eq!(error.status(), 422);
            assert_eq!(node.sessions().by_owner(owner).await?, []);
        }
        let mut known = Known::default();
        known.tag = Some("t".repeat(257).into());
        let refused = node.refresh(bank.login("Greatday")).known(known).begin().await;
        assert!(matches!(refused, Err(Error::Text("tag"))), "{refused:?}");
        assert_eq!((bank.live_calls(), database.number("SELECT count(*) FROM reconnect_session").await?), (0, 0));
        Ok(())
    }

    /// A row that nobody can read or go on with bars its login for half an hour, and no longer.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_row_that_is_spoilt_bars_its_login_for_a_while_only(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let (node, login) = (bank.node(&database).await?, bank.login("Greatday"));
        let begun = node.refresh(login.clone()).begin().await?;
        begun.going.await?;
        let cut = if database.is_postgres() { "substring(snapshot from 1 for 100)" } else { "substr(snapshot, 1, 100)" };
        database.execute(&format!("UPDATE reconnect_session SET snapshot = {cut}")).await?;
        for (minutes, is_busy) in [(0, true), (20, true), (11, false)] {
            bank.server.clock().advance(minutes * 60_000);
            let again = node.refresh(login.clone()).begin().await;
            assert_eq!(matches!(again, Err(Error::Busy { .. })), is_busy, "{minutes}: {again:?}");
            assert_eq!(again.is_ok(), !is_busy);
        }
        // It is deleted in the end, as every other.
        bank.server.clock().advance(91 * 86_400_000);
        node.sessions().sweep().await?;
        assert_eq!(node.sessions().find(&begun.key).await?, None);
        Ok(())
    }
}

/// A session whose live call was sent, and whose prompt nobody answered.
fn lapsed(bank: &Bank, login: LoginId) -> Snapshot {
    let now = bank.client().now();
    let mut session =
        Session::resume(RequestId::new("r-1").unwrap(), known(login), Selection::all(), Policy::default(), now);
    let mut at = now;
    while session.outcome().is_none() {
        match session.poll(at) {
            Action::Send(request) => {
                let reply =
                    Reply { status: 401, body: br#"{"FlinksCode":"UNAUTHORIZED"}"#.to_vec(), ..Reply::default() };
                session.receive(at, request.id, Ok(&reply));
            }
            Action::Wait { .. } | Action::Pause(_) => {}
        }
        at = session.deadline().map_or(at, |deadline| deadline.at);
    }
    session.snapshot()
}

fn known(login: LoginId) -> Known {
    let mut known = Known::default();
    known.login = Some(login);
    known
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
