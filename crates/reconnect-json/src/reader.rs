//! `Reader`: JSON, pulled one value at a time.
//!
//! It borrows from the text, it stops where something is wrong, and it builds nothing but what was asked for. What it
//! takes for JSON is what `serde_json` takes for JSON, built or passed over; a test holds it to that.
//!
//! A body of the service is read with a [tolerant](Reader::tolerant) reader. In texts it also takes control characters
//! and halves of surrogate pairs, as replacement characters, and it remembers the places that could not be read
//! (decisions 62 to 64). [`Fields`] checks the fields of an object, each of which may come twice.

pub(crate) mod fields;
mod odd;
mod scan;
mod strings;
mod tolerant;

use crate::{
    reader::{
        odd::Odd,
        scan::{number, run},
    },
    word::Word,
};
use alloc::{borrow::Cow, boxed::Box, sync::Arc, vec::Vec};
use core::fmt;

/// Lists and objects in one another, at most. A bit of a number each.
const DEPTH: u32 = 128;

/// A place in a JSON text, from which one value after another is read.
///
/// ```
/// use reconnect_json::{Reader, Wrong};
///
/// let mut from = Reader::new(r#"{"Id":"a-1","Tags":["x","y"],"More":{}}"#);
/// let (mut id, mut tags) = (None, 0);
/// from.object()?;
/// while let Some(key) = from.key()? {
///     match &*key {
///         "Id" => id = Some(from.string()?),
///         "Tags" => tags = from.each(Reader::string)?.len(),
///         _ => from.skip()?,
///     }
/// }
/// from.end()?;
/// assert_eq!((id.as_deref(), tags), (Some("a-1"), 2));
/// # Ok::<(), Wrong>(())
/// ```
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// A list or an object was opened, and nothing of it was read yet.
    fresh: bool,
    /// Everything that was not as documented. Only a tolerant reader records anything here.
    odd: Odd,
}

/// What stands here is not what was asked for. [`Reader::at`] says where.
///
/// ```
/// use reconnect_json::{Reader, Wrong};
/// assert_eq!(Reader::whole("[1,", Reader::skip), Err(Wrong));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wrong;

/// What a reader returns.
pub type Result<T> = core::result::Result<T, Wrong>;

/// It never shows the text.
impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reader(at {} of {} bytes)", self.at, self.text.len())
    }
}

// enter
impl<'a> Reader<'a> {
    /// A reader at the start of a text, past its byte-order mark.
    #[inline(never)]
    pub fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, fresh: false, odd: Odd::default() }
    }

    /// A reader of the same text, at the same place.
    pub fn ahead(&self) -> Self {
        Self { text: self.text, at: self.at, fresh: self.fresh, odd: Odd::default() }
    }

    /// Reads a text that is one value and nothing after it.
    pub fn whole<T>(text: &'a str, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let mut reader = Self::new(text);
        let value = read(&mut reader);
        let end = reader.finish();
        value.and_then(|value| end.map(|()| value))
    }

    /// Fails if anything comes after this.
    #[inline(never)]
    fn finish(mut self) -> Result<()> {
        self.end()
    }
}

// walk
impl<'a> Reader<'a> {
    /// Enters an object. Its keys are taken one by one with [`key`](Self::key).
    pub fn object(&mut self) -> Result<()> {
        self.take(b'{')?;
        self.fresh = true;
        Ok(())
    }

