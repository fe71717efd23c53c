//! `Writer`: JSON, put down one value at a time. The other half of [`Reader`](crate::reader::Reader).

use crate::{secret, time::Timestamp, word::Word};
use alloc::string::String;
use core::fmt::{self, Write};

/// A JSON text in the making. Commas come by themselves.
#[derive(Default)]
pub(crate) struct Writer {
    text: String,
    /// Whether it is a row of version 2, and whether a token and prompts may be in it.
    pub(crate) newer: bool,
    pub(crate) secrets: bool,
}

impl Writer {
    /// With room for so many bytes, so that what is written once is not copied on the way.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), ..Self::default() }
    }

    /// The text.
    pub(crate) fn done(self) -> String {
        self.text
    }

    /// The next value is that of this key.
    pub(crate) fn key(&mut self, name: &str) -> &mut Self {
        self.text(name);
        self.put(":");
        self
    }

    /// Text.
    pub(crate) fn text(&mut self, text: &str) {
        self.raw("\"");
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(|c: char| matches!(c, '"' | '\\' | '\0'..='\x1f')) {
            self.put(before);
            match rest.as_bytes()[before.len()] {
                b'\n' => self.put("\\n"),
                b'\r' => self.put("\\r"),
                b'\t' => self.put("\\t"),
                b'"' => self.put("\\\""),
                b'\\' => self.put("\\\\"),
                // Writing to a String cannot fail. As 64 bits, like ids: each width has its own code for printing.
                byte => drop(write!(self, "\\u{:04x}", u64::from(byte))),
            }
            rest = after;
        }
        self.put(rest);
        self.put("\"");
    }

    /// A whole number.
    pub(crate) fn number(&mut self, number: u64) {
        self.comma();
        // Writing to a String cannot fail.
        let _ = write!(self, "{number}");
    }

    /// A moment, in milliseconds.
    pub(crate) fn moment(&mut self, moment: Timestamp) {
        self.number(moment.as_millis());
    }

    /// One of an enum's words.
    pub(crate) fn word(&mut self, value: impl Word) {
        self.text(value.word());
    }

    /// True or false.
    pub(crate) fn flag(&mut self, flag: bool) {
        self.raw(if flag { "true" } else { "false" });
    }

    /// An object of what `write` puts into it.
    pub(crate) fn object<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        self.raw("{");
        let written = write(self);
        self.put("}");
        written
    }

    /// A list of these texts.
    pub(crate) fn texts<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) {
        self.list(|list| texts.into_iter().for_each(|text| list.text(text)));
    }

    /// A list of what `write` puts into it.
    pub(crate) fn list<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        self.raw("[");
        let written = write(self);
        self.put("]");
        written
    }

    /// What is JSON already.
    pub(crate) fn raw(&mut self, json: &str) {
        self.comma();
        self.put(json);
    }

    fn put(&mut self, text: &str) {
        secret::room(&mut self.text, text.len());
        self.text.push_str(text);
    }

    /// Between what was written and what comes.
    fn comma(&mut self) {
        if !matches!(self.text.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.put(",");
        }
    }
}

impl Write for Writer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text);
        Ok(())
    }
}
