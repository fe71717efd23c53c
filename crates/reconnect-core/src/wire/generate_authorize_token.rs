//! `POST /GenerateAuthorizeToken` <https://docs.flinks.com/api/authorize/endpoints/generate-authorize-token>
//!
//! No body; the secret key goes in the header. The reply's `Token` is good for one use and, by the Reconnect page, for
//! 15 minutes; the body names no life.

/// The name of the header that carries the secret key here, and the authorize token on `/Authorize`.
pub const AUTH_HEADER: &str = "flinks-auth-key";
