//! The core for any language: one line of JSON in, one line of JSON out. `reconnect drive` and every binding are
//! shells around [`Drive`]. The lines are described in `docs/cli.md`.

use crate::{
    AccountId, Action, Answers, Deadline, ExchangeId, Failure, Fault, FaultKind, Heard, Instance, Keys, Known, LoginId,
    Mfa, Misuse, Outcome, Pause, Policy, Prompt, Reached, Recovery, Reply, RequestId, Secret, Selection, Session,
    Snapshot, Timestamp,
    accounts::Account,
    connect::{ConnectNews, WidgetUrl},
    render,
    reply::{self, Asked, Verdict},
};
use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// A line that is not JSON, or has no `op`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the line is not a JSON object with an \"op\"")]
pub struct NotAnOp;

/// A session behind lines of JSON.
///
/// ```
/// use reconnect_core::json::Drive;
///
/// let mut drive = Drive::default();
/// let line = r#"{"op":"refresh","now":0,"loginId":"l-1","known":null,"keep":null,"instance":
///     {"apiUrl":"https://api.example","widgetUrl":"https://widget.example/","customerId":"c"}}"#;
/// assert_eq!(drive.apply(line)?, r#"{"ok":true}"#);
/// assert!(drive.apply(r#"{"op":"poll","now":0}"#)?.contains("GenerateAuthorizeToken"));
/// # Ok::<(), reconnect_core::json::NotAnOp>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Drive {
    session: Option<(Session, Instance)>,
    accounts: Vec<Account>,
    now: Timestamp,
}

