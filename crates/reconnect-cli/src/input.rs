//! What comes in: text with a bound, ids, and lists of ids.

use crate::exit::Trouble;
use core::sync::atomic::{AtomicBool, Ordering};
use reconnect_core::{AccountId, LoginId, RequestId, Selection, connect::is_placeholder};
use std::{
    borrow::Cow,
    fs::File,
    io::{self, Read},
};

/// Reads all of `from`, at most `most` bytes.
pub(crate) fn bytes(from: impl Read, most: u64, what: &str) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::new();
    let read = from.take(most + 1).read_to_end(&mut bytes);
    read.map_err(|error| Trouble::failed(format!("{what} cannot be read: {error}")))?;
    if bytes.len() as u64 > most {
        let (size, unit) = if most < 1 << 20 { (most >> 10, "KiB") } else { (most >> 20, "MiB") };
        return Err(Trouble::failed(format!("{what} is larger than {size} {unit}")));
    }
    Ok(bytes)
}

/// Reads all of `from` as text, at most `most` bytes.
pub(crate) fn text(from: impl Read, most: u64, what: &str) -> Result<String, Trouble> {
    let bytes = bytes(from, most, what)?;
    let mut text = String::from_utf8(bytes).map_err(|_| Trouble::failed(format!("{what} is not UTF-8")))?;
    // A byte-order mark is not part of the text.
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    Ok(text)
}

/// Standard input, at most `most` bytes. It can be read once only, so two values of a command cannot both come from it.
pub(crate) fn stdin(most: u64) -> Result<String, Trouble> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    if TAKEN.swap(true, Ordering::Relaxed) {
        return Err(Trouble::usage("standard input can be read only once: give the other value as @FILE"));
    }
    text(io::stdin().lock(), most, "standard input")
}

/// Longest value in a file or on standard input: more than any id or list of ids needs.
const MOST: u64 = 1 << 20;

/// A value of the command line: `-` reads it from standard input and `@FILE` from a file, so that no other
/// process of the machine can read an id in the command line. Anything else is the value itself.
pub(crate) fn value<'a>(given: &'a str, most: u64, what: &str) -> Result<Cow<'a, str>, Trouble> {
    let read = match given.strip_prefix('@') {
        _ if given == "-" => stdin(most)?,
        None => return Ok(Cow::Borrowed(given)),
        Some(file) => {
            let open = File::open(file)
                .map_err(|error| Trouble::failed(format!("{what} cannot be read from {file}: {error}")))?;
            text(open, most, &format!("the file of {what}"))?
        }
    };
    Ok(Cow::Owned(read.trim_start_matches('\u{feff}').to_owned()))
}

pub(crate) fn login(given: &str, name: &str) -> Result<LoginId, Trouble> {
    let given = id(given, name)?;
    LoginId::new(&given).map_err(|wrong| Trouble::usage(format!("{name} is {wrong}")))
}

pub(crate) fn request(given: &str) -> Result<RequestId, Trouble> {
    let given = id(given, "REQUEST_ID")?;
    RequestId::new(&given).map_err(|wrong| Trouble::usage(format!("REQUEST_ID is {wrong}")))
}

/// One id, without the blanks and the line end around it.
fn id(given: &str, name: &str) -> Result<String, Trouble> {
    let text = value(given, MOST, name)?;
    let text = text.trim();
    if let Some(why) = no_id(text) {
        return Err(Trouble::usage(format!("{name} is {why}: give the id itself, - for standard input, or @FILE")));
    }
    Ok(text.to_owned())
}

/// The value of `--keep`: a comma list; without it, all.
pub(crate) fn keep(list: Option<&str>) -> Result<Selection, Trouble> {
    const HOW: &str = "write the ids with a comma between them, as in --keep a-1,a-2";
    let Some(given) = list else { return Ok(Selection::all()) };
    let text = value(given, MOST, "--keep")?;
    // A file may have a line for each id.
    let list = text.trim().replace("\r\n", ",").replace('\n', ",");
    if list.is_empty() {
        return Err(Trouble::usage("--keep names no account: leave it out to keep all, or name the ones to keep"));
    }
    let mut ids = Vec::new();
    for one in list.split(',').map(str::trim) {
        if let Some(why) = no_id(one) {
            return Err(Trouble::usage(format!("--keep has {why} in it: {HOW}")));
        }
        let id = AccountId::new(one);
        ids.push(id.map_err(|wrong| {
            Trouble::usage(format!("--keep is a comma list of account ids, one of them is {wrong}: {HOW}"))
        })?);
    }
    Selection::only(ids).map_err(|wrong| Trouble::usage(wrong.to_string()))
}

