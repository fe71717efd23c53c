//! The connection to a database: how it is opened, what is refused, and how writes reach it.

use crate::error::Error;
use crate::options::Options;
#[cfg(feature = "postgres")]
use crate::postgres::Postgres;
#[cfg(feature = "sqlite")]
use crate::sqlite::Sqlite;
use crate::write::{Swapped, Write, Wrote};
use core::time::Duration;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};
use std::sync::Arc;

/// Every migration, in its order. One that is released never changes.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "sessions", include_str!("../migrations/0001_sessions.sql")),
    (2, "links", include_str!("../migrations/0002_links.sql")),
];

/// How many times a write is tried if it is not known whether it was done. The pauses are about 3 s together.
const TRIES: u32 = 6;

#[derive(Clone)]
pub(crate) enum Database {
    #[cfg(feature = "sqlite")]
    Sqlite(Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(Postgres),
}

/// Reads by the pool of either database.
macro_rules! read {
    ($database:expr, $pool:ident => $do:expr) => {
        match &$database {
            #[cfg(feature = "sqlite")]
            crate::database::Database::Sqlite(crate::sqlite::Sqlite { pool: $pool, .. }) => $do,
            #[cfg(feature = "postgres")]
            crate::database::Database::Postgres(crate::postgres::Postgres { pool: $pool }) => $do,
        }
    };
}
pub(crate) use read;

impl Database {
    pub(crate) async fn open(options: &Options) -> Result<Self, Error> {
        let mut tries = 0;
        loop {
            tries += 1;
            match Self::open_once(options).await {
                // Another process opens the same file, and makes it.
                Err(error) if tries < TRIES && error.is_busy() => {
                    tokio::time::sleep(Duration::from_millis(50 << tries)).await;
                }
                opened => return opened,
            }
        }
    }

    async fn open_once(options: &Options) -> Result<Self, Error> {
        let database = match options.url.split_once(':').map(|(scheme, _)| scheme) {
            #[cfg(feature = "sqlite")]
            Some("sqlite") => Self::Sqlite(Sqlite::open(options).await?),
            #[cfg(feature = "postgres")]
            Some("postgres" | "postgresql") => Self::Postgres(Postgres::open(options).await?),
            Some(_) | None => return Err(Error::Url("it begins with something else")),
        };
        database.migrate().await?;
        Ok(database)
    }

    /// Makes the tables, or brings them up to date. An app that has migrations of its own has another table for them.
    async fn migrate(&self) -> Result<(), Error> {
        let newest = MIGRATIONS.last().map_or(0, |(version, ..)| *version);
        let mut tries = 0;
        loop {
            // If there is nothing to do, a program needs no right to make tables.
            let sql = "SELECT COALESCE(MAX(version), 0) FROM reconnect_migration WHERE success";
            let done: Result<i64, _> = read!(self, pool => sqlx::query_scalar(sql).fetch_one(pool).await);
            if let Ok(done @ 1..) = done {
                self.check_version(newest).await?;
                if done >= newest {
                    return Ok(());
                }
            }
            tries += 1;
            match self.make().await {
                // On SQLite another process may be making them.
                Err(_) if tries < TRIES => tokio::time::sleep(Duration::from_millis(50 << tries)).await,
                made => return made,
            }
        }
    }

    async fn make(&self) -> Result<(), Error> {
        let migrations = MIGRATIONS.iter().map(|(version, name, sql)| {
            Migration::new(*version, (*name).into(), MigrationType::Simple, AssertSqlSafe(*sql).into_sql_str(), false)
        });
        let mut migrator = Migrator::with_migrations(migrations.collect());
        migrator.dangerous_set_table_name("reconnect_migration");
        // A newer program may have added tables and columns. `oldest` says whether this one can go on.
        migrator.set_ignore_missing(true);
        read!(self, pool => migrator.run(pool).await?);
        Ok(())
    }

    async fn check_version(&self, newest: i64) -> Result<(), Error> {
        let sql = "SELECT oldest FROM reconnect_schema";
        let oldest: i64 = read!(self, pool => sqlx::query_scalar(sql).fetch_one(pool).await?);
        if oldest > newest { Err(Error::Newer { oldest }) } else { Ok(()) }
    }

    pub(crate) async fn swap(&self, swap: &Arc<Write>) -> Result<Swapped, Error> {
        match self.write(swap).await? {
            Wrote::Swap(swapped) => Ok(swapped),
            // No swap has such an answer. Nothing is sent then.
            Wrote::Rows(_) | Wrote::Keys(_) => Err(Error::Ended),
        }
    }

    /// Writes. If it is not known whether it was done, it is asked for again: each write may be done twice.
    pub(crate) async fn write(&self, write: &Arc<Write>) -> Result<Wrote, Error> {
        let mut tries = 0;
        loop {
            let done = match self {
                #[cfg(feature = "sqlite")]
                Self::Sqlite(sqlite) => sqlite.write(write.clone()).await,
                #[cfg(feature = "postgres")]
                Self::Postgres(postgres) => postgres.write(write).await,
            };
            tries += 1;
            match done {
                Err(error) if tries < TRIES && error.may_ask_again() => {
                    tokio::time::sleep(Duration::from_millis(50 << tries)).await;
                }
                done => return done,
            }
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(sqlite) => sqlite.close().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.pool.close().await,
        }
    }
}
