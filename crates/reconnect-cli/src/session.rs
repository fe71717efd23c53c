//! What `refresh`, `resume` and `continue` share: drive until somebody has to act, and say what it came to.

use crate::{
    args::Place,
    clock::{moment, span},
    driver::{Driver, Time},
    exit::{Exit, Trouble},
    interrupt,
    out::Out,
    progress::{Progress, Watch},
    row::Row,
    table,
};
use core::time::Duration;
use reconnect_core::{
    Event, Failure, Heard, LoginId, Narrowed, Outcome, Pause, Prompt, Recovery, Refreshed, RequestId, Session, Showing,
    StoredSession, Timestamp, connect::WidgetUrl, drive::Plan, short,
};
use reconnect_embed as json;
use std::{io::Write, path::Path, sync::Arc};
use tempfile::NamedTempFile;

/// The driver of a session command.
pub(crate) fn driver(place: &Place, out: &Out) -> Result<(Driver, Arc<dyn Watch>), Trouble> {
    let watch: Arc<dyn Watch> = Arc::new(Progress::new(*out));
    let setup = place.setup(out)?;
    Ok((Driver::new(setup, Time::Real, watch.clone())?, watch))
}

/// Begins a session, in a file where one is named.
pub(crate) fn begin(plan: Plan, place: &Place, file: Option<&Path>, out: &Out) -> Result<Exit, Trouble> {
    let (driver, watch) = driver(place, out)?;
    let row = match file {
        None => Row::none(watch),
        Some(file) => {
            let (row, held) = Row::fresh(file, watch)?;
            if let Some(held) = held {
                // The end user of another session may be answering its prompt at this moment.
                plan.restore(held, driver.instance()).map_err(|_| others(file))?;
                out.warn(&format!("{} held a session that was not over, which is replaced", file.display()));
            }
            row
        }
    };
    let mut session = driver.session(plan);
    go_on(&driver, &mut session, &row, Asked { file, confirm: None }, out)
}

fn others(file: &Path) -> Trouble {
    Trouble::failed(format!(
        "{} holds another session, which is not over: go on with it by `reconnect continue`, or name another file. Nothing \
         was sent",
        file.display()
    ))
}

/// The options of the command line for a session that goes on.
pub(crate) struct Asked<'a> {
    /// Where the session is kept.
    pub(crate) file: Option<&'a Path>,
    /// For a session whose `requestId` came from a browser: the login that it has to be.
    pub(crate) confirm: Option<LoginId>,
}

/// Drives a session until somebody has to act, or it is over, and says so.
pub(crate) fn go_on(
    driver: &Driver,
    session: &mut StoredSession,
    row: &Row,
    Asked { file, confirm }: Asked<'_>,
    out: &Out,
) -> Result<Exit, Trouble> {
    interrupt::watch(*out, file);
    let pause = open(driver, session, row, |now, until| {
        if now.until(until) > Duration::from_secs(1) {
            let (left, at) = (span(now.until(until)), moment(until));
            out.note(&format!(
                "  {left} until {at}: the widget was shown a moment ago: each showing needs a new token, at most one in 10 s"
            ));
        }
    })?;
    // The login can be compared once a reply has named it.
    if let Some(login) = confirm.filter(|_| session.withholds()) {
        confirmed(driver, session, row, login, out)?;
    }
    // A session that waits for its user is kept even if the caller discards the output.
    let (told, is_lost) = match pause {
        Pause::Ask(prompt) => (ask(driver, &prompt, file, out), out.is_unread() || out.is_discarded()),
        Pause::Done => (done(driver, session, out), out.is_unread()),
    };
    if file.is_none() && (told.is_err() || is_lost) && !session.requests().is_empty() {
        keep_aside(session, out);
    }
    told
}