/// Why a value cannot be an id: another program filled in a placeholder, or encoded the list once too often.
fn no_id(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    if text.is_empty() {
        Some("an empty id")
    } else if is_placeholder(text) {
        Some("a placeholder instead of an id")
    } else if text.starts_with(['[', '{', '"']) || text.ends_with([']', '}', '"']) {
        Some("JSON text")
    } else if lower.contains("%2c") || lower.contains("%252c") {
        Some("an encoded comma")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_ids_has_no_holes() {
        assert!(keep(None).expect("all").is_all());
        assert_eq!(keep(Some("a,b,A")).expect("two").ids().map(<[_]>::len), Some(2));
        let spaced = keep(Some(" a-1, a-2\t")).expect("two");
        let ids: Vec<&str> = spaced.ids().into_iter().flatten().map(AccountId::as_str).collect();
        assert_eq!(ids, ["a-1", "a-2"]);
        for wrong in ["", " ", ",", "a,", "a,,b", "a, ,b", "a\rb", "a\n\nb"] {
            assert_eq!(keep(Some(wrong)).expect_err(wrong).exit, crate::exit::Exit::Usage);
        }
    }

    #[test]
    fn blanks_around_an_id_are_dropped() {
        let ids = |list| {
            keep(Some(list))
                .expect(list)
                .ids()
                .unwrap_or_default()
                .iter()
                .map(|id| id.as_str().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(ids("a-1, a-2 ,\ta-3"), ["a-1", "a-2", "a-3"]);
        assert_eq!(ids("a-1\r\na-2\n"), ["a-1", "a-2"]);
        assert_eq!(login(" l-1\n", "LOGIN_ID").expect("an id").as_str(), "l-1");
    }

    #[test]
    fn a_value_that_cannot_be_an_id_is_refused_and_not_repeated() {
        for list in [
            r#"["a-1"]"#,
            r#"["a-1","a-2"]"#,
            r#"a-1,"a-2""#,
            "{}",
            "a-1%2Ca-2",
            "a-1%2ca-2",
            "a-1%252Ca-2",
            "undefined",
            "a-1,null",
            "NULL",
            "(null)",
            "None",
            "nil",
            "NaN",
            "[object Object]",
            "Optional(nil)",
            r#"Optional("a-1")"#,
            "00000000-0000-0000-0000-000000000000",
        ] {
            let refused = keep(Some(list)).expect_err(list);
            assert_eq!(refused.exit, crate::exit::Exit::Usage);
            assert!(refused.message.contains("as in --keep a-1,a-2"), "{list}: {}", refused.message);
            assert!(
                !refused.message.contains(list) || list == "{}",
                "the value itself is not repeated: {}",
                refused.message
            );
        }
        for id in ["undefined", "null", "", " ", r#""l-1""#, "[object Object]", "00000000-0000-0000-0000-000000000000"]
        {
            assert_eq!(login(id, "LOGIN_ID").expect_err(id).exit, crate::exit::Exit::Usage);
        }
        for good in ["0", "nullable-1", "none-of-them", "5e115eac-1209", "a%b", "00000000-0000-4000-8000-000000000001"]
        {
            assert!(keep(Some(good)).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_value_is_a_placeholder_here_if_it_is_one_in_news() {
        for zeros in [
            "00000000000000000000000000000000",
            "{00000000-0000-0000-0000-000000000000}",
            "00000000-0000-0000-0000-000000000000",
            "OPTIONAL(nil)",
        ] {
            let refused = login(zeros, "LOGIN_ID").expect_err(zeros).message;
            assert!(refused.contains("a placeholder"), "{zeros}: {refused}");
            assert!(is_placeholder(zeros), "{zeros}");
        }
        for id in ["0-0", "0", "optional(x"] {
            assert!(login(id, "LOGIN_ID").is_ok() && !is_placeholder(id), "{id}");
        }
    }

    #[test]
    fn a_value_may_stand_in_a_file() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "\u{feff}5e115eac-1209\r\n").expect("written");
        let given = format!("@{}", file.path().display());
        assert_eq!(login(&given, "LOGIN_ID").expect("an id").as_str(), "5e115eac-1209");
        assert_eq!(request(&given).expect("an id").as_str(), "5e115eac-1209");
        let missing = login("@/nowhere/at-all", "LOGIN_ID").expect_err("no such file");
        assert!(missing.exit == crate::exit::Exit::Failed && missing.message.contains("/nowhere/at-all"));
    }

    #[test]
    fn input_is_bounded_to_the_byte() {
        assert_eq!(text(&b"abc"[..], 3, "it").expect("three bytes"), "abc");
        assert!(text(&b"abcd"[..], 3, "it").is_err());
    }
}
