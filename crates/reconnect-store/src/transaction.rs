//! `Transaction`: a transaction in either database.

use crate::error::Error;

/// A transaction in the app's database, for [`Sink`](crate::Sink). It is committed by this crate.
pub struct Transaction<'c>(pub(crate) Connection<'c>);

pub(crate) enum Connection<'c> {
    #[cfg(feature = "sqlite")]
    Sqlite(&'c mut sqlx::SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(&'c mut sqlx::PgConnection),
}

/// The same expression for the connection of either database.
macro_rules! each {
    ($on:expr, $connection:ident => $do:expr) => {
        match &mut $on.0 {
            #[cfg(feature = "sqlite")]
            crate::transaction::Connection::Sqlite($connection) => $do,
            #[cfg(feature = "postgres")]
            crate::transaction::Connection::Postgres($connection) => $do,
        }
    };
}

pub(crate) use each;

/// Executes one statement, and says how many rows it wrote.
macro_rules! execute {
    ($on:expr, $sql:expr $(, $value:expr)*) => {
        $crate::transaction::each!($on, connection => {
            let done = sqlx::query($sql)$(.bind($value))*.execute(&mut **connection).await;
            done.map(|done| done.rows_affected())
        })
    };
}
pub(crate) use execute;

impl Transaction<'_> {
    /// The connection, if the store is on SQLite.
    ///
    /// # Errors
    /// [`Error::Url`] if it is another database's.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(&mut self) -> Result<&mut sqlx::SqliteConnection, Error> {
        match &mut self.0 {
            Connection::Sqlite(connection) => Ok(connection),
            #[cfg(feature = "postgres")]
            Connection::Postgres(_) => Err(Error::Url("the store is on PostgreSQL")),
        }
    }

    /// The connection, if the store is on PostgreSQL.
    ///
    /// # Errors
    /// [`Error::Url`] if it is another database's.
    #[cfg(feature = "postgres")]
    pub fn postgres(&mut self) -> Result<&mut sqlx::PgConnection, Error> {
        match &mut self.0 {
            Connection::Postgres(connection) => Ok(connection),
            #[cfg(feature = "sqlite")]
            Connection::Sqlite(_) => Err(Error::Url("the store is on SQLite")),
        }
    }
}

impl core::fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}
