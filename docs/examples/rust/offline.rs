//! The server of docs/guide/offline.md.

#[test]
fn the_server_and_its_clock() -> crate::Result {
    use reconnect_sandbox::{Clock, Server, Settings};

    let strict = Settings { strict: true, ..Settings::default() };
    let sandbox = Server::start(strict, "127.0.0.1:0".parse()?, Clock::fixed(1_800_000_000_000))?;
    let login = sandbox.bank(|bank| bank.connect(1_800_000_000_000, "Greatday", "en"));

    println!("refresh {login} at {}", sandbox.url()); // with any HTTP client
    sandbox.clock().advance(8 * 60_000); // nobody typed for eight minutes: the session has expired
    assert!(sandbox.bank(|bank| bank.requests().is_empty()));
    Ok(())
}
