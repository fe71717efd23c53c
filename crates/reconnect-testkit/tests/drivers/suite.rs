//! One suite, both drivers, over real sockets: each test plays a script to the one and to the other, expects the same of
//! both, and compares every request that they sent, header by header.

use crate::both::*;
use core::{cell::Cell, panic::AssertUnwindSafe, sync::atomic::Ordering, time::Duration};
use reconnect_core::{
    DriveError, Event, Fault, FaultKind, Keys, LoginId, Mfa, Outcome, Pause, Policy, Reached, Reason, Recovery,
    Rendered, Reply, Stage, Stepped, Stopped, StoreError, Timestamp, Why, connect::ConnectNews, drive::Plan,
    policy::CONNECT_LIMIT,
};
use reconnect_testkit::server::{Answer, Asked, Server};
use reconnect_testkit::walks::NOT_YET;
use std::{
    io::{Read, Write},
    net::TcpListener,
    panic::catch_unwind,
    process::Command,
    sync::{Arc, Mutex},
    time::Instant,
};

#[test]
fn a_whole_refresh_is_the_same_on_the_wire() {
    let script = || {
        vec![
            Answer::json(200, TOKEN),
            Answer::json(203, ASKS),
            //= docs/spec/credentials.md#use
            //# **CRED-24** A client MUST give the widget a token of its own, minted for one showing, and MUST NOT reuse
            //# that of the session.
            Answer::json(200, &TOKEN.replace("t-1", "t-2")).chunked(),
            //= docs/spec/async-polling.md#202
            //# **POLL-1** A client MUST expect 202 as the first answer of `/GetAccountsDetail` and
            //# `/GetAccountsSummary`, and MUST accept a 200 at once.
            Answer::json(202, PENDING),
            Answer::json(202, PENDING).header("Retry-After", "30"),
            Answer::json(200, DATA).chunked(),
        ]
    };
    let asked = both(script, |driver, _, clock| {
        let row = Row::new();
        //= docs/spec/mfa.md#challenges
        //# **MFA-10** A client SHOULD have MFA answered in the widget, as the Reconnect page does.
        let done = driver.run(&row, |url| {
            //= docs/spec/reconnect.md#refresh-a-stored-loginid
            //# **RECO-10** A client MUST open the widget with the `requestId` of a 203.
            //= docs/spec/widget-url.md#parameters-of-reconnect
            //# **URL-5** A client MUST add `authorizeToken={token}`, a fresh one each time the widget is shown, also
            //# beside a `requestId`.
            assert_eq!(url, "https://widget.example/?requestId=r-1&resumeSelectedAccounts=a-1&authorizeToken=t-2");
            redirect()
        });
        let done = done.unwrap();
        //= docs/spec/async-polling.md#polling
        //# **POLL-12** A client MUST read the 200 of a poll exactly as that of the first call.
        assert_eq!(done.accounts.len(), 1);
        assert_eq!(done.refreshed.left_out, 1);
        // One poll after the default interval, and one after the 30 s that the service asked for.
        //= docs/spec/async-polling.md#polling
        //# **POLL-9** A client MUST wait longer if a `Retry-After` says so, up to 5 min.
        let waited = Policy::DEFAULT.poll_every + Duration::from_secs(30);
        assert_eq!(clock.time(), Timestamp::from_millis(START) + waited);
        assert_eq!(driver.load(&row).stage(), Stage::Done);
        // The row is over, and so is its run.
        assert!(matches!(driver.run(&row, |_| panic!("nobody is asked")), Err(Stopped::HandedOver(_))));
    });
    let shown: Vec<_> = asked.iter().map(|a| format!("{} {}", a.method, a.target)).collect();
    assert_eq!(
        shown,
        [
            //= docs/spec/credentials.md#minting
            //# **CRED-15** A client MUST mint with `POST /GenerateAuthorizeToken` and no body.
            //= docs/spec/credentials.md#use
            //# **CRED-20** A client MUST mint a token for each live and each cached `/Authorize` and for each showing
            //# of the widget.
            "POST /v3/customer/BankingServices/GenerateAuthorizeToken",
            //= docs/spec/hosts-and-paths.md#methods-and-names
            //# **HOST-11** A client MUST call `GenerateAuthorizeToken`, `Authorize`, `GetAccountsDetail` and
            //# `GetAccountsSummary` with POST.
            "POST /v3/customer/BankingServices/Authorize",
            "POST /v3/customer/BankingServices/GenerateAuthorizeToken",
            //= docs/spec/reconnect.md#after-the-widget
            //# **RECO-19** A client MUST fetch the data after the widget with the same `requestId` first.
            "POST /v3/customer/BankingServices/GetAccountsDetail",
            //= docs/spec/async-polling.md#polling
            //# **POLL-7** A client MUST ask again with `GET …Async/{RequestId}`, without a body, and only after a 202.
            //= docs/spec/hosts-and-paths.md#methods-and-names
            //# **HOST-12** A client MUST call `GetAccountsDetailAsync/{requestId}` and
            //# `GetAccountsSummaryAsync/{requestId}` with GET and without a body.
            "GET /v3/customer/BankingServices/GetAccountsDetailAsync/r-1",
            "GET /v3/customer/BankingServices/GetAccountsDetailAsync/r-1",
        ]
    );
    // The whole set of headers, so that neither client can add one of its own.
    let names = |asked: &Asked| asked.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>().join(" ");
    let post = "accept accept-encoding content-length content-type";
    //= docs/spec/credentials.md#what-it-is-not
    //# **CRED-30** A client MUST NOT send `x-api-key`, `Authorization` or `Bearer` in place of `flinks-auth-key` to
    //# `/GenerateAuthorizeToken` or `/Authorize`.
    //= docs/spec/credentials.md#what-it-is-not
    //# **CRED-33** A client MUST NOT send both `flinks-auth-key` and `Authorization` to `/Authorize`.
    assert_eq!(names(&asked[0]), format!("{post} flinks-auth-key host user-agent"));
    assert_eq!(names(&asked[1]), format!("{post} flinks-auth-key host user-agent"));
    //= docs/spec/credentials.md#which-header
    //# **CRED-2** A client MUST NOT send the secret key anywhere else except to `/GetNightlyRefreshStatus` (CRED-8).
    //= docs/spec/credentials.md#which-header
    //# **CRED-7** A client MUST NOT send `flinks-auth-key` to a data endpoint.
    assert_eq!(names(&asked[3]), format!("{post} host user-agent x-api-key"));
    assert_eq!(names(&asked[4]), "accept accept-encoding host user-agent x-api-key");
    for asked in &asked {
        assert_eq!(asked.header("host"), Some("127.0.0.1:PORT"));
        assert_eq!(asked.header("accept-encoding"), Some("identity"));
        assert_eq!(asked.header("user-agent"), Some(concat!("reconnect/", env!("CARGO_PKG_VERSION"))));
        let length = (asked.method == "POST").then(|| asked.body.len().to_string());
        assert_eq!(asked.header("content-length"), length.as_deref());
    }
    //= docs/spec/credentials.md#which-header
    //# **CRED-1** A client MUST send the secret key in the header `flinks-auth-key` of `/GenerateAuthorizeToken`.
    //= docs/spec/hosts-and-paths.md#methods-and-names
    //# **HOST-16** A client MUST send the bare key or token as the value of `flinks-auth-key`.
    assert_eq!(asked[0].header("flinks-auth-key"), Some("the-secret"));
    //= docs/spec/credentials.md#which-header
    //# **CRED-3** A client MUST send the authorize token in the header `flinks-auth-key` of `/Authorize`.
    assert_eq!(asked[1].header("flinks-auth-key"), Some("t-1"));
    //= docs/spec/reconnect.md#refresh-a-stored-loginid
    //# **RECO-8** A client MUST call `/Authorize` with `LoginId`, `MostRecentCached: false` and `Save: true` (AUTH-4).
    assert_eq!(asked[1].body, br#"{"LoginId":"5e115eac","MostRecentCached":false,"Save":true}"#);
}

#[test]
fn no_proxy_of_the_environment_is_used() {
    // The same walk, in a process whose environment names a proxy that does not exist.
    let mut again = Command::new(std::env::current_exe().unwrap());
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        again.env(name, "http://127.0.0.1:1");
    }
    let walk = again.env_remove("NO_PROXY").env_remove("no_proxy").args(["a_whole_refresh", "--test-threads=1"]);
    assert!(walk.output().unwrap().status.success());
}

