//! A stored session as JSON. A field that still has its first value is left out, and a name that is not known is
//! skipped.

use crate::{
    challenge::Challenge,
    code::Advice,
    error::RestoreError,
    failure::{Failure, Reason, Recovery, StartOver},
    ids::RowId,
    known::Known,
    outcome::{Refreshed, Via},
    policy::{Policy, json::InvalidPolicy},
    request::ExchangeId,
    secret::Secret,
    selection::Selection,
    state::{
        State, VERSION,
        phase::{Asking, Back, Before, Due, End, Guess, Look, Named, Outstanding, Phase, Step, Token},
    },
    time::Timestamp,
};
use alloc::{
    boxed::Box,
    string::{String, ToString},
};
use reconnect_json::{Reader, Result, Value, Writer, Wrong, record, values};

/// Room for the text of a session that asks. The text may hold the session's token, so it must not be copied while it
/// grows.
const ROOM: usize = 640;

impl State {
    /// The session as JSON. With `secrets` it has the token and the prompts.
    pub(crate) fn to_row(&self, secrets: bool) -> String {
        // A field that version 1 did not have is not written into it: an older program may still read it.
        let mut to = Writer::with_capacity(ROOM);
        (to.newer, to.secrets) = (self.version > 1, secrets);
        self.write(&mut to);
        to.done()
    }

    /// The session, from JSON.
    pub(crate) fn from_row(text: &str) -> core::result::Result<Self, RestoreError> {
        match Reader::whole(text, Self::read).and_then(of_its_version) {
            Ok(mut state) => {
                // Version 1 had no floors. A number below its floor is raised, as in a session that begins.
                if state.version > 1 && state.policy.as_mut().is_some_and(|policy| policy.is_low()) {
                    policy(text, true).map_err(RestoreError::Policy)?;
                }
                state.policy = state.policy.map(|policy| Box::new(policy.bounded()));
                Ok(state)
            }
            Err(Wrong) => Err(match field(text, "version").and_then(|version| Reader::new(version).number()) {
                Err(Wrong) => RestoreError::Broken("it has no version"),
                Ok(version @ 1..=VERSION) => match policy(text, version > 1) {
                    Err(wrong) => RestoreError::Policy(wrong),
                    Ok(()) => RestoreError::Broken("its fields are not those of its version"),
                },
                Ok(version) => RestoreError::Version(u32::try_from(version).unwrap_or(u32::MAX)),
            }),
        }
    }
}

fn of_its_version(state: State) -> Result<State> {
    match state.version {
        VERSION if state.id != RowId::NONE => Ok(state),
        // Version 1 did not keep `recalled`: a session that recalled and went on has its data from the cached call.
        1 => Ok(State { id: RowId::NONE, recalled: state.via == Via::Cached, first_label: true, ..state }),
        _ => Err(Wrong),
    }
}

/// Whether the policy in this text is one, with its floors or without them.
fn policy(text: &str, floors: bool) -> core::result::Result<(), InvalidPolicy> {
    match field(text, "policy") {
        Ok(policy) if policy != "null" => Policy::DEFAULT.from(&mut Reader::new(policy), floors).map(drop),
        Ok(_) | Err(Wrong) => Ok(()),
    }
}

/// The last value of this name, if the text is an object.
fn field<'a>(text: &'a str, name: &str) -> Result<&'a str> {
    let mut found = Err(Wrong);
    let mut from = Reader::new(text);
    from.object()?;
    while let Some(key) = from.key()? {
        let value = from.raw()?;
        if key == name {
            found = Ok(value);
        }
    }
    found
}

