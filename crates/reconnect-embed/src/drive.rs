//! The core for any language: one line of JSON in, one line of JSON out. `reconnect drive` and every binding are
//! shells around [`Drive`]. The lines are described in `docs/reference/cli.md`.

use crate::line::{Line, Unfit, pairs};
use crate::write;
use alloc::{
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use reconnect_core::{
    Account, Action, Answers, Failure, Heard, Instance, Keys, LoginId, Misuse, Pause, Prompt, Reply, RequestId, Secret,
    Session, Snapshot, Timestamp,
    connect::ConnectNews,
    reply::{self, DataReply},
};
use reconnect_json::{Reader, Value, Writer};

/// A line that is not JSON, or has no `op`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the line is not a JSON object with an \"op\"")]
pub struct NotAnOp;

/// A session behind lines of JSON.
///
/// ```
/// use reconnect_embed::Drive;
///
/// let mut drive = Drive::default();
/// let line = r#"{"op":"refresh","now":0,"loginId":"l-1","known":null,"keep":null,"instance":
///     {"apiUrl":"https://api.example","widgetUrl":"https://widget.example/","customerId":"c"}}"#;
/// assert_eq!(drive.apply(line)?, r#"{"ok":true}"#);
/// assert!(drive.apply(r#"{"op":"poll","now":0}"#)?.contains("GenerateAuthorizeToken"));
/// # Ok::<(), reconnect_embed::NotAnOp>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Drive {
    session: Option<(Session, Instance)>,
    accounts: Arc<Vec<Account>>,
    now: Timestamp,
}

impl Drive {
    /// Applies one line and answers with one line. What does not fit is `{"misuse":"…"}`, and changes nothing.
    ///
    /// # Errors
    /// [`NotAnOp`] where the line is not JSON or has no `op`.
    pub fn apply(&mut self, line: &str) -> Result<String, NotAnOp> {
        let line = Reader::whole(line, Line::read).map_err(|_| NotAnOp)?;
        line.need("op", Reader::string).map_err(|_| NotAnOp)?;
        Ok(self.run(&line).unwrap_or_else(|unfit| object(|to| to.key("misuse").text(&unfit.to_string()))))
    }

    /// The session, where one was entered.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref().map(|(session, _)| session)
    }

    fn run(&mut self, line: &Line<'_>) -> Result<String, Unfit> {
        let now = line.need("now", Timestamp::read);
        // An op that tells the session something is answered by how the session took it; the other ops have answers of
        // their own.
        let told = match &*line.need("op", Reader::string)? {
            "refresh" => {
                let (now, login, begin) = (now?, line.need("loginId", LoginId::read)?, line.begin()?);
                let session = Session::refresh(login, begin.known, begin.keep, begin.policy, now);
                return Ok(self.enter(now, session, begin.instance));
            }
            "resume" => {
                let (now, request, begin) = (now?, line.need("requestId", RequestId::read)?, line.begin()?);
                let session = Session::resume(request, begin.known, begin.keep, begin.policy, now);
                return Ok(self.enter(now, session, begin.instance));
            }
            "resumeClaimed" => {
                let (now, watch, begin) = (now?, line.watch()?, line.begin()?);
                let session = Session::resume_claimed(&watch, begin.known, begin.keep, begin.policy, now);
                let nothing =
                    || Unfit::Because("the watch heard of no requestId: there is nothing to resume".to_string());
                return Ok(self.enter(now, session.ok_or_else(nothing)?, begin.instance));
            }
            "restore" => {
                let (now, instance) = (now?, line.instance()?);
                let snapshot = Snapshot::from_json(line.need("snapshot", Reader::raw)?)?;
                if snapshot.instance().is_some() && snapshot.belongs_to(&instance).is_err() {
                    return Err(Unfit::Because("the snapshot belongs to another instance".to_string()));
                }
                let session = Session::restore(snapshot)?;
                return Ok(self.enter(now, session, instance));
            }
            "poll" => return self.poll(now?),
            "receive" => {
                let (now, id, reply) = (now?, line.id()?, line.reply()?);
                self.at(now)?.receive(now, id, reply.as_ref().map_err(|fault| *fault))
            }
            "answer" => {
                let (now, pairs, number) = (now?, line.need("answers", pairs)?, line.number()?);
                let session = self.at(now)?;
                let prompt = session.asked(now).ok_or(Misuse::NotAsking)?;
                let answers = Answers::to(&prompt).numbered(number.or(Some(prompt.number)));
                let answers = pairs.into_iter().fold(answers, |all, (prompt, values)| all.with(&prompt, values));
                session.answer(now, answers)?
            }
            "returned" => {
                let (now, news) = (now?, line.need("news", Reader::raw)?);
                let session = self.at(now)?;
                // A URL is quoted once, which `read` takes. Any script may post to a page: what is not the widget's is
                // not ours, and no error.
                ConnectNews::read(news).map_or(Heard::NotOurs, |news| session.returned(now, &news))
            }
            "delivered" => {
                let (now, body) = (now?, line.need("body", Reader::string)?);
                let reply = Reply { status: 200, headers: Vec::new(), body: body.into_owned().into_bytes() };
                let Ok(DataReply::Data(facts, _)) = reply::data(&reply, None) else {
                    return Ok(heard(Heard::NotOurs));
                };
                if facts.request.is_none() {
                    return Ok(heard(Heard::NotOurs));
                }
                // Nobody checked its signature, so it is a hint: a look will tell (decision 48).
                let news = ConnectNews::hint(facts.login, facts.request);
                self.at(now)?.returned(now, &news)
            }
            "open" => {
                let now = now?;
                self.at(now)?.open(now);
                Heard::Took
            }
            "shown" => {
                let now = now?;
                self.at(now)?.shown(now)
            }
            "confirm" => {
                let (now, login) = (now?, line.need("loginId", LoginId::read)?);
                self.at(now)?.confirm(now, &login)
            }
            "lost" => {
                let (now, id) = (now?, line.id()?);
                self.at(now)?.lost(now, id)
            }
            "cancel" => {
                let now = now?;
                self.at(now)?.cancel(now);
                Heard::Took
            }
            "snapshot" => {
                let snapshot = self.session().ok_or(Unfit::NoSession)?.snapshot_json();
                return Ok(object(|to| to.key("snapshot").raw(&snapshot)));
            }
            "outcome" => {
                let (session, instance) = self.session.as_mut().ok_or(Unfit::NoSession)?;
                self.accounts = session.take_shared_accounts().unwrap_or_else(|| self.accounts.clone());
                let (accounts, now) = (&self.accounts, self.now);
                return Ok(object(|to| write::outcome(to.key("outcome"), session, accounts, instance, now)));
            }
            _ => return Err(Unfit::Line),
        };
        Ok(heard(told))
    }

    fn enter(&mut self, now: Timestamp, session: Session, instance: Instance) -> String {
        *self = Self { session: Some((session, instance)), accounts: Arc::default(), now };
        object(|to| to.key("ok").flag(true))
    }

    /// The session, at a moment.
    fn at(&mut self, now: Timestamp) -> Result<&mut Session, Unfit> {
        let (session, _) = self.session.as_mut().ok_or(Unfit::NoSession)?;
        self.now = now;
        Ok(session)
    }

    fn poll(&mut self, now: Timestamp) -> Result<String, Unfit> {
        self.now = now;
        let (session, instance) = self.session.as_mut().ok_or(Unfit::NoSession)?;
        Ok(match session.poll(now) {
            Action::Wait { until } => object(|to| {
                to.key("action").text("wait");
                to.key("until").number(until.as_millis());
            }),
            Action::Pause(Pause::Done) => object(|to| to.key("action").text("done")),
            Action::Pause(Pause::Ask(prompt)) => object(|to| {
                to.key("action").text("ask");
                write::ask(to, &prompt, instance);
            }),
            Action::Send(request) => {
                // The embedder puts the keys in, so that no key ever crosses as data.
                let keys = Keys { secret: Some(Secret::from("{{secretKey}}")), api: Some(Secret::from("{{apiKey}}")) };
                let rendered = reconnect_core::render(&request, instance, &keys)?;
                object(|to| {
                    to.key("action").text("send");
                    write::send(to, &rendered);
                })
            }
        })
    }
}

