//! A TCP server that says exactly what a script tells it to, byte by byte if need be, and remembers what it was asked.
//!
//! It is no HTTP library: what it sends may be cut, slow, endless or nonsense, since that is what it is for.

use core::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};
use reconnect_core::drive::NoDebug;
use socket2::SockRef;
use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// One answer of a script: bytes, and how they go over the wire.
#[derive(Clone, Debug)]
pub struct Answer {
    head: String,
    body: Vec<u8>,
    chunked: bool,
    delay: Duration,
    pace: Option<Duration>,
    /// The head goes at once, and only the body at this pace.
    quick_head: bool,
    /// What follows, though no length announced it.
    more: Vec<u8>,
    /// Send so many bytes of it and hang up.
    cut: Option<usize>,
    endless: bool,
    /// The connection is reset instead of closed.
    reset: bool,
    /// These bytes in place of head and body.
    raw: Option<Vec<u8>>,
}

impl Answer {
    /// A JSON reply with this status.
    pub fn json(status: u16, body: &str) -> Self {
        Self::new(status, body.as_bytes()).header("content-type", "application/json")
    }

    /// A reply with this status and body.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let head = format!("HTTP/1.1 {status} So\r\n");
        let (body, delay) = (body.into(), Duration::ZERO);
        let (pace, quick_head, more) = (None, false, Vec::new());
        let (chunked, cut, endless, reset) = (false, None, false, false);
        Self { head, body, chunked, delay, pace, quick_head, more, cut, endless, reset, raw: None }
    }

    /// Hangs up without a byte.
    pub fn hang_up() -> Self {
        Self::new(200, "").cut(0)
    }

    /// Exactly these bytes, and then the end of the connection.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        let raw = bytes.into();
        Self { cut: Some(raw.len()), raw: Some(raw), ..Self::new(200, "") }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// In chunks, instead of with a length.
    #[must_use]
    pub fn chunked(mut self) -> Self {
        self.chunked = true;
        self
    }

    /// Not before `delay`.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Byte by byte, one every `pace`.
    #[must_use]
    pub fn drip(mut self, pace: Duration) -> Self {
        self.pace = Some(pace);
        self
    }

    /// The head at once, and the body byte by byte, one every `pace`.
    #[must_use]
    pub fn drip_body(mut self, pace: Duration) -> Self {
        self.quick_head = true;
        self.drip(pace)
    }

    /// With more bytes behind its end than it announced: a whole other answer, which nobody asked for.
    #[must_use]
    pub fn and_unasked(mut self, other: &Self) -> Self {
        self.more = other.bytes();
        self
    }

    /// Hangs up after so many bytes of the whole answer.
    #[must_use]
    pub fn cut(mut self, after: usize) -> Self {
        self.cut = Some(after);
        self
    }

    /// Resets the connection where it would hang up.
    #[must_use]
    pub fn reset(mut self) -> Self {
        self.reset = true;
        self
    }

    /// Hangs up in the middle of the body.
    #[must_use]
    pub fn cut_in_body(self) -> Self {
        let after = self.bytes().len() - self.body.len() / 2;
        self.cut(after)
    }

    /// In chunks without end, the body again and again.
    #[must_use]
    pub fn endless(mut self) -> Self {
        self.endless = true;
        self.chunked()
    }

    fn bytes(&self) -> Vec<u8> {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        let length = self.body.len();
        let mut bytes = self.head.clone().into_bytes();
        if self.chunked {
            bytes.extend(b"transfer-encoding: chunked\r\n\r\n");
            bytes.extend(format!("{length:x}\r\n").bytes());
            bytes.extend(&self.body);
            bytes.extend(if self.endless { "\r\n".as_bytes() } else { b"\r\n0\r\n\r\n" });
        } else {
            bytes.extend(format!("content-length: {length}\r\n\r\n").bytes());
            bytes.extend(&self.body);
        }
        bytes.extend(&self.more);
        bytes
    }
}

/// What the server was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// On which connection, counted from 0.
    pub connection: usize,
    /// `GET` or `POST`.
    pub method: String,
    /// The path, and the query where there is one.
    pub target: String,
    /// Names in lower case, sorted; the port of `host` is written as `PORT`.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl Asked {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The endpoint: the part of the path after `BankingServices/`.
    pub fn endpoint(&self) -> &str {
        self.target.split("BankingServices/").nth(1).unwrap_or(&self.target)
    }

    /// Whether it is a live `/Authorize`, which reaches the bank.
    pub fn is_live(&self) -> bool {
        self.endpoint() == "Authorize" && String::from_utf8_lossy(&self.body).contains("\"MostRecentCached\":false")
    }
}