record! {
    State as state, to {
        must "version": version,
        must "revision": revision,
        may "id" if (to.newer): id,
        may "key": key,
        may "tag": tag,
        may "instance": instance,
        may "firstLabel" if (to.newer): first_label,
        may "login": login,
        may "claim": claim,
        may "requests": requests,
        may "institution": institution,
        may "language": language,
        may "keep": keep,
        may "namedOthers": named_others,
        may "claimed": claimed,
        may "named": named,
        may "namedOtherRequest": named_other_request,
        may "otherRequest": other_request,
        may "policy": policy,
        must "next": next_id,
        may "wire": outstanding,
        may "doubt": unsettled,
        must "began": began_at,
        may "live": live_sent,
        may "answered" if (to.newer): service_answered,
        may "number": prompt_number,
        may "prompts": later_prompts,
        may "minted": last_show_mint,
        may "tokenInvalid": token_invalid,
        must "since": lease_from,
        may "assumed": lease_assumed,
        may "first": first_answered,
        may "pending": first_pending,
        may "looked": last_look,
        may "looksNamed": looks_by_named_news,
        may "looks": looks_by_news,
        may "hint": hint_due,
        may "renewed": lapse_renewed,
        may "askedAgain": asked_again,
        may "recalled" if (to.newer): recalled,
        may "spent": retries,
        may "via": via,
        may "reminted": reminted,
        always "due" if (!matches!(state.phase, Phase::Asking(_) | Phase::Done(_))): due,
        always "secretToken" if (to.secrets && state.token.is_some()): token,
        must "phase": phase,
        ..State::new(Known::default(), Selection::all(), Policy::DEFAULT, Timestamp::default())
    }

    Named as named, to {
        always "accounts": accounts,
        may "ours": ours,
        may "twice": twice,
        may "during": during,
        may "before": before,
    }

    Outstanding as out, to {
        must "id": id,
        must "kind": kind,
        must "sent": sent,
        must "until": until,
    }

    Due as due, to {
        must "at": at,
        must "why": why,
        may "tried": tried,
    }

    Asking as asking, to {
        may "challenges" if (to.secrets): challenges,
        may "wrong": wrong,
        may "left": left,
        may "error": error,
        may "ended": ended,
        may "shown": shown,
        may "redirected": redirected,
        ..Asking::default()
    }

    Look as look, to {
        must "why": why,
        must "back": back,
        may "hinted": hinted,
        may "again": again,
    }

    Authorizing as authorizing, to {
        may "status": status,
    }

    Fetching as fetching, to {
        may "step": step,
        may "byLook": by_look,
    }

    Recalling as recalling, to {
        may "guess": guess,
        may "told": told,
    }

    Refreshing as refreshing, to {
        must "outcome": outcome,
    }

    Failing as failing, to {
        must "failure": failure,
        may "forget": forget,
        may "open" if (to.newer): open,
    }

    Refreshed as refreshed, to {
        may "login": login,
        must "request": request,
        may "institution": institution,
        must "kept": kept,
        may "missing": missing,
        always "leftOut": left_out,
        may "lastRefresh": last_refresh,
        must "via": via,
        may "narrowed": narrowed,
        may "namedOthers": named_others,
        may "namedOtherRequest": named_other_request,
        may "otherRequest": other_request,
        may "reselect": reselect,
        may "tokenInvalid": token_invalid,
        may "unread": unread,
    }

    Failure as failure, to {
        must "reason": reason,
        must "recovery": recovery,
        may "code": code,
        may "status": status,
        may "fault": fault,
        may "place": place,
        may "lastRefresh": last_refresh,
        may "request": request,
        may "resume": resume,
        may "otherLogin": other_login,
        may "tokenInvalid": token_invalid,
        always "startOver": start_over,
        may "cachedMayFail": cached_may_fail,
    }

    StartOver as parts, to {
        may "institution": institution,
        may "language": language,
    }
}

values! {
    RowId: Self::read, |id, to| to.text(&id.to_string());
    ExchangeId: |from: &mut Reader<'_>| from.number().map(Self::from_number), |id, to| to.number(id.number());
    Challenge: Self::read, |challenge, to| challenge.write(to);
    // Its floors are judged by the version, which may come after it.
    Policy: |from: &mut Reader<'_>| Policy::DEFAULT.from(from, false).map_err(|_| Wrong),
        |policy, to| to.object(|to| policy.write_differences(to));
}

/// What is stored of each phase that has no type of its own.
struct Authorizing {
    status: bool,
}

struct Fetching {
    step: Step,
    by_look: bool,
}

struct Recalling {
    guess: Option<Box<Guess>>,
    told: bool,
}

