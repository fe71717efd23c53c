//! `Parked`: a session that waits in memory, as small as it gets.
//!
//! A process may have a million sessions that wait for somebody. Each is kept as its snapshot, packed: ids of the usual
//! form as their 16 bytes, the words of a snapshot as one byte each, moments as the few bytes that they have. What is
//! packed is JSON, whatever it says, so no field of a session is named here twice. It is never stored, so it has no
//! version.

use crate::{deadline::Deadline, session::Session, snapshot::Snapshot};
use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt::{self, Write};
use reconnect_json::{Reader, Result, Writer, Wrong};
use zeroize::{Zeroize, Zeroizing};

/// A session that waits: all that its [`Snapshot`] holds, in about 250 bytes, and when to wake it.
///
/// ```
/// use reconnect_core::{Known, LoginId, Policy, Selection, Session, Timestamp};
///
/// let now = Timestamp::from_millis(1_780_000_000_000);
/// let login = LoginId::new("5e115eac-1209-4f19-641c-08d6d484e2fe")?;
/// let session = Session::refresh(login, Known::default(), Selection::all(), Policy::default(), now);
/// let parked = session.park();
/// assert_eq!(parked.deadline(), session.deadline());
/// assert_eq!(parked.wake().snapshot(), session.snapshot());
/// # Ok::<(), reconnect_core::InvalidId>(())
/// ```
#[derive(Clone)]
pub struct Parked {
    deadline: Option<Deadline>,
    packed: Box<[u8]>,
}

impl Session {
    /// The session as small as it gets, for a process that has many of them wait. What a snapshot does not hold is gone:
    /// the answers, the widget's showing, and the accounts.
    #[must_use]
    pub fn park(&self) -> Parked {
        let at_rest = self.snapshot();
        let json = Zeroizing::new(at_rest.to_json());
        let mut packed = Zeroizing::new(Vec::with_capacity(json.len()));
        pack(&mut Reader::new(&json), &mut packed).expect("a snapshot is JSON");
        // The deadline of what wakes: a showing's token has none any more.
        let deadline = Session::restore(at_rest).expect("a session's snapshot is sound").deadline();
        Parked { deadline, packed: packed.as_slice().into() }
    }
}

impl Parked {
    /// When to wake it, and why; `None` only where nothing will ever change it.
    #[must_use]
    pub fn deadline(&self) -> Option<Deadline> {
        self.deadline
    }

    /// The session again, at its deadline or because there is something to tell it.
    ///
    /// # Panics
    /// Never: it was packed from a session.
    #[must_use]
    pub fn wake(&self) -> Session {
        let mut to = Writer::default();
        unpack(&mut self.packed.iter(), &mut to).expect("it was packed here");
        let json = Zeroizing::new(to.done());
        let snapshot = Snapshot::from_json(&json).expect("it was packed from a snapshot");
        Session::restore(snapshot).expect("it was packed from a session")
    }
}

impl Drop for Parked {
    fn drop(&mut self) {
        // It may hold the session's authorize token.
        self.packed.zeroize();
    }
}

impl fmt::Debug for Parked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parked").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// The words that snapshots are made of, by the byte that stands for each.
const WORDS: [&str; 86] = [
    "version",
    "revision",
    "instance",
    "login",
    "claim",
    "requests",
    "institution",
    "language",
    "keep",
    "namedOthers",
    "policy",
    "next",
    "wire",
    "doubt",
    "began",
    "live",
    "since",
    "assumed",
    "first",
    "pending",
    "looked",
    "spent",
    "via",
    "reminted",
    "due",
    "secretToken",
    "phase",
    "id",
    "kind",
    "sent",
    "until",
    "at",
    "why",
    "tried",
    "token",
    "used",
    "authorizing",
    "status",
    "asking",
    "looking",
    "back",
    "ask",
    "guess",
    "fetching",
    "step",
    "poll",
    "webhook",
    "recalling",
    "failed",
    "failure",
    "forget",
    "reason",
    "recovery",
    "startOver",
    "lapsed",
    "challenges",
    "wrong",
    "left",
    "Type",
    "Prompt",
    "QuestionAndAnswer",
    "mfa",
    "widgetOrApi",
    "news",
    "key",
    "tag",
    "claimed",
    "named",
    "accounts",
    "ours",
    "answered",
    "number",
    "prompts",
    "minted",
    "looksNamed",
    "looks",
    "hint",
    "renewed",
    "askedAgain",
    "recalled",
    "ended",
    "shown",
    "again",
    "open",
    "askTheUser",
    "outcomeUnknown",
];

/// A GUID in lower case, as its 16 bytes.
const GUID: u8 = 0xf0;
/// Any other text, its length, and itself.
const TEXT: u8 = 0xf1;
/// A whole number.
const NUMBER: u8 = 0xf2;
const TRUE: u8 = 0xf3;
const FALSE: u8 = 0xf4;
const NULL: u8 = 0xf5;
const OBJECT: u8 = 0xf6;
const LIST: u8 = 0xf7;
/// The end of an object or a list.
const END: u8 = 0xf8;

