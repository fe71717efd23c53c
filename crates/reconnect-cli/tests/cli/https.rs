//! `reconnect check` over https: the sandbox behind TLS, with a certificate of an authority that the machine may know.

use crate::check::{check, line, lines, mend, results};
use crate::support::ended;
use base64ct::{Base64, Encoding};
use core::net::SocketAddr;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use reconnect_sandbox::{Clock, Server, Settings};
use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::aws_lc_rs, pki_types::PrivatePkcs8KeyDer};
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};

/// The sandbox behind TLS.
struct Secured {
    _sandbox: Server,
    url: String,
    /// The authority's certificate, as PEM.
    authority: String,
}

impl Secured {
    fn start() -> Self {
        let settings = Settings { strict: true, ..Settings::default() };
        let sandbox = Server::start(settings, ([127, 0, 0, 1], 0).into(), Clock::real()).expect("started");
        let (own, other) = (KeyPair::generate().expect("a key"), KeyPair::generate().expect("a key"));
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "an authority of a test");
        let root = params.self_signed(&other).expect("a certificate");
        let issuer = Issuer::new(params, other);
        let leaf = CertificateParams::new(["127.0.0.1".to_owned()]).expect("a name");
        let leaf = leaf.signed_by(&own, &issuer).expect("a certificate");
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
        let key = PrivatePkcs8KeyDer::from(own.serialize_der()).into();
        let config = Arc::new(config.with_single_cert(vec![leaf.der().clone()], key).expect("a pair"));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("https://{}", listener.local_addr().expect("its address"));
        let behind: SocketAddr =
            sandbox.url().strip_prefix("http://").expect("plain http").parse().expect("an address");
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let connection = ServerConnection::new(config.clone()).expect("a configuration");
                thread::spawn(move || forward(StreamOwned::new(connection, client), behind));
            }
        });
        let base64 = Base64::encode_string(root.der());
        let lines: Vec<_> = base64.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        let authority = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
        Self { _sandbox: sandbox, url, authority }
    }
}

/// One request of a connection, and its reply.
fn forward(mut client: StreamOwned<ServerConnection, TcpStream>, behind: SocketAddr) {
    let (mut request, mut piece) = (Vec::new(), [0; 4_096]);
    let whole = loop {
        // A client that does not know the authority ends the connection.
        let Ok(count @ 1..) = client.read(&mut piece) else { return };
        request.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            break text.replacen("\r\n", "\r\nconnection: close\r\n", 1);
        }
    };
    let mut server = TcpStream::connect(behind).expect("the sandbox listens");
    server.write_all(whole.as_bytes()).expect("it reads");
    let mut reply = Vec::new();
    server.read_to_end(&mut reply).expect("it answers, and closes");
    client.write_all(&reply).expect("the command reads");
    client.conn.send_close_notify();
    client.flush().expect("the command reads");
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_named_and_no_key_is_sent() {
    let secured = Secured::start();
    for transport in ["async", "blocking"] {
        let found = lines(&ended(check(&secured.url).args(["--json", "--transport", transport]), "").exits(13));
        assert_eq!(line(&found, "apiTls")["saw"], "the certificate is not trusted");
        assert!(mend(&found, "apiTls").contains("add the authority of your network"), "{found:?}");
        assert_eq!(results(&found)[6..], ["skipped"; 2], "no key is sent: {found:?}");
    }
}

/// Elsewhere than on Linux the platform's own store decides, and a test should leave that alone.
#[test]
#[cfg(target_os = "linux")]
fn a_certificate_of_an_authority_of_the_machine_passes_every_check() {
    let secured = Secured::start();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("authority.pem");
    fs::write(&file, &secured.authority).expect("written");
    for transport in ["async", "blocking"] {
        let mut command = check(&secured.url);
        command.env("SSL_CERT_FILE", &file).env_remove("SSL_CERT_DIR");
        let found = lines(&ended(command.args(["--json", "--transport", transport]), "").exits(0));
        assert_eq!(results(&found), ["ok"; 8], "{found:?}");
        assert_eq!(line(&found, "apiTls")["saw"], "https opens, and the certificate is valid");
    }
}
