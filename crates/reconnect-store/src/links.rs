//! Links that an app sends to its users, such as in a mail.

use crate::database::read;
use crate::error::Error;
use crate::key::Key;
use crate::sessions::Sessions;
use crate::write::{NewLink, Write, millis, moment};
use core::time::Duration;
use reconnect_async::{AccountId, LoginId, Selection, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The secret part of a link's address: 128 random bits. The table has only its hash.
#[derive(Clone)]
pub struct LinkToken(Key);

impl LinkToken {
    /// The token in an address; `None` if this is none.
    pub fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// The token as text, for the address of the link. Whoever has it can press the link's button.
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    /// The key of the session that a press of the link's button begins, if `after` is the newest session of the login.
    /// Two presses of the same button so have the same key: they are one session, whatever happens between them.
    ///
    /// ```
    /// use reconnect_store::LinkToken;
    ///
    /// let token = LinkToken::read("0123456789abcdef0123456789abcdef").expect("32 digits");
    /// let first = token.session_after(None);
    /// assert_eq!(first, token.session_after(None));
    /// assert_ne!(first, token.session_after(Some(&first)));
    /// ```
    pub fn session_after(&self, after: Option<&Key>) -> Key {
        Key::from_hash(&hash(&["session", self.0.as_str(), after.map_or("", Key::as_str)]))
    }

    fn hash(&self) -> String {
        hash(&["link", self.0.as_str()])
    }
}

fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
        hasher.update([0]);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Nothing of it: it is a secret.
impl core::fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

/// What a link is for. It serves one purpose: this login, with this selection.
#[derive(Clone)]
#[non_exhaustive]
pub struct LinkFor {
    /// The connection that it refreshes.
    pub login: LoginId,
    /// The accounts to keep.
    pub keep: Selection,
    /// The language of its pages, such as `fr`. Without it the browser says which.
    pub language: Option<String>,
    /// The bank's name, as the pages show it.
    pub institution: Option<String>,
    /// The app's own name for its user.
    pub owner: Option<String>,
}

impl LinkFor {
    /// A link for this login, with all accounts.
    ///
    /// ```
    /// use core::time::Duration;
    /// use reconnect_async::LoginId;
    /// use reconnect_store::{LinkFor, Sessions};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sessions = Sessions::open("sqlite::memory:").await?;
    /// let what = LinkFor::new(LoginId::new("5e115eac")?);
    /// let (link, token) = sessions.new_link(what, Duration::from_secs(86_400)).await?;
    /// assert_eq!(sessions.link(&token).await?.expect("it is new").id, link.id);
    /// sessions.revoke_link(&link.id).await?;
    /// assert!(sessions.link(&token).await?.expect("it is kept").is_over(link.created_at));
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(login: LoginId) -> Self {
        Self { login, keep: Selection::all(), language: None, institution: None, owner: None }
    }
}

/// A link that was made.
#[derive(Clone)]
#[non_exhaustive]
pub struct Link {
    /// The app's name for it. It opens nothing.
    pub id: Key,
    /// What it is for.
    pub what: LinkFor,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Link {
    /// Whether it can be used no more.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.revoked_at.is_some() || self.expires_at <= now
    }
}

/// Neither the login nor the user.
impl core::fmt::Debug for Link {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Link").field("id", &self.id).field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Neither the login nor the user.
impl core::fmt::Debug for LinkFor {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("LinkFor").field("language", &self.language).finish_non_exhaustive()
    }
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Body {
    keep: Option<Vec<String>>,
    language: Option<String>,
    institution: Option<String>,
}

type Columns = (String, String, Option<String>, Vec<u8>, i64, i64, Option<i64>);

impl Sessions {
    /// Makes a link that ends after `life`. The token is told here, and never again.
    ///
    /// # Errors
    /// [`Error::Text`] if the owner cannot be stored, [`Error::Seal`] and [`Error::Database`].
    pub async fn new_link(&self, what: LinkFor, life: Duration) -> Result<(Link, LinkToken), Error> {
        self.check_text("owner", what.owner.as_deref())?;
        let (id, token, now) = (Key::random(), LinkToken(Key::random()), self.now());
        let keep = what.keep.ids().map(|ids| ids.iter().map(|id| id.as_str().to_owned()).collect());
        let body = Body { keep, language: what.language.clone(), institution: what.institution.clone() };
        let body = serde_json::to_vec(&body).map_err(|error| Error::Seal(error.into()))?;
        let link = Link { id, what, created_at: now, expires_at: now + life, revoked_at: None };
        let row = NewLink {
            id: link.id.clone(),
            token_hash: token.hash(),
            login: link.what.login.as_str().to_owned(),
            owner: link.what.owner.clone(),
            body: self.options.seal.seal(&link.id, &body).map_err(Error::Seal)?,
            created_at: millis(link.created_at),
            expires_at: millis(link.expires_at),
        };
        self.rows(Write::Link(Box::new(row))).await?;
        Ok((link, token))
    }

    /// The link of a token, also if it is over; `None` if there is none.
    ///
    /// # Errors
    /// [`Error::Seal`] and [`Error::Database`].
    pub async fn link(&self, token: &LinkToken) -> Result<Option<Link>, Error> {
        let sql = "SELECT id, login, owner, body, created_at, expires_at, revoked_at FROM reconnect_link \
                   WHERE token_hash = $1";
        let hash = token.hash();
        let row: Option<Columns> =
            read!(self.database, pool => sqlx::query_as(sql).bind(hash.as_str()).fetch_optional(pool).await?);
        let Some((id, login, owner, body, created_at, expires_at, revoked_at)) = row else { return Ok(None) };
        let (Ok(id), Ok(login)) = (id.parse::<Key>(), LoginId::new(&login)) else { return Ok(None) };
        let body = self.options.seal.open(&id, &body).map_err(Error::Seal)?;
        let body: Body = serde_json::from_slice(&body).map_err(|error| Error::Seal(error.into()))?;
        let keep = match body.keep {
            None => Selection::all(),
            Some(ids) => {
                let ids = ids.iter().map(|id| AccountId::new(id)).collect::<Result<Vec<_>, _>>();
                Selection::only(ids.map_err(|error| Error::Seal(error.into()))?)
                    .map_err(|error| Error::Seal(error.into()))?
            }
        };
        let what = LinkFor { login, keep, language: body.language, institution: body.institution, owner };
        let (created_at, expires_at) = (moment(created_at), moment(expires_at));
        Ok(Some(Link { id, what, created_at, expires_at, revoked_at: revoked_at.map(moment) }))
    }

    /// Revokes a link: it opens nothing any more. False if there is no such link.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn revoke_link(&self, id: &Key) -> Result<bool, Error> {
        Ok(self.rows(Write::Revoke { id: id.clone(), now: millis(self.now()) }).await? > 0)
    }
}
