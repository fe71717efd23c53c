//! Session × bank: two pure machines face to face, in one thread and in virtual time, with a network between them
//! that loses, delays, doubles and garbles.

mod dice;
pub mod rows;
pub mod world;

use core::time::Duration;

use reconnect_core::{
    AccountId, Action, Fault, FaultKind, Heard, Instance, Keys, Known, LoginId, Pause, Policy, Reached, Rendered,
    Reply, Request, Secret, Selection, Session, Snapshot, Timestamp, connect::ConnectNews, render,
};
use reconnect_sandbox::{Bank, Cut, Settings, WidgetOutcome};

pub use self::dice::Dice;

/// Where every walk begins: a moment in May 2026.
pub const START: Timestamp = Timestamp::from_millis(1_780_000_000_000);

/// What the sandbox's user `Greatday` answers, by prompt.
pub const ANSWERS: [(&str, &str); 3] = [
    ("What city were you born in?", "Montreal"),
    ("What is the best country on earth?", "Canada"),
    ("What shape do people like most?", "Triangle"),
];

/// The sandbox's bank, with the keys and the address under which a session calls it.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The other side.
    pub bank: Bank,
    /// Where it is.
    pub instance: Instance,
    /// What it knows us by.
    pub keys: Keys,
    /// A stored connection of `Greatday`.
    pub login: LoginId,
    /// A stored connection of somebody else.
    pub other: LoginId,
}

impl Stage {
    /// A strict bank with two stored connections.
    #[must_use]
    pub fn new(seed: u64, pending_ms: u64) -> Self {
        Self::of(Settings { strict: true, seed, pending_ms, ..Settings::default() })
    }

    /// Two stored connections in this world.
    ///
    /// # Panics
    /// If its customer or its logins are no ids.
    #[must_use]
    pub fn of(settings: Settings) -> Self {
        Self::at(settings, START.as_millis() - 86_400_000)
    }

    /// Two connections that were stored at this moment.
    ///
    /// # Panics
    /// If its customer or its logins are no ids.
    #[must_use]
    pub fn at(settings: Settings, stored: u64) -> Self {
        let instance = Instance::named("toolbox", &settings.customer_id).expect("the public customer id");
        let keys =
            Keys { secret: Some(settings.secret_key.as_str().into()), api: Some(settings.api_key.as_str().into()) };
        let mut bank = Bank::new(settings);
        let login = LoginId::new(&bank.connect(stored, "Greatday", "en")).expect("the sandbox makes ids");
        let other = LoginId::new(&bank.connect(stored, "greatday_nomfa", "en")).expect("the sandbox makes ids");
        Self { bank, instance, keys, login, other }
    }

    /// The ids of the stored connection's accounts.
    ///
    /// # Panics
    /// If the sandbox makes ids that are none.
    #[must_use]
    pub fn accounts(&self) -> Vec<AccountId> {
        let ids = self.bank.account_ids(self.login.as_str());
        ids.iter().map(|id| AccountId::new(id).expect("the sandbox makes ids")).collect()
    }

    /// A live refresh of the stored connection.
    #[must_use]
    pub fn refresh(&self, keep: Selection, policy: Policy) -> Session {
        Session::refresh(self.login.clone(), Known::at(&self.instance), keep, policy, START)
    }

    /// Sends a request, as a network without faults does.
    ///
    /// # Panics
    /// If the request cannot be rendered.
    pub fn serve(&mut self, now: Timestamp, request: &Request) -> Reply {
        let reply = self.bank.handle(now.as_millis(), &as_it_arrives(&self.rendered(request)));
        Reply { status: reply.status, headers: reply.headers, body: reply.body }
    }

    /// Sends a request over a network that does what the bank's faults say: what a driver then tells, and when.
    ///
    /// # Panics
    /// If the request cannot be rendered.
    pub fn exchange(&mut self, now: Timestamp, request: &Request) -> (Timestamp, Result<Reply, Fault>) {
        let (delay, told) = self.carry(now, &self.rendered(request));
        let delay = Duration::from_millis(delay);
        if delay >= request.limit {
            return (now + request.limit, Err(Fault::maybe(FaultKind::Timeout)));
        }
        (now + delay, told)
    }

    /// The same of what is rendered, whatever its limit: after how many milliseconds it is answered, and with what.
    pub fn carry(&mut self, now: Timestamp, request: &Rendered) -> (u64, Result<Reply, Fault>) {
        told(self.bank.handle(now.as_millis(), &as_it_arrives(request)))
    }

