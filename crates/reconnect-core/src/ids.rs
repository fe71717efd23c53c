//! `LoginId`, `RequestId` and `AccountId`: what the service calls things.
//!
//! The service prints GUIDs but promises none, so an id is any text of 1 to 128 bytes without control characters. Only
//! `.` and `..` are no ids: as a part of a path they name another place. It is sent byte for byte and compared without
//! ASCII case, since services print GUIDs in either. Ids are shared text, so that handing one out allocates nothing.

use alloc::{sync::Arc, vec::Vec};
use core::{cmp::Ordering, fmt, hash};
use reconnect_json::{Reader, Value, Writer, Wrong};
use serde::{Deserialize, Serialize, de};

/// Text that cannot be an id.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not an id: {0}")]
pub struct InvalidId(&'static str);

impl InvalidId {
    const EMPTY: Self = Self("it is empty");
    const LONG: Self = Self("it is longer than 128 bytes");
    const CONTROL: Self = Self("it holds a control character");
    const DOTS: Self = Self("it is a dot or two, which in a path name another place");
    const COMMA: Self = Self("an account id cannot hold a comma, which separates ids in the widget's URL");
}

fn check(text: &str) -> Result<(), InvalidId> {
    match text {
        "" => Err(InvalidId::EMPTY),
        // These parts are removed from a path (RFC 3986 §5.2.4), by some clients and not by others.
        "." | ".." => Err(InvalidId::DOTS),
        _ if text.len() > 128 => Err(InvalidId::LONG),
        // Nearly every id is printable ASCII, which is seen sooner.
        _ if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && text.chars().any(char::is_control) => {
            Err(InvalidId::CONTROL)
        }
        _ => Ok(()),
    }
}

/// The first 8 characters of an id and `…`; of an id that short, `…` alone. Never a whole id.
///
/// ```
/// assert_eq!(reconnect_core::short("5e115eac-1209-4f19-641c-08d6d484e2fe"), "5e115eac…");
/// assert_eq!(reconnect_core::short("12345678"), "…");
/// ```
#[must_use]
pub fn short(id: &str) -> alloc::string::String {
    let mut shown = match id.char_indices().nth(8) {
        Some((end, _)) => alloc::string::String::from(id.get(..end).unwrap_or_default()),
        None => alloc::string::String::new(),
    };
    shown.push('…');
    shown
}

/// Reads an id by serde: text as it was sent, or a whole number as it is written. Only digits are taken, as everywhere:
/// any other number can be written in several ways, and would be several ids.
struct Text<T>(fn(&str) -> Result<T, InvalidId>);

impl<T> de::Visitor<'_> for Text<T> {
    type Value = T;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        self.0(text).map_err(E::custom)
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        self.visit_str(&alloc::format!("{number}"))
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $extra:expr) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes `text` as an id.
            ///
            /// # Errors
            /// [`InvalidId`] if it is empty, `.` or `..`, longer than 128 bytes or holds a control character.
            ///
            /// ```
            #[doc = concat!("use reconnect_core::", stringify!($name), ";")]
            #[doc = concat!("assert!(", stringify!($name), "::new(\"5e115eac-1209-4f19\").is_ok());")]
            #[doc = concat!("assert!(", stringify!($name), "::new(\"\").is_err());")]
            /// ```
            pub fn new(text: &str) -> Result<Self, InvalidId> {
                check(text)?;
                #[allow(clippy::redundant_closure_call)]
                ($extra)(text)?;
                Ok(Self(text.into()))
            }

            /// The id, byte for byte as it came.
            ///
            /// ```
            #[doc = concat!("let id = reconnect_core::", stringify!($name), "::new(\"Ab-1\")?;")]
            /// assert_eq!(id.as_str(), "Ab-1");
            /// # Ok::<(), reconnect_core::InvalidId>(())
            /// ```
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// Text, or a whole number as it is written.
        impl Value for $name {
            fn read(from: &mut Reader<'_>) -> reconnect_json::Result<Self> {
                Self::new(&from.id()?).map_err(|_| Wrong)
            }

            fn write(&self, to: &mut Writer) {
                to.text(&self.0);
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.eq_ignore_ascii_case(&other.0)
            }
        }

        impl Eq for $name {}

        impl hash::Hash for $name {
            fn hash<H: hash::Hasher>(&self, into: &mut H) {
                for byte in self.0.bytes() {
                    into.write_u8(byte.to_ascii_lowercase());
                }
                into.write_u8(0xff);
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), short(&self.0))
            }
        }

        impl core::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                // A format that does not describe itself holds the id as it was written to it, which is text.
                if from.is_human_readable() {
                    from.deserialize_any(Text(Self::new))
                } else {
                    from.deserialize_str(Text(Self::new))
                }
            }
        }
    };
}

