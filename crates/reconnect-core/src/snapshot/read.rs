//! A snapshot from JSON. A field that is missing is as it was at the beginning; one that is not known is passed over.

use crate::{
    challenge::Challenge,
    code::FlinksCode,
    error::RestoreError,
    failure::{Failure, Reason, Recovery, StartOver},
    fault::FaultKind,
    ids::{AccountId, LoginId, RequestId},
    known::Known,
    outcome::{Narrowed, Refreshed, Via},
    policy::{Policy, json::InvalidPolicy},
    reader::{Reader, Result, Wrong},
    request::ExchangeId,
    secret::Secret,
    selection::Selection,
    state::{
        State, VERSION,
        phase::{Asking, Back, Due, End, Guess, Look, Named, Outstanding, Phase, Token},
    },
    time::Timestamp,
    unread::Unread,
};
use alloc::{boxed::Box, sync::Arc, vec::Vec};

pub(super) fn state(text: &str) -> core::result::Result<State, RestoreError> {
    let mut policy = Ok(());
    Reader::whole(text, |from| fields(from, &mut policy)).map_err(|_| match (version(text), policy) {
        (Ok(1..=VERSION), Err(wrong)) => RestoreError::Policy(wrong),
        (Ok(1..=VERSION), Ok(())) => RestoreError::Broken("its fields are not those of its version"),
        (Ok(version), _) => RestoreError::Version(u32::try_from(version).unwrap_or(u32::MAX)),
        (Err(Wrong), _) => RestoreError::Broken("it has no version"),
    })
}

/// The version alone, of a text of whatever version.
fn version(text: &str) -> Result<u64> {
    let mut version = Err(Wrong);
    let mut from = Reader::new(text);
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "version" => version = from.number(),
            _ => from.skip()?,
        }
    }
    version
}

/// A field: its name, and its place in the state.
type Field = (&'static str, fn(&mut State) -> Slot<'_>);

