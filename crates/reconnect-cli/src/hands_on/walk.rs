//! The app's own side: one thread that holds the session, drives it, and tells it what the page brings.

use super::{
    desk::{Case, Desk, Verdict},
    driver,
    view::can_try_again,
    words::Language,
};
use crate::{
    driver::Driver,
    exit::Trouble,
    place::Setup,
    progress::{Silent, Watch},
    row::Row,
    session::open,
};
use core::time::Duration;
use reconnect_core::{
    AccountId, Event, Heard, InvalidId, Known, LoginId, Outcome, Pause, RequestId, Selection, StoredSession, Timestamp,
    connect::{self, ConnectNews, Meaning, Offer, Step},
    drive::Plan,
    short,
};
use reconnect_sandbox::Server;
use std::sync::{
    Arc,
    mpsc::{Receiver, RecvTimeoutError},
};
use tempfile::TempDir;

/// What the page wants done.
pub(super) enum Order {
    /// A user comes back.
    Begin { case: Case, language: Language, tab: String },
    /// The widget said something, or the user was redirected.
    News(String),
    /// The widget is to be shown, or shown again.
    Open { tab: String },
    /// The user closes the tab.
    Park,
    /// The session is over, and the user wants another refresh of the same connection.
    TryAgain { language: Language, tab: String },
    /// The session is over, and an ordinary Connect session takes its place.
    StartOver { tab: String },
}

pub(super) struct Walk {
    setup: Setup,
    server: Arc<Server>,
    desk: Arc<Desk>,
    driver: Driver,
    /// Where the row of the session is.
    folder: TempDir,
    /// The session that is held; none while it is parked in its row.
    held: Option<(StoredSession, Row)>,
    /// Who sees the widget.
    tab: String,
    /// The messages of the widget of an ordinary Connect session. A real app keeps this with the user's own web session.
    heard: connect::Watch,
    /// The logins of the app's other users, as in its database.
    others: Vec<LoginId>,
}

impl Walk {
    pub(super) fn new(setup: Setup, server: Arc<Server>, desk: Arc<Desk>) -> Result<Self, Trouble> {
        let driver = driver(&setup, &server, desk.clone())?;
        let now = server.clock().now();
        let other = server.bank(|bank| bank.connect(now, "Greatday_NoMFA", "en"));
        Ok(Self {
            setup,
            server,
            desk,
            driver,
            folder: tempfile::tempdir()?,
            held: None,
            tab: String::new(),
            heard: connect::Watch::new(),
            others: vec![LoginId::new(&other).map_err(wrong)?],
        })
    }