struct Refreshing {
    outcome: Box<Refreshed>,
}

struct Failing {
    failure: Failure,
    forget: Option<Timestamp>,
    open: Option<Timestamp>,
}

/// Not as a record: a [`Secret`] is no value, so that nothing else writes one by accident.
impl Value for Token {
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let (mut secret, mut sent, mut used) = (None, None, false);
        from.object()?;
        while let Some(key) = from.key()? {
            match &*key {
                "token" => secret = Some(Secret::from(from.string()?)),
                "sent" => sent = Some(Timestamp::read(from)?),
                "used" => used = from.flag()?,
                _ => from.skip()?,
            }
        }
        Ok(Self { secret: secret.ok_or(Wrong)?, sent: sent.ok_or(Wrong)?, used })
    }

    fn write(&self, to: &mut Writer) {
        to.object(|to| {
            to.key("token").text(self.secret.expose());
            self.sent.write(to.key("sent"));
            if self.used {
                to.key("used").flag(true);
            }
        });
    }
}

impl Value for Phase {
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        // The name is the first field, unless another language wrote the row again.
        let mut ahead = from.ahead();
        ahead.object()?;
        let at = loop {
            match ahead.key()?.ok_or(Wrong)?.as_ref() {
                "at" => break ahead.string()?,
                _ => ahead.skip()?,
            }
        };
        Ok(match &*at {
            "authorizing" => Self::Authorizing { status: Authorizing::read(from)?.status },
            "asking" => Self::Asking(Asking::read(from)?),
            "looking" => Self::Looking(Look::read(from)?),
            "fetching" => {
                let Fetching { step, by_look } = Fetching::read(from)?;
                Self::Fetching { step, granted: !by_look }
            }
            "recalling" => {
                let Recalling { guess, told } = Recalling::read(from)?;
                Self::Recalling { guess, told }
            }
            "refreshed" => Self::Done(End::Refreshed(Refreshing::read(from)?.outcome)),
            "failed" => Self::Done(match Failing::read(from)? {
                Failing { failure, forget: Some(forget), open } => End::Guess(Box::new(guess(failure, forget, open))),
                Failing { failure, forget: None, .. } => End::Failed(Box::new(failure)),
            }),
            _ => return Err(Wrong),
        })
    }

    fn write(&self, to: &mut Writer) {
        let failing = |failure: &Failure, forget, open| Failing { failure: failure.clone(), forget, open };
        to.object(|to| match self {
            Self::Authorizing { status } => Authorizing { status: *status }.fields(at(to, "authorizing")),
            Self::Asking(asking) => asking.fields(at(to, "asking")),
            Self::Looking(look) => look.fields(at(to, "looking")),
            Self::Fetching { step, granted } => Fetching { step: *step, by_look: !granted }.fields(at(to, "fetching")),
            Self::Recalling { guess, told } => {
                Recalling { guess: guess.clone(), told: *told }.fields(at(to, "recalling"))
            }
            Self::Done(End::Refreshed(outcome)) => Refreshing { outcome: outcome.clone() }.fields(at(to, "refreshed")),
            Self::Done(End::Guess(guess)) => {
                failing(&guess.failure, Some(guess.forget), guess.open).fields(at(to, "failed"));
            }
            Self::Done(End::Failed(failure)) => failing(failure, None, None).fields(at(to, "failed")),
        });
    }
}

/// Writes which phase it is, before its fields.
fn at<'w>(to: &'w mut Writer, phase: &str) -> &'w mut Writer {
    to.key("at").text(phase);
    to
}

/// A guess. Version 1 did not keep until when the bank may be working on it: that is as long as another try has to
/// wait.
fn guess(failure: Failure, forget: Timestamp, open: Option<Timestamp>) -> Guess {
    let waits = match (failure.reason, failure.recovery) {
        (Reason::OutcomeUnknown, Recovery::TryLater { not_before }) => Some(not_before.min(forget)),
        _ => None,
    };
    Guess { failure, forget, open: open.or(waits) }
}

