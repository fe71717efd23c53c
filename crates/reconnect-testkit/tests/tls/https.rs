//! TLS with a wrong certificate: nothing of a request is ever sent, and both drivers know that it was not. By rustls or,
//! with the feature `native-tls` alone, by the platform's own.

use crate::both::*;
use crate::ears::{Depth, Leaks, leaks, listen};
use crate::tunnel::Tunnel;
use base64ct::{Base64, Encoding};
use core::net::SocketAddr;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use reconnect_core::{Fault, FaultKind, Keys, Pause, Policy, Reached, Reason};
use reconnect_testkit::server::{Answer, Server};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned, crypto::CryptoProvider, pki_types::CertificateDer,
    pki_types::PrivatePkcs8KeyDer,
};
use std::{
    env, fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::{Arc, Mutex},
    thread,
};

/// The folder of the authority's certificate, in the process that trusts it.
const TRUSTED: &str = "RECONNECT_TEST_TRUSTS";

/// An authority that nobody knows, unless told.
struct Authority(Issuer<'static, KeyPair>, CertificateDer<'static>);

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Not the name that rcgen gives to all: OpenSSL takes who has its issuer's name for its own issuer.
        params.distinguished_name.push(DnType::CommonName, "authority");
        let certificate = params.self_signed(&key).unwrap();
        Self(Issuer::new(params, key), certificate.der().clone())
    }

    fn pem(&self) -> String {
        let text = Base64::encode_string(&self.1);
        let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }
}

/// A TLS server with one certificate. It remembers what came through the encryption, and answers with a token.
struct Secured {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

/// How often somebody began to talk TLS, how often that came to an end, and what was said then.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
struct Seen {
    greeted: usize,
    agreed: usize,
    heard: Vec<u8>,
}

impl Secured {
    /// `name` is whose certificate it shows; where there is no `authority`, it signed its own.
    fn new(authority: Option<&Authority>, name: &str, last_year: i32) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_after = date_time_ymd(last_year, 12, 31);
        let certificate = match authority {
            Some(authority) => params.signed_by(&key, &authority.0),
            None => params.self_signed(&key),
        };
        let config = ServerConfig::builder_with_provider(Arc::new(provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let chain = vec![certificate.unwrap().der().clone()];
        let config = Arc::new(config.with_single_cert(chain, key.into()).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { address: listener.local_addr().unwrap(), seen: Arc::default() };
        let seen = server.seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (config, seen) = (config.clone(), seen.clone());
                // Who breaks off is the client's business.
                thread::spawn(move || talk(stream.ok()?, config, &seen));
            }
        });
        server
    }

    fn origin(&self) -> String {
        format!("https://{}", self.address)
    }

    fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }
}

fn provider() -> CryptoProvider {
    #[cfg(any(feature = "rustls", not(feature = "rustls-ring")))]
    return rustls::crypto::aws_lc_rs::default_provider();
    #[cfg(all(feature = "rustls-ring", not(feature = "rustls")))]
    rustls::crypto::ring::default_provider()
}

/// The drivers' fault for a bad certificate. The platform's own TLS does not say why it gave up.
fn untrusted() -> Fault {
    let told = cfg!(any(feature = "rustls", feature = "rustls-ring"));
    Fault { kind: if told { FaultKind::Untrusted } else { FaultKind::Tls }, reached: Reached::No }
}

fn talk(stream: TcpStream, config: Arc<ServerConfig>, seen: &Mutex<Seen>) -> Option<()> {
    let mut stream = StreamOwned::new(ServerConnection::new(config).ok()?, stream);
    seen.lock().ok()?.greeted += 1;
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).ok()?;
    }
    seen.lock().ok()?.agreed += 1;
    let mut some = [0; 4 << 10];
    loop {
        let read = stream.read(&mut some).ok().filter(|read| *read > 0)?;
        let mut seen = seen.lock().ok()?;
        seen.heard.extend(&some[..read]);
        if seen.heard.ends_with(b"{}") {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n{\"Token\":\"t\"}").ok()?;
        }
    }
}

