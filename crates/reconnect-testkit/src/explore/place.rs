//! A seat with all that the letters and the rules ask about it.

use super::{letter::Says, seat::Seat, worlds::World};
use core::fmt::Write;
use reconnect_core::{Session, Timestamp};
use serde_json::Value;

/// A seat that is looked at: what its snapshot says.
pub(super) struct Place<'w> {
    pub(super) world: &'w World,
    pub(super) session: Session,
    pub(super) now: Timestamp,
    /// The exchange under way and the one in doubt: number and kind.
    pub(super) wire: Option<(u64, String)>,
    pub(super) doubt: Option<(u64, String)>,
    pub(super) next: u64,
    pub(super) began: u64,
    /// All of the session, and its snapshot without the revision.
    pub(super) text: String,
    pub(super) kept: String,
    /// Where it is, and what is under way.
    pub(super) phase: String,
}

impl<'w> Place<'w> {
    pub(super) fn of(seat: &Seat, world: &'w World) -> Self {
        let json = seat.session.snapshot().to_json();
        let value: serde_json::Value = serde_json::from_str(&json).expect("a snapshot is JSON");
        let exchange = |name: &str| {
            let out = value.get(name)?;
            Some((out["id"].as_u64().expect("a number"), out["kind"].as_str().expect("a word").to_owned()))
        };
        Self {
            world,
            session: seat.session.clone(),
            now: seat.now,
            wire: exchange("wire"),
            doubt: exchange("doubt"),
            next: value["next"].as_u64().expect("a number"),
            began: value["began"].as_u64().expect("a moment"),
            text: format!("{:?}", seat.session),
            kept: without_revision(&json),
            phase: phase(&value),
        }
    }

    /// An id that is not the session's yet, while there are some; else the one in use.
    pub(super) fn fresh(&self) -> String {
        let known = self.session.requests();
        let mut pool = (0..self.world.ids).map(|n| format!("r-{n}"));
        pool.find(|id| known.iter().all(|known| known.as_str() != id)).unwrap_or_else(|| self.current())
    }

    pub(super) fn current(&self) -> String {
        self.session.requests().last().map_or_else(|| "r-0".to_owned(), |id| id.as_str().to_owned())
    }

    pub(super) fn login(&self) -> String {
        self.session.login().map_or_else(|| "ours".to_owned(), |id| id.as_str().to_owned())
    }

    pub(super) fn began(&self) -> u64 {
        self.began
    }

    /// Another login is one only to who knows its own.
    pub(super) fn fits(&self, says: Says) -> bool {
        says != Says::OtherLogin || self.session.login().is_some()
    }
}

/// A snapshot's JSON without its revision.
pub(super) fn without_revision(json: &str) -> String {
    let (before, after) = json.split_once("\"revision\":").expect("a snapshot has a revision");
    let after = after.trim_start_matches(|digit: char| digit.is_ascii_digit());
    format!("{before}{after}")
}

/// Where a snapshot says that its session is: the phase with all that has a word of its own in it, and the request that
/// is under way.
fn phase(snapshot: &Value) -> String {
    let phase = &snapshot["phase"];
    let mut name = phase["at"].as_str().expect("a phase has a name").to_owned();
    let back = &phase["back"];
    let words = [&phase["why"], &phase["step"], &phase["failure"]["reason"], &back["guess"][0]["reason"]];
    for word in words.into_iter().filter_map(Value::as_str) {
        let _ = write!(name, ", {word}");
    }
    if phase["status"] == Value::Bool(true) {
        name.push_str(", at work");
    }
    for out in ["wire", "doubt"] {
        if let Some(kind) = snapshot[out]["kind"].as_str() {
            let _ = write!(name, "; {out}: {kind}");
        }
    }
    name
}