    /// Until nobody sends orders any more. Between two of them it looks whether a deadline has passed.
    pub(super) fn run(mut self, inbox: &Receiver<Order>) {
        loop {
            let done = match inbox.recv_timeout(Duration::from_millis(100)) {
                Ok(order) => self.follow(order),
                Err(RecvTimeoutError::Timeout) if self.is_due() => self.go_on(),
                Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if let Err(trouble) = done {
                self.desk.scene().trouble = Some(trouble.message);
            }
        }
    }

    fn follow(&mut self, order: Order) -> Result<(), Trouble> {
        match order {
            Order::Begin { case, language, tab } => self.begin(case, language, tab),
            Order::News(text) => self.hear(&text),
            Order::Open { tab } => self.open(tab),
            Order::Park => {
                // Only the row of the session remains. A first connection has no row yet.
                if self.desk.scene().connect.is_none() {
                    self.held = None;
                }
                self.desk.hide(true);
                Ok(())
            }
            Order::TryAgain { language, tab } => self.try_again(language, tab),
            Order::StartOver { tab } => self.start_over(tab),
        }
    }

    fn begin(&mut self, case: Case, language: Language, tab: String) -> Result<(), Trouble> {
        (self.held, self.tab) = (None, tab);
        self.desk.begin(case);
        let plan = match case {
            Case::Refresh => {
                let (login, keep) = self.stored(language)?;
                Plan::refresh(login).keep(keep).known(known(language))
            }
            Case::Resume => self.interrupted(language)?,
            Case::Expired => self.left_long_ago(language)?,
            Case::First => return self.connect_first(language),
        };
        self.start(plan)
    }

    fn start(&mut self, plan: Plan) -> Result<(), Trouble> {
        self.enter(self.driver.session(plan))
    }

    /// A new session gets a new row.
    fn enter(&mut self, session: StoredSession) -> Result<(), Trouble> {
        self.folder = tempfile::tempdir()?;
        let (row, _) = Row::fresh(&self.file(), self.desk.clone())?;
        self.held = Some((session, row));
        self.go_on()?;
        self.show()
    }

    /// An ordinary Connect session. Its URL is made from the parts of a session that is over, as after any failure.
    fn connect_first(&mut self, language: Language) -> Result<(), Trouble> {
        let silent: Arc<dyn Watch> = Arc::new(Silent);
        let mut over = known(language);
        over.last_sent = Some(Timestamp::from_millis(0));
        let plan = Plan::resume(RequestId::new("none").map_err(wrong)?).known(over);
        let driver = driver(&self.setup, &self.server, silent.clone())?;
        let (mut session, row) = (driver.session(plan), Row::none(silent));
        driver.advance(&mut session, &row)?;
        self.held = Some((session, row));
        self.start_over(self.tab.clone())
    }

    /// The same login and the same accounts, in a new session. If the old one is not over, nothing happens.
    fn try_again(&mut self, language: Language, tab: String) -> Result<(), Trouble> {
        self.hold()?;
        let Some((session, _)) = self.held.as_ref().filter(|(session, _)| can_try_again(session)) else {
            return Ok(());
        };
        let Some(login) = session.login().cloned() else { return Ok(()) };
        let keep = session.keep().clone();
        let case = self.desk.scene().case.unwrap_or(Case::Refresh);
        (self.held, self.tab) = (None, tab);
        self.desk.begin(case);
        self.start(Plan::refresh(login).keep(keep).known(known(language)))
    }

    /// A connection as the database holds it: its `loginId`, and the two accounts that the user once picked.
    fn stored(&self, language: Language) -> Result<(LoginId, Selection), Trouble> {
        let now = self.server.clock().now();
        let (login, accounts) = self.server.bank(|bank| {
            let login = bank.connect(now, "Greatday", language.code());
            bank.reset_login(&login);
            let accounts = bank.account_ids(&login);
            (login, accounts)
        });
        let picked = accounts.iter().take(2).map(|id| AccountId::new(id)).collect::<Result<Vec<_>, InvalidId>>();
        let keep = picked.map_err(wrong).and_then(|picked| Selection::only(picked).map_err(wrong))?;
        Ok((LoginId::new(&login).map_err(wrong)?, keep))
    }

    /// A refresh whose user answered one question and went; two minutes later there is the `requestId` in the database.
    fn interrupted(&self, language: Language) -> Result<Plan, Trouble> {
        let (login, keep) = self.stored(language)?;
        let (request, mut known) = self.left(Plan::refresh(login.clone()).keep(keep.clone()), language)?;
        let now = self.server.clock().now();
        self.server.bank(|bank| {
            let prompt = bank.pending_prompts(request.as_str()).into_iter().next().unwrap_or_default();
            bank.answer_in_widget(now, request.as_str(), &[(prompt, "Montreal".to_owned())]);
        });
        self.server.clock().advance(120_000);
        known.login = Some(login);
        Ok(Plan::resume(request).keep(keep).known(known))
    }

    /// A first connection that was left ten minutes ago: there is no `loginId` yet.
    fn left_long_ago(&self, language: Language) -> Result<Plan, Trouble> {
        let (login, _) = self.stored(language)?;
        let (request, known) = self.left(Plan::refresh(login), language)?;
        self.server.clock().advance(600_000);
        Ok(Plan::resume(request).known(known))
    }

    /// An earlier session, up to where its user was asked. The page does not tell of it.
    fn left(&self, plan: Plan, language: Language) -> Result<(RequestId, Known), Trouble> {
        let silent: Arc<dyn Watch> = Arc::new(Silent);
        let driver = driver(&self.setup, &self.server, silent.clone())?;
        let mut session = driver.session(plan.known(known(language)));
        let mut known = known(language);
        known.last_sent = Some(driver.now());
        match driver.advance(&mut session, &Row::none(silent))? {
            Pause::Ask(prompt) => Ok((prompt.request, known)),
            Pause::Done => Err(Trouble::failed("the sandbox did not ask the user anything")),
        }
    }

    /// News is a hint. Whatever the session makes of it, it then goes on by itself.
    fn hear(&mut self, text: &str) -> Result<(), Trouble> {
        let Ok(news) = ConnectNews::read(text) else {
            self.desk.see("", Verdict::Unreadable);
            return Ok(());
        };
        let code = news.code.as_ref().map_or("", |code| code.as_str());
        let step = news.step.as_ref().map_or(code, Step::as_str).to_owned();
        if self.desk.scene().connect.is_some() {
            self.desk.see(&step, Verdict::Connect);
            self.hear_connect(&news);
            return Ok(());
        }
        self.hold()?;
        let now = self.driver.now();
        let Some((session, _)) = &mut self.held else {
            self.desk.see(&step, Verdict::Told(Heard::NotOurs));
            return Ok(());
        };
        let over = matches!(news.means(), Meaning::Left | Meaning::TokenSpent);
        let heard = session.tell(now, Event::Returned(news)).map_err(wrong)?;
        self.desk.see(&step, Verdict::Told(heard));
        if over && heard != Heard::NotOurs {
            // The prompt still stands: it comes back by a fresh token.
            self.desk.hide(true);
        }
        self.go_on()
    }

    /// It belongs to no session: a real app asks the service about the `loginId`, and refuses another user's. The news
    /// is remembered, in case the user leaves before the end.
    fn hear_connect(&mut self, news: &ConnectNews) {
        self.heard.heard(self.driver.now(), news);
        self.desk.scene().is_claimable = self.is_claimable();
        match (news.means(), &news.login) {
            (Meaning::Redirect, Some(login)) => {
                self.desk.scene().connect = Some(Some(short(login.as_str())));
                self.desk.hide(false);
            }
            (Meaning::Left | Meaning::TokenSpent | Meaning::Ends, _) => self.desk.hide(true),
            (Meaning::Redirect | Meaning::Progress | Meaning::Error, _) => {}
        }
    }

    fn open(&mut self, tab: String) -> Result<(), Trouble> {
        let (is_connect, is_first) = {
            let scene = self.desk.scene();
            (scene.connect.is_some(), scene.case == Some(Case::First))
        };
        if is_connect && is_first && self.is_claimable() {
            return self.claim(tab);
        }
        if is_connect {
            return self.start_over(tab);
        }
        self.tab = tab;
        self.hold()?;
        self.go_on()?;
        self.show()
    }

    /// Whether the user can go on with the first connection that they left.
    fn is_claimable(&self) -> bool {
        matches!(self.heard.offer(self.driver.now(), &self.setup.policy), Offer::Resume { .. })
    }

    /// The first connection goes on, with the `requestId` that the widget posted. A browser only claims this id, so the
    /// accounts are withheld until [`confirm`](Self::confirm) (decision 77).
    fn claim(&mut self, tab: String) -> Result<(), Trouble> {
        let Some(session) = self.driver.claimed(&self.heard, Known::default()) else { return Ok(()) };
        self.tab = tab;
        self.desk.hide(false);
        self.desk.scene().connect = None;
        self.enter(session)
    }

    /// A fresh token for one showing, if the user is asked.
    fn show(&mut self) -> Result<(), Trouble> {
        let Some((session, row)) = &mut self.held else { return Ok(()) };
        if session.prompt(self.driver.now()).is_none() {
            return Ok(());
        }
        let waits = |now, until| self.desk.waits(now, until);
        match open(&self.driver, session, row, waits)? {
            Pause::Ask(prompt) => {
                self.desk.show(&self.tab, prompt.connect_url(self.driver.instance()), self.driver.now());
                Ok(())
            }
            Pause::Done => self.go_on(),
        }
    }

    /// The data is there, and the session's `requestId` came from a browser. If another user of the app owns the login that
    /// the service named, the app refuses it and shows none of the data.
    fn confirm(&mut self) -> Result<(), Trouble> {
        let Some((session, row)) = &mut self.held else { return Ok(()) };
        let Some(login) = session.login().cloned().filter(|login| !self.others.contains(login)) else {
            self.desk.scene().is_refused = true;
            return Ok(());
        };
        session.tell(self.driver.now(), Event::Confirmed(login)).map_err(wrong)?;
        self.driver.advance(session, row)?;
        self.desk.scene().accounts = session.take_accounts();
        Ok(())
    }

    /// Drives until somebody has to act or the session is over.
    fn go_on(&mut self) -> Result<(), Trouble> {
        let Some((session, row)) = &mut self.held else { return Ok(()) };
        match self.driver.advance(session, row)? {
            Pause::Ask(_) => {}
            Pause::Done => {
                self.desk.hide(false);
                if session.withholds() {
                    return self.confirm();
                }
                if let Some(accounts) = session.take_accounts() {
                    self.desk.scene().accounts = Some(accounts);
                }
            }
        }
        Ok(())
    }

    fn start_over(&mut self, tab: String) -> Result<(), Trouble> {
        self.hold()?;
        let Some((session, _)) = &self.held else { return Ok(()) };
        let Some(Outcome::Failed(failure)) = session.outcome() else { return Ok(()) };
        let minted = self.driver.now();
        let url = self.driver.start_over(failure);
        (self.tab, self.heard) = (tab, connect::Watch::new());
        let mut scene = self.desk.scene();
        (scene.connect, scene.is_claimable) = (Some(None), false);
        drop(scene);
        self.desk.show(&self.tab, url, minted);
        Ok(())
    }

    /// Takes a parked session out of its row.
    fn hold(&mut self) -> Result<(), Trouble> {
        if self.held.is_none() && self.desk.scene().row.is_some() {
            let (row, snapshot) = Row::open(&self.file(), self.desk.clone())?;
            self.held = Some((StoredSession::restore(snapshot).map_err(wrong)?, row));
        }
        Ok(())
    }

    /// Whether the session that is held would say something else by now.
    fn is_due(&self) -> bool {
        let due =
            self.held.as_ref().and_then(|(session, _)| session.deadline().filter(|_| session.outcome().is_none()));
        due.is_some_and(|due| due.at <= Timestamp::from_millis(self.server.clock().now()))
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("session.json")
    }
}

/// What the database holds beside the ids.
fn known(language: Language) -> Known {
    let mut known = Known::default();
    known.institution = Some("FlinksCapital".into());
    known.language = Some(language.code().into());
    known
}

fn wrong(error: impl core::fmt::Display) -> Trouble {
    Trouble::failed(error.to_string())
}