#[test]
fn decision_73_a_connection_is_used_again_but_not_for_a_live_call() {
    for blocking in [false, true] {
        let script = [Answer::json(200, TOKEN), Answer::json(203, ASKS), Answer::json(200, TOKEN).chunked()];
        let (server, clock) = (Server::play(script.into_iter().chain([Answer::json(401, NOT_YET)])), Virtual::new());
        let driver = over_http(&server.origin(), &keys(), &clock, blocking);
        let (mut session, row) = (driver.session(Policy::default()), Row::new());
        driver.advance(&mut session, &row).unwrap();
        driver.tell(&mut session, Event::Opened);
        driver.advance(&mut session, &row).unwrap();
        driver.tell(&mut session, redirect());
        driver.advance(&mut session, &row).unwrap();
        let connections: Vec<_> = server.asked().iter().map(|asked| asked.connection).collect();
        // The live call must not be sent twice, so it has a connection of its own (decision 73).
        assert_eq!(connections, [0, 1, 0, 0], "{}", driver.name());
    }
}

//= docs/spec/reconnect.md#refresh-a-stored-loginid
//# **RECO-11** A client MUST lead any other answer to a live `/Authorize` to one of the five ways out.
#[test]
fn every_status_is_data() {
    use reconnect_core::Advice::{ActAtTheBank, FixTheSetup, StartOver, TryLater};
    for (status, body, reason, advice) in [
        (401, r#"{"FlinksCode":"INVALID_LOGIN"}"#, Reason::Refused, StartOver),
        (400, r#"{"FlinksCode":"SESSION_EXPIRED"}"#, Reason::Refused, StartOver),
        (500, r#"{"FlinksCode":"AGGREGATION_ERROR"}"#, Reason::Refused, TryLater),
        (401, r#"{"FlinksCode":"UNAUTHORIZED"}"#, Reason::Refused, ActAtTheBank),
        (418, r#"{"Message":"no coffee here"}"#, Reason::Refused, StartOver),
        // A page, nothing, or JSON without a documented field is not the service's word, so the call may have reached
        // the bank (decision 61). It is a guess, whatever the status is.
        (418, "{}", Reason::OutcomeUnknown, TryLater),
        (502, "<html><body>Bad Gateway</body></html>", Reason::OutcomeUnknown, TryLater),
        (401, "<html>", Reason::OutcomeUnknown, FixTheSetup),
        (429, "<html>", Reason::OutcomeUnknown, TryLater),
        (200, "", Reason::OutcomeUnknown, TryLater),
        (200, "null", Reason::OutcomeUnknown, TryLater),
    ] {
        let script = || vec![Answer::json(200, TOKEN), Answer::json(status, body)];
        let asked = both(script, |driver, _, _| {
            let (mut session, row) = (driver.session(Policy::default()), Row::new());
            assert!(matches!(driver.advance(&mut session, &row), Ok(Pause::Done)));
            let failure = failure(&session);
            assert_eq!(failure.reason(), reason, "{status} {body}");
            assert_eq!(failure.recovery().advice(), advice, "{status} {body}");
        });
        assert_eq!(lives(&asked), 1);
    }
}

//= docs/spec/errors.md#trying-again
//# **ERR-36** A client MUST repeat a mint, a cached `/Authorize`, a look, a fetch or a poll at most 3 times in all by
//# default, waiting 0.5 s and doubling to at most 5 s.
#[test]
fn a_mint_is_tried_again_and_bounded() {
    let html = || Answer::new(502, "<html>");
    let asked = both(
        || vec![Answer::json(200, ""), Answer::json(503, "{}"), html()],
        |driver, _, _| {
            let (mut session, row) = (driver.session(Policy::default()), Row::new());
            driver.advance(&mut session, &row).unwrap();
            assert!(matches!(failure(&session).recovery(), Recovery::TryLater { .. }));
        },
    );
    assert_eq!(endpoints(&asked), ["GenerateAuthorizeToken"; 3]);
}

//= docs/spec/hosts-and-paths.md#the-api
//# **HOST-8** A client MUST NOT follow a redirect of the API host.
#[test]
fn a_redirect_is_refused_and_the_body_goes_nowhere_else() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Server::play([]);
        let to = elsewhere.origin();
        let script = || vec![Answer::json(200, TOKEN), Answer::new(status, "").header("location", &to)];
        let asked = both(script, |driver, _, _| {
            let (mut session, row) = (driver.session(Policy::default()), Row::new());
            driver.advance(&mut session, &row).unwrap();
            assert_eq!(failure(&session).status(), Some(status));
        });
        assert_eq!(lives(&asked), 1);
        assert_eq!(elsewhere.asked(), []);
    }
}

//= docs/spec/async-polling.md#time-limits
//# **POLL-15** A client MUST wait longer than 210 s for a synchronous POST, by default 240 s.
//= docs/spec/async-polling.md#time-limits
//# **POLL-16** A client SHOULD limit a mint or a poll to 30 s and the making of a connection to 5 s.
#[test]
fn a_slow_service_is_left_at_the_limit() {
    let (late, slow) = (Duration::from_millis(900), Duration::from_millis(20));
    for answer in [
        Answer::json(203, ASKS).after(late),
        // The head comes in time and the body does not; or nothing is ever late but the end.
        Answer::json(203, ASKS).drip(slow),
        Answer::json(203, ASKS).chunked().drip(slow),
    ] {
        let script = || vec![Answer::json(200, TOKEN), answer.clone()];
        let asked = both(script, |driver, _, _| {
            let (mut session, row, began) = (driver.session(hasty()), Row::new(), Instant::now());
            driver.advance(&mut session, &row).unwrap();
            let took = began.elapsed();
            assert!((Duration::from_millis(240)..late).contains(&took), "{}: {took:?}", driver.name());
            assert_eq!(failure(&session).reason(), Reason::OutcomeUnknown);
        });
        assert_eq!(lives(&asked), 1);
    }
    // A mint may go again.
    let script = || vec![Answer::json(200, TOKEN).after(late), Answer::json(200, TOKEN), Answer::json(203, ASKS)];
    both(script, |driver, _, _| {
        let (mut session, row) = (driver.session(hasty()), Row::new());
        assert!(matches!(driver.advance(&mut session, &row), Ok(Pause::Ask(_))));
    });
}

#[test]
fn who_is_not_there_surely_got_nothing() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = format!("http://{port}");
    for blocking in [false, true] {
        let clock = Virtual::new();
        let driver = over_http(&nobody, &Keys::default(), &clock, blocking);
        let (mut session, row) = (driver.session(Policy::default()), Row::new());
        // Without tokens the live call is the first; it may go again, since it reached nobody.
        driver.advance(&mut session, &row).unwrap();
        assert_eq!(failure(&session).reason(), Reason::Unreachable);
        assert_eq!(clock.time().as_millis() - START, 1_500, "after 0.5 s and 1 s");
    }
}

//= docs/spec/errors.md#trying-again
//# **ERR-41** A client MUST take a request as not sent only if no connection was made.
#[test]
fn both_name_the_same_fault_if_nothing_was_sent() {
    let listener = || TcpListener::bind("127.0.0.1:0").unwrap();
    let free = listener().local_addr().unwrap();
    // It accepts a connection and sends nothing.
    let silent = listener();
    let (mute, plain) = (silent.local_addr().unwrap(), listener());
    let speaks = plain.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in plain.incoming().map_while(Result::ok) {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").unwrap();
            while stream.read(&mut [0; 1 << 10]).is_ok_and(|read| read > 0) {}
        }
    });
    let is_tls = cfg!(any(feature = "rustls", feature = "rustls-ring"));
    for (what, origin, kind) in [
        ("nobody listens", format!("http://{free}"), FaultKind::Refused),
        ("no such host", "https://no-such-host.invalid".to_owned(), FaultKind::NameNotFound),
        ("no TLS at the other end", format!("https://{speaks}"), FaultKind::Tls),
        ("a silent end", format!("https://{mute}"), FaultKind::ConnectTimeout),
    ] {
        let mut request = mint(&origin);
        request.body = Some("{}".into());
        for http in [Http::new(false), Http::new(true)] {
            let began = Instant::now();
            let fault = http.exchange(&request).unwrap_err();
            assert_eq!(fault.reached, Reached::No, "{}: {what}", http.name());
            assert!(fault.kind == kind || !is_tls, "{}: {what}: {fault:?}", http.name());
            if fault.kind == FaultKind::ConnectTimeout {
                assert!(began.elapsed() >= CONNECT_LIMIT, "{}: {:?}", http.name(), began.elapsed());
            }
        }
    }
}

