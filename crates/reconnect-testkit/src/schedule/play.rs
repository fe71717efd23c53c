//! Plays one schedule to the session and to the model, compares all that both say, and holds the laws.

mod tells;
mod words;

use super::{BEGIN, Op, Start, replies};
use crate::at_rest::says_the_same;
use crate::model::{Call, Came, Does, End, Entry, Millis, Model, NewsKind, Shape, moment};
use reconnect_core::{
    AccountId, Action, Answers, ExchangeId, Fault, Instance, Keys, Known, LoginId, Mfa, Pause, Policy, Prompt, Reached,
    Reason, RequestId, Selection, Session, Snapshot, Stage, Why,
    policy::{Entry::AuthorizeAsync, Fetch},
};
use std::collections::BTreeMap;

/// Where each kind of step led: stage before × kind × stage after.
#[derive(Clone, Debug)]
pub struct Cover {
    /// How often.
    pub cells: [[[u64; 6]; KINDS.len()]; 6],
    /// How many steps in all.
    pub steps: u64,
    /// How many sessions ended well.
    pub refreshed: u64,
    /// And of those that were to go each way.
    pub ways: BTreeMap<&'static str, u64>,
}

/// The kinds of step that [`Cover`] tells apart.
pub const KINDS: [&str; 20] = [
    "send",
    "time",
    "token",
    "asks",
    "yes",
    "pending",
    "refused",
    "unreadable",
    "page",
    "fault",
    "late",
    "redirect",
    "news",
    "answer",
    "open",
    "shown",
    "take",
    "restore",
    "delivered",
    "cancel",
];

impl Default for Cover {
    fn default() -> Self {
        Self { cells: [[[0; 6]; KINDS.len()]; 6], steps: 0, refreshed: 0, ways: BTreeMap::new() }
    }
}

impl Cover {
    /// How often a step of this kind led from one stage to the other.
    ///
    /// # Panics
    /// If there is no such kind.
    #[must_use]
    pub fn of(&self, before: Stage, kind: &str, after: Stage) -> u64 {
        let kind = KINDS.iter().position(|known| *known == kind).expect("a kind of step");
        self.cells[at(before)][kind][at(after)]
    }

    /// How many steps were taken in a stage.
    #[must_use]
    pub fn visits(&self, stage: Stage) -> u64 {
        self.cells[at(stage)].iter().flatten().sum()
    }

    /// Adds what another schedule covered.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.cells.iter_mut().flatten().flatten().zip(other.cells.iter().flatten().flatten()) {
            *mine += theirs;
        }
        self.steps += other.steps;
        self.refreshed += other.refreshed;
        for (way, count) in &other.ways {
            *self.ways.entry(way).or_default() += count;
        }
    }
}

fn at(stage: Stage) -> usize {
    Stage::ALL.iter().position(|known| *known == stage).expect("every stage is in ALL")
}

/// Both sides, and what is between them.
pub(super) struct Table<'s> {
    /// Without it the model plays alone.
    core: Option<Session>,
    /// Its snapshot.
    row: Option<Snapshot>,
    pub(super) model: Model,
    policy: Policy,
    pub(super) now: Millis,
    /// The snapshot as JSON, without its revision.
    kept: String,
    /// The `SecurityResponses` of each answer that was given, and the number of the prompt that stood then.
    answers: Vec<(String, u32)>,
    /// How often a live `/Authorize` may still be sent, and each answer.
    lives_left: i64,
    answers_left: i64,
    /// Tokens of the widget: in no snapshot, ever.
    widget_tokens: Vec<u64>,
    story: Option<&'s mut Vec<String>>,
}

/// Plays a schedule.
///
/// # Errors
/// If session and model disagree, or a law does not hold: what, in words.
pub fn play(start: &Start, ops: &[Op], cover: &mut Cover, story: Option<&mut Vec<String>>) -> Result<(), String> {
    let mut table = Table::lay(start, story, true);
    table.compare()?;
    // What is over for good is told little more: that nothing moves it shows soon.
    let mut after_the_end = 0;
    for op in ops {
        let before = table.model.stage();
        after_the_end += u8::from(before == Stage::Done && table.model.deadline().is_none());
        if after_the_end > 3 {
            break;
        }
        let kind = table.take(*op)?;
        table.compare()?;
        let kind = KINDS.iter().position(|known| *known == kind).expect("every step has a kind");
        cover.cells[at(before)][kind][at(table.model.stage())] += 1;
        cover.steps += 1;
    }
    if let Some(End::Refreshed { .. }) = table.model.end_of_it() {
        cover.refreshed += 1;
        for way in start.ways() {
            *cover.ways.entry(way).or_default() += 1;
        }
    }
    table.laws_of_the_end()
}