/// A place for a value, by the value's type.
enum Slot<'s> {
    Text(&'s mut Option<Arc<str>>),
    Moment(&'s mut Option<Timestamp>),
    Count(&'s mut u8),
    Flag(&'s mut bool),
}

/// The fields that are read by their type alone.
const FIELDS: [Field; 25] = [
    ("key", |state| Slot::Text(&mut state.key)),
    ("tag", |state| Slot::Text(&mut state.tag)),
    ("instance", |state| Slot::Text(&mut state.instance)),
    ("institution", |state| Slot::Text(&mut state.institution)),
    ("language", |state| Slot::Text(&mut state.language)),
    ("minted", |state| Slot::Moment(&mut state.last_show_mint)),
    ("hint", |state| Slot::Moment(&mut state.hint_due)),
    ("first", |state| Slot::Moment(&mut state.first_answered)),
    ("pending", |state| Slot::Moment(&mut state.first_pending)),
    ("looked", |state| Slot::Moment(&mut state.last_look)),
    ("prompts", |state| Slot::Count(&mut state.later_prompts)),
    ("tokenInvalid", |state| Slot::Count(&mut state.token_invalid)),
    ("looksNamed", |state| Slot::Count(&mut state.looks_by_named_news)),
    ("looks", |state| Slot::Count(&mut state.looks_by_news)),
    ("askedAgain", |state| Slot::Count(&mut state.asked_again)),
    ("firstLabel", |state| Slot::Flag(&mut state.first_label)),
    ("namedOtherRequest", |state| Slot::Flag(&mut state.named_other_request)),
    ("otherRequest", |state| Slot::Flag(&mut state.other_request)),
    ("answered", |state| Slot::Flag(&mut state.service_answered)),
    ("renewed", |state| Slot::Flag(&mut state.lapse_renewed)),
    ("recalled", |state| Slot::Flag(&mut state.recalled)),
    ("namedOthers", |state| Slot::Flag(&mut state.named_others)),
    ("live", |state| Slot::Flag(&mut state.live_sent)),
    ("assumed", |state| Slot::Flag(&mut state.lease_assumed)),
    ("reminted", |state| Slot::Flag(&mut state.reminted)),
];

/// Reads the value that comes next into its place, or passes over it if it has none.
fn place(from: &mut Reader<'_>, state: &mut State, key: &str) -> Result<()> {
    match FIELDS.iter().find(|(name, _)| *name == key).map(|(_, slot)| slot(state)) {
        Some(Slot::Text(text)) => *text = from.maybe(Reader::shared)?,
        Some(Slot::Moment(moment)) => *moment = from.maybe(Reader::moment)?,
        Some(Slot::Count(count)) => *count = from.small()?,
        Some(Slot::Flag(flag)) => *flag = from.flag()?,
        None => from.skip()?,
    }
    Ok(())
}

/// The fields. If one of the policy is wrong, `wrong` says which.
fn fields(from: &mut Reader<'_>, wrong: &mut core::result::Result<(), InvalidPolicy>) -> Result<State> {
    let zero = Timestamp::default();
    let mut state = State::new(Known::default(), Selection::all(), Policy::DEFAULT, zero);
    let (mut id, mut version, mut policy) = (None, 0, None);
    let (mut revision, mut next, mut began, mut since, mut at) = (None, None, None, None, None);
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "version" => version = from.number()?,
            "id" => id = Some(row_id(&from.string()?)?),
            "claimed" => state.claimed = from.word()?,
            "named" => state.named = from.maybe(named)?,
            "number" => state.prompt_number = from.small()?,
            "revision" => revision = Some(from.number()?),
            "login" => state.login = from.maybe(LoginId::read)?,
            "claim" => state.claim = from.maybe(LoginId::read)?,
            "requests" => state.requests = list(from, RequestId::read)?,
            "keep" => state.keep = Selection::read(from)?,
            // Its version may come after it.
            "policy" => policy = from.maybe(Reader::raw)?,
            "next" => next = Some(from.number()?),
            "wire" => state.outstanding = from.maybe(outstanding)?,
            "doubt" => state.unsettled = from.maybe(outstanding)?,
            "began" => began = Some(from.moment()?),
            "since" => since = Some(from.moment()?),
            "spent" => state.retries = from.small()?,
            "via" => state.via = from.word()?,
            "due" => state.due = due(from)?,
            "secretToken" => state.token = from.maybe(token)?,
            "phase" => at = Some(phase(from)?),
            key => place(from, &mut state, key)?,
        }
    }
    (state.revision, state.next_id) = (revision.ok_or(Wrong)?, next.ok_or(Wrong)?);
    (state.began_at, state.lease_from, state.phase) = (began.ok_or(Wrong)?, since.ok_or(Wrong)?, at.ok_or(Wrong)?);
    state.version = version;
    if let Some(policy) = policy {
        // Version 1 had no floors. A number below its floor is raised, as in a session that begins.
        let read = Policy::DEFAULT.from(&mut Reader::new(policy), version > 1);
        state.policy = Some(Box::new(read.map_err(|not| {
            *wrong = Err(not);
            Wrong
        })?));
    }
    match (version, id) {
        (VERSION, Some(id)) => state.id = id,
        // Version 1 did not keep `recalled`: a session that recalled and went on has its data from the cached call.
        (1, _) => (state.id, state.recalled, state.first_label) = (0, state.via == Via::Cached, true),
        _ => return Err(Wrong),
    }
    Ok(state)
}

/// The id of a row: exactly 16 lower-case digits, so that two texts are never the same id. Zeros are not an id.
fn row_id(text: &str) -> Result<u64> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        _ => Err(Wrong),
    };
    let id = text.bytes().try_fold(0, |id: u64, byte| Ok(id << 4 | u64::from(digit(byte)?)))?;
    if text.len() == 16 && id != 0 { Ok(id) } else { Err(Wrong) }
}