#[test]
fn both_name_the_same_fault_of_a_reply() {
    let head = |more: &str| Answer::raw(format!("HTTP/1.1 200 OK\r\n{more}content-length: 2\r\n\r\n{{}}"));
    let headers = |count| (0..count).fold(String::new(), |text, n| format!("{text}x-{n}: y\r\n"));
    let chunked = |body: &str| Answer::raw(format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{body}"));
    let gzip = |coding: &str| Answer::new(200, "\u{1f}...").header("content-encoding", coding);
    let faults = [
        ("nothing", Answer::hang_up(), FaultKind::Broken),
        ("a reset", Answer::hang_up().reset(), FaultKind::Reset),
        ("a reset in the body", Answer::json(200, TOKEN).cut_in_body().reset(), FaultKind::Broken),
        ("half a head", head("").cut(12), FaultKind::Broken),
        ("half a body", Answer::json(200, TOKEN).cut_in_body(), FaultKind::Broken),
        ("half a body in chunks", Answer::json(200, TOKEN).chunked().cut_in_body(), FaultKind::Broken),
        ("another protocol", Answer::raw("SSH-2.0-OpenSSH_9.9\r\n\r\n"), FaultKind::Garbled),
        ("a later version", Answer::raw("HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n"), FaultKind::Garbled),
        ("a status of two digits", Answer::raw("HTTP/1.1 20 OK\r\ncontent-length: 0\r\n\r\n"), FaultKind::Garbled),
        ("a header folded over lines", head("x-folded: one\r\n two\r\n"), FaultKind::Garbled),
        ("a name with a space", head("x-odd : y\r\n"), FaultKind::Garbled),
        ("a NUL in a value", head("x-odd: \0\r\n"), FaultKind::Garbled),
        ("a chunk of no length", chunked("x\r\n{}\r\n0\r\n\r\n"), FaultKind::Garbled),
        ("gzip all the same", gzip("gzip"), FaultKind::Encoded),
        ("another coding", gzip("br"), FaultKind::Encoded),
        ("a long header", head(&format!("x-long: {}\r\n", "x".repeat(66 << 10))), FaultKind::HeadTooLarge),
        ("a longer header", head(&format!("x-long: {}\r\n", "x".repeat(4 << 20))), FaultKind::HeadTooLarge),
        ("many headers", head(&headers(100)), FaultKind::HeadTooLarge),
        ("more headers", head(&headers(120)), FaultKind::HeadTooLarge),
        ("very many headers", head(&headers(1000)), FaultKind::HeadTooLarge),
        ("a long body", Answer::new(200, vec![b'x'; 4 << 10]), FaultKind::TooLarge),
        ("a late reply", Answer::json(200, TOKEN).after(Duration::from_millis(1_500)), FaultKind::Timeout),
    ];
    for (what, answer, kind) in faults {
        for http in [Http::new(false), Http::new(true)] {
            let server = Server::play([answer.clone()]);
            let mut request = mint(&server.origin());
            (request.max_body, request.limit_ms) = (2 << 10, 1_000);
            assert_eq!(http.exchange(&request).err(), Some(Fault::maybe(kind)), "{}: {what}", http.name());
            assert_eq!(server.asked().len(), 1, "{}: {what}", http.name());
        }
    }
}

/// Every form of a head that RFC 9112 obliges a user agent to read, except a header that is folded over lines: both
/// name that fault, since one of the HTTP clients cannot be told to read it.
#[test]
fn a_head_is_read_in_every_form() {
    let body = "{}";
    let heads = [
        ("as usual", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", 200),
        ("an empty reason", "HTTP/1.1 200 \r\ncontent-length: 2\r\n\r\n{}", 200),
        ("no reason and no space", "HTTP/1.1 200\r\ncontent-length: 2\r\n\r\n{}", 200),
        ("a reason in another alphabet", "HTTP/1.1 200 tr\u{e8}s bien\r\ncontent-length: 2\r\n\r\n{}", 200),
        ("lines that end in LF alone", "HTTP/1.1 200 OK\ncontent-length: 2\n\n{}", 200),
        ("HTTP/1.0, to the end of the connection", "HTTP/1.0 200 OK\r\n\r\n{}", 200),
        ("no length, to the end of the connection", "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", 200),
        ("names in any letter case", "HTTP/1.1 200 OK\r\nCONTENT-Length: 2\r\n\r\n{}", 200),
        ("white space around a value", "HTTP/1.1 200 OK\r\ncontent-length: \t 2 \t\r\n\r\n{}", 200),
        ("an empty value", "HTTP/1.1 200 OK\r\nx-empty:\r\ncontent-length: 2\r\n\r\n{}", 200),
        ("a value beyond ASCII", "HTTP/1.1 200 OK\r\nx-odd: \u{e8}\r\ncontent-length: 2\r\n\r\n{}", 200),
        ("a name twice", "HTTP/1.1 200 OK\r\nx: a\r\nx: b\r\ncontent-length: 2\r\n\r\n{}", 200),
        ("100 before it", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", 200),
        (
            "103 and 102 before it",
            "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n\
             HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
            200,
        ),
        ("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", 200),
        (
            "chunks with extensions and trailers",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
             02;name=value\r\n{}\r\n000;last\r\nx-trailer: y\r\n\r\n",
            200,
        ),
        ("a status that nobody knows", "HTTP/1.1 299 Odd\r\ncontent-length: 2\r\n\r\n{}", 299),
        ("an error that is encoded", "HTTP/1.1 503 No\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}", 503),
    ];
    for (what, head, status) in heads {
        for http in [Http::new(false), Http::new(true)] {
            let server = Server::play([Answer::raw(head)]);
            let reply = http.exchange(&mint(&server.origin()));
            let reply = reply.unwrap_or_else(|fault| panic!("{}: {what}: {fault:?}", http.name()));
            assert_eq!((reply.status, &reply.body[..]), (status, body.as_bytes()), "{}: {what}", http.name());
        }
    }
}

//= docs/spec/errors.md#trying-again
//# **ERR-41** A client MUST take a request as not sent only if no connection was made.
#[test]
fn a_broken_connection_leaves_it_open_whether_the_request_arrived() {
    let body = |answer: Answer| answer.cut_in_body();
    for answer in [
        Answer::hang_up(),
        Answer::json(203, ASKS).cut(7),
        Answer::json(203, ASKS).cut(30),
        body(Answer::json(203, ASKS)),
        body(Answer::json(203, ASKS).chunked()),
        Answer::new(203, ASKS).header("x", "\u{0}\r\n\u{1}"),
    ] {
        let script = || vec![Answer::json(200, TOKEN), answer.clone()];
        let asked = both(script, |driver, _, _| {
            let (mut session, row) = (driver.session(Policy::default()), Row::new());
            driver.advance(&mut session, &row).unwrap();
            assert_eq!(failure(&session).reason(), Reason::OutcomeUnknown, "{}: {answer:?}", driver.name());
            // However often it is asked, and by whom.
            driver.advance(&mut session, &row).unwrap();
            driver.advance(&mut driver.load(&row), &row).unwrap();
        });
        assert_eq!(lives(&asked), 1);
    }
}

//= docs/spec/data.md#the-reply
//# **DATA-17** A client MUST stop reading a body at 32 MiB, counted after decompression, and MUST NOT try such a call
//# again.
#[test]
fn a_body_is_read_up_to_its_limit_and_no_further() {
    let body = vec![b'x'; 1 << 20];
    let fits = || vec![Answer::new(200, body.clone()), Answer::new(200, body.clone()).chunked()];
    both(fits, |driver, server, _| {
        let mut request = mint(&server.origin());
        request.max_body = body.len();
        for _ in 0..2 {
            assert_eq!(exchange(driver, &request).unwrap().body.len(), body.len());
        }
    });
    let long = || vec![Answer::new(200, vec![b'x'; (1 << 20) + 1]), Answer::new(200, body.clone()).endless()];
    both(long, |driver, server, _| {
        let mut request = mint(&server.origin());
        request.max_body = body.len();
        for _ in 0..2 {
            assert_eq!(exchange(driver, &request), Err(Fault::maybe(FaultKind::TooLarge)));
        }
    });
    // The real limit, as `render` sets it: 33 MiB would fit into no reply, and no more is taken in than sockets hold.
    let endless = || vec![Answer::json(200, TOKEN), Answer::json(203, ASKS), Answer::new(200, body.clone()).endless()];
    both(endless, |driver, server, _| {
        let mut policy = Policy::default();
        policy.token = reconnect_core::policy::TokenUse::Mint;
        let (mut session, row) = (driver.session(policy), Row::new());
        driver.advance(&mut session, &row).unwrap();
        driver.tell(&mut session, redirect());
        // A look that tells nothing leads back to the prompt.
        assert!(matches!(driver.advance(&mut session, &row), Ok(Pause::Ask(_))));
        let written = server.written();
        assert!((32 << 20..52 << 20).contains(&written), "{}: {written}", driver.name());
        assert_eq!(server.asked().len(), 3, "what is too large is not asked for again");
    });
}

#[test]
fn headers_may_be_long_but_not_endless() {
    let long = |length: usize| Answer::json(200, TOKEN).header("x-long", &"x".repeat(length));
    let several = || (0..60).fold(Answer::json(200, TOKEN), |answer, n| answer.header(&format!("x-{n}"), "y"));
    both(
        || vec![long(40 << 10), several(), long(4 << 20)],
        |driver, server, _| {
            let request = mint(&server.origin());
            for _ in 0..2 {
                assert_eq!(exchange(driver, &request).unwrap().body, TOKEN.as_bytes());
            }
            assert_eq!(exchange(driver, &request), Err(Fault::maybe(FaultKind::HeadTooLarge)));
        },
    );
}

#[test]
fn the_header_that_is_read_comes_through_and_no_other() {
    let script = || vec![Answer::json(503, "{}").header("Retry-After", "7").header("set-cookie", "x=1")];
    both(script, |driver, server, _| {
        let reply = exchange(driver, &mint(&server.origin())).unwrap();
        assert_eq!((reply.status, reply.headers), (503, vec![("retry-after".to_owned(), "7".to_owned())]));
    });
}

/// The core gets the status and the one header that it reads, whatever the body is, in a call as in a session.
#[test]
fn the_page_of_a_gateway_comes_through_with_its_status() {
    for (status, wait) in [(429, Some("120")), (503, Some("600")), (404, None), (407, None), (401, None), (202, None)] {
        for body in ["<html>no</html>", ""] {
            let page = Answer::new(status, body).header("content-type", "text/html");
            let page = wait.into_iter().fold(page, |page, wait| page.header("Retry-After", wait));
            both(
                || vec![page.clone(), page.clone()],
                |driver, server, _| {
                    let mut request = mint(&server.origin());
                    for once in [false, true] {
                        request.once = once;
                        let reply = exchange(driver, &request).unwrap();
                        assert_eq!((reply.status, &reply.body[..]), (status, body.as_bytes()), "{}", driver.name());
                        let told = reply.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                        assert_eq!(told.collect::<Vec<_>>(), wait.map(|wait| ("retry-after", wait)).as_slice());
                    }
                },
            );
        }
    }
}

//= docs/spec/reconnect.md#keeping-a-session
//# **RECO-39** A client MUST store the form of its session that says "sent" before a request goes out, and MUST NOT
//# send if another process stored first.
#[test]
fn nothing_is_sent_before_it_is_kept() {
    // Another node made the row: its session, not ours.
    let another = || {
        Row::with(|swap, row| {
            if swap == 0 {
                let session = Plan::refresh(LoginId::new("5e115eac").unwrap());
                *row = Some(session.session(Timestamp::from_millis(START), &instance("https://a"), &keys()).snapshot());
            }
            Ok(())
        })
    };
    // The store is down for a while.
    let down = || Row::with(|swap, _| if swap == 0 { Err(StoreError::failed("the store is down")) } else { Ok(()) });
    let asked = both(
        || vec![Answer::json(200, TOKEN), Answer::json(203, ASKS)],
        |driver, server, _| {
            let (mut session, row) = (driver.session(Policy::default()), another());
            assert!(matches!(driver.advance(&mut session, &row), Err(DriveError::Conflict)));
            assert_eq!((server.asked(), session.revision(), session.loaded()), (vec![], 0, None));

            let row = down();
            let error = driver.advance(&mut session, &row).unwrap_err();
            assert_eq!(error.to_string(), "the store failed: the store is down");
            assert_eq!((server.asked(), session.revision()), (vec![], 0));
            // The same call again goes on as if nothing had been.
            assert!(matches!(driver.advance(&mut session, &row), Ok(Pause::Ask(_))));
        },
    );
    assert_eq!(asked.len(), 2);
}

#[test]
fn what_was_held_up_past_its_time_is_not_sent() {
    // The store takes longer than the request has: meanwhile another node may have taken it for lost.
    let asked = both(
        || vec![Answer::json(200, TOKEN), Answer::json(203, ASKS)],
        |driver, _, clock| {
            let slow = clock.clone();
            let row = Row::with(move |swap, _| {
                if swap == 1 {
                    slow.set(slow.time() + Policy::DEFAULT.post_limit);
                }
                Ok(())
            });
            let mut session = driver.session(Policy::default());
            assert!(matches!(driver.advance(&mut session, &row), Ok(Pause::Ask(_))));
        },
    );
    assert_eq!(endpoints(&asked), ["GenerateAuthorizeToken", "Authorize"]);
    // The token's life is over in the meantime, the request's is not.
    let asked = both(
        || vec![Answer::json(200, TOKEN), Answer::json(200, TOKEN), Answer::json(203, ASKS)],
        |driver, _, clock| {
            let slow = clock.clone();
            let row = Row::with(move |swap, _| {
                if swap == 1 {
                    slow.set(slow.time() + Duration::from_secs(60));
                }
                Ok(())
            });
            let mut policy = Policy::default();
            policy.token_life = Duration::from_secs(60);
            let mut session = driver.session(policy);
            assert!(matches!(driver.advance(&mut session, &row), Ok(Pause::Ask(_))));
        },
    );
    assert_eq!(endpoints(&asked), ["GenerateAuthorizeToken", "GenerateAuthorizeToken", "Authorize"]);
}

//= docs/spec/hosts-and-paths.md#the-api
//# **HOST-10** A client MUST NOT use a `loginId`, or a session made from one, at another instance than the one that
//# issued it.
#[test]
fn a_missing_key_or_another_instance_sends_nothing() {
    both_with(&Keys::default(), Vec::new, |driver, server, _| {
        let mut session = Plan::refresh(LoginId::new("5e115eac").unwrap()).session(
            Timestamp::from_millis(START),
            &instance(&server.origin()),
            &keys(),
        );
        let error = driver.advance(&mut session, &Row::new()).unwrap_err();
        assert!(matches!(error, DriveError::Render(reconnect_core::RenderError::MissingKey)));
        let other = instance(&server.origin()).labelled("other");
        let mut session = Plan::refresh(LoginId::new("5e115eac").unwrap()).session(
            Timestamp::from_millis(START),
            &other,
            &Keys::default(),
        );
        let error = driver.advance(&mut session, &Row::new()).unwrap_err();
        assert!(matches!(error, DriveError::Render(reconnect_core::RenderError::OtherInstance)));
        assert_eq!(session.revision(), 0);
    });
}

/// A key may end in a line end; one with quotes is refused when the program starts.
#[test]
fn an_invalid_key_is_refused_at_once() {
    for (secret, api) in [("", "k"), (" \n", "k"), ("\"CANARY\"", "k"), ("CAN\nARY", "k"), ("k", "'CANARY'")] {
        let keys = || Keys { secret: Some(secret.into()), api: Some(api.into()) };
        let here = || instance("https://api.example");
        let one = reconnect_async::Client::new(here(), keys()).map(|_| ()).unwrap_err();
        let other = reconnect_blocking::Client::new(here(), keys()).map(|_| ()).unwrap_err();
        for error in [one, other] {
            let name = if secret == "k" { "`api`" } else { "`secret`" };
            assert!(matches!(error, DriveError::Render(reconnect_core::RenderError::Key(_))), "{error:?}");
            assert!(error.to_string().contains(name), "{error}");
            assert!(!format!("{error} {error:?}").contains("ARY"), "{error:?}");
        }
    }
    let keys = Keys { secret: Some("the-secret\r\n".into()), api: Some("\u{feff}the-api-key\n".into()) };
    let script = || vec![Answer::json(200, TOKEN), Answer::json(203, ASKS)];
    let asked = both_with(&keys, script, |driver, _, _| {
        driver.advance(&mut driver.session(Policy::default()), &Row::new()).unwrap();
    });
    assert_eq!(asked[0].header("flinks-auth-key"), Some("the-secret"));
}

#[test]
fn a_reply_that_another_node_overtook_is_told_again() {
    // While the 203 was on its way, another node saw the live call's limit pass and kept the guess `OutcomeUnknown`.
    let overtaken = || {
        Row::with(|swap, row| {
            if swap == 2 {
                let mut theirs = reconnect_core::Session::restore(row.take().unwrap()).unwrap();
                let _ = theirs.poll(Timestamp::from_millis(START + 240_000));
                assert!(
                    matches!(theirs.outcome(), Some(Outcome::Failed(failure)) if failure.reason() == Reason::OutcomeUnknown)
                );
                *row = Some(theirs.snapshot());
            }
            Ok(())
        })
    };
    let asked = both(
        || vec![Answer::json(200, TOKEN), Answer::json(203, ASKS)],
        |driver, _, _| {
            let (mut session, row) = (driver.session(Policy::default()), overtaken());
            let Ok(Pause::Ask(prompt)) = driver.advance(&mut session, &row) else { panic!("the 203 was thrown away") };
            assert_eq!(prompt.challenges.len(), 1);
            assert_eq!(driver.load(&row).stage(), Stage::Asking);
        },
    );
    assert_eq!(lives(&asked), 1);
}

#[test]
fn news_that_another_node_overtook_is_told_again() {
    both(
        || vec![Answer::json(200, TOKEN), Answer::json(203, ASKS), Answer::json(200, DATA)],
        |driver, _, _| {
            let (mut session, row) = (driver.session(Policy::default()), Row::new());
            driver.advance(&mut session, &row).unwrap();
            // Two web handlers load the row; one notes that the widget was closed, the other that it redirected.
            let (mut one, mut other) = (driver.load(&row), driver.load(&row));
            let closed = ConnectNews::read(r#"{"step":"COMPONENT_CLOSE_SESSION","requestId":"r-1"}"#).unwrap();
            driver.tell(&mut one, Event::Returned(closed));
            driver.step(&mut one, &row).unwrap();
            driver.tell(&mut other, redirect());
            assert!(matches!(driver.step(&mut other, &row), Ok(Stepped::Pause(Pause::Done))));
            assert_eq!(other.take_accounts().unwrap().len(), 2);
        },
    );
}

#[test]
fn what_another_node_has_taken_over_is_left_to_it() {
    let script = || {
        let pending = || Answer::json(202, PENDING);
        vec![Answer::json(200, TOKEN), Answer::json(203, ASKS), pending(), pending()]
    };
    both(script, |driver, server, clock| {
        let (mut session, row) = (driver.session(Policy::default()), Row::new());
        driver.advance(&mut session, &row).unwrap();
        driver.tell(&mut session, redirect());
        let Ok(Stepped::Wait { until }) = driver.step(&mut session, &row) else { panic!("the data is pending") };
        clock.set(until);
        assert!(matches!(driver.step(&mut driver.load(&row), &row), Ok(Stepped::Wait { .. })));
        // All that was told is kept, so there is nothing to tell again.
        assert!(matches!(driver.step(&mut session, &row), Err(DriveError::Conflict)));
        assert_eq!(server.asked().len(), 4);
    });
}

#[test]
fn a_store_that_always_refuses_is_not_asked_for_ever() {
    let script = || vec![Answer::json(200, TOKEN), Answer::json(203, ASKS)];
    both(script, |driver, server, _| {
        // It takes the row of the mint, and then, for a while, none.
        let refuses = |swap| (1..20).contains(&swap);
        let row = Row::with(move |swap, _| if refuses(swap) { Err(StoreError::Conflict) } else { Ok(()) });
        let mut session = driver.session(Policy::default());
        let mut tried = 0;
        let pause = loop {
            let before = row.swaps.load(Ordering::SeqCst);
            match driver.advance(&mut session, &row) {
                Err(DriveError::Conflict) => tried += 1,
                other => break other,
            }
            assert!(row.swaps.load(Ordering::SeqCst) - before < 12);
            assert_eq!(server.asked().len(), 1);
        };
        // The reply to the mint was never thrown away.
        assert!(matches!(pause, Ok(Pause::Ask(_))));
        assert!((2..20).contains(&tried), "{tried}");
    });
}

//= docs/spec/authorize.md#the-request
//# **AUTH-15** A client MUST send a live `/Authorize` at most once unless it surely did not reach the service.
#[test]
fn a_process_that_died_between_swap_and_reply_sends_nothing_twice() {
    let asked = both(
        || vec![Answer::json(200, TOKEN), Answer::json(203, ASKS)],
        |driver, server, clock| {
            // What the row says when the live call is on the wire.
            let on_the_wire = Arc::new(Mutex::new(None));
            let seen = on_the_wire.clone();
            let row = Row::with(move |swap, row| {
                if swap == 2 {
                    *seen.lock().unwrap() = row.clone();
                }
                Ok(())
            });
            driver.advance(&mut driver.session(Policy::default()), &row).unwrap();
            let died = on_the_wire.lock().unwrap().clone().unwrap();
            let row = Row::new();
            *row.row.lock().unwrap() = Some(died);

            // Another process finds the row: it waits until the limit, and calls it lost.
            let mut session = driver.load(&row);
            assert_eq!(session.deadline().map(|deadline| deadline.why), Some(Why::RequestTimesOut));
            let Ok(Stepped::Wait { until }) = driver.step(&mut session, &row) else { panic!("it is under way") };
            assert_eq!(until.as_millis(), START + 240_000);
            assert!(matches!(driver.advance(&mut session, &row), Ok(Pause::Done)));
            assert_eq!(clock.time(), until);
            assert_eq!(failure(&session).reason(), Reason::OutcomeUnknown);
            assert_eq!(server.asked().len(), 2);
        },
    );
    assert_eq!(lives(&asked), 1);
}

//= docs/spec/mfa.md#answers
//# **MFA-18** A client MUST take a 200 to an answer as authorized, and another 203 as the next challenge.
//= docs/spec/reconnect.md#refresh-a-stored-loginid
//# **RECO-13** A client MAY have the MFA of a refresh answered through `/Authorize` instead of the widget, if its
//# caller chose so.
#[test]
fn answers_may_go_through_the_api() {
    let script = || {
        let answered = r#"{"HttpStatusCode":200,"RequestId":"r-1","Login":{"Id":"5e115eac"}}"#;
        vec![Answer::json(200, TOKEN), Answer::json(203, ASKS), Answer::json(200, answered), Answer::json(200, DATA)]
    };
    let asked = both(script, |driver, _, _| {
        let mut policy = Policy::default();
        policy.mfa = Mfa::WidgetOrApi;
        let (mut session, row) = (driver.session(policy), Row::new());
        let Ok(Pause::Ask(prompt)) = driver.advance(&mut session, &row) else { panic!("it asks") };
        let answers = reconnect_core::Answers::to(&prompt).with("City?", ["Montréal"]);
        driver.tell(&mut session, Event::Answered(answers));
        assert!(matches!(driver.advance(&mut session, &row), Ok(Pause::Done)));
    });
    //= docs/spec/credentials.md#use
    //# **CRED-22** A client that answers MFA through `/Authorize` MUST send the same authorize token again that opened
    //# the session.
    assert_eq!(asked[2].header("flinks-auth-key"), Some("t-1"));
    //= docs/spec/mfa.md#challenges
    //# **MFA-2** A client MUST show a `QuestionAndAnswer` without `Iterables` as a question with free text, answered by
    //# `{prompt: [text]}`.
    assert_eq!(asked[2].body, r#"{"RequestId":"r-1","SecurityResponses":{"City?":["Montréal"]}}"#.as_bytes());
}

//= docs/spec/async-polling.md#polling
//# **POLL-14** A client SHOULD be able to give control back between two polls.
#[test]
fn not_now_parks_the_session_and_another_run_goes_on() {
    let script = || {
        let token = || Answer::json(200, TOKEN);
        vec![token(), Answer::json(203, ASKS), token(), token(), Answer::json(200, DATA)]
    };
    both(script, |driver, _, _| {
        let row = Row::new();
        let Err(Stopped::NotNow(session)) = driver.run(&row, |_| Event::Tick) else { panic!("not now") };
        assert_eq!((session.stage(), session.loaded()), (Stage::Asking, Some(driver.load(&row).revision())));
        let shown = Cell::new(0);
        let done = driver.run(&row, |_| {
            shown.set(shown.get() + 1);
            redirect()
        });
        assert_eq!((done.unwrap().accounts.len(), shown.get()), (1, 1));
    });
}

/// What the user does takes minutes, and it counts from when it is done.
#[test]
fn what_the_user_did_is_told_at_the_time_it_was_done() {
    let minutes = |count: u64| Duration::from_secs(60 * count);
    let script = || {
        let token = || Answer::json(200, TOKEN);
        vec![token(), Answer::json(203, ASKS), token(), token(), Answer::json(200, DATA)]
    };
    both(script, |driver, _, clock| {
        let (row, shown) = (Row::new(), Cell::new(0));
        let lease = || {
            let session = reconnect_core::Session::restore(row.read().unwrap()).unwrap();
            session.deadline().unwrap().at
        };
        let done = driver.run(&row, |_| {
            shown.set(shown.get() + 1);
            assert_eq!(lease(), clock.time() + minutes(8), "{}: showing {}", driver.name(), shown.get());
            clock.set(clock.time() + minutes(7));
            let progress = ConnectNews::read(r#"{"step":"SUBMIT_MFA","requestId":"r-1"}"#).unwrap();
            if shown.get() == 1 { Event::Returned(progress) } else { redirect() }
        });
        assert_eq!((done.unwrap().accounts.len(), shown.get()), (1, 2));
    });
}

/// A request whose time is known to be over is not looked at.
#[test]
fn what_the_caller_knows_of_a_request_saves_a_look() {
    let hour = Timestamp::from_millis(START - 3_600_000);
    for (last_sent, asked) in [(Some(hour), &[][..]), (None, &["GetAccountsDetail"])] {
        let gone = || Answer::json(400, r#"{"HttpStatusCode":400,"FlinksCode":"SESSION_NONEXISTENT"}"#);
        let script = || if last_sent.is_some() { Vec::new() } else { vec![gone()] };
        let sent = both(script, |driver, _, _| {
            let mut session = driver.resumed(last_sent);
            assert!(matches!(driver.advance(&mut session, &Row::new()), Ok(Pause::Done)));
            assert!(matches!(failure(&session).recovery(), Recovery::StartOver), "{}", driver.name());
        });
        assert_eq!(endpoints(&sent), asked);
    }
}

/// The other tests have a virtual clock.
#[test]
fn the_clock_of_the_machine_sleeps_until_its_moment() {
    use {reconnect_async::Clock as _, reconnect_blocking::Clock as _};
    let (short, runtime) = (Duration::from_millis(50), runtime());
    let took = |sleep: &dyn Fn()| {
        let began = Instant::now();
        sleep();
        began.elapsed()
    };
    let clock = reconnect_async::SystemClock;
    let waits = took(&|| runtime.block_on(clock.sleep_until(clock.now() + short)));
    let clock = reconnect_blocking::SystemClock;
    let blocks = took(&|| clock.sleep_until(clock.now() + short));
    // A moment is a whole number of milliseconds, so up to one is cut off.
    assert!(waits >= Duration::from_millis(49) && blocks >= Duration::from_millis(49), "{waits:?} {blocks:?}");
}

//= docs/spec/reconnect.md#starting-over
//# **RECO-30** A client MUST build the URL of an ordinary Connect session and mint its token when it is opened, not
//# before.
#[test]
fn a_failure_starts_over_with_a_token_where_there_is_one() {
    both(
        || vec![Answer::json(200, TOKEN), Answer::json(503, "{}"), Answer::hang_up()],
        |driver, _, _| {
            let mut session = driver.session(Policy::default());
            driver.tell(&mut session, Event::Cancelled);
            let failure = failure(&session);
            assert_eq!(driver.start_over(&failure), "https://widget.example/?authorizeToken=t-1");
            for _ in 0..2 {
                assert_eq!(driver.start_over(&failure), "https://widget.example/");
            }
        },
    );
}

// From here on without a socket: what a closure as transport can show.

fn answer_to(request: &Rendered) -> Reply {
    let body = match request.url.rsplit('/').next() {
        Some("GenerateAuthorizeToken") => TOKEN,
        Some("Authorize") => ASKS,
        _ => DATA,
    };
    Reply { status: 200, body: body.into(), ..Reply::default() }
}

#[test]
fn a_transport_that_panics_has_lost_its_request() {
    let here = || instance("https://api.example");
    let panics = |request: &Rendered| {
        assert!(!request.once, "the transport's own bug");
        Ok(answer_to(request))
    };
    let client =
        reconnect_async::Client::with_transport(
            here(),
            keys(),
            move |request: Rendered| async move { panics(&request) },
        );
    let one = Driver::Async(client, runtime());
    let client = reconnect_blocking::Client::with_transport(here(), keys(), move |request: Rendered| panics(&request));
    for driver in [one, Driver::Blocking(client)] {
        let (mut session, row) = (driver.session(Policy::default()), Row::new());
        let panicked = catch_unwind(AssertUnwindSafe(|| driver.advance(&mut session, &row)));
        assert!(panicked.is_err());
        assert_eq!(failure(&session).reason(), Reason::OutcomeUnknown, "{}", driver.name());
        assert!(matches!(driver.advance(&mut session, &row), Ok(Pause::Done)));
        assert_eq!(driver.load(&row).stage(), Stage::Done);
    }
}

/// Drops the future at its every await in turn, and then drives the same session to its end.
#[test]
fn cancelling_is_safe_at_every_await() {
    let runtime = runtime();
    let (mut cancelled, mut unknown, mut kept) = (0, 0, 0);
    for awaits in 0.. {
        let clock = Virtual::new();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let log = sent.clone();
        let transport = move |request: Rendered| {
            let log = log.clone();
            async move {
                breathe().await;
                log.lock().unwrap().push((request.once, request.id));
                breathe().await;
                Ok(answer_to(&request))
            }
        };
        let here = instance("https://api.example");
        let client = reconnect_async::Client::with_transport(here, keys(), transport).with_clock(clock.clone());
        let row = Row::new();
        let mut session = client.refresh(LoginId::new("5e115eac").unwrap()).session();
        let whole = runtime.block_on(dropped(client.advance(&mut session, &row), awaits));
        if let Some(done) = whole {
            assert!(matches!(done, Ok(Pause::Ask(_))));
            break;
        }
        cancelled += 1;
        // The same session goes on, unless the swap that was cancelled had got through: then the row does.
        let mut pause = runtime.block_on(client.advance(&mut session, &row));
        if matches!(pause, Err(DriveError::Conflict)) {
            session = runtime.block_on(client.load(&row)).unwrap().unwrap();
            pause = runtime.block_on(client.advance(&mut session, &row));
        }
        match pause.unwrap() {
            Pause::Ask(_) => kept += 1,
            Pause::Done => {
                assert_eq!(failure(&session).reason(), Reason::OutcomeUnknown);
                unknown += 1;
            }
        }
        let sent = sent.lock().unwrap();
        assert!(sent.iter().filter(|(once, _)| *once).count() <= 1, "cancelled at await {awaits}: {sent:?}");
        let mut ids: Vec<_> = sent.iter().map(|(_, id)| *id).collect();
        ids.dedup();
        assert_eq!(ids.len(), sent.len(), "an exchange went twice");
    }
    // Three swaps with two awaits each and two exchanges with two each.
    assert_eq!((cancelled, unknown > 0, kept > 0), (10, true, true));
}

#[test]
fn a_cancelled_exchange_over_http_is_lost() {
    let late = Duration::from_secs(2);
    let script = [Answer::json(200, TOKEN), Answer::json(203, ASKS).after(late)];
    let (server, clock) = (Server::play(script), Virtual::new());
    let Driver::Async(client, runtime) = over_http(&server.origin(), &keys(), &clock, false) else { return };
    let (row, mut session) = (Row::new(), client.refresh(LoginId::new("5e115eac").unwrap()).session());
    let cancelled = runtime
        .block_on(async { tokio::time::timeout(Duration::from_millis(200), client.advance(&mut session, &row)).await });
    assert!(cancelled.is_err());
    assert_eq!(failure(&session).reason(), Reason::OutcomeUnknown);
    assert!(matches!(runtime.block_on(client.advance(&mut session, &row)), Ok(Pause::Done)));
    assert_eq!(lives(&server.asked()), 1);
}

#[test]
fn clients_are_cloned_and_shared_and_say_nothing_secret() {
    fn shared<T: Clone + Send + Sync + 'static>(client: &T, debug: &str) {
        let _ = client.clone();
        assert!(!debug.contains("the-"), "{debug}");
    }
    fn sendable<T: Send>(_: &T) {}
    let blocking = reconnect_blocking::Client::new(instance("https://api.example"), keys()).unwrap();
    let client = reconnect_async::Client::new(instance("https://api.example"), keys()).unwrap();
    shared(&blocking, &format!("{blocking:?}"));
    shared(&client, &format!("{client:?}"));
    // What a runtime with several threads spawns.
    let login = || LoginId::new("5e115eac").unwrap();
    let mut session = client.refresh(login()).session();
    sendable(&client.advance(&mut session, &()));
    sendable(&client.refresh(login()).run(|_, _| async { Event::Tick }));
    // A closure may borrow what is around it, and still be spawned.
    let shown = Mutex::new(Vec::new());
    let note = |_, url| {
        let shown = &shown;
        async move {
            breathe().await;
            shown.lock().unwrap().push(url);
            Event::Tick
        }
    };
    sendable(&client.refresh(login()).run(note));
}

/// Two loops that drift apart are the oldest fault of SDKs with two clients.
#[test]
fn the_two_clients_are_one_text_but_for_their_awaits() {
    let code = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.map(str::to_owned).collect()
    };
    let awaits = include_str!("../../../reconnect-async/src/client.rs");
    let future = " -> Result<Done, Stopped>\n    where\n        R: Future<Output = Event>,\n    {";
    assert!(awaits.contains(future));
    let without = awaits
        .replace(future, " -> Result<Done, Stopped> {")
        .replace("run<R>(", "run(")
        .replace(") -> R)", ") -> Event)")
        .replace("pub async fn", "pub fn")
        .replace(".await", "");
    assert_eq!(code(&without), code(include_str!("../../../reconnect-blocking/src/client.rs")));
}
