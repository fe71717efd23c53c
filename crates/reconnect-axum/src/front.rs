//! `Front`: what the routes share.

use crate::counts::Counts;
use crate::limits::Limits;
use axum::http::{Uri, uri::Scheme};
use core::net::IpAddr;
use core::time::Duration;
use reconnect_async::{Policy, Secret};
use reconnect_store::{Driver, Error, Link, LinkFor};
use std::sync::Arc;

/// The routes of hosted links, over a store. It is cheap to clone.
#[derive(Clone)]
pub struct Front(Arc<Inner>);

#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) driver: Driver,
    pub(crate) public: PublicUrl,
    /// The app's name, as the pages say it.
    pub(crate) app: String,
    /// Where the last page leads to.
    pub(crate) app_url: Option<String>,
    pub(crate) webhook_keys: Vec<Secret>,
    pub(crate) policy: Policy,
    pub(crate) limits: Arc<Limits>,
    pub(crate) counts: Arc<Counts>,
}

/// Where the routes are, as a browser sees it.
#[derive(Clone)]
pub(crate) struct PublicUrl {
    /// Without a slash at its end.
    pub(crate) whole: String,
    /// Scheme, host and port.
    pub(crate) origin: String,
}

/// The URL is not one where links can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "the address of links is https://HOST or https://HOST/PATH; http is for loopback only, since a link is a secret"
)]
#[non_exhaustive]
pub struct InvalidUrl;

impl PublicUrl {
    fn read(url: &str) -> Result<Self, InvalidUrl> {
        let uri: Uri = url.parse().map_err(|_| InvalidUrl)?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else { return Err(InvalidUrl) };
        // It stands in a header, too.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-.:[]/_~%".contains(c);
        if uri.query().is_some() || !url.chars().all(is_plain) {
            return Err(InvalidUrl);
        }
        if *scheme != Scheme::HTTPS && !(*scheme == Scheme::HTTP && is_loopback(authority.host())) {
            return Err(InvalidUrl);
        }
        let origin = format!("{scheme}://{authority}");
        Ok(Self { whole: format!("{origin}{}", uri.path().trim_end_matches('/')), origin })
    }
}

/// Whether a host is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Front {
    /// Routes over the sessions and links of a driver. `public_url` is what links begin with: where a browser finds
    /// these routes. If you nest the routes under a path, it ends with this path.
    ///
    /// # Errors
    /// [`InvalidUrl`].
    pub fn new(driver: Driver, public_url: &str) -> Result<Self, InvalidUrl> {
        let public = PublicUrl::read(public_url)?;
        let app = public.origin.split_once("://").map_or("", |(_, host)| host).to_owned();
        let (limits, counts) = (Arc::default(), Arc::default());
        let (webhook_keys, policy) = (Vec::new(), Policy::default());
        let inner = Inner { driver, public, app, app_url: None, webhook_keys, policy, limits, counts };
        Ok(Self(Arc::new(inner)))
    }

    /// The name of your app, as your user knows it. Without it the pages say the host's name.
    #[must_use]
    pub fn app(self, name: &str) -> Self {
        self.with(|inner| inner.app = name.to_owned())
    }

    /// Where the last page leads back to. Without it, it says that it may be closed.
    #[must_use]
    pub fn app_url(self, url: &str) -> Self {
        self.with(|inner| inner.app_url = Some(url.to_owned()))
    }

    /// A key by which Flinks signs webhooks. Call it twice while you change the key. Without any, no webhook is taken.
    #[must_use]
    pub fn webhook_key(self, key: impl Into<Secret>) -> Self {
        self.with(|inner| inner.webhook_keys.push(key.into()))
    }

    /// By another policy than the Reconnect page's.
    #[must_use]
    pub fn policy(self, policy: Policy) -> Self {
        self.with(|inner| inner.policy = policy)
    }

    fn with(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// Makes a link that ends after `life`, and says its address. The address is a secret of its user: whoever has it
    /// can press its button. It is told here, and never again.
    ///
    /// # Errors
    /// [`Error::Text`] if the owner cannot be stored, [`Error::Seal`] and [`Error::Database`].
    pub async fn link(&self, what: LinkFor, life: Duration) -> Result<(Link, String), Error> {
        let (link, token) = self.0.driver.sessions().new_link(what, life).await?;
        let address = format!("{}/connect/{}", self.0.public.whole, token.expose());
        self.0.counts.link();
        Ok((link, address))
    }

    /// The driver.
    pub fn driver(&self) -> &Driver {
        &self.0.driver
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }
}

impl core::fmt::Debug for Front {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Front").field("public", &self.0.public.whole).field("app", &self.0.app).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_https_or_on_loopback() {
        for good in ["https://a.example", "https://a.example:8443/bank/", "http://127.0.0.1:80", "http://[::1]:8080"] {
            let read = PublicUrl::read(good).map(|url| url.whole);
            assert_eq!(read, Ok(good.trim_end_matches('/').to_owned()));
        }
        for bad in [
            "http://a.example",
            "a.example",
            "https://",
            "https://u@a.example",
            "https://a.example/?x",
            "ftp://a",
            "https://*.example",
            "https://a.example;x",
            "https://a.example/#",
        ] {
            assert!(PublicUrl::read(bad).is_err(), "{bad}");
        }
    }
}
