//! A write, as data: so SQLite's writer can put many of them into one transaction, and a write whose answer was lost
//! can be done again.

use crate::error::{BoxError, Error};
use crate::key::Key;
use crate::seal::Seal;
use crate::sink::{Ended, Sink};
use core::time::Duration;
use reconnect_async::{Deadline, Failure, Outcome, Snapshot, Timestamp, Why};
use std::sync::Arc;

pub(crate) enum Write {
    Swap(Box<Swap>),
    /// Takes rows that are due: they are due again at `until`.
    Due {
        now: i64,
        until: i64,
        limit: i64,
    },
    /// A row that was due did not change: says when it is due again.
    Park {
        key: Key,
        revision: i64,
        due_at: Option<i64>,
    },
    /// Lets go of the login of a session that time has closed.
    Release {
        key: Key,
        now: i64,
    },
    /// Lets go of the login of a session that nobody can go on with, if its live call, or else its row, is older than
    /// `before`.
    GiveUp {
        key: Key,
        now: i64,
        before: i64,
    },
    /// Deletes snapshots that may go, and rows that closed before `before`; `limit` of each at most.
    Sweep {
        now: i64,
        before: i64,
        limit: i64,
    },
    Erase {
        login: String,
    },
    /// The app has the accounts.
    Taken {
        key: Key,
        now: i64,
    },
    Link(Box<NewLink>),
    Revoke {
        id: Key,
        now: i64,
    },
    /// Takes notices that are to be sent, and counts the try.
    DueNotices {
        now: i64,
        until: i64,
        limit: i64,
    },
    /// When a notice is to be sent again, if at all.
    Notice {
        id: Key,
        due_at: Option<i64>,
    },
}

impl Write {
    /// Whether it is one statement: then it needs no transaction of its own.
    pub(crate) fn is_one_statement(&self) -> bool {
        match self {
            Self::Swap(swap) => swap.requests.is_empty() && swap.end.is_none() && swap.notice.is_none(),
            Self::Sweep { .. } | Self::Erase { .. } | Self::Taken { .. } => false,
            Self::Due { .. }
            | Self::Park { .. }
            | Self::Release { .. }
            | Self::GiveUp { .. }
            | Self::Link(_)
            | Self::Revoke { .. }
            | Self::DueNotices { .. }
            | Self::Notice { .. } => true,
        }
    }
}

/// What a write came to.
pub(crate) enum Wrote {
    Rows(u64),
    Keys(Vec<Key>),
    Swap(Swapped),
}

pub(crate) enum Swapped {
    Written,
    Conflict,
    /// This session has the login.
    Busy(Key),
}

pub(crate) struct Swap {
    pub(crate) key: Key,
    pub(crate) now: i64,
    /// For a new row.
    pub(crate) owner: Option<String>,
    pub(crate) loaded: Option<i64>,
    /// Random: it is in the row if and only if this swap was the last to be written.
    pub(crate) writer: String,
    pub(crate) row: Columns,
    /// The session's `requestId`s that the table may not have yet.
    pub(crate) requests: Vec<String>,
    /// The id of a notice about this end, if the app wants any.
    pub(crate) notice: Option<String>,
    pub(crate) end: Option<End>,
}

pub(crate) struct NewLink {
    pub(crate) id: Key,
    pub(crate) token_hash: String,
    pub(crate) login: String,
    pub(crate) owner: Option<String>,
    pub(crate) body: Vec<u8>,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
}

/// The session ends with these accounts.
pub(crate) struct End {
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) ended: Ended,
}

/// The columns that follow from a snapshot.
pub(crate) struct Columns {
    pub(crate) session: Option<String>,
    pub(crate) revision: i64,
    pub(crate) snapshot: Vec<u8>,
    pub(crate) login: Option<String>,
    pub(crate) is_open: bool,
    pub(crate) tag: Option<String>,
    pub(crate) stage: &'static str,
    pub(crate) reason: Option<String>,
    /// `done`, or what to do.
    pub(crate) result: Option<&'static str>,
    /// The ids of the accounts that were kept, sealed.
    pub(crate) kept: Option<Vec<u8>>,
    pub(crate) due_at: Option<i64>,
    pub(crate) live_at: Option<i64>,
    pub(crate) closed_at: Option<i64>,
    pub(crate) forget_at: Option<i64>,
}

/// How long the snapshot of a session that is over is kept, for news that comes late. Ours: longer than a redirect may
/// take.
const SNAPSHOT_LIFE: Duration = Duration::from_secs(3_600);

impl Columns {
    pub(crate) fn of(key: &Key, snapshot: &Snapshot, now: Timestamp, seal: &dyn Seal) -> Result<Self, Error> {
        let is_open = snapshot.is_open(now);
        let (result, reason, kept) = match snapshot.outcome() {
            None => (None, None, None),
            Some(Outcome::Refreshed(refreshed)) => {
                let kept = serde_json::to_vec(&refreshed.kept).map_err(|error| Error::Seal(error.into()))?;
                (Some("done"), None, Some(seal.seal(key, &kept).map_err(Error::Seal)?))
            }
            Some(Outcome::Failed(failure)) => (Some(failure.recovery().advice().as_str()), word(failure)?, None),
        };
        Ok(Self {
            session: snapshot.id(),
            revision: revision(snapshot.revision()),
            snapshot: seal.seal(key, snapshot.to_json().as_bytes()).map_err(Error::Seal)?,
            login: snapshot.login().map(|login| login.as_str().to_owned()),
            is_open,
            tag: snapshot.tag().map(str::to_owned),
            stage: snapshot.stage().as_str(),
            reason,
            result,
            kept,
            due_at: due_at(snapshot.deadline()),
            live_at: snapshot.live_sent().map(millis),
            closed_at: if is_open { snapshot.open_until() } else { Some(now) }.map(millis),
            forget_at: result.is_some().then(|| millis(forget_at(snapshot.deadline(), now))),
        })
    }
}

/// When to go on with a session. At `Forget` there is nothing to do but to delete its snapshot.
pub(crate) fn due_at(deadline: Option<Deadline>) -> Option<i64> {
    deadline.filter(|deadline| deadline.why != Why::Forget).map(|deadline| millis(deadline.at))
}

/// When the snapshot of a session that is over may go.
fn forget_at(deadline: Option<Deadline>, now: Timestamp) -> Timestamp {
    deadline.map_or(now, |deadline| deadline.at).max(now + SNAPSHOT_LIFE)
}

/// Why it failed, in the word that the JSON lines use.
fn word(failure: &Failure) -> Result<Option<String>, Error> {
    let word = serde_json::to_value(failure.reason()).map_err(|error| Error::Seal(BoxError::from(error)))?;
    Ok(word.as_str().map(str::to_owned))
}

/// The databases have no unsigned numbers. A session changes a few hundred times.
pub(crate) fn revision(revision: u64) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}

pub(crate) fn millis(moment: Timestamp) -> i64 {
    i64::try_from(moment.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millis(u64::try_from(millis).unwrap_or_default())
}
