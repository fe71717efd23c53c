//! Walks that went wrong under an earlier wording of the rules. Each is written once, and is walked by the model alone
//! or by session and model side by side.

use super::{
    BEGIN, Start,
    play::{Table, same},
    replies,
};
use crate::model::{Call, Came, Delivery, End, Entry, Millis, Narrowed, News, NewsKind, Said, Shape, Shown};
use core::time::Duration;
use reconnect_core::{Advice, Fault, FaultKind, Heard, Mfa, Misuse, Policy, Reached, Reason, Stage, Why};

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;

/// One step of a walk, or a condition that has to hold after it.
#[derive(Clone, PartialEq, Debug)]
pub enum Move {
    /// It waits until it may send, and sends this call. The name is the kind of call, as `name` gives it.
    Sends(&'static str),
    /// The call that is under way brings this.
    Brings(Said),
    /// The call that is under way brings a fault. `true`: it surely did not get there.
    Fails(bool),
    /// The call that is in doubt brings this after all.
    Late(Said),
    /// The widget says this.
    Hears(News),
    /// A verified webhook.
    Hook(Delivery),
    /// Time passes.
    After(Millis),
    /// It is polled, and sends nothing.
    Polls,
    /// The user answers the prompt with this number.
    Answers(Option<u32>),
    /// The widget is about to be shown.
    Opens,
    /// A page with the prompt was shown.
    Shows,
    /// It is kept and loaded again.
    Restores,
    /// The last event was taken in this way.
    Took(Heard),
    /// The answer was refused.
    Refused(Misuse),
    /// The stage.
    At(Stage),
    /// It ended in this guess.
    Guesses(Reason, Advice),
    /// It ended for good, in this failure.
    Ended(Reason, Advice),
    /// It ended refreshed, with these accounts.
    Through(&'static [u8], Narrowed),
    /// The next deadline, so long from now.
    Next(Why, Millis),
    /// Whether the bank may still be at it.
    Open(bool),
    /// The number of the prompt.
    Number(u32),
    /// The widget's token in the prompt.
    Showing(Shown),
    /// Whether the failure says to resume.
    Resumes(bool),
}

use Move::{
    After, Answers, At, Brings, Ended, Fails, Guesses, Hears, Hook, Late, Next, Number, Open, Opens, Polls, Refused,
    Restores, Resumes, Sends, Showing, Shows, Through, Took,
};

/// A walk with its name.
#[derive(Clone, Debug)]
pub struct Walk {
    /// What it shows.
    pub name: &'static str,
    /// How the session begins.
    pub start: Start,
    /// Its steps and conditions.
    pub moves: Vec<Move>,
}

/// Walks a walk with session and model, or with the model alone.
///
/// # Errors
/// The condition that does not hold, with the story up to there.
pub fn walk(walk: &Walk, with_session: bool) -> Result<(), String> {
    let mut lines = Vec::new();
    let mut table = Table::lay(&walk.start, Some(&mut lines), with_session);
    let wrong = walked(&mut table, &walk.moves);
    drop(table);
    wrong.map_err(|wrong| format!("{}\n{}\n{wrong}", walk.name, lines.join("\n")))
}

fn name(call: &Call) -> &'static str {
    match call {
        Call::Mint | Call::MintForWidget => "mint",
        Call::Live { .. } => "live",
        Call::Cached { .. } => "cached",
        Call::Answer { .. } => "answer",
        Call::Status { .. } => "status",
        Call::Data { .. } => "data",
        Call::Poll { .. } => "poll",
    }
}

fn walked(table: &mut Table<'_>, moves: &[Move]) -> Result<(), String> {
    let mut heard: Result<Heard, Misuse> = Ok(Heard::Knew);
    table.compare()?;
    for step in moves {
        table.tell(|| format!("- {step:?}"));
        match step {
            Sends(call) => {
                for _ in 0..4 {
                    if table.model.outstanding().is_none()
                        && let Some((at, why)) = table.model.deadline()
                        && !matches!(why, Why::Forget)
                        && table.model.stage() != Stage::Asking
                    {
                        table.now = table.now.max(at);
                    }
                    table.poll(false)?;
                    if table.model.outstanding().is_some() {
                        break;
                    }
                    if let Some((at, _)) = table.model.deadline() {
                        table.now = table.now.max(at);
                    }
                }
                same("what is sent", &table.model.outstanding().map(|(_, call)| name(call)), &Some(*call))?;
            }
            Brings(said) => {
                let (id, call) = table.model.outstanding().ok_or("nothing is under way")?;
                let call = call.clone();
                heard = Ok(table.bring(id, &call, said.clone(), false)?);
            }
            Fails(unsent) => {
                let (id, _) = table.model.outstanding().ok_or("nothing is under way")?;
                let reached = if *unsent { Reached::No } else { Reached::Maybe };
                let fault = Fault { kind: FaultKind::Connect, reached };
                heard = Ok(table.fail(id, &Came::Fault { unsent: *unsent, large: false, setup: false }, fault)?);
            }
            Late(said) => {
                let (id, call) = table.model.in_doubt().ok_or("nothing is in doubt")?;
                let call = call.clone();
                heard = Ok(table.bring(id, &call, said.clone(), false)?);
            }
            Hears(news) => heard = Ok(table.hear(news, &replies::on_the_page(news, 0))?),
            Hook(delivery) => heard = Ok(table.hook(delivery, &replies::webhook_of(delivery, false, 0))?),
            After(span) => table.now += span,
            Polls => {
                table.poll(false)?;
                same("what is sent", &table.model.outstanding().map(|(_, call)| name(call)), &None)?;
            }
            Answers(number) => {
                let request = table.model.requests().last().copied().unwrap_or(0);
                let asked = table.model.challenges().map(<[u64]>::to_vec).unwrap_or_default();
                let keys: Vec<String> = asked.iter().map(|one| replies::prompt(*one)).collect();
                heard = table.give(request, *number, &keys, false, !keys.is_empty())?;
            }
            Opens => drop(table.open()?),
            Shows => drop(table.shown()?),
            Restores => drop(table.restore()?),
            Took(as_what) => same("how it was taken", &heard, &Ok(*as_what))?,
            Refused(misuse) => same("how it was taken", &heard, &Err(*misuse))?,
            At(stage) => same("the stage", &table.model.stage(), stage)?,
            Guesses(reason, advice) => {
                ended(table, *reason, *advice)?;
                same("a guess", &table.model.guess().is_some(), &true)?;
            }
            Ended(reason, advice) => {
                ended(table, *reason, *advice)?;
                same("a guess", &table.model.guess().is_some(), &false)?;
            }
            Through(accounts, by) => match table.model.end_of_it() {
                Some(End::Refreshed { kept, narrowed, .. }) => {
                    same("accounts", &(&**kept, *narrowed), &(*accounts, *by))?
                }
                other => return Err(format!("it is not through: {other:?}")),
            },
            Next(why, after) => same("the deadline", &table.model.deadline(), &Some((table.now + after, *why)))?,
            Open(is_open) => same("whether it is open", &table.model.is_open(table.now), is_open)?,
            Number(number) => same("the prompt's number", &table.model.number(), number)?,
            Showing(shown) => same("the showing", &table.model.asked().showing, shown)?,
            Resumes(does) => match table.model.end_of_it() {
                Some(End::Failed { resume, .. }) => same("whether to resume", &resume.is_some(), does)?,
                other => return Err(format!("it has not failed: {other:?}")),
            },
        }
        table.compare()?;
    }
    Ok(())
}

fn ended(table: &Table<'_>, reason: Reason, advice: Advice) -> Result<(), String> {
    match table.model.end_of_it() {
        Some(End::Failed { reason: why, recovery, .. }) => {
            same("how it ended", &(*why, recovery.advice()), &(reason, advice))
        }
        other => Err(format!("it has not failed: {other:?}")),
    }
}

// what is said

pub(super) fn token() -> Said {
    Said { token: Some(1), ..Said::ok() }
}

pub(super) fn asks(challenge: u64) -> Said {
    Said { http: 203, status: Some(203), request: Some(0), challenges: vec![challenge], ..Said::ok() }
}

pub(super) fn authorized() -> Said {
    Said { request: Some(0), login: Some(0), ..Said::ok() }
}

pub(super) fn pending() -> Said {
    Said { http: 202, status: Some(202), code: Some("OPERATION_PENDING"), ..authorized() }
}

pub(super) fn data(accounts: &[u8]) -> Said {
    Said { accounts: Some(accounts.to_vec()), ..authorized() }
}

pub(super) fn no(status: u16, code: &'static str) -> Said {
    Said { http: status, status: Some(status), code: Some(code), ..Said::ok() }
}

pub(super) fn unauthorized() -> Said {
    no(401, "UNAUTHORIZED")
}

pub(super) fn gone() -> Said {
    no(400, "SESSION_NONEXISTENT")
}

/// Stored data that is too old, for the cached call.
pub(super) fn old() -> Said {
    Said { last_refresh: Some(BEGIN - 86_400_000), request: Some(1), login: Some(0), ..Said::ok() }
}

pub(super) fn page(status: u16) -> Said {
    Said { http: status, status: None, shape: Shape::Html, ..Said::ok() }
}

fn redirect(request: Option<u8>, accounts: &[u8]) -> Move {
    Hears(News { kind: NewsKind::Redirect, login: None, request, accounts: accounts.to_vec() })
}

fn says(kind: NewsKind) -> Move {
    Hears(News { kind, login: None, request: None, accounts: vec![] })
}

fn webhook(request: Option<u8>, login: Option<u8>, tag: Option<u8>) -> Move {
    Hook(Delivery { kind: "KYC", tag, said: Said { request, login, ..Said::ok() } })
}

// how it begins

fn start(entry: Entry, change: impl FnOnce(&mut Policy)) -> Start {
    let mut policy = Policy::default();
    change(&mut policy);
    Start { entry, keep: None, policy, institution: None, tag: None }
}

fn refresh() -> Start {
    start(Entry::Refresh, |_| {})
}

fn by_api() -> Start {
    start(Entry::Refresh, |policy| policy.mfa = Mfa::WidgetOrApi)
}

fn resume(last_sent: Option<Millis>) -> Start {
    start(Entry::Resume { login: true, last_sent }, |_| {})
}

/// Up to the first question.
fn asked() -> Vec<Move> {
    vec![Sends("mint"), Brings(token()), Sends("live"), Brings(asks(1)), At(Stage::Asking)]
}

/// Up to the data.
fn fetching() -> Vec<Move> {
    vec![Sends("mint"), Brings(token()), Sends("live"), Brings(authorized()), Sends("data")]
}

/// Up to the lapse, which a look confirms.
fn lapsed() -> Vec<Move> {
    let mut moves = asked();
    moves.extend([After(8 * MINUTE), Sends("data"), Brings(unauthorized())]);
    moves.push(Guesses(Reason::Lapsed, Advice::AskTheUser));
    moves
}

fn on(mut moves: Vec<Move>, more: impl IntoIterator<Item = Move>) -> Vec<Move> {
    moves.extend(more);
    moves
}

fn all_looks_used() -> Vec<Move> {
    let mut moves = asked();
    for _ in 0..10 {
        moves.extend([redirect(None, &[]), Took(Heard::Took), Sends("data"), Brings(unauthorized())]);
    }
    moves
}

/// Every walk.
#[must_use]
pub fn walks() -> Vec<Walk> {
    let mut walks: Vec<Walk> = returns();
    walks.extend(pages());
    walks.extend(guesses());
    walks.extend(accounts());
    walks.extend(prompts());
    walks.extend(pairs());
    walks
}

/// A user who is through is noticed.
fn returns() -> Vec<Walk> {
    let after_a_lapse = |restart: bool| {
        let mut moves = asked();
        moves.extend([After(8 * MINUTE), Sends("data"), redirect(Some(0), &[]), Took(Heard::Took)]);
        moves.extend([Brings(unauthorized()), At(Stage::Looking), Open(false)]);
        if restart {
            moves.extend([Restores]);
        }
        on(moves, [Sends("data"), Brings(data(&[0, 1])), Through(&[0, 1], Narrowed::Nothing)])
    };
    vec![
        Walk {
            name: "1: a return that is heard while the look for the lapse is out gets a look of its own",
            start: refresh(),
            moves: after_a_lapse(false),
        },
        Walk { name: "1: the same after a restart", start: refresh(), moves: after_a_lapse(true) },
        Walk {
            name: "10: hints that may cause no look lead to one, 4 minutes after the first of them",
            start: refresh(),
            moves: on(
                all_looks_used(),
                [
                    After(10 * SECOND),
                    redirect(None, &[]),
                    Took(Heard::Took),
                    Next(Why::Look, 4 * MINUTE),
                    After(MINUTE),
                    redirect(None, &[]),
                    Next(Why::Look, 3 * MINUTE),
                    // A redirect that names the session still causes a look of its own.
                    redirect(Some(0), &[]),
                    At(Stage::Looking),
                    Sends("data"),
                    Brings(unauthorized()),
                    // The hint that was kept stays.
                    Next(Why::Look, 3 * MINUTE),
                    After(3 * MINUTE),
                    Sends("data"),
                    Brings(data(&[0])),
                    Through(&[0], Narrowed::Nothing),
                ],
            ),
        },
        Walk {
            name: "11: a look follows an end in the widget when the lease is over",
            start: refresh(),
            moves: on(
                asked(),
                [
                    says(NewsKind::Ends("COMPONENT_DENY_CONSENT")),
                    Took(Heard::Took),
                    At(Stage::Asking),
                    After(8 * MINUTE),
                    Sends("data"),
                    Brings(data(&[2])),
                    Through(&[2], Narrowed::Nothing),
                ],
            ),
        },
        Walk {
            name: "11: and the end is a guess if the look says no",
            start: refresh(),
            moves: on(
                asked(),
                [
                    says(NewsKind::Ends("MAXIMUM_RETRY_REACHED")),
                    After(8 * MINUTE),
                    Sends("data"),
                    Brings(unauthorized()),
                    Guesses(Reason::EndedInWidget, Advice::AskTheUser),
                    redirect(None, &[]),
                    Sends("data"),
                    Brings(data(&[2])),
                    Through(&[2], Narrowed::Nothing),
                ],
            ),
        },
        Walk {
            name: "12: a login in news claims nothing if none is known",
            start: start(Entry::Resume { login: false, last_sent: Some(BEGIN) }, |_| {}),
            moves: vec![
                Hears(News { kind: NewsKind::Redirect, login: Some(3), request: None, accounts: vec![] }),
                Took(Heard::Took),
                Sends("data"),
                Brings(unauthorized()),
                Hears(News { kind: NewsKind::Redirect, login: Some(0), request: None, accounts: vec![] }),
                Took(Heard::Took),
                Sends("data"),
                Brings(data(&[0])),
                Through(&[0], Narrowed::Nothing),
            ],
        },
        Walk {
            name: "20: a look that meets a page keeps its hint",
            start: refresh(),
            moves: on(
                asked(),
                [
                    redirect(Some(0), &[]),
                    Sends("data"),
                    Brings(page(202)),
                    At(Stage::Asking),
                    Next(Why::Look, 4 * MINUTE),
                    After(4 * MINUTE),
                    Sends("data"),
                    Brings(data(&[0])),
                    Through(&[0], Narrowed::Nothing),
                ],
            ),
        },
        Walk {
            name: "20: and the same in a guess",
            start: refresh(),
            moves: on(
                lapsed(),
                [
                    redirect(Some(0), &[]),
                    Sends("data"),
                    Brings(page(202)),
                    Guesses(Reason::Lapsed, Advice::AskTheUser),
                    Next(Why::Look, 4 * MINUTE),
                    Sends("data"),
                    Brings(data(&[0])),
                    Through(&[0], Narrowed::Nothing),
                ],
            ),
        },
    ]
}

/// No page and no forged message ends what the service holds.
fn pages() -> Vec<Walk> {
    let thrice = |call: &'static str, status: u16| {
        (0..3).flat_map(move |_| [Sends(call), Brings(page(status))]).collect::<Vec<_>>()
    };
    let answered = on(asked(), [Answers(Some(1)), Sends("answer")]);
    let mut walks = vec![
        Walk {
            name: "2: a forged refusal does not throw the bank's answer away",
            start: by_api(),
            moves: on(
                answered.clone(),
                [
                    says(NewsKind::Ends("COMPONENT_DENY_CONSENT")),
                    Brings(authorized()),
                    Took(Heard::Took),
                    Sends("data"),
                    Brings(data(&[0])),
                    Through(&[0], Narrowed::Nothing),
                ],
            ),
        },
        Walk {
            name: "4: a look of a session that was not answered yet",
            start: resume(Some(BEGIN)),
            moves: on(on(vec![redirect(None, &[])], thrice("data", 403)), [At(Stage::Asking)]),
        },
        Walk {
            name: "4: the look of an unknown age",
            start: resume(None),
            moves: on(thrice("data", 403), [At(Stage::Asking)]),
        },
        Walk {
            name: "4: the mint for a showing",
            start: resume(Some(BEGIN)),
            moves: on(on(vec![Opens], thrice("mint", 401)), [At(Stage::Asking), Showing(Shown::Refused)]),
        },
        Walk {
            name: "4: a lapse of a session that met only pages advises to fix the setup",
            start: resume(Some(BEGIN)),
            moves: on(on(vec![After(8 * MINUTE)], thrice("data", 403)), [Guesses(Reason::Lapsed, Advice::FixTheSetup)]),
        },
        Walk {
            name: "5: a fetch that meets a page waits as for a 202; its end says to try later and to resume",
            start: refresh(),
            moves: on(
                fetching(),
                [
                    Brings(page(403)),
                    Next(Why::Poll, 10 * SECOND),
                    Sends("data"),
                    Brings(page(503)),
                    Sends("data"),
                    Brings(pending()),
                    Sends("poll"),
                    Brings(page(429)),
                    Sends("poll"),
                    After(30 * MINUTE),
                    Brings(page(403)),
                    Ended(Reason::GaveUp, Advice::TryLater),
                    Resumes(true),
                ],
            ),
        },
        Walk {
            name: "a first mint that meets a page with 403 advises to fix the setup",
            start: refresh(),
            moves: vec![Sends("mint"), Brings(page(403)), Ended(Reason::Unreachable, Advice::FixTheSetup)],
        },
    ];
    for status in [403, 429, 200, 503] {
        walks.push(Walk {
            name: "3: an answer that met a page is in doubt",
            start: by_api(),
            moves: on(
                answered.clone(),
                [Brings(page(status)), Sends("data"), Brings(unauthorized()), At(Stage::Asking)],
            ),
        });
    }
    for (status, advice) in [(403, Advice::FixTheSetup), (429, Advice::TryLater), (418, Advice::TryLater)] {
        walks.push(Walk {
            name: "6: a live call that met a page may have reached the bank",
            start: refresh(),
            moves: vec![
                Sends("mint"),
                Brings(token()),
                Sends("live"),
                After(MINUTE),
                Brings(page(status)),
                Guesses(Reason::OutcomeUnknown, advice),
                Open(true),
                After(7 * MINUTE - 1),
                Open(true),
                After(1),
                Open(false),
                Late(asks(1)),
                At(Stage::Asking),
            ],
        });
    }
    walks
}

