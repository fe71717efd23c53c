//! `POST /AuthorizeMultiple` <https://github.com/impak-finance/flinks-python>
//!
//! Known from old clients only; the documentation has no page on it.

use crate::{
    answer::open,
    endpoint::{CallError, Endpoint},
    tolerant::{each, needed, only},
};
use alloc::vec::Vec;
use reconnect_core::{Draft, LoginId, Reply, RequestId, Unread};
use reconnect_json::{Fields, Reader, Result as Read, Value, Wrong};
use serde::{Deserialize, Serialize};

/// Opens sessions for several stored connections at once, over what is stored of them.
///
/// ```
/// use reconnect_calls::authorize_multiple::AuthorizeMultiple;
/// use reconnect_core::LoginId;
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
/// use reconnect_calls::{Endpoint, authorize_multiple::AuthorizeMultiple};
/// use reconnect_core::{LoginId, Reply};
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
    /// The places of the reply that could not be read: a connection without a readable id is in neither list.
    pub unread: Unread,
}

/// A connection and its new session.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The connection.
    pub login: LoginId,
    /// Its session.
    pub request: RequestId,
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
        let mut opened = open(reply)?;
        let ((valid, invalid), unread) = opened.accepted()?.whole(lists)?;
        let valid = valid.ok_or_else(|| opened.garbled("ValidLoginIds"))?;
        Ok(Sorted { valid, invalid: invalid.unwrap_or_default(), unread })
    }
}

/// The two lists, if they are there.
type Lists = (Option<Vec<Opened>>, Option<Vec<LoginId>>);

fn lists(from: &mut Reader<'_>) -> Read<Lists> {
    let (mut valid, mut invalid, mut fields) = (None, None, Fields::default());
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "ValidLoginIds" => only(&mut valid, from, opened)?,
            "InvalidLoginIds" => fields.take(from, "InvalidLoginIds", &mut invalid, |from| each(from, unknown))?,
            _ => from.skip()?,
        }
    }
    Ok((valid, invalid))
}

fn opened(from: &mut Reader<'_>) -> Read<Opened> {
    let (mut login, mut request) = (None, None);
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "LoginId" => needed(&mut login, from.maybe(LoginId::read)?)?,
            "RequestId" => needed(&mut request, from.maybe(RequestId::read)?)?,
            _ => from.skip()?,
        }
    }
    Ok(Opened { login: login.ok_or(Wrong)?, request: request.ok_or(Wrong)? })
}

/// The only sample has an empty list, so its elements are taken as bare ids and as objects.
fn unknown(from: &mut Reader<'_>) -> Read<LoginId> {
    if from.peek() != Some(b'{') {
        return LoginId::read(from);
    }
    let mut login = None;
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "LoginId" => needed(&mut login, from.maybe(LoginId::read)?)?,
            _ => from.skip()?,
        }
    }
    login.ok_or(Wrong)
}
