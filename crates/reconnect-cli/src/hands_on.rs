//! `reconnect demo --hands-on`: an app as an integrator builds it, on one loopback port, and a sandbox on another.
//!
//! Two ports are two origins, so the window messages of the widget cross a real border. The app holds the keys and the
//! session; its page holds neither. One thread drives the session over the chosen HTTP client ([`walk`]), a small web
//! server shows where it is ([`web`]), and both meet in what the app remembers ([`desk`]).

mod cards;
mod desk;
mod diagram;
mod page;
mod view;
mod walk;
mod web;
mod words;

use crate::{
    args::{Demo, Transport},
    driver::{Driver, Time},
    exit::{Exit, Trouble},
    out::Out,
    place::Setup,
    sandbox::stop,
};
use core::net::SocketAddr;
use desk::Desk;
use reconnect_core::{Instance, Keys, Policy};
use reconnect_sandbox::{Clock, Server, Settings};
use std::{
    net::TcpListener,
    sync::{Arc, mpsc},
    thread,
};
use tokio::runtime::Builder;
use walk::Walk;
use web::App;

/// Any free port of this machine.
const LOOPBACK: SocketAddr = SocketAddr::new(core::net::IpAddr::V4(core::net::Ipv4Addr::LOCALHOST), 0);

/// How many wait for the session's thread. A person gives one at a time, and any page may make a browser call `/back`.
const MOST_ORDERS: usize = 64;

pub(crate) fn run(args: &Demo, out: &Out) -> Result<Exit, Trouble> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    // From here on a signal is noted, however early it comes.
    let stop = runtime.block_on(async { stop() })?;
    let server = Arc::new(sandbox()?);
    let listener = TcpListener::bind(LOOPBACK)?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}", listener.local_addr()?);

    let setup = setup(&server, args.transport.unwrap_or(Transport::Async))?;
    let desk = Arc::new(Desk::new(server.clock(), setup.policy.clone()));
    let (orders, inbox) = mpsc::sync_channel(MOST_ORDERS);
    let walk = Walk::new(setup, server.clone(), desk.clone())?;
    let session = thread::Builder::new().name("session".to_owned()).spawn(move || walk.run(&inbox))?;
    let app = App::new(desk, orders, server.clock(), &url, &server.url());

    out.line(&url)?;
    out.note("an app as you would build it, and a strict sandbox behind it, with test data only");
    out.note(&format!("  open      {url}  in a browser"));
    out.note(&format!("  widget    {}/  (the sandbox's: another port, so another origin)", server.url()));
    out.note("  until     Ctrl-C");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        tokio::select! {
            ended = axum::serve(listener, web::router(app)) => ended,
            () = stop => Ok(()),
        }
    })?;
    // With the last connection goes the last order; the session's thread then removes its row.
    drop(runtime);
    let _ = session.join();
    Ok(Exit::Done)
}

/// Strict, on a clock that runs like the machine's and can be moved.
fn sandbox() -> Result<Server, Trouble> {
    // A first connection can be resumed only if the widget posts its requestId; the documentation leaves this open.
    let settings = Settings { strict: true, early_request_id: true, ..Settings::default() };
    Server::start(settings, LOOPBACK, Clock::real())
        .map_err(|error| Trouble::failed(format!("no sandbox could be started on 127.0.0.1: {error}")))
}

fn setup(server: &Server, transport: Transport) -> Result<Setup, Trouble> {
    let settings = Settings::default();
    let keys = Keys { secret: Some(settings.secret_key.into()), api: Some(settings.api_key.into()) };
    let url = server.url();
    let instance = Instance::at(&url, &format!("{url}/"), &settings.customer_id)
        .map_err(|wrong| Trouble::failed(wrong.to_string()))?;
    Ok(Setup { instance, keys, policy: Policy::default(), transport, proxy: None })
}

/// A driver that goes by the sandbox's clock: a wait between two polls moves it, and takes no real time.
fn driver(setup: &Setup, server: &Server, watch: Arc<dyn crate::progress::Watch>) -> Result<Driver, Trouble> {
    Ok(Driver::new(setup.clone(), Time::Virtual(server.clock()), watch)?)
}
