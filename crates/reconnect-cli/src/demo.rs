//! `reconnect demo`: three walks through Reconnect, against a sandbox that is started for them.
//!
//! Everything goes over HTTP: the API's side by a driver, the end user's by a small browser. Time is virtual.

mod browser;
mod past;
mod script;

use crate::{
    args::{Demo, Transport},
    driver::{Driver, Time},
    exit::{Exit, Trouble},
    out::Out,
    place::Setup,
    progress::Watch,
    row::Row,
    session, table,
};
use browser::Browser;
use core::net::SocketAddr;
use past::Past;
use reconnect_core::{
    Event, Instance, Keys, Known, Outcome, Pause, Policy, Prompt, Selection, StoredSession, Timestamp,
    connect::ConnectNews, drive::Plan,
};
use reconnect_sandbox::{Clock, Server, Settings};
use script::{Script, Walk};
use std::sync::Arc;

/// 2026-01-12 09:00:00 UTC: when the connection was made.
const CONNECTED: u64 = 1_768_208_400_000;
/// Three days later: when the walks begin.
const BEGINS: u64 = CONNECTED + 3 * 24 * 3_600_000;
/// How long the data is pending: two polls find it so, the third does not.
const PENDING: u64 = 25_000;
/// The page that the widget leads back to.
const BACK: &str = "https://app.example/back";

pub(crate) fn run(args: &Demo, out: &Out) -> Result<Exit, Trouble> {
    let both = [Transport::Async, Transport::Blocking];
    let transports = args.transport.as_ref().map_or(&both[..], core::slice::from_ref);
    let mut told = Vec::new();
    for (position, transport) in transports.iter().enumerate() {
        told.push(walk(*transport, position > 0, out)?);
    }
    if let [first, second] = told.as_slice() {
        if first != second {
            return Err(unexpected("the two HTTP clients did not send the same"));
        }
        let count = script::requests(first);
        out.own(&format!("\nBoth HTTP clients sent the same {count} requests, to the byte of every body."));
    }
    Ok(Exit::Done)
}

/// All that takes part.
struct Stage<'a> {
    server: &'a Server,
    driver: Driver,
    browser: Browser,
    script: Arc<Script>,
    watch: Arc<dyn Watch>,
    past: Past,
}

/// The three walks over one HTTP client; what was told of them, without the client's name.
fn walk(transport: Transport, brief: bool, out: &Out) -> Result<Vec<serde_json::Value>, Trouble> {
    let mut settings = Settings::default();
    (settings.strict, settings.pending_ms) = (true, PENDING);
    let keys = Keys { secret: Some(settings.secret_key.as_str().into()), api: Some(settings.api_key.as_str().into()) };
    let customer = settings.customer_id.clone();
    let clock = Clock::fixed(CONNECTED);
    let server = Server::start(settings, SocketAddr::from(([127, 0, 0, 1], 0)), clock.clone())
        .map_err(|error| Trouble::failed(format!("no sandbox could be started on 127.0.0.1: {error}")))?;
    let url = server.url();
    let instance =
        Instance::at(&url, &format!("{url}/"), &customer).map_err(|wrong| Trouble::failed(wrong.to_string()))?;

    let script = Arc::new(Script::new(*out, transport, brief, &url));
    script.opening();
    let browser = Browser::new(script.clone(), clock.clone());
    let past = past::make(&browser, &server, &instance, &keys, &customer)?;
    clock.advance(BEGINS.saturating_sub(clock.now()));

    let setup = Setup { instance, keys, policy: Policy::default(), transport, proxy: None };
    let watch: Arc<dyn Watch> = script.clone();
    let driver = Driver::new(setup, Time::Virtual(clock), watch.clone())?;
    let mut stage = Stage { server: &server, driver, browser, script, watch, past };
    stage.refresh()?;
    stage.resume()?;
    stage.expired()?;
    let told = stage.script.told();
    drop(stage);
    // What a demo sends is what its reader copies.
    if let Some(finding) = server.bank(|bank| bank.findings().first().cloned()) {
        return Err(Trouble::failed(format!("the sandbox's doctor found fault: {finding}")));
    }
    server.stop();
    Ok(told)
}