fn pack(from: &mut Reader<'_>, to: &mut Vec<u8>) -> Result<()> {
    match from.peek().ok_or(Wrong)? {
        b'{' => {
            to.push(OBJECT);
            from.object()?;
            while let Some(key) = from.key()? {
                pack_text(&key, to);
                pack(from, to)?;
            }
            to.push(END);
        }
        b'[' => {
            to.push(LIST);
            from.list()?;
            while from.item()? {
                pack(from, to)?;
            }
            to.push(END);
        }
        b'"' => pack_text(&from.string()?, to),
        b't' | b'f' => to.push(if from.flag()? { TRUE } else { FALSE }),
        b'n' => {
            from.token()?;
            to.push(NULL);
        }
        _ => {
            to.push(NUMBER);
            pack_number(from.number()?, to);
        }
    }
    Ok(())
}

fn pack_text(text: &str, to: &mut Vec<u8>) {
    if let Some(word) = WORDS.iter().position(|word| *word == text) {
        to.push(word as u8);
    } else if let Some(guid) = guid(text) {
        to.push(GUID);
        to.extend(guid.to_be_bytes());
    } else {
        to.push(TEXT);
        pack_number(text.len() as u64, to);
        to.extend(text.as_bytes());
    }
}

/// Seven bits a byte, the lowest first; the upper bit says that there are more.
fn pack_number(mut number: u64, to: &mut Vec<u8>) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

/// A GUID of lower-case digits; every other text, and any other way to write one, has to come back as it was.
fn guid(text: &str) -> Option<u128> {
    let digits = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let mut parts = text.split('-');
    let mut guid = 0_u128;
    for length in [8, 4, 4, 4, 12] {
        let part = parts.next().filter(|part| part.len() == length && digits(part))?;
        guid = guid << (4 * length) | u128::from(u64::from_str_radix(part, 16).ok()?);
    }
    parts.next().is_none().then_some(guid)
}

type Packed<'p> = core::slice::Iter<'p, u8>;

fn unpack(from: &mut Packed<'_>, to: &mut Writer) -> Option<()> {
    let tag = *from.next()?;
    match tag {
        OBJECT => to.object(|to| {
            loop {
                match *from.next()? {
                    END => return Some(()),
                    tag => to.key(&unpack_text(tag, from)?),
                };
                unpack(from, to)?;
            }
        }),
        LIST => to.list(|to| {
            while *from.as_slice().first()? != END {
                unpack(from, to)?;
            }
            from.next().map(drop)
        }),
        NUMBER => unpack_number(from).map(|number| to.number(number)),
        TRUE | FALSE => {
            to.flag(tag == TRUE);
            Some(())
        }
        NULL => {
            to.raw("null");
            Some(())
        }
        _ => unpack_text(tag, from).map(|text| to.text(&text)),
    }
}

fn unpack_text(tag: u8, from: &mut Packed<'_>) -> Option<Zeroizing<String>> {
    match tag {
        GUID => {
            let (bytes, rest) = from.as_slice().split_first_chunk()?;
            *from = rest.iter();
            let guid = u128::from_be_bytes(*bytes);
            let part = |shift: u32, digits: u32| (guid >> shift) & ((1 << (4 * digits)) - 1);
            let parts = (part(96, 8), part(80, 4), part(64, 4), part(48, 4), part(0, 12));
            let mut text = Zeroizing::new(String::with_capacity(36));
            write!(text, "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", parts.0, parts.1, parts.2, parts.3, parts.4).ok()?;
            Some(text)
        }
        TEXT => {
            let length = usize::try_from(unpack_number(from)?).ok()?;
            let (text, rest) = from.as_slice().split_at_checked(length)?;
            *from = rest.iter();
            core::str::from_utf8(text).ok().map(|text| Zeroizing::new(text.into()))
        }
        word => WORDS.get(usize::from(word)).map(|word| Zeroizing::new((*word).into())),
    }
}

fn unpack_number(from: &mut Packed<'_>) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = *from.next()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back_as_it_was() {
        for json in [
            r#"{"version":1,"a":[true,false,null,0,127,128,18446744073709551615],"keep":[],"":{}}"#,
            r#"["5e115eac-1209-4f19-641c-08d6d484e2fe","5E115EAC-1209-4F19-641C-08D6D484E2FE","00000000-0000-0000-0000-000000000000"]"#,
            r#"["5e115eac-1209-4f19-641c-08d6d484e2f","5e115eac-1209-4f19-641c-08d6d484e2fe-","+e115eac-1209-4f19-641c-08d6d484e2fe",""]"#,
            r#"{"é\"\\\n\u0001":"a text that is longer than what fits, and longer than 127 bytes, so that its length has two bytes of its own: 1234567890"}"#,
        ] {
            let mut packed = Vec::new();
            pack(&mut Reader::new(json), &mut packed).expect("JSON");
            let mut to = Writer::default();
            unpack(&mut packed.iter(), &mut to).expect("packed");
            assert_eq!(to.done(), json);
            for cut in 0..packed.len() {
                assert_eq!(unpack(&mut packed[..cut].iter(), &mut Writer::default()), None, "{cut}");
            }
        }
    }
}
