//! How a request looks on the wire: where it goes, what an HTTP client must obey, and the keys, which enter here.

use crate::{
    error::RenderError,
    instance::Instance,
    keys::Keys,
    percent,
    policy::{MAX_BODY, Policy},
    request::{Call, ExchangeId, Request},
    secret::Secret,
};
use alloc::{format, string::String, vec::Vec};
use core::{fmt, time::Duration};
use reconnect_json::millis;
use serde::Serialize;

/// The header that carries the secret key for `/GenerateAuthorizeToken`, and the authorize token for `/Authorize`.
pub(crate) const AUTH_HEADER: &str = "flinks-auth-key";

/// A request as it goes over the wire, with all that an HTTP client must obey: send these headers and no others of
/// its own choosing, follow no redirect, stop at `limit_ms` and at `max_body`, and take every status as data.
///
/// Its `Debug` shows neither URL nor headers nor body.
#[derive(Clone)]
#[non_exhaustive]
pub struct Rendered {
    /// What the reply is told with.
    pub id: ExchangeId,
    /// Whether nobody may send it a second time.
    pub once: bool,
    /// `GET`, `POST`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// The absolute URL. It may hold a `requestId`: keep it out of logs and errors.
    pub url: String,
    /// Header names in lower case, and their values.
    pub headers: Vec<(&'static str, Secret)>,
    /// JSON, or nothing.
    pub body: Option<Secret>,
    /// Milliseconds from here to the end of the reply's body.
    pub limit_ms: u64,
    /// Bytes of the reply's body, after decompression.
    pub max_body: usize,
}

impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rendered").field("id", &self.id).field("method", &self.method).finish_non_exhaustive()
    }
}

/// Puts the keys and the addresses into a request.
///
/// # Errors
/// [`RenderError`] where a key is missing, or the request is another instance's.
pub fn render(request: &Request, instance: &Instance, keys: &Keys) -> Result<Rendered, RenderError> {
    if request.instance.as_deref().is_some_and(|label| !instance.is_labelled(label, request.first_label)) {
        return Err(RenderError::OtherInstance);
    }
    let mut rendered = draft(&request.call).render(instance, keys)?;
    (rendered.id, rendered.once, rendered.limit_ms) = (request.id, request.once, millis(request.limit));
    Ok(rendered)
}

pub(crate) fn draft(call: &Call) -> Draft {
    let endpoint = call.endpoint();
    match call {
        Call::GenerateAuthorizeToken => Draft::post(endpoint).signed(Sign::SecretKey),
        Call::Authorize { token, body } | Call::AuthorizeAsync { token, body } => {
            Draft::post(endpoint).body(body).signed(Sign::Token(token.clone()))
        }
        //= docs/spec/credentials.md#which-header
        //# **CRED-7** A client MUST NOT send `flinks-auth-key` to a data endpoint.
        Call::GetAccountsDetail(body) => Draft::post(endpoint).body(body),
        Call::GetAccountsSummary(body) => Draft::post(endpoint).body(body),
        //= docs/spec/hosts-and-paths.md#methods-and-names
        //# **HOST-12** A client MUST call `GetAccountsDetailAsync/{requestId}` and
        //# `GetAccountsSummaryAsync/{requestId}` with GET and without a body.
        Call::GetAccountsDetailAsync(request) | Call::GetAccountsSummaryAsync(request) => {
            Draft::get(endpoint).part(request.as_str())
        }
    }
}

impl Draft {
    /// Puts the keys and the addresses into it. Its [`ExchangeId`] is 0, which is no session's.
    ///
    /// # Errors
    /// [`RenderError::MissingKey`], and [`RenderError::Key`] if the key that it needs cannot be a key.
    pub fn render(self, instance: &Instance, keys: &Keys) -> Result<Rendered, RenderError> {
        let secret = || keys.secret()?.ok_or(RenderError::MissingKey);
        let key = match self.sign {
            Sign::SecretKey => Some((AUTH_HEADER, secret()?)),
            Sign::Token(token) => token.map(|token| (AUTH_HEADER, token)),
            //= docs/spec/credentials.md#which-header
            //# **CRED-6** A client MUST leave the header `x-api-key` out if its caller has no such key.
            Sign::ApiKey => keys.api()?.map(|key| ("x-api-key", key)),
            //= docs/spec/credentials.md#which-header
            //# **CRED-8** A client MUST send `Authorization: Bearer {secret key}` to `/GetNightlyRefreshStatus`.
            Sign::Bearer => Some(("authorization", Secret::from(format!("Bearer {}", secret()?.expose())))),
        };
        let mut headers = Vec::with_capacity(5);
        headers.push(("accept", Secret::known("application/json")));
        headers.push(("accept-encoding", Secret::known("identity")));
        headers.push(("user-agent", instance.agent()));
        headers.extend(key);
        if matches!(self.method, "POST" | "PATCH") {
            headers.push(("content-type", Secret::known("application/json")));
        }
        Ok(Rendered {
            id: ExchangeId(0),
            once: self.once,
            method: self.method,
            url: instance.url(&self.path),
            headers,
            body: self.body,
            limit_ms: millis(self.limit),
            max_body: MAX_BODY,
        })
    }
}