/// The session's `requestId` came from a browser, and the caller names the login whose accounts may be handed over
/// (decision 77).
fn confirmed(
    driver: &Driver,
    session: &mut StoredSession,
    row: &Row,
    login: LoginId,
    out: &Out,
) -> Result<(), Trouble> {
    let heard = session.tell(driver.now(), Event::Confirmed(login));
    match heard.map_err(|misuse| Trouble::failed(misuse.to_string()))? {
        Heard::NotOurs => out.warn("notOurs: the login of --confirm is not the one that the service named"),
        Heard::Took | Heard::Knew | Heard::Late => {}
    }
    driver.advance(session, row)?;
    Ok(())
}

/// Drives until somebody has to act. If the user is asked, the last step mints a token for one showing of the widget. At
/// most one is minted in 10 s (decision 67): `waits` is called with the present moment and the end of such a wait.
pub(crate) fn open(
    driver: &Driver,
    session: &mut StoredSession,
    row: &Row,
    waits: impl Fn(Timestamp, Timestamp),
) -> Result<Pause, Trouble> {
    loop {
        let pause = driver.advance(session, row)?;
        if let Pause::Done = pause {
            return Ok(pause);
        }
        session.tell(driver.now(), Event::Opened).map_err(|misuse| Trouble::failed(misuse.to_string()))?;
        let Some(until) = session.opens_again() else { return Ok(driver.advance(session, row)?) };
        waits(driver.now(), until);
        driver.wait(until);
    }
}

/// The user may have been texted, and nobody can read the output of this command. The session is kept in a file, so that
/// it is not lost.
fn keep_aside(session: &StoredSession, out: &Out) {
    let text = Session::snapshot(session).to_json();
    let file = tempfile::Builder::new().prefix("reconnect-session-").suffix(".json").tempfile();
    let kept = file.and_then(|mut file| file.write_all(text.as_bytes()).map(|()| file)).map(NamedTempFile::keep);
    match kept {
        Ok(Ok((_, path))) => out.warn(&format!(
            "nobody reads standard output, so the session is kept in {0}: `reconnect continue {0}` goes on with it. The \
             file may hold an authorize token: remove it afterwards",
            path.display()
        )),
        Ok(Err(error)) => out.warn(&format!("nobody reads standard output, and the session cannot be kept: {error}")),
        Err(error) => out.warn(&format!("nobody reads standard output, and the session cannot be kept: {error}")),
    }
}

fn ask(driver: &Driver, prompt: &Prompt, file: Option<&Path>, out: &Out) -> Result<Exit, Trouble> {
    if matches!(prompt.showing, Showing::Refused) {
        out.warn("the service would not mint a token for the widget: the URL goes without");
    }
    let url = prompt.connect_url(driver.instance());
    if url.leaves_accounts_out() {
        out.warn("the URL would be too long for all selected accounts, so it names none: the selection itself stays as it is");
    }
    if let Some(code) = &prompt.ended {
        out.warn(&format!("the widget stopped ({code}): show it again, or wait for the session to end"));
    }
    if prompt.shown {
        out.note("a page shows this prompt: its answer comes from that page, and not from --answers");
    }
    refused_tokens(prompt.token_invalid, out);
    if out.is_json() {
        let mut line = json::ask(prompt, driver.instance());
        line["result"] = "ask".into();
        out.json(&line)?;
    } else {
        if prompt.wrong {
            out.line("The answer was wrong. The bank asks again.")?;
        }
        match prompt.challenges.len() {
            0 => out.line("The end user is asked, in the widget:")?,
            1 => out.line("The bank asks the end user:")?,
            more => out.line(&format!("The bank asks the end user {more} things:"))?,
        }
        for challenge in prompt.challenges.iter() {
            out.line(&format!("  {}", challenge.prompt))?;
            for choice in &challenge.choices {
                out.line(&format!("  - {choice}"))?;
            }
        }
        out.line(&format!("Show the widget, once: {}", url.expose()))?;
        out.line(&format!("Its request id: {}", prompt.request.as_str()))?;
    }
    let left = span(driver.now().until(prompt.deadline.at));
    let assumed = if prompt.assumed { " (its age is not known: this is a guess)" } else { "" };
    out.note(&format!("the user has {left}, until {}{assumed}", moment(prompt.deadline.at)));
    out.note(&match file {
        Some(file) => format!("then: reconnect continue {} --redirect URL_OR_EVENT", file.display()),
        None => format!(
            "then: reconnect resume REQUEST_ID (this session, {}, is in no file: --session FILE keeps one)",
            short(prompt.request.as_str())
        ),
    });
    Ok(Exit::AskTheUser)
}

