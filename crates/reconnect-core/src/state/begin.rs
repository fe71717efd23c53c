//! How a session begins: with a login, with a live `requestId`, or with the messages that a page heard from the widget.

use crate::{
    connect::watch::Watch,
    deadline::Why,
    ids::{LoginId, RequestId, RowId},
    instance::Instance,
    known::Known,
    lease,
    outcome::Via,
    policy::{Policy, Probe},
    selection::Selection,
    state::{
        State, VERSION,
        phase::{Asking, Back, Claimed, Doubt, Due, Look, Phase},
    },
    time::Timestamp,
};
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};

impl State {
    pub(crate) fn refresh(login: LoginId, known: Known, keep: Selection, policy: Policy, now: Timestamp) -> Self {
        let mut state = Self::new(known, keep, policy, now);
        state.id = state.fingerprint("refresh", login.as_str());
        state.login = Some(login);
        state
    }

    pub(crate) fn resume(request: RequestId, known: Known, keep: Selection, policy: Policy, now: Timestamp) -> Self {
        // A clock that jumped back makes "later than now" out of "just now" (decision 4).
        let sent = known.last_sent.map(|sent| sent.min(now));
        let mut state = Self::new(known, keep, policy, now);
        state.id = state.fingerprint("resume", request.as_str());
        state.requests.push(request);
        let asking = Asking::default();
        let alive = sent.map(|sent| lease::is_alive(sent, now, state.policy().request_life));
        if let Some(sent) = sent {
            (state.lease_from, state.began_at, state.first_answered) = (sent, sent, Some(sent));
        }
        match alive {
            Some(true) => state.ask(asking),
            Some(false) if state.policy().probe != Probe::Always => {
                state.phase = Phase::Asking(asking);
                state.lapse(now, None);
            }
            Some(false) | None => {
                state.lease_assumed = alive.is_none();
                let back = Back::Ask(asking);
                state.phase = Phase::Looking(Look::new(Doubt::Age, back));
            }
        }
        state.dirty = false;
        state
    }

    /// Goes on with a first connection that was interrupted (decision 77). A login that the caller knows does not show
    /// whose session it is: the login is learnt from a reply, and only that one can be confirmed.
    pub(crate) fn resume_claimed(
        watch: &Watch,
        mut known: Known,
        keep: Selection,
        policy: Policy,
        now: Timestamp,
    ) -> Option<Self> {
        known.login = None;
        known.last_sent = known.last_sent.or(watch.last_heard());
        if known.institution.is_none() {
            known.institution = watch.institution().map(Into::into);
        }
        let mut state = Self::resume(watch.request()?.clone(), known, keep, policy, now);
        state.claimed = Claimed::Yes;
        state.name(watch.accounts(), false);
        state.dirty = false;
        Some(state)
    }

    /// A number from the login or request, the beginning and the key, by FNV-1a, which is the same everywhere: other
    /// sessions get another number.
    fn fingerprint(&self, entry: &str, id: &str) -> RowId {
        let began = self.began_at.as_millis().to_be_bytes();
        let key = self.key.as_deref().unwrap_or_default();
        let id = id.bytes().map(|byte| byte.to_ascii_lowercase());
        let all = entry.bytes().chain([0]).chain(id).chain([0]).chain(began).chain(key.bytes());
        let mixed =
            all.fold(0xcbf2_9ce4_8422_2325, |sum: u64, byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        RowId(mixed.max(1))
    }

    /// Raises the revision by one if the call changed anything.
    pub(crate) fn revise(&mut self) {
        if core::mem::take(&mut self.dirty) {
            self.revision += 1;
            self.renew();
        }
    }

    /// A session of version 1 gets an id when it changes.
    fn renew(&mut self) {
        self.version = VERSION;
        self.claim = None;
        if self.id == RowId::NONE {
            let (entry, id) = match (&self.login, self.requests.first()) {
                (Some(login), _) => ("refresh", login.as_str().to_owned()),
                (None, Some(request)) => ("resume", request.as_str().to_owned()),
                (None, None) => ("", String::new()),
            };
            self.id = self.fingerprint(entry, &id);
        }
    }

    /// A session of version 1 that goes on at an instance belongs to it from then on. Until it changes, its row stays as
    /// it was.
    pub(crate) fn settle_at(&mut self, instance: &Instance) {
        if self.dirty && self.first_label {
            (self.instance, self.first_label) = (Some(instance.shared_label()), false);
        }
    }

    pub(crate) fn new(known: Known, keep: Selection, policy: Policy, now: Timestamp) -> Self {
        let known = known.for_every_store();
        Self {
            version: VERSION,
            id: RowId::NONE,
            key: known.key,
            tag: known.tag,
            login: known.login,
            claim: None,
            claimed: Claimed::No,
            requests: Vec::with_capacity(1),
            institution: known.institution,
            language: known.language,
            instance: known.instance,
            first_label: false,
            keep,
            named_others: false,
            named: None,
            named_other_request: false,
            other_request: false,
            policy: (policy != Policy::DEFAULT).then(|| Box::new(policy)),
            phase: Phase::Authorizing { status: false },
            outstanding: None,
            unsettled: None,
            due: Due::first(now, Why::Send),
            token: None,
            reminted: false,
            next_id: 1,
            revision: 0,
            began_at: now,
            live_sent: false,
            service_answered: false,
            prompt_number: 0,
            later_prompts: 0,
            last_show_mint: None,
            token_invalid: 0,
            lease_from: now,
            lease_assumed: false,
            first_answered: None,
            first_pending: None,
            last_look: None,
            looks_by_named_news: 0,
            looks_by_news: 0,
            hint_due: None,
            lapse_renewed: false,
            asked_again: 0,
            recalled: false,
            retries: 0,
            via: Via::Live,
            accounts: None,
            dirty: false,
        }
    }
}