/// A request without addresses and keys. Its `Debug` shows the method only.
///
/// ```
/// use reconnect_core::{Draft, Instance, Keys, Sign};
///
/// let draft = Draft::get("Institutions").query("take", "10").signed(Sign::Bearer);
/// let keys = Keys { secret: Some("k".into()), api: None };
/// let request = draft.render(&Instance::named("toolbox", "c")?, &keys)?;
/// assert!(request.url.ends_with("/v3/c/BankingServices/Institutions?take=10"));
/// let authorization = request.headers.iter().find(|(name, _)| *name == "authorization");
/// assert_eq!(authorization.map(|(_, value)| value.expose()), Some("Bearer k"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "it is sent by nobody yet"]
pub struct Draft {
    pub(crate) method: &'static str,
    /// From the endpoint's name on, encoded.
    pub(crate) path: String,
    pub(crate) sign: Sign,
    pub(crate) body: Option<Secret>,
    pub(crate) once: bool,
    pub(crate) limit: Duration,
}

/// What a request is signed with.
///
/// ```
/// assert_eq!(format!("{:?}", reconnect_core::Sign::Token(Some("t-1".into()))), "Token(Some(Secret(…)))");
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Sign {
    /// `x-api-key`, where there is one.
    #[default]
    ApiKey,
    /// The secret key in `flinks-auth-key`.
    SecretKey,
    /// The secret key in `Authorization: Bearer`.
    Bearer,
    /// An authorize token in `flinks-auth-key`, where there is one.
    Token(Option<Secret>),
}

impl Draft {
    /// A GET of the endpoint with this name.
    pub fn get(endpoint: &'static str) -> Self {
        Self::new("GET", endpoint)
    }

    /// A POST to the endpoint with this name.
    pub fn post(endpoint: &'static str) -> Self {
        Self::new("POST", endpoint)
    }

    /// A PATCH of the endpoint with this name.
    pub fn patch(endpoint: &'static str) -> Self {
        Self::new("PATCH", endpoint)
    }

    /// A DELETE at the endpoint with this name.
    pub fn delete(endpoint: &'static str) -> Self {
        Self::new("DELETE", endpoint)
    }

    fn new(method: &'static str, endpoint: &'static str) -> Self {
        let limit = Policy::DEFAULT.quick_limit;
        Self { method, path: endpoint.into(), sign: Sign::ApiKey, body: None, once: false, limit }
    }

    /// One more part of the path, such as an id. Whatever is in it, it stays one part.
    pub fn part(mut self, part: &str) -> Self {
        self.path.push('/');
        percent::encode(part, &mut self.path);
        self
    }

    /// One more parameter of the query, after all parts.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.path.push(if self.path.contains('?') { '&' } else { '?' });
        percent::encode(name, &mut self.path);
        self.path.push('=');
        percent::encode(value, &mut self.path);
        self
    }

    /// With a JSON body.
    ///
    /// # Panics
    /// Where `body` refuses to be JSON; none of this crate does.
    pub fn body(self, body: &impl Serialize) -> Self {
        // Every key is text and nothing in a body can refuse, so this cannot fail. (`expect` would print the error, and
        // the printing of it is two kilobytes of every module.)
        let Ok(body) = serde_json::to_string(body) else { panic!("a request body is plain data") };
        self.written(body)
    }

    /// The part that does not depend on the body's type, so that it is compiled once.
    #[inline(never)]
    fn written(mut self, body: String) -> Self {
        self.body = Some(Secret::from(body));
        self
    }

    /// With another key than `x-api-key`.
    pub fn signed(self, sign: Sign) -> Self {
        Self { sign, ..self }
    }

    /// It can reach the bank, so nobody sends it a second time.
    pub fn once(self) -> Self {
        Self { once: true, ..self }
    }

    /// The service may work on it as long as on any POST (decision 37), and not only as long as on a look-up.
    pub fn slow(self) -> Self {
        Self { limit: Policy::DEFAULT.post_limit, ..self }
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft").field("method", &self.method).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    //= docs/spec/hosts-and-paths.md#the-api
    //= type=test
    //# **HOST-9** A client MUST percent-encode an id that it puts into a path.
    #[test]
    fn an_id_is_one_part_of_the_path() {
        let instance = Instance::named("toolbox", "c").expect("an instance");
        let draft = Draft::get("GetAccountsDetailAsync").part("a b/../c?d&e").query("x", "1&y");
        let url = draft.render(&instance, &Keys::default()).expect("it needs no key").url;
        assert!(url.ends_with("/GetAccountsDetailAsync/a%20b%2F..%2Fc%3Fd%26e?x=1%26y"), "{url}");
    }
}
