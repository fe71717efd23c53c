//! What comes in: text with a bound, ids, and lists of ids.

use crate::exit::Trouble;
use reconnect_core::{AccountId, LoginId, RequestId, Selection};
use std::io::{self, Read};

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
    String::from_utf8(bytes).map_err(|_| Trouble::failed(format!("{what} is not UTF-8")))
}

/// Standard input, at most `most` bytes.
pub(crate) fn stdin(most: u64) -> Result<String, Trouble> {
    text(io::stdin().lock(), most, "standard input")
}

pub(crate) fn login(text: &str) -> Result<LoginId, Trouble> {
    LoginId::new(text).map_err(|wrong| Trouble::usage(format!("LOGIN_ID is {wrong}")))
}

pub(crate) fn request(text: &str) -> Result<RequestId, Trouble> {
    RequestId::new(text).map_err(|wrong| Trouble::usage(format!("REQUEST_ID is {wrong}")))
}

/// The value of `--keep`: a comma list; without it, all.
pub(crate) fn keep(list: Option<&str>) -> Result<Selection, Trouble> {
    let Some(list) = list else { return Ok(Selection::all()) };
    if list.is_empty() {
        return Err(Trouble::usage("--keep names no account: leave it out to keep all, or name the ones to keep"));
    }
    let ids: Result<Vec<_>, _> = list.split(',').map(AccountId::new).collect();
    let ids =
        ids.map_err(|wrong| Trouble::usage(format!("--keep is a comma list of account ids, one of them is {wrong}")))?;
    Selection::only(ids).map_err(|wrong| Trouble::usage(wrong.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_ids_has_no_holes() {
        assert!(keep(None).expect("all").is_all());
        assert_eq!(keep(Some("a,b,A")).expect("two").ids().map(<[_]>::len), Some(2));
        for wrong in ["", ",", "a,", "a,,b", "a\nb"] {
            assert_eq!(keep(Some(wrong)).expect_err(wrong).exit, crate::exit::Exit::Usage);
        }
    }

    #[test]
    fn input_is_bounded_to_the_byte() {
        assert_eq!(text(&b"abc"[..], 3, "it").expect("three bytes"), "abc");
        assert!(text(&b"abcd"[..], 3, "it").is_err());
    }
}
