//! How a request looks on the wire: where it goes, what an HTTP client must obey, and the keys, which enter here.

use crate::{
    Call, Draft, ExchangeId, Request, Secret, endpoint::Sign, policy::MAX_BODY, time,
    wire::generate_authorize_token::AUTH_HEADER,
};
use alloc::{format, string::String, sync::Arc, vec::Vec};
use core::fmt;

/// Where the service is: the origin of its API, the widget's address, and the customer.
///
/// ```
/// use reconnect_core::Instance;
///
/// let toolbox = Instance::named("toolbox", "43387ca6-0391-4c82-857d-70d95f087ecb")?;
/// assert_eq!(toolbox.label(), "toolbox");
/// assert_eq!(toolbox.widget_url(), "https://toolbox-iframe.private.fin.ag/");
///
/// let here = Instance::at("http://127.0.0.1:8080", "http://127.0.0.1:8080/v2/", "43387ca6")?;
/// assert_eq!(here.label(), "127.0.0.1:8080");
/// # Ok::<(), reconnect_core::InvalidInstance>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instance {
    api: Arc<str>,
    widget: Arc<str>,
    customer: Arc<str>,
    label: Arc<str>,
}

/// Text that cannot be an instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidInstance {
    /// The name is not made of letters, digits and hyphens.
    #[error("the instance's name has letters, digits and hyphens only, such as toolbox")]
    Name,
    /// The API's address is not an origin.
    #[error("the API's address is an origin, such as https://toolbox-api.private.fin.ag, without path or query")]
    ApiUrl,
    /// The widget's address is not an absolute URL.
    #[error("the widget's address is an absolute URL, such as https://toolbox-iframe.private.fin.ag/")]
    WidgetUrl,
    /// Plain http to another machine.
    #[error("plain http is for loopback only: use https")]
    PlainHttp,
    /// The customer id is empty or cannot stand in a path.
    #[error("the customer id is missing or has characters that cannot stand in a path")]
    Customer,
}

impl Instance {
    /// The instance `name` at the service's own addresses: `https://{name}-api.private.fin.ag` and
    /// `https://{name}-iframe.private.fin.ag/`. Source: <https://docs.flinks.com/guides/connect/resume-and-reconnect>.
    ///
    /// # Errors
    /// [`InvalidInstance`] where the name or the customer cannot be what they should be.
    ///
    /// ```
    /// assert!(reconnect_core::Instance::named("evil.example/", "c").is_err());
    /// ```
    pub fn named(name: &str, customer: &str) -> Result<Self, InvalidInstance> {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(InvalidInstance::Name);
        }
        let (api, widget) =
            (format!("https://{name}-api.private.fin.ag"), format!("https://{name}-iframe.private.fin.ag/"));
        Ok(Self { label: name.into(), ..Self::at(&api, &widget, customer)? })
    }

    /// An instance at other addresses: `api` is an origin, `widget` is kept byte for byte (decision 19).
    ///
    /// # Errors
    /// [`InvalidInstance`] where one of them cannot be what it should be, or is plain http to another machine.
    ///
    /// ```
    /// assert!(reconnect_core::Instance::at("http://example.com", "https://example.com/", "c").is_err());
    /// ```
    pub fn at(api: &str, widget: &str, customer: &str) -> Result<Self, InvalidInstance> {
        let api = api.strip_suffix('/').unwrap_or(api);
        let authority = authority(api, InvalidInstance::ApiUrl)?;
        if !api.ends_with(authority) {
            return Err(InvalidInstance::ApiUrl);
        }
        if widget.contains('#') || widget.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(InvalidInstance::WidgetUrl);
        }
        self::authority(widget, InvalidInstance::WidgetUrl)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if customer.is_empty() || customer == "." || customer == ".." || !customer.bytes().all(plain) {
            return Err(InvalidInstance::Customer);
        }
        Ok(Self { api: api.into(), widget: widget.into(), customer: customer.into(), label: authority.into() })
    }

    /// The same instance under another label. A `loginId` is per instance, so a snapshot remembers the label and is
    /// not sent to an instance with another one (decision 50).
    ///
    /// ```
    /// let instance = reconnect_core::Instance::named("toolbox", "c")?.labelled("staging");
    /// assert_eq!(instance.label(), "staging");
    /// # Ok::<(), reconnect_core::InvalidInstance>(())
    /// ```
    #[must_use]
    pub fn labelled(self, label: &str) -> Self {
        Self { label: label.into(), ..self }
    }

    /// What snapshots call it: its name, or the API's host and port.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The same, shared.
    pub(crate) fn shared_label(&self) -> Arc<str> {
        self.label.clone()
    }

    /// The widget's address, byte for byte.
    #[must_use]
    pub fn widget_url(&self) -> &str {
        &self.widget
    }

    fn url(&self, path: &str) -> String {
        [&*self.api, "/v3/", &*self.customer, "/BankingServices/", path].concat()
    }
}

/// The host and port of an absolute URL, which is https, or http to loopback.
fn authority(url: &str, wrong: InvalidInstance) -> Result<&str, InvalidInstance> {
    let (scheme, rest) = url.split_once("://").ok_or(wrong)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    if authority.is_empty() || !authority.bytes().all(sound) {
        return Err(wrong);
    }
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let loopback = host == "localhost"
        || host == "::1"
        || host.parse::<core::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    match scheme {
        "https" => Ok(authority),
        "http" if loopback => Ok(authority),
        "http" => Err(InvalidInstance::PlainHttp),
        _ => Err(wrong),
    }
}