/// An object, or an empty list: some languages do not distinguish an empty object from an empty list. `false` for the
/// list.
fn object(from: &mut Reader<'_>) -> Result<bool> {
    if from.peek() != Some(b'[') {
        return from.object().map(|()| true);
    }
    from.list()?;
    if from.item()? { Err(Wrong) } else { Ok(false) }
}

/// A list, or an empty object, which may have been an empty list.
fn list<T>(from: &mut Reader<'_>, one: impl FnMut(&mut Reader<'_>) -> Result<T>) -> Result<Vec<T>> {
    if from.peek() != Some(b'{') {
        return from.each(one);
    }
    from.object()?;
    if from.key()?.is_some() { Err(Wrong) } else { Ok(Vec::new()) }
}

/// The accounts that were named before a call was sent. They have no `before` of their own.
fn before(from: &mut Reader<'_>) -> Result<Named> {
    named(from).and_then(|named| if named.during || named.before.is_some() { Err(Wrong) } else { Ok(named) })
}

fn named(from: &mut Reader<'_>) -> Result<Named> {
    let mut named = Named { accounts: Vec::new(), ours: false, twice: false, during: false, before: None };
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "accounts" => named.accounts = list(from, AccountId::read)?,
            "ours" => named.ours = from.flag()?,
            "twice" => named.twice = from.flag()?,
            "during" => named.during = from.flag()?,
            "before" => named.before = Some(Box::new(from.only("named", before)?)),
            _ => from.skip()?,
        }
    }
    Ok(named)
}

fn outstanding(from: &mut Reader<'_>) -> Result<Outstanding> {
    let (mut id, mut kind, mut sent, mut until) = (None, None, None, None);
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "id" => id = Some(ExchangeId::from_number(from.number()?)),
            "kind" => kind = Some(from.word()?),
            "sent" => sent = Some(from.moment()?),
            "until" => until = Some(from.moment()?),
            _ => from.skip()?,
        }
    }
    Ok(Outstanding {
        id: id.ok_or(Wrong)?,
        kind: kind.ok_or(Wrong)?,
        sent: sent.ok_or(Wrong)?,
        until: until.ok_or(Wrong)?,
    })
}

fn due(from: &mut Reader<'_>) -> Result<Due> {
    let (mut at, mut why, mut tried) = (None, None, 0);
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "at" => at = Some(from.moment()?),
            "why" => why = Some(from.word()?),
            "tried" => tried = from.small()?,
            _ => from.skip()?,
        }
    }
    Ok(Due { at: at.ok_or(Wrong)?, why: why.ok_or(Wrong)?, tried })
}

fn token(from: &mut Reader<'_>) -> Result<Token> {
    let (mut secret, mut sent, mut used) = (None, None, false);
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "token" => secret = Some(Secret::from(from.string()?)),
            "sent" => sent = Some(from.moment()?),
            "used" => used = from.flag()?,
            _ => from.skip()?,
        }
    }
    Ok(Token { secret: secret.ok_or(Wrong)?, sent: sent.ok_or(Wrong)?, used })
}

