//! `Http`: the transport over ureq.

use crate::Transport;
use core::cell::Cell;
use reconnect_core::{DriveError, Fault, FaultKind, Rendered, Reply, policy::CONNECT_LIMIT};
use std::{io, io::Cursor, io::Read, rc::Rc};
use ureq::{Agent, Error, SendBody, http::Request, http::header::CONTENT_LENGTH};

/// The default transport: HTTP/1.1 over ureq, with connections that are used again.
///
/// It follows no redirect, takes every status as data, adds no header of its own but `host` and `content-length`, asks
/// for no compression, keeps no cookie and sends nothing twice. It goes through **no proxy**, whatever the environment
/// says: who needs one, or other roots of trust, brings a [`Transport`]. Its errors hold no text, so no URL.
/// At level trace ureq **logs what it sends**, keys included: see SECURITY.md before you let a logger go that far.
///
/// TLS is rustls (feature `rustls`, the default, and also where both are on) or the platform's own (`native-tls`), and
/// trusts whom the platform trusts. With neither, only plain http to loopback works.
///
/// ```
/// use reconnect_blocking::{Client, Http, Instance, Keys};
///
/// let client = Client::with_transport(Instance::named("toolbox", "c")?, Keys::default(), Http::new()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Http(Agent);

impl Http {
    /// A transport with connections of its own.
    ///
    /// # Errors
    /// [`DriveError::Http`] where TLS cannot be set up.
    pub fn new() -> Result<Self, DriveError> {
        let config = Agent::config_builder().max_redirects(0).http_status_as_error(false);
        let config = config.proxy(None).timeout_connect(Some(CONNECT_LIMIT));
        #[cfg(any(feature = "rustls", feature = "native-tls"))]
        let config = {
            use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
            // With both features it is rustls, so that another crate's wish for the other changes nothing here.
            let provider = if cfg!(feature = "rustls") { TlsProvider::Rustls } else { TlsProvider::NativeTls };
            config.tls_config(TlsConfig::builder().provider(provider).root_certs(RootCerts::PlatformVerifier).build())
        };
        Ok(Self(config.build().into()))
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
        let send = self.0.configure_request(send.map_err(|_| Fault::NOT_SENT)?);
        let send = send.timeout_global(Some(request.limit())).build();
        let mut response = self.0.run(send).map_err(|error| fault(&error, touched.get()))?;
        let headers = response.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let mut reply = Reply::begin(response.status().as_u16(), headers);
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
    let kind = if matches!(error, Error::Timeout(_)) { FaultKind::Timeout } else { FaultKind::Connect };
    let kind = if matches!(error, Error::BodyExceedsLimit(_)) { FaultKind::TooLarge } else { kind };
    if touched { Fault::maybe(kind) } else { Fault::NOT_SENT }
}
