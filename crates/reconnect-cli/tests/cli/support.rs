//! A command that runs, a sandbox to run it against, and a browser made of a socket.

use reconnect_sandbox::{Clock, Server, Settings};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
};

pub(crate) const CUSTOMER: &str = "43387ca6-0391-4c82-857d-70d95f087ecb";
pub(crate) const SECRET_KEY: &str = "sandbox-secret";
pub(crate) const API_KEY: &str = "sandbox-api-key";

/// What the test user answers.
pub(crate) const ANSWERS: [(&str, &str); 3] = [
    ("What city were you born in?", "Montreal"),
    ("What is the best country on earth?", "Canada"),
    ("What shape do people like most?", "Triangle"),
];

/// The command, with both keys of the sandbox.
pub(crate) fn reconnect() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reconnect"));
    command.env("FLINKS_SECRET_KEY", SECRET_KEY).env("FLINKS_X_API_KEY", API_KEY).env_remove("NO_COLOR");
    command
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The one line of JSON on stdout.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:?}");
        serde_json::from_str(&self.stdout).expect("JSON on stdout")
    }

    #[track_caller]
    pub(crate) fn exits(self, exit: i32) -> Self {
        assert_eq!(self.exit, exit, "{self:?}");
        self
    }

    /// The error of a command that failed, of which every key is there.
    #[track_caller]
    pub(crate) fn error(&self) -> Value {
        let error = self.json()["error"].clone();
        assert_eq!(keys(&error), ["code", "fault", "message", "place", "recovery", "retryAfterMs", "status"]);
        assert!(self.stderr.contains("error: "), "an error stands on stderr too: {self:?}");
        error
    }
}

pub(crate) fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = object.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// Runs a command to its end. Whatever it does, its stderr says no secret.
#[track_caller]
pub(crate) fn run(args: &[&str]) -> Ran {
    fed(args, "")
}

#[track_caller]
pub(crate) fn fed(args: &[&str], stdin: impl AsRef<[u8]>) -> Ran {
    ended(reconnect().args(args), stdin)
}

#[track_caller]
pub(crate) fn ended(command: &mut Command, stdin: impl AsRef<[u8]>) -> Ran {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    let (mut into, stdin) = (child.stdin.take().expect("a pipe"), stdin.as_ref().to_owned());
    // A command that refuses its input early closes the pipe.
    let feeding = std::thread::spawn(move || drop(into.write_all(&stdin)));
    let output = child.wait_with_output().expect("ended");
    feeding.join().expect("fed");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let ran = Ran {
        exit: output.status.code().expect("an exit code"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    };
    says_no_secret(&ran.stderr);
    ran
}

/// No key, no token, no id, nothing that the bank asks and no answer.
#[track_caller]
pub(crate) fn says_no_secret(stderr: &str) {
    let asked = ANSWERS.iter().flat_map(|(prompt, answer)| [*prompt, *answer]);
    for secret in [SECRET_KEY, API_KEY, "authorizeToken="].into_iter().chain(asked) {
        assert!(!stderr.contains(secret), "{secret} in {stderr}");
    }
    assert_eq!(whole_id(stderr), None, "{stderr}");
}

/// A GUID that is not the customer's: the sandbox's tokens are such ids too.
fn whole_id(text: &str) -> Option<&str> {
    let lengths = |word: &str| word.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    let mut words = text.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
    words.find(|word| lengths(word) && *word != CUSTOMER)
}

/// `reconnect sandbox`, as a process.
pub(crate) struct Sandbox {
    child: Child,
    pub(crate) url: String,
    /// The login that is asked three questions, and the one that is asked nothing.
    pub(crate) login: String,
    pub(crate) quiet: String,
    pub(crate) stdout: BufReader<ChildStdout>,
    pub(crate) stderr: BufReader<ChildStderr>,
}

impl Sandbox {
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut command = reconnect();
        command.arg("sandbox").args(["--accelerate", "10"]).args(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut line = || {
            let mut line = String::new();
            stdout.read_line(&mut line).expect("a line");
            line.trim_end().to_owned()
        };
        let url = line();
        let id = |line: String| line.split(' ').next().unwrap_or_default().to_owned();
        let (login, quiet) = (id(line()), id(line()));
        Self { child, url, login, quiet, stdout, stderr }
    }

    pub(crate) fn strict() -> Self {
        Self::start(&["--strict"])
    }

    /// Ends it by a signal, and gives its exit code.
    pub(crate) fn end(mut self, signal: &str) -> Option<i32> {
        send(signal, &self.child);
        self.child.wait().expect("ended").code()
    }

    /// A session command against it.
    #[track_caller]
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.fed(args, "")
    }

    #[track_caller]
    pub(crate) fn fed(&self, args: &[&str], stdin: &str) -> Ran {
        against(&self.url, args, stdin)
    }

    /// `method path status` of every request so far that was sent to the API.
    pub(crate) fn requests(&self) -> Vec<String> {
        let log = get(&format!("{}/_sandbox/requests", self.url)).json();
        let api = log.as_array().into_iter().flatten().filter_map(|request| {
            let endpoint = request["path"].as_str()?.split_once("/BankingServices/")?.1;
            Some(format!("{} {endpoint} {}", request["method"].as_str()?, request["status"]))
        });
        api.collect()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended by a signal.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A session command against a sandbox at `url`.
#[track_caller]
pub(crate) fn against(url: &str, args: &[&str], stdin: &str) -> Ran {
    let widget = format!("{url}/");
    let place = ["--api-url", url, "--widget-url", &widget, "--customer-id", CUSTOMER, "--poll-every", "1"];
    fed(&[args, &place].concat(), stdin)
}

pub(crate) fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("a signal").success());
}

