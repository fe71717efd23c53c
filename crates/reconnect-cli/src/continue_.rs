//! `reconnect continue`: a session in a file goes on, after the widget, with answers, or after a restart.

use crate::{
    args::Continue,
    clock::moment,
    driver::Driver,
    exit::{Exit, Trouble},
    input,
    out::Out,
    redirect,
    row::Row,
    session,
};
use reconnect_core::{Answers, Event, Heard, Misuse, Stage, StoredSession};
use serde::Deserialize;
use std::{collections::BTreeMap, fs::File, path::Path};

/// Largest file of answers: an image is answered as Base64.
const MOST: u64 = 8 << 20;

pub(crate) fn run(args: &Continue, out: &Out) -> Result<Exit, Trouble> {
    let news = args.redirect.as_deref().map(redirect::read).transpose()?;
    let answers = args.answers.as_deref().map(read).transpose()?;
    let confirm = args.confirm.as_deref().map(|login| input::login(login, "--confirm")).transpose()?;
    let (driver, watch) = session::driver(&args.place, out)?;
    let (row, snapshot) = Row::open(&args.file, watch)?;
    let mut session = StoredSession::restore(snapshot).map_err(|error| Trouble::failed(error.to_string()))?;
    if let Some(news) = news {
        tell(&driver, &mut session, Event::Returned(news), out);
    }
    if let Some(answers) = answers {
        answer(&driver, &mut session, answers, out)?;
    }
    session::go_on(&driver, &mut session, &row, session::Asked { file: Some(&args.file), confirm }, out)
}

/// News is never an error: it may come twice, late, or from another session.
fn tell(driver: &Driver, session: &mut StoredSession, event: Event, out: &Out) {
    let over = session.stage() == Stage::Done;
    match session.tell(driver.now(), event) {
        Ok(Heard::Took) => {}
        Ok(Heard::Knew) => out.note("this changes nothing: it was known, or is no news to the session"),
        Ok(Heard::Late) if over => out.note("this comes too late: the session is over"),
        Ok(Heard::Late) => out.note("this comes too late to matter"),
        Ok(Heard::NotOurs) => {
            out.warn("notOurs: this names another session or login, and nothing was taken of it");
        }
        // Only answers can be misused.
        Err(misuse) => out.warn(&misuse.to_string()),
    }
}

/// The content of FILE2.
#[derive(Deserialize)]
struct Given {
    /// The `number` of the prompt in `ask`. Without it the answers are for the current prompt: only one command at a time
    /// has FILE, so no other can have changed the prompt meanwhile (decision 58).
    #[serde(default)]
    number: Option<u32>,
    answers: BTreeMap<String, Vec<String>>,
}

fn answer(driver: &Driver, session: &mut StoredSession, given: Given, out: &Out) -> Result<(), Trouble> {
    let now = driver.now();
    // An answer that is given while the service is asked is sent if the bank still asks.
    let Some(prompt) = session.asked(now) else {
        return Err(Trouble::failed(
            "answers were given, and the session does not ask: run `reconnect continue FILE` to see where it is",
        ));
    };
    let (asked, came) = (prompt.challenges.len(), given.answers.len());
    let answers = Answers::to(&prompt).numbered(given.number.or(Some(prompt.number)));
    let answers = given.answers.into_iter().fold(answers, |all, (prompt, values)| all.with(&prompt, values));
    let number = given.number.filter(|number| *number != prompt.number);
    match session.tell(now, Event::Answered(answers)) {
        Ok(Heard::Late) => {
            out.warn(&format!("the answers come too late: they were due until {}", moment(prompt.deadline.at)));
            Ok(())
        }
        Ok(_) => Ok(()),
        Err(Misuse::AlreadyAnswered) => Err(Trouble::failed(
            "answers are under way already: run `reconnect continue FILE` to see what became of them",
        )),
        Err(Misuse::OtherPrompt) if prompt.shown => Err(Trouble::failed(
            "a page shows this prompt, so its answer comes from there: let the user finish, then use --redirect",
        )),
        Err(Misuse::OtherPrompt) if number.is_some() => Err(Trouble::failed(format!(
            "the answers are for prompt {}, and the session is at prompt {}: `reconnect continue FILE --json` shows the \
             current prompt",
            number.unwrap_or_default(),
            prompt.number
        ))),
        Err(Misuse::OtherPrompt) if asked == 0 => Err(Trouble::failed(
            "answers were given, and only the widget knows what the bank asks: show it, then use --redirect",
        )),
        Err(Misuse::OtherPrompt) => Err(Trouble::failed(format!(
            "the answers do not fit: {asked} prompts expected, under the very words of the bank and with a value each, and \
             {came} came. The session is as it was, and `reconnect continue FILE --json` shows what is asked"
        ))),
        Err(misuse) => Err(Trouble::failed(misuse.to_string())),
    }
}

/// Answers never stand on a command line, and never in an error.
fn read(from: &Path) -> Result<Given, Trouble> {
    let text = if from == Path::new("-") {
        input::stdin(MOST)?
    } else {
        let file = File::open(from);
        let file = file
            .map_err(|error| Trouble::failed(format!("the answers in {} cannot be read: {error}", from.display())))?;
        input::text(file, MOST, "the file of answers")?
    };
    // The value of a prompt is a list. If `answers` has an object, it is therefore not a prompt.
    if let Ok(given) = serde_json::from_str(&text) {
        return Ok(given);
    }
    serde_json::from_str(&text).map(|answers| Given { number: None, answers }).map_err(|error| {
        let at = format!("line {} column {}", error.line(), error.column());
        Trouble::failed(format!("expected answers as {{\"PROMPT\":[\"VALUE\"]}}: they cannot be read at {at}"))
    })
}