    fn rendered(&self, request: &Request) -> Rendered {
        render(request, &self.instance, &self.keys).expect("both keys are there")
    }

    /// The end user answers everything that is asked, in the widget; gives back the REDIRECT event of a finished one.
    pub fn answer_in_widget(&mut self, now: Timestamp, request: &str) -> Option<String> {
        for _ in 0..8 {
            let prompts = self.bank.pending_prompts(request);
            let answer = |prompt: &str| ANSWERS.iter().find(|(known, _)| *known == prompt).map(|(_, answer)| *answer);
            let typed: Vec<_> =
                prompts.iter().map(|prompt| (prompt.clone(), answer(prompt).unwrap_or("?").to_owned())).collect();
            match self.bank.answer_in_widget(now.as_millis(), request, &typed) {
                WidgetOutcome::Complete { event, .. } => return Some(event),
                WidgetOutcome::Expired => return None,
                WidgetOutcome::Ask { .. } | WidgetOutcome::Wrong { .. } | _ => {}
            }
        }
        None
    }
}

/// A request as the bank gets it.
fn as_it_arrives(rendered: &Rendered) -> reconnect_sandbox::Request {
    let target = rendered.url.find("/v3/").expect("every call is under /v3");
    let header = |(name, value): &(&str, Secret)| ((*name).to_owned(), value.expose().to_owned());
    reconnect_sandbox::Request {
        method: rendered.method.to_owned(),
        target: rendered.url[target..].to_owned(),
        headers: rendered.headers.iter().map(header).collect(),
        body: rendered.body.as_ref().map(|body| body.expose().as_bytes().to_vec()).unwrap_or_default(),
    }
}

/// After how many milliseconds a driver is told of the bank's reply, and what it is told.
fn told(reply: reconnect_sandbox::Reply) -> (u64, Result<Reply, Fault>) {
    let told = match reply.fate.cut {
        Cut::None => Ok(Reply { status: reply.status, headers: reply.headers, body: reply.body }),
        Cut::AfterBytes(_) | Cut::NoAnswer | _ => Err(Fault::maybe(FaultKind::Connect)),
    };
    (reply.fate.delay_ms, told)
}

/// How often, in a thousand, each trouble comes. All zero is a perfect world.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trouble {
    /// A request that surely does not get there.
    pub not_sent: u64,
    /// A request that is lost on its way there.
    pub lost: u64,
    /// A request that is served and whose reply is lost.
    pub lost_reply: u64,
    /// A reply that comes after the session gave up on it.
    pub late: u64,
    /// A reply that comes twice.
    pub doubled: u64,
    /// A reply that is cut, or is a proxy's page.
    pub garbled: u64,
    /// The process dies with a request under way, and another goes on from what was stored.
    pub death: u64,
    /// The end user is away for longer than the prompt lives.
    pub away: u64,
    /// The end user finishes in the widget and closes the tab before the redirect.
    pub silent: u64,
    /// A forged redirect comes first.
    pub forged: u64,
    /// The clock jumps by up to five minutes, either way.
    pub jump: u64,
}

/// What a walk ended in, and how.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The session at its end.
    pub session: Session,
    /// The moment of its end.
    pub now: Timestamp,
    /// How often it was polled.
    pub polls: usize,
    /// How many requests it handed out.
    pub sent: usize,
    /// How many of them were a live refresh.
    pub lives: usize,
    /// Statuses that the bank gave, in order.
    pub statuses: Vec<u16>,
    /// Whether the end user got through in the widget.
    pub answered: bool,
}

