//! Replies to the endpoints that are used outside a session, judged by the same rules as those of a session.

use crate::{
    code::FlinksCode,
    endpoint::CallError,
    fault::{Fault, FaultKind},
    policy::MAX_BODY,
    reader::{
        self, Reader, Wrong,
        text::{mended, text_of},
    },
    reply::{
        Facts, Refusal, Reply,
        body::{Body, NoBody},
        is_body_of, place,
    },
    retry_after::RetryAfter,
    unread::Unread,
};
use alloc::{borrow::Cow, boxed::Box, string::String};
use serde::de::DeserializeOwned;

/// A reply to a call that is no step of a session, opened: whether the service did it, and the body. See [`open`].
pub(crate) struct Opened<'a> {
    /// The service refused. A body may all the same hold what was asked for.
    pub(crate) refusal: Option<Refusal>,
    /// The work goes on in the background.
    pub(crate) pending: Option<Option<RetryAfter>>,
    /// What it says of a session and a login.
    pub(crate) facts: Facts,
    text: Cow<'a, str>,
    status: u16,
}

/// Opens a reply to a call that is not a step of a session, by the same rules as the replies of a session: if the body is not the
/// service's, the HTTP status and `Retry-After` count; if it is, the code, then the body's status, then the HTTP
/// status. Some of these calls are answered with bare text, which has no code and no status of its own.
pub(crate) fn open(reply: &Reply) -> Result<Opened<'_>, CallError> {
    let retry_after = RetryAfter::of(&reply.headers);
    let refused = |code, status, facts| Refusal { code, status, retry_after, for_token: false, facts };
    // A redirect of the API's host is not followed: it is a fault, and not the service's answer (decisions 25, 61).
    let redirect = |status: u16| (300..400).contains(&status).then_some(CallError::Page { status, retry_after });
    if let Some(redirect) = redirect(reply.status) {
        return Err(redirect);
    }
    if reply.body.len() > MAX_BODY {
        return Err(CallError::Fault(Fault::maybe(FaultKind::TooLarge)));
    }
    let success = (200..300).contains(&reply.status);
    let page = CallError::Page { status: reply.status, retry_after };
    let text = text_of(&reply.body);
    let bare = Reader::tolerant(&text).only_string();
    let body = match Body::whole(&text, None) {
        Err(_) if bare => Body::default(),
        // Every call has fields of its own, so a success without a field that is documented for sessions may be the
        // service's.
        Ok(body) if !body.documented && !success => return Err(page),
        Ok(body) => body,
        Err(NoBody { at, .. }) if is_body_of(reply.status) && Reader::new(&text).peek() == Some(b'{') => {
            return Err(CallError::Garbled { status: reply.status, at });
        }
        Err(_) => return Err(page),
    };
    let facts = Facts::of(&body);
    let status = body.status.unwrap_or(reply.status);
    let code = body.code.clone();
    let pending = matches!(code, Some(FlinksCode::OperationPending | FlinksCode::OperationDispatched)) || status == 202;
    let wrong = !(200..300).contains(&status) || code.as_ref().is_some_and(|code| code.advice().is_some());
    if let Some(redirect) = redirect(status).filter(|_| code.is_none()) {
        return Err(redirect);
    }
    let refusal = wrong.then(|| refused(code, status, facts.clone()));
    drop(body);
    let pending = (pending && !wrong).then_some(retry_after);
    Ok(Opened { pending, refusal, facts, text, status: reply.status })
}

impl Opened<'_> {
    /// Fails if the reply is a refusal.
    pub(crate) fn accepted(&mut self) -> Result<&Self, CallError> {
        match self.refusal.take() {
            Some(refusal) => Err(CallError::Refused(Box::new(refusal))),
            None => Ok(self),
        }
    }

    /// The answer, if the reply is not a refusal.
    pub(crate) fn answer<T: DeserializeOwned>(&mut self) -> Result<T, CallError> {
        self.accepted()?.anyway()
    }

    /// The body as `read` reads it, even if the reply is a refusal, and the places that could not be read.
    pub(crate) fn whole<T>(
        &self,
        read: impl FnOnce(&mut Reader<'_>) -> reader::Result<T>,
    ) -> Result<(T, Unread), CallError> {
        let mut from = Reader::tolerant(&self.text);
        match read(&mut from).and_then(|value| from.end().map(|()| value)) {
            Ok(value) => Ok((value, from.unread())),
            Err(Wrong) => Err(self.garbled(&place::path(&self.text, from.at()))),
        }
    }

    /// The answer, even if the reply is a refusal.
    pub(crate) fn anyway<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        let text = self.text.trim_start_matches('\u{feff}');
        let error = match serde_json::from_str(text) {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        // The characters that the tolerant reader accepts are replaced here.
        let mended = mended(text);
        if let (Cow::Owned(mended), true) = (&mended, error.is_syntax()) {
            return serde_json::from_str(mended)
                .map_err(|error| self.garbled(&place::path(mended, place::stopped(mended, &error))));
        }
        Err(self.garbled(&place::path(text, place::stopped(text, &error))))
    }

    /// The text of a reply that is bare text.
    pub(crate) fn bare(&self) -> Option<String> {
        self.anyway().ok()
    }

    /// The reply is not what was asked for, and this is what it lacks.
    pub(crate) fn garbled(&self, at: &str) -> CallError {
        CallError::Garbled { status: self.status, at: at.into() }
    }
}
