//! The faults of a bank, and on which call each falls.

use core::fmt;

use crate::fault::{Effect, Fault};

/// The faults of a bank, each with the number of calls that it has seen.
#[derive(Clone)]
pub(super) struct Faults {
    all: Vec<Counted>,
}

#[derive(Clone)]
struct Counted {
    fault: Fault,
    /// How many calls matched.
    matched: u64,
    /// How many of these the fault fell on.
    happened: u64,
}

impl Faults {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Faults { all: faults.into_iter().map(|fault| Counted { fault, matched: 0, happened: 0 }).collect() }
    }

    /// The faults as they were given.
    pub(super) fn given(&self) -> impl Iterator<Item = &Fault> {
        self.all.iter().map(|counted| &counted.fault)
    }

    /// Counts a call with every fault that matches it, and gives the effect of the first fault that falls on it.
    pub(super) fn count(&mut self, seed: u64, endpoint: &str, user: Option<&str>) -> Option<Effect> {
        let mut effect = None;
        for (index, Counted { fault, matched, happened }) in self.all.iter_mut().enumerate() {
            let is_user = |wanted: &String| user.is_some_and(|user| user.eq_ignore_ascii_case(wanted));
            let is_endpoint = |wanted: &String| endpoint.eq_ignore_ascii_case(wanted);
            if !fault.user.as_ref().is_none_or(is_user) || !fault.endpoint.as_ref().is_none_or(is_endpoint) {
                continue;
            }
            *matched += 1;
            let may_happen = fault.times.is_none_or(|times| *happened < times);
            if effect.is_none() && may_happen && fault.falls_on(seed, index, *matched) {
                *happened += 1;
                effect = Some(fault.effect.clone());
            }
        }
        effect
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.given()).finish()
    }
}
