//! Percent-encoding of one part of a URL (RFC 3986 §2).

use alloc::{borrow::Cow, string::String, vec::Vec};

/// Appends `text` with everything but unreserved characters encoded, so that it stays one part.
pub(crate) fn encode(text: &str, to: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            to.push(byte as char);
        } else {
            let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'A' + half - 10 });
            to.extend(['%', digit(byte >> 4), digit(byte & 0xf)]);
        }
    }
}

/// What a part of a query means, as it is shown and stored: NUL, encoded or not, is replaced, as in JSON (decision 63).
pub(crate) fn decode_shown(text: &str) -> Cow<'_, str> {
    match decode(text) {
        text if text.contains('\0') => Cow::Owned(text.replace('\0', "\u{fffd}")),
        text => text,
    }
}

/// What a part of a query means: `+` is a space, and text that is not a percent-code stays as it is.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    let digit = |byte: &u8| (*byte as char).to_digit(16);
    while let [byte, after @ ..] = rest {
        rest = after;
        let code = match after {
            [high, low, after @ ..] if *byte == b'%' => digit(high).zip(digit(low)).zip(Some(after)),
            _ => None,
        };
        decoded.push(match code {
            Some(((high, low), after)) => {
                rest = after;
                (high * 16 + low) as u8
            }
            //= docs/spec/redirect.md#what-stands-in-it
            //# **REDIR-13** A client MUST take `+` and percent-codes in a value for the characters that they encode,
            //# and a text that is no code as it stands.
            None if *byte == b'+' => b' ',
            None => *byte,
        });
    }
    Cow::Owned(String::from_utf8_lossy(&decoded).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    //= docs/spec/redirect.md#what-stands-in-it
    //= type=test
    //# **REDIR-13** A client MUST take `+` and percent-codes in a value for the characters that they encode, and a text
    //# that is no code as it stands.
    //= docs/spec/widget-url.md#writing
    //= type=test
    //# **URL-10** A client MUST percent-encode every value but the commas of `resumeSelectedAccounts`.
    #[test]
    fn what_is_encoded_decodes_to_itself() {
        for text in ["", "a b&c=d,e/f?g#h%i+j", "ü…\u{1f600}", "%", "%4", "%zz", "a\0b", "\u{fffd}"] {
            let mut encoded = String::new();
            encode(text, &mut encoded);
            assert_eq!(decode(&encoded), text);
        }
        assert_eq!(decode("a+b%2Cc%"), "a b,c%");
        assert_eq!(decode("%zz%4"), "%zz%4");
        assert_eq!(decode("%ff"), "\u{fffd}");
        assert_eq!((decode_shown("%00"), decode_shown("a\0b")), ("\u{fffd}".into(), "a\u{fffd}b".into()));
    }
}
