//! A snapshot as JSON: what is as it was at the beginning is left out.

use crate::{
    failure::{Failure, Recovery},
    outcome::{Narrowed, Refreshed, Via},
    state::{
        State,
        phase::{Again, Asking, Back, Claimed, End, Guess, Look, Named, Outstanding, Phase, Step},
    },
    time::Timestamp,
    writer::Writer,
};
use alloc::{format, string::String};

/// Room for a session that asks, so that its text, which may hold its token, is not copied while it grows.
const ROOM: usize = 640;

/// The state as JSON. With `secrets` it has the token and the prompts.
pub(super) fn state(state: &State, secrets: bool) -> String {
    let mut to = Writer::with_capacity(ROOM);
    to.object(|to| fields(to, state, secrets));
    to.done()
}

fn fields(to: &mut Writer, state: &State, secrets: bool) {
    // Fields that version 1 did not have are not written into it: an older program may still read it.
    let new = state.version > 1;
    to.key("version").number(state.version);
    to.key("revision").number(state.revision);
    if new {
        to.key("id").text(&format!("{:016x}", state.id));
    }
    text(to, "key", state.key.as_deref());
    text(to, "tag", state.tag.as_deref());
    text(to, "instance", state.instance.as_deref());
    flag(to, "firstLabel", new && state.first_label);
    text(to, "login", state.login.as_ref().map(|id| id.as_str()));
    text(to, "claim", state.claim.as_ref().map(|id| id.as_str()));
    if !state.requests.is_empty() {
        to.key("requests").texts(state.requests.iter().map(|id| id.as_str()));
    }
    text(to, "institution", state.institution.as_deref());
    text(to, "language", state.language.as_deref());
    if let Some(ids) = state.keep.ids() {
        to.key("keep").texts(ids.iter().map(|id| id.as_str()));
    }
    flag(to, "namedOthers", state.named_others);
    if state.claimed != Claimed::No {
        to.key("claimed").word(state.claimed);
    }
    if let Some(of) = &state.named {
        to.key("named").object(|to| named(to, of));
    }
    flag(to, "namedOtherRequest", state.named_other_request);
    flag(to, "otherRequest", state.other_request);
    if let Some(policy) = &state.policy {
        to.key("policy").object(|to| policy.write_differences(to));
    }
    to.key("next").number(state.next_id);
    outstanding(to, "wire", state.outstanding);
    outstanding(to, "doubt", state.unsettled);
    to.key("began").moment(state.began_at);
    flag(to, "live", state.live_sent);
    flag(to, "answered", new && state.service_answered);
    count(to, "number", state.prompt_number.into());
    count(to, "prompts", state.later_prompts.into());
    moment(to, "minted", state.last_show_mint);
    count(to, "tokenInvalid", state.token_invalid.into());
    to.key("since").moment(state.lease_from);
    flag(to, "assumed", state.lease_assumed);
    moment(to, "first", state.first_answered);
    moment(to, "pending", state.first_pending);
    moment(to, "looked", state.last_look);
    count(to, "looksNamed", state.looks_by_named_news.into());
    count(to, "looks", state.looks_by_news.into());
    moment(to, "hint", state.hint_due);
    flag(to, "renewed", state.lapse_renewed);
    count(to, "askedAgain", state.asked_again.into());
    flag(to, "recalled", new && state.recalled);
    count(to, "spent", state.retries.into());
    if state.via != Via::Live {
        to.key("via").word(state.via);
    }
    flag(to, "reminted", state.reminted);
    if !matches!(state.phase, Phase::Asking(_) | Phase::Done(_)) {
        to.key("due").object(|to| {
            to.key("at").moment(state.due.at);
            to.key("why").word(state.due.why);
            count(to, "tried", state.due.tried.into());
        });
    }
    if let Some(token) = state.token.as_ref().filter(|_| secrets) {
        to.key("secretToken").object(|to| {
            to.key("token").text(token.secret.expose());
            to.key("sent").moment(token.sent);
            flag(to, "used", token.used);
        });
    }
    to.key("phase").object(|to| phase(to, &state.phase, new, secrets));
}

fn named(to: &mut Writer, named: &Named) {
    to.key("accounts").texts(named.accounts.iter().map(|id| id.as_str()));
    flag(to, "ours", named.ours);
    flag(to, "twice", named.twice);
    flag(to, "during", named.during);
    if let Some(before) = &named.before {
        to.key("before").object(|to| to.key("named").object(|to| self::named(to, before)));
    }
}

fn outstanding(to: &mut Writer, name: &str, out: Option<Outstanding>) {
    let Some(out) = out else { return };
    to.key(name).object(|to| {
        to.key("id").number(out.id.number());
        to.key("kind").word(out.kind);
        to.key("sent").moment(out.sent);
        to.key("until").moment(out.until);
    });
}

