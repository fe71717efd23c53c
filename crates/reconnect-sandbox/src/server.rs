//! A thin HTTP server around a [`Bank`], with the widget and the controls.
//!
//! It adds the clock, what the network does to a reply, the sending of webhooks, limits, and an observer of the doctor's
//! findings; it writes no access log, since paths hold ids.

mod connection;
mod delivery;
mod guard;
mod patience;
mod shared;

use core::net::SocketAddr;
use std::io;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use self::shared::Shared;
use crate::bank::state::Bank;
use crate::clock::Clock;
use crate::doctor::finding::Finding;
use crate::settings::Settings;

/// A running sandbox. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Shared,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
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

    /// The same, and `observe` gets each finding of the doctor before the reply goes out. It should be quick, since the
    /// server has one thread.
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
        let bank = Arc::new(Mutex::new(Bank::new(settings)));
        let shared = Shared { bank, clock, observe: Arc::new(observe), stirred: Arc::default() };
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
        let seen = self.shared.bank(look);
        self.shared.stirred.notify_one();
        seen
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            // This fails if the thread has already ended by itself.
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

async fn serve(listener: TcpListener, shared: Shared, stopped: oneshot::Receiver<()>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    tokio::select! {
        () = connection::accept(listener, &shared) => {}
        () = delivery::deliver(&shared) => {}
        _ = stopped => {}
    }
}