pub(super) fn same<T: PartialEq + core::fmt::Debug>(what: &str, session: &T, model: &T) -> Result<(), String> {
    if session == model {
        return Ok(());
    }
    Err(format!("{what} differs\n  session: {session:?}\n  model:   {model:?}"))
}

/// As [`same`], where there is a session.
fn agree<T: PartialEq + core::fmt::Debug>(what: &str, session: Option<T>, model: &T) -> Result<(), String> {
    session.map_or(Ok(()), |session| same(what, &session, model))
}

fn law(holds: bool, name: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("a law does not hold: {name}")) }
}

impl<'s> Table<'s> {
    pub(super) fn lay(start: &Start, story: Option<&'s mut Vec<String>>, with_session: bool) -> Self {
        let core = with_session.then(|| session(start));
        Self {
            model: Model::enter(&start.entry, start.keep.clone(), start.policy.clone(), BEGIN)
                .at(start.institution)
                .tagged(start.tag),
            kept: core.as_ref().map_or(String::new(), |core| kept(&core.snapshot())),
            row: core.as_ref().map(Session::snapshot),
            core,
            policy: start.policy.clone(),
            now: BEGIN,
            answers: Vec::new(),
            lives_left: 1,
            answers_left: 0,
            widget_tokens: Vec::new(),
            story,
        }
    }

    pub(super) fn tell(&mut self, line: impl FnOnce() -> String) {
        let since = self.now as i64 - BEGIN as i64;
        if let Some(story) = &mut self.story {
            story.push(format!("{since:>9} ms  {}", line()));
        }
    }

