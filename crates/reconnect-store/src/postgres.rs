//! PostgreSQL: each write by itself, on any connection of the pool.

use crate::error::Error;
use crate::options::Options;
use crate::transaction::{Connection, Transaction};
use crate::write::{Write, Wrote};
use core::str::FromStr;
use core::time::Duration;
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

/// A connection that was idle for longer is tested before it is used.
const MAY_BE_BROKEN: Duration = Duration::from_secs(1);

const SYNCHRONOUS: &str = "
    SELECT set_config('synchronous_commit', 'on', FALSE) WHERE current_setting('synchronous_commit') = 'off'";

#[derive(Clone)]
pub(crate) struct Postgres {
    pub(crate) pool: PgPool,
}

impl Postgres {
    pub(crate) async fn open(options: &Options) -> Result<Self, Error> {
        let bad = |_| Error::Url("it cannot be read; it is postgres://USER:PASSWORD@HOST:PORT/DATABASE");
        let connect = PgConnectOptions::from_str(&options.url).map_err(bad)?;
        let pool = PgPoolOptions::new().max_connections(options.connections).acquire_timeout(options.patience);
        // A connection that was idle may be broken. Asking it each time would be a second round trip for each swap.
        let pool = pool.test_before_acquire(false).before_acquire(|connection, about| {
            Box::pin(async move { Ok(about.idle_for < MAY_BE_BROKEN || connection.ping().await.is_ok()) })
        });
        // The role or the database may be set weaker later, while this program runs.
        let pool = if options.weaker.iter().any(|allowed| allowed == "synchronous_commit") {
            pool
        } else {
            pool.after_connect(|connection, _| {
                Box::pin(async move { sqlx::query(SYNCHRONOUS).execute(connection).await.map(drop) })
            })
        };
        let pool = pool.connect_with(connect).await?;
        for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
            // As the server, the database and the role set it.
            let sql = "SELECT reset_val FROM pg_settings WHERE name = $1";
            let is: String = sqlx::query_scalar(sql).bind(setting).fetch_one(&pool).await?;
            options.check(setting, &is, &["off"], "on")?;
        }
        Ok(Self { pool })
    }

    pub(crate) async fn write(&self, write: &Write) -> Result<Wrote, Error> {
        if write.is_one_statement() {
            let mut connection = self.pool.acquire().await?;
            return Transaction(Connection::Postgres(&mut connection)).apply(write).await;
        }
        let mut all = self.pool.begin().await?;
        let wrote = Transaction(Connection::Postgres(&mut all)).apply(write).await?;
        all.commit().await?;
        Ok(wrote)
    }
}