/// A sandbox in this process, strict and in virtual time.
pub(crate) fn server(user: &str) -> (Server, String) {
    let settings = Settings { strict: true, ..Settings::default() };
    let server = Server::start(settings, ([127, 0, 0, 1], 0).into(), Clock::fixed(1_780_000_000_000)).expect("started");
    let login = server.bank(|bank| bank.connect(1_779_000_000_000, user, "en"));
    (server, login)
}

/// What came back over a socket.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

pub(crate) fn get(url: &str) -> Reply {
    http("GET", url, &[("accept", "text/html, application/json")], "")
}

pub(crate) fn http(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let rest = url.strip_prefix("http://").expect("plain http");
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let path = if path.is_empty() { "/" } else { path };
    let mut socket = TcpStream::connect(host).expect("connected");
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("content-length: {}\r\n\r\n{body}", body.len());
    socket.write_all(request.as_bytes()).expect("sent");
    let mut reply = String::new();
    socket.read_to_string(&mut reply).expect("a reply with its length, to the end");
    let (head, body) = reply.split_once("\r\n\r\n").expect("a head and a body");
    assert!(!head.to_ascii_lowercase().contains("transfer-encoding"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Reply { status, body: body.to_owned() }
}

/// The end user: shows the widget, answers what it asks, and gives its last event.
pub(crate) fn browse(connect_url: &str) -> String {
    let origin = &connect_url[..connect_url.match_indices('/').nth(2).expect("an absolute URL").0];
    let mut page = get(connect_url);
    assert_eq!(page.status, 200);
    while !page.body.starts_with('{') {
        let (prompt, answer) = *ANSWERS
            .iter()
            .find(|(prompt, _)| page.body.contains(&format!("name=\"{prompt}\"")))
            .unwrap_or_else(|| panic!("no known question: {}", page.body));
        let action = page.body.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a form");
        let form = format!("{}={answer}", prompt.replace(' ', "+").replace('?', "%3F"));
        let headers =
            [("accept", "text/html, application/json"), ("content-type", "application/x-www-form-urlencoded")];
        page = http("POST", &format!("{origin}{action}"), &headers, &form);
        assert_eq!(page.status, 200);
    }
    page.json()["event"].to_string()
}

/// The token in a URL of the widget.
pub(crate) fn token(url: &Value) -> Option<String> {
    let token = url.as_str()?.split_once("authorizeToken=")?.1;
    Some(token.split('&').next()?.to_owned())
}

/// Answers as `continue` reads them.
pub(crate) fn answers(position: usize) -> String {
    let (prompt, answer) = ANSWERS[position];
    serde_json::json!({ prompt: [answer] }).to_string()
}
