//! `POST /AuthorizeMultiple` <https://github.com/impak-finance/flinks-python>
//!
//! Known from old clients only; the documentation has no page on it.

use crate::{CallError, Draft, Endpoint, LoginId, Reply, RequestId, endpoint::or_default, reply};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

//= docs/spec/other-endpoints.md#several-logins-institutions
//# **ENDP-25** A client MAY send `POST /AuthorizeMultiple`
/// Opens sessions for several stored connections at once, over what is stored of them.
///
/// ```
/// use reconnect_core::{LoginId, wire::authorize_multiple::AuthorizeMultiple};
/// let body = AuthorizeMultiple::new([LoginId::new("a")?, LoginId::new("b")?]);
/// assert_eq!(serde_json::to_string(&body)?, r#"{"LoginIds":["a","b"],"MostRecentCached":true}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct AuthorizeMultiple {
    /// The stored connections.
    pub login_ids: Vec<LoginId>,
    /// `true` replays what is stored. `false` goes to every bank, which may text every user: nobody should want it.
    pub most_recent_cached: bool,
}

/// What came of each connection.
///
/// ```
/// use reconnect_core::{Endpoint, LoginId, Reply, wire::authorize_multiple::AuthorizeMultiple};
///
/// let body = br#"{"ValidLoginIds":[{"LoginId":"a","RequestId":"r-1"}],"InvalidLoginIds":["b"]}"#;
/// let reply = Reply { status: 200, body: body.to_vec(), ..Reply::default() };
/// let sorted = AuthorizeMultiple::new([LoginId::new("a")?, LoginId::new("b")?]).read(&reply)?;
/// assert_eq!(sorted.valid[0].request.as_str(), "r-1");
/// assert_eq!(sorted.invalid, [LoginId::new("b")?]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Sorted {
    /// Those that have a session now.
    pub valid: Vec<Opened>,
    /// Those that the service does not know.
    pub invalid: Vec<LoginId>,
}

/// A connection and its new session.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[non_exhaustive]
pub struct Opened {
    /// The connection.
    #[serde(rename = "LoginId")]
    pub login: LoginId,
    /// Its session.
    #[serde(rename = "RequestId")]
    pub request: RequestId,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "ValidLoginIds")]
    valid: Option<Vec<Opened>>,
    #[serde(default, rename = "InvalidLoginIds", deserialize_with = "or_default")]
    invalid: Vec<Invalid>,
}

/// The only sample has an empty list, so its elements are taken as bare ids and as objects.
#[derive(Deserialize)]
#[serde(untagged)]
enum Invalid {
    Id(LoginId),
    Object {
        #[serde(rename = "LoginId")]
        login: LoginId,
    },
}

impl AuthorizeMultiple {
    /// Over what is stored of these connections.
    #[must_use]
    pub fn new(logins: impl IntoIterator<Item = LoginId>) -> Self {
        Self { login_ids: logins.into_iter().collect(), most_recent_cached: true }
    }
}

impl Endpoint for AuthorizeMultiple {
    type Answer = Sorted;

    fn draft(&self) -> Draft {
        let draft = Draft::post("AuthorizeMultiple").body(self).slow();
        if self.most_recent_cached { draft } else { draft.once() }
    }

    fn read(&self, reply: &Reply) -> Result<Sorted, CallError> {
        let mut opened = reply::open(reply)?;
        let wire: Wire = opened.answer()?;
        let id = |invalid| match invalid {
            Invalid::Id(login) | Invalid::Object { login } => login,
        };
        let invalid = wire.invalid.into_iter().map(id).collect();
        Ok(Sorted { valid: wire.valid.ok_or_else(|| opened.garbled("ValidLoginIds"))?, invalid })
    }
}
