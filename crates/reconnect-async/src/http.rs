//! `Http`: the transport over reqwest.

use crate::Transport;
use async_trait::async_trait;
use reconnect_core::{DriveError, Fault, FaultKind, Rendered, Reply, policy::CONNECT_LIMIT};
use reqwest::{header::CONTENT_LENGTH, header::HeaderValue, redirect::Policy, retry::never};

//= docs/spec/hosts-and-paths.md#the-api
//# **HOST-8** A client MUST NOT follow a redirect of the API host; a 3xx is a refusal.
/// The default transport: HTTP/1.1 over reqwest, with connections that are used again.
///
/// It follows no redirect, takes every status as data, adds no header of its own but `host` and `content-length`, asks
/// for no compression, keeps no cookie and sends nothing twice. It goes through **no proxy**, whatever the environment
/// says: who needs one, or other roots of trust, brings a [`Transport`]. Its errors hold no text, so no URL.
///
/// TLS is rustls (feature `rustls`, the default, and also where both are on) or the platform's own (`native-tls`), and
/// trusts whom the platform trusts. With neither, only plain http to loopback works.
///
/// ```
/// use reconnect_async::{Client, Http, Instance, Keys};
///
/// let client = Client::with_transport(Instance::named("toolbox", "c")?, Keys::default(), Http::new()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Http(reqwest::Client);

impl Http {
    /// A transport with connections of its own.
    ///
    /// # Errors
    /// [`DriveError::Http`] where TLS cannot be set up.
    pub fn new() -> Result<Self, DriveError> {
        let config = reqwest::Client::builder().redirect(Policy::none()).retry(never()).no_proxy();
        let config = config.http1_only().connect_timeout(CONNECT_LIMIT);
        // With both features it is rustls, so that another crate's wish for the other changes nothing here.
        #[cfg(feature = "rustls")]
        let config = config.tls_backend_rustls();
        config.build().map(Self).map_err(|error| DriveError::Http(error.without_url().into()))
    }
}

#[async_trait]
impl Transport for Http {
    async fn exchange(&self, request: &Rendered) -> Result<Reply, Fault> {
        let send = self.0.request(request.method.parse().map_err(|_| Fault::NOT_SENT)?, &request.url);
        let send = match request.content() {
            // Of an empty body reqwest would not tell the length, which some servers want to know.
            Some(text) => send.header(CONTENT_LENGTH, text.len()).body(text.to_owned()),
            None => send,
        };
        let send = request.headers.iter().fold(send, |send, (name, value)| match value.as_known() {
            Some(text) => send.header(*name, HeaderValue::from_static(text)),
            None => send.header(*name, value.expose()),
        });
        let mut response = send.timeout(request.limit()).send().await.map_err(fault)?;
        let headers = response.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let mut reply = Reply::begin(response.status().as_u16(), headers);
        while let Some(chunk) = response.chunk().await.map_err(fault)? {
            reply.append(&chunk, request.max_body)?;
        }
        Ok(reply)
    }
}

/// Only what failed before there was a connection surely did not get there.
fn fault(error: reqwest::Error) -> Fault {
    let kind = if error.is_timeout() { FaultKind::Timeout } else { FaultKind::Connect };
    if error.is_connect() || error.is_builder() { Fault::NOT_SENT } else { Fault::maybe(kind) }
}