/// A list: the failure, until when news counts, and, if the bank may be working on it, until when.
impl Value for Guess {
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        from.list()?;
        let failure = if from.item()? { Failure::read(from)? } else { return Err(Wrong) };
        let forget = if from.item()? { Value::read(from)? } else { return Err(Wrong) };
        let open = if from.item()? { Some(Value::read(from)?) } else { None };
        if open.is_some() && from.item()? {
            return Err(Wrong);
        }
        Ok(guess(failure, forget, open))
    }

    fn write(&self, to: &mut Writer) {
        to.list(|to| {
            self.failure.write(to);
            self.forget.write(to);
            self.open.filter(|_| to.newer).write(to);
        });
    }
}

impl Value for Back {
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let mut back = None;
        from.object()?;
        while let Some(key) = from.key()? {
            back = Some(match &*key {
                "ask" => Self::Ask(Asking::read(from)?),
                "guess" => Self::Guess(Value::read(from)?),
                _ => return Err(Wrong),
            });
        }
        back.ok_or(Wrong)
    }

    fn write(&self, to: &mut Writer) {
        to.object(|to| match self {
            Self::Ask(asking) => asking.write(to.key("ask")),
            Self::Guess(guess) => guess.write(to.key("guess")),
        });
    }
}

/// It has no `before` of its own.
impl Value for Before {
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let named = from.only("named", Named::read)?;
        if named.during || named.before.is_some() { Err(Wrong) } else { Ok(Self(Box::new(named))) }
    }

    fn write(&self, to: &mut Writer) {
        to.object(|to| self.0.write(to.key("named")));
    }
}

impl Value for Recovery {
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        if from.peek() == Some(b'"') {
            return match Advice::read(from)? {
                Advice::StartOver => Ok(Self::StartOver),
                Advice::AskTheUser => Ok(Self::AskTheUser),
                Advice::ActAtTheBank => Ok(Self::ActAtTheBank),
                Advice::FixTheSetup => Ok(Self::FixTheSetup),
                // It has a moment, which no word has.
                Advice::TryLater => Err(Wrong),
            };
        }
        let not_before = from.only("tryLater", |from| from.only("notBefore", Timestamp::read))?;
        Ok(Self::TryLater { not_before })
    }

    fn write(&self, to: &mut Writer) {
        match self {
            Self::TryLater { not_before } => to.object(|to| {
                to.key("tryLater").object(|to| not_before.write(to.key("notBefore")));
            }),
            Self::StartOver | Self::AskTheUser | Self::ActAtTheBank | Self::FixTheSetup => to.word(self.advice()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn a_stored_guess_has_a_failure_and_one_or_two_moments() {
        let failure = r#"{"reason":"lapsed","recovery":"startOver","startOver":{}}"#;
        let table = [("", false), (",1", true), (",1,2", true), (",1,2,3", false)];
        for (moments, is_guess) in table {
            let text = format!("[{failure}{moments}]");
            assert_eq!(Reader::whole(&text, Guess::read).is_ok(), is_guess, "{text}");
        }
        assert!(Reader::whole("[]", Guess::read).is_err());
    }

    #[test]
    fn a_way_out_is_a_word_and_try_later_has_a_moment() {
        let table = [
            (r#""startOver""#, true),
            (r#""askTheUser""#, true),
            (r#""actAtTheBank""#, true),
            (r#""fixTheSetup""#, true),
            (r#"{"tryLater":{"notBefore":8}}"#, true),
            (r#""tryLater""#, false),
            (r#""never""#, false),
            (r#"{"startOver":{}}"#, false),
        ];
        for (text, is_one) in table {
            let read = Reader::whole(text, Recovery::read);
            assert_eq!(read.is_ok(), is_one, "{text}");
            if let Ok(recovery) = read {
                let mut to = Writer::default();
                recovery.write(&mut to);
                assert_eq!(to.done(), text);
            }
        }
    }

    #[test]
    fn a_look_leads_back_to_a_prompt_or_a_guess() {
        for (text, is_back) in
            [(r#"{"ask":{}}"#, true), (r#"{"ask":[]}"#, true), ("{}", false), (r#"{"fetch":{}}"#, false)]
        {
            assert_eq!(Reader::whole(text, Back::read).is_ok(), is_back, "{text}");
        }
    }
}