/// A guess gives way to a fact, and its moment does not change.
fn guesses() -> Vec<Walk> {
    let short = |policy: &mut Policy| policy.hint_life = Duration::from_secs(480);
    vec![
        Walk {
            name: "8: a bank that goes on asking does not renew a guess",
            start: start(Entry::Refresh, short),
            moves: on(
                asked(),
                [
                    After(8 * MINUTE),
                    Sends("data"),
                    Brings(asks(1)),
                    Guesses(Reason::Lapsed, Advice::AskTheUser),
                    Next(Why::Forget, 30 * MINUTE),
                    After(10 * MINUTE),
                    redirect(Some(0), &[]),
                    Sends("data"),
                    Brings(asks(1)),
                    Guesses(Reason::Lapsed, Advice::AskTheUser),
                    Next(Why::Forget, 20 * MINUTE),
                ],
            ),
        },
        Walk {
            name: "a look for a lapse that is asked renews once",
            start: refresh(),
            moves: on(
                asked(),
                [
                    After(8 * MINUTE),
                    Sends("data"),
                    Brings(asks(1)),
                    At(Stage::Asking),
                    Number(1),
                    After(8 * MINUTE),
                    Sends("data"),
                    Brings(asks(1)),
                    Guesses(Reason::Lapsed, Advice::AskTheUser),
                ],
            ),
        },
        Walk {
            name: "9: a 203 without a login brings its session",
            start: by_api(),
            moves: on(
                asked(),
                [
                    Answers(Some(1)),
                    Sends("answer"),
                    Brings(Said {
                        http: 401,
                        status: Some(401),
                        code: Some("INVALID_SECURITY_RESPONSE"),
                        request: Some(1),
                        challenges: vec![1],
                        ..Said::ok()
                    }),
                    At(Stage::Asking),
                    Number(3),
                ],
            ),
        },
        Walk {
            name: "19: a webhook is a fact for a recall that carries a guess",
            start: refresh(),
            moves: on(
                lapsed(),
                [
                    redirect(None, &[]),
                    Sends("data"),
                    Brings(gone()),
                    At(Stage::Recalling),
                    Open(false),
                    webhook(Some(0), None, None),
                    Took(Heard::Took),
                    Sends("data"),
                    Brings(data(&[0])),
                    Through(&[0], Narrowed::Nothing),
                ],
            ),
        },
        Walk {
            name: "19: and old data leads back to the guess, its moment unchanged",
            start: refresh(),
            moves: on(
                lapsed(),
                [
                    After(MINUTE),
                    redirect(None, &[]),
                    Sends("data"),
                    Brings(gone()),
                    Sends("mint"),
                    Brings(token()),
                    Sends("cached"),
                    Brings(old()),
                    Guesses(Reason::Lapsed, Advice::AskTheUser),
                    Next(Why::Forget, 29 * MINUTE),
                ],
            ),
        },
        Walk {
            name: "22: a hint does not open a session that was closed",
            start: refresh(),
            moves: on(lapsed(), [Open(false), redirect(None, &[]), At(Stage::Looking), Open(false)]),
        },
        Walk {
            name: "23: an open session has a deadline, at which it is driven on",
            start: refresh(),
            moves: on(asked(), [Open(true), Next(Why::RequestIdExpires, 8 * MINUTE)]),
        },
    ]
}

