//! `Http`: the transport over reqwest.

use crate::Transport;
use async_trait::async_trait;
use core::{error::Error, fmt};
use reconnect_core::{DriveError, Fault, FaultKind, Proxy, Rendered, Reply, policy::CONNECT_LIMIT, policy::IDLE_LIMIT};
use reqwest::{header::CONTENT_LENGTH, header::HeaderValue, redirect::Policy, retry::never};
use std::io;

/// The default transport: HTTP/1.1 over reqwest, with connections that are used again. A request that may be sent only
/// once goes out on a new connection: the other end may have closed an idle one, and then nobody knows whether the
/// request arrived.
///
/// It follows no redirect, takes every status as data, adds no header of its own but `host` and `content-length`, asks
/// for no compression, keeps no cookie and sends nothing twice. It goes through **no proxy** that the environment
/// names, only through the one that it is [given](HttpBuilder::proxy). An app that needs other trust roots brings its
/// own [`Transport`]. Its errors hold no text, so no URL.
///
/// TLS is rustls with aws-lc-rs (feature `rustls`, the default, which also wins over the others), rustls with ring
/// (`rustls-ring`) or the platform's own (`native-tls`), and trusts the authorities that the platform trusts. Without
/// any of these features, only plain http to loopback works.
///
/// ```
/// use reconnect_async::{Client, Http, Instance, Keys};
///
/// let client = Client::with_transport(Instance::named("toolbox", "c")?, Keys::default(), Http::new()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Http {
    kept: reqwest::Client,
    fresh: reqwest::Client,
}

/// The settings of an [`Http`].
///
/// ```
/// use reconnect_async::{Client, Http, Instance, Keys, Proxy};
///
/// let http = Http::builder().proxy(Proxy::at("http://proxy.example:3128")?).build()?;
/// let client = Client::with_transport(Instance::named("toolbox", "c")?, Keys::default(), http);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct HttpBuilder {
    proxy: Option<Proxy>,
}

impl Http {
    /// A transport with connections of its own.
    ///
    /// # Errors
    /// [`DriveError::Http`] if TLS cannot be set up.
    pub fn new() -> Result<Self, DriveError> {
        Self::builder().build()
    }

    /// A transport with settings of your own.
    #[must_use]
    pub fn builder() -> HttpBuilder {
        HttpBuilder::default()
    }
}

impl HttpBuilder {
    /// Sends https through a tunnel of this proxy. Plain http, which only goes to loopback, does not use it.
    #[must_use]
    pub fn proxy(self, proxy: Proxy) -> Self {
        Self { proxy: Some(proxy) }
    }

    /// The transport.
    ///
    /// # Errors
    /// [`DriveError::Http`] if TLS cannot be set up.
    pub fn build(self) -> Result<Http, DriveError> {
        let config = || {
            let config = reqwest::Client::builder().redirect(Policy::none()).retry(never()).no_proxy();
            let config = config.http1_only().connect_timeout(CONNECT_LIMIT).pool_idle_timeout(IDLE_LIMIT);
            match &self.proxy {
                Some(proxy) => reqwest::Proxy::https(proxy.expose()).map(|proxy| config.proxy(proxy)),
                None => Ok(config),
            }
        };
        let (kept, fresh) = (config().map_err(wrong)?, config().map_err(wrong)?.pool_max_idle_per_host(0));
        // If several features are on, this one is used, so that a feature that another crate turns on changes nothing
        // here.
        #[cfg(any(feature = "rustls", feature = "rustls-ring"))]
        let (kept, fresh) = {
            let tls = tls().map_err(|error| DriveError::Http(error.into()))?;
            (kept.tls_backend_preconfigured(tls.clone()), fresh.tls_backend_preconfigured(tls))
        };
        let (kept, fresh) = (kept.build().map_err(wrong)?, fresh.build().map_err(wrong)?);
        Ok(Http { kept, fresh })
    }
}