fn object(write: impl FnOnce(&mut Writer)) -> String {
    let mut to = Writer::default();
    to.object(write);
    to.done()
}

fn heard(heard: Heard) -> String {
    object(|to| {
        to.key("heard").text(match heard {
            Heard::Took => "took",
            Heard::Knew => "knew",
            Heard::Late => "late",
            Heard::NotOurs => "notOurs",
        });
    })
}

/// A prompt as JSON: where to show it, what it asks, and until when.
#[must_use]
pub fn ask(prompt: &Prompt, instance: &Instance) -> serde_json::Value {
    value(|to| to.object(|to| write::ask(to, prompt, instance)))
}

/// How a session ended, as JSON: `null` while it goes on, else `result` is `done` or the name of the recovery.
#[must_use]
pub fn outcome(session: &Session, accounts: &[Account], instance: &Instance, now: Timestamp) -> serde_json::Value {
    value(|to| write::outcome(to, session, accounts, instance, now))
}

/// A failure as JSON.
#[must_use]
pub fn error(failure: &Failure, now: Timestamp) -> serde_json::Value {
    value(|to| write::error(to, failure, now))
}

/// An account as JSON: amounts are text, digit for digit as they came, and transactions are counted.
#[must_use]
pub fn account(account: &Account) -> serde_json::Value {
    value(|to| write::account(to, account, Some(account.transactions.len())))
}

fn value(write: impl FnOnce(&mut Writer)) -> serde_json::Value {
    let mut to = Writer::default();
    write(&mut to);
    serde_json::from_str(&to.done()).expect("what was written is JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_says_what_differs_from_that_of_lines() {
        let begin = |policy: &str| {
            let mut drive = Drive::default();
            let instance = r#"{"name":"toolbox","customerId":"c"}"#;
            let line = alloc::format!(
                r#"{{"policy":{policy},"instance":{instance},"keep":["a","b"],"loginId":"l","now":0,"op":"refresh"}}"#
            );
            assert_eq!(drive.apply(&line).as_deref(), Ok(r#"{"ok":true}"#));
            drive.apply(r#"{"op":"snapshot"}"#).expect("a line")
        };
        assert!(begin("null").contains(r#""policy":{"mfa":"widgetOrApi"}"#));
        assert!(begin(r#"{"tries":5}"#).contains(r#""policy":{"tries":5,"mfa":"widgetOrApi"}"#));
        assert!(!begin(r#"{"mfa":"widget"}"#).contains("policy"));
        let mut drive = Drive::default();
        let line = r#"{"policy":{"pollEvery":0},"instance":{"name":"toolbox","customerId":"c"},"loginId":"l","now":0,"op":"refresh"}"#;
        let misuse = r#"{"misuse":"pollEvery of the policy is a whole number of milliseconds, at least 1000"}"#;
        assert_eq!(drive.apply(line).as_deref(), Ok(misuse));
    }
}
