//! The two streams: data on stdout, everything else on stderr.

use core::sync::atomic::{AtomicBool, Ordering};
use serde_json::Value;
use std::{
    borrow::Cow,
    io::{self, IsTerminal, Write},
};

/// Whether the reader of stdout has gone. From then on nothing that is printed is read, which is no error.
static UNREAD: AtomicBool = AtomicBool::new(false);

/// Where a command writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Out {
    json: bool,
    /// Stderr has colours: it is a terminal, and the user did not refuse them.
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

    /// One line of JSON, flushed.
    pub(crate) fn json(self, line: &Value) -> io::Result<()> {
        write(&line.to_string())
    }

    /// One line of data for people, flushed.
    pub(crate) fn line(self, line: &str) -> io::Result<()> {
        write(&plain(line))
    }

    /// Several lines of data for people. All line ends are ours: [`plain`] has already replaced those from outside.
    pub(crate) fn lines(self, text: &str) -> io::Result<()> {
        text.lines().try_for_each(|line| self.line(line))
    }

    /// Whether the reader of stdout was gone before all was printed.
    pub(crate) fn is_unread(self) -> bool {
        UNREAD.load(Ordering::Relaxed)
    }

    /// Whether stdout is `/dev/null`, or was closed.
    pub(crate) fn is_discarded(self) -> bool {
        is_null_device()
    }

    /// Whether it is certain beforehand that nobody will read what is printed. Without `--json` a null device is no such
    /// case: a person who discards stdout still reads stderr, but a script has only its line of JSON.
    pub(crate) fn goes_nowhere(self) -> bool {
        (self.json && is_null_device()) || has_no_reader()
    }

    /// Progress and narration. Nobody may be there to read it.
    pub(crate) fn note(self, text: &str) {
        self.own(&plain(text));
    }

    /// The same for text that is all ours, so its colours and line ends are printed as they are.
    pub(crate) fn own(self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    pub(crate) fn warn(self, text: &str) {
        self.own(&format!("{}: {}", self.paint("33", "warning"), plain(text)));
    }

    pub(crate) fn error(self, text: &str) {
        self.own(&format!("{}: {}", self.paint("31", "error"), plain(text)));
    }

    /// `text` for stderr in an ANSI colour, where a person looks at it.
    pub(crate) fn paint(self, colour: &str, text: &str) -> String {
        let text = plain(text);
        if self.colour { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.into_owned() }
    }
}

/// A reader that closes the pipe early has read enough, so the command has not failed.
fn write(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            UNREAD.store(true, Ordering::Relaxed);
            Ok(())
        }
        other => other,
    }
}

/// Text from outside, for a terminal: characters that would control the terminal or change the order of the text are
/// shown as text.
///
/// Every line that people read passes here. These characters are written as in JSON (`\u001b`, `\n`), so a text that was
/// JSON still is.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_odd) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            odd if is_odd(odd) => {
                for unit in odd.encode_utf16(&mut [0; 2]) {
                    shown.push_str(&format!("\\u{unit:04x}"));
                }
            }
            other => shown.push(other),
        }
    }
    Cow::Owned(shown)
}

/// Control characters, characters that change the direction of the text, line separators, and the other invisible format
/// characters of Unicode. The joiners stay: scripts and emoji need them.
fn is_odd(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether stdout is `/dev/null`. A stdout that was closed is `/dev/null` too: Rust opens it there.
#[cfg(unix)]
fn is_null_device() -> bool {
    use std::{
        fs::{self, File},
        os::{fd::AsFd, unix::fs::MetadataExt},
    };
    let stdout = io::stdout().as_fd().try_clone_to_owned().and_then(|stdout| File::from(stdout).metadata());
    match (stdout, fs::metadata("/dev/null")) {
        (Ok(stdout), Ok(null)) => stdout.rdev() == null.rdev() && stdout.rdev() != 0,
        (_, _) => false,
    }
}

#[cfg(not(unix))]
fn is_null_device() -> bool {
    false
}

/// Whether stdout is a pipe or a socket whose other end is closed.
#[cfg(unix)]
fn has_no_reader() -> bool {
    use rustix::{
        event::{PollFd, PollFlags, Timespec, poll},
        io::Errno,
    };
    let stdout = io::stdout();
    let mut polled = [PollFd::new(&stdout, PollFlags::OUT)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    let seen: Result<usize, Errno> = poll(&mut polled, Some(&at_once));
    seen.is_ok() && polled[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
}

#[cfg(not(unix))]
fn has_no_reader() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_characters_are_shown_as_text() {
        for (given, shown) in [
            ("", ""),
            ("Épargne 😀 👩\u{200d}👧 \u{5d0}", "Épargne 😀 👩\u{200d}👧 \u{5d0}"),
            ("\u{1b}]0;pwned\u{7}\u{1b}[2J", "\\u001b]0;pwned\\u0007\\u001b[2J"),
            ("\u{1b}]52;c;cm0gLXJmIH4=\u{7}x\nfake row", "\\u001b]52;c;cm0gLXJmIH4=\\u0007x\\nfake row"),
            ("\u{1b}[1A\u{1b}[2KYour refresh worked. Run: …", "\\u001b[1A\\u001b[2KYour refresh worked. Run: …"),
            ("a\r\tb\u{0}\u{7f}\u{9b}31m", "a\\r\\tb\\u0000\\u007f\\u009b31m"),
            ("\u{202e}evil\u{2066}\u{200f}\u{61c}", "\\u202eevil\\u2066\\u200f\\u061c"),
            ("a\u{2028}b\u{feff}\u{e0041}", "a\\u2028b\\ufeff\\udb40\\udc41"),
        ] {
            assert_eq!(plain(given), shown);
            assert!(!plain(given).chars().any(is_odd));
        }
    }

    #[test]
    fn json_that_is_shown_to_people_is_still_json() {
        let odd = serde_json::json!({"title": "\u{1b}[2J\n\u{9b}\u{202e}\u{e0041}"});
        let shown = format!("{odd:#}").lines().map(plain).collect::<Vec<_>>().join("\n");
        assert_eq!(serde_json::from_str::<Value>(&shown).expect("JSON"), odd);
        assert!(!shown.chars().any(|character| is_odd(character) && character != '\n'));
    }
}