    /// One step; returns its kind.
    fn take(&mut self, op: Op) -> Result<&'static str, String> {
        match op {
            Op::Poll { follow } => self.poll(follow),
            Op::Reply { kind, how, more } => {
                let Some((id, call)) = self.model.outstanding() else { return self.go_on([kind, how, more]) };
                let (id, call) = (id, call.clone());
                let edges = self.model.edges_of_a_reply();
                if kind % 4 == 1 && how % 2 == 0 && !edges.is_empty() {
                    self.now = self.near(&edges, Millis::from(more / 16));
                    // No wait of the service's own hides the edge.
                    return self.reply(id, &call, [kind, how, more & 0xf0]);
                }
                // Where something is in doubt, its reply is what is most worth telling.
                if self.model.in_doubt().is_some() && kind % 4 == 1 {
                    return self.stale(0, how.rotate_left(3), more);
                }
                self.reply(id, &call, [kind, how, more])
            }
            Op::Fault { kind } => {
                let id = self.model.outstanding().map_or(0, |(id, _)| id);
                self.fault(id, kind)
            }
            Op::Lost => {
                let id = self.model.outstanding().or(self.model.in_doubt()).map_or(1, |(id, _)| id);
                self.lost(id)
            }
            Op::Stale { which, kind, how } => self.stale(which, kind, how),
            Op::News { kind, how, more } => self.news([kind, how, more]),
            Op::Flood { how, more, count } => {
                for _ in 0..=count % 48 {
                    self.news([0, how, more])?;
                    self.compare()?;
                    self.now += [0, 1_000, 10_000, 40_000][usize::from(count / 64)];
                    // A poll in between lets the looks go out.
                    if how & 0x80 != 0 {
                        self.poll(false)?;
                    }
                }
                Ok("redirect")
            }
            Op::Answer { how } => self.answer(how),
            Op::Delivered { kind, how, more } => self.delivered([kind, how, more]),
            Op::Open => self.open(),
            Op::Shown => self.shown(),
            Op::Take { how } => self.take_or_confirm(how),
            Op::Cancel => {
                self.tell(|| "cancel".to_owned());
                self.model.cancel(self.now);
                self.told(|core, now| core.cancel(now))?;
                Ok("cancel")
            }
            Op::Restore => self.restore(),
            Op::Time { how, amount } => {
                let amount = Millis::from(amount);
                let deadline = self.model.deadline().map(|(at, _)| at).filter(|at| *at > self.now);
                self.now = match (how, deadline) {
                    (0..=69, Some(at)) => at,
                    (70..=119, Some(at)) => at - 1,
                    (120..=159, Some(at)) => at + 1,
                    (160..=179, _) => self.now + amount * 137,
                    (180..=215, _) => self.near(&self.model.edges(), amount),
                    (216..=235, _) => self.now + amount * 4_001,
                    (236..=245, _) => self.now - amount * 1_003,
                    (246..=248, _) => self.now + 86_400_000,
                    _ => self.now + amount,
                };
                self.tell(|| "time passes".to_owned());
                Ok("time")
            }
        }
    }

    /// One tick before the end of something, at it, or one after.
    fn near(&self, edges: &[Millis], choice: Millis) -> Millis {
        let edges: Vec<Millis> = edges.iter().copied().filter(|at| *at > self.now).collect();
        let Some(edge) = edges.get(choice as usize / 3 % edges.len().max(1)) else { return self.now };
        edge + choice % 3 - 1
    }

    /// Any call to the session: the revision goes up by one where the snapshot changed, and nowhere else.
    fn told<T>(
        &mut self,
        call: impl FnOnce(&mut Session, reconnect_core::Timestamp) -> T,
    ) -> Result<Option<T>, String> {
        let now = moment(self.now);
        let Some(core) = &mut self.core else { return Ok(None) };
        let revision = core.revision();
        let told = call(core, now);
        let row = core.snapshot();
        let kept = kept(&row);
        let expected = revision + u64::from(kept != self.kept);
        if core.revision() != expected {
            return Err(format!(
                "revision {revision} became {} while the snapshot {}\n  before: {}\n  after:  {kept}",
                core.revision(),
                if kept == self.kept { "stayed" } else { "changed" },
                self.kept
            ));
        }
        (self.kept, self.row) = (kept, Some(row));
        Ok(Some(told))
    }

    pub(super) fn poll(&mut self, follow: bool) -> Result<&'static str, String> {
        // Where nothing is under way and a moment is waited for, it comes.
        if let (true, None, Some((at, _))) = (follow, self.model.outstanding(), self.model.deadline()) {
            let waits = !matches!(self.model.stage(), Stage::Asking | Stage::Done);
            self.now = if waits { self.now.max(at) } else { self.now };
        }
        let number = self.model.number();
        let mut predicted = self.model.poll(self.now);
        let now = self.now;
        if let Some(action) = self.told(|core, at| core.poll(at))? {
            let does = self.read_action(&action)?;
            predicted = jittered(&mut self.model, &does, predicted)?;
            same("what poll answers", &does, &self.for_the_wire(predicted.clone()))?;
            self.says_nothing_of_browsers(&action)?;
        }
        self.tell(|| format!("poll: {predicted:?}"));
        match &predicted {
            Does::Send { call: Call::Live { .. }, once, .. } => {
                self.lives_left -= 1;
                law(*once && self.lives_left >= 0, "a live /Authorize goes once, unless it surely did not get there")?;
            }
            Does::Send { call: Call::Answer { answers, .. }, once, .. } => {
                self.answers_left -= 1;
                law(*once && self.answers_left >= 0, "an answer goes once, unless it surely did not get there")?;
                // The first try of an answer changed the prompt's number; a second try has the new one.
                let told = self.answers.get_mut(*answers as usize).ok_or("an answer that nobody gave")?;
                law(told.1 == number, "an answer goes to the prompt for which it was told")?;
                told.1 = self.model.number();
            }
            Does::Send { once, .. } => law(!once, "only a live /Authorize and an answer are once")?,
            Does::Wait(until) => law(*until > now, "what is waited for is in the future")?,
            Does::Ask(_) | Does::Done(_) => {}
        }
        Ok("send")
    }

    /// No id that only a browser said is in a request.
    fn says_nothing_of_browsers(&self, action: &Action) -> Result<(), String> {
        let Action::Send(request) = action else { return Ok(()) };
        let instance = Instance::named("toolbox", "customer").map_err(|error| error.to_string())?;
        let keys = Keys { secret: Some("a secret".into()), api: Some("another".into()) };
        let sent = reconnect_core::render(request, &instance, &keys).map_err(|error| error.to_string())?;
        let body = sent.body.as_ref().map_or("", |body| body.expose());
        let said = replies::only_browsers_say().into_iter().any(|id| body.contains(id) || sent.url.contains(id));
        law(!said, "no id of a browser is in a request")
    }

    /// What brings a session further that waits for no reply: an answer, a redirect, or a poll.
    fn go_on(&mut self, [kind, how, more]: [u8; 3]) -> Result<&'static str, String> {
        let api = self.policy.mfa == Mfa::WidgetOrApi;
        let asking = self.model.stage() == Stage::Asking;
        match self.model.challenges().filter(|_| asking) {
            Some(_) if self.model.has_answers() => self.poll(true),
            Some(_) if self.model.in_doubt().is_some() && kind % 4 != 0 => self.stale(0, how.rotate_left(3), more),
            Some(asked) if !asked.is_empty() && api && kind < 216 => self.answer(how % 190),
            Some(_) if kind % 2 == 0 => self.news([kind / 8, how & 0x1b, more]),
            None if self.model.awaits_webhook() && kind % 2 == 0 => self.delivered([kind, how, more]),
            // A guess waits for the fact that corrects it.
            None if self.model.stage() == Stage::Done && kind % 4 == 0 => self.stale(0, how, more),
            None if self.model.stage() == Stage::Done && kind % 4 == 1 => self.news([0, how & 0x1b, more]),
            _ => self.poll(true),
        }
    }

    /// Everything that both can say without being told anything.
    pub(super) fn compare(&mut self) -> Result<(), String> {
        let Some(core) = &self.core else { return Ok(()) };
        same("the stage", &core.stage(), &self.model.stage())?;
        self.settle_jitter()?;
        let Some(core) = &self.core else { return Ok(()) };
        // A moment that has passed is as good as now; of several in the past any may be named.
        let from_now = |(at, why): (Millis, Why)| {
            let passed = at <= self.now && self.model.stage() == Stage::Asking;
            (at.max(self.now), if passed { Why::Send } else { why })
        };
        let deadline = core.deadline().map(|deadline| (deadline.at.as_millis(), deadline.why));
        same("the deadline", &deadline.map(from_now), &self.model.deadline().map(from_now))?;
        let requests: Vec<u8> = core.requests().iter().map(|id| words::request_number(id.as_str())).collect();
        same("the requests", &&*requests, &self.model.requests())?;
        same("the login", &core.login().map(|id| words::login_number(id.as_str())), &self.model.login())?;
        let keep: Option<Vec<u8>> = core.keep().ids().map(words::account_numbers);
        same("what is kept", &keep.as_deref(), &self.model.keep())?;
        same("whether it is open", &core.is_open(moment(self.now)), &self.model.is_open(self.now))?;
        if let Some(row) = &self.row {
            says_the_same(core, row, moment(self.now))?;
            let live = row.live_sent().map(reconnect_core::Timestamp::as_millis);
            same("when the live call was sent", &live, &self.model.live_sent())?;
        }
        // What poll would say now, of both, on copies.
        let (mut core, mut model) = (core.clone(), self.model.clone());
        let (now, predicted) = (moment(self.now), model.poll(self.now));
        let first = core.poll(now);
        let does = self.read_action(&first)?;
        let predicted = jittered(&mut model, &does, predicted)?;
        same("what poll would answer", &does, &self.for_the_wire(predicted))?;
        let second = core.poll(now);
        let second = self.read_action(&second)?;
        match &does {
            Does::Send { limit, .. } => law(second == Does::Wait(self.now + limit), "a request is handed out once")?,
            other => law(second == *other, "the same moment has the same answer")?,
        }
        if let Does::Wait(until) = does {
            law(until > self.now, "what is waited for is in the future")?;
        }
        let shown = core.prompt(now).map(|prompt| self.read_prompt(&prompt));
        if let Does::Ask(asked) = &does {
            same("the prompt", &shown, &Some(asked.clone()))?;
        }
        let taken = core.take_accounts().map(|accounts| {
            let ids: Vec<AccountId> = accounts.iter().map(|account| account.id.clone()).collect();
            words::account_numbers(&ids)
        });
        same("the accounts", &taken, &model.take_accounts())?;
        // Which of the earlier exchanges still counts: a late fault changes nothing and tells.
        for id in
            (0..=model.handed_out()).rev().take(5).filter(|id| model.outstanding().is_none_or(|(out, _)| out != *id))
        {
            let theirs = core.lost(now, ExchangeId::from_number(id));
            let ours = model.clone().receive(self.now, id, &Came::Fault { unsent: false, large: false, setup: false });
            same("how a late loss would be taken", &(id, theirs), &(id, ours))?;
        }
        let secrets = ["ANSWER", "TITLE", "USER", "NEVER"];
        law(!secrets.iter().any(|secret| self.kept.contains(secret)), "no answer and no account is in a snapshot")?;
        let api = self.policy.mfa == Mfa::WidgetOrApi;
        law(
            api || !self.kept.contains(replies::CANARY),
            "no token and no prompt is in a snapshot without API answers",
        )?;
        let widget = self.widget_tokens.iter().any(|token| self.kept.contains(&replies::token_text(*token)));
        law(!widget, "no token of the widget is in a snapshot")
    }

    /// Where jitter shortens a wait, the session says by how much, within bounds; the same state always says the same.
    fn settle_jitter(&mut self) -> Result<(), String> {
        let (Some(core), Some(_)) = (&self.core, self.model.jittered()) else { return Ok(()) };
        let mut model = self.model.clone();
        let predicted = model.poll(self.now);
        let does = self.read_action(&core.clone().poll(moment(self.now)))?;
        let again = self.read_action(&core.clone().poll(moment(self.now)))?;
        same("what the same state says", &does, &again)?;
        let waits = model.jittered().is_some();
        match jittered(&mut model, &does, predicted)? {
            Does::Wait(until) if waits => self.model.settle(until),
            _ => {}
        }
        Ok(())
    }

    /// What has to hold at the end of every schedule: nothing secret shows, and it ends.
    fn laws_of_the_end(&mut self) -> Result<(), String> {
        let Some(core) = &mut self.core else { return Ok(()) };
        let shown = format!("{core:?}");
        law(!shown.contains(replies::CANARY), "Debug shows nothing secret")?;
        let again = Session::restore(core.snapshot()).map_err(|error| error.to_string())?;
        law(again.snapshot() == core.snapshot(), "restoring changes nothing")?;
        let mut now = self.now;
        for _ in 0..200 {
            if let Action::Pause(Pause::Done) = core.poll(moment(now)) {
                // A hint that is kept in a guess may lead to another look.
                match core.deadline() {
                    Some(deadline) if deadline.why == Why::Look => {}
                    _ => return Ok(()),
                }
            }
            let deadline = core.deadline().ok_or("a session that is not over has no deadline")?;
            now = now.max(deadline.at.as_millis());
        }
        Err("a law does not hold: with a silent service and an absent user it ends within 200 steps".to_owned())
    }
}

