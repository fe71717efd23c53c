//! What the app remembers between two requests of its page: the row of the session, the showing of the widget, and
//! what came and went. A real app has a database here.

use crate::progress::{Watch, endpoint, fault_text};
use core::time::Duration;
use reconnect_core::{
    Account, Fault, Heard, Policy, Rendered, Reply, Session, Snapshot, Stage, Timestamp, connect::WidgetUrl, short,
};
use reconnect_sandbox::Clock;
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

/// How many events and calls the page lists; older ones are forgotten.
const MOST: usize = 60;
/// How long a person gets to see a stage, in real time, before the session goes on.
const GLANCE: Duration = Duration::from_millis(350);

/// How the user comes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Case {
    /// A stored connection needs fresh data.
    Refresh,
    /// A `requestId` was left in the middle of MFA, two minutes ago.
    Resume,
    /// One was left ten minutes ago.
    Expired,
    /// A first connection in an ordinary Connect session: the user leaves it in the middle of MFA, and comes back.
    First,
}

impl Case {
    pub(super) const ALL: [Self; 4] = [Self::Refresh, Self::Resume, Self::Expired, Self::First];

    /// As it stands in paths and in `data-case`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::Resume => "resume",
            Self::Expired => "expired",
            Self::First => "first",
        }
    }
}

/// What became of a window message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// From the widget, and the session says what it made of it.
    Told(Heard),
    /// From an ordinary Connect session, which belongs to no session of ours.
    Connect,
    /// The page did not pass it on: another origin, or another window than the frame's.
    Foreign,
    /// From the widget, but nothing that it documents.
    Unreadable,
}

/// A window message: its content is not kept.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) at: Timestamp,
    /// Empty for a foreign one.
    pub(super) step: String,
    pub(super) verdict: Verdict,
}

/// A call of the API, or a wait between two. Ids in its path are left out.
#[derive(Clone)]
pub(super) struct Called {
    pub(super) at: Timestamp,
    pub(super) what: What,
}

#[derive(Clone)]
pub(super) enum What {
    Call { method: &'static str, path: String, status: Option<String> },
    Wait(Duration),
}

/// One showing of the widget.
#[derive(Clone)]
pub(super) struct Shown {
    pub(super) number: u64,
    /// The browser tab that asked for it; empty without script.
    tab: String,
    /// Taken by who renders the frame: a URL is good for one showing.
    url: Option<WidgetUrl>,
    pub(super) token_until: Timestamp,
}

impl Shown {
    /// Whether the page that shows it has script, and so hears the widget's events.
    pub(super) fn is_scripted(&self) -> bool {
        !self.tab.is_empty()
    }
}

/// All that the page is drawn from.
#[derive(Clone, Default)]
pub(super) struct Scene {
    pub(super) case: Option<Case>,
    pub(super) row: Option<Snapshot>,
    pub(super) visited: Vec<Stage>,
    pub(super) shown: Option<Shown>,
    /// The user closed the tab, or the widget.
    pub(super) is_parked: bool,
    /// An ordinary Connect session has taken the place of the failed one; its `loginId`, shortened, once it is through.
    pub(super) connect: Option<Option<String>>,
    /// The widget posted enough for that session to go on if the user leaves it.
    pub(super) is_claimable: bool,
    /// The login of the first connection belongs to another user.
    pub(super) is_refused: bool,
    pub(super) seen: VecDeque<Seen>,
    pub(super) called: VecDeque<Called>,
    pub(super) accounts: Option<Vec<Account>>,
    /// The app itself failed: the driver's words.
    pub(super) trouble: Option<String>,
}

pub(super) struct Desk {
    clock: Clock,
    pub(super) policy: Policy,
    scene: Mutex<Scene>,
    showings: core::sync::atomic::AtomicU64,
}

impl Desk {
    pub(super) fn new(clock: Clock, policy: Policy) -> Self {
        Self { clock, policy, scene: Mutex::default(), showings: 0.into() }
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.now())
    }

    pub(super) fn scene(&self) -> MutexGuard<'_, Scene> {
        self.scene.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Clears it for another case.
    pub(super) fn begin(&self, case: Case) {
        *self.scene() = Scene { case: Some(case), ..Scene::default() };
    }

    /// The widget is shown, by a URL whose token was minted at `minted` or later.
    pub(super) fn show(&self, tab: &str, url: WidgetUrl, minted: Timestamp) {
        let number = self.showings.fetch_add(1, core::sync::atomic::Ordering::Relaxed) + 1;
        let token_until = minted + self.policy.token_life;
        let mut scene = self.scene();
        scene.shown = Some(Shown { number, tab: tab.to_owned(), url: Some(url), token_until });
        scene.is_parked = false;
    }

    /// Hides the widget; whether the user may come back to it.
    pub(super) fn hide(&self, is_parked: bool) {
        let mut scene = self.scene();
        (scene.shown, scene.is_parked) = (None, is_parked);
    }

    /// The URL of the showing, once, for the tab that asked for it.
    pub(super) fn take_url(&self, tab: &str) -> Option<WidgetUrl> {
        self.scene().shown.as_mut().filter(|shown| shown.tab == tab)?.url.take()
    }

    pub(super) fn see(&self, step: &str, verdict: Verdict) {
        let step = step.chars().take(40).collect();
        push(&mut self.scene().seen, Seen { at: self.now(), step, verdict });
    }
}

impl Watch for Desk {
    /// A session is kept before each request: so this is where it is, also while a reply is awaited.
    fn kept(&self, snapshot: &Snapshot) {
        let stage = Session::restore(snapshot.clone()).ok().map(|session| session.stage());
        let mut scene = self.scene();
        scene.row = Some(snapshot.clone());
        scene.visited.extend(stage);
    }

    fn sends(&self, now: Timestamp, request: &Rendered) {
        let name = endpoint(&request.url);
        let has_id = request.url.split_once(&format!("{name}/")).map(|(_, id)| format!("/{}", short(id)));
        let path = format!("/{name}{}", has_id.unwrap_or_default());
        let what = What::Call { method: request.method, path, status: None };
        push(&mut self.scene().called, Called { at: now, what });
        thread::sleep(GLANCE);
    }

    fn hears(&self, _: Timestamp, reply: &Result<Reply, Fault>) {
        let heard = match reply {
            Ok(reply) => reply.status.to_string(),
            Err(fault) => fault_text(*fault),
        };
        if let Some(Called { what: What::Call { status, .. }, .. }) = self.scene().called.back_mut() {
            *status = Some(heard);
        }
    }

    fn waits(&self, now: Timestamp, until: Timestamp) {
        push(&mut self.scene().called, Called { at: now, what: What::Wait(now.until(until)) });
        thread::sleep(GLANCE);
    }
}

fn push<T>(list: &mut VecDeque<T>, item: T) {
    if list.len() == MOST {
        list.pop_front();
    }
    list.push_back(item);
}
