//! What a session may cost, how often an answer may reach the bank, and how soon a finished user is noticed.

use super::ledger::is_about_the_token;
use super::state::World;
use super::watch::{Cost, Return};
use crate::duet::restore;
use reconnect_core::{
    Event, Fault, Heard, Outcome, Reached, Reason, Rendered, Reply, Session, Stage as At, StoredSession, Timestamp,
    policy::Fetch,
};
use serde_json::Value;

/// The most looks and mints of one session, under any flood.
const MOST_LOOKS: u32 = 76;
const MOST_MINTS: u32 = 96;
const MINUTE: u64 = 60_000;
/// For how long the row of a session may be open while nothing is pending, and how much each change from pending to
/// asking adds.
const OPEN: u64 = 42 * MINUTE;
const SWING: u64 = 72 * MINUTE;
/// How long a return may go unnoticed: half a prompt's life, ten seconds between looks, and two slow looks.
const NOTICED: u64 = 439_000;

impl World<'_> {
    /// A request goes out.
    pub(super) fn watch_sent(&mut self, kept: &StoredSession, request: &Rendered) -> Result<(), String> {
        let id = kept.snapshot().id().unwrap_or_default();
        let now = self.now;
        let cost = self.watch.costs.entry(id).or_insert_with(|| Cost { began: now, ..Cost::default() });
        cost.mints += u32::from(request.url.ends_with("/GenerateAuthorizeToken"));
        cost.looks += u32::from(kept.stage() == At::Looking && request.url.contains("/GetAccounts"));
        let (looks, mints) = (cost.looks, cost.mints);
        self.law(looks <= MOST_LOOKS, "looks are bounded")?;
        self.law(mints <= MOST_MINTS, "mints are bounded")?;
        if looks == 10 {
            self.met("ten looks in one session");
        }
        Ok(())
    }

    /// The bank handled a request, unless the reply says that it did not. `answers` is the [`mark`] of its request.
    pub(super) fn watch_handled(
        &mut self,
        answers: Option<(String, usize)>,
        reply: &Result<Reply, Fault>,
    ) -> Result<(), String> {
        let not_handled = match reply {
            Ok(reply) => is_about_the_token(reply),
            Err(fault) => fault.reached == Reached::No,
        };
        let Some((request, at)) = answers.filter(|_| !not_handled) else { return Ok(()) };
        let before = self.watch.answered.get(&request).copied().unwrap_or(0);
        let typed = &mut self.watch.typed[at];
        let (once, own) = (!typed.sent, typed.request == request && typed.before == before);
        typed.sent = true;
        *self.watch.answered.entry(request).or_default() += 1;
        self.met("an answer reaches its prompt");
        self.law(once, "an answer is sent once")?;
        self.law(own, "an answer reaches its own prompt only")
    }

    /// A node was told something. If it hears so of a user who is through, the session has to notice.
    pub(super) fn watch_told(
        &mut self,
        was: &Session,
        kept: &StoredSession,
        event: &Event,
        heard: Heard,
    ) -> Result<(), String> {
        if let Event::Received(id, Ok(reply)) = event {
            return self.a_late_reply_moves_a_guess(was, kept, id.number(), reply, heard);
        }
        let Some(request) = was.requests().last().map(|id| id.as_str().to_owned()) else { return Ok(()) };
        if let Event::Delivered(delivery) = event {
            return self.a_fact_moves_a_guess(
                was,
                kept,
                delivery.facts().request.as_ref().map(|id| id.as_str()),
                heard,
            );
        }
        let Event::Returned(news) = event else { return Ok(()) };
        let now = self.now;
        // A guess takes news until its moment; a hint that it keeps is looked at before that.
        let waits = match was.outcome() {
            None => matches!(was.stage(), At::Asking | At::Looking),
            Some(Outcome::Failed(end)) => end.reason().is_guess() && heard != Heard::Late,
            Some(Outcome::Refreshed(_)) => false,
        };
        let holds = self.stage.bank.is_alive(now + NOTICED, &request) && self.watch.through.contains(&request);
        let ours = self.row.id().is_some() && self.row.id() == kept.snapshot().id();
        // An earlier fault may still hold up a request that is under way, until its limit.
        let clear = self.trouble() == 0 || !self.row.to_json().contains(r#""wire":"#);
        let calm = clear && self.drawn.apart == 0 && !self.drawn.forgetful && self.watch.returned.is_none();
        if news.is_redirect() && heard != Heard::NotOurs && waits && holds && ours && calm {
            let trouble = self.trouble();
            self.watch.returned = Some(Return { at: now, trouble, noticed: false });
        }
        Ok(())
    }

    /// Rule 7: a signed webhook that names our `requestId` moves a guess.
    fn a_fact_moves_a_guess(
        &mut self,
        was: &Session,
        kept: &StoredSession,
        names: Option<&str>,
        heard: Heard,
    ) -> Result<(), String> {
        let ours = was.requests().iter().any(|id| Some(id.as_str()) == names);
        if !ours || !is_guess(was.outcome()) {
            return Ok(());
        }
        self.met("a webhook moves a guess");
        let over = matches!(kept.outcome(), Some(Outcome::Failed(_)));
        self.law(heard == Heard::Took && !over, "a guess gives way to a fact")
    }

    /// Rule 7: so does the late reply to the call whose outcome was guessed, if it says that the session is authorized
    /// or asks.
    fn a_late_reply_moves_a_guess(
        &mut self,
        was: &Session,
        kept: &StoredSession,
        id: u64,
        reply: &Reply,
        heard: Heard,
    ) -> Result<(), String> {
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let says = [200, 203].contains(&reply.status)
            && body["HttpStatusCode"] == reply.status
            && body["RequestId"].is_string();
        let guessed = was.snapshot().to_json().contains(&format!(r#""doubt":{{"id":{id},"#));
        if !says || !guessed || !is_guess(was.outcome()) {
            return Ok(());
        }
        self.met("a late reply moves a guess");
        self.law(heard == Heard::Took && !is_guess(kept.outcome()), "a guess gives way to a late reply")
    }

    /// After every move: what a session costs, and whether the return was noticed.
    pub(super) fn watch(&mut self) -> Result<(), String> {
        let Some(id) = self.row.id() else { return Ok(()) };
        let session = Session::restore(self.row.clone()).map_err(|error| error.to_string())?;
        let stage = session.stage();
        let skew = self.nodes.iter().map(|node| node.skew).max().unwrap_or(0);
        let clock = Timestamp::from_millis(self.now.saturating_add_signed(skew));
        let (now, open) = (self.now, self.row.is_open(clock));
        let before = core::mem::replace(&mut self.was, stage);
        let cost = self.watch.costs.entry(id).or_insert_with(|| Cost { began: now, ..Cost::default() });
        cost.fetched |= stage == At::Fetching;
        cost.swings += u64::from(before == At::Fetching && stage == At::Asking);
        if open {
            cost.open = now - cost.began;
        }
        let cost = cost.clone();
        let most = self.most_open(&cost);
        let (swings, open) = (cost.swings, cost.open);
        self.law(swings <= 2, "it asks again at most twice")?;
        self.law(open <= most, "a row is open for a bounded time")?;
        self.watch_return(&session)
    }

    /// For how long a row with this cost may be open.
    fn most_open(&self, cost: &Cost) -> u64 {
        let pending = if cost.fetched { self.drawn.policy.poll_cap.as_millis() as u64 } else { 0 };
        let clocks = 2 * (self.drawn.apart + self.drawn.widest);
        OPEN + cost.swings * SWING + pending + clocks + self.watch.held_up
    }

    fn watch_return(&mut self, session: &Session) -> Result<(), String> {
        let trouble = self.trouble();
        let failed = matches!(session.outcome(), Some(Outcome::Failed(end)) if !end.reason().is_guess());
        let Some(returned) = &mut self.watch.returned else { return Ok(()) };
        if returned.noticed {
            return Ok(());
        }
        if returned.trouble != trouble || failed {
            self.watch.returned = None;
            return Ok(());
        }
        let refreshed = matches!(session.outcome(), Some(Outcome::Refreshed(_)));
        returned.noticed = session.stage() == At::Fetching || refreshed;
        let (noticed, late) = (returned.noticed, self.now > returned.at + NOTICED);
        if noticed {
            self.met("a finished user is noticed");
        }
        self.law(noticed || !late, "a user who finished is noticed")
    }

    /// At the end of a walk: a user who was noticed has a refreshed session.
    pub(super) fn watch_the_end(&mut self) -> Result<(), String> {
        // A row that nobody drives any more is open for a bounded time.
        if let Some(cost) = self.row.id().and_then(|id| self.watch.costs.get(&id)) {
            let bound = Timestamp::from_millis(cost.began + self.most_open(cost) + 1);
            self.law(!self.row.is_open(bound), "a row is open for a bounded time after its end")?;
        }
        let trouble = self.trouble();
        let Some(returned) = self.watch.returned.as_ref().filter(|returned| returned.trouble == trouble) else {
            return Ok(());
        };
        let outcome = restore(&self.row);
        let cancelled = matches!(outcome.outcome(), Some(Outcome::Failed(end)) if end.reason() == Reason::Cancelled);
        let may_fail = cancelled || matches!(self.drawn.policy.fetch, Fetch::Webhook { .. });
        let refreshed = matches!(outcome.outcome(), Some(Outcome::Refreshed(_)));
        self.law(returned.noticed, "a user who finished is noticed before the end")?;
        self.law(refreshed || may_fail, "a user who finished and was noticed is refreshed")
    }

    /// How many things went wrong so far.
    fn trouble(&self) -> u64 {
        self.watch.trouble + self.ledger.unheard + self.ledger.deaths + self.watch.births as u64
    }
}

fn is_guess(outcome: Option<Outcome<'_>>) -> bool {
    matches!(outcome, Some(Outcome::Failed(end)) if end.reason().is_guess())
}
