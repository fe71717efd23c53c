//! The ids in news: browsers and apps write ids in many forms, and write placeholders if there is no id.

use crate::{ids::AccountId, percent::decode_shown, secret::trim};
use alloc::{borrow::Cow, vec::Vec};
use core::char::REPLACEMENT_CHARACTER;
use reconnect_json::Reader;

/// How many accounts of news are read (decision 66). Ours: as many as the widget's URL holds in 8,000 bytes.
const MAX_ACCOUNTS: usize = 200;

/// How deep lists, and texts that hold lists, may be nested.
const DEPTH: u32 = 4;

/// Whether a text is a placeholder, which programs write if a value is missing (decision 55), in any letter case. A
/// program that takes ids from people or from other programs should ask this first.
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

/// The text of one id: a text, also one that is quoted as JSON once more, or the digits of a whole number.
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

/// Whether it is a number of digits only: any other number can be written in several ways, and would be several ids.
fn is_whole(json: &str) -> bool {
    Reader::whole(json, Reader::id).is_ok()
}

/// The accounts that news names, each once.
#[derive(Default)]
pub(super) struct Accounts {
    ids: Vec<AccountId>,
}

impl Accounts {
    /// Takes an id, a comma list, a list of either, or objects that hold ids. A value that cannot be an id is left out
    /// and the rest of the news is read: accounts that a browser names can only narrow the choice.
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

    /// A text: an id, a comma list, or JSON again, also if it was percent-encoded twice.
    fn text(&mut self, text: &str, depth: u32) {
        let text = trim(text);
        if is_placeholder(text) {
            return;
        }
        if is_encoded(text) {
            if depth > 1 {
                self.text(&decode_shown(text), depth - 1);
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
        // At most 200 ids, so a search through all of them is fast enough.
        if let Some(id) = AccountId::new(exact(text)).ok().filter(|id| !self.ids.contains(id)) {
            self.ids.push(id);
        }
    }
}

/// Whether a text is still percent-encoded, since it was encoded more than once: a comma, or the beginning of a JSON
/// list, object or text, is a percent-code.
fn is_encoded(text: &str) -> bool {
    let start = code(text);
    start.is_some_and(|code| is_one_of(code, &["5b", "7b", "22"]))
        || text
            .match_indices('%')
            .any(|(at, _)| text.get(at..).and_then(code).is_some_and(|code| code.eq_ignore_ascii_case("2c")))
}

/// The two digits of the percent-code that a text begins with. A `%` that was encoded itself (`%25`) is passed over.
fn code(text: &str) -> Option<&str> {
    let mut rest = text.strip_prefix('%')?;
    while let Some(more) = rest.strip_prefix("25") {
        rest = more;
    }
    rest.get(..2)
}

/// Whether a text is one of these, in any letter case.
#[inline(never)]
pub(super) fn is_one_of(text: &str, known: &[&str]) -> bool {
    known.iter().any(|known| text.eq_ignore_ascii_case(known))
}

/// A text or a number as text.
pub(super) fn as_text(json: &str) -> Option<Cow<'_, str>> {
    let text = Reader::whole(json, Reader::string);
    text.ok().or_else(|| json.starts_with(|c: char| c == '-' || c.is_ascii_digit()).then_some(Cow::Borrowed(json)))
}

/// The text of an id, which is sent and compared as it came. If a character was replaced in it, a text that cannot be
/// an id stands for it.
pub(super) fn exact(text: &str) -> &str {
    if text.chars().any(|c| c == REPLACEMENT_CHARACTER) { "\0" } else { text }
}