/// The two keys that Flinks gives at integration. They live here and in no session.
///
/// ```
/// use reconnect_core::{Keys, Secret};
/// let keys = Keys { secret: Some(Secret::from("sandbox-secret")), api: Some(Secret::from("sandbox-api-key")) };
/// assert!(!format!("{keys:?}").contains("sandbox"));
/// ```
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "there are two keys")]
pub struct Keys {
    /// The secret key, which mints authorize tokens. Absent for integrations made before October 2024.
    pub secret: Option<Secret>,
    /// The `x-api-key` of the data endpoints. Where it is absent, the header is left out.
    pub api: Option<Secret>,
}

/// A request that cannot be rendered: the caller's set-up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// A token is to be minted and there is no secret key.
    #[error("no secret key: set it, or set `Policy::token` to `Without`")]
    MissingKey,
    /// The session belongs to another instance.
    #[error("the session belongs to another instance than the one it is to be sent to")]
    OtherInstance,
}

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
    if request.instance.as_deref().is_some_and(|label| label != instance.label()) {
        return Err(RenderError::OtherInstance);
    }
    let mut rendered = draft(&request.call).render(instance, keys)?;
    (rendered.id, rendered.once, rendered.limit_ms) = (request.id, request.once, time::millis(request.limit));
    Ok(rendered)
}

fn draft(call: &Call) -> Draft {
    let endpoint = call.endpoint();
    match call {
        Call::GenerateAuthorizeToken => Draft::post(endpoint).signed(Sign::SecretKey),
        Call::Authorize { token, body } | Call::AuthorizeAsync { token, body } => {
            Draft::post(endpoint).body(body).signed(Sign::Token(token.clone()))
        }
        Call::GetAccountsDetail(body) => Draft::post(endpoint).body(body),
        Call::GetAccountsSummary(body) => Draft::post(endpoint).body(body),
        Call::GetAccountsDetailAsync(request) | Call::GetAccountsSummaryAsync(request) => {
            Draft::get(endpoint).part(request.as_str())
        }
    }
}

impl Draft {
    /// Puts the keys and the addresses into it. Its [`ExchangeId`] is 0, which is no session's.
    ///
    /// # Errors
    /// [`RenderError::MissingKey`].
    pub fn render(self, instance: &Instance, keys: &Keys) -> Result<Rendered, RenderError> {
        let secret = || keys.secret.clone().ok_or(RenderError::MissingKey);
        let key = match self.sign {
            Sign::SecretKey => Some((AUTH_HEADER, secret()?)),
            Sign::Token(token) => token.map(|token| (AUTH_HEADER, token)),
            Sign::ApiKey => keys.api.clone().map(|key| ("x-api-key", key)),
            Sign::Bearer => Some(("authorization", Secret::from(format!("Bearer {}", secret()?.expose())))),
        };
        let mut headers = Vec::with_capacity(5);
        headers.push(("accept", Secret::known("application/json")));
        headers.push(("accept-encoding", Secret::known("identity")));
        headers.push(("user-agent", Secret::known(concat!("reconnect/", env!("CARGO_PKG_VERSION")))));
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
            limit_ms: time::millis(self.limit),
            max_body: MAX_BODY,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_instance_is_refused() {
        use InvalidInstance::{ApiUrl, Customer, Name, PlainHttp, WidgetUrl};
        let widget = "https://w.example/";
        for (api, widget, customer, wrong) in [
            ("http://example.com", widget, "c", PlainHttp),
            ("https://a.example", "http://w.example/", "c", PlainHttp),
            ("https://a.example/v3", widget, "c", ApiUrl),
            ("https://a.example?x", widget, "c", ApiUrl),
            ("https://user@a.example", widget, "c", ApiUrl),
            ("ftp://a.example", widget, "c", ApiUrl),
            ("a.example", widget, "c", ApiUrl),
            ("https://a.example", "/v2/", "c", WidgetUrl),
            ("https://a.example", "https://w.example/#x", "c", WidgetUrl),
            ("https://a.example", widget, "", Customer),
            ("https://a.example", widget, "a/b", Customer),
            ("https://a.example", widget, "..", Customer),
            ("http://127.0.0.1.example.com", widget, "c", PlainHttp),
        ] {
            assert_eq!(Instance::at(api, widget, customer), Err(wrong), "{api} {widget} {customer}");
        }
        assert_eq!(Instance::named("a b", "c"), Err(Name));
        for api in ["http://localhost:1", "http://127.9.9.9", "http://[::1]:80/", "https://a.example"] {
            assert!(Instance::at(api, widget, "c").is_ok(), "{api}");
        }
    }

    #[test]
    fn an_id_is_one_part_of_the_path() {
        let instance = Instance::named("toolbox", "c").expect("an instance");
        let draft = Draft::get("GetAccountsDetailAsync").part("a b/../c?d&e").query("x", "1&y");
        let url = draft.render(&instance, &Keys::default()).expect("it needs no key").url;
        assert!(url.ends_with("/GetAccountsDetailAsync/a%20b%2F..%2Fc%3Fd%26e?x=1%26y"), "{url}");
    }
}
