//! A database that is full, read-only, gone, newer, weaker or spoilt: a typed error, the session as it was, and nothing
//! sent.

use crate::stage::{Bank, Database, Result, on_both};
use core::time::Duration;
use reconnect_async::{Event, LoginId, SessionRow};
use reconnect_store::{BoxError, Ended, Error, Progress, Sessions, Sink, Transaction, async_trait};

on_both! {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_database_of_a_newer_program_is_refused(database: Database) -> Result {
        drop(Sessions::open(&database.url).await?);
        database.execute("UPDATE reconnect_schema SET oldest = 99").await?;
        let refused = Sessions::open(&database.url).await;
        let Err(error @ Error::Newer { oldest: 99 }) = refused else { panic!("{refused:?}") };
        assert!(error.to_string().contains("newer program"));
        Ok(())
    }

    /// A newer program only added a column and a table, and was rolled back: both may use the database, at the same
    /// time.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_program_may_be_rolled_back(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let (old, login) = (bank.node(&database).await?, bank.login("Greatday"));
        let begun = old.refresh(login).begin().await?;
        begun.going.await?;
        database.execute("ALTER TABLE reconnect_session ADD COLUMN colour TEXT").await?;
        database.execute("CREATE TABLE reconnect_colour (name TEXT PRIMARY KEY)").await?;
        let next = "INSERT INTO reconnect_migration (version, description, success, checksum, execution_time) VALUES";
        let checksum = if database.is_postgres() { "'\\x00'::bytea" } else { "x'00'" };
        database.execute(&format!("{next} (99, 'colours', TRUE, {checksum}, 1)")).await?;
        let rolled_back = bank.node(&database).await?;
        assert!(rolled_back.show(&begun.key).await?.is_some());
        assert!(matches!(old.tell(&begun.key, Event::Cancelled).await?, Progress::Failed(_)));
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_row_that_is_cut_short_is_told_and_left(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let (node, login) = (bank.node(&database).await?, bank.login("Greatday"));
        let begun = node.refresh(login).begin().await?;
        begun.going.await?;
        let live = bank.live_calls();
        let cut = if database.is_postgres() { "substring(snapshot from 1 for 100)" } else { "substr(snapshot, 1, 100)" };
        database.execute(&format!("UPDATE reconnect_session SET snapshot = {cut}")).await?;
        for result in [node.progress(&begun.key).await, node.tell(&begun.key, Event::Opened).await] {
            let Err(error @ Error::Broken(_)) = result else { panic!("{result:?}") };
            assert!(!error.to_string().contains(begun.key.as_str()), "{error}");
        }
        let rows = format!("SELECT count(*) FROM reconnect_session WHERE length({cut}) = 100");
        assert_eq!(database.number(&rows).await?, 1, "the row is left as it is");
        assert_eq!(bank.live_calls(), live);
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_app_may_have_migrations_of_its_own(database: Database) -> Result {
        database.execute("CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY)").await?;
        database.execute("INSERT INTO _sqlx_migrations VALUES (20260101)").await?;
        drop(Sessions::open(&database.url).await?);
        drop(Sessions::open(&database.url).await?);
        assert_eq!(database.number("SELECT count(*) FROM _sqlx_migrations").await?, 1);
        Ok(())
    }
}

/// A server that is read-only for a while, as one is that takes over; and one that gives up on statements.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_trouble_of_postgres_does_not_lose_the_reply_to_the_live_call() -> Result {
    for trouble in ["default_transaction_read_only = on", "statement_timeout = 1"] {
        let (database, bank) = (Database::postgres().await, Bank::start(20)?);
        bank.faults(r#"[{"endpoint":"Authorize","effect":{"kind":"late","delayMs":20000}}]"#);
        let (node, login) = (bank.node(&database).await?, bank.login("Greatday"));
        let begun = node.refresh(login.clone()).begin().await?;
        let (_, name) = database.url.rsplit_once('/').expect("a name");
        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
        );
        // A setting of the database is in force in new connections.
        let server = Database::server();
        server.execute(&format!("ALTER DATABASE {name} SET {trouble}")).await?;
        server.execute(&end).await?;
        // Longer than a write is tried again.
        tokio::time::sleep(Duration::from_millis(4_500)).await;
        server.execute(&format!("ALTER DATABASE {name} RESET ALL")).await?;
        server.execute(&end).await?;
        let progress = begun.going.await?;
        assert!(matches!(progress, Progress::Asking(_)), "{trouble}: {progress:?}");
        assert_eq!((bank.live_calls(), bank.texts(&login)), (1, 1));
    }
    Ok(())
}

