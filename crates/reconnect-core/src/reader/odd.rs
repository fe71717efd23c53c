//! The parts of the service's bodies that are not as documented: their places, and how they are read all the same.

use super::{Reader, Result, Wrong};
use crate::{Unread, ids, reply::place};
use alloc::{borrow::Cow, string::String, sync::Arc, vec::Vec};
use core::char::REPLACEMENT_CHARACTER;

/// How many places are kept. Further ones are only counted.
const KEPT: usize = 100;

/// Everything that was not as documented.
#[derive(Default)]
pub(super) struct Odd {
    tolerant: bool,
    /// How many characters were replaced.
    replaced: usize,
    /// The places that could not be read, and their number.
    at: Vec<usize>,
    count: usize,
    /// There was more than is ever built: then nothing of the list is taken, instead of leaving single parts out.
    over: bool,
}

// enter
impl<'a> Reader<'a> {
    /// A reader of the service's bodies.
    pub(crate) fn tolerant(text: &'a str) -> Self {
        let mut reader = Self::new(text);
        reader.odd.tolerant = true;
        reader
    }
}

// take
impl<'a> Reader<'a> {
    /// Text as it was sent: in a text that has to be sent back, or compared, nothing may be replaced.
    pub(crate) fn exact(&mut self) -> Result<Cow<'a, str>> {
        let replaced = self.odd.replaced;
        let text = self.string()?;
        if self.odd.replaced == replaced { Ok(text) } else { Err(Wrong) }
    }

    /// The value that `read` reads. If it fails, the value is passed over, and its place is kept.
    pub(crate) fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<Option<T>>) -> Result<Option<T>> {
        let (start, before) = (self.at, self.odd.count);
        read(self).or_else(|Wrong| self.leave_out(start, before).map(|()| None))
    }

    /// Passes over a value that begins at `start` and could not be read. It keeps the place at which reading failed, in
    /// place of those within the value: all that were kept after the first `before`.
    #[cold]
    pub(crate) fn leave_out(&mut self, start: usize, before: usize) -> Result<()> {
        let at = self.at;
        if self.odd.over {
            return Err(Wrong);
        }
        self.pass_over(start)?;
        self.odd.count = before;
        self.odd.at.truncate(before);
        self.mark(at);
        Ok(())
    }

    /// Passes over a value that begins at `start`, wherever the reader is.
    #[cold]
    pub(super) fn pass_over(&mut self, start: usize) -> Result<()> {
        (self.at, self.fresh) = (start, false);
        self.skip()
    }

    /// Goes back to `start`, at which a value begins.
    pub(crate) fn back(&mut self, start: usize) {
        (self.at, self.fresh) = (start, false);
    }

    /// Whether the text is a string and nothing else.
    pub(crate) fn only_string(mut self) -> bool {
        self.string().and_then(|_| self.end()).is_ok()
    }

    /// Any value as JSON, with the tolerated characters replaced.
    pub(crate) fn json(&mut self) -> Result<Cow<'a, str>> {
        let replaced = self.odd.replaced;
        let raw = self.raw()?;
        let replaced = self.odd.replaced - replaced;
        if is_no_text(replaced, raw.len()) {
            return Err(Wrong);
        }
        let odd = replaced > 0 || raw.as_bytes().windows(2).any(|two| two == b"\\u");
        Ok(if self.odd.tolerant && odd { mended_by(raw, replaced) } else { Cow::Borrowed(raw) })
    }
}

// tell
impl Reader<'_> {
    /// Records a place that could not be read.
    #[cold]
    pub(crate) fn mark(&mut self, at: usize) {
        if self.odd.at.len() < KEPT {
            self.odd.at.push(at);
        }
        self.odd.count += 1;
    }

    /// Records that there is more here than is ever built.
    #[cold]
    pub(crate) fn give_up(&mut self) -> Wrong {
        self.odd.over = true;
        Wrong
    }

    /// Whether it gave up; this is forgotten, so that it can go on.
    pub(crate) fn gives_up(&mut self) -> bool {
        core::mem::take(&mut self.odd.over)
    }

    /// Stands for a character that cannot be read.
    #[cold]
    pub(super) fn replace(&mut self) -> char {
        self.odd.replaced += 1;
        REPLACEMENT_CHARACTER
    }
}

