//! Enums that are words in JSON.

/// An enum of which each value has one word, the same for reading and for writing.
pub(crate) trait Word: Copy + 'static {
    /// Every value.
    const ALL: &'static [Self];

    /// The words, in the order of `ALL`.
    const WORDS: &'static [&'static str];

    /// The word of a value.
    fn word(self) -> &'static str;
}

/// Gives each value of an enum its word. A value without one does not compile.
macro_rules! words {
    ($($name:ty { $($value:ident = $word:literal),* $(,)? })*) => {$(
        impl $crate::word::Word for $name {
            const ALL: &'static [Self] = &[$(Self::$value),*];
            const WORDS: &'static [&'static str] = &[$($word),*];
            fn word(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)*
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> core::result::Result<S::Ok, S::Error> {
                to.serialize_str($crate::word::Word::word(*self))
            }
        }
    )*};
}

pub(crate) use words;
