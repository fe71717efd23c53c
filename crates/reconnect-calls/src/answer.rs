//! How the answer of an endpoint is read from a reply that the core has judged.

use crate::endpoint::CallError;
use alloc::{borrow::Cow, boxed::Box, string::String};
use core::ops::{Deref, DerefMut};
use reconnect_core::{
    Reply, Unread,
    reply::opened::{self, Opened},
};
use reconnect_json::{Reader, Wrong, place, text::mended};
use serde::de::DeserializeOwned;

/// A reply, from which an endpoint reads its answer.
pub(crate) struct Answer<'a>(Opened<'a>);

/// Judges a reply by the rules that are the same for every call.
pub(crate) fn open(reply: &Reply) -> Result<Answer<'_>, CallError> {
    Ok(Answer(opened::open(reply)?))
}

impl<'a> Deref for Answer<'a> {
    type Target = Opened<'a>;
    fn deref(&self) -> &Opened<'a> {
        &self.0
    }
}

impl<'a> DerefMut for Answer<'a> {
    fn deref_mut(&mut self) -> &mut Opened<'a> {
        &mut self.0
    }
}

impl Answer<'_> {
    /// Fails if the reply is a refusal.
    pub(crate) fn accepted(&mut self) -> Result<&Self, CallError> {
        match self.0.refusal.take() {
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
        read: impl FnOnce(&mut Reader<'_>) -> reconnect_json::Result<T>,
    ) -> Result<(T, Unread), CallError> {
        let mut from = Reader::tolerant(&self.0.text);
        match read(&mut from).and_then(|value| from.end().map(|()| value)) {
            Ok(value) => Ok((value, Unread::of_reader(&from))),
            Err(Wrong) => Err(self.garbled(&place::path(&self.0.text, from.at()))),
        }
    }

    /// The answer, even if the reply is a refusal.
    pub(crate) fn anyway<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        let text = self.0.text.trim_start_matches('\u{feff}');
        let error = match serde_json::from_str(text) {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        // The characters that the tolerant reader accepts are replaced here.
        let mended = mended(text);
        if let (Cow::Owned(mended), true) = (&mended, error.is_syntax()) {
            return serde_json::from_str(mended)
                .map_err(|error| self.garbled(&place::path(mended, stopped(mended, &error))));
        }
        Err(self.garbled(&place::path(text, stopped(text, &error))))
    }

    /// The text of a reply that is bare text.
    pub(crate) fn bare(&self) -> Option<String> {
        self.anyway().ok()
    }

    /// The reply is not what was asked for, and this is what it lacks.
    pub(crate) fn garbled(&self, at: &str) -> CallError {
        CallError::Garbled { status: self.0.status, at: at.into() }
    }
}

/// Where `serde_json` stopped, in bytes.
fn stopped(text: &str, error: &serde_json::Error) -> usize {
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    // The column counts what was read, the character at which it stopped included.
    (before + error.column().saturating_sub(1)).min(text.len())
}
