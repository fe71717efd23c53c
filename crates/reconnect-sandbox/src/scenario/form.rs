//! Values that may be written in a short and in a long form.

use core::fmt;
use core::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};

/// `"a name"`, or what it would name.
pub(super) enum Ref<T> {
    Named(String),
    Here(T),
}

/// One value for both languages, or `{ en = …, fr = … }`, in which `fr` may be left out.
#[derive(Clone, Default)]
pub(super) struct ByLanguage<T> {
    pub(super) en: T,
    pub(super) fr: T,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Each<T> {
    en: T,
    fr: Option<T>,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ref<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Forms<T> {
            type Value = Ref<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name in quotes, or what it would name")
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Ref::Named(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                T::deserialize(SeqAccessDeserializer::new(list)).map(Ref::Here)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Ref::Here)
            }
        }

        deserializer.deserialize_any(Forms(PhantomData))
    }
}

impl<'de, T: Deserialize<'de> + Clone> Deserialize<'de> for ByLanguage<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de> + Clone> Visitor<'de> for Forms<T> {
            type Value = ByLanguage<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one value for both languages, or one for each as { en = …, fr = … }")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                T::deserialize(text.into_deserializer()).map(|one| ByLanguage { en: one.clone(), fr: one })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                let one = T::deserialize(SeqAccessDeserializer::new(list))?;
                Ok(ByLanguage { en: one.clone(), fr: one })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let Each { en, fr } = Each::<T>::deserialize(MapAccessDeserializer::new(map))?;
                Ok(ByLanguage { fr: fr.unwrap_or_else(|| en.clone()), en })
            }
        }

        deserializer.deserialize_any(Forms(PhantomData))
    }
}
