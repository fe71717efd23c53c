//! What else may be in the row: another session's row, the next session of this login, and what a program of version 1
//! wrote. Decision 59: nothing of the first two is taken and nothing of them is written over.

use super::state::World;
use crate::duet::{START, restore, rows};
use reconnect_core::drive::Plan;
use reconnect_core::{DriveError, Known, Session, Snapshot, Stage as At, StoredSession};

impl World<'_> {
    /// A node that looks for its own row finds one of another session, with the same revision.
    pub(super) fn finds_another(&mut self) -> Result<(), String> {
        let row = Snapshot::from_json(&rows::of_another(&self.row.to_json())).map_err(|error| error.to_string())?;
        let session = restore(&self.row);
        let plan = match (self.drawn.resumed, session.requests().first()) {
            (true, Some(request)) => Plan::resume(request.clone()),
            _ => Plan::refresh(self.stage.login.clone()),
        };
        let refused = matches!(plan.restore(row, &self.stage.instance), Err(DriveError::OtherSession));
        self.met("another session's row is refused");
        self.law(refused, "a session never takes another's row")?;
        let own = plan.restore(self.row.clone(), &self.stage.instance);
        self.law(own.is_ok(), "a session finds its own row")
    }

    /// Whether another session is in the row when a node would write; later ours is there again. A row of version 1
    /// names no session, and its revision alone would not show the difference.
    pub(super) fn is_overtaken_by_another(
        &mut self,
        who: usize,
        kept: &mut StoredSession,
        new: &Snapshot,
    ) -> Result<bool, String> {
        if self.row.id().is_none() || Some(self.row.revision()) != kept.loaded() {
            return Ok(false);
        }
        let row = Snapshot::from_json(&rows::of_another(&self.row.to_json())).map_err(|error| error.to_string())?;
        self.law(row.revision() == self.row.revision() && row.id() != new.id(), "a swap tells the sessions apart")?;
        let before = kept.snapshot();
        let refused = match kept.reload(self.clock(who), Some(row)) {
            Err(DriveError::OtherSession) => {
                self.met("another session's row is left alone");
                true
            }
            // It had been told nothing, so it does not even check whose row it is.
            Err(DriveError::Conflict) => true,
            Ok(()) | Err(_) => false,
        };
        self.law(refused && kept.snapshot() == before, "nothing of another's row is taken")?;
        // The event that it was told is lost, as if the process had died.
        self.ledger.deaths += 1;
        self.tell(|| format!("{who} finds another session's row"));
        Ok(true)
    }

    /// The row is deleted, and the same login is refreshed anew in its place, with as many changes as the old one had.
    pub(super) fn begins_anew(&mut self) -> Result<(), String> {
        let due = self.drawn.reborn && self.watch.births == 0 && self.now > START.as_millis() + 1_000;
        if !due || !self.dice.hits(30) {
            return Ok(());
        }
        let (known, keep, policy) =
            (Known::at(&self.stage.instance), self.drawn.keep.clone(), self.drawn.policy.clone());
        let anew = Session::refresh(self.stage.login.clone(), known, keep, policy, self.clock(0));
        let row = rows::at_revision(&anew.snapshot().to_json(), self.row.revision());
        let row = Snapshot::from_json(&row).map_err(|error| error.to_string())?;
        self.law(row.id() != self.row.id(), "a session that begins anew has another id")?;
        self.row = row;
        self.watch.begins_anew();
        self.met("a row that was deleted and begun anew");
        self.tell(|| "the row is deleted, and a new session begins in its place".to_owned());
        (self.patience, self.user_at, self.was) = (12, self.now, At::Authorizing);
        for node in &mut self.nodes {
            node.wake();
        }
        Ok(())
    }

    /// A node writes its session: the row has to be the one of this session.
    pub(super) fn keeps(&mut self, new: &Snapshot) -> Result<(), String> {
        let (was, old) = (self.row.id(), self.row.id().is_none());
        self.law(old || was == new.id(), "nothing is written over another session's row")?;
        // A program of version 1 keeps writing version 1 as long as nothing was sent to the bank.
        let goes_on = old && restore(new).stage() == At::Authorizing && self.dice.hits(500);
        self.row = if goes_on {
            self.met("a program of version 1 goes on");
            Snapshot::from_json(&rows::of_version_1(&new.to_json())).map_err(|error| error.to_string())?
        } else {
            new.clone()
        };
        if old && !goes_on {
            self.met("a row of version 1 becomes one of version 2");
        }
        Ok(())
    }
}
