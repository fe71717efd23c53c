//! A thin HTTP server around a [`Bank`], with the widget and the controls.
//!
//! It adds the clock, the limit on a body, an observer of the doctor's findings and nothing else; it writes no access
//! log, since paths hold ids.

use core::fmt;
use core::net::SocketAddr;
use std::io;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::bank::Bank;
use crate::clock::Clock;
use crate::doctor::Finding;
use crate::http::{Reply, Request};
use crate::settings::Settings;

/// The largest body, the same in the drivers and here.
const LARGEST_BODY: usize = 32 * 1024 * 1024;

/// A running sandbox. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Shared,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Clone)]
struct Shared {
    bank: Arc<Mutex<Bank>>,
    clock: Clock,
    observe: Arc<dyn Fn(&Finding) + Send + Sync>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("bank", &self.bank).field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Server {
    /// Listens and serves on a thread of its own. Port 0 takes a free one. The address should be a loopback one: the
    /// controls answer no other peer, but the test data does.
    ///
    /// # Errors
    /// When the address cannot be listened on, or the runtime or the thread cannot start.
    pub fn start(settings: Settings, listen: SocketAddr, clock: Clock) -> io::Result<Server> {
        Server::observed(settings, listen, clock, |_| {})
    }

    /// The same, and `observe` is told what the doctor finds, before the reply goes out. It should be quick: the server
    /// has one thread.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn observed(
        settings: Settings,
        listen: SocketAddr,
        clock: Clock,
        observe: impl Fn(&Finding) + Send + Sync + 'static,
    ) -> io::Result<Server> {
        let listener = TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Shared { bank: Arc::new(Mutex::new(Bank::new(settings))), clock, observe: Arc::new(observe) };
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let state = shared.clone();
        let serve = move || runtime.block_on(serve(listener, state, stopped));
        let thread = std::thread::Builder::new().name("reconnect-sandbox".to_owned()).spawn(serve)?;
        Ok(Server { address, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// Stops at once: requests that are under way get no answer.
    pub fn stop(mut self) {
        self.end();
    }

    /// `http://HOST:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The clock that the bank goes by; moving it moves the bank's time.
    pub fn clock(&self) -> Clock {
        self.shared.clock.clone()
    }

    /// Looks at the bank, or changes it, between two requests.
    pub fn bank<R>(&self, look: impl FnOnce(&mut Bank) -> R) -> R {
        self.shared.bank(look)
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended by itself; there is nobody to tell then.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    /// A panic in a test's closure must not take the server down with it.
    fn bank<R>(&self, look: impl FnOnce(&mut Bank) -> R) -> R {
        look(&mut self.bank.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn serve(listener: TcpListener, shared: Shared, stopped: oneshot::Receiver<()>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let app = Router::new().fallback(answer).with_state(shared);
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::select! {
        _ = axum::serve(listener, service) => {}
        _ = stopped => {}
    }
}

async fn answer(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: axum::http::Request<Body>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    if announced(&parts.headers) > LARGEST_BODY {
        return respond(too_large());
    }
    // A body that breaks off is answered like one that is too large: who sent it is no longer there to read.
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else { return respond(too_large()) };
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let request = Request {
        method: parts.method.as_str().to_owned(),
        target: target.to_owned(),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: body.to_vec(),
    };
    let is_control = request.path().starts_with("/_sandbox/");
    if is_control && !peer.ip().to_canonical().is_loopback() {
        return respond(Reply::of_json(403, &json!({"error": "the controls answer loopback only"})));
    }
    if request.path() == "/_sandbox/clock" {
        return respond(set_clock(&shared.clock, &request));
    }
    let now = shared.clock.now();
    let (reply, found) = shared.bank(|bank| {
        let before = bank.findings_made();
        let reply = bank.handle(now, &request);
        (reply, bank.findings_since(before).to_vec())
    });
    // Outside the lock: the observer may look at the bank itself.
    for finding in &found {
        (shared.observe)(finding);
    }
    respond(reply)
}

/// `GET` and `POST /_sandbox/clock`: the bank cannot move its own time.
fn set_clock(clock: &Clock, request: &Request) -> Reply {
    match request.method.as_str() {
        "GET" => {}
        "POST" => {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            match (body["advanceMs"].as_u64(), body["frozen"].as_bool()) {
                (None, None) => {
                    return Reply::of_json(400, &json!({"error": "expected a JSON object with advanceMs or frozen"}));
                }
                (advance, frozen) => {
                    clock.advance(advance.unwrap_or_default());
                    if let Some(frozen) = frozen {
                        clock.freeze(frozen);
                    }
                }
            }
        }
        _ => return Reply::wrong_method(),
    }
    Reply::of_json(200, &json!({"now": clock.now(), "frozen": clock.is_frozen(), "rate": clock.rate()}))
}

fn announced(headers: &HeaderMap) -> usize {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn too_large() -> Reply {
    Reply::of_json(413, &json!({"HttpStatusCode": 413, "Message": "The body is larger than 32 MiB"}))
}

fn respond(reply: Reply) -> Response<Body> {
    let builder = Response::builder().status(reply.status);
    let built = reply.headers.iter().fold(builder, |builder, (name, value)| builder.header(name, value));
    built.body(Body::from(reply.body)).unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}
