//! What of a session is stored, and what has to fit together when it is restored.

use crate::{
    error::RestoreError,
    state::{
        State,
        phase::{Due, Kind, Outstanding, Phase, Show},
    },
};
use alloc::sync::Arc;

/// Integers are exact up to here in every language that may read a row.
const LARGEST: u64 = 1 << 53;

impl State {
    /// What of a session is kept: everything but the answers, the widget's showing and the accounts, and with the token
    /// and the prompts only where answers may go through the API.
    pub(crate) fn at_rest(&self) -> Self {
        let mut rest = Self { accounts: None, ..self.clone() };
        let secrets = self.keeps_secrets();
        if !secrets {
            rest.token = None;
        }
        if let Some(asking) = rest.phase.prompt_mut() {
            (asking.answers, asking.show) = (None, Show::Closed);
            if !secrets {
                asking.challenges = Arc::default();
            }
        }
        if matches!(rest.phase, Phase::Asking(_) | Phase::Done(_)) {
            // Nothing is due that could be late.
            rest.due = Due::default();
        }
        rest
    }

    /// What every transition relies on, so that no stored text can make one panic.
    pub(crate) fn check(&self) -> Result<(), RestoreError> {
        let needs_login = matches!(self.phase, Phase::Authorizing { status: false } | Phase::Recalling { .. });
        let needs_request = matches!(
            self.phase,
            Phase::Authorizing { status: true } | Phase::Asking(_) | Phase::Looking(_) | Phase::Fetching { .. }
        );
        let sent = |out: &Outstanding| out.id.number() != 0 && out.id.number() < self.next_id && out.sent <= out.until;
        let ended = matches!(self.phase, Phase::Done(_));
        let fits = |out: &Outstanding| match out.kind {
            Kind::Live => matches!(self.phase, Phase::Authorizing { status: false }),
            Kind::Status => matches!(self.phase, Phase::Authorizing { status: true }),
            Kind::Answer => matches!(self.phase, Phase::Asking(_)),
            Kind::Cached => matches!(self.phase, Phase::Recalling { .. }),
            Kind::Data => matches!(self.phase, Phase::Looking(_) | Phase::Fetching { .. }),
            Kind::Poll => matches!(self.phase, Phase::Fetching { .. }),
            Kind::Mint | Kind::MintShow => !ended,
        };
        let broken = [
            (needs_login && self.login.is_none(), "it authorizes without a login"),
            (needs_request && self.requests.is_empty(), "it has a session without a request id"),
            (self.next_id == 0, "exchanges are numbered from 1"),
            (self.next_id > LARGEST || self.revision > LARGEST, "a number is larger than a session counts to"),
            (self.hint_due.is_some() && self.requests.is_empty(), "a look is due without a request id"),
            (!self.outstanding.iter().chain(&self.unsettled).all(sent), "an exchange was never sent"),
            (!self.outstanding.iter().all(fits), "a request is under way that its phase does not send"),
            (self.unsettled.is_some_and(|out| !out.kind.once()), "only what is sent once is ever in doubt"),
        ];
        match broken.iter().find(|(broken, _)| *broken) {
            Some((_, why)) => Err(RestoreError::Broken(why)),
            None => Ok(()),
        }
    }
}