/// If the widget refused more than one fresh token, it may refuse all of them.
fn refused_tokens(count: u8, out: &Out) {
    if count > 1 {
        out.warn(&format!(
            "the widget refused {count} fresh tokens (TOKEN_INVALID): this instance may want the token that opened the \
             session, so set the policy `widgetToken` of the library"
        ));
    }
}

fn done(driver: &Driver, session: &mut StoredSession, out: &Out) -> Result<Exit, Trouble> {
    let accounts = session.take_accounts();
    let now = driver.now();
    let mut line = json::outcome(session, accounts.as_deref().unwrap_or_default(), driver.instance(), now);
    if session.withholds() {
        let message = "the session's requestId came from a browser, so its accounts are withheld: they may be another \
                       user's. If no other user owns the login that the service named, run `reconnect continue FILE \
                       --confirm LOGIN_ID`";
        return Err(Trouble { known: Box::new(line), ..Trouble::failed(message) });
    }
    match session.outcome() {
        Some(Outcome::Refreshed(refreshed)) => {
            if out.is_json() {
                remarks(refreshed, out);
                out.json(&line)?;
            } else {
                let table = accounts.map(|accounts| table::accounts(&accounts));
                refreshed_lines(refreshed, table.as_deref(), out)?;
                remarks(refreshed, out);
            }
            Ok(if refreshed.reselect { choose_again(out) } else { Exit::Done })
        }
        Some(Outcome::Failed(failure)) => {
            say(failure, out);
            let url = connect_url(driver, failure, out);
            if out.is_json() {
                if let Some(url) = url {
                    line["connectUrl"] = url.expose().into();
                }
                out.json(&line)?;
                return Ok(failure.recovery().into());
            }
            if let Some(request) = failure.resume() {
                out.line(&format!("Its request id: {}", request.as_str()))?;
            }
            if let Some(url) = url {
                let title = if failure.recovery() == Recovery::StartOver { "Start over" } else { "Or start over" };
                out.line(&format!("{title}: {}", url.expose()))?;
            }
            Ok(failure.recovery().into())
        }
        None => Ok(Exit::Done),
    }
}

/// How the messages of a browser changed the result of a refresh, for people. A script finds the same in the JSON.
fn remarks(refreshed: &Refreshed, out: &Out) {
    match refreshed.narrowed {
        Narrowed::Nothing => {}
        Narrowed::Redirect => out.warn(
            "a redirect without this session's requestId named some of the accounts: the others count as left out, and the \
             user may miss them",
        ),
        Narrowed::OurRedirect => out.note("the end user chose among the accounts in the widget: the others are left out"),
        Narrowed::Twice => out.warn("two redirects named different accounts, so all accounts are kept"),
        Narrowed::NoneOf => out.warn("a redirect named accounts that are not there, so all accounts are kept"),
        Narrowed::Late => out.warn("a redirect named accounts after the data had come, so all accounts are kept"),
        _ => {}
    }
    if refreshed.named_others {
        out.note("the widget named other accounts than --keep: the ones of --keep are kept");
    }
    if refreshed.named_other_request {
        out.note("a redirect or an event named the requestId of another session, and nothing was taken from it");
    }
    if refreshed.other_request {
        out.note("a reply named this login with another requestId than this session's");
    }
    refused_tokens(refreshed.token_invalid, out);
}

