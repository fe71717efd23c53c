//! A service in a process of its own, until it is killed. `replay`: the one of [`reconnect_benches::replay`]. `replay
//! sandbox`: the sandbox, whose data is there at once. The first line says where it is; of a sandbox also the customer
//! and a login that is asked nothing.
#![allow(clippy::print_stdout, reason = "a program that is started by another one")]

use core::net::SocketAddr;
use reconnect_sandbox::{Clock, Server, Settings};

fn main() -> std::io::Result<()> {
    let _server = if std::env::args().nth(1).as_deref() == Some("sandbox") {
        let settings = Settings { pending_ms: 0, ..Settings::default() };
        let customer = settings.customer_id.clone();
        let server = Server::start(settings, SocketAddr::from(([127, 0, 0, 1], 0)), Clock::real())?;
        let login = server.bank(|bank| bank.connect(server.clock().now(), "greatday_nomfa", "en"));
        println!("{} {customer} {login}", server.url());
        Some(server)
    } else {
        println!("http://{}", reconnect_benches::replay::start()?);
        None
    };
    loop {
        std::thread::park();
    }
}