/// Nothing was sent, and the driver knows: a live call that surely did not get there may go again, and is not in doubt.
fn nothing_is_sent(what: &str, server: &Secured) {
    for blocking in [false, true] {
        let clock = Virtual::new();
        let driver = over_http(&server.origin(), &Keys::default(), &clock, blocking);
        let what = format!("{}, {what}", driver.name());
        let mut request = mint(&server.origin());
        request.body = Some("{}".into());
        assert_eq!(exchange(&driver, &request), Err(untrusted()), "{what}");
        // The same through a proxy, which sees a tunnel and nothing else.
        let tunnel = Tunnel::open("");
        assert_eq!(Http::through(&tunnel.url(""), blocking).exchange(&request), Err(untrusted()), "{what}");
        assert_eq!(tunnel.heard(), [format!("CONNECT {} HTTP/1.1", server.address)], "{what}");

        let greeted = server.seen().greeted;
        let (mut session, row) = (driver.session(Policy::default()), Row::new());
        assert!(matches!(driver.advance(&mut session, &row), Ok(Pause::Done)), "{what}");
        let failure = failure(&session);
        assert_eq!(failure.reason(), Reason::Unreachable, "{what}");
        for text in [failure.to_string(), format!("{failure:?}")] {
            assert!(!text.contains("5e115eac") && !text.contains("127.0.0.1"), "{what}: {text}");
        }
        assert_eq!(server.seen().greeted - greeted, 3, "{what}: it is tried three times");

        // A mint has no body, and a key.
        let driver = over_http(&server.origin(), &keys(), &clock, blocking);
        assert!(matches!(driver.advance(&mut driver.session(Policy::default()), &Row::new()), Ok(Pause::Done)));
    }
    let seen = server.seen();
    assert_eq!(seen, Seen { greeted: seen.greeted, ..Seen::default() }, "{what}");
}