/// The session of a start.
fn session(start: &Start) -> Session {
    let login = || LoginId::new(replies::LOGINS[0]).expect("an id");
    let keep = start.keep.as_ref().map_or(Selection::all(), |ids| {
        Selection::only(ids.iter().map(|one| AccountId::new(replies::ACCOUNTS[usize::from(*one)]).expect("an id")))
            .expect("more than none")
    });
    let (mut known, now, policy) = (Known::default(), moment(BEGIN), start.policy.clone());
    known.institution = start.institution.map(|one| replies::INSTITUTIONS[usize::from(one)].into());
    known.tag = start.tag.map(|tag| replies::TAGS[usize::from(tag)].into());
    match &start.entry {
        Entry::Refresh => Session::refresh(login(), known, keep, policy, now),
        Entry::Resume { login: knows, last_sent } => {
            known.login = knows.then(login);
            known.last_sent = last_sent.map(moment);
            Session::resume(RequestId::new(replies::REQUESTS[0]).expect("an id"), known, keep, policy, now)
        }
        Entry::Claimed { login: knows, last_sent, institution, accounts } => {
            known.login = knows.then(login);
            let watch = replies::watch(*last_sent, *institution, accounts);
            Session::resume_claimed(&watch, known, keep, policy, now).expect("the watch heard of a session")
        }
    }
}

