//! SQLite: one writer, whose commits take many writes at once.

use crate::error::Error;
use crate::options::Options;
use crate::transaction::{Connection, Transaction};
use crate::write::{Write, Wrote};
use core::panic::AssertUnwindSafe;
use core::{str::FromStr, time::Duration};
use futures_util::FutureExt as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqliteConnection};
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
        // SQLite overwrites the bytes that it deletes. Without a seal, accounts are in the file in the clear.
        let connect = connect.pragma("secure_delete", "ON");
        let connect =
            options.pragmas.iter().fold(connect, |connect, (name, value)| connect.pragma(name.clone(), value.clone()));
        // A file that is opened for reading only is not made.
        let connect = if options.url.contains("mode=ro") { connect } else { connect.create_if_missing(true) };
        let in_memory = options.url.contains(":memory:") || options.url.contains("mode=memory");
        #[cfg(unix)]
        if !in_memory && !options.url.contains("mode=ro") {
            make_private(connect.get_filename());
        }
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
            return Ok(Self { jobs: start(readers.clone(), in_memory), writer: readers.clone(), pool: readers });
        }
        // A file system that cannot share memory has no WAL.
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&readers).await?;
        options.check("journal_mode", &mode, &["delete", "memory", "off", "persist", "truncate"], "wal")?;
        let writer = pool(1).acquire_timeout(options.patience).connect_with(connect).await?;
        // A pragma of the app's may have another spelling.
        let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&writer).await?;
        options.check("synchronous", &synchronous.to_string(), &["0", "1"], "2, which is FULL")?;
        let foreign_keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys").fetch_one(&writer).await?;
        options.check("foreign_keys", &foreign_keys.to_string(), &["0"], "1")?;
        Ok(Self { pool: readers, jobs: start(writer.clone(), in_memory), writer })
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
        self.writer.close().await;
    }

    pub(crate) async fn write(&self, write: Arc<Write>) -> Result<Wrote, Error> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send((write.clone(), answer)).await.map_err(|_| Error::Database(sqlx::Error::PoolClosed))?;
        let wrote = answered.await.map_err(|_| Error::Database(sqlx::Error::WorkerCrashed))??;
        if matches!(*write, Write::Erase { .. }) {
            // The log beside the file still has it. If somebody reads just now, the next checkpoint overwrites it.
            let _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.pool).await;
        }
        Ok(wrote)
    }
}

/// Makes the file, if it is not there, for its owner alone. SQLite makes the files beside it alike. If it cannot be made,
/// SQLite says why.
#[cfg(unix)]
fn make_private(file: &std::path::Path) {
    use std::os::unix::fs::OpenOptionsExt;
    let _ = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
}

fn start(pool: SqlitePool, in_memory: bool) -> mpsc::Sender<Job> {
    let (send, receive) = mpsc::channel(1_024);
    tokio::spawn(write_in_groups(receive, pool, in_memory));
    send
}

/// Takes what is waiting, writes it in one transaction, and answers once it is committed.
async fn write_in_groups(mut jobs: mpsc::Receiver<Job>, pool: SqlitePool, in_memory: bool) {
    let mut group = Vec::with_capacity(GROUP);
    while jobs.recv_many(&mut group, GROUP).await > 0 {
        let (results, failed) = match pool.acquire().await {
            Ok(mut connection) => {
                let done = write_group(&mut connection, &group).await;
                // Whether it has a transaction is not known any more. In memory it is the database.
                if done.1.is_some() && !in_memory {
                    let _ = connection.close().await;
                }
                done
            }
            Err(error) => (Vec::new(), Some(error)),
        };
        answer(&mut group, results, failed);
    }
}

type Results = Vec<Result<Wrote, Error>>;

/// What each write came to, and why the transaction was not committed, if it was not. A transaction that is dropped is
/// undone.
async fn write_group(connection: &mut SqliteConnection, group: &[Job]) -> (Results, Option<sqlx::Error>) {
    let mut results = Vec::with_capacity(group.len());
    let mut all = match connection.begin_with("BEGIN IMMEDIATE").await {
        Ok(all) => all,
        Err(error) => return (results, Some(error)),
    };
    for (write, _) in group {
        // The app's sink may panic. Then the other writes go on without it.
        let written = AssertUnwindSafe(write_one(&mut all, write)).catch_unwind().await;
        let done = written.unwrap_or(Err(Error::Ended));
        // SQLite undoes the whole transaction by itself if there is no room, for example. A sink's own error undoes
        // only its write.
        let is_broken = matches!(done, Err(Error::Database(_) | Error::Ended));
        results.push(done);
        if is_broken {
            return (results, Some(not_committed()));
        }
    }
    (results, all.commit().await.err())
}

/// A write that is several statements is undone alone if it fails.
async fn write_one(all: &mut SqliteConnection, write: &Write) -> Result<Wrote, Error> {
    if write.is_one_statement() {
        return Transaction(Connection::Sqlite(all)).apply(write).await;
    }
    let mut one = all.begin().await?;
    let wrote = Transaction(Connection::Sqlite(&mut one)).apply(write).await;
    match &wrote {
        Ok(_) => one.commit().await?,
        // If a sink has ended the transaction, this fails, and so does the group.
        Err(_) => one.rollback().await?,
    }
    wrote
}

/// If the transaction failed, a write that failed by itself keeps its own error, and the others learn the
/// transaction's.
fn answer(group: &mut Vec<Job>, results: Results, mut failed: Option<sqlx::Error>) {
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

/// It is asked for again.
fn not_committed() -> sqlx::Error {
    sqlx::Error::Protocol("the transaction of another write failed".into())
}
