//! A service that answers one refresh from memory, so that a client's instructions are all that changes between runs.
//!
//! Mint, a live `/Authorize` that needs no MFA, one 202, then the accounts. A thread for each connection, no parser.

use crate::body;
use core::net::SocketAddr;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};

/// How large the accounts are that a walk fetches, in bytes.
pub const ACCOUNTS: usize = 16 * 1024;

/// Serves for ever on a free port of loopback, and says which.
///
/// # Errors
/// Where nothing can be listened on.
pub fn start() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let accounts: Arc<str> = body::detail(ACCOUNTS).into();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let accounts = accounts.clone();
            // A client that hangs up ends its thread.
            thread::spawn(move || serve(&stream, &accounts));
        }
    });
    Ok(address)
}

fn serve(mut stream: &TcpStream, accounts: &str) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let (status, body) = answer(&line, accounts);
        let mut length = 0;
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            if line.trim_end().is_empty() {
                break;
            }
            let header = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            if let Some((_, value)) = header {
                length = value.trim().parse().unwrap_or_default();
            }
        }
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
        let head =
            format!("HTTP/1.1 {status} So\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
    }
}

fn answer<'a>(request: &str, accounts: &'a str) -> (u16, &'a str) {
    let path = request.split(' ').nth(1).unwrap_or_default();
    if path.ends_with("/GenerateAuthorizeToken") {
        (200, r#"{"HttpStatusCode":200,"Token":"d65f1adb-8ebc-48dc-be8b-20c773ba1565"}"#)
    } else if path.ends_with("/Authorize") {
        (200, AUTHORIZED)
    } else if path.ends_with("/GetAccountsDetail") {
        (202, PENDING)
    } else {
        (200, accounts)
    }
}

const AUTHORIZED: &str = r#"{"HttpStatusCode":200,"Links":[{"rel":"AccountsDetail","href":"/GetAccountsDetail","example":null}],"InstitutionName":"FlinksCapital","Login":{"Username":"u","IsScheduledRefresh":false,"LastRefresh":"2026-05-28T20:26:40.1459991","Type":"Personal","Id":"l-1"},"InstitutionId":14,"Institution":"FlinksCapital","RequestId":"r-1"}"#;

const PENDING: &str = r#"{"FlinksCode":"OPERATION_PENDING","Links":[{"rel":"GetAccountsDetailAsync","href":"/GetAccountsDetailAsync","example":"/GetAccountsDetailAsync/r-1"}],"HttpStatusCode":202,"Message":"Your operation is still processing","RequestId":"r-1"}"#;
