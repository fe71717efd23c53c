//! Sends the bank's webhooks when they are due by the sandbox's clock.

use core::future::pending;
use core::net::SocketAddr;
use core::time::Duration;
use std::io;

use http_body_util::Full;
use hyper::Uri;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::shared::Shared;
use crate::http::Request;
use crate::webhook::{Delivery, addresses};

/// How long a receiver may take, in real time. The documentation gives no number.
const PATIENCE: Duration = Duration::from_secs(10);

/// Delivers for as long as it is polled. Other receivers do not wait for a slow one.
pub(super) async fn deliver(shared: &Shared) {
    loop {
        let now = shared.clock.now();
        let (due, next) = shared.bank(|bank| (bank.webhook_due(now), bank.next_webhook_at()));
        if let Some(Delivery { webhook, request }) = due {
            let shared = shared.clone();
            tokio::spawn(async move {
                let status = timeout(PATIENCE, send(request)).await;
                let status = status.ok().and_then(Result::ok);
                shared.bank(|bank| bank.webhook_answered(webhook, status));
                shared.stirred.notify_one();
            });
            continue;
        }
        let due = async {
            match next {
                Some(at) => shared.clock.reached(at).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = due => {}
            () = shared.stirred.notified() => {}
        }
    }
}

/// The receiver's status. Its body is not read.
async fn send(request: Request) -> io::Result<u16> {
    let uri: Uri = request.target.parse().map_err(io::Error::other)?;
    let port = uri.port_u16().unwrap_or(80);
    let places: Vec<SocketAddr> = addresses(&uri).into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
    let stream = TcpStream::connect(places.as_slice()).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let host = uri.authority().map_or("localhost", |authority| authority.as_str());
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let built = hyper::Request::post(target).header("host", host);
    let built = request.headers.iter().fold(built, |built, (name, value)| built.header(name, value));
    let built = built.body(Full::<Bytes>::from(request.body)).map_err(io::Error::other)?;
    // It ends by itself, at the latest when `sender` is dropped.
    tokio::spawn(connection);
    Ok(sender.send_request(built).await.map_err(io::Error::other)?.status().as_u16())
}