/// Through a tunnel. The credentials of the proxy are shown nowhere else.
fn through_a_proxy(good: &Secured) {
    let pass = "CANARY-USER:CANARY-SECRET-KEY/";
    let basic = Base64::encode_string(pass.as_bytes());
    for (blocking, depth) in [(false, Depth::All), (true, Depth::Advised)] {
        let tunnel = Tunnel::open(&basic);
        let url = tunnel.url("CANARY-USER:CANARY-SECRET-KEY%2F@");
        let lines = listen(depth, || {
            let http = Http::through(&url, blocking);
            let mut request = mint(&good.origin());
            request.body = Some("{}".into());
            for _ in 0..2 {
                let reply = http.exchange(&request).unwrap_or_else(|fault| panic!("{}: {fault:?}", http.name()));
                assert_eq!(reply.body, br#"{"Token":"t"}"#);
            }
            assert_eq!(tunnel.heard(), [format!("CONNECT {} HTTP/1.1", good.address)], "{}", http.name());
            // Wrong credentials, and a proxy that is not there: nothing was sent, whatever the request is.
            let (shut, body) = (Http::through(&tunnel.url("CANARY-USER:no@"), blocking), request.body.take());
            for body in [body, None] {
                request.body = body;
                let fault = Fault { kind: FaultKind::Proxy, reached: Reached::No };
                assert_eq!(shut.exchange(&request), Err(fault), "{}", http.name());
                let gone = Fault { kind: FaultKind::Refused, reached: Reached::No };
                let nowhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
                let nobody = Http::through(&format!("http://CANARY-USER:x@{nowhere}"), blocking);
                assert_eq!(nobody.exchange(&request), Err(gone), "{}", http.name());
            }
            let debug = match &http {
                Http::Async(http, _) => format!("{http:?}"),
                Http::Blocking(http) => format!("{http:?}"),
            };
            assert!(!debug.contains("CANARY"), "{debug}");
        });
        assert_eq!(leaks(&lines), Leaks::new());
        assert!(!lines.iter().any(|line| line.text.contains(&basic)));
        // A plain request to loopback does not use the proxy, which would read the keys.
        let (plain, before) = (Server::play([Answer::json(200, TOKEN)]), tunnel.heard().len());
        assert!(Http::through(&url, blocking).exchange(&mint(&plain.origin())).is_ok());
        assert_eq!((plain.asked().len(), tunnel.heard().len()), (1, before));
    }
}

/// An app that depends on rustls too has a configuration of its own, for which rustls chooses the provider. It can do so
/// only if there is one in the whole program.
#[test]
#[cfg(not(all(feature = "rustls", feature = "rustls-ring")))]
fn an_app_may_use_rustls_beside_both_drivers() {
    let _both = [Http::new(false), Http::new(true)];
    let config = rustls::ClientConfig::builder().with_root_certificates(rustls::RootCertStore::empty());
    assert!(!config.with_no_client_auth().crypto_provider().cipher_suites.is_empty());
}

/// The same for an app with its own reqwest client, if reqwest chooses the provider. With `rustls-ring` the app
/// chooses.
#[test]
#[cfg(not(feature = "rustls-ring"))]
fn an_app_may_use_reqwest_beside_both_drivers() {
    assert!(reqwest::Client::builder().build().is_ok());
}

#[test]
fn to_a_stranger_nothing_is_sent() {
    let authority = Authority::new();
    nothing_is_sent("a certificate that it signed itself", &Secured::new(None, "127.0.0.1", 4000));
    nothing_is_sent("an authority that nobody knows", &Secured::new(Some(&authority), "127.0.0.1", 4000));
}

/// The rest is told apart from an unknown authority only where the authority is known, which a process is told when it
/// begins. Elsewhere than on Linux the platform's own store decides, and a test should leave that alone.
#[test]
#[cfg(target_os = "linux")]
fn to_another_host_and_by_an_old_certificate_nothing_is_sent() {
    if let Ok(folder) = env::var(TRUSTED) {
        let folder = std::path::Path::new(&folder);
        let authority = Authority::new();
        fs::write(folder.join("authority.pem"), authority.pem()).unwrap();
        // The control: by the same authority, for this host, of today.
        let good = Secured::new(Some(&authority), "127.0.0.1", 4000);
        for (blocking, depth) in [(false, Depth::All), (true, Depth::Advised)] {
            let lines = listen(depth, || {
                let http = Http::new(blocking);
                let mut request = mint(&good.origin());
                request.headers.push(("x-canary", "CANARY-API-KEY".into()));
                request.body = Some(r#"{"CANARY-PROMPT":"CANARY-ANSWER"}{}"#.into());
                let reply = http.exchange(&request).unwrap_or_else(|fault| panic!("{}: {fault:?}", http.name()));
                assert_eq!(reply.body, br#"{"Token":"t"}"#);
            });
            // rustls has much to say, but nothing of what it encrypts. OpenSSL is silent. The test's server has rustls too.
            let says = lines.iter().any(|line| line.target.starts_with("rustls::client"));
            assert_eq!(says, cfg!(any(feature = "rustls", feature = "rustls-ring")));
            assert_eq!(leaks(&lines), Leaks::new());
        }
        let seen = good.seen();
        assert_eq!((seen.greeted, seen.agreed), (2, 2));
        through_a_proxy(&good);
        assert!(String::from_utf8_lossy(&seen.heard).contains("CANARY-ANSWER"), "the control hears what is sent");

        nothing_is_sent("another host's name", &Secured::new(Some(&authority), "api.example", 4000));
        nothing_is_sent("another address", &Secured::new(Some(&authority), "127.0.0.2", 4000));
        nothing_is_sent("an old certificate", &Secured::new(Some(&authority), "127.0.0.1", 2020));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut again = Command::new(env::current_exe().unwrap());
    again.env("SSL_CERT_FILE", folder.path().join("authority.pem")).env_remove("SSL_CERT_DIR");
    again.env(TRUSTED, folder.path()).args(["to_another_host", "--test-threads=1"]);
    let output = again.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
