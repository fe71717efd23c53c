//! Webhooks: is it the service's, and what does it say. Only what is verified becomes a [`Delivery`], and only a
//! `Delivery` is a fact to a session.
//!
//! Sources: <https://docs.flinks.com/guides/webhooks/hmac-validation>, <https://docs.flinks.com/reference/hmac> and
//! <https://docs.flinks.com/api/connect/webhooks>. The signature is the Base64 of an HMAC-SHA256 over the raw bytes of
//! the body. Its header has two names in the documentation, and both are taken (decision 20).
//!
//! No source shows an identifier of a delivery or its time, so one that was sent can be sent again:
//! [`Delivery::key`] tells duplicates, and does not swallow a later refresh of the same login.

use crate::{
    reply::{self, DataReply, Facts, Reply, ReplyError},
    secret::Secret,
    selection::Selection,
};
use alloc::{boxed::Box, string::String, vec::Vec};
use base64ct::{Base64, Encoding};
use core::fmt;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// The names under which the documentation has the signature.
pub const SIGNATURE_HEADERS: [&str; 2] = ["flinks-authenticity-key", "x-flinks-signature"];

/// A body that is not the service's, or is no webhook.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotVerified {
    /// There is no signature.
    #[error("there is no signature: is HMAC enabled for the instance, and does the proxy pass the header on?")]
    Unsigned,
    /// The signature does not fit.
    #[error("the signature does not fit: is it the right key, and are these the raw bytes of the body?")]
    Signature,
    /// No key fits, and one of them is empty or blank: anybody can sign with an empty key, so it is not tried.
    #[error("a key is empty or blank, and verifies nothing: is the variable or the file that holds it set?")]
    BlankKey,
    /// The signature fits, and the body is not a webhook.
    #[error("the signature fits, and the body is not a JSON object with a ResponseType")]
    Body,
}

/// What a webhook is about: `ResponseType`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ResponseType {
    /// The data of `/GetAccountsDetail`.
    GetAccountsDetail,
    /// The data of `/GetAccountsSummary`.
    GetAccountsSummary,
    /// The data of `/GetStatements`.
    GetStatements,
    /// Holder data, early; the accounts follow in a webhook of their own.
    Kyc,
    /// Anything else, verbatim.
    Other(Box<str>),
}

impl ResponseType {
    fn read(text: &str) -> Self {
        let known = [Self::GetAccountsDetail, Self::GetAccountsSummary, Self::GetStatements, Self::Kyc];
        known.into_iter().find(|kind| kind.as_str() == text).unwrap_or_else(|| Self::Other(text.into()))
    }

    /// The type as the service writes it.
    ///
    /// ```
    /// assert_eq!(reconnect_core::webhook::ResponseType::Kyc.as_str(), "KYC");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::GetAccountsDetail => "GetAccountsDetail",
            Self::GetAccountsSummary => "GetAccountsSummary",
            Self::GetStatements => "GetStatements",
            Self::Kyc => "KYC",
            Self::Other(text) => text,
        }
    }
}

/// A webhook whose signature was checked. Its `Debug` shows no data.
#[derive(Clone)]
pub struct Delivery {
    response_type: ResponseType,
    reply: Reply,
    facts: Facts,
    digest: [u8; 32],
}

impl Delivery {
    /// What it is about.
    #[must_use]
    pub fn response_type(&self) -> &ResponseType {
        &self.response_type
    }

    /// What it says of the session it belongs to.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// A key that two deliveries of the same data share, and that a later refresh of the same login does not: its
    /// type, its login, its session and what it says. Keep it for as long as the service repeats a delivery (10 times,
    /// 30 minutes apart).
    #[must_use]
    pub fn key(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.response_type.as_str());
        for id in [self.facts.login.as_ref().map(|id| id.as_str()), self.facts.request.as_ref().map(|id| id.as_str())] {
            hasher.update([0]);
            hasher.update(id.unwrap_or_default().to_ascii_lowercase());
        }
        hasher.update([0]);
        hasher.update(self.digest);
        Base64::encode_string(&hasher.finalize())
    }

    /// Its body, read as the reply of a data call.
    pub(crate) fn read(&self, keep: Option<&Selection>) -> Result<DataReply, ReplyError> {
        reply::data(&self.reply, keep)
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("response_type", &self.response_type).finish_non_exhaustive()
    }
}