/// The accounts are those that were chosen.
fn accounts() -> Vec<Walk> {
    let through = |hints: Vec<Move>, kept: &'static [u8], by: Narrowed| {
        on(on(asked(), hints), [Sends("data"), Brings(data(&[0, 1, 2])), Through(kept, by)])
    };
    vec![
        Walk {
            name: "13: a redirect without accounts takes nothing back",
            start: refresh(),
            moves: through(
                vec![redirect(None, &[1]), redirect(None, &[]), redirect(Some(0), &[])],
                &[1],
                Narrowed::Redirect,
            ),
        },
        Walk {
            name: "13: a redirect that is heard while a look is under way counts",
            start: refresh(),
            moves: through(
                vec![redirect(None, &[]), Sends("data"), redirect(None, &[1]), Brings(unauthorized())],
                &[1],
                Narrowed::Redirect,
            ),
        },
        Walk {
            name: "14: two redirects that differ narrow nothing",
            start: refresh(),
            moves: through(vec![redirect(None, &[1]), redirect(None, &[2])], &[0, 1, 2], Narrowed::Twice),
        },
        Walk {
            name: "14: a redirect that names the session counts more",
            start: refresh(),
            moves: through(
                vec![redirect(None, &[2]), redirect(Some(0), &[1]), redirect(None, &[2])],
                &[1],
                Narrowed::OurRedirect,
            ),
        },
        Walk {
            name: "14: a look that says no drops the accounts that were named before it",
            start: refresh(),
            moves: through(
                vec![redirect(None, &[1]), Sends("data"), Brings(unauthorized()), redirect(None, &[2])],
                &[2],
                Narrowed::Redirect,
            ),
        },
        Walk {
            name: "accounts that the reply does not have narrow nothing",
            start: refresh(),
            moves: through(vec![redirect(Some(0), &[5])], &[0, 1, 2], Narrowed::NoneOf),
        },
        Walk {
            name: "15: the outcome mentions a redirect that chose accounts after the data",
            start: refresh(),
            moves: on(
                through(vec![redirect(None, &[])], &[0, 1, 2], Narrowed::Nothing),
                [redirect(None, &[1]), Took(Heard::Took), Through(&[0, 1, 2], Narrowed::Late)],
            ),
        },
    ]
}

