//! A proxy that opens tunnels (`CONNECT`), and keeps the requests for them.

use core::net::SocketAddr;
use std::{
    io::{BufRead, BufReader, Write, copy},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// It listens on loopback until the process ends.
pub(crate) struct Tunnel {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Tunnel {
    /// Opens a tunnel for these credentials in Base64; if they are empty, for a request without any.
    pub(crate) fn open(basic: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let tunnel = Self { address: listener.local_addr().unwrap(), heard: Arc::default() };
        let (heard, basic) = (tunnel.heard.clone(), basic.to_owned());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (heard, basic) = (heard.clone(), basic.clone());
                thread::spawn(move || lead(stream, &basic, &heard));
            }
        });
        tunnel
    }

    /// Its address, with a user's part such as `me:secret@`.
    pub(crate) fn url(&self, user: &str) -> String {
        format!("http://{user}{}", self.address)
    }

    /// The first line of each request that it let through.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn lead(mut client: TcpStream, basic: &str, heard: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let given = head
        .iter()
        .find_map(|line| line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("proxy-authorization")));
    if given.map_or("", |(_, value)| value.trim())
        != if basic.is_empty() { String::new() } else { format!("Basic {basic}") }
    {
        client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n").ok()?;
        return None;
    }
    let line = head.first()?;
    heard.lock().ok()?.push(line.clone());
    let target = TcpStream::connect(line.strip_prefix("CONNECT ")?.split(' ').next()?).ok()?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()?;
    let (mut there, mut back) = (target.try_clone().ok()?, client.try_clone().ok()?);
    thread::spawn(move || {
        let _ = copy(&mut there, &mut back);
        let _ = back.shutdown(Shutdown::Both);
    });
    let mut target = target;
    let _ = copy(&mut reader, &mut target);
    target.shutdown(Shutdown::Both).ok()
}
