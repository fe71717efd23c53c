//! SQLite: one writer, whose commits take many writes at once.

use crate::error::Error;
use crate::options::Options;
use crate::transaction::{Connection, Transaction};
use crate::write::{Write, Wrote};
use core::{str::FromStr, time::Duration};
use sqlx::SqliteConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// The most writes in one commit.
const GROUP: usize = 128;

/// A database in a file, or in memory.
#[derive(Clone)]
pub(crate) struct Sqlite {
    /// The readers. In memory the database is the connection, so there is one, which writes too.
    pub(crate) pool: SqlitePool,
    writer: SqlitePool,
    jobs: mpsc::Sender<Job>,
}

type Job = (Arc<Write>, oneshot::Sender<Result<Wrote, Error>>);

impl Sqlite {
    pub(crate) async fn open(options: &Options) -> Result<Self, Error> {
        let bad = |_| Error::Url("it cannot be read; for a file it is sqlite:PATH");
        let connect = SqliteConnectOptions::from_str(&options.url).map_err(bad)?;
        let connect =
            options.pragmas.iter().fold(connect, |connect, (name, value)| connect.pragma(name.clone(), value.clone()));
        // A file that is opened for reading only is not made.
        let connect = if options.url.contains("mode=ro") { connect } else { connect.create_if_missing(true) };
        let in_memory = options.url.contains(":memory:") || options.url.contains("mode=memory");
        let (connect, most) = if in_memory {
            (connect, 1) // the database is the connection
        } else {
            let wal = connect.journal_mode(SqliteJournalMode::Wal).busy_timeout(Duration::from_secs(5));
            let is_weaker = options.weaker.iter().any(|allowed| allowed == "synchronous");
            (
                wal.synchronous(if is_weaker { SqliteSynchronous::Normal } else { SqliteSynchronous::Full }),
                options.connections,
            )
        };
        let pool = |most| SqlitePoolOptions::new().max_connections(most).idle_timeout(None).max_lifetime(None);
        let readers = pool(most).acquire_timeout(options.patience).connect_with(connect.clone()).await?;
        if in_memory {
            return Ok(Self { jobs: start(readers.clone()), writer: readers.clone(), pool: readers });
        }
        // A file system that cannot share memory has no WAL.
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&readers).await?;
        options.check("journal_mode", &mode, &["delete", "memory", "off", "persist", "truncate"], "wal")?;
        let writer = pool(1).acquire_timeout(options.patience).connect_with(connect).await?;
        Ok(Self { pool: readers, jobs: start(writer.clone()), writer })
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
        self.writer.close().await;
    }

    pub(crate) async fn write(&self, write: Arc<Write>) -> Result<Wrote, Error> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send((write, answer)).await.map_err(|_| Error::Database(sqlx::Error::PoolClosed))?;
        answered.await.map_err(|_| Error::Database(sqlx::Error::WorkerCrashed))?
    }
}

fn start(pool: SqlitePool) -> mpsc::Sender<Job> {
    let (send, receive) = mpsc::channel(1_024);
    tokio::spawn(write_in_groups(receive, pool));
    send
}

/// Takes what is waiting, writes it in one transaction, and answers once it is committed.
async fn write_in_groups(mut jobs: mpsc::Receiver<Job>, pool: SqlitePool) {
    let mut group = Vec::with_capacity(GROUP);
    while jobs.recv_many(&mut group, GROUP).await > 0 {
        let (results, failed) = match pool.acquire().await {
            Ok(mut connection) => write_group(&mut connection, &group).await,
            Err(error) => (Vec::new(), Some(error)),
        };
        answer(&mut group, results, failed);
    }
}

/// What each write came to, and why the transaction was not committed, if it was not.
async fn write_group(
    connection: &mut SqliteConnection,
    group: &[Job],
) -> (Vec<Result<Wrote, Error>>, Option<sqlx::Error>) {
    let mut results = Vec::with_capacity(group.len());
    if let Err(error) = sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await {
        return (results, Some(error));
    }
    for (write, _) in group {
        results.push(write_one(connection, write).await);
    }
    let failed = sqlx::query("COMMIT").execute(&mut *connection).await.err();
    if failed.is_some() {
        // SQLite may have rolled back by itself.
        let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
    }
    (results, failed)
}

/// A write that is several statements is undone alone if one of them fails.
async fn write_one(connection: &mut SqliteConnection, write: &Write) -> Result<Wrote, Error> {
    if write.is_one_statement() {
        return Transaction(Connection::Sqlite(connection)).apply(write).await;
    }
    sqlx::query("SAVEPOINT one").execute(&mut *connection).await?;
    let done = Transaction(Connection::Sqlite(connection)).apply(write).await;
    if done.is_err() {
        sqlx::query("ROLLBACK TO one").execute(&mut *connection).await?;
    }
    sqlx::query("RELEASE one").execute(&mut *connection).await?;
    done
}

/// If the transaction failed, a write that failed by itself keeps its own error, and the others learn the transaction's.
fn answer(group: &mut Vec<Job>, results: Vec<Result<Wrote, Error>>, mut failed: Option<sqlx::Error>) {
    let (mut results, is_committed) = (results.into_iter(), failed.is_none());
    for (_, answer) in group.drain(..) {
        let result = match results.next() {
            Some(result) if is_committed || result.is_err() => result,
            // The first one learns why; another asks again, and gets an answer of its own.
            Some(_) | None => Err(failed.take().unwrap_or_else(not_committed).into()),
        };
        // Nobody may wait for it any more.
        let _ = answer.send(result);
    }
}

fn not_committed() -> sqlx::Error {
    sqlx::Error::Protocol("the transaction of another write failed".into())
}