/// An answer reaches its own prompt only, and a page opens at most every 10 s.
fn prompts() -> Vec<Walk> {
    let wrong = || Said { code: Some("INVALID_SECURITY_RESPONSE"), http: 401, status: Some(401), ..asks(1) };
    vec![
        Walk {
            name: "16, 17: a form for an earlier prompt answers no later one, in the same words or not",
            start: by_api(),
            moves: on(
                asked(),
                [
                    Number(1),
                    Answers(Some(1)),
                    Sends("answer"),
                    Number(2),
                    Answers(Some(1)),
                    Refused(Misuse::AlreadyAnswered),
                    Brings(wrong()),
                    Number(3),
                    Answers(Some(1)),
                    Refused(Misuse::OtherPrompt),
                    Answers(Some(2)),
                    Refused(Misuse::OtherPrompt),
                    Answers(Some(3)),
                    Took(Heard::Took),
                    Sends("answer"),
                ],
            ),
        },
        Walk {
            name: "18: a prompt that a page shows is answered there",
            start: by_api(),
            moves: on(
                asked(),
                [
                    Shows,
                    Restores,
                    Answers(Some(1)),
                    Refused(Misuse::OtherPrompt),
                    redirect(None, &[]),
                    Sends("data"),
                    Brings(asks(2)),
                    Number(2),
                    Answers(Some(2)),
                    Took(Heard::Took),
                ],
            ),
        },
        Walk {
            name: "21: a page that asks again and again gets a token every 10 s",
            start: refresh(),
            moves: on(
                asked(),
                [
                    Opens,
                    Sends("mint"),
                    Brings(token()),
                    Showing(Shown::Ready(1)),
                    says(NewsKind::TokenInvalid),
                    Showing(Shown::Spent),
                    After(4 * SECOND),
                    Opens,
                    Showing(Shown::Spent),
                    Next(Why::OpenAgain, 6 * SECOND),
                    Polls,
                    After(6 * SECOND),
                    Opens,
                    Sends("mint"),
                ],
            ),
        },
        Walk {
            name: "an answer that is told during a look goes out if the same prompt stands",
            start: by_api(),
            moves: on(
                asked(),
                [
                    redirect(None, &[]),
                    Sends("data"),
                    Answers(Some(1)),
                    Took(Heard::Took),
                    Brings(asks(1)),
                    Sends("answer"),
                ],
            ),
        },
        Walk {
            name: "an answer that did not get there and was overtaken by a look goes out after it",
            start: by_api(),
            moves: on(
                asked(),
                [
                    Answers(Some(1)),
                    Sends("answer"),
                    Fails(true),
                    Number(2),
                    redirect(None, &[]),
                    Sends("data"),
                    Brings(unauthorized()),
                    Sends("answer"),
                ],
            ),
        },
        Walk {
            name: "and not if another prompt stands",
            start: by_api(),
            moves: on(
                asked(),
                [redirect(None, &[]), Sends("data"), Answers(Some(1)), Brings(asks(2)), Polls, At(Stage::Asking)],
            ),
        },
    ]
}

