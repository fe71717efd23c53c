//! Links, notices, and a session that is begun by a key of the app's.

use crate::stage::{Bank, Database, Result, on_both, until};
use core::time::Duration;
use reconnect_async::LoginId;
use reconnect_store::{Error, Key, LinkFor, LinkToken, Progress, Sessions};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

const DAY: Duration = Duration::from_secs(86_400);

on_both! {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_key_begins_one_session_also_after_its_end(database: Database) -> Result {
        let bank = Bank::start(20)?;
        let nodes = [bank.node(&database).await?, bank.node(&database).await?];
        tokio::spawn(nodes[0].clone().run());
        let (login, key) = (bank.login("greatday_nomfa"), Key::random());
        for (number, node) in nodes.iter().cycle().take(4).enumerate() {
            let begun = node.refresh(login.clone()).owner("user-7").key(key.clone()).begin().await?;
            assert_eq!((&begun.key, begun.is_new), (&key, number == 0));
            begun.going.await?;
            until(node, &key, |progress| matches!(progress, Progress::Refreshed(_))).await?;
        }
        assert_eq!(bank.live_calls(), 1);
        let other = nodes[0].refresh(login).owner("user-8").key(key).begin().await;
        assert!(matches!(other, Err(Error::Unknown)), "{other:?}");
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn two_that_begin_with_one_key_at_once_are_one_session(database: Database) -> Result {
        let bank = Bank::start(20)?;
        let nodes = [bank.node(&database).await?, bank.node(&database).await?];
        tokio::spawn(nodes[0].clone().run());
        for _ in 0..10 {
            let (login, key, before) = (bank.login("greatday_nomfa"), Key::random(), bank.live_calls());
            let begin = |number: usize| nodes[number].refresh(login.clone()).key(key.clone()).begin();
            let (one, other) = tokio::join!(begin(0), begin(1));
            let (one, other) = (one?, other?);
            assert!(one.key == key && other.key == key && one.is_new != other.is_new, "{one:?} {other:?}");
            one.going.await?;
            other.going.await?;
            until(&nodes[0], &key, |progress| matches!(progress, Progress::Refreshed(_))).await?;
            assert_eq!(bank.live_calls() - before, 1);
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_link_is_found_by_its_token_until_it_is_swept_or_erased(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let sessions = database.options().clock(bank.clock()).retention(DAY).open().await?;
        let mut what = LinkFor::new(bank.login("Greatday"));
        what.keep = reconnect_async::Selection::only(["a-1".parse()?])?;
        (what.language, what.institution) = (Some("fr".into()), Some("FlinksCapital".into()));
        what.owner = Some("user-7".into());
        let (link, token) = sessions.new_link(what.clone(), DAY).await?;
        let found = sessions.link(&LinkToken::read(token.expose()).ok_or("a token")?).await?.ok_or("it is there")?;
        assert_eq!((&found.id, found.expires_at), (&link.id, link.expires_at));
        assert_eq!((&found.what.keep, &found.what.owner), (&what.keep, &what.owner));
        assert_eq!((&found.what.language, &found.what.institution), (&what.language, &what.institution));
        assert_eq!(&found.what.login, &what.login);
        let other = LinkToken::read(&Key::random().to_string()).ok_or("a token")?;
        assert!(sessions.link(&other).await?.is_none());
        assert!(!sessions.revoke_link(&Key::random()).await?);

        // Revoked once: a second time changes nothing.
        assert!(sessions.revoke_link(&link.id).await?);
        let revoked = sessions.link(&token).await?.ok_or("it is there")?.revoked_at;
        bank.server.clock().advance(1_000);
        assert!(sessions.revoke_link(&link.id).await?);
        assert_eq!(sessions.link(&token).await?.ok_or("it is there")?.revoked_at, revoked);

        bank.server.clock().advance(86_400_000);
        sessions.sweep().await?;
        assert!(sessions.link(&token).await?.is_some(), "an expired link says that it is over");
        bank.server.clock().advance(86_400_000);
        sessions.sweep().await?;
        assert!(sessions.link(&token).await?.is_none());

        let (_, token) = sessions.new_link(what.clone(), DAY).await?;
        sessions.erase(&what.login).await?;
        assert!(sessions.link(&token).await?.is_none());
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_notice_is_one_servers_until_its_lease_ends(database: Database) -> Result {
        let bank = Bank::start(20)?;
        let open = || database.options().clock(bank.clock()).notices(true).open();
        let driver = reconnect_store::Driver::new(bank.client(), open().await?);
        tokio::spawn(driver.clone().run());
        let begun = driver.refresh(bank.login("greatday_nomfa")).begin().await?;
        begun.going.await?;
        until(&driver, &begun.key, |progress| matches!(progress, Progress::Refreshed(_))).await?;
        let (one, other) = (driver.sessions(), open().await?);
        let mut taken = one.due_notices(8).await?;
        let notice = taken.pop().ok_or("there is one")?;
        assert_eq!((&notice.key, &*notice.result, notice.tries, taken.len()), (&begun.key, "done", 1, 0));
        assert!(other.due_notices(8).await?.is_empty());
        // The server died. Another one takes it.
        bank.server.clock().advance(61_000);
        let again = other.due_notices(8).await?.pop().ok_or("it is due again")?;
        assert_eq!((&again.id, again.tries), (&notice.id, 2));
        other.notice_again(&again.id, DAY).await?;
        bank.server.clock().advance(86_300_000);
        assert!(other.due_notices(8).await?.is_empty());
        bank.server.clock().advance(200_000);
        assert_eq!(one.due_notices(8).await?.len(), 1);
        one.notice_sent(&again.id).await?;
        bank.server.clock().advance(86_400_000);
        assert!(one.due_notices(8).await?.is_empty());
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn tables_of_the_first_version_are_brought_up_to_date(database: Database) -> Result {
        let bank = Bank::start(20)?;
        make_the_first_version(&database).await?;
        // A session that a program of the first version ended.
        let key = Key::random();
        database
            .execute(&format!(
                "INSERT INTO reconnect_session (key, revision, writer, login, holds_login, stage, created_at, closed_at) \
                 VALUES ('{key}', 7, 'w', 'l-1', FALSE, 'done', 1, 2)"
            ))
            .await?;
        let node = bank.node(&database).await?;
        let found = node.sessions().by_login(&LoginId::new("l-1")?).await?.pop().ok_or("it is there")?;
        assert_eq!((&found.key, found.result, found.kept, found.is_taken), (&key, None, None, false));
        tokio::spawn(node.clone().run());
        let begun = node.refresh(bank.login("greatday_nomfa")).begin().await?;
        begun.going.await?;
        until(&node, &begun.key, |progress| matches!(progress, Progress::Refreshed(_))).await?;
        // A second server finds them up to date.
        Sessions::open(&database.url).await?;
        Ok(())
    }
}

async fn make_the_first_version(database: &Database) -> Result {
    let sql = AssertSqlSafe(include_str!("../../migrations/0001_sessions.sql")).into_sql_str();
    let first = Migration::new(1, "sessions".into(), MigrationType::Simple, sql, false);
    let mut migrator = Migrator::with_migrations(vec![first]);
    migrator.dangerous_set_table_name("reconnect_migration");
    if database.is_postgres() {
        migrator.run(&sqlx::PgPool::connect(&database.url).await?).await?;
    } else {
        let connect = database.url.parse::<sqlx::sqlite::SqliteConnectOptions>()?.create_if_missing(true);
        migrator.run(&sqlx::SqlitePool::connect_with(connect).await?).await?;
    }
    Ok(())
}
