//! Reading the strings of JSON, and their escapes.

use crate::{
    reader::{Reader, Result, Wrong, scan::run},
    text::is_no_text,
};
use alloc::string::String;

impl Reader<'_> {
    /// Passes over a string, which comes next.
    #[inline]
    pub(super) fn pass(&mut self) -> Result<()> {
        let bytes = self.text.as_bytes();
        let end = run(bytes, self.at + 1);
        if bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(());
        }
        self.pass_escapes(end)
    }

    /// The same, from the first byte on that is not plain.
    #[cold]
    pub(super) fn pass_escapes(&mut self, at: usize) -> Result<()> {
        let bytes = self.text.as_bytes();
        self.at = at;
        loop {
            match bytes.get(self.at) {
                Some(b'\\') => drop(self.escape()?),
                Some(0..0x20) if self.is_tolerant() => {
                    self.replace();
                    self.at += 1;
                }
                _ => break,
            }
            self.at = run(bytes, self.at);
        }
        // Whatever else stops a run is a control character, which is escaped in JSON, or the end.
        if bytes.get(self.at) != Some(&b'"') {
            return Err(Wrong);
        }
        self.at += 1;
        Ok(())
    }

    /// The text of a string that has escapes, the first of which comes next.
    pub(super) fn unescape(&mut self, start: usize) -> Result<String> {
        let (first, replaced) = (start, self.replaced());
        let mut text = String::new();
        // Room for all of it at once: if it grew step by step, a long text would be held three times.
        text.reserve_exact(self.room(self.at)? + self.at - start);
        text.push_str(self.part(start, self.at));
        loop {
            let start = self.at;
            self.at = run(self.text.as_bytes(), start);
            text.push_str(self.part(start, self.at));
            match self.text.as_bytes().get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    let no_text = is_no_text(self.replaced() - replaced, self.at - first);
                    return if no_text { Err(Wrong) } else { Ok(text) };
                }
                Some(b'\\') => text.push(self.escaped()?),
                Some(_) if self.is_tolerant() => {
                    self.at += 1;
                    text.push(self.replace());
                }
                _ => return Err(Wrong),
            }
        }
    }

    /// How many bytes the rest of a string can have at most, once it is unescaped.
    fn room(&self, at: usize) -> Result<usize> {
        let bytes = self.text.as_bytes();
        let (start, mut at, mut controls) = (at, at, 0);
        loop {
            at = run(bytes, at);
            match bytes.get(at).ok_or(Wrong)? {
                b'"' => break,
                b'\\' => at += 2,
                _ => (at, controls) = (at + 1, controls + 1),
            }
        }
        Ok(at - start + 2 * controls)
    }

    /// The character that an escape, which comes next, stands for.
    fn escaped(&mut self) -> Result<char> {
        let unit = match self.escape()? {
            // The first half of a surrogate pair is no character alone.
            first @ 0xd800..0xdc00 => {
                let after = self.at;
                let second = if self.text.as_bytes().get(after) == Some(&b'\\') { self.escape()? } else { 0 };
                if (0xdc00..0xe000).contains(&second) {
                    0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                } else {
                    self.at = after;
                    first
                }
            }
            0 if self.is_tolerant() => 0xd800,
            unit => unit,
        };
        match char::from_u32(unit) {
            Some(known) => Ok(known),
            None if self.is_tolerant() => Ok(self.replace()),
            None => Err(Wrong),
        }
    }

    /// A number without exponent and of few enough digits, as nearly all money is: whether it is negative, its digits, and
    /// how many of them follow the point. Nothing is taken of any other.
    pub fn short(&mut self) -> Option<(bool, u64, u32)> {
        // More might not fit into 64 bits.
        const MOST: usize = 18;
        self.peek();
        let bytes = self.rest();
        let digit = |at: usize| bytes.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10);
        let negative = bytes.first() == Some(&b'-');
        let start = usize::from(negative);
        let (mut at, mut digits, mut after) = (start, 0_u64, 0);
        while let Some(digit) = digit(at) {
            (at, digits) = (at + 1, digits.wrapping_mul(10).wrapping_add(u64::from(digit)));
        }
        let before = at - start;
        if bytes.get(at) == Some(&b'.') {
            let point = at + 1;
            at = point;
            while let Some(digit) = digit(at) {
                (at, digits) = (at + 1, digits.wrapping_mul(10).wrapping_add(u64::from(digit)));
            }
            after = at - point;
            if after == 0 {
                return None;
            }
        }
        let is_number = before > 0 && (before == 1 || bytes.get(start) != Some(&b'0'));
        if !is_number || before + after > MOST || matches!(bytes.get(at), Some(b'e' | b'E')) {
            return None;
        }
        self.at += at;
        Some((negative, digits, after as u32))
    }

    /// What a backslash, which comes next, and what follows it stand for: a character or half of one.
    fn escape(&mut self) -> Result<u32> {
        let bytes = self.text.as_bytes();
        if bytes.get(self.at) != Some(&b'\\') {
            return Err(Wrong);
        }
        let escaped = bytes.get(self.at + 1).ok_or(Wrong)?;
        self.at += 2;
        Ok(u32::from(match escaped {
            b'"' | b'\\' | b'/' => *escaped,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let digits = bytes.get(self.at..self.at + 4).ok_or(Wrong)?;
                self.at += 4;
                return digits.iter().try_fold(0, |unit, digit| {
                    char::from(*digit).to_digit(16).map(|digit| unit << 4 | digit).ok_or(Wrong)
                });
            }
            _ => return Err(Wrong),
        }))
    }
}
