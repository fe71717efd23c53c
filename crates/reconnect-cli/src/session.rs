//! What `refresh`, `resume` and `continue` share: drive until somebody has to act, and say what it came to.

use crate::{
    args::Place,
    clock::{span, time_of},
    driver::{Driver, Time},
    exit::{Exit, Trouble},
    interrupt,
    out::Out,
    progress::{Progress, Watch},
    row::Row,
    table,
};
use reconnect_core::{
    Event, Failure, Kept, Outcome, Pause, Prompt, Recovery, Refreshed, RequestId, Showing, connect::WidgetUrl,
    drive::Plan, json, short,
};
use std::{path::Path, sync::Arc};

/// The driver of a session command.
pub(crate) fn driver(place: &Place, out: &Out) -> Result<(Driver, Arc<dyn Watch>), Trouble> {
    let watch: Arc<dyn Watch> = Arc::new(Progress::new(*out));
    let setup = place.setup()?;
    Ok((Driver::new(setup, Time::Real, watch.clone())?, watch))
}

/// Begins a session, in a file where one is named.
pub(crate) fn begin(plan: Plan, place: &Place, file: Option<&Path>, out: &Out) -> Result<Exit, Trouble> {
    let (driver, watch) = driver(place, out)?;
    let row = match file {
        None => Row::none(watch),
        Some(file) => {
            let (row, goes_on) = Row::fresh(file, watch)?;
            if goes_on {
                out.warn(&format!("{} held a session that was not over, which is replaced", file.display()));
            }
            row
        }
    };
    let mut session = driver.session(plan);
    go_on(&driver, &mut session, &row, file, out)
}

/// Drives a session until somebody has to act, or it is over, and says so.
pub(crate) fn go_on(
    driver: &Driver,
    session: &mut Kept,
    row: &Row,
    file: Option<&Path>,
    out: &Out,
) -> Result<Exit, Trouble> {
    interrupt::watch(*out, file);
    let mut pause = driver.advance(session, row)?;
    if let Pause::Ask(_) = pause {
        // A URL that is good for one showing, as fresh as can be.
        session.tell(driver.now(), Event::Opened).map_err(|misuse| Trouble::failed(misuse.to_string()))?;
        pause = driver.advance(session, row)?;
    }
    match pause {
        Pause::Ask(prompt) => ask(driver, &prompt, file, out),
        Pause::Done => done(driver, session, out),
    }
}

fn ask(driver: &Driver, prompt: &Prompt, file: Option<&Path>, out: &Out) -> Result<Exit, Trouble> {
    if matches!(prompt.showing, Showing::Refused) {
        out.warn("the service would not mint a token for the widget: the URL goes without");
    }
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
        let url = prompt.connect_url(driver.instance());
        out.line(&format!("Show the widget, once: {}", url.expose()))?;
        out.line(&format!("Its request id: {}", prompt.request.as_str()))?;
    }
    let left = span(driver.now().until(prompt.deadline.at));
    let assumed = if prompt.assumed { " (its age is not known: this is a guess)" } else { "" };
    out.note(&format!("the user has {left}, until {} UTC{assumed}", time_of(prompt.deadline.at)));
    out.note(&match file {
        Some(file) => format!("then: reconnect continue {} --redirect URL_OR_EVENT", file.display()),
        None => format!(
            "then: reconnect resume REQUEST_ID (this session, {}, is in no file: --session FILE keeps one)",
            short(prompt.request.as_str())
        ),
    });
    Ok(Exit::AskTheUser)
}

fn done(driver: &Driver, session: &mut Kept, out: &Out) -> Result<Exit, Trouble> {
    let accounts = session.take_accounts();
    let now = driver.now();
    if out.is_json() {
        let mut line = json::outcome(session, accounts.as_deref().unwrap_or_default(), driver.instance(), now);
        let exit = match session.outcome() {
            Some(Outcome::Failed(failure)) => {
                say(failure, out);
                if let Some(url) = connect_url(driver, failure, out) {
                    line["connectUrl"] = url.expose().into();
                }
                failure.recovery().into()
            }
            Some(Outcome::Refreshed(_)) | None => Exit::Done,
        };
        out.json(&line)?;
        return Ok(exit);
    }
    match session.outcome() {
        Some(Outcome::Refreshed(refreshed)) => {
            let table = accounts.map(|accounts| table::accounts(&accounts));
            refreshed_lines(refreshed, table.as_deref(), out)?;
            Ok(Exit::Done)
        }
        Some(Outcome::Failed(failure)) => {
            say(failure, out);
            if let Some(url) = connect_url(driver, failure, out) {
                out.line(&format!("Start over: {}", url.expose()))?;
            }
            Ok(failure.recovery().into())
        }
        None => Ok(Exit::Done),
    }
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
        Some(table) => out.line(table)?,
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
    Ok(())
}

fn say(failure: &Failure, out: &Out) {
    let of = failure.request().map(RequestId::as_str).map(short);
    let of = of.map(|id| format!(" (request {id})")).unwrap_or_default();
    out.error(&format!("{failure}{of}"));
    out.note(&match failure.recovery() {
        Recovery::TryLater { not_before } => format!("next: try again from {} UTC on", time_of(not_before)),
        Recovery::StartOver => "next: open an ordinary Connect session".to_owned(),
        Recovery::AskTheUser => "next: bring the end user back".to_owned(),
        Recovery::ActAtTheBank => "next: the end user has to log in at the bank".to_owned(),
        Recovery::FixTheSetup => "next: look at the keys, the addresses and the customer id".to_owned(),
    });
    if failure.cached_may_fail() {
        out.note("until a live refresh succeeds, cached calls of this login may fail the same way");
    }
}

/// Where to start over, with a fresh token; `None` where that is not the way on.
pub(crate) fn connect_url(driver: &Driver, failure: &Failure, out: &Out) -> Option<WidgetUrl> {
    if failure.recovery() != Recovery::StartOver {
        return None;
    }
    let url = driver.start_over(failure);
    let bare = WidgetUrl::start_over(driver.instance(), failure.start_over());
    if driver.setup().keys.secret.is_some() && url.expose() == bare.expose() {
        out.warn("no token could be minted for the widget: the URL goes without");
    }
    Some(url)
}
