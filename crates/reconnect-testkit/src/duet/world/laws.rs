//! What may never happen, whatever goes wrong.

use super::ledger::Ledger;
use super::state::World;
use crate::duet::{START, restore, rows};
use core::time::Duration;
use reconnect_core::{
    AccountId, Event, Heard, Misuse, Narrowed, Outcome, Reason, Session, Snapshot, Stage as At, Stopped, StoredSession,
    Timestamp, Via, Why, policy::Fetch,
};

/// Rules of the doctor that a bad network breaks for us: a poll again whose reply was lost, a look at what has ended,
/// an answer that the widget was faster than, and one to a question that was answered already, whose reply was lost.
const EXCUSED: [&str; 4] = ["poll-too-soon", "session-over", "already-authorized", "answer-missing"];
const HOUR: Duration = Duration::from_secs(3_600);

impl World<'_> {
    /// After every move.
    pub(super) fn hold(&self) -> Result<(), String> {
        let Ledger { lives, again, may_go, doubled, .. } = &self.ledger;
        let again = |id| again.get(id).copied().unwrap_or(0);
        let once = lives.iter().all(|(id, lives)| lives.len() <= may_go + again(id));
        self.law(once, "no live /Authorize twice in one session, nor after a restart")?;
        let texted = self.stage.bank.challenges_sent(self.stage.login.as_str());
        self.law(texted <= 1 + doubled + self.watch.births, "the user is texted once")?;
        self.law(self.stage.bank.challenges_sent(self.stage.other.as_str()) == 0, "nobody else is texted")
    }

    /// What the bank has seen since: the faults that befell calls, and what was wrong with ours.
    pub(super) fn look_at_the_bank(&mut self) -> Result<(), String> {
        let (requests, findings) = (self.stage.bank.requests().to_vec(), self.stage.bank.findings().to_vec());
        for request in &requests[self.seen.0..] {
            let Some(kind) = request.fault else { continue };
            self.met(kind);
            // A slow request was counted when it was sent.
            self.watch.trouble += u64::from(kind != "latency");
            match kind {
                "tooManyRequests" | "contradiction" | "duplicate" => self.ledger.refusals += 1,
                // What is lost is counted by who waits for it.
                "badGateway" | "empty" => self.ledger.unheard += 1,
                _ => {}
            }
            let live = request.path.ends_with("/Authorize") || request.path.ends_with("/AuthorizeAsync");
            self.ledger.doubled += usize::from(live && kind == "duplicate");
        }
        for finding in &findings[self.seen.1..] {
            let excused = match finding.rule.id {
                // The nodes measure one life by two clocks. The service then refuses the token, and another is minted.
                "token-expired" => self.drawn.apart > 0,
                "live-again" => self.ledger.doubled > 0 || self.watch.births > 0,
                // The status of an asynchronous authorization has no answers; no page says so.
                "request-id-alone" => true,
                other => EXCUSED.contains(&other),
            };
            self.law(excused, &format!("what is sent is as documented: {finding}"))?;
        }
        self.seen = (requests.len(), findings.len());
        Ok(())
    }

    /// The row, read as JSON by another language and written again: its keys in order, and empty objects as lists.
    pub(super) fn written_again(&mut self) -> Result<Snapshot, String> {
        self.met("a row that another language wrote again");
        let value: serde_json::Value = serde_json::from_str(&self.row.to_json()).map_err(|error| error.to_string())?;
        let pretty = serde_json::to_string_pretty(&value).map_err(|error| error.to_string())?.replace("{}", "[]");
        let text = if self.dice.hits(500) { pretty } else { rows::written_again(&self.row.to_json()) };
        let again = Snapshot::from_json(&text).map_err(|error| error.to_string())?;
        self.law(again == self.row, "a row that another language wrote again is the same")?;
        Ok(again)
    }

    pub(super) fn row_is_sound(&self) -> Result<(), String> {
        let (row, keys) = (self.row.to_json(), &self.stage.keys);
        let shows = [&keys.secret, &keys.api].into_iter().flatten().any(|key| row.contains(key.expose()));
        self.law(!shows, "no key is in a snapshot")?;
        self.nothing_is_lost()
    }

    /// Where a session has just ended, the bank has ended it too, or something excuses it.
    fn nothing_is_lost(&self) -> Result<(), String> {
        let session = restore(&self.row);
        let Some(Outcome::Failed(end)) = session.outcome() else { return Ok(()) };
        let held = session.requests().last().is_some_and(|id| self.stage.bank.is_alive(self.now, id.as_str()));
        let Ledger { refusals, unheard, deaths, .. } = self.ledger;
        let excused = match end.reason() {
            // A fact still moves a guess.
            Reason::Lapsed | Reason::OutcomeUnknown | Reason::EndedInWidget => true,
            Reason::GaveUp | Reason::Cancelled => true,
            // Contradictions with the code of a refusal, or as many as there are tries.
            Reason::Refused => refusals > 0,
            Reason::Unreachable => refusals + unheard + deaths >= self.drawn.policy.tries.into(),
            Reason::NotRefreshed | Reason::TooLarge | Reason::OtherLogin | _ => false,
        };
        let name = format!("no session is lost that the service still holds: {:?}", end.reason());
        self.law(!held || excused, &name)
    }

    /// Rule 9, rule 7 and decision 18.
    pub(super) fn news_is_a_hint(
        &mut self,
        was: &Session,
        kept: &StoredSession,
        now: Timestamp,
        event: &Event,
        heard: Result<Heard, Misuse>,
    ) -> Result<(), String> {
        let Event::Returned(news) = event else { return Ok(()) };
        self.law(kept.login() == was.login() && kept.requests() == was.requests(), "no id of news is taken")?;
        self.law(kept.keep() == was.keep(), "no account of news is in the selection")?;
        let other_login = matches!((was.login(), &news.login), (Some(ours), Some(theirs)) if ours != theirs);
        if other_login {
            self.met("a forged login");
            let refused = heard == Ok(Heard::NotOurs) && kept.snapshot() == was.snapshot();
            return self.law(refused, "news of another login is refused");
        }
        if news.request.as_ref().is_some_and(|request| !was.requests().contains(request)) {
            self.met("a forged session");
        }
        let Some(Outcome::Failed(end)) = was.outcome() else { return Ok(()) };
        let counts = end.reason().is_guess() && was.deadline().is_some_and(|forget| now < forget.at);
        if counts && news.is_redirect() && !was.requests().is_empty() {
            self.met("a guess that news puts in doubt");
            // It looks at once or later. If it is to look later, it already knows of the hint.
            let hint = was.deadline().is_some_and(|deadline| deadline.why == Why::Look);
            return self.law(heard == Ok(Heard::Took) || hint, "a guess is put in doubt by a redirect");
        }
        Ok(())
    }

    /// A node has come to the end of a session that it may hold in memory.
    pub(super) fn ended(&self, kept: &StoredSession) -> Result<(), String> {
        let (done, accounts) = match kept.clone().done() {
            Ok(done) => (done.refreshed, done.accounts),
            Err(Stopped::HandedOver(refreshed)) => (*refreshed, Vec::new()),
            Err(_) => return Ok(()),
        };
        let theirs = self.stage.accounts();
        let ids: Vec<&AccountId> = accounts.iter().map(|account| &account.id).collect();
        self.law(done.kept.iter().chain(ids).all(|id| theirs.contains(id)), "no account of another login")?;
        self.law(done.kept.iter().all(|id| self.drawn.keep.keeps(id)), "no account that was not selected")?;
        // A session that keeps all has all that the service sent, unless redirects chose among them; then the outcome
        // says so.
        let whole = !self.drawn.keep.is_all() || done.left_out == 0;
        let narrowed = matches!(done.narrowed, Narrowed::Redirect | Narrowed::OurRedirect | Narrowed::Late);
        self.law(whole || narrowed, "the outcome says if redirects chose among the accounts")?;
        let built = accounts.iter().all(|account| done.kept.contains(&account.id));
        self.law(built, "what is handed over is what is told")?;
        let selected = self.drawn.keep.ids().unwrap_or_default();
        let told = |id: &AccountId| done.kept.contains(id) || done.missing.contains(id);
        let fetches = self.drawn.policy.fetch != Fetch::Nothing;
        self.law(!fetches || selected.iter().all(told), "each selected account is kept or missing")?;
        let ours = done.login.as_ref().is_none_or(|login| *login == self.stage.login);
        self.law(ours, "the outcome is this login's")?;
        // What is stored is a month old; a session is at most half an hour older than the walk.
        let old = |at: Timestamp| at < START.before(HOUR);
        self.law(!done.last_refresh.is_some_and(old), "old data is not passed off as fresh")?;
        self.law(done.via == Via::Live || done.last_refresh.is_some(), "cached data says how old it is")
    }

    /// When nobody will ever move again.
    pub(super) fn at_the_end(&mut self) -> Result<bool, String> {
        self.watch_the_end()?;
        let session = restore(&self.row);
        self.law(session.stage() == At::Done, "it ends")?;
        match session.outcome() {
            Some(Outcome::Refreshed(done)) => {
                self.met(if done.via == Via::Live { "refreshed" } else { "refreshed from what is stored" });
                Ok(true)
            }
            Some(Outcome::Failed(end)) => {
                self.met(word(end.reason()));
                Ok(false)
            }
            None => Ok(false),
        }
    }
}

fn word(reason: Reason) -> &'static str {
    match reason {
        Reason::Refused => "refused",
        Reason::Lapsed => "lapsed",
        Reason::OutcomeUnknown => "outcome unknown",
        Reason::EndedInWidget => "ended in the widget",
        Reason::GaveUp => "gave up",
        Reason::Unreachable => "unreachable",
        Reason::NotRefreshed => "not refreshed",
        Reason::Cancelled => "cancelled",
        Reason::TooLarge | Reason::OtherLogin | _ => "what no walk comes to",
    }
}
