//! Reading the parts of the service's bodies that are not as documented: they are left out, and their places are kept.

use crate::{
    place,
    reader::{Reader, Result, Wrong, odd::KEPT},
    text::{is_no_text, mended_by},
};
use alloc::{borrow::Cow, boxed::Box, vec::Vec};
use core::char::REPLACEMENT_CHARACTER;

// enter
impl<'a> Reader<'a> {
    /// A reader of the service's bodies.
    pub fn tolerant(text: &'a str) -> Self {
        let mut reader = Self::new(text);
        reader.odd.tolerant = true;
        reader
    }
}

// take
impl<'a> Reader<'a> {
    /// Text as it was sent: in a text that has to be sent back, or compared, nothing may be replaced.
    pub fn exact(&mut self) -> Result<Cow<'a, str>> {
        let replaced = self.odd.replaced;
        let text = self.string()?;
        if self.odd.replaced == replaced { Ok(text) } else { Err(Wrong) }
    }

    /// The value that `read` reads. If it fails, the value is passed over, and its place is kept.
    pub fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<Option<T>>) -> Result<Option<T>> {
        let (start, before) = (self.at, self.odd.count);
        read(self).or_else(|Wrong| self.leave_out(start, before).map(|()| None))
    }

    /// Passes over a value that begins at `start` and could not be read. It keeps the place at which reading failed, in
    /// place of those within the value: all that were kept after the first `before`.
    #[cold]
    pub fn leave_out(&mut self, start: usize, before: usize) -> Result<()> {
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
    pub fn back(&mut self, start: usize) {
        (self.at, self.fresh) = (start, false);
    }

    /// Whether the text is a string and nothing else.
    pub fn only_string(mut self) -> bool {
        self.string().and_then(|_| self.end()).is_ok()
    }

    /// Any value as JSON, with the tolerated characters replaced.
    pub fn json(&mut self) -> Result<Cow<'a, str>> {
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
    pub fn mark(&mut self, at: usize) {
        if self.odd.at.len() < KEPT {
            self.odd.at.push(at);
        }
        self.odd.count += 1;
    }

    /// Records that there is more here than is ever built.
    #[cold]
    pub fn give_up(&mut self) -> Wrong {
        self.odd.over = true;
        Wrong
    }

    /// Whether it gave up; this is forgotten, so that it can go on.
    pub fn gives_up(&mut self) -> bool {
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
    pub fn gave_up(&self) -> bool {
        self.odd.over
    }

    /// How many characters were replaced until now.
    pub fn replaced(&self) -> usize {
        self.odd.replaced
    }

    /// How many values could not be read until now.
    pub fn unreadable(&self) -> usize {
        self.odd.count
    }

    /// The places that could not be read, as JSON paths and in the order of the text, and their number. The first 100
    /// have their path.
    pub fn unread(&self) -> (Vec<Box<str>>, usize) {
        let mut sorted: Vec<usize> = Vec::with_capacity(self.odd.at.len());
        // They are few. The standard library's sort would be several kilobytes.
        for at in &self.odd.at {
            sorted.insert(sorted.partition_point(|known| known <= at), *at);
        }
        (place::paths(self.text, &sorted), self.odd.count)
    }
}