    /// An object of this one key.
    pub fn only<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.object()?;
        self.key()?.filter(|name| name == key).ok_or(Wrong)?;
        let value = read(self)?;
        if self.more(b'}')? { Err(Wrong) } else { Ok(value) }
    }

    /// The next key of the object, whose value is to be taken next; `None` at its end.
    pub fn key(&mut self) -> Result<Option<Cow<'a, str>>> {
        if !self.more(b'}')? {
            return Ok(None);
        }
        self.name().map(Some)
    }

    /// Enters a list. Its items are taken one by one while [`item`](Self::item) says that there is one.
    pub fn list(&mut self) -> Result<()> {
        self.take(b'[')?;
        self.fresh = true;
        Ok(())
    }

    /// Whether the list has another item, which is to be taken next.
    pub fn item(&mut self) -> Result<bool> {
        self.more(b']')
    }

    /// Nothing comes after this.
    pub fn end(&mut self) -> Result<()> {
        if self.peek().is_none() { Ok(()) } else { Err(Wrong) }
    }

    /// Whether anything comes before the end, past a comma where there has to be one.
    fn more(&mut self, end: u8) -> Result<bool> {
        let fresh = core::mem::take(&mut self.fresh);
        match self.peek() {
            Some(byte) if byte == end => {
                self.at += 1;
                Ok(false)
            }
            Some(b',') if !fresh => {
                self.at += 1;
                Ok(true)
            }
            Some(_) if fresh => Ok(true),
            _ => Err(Wrong),
        }
    }

    fn take(&mut self, byte: u8) -> Result<()> {
        if self.peek() != Some(byte) {
            return Err(Wrong);
        }
        self.at += 1;
        Ok(())
    }

    fn name(&mut self) -> Result<Cow<'a, str>> {
        let name = self.string()?;
        self.take(b':')?;
        Ok(name)
    }
}