/// Checks the signature of a webhook over the raw bytes of its body, in constant time, and reads what it is about. Give
/// several keys while a key is being rotated: one that fits is enough. White space, line ends and a byte-order mark
/// around a key do not count, and an empty or blank key verifies nothing. Only the first two headers that may hold a
/// signature are read, since a sender could repeat them.
///
/// # Errors
/// [`NotVerified`]: answer 401 and forget it.
///
/// ```
/// use reconnect_core::webhook::{self, NotVerified, ResponseType};
///
/// let body = br#"{"ResponseType":"KYC","RequestId":"r-1"}"#;
/// let signature = webhook::sign(body, &"secret".into());
/// let headers = [("X-Flinks-Signature", signature.as_str())];
/// let delivery = webhook::verify(headers, body, &["new key".into(), "secret".into()])?;
/// assert_eq!(*delivery.response_type(), ResponseType::Kyc);
///
/// assert_eq!(webhook::verify(headers, b"{}", &["secret".into()]).unwrap_err(), NotVerified::Signature);
/// # Ok::<(), NotVerified>(())
/// ```
pub fn verify<'h>(
    headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    body: &[u8],
    keys: &[Secret],
) -> Result<Delivery, NotVerified> {
    let named = |name: &str| SIGNATURE_HEADERS.iter().any(|known| name.eq_ignore_ascii_case(known));
    let signatures: Vec<Vec<u8>> = headers
        .into_iter()
        .filter(|(name, _)| named(name))
        .take(SIGNATURE_HEADERS.len())
        .map(|(_, value)| Base64::decode_vec(value.trim()).unwrap_or_default())
        .collect();
    if signatures.is_empty() {
        return Err(NotVerified::Unsigned);
    }
    //= docs/spec/webhooks.md#signature
    //# **HOOK-22** A receiver MUST NOT verify a signature by a key that is empty or blank.
    let (keys, blank): (Vec<Secret>, Vec<Secret>) =
        keys.iter().map(Secret::trimmed).partition(|key| !key.expose().is_empty());
    // The body is hashed once for each key. `verify_slice` compares in constant time. It is no secret which key fits.
    let fits = keys.iter().any(|key| {
        let mac = mac(body, key);
        //= docs/spec/webhooks.md#signature
        //# **HOOK-9** A receiver MUST compare signatures in constant time.
        signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
    });
    //= docs/spec/webhooks.md#signature
    //# **HOOK-10** A receiver MUST check the signature before it parses the body.
    if !fits {
        return Err(if blank.is_empty() { NotVerified::Signature } else { NotVerified::BlankKey });
    }
    Delivery::of(body).ok_or(NotVerified::Body)
}

/// The signature of a body, as the service makes it: for tests, and for stand-ins of the service. White space, line
/// ends and a byte-order mark around the key do not count, as in [`verify`].
///
/// ```
/// // 32 bytes, in Base64.
/// let signature = reconnect_core::webhook::sign(b"", &"secret".into());
/// assert_eq!(signature.len(), 44);
/// ```
#[must_use]
pub fn sign(body: &[u8], key: &Secret) -> String {
    Base64::encode_string(&mac(body, &key.trimmed()).finalize().into_bytes())
}

fn mac(body: &[u8], key: &Secret) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    mac
}

impl Delivery {
    fn of(body: &[u8]) -> Option<Self> {
        let reply = Reply { status: 200, headers: Vec::new(), body: body.to_vec() };
        let (response_type, facts) = reply::webhook(&reply)?;
        let digest = Sha256::digest(body).into();
        Some(Self { response_type: ResponseType::read(&response_type), reply, facts, digest })
    }
}