#[cfg(any(feature = "rustls", feature = "rustls-ring"))]
fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    #[cfg(feature = "rustls")]
    use rustls::crypto::aws_lc_rs::default_provider;
    #[cfg(not(feature = "rustls"))]
    use rustls::crypto::ring::default_provider;
    use rustls_platform_verifier::BuilderVerifierExt as _;
    let config = rustls::ClientConfig::builder_with_provider(default_provider().into());
    let config = config.with_safe_default_protocol_versions()?.with_platform_verifier()?;
    let mut config = config.with_no_client_auth();
    config.alpn_protocols.push(b"http/1.1".into());
    Ok(config)
}

fn wrong(error: reqwest::Error) -> DriveError {
    DriveError::Http(error.without_url().into())
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for Http {
    async fn exchange(&self, request: &Rendered) -> Result<Reply, Fault> {
        let client = if request.once { &self.fresh } else { &self.kept };
        let send = client.request(request.method.parse().map_err(|_| Fault::NOT_SENT)?, &request.url);
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
        let mut reply = Reply::begin(response.status().as_u16(), headers)?;
        // After the head, a reset is `Broken` in both drivers: ureq does not tell it from the end of a connection.
        let broken = |error| match fault(error) {
            Fault { kind: FaultKind::Reset, reached } => Fault { kind: FaultKind::Broken, reached },
            other => other,
        };
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            reply.append(&chunk, request.max_body)?;
        }
        Ok(reply)
    }
}

/// Only a request that failed before there was a connection surely did not arrive.
#[expect(clippy::needless_pass_by_value, reason = "it maps the errors of three calls")]
fn fault(error: reqwest::Error) -> Fault {
    let connecting = error.is_connect() || error.is_builder();
    // The platform's own TLS does not tell its errors by type.
    let is_native = cfg!(all(feature = "native-tls", not(any(feature = "rustls", feature = "rustls-ring"))));
    let other = match connecting {
        true if is_native => FaultKind::Tls,
        true => FaultKind::Connect,
        false => FaultKind::Broken,
    };
    let kind = match (error.is_timeout(), connecting) {
        (true, true) => FaultKind::ConnectTimeout,
        (true, false) => FaultKind::Timeout,
        (false, _) if error.is_dns() => FaultKind::NameNotFound,
        (false, _) => kind(&error).unwrap_or(other),
    };
    Fault::seen(kind, !connecting)
}

/// The kind that the causes of an error name: the innermost cause that names one counts.
fn kind(error: &(dyn Error + 'static)) -> Option<FaultKind> {
    let io = error.downcast_ref::<io::Error>();
    let inner = match io {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    };
    let here = || {
        #[cfg(any(feature = "rustls", feature = "rustls-ring"))]
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            let untrusted = matches!(error, rustls::Error::InvalidCertificate(_));
            return Some(if untrusted { FaultKind::Untrusted } else { FaultKind::Tls });
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>().filter(|error| error.is_parse()) {
            // hyper has a name for this error on the server's side only.
            let large = error.to_string().contains("head is too large");
            return Some(if large { FaultKind::HeadTooLarge } else { FaultKind::Garbled });
        }
        // An error of hyper-util, of which only the text is public.
        if error.to_string().starts_with("tunnel error") {
            return Some(FaultKind::Proxy);
        }
        let is = |kinds: [io::ErrorKind; 2]| io.is_some_and(|io| kinds.contains(&io.kind()));
        if is([io::ErrorKind::ConnectionRefused; 2]) {
            return Some(FaultKind::Refused);
        }
        if is([io::ErrorKind::InvalidData, io::ErrorKind::InvalidInput]) {
            return Some(FaultKind::Garbled);
        }
        if is([io::ErrorKind::ConnectionReset; 2]) {
            return Some(FaultKind::Reset);
        }
        is([io::ErrorKind::UnexpectedEof; 2]).then_some(FaultKind::Broken)
    };
    inner.and_then(kind).or_else(here)
}