/// The server. It stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

type Otherwise = dyn Fn(&Asked) -> Option<Answer> + Send + Sync;

#[derive(Debug)]
struct Shared {
    script: Mutex<VecDeque<Answer>>,
    /// What is answered where the script is at its end.
    otherwise: NoDebug<Box<Otherwise>>,
    asked: Mutex<Vec<Asked>>,
    written: AtomicUsize,
    stopped: AtomicBool,
}

impl Server {
    /// Answers one request after the other, on however many connections, by the next entry of `script`; what is asked
    /// after its end gets no answer.
    pub fn play(script: impl IntoIterator<Item = Answer>) -> Self {
        Self::begin(script.into_iter().collect(), |_| None)
    }

    /// Answers each request by what it asks.
    pub fn answering(answer: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> Self {
        Self::begin(VecDeque::new(), answer)
    }

    fn begin(script: VecDeque<Answer>, otherwise: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound listener");
        let shared = Arc::new(Shared {
            script: Mutex::new(script),
            otherwise: NoDebug(Box::new(otherwise)),
            asked: Mutex::default(),
            written: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let theirs = shared.clone();
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                if theirs.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), shared) = (stream, theirs.clone()) else { return };
                // A connection that breaks is the script's, or the client's, business.
                thread::spawn(move || serve(connection, &stream, &shared));
            }
        });
        Self { address, shared }
    }

    /// Its origin, such as `http://127.0.0.1:1234`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().expect("no thread of the server panics").clone()
    }

    /// How many bytes of answers went into its sockets so far.
    pub fn written(&self) -> usize {
        self.shared.written.load(Ordering::SeqCst)
    }

    /// How many entries of the script were not played.
    pub fn unplayed(&self) -> usize {
        self.shared.script.lock().expect("no thread of the server panics").len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // The listener wakes up for this one, and stops.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(connection: usize, stream: &TcpStream, shared: &Shared) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let asked = ask(connection, &mut reader)?;
        shared.asked.lock().ok()?.push(asked.clone());
        let answer = shared.script.lock().ok()?.pop_front().or_else(|| (shared.otherwise.0)(&asked));
        let Some(answer) = answer else {
            // Reset, as the request was not foreseen.
            stream.shutdown(Shutdown::Both).ok()?;
            return None;
        };
        thread::sleep(answer.delay);
        let bytes = answer.bytes();
        let bytes = &bytes[..answer.cut.unwrap_or(bytes.len())];
        let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").filter(|_| answer.quick_head);
        let (head, rest) = bytes.split_at(head.map_or(0, |end| end + 4));
        write(stream, head, None, shared)?;
        write(stream, rest, answer.pace, shared)?;
        if answer.endless {
            let mut chunk = format!("{:x}\r\n", answer.body.len()).into_bytes();
            chunk.extend(&answer.body);
            chunk.extend(b"\r\n");
            loop {
                write(stream, &chunk, answer.pace, shared)?;
            }
        }
        if answer.reset {
            // The client first reads all that was written.
            thread::sleep(Duration::from_millis(100));
            SockRef::from(stream).set_linger(Some(Duration::ZERO)).ok()?;
            return None;
        }
        if answer.cut.is_some() {
            stream.shutdown(Shutdown::Both).ok()?;
            return None;
        }
    }
}

fn write(mut stream: &TcpStream, bytes: &[u8], pace: Option<Duration>, shared: &Shared) -> Option<()> {
    let step = if pace.is_some() { 1 } else { 64 << 10 };
    for part in bytes.chunks(step) {
        stream.write_all(part).ok()?;
        shared.written.fetch_add(part.len(), Ordering::SeqCst);
        thread::sleep(pace.unwrap_or_default());
    }
    Some(())
}

/// Reads one request; `None` where the client hung up.
fn ask(connection: usize, reader: &mut BufReader<&TcpStream>) -> Option<Asked> {
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        Some(line.trim_end().to_owned())
    };
    let start = line()?;
    let mut words = start.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let (mut headers, mut length) = (Vec::new(), 0);
    loop {
        let header = line()?;
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        let (name, mut value) = (name.to_ascii_lowercase(), value.trim().to_owned());
        match name.as_str() {
            "content-length" => length = value.parse().ok()?,
            "host" => value = value.rsplit_once(':').map_or(value.clone(), |(host, _)| format!("{host}:PORT")),
            _ => {}
        }
        headers.push((name, value));
    }
    headers.sort();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { connection, method, target, headers, body })
}
