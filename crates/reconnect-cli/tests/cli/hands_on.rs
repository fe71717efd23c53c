//! The example app, by HTTP alone: as a browser without script, and as one that lies.

use crate::support::{API_KEY, CUSTOMER, Reply, SECRET_KEY, browse, get, http, reconnect, send};
use core::time::Duration;
use serde_json::json;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, ChildStdout, Stdio},
    time::Instant,
};
use tempfile::TempDir;

const FORGED: &str = r#"{"step":"REDIRECT","loginId":"00000000-0000-4000-8000-000000000000"}"#;

struct HandsOn {
    child: Child,
    url: String,
    stdout: BufReader<ChildStdout>,
    temporary: TempDir,
}

impl HandsOn {
    fn start(args: &[&str]) -> Self {
        let temporary = tempfile::tempdir().expect("a folder");
        let mut command = reconnect();
        command.args(["demo", "--hands-on"]).args(args).env("TMPDIR", temporary.path());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("started");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut url = String::new();
        stdout.read_line(&mut url).expect("a line");
        Self { child, url: url.trim_end().to_owned(), stdout, temporary }
    }

    /// A form of the page, as a browser posts it.
    fn post(&self, path: &str, body: &str) -> Reply {
        http("POST", &format!("{}{path}", self.url), &[("origin", &self.url)], body)
    }

    fn page(&self) -> String {
        let page = get(&format!("{}/", self.url));
        assert_eq!(page.status, 200);
        page.body
    }

