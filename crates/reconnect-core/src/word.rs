//! Enums that are words in JSON, for serde too.

/// Gives each value of an enum its word. A value without one does not compile.
macro_rules! words {
    ($($name:ty { $($words:tt)* })*) => {$(
        reconnect_json::words! { $name { $($words)* } }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> core::result::Result<S::Ok, S::Error> {
                to.serialize_str(reconnect_json::Word::word(*self))
            }
        }
    )*};
}

pub(crate) use words;
