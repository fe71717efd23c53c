//! `Instance`: the addresses of one Flinks environment, and the customer that calls it.

use crate::{host, secret::Secret};
use alloc::{format, string::String, sync::Arc};
use reconnect_json::text::without_nul;

/// Where the service is: the origin of its API, the widget's address, and the customer.
///
/// ```
/// use reconnect_core::Instance;
///
/// let toolbox = Instance::named("toolbox", "43387ca6-0391-4c82-857d-70d95f087ecb")?;
/// assert_eq!(toolbox.label(), "https://toolbox-api.private.fin.ag/43387ca6-0391-4c82-857d-70d95f087ecb");
/// assert_eq!(toolbox.widget_url(), "https://toolbox-iframe.private.fin.ag/");
///
/// let here = Instance::at("http://127.0.0.1:8080", "http://127.0.0.1:8080/v2/", "43387ca6")?;
/// assert_eq!(here.label(), "http://127.0.0.1:8080/43387ca6");
/// # Ok::<(), reconnect_core::InvalidInstance>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instance {
    api: Arc<str>,
    widget: Arc<str>,
    customer: Arc<str>,
    label: Arc<str>,
    /// Its label in snapshots of version 1: its name, or the API's host and port.
    first_label: Arc<str>,
    /// What follows this library's name in the header `user-agent`.
    agent: Option<Arc<str>>,
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
    /// The name of a program that cannot stand in the header `user-agent`.
    #[error("the program's name and version are written as my-app/1.0, in at most 100 letters, digits, and -._/")]
    Agent,
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
        //= docs/spec/hosts-and-paths.md#the-api
        //# **HOST-4** A client MUST NOT build a host from an instance name that has other characters than letters,
        //# digits and hyphens.
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(InvalidInstance::Name);
        }
        let (api, widget) =
            (format!("https://{name}-api.private.fin.ag"), format!("https://{name}-iframe.private.fin.ag/"));
        Ok(Self { first_label: name.into(), ..Self::at(&api, &widget, customer)? })
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
        let (authority, after) = authority(api, InvalidInstance::ApiUrl)?;
        if !after.is_empty() {
            return Err(InvalidInstance::ApiUrl);
        }
        if widget.contains('#') || widget.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(InvalidInstance::WidgetUrl);
        }
        self::authority(widget, InvalidInstance::WidgetUrl)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        //= docs/spec/hosts-and-paths.md#the-api
        //# **HOST-2** A client MUST put the `customerId` into the path as one segment.
        if customer.is_empty() || customer == "." || customer == ".." || !customer.bytes().all(plain) {
            return Err(InvalidInstance::Customer);
        }
        let label = format!("{api}/{customer}").into();
        let (api, widget, customer) = (api.into(), widget.into(), customer.into());
        Ok(Self { api, widget, customer, label, first_label: authority.into(), agent: None })
    }

    /// The same instance, called by this program: its name and version follow this library's in the header
    /// `user-agent`.
    ///
    /// # Errors
    /// [`InvalidInstance::Agent`] if it is not written as `my-app/1.0`.
    ///
    /// ```
    /// use reconnect_core::{Draft, Instance, Keys};
    /// let toolbox = Instance::named("toolbox", "c")?.called_by("my-app/1.0")?;
    /// let request = Draft::get("Institutions").render(&toolbox, &Keys::default())?;
    /// let agent = request.headers.iter().find(|(name, _)| *name == "user-agent").unwrap().1.expose();
    /// assert!(agent.starts_with("reconnect/") && agent.ends_with(" my-app/1.0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn called_by(self, agent: &str) -> Result<Self, InvalidInstance> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(plain);
        match agent.split_once('/') {
            Some((name, version)) if agent.len() <= 100 && is_word(name) && is_word(version) => {
                Ok(Self { agent: Some(agent.into()), ..self })
            }
            _ => Err(InvalidInstance::Agent),
        }
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
        let label = without_nul(label.into());
        Self { label: label.clone(), first_label: label, ..self }
    }

    /// Its label in snapshots: its scheme, its host and its customer, unless it has a label of its own.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Whether a snapshot with this label is this instance's. With `first`, the label may also be one of version 1.
    pub(crate) fn is_labelled(&self, label: &str, first: bool) -> bool {
        *self.label == *label || first && *self.first_label == *label
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

    /// The header `user-agent`.
    pub(crate) fn agent(&self) -> Secret {
        const OURS: &str = concat!("reconnect/", env!("CARGO_PKG_VERSION"));
        match &self.agent {
            Some(theirs) => [OURS, " ", theirs].concat().into(),
            None => Secret::known(OURS),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        [&*self.api, "/v3/", &*self.customer, "/BankingServices/", path].concat()
    }
}

/// The host and port of an absolute URL, which is https, or http to loopback, and the rest after them.
fn authority(url: &str, wrong: InvalidInstance) -> Result<(&str, &str), InvalidInstance> {
    let (scheme, rest) = host::scheme_of(url).ok_or(wrong)?;
    let (authority, after) = rest.split_at_checked(rest.find(['/', '?', '#']).unwrap_or(rest.len())).ok_or(wrong)?;
    let (host, _) = host::parts(scheme, authority).ok_or(wrong)?;
    match scheme {
        "https" => Ok((authority, after)),
        //= docs/spec/hosts-and-paths.md#the-api
        //# **HOST-5** A client MUST use https, and MAY use plain http to the loopback interface only.
        "http" if host.is_loopback() => Ok((authority, after)),
        "http" => Err(InvalidInstance::PlainHttp),
        _ => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    //= docs/spec/hosts-and-paths.md#the-api
    //= type=test
    //# **HOST-3** A client MUST let its caller choose the instance, and MUST NOT fall back to one silently.
    #[test]
    fn what_is_no_instance_is_refused() {
        use InvalidInstance::{ApiUrl, Customer, Name, PlainHttp, WidgetUrl};
        let widget = "https://w.example/";
        for (api, widget, customer, wrong) in [
            //= docs/spec/hosts-and-paths.md#the-api
            //= type=test
            //# **HOST-5** A client MUST use https, and MAY use plain http to the loopback interface only.
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
            //= docs/spec/hosts-and-paths.md#the-api
            //= type=test
            //# **HOST-2** A client MUST put the `customerId` into the path as one segment.
            ("https://a.example", widget, "a/b", Customer),
            ("https://a.example", widget, "..", Customer),
            ("http://127.0.0.1.example.com", widget, "c", PlainHttp),
            ("https://a.example/x/a.example", widget, "c", ApiUrl),
            ("https://a.example?x=a.example", widget, "c", ApiUrl),
            ("https://a.example#a.example", widget, "c", ApiUrl),
            ("https://a/a", widget, "c", ApiUrl),
            ("https://a.example//", widget, "c", ApiUrl),
            ("http://[::1]evil.com", widget, "c", ApiUrl),
            ("http://[::1].evil.com:80", widget, "c", ApiUrl),
            ("http://127.0.0.1:80:evil.com", widget, "c", ApiUrl),
            ("http://localhost:evil.com", widget, "c", ApiUrl),
            ("https://:443", widget, "c", ApiUrl),
            ("https://a.example:99999", widget, "c", ApiUrl),
            ("https://a.example:", widget, "c", ApiUrl),
            ("https://a.example:+1", widget, "c", ApiUrl),
            ("https://[", widget, "c", ApiUrl),
            ("https://[]", widget, "c", ApiUrl),
            ("https://[::1", widget, "c", ApiUrl),
            ("https://[1.2.3.4]", widget, "c", ApiUrl),
            ("https://..", widget, "c", ApiUrl),
            ("https://a..example", widget, "c", ApiUrl),
            ("https://", widget, "c", ApiUrl),
            ("http://127.0.0.1.evil.com", widget, "c", PlainHttp),
            ("http://2130706433", widget, "c", PlainHttp),
            ("http://0x7f.0.0.1", widget, "c", PlainHttp),
            ("http://127.1", widget, "c", PlainHttp),
            ("http://[::ffff:127.0.0.1]", widget, "c", PlainHttp),
            ("http://0.0.0.0", widget, "c", PlainHttp),
            ("http://localhost.evil.com", widget, "c", PlainHttp),
            ("http://localhost@evil.com", widget, "c", ApiUrl),
            ("https://a.example", "https://w.example:99999/", "c", WidgetUrl),
            ("https://a.example", "https://[::1]evil.com/", "c", WidgetUrl),
            ("https://a.example", "https://:443/", "c", WidgetUrl),
            ("https://a.example", "http://[::1]evil.com/", "c", WidgetUrl),
        ] {
            assert_eq!(Instance::at(api, widget, customer), Err(wrong), "{api} {widget} {customer}");
        }
        //= docs/spec/hosts-and-paths.md#the-api
        //= type=test
        //# **HOST-4** A client MUST NOT build a host from an instance name that has other characters than letters,
        //# digits and hyphens.
        assert_eq!(Instance::named("a b", "c"), Err(Name));
        for api in [
            "http://localhost:1",
            "http://127.9.9.9",
            "http://[::1]:80/",
            "http://[0:0:0:0:0:0:0:1]",
            "https://a.example",
            "https://a.example/",
            "https://a.example.:8443",
            "https://[2001:db8::1]:443",
            "https://192.0.2.1",
            "https://A-1.example:1",
        ] {
            assert!(Instance::at(api, widget, "c").is_ok(), "{api}");
        }
    }

    #[test]
    fn a_program_is_named_with_its_version() {
        let toolbox = || Instance::named("toolbox", "c").expect("an instance");
        let (longest, longer) = (format!("{}/1", "a".repeat(98)), format!("{}/1", "a".repeat(99)));
        for agent in ["my-app/1.0", "a/1", "A_b.c/2-rc.1", &longest] {
            let sent = toolbox().called_by(agent).expect(agent).agent();
            assert!(sent.expose().ends_with(&format!(" {agent}")), "{agent}");
        }
        for agent in ["", "a", "/1", "a/", "a/1/2", "a b/1", "a/1 b", "a/\u{e9}", "a\r\nx: y/1", &longer] {
            assert_eq!(toolbox().called_by(agent), Err(InvalidInstance::Agent), "{agent:?}");
        }
    }
}