/// The wait that the session chose, where the model only knows its bounds.
fn jittered(model: &mut Model, does: &Does, predicted: Does) -> Result<Does, String> {
    let Some((first, last)) = model.jittered() else { return Ok(predicted) };
    match (does, predicted) {
        (Does::Wait(until), Does::Wait(due)) if due == last => {
            law((first..=last).contains(until), "jitter shortens a wait by at most a half")?;
            model.settle(*until);
            Ok(Does::Wait(*until))
        }
        (_, predicted) => Ok(predicted),
    }
}

/// A snapshot as JSON, without its revision.
fn kept(snapshot: &Snapshot) -> String {
    let json = snapshot.to_json();
    let Some(start) = json.find("\"revision\":") else { return json };
    let end = json[start..].find([',', '}']).map_or(json.len(), |end| start + end);
    format!("{}{}", &json[..start], &json[end..])
}

/// A prompt of a session, to build answers for.
fn prompt_of(request: u8) -> Prompt {
    let (now, mut known) = (moment(BEGIN), Known::default());
    known.last_sent = Some(now);
    let request = RequestId::new(replies::REQUESTS[usize::from(request)]).expect("an id");
    let session = Session::resume(request, known, Selection::all(), Policy::default(), now);
    session.prompt(now).expect("a resumed session asks")
}
