//! What a row says without being restored, beside what its session says.

use core::time::Duration;
use reconnect_core::{Deadline, Outcome, Session, Snapshot, Stage, Timestamp, Why};

/// The smallest time.
const TICK: Duration = Duration::from_millis(1);

/// A snapshot says what its session says. Only the deadline can be later: answers and the showing of the widget are in
/// memory only.
///
/// # Errors
/// What differs, in words.
pub fn says_the_same(session: &Session, row: &Snapshot, now: Timestamp) -> Result<(), String> {
    let same = [
        ("the revision", session.revision() == row.revision()),
        ("the stage", session.stage() == row.stage()),
        ("the login", session.login() == row.login()),
        ("the requests", session.requests() == row.requests()),
        ("what is kept", session.keep() == row.keep()),
        ("whether it is open", session.is_open(now) == row.is_open(now)),
        ("until when it is open", row.open_until().is_none_or(|at| !row.is_open(at) && row.is_open(at.before(TICK)))),
        ("the deadline", due(session.stage(), session.deadline(), row.deadline())),
        ("the outcome", end(session.outcome(), row.outcome())),
    ];
    match same.into_iter().find(|(_, same)| !same) {
        Some((what, _)) => Err(format!("{what} of a row is not that of its session: {}", row.to_json())),
        None => Ok(()),
    }
}

/// What only memory has comes sooner, and only while the end user is asked.
fn due(stage: Stage, session: Option<Deadline>, row: Option<Deadline>) -> bool {
    let (Some(ours), Some(theirs)) = (session, row) else { return session.is_none() && row.is_none() };
    let of_memory = !matches!(ours.why, Why::RequestTimesOut | Why::RequestIdExpires | Why::Look);
    ours == theirs || stage == Stage::Asking && of_memory && ours.at < theirs.at
}

fn end(session: Option<Outcome<'_>>, row: Option<Outcome<'_>>) -> bool {
    match (session, row) {
        (Some(Outcome::Refreshed(ours)), Some(Outcome::Refreshed(theirs))) => ours == theirs,
        (Some(Outcome::Failed(ours)), Some(Outcome::Failed(theirs))) => ours == theirs,
        (None, None) => true,
        _ => false,
    }
}