impl Stage<'_> {
    /// A stored connection needs fresh data, and the bank asks for MFA.
    fn refresh(&mut self) -> Result<(), Trouble> {
        let Past { picked, of, .. } = &self.past;
        let why = format!(
            "The nightly refresh failed, since the bank wants MFA again. So you refresh the connection live, while the\n\
             user is there to answer. Of its {of} accounts, the {} that the user once picked are kept.",
            picked.len()
        );
        self.script.begin(Walk::Refresh, "a stored connection needs fresh data", &why);
        let row = Row::none(self.watch.clone());
        let mut session = self.begin()?;
        let prompt = self.until_asked(&mut session, &row)?;
        let page = self.open(&prompt)?;
        self.script.say("The bank asks one question after the other, each on the widget's own form.");
        let news = self.browser.answer_all(page)?;
        self.come_back(&mut session, &row, &news)?;
        self.script
            .say("The other accounts were never sent, since only these were asked for: nothing had to be left out.");
        Ok(())
    }

    /// The user closes the tab in the middle of MFA, and your process ends too.
    fn resume(&mut self) -> Result<(), Trouble> {
        self.script.begin(
            Walk::Resume,
            "an interrupted session goes on",
            "The next refresh begins like the first, but the user answers one question and closes the tab, and your\n\
             process ends. What remains is a snapshot of the session, in a file.",
        );
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("session.json");
        {
            let (row, _) = Row::fresh(&file, self.watch.clone())?;
            let mut session = self.begin()?;
            let prompt = self.until_asked(&mut session, &row)?;
            let page = self.open(&prompt)?;
            self.browser.answer_one(page)?;
        }
        self.script.turn(self.driver.now(), "the tab is closed, and the process is gone: only the snapshot is left");
        self.pass(180, "the user comes back");
        let (row, snapshot) = Row::open(&file, self.watch.clone())?;
        let mut session = StoredSession::restore(snapshot).map_err(|error| Trouble::failed(error.to_string()))?;
        self.script.turn(self.driver.now(), "another process reads the snapshot: the same requestId, still alive");
        let prompt = self.until_asked(&mut session, &row)?;
        let page = self.open(&prompt)?;
        self.script.say("The user lands on the second question: nothing is asked twice, and no second SMS was sent.");
        let news = self.browser.answer_all(page)?;
        self.come_back(&mut session, &row, &news)
    }

    /// A `requestId` that is too old: nobody asks the service about it.
    fn expired(&mut self) -> Result<(), Trouble> {
        self.script.begin(
            Walk::Expired,
            "an expired session starts over",
            "Another user left in the middle of a first connection, and there is no loginId yet, only a requestId. It\n\
             lives for 8 minutes of inactivity.",
        );
        self.pass(600, "that user comes back at last");
        let mut known = known();
        known.last_sent = Some(self.past.left_at);
        let row = Row::none(self.watch.clone());
        let mut session = self.driver.session(Plan::resume(self.past.left.clone()).known(known));
        self.driver.advance(&mut session, &row)?;
        let failure = match session.outcome() {
            Some(Outcome::Failed(failure)) => failure,
            Some(Outcome::Refreshed(_)) | None => return Err(unexpected("an expired session did not start over")),
        };
        self.script.turn(self.driver.now(), "past its 8 minutes: it starts over, and the service was not even asked");
        self.script.say("An ordinary Connect session takes its place. Its widget needs a token of its own.");
        self.script.over();
        let url = session::connect_url(&self.driver, failure, &self.script.out());
        let url = url.ok_or_else(|| unexpected("there is no way to start over"))?;
        let url = self.script.without_port(url.expose());
        self.script.outcome(self.driver.now(), "startOver", None, Some(&url));
        if !self.script.out().is_json() {
            self.script.out().line(&format!("Start over: {url}"))?;
        }
        self.script.say("The institution is preselected. A loginId that comes back from there belongs to no session: refuse\nit if another user of yours owns it.");
        Ok(())
    }

    /// A live refresh of the stored connection, keeping what the user once picked.
    fn begin(&self) -> Result<StoredSession, Trouble> {
        let keep =
            Selection::only(self.past.picked.iter().cloned()).map_err(|wrong| Trouble::failed(wrong.to_string()))?;
        Ok(self.driver.session(Plan::refresh(self.past.login.clone()).keep(keep).known(known())))
    }

    /// Drives until the user is asked, then once more for a URL that is good for one showing.
    fn until_asked(&self, session: &mut StoredSession, row: &Row) -> Result<Prompt, Trouble> {
        let asked = |pause| match pause {
            Pause::Ask(prompt) => Ok(prompt),
            Pause::Done => Err(unexpected("the session ended before the user was asked")),
        };
        let prompt = asked(self.driver.advance(session, row)?)?;
        self.script.asked(self.driver.now(), &prompt);
        session.tell(self.driver.now(), Event::Opened).map_err(|misuse| Trouble::failed(misuse.to_string()))?;
        asked(self.driver.advance(session, row)?)
    }

    /// The user's browser shows the widget.
    fn open(&self, prompt: &Prompt) -> Result<browser::Page, Trouble> {
        let url = prompt.connect_url(self.driver.instance()).with("redirectUrl", BACK);
        self.browser.open(url.expose())
    }

    /// The widget's last event reaches your page, and the session goes on to its accounts.
    fn come_back(&self, session: &mut StoredSession, row: &Row, event: &str) -> Result<(), Trouble> {
        let news = ConnectNews::read(event).map_err(|wrong| Trouble::failed(wrong.to_string()))?;
        let step = news.step.as_ref().map_or("news", |step| step.as_str());
        self.script.turn(self.driver.now(), &format!("the widget posts {step} to your page, and the user is back"));
        self.script.say("A browser can send a forged message. So this is a hint, and the data call settles it.");
        session.tell(self.driver.now(), Event::Returned(news)).map_err(|misuse| Trouble::failed(misuse.to_string()))?;
        self.driver.advance(session, row)?;
        let accounts = session.take_accounts().unwrap_or_default();
        let Some(Outcome::Refreshed(refreshed)) = session.outcome() else {
            return Err(unexpected("the session was not refreshed"));
        };
        self.script.outcome(self.driver.now(), "done", Some(refreshed), None);
        if !self.script.out().is_json() {
            if !self.script.is_brief() {
                self.script.out().lines(&table::accounts(&accounts))?;
            }
            let counts = table::counts(refreshed.kept.len(), refreshed.missing.len(), refreshed.left_out);
            self.script.out().line(&counts)?;
        }
        Ok(())
    }

    /// Time passes because somebody is away.
    fn pass(&self, seconds: u64, why: &str) {
        self.script.passes(self.driver.now(), seconds, why);
        self.server.clock().advance(seconds * 1_000);
    }
}

/// What your database holds beside the ids.
fn known() -> Known {
    let mut known = Known::default();
    known.institution = Some(past::INSTITUTION.into());
    known
}

/// The sandbox did not do what it was built for.
fn unexpected(what: &str) -> Trouble {
    Trouble::failed(format!("the demo went another way than it should: {what}"))
}

fn moment(clock: &Clock) -> Timestamp {
    Timestamp::from_millis(clock.now())
}