id! {
    /// A stored connection of one end user to one institution, per instance: it lives until `/DeleteCard`. If the user
    /// name changes, or the card was deleted, the service makes another. Source:
    /// <https://docs.flinks.com/guides/getting-started/key-concepts>.
    LoginId, |_: &str| Ok::<(), InvalidId>(())
}
id! {
    /// One session at the service, live for 8 minutes of inactivity.
    /// Source: <https://docs.flinks.com/guides/connect/resume-and-reconnect>.
    RequestId, |_: &str| Ok::<(), InvalidId>(())
}
id! {
    //= docs/spec/accounts.md#fields-of-an-account
    //= type=implication
    //= reason=nothing here compares accounts of two logins
    //# **ACCT-30** A client MUST NOT take an account or a transaction of one `loginId` for one of another because their
    //# ids are equal, or for a different one because they are not.
    /// One account of a connection, stable across refreshes of one `loginId`. A new `loginId` has new account ids, even
    /// for the same accounts, so do not match accounts of two logins by them. It holds no comma. Source:
    /// <https://docs.flinks.com/api/connect/endpoints/account-linking/get-accounts-detail>.
    AccountId, |text: &str| if text.contains(',') { Err(InvalidId::COMMA) } else { Ok(()) }
}

impl AccountId {
    /// The order of two ids, without ASCII case, as they are compared.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        Folded(&self.0).cmp(&Folded(&other.0))
    }

    /// Stands for an id until it is read.
    pub(crate) fn unread() -> Self {
        Self("?".into())
    }
}

/// An id as ids are compared: without ASCII case.
#[derive(Clone, Copy)]
pub(crate) struct Folded<'a>(&'a str);

impl Folded<'_> {
    fn bytes(&self) -> impl Iterator<Item = u8> {
        self.0.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl Ord for Folded<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes().cmp(other.bytes())
    }
}

impl PartialOrd for Folded<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Folded<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(other.0)
    }
}

impl Eq for Folded<'_> {}

/// A set of account ids. A list from outside may be long, so an id is looked up by binary search.
#[derive(PartialEq, Eq)]
pub(crate) struct AccountIds<'a>(Vec<Folded<'a>>);

impl<'a> AccountIds<'a> {
    pub(crate) fn of(ids: impl IntoIterator<Item = &'a AccountId>) -> Self {
        Self::sorted(ids.into_iter().map(|id| Folded(&id.0)).collect())
    }

    fn sorted(all: Vec<Folded<'a>>) -> Self {
        let order = sorted(all.len(), &|one, other| all[one].cmp(&all[other]));
        let mut ids: Vec<Folded<'a>> = Vec::with_capacity(all.len());
        for at in order {
            if ids.last() != Some(&all[at as usize]) {
                ids.push(all[at as usize]);
            }
        }
        Self(ids)
    }

    pub(crate) fn has(&self, id: &AccountId) -> bool {
        self.0.binary_search(&Folded(&id.0)).is_ok()
    }
}

