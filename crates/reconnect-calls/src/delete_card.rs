//! `DELETE /DeleteCard/{loginId}` <https://docs.flinks.com/api/connect/endpoints/account-linking/delete-card>
//!
//! Its success has `StatusCode` where every other body has `HttpStatusCode`. Right after an authorization the card is
//! still in use: `CARD_IN_USE`, later.

use crate::{
    answer::open,
    endpoint::{CallError, Endpoint},
    tolerant::text,
};
use alloc::boxed::Box;
use reconnect_core::{Draft, FlinksCode, LoginId, Reply, reply::Refusal};
use serde::Deserialize;

/// Deletes everything that the service stores of a connection. The `loginId` is worth nothing afterwards.
///
/// ```
/// use reconnect_calls::{Endpoint, delete_card::DeleteCard};
/// use reconnect_core::{LoginId, Reply};
///
/// let delete = DeleteCard::new(LoginId::new("2664a2bc")?);
/// let gone = br#"{"StatusCode":200,"Message":"All of the information about LoginId 2664a2bc has been removed"}"#;
/// assert!(delete.read(&Reply { status: 200, body: gone.to_vec(), ..Reply::default() }).is_ok());
/// // What an old client saw, whatever its status was.
/// let unknown = Reply { status: 200, body: br#""Invalid LoginId""#.to_vec(), ..Reply::default() };
/// assert_eq!(delete.read(&unknown).unwrap_err().code().unwrap().as_str(), "INVALID_LOGIN");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct DeleteCard {
    /// The connection.
    pub login_id: LoginId,
}

/// What the service says of a deletion. Its `Debug` is silent: the text names the `loginId`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deleted {
    /// The service's own words.
    pub message: Option<Box<str>>,
}

reconnect_core::silent!(Deleted);

impl DeleteCard {
    /// Of this connection.
    #[must_use]
    pub fn new(login: LoginId) -> Self {
        Self { login_id: login }
    }
}

impl Endpoint for DeleteCard {
    type Answer = Deleted;

    fn draft(&self) -> Draft {
        Draft::delete("DeleteCard").part(self.login_id.as_str())
    }

    fn read(&self, reply: &Reply) -> Result<Deleted, CallError> {
        #[derive(Deserialize)]
        struct Wire {
            //= docs/spec/other-endpoints.md#deletion
            //# **ENDP-22** A client MUST read the 200 of `DELETE /DeleteCard/{loginId}` as `{StatusCode, Message}`.
            #[serde(default, rename = "StatusCode", alias = "HttpStatusCode")]
            status: Option<u16>,
            #[serde(default, rename = "Message", deserialize_with = "text")]
            message: Option<Box<str>>,
        }
        let mut opened = open(reply)?;
        // Bare text was only ever seen as a refusal, and a deletion is not to be believed without being told.
        if let Some(text) = opened.bare() {
            let code = text.eq_ignore_ascii_case("Invalid LoginId").then_some(FlinksCode::InvalidLogin);
            let refusal = Refusal::new(code, reply.status);
            let refusal = opened.refusal.take().filter(|_| refusal.code.is_none()).unwrap_or(refusal);
            return Err(CallError::Refused(Box::new(refusal)));
        }
        let wire: Wire = opened.answer()?;
        if wire.status.is_none() && wire.message.is_none() {
            return Err(opened.garbled("StatusCode"));
        }
        Ok(Deleted { message: wire.message })
    }
}