fn choose_again(out: &Out) -> Exit {
    out.warn("none of the selected accounts is there any more");
    out.note("next: ask the end user to choose accounts again; without --keep all are kept");
    Exit::AskTheUser
}

fn refreshed_lines(refreshed: &Refreshed, table: Option<&str>, out: &Out) -> Result<(), Trouble> {
    out.line(&match &refreshed.institution {
        Some(institution) => format!("The connection to {institution} lives on."),
        None => "The connection lives on.".to_owned(),
    })?;
    if let Some(login) = &refreshed.login {
        out.line(&format!("login id: {}", login.as_str()))?;
    }
    out.line(&format!("request id: {}", refreshed.request.as_str()))?;
    match table {
        Some(table) => out.lines(table)?,
        None => {
            for id in &refreshed.kept {
                out.line(&format!("account: {}", id.as_str()))?;
            }
            out.note("its accounts were handed over before: the file holds their ids only");
        }
    }
    out.line(&table::counts(refreshed.kept.len(), refreshed.missing.len(), refreshed.left_out))?;
    for id in &refreshed.missing {
        out.line(&format!("missing: {}", id.as_str()))?;
    }
    if !refreshed.unread.is_empty() {
        out.line(&table::unread(&refreshed.unread))?;
    }
    Ok(())
}

fn say(failure: &Failure, out: &Out) {
    let of = failure.request().map(RequestId::as_str).map(short);
    let of = of.map(|id| format!(" (request {id})")).unwrap_or_default();
    out.error(&format!("{failure}{of}"));
    out.note(&next(failure));
    refused_tokens(failure.token_invalid(), out);
    if failure.cached_may_fail() {
        out.note("until a live refresh succeeds, cached calls of this login may fail the same way");
    }
}

fn next(failure: &Failure) -> String {
    // The end user has answered already, and a refresh would text them once more.
    let resume = failure.resume().map(RequestId::as_str).map(short);
    match (failure.recovery(), resume) {
        (Recovery::TryLater { not_before }, None) => format!("next: try again from {}", moment(not_before)),
        (Recovery::TryLater { not_before }, Some(id)) => format!(
            "next: from {} on run: reconnect resume REQUEST_ID (request {id}); its data was on the way, and a refresh would \
             text the user again",
            moment(not_before)
        ),
        (_, Some(id)) => format!(
            "next: run: reconnect resume REQUEST_ID (request {id}); its data was on the way, and a refresh would text the user \
             again"
        ),
        (Recovery::StartOver, None) => "next: open an ordinary Connect session".to_owned(),
        (Recovery::AskTheUser, None) => {
            "next: bring the end user back, and refresh again once they ask for it; never refresh from a job".to_owned()
        }
        (Recovery::ActAtTheBank, None) => {
            "next: the end user has to log in at the bank, then refresh; if that does not help, open an ordinary Connect session"
                .to_owned()
        }
        (Recovery::FixTheSetup, None) => "next: look at the keys, the addresses and the customer id".to_owned(),
    }
}

/// Where to start over, with a fresh token; `None` if starting over does not help. It also helps if the user has to act at
/// the bank: a grant of an OAuth bank that has ended is renewed in a Connect session.
pub(crate) fn connect_url(driver: &Driver, failure: &Failure, out: &Out) -> Option<WidgetUrl> {
    match failure.recovery() {
        Recovery::StartOver | Recovery::ActAtTheBank => {}
        Recovery::TryLater { .. } | Recovery::AskTheUser | Recovery::FixTheSetup => return None,
    }
    let url = driver.start_over(failure);
    let bare = WidgetUrl::start_over(driver.instance(), failure.start_over());
    if driver.setup().keys.secret.is_some() && url.expose() == bare.expose() {
        out.warn("no token could be minted for the widget: the URL goes without");
    }
    Some(url)
}
