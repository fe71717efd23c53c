//! The transitions of a request that brought no usable reply of the service: a gateway's page, a fault, or a body that
//! cannot be read.

use crate::{
    code::{page_blames_the_setup, page_handled_nothing},
    deadline::Why,
    failure::{Failure, Reason, Recovery},
    fault::{Fault, FaultKind, Reached},
    retry_after::RetryAfter,
    state::{
        State,
        phase::{Asking, Kind, Look, Outstanding, Phase, Show},
        put,
    },
    time::Timestamp,
};
use alloc::boxed::Box;

/// The trouble that came in place of a usable reply.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    fault: Fault,
    /// The HTTP status, if there was one, and when its sender wants to be asked again.
    status: Option<u16>,
    retry_after: Option<RetryAfter>,
    /// The place in the body at which it could no longer be read.
    place: Option<Box<str>>,
    /// Whether it came from a gateway, and not from the service.
    page: bool,
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self { fault, status: None, retry_after: None, place: None, page: false }
    }
}

impl Trouble {
    /// A body that is not the service's JSON (decision 61).
    pub(crate) fn page(status: u16, retry_after: Option<RetryAfter>) -> Self {
        Self { status: Some(status), retry_after, page: true, ..Fault::maybe(FaultKind::Garbled).into() }
    }

    /// A redirect, which is not followed.
    pub(crate) fn redirect(status: u16) -> Self {
        Self { status: Some(status), ..Fault::maybe(FaultKind::Garbled).into() }
    }

    /// The service's JSON, without the fields that were asked for.
    pub(crate) fn garbled(status: u16, place: Box<str>) -> Self {
        Self { status: Some(status), place: Some(place), ..Fault::maybe(FaultKind::Garbled).into() }
    }

    /// More than is ever read.
    pub(crate) fn too_large(status: Option<u16>) -> Self {
        Self { status, ..Fault::maybe(FaultKind::TooLarge).into() }
    }

    /// A page's status.
    fn page_status(&self) -> Option<u16> {
        self.status.filter(|_| self.page)
    }

    fn is_redirect(&self) -> bool {
        !self.page && self.status.is_some_and(|status| (300..400).contains(&status))
    }

    /// The failure, with the status, the place and the fault.
    fn told(self, failure: Failure) -> Failure {
        let fault = (!self.page && !self.is_redirect()).then_some(self.fault.kind);
        Failure { status: self.status, place: self.place, fault, ..failure }
    }
}

impl State {
    /// A request brought no reply, or none that is usable.
    pub(crate) fn trouble(&mut self, now: Timestamp, out: Outstanding, seen: Trouble) {
        if !self.wanted(out.kind) {
            return;
        }
        if out.kind.once() && seen.fault.reached == Reached::Maybe {
            return self.in_doubt(now, out, seen);
        }
        if out.kind == Kind::Live {
            put!(self, live_sent, false);
            if let Some(token) = &mut self.token {
                token.used = false;
            }
        }
        match (&self.phase, out.kind, seen.page_status()) {
            // Like a 202: the data may be ready behind the gateway.
            (Phase::Fetching { .. }, Kind::Data | Kind::Poll, Some(status)) => {
                return self.wait_for(now, out, seen.retry_after, Some(status));
            }
            (Phase::Looking(_), Kind::Data, Some(202)) => return self.unclear(now, Some(202)),
            (Phase::Authorizing { status: false }, Kind::Mint, Some(status))
                if !self.service_answered && page_blames_the_setup(status) =>
            {
                let failure = self.failure(Reason::Unreachable, Recovery::FixTheSetup);
                return self.fail(seen.told(failure));
            }
            _ => {}
        }
        let large = seen.fault.kind == FaultKind::TooLarge;
        if !large && self.again(now, out.kind, seen.retry_after) {
            return;
        }
        if self.recall_is_over(now) {
            return;
        }
        match (&mut self.phase, out.kind) {
            (_, Kind::MintShow) => self.show_refused(now),
            (Phase::Looking(_), Kind::Data) => self.unclear(now, seen.page_status()),
            // The service has the session, so the widget may know more (help article: "203 or 202").
            (Phase::Authorizing { status: true }, _) => self.ask(Asking::default()),
            // The answers surely did not arrive: the end user may give them again, here or in the widget.
            (Phase::Asking(_), Kind::Answer | Kind::Mint) => {
                let asking = self.asking_again();
                self.ask_or_look(now, asking);
            }
            _ => {
                let later = now + self.policy().later;
                let not_before = seen.retry_after.map_or(later, |after| after.moment(now));
                let setup = seen.fault.kind.blames_the_setup() || seen.is_redirect();
                let failure = if seen.fault.kind == FaultKind::TooLarge {
                    self.failure(Reason::TooLarge, Recovery::FixTheSetup)
                } else if setup {
                    self.failure(Reason::Unreachable, Recovery::FixTheSetup)
                } else {
                    self.failure(Reason::Unreachable, Recovery::TryLater { not_before })
                };
                self.fail(seen.told(failure));
            }
        }
    }

