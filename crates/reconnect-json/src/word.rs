//! Enums that are words in JSON.

/// An enum of which each value has one word, the same for reading and for writing.
pub trait Word: Copy + 'static {
    /// Every value.
    const ALL: &'static [Self];

    /// The words, in the order of `ALL`.
    const WORDS: &'static [&'static str];

    /// The word of a value.
    fn word(self) -> &'static str;
}

/// Gives each value of an enum its word, and makes the enum a [`Value`](crate::Value). A value without a word does not
/// compile.
///
/// ```
/// use reconnect_json::{Reader, Value, words};
///
/// #[derive(Clone, Copy, PartialEq, Debug)]
/// enum Via {
///     Live,
///     Cached,
/// }
/// words! { Via { Live = "live", Cached = "cached" } }
/// assert_eq!(Via::read(&mut Reader::new(r#""cached""#)), Ok(Via::Cached));
/// ```
#[macro_export]
macro_rules! words {
    ($($name:ty { $($value:ident = $word:literal),* $(,)? })*) => {$(
        impl $crate::Word for $name {
            const ALL: &'static [Self] = &[$(Self::$value),*];
            const WORDS: &'static [&'static str] = &[$($word),*];
            fn word(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)*
                }
            }
        }

        impl $crate::Value for $name {
            fn read(from: &mut $crate::Reader<'_>) -> $crate::Result<Self> {
                from.word()
            }

            fn write(&self, to: &mut $crate::Writer) {
                to.word(*self);
            }
        }
    )*};
}
