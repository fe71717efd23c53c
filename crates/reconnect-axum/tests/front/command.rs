//! `reconnect serve` as a process: how it begins, and how it ends. `RECONNECT_SERVE` is the command.

use crate::site::{KEY, send};
use crate::stage::{Bank, Result};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

fn command(bank: &Bank) -> Command {
    let path =
        std::env::var("RECONNECT_SERVE").expect("RECONNECT_SERVE is the command; `cargo xtask ci front` builds it");
    let mut command = Command::new(path);
    let url = bank.server.url();
    command.args(["serve", "--api-url", &url, "--widget-url", &url, "--customer-id", &bank.customer]);
    command.env("RECONNECT_ADMIN_KEY", KEY).stdin(Stdio::null());
    command
}

fn start(bank: &Bank) -> Result<(Child, String)> {
    started(&mut command(bank))
}

fn started(command: &mut Command) -> Result<(Child, String)> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut first = String::new();
    BufReader::new(child.stdout.take().expect("stdout is piped, above")).read_line(&mut first)?;
    Ok((child, first.trim_end().to_owned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_ends_it_whatever_its_clients_do() -> Result {
    let bank = Bank::start(1)?;
    let (mut child, url) = start(&bank)?;
    assert_eq!(send(reqwest::Client::new().get(format!("{url}/healthz"))).await?.status, 200);
    let address = url.strip_prefix("http://").ok_or("the first line is its address")?;
    // One client sends half a head, and one half a body.
    let (mut head, mut body) = (TcpStream::connect(address)?, TcpStream::connect(address)?);
    head.write_all(b"GET /con")?;
    body.write_all(b"POST /webhook HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nx")?;
    let id = child.id().to_string();
    for _ in 0..2 {
        Command::new("kill").args(["-TERM", &id]).status()?;
        std::thread::sleep(core::time::Duration::from_millis(300));
    }
    assert!(tokio::task::spawn_blocking(move || child.wait()).await??.code().is_some(), "it ends by itself");
    Ok(())
}

/// A copy of the file that is made then has all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_database_is_one_file_afterwards_and_its_owners_alone() -> Result {
    use std::os::unix::fs::PermissionsExt as _;
    let (bank, folder) = (Bank::start(1)?, tempfile::tempdir()?);
    let file = folder.path().join("reconnect.db");
    let store = format!("sqlite:{}", file.display());
    let (mut child, url) = started(command(&bank).args(["--store", &store]))?;
    let body = serde_json::json!({"loginId": bank.login("Greatday").as_str()});
    let made = reqwest::Client::new().post(format!("{url}/links")).bearer_auth(KEY).json(&body).send().await?;
    assert_eq!(made.status(), 201);
    let files = || -> Result<Vec<_>> { Ok(std::fs::read_dir(folder.path())?.collect::<std::io::Result<Vec<_>>>()?) };
    for file in files()? {
        assert_eq!(file.metadata()?.permissions().mode() & 0o777, 0o600, "{file:?}");
    }
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status()?.success());
    assert!(tokio::task::spawn_blocking(move || child.wait()).await??.success());
    assert_eq!(files()?.len(), 1, "{:?}", files()?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_served_is_said_before_it_listens() -> Result {
    let bank = Bank::start(1)?;
    for (args, key, code, says) in [
        (&[][..], "short", 13, "RECONNECT_ADMIN_KEY"),
        (&["--notify-url", "https://app.example"], KEY, 13, "RECONNECT_NOTIFY_KEY"),
        (&["--public-url", "http://app.example"], KEY, 2, "--public-url"),
        (&["--listen", "0.0.0.0:0"], KEY, 2, "give --public-url"),
        (&["--app-url", "javascript:alert(1)"], KEY, 2, "--app-url"),
        (&["--app", " "], KEY, 2, "--app"),
        (&["--store", "mysql://a"], KEY, 1, "--store"),
        (&["--transport", "blocking"], KEY, 2, "async"),
    ] {
        let said = command(&bank).args(args).env("RECONNECT_ADMIN_KEY", key).output()?;
        let text = String::from_utf8_lossy(&said.stderr).into_owned();
        assert_eq!((said.status.code(), said.stdout.len()), (Some(code), 0), "{args:?}: {text}");
        assert!(text.contains(says) && !text.contains(key), "{args:?}: {text}");
    }
    Ok(())
}
