//! A snapshot from JSON. A field that is missing is as it was at the beginning; one that is not known is passed over.

use super::VERSION;
use crate::{
    Challenge, ExchangeId, Failure, FlinksCode, Known, LoginId, Policy, Reason, Recovery, Refreshed, RequestId,
    RestoreError, Secret, Selection, StartOver, Timestamp, Via,
    reader::{Reader, Result, Wrong},
    state::{Asking, Back, End, Outstanding, Phase, State, Token},
};
use alloc::{boxed::Box, sync::Arc};

pub(super) fn state(text: &str) -> core::result::Result<State, RestoreError> {
    Reader::whole(text, fields).map_err(|_| match version(text) {
        Ok(VERSION) => RestoreError::Broken("its fields are not those of version 1"),
        Ok(version) => RestoreError::Version(u32::try_from(version).unwrap_or(u32::MAX)),
        Err(Wrong) => RestoreError::Broken("it has no version"),
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

fn fields(from: &mut Reader<'_>) -> Result<State> {
    let zero = Timestamp::default();
    let mut state = State::new(Known::default(), Selection::all(), Policy::DEFAULT, zero);
    let (mut sound, mut revision, mut next, mut began, mut since, mut at) = (false, None, None, None, None, None);
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "version" => sound = from.number()? == VERSION,
            "revision" => revision = Some(from.number()?),
            "instance" => state.instance = from.maybe(shared)?,
            "login" => state.login = from.maybe(LoginId::read)?,
            "claim" => state.claim = from.maybe(LoginId::read)?,
            "requests" => state.requests = from.each(RequestId::read)?,
            "institution" => state.institution = from.maybe(shared)?,
            "language" => state.language = from.maybe(shared)?,
            "keep" => state.keep = Selection::read(from)?,
            "namedOthers" => state.named_others = from.flag()?,
            "policy" => state.policy = from.maybe(|from| Policy::DEFAULT.with(from).map(Box::new))?,
            "next" => next = Some(from.number()?),
            "wire" => state.wire = from.maybe(outstanding)?,
            "doubt" => state.doubt = from.maybe(outstanding)?,
            "began" => began = Some(from.moment()?),
            "live" => state.live = from.flag()?,
            "since" => since = Some(from.moment()?),
            "assumed" => state.assumed = from.flag()?,
            "first" => state.first = from.maybe(Reader::moment)?,
            "pending" => state.pending = from.maybe(Reader::moment)?,
            "looked" => state.looked = from.maybe(Reader::moment)?,
            "spent" => state.spent = from.small()?,
            "via" => state.via = from.word()?,
            "reminted" => state.reminted = from.flag()?,
            "due" => due(from, &mut state)?,
            "secretToken" => state.token = from.maybe(token)?,
            "phase" => at = Some(phase(from)?),
            _ => from.skip()?,
        }
    }
    (state.revision, state.next) = (revision.ok_or(Wrong)?, next.ok_or(Wrong)?);
    (state.began, state.since, state.phase) = (began.ok_or(Wrong)?, since.ok_or(Wrong)?, at.ok_or(Wrong)?);
    if sound { Ok(state) } else { Err(Wrong) }
}

fn shared(from: &mut Reader<'_>) -> Result<Arc<str>> {
    from.string().map(Into::into)
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

fn due(from: &mut Reader<'_>, state: &mut State) -> Result<()> {
    let (mut at, mut why) = (None, None);
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "at" => at = Some(from.moment()?),
            "why" => why = Some(from.word()?),
            "tried" => state.tried = from.small()?,
            _ => from.skip()?,
        }
    }
    (state.due, state.waits_for) = (at.ok_or(Wrong)?, why.ok_or(Wrong)?);
    Ok(())
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
            key => asked(key, from, &mut now)?,
        }
    }
    Ok(match &*at.ok_or(Wrong)? {
        "authorizing" => Phase::Authorizing { status },
        "asking" => Phase::Asking(now),
        "looking" => Phase::Looking { why: why.ok_or(Wrong)?, back: back.ok_or(Wrong)? },
        "fetching" => Phase::Fetching(step.unwrap_or_default()),
        "recalling" => Phase::Recalling,
        "refreshed" => Phase::Done(End::Refreshed(Box::new(outcome.ok_or(Wrong)?))),
        "failed" => Phase::Done(End::Failed(end.ok_or(Wrong)?, forget)),
        _ => return Err(Wrong),
    })
}

/// One field of what the end user is asked.
fn asked(key: &str, from: &mut Reader<'_>, asking: &mut Asking) -> Result<()> {
    match key {
        "challenges" => asking.challenges = from.each(Challenge::read)?.into(),
        "wrong" => asking.wrong = from.flag()?,
        "left" => asking.left = from.flag()?,
        "error" => asking.error = from.maybe(code)?,
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
                from.object()?;
                while let Some(key) = from.key()? {
                    asked(&key, from, &mut asking)?;
                }
                back = Some(Back::Ask(asking));
            }
            "guess" => {
                from.list()?;
                let guess = if from.item()? { failure(from)? } else { return Err(Wrong) };
                let forget = if from.item()? { from.moment()? } else { return Err(Wrong) };
                if from.item()? {
                    return Err(Wrong);
                }
                back = Some(Back::Guess(guess, forget));
            }
            _ => return Err(Wrong),
        }
    }
    back.ok_or(Wrong)
}

fn refreshed(from: &mut Reader<'_>) -> Result<Refreshed> {
    let (mut request, mut kept, mut missing) = (None, None, None);
    let (mut login, mut institution, mut left_out, mut last_refresh) = (None, None, 0, None);
    let (mut via, mut named_others) = (None, false);
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "login" => login = from.maybe(LoginId::read)?,
            "request" => request = Some(RequestId::read(from)?),
            "institution" => institution = from.maybe(shared)?,
            "kept" => kept = Some(from.each(crate::AccountId::read)?),
            "missing" => missing = Some(from.each(crate::AccountId::read)?),
            "leftOut" => left_out = from.small()?,
            "lastRefresh" => last_refresh = from.maybe(Reader::moment)?,
            "via" => via = Some(from.word::<Via>()?),
            "namedOthers" => named_others = from.flag()?,
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
        named_others,
    })
}

fn failure(from: &mut Reader<'_>) -> Result<Failure> {
    let (mut reason, mut recovery, mut start_over) = (None, None, StartOver::default());
    let (mut code, mut status, mut last_refresh, mut request) = (None, None, None, None);
    let mut cached_may_fail = false;
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
            _ => from.skip()?,
        }
    }
    let (reason, recovery) = (reason.ok_or(Wrong)?, recovery.ok_or(Wrong)?);
    Ok(Failure { reason, recovery, code, status, last_refresh, request, start_over, cached_may_fail })
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
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "institution" => parts.institution = from.maybe(shared)?,
            "language" => parts.language = from.maybe(shared)?,
            _ => from.skip()?,
        }
    }
    Ok(parts)
}
