//! What stands for an id in news: a browser and the apps before it bring ids in many forms, and words that stand for
//! none.

use super::{as_text, decode, exact, is_one_of};
use crate::{AccountId, reader::Reader, secret::trim};
use alloc::{borrow::Cow, vec::Vec};

/// How many accounts news names at most (decision 66). Ours: the widget's URL holds as many in 8,000 bytes.
const MAX_ACCOUNTS: usize = 200;

/// Lists and texts of lists in one another, at most.
const DEPTH: u32 = 4;

//= docs/spec/widget-events.md#shapes
//# **EVT-37** A client MUST take as no id, in news and in any letter case
/// Whether a text stands for no id (decision 55): what programs write where a value is missing, in any letter case. A
/// program that takes ids from people or from other programs asks before it takes them.
///
/// ```
/// use reconnect_core::connect::is_placeholder;
/// assert!(is_placeholder("undefined") && is_placeholder("{00000000-0000-0000-0000-000000000000}"));
/// assert!(!is_placeholder("0") && !is_placeholder("none-of-them"));
/// ```
#[must_use]
pub fn is_placeholder(text: &str) -> bool {
    let text = trim(text);
    let words = ["", "undefined", "null", "(null)", "none", "nil", "nan", "[object Object]"];
    is_one_of(text, &words) || is_optional(text) || is_zero(text)
}

/// `Optional(…)`, as Swift prints a value that was not unwrapped.
fn is_optional(text: &str) -> bool {
    let start = text.as_bytes().get(..9);
    start.is_some_and(|start| start.eq_ignore_ascii_case(b"optional(")) && text.ends_with(')')
}

/// A GUID of zeros, in each of the forms that GUIDs are printed in.
fn is_zero(text: &str) -> bool {
    let text = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let groups = |text: &str| text.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    (text.len() == 32 || groups(text)) && text.bytes().all(|byte| matches!(byte, b'0' | b'-'))
}

/// The text of one id: a text, once more where it is a text of JSON itself, or the digits of a whole number.
pub(super) fn whole(json: &str) -> Option<Cow<'_, str>> {
    let text = as_text(json)?;
    if !json.starts_with('"') {
        return is_whole(json).then_some(text);
    }
    match Reader::whole(trim(&text), Reader::string).map(Cow::into_owned) {
        Ok(inner) => Some(inner.into()),
        Err(_) => Some(text),
    }
}

/// Whether it is a number of digits only: another could be written in several ways, and would be several ids.
fn is_whole(json: &str) -> bool {
    Reader::whole(json, Reader::id).is_ok()
}

/// The accounts that news names, each once.
#[derive(Default)]
pub(super) struct Accounts {
    ids: Vec<AccountId>,
}

impl Accounts {
    /// Takes an id, a comma list, a list of either, or objects that hold ids. What can be no id is left out: an account
    /// that a browser names only ever narrows, and the news is worth more.
    pub(super) fn take(&mut self, json: &str) {
        self.value(json, DEPTH);
    }

    pub(super) fn done(self) -> Vec<AccountId> {
        self.ids
    }

    fn value(&mut self, json: &str, depth: u32) {
        if depth == 0 || self.ids.len() >= MAX_ACCOUNTS {
            return;
        }
        if let Ok(list) = Reader::whole(json, |from| from.each(Reader::raw)) {
            return list.into_iter().for_each(|one| self.value(one, depth - 1));
        }
        if let Ok(fields) = Reader::whole(json, Reader::fields) {
            return fields
                .into_iter()
                .filter(|(name, _)| is_one_of(name, &["id", "accountId"]))
                .for_each(|(_, json)| self.value(json, depth - 1));
        }
        match as_text(json) {
            Some(text) if json.starts_with('"') => self.text(&text, depth),
            Some(number) if is_whole(json) => self.one(&number),
            Some(_) | None => {}
        }
    }

    /// A text: an id, a comma list, or JSON once more, also where it was encoded twice.
    fn text(&mut self, text: &str, depth: u32) {
        let text = trim(text);
        if is_placeholder(text) {
            return;
        }
        if is_encoded(text) {
            if depth > 1 {
                self.text(&decode(text), depth - 1);
            }
            return;
        }
        if text.starts_with(['[', '{', '"']) && Reader::whole(text, Reader::skip).is_ok() {
            return self.value(text, depth - 1);
        }
        // `[a-1, a-2]`, as some languages print a list.
        let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        let list = inside.filter(|inside| !inside.contains(['[', ']'])).unwrap_or(text);
        list.split(',').for_each(|part| self.one(part));
    }

    fn one(&mut self, text: &str) {
        let text = trim(text);
        if self.ids.len() >= MAX_ACCOUNTS || is_placeholder(text) {
            return;
        }
        // They are few.
        if let Some(id) = AccountId::new(exact(text)).ok().filter(|id| !self.ids.contains(id)) {
            self.ids.push(id);
        }
    }
}

/// Whether a text was encoded twice, or more often: a comma, or the beginning of a list or a text of JSON, is still a
/// percent-code.
fn is_encoded(text: &str) -> bool {
    let start = code(text);
    start.is_some_and(|code| is_one_of(code, &["5b", "7b", "22"]))
        || text
            .match_indices('%')
            .any(|(at, _)| text.get(at..).and_then(code).is_some_and(|code| code.eq_ignore_ascii_case("2c")))
}

/// The two digits of the percent-code that a text begins with; those of a `%` are passed over.
fn code(text: &str) -> Option<&str> {
    let mut rest = text.strip_prefix('%')?;
    while let Some(more) = rest.strip_prefix("25") {
        rest = more;
    }
    rest.get(..2)
}
