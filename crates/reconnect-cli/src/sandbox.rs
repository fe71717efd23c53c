//! `reconnect sandbox`: the other half of the conversation, until a signal ends it.

use crate::{
    args::Sandbox,
    exit::{Exit, Trouble},
    input,
    out::Out,
};
use core::net::SocketAddr;
use reconnect_sandbox::{Clock, Finding, Scenario, Server, Settings};
use std::{
    fs::File,
    net::ToSocketAddrs,
    path::Path,
    sync::mpsc::{SyncSender, sync_channel},
};
use tokio::runtime::Builder;

pub(crate) fn run(args: &Sandbox, out: &Out) -> Result<Exit, Trouble> {
    let listen = address(&args.listen)?;
    let scenario = scenario(&args.scenario)?;
    let (about, starts_at) = (scenario.about().to_owned(), scenario.starts_at());
    let runtime = Builder::new_current_thread().enable_all().build()?;
    // From here on a signal is noted, however early it comes.
    let stop = runtime.block_on(async { stop() })?;
    let mut settings = Settings::of(scenario);
    settings.strict |= args.strict;
    settings.early_request_id |= args.early_request_id;
    settings.pending_data = args.pending_data.unwrap_or(settings.pending_data);
    settings.widget_token = args.widget_token.unwrap_or(settings.widget_token);
    let mode = if settings.strict { "strict" } else { "lenient" };
    let keys = format!("FLINKS_SECRET_KEY={} FLINKS_X_API_KEY={}", settings.secret_key, settings.api_key);
    let customer = settings.customer_id.clone();
    let clock = match starts_at {
        Some(moment) => Clock::starting(moment, args.accelerate),
        None => Clock::accelerated(args.accelerate),
    };
    let tell = narrate(*out);
    let observe = move |finding: &Finding| drop(tell.try_send(format!("doctor: {finding}")));
    let server = Server::observed(settings, listen, clock, observe).map_err(|error| {
        Trouble::failed(format!("{listen} cannot be listened on: {error}; port 0 takes a free one"))
    })?;
    let now = server.clock().now();
    let logins = server.bank(|bank| bank.connect_users(now));
    let url = server.url();
    out.line(&url)?;
    if !out.is_json() {
        for login in &logins {
            // Who reads only the first line has closed the pipe by now.
            let _ = out.line(format!("{}  {} {}", login.login_id, login.username, login.about).trim_end());
        }
    }
    if !listen.ip().is_loopback() {
        out.warn(&format!(
            "{} is not loopback: whoever reaches it can use the sandbox, without its controls",
            listen.ip()
        ));
    }
    let speed = match args.accelerate {
        1 => "like the machine's".to_owned(),
        rate => format!("{rate} times as fast as the machine's"),
    };
    out.note(&format!("a sandbox, {mode}, with test data only; its clock runs {speed}"));
    if !about.is_empty() {
        out.note(&format!("  scenario  {about}"));
    }
    out.note(&format!("  API       {url}/v3/{customer}/BankingServices"));
    out.note(&format!("  widget    {url}/ and {url}/v2/"));
    out.note(&format!("  controls  {url}/_sandbox/ (loopback only)"));
    out.note(&format!("  keys      {keys}"));
    // 0.0.0.0 is where it listens, not where anybody can call it.
    let here = url.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]");
    out.note(&format!(
        "  so        reconnect refresh LOGIN_ID --api-url {here} --widget-url {here}/ --customer-id {customer}"
    ));
    out.note("  until     Ctrl-C");
    runtime.block_on(stop);
    server.stop();
    Ok(Exit::Done)
}

/// Lines for stderr, written by a thread of their own: where nobody reads them, the server still answers.
fn narrate(out: Out) -> SyncSender<String> {
    let (tell, told) = sync_channel::<String>(1_000);
    std::thread::spawn(move || told.iter().for_each(|line| out.note(&line)));
    tell
}

/// One that comes with the sandbox, or a file.
fn scenario(given: &str) -> Result<Scenario, Trouble> {
    if let Some(known) = Scenario::named(given) {
        return Ok(known);
    }
    if !Path::new(given).is_file() {
        let known: Vec<&str> = Scenario::names().collect();
        return Err(Trouble::usage(format!(
            "--scenario {given:?} is neither a scenario nor a file: the scenarios are {}, and a path to a TOML or JSON \
             file is taken too",
            known.join(", ")
        )));
    }
    let file = File::open(given).map_err(|error| Trouble::failed(format!("{given} cannot be read: {error}")))?;
    let text = input::text(file, 1 << 20, given)?;
    Scenario::read(&text).map_err(|error| Trouble::failed(format!("{given}: {error}")))
}

pub(crate) fn address(listen: &str) -> Result<SocketAddr, Trouble> {
    let found = listen.to_socket_addrs().ok().and_then(|mut all| all.next());
    found.ok_or_else(|| Trouble::usage(format!("--listen is HOST:PORT, such as 127.0.0.1:8080, and {listen} came")))
}

/// Ends at SIGINT or SIGTERM.
#[cfg(unix)]
pub(crate) fn stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        core::future::poll_fn(|cx| {
            let came = interrupt.poll_recv(cx).is_ready() || terminate.poll_recv(cx).is_ready();
            if came { core::task::Poll::Ready(()) } else { core::task::Poll::Pending }
        })
        .await;
    })
}

/// Ends at Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn stop() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
