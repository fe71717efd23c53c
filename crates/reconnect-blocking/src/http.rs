//! `Http`: the transport over ureq.

use crate::Transport;
use core::{cell::Cell, error::Error as Cause, fmt};
use reconnect_core::policy::{CONNECT_LIMIT, IDLE_LIMIT, MAX_HEAD};
use reconnect_core::{DriveError, Fault, FaultKind, Proxy, Rendered, Reply};
use std::{io, io::Cursor, io::Read, rc::Rc};
use ureq::http::{Request, Uri, header::CONTENT_LENGTH};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error, SendBody, Timeout, config::AutoHeaderValue, config::Config};

/// The default transport: HTTP/1.1 over ureq, with connections that are used again. A request that may be sent only
/// once goes out on a new connection: the other end may have closed an idle one, and then nobody knows whether the
/// request arrived.
///
/// It follows no redirect, takes every status as data, adds no header of its own but `host` and `content-length`, asks
/// for no compression, keeps no cookie and sends nothing twice. It goes through **no proxy** that the environment
/// names, only through the one that it is [given](HttpBuilder::proxy). An app that needs other trust roots brings its
/// own [`Transport`]. Its errors hold no text, so no URL. At level trace ureq **logs what it sends**, keys included:
/// see SECURITY.md before you let a logger go that far.
///
/// TLS is rustls with aws-lc-rs (feature `rustls`, the default, which also wins over the others), rustls with ring
/// (`rustls-ring`) or the platform's own (`native-tls`), and trusts the authorities that the platform trusts. Without
/// any of these features, only plain http to loopback works.
///
/// ```
/// use reconnect_blocking::{Client, Http, Instance, Keys};
///
/// let client = Client::with_transport(Instance::named("toolbox", "c")?, Keys::default(), Http::new()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Http {
    kept: Agent,
    fresh: Agent,
}

/// The settings of an [`Http`].
///
/// ```
/// use reconnect_blocking::{Client, Http, Instance, Keys, Proxy};
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
        let proxy = self.proxy.map(|proxy| ureq::Proxy::new(proxy.expose())).transpose();
        let proxy = proxy.map_err(|error| DriveError::Http(error.into()))?;
        let config = || {
            let config = Agent::config_builder().max_redirects(0).http_status_as_error(false);
            let config = config.proxy(proxy.clone()).timeout_connect(Some(CONNECT_LIMIT)).max_idle_age(IDLE_LIMIT);
            // The request for a tunnel has no user agent; other requests set their own. `Reply::begin` counts the head.
            let config = config.user_agent(AutoHeaderValue::None).max_response_header_size(MAX_HEAD + MAX_HEAD / 2);
            #[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
            let config = config.tls_config(tls());
            config
        };
        let fresh = config().max_idle_connections(0).max_idle_connections_per_host(0);
        let agent =
            |config| Agent::with_parts(config, DefaultConnector::default(), Resolves(DefaultResolver::default()));
        Ok(Http { kept: agent(config().build()), fresh: agent(fresh.build()) })
    }
}

/// ureq's resolver, except that a host that is not found has an error of its own: ureq passes on the platform's error.
#[derive(Debug)]
struct Resolves(DefaultResolver);

impl Resolver for Resolves {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.0.resolve(uri, config, timeout);
        found.map_err(|error| if matches!(error, Error::Io(_)) { Error::HostNotFound } else { error })
    }
}

/// If several features are on, the first is used, so that a feature that another crate turns on changes nothing here.
#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
fn tls() -> ureq::tls::TlsConfig {
    use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
    let config = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
    #[cfg(feature = "rustls")]
    use rustls::crypto::aws_lc_rs::default_provider;
    #[cfg(all(feature = "rustls-ring", not(feature = "rustls")))]
    use rustls::crypto::ring::default_provider;
    #[cfg(any(feature = "rustls", feature = "rustls-ring"))]
    return config.provider(TlsProvider::Rustls).unversioned_rustls_crypto_provider(default_provider().into()).build();
    #[cfg(not(any(feature = "rustls", feature = "rustls-ring")))]
    config.provider(TlsProvider::NativeTls).build()
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").finish_non_exhaustive()
    }
}

impl Transport for Http {
    fn exchange(&self, request: &Rendered) -> Result<Reply, Fault> {
        let touched = Rc::new(Cell::new(request.text().is_empty()));
        let body = Watched(Cursor::new(request.text().to_owned()), touched.clone());
        let send = Request::builder().method(request.method).uri(&request.url);
        let send = request.headers.iter().fold(send, |send, (name, value)| send.header(*name, value.expose()));
        let send = match request.content() {
            Some(text) => send.header(CONTENT_LENGTH, text.len()).body(SendBody::from_owned_reader(body)),
            None => send.body(SendBody::none()),
        };
        let agent = if request.once { &self.fresh } else { &self.kept };
        let send = agent.configure_request(send.map_err(|_| Fault::NOT_SENT)?);
        let send = send.timeout_global(Some(request.limit()));
        let send = if request.url.starts_with("http:") { send.proxy(None) } else { send };
        let mut response = agent.run(send.build()).map_err(|error| fault(&error, touched.get()))?;
        let headers = response.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let mut reply = Reply::begin(response.status().as_u16(), headers)?;
        let mut body = response.body_mut().with_config().limit(request.max_body as u64).reader();
        body.read_to_end(&mut reply.body).map_err(|error| fault(&error.into(), true)).map(|_| reply)
    }
}

/// A request's body that knows whether ureq ever asked for it. A request with a body of which not a byte was asked for
/// surely did not get there, whatever the error says: no name, no connection, no TLS. Without a body nobody can tell.
struct Watched(Cursor<String>, Rc<Cell<bool>>);

impl Read for Watched {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.1.set(true);
        self.0.read(into)
    }
}

fn fault(error: &Error, touched: bool) -> Fault {
    let kind = match error {
        Error::Timeout(Timeout::Connect | Timeout::Resolve) => Some(FaultKind::ConnectTimeout),
        Error::Timeout(_) => Some(FaultKind::Timeout),
        Error::HostNotFound => Some(FaultKind::NameNotFound),
        Error::ConnectProxyFailed(_) => Some(FaultKind::Proxy),
        Error::BodyExceedsLimit(_) => Some(FaultKind::TooLarge),
        Error::LargeResponseHeader(..) => Some(FaultKind::HeadTooLarge),
        // ureq does not export the type of this error.
        Error::Protocol(error) if format!("{error:?}") == "HttpParseTooManyHeaders" => Some(FaultKind::HeadTooLarge),
        Error::Protocol(_) => Some(FaultKind::Garbled),
        #[cfg(feature = "native-tls")]
        Error::NativeTls(_) => Some(FaultKind::Tls),
        #[cfg(any(feature = "rustls", feature = "rustls-ring"))]
        Error::Rustls(error) => kind(error),
        Error::Io(error) => kind(error),
        _ => None,
    };
    Fault::seen(kind.unwrap_or(if touched { FaultKind::Broken } else { FaultKind::Connect }), touched)
}

/// The kind that the causes of an error name: the innermost cause that names one counts.
fn kind(error: &(dyn Cause + 'static)) -> Option<FaultKind> {
    let io = error.downcast_ref::<io::Error>();
    let inner = io.and_then(io::Error::get_ref).map(|inner| inner as &(dyn Cause + 'static));
    let here = || {
        #[cfg(any(feature = "rustls", feature = "rustls-ring"))]
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            let untrusted = matches!(error, rustls::Error::InvalidCertificate(_));
            return Some(if untrusted { FaultKind::Untrusted } else { FaultKind::Tls });
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
