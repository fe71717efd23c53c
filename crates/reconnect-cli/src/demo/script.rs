//! How the demo is told: lines of JSON for scripts, a calm narration for people.

use crate::{
    args::Transport,
    clock::{span, time_of},
    out::Out,
    progress::{Watch, endpoint, fault_text},
};
use core::time::Duration;
use reconnect_core::{
    Fault, Prompt, Refreshed, Rendered, Reply, Secret, Session, Snapshot, Stage, Timestamp, Why, short,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    Refresh,
    Resume,
    Expired,
}

impl Walk {
    fn name(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::Resume => "resume",
            Self::Expired => "expired",
        }
    }
}

pub(super) struct Script {
    out: Out,
    transport: Transport,
    /// The second time: no reasons.
    brief: bool,
    origin: String,
    scene: Mutex<Scene>,
}

/// Where the telling is.
struct Scene {
    walk: Walk,
    stage: Option<Stage>,
    /// The request that is under way, as people read it.
    request: String,
    /// Until when its reply is waited for.
    limit: Option<Timestamp>,
    /// What its reply means.
    means: fn(u16) -> &'static str,
    told: Vec<Value>,
}

impl Script {
    pub(super) fn new(out: Out, transport: Transport, brief: bool, origin: &str) -> Self {
        let (walk, request, told) = (Walk::Refresh, String::new(), Vec::new());
        let scene = Mutex::new(Scene { walk, stage: None, request, limit: None, means: |_| "", told });
        Self { out, transport, brief, origin: origin.to_owned(), scene }
    }

    pub(super) fn out(&self) -> Out {
        self.out
    }

    /// What was told, without the transport's name.
    pub(super) fn told(&self) -> Vec<Value> {
        self.scene().told.clone()
    }

    pub(super) fn opening(&self) {
        let client = match self.transport {
            Transport::Async => "reqwest (async)",
            Transport::Blocking => "ureq (blocking)",
        };
        if self.brief {
            self.title(&format!("The same three walks over {client}"));
            return;
        }
        self.title(&format!("Flinks Reconnect in three walks, over {client}"));
        self.out.own(
            "A sandbox stands in for the service, and a small browser for the end user; everything goes over HTTP.\n\
             Time is virtual: it passes only when somebody waits, and the waits below take no real time.\n\n\
             Three days ago the user Greatday connected to FlinksCapital. Your database holds the loginId, and the ids of\n\
             the accounts that the user picked.",
        );
    }

    /// A walk begins.
    pub(super) fn begin(&self, walk: Walk, title: &str, why: &str) {
        let mut scene = self.scene();
        (scene.walk, scene.stage) = (walk, None);
        drop(scene);
        self.title(&format!("{} of 3  {}: {title}", walk as u8 + 1, walk.name()));
        if !self.brief {
            self.out.own(&format!("{why}\n"));
        }
    }

    /// A reason, for who reads it the first time.
    pub(super) fn say(&self, why: &str) {
        if !self.brief {
            for line in why.lines() {
                // Under what happens, not under its time.
                self.out.own(&format!("            {}", self.dim(line)));
            }
        }
    }

    /// Whether the reasons are left out.
    pub(super) fn is_brief(&self) -> bool {
        self.brief
    }

    /// The session is over, and what follows is no part of it.
    pub(super) fn over(&self) {
        self.scene().stage = None;
    }

    /// Something happened that is no request.
    pub(super) fn turn(&self, now: Timestamp, what: &str) {
        self.line(now, "", what);
    }

    /// The session asks, until its deadline.
    pub(super) fn asked(&self, now: Timestamp, prompt: &Prompt) {
        let deadline = prompt.deadline;
        self.tell(now, "ask", json!({ "deadline": { "at": deadline.at, "why": deadline.why } }));
        self.scene().stage = Some(Stage::Asking);
        let until = format!("the user is asked, until {}: {}", time_of(deadline.at), because(deadline.why));
        self.line(now, "asking", &until);
        self.say("The widget takes over. Its URL needs a token of its own, for this one showing.");
    }

    /// Time passes because a person takes it.
    pub(super) fn passes(&self, now: Timestamp, seconds: u64, why: &str) {
        let long = span(Duration::from_secs(seconds));
        self.line(now, "", &self.dim(&format!("{long} pass (virtual time): {why}")));
    }

    /// The user's browser asks for something.
    pub(super) fn browses(&self, now: Timestamp, method: &str, target: &str, body: &str) {
        let path = target.split('?').next().unwrap_or_default();
        self.tell(now, "request", json!({ "method": method, "path": path, "bodySha256": sha256(body.as_bytes()) }));
        let what = if method == "GET" { "the widget's page" } else { "the widget's form" };
        self.scene().request = format!("{method} {what}");
    }

    /// And sees something.
    pub(super) fn shown(&self, now: Timestamp, status: u16, what: &str) {
        self.tell(now, "reply", json!({ "status": status }));
        let request = self.scene().request.clone();
        self.exchange(now, "user", &request, &status.to_string(), what);
    }

    pub(super) fn outcome(&self, now: Timestamp, result: &str, refreshed: Option<&Refreshed>, url: Option<&str>) {
        let count = |count: fn(&Refreshed) -> usize| refreshed.map(count);
        let fields = json!({
            "result": result, "kept": count(|done| done.kept.len()), "missing": count(|done| done.missing.len()),
            "leftOut": count(|done| done.left_out), "connectUrl": url,
        });
        self.tell(now, "outcome", fields);
        let what = match refreshed {
            Some(done) => format!("the connection lives on, and {} accounts were kept", done.kept.len()),
            None => "start over".to_owned(),
        };
        self.line(now, "done", &self.out.paint("32", &what));
    }

