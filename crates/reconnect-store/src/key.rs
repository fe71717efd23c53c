//! `Key`: our own name for a session.

use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// Our own name for a session: 128 random bits. In JSON and in a path it is text. It may stand in a `redirectUrl` and
/// in a web session. It does not prove whose session it is: check that with
/// [`Sessions::owned`](crate::Sessions::owned).
///
/// ```
/// use reconnect_store::Key;
///
/// let key = Key::random();
/// assert_eq!(key.to_string().parse::<Key>()?, key);
/// assert!("../x".parse::<Key>().is_err());
/// # Ok::<(), reconnect_store::InvalidKey>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Key(String);

/// The text is no key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a key of a session is 32 hexadecimal digits in lower case")]
#[non_exhaustive]
pub struct InvalidKey;

impl Key {
    /// A new one.
    ///
    /// # Panics
    /// If the operating system gives no random numbers.
    pub fn random() -> Self {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// From the first 128 bits of a hash, in hexadecimal digits.
    pub(crate) fn from_hash(hash: &str) -> Self {
        Self(hash[..32].to_owned())
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Key {
    type Err = InvalidKey;
    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let is_one = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_one { Ok(Self(text.to_owned())) } else { Err(InvalidKey) }
    }
}

impl TryFrom<String> for Key {
    type Error = InvalidKey;
    fn try_from(text: String) -> Result<Self, InvalidKey> {
        text.parse()
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Its first 8 digits: enough to find it, too few to use it.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}…)", &self.0[..8])
    }
}