fn phase(from: &mut Reader<'_>) -> Result<Phase> {
    let (mut at, mut status, mut now, mut step) = (None, false, Asking::default(), None);
    let (mut why, mut back, mut outcome, mut end, mut forget) = (None, None, None, None, None);
    let (mut hinted, mut again, mut by_look, mut told) = (false, None, false, false);
    let (mut carried, mut open) = (None, None);
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "at" => at = Some(from.string()?),
            "status" => status = from.flag()?,
            "why" => why = Some(from.word()?),
            "back" => back = Some(self::back(from)?),
            "step" => step = Some(from.word()?),
            "outcome" => outcome = Some(refreshed(from)?),
            "failure" => end = Some(failure(from)?),
            "forget" => forget = from.maybe(Reader::moment)?,
            "open" => open = from.maybe(Reader::moment)?,
            "hinted" => hinted = from.flag()?,
            "again" => again = Some(from.word()?),
            "byLook" => by_look = from.flag()?,
            "guess" => carried = Some(guess(from)?),
            "told" => told = from.flag()?,
            key => asked(key, from, &mut now)?,
        }
    }
    Ok(match &*at.ok_or(Wrong)? {
        "authorizing" => Phase::Authorizing { status },
        "asking" => Phase::Asking(now),
        "looking" => {
            let again = again.unwrap_or_default();
            Phase::Looking(Look { why: why.ok_or(Wrong)?, back: back.ok_or(Wrong)?, hinted, again })
        }
        "fetching" => Phase::Fetching { step: step.unwrap_or_default(), granted: !by_look },
        "recalling" => Phase::Recalling { guess: carried, told },
        "refreshed" => Phase::Done(End::Refreshed(Box::new(outcome.ok_or(Wrong)?))),
        "failed" => {
            let failure: Failure = end.ok_or(Wrong)?;
            Phase::Done(match forget {
                Some(forget) => End::Guess(Box::new(guessed(failure, forget, open))),
                None => End::Failed(Box::new(failure)),
            })
        }
        _ => return Err(Wrong),
    })
}

/// A guess. Version 1 did not keep until when the bank may be working on it: that is as long as another try has to
/// wait.
fn guessed(failure: Failure, forget: Timestamp, open: Option<Timestamp>) -> Guess {
    let waits = match (failure.reason, failure.recovery) {
        (Reason::OutcomeUnknown, Recovery::TryLater { not_before }) => Some(not_before.min(forget)),
        _ => None,
    };
    Guess { failure, forget, open: open.or(waits) }
}

/// One field of what the end user is asked.
fn asked(key: &str, from: &mut Reader<'_>, asking: &mut Asking) -> Result<()> {
    match key {
        "challenges" => asking.challenges = list(from, Challenge::read)?.into(),
        "wrong" => asking.wrong = from.flag()?,
        "left" => asking.left = from.flag()?,
        "error" => asking.error = from.maybe(code)?,
        "ended" => asking.ended = from.maybe(code)?,
        "shown" => asking.shown = from.flag()?,
        "redirected" => asking.redirected = from.flag()?,
        _ => from.skip()?,
    }
    Ok(())
}

fn back(from: &mut Reader<'_>) -> Result<Back> {
    let mut back = None;
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "ask" => {
                let mut asking = Asking::default();
                if object(from)? {
                    while let Some(key) = from.key()? {
                        asked(&key, from, &mut asking)?;
                    }
                }
                back = Some(Back::Ask(asking));
            }
            "guess" => back = Some(Back::Guess(guess(from)?)),
            _ => return Err(Wrong),
        }
    }
    back.ok_or(Wrong)
}

/// The failure, until when news counts, and until when the bank may be working on it.
fn guess(from: &mut Reader<'_>) -> Result<Box<Guess>> {
    from.list()?;
    let failure = if from.item()? { failure(from)? } else { return Err(Wrong) };
    let forget = if from.item()? { from.moment()? } else { return Err(Wrong) };
    let open = if from.item()? { Some(from.moment()?) } else { None };
    if open.is_some() && from.item()? {
        return Err(Wrong);
    }
    Ok(Box::new(guessed(failure, forget, open)))
}