// take
impl<'a> Reader<'a> {
    /// Text.
    pub fn string(&mut self) -> Result<Cow<'a, str>> {
        self.take(b'"')?;
        self.opened()
    }

    /// The rest of a string, past its first quotation mark.
    #[inline]
    fn opened(&mut self) -> Result<Cow<'a, str>> {
        let (start, end) = (self.at, run(self.text.as_bytes(), self.at));
        match self.text.as_bytes().get(end) {
            Some(b'"') => {
                self.at = end + 1;
                Ok(Cow::Borrowed(self.part(start, end)))
            }
            Some(_) => {
                self.at = end;
                self.unescape(start).map(Cow::Owned)
            }
            None => Err(Wrong),
        }
    }

    /// The text of an id: text as it was sent, or a whole number as it is written.
    pub fn id(&mut self) -> Result<Cow<'a, str>> {
        if self.peek() == Some(b'"') {
            return self.exact();
        }
        let token = self.token()?;
        if token.bytes().all(|byte| byte.is_ascii_digit()) { Ok(Cow::Borrowed(token)) } else { Err(Wrong) }
    }

    /// A text of plain digits, with at most a sign and a point; `None` for another text.
    pub fn plain_number(&mut self) -> Result<Option<Cow<'a, str>>> {
        let text = self.string()?;
        let plain = number(text.as_bytes()) == Some(text.len()) && !text.contains(['e', 'E']);
        Ok(Some(text).filter(|_| plain))
    }

    /// Text that is kept.
    pub fn boxed(&mut self) -> Result<Box<str>> {
        self.string().map(Into::into)
    }

    /// Text that is kept in several places.
    pub fn shared(&mut self) -> Result<Arc<str>> {
        self.string().map(Into::into)
    }

    /// A whole number that is not negative.
    pub fn number(&mut self) -> Result<u64> {
        self.token()?.parse().map_err(|_| Wrong)
    }

    /// The same, of a smaller type.
    pub fn small<T: TryFrom<u64>>(&mut self) -> Result<T> {
        T::try_from(self.number()?).map_err(|_| Wrong)
    }

    /// True or false.
    pub fn flag(&mut self) -> Result<bool> {
        match self.token()? {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Wrong),
        }
    }

    /// Nothing where null stands here, else what `read` makes of it.
    pub fn maybe<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<Option<T>> {
        if self.null()? { Ok(None) } else { read(self).map(Some) }
    }

    /// Whether null comes next; if so, it is passed over.
    #[inline(never)]
    fn null(&mut self) -> Result<bool> {
        if self.peek() == Some(b'n') { self.token().map(|_| true) } else { Ok(false) }
    }

    /// Text; numbers and booleans that stand where text should are taken as they are written, null is none.
    pub fn lenient(&mut self) -> Result<Option<Cow<'a, str>>> {
        if self.peek() == Some(b'"') {
            self.at += 1;
            return self.opened().map(Some);
        }
        match self.token()? {
            "null" => Ok(None),
            flag @ ("true" | "false") => Ok(Some(Cow::Borrowed(flag))),
            // What is no whole number could be written in several ways.
            token if token.contains(['.', 'e', 'E']) => Err(Wrong),
            token => Ok(Some(Cow::Borrowed(token))),
        }
    }

    /// Text, or none where anything else stands: for what is only shown, and must not cost the rest.
    pub fn text(&mut self) -> Result<Option<Cow<'a, str>>> {
        if self.peek() == Some(b'"') {
            return self.string().map(Some);
        }
        self.skip().map(|()| None)
    }

    /// One of an enum's words.
    pub fn word<W: Word>(&mut self) -> Result<W> {
        let at = self.word_of(W::WORDS)?;
        W::ALL.get(at).copied().ok_or(Wrong)
    }

    /// The position of the next word in `known`.
    fn word_of(&mut self, known: &[&str]) -> Result<usize> {
        let word = self.string()?;
        known.iter().position(|known| *known == word).ok_or(Wrong)
    }

    /// A list of what `read` makes of each item.
    pub fn each<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = Vec::new();
        self.list()?;
        while self.item()? {
            if items.len() == items.capacity() {
                // By a quarter: doubled, a long list would end with nearly as much room unused.
                items.reserve_exact((items.len() / 4).max(4));
            }
            items.push(read(self)?);
        }
        Ok(items)
    }

    /// Any value as it stands, checked.
    pub fn raw(&mut self) -> Result<&'a str> {
        self.peek();
        let start = self.at;
        self.skip()?;
        Ok(self.part(start, self.at))
    }

    /// The fields of an object, each value as it stands.
    pub fn fields(&mut self) -> Result<Vec<(Cow<'a, str>, &'a str)>> {
        let mut fields = Vec::new();
        self.object()?;
        while let Some(key) = self.key()? {
            fields.push((key, self.raw()?));
        }
        Ok(fields)
    }

    /// Passes over any value, and checks it.
    pub fn skip(&mut self) -> Result<()> {
        match self.peek() {
            Some(b'"') => return self.pass(),
            Some(b'{' | b'[') => {}
            _ => return self.token().map(drop),
        }
        // What is open, innermost last: 1 is an object, 0 a list.
        let (mut open, mut depth) = (0_u128, 0_u32);
        loop {
            match self.peek().ok_or(Wrong)? {
                b'"' => self.pass()?,
                bracket @ (b'{' | b'[') => {
                    (self.at, self.fresh) = (self.at + 1, true);
                    (open, depth) = (open << 1 | u128::from(bracket == b'{'), depth + 1);
                }
                _ => drop(self.token()?),
            }
            if depth > DEPTH {
                return Err(Wrong);
            }
            loop {
                if depth == 0 {
                    return Ok(());
                }
                let object = open & 1 == 1;
                if self.more(if object { b'}' } else { b']' })? {
                    if object {
                        self.peek().filter(|byte| *byte == b'"').ok_or(Wrong)?;
                        self.pass()?;
                        self.take(b':')?;
                    }
                    break;
                }
                (open, depth) = (open >> 1, depth - 1);
            }
        }
    }

    /// A number, true, false or null, as it is written.
    pub fn token(&mut self) -> Result<&'a str> {
        let first = self.peek();
        let (start, rest) = (self.at, self.rest());
        let length = match first {
            Some(b'n') if rest.starts_with(b"null") => 4,
            Some(b't') if rest.starts_with(b"true") => 4,
            Some(b'f') if rest.starts_with(b"false") => 5,
            _ => number(rest).ok_or(Wrong)?,
        };
        self.at += length;
        Ok(self.part(start, self.at))
    }
}

// look
impl<'a> Reader<'a> {
    /// How far it has read, in bytes.
    pub fn at(&self) -> usize {
        self.at
    }

    /// A part of the text. Slicing by index can panic, which would bring in the code that prints characters.
    fn part(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The bytes that were not read yet.
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The first byte of what comes next, past white space.
    pub fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                other => return other.copied(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn neither_half_shows_its_text() {
        let mut to = crate::Writer::default();
        to.text("a secret");
        assert_eq!(format!("{to:?} {:?}", Reader::new("a secret")), "Writer(10 bytes) Reader(at 0 of 8 bytes)");
    }

    #[test]
    fn what_is_too_deep_is_refused() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert_eq!(Reader::whole(&deep(128), Reader::skip), Ok(()));
        assert_eq!(Reader::whole(&deep(129), Reader::skip), Err(Wrong));
        assert_eq!(Reader::whole(&deep(100_000), Reader::skip), Err(Wrong));
    }
}