    /// A request that may be sent only once is lost: that is a guess if no session is known, and a look if one is (rule
    /// 5).
    fn in_doubt(&mut self, now: Timestamp, out: Outstanding, seen: Trouble) {
        self.unsettled = Some(out);
        self.dirty = true;
        if out.kind == Kind::Answer {
            return self.look_for_answer(now);
        }
        let policy = self.policy();
        let least = out.sent + policy.request_life;
        let asked = seen.retry_after.map(|after| after.moment(now));
        let last = out.sent + policy.late_news;
        let open = asked.map_or(least, |asked| asked.max(least)).min(last);
        let recovery = match seen.page_status() {
            Some(status) if page_blames_the_setup(status) || page_handled_nothing(status) => Recovery::FixTheSetup,
            Some(429) => Recovery::TryLater { not_before: asked.unwrap_or(now + policy.later) },
            _ => Recovery::TryLater { not_before: asked.map_or(least, |asked| asked.max(least)) },
        };
        let failure = self.failure(Reason::OutcomeUnknown, recovery);
        self.guess(now, seen.told(failure), Some(open));
    }

    /// No token for the widget could be minted: the prompt stands without one.
    pub(crate) fn show_refused(&mut self, now: Timestamp) {
        self.set_due(now, Why::Send);
        if let Phase::Asking(asking) = &mut self.phase {
            asking.show = Show::Refused;
        }
    }

    /// Plans another try of the call at hand, if it may be tried again. A wait that would reach the cap of pending data
    /// is not made.
    pub(crate) fn again(&mut self, now: Timestamp, kind: Kind, retry_after: Option<RetryAfter>) -> bool {
        let policy = self.policy();
        let tried = self.due.tried.saturating_add(1);
        let tries = if matches!(kind, Kind::Poll | Kind::Status) { policy.poll_tries } else { policy.tries };
        let backoff = policy.backoff(tried, self.next_id);
        let next = match retry_after {
            Some(after) => after.moment(now).max(now + backoff),
            None => now + backoff,
        };
        let too_long = retry_after.is_some() && next > now + policy.retry_after_max;
        let capped = self.first_pending.is_some_and(|first| next >= first + policy.poll_cap);
        if tried >= tries || too_long || capped || self.retries >= policy.budget {
            return false;
        }
        self.retries += 1;
        self.set_due(next, Why::Retry);
        self.due.tried = tried;
        true
    }

    /// Whether the phase still waits for a token of this kind. It may have gone on while the mint was under way.
    pub(crate) fn wanted(&self, kind: Kind) -> bool {
        match &self.phase {
            Phase::Asking(_) => true,
            Phase::Authorizing { .. } | Phase::Recalling { .. } => kind != Kind::MintShow,
            Phase::Looking(Look { .. }) | Phase::Fetching { .. } | Phase::Done(_) => {
                !matches!(kind, Kind::Mint | Kind::MintShow)
            }
        }
    }
}