/// Pairs of a state and an event that the decisions did not cover.
fn pairs() -> Vec<Walk> {
    let recalling = on(fetching(), [Brings(gone()), At(Stage::Recalling), Sends("mint"), Brings(token())]);
    let unknown = vec![Sends("mint"), Brings(token()), Sends("live"), Fails(false)];
    let mut tagged = refresh();
    tagged.tag = Some(0);
    vec![
        Walk {
            name: "a webhook during a recall leads to one more data call",
            start: refresh(),
            moves: on(
                recalling,
                [
                    webhook(Some(0), None, None),
                    Took(Heard::Took),
                    Sends("cached"),
                    Brings(old()),
                    Sends("data"),
                    Brings(data(&[0])),
                    Through(&[0], Narrowed::Nothing),
                ],
            ),
        },
        Walk {
            name: "a webhook by our tag names the session of a live call that was lost",
            start: tagged,
            moves: on(
                unknown.clone(),
                [webhook(Some(4), Some(0), Some(0)), Took(Heard::Took), Sends("data"), Brings(data(&[0]))],
            ),
        },
        Walk {
            name: "a webhook by login leads to the recall that carries the guess",
            start: refresh(),
            moves: on(
                unknown.clone(),
                [
                    webhook(Some(4), Some(0), None),
                    Took(Heard::Took),
                    At(Stage::Recalling),
                    Open(true),
                    Sends("mint"),
                    Brings(token()),
                    Sends("cached"),
                    // A 203 without a `requestId`.
                    Brings(Said { request: None, ..asks(1) }),
                    Guesses(Reason::OutcomeUnknown, Advice::TryLater),
                ],
            ),
        },
        Walk {
            name: "a hint does nothing if no session is known",
            start: refresh(),
            moves: on(unknown, [redirect(None, &[]), Took(Heard::Knew)]),
        },
        Walk {
            name: "a webhook by login is one look while asking",
            start: refresh(),
            moves: on(
                asked(),
                [
                    webhook(None, Some(0), None),
                    Took(Heard::Took),
                    Sends("data"),
                    Brings(unauthorized()),
                    At(Stage::Asking),
                ],
            ),
        },
        Walk {
            name: "a webhook that asks says nothing new",
            start: refresh(),
            moves: on(
                asked(),
                [Hook(Delivery { kind: "GetAccountsDetail", tag: None, said: asks(1) }), Took(Heard::Knew)],
            ),
        },
        Walk {
            name: "UNAUTHORIZED after a look's 202 asks again, twice",
            start: refresh(),
            moves: on(
                asked(),
                (0..2)
                    .flat_map(|_| {
                        [
                            redirect(None, &[]),
                            Sends("data"),
                            Brings(pending()),
                            Sends("poll"),
                            Brings(unauthorized()),
                            At(Stage::Asking),
                        ]
                    })
                    .chain([
                        redirect(None, &[]),
                        Sends("data"),
                        Brings(pending()),
                        Sends("poll"),
                        Brings(unauthorized()),
                        Guesses(Reason::Lapsed, Advice::AskTheUser),
                    ]),
            ),
        },
        Walk {
            name: "UNAUTHORIZED after a 200 of /Authorize is the bank's word",
            start: refresh(),
            moves: on(fetching(), [Brings(unauthorized()), Ended(Reason::Refused, Advice::ActAtTheBank)]),
        },
        Walk {
            name: "an MFA error to the live call asks in the widget if it names a session",
            start: refresh(),
            moves: vec![
                Sends("mint"),
                Brings(token()),
                Sends("live"),
                Brings(Said { request: Some(0), ..no(401, "QUESTION_NOT_FOUND") }),
                At(Stage::Asking),
                Number(1),
            ],
        },
        Walk {
            name: "and starts over if it names none",
            start: refresh(),
            moves: vec![
                Sends("mint"),
                Brings(token()),
                Sends("live"),
                Brings(no(401, "QUESTION_NOT_FOUND")),
                Ended(Reason::Refused, Advice::StartOver),
            ],
        },
    ]
}
