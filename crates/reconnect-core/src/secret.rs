//! `Secret`: text that is never printed and is wiped when dropped.

use alloc::{borrow::Cow, boxed::Box, string::String, sync::Arc};
use core::fmt;
use zeroize::Zeroize;

/// A key, a token or an answer. Its `Debug` says nothing, it has no `Display`, no `Serialize` and no `==`, and its
/// memory is wiped when its last clone is dropped. What an HTTP client copies from it is beyond our reach: see `SECURITY.md`.
///
/// ```
/// let key = reconnect_core::Secret::from("s3cr3t");
/// assert_eq!(format!("{key:?}"), "Secret(…)");
/// assert_eq!(key.expose(), "s3cr3t");
/// ```
#[derive(Clone)]
pub struct Secret(Text);

#[derive(Clone)]
enum Text {
    /// A part of the program, which is no secret and cannot be wiped.
    Known(&'static str),
    Wiped(Arc<Wiped>),
}

struct Wiped(Box<str>);

impl Secret {
    /// What everybody may know, where a secret may stand as well.
    pub(crate) const fn known(text: &'static str) -> Self {
        Self(Text::Known(text))
    }

    /// The text where it is a part of this crate and so no secret, such as the value of `accept`: a transport need not
    /// copy it.
    ///
    /// ```
    /// assert_eq!(reconnect_core::Secret::from("k").as_known(), None);
    /// ```
    #[must_use]
    pub const fn as_known(&self) -> Option<&'static str> {
        match self.0 {
            Text::Known(text) => Some(text),
            Text::Wiped(_) => None,
        }
    }

    /// The text without the white space, line ends and byte-order marks around it, which a file or an environment
    /// variable may bring.
    pub(crate) fn trimmed(&self) -> Self {
        let (text, own) = (trim(self.expose()), self.expose());
        if text.len() == own.len() { self.clone() } else { Self::from(text) }
    }

    /// The text itself, for the one place that sends it.
    ///
    /// ```
    /// assert_eq!(reconnect_core::Secret::from("k").expose(), "k");
    /// ```
    #[must_use]
    pub fn expose(&self) -> &str {
        match &self.0 {
            Text::Known(text) => text,
            Text::Wiped(text) => &text.0,
        }
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(Text::Wiped(Arc::new(Wiped(text.into()))))
    }
}

impl From<String> for Secret {
    /// Copies and wipes `text`: shrinking a `String` in place would leave its old block behind unwiped.
    fn from(mut text: String) -> Self {
        let secret = Self::from(text.as_str());
        text.zeroize();
        secret
    }
}

/// As the two above.
impl From<Cow<'_, str>> for Secret {
    fn from(text: Cow<'_, str>) -> Self {
        match text {
            Cow::Borrowed(text) => Self::from(text),
            Cow::Owned(text) => Self::from(text),
        }
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Text without the white space, the line ends and the byte-order marks around it.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}
