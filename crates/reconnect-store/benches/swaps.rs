//! Swaps a second, beside the same update written by hand over sqlx: `cargo xtask bench store`. It says a line for each
//! database, ours and theirs, and the load of the machine before.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for a terminal")]

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use reconnect_async::{Action, Fault, Known, LoginId, Policy, Selection, Session, SessionRow, Snapshot, Timestamp};
use reconnect_store::Sessions;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::sync::Arc;
use std::time::Instant;

type Result<T = ()> = core::result::Result<T, Box<dyn core::error::Error + Send + Sync>>;

/// How many rows are swapped at once, and how long each run takes.
const TASKS: usize = 64;
const RUN: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;

const UPDATE: &str =
    "UPDATE bare SET snapshot = $2, revision = $3, due_at = $4 WHERE key = $1 AND revision = $5 AND session = $6";

fn main() -> Result {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(async {
        let folder = tempfile::tempdir()?;
        let sqlite = format!("sqlite:{}", folder.path().join("swaps.db").display());
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        println!("load {}", load.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("0"));
        compare("sqlite", &sqlite).await?;
        compare("postgres", &std::env::var("RECONNECT_POSTGRES")?).await
    })
}

/// Both in turn, so that a neighbour's load falls on both.
async fn compare(name: &str, url: &str) -> Result {
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(store(url).await?);
        bare.push(if url.starts_with("sqlite") { bare_sqlite(url).await? } else { bare_postgres(url).await? });
    }
    let (ours, bare) = (median(ours), median(bare));
    println!("{name} {ours:.0} {bare:.0}");
    Ok(())
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

/// A session's snapshots, each with the revision after the one before.
fn walk(name: &str) -> Vec<Snapshot> {
    let mut policy = Policy::default();
    policy.tries = 100;
    let (login, mut now) = (LoginId::new(name).unwrap(), Timestamp::from_millis(1_780_000_000_000));
    let mut session = Session::refresh(login, Known::default(), Selection::all(), policy, now);
    let mut walk = vec![session.snapshot()];
    while walk.len() < 100 && session.outcome().is_none() {
        now = session.deadline().map_or(now, |deadline| deadline.at);
        if let Action::Send(request) = session.poll(now) {
            walk.push(session.snapshot());
            session.receive(now, request.id, Err(Fault::NOT_SENT));
            walk.push(session.snapshot());
        }
    }
    walk
}

/// Runs `TASKS` tasks for a while, each with rows of its own, and says how many swaps a second they did.
async fn rate<Run, Done>(run: Run) -> Result<f64>
where
    Run: Fn(usize, Arc<AtomicUsize>, Instant) -> Done,
    Done: Future<Output = Result> + Send + 'static,
{
    let (done, begin) = (Arc::new(AtomicUsize::new(0)), Instant::now());
    let tasks: Vec<_> = (0..TASKS).map(|task| tokio::spawn(run(task, done.clone(), begin))).collect();
    for task in tasks {
        task.await??;
    }
    Ok(done.load(Ordering::Relaxed) as f64 / begin.elapsed().as_secs_f64())
}

async fn store(url: &str) -> Result<f64> {
    let sessions = Sessions::options(url).connections(16).open().await?;
    let round = reconnect_store::Key::random();
    let rate = rate(|task, done, begin| {
        let (sessions, round) = (sessions.clone(), round.clone());
        async move {
            for number in 0.. {
                let (row, walk) = (sessions.new_row(None), walk(&format!("{round}-{task}-{number}")));
                row.swap(None, &walk[0]).await?;
                for pair in walk.windows(2) {
                    row.swap(Some(pair[0].revision()), &pair[1]).await?;
                    done.fetch_add(1, Ordering::Relaxed);
                    if begin.elapsed() > RUN {
                        return Ok(());
                    }
                }
            }
            Ok(())
        }
    })
    .await?;
    sessions.close().await;
    Ok(rate)
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS bare (key TEXT PRIMARY KEY, session TEXT, revision BIGINT, snapshot BYTEA, due_at BIGINT)";
const INDEX: &str = "CREATE INDEX IF NOT EXISTS bare_due ON bare (due_at)";
const INSERT: &str = "INSERT INTO bare (key, session, revision, snapshot, due_at) VALUES ($1, $2, $3, $4, $5)";

/// What a user would write: one update over a pool, with the columns that it cannot do without.
macro_rules! bare {
    ($name:ident, $url:ident => $pool:expr) => {
        async fn $name($url: &str) -> Result<f64> {
            let pool = $pool;
            sqlx::query(TABLE).execute(&pool).await?;
            sqlx::query(INDEX).execute(&pool).await?;
            let round = reconnect_store::Key::random();
            rate(|task, done, begin| {
                let (pool, round) = (pool.clone(), round.clone());
                async move {
                    for number in 0.. {
                        let key = format!("{round}-{task}-{number}");
                        let walk = walk(&key);
                        let insert = sqlx::query(INSERT).bind(&key).bind(walk[0].id()).bind(walk[0].revision() as i64);
                        insert.bind(walk[0].to_json().into_bytes()).bind(0_i64).execute(&pool).await?;
                        for pair in walk.windows(2) {
                            let due = pair[1].deadline().map(|deadline| deadline.at.as_millis() as i64);
                            let update = sqlx::query(UPDATE).bind(&key).bind(pair[1].to_json().into_bytes());
                            let update = update.bind(pair[1].revision() as i64).bind(due);
                            let update = update.bind(pair[0].revision() as i64).bind(pair[1].id());
                            assert_eq!(update.execute(&pool).await?.rows_affected(), 1);
                            done.fetch_add(1, Ordering::Relaxed);
                            if begin.elapsed() > RUN {
                                return Ok(());
                            }
                        }
                    }
                    Ok(())
                }
            })
            .await
        }
    };
}

bare!(bare_postgres, url => PgPoolOptions::new().max_connections(16).connect(url).await?);
// As safe settings. SQLite has one writer at a time, so a pool of one connection is the fastest.
bare!(bare_sqlite, url => {
    let connect = url.parse::<SqliteConnectOptions>()?.journal_mode(SqliteJournalMode::Wal);
    let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(60));
    pool.connect_with(connect.synchronous(SqliteSynchronous::Full)).await?
});
