//! `Writer`: JSON, put down one value at a time. The other half of [`Reader`](crate::reader::Reader).

use crate::word::Word;
use alloc::string::String;
use core::{
    fmt::{self, Write},
    mem,
};
use zeroize::Zeroize;

/// A JSON text in the making. Commas come by themselves.
///
/// ```
/// let mut to = reconnect_json::Writer::default();
/// to.object(|to| {
///     to.key("id").text("a-1");
///     to.key("tags").texts(["x", "y"]);
/// });
/// assert_eq!(to.done(), r#"{"id":"a-1","tags":["x","y"]}"#);
/// ```
#[derive(Default)]
pub struct Writer {
    text: String,
    /// For the conditions of a [`record!`](crate::record!): whether the form is of a later version than the first.
    pub newer: bool,
    /// For the conditions of a [`record!`](crate::record!): whether secrets may be written.
    pub secrets: bool,
}

/// It never shows the text.
impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Writer({} bytes)", self.text.len())
    }
}

impl Writer {
    /// With room for so many bytes, so that what is written once is not copied on the way.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), ..Self::default() }
    }

    /// The text.
    pub fn done(self) -> String {
        self.text
    }

    /// The next value is that of this key.
    pub fn key(&mut self, name: &str) -> &mut Self {
        self.text(name);
        self.put(":");
        self
    }

    /// Text.
    pub fn text(&mut self, text: &str) {
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
    pub fn number(&mut self, number: u64) {
        self.comma();
        // Writing to a String cannot fail.
        let _ = write!(self, "{number}");
    }

    /// One of an enum's words.
    pub fn word(&mut self, value: impl Word) {
        self.text(value.word());
    }

    /// True or false.
    pub fn flag(&mut self, flag: bool) {
        self.raw(if flag { "true" } else { "false" });
    }

    /// An object of what `write` puts into it.
    pub fn object<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        self.raw("{");
        let written = write(self);
        self.put("}");
        written
    }

    /// A list of these texts.
    pub fn texts<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) {
        self.list(|list| texts.into_iter().for_each(|text| list.text(text)));
    }

    /// A list of what `write` puts into it.
    pub fn list<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        self.raw("[");
        let written = write(self);
        self.put("]");
        written
    }

    /// What is JSON already.
    pub fn raw(&mut self, json: &str) {
        self.comma();
        self.put(json);
    }

    fn put(&mut self, text: &str) {
        room(&mut self.text, text.len());
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

/// Makes room for so many bytes, and wipes what it moves away from: text in the making may hold a token.
///
/// ```
/// let mut text = String::from("secret");
/// reconnect_json::room(&mut text, 100);
/// assert!(text.capacity() >= 106);
/// ```
pub fn room(text: &mut String, bytes: usize) {
    if text.capacity() - text.len() < bytes {
        let mut wider = String::with_capacity((text.len() + bytes).max(2 * text.capacity()));
        wider.push_str(text);
        mem::replace(text, wider).zeroize();
    }
}