/// Where the service is, as JSON: addresses, or the name of an instance.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    #[serde(default)]
    api_url: String,
    #[serde(default)]
    widget_url: String,
    #[serde(default)]
    name: Option<String>,
    customer_id: String,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct KnownLine {
    login_id: Option<LoginId>,
    last_sent: Option<Timestamp>,
    institution: Option<Arc<str>>,
    language: Option<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", tag = "op")]
enum Op {
    #[serde(rename_all = "camelCase")]
    Refresh {
        now: Timestamp,
        login_id: LoginId,
        known: Option<KnownLine>,
        keep: Option<Selection>,
        policy: Option<Policy>,
        instance: Place,
    },
    #[serde(rename_all = "camelCase")]
    Resume {
        now: Timestamp,
        request_id: RequestId,
        known: Option<KnownLine>,
        keep: Option<Selection>,
        policy: Option<Policy>,
        instance: Place,
    },
    Restore {
        now: Timestamp,
        snapshot: Value,
        instance: Place,
    },
    Poll {
        now: Timestamp,
    },
    Receive(Received),
    Answer {
        now: Timestamp,
        answers: BTreeMap<String, Vec<String>>,
    },
    Returned {
        now: Timestamp,
        news: Value,
    },
    Delivered {
        now: Timestamp,
        body: String,
    },
    Open {
        now: Timestamp,
    },
    Lost {
        now: Timestamp,
        id: ExchangeId,
    },
    Cancel {
        now: Timestamp,
    },
    Snapshot,
    Outcome,
}

#[derive(Deserialize)]
struct Received {
    now: Timestamp,
    id: ExchangeId,
    #[serde(default)]
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    fault: Option<FaultLine>,
    #[serde(default)]
    reached: Option<ReachedLine>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum FaultLine {
    Timeout,
    Connect,
    TooLarge,
    Garbled,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum ReachedLine {
    No,
    Maybe,
}

impl Drive {
    /// Applies one line and answers with one line. What does not fit is `{"misuse":"…"}`, and changes nothing.
    ///
    /// # Errors
    /// [`NotAnOp`] where the line is not JSON or has no `op`.
    pub fn apply(&mut self, line: &str) -> Result<String, NotAnOp> {
        let value: Value = serde_json::from_str(line).map_err(|_| NotAnOp)?;
        if !value.get("op").is_some_and(Value::is_string) {
            return Err(NotAnOp);
        }
        let answer = match serde_json::from_value(value) {
            Ok(op) => self.run(op).unwrap_or_else(|misuse| json!({ "misuse": misuse })),
            // The parser's own words may hold a piece of the line.
            Err(_) => {
                json!({ "misuse": "the op is not known, or one of its fields is missing or not what it should be" })
            }
        };
        Ok(answer.to_string())
    }

    /// The session, where one was entered.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref().map(|(session, _)| session)
    }

    fn run(&mut self, op: Op) -> Result<Value, String> {
        match op {
            Op::Refresh { now, login_id, known, keep, policy, instance } => {
                let (known, policy, instance) =
                    (known.unwrap_or_default(), policy.unwrap_or_else(api), place(&instance)?);
                let session = Session::refresh(login_id, known.at(&instance), keep.unwrap_or_default(), policy, now);
                Ok(self.enter(now, session, instance))
            }
            Op::Resume { now, request_id, known, keep, policy, instance } => {
                let (known, policy, instance) =
                    (known.unwrap_or_default(), policy.unwrap_or_else(api), place(&instance)?);
                let session = Session::resume(request_id, known.at(&instance), keep.unwrap_or_default(), policy, now);
                Ok(self.enter(now, session, instance))
            }
            Op::Restore { now, snapshot, instance } => {
                let instance = place(&instance)?;
                let snapshot = Snapshot::from_json(&snapshot.to_string()).map_err(text)?;
                if snapshot.instance().is_some_and(|label| label != instance.label()) {
                    return Err("the snapshot belongs to another instance".to_string());
                }
                let session = Session::restore(snapshot).map_err(text)?;
                Ok(self.enter(now, session, instance))
            }
            Op::Poll { now } => self.poll(now),
            Op::Receive(received) => self.receive(received),
            Op::Answer { now, answers } => {
                let session = self.at(now)?;
                let prompt = session.prompt(now).ok_or_else(|| Misuse::NotAsking.to_string())?;
                let answers =
                    answers.into_iter().fold(Answers::to(&prompt), |all, (prompt, values)| all.with(&prompt, values));
                session.answer(now, answers).map(heard).map_err(text)
            }
            Op::Returned { now, news } => {
                let news = news.as_str().map_or_else(|| news.to_string(), ToString::to_string);
                let session = self.at(now)?;
                // Any script may post to a page: what is not the widget's is not ours, and no error.
                Ok(heard(ConnectNews::read(&news).map_or(Heard::NotOurs, |news| session.returned(now, &news))))
            }
            Op::Delivered { now, body } => {
                let reply = Reply { status: 200, headers: Vec::new(), body: body.into_bytes() };
                let Verdict::Data(facts) = reply::read(Asked::Accounts, &reply).verdict else {
                    return Ok(heard(Heard::NotOurs));
                };
                if facts.request.is_none() {
                    return Ok(heard(Heard::NotOurs));
                }
                // Nobody checked its signature, so it is a hint: a look will tell (decision 48).
                let news = ConnectNews::hint(facts.login, facts.request);
                Ok(heard(self.at(now)?.returned(now, &news)))
            }
            Op::Open { now } => {
                self.at(now)?.open(now);
                Ok(heard(Heard::Took))
            }
            Op::Lost { now, id } => Ok(heard(self.at(now)?.lost(now, id))),
            Op::Cancel { now } => {
                self.at(now)?.cancel(now);
                Ok(heard(Heard::Took))
            }
            Op::Snapshot => {
                let snapshot = self.session().ok_or_else(none)?.snapshot();
                Ok(json!({ "snapshot": snapshot }))
            }
            Op::Outcome => {
                let now = self.now;
                let (session, instance) = self.session.as_mut().ok_or_else(none)?;
                self.accounts.extend(session.take_accounts().into_iter().flatten());
                Ok(json!({ "outcome": outcome(session, &self.accounts, instance, now) }))
            }
        }
    }

    fn enter(&mut self, now: Timestamp, session: Session, instance: Instance) -> Value {
        *self = Self { session: Some((session, instance)), accounts: Vec::new(), now };
        json!({ "ok": true })
    }

    /// The session, at a moment.
    fn at(&mut self, now: Timestamp) -> Result<&mut Session, String> {
        let (session, _) = self.session.as_mut().ok_or_else(none)?;
        self.now = now;
        Ok(session)
    }

    fn poll(&mut self, now: Timestamp) -> Result<Value, String> {
        self.now = now;
        let (session, instance) = self.session.as_mut().ok_or_else(none)?;
        Ok(match session.poll(now) {
            Action::Wait { until } => json!({ "action": "wait", "until": until }),
            Action::Pause(Pause::Done) => json!({ "action": "done" }),
            Action::Pause(Pause::Ask(prompt)) => {
                let mut line = ask(&prompt, instance);
                line["action"] = "ask".into();
                line
            }
            Action::Send(request) => {
                // The embedder puts the keys in, so that no key ever crosses as data.
                let keys = Keys { secret: Some(Secret::from("{{secretKey}}")), api: Some(Secret::from("{{apiKey}}")) };
                let rendered = render(&request, instance, &keys).map_err(text)?;
                let headers: Vec<_> = rendered.headers.iter().map(|(name, value)| (name, value.expose())).collect();
                json!({
                    "action": "send", "id": rendered.id, "method": rendered.method, "url": rendered.url,
                    "headers": headers, "body": rendered.body.as_ref().map(Secret::expose),
                    "limitMs": rendered.limit_ms, "maxBody": rendered.max_body, "once": rendered.once,
                })
            }
        })
    }

    fn receive(&mut self, received: Received) -> Result<Value, String> {
        let Received { now, id, status, headers, body, fault, reached } = received;
        let reply = match fault {
            None if status == 0 => return Err("a reply has a status, or a fault".to_string()),
            None => Ok(Reply { status, headers, body: body.unwrap_or_default().into_bytes() }),
            Some(kind) => Err(Fault {
                kind: match kind {
                    FaultLine::Timeout => FaultKind::Timeout,
                    FaultLine::Connect => FaultKind::Connect,
                    FaultLine::TooLarge => FaultKind::TooLarge,
                    FaultLine::Garbled => FaultKind::Garbled,
                },
                // What cannot be told is Maybe.
                reached: if matches!(reached, Some(ReachedLine::No)) { Reached::No } else { Reached::Maybe },
            }),
        };
        Ok(heard(self.at(now)?.receive(now, id, reply.as_ref().map_err(|fault| *fault))))
    }
}

impl KnownLine {
    fn at(self, instance: &Instance) -> Known {
        let Self { login_id, last_sent, institution, language } = self;
        Known { login: login_id, last_sent, institution, language, ..Known::at(instance) }
    }
}

/// Lines have an op for answers, so by default they may be given.
fn api() -> Policy {
    Policy { mfa: Mfa::WidgetOrApi, ..Policy::DEFAULT }
}

fn place(place: &Place) -> Result<Instance, String> {
    match &place.name {
        Some(name) => Instance::named(name, &place.customer_id),
        None => Instance::at(&place.api_url, &place.widget_url, &place.customer_id),
    }
    .map_err(text)
}

fn none() -> String {
    "there is no session: begin with refresh, resume or restore".to_string()
}

fn text(error: impl core::fmt::Display) -> String {
    format!("{error}")
}

fn heard(heard: Heard) -> Value {
    json!({ "heard": match heard {
        Heard::Took => "took",
        Heard::Knew => "knew",
        Heard::Late => "late",
        Heard::NotOurs => "notOurs",
    }})
}

/// A prompt as JSON: where to show it, what it asks, and until when.
#[must_use]
pub fn ask(prompt: &Prompt, instance: &Instance) -> Value {
    let challenges: Vec<Value> = prompt
        .challenges
        .iter()
        .map(|challenge| json!({ "type": challenge.kind.as_str(), "prompt": challenge.prompt, "choices": challenge.choices }))
        .collect();
    let Deadline { at, why } = prompt.deadline;
    json!({
        "requestId": prompt.request, "connectUrl": prompt.connect_url(instance).expose(), "challenges": challenges,
        "wrong": prompt.wrong, "deadline": { "at": at, "why": why },
    })
}

/// How a session ended, as JSON: `null` while it goes on, else `result` is `done` or the name of the recovery.
#[must_use]
pub fn outcome(session: &Session, accounts: &[Account], instance: &Instance, now: Timestamp) -> Value {
    match session.outcome() {
        None => Value::Null,
        Some(Outcome::Refreshed(done)) => {
            // A restored session has the ids only.
            let kept: Vec<Value> = match accounts {
                [] => done.kept.iter().map(only_id).collect(),
                accounts => accounts.iter().map(account).collect(),
            };
            json!({
                "result": "done", "loginId": done.login, "requestId": done.request, "institution": done.institution,
                "kept": kept, "missing": done.missing, "leftOut": done.left_out, "lastRefresh": done.last_refresh,
                "via": done.via,
            })
        }
        Some(Outcome::Failed(failure)) => {
            let mut line = json!({
                "result": recovery(failure.recovery()), "loginId": session.login(), "requestId": failure.request(),
                "error": error(failure, now),
            });
            if failure.recovery() == Recovery::StartOver {
                line["connectUrl"] = WidgetUrl::start_over(instance, failure.start_over()).expose().into();
            }
            line
        }
    }
}

/// A failure as JSON.
#[must_use]
pub fn error(failure: &Failure, now: Timestamp) -> Value {
    let retry = match failure.recovery() {
        Recovery::TryLater { not_before } => Some(crate::time::millis(now.until(not_before))),
        Recovery::StartOver | Recovery::AskTheUser | Recovery::ActAtTheBank | Recovery::FixTheSetup => None,
    };
    json!({
        "code": failure.code(), "status": failure.status(), "recovery": recovery(failure.recovery()),
        "message": failure.to_string(), "retryAfterMs": retry,
    })
}

/// The name of a recovery in JSON.
#[must_use]
pub fn recovery(recovery: Recovery) -> &'static str {
    match recovery {
        Recovery::TryLater { .. } => "tryLater",
        Recovery::StartOver => "startOver",
        Recovery::AskTheUser => "askTheUser",
        Recovery::ActAtTheBank => "actAtTheBank",
        Recovery::FixTheSetup => "fixTheSetup",
    }
}

/// An account of which a restored session knows the id and nothing else.
fn only_id(id: &AccountId) -> Value {
    let mut line = account(&Account::new(id.clone()));
    line["transactions"] = Value::Null;
    line
}

/// An account as JSON: amounts are text, digit for digit as they came, and transactions are counted.
#[must_use]
pub fn account(account: &Account) -> Value {
    let amount = |amount: &Option<crate::Decimal>| amount.map(|amount| amount.to_string());
    json!({
        "id": account.id, "title": account.title, "type": account.kind, "category": account.category,
        "currency": account.currency, "accountNumber": account.account_number,
        "balance": {
            "current": amount(&account.balance.current), "available": amount(&account.balance.available),
            "limit": amount(&account.balance.limit),
        },
        "transactions": account.transactions.len(),
    })
}
