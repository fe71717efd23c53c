//! `Value`: what can be read from JSON and written to it; and records, of which one list names each field, for reading,
//! for writing and for leaving it out.

use crate::{
    reader::{Reader, Result, Wrong},
    writer::Writer,
};
use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::time::Duration;

/// A value that can be read from JSON and written to it.
///
/// ```
/// use reconnect_json::{Reader, Value, Writer};
///
/// let spans = Reader::whole("[1000,60000]", Vec::<core::time::Duration>::read)?;
/// assert_eq!(spans[1].as_secs(), 60);
///
/// let mut to = Writer::default();
/// spans.write(&mut to);
/// assert_eq!(to.done(), "[1000,60000]");
/// # Ok::<(), reconnect_json::Wrong>(())
/// ```
pub trait Value: Sized {
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
/// `..`. The page of the crate has an example.
#[macro_export]
macro_rules! record {
    ($($type:ident as $value:ident, $to:ident {
        $($how:ident $name:literal $(if ($when:expr))? : $field:ident,)*
        $(.. $rest:expr)?
    })*) => {$(
        impl $crate::Value for $type {
            fn read(from: &mut $crate::Reader<'_>) -> $crate::Result<Self> {
                $(let mut $field = None;)*
                if $crate::object(from)? {
                    while let Some(key) = from.key()? {
                        match &*key {
                            $($name => $field = Some($crate::Value::read(from)?),)*
                            _ => from.skip()?,
                        }
                    }
                }
                Ok(Self { $($field: $crate::record!(@read $how $field),)* $(..$rest)? })
            }

            fn write(&self, to: &mut $crate::Writer) {
                to.object(|to| self.fields(to));
            }
        }

        impl $type {
            fn fields(&self, $to: &mut $crate::Writer) {
                let $value = self;
                $(if $crate::record!(@when $($when)?) {
                    $crate::record!(@write $how $value.$field, $to, $name);
                })*
            }
        }
    )*};

    (@read must $field:ident) => { $field.ok_or($crate::Wrong)? };
    (@read $how:ident $field:ident) => { $field.unwrap_or_default() };
    (@when) => { true };
    (@when $when:expr) => { $when };
    (@write may $field:expr, $to:ident, $name:literal) => {
        if !$crate::is_default(&$field) {
            $crate::Value::write(&$field, $to.key($name));
        }
    };
    (@write $how:ident $field:expr, $to:ident, $name:literal) => {
        $crate::Value::write(&$field, $to.key($name));
    };
}

/// Whether a field has its default, for [`record!`](crate::record!).
pub fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// An object, or an empty list: some languages do not distinguish an empty object from an empty list. `false` for the
/// list.
pub fn object(from: &mut Reader<'_>) -> Result<bool> {
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
///
/// ```
/// use reconnect_json::{Reader, Value, values};
///
/// struct Number(u64);
/// values! {
///     Number: |from: &mut Reader<'_>| from.number().map(Self), |number, to| to.number(number.0);
/// }
/// assert_eq!(Number::read(&mut Reader::new("7")).map(|number| number.0), Ok(7));
/// ```
#[macro_export]
macro_rules! values {
    ($($type:ty: $read:expr, |$value:ident, $to:ident| $write:expr;)*) => {$(
        impl $crate::Value for $type {
            fn read(from: &mut $crate::Reader<'_>) -> $crate::Result<Self> {
                ($read)(from)
            }

            fn write(&self, $to: &mut $crate::Writer) {
                let $value = self;
                $write
            }
        }
    )*};
}

values! {
    bool: Reader::flag, |value, to| to.flag(*value);
    u8: Reader::small, |value, to| to.number((*value).into());
    u16: Reader::small, |value, to| to.number((*value).into());
    u32: Reader::small, |value, to| to.number((*value).into());
    u64: Reader::number, |value, to| to.number(*value);
    usize: Reader::small, |value, to| to.number(*value as u64);
    Duration: |from: &mut Reader<'_>| from.number().map(Self::from_millis), |span, to| to.number(millis(*span));
    Box<str>: Reader::boxed, |value, to| to.text(value);
    Arc<str>: Reader::shared, |value, to| to.text(value);
}

/// Whole milliseconds of a span, saturating: how a span is written.
///
/// ```
/// use core::time::Duration;
/// assert_eq!(reconnect_json::millis(Duration::from_micros(1_999)), 1);
/// assert_eq!(reconnect_json::millis(Duration::MAX), u64::MAX);
/// ```
// In 64 bits, and compiled once: `as_millis` computes in 128 bits, which is a function call on a 32-bit target.
#[must_use]
#[inline(never)]
pub const fn millis(span: Duration) -> u64 {
    let seconds = span.as_secs();
    if seconds > u64::MAX / 1_000 { u64::MAX } else { (seconds * 1_000).saturating_add(span.subsec_millis() as u64) }
}
