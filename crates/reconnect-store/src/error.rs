//! `Error`: why a store did not do as it was asked.

use reconnect_async::{RestoreError, StoreError, Timestamp};
use std::error::Error as StdError;

/// An error of the app, or of another library.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a store did not do as it was asked. Inside of a driver's
/// [`DriveError::Store`](reconnect_async::DriveError::Store) it is found again with [`Error::of`].
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL names no database that this program was built for.
    #[error("the URL of a store is sqlite:PATH or postgres://…, and its feature has to be on: {0}")]
    Url(&'static str),
    /// A setting of the database is weaker than this crate needs. See
    /// [`Options::allow_weaker`](crate::Options::allow_weaker).
    #[error(
        "the setting {setting} of the database is {is}: it may lose or keep what it should not, for example forget after \
         a power cut that a live call went out; set it to {needs}, or allow it by name"
    )]
    Weaker {
        /// The setting of the database.
        setting: &'static str,
        /// Its value.
        is: String,
        /// What it has to be.
        needs: &'static str,
    },
    /// A newer program changed the tables so that this one cannot use them.
    #[error("the tables are of a newer program, which says that the oldest to use them has migration {oldest}")]
    Newer {
        /// The last migration of the oldest program that may use them.
        oldest: i64,
    },
    /// The login has an open session already. Nothing was sent.
    #[error("the login has an open session: try again later")]
    Busy {
        /// When it goes on, or lets go of the login by itself: ask again then.
        until: Option<Timestamp>,
    },
    /// An owner or a tag cannot be stored: it has more than 256 bytes, or a control character. Nothing was sent.
    #[error("the {0} has more than 256 bytes, or a control character")]
    Text(&'static str),
    /// The driver is closed: this process ends.
    #[error("the driver is closed: this process ends")]
    Closed,
    /// There is no such session.
    #[error("there is no such session")]
    Unknown,
    /// The session is over, and its snapshot was deleted.
    #[error("the session is over, and its snapshot was deleted")]
    Forgotten,
    /// A row cannot be read.
    #[error("the row of a session cannot be read: {0}")]
    Broken(#[source] RestoreError),
    /// What [`Seal`](crate::Seal) wrote cannot be opened, or it cannot seal.
    #[error("a snapshot cannot be sealed or opened: {0}")]
    Seal(#[source] BoxError),
    /// The app's own [`Sink`](crate::Sink) failed. The end and the accounts were not written.
    #[error("the accounts could not be stored: {0}")]
    Sink(#[source] BoxError),
    /// The database refused, or could not be reached.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables could not be made.
    #[error("the tables could not be made: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The driver stopped for a reason that is not the store's.
    #[error(transparent)]
    Drive(reconnect_async::DriveError),
    /// The task that did it was ended, by a panic or by the end of its runtime, or it could not be started.
    #[error("the task was ended, or could not be started")]
    Ended,
}

impl Error {
    /// The error of this crate inside of a driver's, if there is one.
    ///
    /// ```
    /// use reconnect_async::{DriveError, StoreError};
    /// use reconnect_store::Error;
    ///
    /// let error = DriveError::from(StoreError::failed(Error::Forgotten));
    /// assert!(matches!(Error::of(&error), Some(Error::Forgotten)));
    /// ```
    pub fn of(error: &reconnect_async::DriveError) -> Option<&Self> {
        let reconnect_async::DriveError::Store(error) = error else { return None };
        error.downcast_ref()
    }

    /// The status with which a web handler may answer: 404 for a session that is not there, 410 for one that is
    /// forgotten, 409 if the login is busy, 422 for what the session or the store cannot take, and 503 for what is not
    /// the caller's fault.
    ///
    /// ```
    /// assert_eq!(reconnect_store::Error::Unknown.status(), 404);
    /// ```
    pub fn status(&self) -> u16 {
        match self {
            Self::Unknown => 404,
            Self::Busy { .. } => 409,
            Self::Forgotten => 410,
            Self::Text(_) | Self::Drive(reconnect_async::DriveError::Misuse(_)) => 422,
            Self::Url(_)
            | Self::Weaker { .. }
            | Self::Newer { .. }
            | Self::Broken(_)
            | Self::Seal(_)
            | Self::Sink(_)
            | Self::Database(_)
            | Self::Migrate(_)
            | Self::Drive(_)
            | Self::Closed
            | Self::Ended => 503,
        }
    }

    /// Whether another process has SQLite's file at the moment.
    pub(crate) fn is_busy(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        error.code().is_some_and(|code| code.len() != 5 && is_passing(&code))
    }

    /// Whether it is not known if the database has done as it was asked, or if asking again may help.
    pub(crate) fn may_ask_again(&self) -> bool {
        let Self::Database(error) = self else { return false };
        if let sqlx::Error::Database(error) = error {
            return error.code().is_some_and(|code| is_passing(&code));
        }
        matches!(
            error,
            sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::WorkerCrashed
        )
    }
}

/// Of PostgreSQL: 08, the connection broke; 25006, the server is read-only, as one is that will take over; 40,
/// serialisation or a deadlock; 53, too little of something; 55P03 and 57014, it took too long; 57P, the server ends or
/// starts; 23505, two rows took the login at once. Of SQLite: 5 and 6, which may have more in their upper bits: it is
/// busy, or a table is locked.
fn is_passing(code: &str) -> bool {
    match code.len() {
        5 => ["08", "25006", "40", "53", "55P03", "57014", "57P", "23505"].iter().any(|begin| code.starts_with(begin)),
        _ => code.parse().is_ok_and(|code: u32| matches!(code & 0xff, 5 | 6)),
    }
}

/// As `Display`: what sqlx knows of a database's error may hold the row.
impl core::fmt::Debug for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Error({self})")
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        StoreError::failed(error)
    }
}

impl From<reconnect_async::DriveError> for Error {
    fn from(error: reconnect_async::DriveError) -> Self {
        if let reconnect_async::DriveError::Restore(error) = error {
            return Self::Broken(error);
        }
        let reconnect_async::DriveError::Store(error) = error else { return Self::Drive(error) };
        match error.downcast::<Self>() {
            Ok(own) => *own,
            Err(other) => Self::Drive(reconnect_async::DriveError::Store(other)),
        }
    }
}

impl From<reconnect_async::Misuse> for Error {
    fn from(misuse: reconnect_async::Misuse) -> Self {
        Self::Drive(misuse.into())
    }
}