fn phase(to: &mut Writer, phase: &Phase, new: bool, secrets: bool) {
    match phase {
        Phase::Authorizing { status } => {
            to.key("at").text("authorizing");
            flag(to, "status", *status);
        }
        Phase::Asking(now) => {
            to.key("at").text("asking");
            asking(to, now, secrets);
        }
        Phase::Looking(Look { why, back, hinted, again }) => {
            to.key("at").text("looking");
            to.key("why").word(*why);
            to.key("back").object(|to| match back {
                Back::Ask(then) => to.key("ask").object(|to| asking(to, then, secrets)),
                Back::Guess(of) => to.key("guess").list(|to| guess(to, of, new)),
            });
            flag(to, "hinted", *hinted);
            if *again != Again::No {
                to.key("again").word(*again);
            }
        }
        Phase::Fetching { step, granted } => {
            to.key("at").text("fetching");
            if *step != Step::Ask {
                to.key("step").word(*step);
            }
            flag(to, "byLook", !granted);
        }
        Phase::Recalling { guess: carried, told } => {
            to.key("at").text("recalling");
            if let Some(of) = carried {
                to.key("guess").list(|to| guess(to, of, new));
            }
            flag(to, "told", *told);
        }
        Phase::Done(End::Refreshed(outcome)) => {
            to.key("at").text("refreshed");
            to.key("outcome").object(|to| refreshed(to, outcome));
        }
        Phase::Done(End::Guess(guess)) => {
            to.key("at").text("failed");
            to.key("failure").object(|to| failure(to, &guess.failure));
            to.key("forget").moment(guess.forget);
            moment(to, "open", guess.open.filter(|_| new));
        }
        Phase::Done(End::Failed(end)) => {
            to.key("at").text("failed");
            to.key("failure").object(|to| failure(to, end));
        }
    }
}

/// The failure, until when news counts, and, if the bank may be working on it, until when.
fn guess(to: &mut Writer, guess: &Guess, new: bool) {
    to.object(|to| failure(to, &guess.failure));
    to.moment(guess.forget);
    if let Some(open) = guess.open.filter(|_| new) {
        to.moment(open);
    }
}

fn asking(to: &mut Writer, asking: &Asking, secrets: bool) {
    if secrets && !asking.challenges.is_empty() {
        to.key("challenges").list(|to| asking.challenges.iter().for_each(|challenge| challenge.write(to)));
    }
    flag(to, "wrong", asking.wrong);
    flag(to, "left", asking.left);
    text(to, "error", asking.error.as_ref().map(|code| code.as_str()));
    text(to, "ended", asking.ended.as_ref().map(|code| code.as_str()));
    flag(to, "shown", asking.shown);
    flag(to, "redirected", asking.redirected);
}

fn refreshed(to: &mut Writer, outcome: &Refreshed) {
    text(to, "login", outcome.login.as_ref().map(|id| id.as_str()));
    to.key("request").text(outcome.request.as_str());
    text(to, "institution", outcome.institution.as_deref());
    to.key("kept").texts(outcome.kept.iter().map(|id| id.as_str()));
    if !outcome.missing.is_empty() {
        to.key("missing").texts(outcome.missing.iter().map(|id| id.as_str()));
    }
    to.key("leftOut").number(outcome.left_out as u64);
    moment(to, "lastRefresh", outcome.last_refresh);
    to.key("via").word(outcome.via);
    if outcome.narrowed != Narrowed::Nothing {
        to.key("narrowed").word(outcome.narrowed);
    }
    flag(to, "namedOthers", outcome.named_others);
    flag(to, "namedOtherRequest", outcome.named_other_request);
    flag(to, "otherRequest", outcome.other_request);
    flag(to, "reselect", outcome.reselect);
    count(to, "tokenInvalid", outcome.token_invalid.into());
    if !outcome.unread.is_empty() {
        to.key("unread");
        outcome.unread.write(to);
    }
}

fn failure(to: &mut Writer, failure: &Failure) {
    to.key("reason").word(failure.reason);
    to.key("recovery");
    match failure.recovery {
        Recovery::TryLater { not_before } => to.object(|to| {
            to.key("tryLater").object(|to| to.key("notBefore").moment(not_before));
        }),
        Recovery::StartOver => to.text("startOver"),
        Recovery::AskTheUser => to.text("askTheUser"),
        Recovery::ActAtTheBank => to.text("actAtTheBank"),
        Recovery::FixTheSetup => to.text("fixTheSetup"),
    }
    text(to, "code", failure.code.as_ref().map(|code| code.as_str()));
    if let Some(status) = failure.status {
        to.key("status").number(status.into());
    }
    if let Some(fault) = failure.fault {
        to.key("fault").word(fault);
    }
    text(to, "place", failure.place.as_deref());
    moment(to, "lastRefresh", failure.last_refresh);
    text(to, "request", failure.request.as_ref().map(|id| id.as_str()));
    flag(to, "resume", failure.resume);
    text(to, "otherLogin", failure.other_login.as_ref().map(|id| id.as_str()));
    count(to, "tokenInvalid", failure.token_invalid.into());
    to.key("startOver").object(|to| {
        text(to, "institution", failure.start_over.institution.as_deref());
        text(to, "language", failure.start_over.language.as_deref());
    });
    flag(to, "cachedMayFail", failure.cached_may_fail);
}

fn text(to: &mut Writer, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        to.key(name).text(text);
    }
}

fn moment(to: &mut Writer, name: &str, moment: Option<Timestamp>) {
    if let Some(moment) = moment {
        to.key(name).moment(moment);
    }
}

fn flag(to: &mut Writer, name: &str, flag: bool) {
    if flag {
        to.key(name).flag(true);
    }
}

fn count(to: &mut Writer, name: &str, count: u64) {
    if count != 0 {
        to.key(name).number(count);
    }
}