    /// The page, once it shows `text`.
    #[track_caller]
    fn until(&self, text: &str) -> String {
        let began = Instant::now();
        loop {
            let page = self.page();
            if page.contains(text) {
                return page;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "no {text} in {page}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The widget's address, once its frame is there.
    #[track_caller]
    fn widget(&self) -> String {
        let page = self.until("<iframe ");
        let frame = page.split_once("<iframe ").expect("a frame").1;
        let url = frame.split_once(" src=\"").expect("an address").1.split('"').next().expect("its end");
        url.replace("&amp;", "&")
    }
}

impl Drop for HandsOn {
    fn drop(&mut self) {
        // It may have ended by a signal.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_first_line_is_its_address_and_a_signal_ends_it_without_a_trace() {
    for (args, signal) in [(&[][..], "-TERM"), (&["--json"][..], "-INT")] {
        let mut app = HandsOn::start(args);
        assert!(app.url.strip_prefix("http://127.0.0.1:").is_some_and(|port| port.parse::<u16>().is_ok()));
        assert_eq!(app.post("/begin/refresh", "").status, 303);
        app.widget();
        assert!(app.temporary.path().read_dir().expect("a folder").next().is_some(), "the session has a row");
        send(signal, &app.child);
        assert_eq!(app.child.wait().expect("ended").code(), Some(0));
        let mut rest = String::new();
        app.stdout.read_to_string(&mut rest).expect("the rest");
        assert_eq!(rest, "");
        assert!(app.temporary.path().read_dir().expect("a folder").next().is_none(), "its row went with it");
    }
}

//= docs/spec/widget-events.md#how-they-travel
//# **EVT-6** A page SHOULD register one listener only.
#[test]
fn the_page_listens_to_the_widget_once() {
    let app = HandsOn::start(&[]);
    let script = get(&format!("{}/script.js", app.url));
    assert_eq!(script.status, 200);
    assert_eq!(script.body.matches("addEventListener(\"message\"").count(), 1);
}

#[test]
fn a_stored_connection_is_refreshed_without_script() {
    for transport in ["async", "blocking"] {
        let app = HandsOn::start(&["--transport", transport]);
        let start = app.page();
        for id in ["begin-refresh", "begin-resume", "begin-expired", "begin-first", "part-status", "diagram", "time-8"]
        {
            assert!(start.contains(&format!("id=\"{id}\"")), "{id}");
        }
        app.post("/begin/refresh", "");
        let url = app.widget();
        let origin = app.url.replace(':', "%3A").replace('/', "%2F");
        for wish in [format!("&origin={origin}&"), format!("&redirectUrl={origin}%2Fback"), "&closeEnable=true".into()]
        {
            assert!(url.contains(&wish), "{wish} in {url}");
        }
        assert!(!url.contains("jsRedirect"), "without script it is the redirect that leads back");
        let asked = app.page();
        assert!(asked.contains("id=\"stage\" class=\"pill\" data-stage=\"asking\""));
        assert!(asked.contains("data-lease=\"request\" data-state=\"alive\""));
        assert!(!asked.contains("<iframe"), "a URL is good for one showing, and is given once");
        let event: serde_json::Value = serde_json::from_str(&browse(&url)).expect("an event");
        let back = event["url"].as_str().and_then(|url| url.strip_prefix(&app.url)).expect("back to the app");
        assert_eq!(get(&format!("{}{back}", app.url)).status, 303);
        let done = app.until("data-fate=\"kept\"");
        assert_eq!(done.matches("data-fate=\"kept\"").count(), 2);
        assert!(done.contains("data-count=\"kept\"><dt>kept</dt><dd><b>2</b>"));
        assert!(done.contains("data-verdict=\"taken\""));
        assert!(done.contains("id=\"stage\" class=\"pill\" data-stage=\"done\""));
        assert!(done.contains("POST /Authorize") && done.contains("data-status=\"203\""));
        let whole = event["loginId"].as_str().expect("an id");
        assert!(!done.contains(whole) && !done.contains("sandbox-secret") && !done.contains("sandbox-api-key"));
    }
}

#[test]
fn without_script_a_french_page_stays_french() {
    let app = HandsOn::start(&[]);
    app.post("/begin/refresh?lang=fr", "");
    let began = Instant::now();
    let page = loop {
        let page = get(&format!("{}/?lang=fr", app.url)).body;
        if page.contains("<iframe ") {
            break page;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{page}");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(page.contains("%2Fback%3Flang%3Dfr&amp;"), "{page}");
}

#[test]
fn a_showing_is_for_the_tab_that_asked_for_it_once() {
    let app = HandsOn::start(&[]);
    let ask = |method: &str, path: &str, tab: &str| {
        http(method, &format!("{}{path}", app.url), &[("origin", &app.url), ("x-tab", tab)], "").body
    };
    ask("POST", "/begin/refresh", "one");
    app.until("id=\"stage\" class=\"pill\" data-stage=\"asking\"");
    let page = app.until("id=\"open-here\"");
    assert!(!page.contains("<iframe") && !ask("GET", "/parts", "two").contains("<iframe"));
    let parts: serde_json::Value = serde_json::from_str(&ask("GET", "/parts", "one")).expect("JSON");
    let widget = parts["parts"]["widget"].as_str().expect("a part");
    assert!(widget.contains("data-showing=\"1\"") && widget.contains("&amp;jsRedirect=true"), "{widget}");
    assert_eq!(parts["showing"], 1);
    assert!(!ask("GET", "/parts", "one").contains("<iframe"));
}

#[test]
fn a_page_from_elsewhere_uses_no_showing_up() {
    let app = HandsOn::start(&[]);
    app.post("/begin/refresh", "");
    let began = Instant::now();
    let load =
        |path: &str, site: &str| http("GET", &format!("{}{path}", app.url), &[("sec-fetch-site", site)], "").body;
    while !load("/", "cross-site").contains("id=\"open-here\"") {
        assert!(began.elapsed() < Duration::from_secs(30), "no showing");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(!load("/parts", "same-site").contains("<iframe"));
    assert!(load("/", "none").contains("<iframe"), "it is still there for who opens the page");
}

#[test]
fn an_interrupted_session_goes_on_after_the_tab_was_closed() {
    let app = HandsOn::start(&[]);
    app.post("/begin/resume", "");
    let first = app.widget();
    app.post("/park", "");
    app.until("id=\"parked\"");
    app.post("/time/1", "");
    app.post("/open", "");
    let url = app.widget();
    assert_ne!(first, url, "a fresh token");
    assert!(get(&url).body.contains("What is the best country on earth?"), "where the user left");
    app.post("/open", "");
    let event = browse(&app.widget());
    assert_eq!(app.post("/news", &event).status, 204);
    assert_eq!(app.until("data-fate=\"kept\"").matches("data-fate=\"kept\"").count(), 2);
}

#[test]
fn past_its_lease_a_session_starts_over() {
    let app = HandsOn::start(&[]);
    app.post("/begin/refresh", "");
    app.widget();
    app.post("/time/8", "");
    app.until("id=\"start-over\"");
    app.post("/begin/expired?lang=fr", "");
    app.until("data-case=\"expired\" aria-current=\"true\"");
    let page = app.until("data-lease=\"request\" data-state=\"over\"");
    assert!(page.contains("id=\"start-over\"") && !page.contains("/Authorize<"), "the service was not asked");
    app.post("/start-over", "");
    assert!(app.widget().contains("/Credential/FlinksCapital?"));
    assert_eq!(app.post("/news", r#"{"step":"REDIRECT","loginId":"5e115eac"}"#).status, 204);
    assert!(app.until("id=\"connected\"").contains("data-verdict=\"connect\""));
}

/// A first connection whose user has signed in and is asked: the app, the widget's address, and the `requestId` that the
/// widget posted.
fn left_first(args: &[&str]) -> (HandsOn, String, String) {
    let app = HandsOn::start(args);
    app.post("/begin/first", "");
    let url = app.widget();
    assert!(url.contains("/Credential/FlinksCapital?") && url.contains("authorizeToken="), "{url}");
    let form = get(&url).body;
    let origin = &url[..url.match_indices('/').nth(2).expect("an absolute URL").0];
    let mut page = form;
    for fields in ["consent=accept", "username=Greatday&password=Everyday"] {
        let action = page.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a form").to_owned();
        page = http("POST", &format!("{origin}{action}"), &[("accept", "text/html")], fields).body;
    }
    assert!(page.contains("\"step\":\"COMPONENT_LOAD_MFA\"") && page.contains("\"requestId\":\""), "{page}");
    let (before, after) = page.split_once("\"step\":\"COMPONENT_LOAD_MFA\"").expect("an event");
    let event =
        format!("{}{}", before.rsplit('{').next().unwrap_or_default(), after.split('}').next().unwrap_or_default());
    let request = event.split_once("\"requestId\":\"").expect("a requestId").1.split('"').next().expect("its end");
    (app, url, request.to_owned())
}

/// It goes on with the widget's messages that the page remembered, and the app confirms its login.
#[test]
fn a_first_connection_that_was_interrupted_goes_on() {
    for transport in ["async", "blocking"] {
        let (app, url, request) = left_first(&["--transport", transport]);
        let mfa = json!({ "step": "COMPONENT_LOAD_MFA", "requestId": request }).to_string();
        app.post("/news", &mfa);
        app.until("data-verdict=\"connect\" data-step=\"COMPONENT_LOAD_MFA\"");
        app.post("/park", "");
        let parked = app.until("id=\"parked\"");
        assert!(parked.contains("id=\"open\"") && parked.contains("a claim"), "{parked}");
        assert!(get(&format!("{}/?lang=fr", app.url)).body.contains("simple affirmation"));
        app.post("/time/1", "");
        app.post("/open", "");
        let again = app.widget();
        assert!(again != url && again.contains(&format!("requestId={request}")), "{again}");
        assert!(get(&again).body.contains("What city were you born in?"), "where the user left, without a password");
        app.post("/open", "");
        let event = browse(&app.widget());
        assert_eq!(app.post("/news", &event).status, 204);
        let done = app.until("data-fate=\"kept\"");
        assert!(done.contains("your server confirmed it") && !done.contains("id=\"refused\""), "{done}");
        assert!(!done.contains(&request), "no whole id");
    }
}

#[test]
fn a_first_connection_that_is_another_users_is_refused() {
    let (app, url, _) = left_first(&[]);
    // A browser that lies knows the requestId of another user's session.
    let origin = &url[..url.match_indices('/').nth(2).expect("an absolute URL").0];
    let logins = get(&format!("{origin}/_sandbox/logins")).json();
    let other = logins.as_array().into_iter().flatten().find(|login| login["username"] == "Greatday_NoMFA");
    let other = other.expect("another user")["loginId"].clone();
    let base = format!("{origin}/v3/{CUSTOMER}/BankingServices");
    let call = |path: &str, key: (&str, &str), body: String| {
        let headers = [key, ("x-api-key", API_KEY), ("content-type", "application/json")];
        http("POST", &format!("{base}/{path}"), &headers, &body).json()
    };
    let minted = call("GenerateAuthorizeToken", ("flinks-auth-key", SECRET_KEY), String::new());
    let body = json!({ "LoginId": other, "MostRecentCached": false }).to_string();
    let session = call("Authorize", ("flinks-auth-key", minted["Token"].as_str().expect("a token")), body);
    let request = session["RequestId"].as_str().expect("an id");

    app.post("/news", &json!({ "step": "COMPONENT_LOAD_MFA", "requestId": request }).to_string());
    app.until("data-step=\"COMPONENT_LOAD_MFA\"");
    app.post("/park", "");
    app.until("id=\"parked\"");
    app.post("/open", "");
    app.widget();
    app.post("/news", &json!({ "step": "REDIRECT", "requestId": request }).to_string());
    let refused = app.until("id=\"refused\"");
    assert!(refused.contains("Another of your users owns this loginId"), "{refused}");
    assert!(
        !refused.contains("data-fate=") && !refused.contains("id=\"accounts\""),
        "nothing of that session is shown"
    );
}

/// Two tabs of one page: the one that asks for the widget gets it.
#[test]
fn the_tab_that_comes_back_to_a_first_connection_shows_it() {
    let (app, _, request) = left_first(&[]);
    app.post("/news", &json!({ "step": "COMPONENT_LOAD_MFA", "requestId": request }).to_string());
    app.until("data-step=\"COMPONENT_LOAD_MFA\"");
    let ask = |method: &str, path: &str, tab: &str| {
        http(method, &format!("{}{path}", app.url), &[("origin", &app.url), ("x-tab", tab)], "").body
    };
    ask("POST", "/open", "two");
    app.until("data-stage=\"asking\"");
    let began = Instant::now();
    while !ask("GET", "/parts", "two").contains("<iframe") {
        assert!(!ask("GET", "/parts", "one").contains("<iframe"));
        assert!(began.elapsed() < Duration::from_secs(30));
    }
}

#[test]
fn after_a_lapse_only_a_click_begins_another_refresh() {
    let app = HandsOn::start(&[]);
    app.post("/begin/refresh", "");
    app.widget();
    app.post("/time/8", "");
    let lapsed = app.until("id=\"try-again\"");
    let (again, over) = (lapsed.find("id=\"try-again\" class=\"main\""), lapsed.find("id=\"start-over\""));
    assert!(again.is_some() && again < over, "it is offered first");
    std::thread::sleep(Duration::from_secs(1));
    let live = |page: &str| page.matches("data-path=\"/Authorize\" data-status=\"203\"").count();
    assert_eq!(live(&app.page()), 1, "nothing begins by itself");
    assert_eq!(http("POST", &format!("{}/try-again", app.url), &[], "").status, 403, "nor by another page");
    app.post("/try-again", "");
    app.until("id=\"stage\" class=\"pill\" data-stage=\"asking\"");
    let url = app.widget();
    assert!(get(&url).body.contains("What city were you born in?"));
    app.post("/try-again", "");
    app.until("id=\"stage\" class=\"pill\" data-stage=\"asking\"");
    app.post("/open", "");
    let event = browse(&app.widget());
    assert_eq!(app.post("/news", &event).status, 204);
    assert_eq!(app.until("data-fate=\"kept\"").matches("data-fate=\"kept\"").count(), 2, "the accounts of before");

    app.post("/begin/expired", "");
    app.until("data-case=\"expired\" aria-current=\"true\"");
    let unknown = app.until("id=\"start-over\" class=\"main\"");
    assert!(!unknown.contains("id=\"try-again\""), "without a login there is nothing to refresh");
}

#[test]
fn forged_news_moves_nothing() {
    let app = HandsOn::start(&[]);
    app.post("/news", FORGED);
    app.post("/begin/refresh", "");
    app.widget();
    for (text, verdict) in [(FORGED, "not-ours"), ("{}", "unreadable"), ("", "unreadable"), ("\u{0}<p>", "unreadable")]
    {
        assert_eq!(app.post("/news", text).status, 204);
        let page = app.until(&format!("data-verdict=\"{verdict}\""));
        assert!(page.contains("id=\"stage\" class=\"pill\" data-stage=\"asking\""), "{text}");
    }
    assert_eq!(app.post("/foreign", "").status, 204);
    assert!(app.until("data-verdict=\"foreign\"").contains("<code>…</code>"));
    assert_eq!(app.post("/news", &"x".repeat(65 << 10)).status, 413);
}

#[test]
fn orders_of_other_pages_and_other_names_of_this_host_are_refused() {
    let app = HandsOn::start(&[]);
    let order = |headers: &[(&str, &str)]| http("POST", &format!("{}/begin/refresh", app.url), headers, "").status;
    assert_eq!(order(&[]), 403);
    for origin in ["http://127.0.0.1:1", "http://app.example", "null", ""] {
        assert_eq!(order(&[("origin", origin)]), 403, "{origin}");
    }
    for site in ["same-site", "cross-site", "none"] {
        assert_eq!(order(&[("sec-fetch-site", site), ("origin", &app.url)]), 403, "{site}");
    }
    let port = app.url.rsplit(':').next().expect("a port");
    for (host, status) in [("localhost", 200), ("127.0.0.1", 200), ("rebound.example", 421), ("127.0.0.1.example", 421)]
    {
        let mut socket = TcpStream::connect(format!("127.0.0.1:{port}")).expect("connected");
        write!(socket, "GET / HTTP/1.1\r\nhost: {host}:{port}\r\nconnection: close\r\n\r\n").expect("sent");
        let mut reply = String::new();
        socket.read_to_string(&mut reply).expect("a reply");
        assert!(reply.starts_with(&format!("HTTP/1.1 {status} ")), "{host}: {reply}");
        for header in
            ["default-src 'none'; script-src 'self'", "frame-ancestors 'none'", "referrer-policy: same-origin"]
        {
            assert!(reply.contains(header), "{header}");
        }
    }
    assert!(app.page().contains("data-stage=\"\""), "nothing began");
    for (method, path, status) in
        [("GET", "/begin/refresh", 405), ("POST", "/begin/x", 404), ("POST", "/time/61", 404), ("POST", "/time/x", 400)]
    {
        assert_eq!(http(method, &format!("{}{path}", app.url), &[("origin", &app.url)], "").status, status, "{path}");
    }
}
