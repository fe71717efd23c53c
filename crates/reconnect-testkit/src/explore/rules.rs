//! The nine rules of the machine, by their numbers in the core's crate documentation: what of them can be seen at one
//! node or one edge. That it ends (rule 6) is seen on the closed graph.

#![allow(clippy::wildcard_enum_match_arm, reason = "of these enums the other arms are all alike")]

use super::{
    letter::{Letter, STRANGERS, Says},
    letters::Said,
    place::{Place, without_revision},
    seat::Seat,
};
use crate::at_rest::says_the_same;
use reconnect_core::{
    Action, Call, Heard, Instance, Keys, Outcome, Reason, Request, Session, Snapshot, Stage, Why, render,
};

fn rule(number: u8, holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("rule {number} is broken: {what}")) }
}

/// What holds wherever one is.
pub(super) fn at_node(place: &Place<'_>) -> Result<(), String> {
    let now = place.now;
    let [mut one, mut two] = [place.session.clone(), place.session.clone()];
    let (action, again) = (one.poll(now), two.poll(now));
    let alike = format!("{action:?}") == format!("{again:?}") && format!("{one:?}") == format!("{two:?}");
    rule(1, alike, "the same input gave two outputs")?;

    let then = one.poll(now);
    match &action {
        Action::Send(request) => {
            let until = now + request.limit;
            let waits = |action: Action| matches!(action, Action::Wait { until: at } if at == until);
            rule(2, waits(then), "a request under way was not waited for")?;
            let out = place.session.deadline().filter(|deadline| deadline.why == Why::RequestTimesOut);
            rule(2, out.is_none_or(|out| out.at <= now), "two requests were under way")?;
            rule(2, request.id.number() == place.next, "a number was left out or used twice")?;
            let mut kept = Session::restore(one.snapshot()).map_err(|error| error.to_string())?;
            rule(8, waits(kept.poll(now)), "the snapshot does not say that the request is under way")?;
            rule(9, !names_stranger(request), "an id from a browser or a stranger is in a request")?;
        }
        Action::Wait { until } => {
            rule(3, format!("{action:?}") == format!("{then:?}"), "the same moment had two answers")?;
            rule(3, *until > now, "what is waited for has passed")?;
            rule(3, one.deadline().is_some_and(|at| at.at <= *until), "the deadline is later than the wait's")?;
        }
        Action::Pause(_) => {
            rule(3, format!("{action:?}") == format!("{then:?}"), "the same moment had two answers")?;
        }
    }
    let mut taken = place.session.clone();
    let withheld = !taken.withholds() || taken.take_accounts().is_none();
    rule(9, withheld, "accounts of a claim were handed over before the login was confirmed")?;

    let over = one.outcome().is_some_and(|outcome| !is_guess(&outcome));
    rule(6, one.deadline().is_none() == over, "a deadline is missing, or there is one at the end")?;

    let row = place.session.snapshot();
    says_the_same(&place.session, &row, now)?;
    let json = row.to_json();
    let restored = Snapshot::from_json(&json).and_then(Session::restore).map_err(|error| format!("{error}: {json}"))?;
    rule(8, restored.snapshot().to_json() == json, "restoring changed the snapshot")?;

    // The accounts that redirects named are kept beside the session and choose among those that the service sent; a
    // login that a reply named instead of ours is told to the caller. No other place has an id that only a browser or a
    // stranger named.
    let beside = place.kept.matches(r#""named":{"accounts":["browser"]"#).count();
    let told = place.kept.matches(r#""otherLogin":"stranger""#).count();
    let names = place.kept.matches("browser").count() + place.kept.matches("stranger").count();
    rule(9, names == beside + told, "an id from a browser or a stranger is in the snapshot")
}

/// What holds wherever a letter leads; `changed` says whether the session is another than before. It also writes down
/// what may still be sent once.
pub(super) fn at_edge(
    letter: Letter,
    place: &Place<'_>,
    before: &Seat,
    after: &mut Seat,
    said: &Said,
    changed: bool,
) -> Result<(), String> {
    let same = !changed || without_revision(&after.session.snapshot().to_json()) == place.kept;
    let rose = after.session.revision() - before.session.revision();
    rule(8, rose == u64::from(!same), "the revision does not tell whether the snapshot changed")?;
    let kind = |out: &Option<(u64, String)>| out.as_ref().map(|out| out.1.clone()).unwrap_or_default();
    let (wire, doubt) = (kind(&place.wire), kind(&place.doubt));
    match said {
        Said::Misuse(why) => rule(4, !changed, &format!("a misuse changed the session: {why}"))?,
        Said::Heard(Heard::NotOurs | Heard::Late) => rule(4, same, "what was not taken changed the snapshot")?,
        Said::Does(action) => once(action, after)?,
        Said::Heard(Heard::Took | Heard::Knew) | Said::Nothing => {}
    }
    match letter {
        Letter::NotSent | Letter::Reply(Says::BlamesToken) if wire == "live" => after.may_live = true,
        Letter::NotSent | Letter::Reply(Says::BlamesToken) if wire == "answer" => after.may_answer = true,
        Letter::ConfirmStranger => {
            let taken = matches!(said, Said::Heard(Heard::Took));
            rule(9, !taken, "a login that no reply named was confirmed")?;
        }
        Letter::AnswerOld => {
            let taken = matches!(said, Said::Heard(Heard::Took));
            rule(5, !taken, "an answer to an earlier prompt was taken")?;
        }
        Letter::Lost | Letter::TooLarge if wire == "live" => {
            let unknown = failed(&after.session) == Some(Reason::OutcomeUnknown);
            rule(5, unknown, "a live call was lost, and it is not a guess")?;
        }
        Letter::Lost | Letter::TooLarge if wire == "answer" => {
            rule(5, after.session.stage() == Stage::Looking, "an answer was lost, and nobody looks")?;
        }
        Letter::Answer if matches!(said, Said::Heard(Heard::Took)) => after.may_answer = true,
        // Neither a page nor a redirect is the service's word.
        Letter::Late(Says::Page | Says::Moved) => rule(7, !changed, "a guess gave way to a page or a redirect")?,
        Letter::Late(Says::Authorized | Says::Asks | Says::AsksAgain) if is_guessed(before) => {
            let gave_way = matches!(said, Said::Heard(Heard::Took)) && !is_guessed(after);
            rule(7, gave_way || doubt.is_empty(), "a guess did not give way to a fact")?;
        }
        _ => {}
    }
    let over = before.session.outcome().is_some_and(|outcome| !is_guess(&outcome));
    // A redirect that comes after the end and before the accounts are taken is too late to choose; the outcome says so.
    let only_told = || {
        let text = without_revision(&after.session.snapshot().to_json());
        text.contains(r#","narrowed":"namedLate""#) && without_narrowed(&text) == without_narrowed(&place.kept)
    };
    // The caller may confirm the login of a claimed session after the end.
    let confirmed = || letter == Letter::Confirm && !after.session.withholds();
    rule(7, !over || same || only_told() || confirmed(), "a final outcome changed")
}

/// What can reach the bank is sent once, unless it surely did not get there.
fn once(action: &Action, after: &mut Seat) -> Result<(), String> {
    let Action::Send(request) = action else { return Ok(()) };
    let (Call::Authorize { body, .. } | Call::AuthorizeAsync { body, .. }) = &request.call else {
        return rule(5, !request.once, "a call that may be repeated says that it may not");
    };
    if !request.once {
        return Ok(());
    }
    let may = if body.security_responses.is_some() { &mut after.may_answer } else { &mut after.may_live };
    rule(5, core::mem::take(may), "what can reach the bank was sent twice")
}

fn names_stranger(request: &Request) -> bool {
    let instance = Instance::named("toolbox", "43387ca6").expect("an instance");
    let keys = Keys { secret: Some("k".into()), api: None };
    let rendered = render(request, &instance, &keys).expect("the keys are there");
    let body = rendered.body.as_ref().map_or("", |body| body.expose());
    STRANGERS.iter().any(|id| body.contains(id) || rendered.url.contains(id))
}

fn failed(session: &Session) -> Option<Reason> {
    match session.outcome()? {
        Outcome::Failed(failure) => Some(failure.reason()),
        Outcome::Refreshed(_) => None,
    }
}

fn is_guess(outcome: &Outcome<'_>) -> bool {
    matches!(outcome, Outcome::Failed(failure) if failure.reason().is_guess())
}

fn is_guessed(seat: &Seat) -> bool {
    failed(&seat.session).is_some_and(Reason::is_guess)
}

/// A snapshot's JSON without its `narrowed` field.
fn without_narrowed(json: &str) -> String {
    let Some((before, after)) = json.split_once(r#","narrowed":""#) else { return json.to_owned() };
    let (_, after) = after.split_once('"').expect("a text ends");
    format!("{before}{after}")
}
