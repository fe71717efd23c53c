//! One connection. It reads requests and writes replies, and it ends early if a fault says so.

use core::convert::Infallible;
use core::future::pending;
use core::net::SocketAddr;
use core::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, HeaderMap};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::patience::Patience;
use super::shared::Shared;
use crate::date::http_date;
use crate::http::{Cut, Reply, Request, pair};

/// The largest body. No call is as long: the longest is a list of `LoginId`s, and one of 20,000 fits. A larger one would
/// keep other clients waiting while it is read, and its texts are kept for as long as its session.
const LARGEST_BODY: usize = 1024 * 1024;

/// How long a client may take for a head, the silence before it, a body, or reading a reply, in real time.
const PATIENCE: Duration = if cfg!(test) { Duration::from_millis(300) } else { Duration::from_secs(60) };

/// Takes connections for as long as it is polled.
pub(super) async fn accept(listener: TcpListener, shared: &Shared) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                tokio::spawn(converse(stream, peer, shared.clone()));
            }
            // Most often the process has too many open files, so waiting for others to be closed helps.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn converse(stream: TcpStream, peer: SocketAddr, shared: Shared) {
    // The last bytes of a connection that a fault ends. Hyper would not send half a reply.
    let (ending, mut endings) = mpsc::channel::<Vec<u8>>(1);
    let service = service_fn(|request| {
        let (shared, ending) = (shared.clone(), ending.clone());
        async move {
            let mut reply = match read(request).await {
                Ok(request) => shared.answer(peer, request).await,
                Err(refusal) => refusal,
            };
            reply.headers.push(pair("date", &http_date(shared.clock.now())));
            let last_bytes = match reply.fate.cut {
                Cut::None => return Ok::<_, Infallible>(respond(reply)),
                Cut::AfterBytes(bytes) => half(&reply, bytes),
                Cut::NoAnswer => Vec::new(),
            };
            let _ = ending.send(last_bytes).await;
            pending().await
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE).auto_date_header(false);
    let mut connection = builder.serve_connection(TokioIo::new(Patience::new(stream, PATIENCE)), service);
    let last_bytes = tokio::select! {
        _ = &mut connection => return,
        last_bytes = endings.recv() => last_bytes.unwrap_or_default(),
    };
    let mut stream = connection.into_parts().io.into_inner().into_inner();
    // A client that has gone or does not read needs no bytes.
    let _ = timeout(PATIENCE, stream.write_all(&last_bytes)).await;
    let _ = stream.shutdown().await;
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, Reply> {
    let (parts, body) = request.into_parts();
    if announced(&parts.headers) > LARGEST_BODY {
        return Err(too_large());
    }
    let body = match timeout(PATIENCE, Limited::new(body, LARGEST_BODY).collect()).await {
        Ok(Ok(body)) => body.to_bytes().to_vec(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_large()),
        Ok(Err(_)) => return Err(refused(400, "The body breaks off or is not framed as announced")),
        Err(_) => return Err(refused(408, "The body did not come in time")),
    };
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    Ok(Request {
        method: parts.method.as_str().to_owned(),
        target: target.to_owned(),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body,
    })
}

fn announced(headers: &HeaderMap) -> usize {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn too_large() -> Reply {
    refused(413, "The body is larger than 1 MiB")
}

/// The connection ends with this reply, since the rest of the body is not read.
fn refused(status: u16, message: &str) -> Reply {
    let mut reply = Reply::of_json(status, &json!({"HttpStatusCode": status, "Message": message}));
    reply.headers.push(pair("connection", "close"));
    reply
}

fn respond(reply: Reply) -> Response<Full<Bytes>> {
    let builder = Response::builder().status(reply.status);
    let built = reply.headers.iter().fold(builder, |builder, (name, value)| builder.header(name, value));
    built.body(Full::from(reply.body)).unwrap_or_else(|_| {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// A head that announces the whole body, and the first `bytes` of the body.
fn half(reply: &Reply, bytes: usize) -> Vec<u8> {
    let status = StatusCode::from_u16(reply.status).unwrap_or_default();
    let mut head = format!("HTTP/1.1 {status}\r\n");
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", reply.body.len()));
    let mut half = head.into_bytes();
    half.extend_from_slice(reply.body.get(..bytes).unwrap_or(&reply.body));
    half
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::time::Instant;

    use super::*;
    use crate::{Clock, Server, Settings};

    /// What the server says to a request that never ends.
    fn slow(begun: &[u8]) -> String {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::start(Settings::default(), loopback, Clock::fixed(0)).unwrap();
        let mut socket = TcpStream::connect(server.url().trim_start_matches("http://")).unwrap();
        socket.write_all(begun).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let mut said = Vec::new();
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(10) {
            let mut buffer = [0; 1024];
            match socket.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => said.extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    // One byte at a time, for ever.
                    let _ = socket.write_all(b"a");
                }
                Err(_) => break,
            }
        }
        assert!(since.elapsed() < Duration::from_secs(10), "it waits for ever");
        String::from_utf8(said).unwrap()
    }

    #[test]
    fn a_head_that_never_ends_ends_the_connection() {
        assert_eq!(slow(b"GET / HTTP/1.1\r\nx-a: "), "");
        assert_eq!(slow(b""), "");
    }

    //= docs/spec/sandbox.md#conduct
    //= type=test
    //# **SBX-42** The sandbox MUST cut a client off that does not take its reply, and serve the others meanwhile.
    #[test]
    fn a_client_that_does_not_read_is_cut_off_and_others_are_served() {
        use crate::Scenario;
        // A list of institutions is long, and quickly made.
        let institution =
            |id: usize| format!("[[institutions]]\nid = {id}\nname = 'b{id}'\ntitle = '{}'\n", "x".repeat(3_000));
        let world: String = (1..=300).map(institution).chain(["[[users]]\nusername = 'ada'".to_owned()]).collect();
        let settings = Settings::of(Scenario::read(&world).unwrap());
        let path = format!("/v3/{}/BankingServices/Institutions", settings.customer_id);
        let server = Server::start(settings, SocketAddr::from(([127, 0, 0, 1], 0)), Clock::fixed(0)).unwrap();
        let connect = || TcpStream::connect(server.url().trim_start_matches("http://")).unwrap();
        let ask = |more: &str| format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{more}\r\n");
        let all = |mut socket: TcpStream| {
            let mut said = Vec::new();
            socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            let _ = socket.read_to_end(&mut said);
            said.len()
        };

        let whole = {
            let mut socket = connect();
            socket.write_all(ask("connection: close\r\n").as_bytes()).unwrap();
            all(socket)
        };
        assert!(whole > 900_000, "{whole}");
        // The client asks for more at once than the socket's buffers hold.
        let mut idle = connect();
        for _ in 0..40 {
            idle.write_all(ask("").as_bytes()).unwrap();
        }
        // Another client reads a little now and then, and is cut off too.
        let mut slow = connect();
        for _ in 0..40 {
            slow.write_all(ask("").as_bytes()).unwrap();
        }
        let (since, mut taken) = (Instant::now(), 0);
        let mut sip = [0; 1_000];
        while since.elapsed() < 8 * PATIENCE {
            taken += slow.read(&mut sip).unwrap_or(0);
            std::thread::sleep(PATIENCE / 20);
        }
        let mut other = connect();
        other.write_all(ask("connection: close\r\n").as_bytes()).unwrap();
        assert_eq!(all(other), whole, "other clients get their replies");
        for (who, got) in [("idle", all(idle)), ("slow", taken + all(slow))] {
            assert!(got < 40 * whole / 2, "the server waited for the {who} client: {got} bytes of {}", 40 * whole);
        }
    }

    #[test]
    fn a_body_that_never_ends_is_refused() {
        let said = slow(b"POST / HTTP/1.1\r\ncontent-length: 100000\r\n\r\n");
        assert!(said.starts_with("HTTP/1.1 408"), "{said}");
    }
}
