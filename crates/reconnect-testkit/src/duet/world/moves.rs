//! What a node does next, what it is told, and how a slow request gets to the bank.

use super::node::{Does, Node, Slow};
use super::state::World;
use super::watch::mark;
use crate::duet::{as_it_arrives, restore, told};
use core::mem;
use reconnect_core::{
    DriveError, Event, Fault, FaultKind, Outcome, Pause, Rendered, Reply, Snapshot, Stepped, StoredSession, Timestamp,
    Why, drive::Next,
};
use reconnect_sandbox::Arrival;

impl World<'_> {
    pub(super) fn node_moves(&mut self, who: usize) -> Result<(), String> {
        let does = mem::replace(&mut self.nodes[who].does, Does::Rests(None, Some(self.now)));
        let dies = self.dice.hits(self.drawn.death);
        let (then, at) = match &does {
            Does::Rests(..) => ("", "death at rest"),
            Does::Holds(_) => ("keeps nothing", "death before it is kept"),
            Does::Sends(..) => ("sends nothing", "death before it is sent"),
            Does::Waits(..) => ("hears nothing", "death before the reply is told"),
        };
        if dies && !then.is_empty() {
            self.met(at);
            self.ledger.deaths += 1;
            self.tell(|| format!("{who} dies: {then}"));
            return Ok(());
        }
        let does = match does {
            Does::Rests(Some(kept), _) | Does::Holds(kept) => self.turn(who, kept)?,
            Does::Rests(None, _) if self.dice.hits(self.drawn.strangers) => {
                self.finds_another()?;
                Does::Rests(None, Some(self.now + 1_000))
            }
            Does::Rests(None, _) => {
                let row = StoredSession::restore(self.row.clone()).map_err(|error| error.to_string())?;
                self.turn(who, row)?
            }
            Does::Sends(kept, request, _) => self.send(who, kept, &request)?,
            Does::Waits(mut kept, id, reply, _) => {
                let now = self.clock(who);
                self.ledger.told(&kept, id, &reply);
                let status = reply.as_ref().map(|reply| reply.status);
                let heard = kept.tell(now, Event::Received(id, reply.clone())).map_err(|misuse| misuse.to_string())?;
                self.tell(|| format!("{who} tells {id}: {status:?}, {heard:?}"));
                if self.dice.hits(50) {
                    self.met("a reply told twice");
                    let before = kept.snapshot();
                    kept.tell(now, Event::Received(id, reply)).map_err(|misuse| misuse.to_string())?;
                    self.law(kept.snapshot() == before, "a reply that comes twice changes nothing")?;
                }
                Does::Holds(kept)
            }
        };
        self.nodes[who].does = does;
        Ok(())
    }

    /// One turn of a driver's loop, up to the request.
    fn turn(&mut self, who: usize, mut kept: StoredSession) -> Result<Does, String> {
        let now = self.clock(who);
        let turn = kept.turn(now, &self.stage.instance, &self.stage.keys).map_err(|error| error.to_string())?;
        if let Some(snapshot) = turn.snapshot() {
            if self.dice.hits(self.drawn.strangers) && self.is_overtaken_by_another(who, &mut kept, snapshot)? {
                return Ok(Does::Rests(None, Some(self.now + 1_000)));
            }
            let anothers = self.row.id().is_some() && self.row.id() != snapshot.id();
            if Some(self.row.revision()) != kept.loaded() || anothers {
                self.met("another node was faster");
                return match kept.reload(now, Some(self.row.clone())) {
                    Ok(()) => {
                        self.met("told once more to what another kept");
                        // A row of version 1 names no session. A node that loaded one and has kept nothing since goes
                        // by the login.
                        self.law(!anothers || self.drawn.old, "a session goes on in no row but its own")?;
                        Ok(Does::Holds(kept))
                    }
                    Err(DriveError::OtherSession) if anothers => {
                        self.met("a row that was begun anew is left alone");
                        Ok(Does::Rests(None, Some(self.now)))
                    }
                    Err(DriveError::Conflict) => Ok(Does::Rests(None, Some(self.now))),
                    Err(error) => Err(error.to_string()),
                };
            }
            let ends = is_refreshed(snapshot) && !is_refreshed(&self.row);
            self.law(turn.accounts().is_some() == ends, "the accounts are kept with the end, and once")?;
            self.keeps(snapshot)?;
            self.row_is_sound()?;
            if self.dice.hits(50) {
                self.row = self.written_again()?;
            }
        }
        Ok(match kept.take(turn) {
            Next::Send(request) => {
                let stored = self.row.to_json().contains(&format!(r#""wire":{{"id":{},"#, request.id));
                self.law(stored, "rule 8: a request goes out only after the snapshot that says so is kept")?;
                // A process may be held up for long between the two.
                let mut held_up = 0;
                if self.dice.hits(20) {
                    held_up = self.dice.below(600_000);
                    self.met("a process that is held up");
                    self.watch.held_up += held_up;
                    self.ledger.unheard += 1;
                }
                Does::Sends(kept, Box::new(request), self.now + held_up)
            }
            Next::Stop(Stepped::Wait { until }) => {
                let at = self.true_time(who, until).max(self.now + 1);
                let memory = self.dice.hits(500).then_some(kept);
                Does::Rests(memory, Some(at))
            }
            Next::Stop(Stepped::Pause(Pause::Ask(prompt))) => {
                let lapses = kept.deadline().expect("a prompt lapses").at;
                self.tell(|| format!("{who} asks, in {:?}", prompt.expires_in(now)));
                let at = self.true_time(who, lapses).max(self.now + 1);
                Does::Rests(None, Some(at))
            }
            Next::Stop(Stepped::Pause(Pause::Done)) => {
                self.tell(|| format!("{who} is done: {:?}", kept.outcome()));
                self.ended(&kept)?;
                // The end of one session is no news to another one that is in the row by now.
                if self.row.id().is_some_and(|id| Some(id) != kept.snapshot().id()) {
                    return Ok(Does::Rests(None, Some(self.now)));
                }
                // A hint that is kept in a guess is looked at later.
                let looks = kept.deadline().filter(|deadline| deadline.why == Why::Look);
                Does::Rests(None, looks.map(|deadline| self.true_time(who, deadline.at).max(self.now + 1)))
            }
        })
    }

    fn send(&mut self, who: usize, mut kept: StoredSession, request: &Rendered) -> Result<Does, String> {
        let (id, limit) = (request.id, request.limit_ms);
        let now = self.clock(who);
        // Where it flies, its reply is told some time later.
        if kept.begin_exchange(id, || now).map(mem::forget).is_none() {
            self.met("a request that was held up past its time");
            self.tell(|| format!("{who} does not send {id}: it is too late"));
            return Ok(Does::Holds(kept));
        }
        self.ledger.sent(&kept, request);
        let (told, takes) = if self.dice.hits(self.drawn.not_sent) {
            self.met("a request that surely did not get there");
            (Err(Fault::NOT_SENT), 100)
        } else {
            self.arrives_at_the_bank(who, kept.snapshot().id(), request)
        };
        self.tell(|| {
            let path = request.url.split("BankingServices/").nth(1).unwrap_or_default();
            let status = told.as_ref().map(|reply| reply.status);
            format!("{who} sends {id}, {} {path}: {status:?} after {takes} ms", request.method)
        });
        self.look_at_the_bank()?;
        self.watch_sent(&kept, request)?;
        let slow = self.slow.iter().any(|slow| slow.is_for(who, id));
        // Counted now: another node may find its time over before this one is told.
        self.ledger.unheard += u64::from(takes >= limit || told.is_err() && !slow);
        if !slow {
            self.watch_handled(mark(request), &told)?;
        }
        Ok(Does::Waits(kept, id, told, self.now + takes))
    }

    /// What a node is told of its request, and after how many milliseconds. If the request is slow, the reply is not
    /// known yet: the node would be told of a timeout.
    fn arrives_at_the_bank(
        &mut self,
        who: usize,
        session: Option<String>,
        request: &Rendered,
    ) -> (Result<Reply, Fault>, u64) {
        let (id, limit) = (request.id, request.limit_ms);
        let timeout = Err(Fault::maybe(FaultKind::Timeout));
        let network = 50 + self.dice.below(400);
        let arrives = as_it_arrives(request);
        match self.stage.bank.arrive(self.now, &arrives) {
            Arrival::Answered(reply) => match told(reply) {
                (delay, _) if delay >= limit => (timeout, limit),
                (delay, reply) => (reply, delay + network),
            },
            Arrival::Delayed(delayed) => {
                let delay = delayed.delay_ms;
                let (at, in_time) = (self.now + delay, delay < limit);
                self.watch.trouble += 1;
                self.slow.push(Slow { at, who, id, session, in_time, arrives, delayed, answers: mark(request) });
                (timeout, if in_time { delay + network } else { limit })
            }
        }
    }

    /// The bank handles a request that was slow. Its node may have died, or may wait no longer.
    pub(super) fn bank_handles(&mut self, slow: Slow) -> Result<(), String> {
        let Slow { who, id, session, in_time, arrives, delayed, answers, .. } = slow;
        let (_, reply) = told(self.stage.bank.handle_delayed(self.now, &arrives, delayed));
        self.tell(|| format!("the bank handles {id} of {who}: {:?}", reply.as_ref().map(|reply| reply.status)));
        self.look_at_the_bank()?;
        self.watch_handled(answers, &reply)?;
        if let Does::Waits(_, waits_for, told, _) = &mut self.nodes[who].does
            && *waits_for == id
            && in_time
        {
            *told = reply;
            return Ok(());
        }
        // It is told to the row, if that is still its session's.
        if session.is_some() && self.row.id() == session && self.nodes[who].hears() {
            let kept = StoredSession::restore(self.row.clone()).map_err(|error| error.to_string())?;
            return self.hears(who, kept, Event::Received(id, reply));
        }
        Ok(())
    }

    /// Something arrives at whoever can hear it: the node of the page, or a process that a queue wakes.
    pub(super) fn deliver(&mut self, mail: usize) -> Result<(), String> {
        let hearing: Vec<usize> = (0..self.nodes.len()).filter(|who| self.nodes[*who].hears()).collect();
        if hearing.is_empty() {
            // All are in the middle of something: it arrives when the first of them is through.
            let first = self.nodes.iter().filter_map(Node::wakes).min();
            self.mail[mail].0 = first.unwrap_or(0).max(self.now) + 50;
            return Ok(());
        }
        let who = hearing[self.dice.below(hearing.len() as u64) as usize];
        let (_, event) = self.mail.swap_remove(mail);
        let kept = match mem::replace(&mut self.nodes[who].does, Does::Rests(None, None)) {
            Does::Holds(kept) => kept,
            // What it has in memory may be old; then it is told once more to what the store has.
            Does::Rests(Some(kept), _) if self.dice.hits(500) => kept,
            Does::Rests(..) => StoredSession::restore(self.row.clone()).map_err(|error| error.to_string())?,
            Does::Sends(..) | Does::Waits(..) => unreachable!("it hears"),
        };
        self.hears(who, kept, event)
    }

    fn hears(&mut self, who: usize, mut kept: StoredSession, event: Event) -> Result<(), String> {
        let (now, was) = (self.clock(who), restore(&kept.snapshot()));
        let heard = kept.tell(now, event.clone());
        self.tell(|| format!("{who} hears {event:?}: {heard:?}"));
        self.news_is_a_hint(&was, &kept, now, &event, heard)?;
        if let Ok(heard) = heard {
            self.watch_told(&was, &kept, &event, heard)?;
        }
        self.nodes[who].does = Does::Holds(kept);
        Ok(())
    }

    fn true_time(&self, who: usize, at: Timestamp) -> u64 {
        at.as_millis().saturating_add_signed(-self.nodes[who].skew)
    }
}

fn is_refreshed(row: &Snapshot) -> bool {
    matches!(row.outcome(), Some(Outcome::Refreshed(_)))
}
