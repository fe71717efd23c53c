//! A server that is killed at each point of a walk: before and after each request to Flinks, and after each response.
//!
//! The child process is this test binary: it serves the routes, and dies where it is told to.

use crate::site::{Got, KEY, redirect, request_of, send};
use crate::stage::{Bank, Database, Result, on_both};
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use reconnect_async::{
    Client, Clock, Fault, Http, Instance, Keys, LoginId, Rendered, Reply, Timestamp, Transport, async_trait,
};
use reconnect_axum::{Front, api};
use reconnect_store::{Driver, LinkFor, Sessions};
use reqwest::Method;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;

/// How many points are left before the process dies; 0 means that it lives.
static LEFT: AtomicU64 = AtomicU64::new(0);

/// The process may die here.
fn point() {
    if LEFT.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) == Ok(1) {
        std::process::abort();
    }
}

struct Mortal(Http);

#[async_trait]
impl Transport for Mortal {
    async fn exchange(&self, request: &Rendered) -> core::result::Result<Reply, Fault> {
        point();
        let reply = self.0.exchange(request).await;
        point();
        reply
    }
}

struct Shifted(u64);

#[async_trait]
impl Clock for Shifted {
    fn now(&self) -> Timestamp {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::default() + now + Duration::from_millis(self.0)
    }
}

const CHILD: &str = "FRONT_CHILD";

/// The child of the tests below. Without its order it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() -> Result {
    let Ok(order) = std::env::var(CHILD) else { return Ok(()) };
    let order: BTreeMap<String, String> = serde_json::from_str(&order)?;
    LEFT.store(order["left"].parse()?, Ordering::SeqCst);
    let shift = order["shift"].parse()?;
    let keys = Keys { secret: Some("sandbox-secret".into()), api: Some("sandbox-api-key".into()) };
    let instance = Instance::at(&order["bank"], &order["bank"], &order["customer"])?;
    let client = Client::with_transport(instance, keys, Mortal(Http::new()?)).with_clock(Shifted(shift));
    let driver = Driver::new(client, Sessions::options(&order["url"]).connections(2).open().await?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let own = format!("http://{}", listener.local_addr()?);
    let front = Front::new(driver.clone(), &own)?;
    tokio::spawn(driver.run());
    println!("\nserves {own}");
    axum::serve(listener, api::server(&front, &KEY.into())).await?;
    Ok(())
}

/// A server that may die, and the browser that talks to it.
struct Server {
    process: Child,
    url: String,
    http: reqwest::Client,
}

impl Server {
    fn start(bank: &Bank, database: &Database, left: u64) -> Result<Self> {
        let order = BTreeMap::from([
            ("bank", bank.server.url()),
            ("customer", bank.customer.clone()),
            ("url", database.url.clone()),
            ("left", left.to_string()),
            ("shift", bank.shift().to_string()),
        ]);
        let mut child = Command::new(std::env::current_exe()?);
        child.args(["kills::child", "--exact", "--nocapture"]).env(CHILD, serde_json::to_string(&order)?);
        let mut process = child.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = lines.find_map(|line| Some(line.ok()?.strip_prefix("serves ")?.to_owned()));
        // What it says later goes nowhere.
        std::thread::spawn(move || lines.for_each(drop));
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
        Ok(Self { process, url: url.ok_or("the child did not start")?, http })
    }

    /// `None` if it died on the way.
    async fn get(&self, path: &str) -> Option<Got> {
        let mut got = send(self.http.get(format!("{}{path}", self.url))).await.ok()?;
        while let Some(to) = got.header("location") {
            let to = reqwest::Url::parse(&got.url).unwrap().join(to).unwrap();
            got = send(self.http.get(to)).await.ok()?;
        }
        Some(got)
    }

    async fn press(&self, path: &str) -> Option<Got> {
        let page = self.get(path).await?;
        let after = page.between("name=\"after\" value=\"", "\"").unwrap_or_else(|| panic!("no button: {page:?}"));
        let request = self.http.post(format!("{}{path}", self.url)).form(&[("after", after)]);
        let got = send(request).await.ok()?;
        let Some(to) = got.header("location") else { return Some(got) };
        let to = reqwest::Url::parse(&got.url).unwrap().join(to).unwrap();
        self.get(&to.as_str()[self.url.len()..]).await
    }

