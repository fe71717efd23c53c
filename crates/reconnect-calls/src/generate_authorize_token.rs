//! `POST /GenerateAuthorizeToken` <https://docs.flinks.com/api/authorize/endpoints/generate-authorize-token>
//!
//! No body; the secret key goes in the header. The reply's `Token` is good for one use and, by the Reconnect page, for
//! 15 minutes; the body names no life.

use crate::{CallError, Endpoint};
use reconnect_core::{Draft, Reply, Secret, Sign, reply};

/// Mints an authorize token, outside a session.
///
/// ```
/// use reconnect_calls::{Endpoint, generate_authorize_token::GenerateAuthorizeToken};
/// use reconnect_core::Reply;
/// let reply = Reply { status: 200, body: br#"{"HttpStatusCode":200,"Token":"t-1"}"#.to_vec(), ..Reply::default() };
/// assert_eq!(GenerateAuthorizeToken.read(&reply)?.expose(), "t-1");
/// # Ok::<(), reconnect_calls::CallError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it has no body")]
pub struct GenerateAuthorizeToken;

impl Endpoint for GenerateAuthorizeToken {
    type Answer = Secret;

    fn draft(&self) -> Draft {
        Draft::post("GenerateAuthorizeToken").signed(Sign::SecretKey)
    }

    fn read(&self, reply: &Reply) -> Result<Secret, CallError> {
        Ok(reply::token(reply)?)
    }
}
