//! Reads the answers of the endpoints: fields are often null, and numbers stand in place of text. A value that cannot
//! be read is left out, the rest is read (decision 62), and the reader keeps the value's place.

use alloc::{boxed::Box, string::ToString, vec::Vec};
use core::fmt;
use reconnect_json::{Reader, Result, Wrong};
use serde::de::{Deserializer, Visitor};

/// The elements of a list that can be read; null is no list. An element that cannot be read is left out.
pub(crate) fn each<'a, T>(
    from: &mut Reader<'a>,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<T>,
) -> Result<Option<Vec<T>>> {
    from.maybe(|from| {
        let mut all = Vec::new();
        from.list()?;
        while from.item()? {
            all.extend(from.attempt(|from| read(from).map(Some))?);
        }
        Ok(all)
    })
}

/// The one list that a reply is about. If there is a second one, neither is taken, even if they are equal (decision
/// 64).
pub(crate) fn only<'a, T>(
    list: &mut Option<Vec<T>>,
    from: &mut Reader<'a>,
    read: impl FnMut(&mut Reader<'a>) -> Result<T>,
) -> Result<()> {
    if list.is_some() {
        return Err(Wrong);
    }
    *list = each(from, read)?;
    Ok(())
}

/// A field that its object cannot do without. If there are two that differ, neither is taken (decision 64).
pub(crate) fn needed<T: PartialEq>(field: &mut Option<T>, next: Option<T>) -> Result<()> {
    match (&*field, next) {
        (Some(known), Some(next)) if *known != next => Err(Wrong),
        (Some(_), _) => Ok(()),
        (None, next) => {
            *field = next;
            Ok(())
        }
    }
}

/// Text; numbers and booleans in place of text are taken as they are written, and null is `None`.
pub(crate) fn words(from: &mut Reader<'_>) -> Result<Option<Box<str>>> {
    Ok(from.lenient()?.map(Into::into))
}

/// The same by serde, for a body without lists.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> core::result::Result<Option<Box<str>>, D::Error> {
    struct Text;
    impl<'de> Visitor<'de> for Text {
        type Value = Option<Box<str>>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text")
        }
        fn visit_str<E>(self, text: &str) -> core::result::Result<Self::Value, E> {
            Ok(Some(text.into()))
        }
        fn visit_u64<E>(self, number: u64) -> core::result::Result<Self::Value, E> {
            Ok(Some(number.to_string().into()))
        }
        fn visit_i64<E>(self, number: i64) -> core::result::Result<Self::Value, E> {
            Ok(Some(number.to_string().into()))
        }
        fn visit_bool<E>(self, value: bool) -> core::result::Result<Self::Value, E> {
            Ok(Some(value.to_string().into()))
        }
        fn visit_unit<E>(self) -> core::result::Result<Self::Value, E> {
            Ok(None)
        }
    }
    from.deserialize_any(Text)
}
