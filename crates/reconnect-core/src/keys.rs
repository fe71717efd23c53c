//! The two keys of an integration, and the check that a text can be a key.

use crate::{
    error::{InvalidKey, RenderError},
    secret::{Secret, trim},
};

//= docs/spec/credentials.md#which-header
//= type=implication
//= reason=a key is text, and has no moment beside it
//# **CRED-12** A client MUST take the secret key and the x-api-key for credentials that do not expire.
/// The two keys that Flinks gives at integration. They live here and in no session.
///
/// White space, line ends and a byte-order mark around a key are left out when it is sent: a file of secrets often ends
/// in a line end. A text that cannot be a key is refused by [`check`](Self::check), and before anything is sent.
///
/// ```
/// use reconnect_core::{Keys, Secret};
/// let keys = Keys { secret: Some(Secret::from("sandbox-secret")), api: Some(Secret::from("sandbox-api-key")) };
/// assert!(!format!("{keys:?}").contains("sandbox"));
/// ```
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "there are two keys")]
pub struct Keys {
    /// The secret key, which mints authorize tokens. Absent for integrations made before October 2024.
    pub secret: Option<Secret>,
    /// The `x-api-key` of the data endpoints. If it is absent, the header is left out.
    pub api: Option<Secret>,
}

impl Keys {
    /// Whether each given text can be a key: once white space, line ends and a byte-order mark around it are left out,
    /// it is not empty, and has no quotes, no control characters and no characters beyond ASCII. Call it when a program
    /// starts, so that a wrong set-up is reported then, and does not look like trouble of the service.
    ///
    /// # Errors
    /// [`InvalidKey`], for the first text that cannot be a key.
    ///
    /// ```
    /// use reconnect_core::Keys;
    ///
    /// assert!(Keys::default().check().is_ok());
    /// assert!(Keys { secret: Some("sk-1\r\n".into()), api: None }.check().is_ok());
    /// for wrong in ["", " \n", "'sk-1'", "sk\n1", "sk-1\u{e9}"] {
    ///     assert!(Keys { secret: Some(wrong.into()), api: None }.check().is_err());
    /// }
    /// ```
    pub fn check(&self) -> Result<(), InvalidKey> {
        sound("secret", self.secret.as_ref())?;
        sound("api", self.api.as_ref())
    }

    /// The secret key as it is sent.
    pub(super) fn secret(&self) -> Result<Option<Secret>, RenderError> {
        sound("secret", self.secret.as_ref())?;
        Ok(self.secret.as_ref().map(Secret::trimmed))
    }

    /// The `x-api-key` as it is sent.
    pub(super) fn api(&self) -> Result<Option<Secret>, RenderError> {
        sound("api", self.api.as_ref())?;
        Ok(self.api.as_ref().map(Secret::trimmed))
    }
}

/// Whether a text can be a key.
fn sound(key: &'static str, secret: Option<&Secret>) -> Result<(), InvalidKey> {
    let text = secret.map(|secret| trim(secret.expose()));
    let why = match text {
        Some("") => InvalidKey::BLANK,
        Some(text) if text.contains(['"', '\'', '`', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}']) => {
            InvalidKey::QUOTE
        }
        Some(text) if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) => InvalidKey::CHARACTER,
        Some(_) | None => return Ok(()),
    };
    Err(InvalidKey { key, why })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Draft, Instance};
    use alloc::{format, string::ToString};

    //= docs/spec/credentials.md#which-header
    //= type=test
    //# **CRED-35** A client MUST refuse a key that is empty or blank, or that has a quote or a character inside it that
    //# cannot stand in a header, before it sends anything, and SHOULD leave out white space, line ends and a byte-order
    //# mark around a key.
    #[test]
    fn a_key_is_refused_or_sent_without_white_space_around_it() {
        let (instance, around) = (Instance::named("toolbox", "c").expect("an instance"), " \u{feff}\r\n\t\u{a0}");
        let render = |keys: &Keys| Draft::get("x").render(&instance, keys).map(|rendered| rendered.headers);
        for key in ["k", "two words", "a=b/c+d~!", "{{apiKey}}"] {
            for text in [key.to_string(), format!("{around}{key}{around}"), format!("\u{feff}{key}\n")] {
                let keys = Keys { secret: Some(text.as_str().into()), api: Some(text.as_str().into()) };
                assert_eq!(keys.check(), Ok(()), "{key}");
                let headers = render(&keys).expect("a key that can be sent");
                assert!(headers.iter().any(|(name, value)| *name == "x-api-key" && value.expose() == key), "{key}");
            }
        }
        for (text, why) in [
            ("", InvalidKey::BLANK),
            (around, InvalidKey::BLANK),
            ("\"k\"", InvalidKey::QUOTE),
            ("'k'", InvalidKey::QUOTE),
            ("k\"", InvalidKey::QUOTE),
            ("\u{201c}k\u{201d}", InvalidKey::QUOTE),
            ("k\nk", InvalidKey::CHARACTER),
            ("k\r\nx-evil: 1", InvalidKey::CHARACTER),
            ("k\0", InvalidKey::CHARACTER),
            ("\0k", InvalidKey::CHARACTER),
            ("k\u{7f}k", InvalidKey::CHARACTER),
            ("k\u{200b}", InvalidKey::CHARACTER),
            ("k\u{fe0f}k", InvalidKey::CHARACTER),
        ] {
            let (secret, api) = (Some(Secret::from(text)), Some(Secret::from(text)));
            let wrong = Keys { secret: secret.clone(), api: None }.check().expect_err(text);
            assert_eq!((wrong.key(), wrong.why()), ("secret", why), "{text}");
            let keys = Keys { secret: None, api };
            let wrong = keys.check().expect_err(text);
            assert_eq!((wrong.key(), wrong.why()), ("api", why), "{text}");
            assert_eq!(render(&keys).expect_err(text), RenderError::Key(wrong));
            let mint = crate::Call::GenerateAuthorizeToken;
            let keys = Keys { secret, api: None };
            let mint = crate::render::draft(&mint).render(&instance, &keys).expect_err(text);
            assert!(matches!(mint, RenderError::Key(wrong) if wrong.key() == "secret"), "{text}");
        }
    }

    /// If a key is refused, no request counts as sent, so the same session goes on once the set-up is mended.
    #[test]
    fn a_refused_key_leaves_the_session_as_it_was() {
        use crate::{Known, LoginId, Policy, Selection, Session, Timestamp};
        let (now, instance) = (Timestamp::from_millis(0), Instance::named("toolbox", "c").expect("an instance"));
        let login = LoginId::new("l").expect("an id");
        let mut session = Session::refresh(login, Known::default(), Selection::all(), Policy::default(), now);
        let before = session.snapshot();
        for keys in
            [Keys { secret: Some(" ".into()), api: None }, Keys { secret: Some("k".into()), api: Some("".into()) }]
        {
            let refused = session.poll_rendered(now, &instance, &keys);
            assert!(matches!(refused, Err(RenderError::Key(_))));
            assert_eq!(session.snapshot(), before);
        }
    }
}