/// The numbers below `count` in the order that `order` gives them. All sorting here uses this one heap sort: the
/// standard library's is several kilobytes for each type.
pub(crate) fn sorted(count: usize, order: &dyn Fn(usize, usize) -> Ordering) -> Vec<u32> {
    let mut all: Vec<u32> = (0..).take(count).collect();
    let (mut top, mut end) = (count / 2, count);
    while end > 1 {
        if top > 0 {
            top -= 1;
        } else {
            end -= 1;
            all.swap(0, end);
        }
        let mut at = top;
        while 2 * at + 1 < end {
            let mut child = 2 * at + 1;
            if child + 1 < end && order(all[child] as usize, all[child + 1] as usize).is_lt() {
                child += 1;
            }
            if order(all[at] as usize, all[child] as usize).is_ge() {
                break;
            }
            all.swap(at, child);
            at = child;
        }
    }
    all
}

/// What distinguishes a session's row from every other row.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct RowId(pub u64);

impl RowId {
    /// Of a row of version 1.
    pub(crate) const NONE: Self = Self(0);

    /// Reads exactly 16 lower-case digits, so that two texts are never the same id. Zeros are not an id.
    pub(crate) fn read(from: &mut Reader<'_>) -> reconnect_json::Result<Self> {
        let text = from.string()?;
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(Wrong),
        };
        let id = text.bytes().try_fold(0, |id: u64, byte| Ok(id << 4 | u64::from(digit(byte)?)))?;
        if text.len() == 16 && id != 0 { Ok(Self(id)) } else { Err(Wrong) }
    }
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    //= docs/spec/accounts.md#fields-of-an-account
    //= type=test
    //# **ACCT-2** A client MUST accept an id of 1 to 128 bytes without control characters, send it byte for byte and
    //# compare it without regard to ASCII case, and MUST NOT accept a comma in an account id.
    #[test]
    fn what_is_no_id_is_refused_with_its_reason() {
        for (text, why) in [
            ("", InvalidId::EMPTY),
            ("a\nb", InvalidId::CONTROL),
            ("a\u{85}b", InvalidId::CONTROL),
            (&"x".repeat(129), InvalidId::LONG),
            (".", InvalidId::DOTS),
            ("..", InvalidId::DOTS),
        ] {
            assert_eq!(RequestId::new(text), Err(why));
            assert_eq!((LoginId::new(text), AccountId::new(text)), (Err(why), Err(why)));
        }
        assert_eq!(AccountId::new("a,b"), Err(InvalidId::COMMA));
        for text in [" ", "a b/c&d", "ü", "...", ".a", "..;x", "%2e%2e", "a/../b", &"x".repeat(128)] {
            assert_eq!(RequestId::new(text).expect("an id").as_str(), text);
        }
    }

    //= docs/spec/accounts.md#fields-of-an-account
    //= type=test
    //# **ACCT-2** A client MUST accept an id of 1 to 128 bytes without control characters, send it byte for byte and
    //# compare it without regard to ASCII case, and MUST NOT accept a comma in an account id.
    #[test]
    fn ids_compare_without_ascii_case_and_never_print_whole() {
        let id = LoginId::new("ABCDEFGH-1").expect("an id");
        assert_eq!(id, LoginId::new("abcdefgh-1").expect("an id"));
        assert_eq!(format!("{id:?}"), "LoginId(ABCDEFGH…)");
    }

    #[test]
    fn ids_have_one_order_whatever_their_case() {
        assert!(Folded("a-1") < Folded("B-1") && Folded("A-1") < Folded("b-1"));
        assert_eq!(Folded("a-1").partial_cmp(&Folded("A-1")), Some(Ordering::Equal));
    }

    #[test]
    fn an_id_is_read_as_text_if_a_format_does_not_describe_itself() {
        struct Bare(&'static str);
        impl<'de> serde::Deserializer<'de> for Bare {
            type Error = serde::de::value::Error;
            fn is_human_readable(&self) -> bool {
                false
            }
            fn deserialize_any<V: serde::de::Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
                Err(serde::de::Error::custom("it does not say what it holds"))
            }
            fn deserialize_str<V: serde::de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
                visitor.visit_str(self.0)
            }
            serde::forward_to_deserialize_any! {
                bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char string bytes byte_buf option unit unit_struct
                newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
            }
        }
        assert_eq!(LoginId::deserialize(Bare("l-1")), Ok(LoginId::new("l-1").expect("an id")));
        assert!(LoginId::deserialize(Bare("")).is_err());
    }
}
