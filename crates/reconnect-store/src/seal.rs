//! `Seal`: an app may encrypt what is stored.

use crate::error::BoxError;
use crate::key::Key;

/// Encrypts snapshots and accounts before they are stored. `key` belongs in the authenticated data of the cipher, so
/// that nobody can put one row's text into another row.
///
/// ```
/// use reconnect_store::{BoxError, Key, Seal};
///
/// struct Backwards; // in production: AES-256-GCM, with a key from where you keep secrets
/// impl Seal for Backwards {
///     fn seal(&self, _: &Key, plain: &[u8]) -> Result<Vec<u8>, BoxError> {
///         Ok(plain.iter().rev().copied().collect())
///     }
///     fn open(&self, key: &Key, sealed: &[u8]) -> Result<Vec<u8>, BoxError> {
///         self.seal(key, sealed)
///     }
/// }
/// # let key = Key::random();
/// assert_eq!(Backwards.open(&key, &Backwards.seal(&key, b"{}")?)?, b"{}");
/// # Ok::<(), BoxError>(())
/// ```
pub trait Seal: Send + Sync {
    /// What is stored for `plain`.
    ///
    /// # Errors
    /// Any error of yours. Nothing is stored then.
    fn seal(&self, key: &Key, plain: &[u8]) -> Result<Vec<u8>, BoxError>;

    /// What was sealed.
    ///
    /// # Errors
    /// Any error of yours, such as for a text that was changed. The session stays as it is.
    fn open(&self, key: &Key, sealed: &[u8]) -> Result<Vec<u8>, BoxError>;
}

/// What is stored is what came.
pub(crate) struct Plain;

impl Seal for Plain {
    fn seal(&self, _: &Key, plain: &[u8]) -> Result<Vec<u8>, BoxError> {
        Ok(plain.to_vec())
    }

    fn open(&self, _: &Key, sealed: &[u8]) -> Result<Vec<u8>, BoxError> {
        Ok(sealed.to_vec())
    }
}