    async fn session(&self, login: &LoginId) -> Option<serde_json::Value> {
        let url = format!("{}/sessions?loginId={}", self.url, login.as_str());
        Some(send(self.http.request(Method::GET, url).bearer_auth(KEY)).await.ok()?.json()[0].clone())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// How one walk went.
#[derive(Debug, Default)]
struct Walk {
    died: bool,
    /// The page said that the outcome is not known, and when the button may be pressed again.
    doubt: bool,
    /// Live calls without a press after the death.
    live_before: usize,
}

/// The user opens the link, presses, and answers. The server dies at point `at`, and is started again. Until the user
/// presses again, the bank is called at most once.
async fn walk(bank: &Bank, database: &Database, at: u64) -> Result<Walk> {
    let login = bank.login("Greatday");
    let (live, texts) = (bank.live_calls(), bank.texts(&login));
    let sessions = database.options().clock(bank.clock()).open().await?;
    let (_, token) = sessions.new_link(LinkFor::new(login.clone()), Duration::from_secs(86_400)).await?;
    let link = format!("/connect/{}", token.expose());
    let mut walked = Walk::default();
    let mut server = Server::start(bank, database, at)?;
    let mut page = server.press(&link).await;
    let mut answer: Option<String> = None;
    for round in 0..40 {
        // The server is dead: the service manager starts it again, and the user loads the link.
        if page.is_none() {
            assert!(!walked.died, "it died twice");
            walked.died = true;
            server = Server::start(bank, database, 0)?;
            walked.live_before = bank.live_calls() - live;
            assert!(walked.live_before <= 1 && bank.texts(&login) - texts <= 1);
            let again = server.get(&link).await.ok_or("the new server lives")?;
            assert_eq!(
                (again.status, again.text.matches("<form").count()),
                (200, 1),
                "the link still works: {again:?}"
            );
            assert_eq!(bank.live_calls() - live, walked.live_before, "a GET asks no bank");
            page = server.press(&link).await;
        }
        let Some(got) = page.take() else { continue };
        if got.text.contains("data-state=\"done\"") {
            return Ok(walked);
        }
        if let Some(widget) = got.widget() {
            let said = answer.get_or_insert_with(|| bank.answered(&request_of(&widget))).clone();
            let back = redirect(&widget, &said);
            let path = back[back.find("/redirect").unwrap()..].to_owned();
            page = server.get(&path).await;
            if page.is_some() {
                page = server.get(&got.url[server.url.len()..]).await;
            }
            continue;
        }
        let is_doubt = got.text.contains("not known");
        if is_doubt && got.text.contains("button again") {
            walked.doubt = true;
        }
        // Nobody knows how the live call ended. The user waits for as long as the page says, and presses again.
        bank.server.clock().advance(if round < 3 { 1_000 } else { 120_000 });
        if got.text.contains("data-state=\"failed\"") || got.problem() == "busy" {
            server = Server::start(bank, database, 0)?;
            // A second session is a second answer.
            answer = None;
            page = server.press(&link).await;
        } else {
            server = Server::start(bank, database, 0)?;
            page = match got.url.rsplit_once("/connect/") {
                Some((_, rest)) => server.get(&format!("/connect/{rest}")).await,
                None => server.press(&link).await,
            };
        }
        if server.session(&login).await.is_none() {
            page = None;
        }
    }
    Err(format!("it never ended: {walked:?}, {page:?}").into())
}

on_both! {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_link_works_after_a_kill_at_each_point(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let (mut points, mut doubts) = (0, 0);
        for at in 1.. {
            // A login whose live call has no known outcome is barred for a while.
            bank.server.clock().advance(2_400_000);
            let walked = walk(&bank, &database, at).await?;
            if !walked.died {
                break;
            }
            points += 1;
            doubts += usize::from(walked.doubt);
        }
        println!("{points} points, {doubts} in doubt");
        // Mint, live call, the showing's mint and the data call: each before and after.
        assert!(points >= 8, "{points}");
        assert!(doubts >= 2, "{doubts}");
        Ok(())
    }
}
