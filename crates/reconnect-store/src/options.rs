//! `Options`: how a store is opened.

use crate::error::Error;
use crate::seal::{Plain, Seal};
use crate::sink::{Sink, Table};
use core::time::Duration;
use reconnect_async::{Clock, SystemClock};
use std::sync::Arc;

/// How a store is opened: see [`Sessions::options`](crate::Sessions::options).
pub struct Options {
    pub(crate) url: String,
    pub(crate) connections: u32,
    pub(crate) patience: Duration,
    pub(crate) retention: Duration,
    pub(crate) weaker: Vec<String>,
    #[cfg(feature = "sqlite")]
    pub(crate) pragmas: Vec<(String, String)>,
    pub(crate) seal: Arc<dyn Seal>,
    pub(crate) sink: Option<Arc<dyn Sink>>,
    pub(crate) notices: bool,
    pub(crate) clock: Arc<dyn Clock>,
}

/// How long the row of a session that is over stays: long enough to look into a complaint of last quarter.
const RETENTION: Duration = Duration::from_secs(90 * 86_400);

impl Options {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            connections: 8,
            patience: Duration::from_secs(10),
            retention: RETENTION,
            weaker: Vec::new(),
            #[cfg(feature = "sqlite")]
            pragmas: Vec::new(),
            seal: Arc::new(Plain),
            sink: None,
            notices: false,
            clock: Arc::new(SystemClock),
        }
    }

    /// At most so many connections; 8 without it. A file of SQLite has one more, which writes; in memory there is one.
    pub fn connections(self, connections: u32) -> Self {
        Self { connections: connections.max(1), ..self }
    }

    /// How long one try waits for a connection; 10 s without it. A write is tried 6 times, so it fails after about a
    /// minute.
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// How long the row of a session that is over stays, without its snapshot; 90 days without it.
    pub fn retention(self, retention: Duration) -> Self {
        Self { retention, ..self }
    }

    /// Allows a setting of the database that [`Error::Weaker`] named. With `synchronous` allowed, SQLite has `NORMAL`.
    /// After a power cut an end user may then be texted twice.
    pub fn allow_weaker(mut self, setting: &str) -> Self {
        self.weaker.push(setting.to_owned());
        self
    }

    /// A setting of SQLite for each connection, such as `cache_size`. `open` fails with [`Error::Weaker`] if
    /// `synchronous` is then below `FULL`, or `foreign_keys` is off.
    #[cfg(feature = "sqlite")]
    pub fn pragma(mut self, name: &str, value: &str) -> Self {
        self.pragmas.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Encrypts what is stored.
    pub fn seal(self, seal: impl Seal + 'static) -> Self {
        Self { seal: Arc::new(seal), ..self }
    }

    /// Where accounts go. Without it they stay in a table of this crate until they are [taken](crate::Sessions::taken),
    /// or until the row is deleted.
    pub fn sink(self, sink: impl Sink + 'static) -> Self {
        Self { sink: Some(Arc::new(sink)), ..self }
    }

    /// Writes a notice with each end of a session, in the same transaction, for
    /// [`due_notices`](crate::Sessions::due_notices). Turn it on if something sends them.
    pub fn notices(self, notices: bool) -> Self {
        Self { notices, ..self }
    }

    /// Another clock, such as a test's, for rows without a [`Driver`](crate::Driver). A `Driver` uses its client's.
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Where accounts go.
    pub(crate) fn accounts_go_to(&self) -> Arc<dyn Sink> {
        self.sink.clone().unwrap_or_else(|| Arc::new(Table(self.seal.clone())))
    }

    /// Refuses a setting that may lose what was written, unless it is allowed by name.
    pub(crate) fn check(
        &self,
        setting: &'static str,
        is: &str,
        weak: &[&str],
        needs: &'static str,
    ) -> Result<(), Error> {
        let is_allowed = self.weaker.iter().any(|allowed| allowed == setting);
        if weak.contains(&is) && !is_allowed {
            Err(Error::Weaker { setting, is: is.to_owned(), needs })
        } else {
            Ok(())
        }
    }
}

/// Not the URL: it may hold a password.
impl core::fmt::Debug for Options {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Options").field("connections", &self.connections).finish_non_exhaustive()
    }
}