// look
impl Reader<'_> {
    pub(super) fn is_tolerant(&self) -> bool {
        self.odd.tolerant
    }

    /// Whether it gave up.
    pub(crate) fn gave_up(&self) -> bool {
        self.odd.over
    }

    /// How many characters were replaced until now.
    pub(crate) fn replaced(&self) -> usize {
        self.odd.replaced
    }

    /// How many values could not be read until now.
    pub(crate) fn unreadable(&self) -> usize {
        self.odd.count
    }

    /// The places that could not be read.
    pub(crate) fn unread(&mut self) -> Unread {
        if self.odd.count == 0 {
            return Unread::default();
        }
        let at = &self.odd.at;
        let order = ids::sorted(at.len(), &|one, other| at[one].cmp(&at[other]));
        let at: Vec<usize> = order.into_iter().map(|one| at[one as usize]).collect();
        Unread::of(place::paths(self.text, &at), self.odd.count)
    }
}

/// The bytes of a body as text. Bytes that are not UTF-8 become a control character: within a JSON string the reader
/// replaces it, and elsewhere it is as wrong as the bytes were. Only such a body is copied. The reader passes over a
/// byte-order mark.
pub(crate) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    const SUBSTITUTE: char = '\u{1a}';
    if let Ok(text) = core::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(SUBSTITUTE);
        }
    }
    Cow::Owned(text)
}

/// A caller's text, which goes into a snapshot, with NUL replaced: no database's JSON column takes NUL.
pub(crate) fn without_nul(text: Arc<str>) -> Arc<str> {
    if !text.contains('\0') {
        return text;
    }
    text.chars().map(|c| if c == '\0' { REPLACEMENT_CHARACTER } else { c }).collect::<String>().into()
}

/// JSON that a tolerant reader takes, as JSON that every reader takes.
pub(crate) fn mended(text: &str) -> Cow<'_, str> {
    mended_by(text, 0)
}

/// Whether so many characters of a text of `bytes` bytes were replaced that it was not text. With the replacement
/// characters it would be three times as long.
pub(super) fn is_no_text(replaced: usize, bytes: usize) -> bool {
    replaced > 1_000 && replaced > bytes / 2
}

/// The same, with room for the characters that are known to be replaced, since a replacement is longer.
fn mended_by(text: &str, replaced: usize) -> Cow<'_, str> {
    let (bytes, mut to) = (text.as_bytes(), String::new());
    // How much is copied already, where we are, and whether a string is open.
    let (mut done, mut at, mut open) = (0, 0, false);
    let unit = |at: usize| {
        let digits = text.get(at + 2..at + 6).filter(|_| bytes.get(at..at + 2) == Some(b"\\u"))?;
        u64::from_str_radix(digits, 16).ok()
    };
    while let Some(byte) = bytes.get(at) {
        let length = match (byte, unit(at)) {
            (b'"', _) => {
                open = !open;
                1
            }
            (0..0x20, _) if open => {
                to.reserve_exact(if done == 0 { text.len() + 2 * replaced } else { 0 });
                replace(text, &mut to, &mut done, at, 1);
                1
            }
            (b'\\', Some(0xd800..0xdc00)) if matches!(unit(at + 6), Some(0xdc00..0xe000)) => 12,
            (b'\\', Some(0 | 0xd800..0xe000)) => {
                replace(text, &mut to, &mut done, at, 6);
                6
            }
            (b'\\', _) => 2,
            _ => 1,
        };
        at += length;
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    to.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(to)
}

fn replace(text: &str, to: &mut String, done: &mut usize, at: usize, length: usize) {
    to.push_str(text.get(*done..at).unwrap_or_default());
    to.push(REPLACEMENT_CHARACTER);
    *done = at + length;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerated_json_becomes_json_that_every_reader_takes() {
        let table = [
            ("{\"a\":[1,\"b\"]}", "{\"a\":[1,\"b\"]}"),
            ("[\n\"a\tb\",\r\"c\"]", "[\n\"a\u{fffd}b\",\r\"c\"]"),
            (
                r#"["\ud83dx","\ud83d\ude00","\ude00","\\ud83d","\u00e9"]"#,
                "[\"\u{fffd}x\",\"\\ud83d\\ude00\",\"\u{fffd}\",\"\\\\ud83d\",\"\\u00e9\"]",
            ),
            (r#""\u0000\ud83d\ud83d\ude00""#, "\"\u{fffd}\u{fffd}\\ud83d\\ude00\""),
        ];
        for (text, mend) in table {
            assert_eq!(mended(text), mend);
            assert!(serde_json::from_str::<serde_json::Value>(&mended(text)).is_ok(), "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_one_sequence_at_a_time() {
        assert_eq!(text_of(b"ch\xe8ques"), "ch\u{1a}ques");
        assert_eq!(text_of(b"cr\xe9\xe9e \xe2\x82 \xff\xff"), "cr\u{1a}\u{1a}e \u{1a} \u{1a}\u{1a}");
        assert!(matches!(text_of("chèques".as_bytes()), Cow::Borrowed("chèques")));
    }
}