/// The tables are made by another role.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_may_not_make_tables_may_use_them() -> Result {
    let database = Database::postgres().await;
    drop(Sessions::open(&database.url).await?);
    let (_, name) = database.url.rsplit_once('/').expect("a name");
    database
        .execute_all(&format!(
            "CREATE ROLE app_{name} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC;
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app_{name}"
        ))
        .await?;
    let sessions = Sessions::open(&database.url.replace("postgres@", &format!("app_{name}@"))).await?;
    assert!(sessions.due(1).await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_open_a_new_file_at_once_all_open_it() -> Result {
    for _ in 0..5 {
        let database = Database::sqlite();
        let opened = (0..8).map(|_| {
            let options = database.options();
            tokio::spawn(async move { options.open().await })
        });
        for opened in futures_util::future::join_all(opened).await {
            opened??;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_pragma_does_not_get_round_what_is_refused() -> Result {
    for (name, value) in [("SYNCHRONOUS", "OFF"), ("main.synchronous", "NORMAL"), ("foreign_keys", "OFF")] {
        let refused = Database::sqlite().options().pragma(name, value).open().await;
        assert!(matches!(refused, Err(Error::Weaker { .. })), "{name}: {refused:?}");
    }
    Ok(())
}

/// What PostgreSQL says of an error may hold the row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_of_the_database_does_not_show_the_row() -> Result {
    let (database, bank) = (Database::postgres().await, Bank::start(1)?);
    let (node, login) = (bank.node(&database).await?, bank.login("Greatday"));
    database.execute("ALTER TABLE reconnect_session ADD CHECK (owner <> 'Jane Doe')").await?;
    let refused = node.refresh(login.clone()).owner("Jane Doe").begin().await;
    let Err(error @ Error::Database(_)) = refused else { panic!("{refused:?}") };
    let shown = format!("{error} {error:?} {:?}", node.refresh(login.clone()).owner("Jane Doe"));
    assert!(!shown.contains("Jane") && !shown.contains(login.as_str()), "{shown}");
    assert_eq!(bank.live_calls(), 0);
    Ok(())
}

#[tokio::test]
async fn a_url_of_no_database_is_refused_and_not_repeated() -> Result {
    for url in
        ["", "mysql://root:hunter2@localhost/x", "hunter2", "postgres://a:hunter2@[", "sqlite:///no/such/folder/x.db"]
    {
        let options = Sessions::options(url).patience(Duration::from_secs(1));
        let error = options.open().await.expect_err("no database");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{url}: {error:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_weaker_postgres_is_refused_unless_it_is_allowed_by_name() -> Result {
    let database = Database::postgres().await;
    let (_, name) = database.url.rsplit_once('/').expect("a name");
    database.execute(&format!("ALTER DATABASE {name} SET synchronous_commit = off")).await?;
    let refused = Sessions::open(&database.url).await;
    assert!(matches!(&refused, Err(Error::Weaker { setting: "synchronous_commit", .. })), "{refused:?}");
    assert!(database.options().allow_weaker("fsync").open().await.is_err(), "another setting");
    drop(database.options().allow_weaker("synchronous_commit").open().await?);
    database.execute(&format!("ALTER DATABASE {name} SET synchronous_commit = local")).await?;
    drop(database.options().open().await?);
    // It is set weaker while the program runs: its own connections are as safe as before.
    database.execute(&format!("ALTER DATABASE {name} SET synchronous_commit = on")).await?;
    let sessions = database.options().connections(4).sink(Looks).open().await?;
    database.execute(&format!("ALTER DATABASE {name} SET synchronous_commit = off")).await?;
    let end = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    );
    database.execute(&end).await?;
    let bank = Bank::start(20)?;
    let node = reconnect_store::Driver::new(bank.client(), sessions);
    let running = tokio::spawn(node.clone().run());
    let begun = node.refresh(bank.login("greatday_nomfa")).begin().await?;
    crate::stage::until(&node, &begun.key, |progress| matches!(progress, Progress::Refreshed(_))).await?;
    node.close().await;
    running.await?;
    Ok(())
}

/// A sink that looks how its transaction will be committed.
struct Looks;

#[async_trait]
impl Sink for Looks {
    async fn store(&self, transaction: &mut Transaction<'_>, _: &Ended) -> core::result::Result<(), BoxError> {
        let is: String = sqlx::query_scalar("SHOW synchronous_commit").fetch_one(transaction.postgres()?).await?;
        if is == "on" { Ok(()) } else { Err(is.into()) }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_database_sends_nothing() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let node = bank.node(&database).await?;
    let begun = node.refresh(bank.login("Greatday")).begin().await?;
    begun.going.await?;
    node.sessions().close().await;
    // A page more than there is, and no room for a row of 30 kB.
    let pages = database.number("SELECT page_count FROM pragma_page_count()").await?;
    let options = database.options().clock(bank.clock()).pragma("max_page_count", &pages.to_string());
    let sessions = options.open().await?;
    let node = reconnect_store::Driver::new(bank.client(), sessions);
    let live = bank.live_calls();
    let keep = (0..900).map(|n| format!("{n:036}").parse().unwrap());
    let many = node.refresh(bank.login("greatday_nomfa")).keep(reconnect_async::Selection::only(keep)?);
    let error = many.begin().await.expect_err("it is full");
    assert!(error.to_string().contains("full"), "{error}");
    assert_eq!(bank.live_calls(), live);
    // What was there still is, and goes on.
    assert!(node.progress(&begun.key).await.is_ok());
    Ok(())
}

/// Writes that are committed together: one for which there is no room costs the others nothing, and each is told the truth.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_writes_to_a_full_database_each_is_told_what_became_of_it() -> Result {
    let (database, client) = (Database::sqlite(), Bank::start(1)?.client());
    drop(Sessions::open(&database.url).await?);
    let pages = database.number("SELECT page_count FROM pragma_page_count()").await?;
    let sessions = database.options().pragma("max_page_count", &(pages + 12).to_string()).open().await?;
    for round in 0..4 {
        let swaps = (0..64).map(|number| {
            let (sessions, client) = (sessions.clone(), client.clone());
            tokio::spawn(async move {
                let ids = (0..if number % 8 == 0 { 200 } else { 1 }).map(|id| format!("{id:036}").parse().unwrap());
                let keep = reconnect_async::Selection::only(ids).unwrap();
                let login = LoginId::new(&format!("l-{round}-{number}")).unwrap();
                let row = sessions.new_row(None);
                let snapshot = client.refresh(login).keep(keep).session().snapshot();
                (row.swap(None, &snapshot).await.is_ok(), row.key().clone())
            })
        });
        for swapped in futures_util::future::join_all(swaps).await {
            let (is_written, key) = swapped?;
            assert_eq!(sessions.find(&key).await?.is_some(), is_written);
        }
    }
    let rows = database.number("SELECT count(*) FROM reconnect_session").await?;
    assert!((1..256).contains(&rows), "{rows}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_database_sends_nothing() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let node = bank.node(&database).await?;
    let begun = node.refresh(bank.login("Greatday")).begin().await?;
    begun.going.await?;
    let live = bank.live_calls();
    let read_only = Sessions::options(&format!("{}?mode=ro", database.url)).clock(bank.clock()).open().await?;
    let reader = reconnect_store::Driver::new(bank.client(), read_only);
    assert!(matches!(reader.progress(&begun.key).await?, Progress::Asking(_)));
    let error = reader.refresh(bank.login("greatday_nomfa")).begin().await.expect_err("read-only");
    assert!(matches!(&error, Error::Database(_)) && error.to_string().contains("readonly"), "{error}");
    assert_eq!(bank.live_calls(), live);
    Ok(())
}

/// PostgreSQL ends every connection in the middle of the live call. The reply is stored by a new one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_and_comes_back_loses_nothing() -> Result {
    let (database, bank) = (Database::postgres().await, Bank::start(20)?);
    bank.faults(r#"[{"endpoint":"Authorize","effect":{"kind":"late","delayMs":20000}}]"#);
    let (node, login) = (bank.node(&database).await?, bank.login("Greatday"));
    let begun = node.refresh(login.clone()).begin().await?;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (_, name) = database.url.rsplit_once('/').expect("a name");
    let end = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    );
    database.execute(&end).await?;
    let progress = begun.going.await?;
    assert!(matches!(progress, Progress::Asking(_)), "{progress:?}");
    assert_eq!(bank.texts(&login), 1);
    Ok(())
}