fn refreshed(from: &mut Reader<'_>) -> Result<Refreshed> {
    let (mut request, mut kept, mut missing) = (None, None, None);
    let (mut login, mut institution, mut left_out, mut last_refresh) = (None, None, 0, None);
    let (mut via, mut narrowed, mut named_others) = (None, None, false);
    let (mut named_other_request, mut other_request, mut reselect) = (false, false, false);
    let (mut token_invalid, mut unread) = (0, Unread::default());
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "login" => login = from.maybe(LoginId::read)?,
            "request" => request = Some(RequestId::read(from)?),
            "institution" => institution = from.maybe(Reader::shared)?,
            "kept" => kept = Some(list(from, AccountId::read)?),
            "missing" => missing = Some(list(from, AccountId::read)?),
            "leftOut" => left_out = from.small()?,
            "lastRefresh" => last_refresh = from.maybe(Reader::moment)?,
            "via" => via = Some(from.word::<Via>()?),
            "narrowed" => narrowed = Some(from.word::<Narrowed>()?),
            "namedOthers" => named_others = from.flag()?,
            "namedOtherRequest" => named_other_request = from.flag()?,
            "otherRequest" => other_request = from.flag()?,
            "reselect" => reselect = from.flag()?,
            "tokenInvalid" => token_invalid = from.small()?,
            "unread" => unread = Unread::read(from)?,
            _ => from.skip()?,
        }
    }
    Ok(Refreshed {
        login,
        request: request.ok_or(Wrong)?,
        institution,
        kept: kept.ok_or(Wrong)?,
        missing: missing.unwrap_or_default(),
        left_out,
        last_refresh,
        via: via.ok_or(Wrong)?,
        narrowed: narrowed.unwrap_or_default(),
        named_others,
        named_other_request,
        other_request,
        reselect,
        token_invalid,
        unread,
    })
}

fn failure(from: &mut Reader<'_>) -> Result<Failure> {
    let (mut reason, mut recovery, mut start_over) = (None, None, StartOver::default());
    let (mut code, mut status, mut last_refresh, mut request) = (None, None, None, None);
    let (mut fault, mut place, mut other_login) = (None, None, None);
    let (mut cached_may_fail, mut resume, mut token_invalid) = (false, false, 0);
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "reason" => reason = Some(from.word::<Reason>()?),
            "recovery" => recovery = Some(self::recovery(from)?),
            "code" => code = from.maybe(self::code)?,
            "status" => status = from.maybe(Reader::small)?,
            "lastRefresh" => last_refresh = from.maybe(Reader::moment)?,
            "request" => request = from.maybe(RequestId::read)?,
            "startOver" => start_over = self::start_over(from)?,
            "cachedMayFail" => cached_may_fail = from.flag()?,
            "fault" => fault = Some(from.word::<FaultKind>()?),
            "place" => place = from.maybe(Reader::boxed)?,
            "resume" => resume = from.flag()?,
            "otherLogin" => other_login = from.maybe(LoginId::read)?,
            "tokenInvalid" => token_invalid = from.small()?,
            _ => from.skip()?,
        }
    }
    let (reason, recovery) = (reason.ok_or(Wrong)?, recovery.ok_or(Wrong)?);
    Ok(Failure {
        reason,
        recovery,
        code,
        status,
        fault,
        place,
        last_refresh,
        request,
        resume,
        other_login,
        start_over,
        cached_may_fail,
        token_invalid,
    })
}

fn code(from: &mut Reader<'_>) -> Result<FlinksCode> {
    from.string().map(|code| FlinksCode::read(&code))
}

fn recovery(from: &mut Reader<'_>) -> Result<Recovery> {
    if from.peek() == Some(b'"') {
        return match &*from.string()? {
            "startOver" => Ok(Recovery::StartOver),
            "askTheUser" => Ok(Recovery::AskTheUser),
            "actAtTheBank" => Ok(Recovery::ActAtTheBank),
            "fixTheSetup" => Ok(Recovery::FixTheSetup),
            _ => Err(Wrong),
        };
    }
    let not_before = from.only("tryLater", |from| from.only("notBefore", Reader::moment))?;
    Ok(Recovery::TryLater { not_before })
}

fn start_over(from: &mut Reader<'_>) -> Result<StartOver> {
    let mut parts = StartOver::default();
    if !object(from)? {
        return Ok(parts);
    }
    while let Some(key) = from.key()? {
        match &*key {
            "institution" => parts.institution = from.maybe(Reader::shared)?,
            "language" => parts.language = from.maybe(Reader::shared)?,
            _ => from.skip()?,
        }
    }
    Ok(parts)
}
