//! `reconnect serve`: links for end users and an API for the app, until a signal ends it.

use crate::args::{Serve, Transport};
use crate::exit::{Exit, Trouble};
use crate::out::Out;
use crate::place::{Setup, key};
use crate::sandbox::{address, stop};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum_server::Handle;
use core::net::SocketAddr;
use core::pin::pin;
use core::time::Duration;
use hyper_util::rt::TokioTimer;
use reconnect_axum::{
    Front, api,
    notify::{InvalidNotifier, Notifier},
};
use reconnect_core::{Mfa, Secret};
use reconnect_store::{Driver, Sessions};
use std::net::TcpListener;

/// The shortest admin key. Ours: a shorter one can be guessed.
const KEY: usize = 16;
/// How long the head of a request may take to arrive, and a connection may be idle.
const SLOW: Duration = Duration::from_secs(20);
/// How long a request may take. A webhook of Flinks may be large.
const LONGEST: Duration = Duration::from_secs(120);
/// How long the last requests may take, once a signal came.
const LAST: Duration = Duration::from_secs(10);
const IN_MEMORY: &str = "sqlite::memory:";

pub(crate) fn run(args: &Serve, out: &Out) -> Result<Exit, Trouble> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .init();
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(serve(args, out))
}

async fn serve(args: &Serve, out: &Out) -> Result<Exit, Trouble> {
    // From here on a signal is noted, however early it comes.
    let mut stopped = pin!(stop()?);
    let keys = keys(args)?;
    let listen = address(&args.listen)?;
    let listener = TcpListener::bind(listen).map_err(|error| {
        Trouble::failed(format!("{listen} cannot be listened on: {error}; port 0 takes a free one"))
    })?;
    listener.set_nonblocking(true)?;
    let own = listener.local_addr()?;
    let setup = args.place.setup(out)?;
    let mut policy = setup.policy.clone();
    // The pages have no form for answers.
    policy.mfa = Mfa::Widget;
    // A database that is not there is waited for.
    let driver = tokio::select! {
        driver = driver(args, setup) => driver?,
        () = &mut stopped => return Ok(Exit::Done),
    };
    let front = front(args, driver.clone(), own, keys.webhook)?.policy(policy);
    let notifier = match args.notify_url.as_deref().zip(keys.notify) {
        Some((url, key)) => Some(Notifier::new(&front, url, key).map_err(|error| unfit(&error))?),
        None => None,
    };
    let app = api::server(&front, &keys.admin);

    out.line(&format!("http://{own}"))?;
    tell(args, out);
    tokio::spawn(driver.clone().run());
    let notifying = notifier.map(|notifier| tokio::spawn(notifier.run()));
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener)?.handle(handle.clone());
    // A client that sends its request slowly, or none, is sent away.
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(SLOW);
    let served = tokio::spawn(server.serve(app.layer(from_fn(in_time)).into_make_service()));
    stopped.await;

    let again = stop()?;
    out.note("waiting for the requests to Flinks that are under way; another signal ends it at once");
    handle.graceful_shutdown(Some(LAST));
    let rest = async {
        let served = served.await;
        driver.close().await;
        if let Some(notifying) = notifying {
            notifying.abort();
        }
        // A copy of the file is whole from then on.
        driver.sessions().close().await;
        served
    };
    tokio::select! {
        served = rest => served.map_err(std::io::Error::other)??,
        () = pin!(again) => out.warn("ended before each reply was stored"),
    }
    Ok(Exit::Done)
}

/// A request may take so long, with its body.
async fn in_time(request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(LONGEST, next.run(request)).await;
    answered.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
}

struct Keys {
    admin: Secret,
    notify: Option<Secret>,
    webhook: Option<Secret>,
}

fn keys(args: &Serve) -> Result<Keys, Trouble> {
    let mend = |text: &str| Trouble::new(Exit::FixTheSetup, text);
    let admin = key("RECONNECT_ADMIN_KEY")?.filter(|key| key.expose().len() >= KEY);
    let admin = admin.ok_or_else(|| {
        mend("RECONNECT_ADMIN_KEY has to be set, to 16 characters or more: export RECONNECT_ADMIN_KEY=$(openssl rand -hex 32)")
    })?;
    let notify = key("RECONNECT_NOTIFY_KEY")?;
    if args.notify_url.is_some() && notify.is_none() {
        return Err(mend(
            "--notify-url needs RECONNECT_NOTIFY_KEY, which signs the webhooks: export \
             RECONNECT_NOTIFY_KEY=whsec_$(openssl rand -base64 32)",
        ));
    }
    Ok(Keys { admin, notify, webhook: key("FLINKS_WEBHOOK_KEY")? })
}

async fn driver(args: &Serve, setup: Setup) -> Result<Driver, Trouble> {
    if setup.transport == Transport::Blocking {
        return Err(Trouble::usage("serve has the async transport only"));
    }
    let http = reconnect_async::Http::builder();
    let http = setup.proxy.into_iter().fold(http, reconnect_async::HttpBuilder::proxy).build()?;
    let client = reconnect_async::Client::with_transport(setup.instance, setup.keys, http);
    let url = args.store.as_ref().map_or(IN_MEMORY, Secret::expose);
    let options = Sessions::options(url).notices(args.notify_url.is_some());
    let sessions = options.open().await.map_err(|error| Trouble::failed(format!("--store: {error}")))?;
    Ok(Driver::new(client, sessions))
}

fn front(args: &Serve, driver: Driver, own: SocketAddr, webhook: Option<Secret>) -> Result<Front, Trouble> {
    let own = format!("http://{own}");
    let public = args.public_url.as_deref().unwrap_or(&own);
    let front = Front::new(driver, public).map_err(|error| match args.public_url {
        Some(_) => Trouble::usage(format!("--public-url: {error}")),
        None => Trouble::usage("it listens beyond this machine: give --public-url, what a browser sees of it"),
    })?;
    if args.app_url.as_deref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
        return Err(Trouble::usage("--app-url begins with https:// or http://"));
    }
    if args.app.as_deref().is_some_and(|name| name.trim().is_empty()) {
        return Err(Trouble::usage("--app is the name of your app, as its users know it"));
    }
    let front = if let Some(name) = &args.app { front.app(name) } else { front };
    let front = if let Some(url) = &args.app_url { front.app_url(url) } else { front };
    Ok(if let Some(key) = webhook { front.webhook_key(key) } else { front })
}

fn tell(args: &Serve, out: &Out) {
    if args.store.is_none() {
        out.warn("everything is in memory, and gone at the end: give --store sqlite:PATH or postgres://…");
    }
    if args.notify_url.is_none() {
        out.note("no --notify-url: your app has to ask GET /sessions?loginId=…");
    }
    out.note("links: reconnect link LOGIN_ID --server URL; the API: /openapi.json; until Ctrl-C");
}

fn unfit(error: &InvalidNotifier) -> Trouble {
    let what = if matches!(error, InvalidNotifier::Key) { "RECONNECT_NOTIFY_KEY" } else { "--notify-url" };
    Trouble::new(Exit::FixTheSetup, format!("{what}: {error}"))
}
