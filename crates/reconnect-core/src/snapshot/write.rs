//! A snapshot as JSON: what is as it was at the beginning is left out.

use super::VERSION;
use crate::{
    Failure, Recovery, Refreshed, Via,
    state::{Asking, Back, End, Outstanding, Phase, State, Step},
    writer::Writer,
};
use alloc::string::String;

/// Room for a session that asks, so that its text, which may hold its token, is not copied while it grows.
const ROOM: usize = 640;

pub(super) fn state(state: &State) -> String {
    let mut to = Writer::with_capacity(ROOM);
    to.object(|to| fields(to, state));
    to.done()
}

//= docs/spec/credentials.md#use
//# **CRED-29** A client SHOULD keep a token in its stored form only while answers through the API
fn fields(to: &mut Writer, state: &State) {
    to.key("version").number(VERSION);
    to.key("revision").number(state.revision);
    text(to, "instance", state.instance.as_deref());
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
    if let Some(policy) = &state.policy {
        to.key("policy").object(|to| policy.write_differences(to));
    }
    to.key("next").number(state.next);
    outstanding(to, "wire", state.wire);
    outstanding(to, "doubt", state.doubt);
    to.key("began").moment(state.began);
    flag(to, "live", state.live);
    to.key("since").moment(state.since);
    flag(to, "assumed", state.assumed);
    for (name, moment) in [("first", state.first), ("pending", state.pending), ("looked", state.looked)] {
        if let Some(moment) = moment {
            to.key(name).moment(moment);
        }
    }
    count(to, "spent", state.spent.into());
    if state.via != Via::Live {
        to.key("via").word(state.via);
    }
    flag(to, "reminted", state.reminted);
    if !matches!(state.phase, Phase::Asking(_) | Phase::Done(_)) {
        to.key("due").object(|to| {
            to.key("at").moment(state.due);
            to.key("why").word(state.waits_for);
            count(to, "tried", state.tried.into());
        });
    }
    if let Some(token) = &state.token {
        to.key("secretToken").object(|to| {
            to.key("token").text(token.secret.expose());
            to.key("sent").moment(token.sent);
            flag(to, "used", token.used);
        });
    }
    to.key("phase").object(|to| phase(to, &state.phase));
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

fn phase(to: &mut Writer, phase: &Phase) {
    match phase {
        Phase::Authorizing { status } => {
            to.key("at").text("authorizing");
            flag(to, "status", *status);
        }
        Phase::Asking(now) => {
            to.key("at").text("asking");
            asking(to, now);
        }
        Phase::Looking { why, back } => {
            to.key("at").text("looking");
            to.key("why").word(*why);
            to.key("back").object(|to| match back {
                Back::Ask(then) => to.key("ask").object(|to| asking(to, then)),
                Back::Guess(guess, forget) => to.key("guess").list(|to| {
                    to.object(|to| failure(to, guess));
                    to.moment(*forget);
                }),
            });
        }
        Phase::Fetching(step) => {
            to.key("at").text("fetching");
            if *step != Step::Ask {
                to.key("step").word(*step);
            }
        }
        Phase::Recalling => to.key("at").text("recalling"),
        Phase::Done(End::Refreshed(outcome)) => {
            to.key("at").text("refreshed");
            to.key("outcome").object(|to| refreshed(to, outcome));
        }
        Phase::Done(End::Failed(end, forget)) => {
            to.key("at").text("failed");
            to.key("failure").object(|to| failure(to, end));
            if let Some(forget) = forget {
                to.key("forget").moment(*forget);
            }
        }
    }
}

fn asking(to: &mut Writer, asking: &Asking) {
    if !asking.challenges.is_empty() {
        to.key("challenges").list(|to| asking.challenges.iter().for_each(|challenge| challenge.write(to)));
    }
    flag(to, "wrong", asking.wrong);
    flag(to, "left", asking.left);
    text(to, "error", asking.error.as_ref().map(|code| code.as_str()));
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
    if let Some(last) = outcome.last_refresh {
        to.key("lastRefresh").moment(last);
    }
    to.key("via").word(outcome.via);
    flag(to, "namedOthers", outcome.named_others);
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
    if let Some(last) = failure.last_refresh {
        to.key("lastRefresh").moment(last);
    }
    text(to, "request", failure.request.as_ref().map(|id| id.as_str()));
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