/// Walks a session to its end.
///
/// # Panics
/// If the core breaks a rule that no trouble excuses.
pub fn walk(stage: &mut Stage, mut session: Session, trouble: Trouble, dice: &mut Dice) -> Walk {
    let mut now = START;
    let mut late: Vec<(reconnect_core::ExchangeId, Reply)> = Vec::new();
    let (mut polls, mut sent, mut lives, mut statuses, mut answered) = (0, 0, 0, Vec::new(), false);
    let mut redirects = 0;
    loop {
        polls += 1;
        assert!(polls <= 600, "a walk of {polls} polls: {session:?}");
        if dice.hits(trouble.jump) {
            let jump = Duration::from_millis(dice.below(300_000));
            now = if dice.hits(500) { now + jump } else { now.before(jump) };
        }
        match session.poll(now) {
            Action::Wait { until } => {
                assert!(until > now, "a wait is in the future");
                now = until;
            }
            Action::Send(request) => {
                sent += 1;
                lives += usize::from(request.call.refreshes().is_some());
                // Rule 8: what says so is kept first.
                let stored = session.snapshot();
                let id = request.id;
                if dice.hits(trouble.death) {
                    if dice.hits(500) {
                        stage.serve(now, &request);
                    }
                    session = restore(&stored);
                    continue;
                }
                let outcome = if dice.hits(trouble.not_sent) {
                    Err(Fault { kind: FaultKind::Connect, reached: Reached::No })
                } else if dice.hits(trouble.lost) {
                    Err(Fault::maybe(FaultKind::Timeout))
                } else {
                    let (at, told) = stage.exchange(now, &request);
                    now = at;
                    told.and_then(|mut reply| {
                        statuses.push(reply.status);
                        if dice.hits(trouble.garbled) {
                            garble(&mut reply, dice);
                        }
                        if dice.hits(trouble.lost_reply) {
                            Err(Fault::maybe(FaultKind::Connect))
                        } else if dice.hits(trouble.late) {
                            late.push((id, reply));
                            Err(Fault::maybe(FaultKind::Timeout))
                        } else {
                            Ok(reply)
                        }
                    })
                };
                now = now + Duration::from_millis(50 + dice.below(400));
                session.receive(now, id, outcome.as_ref().map_err(|fault| *fault));
                if let (Ok(reply), true) = (&outcome, dice.hits(trouble.doubled)) {
                    let before = session.snapshot();
                    assert!(matches!(session.receive(now, id, Ok(reply)), Heard::Late | Heard::Knew), "taken once");
                    assert_eq!(session.snapshot(), before, "a doubled reply changes nothing");
                }
            }
            Action::Pause(Pause::Ask(prompt)) => {
                let request = prompt.request.as_str().to_owned();
                if let Some((id, reply)) = late.pop() {
                    session.receive(now, id, Ok(&reply));
                    continue;
                }
                if dice.hits(trouble.forged) {
                    let forged = format!(r#"{{"step":"REDIRECT","loginId":"{}"}}"#, stage.other.as_str());
                    let before = session.snapshot();
                    let heard = session.returned(now, &ConnectNews::read(&forged).expect("news"));
                    // A resumed session may not know its login; then the first claim is only remembered.
                    assert!(session.login().is_none() || (heard == Heard::NotOurs && session.snapshot() == before));
                    continue;
                }
                if dice.hits(trouble.away) || redirects > 40 {
                    now = session.deadline().expect("a prompt lapses").at;
                    continue;
                }
                redirects += 1;
                let event = stage.answer_in_widget(now, &request);
                answered |= event.is_some();
                match event {
                    Some(event) if !dice.hits(trouble.silent) => {
                        session.returned(now, &ConnectNews::read(&event).expect("the widget's own event"));
                    }
                    // Nobody tells us: the prompt lapses, and a look finds out.
                    Some(_) | None => now = session.deadline().expect("a prompt lapses").at,
                }
            }
            Action::Pause(Pause::Done) => {
                if let Some((id, reply)) = late.pop() {
                    session.receive(now, id, Ok(&reply));
                    continue;
                }
                return Walk { session, now, polls, sent, lives, statuses, answered };
            }
        }
    }
}

/// The session that another process finds.
///
/// # Panics
/// If a snapshot does not restore.
#[must_use]
pub fn restore(stored: &Snapshot) -> Session {
    let text = stored.to_json();
    let again = Snapshot::from_json(&text).expect("what was written can be read");
    let session = Session::restore(again).expect("what was written can be restored");
    assert_eq!(session.snapshot(), *stored, "restoring changes nothing");
    session
}

fn garble(reply: &mut Reply, dice: &mut Dice) {
    match dice.below(4) {
        0 => reply.body.truncate(reply.body.len() / 2),
        1 => reply.body.clear(),
        2 => *reply = Reply { status: 502, headers: Vec::new(), body: b"<html>Bad Gateway</html>".to_vec() },
        _ => {
            if let Some(byte) = reply.body.first_mut() {
                *byte = b'x';
            }
        }
    }
}
