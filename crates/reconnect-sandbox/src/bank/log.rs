//! The log of requests, and the findings of the doctor.

use super::logged::Logged;
use super::state::Bank;
use crate::doctor::finding::Finding;
use crate::doctor::rules::Rule;
use crate::http::{Reply, Request};

impl Bank {
    /// The last requests, at least 9,000. Requests to the controls are left out.
    pub fn requests(&self) -> &[Logged] {
        self.log.items()
    }

    /// The last findings of the doctor, at least 9,000. A rule that a request breaks has one finding for that request.
    pub fn findings(&self) -> &[Finding] {
        self.findings.items()
    }

    /// How many findings there were in all, including those that are no longer kept.
    pub(crate) fn findings_made(&self) -> u64 {
        self.findings.dropped() + self.findings().len() as u64
    }

    /// The findings after the first `made`.
    pub(crate) fn findings_since(&self, made: u64) -> &[Finding] {
        let kept_since = usize::try_from(made.saturating_sub(self.findings.dropped())).unwrap_or(usize::MAX);
        self.findings().get(kept_since..).unwrap_or_default()
    }

    pub(super) fn record(
        &mut self,
        now: u64,
        request: &Request,
        reply: &Reply,
        fault: Option<&'static str>,
        broken: &[&'static Rule],
    ) {
        for rule in broken {
            self.findings.push(Finding::new(now, request, rule));
        }
        self.log.push(Logged::new(now, request, reply, fault));
    }
}
