//! The two streams: data on stdout, everything else on stderr.

use serde_json::Value;
use std::io::{self, IsTerminal, Write};

/// Where a command writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Out {
    json: bool,
    colour: bool,
}

impl Out {
    pub(crate) fn new(json: bool) -> Self {
        let wished = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { json, colour: wished && io::stderr().is_terminal() }
    }

    /// Whether stdout is for scripts.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Whether stderr has colours: a person looks at it, and did not refuse them.
    pub(crate) fn is_coloured(self) -> bool {
        self.colour
    }

    /// One line of JSON, flushed.
    pub(crate) fn json(self, line: &Value) -> io::Result<()> {
        self.line(&line.to_string())
    }

    /// One line of data, flushed.
    pub(crate) fn line(self, line: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{line}")?;
        stdout.flush()
    }

    /// Progress and narration. Nobody may be there to read it.
    pub(crate) fn note(self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    pub(crate) fn warn(self, text: &str) {
        self.note(&format!("{}: {text}", self.paint("33", "warning")));
    }

    pub(crate) fn error(self, text: &str) {
        self.note(&format!("{}: {text}", self.paint("31", "error")));
    }

    /// `text` for stderr in an ANSI colour, where a person looks at it.
    pub(crate) fn paint(self, colour: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