    /// A URL of the sandbox without its port, which is another on every run.
    pub(super) fn without_port(&self, url: &str) -> String {
        let host = self.origin.rsplit_once(':').map_or(self.origin.as_str(), |(host, _)| host);
        url.replacen(&self.origin, host, 1)
    }

    fn tell(&self, now: Timestamp, event: &str, fields: Value) {
        let mut scene = self.scene();
        let mut line = fields;
        line["walk"] = scene.walk.name().into();
        line["at"] = json!(now);
        line["event"] = event.into();
        scene.told.push(line.clone());
        if self.out.is_json() {
            line["transport"] = self.transport.name().into();
            // Nobody reads any more: the walks end soon by themselves.
            let _ = self.out.json(&line);
        }
    }

    fn title(&self, title: &str) {
        self.out.own(&format!("\n{}\n", self.out.paint("1", title)));
    }

    fn exchange(&self, now: Timestamp, stage: &str, request: &str, status: &str, means: &str) {
        let good = status.starts_with('2');
        let status = self.out.paint(if good { "32" } else { "33" }, status);
        let means = if means.is_empty() { String::new() } else { self.dim(&format!("  {means}")) };
        self.line(now, stage, &format!("{request:<38} {status}{means}"));
    }

    fn line(&self, now: Timestamp, stage: &str, what: &str) {
        self.out.own(&format!(
            "  {}  {} {what}",
            self.dim(&time_of(now)),
            self.out.paint("36", &format!("{stage:<12}"))
        ));
    }

    fn dim(&self, text: &str) -> String {
        self.out.paint("2", text)
    }

    fn scene(&self) -> MutexGuard<'_, Scene> {
        self.scene.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Script {
    /// A session is kept before each request, so this tells where it is.
    fn kept(&self, snapshot: &Snapshot) {
        if let Ok(session) = Session::restore(snapshot.clone()) {
            let mut scene = self.scene();
            scene.stage = Some(session.stage());
            scene.limit = session.deadline().map(|deadline| deadline.at);
        }
    }

    fn sends(&self, now: Timestamp, request: &Rendered) {
        let path = request.url.strip_prefix(&self.origin).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let body = request.body.as_ref().map_or("", Secret::expose);
        self.tell(
            now,
            "request",
            json!({ "method": request.method, "path": path, "bodySha256": sha256(body.as_bytes()) }),
        );
        let name = endpoint(&request.url);
        let id = request.url.split_once(&format!("{name}/")).map(|(_, id)| format!("/{}", short(id)));
        let mut scene = self.scene();
        let (why, means) = reasons(name, scene.stage);
        scene.request = format!("{} {name}{}", request.method, id.unwrap_or_default());
        scene.means = means;
        let limit = scene.limit.filter(|_| request.once);
        drop(scene);
        self.say(why);
        if let Some(limit) = limit {
            self.say(&format!("Without a reply by {} it counts as lost, and is not sent again.", time_of(limit)));
        }
    }

    fn hears(&self, now: Timestamp, reply: &Result<Reply, Fault>) {
        let status = reply.as_ref().ok().map(|reply| reply.status);
        self.tell(now, "reply", json!({ "status": status }));
        let scene = self.scene();
        let (stage, request, means) = (scene.stage, scene.request.clone(), scene.means);
        drop(scene);
        let stage = stage.map_or("", Stage::as_str);
        match reply {
            Ok(reply) => self.exchange(now, stage, &request, &reply.status.to_string(), means(reply.status)),
            Err(fault) => self.exchange(now, stage, &request, &fault_text(*fault), ""),
        }
    }

    fn waits(&self, now: Timestamp, until: Timestamp) {
        self.tell(now, "wait", json!({ "until": until }));
        let what = format!("{} pass (virtual time): the next poll is at {}", span(now.until(until)), time_of(until));
        let stage = self.scene().stage.map_or("", Stage::as_str);
        self.line(now, stage, &self.dim(&what));
    }
}

/// How many requests were told of.
pub(super) fn requests(told: &[Value]) -> usize {
    told.iter().filter(|line| line["event"] == "request").count()
}

/// Why a request is sent, and what its reply means.
fn reasons(endpoint: &str, stage: Option<Stage>) -> (&'static str, fn(u16) -> &'static str) {
    match (endpoint, stage) {
        ("GenerateAuthorizeToken", Some(Stage::Asking)) => ("", |_| "a token for one showing of the widget"),
        ("GenerateAuthorizeToken", _) => ("", |_| "an authorize token: good once, for 15 min"),
        ("Authorize", _) => (
            "A live refresh: LoginId, MostRecentCached false, Save true.\nThe bank may text the user, so it is sent once.",
            |status| {
                if status == 203 { "the bank wants MFA: the session waits for the user" } else { "no MFA this time" }
            },
        ),
        ("GetAccountsDetailAsync", _) => {
            ("", |status| if status == 202 { "still being processed" } else { accounts(status) })
        }
        _ => ("", accounts),
    }
}

fn accounts(status: u16) -> &'static str {
    match status {
        200 => "the accounts are there",
        202 => "the user has finished, and the data is still being processed",
        401 => "not yet: the user is still at it",
        _ => "",
    }
}

fn because(why: Why) -> &'static str {
    match why {
        Why::RequestIdExpires => "then the requestId expires (8 min of inactivity)",
        Why::TokenExpires => "then the widget's token expires",
        Why::Send | Why::RequestTimesOut | Why::Retry | Why::Poll | Why::Look | Why::Forget | _ => "then it goes on",
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
