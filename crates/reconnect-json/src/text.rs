//! Text that is not as JSON, UTF-8 or a database wants it, mended.

use alloc::{borrow::Cow, string::String, sync::Arc};
use core::char::REPLACEMENT_CHARACTER;

/// The bytes of a body as text. Bytes that are not UTF-8 become a control character: within a JSON string the reader
/// replaces it, and elsewhere it is as wrong as the bytes were. Only such a body is copied. The reader passes over a
/// byte-order mark.
pub fn text_of(bytes: &[u8]) -> Cow<'_, str> {
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
pub fn without_nul(text: Arc<str>) -> Arc<str> {
    if !text.contains('\0') {
        return text;
    }
    text.chars().map(|c| if c == '\0' { REPLACEMENT_CHARACTER } else { c }).collect::<String>().into()
}

/// JSON that a tolerant reader takes, as JSON that every reader takes.
pub fn mended(text: &str) -> Cow<'_, str> {
    mended_by(text, 0)
}

/// Whether so many characters of a text of `bytes` bytes were replaced that it was not text. With the replacement
/// characters it would be three times as long.
pub(crate) fn is_no_text(replaced: usize, bytes: usize) -> bool {
    replaced > 1_000 && replaced > bytes / 2
}

/// The same, with room for the characters that are known to be replaced, since a replacement is longer.
pub(crate) fn mended_by(text: &str, replaced: usize) -> Cow<'_, str> {
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
