//! What the answers of the endpoints are read with: fields are often null, numbers stand where text should, and one odd
//! value costs itself only (decision 62). Its place is kept by the reader.

use crate::reader::{Reader, Result, Wrong};
use alloc::{boxed::Box, string::ToString, vec::Vec};
use core::fmt;
use serde::de::{Deserializer, Visitor};

/// The elements of a list that can be read; null is none. An element that cannot be read is left out.
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

/// The one list that a reply is about. A second one makes both none, though they may be the same (decision 64).
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

/// A field without which nothing can be done with its object. Two that differ are none (decision 64).
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

/// Text; numbers and booleans that stand where text should are taken as they are written, null is none.
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
