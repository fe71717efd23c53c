//! Where the service is, which keys there are, and the policy: from the command line and the environment.

use crate::{
    args::{Place, Transport},
    exit::{Exit, Trouble},
    out::Out,
};
use core::time::Duration;
use reconnect_core::{Instance, Keys, Mfa, Policy, Proxy, Secret, policy::TokenUse};
use std::env::{self, VarError};

/// What a session is driven with.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) instance: Instance,
    pub(crate) keys: Keys,
    pub(crate) policy: Policy,
    pub(crate) transport: Transport,
    pub(crate) proxy: Option<Proxy>,
}

/// The variables in which other programs look for a proxy.
const PROXIES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"];

impl Place {
    /// # Errors
    /// A usage error where the addresses cannot be what they should be, and `FixTheSetup` where a key cannot be sent.
    pub(crate) fn setup(&self, out: &Out) -> Result<Setup, Trouble> {
        let mut setup = self.without_keys(out)?;
        setup.keys = keys()?;
        if setup.keys.secret.is_none() {
            setup.policy.token = TokenUse::Without;
        }
        Ok(setup)
    }

    /// The same without the keys of the environment, which are not read.
    ///
    /// # Errors
    /// A usage error where the addresses cannot be what they should be.
    pub(crate) fn without_keys(&self, out: &Out) -> Result<Setup, Trouble> {
        let instance = match (&self.instance, &self.api_url, &self.widget_url) {
            (Some(name), ..) => Instance::named(name, &self.customer_id),
            (None, api, widget) => Instance::at(
                api.as_deref().unwrap_or_default(),
                widget.as_deref().unwrap_or_default(),
                &self.customer_id,
            ),
        };
        let instance = instance.map_err(|wrong| Trouble::usage(wrong.to_string()))?;
        let proxy = self.proxy.as_ref().map(|url| Proxy::at(url.expose())).transpose();
        let proxy = proxy.map_err(|wrong| Trouble::usage(format!("--proxy: {wrong}")))?;
        let named = PROXIES.iter().find(|name| env::var_os(name).is_some_and(|value| !value.is_empty()));
        // Plain http goes to loopback only, and never through a proxy.
        let plain = self.api_url.as_deref().is_some_and(|url| url.to_ascii_lowercase().starts_with("http:"));
        if let (None, Some(name), false) = (&proxy, named, plain) {
            out.warn(&format!("{name} is set and not used: give --proxy URL to go through a proxy"));
        }
        let mut policy = Policy::default();
        policy.poll_every = Duration::from_secs(self.poll_every);
        // So that `continue --answers` works; the session's file then holds its authorize token.
        policy.mfa = Mfa::WidgetOrApi;
        Ok(Setup { instance, keys: Keys::default(), policy, transport: self.transport, proxy })
    }
}

/// The keys of the environment.
///
/// # Errors
/// `FixTheSetup` where one of them cannot be sent.
pub(crate) fn keys() -> Result<Keys, Trouble> {
    Ok(Keys { secret: key("FLINKS_SECRET_KEY")?, api: key("FLINKS_X_API_KEY")? })
}

/// A key of the environment. An empty one counts as absent.
pub(crate) fn key(name: &str) -> Result<Option<Secret>, Trouble> {
    let unfit = |why: &str| Trouble::new(Exit::FixTheSetup, format!("{name} {why}"));
    let value = match env::var(name) {
        Err(VarError::NotPresent) => return Ok(None),
        Err(VarError::NotUnicode(_)) => return Err(unfit("is not UTF-8: set it without quotes or line ends")),
        Ok(value) if value.is_empty() => return Ok(None),
        Ok(value) => Secret::from(value),
    };
    let keys = Keys { secret: Some(value), api: None };
    keys.check().map_err(|wrong| unfit(wrong.why()))?;
    Ok(keys.secret)
}
