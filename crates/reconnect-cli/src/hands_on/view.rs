//! What the page shows of the session, read from its row: the stage, the leases, and what to do next.

use super::desk::{Case, Desk, Scene};
use core::time::Duration;
use reconnect_core::{Outcome, Recovery, Refreshed, Session, Stage, Timestamp, short};

/// What somebody has to do, one sentence each in [`words`](super::words).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Next {
    Choose,
    Authorize,
    /// The widget is open.
    Answer,
    /// The user is asked, and the widget is about to open.
    Show,
    /// The user is asked, and the widget was closed.
    ComeBack,
    Look,
    Fetch,
    Recall,
    Keep,
    Recover(Recovery),
    /// An ordinary Connect session is open.
    Connect,
    /// The user has left an ordinary Connect session, which can go on.
    Interrupted,
    Connected,
    /// An interrupted first connection has its data, and the app checks whether another user owns the login.
    Confirm,
    Confirmed,
    /// The login belongs to another user.
    Refused,
}

/// Something that is believed for a while.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    /// Shortened; a token has none.
    pub(super) id: Option<String>,
    pub(super) life: Duration,
    /// Zero once it is over.
    pub(super) left: Duration,
}

pub(super) struct View {
    pub(super) scene: Scene,
    pub(super) now: Timestamp,
    pub(super) stage: Option<Stage>,
    pub(super) next: Next,
    /// Of the `requestId`, while the user is asked and when it is over.
    pub(super) request: Option<Lease>,
    /// Of the token of the showing.
    pub(super) token: Option<Lease>,
    /// Shortened.
    pub(super) login: Option<String>,
    pub(super) refreshed: Option<Refreshed>,
    pub(super) is_failed: bool,
    /// The login is known, so a new refresh can ask the user again, without a password.
    pub(super) can_try_again: bool,
}

impl View {
    pub(super) fn of(desk: &Desk) -> Self {
        let (now, scene) = (desk.now(), desk.scene().clone());
        let session = scene.row.clone().and_then(|row| Session::restore(row).ok());
        let lease = |until: Timestamp, life, id| Lease { id, life, left: now.until(until) };
        let prompt = session.as_ref().and_then(|session| session.prompt(now));
        let outcome = session.as_ref().and_then(Session::outcome);
        let request = session.as_ref().and_then(|session| {
            let id = short(session.requests().last()?.as_str());
            match (&prompt, outcome) {
                (Some(prompt), _) => Some(lease(prompt.deadline.at, desk.policy.request_life, Some(id))),
                (None, Some(Outcome::Failed(_))) => Some(lease(now, desk.policy.request_life, Some(id))),
                (None, Some(Outcome::Refreshed(_)) | None) => None,
            }
        });
        Self {
            now,
            stage: session.as_ref().map(Session::stage),
            next: next(&scene, session.as_ref()),
            request,
            token: scene.shown.as_ref().map(|shown| lease(shown.token_until, desk.policy.token_life, None)),
            login: session.as_ref().and_then(|session| Some(short(session.login()?.as_str()))),
            is_failed: matches!(outcome, Some(Outcome::Failed(_))),
            can_try_again: session.as_ref().is_some_and(can_try_again),
            refreshed: outcome.and_then(|outcome| match outcome {
                Outcome::Refreshed(refreshed) => Some(refreshed.clone()),
                Outcome::Failed(_) => None,
            }),
            scene,
        }
    }

    /// Whether the user can come back to the widget.
    pub(super) fn can_come_back(&self) -> bool {
        matches!(self.next, Next::ComeBack | Next::Interrupted) || (self.next == Next::Connect && self.scene.is_parked)
    }
}

/// Whether a new refresh is the first thing to offer. It may text the user again, so only their click begins it.
pub(super) fn can_try_again(session: &Session) -> bool {
    let Some(Outcome::Failed(failure)) = session.outcome() else { return false };
    failure.recovery() == Recovery::AskTheUser && session.login().is_some()
}

fn next(scene: &Scene, session: Option<&Session>) -> Next {
    match &scene.connect {
        Some(Some(_)) => return Next::Connected,
        Some(None) if scene.is_parked && scene.is_claimable && scene.case == Some(Case::First) => {
            return Next::Interrupted;
        }
        Some(None) => return Next::Connect,
        None => {}
    }
    let Some(session) = session else {
        return if scene.case.is_some() { Next::Authorize } else { Next::Choose };
    };
    match session.outcome() {
        Some(Outcome::Refreshed(_)) if scene.is_refused => return Next::Refused,
        Some(Outcome::Refreshed(_)) if session.withholds() => return Next::Confirm,
        Some(Outcome::Refreshed(_)) if scene.case == Some(Case::First) => return Next::Confirmed,
        Some(Outcome::Refreshed(_)) => return Next::Keep,
        Some(Outcome::Failed(failure)) => return Next::Recover(failure.recovery()),
        None => {}
    }
    match session.stage() {
        Stage::Asking if scene.shown.is_some() => Next::Answer,
        Stage::Asking if scene.is_parked => Next::ComeBack,
        Stage::Asking => Next::Show,
        Stage::Looking => Next::Look,
        Stage::Fetching => Next::Fetch,
        Stage::Recalling => Next::Recall,
        Stage::Authorizing | Stage::Done | _ => Next::Authorize,
    }
}
