//! Records: JSON objects in a stored row. One list names each field of a record, for reading, for writing and for leaving
//! it out.

use crate::{
    code::FlinksCode,
    ids::{AccountId, LoginId, RequestId},
    reader::{Reader, Result, Wrong},
    secret::Secret,
    time::Timestamp,
    writer::Writer,
};
use alloc::{boxed::Box, sync::Arc, vec::Vec};

/// A value in a stored row.
pub(crate) trait Value: Sized {
    /// Reads the value that comes next.
    fn read(from: &mut Reader<'_>) -> Result<Self>;

    /// Writes it.
    fn write(&self, to: &mut Writer);
}

/// Gives each type its fields: the name in JSON, then the field.
///
/// - `must`: it is always written, and a record without it is wrong.
/// - `always`: it is always written. If it is missing, it has its default.
/// - `may`: it is written unless it has its default. If it is missing, it has its default.
///
/// A condition after `if` says when a field is written at all. A field that is not stored comes from the value after
/// `..`.
macro_rules! record {
    ($($type:ident as $value:ident, $to:ident {
        $($how:ident $name:literal $(if ($when:expr))? : $field:ident,)*
        $(.. $rest:expr)?
    })*) => {$(
        impl $crate::record::Value for $type {
            fn read(from: &mut $crate::reader::Reader<'_>) -> $crate::reader::Result<Self> {
                $(let mut $field = None;)*
                if $crate::record::object(from)? {
                    while let Some(key) = from.key()? {
                        match &*key {
                            $($name => $field = Some($crate::record::Value::read(from)?),)*
                            _ => from.skip()?,
                        }
                    }
                }
                Ok(Self { $($field: $crate::record::record!(@read $how $field),)* $(..$rest)? })
            }

            fn write(&self, to: &mut $crate::writer::Writer) {
                to.object(|to| self.fields(to));
            }
        }

        impl $type {
            fn fields(&self, $to: &mut $crate::writer::Writer) {
                let $value = self;
                $(if $crate::record::record!(@when $($when)?) {
                    $crate::record::record!(@write $how $value.$field, $to, $name);
                })*
            }
        }
    )*};

    (@read must $field:ident) => { $field.ok_or($crate::reader::Wrong)? };
    (@read $how:ident $field:ident) => { $field.unwrap_or_default() };
    (@when) => { true };
    (@when $when:expr) => { $when };
    (@write may $field:expr, $to:ident, $name:literal) => {
        if !$crate::record::is_default(&$field) {
            $crate::record::Value::write(&$field, $to.key($name));
        }
    };
    (@write $how:ident $field:expr, $to:ident, $name:literal) => {
        $crate::record::Value::write(&$field, $to.key($name));
    };
}
pub(crate) use record;

pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// An object, or an empty list: some languages do not distinguish an empty object from an empty list. `false` for the
/// list.
pub(crate) fn object(from: &mut Reader<'_>) -> Result<bool> {
    if from.peek() != Some(b'[') {
        return from.object().map(|()| true);
    }
    from.list()?;
    if from.item()? { Err(Wrong) } else { Ok(false) }
}

/// A list. An empty object may have been an empty list.
impl<T: Value> Value for Vec<T> {
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        if from.peek() != Some(b'{') {
            return from.each(T::read);
        }
        from.object()?;
        if from.key()?.is_some() { Err(Wrong) } else { Ok(Self::new()) }
    }

    fn write(&self, to: &mut Writer) {
        to.list(|to| self.iter().for_each(|one| one.write(to)));
    }
}

impl<T: Value> Value for Arc<[T]> {
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        Vec::read(from).map(Self::from)
    }

    fn write(&self, to: &mut Writer) {
        to.list(|to| self.iter().for_each(|one| one.write(to)));
    }
}

/// Null, too, is none. None is not written: a field that is none is left out.
impl<T: Value> Value for Option<T> {
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        from.maybe(T::read)
    }

    fn write(&self, to: &mut Writer) {
        self.iter().for_each(|value| value.write(to));
    }
}

impl<T: Value> Value for Box<T> {
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        T::read(from).map(Self::new)
    }

    fn write(&self, to: &mut Writer) {
        (**self).write(to);
    }
}

/// Gives each type the two functions that read and write it.
macro_rules! values {
    ($($type:ty: $read:expr, |$value:ident, $to:ident| $write:expr;)*) => {$(
        impl $crate::record::Value for $type {
            fn read(from: &mut $crate::reader::Reader<'_>) -> $crate::reader::Result<Self> {
                ($read)(from)
            }

            fn write(&self, $to: &mut $crate::writer::Writer) {
                let $value = self;
                $write
            }
        }
    )*};
}

pub(crate) use values;

/// The same for enums that are words.
macro_rules! word_values {
    ($($type:ty),* $(,)?) => {
        $crate::record::values! { $($type: $crate::reader::Reader::word, |word, to| to.word(*word);)* }
    };
}
pub(crate) use word_values;

values! {
    bool: Reader::flag, |value, to| to.flag(*value);
    u8: Reader::small, |value, to| to.number((*value).into());
    u16: Reader::small, |value, to| to.number((*value).into());
    u32: Reader::small, |value, to| to.number((*value).into());
    u64: Reader::number, |value, to| to.number(*value);
    usize: Reader::small, |value, to| to.number(*value as u64);
    Timestamp: Reader::moment, |value, to| to.moment(*value);
    Box<str>: Reader::boxed, |value, to| to.text(value);
    Arc<str>: Reader::shared, |value, to| to.text(value);
    Secret: |from: &mut Reader<'_>| from.string().map(Self::from), |value, to| to.text(value.expose());
    LoginId: Self::read, |value, to| to.text(value.as_str());
    RequestId: Self::read, |value, to| to.text(value.as_str());
    AccountId: Self::read, |value, to| to.text(value.as_str());
    FlinksCode: |from: &mut Reader<'_>| from.string().map(|code| Self::read(&code)), |value, to| to.text(value.as_str());
}
