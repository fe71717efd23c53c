//! The core for any language: one line of JSON in, one line of JSON out. `reconnect drive` and every binding are
//! shells around [`Drive`]. The lines are described in `docs/reference/cli.md`.

use crate::line::{Begun, Error, Fit, Line, pairs};
use crate::write::{self, object};
use alloc::{boxed::Box, collections::BTreeMap, string::String, sync::Arc, vec::Vec};
use reconnect_core::{
    Account, Action, Answers, Failure, Heard, Instance, LoginId, Misuse, Pause, Prompt, Reply, Session, Timestamp,
    connect::ConnectNews,
    reply::{self, DataReply},
};
use reconnect_json::{Reader, Value, Writer};

/// Sessions that one [`Drive`] may have at a time. More than a process has room for need a store.
const MOST: usize = 100_000;

/// A line that is not JSON, or has no `op`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the line is not a JSON object with an \"op\"")]
pub struct NotAnOp;

/// Sessions behind lines of JSON, each by the name that its lines have in `session`; lines without a name are about one
/// session.
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
pub struct Drive(BTreeMap<Box<str>, Entered>);

/// A session, its instance, the accounts that it handed over, and the last moment that a line named.
#[derive(Clone, Debug)]
struct Entered {
    session: Session,
    instance: Instance,
    accounts: Arc<Vec<Account>>,
    now: Timestamp,
}

impl Drive {
    /// Applies one line and answers with one line. A line that does not fit is answered by
    /// `{"misuse":{"code":…,"field":…,"message":…}}`, and changes nothing.
    ///
    /// # Errors
    /// [`NotAnOp`] if the line is not JSON or has no `op`.
    pub fn apply(&mut self, line: &str) -> Result<String, NotAnOp> {
        let line = Reader::whole(line, Line::read).map_err(|_| NotAnOp)?;
        let op = line.need("op", Reader::string).map_err(|_| NotAnOp)?;
        let said = self.run(&op, &line).unwrap_or_else(|unfit| object(|to| write::misuse(to, &unfit)));
        Ok(on_one_line(said))
    }

    /// The session with this name, if one was begun; lines without a name are about the session `""`.
    #[must_use]
    pub fn session(&self, name: &str) -> Option<&Session> {
        self.0.get(name).map(|entered| &entered.session)
    }

    fn run(&mut self, op: &str, line: &Line<'_>) -> Fit<String> {
        let name = line.maybe("session", Reader::string)?.unwrap_or_default();
        #[cfg(feature = "calls")]
        if let Some(said) = crate::calls::run(op, line)? {
            return Ok(said);
        }
        if op == "close" {
            self.0.remove(&*name).ok_or_else(Error::no_session)?;
            return Ok(ok());
        }
        if let Some((begun, instance)) = line.begin(op, line.now(), true)? {
            let now = line.now()?;
            let session = match begun {
                Begun::New(session) => session,
                Begun::Row(snapshot) => Session::restore(snapshot)?,
            };
            if name.len() > 128 || self.0.len() >= MOST && !self.0.contains_key(&*name) {
                let message =
                    "a session's name has at most 128 bytes, and there are at most 100,000 sessions: close one";
                return Err(Error::new("tooManySessions", message));
            }
            self.0.insert(Box::from(&*name), Entered { session, instance, accounts: Arc::default(), now });
            return Ok(ok());
        }
        self.0.get_mut(&*name).ok_or_else(Error::no_session)?.run(op, line)
    }
}

impl Entered {
    fn run(&mut self, op: &str, line: &Line<'_>) -> Fit<String> {
        let session = &mut self.session;
        // An op that tells the session something is answered by how the session took it; the other ops have answers of
        // their own.
        let now = match op {
            "snapshot" => {
                let snapshot = session.snapshot_json();
                return Ok(object(|to| to.key("snapshot").raw(&snapshot)));
            }
            "outcome" => {
                let (now, accounts) = (self.now, self.accounts());
                let (session, instance) = (&self.session, &self.instance);
                return Ok(object(|to| write::outcome(to.key("outcome"), session, &accounts, instance, now)));
            }
            "accounts" => {
                let index = line.maybe("index", Reader::small::<usize>)?.unwrap_or_default();
                return Ok(object(|to| write::whole_account(to, &self.accounts(), index)));
            }
            _ => line.now()?,
        };
        let told = match op {
            "poll" => {
                self.now = now;
                return self.poll(now);
            }
            "look" => return Ok(object(|to| write::look(to.key("look"), session, now))),
            "maySend" => {
                let may_send = session.may_send(now, line.id()?);
                return Ok(object(|to| to.key("maySend").flag(may_send)));
            }
            "receive" => {
                let (id, reply) = (line.id()?, line.reply()?);
                session.receive(now, id, reply.as_ref().map_err(|fault| *fault))
            }
            "answer" => {
                let (pairs, number) = (line.need("answers", pairs)?, line.maybe("number", Reader::small)?);
                let prompt = session.asked(now).ok_or(Misuse::NotAsking)?;
                let answers = Answers::to(&prompt).numbered(number.or(Some(prompt.number)));
                let answers = pairs.into_iter().fold(answers, |all, (prompt, values)| all.with(&prompt, values));
                session.answer(now, answers)?
            }
            "returned" => {
                let news = line.need("news", Reader::raw)?;
                // A URL is quoted once, which `read` takes. Any script may post to a page: what is not the widget's is
                // not ours, and no error.
                ConnectNews::read(news).map_or(Heard::NotOurs, |news| session.returned(now, &news))
            }
            "delivered" => {
                let body = line.need("body", Reader::string)?;
                let reply = Reply { status: 200, headers: Vec::new(), body: body.into_owned().into_bytes() };
                match reply::data(&reply, None) {
                    // Nobody checked its signature, so it is a hint: a look will tell (decision 48).
                    Ok(DataReply::Data(facts, _)) if facts.request.is_some() => {
                        session.returned(now, &ConnectNews::hint(facts.login, facts.request))
                    }
                    _ => Heard::NotOurs,
                }
            }
            "open" => {
                session.open(now);
                Heard::Took
            }
            "shown" => session.shown(now),
            "confirm" => session.confirm(now, &line.need("loginId", LoginId::read)?),
            "lost" => session.lost(now, line.id()?),
            "cancel" => {
                session.cancel(now);
                Heard::Took
            }
            _ => return Err(Error::op()),
        };
        self.now = now;
        Ok(heard(told))
    }

    /// The accounts, which the session hands over once, and which stay here.
    fn accounts(&mut self) -> Arc<Vec<Account>> {
        if let Some(accounts) = self.session.take_shared_accounts() {
            self.accounts = accounts;
        }
        self.accounts.clone()
    }

    fn poll(&mut self, now: Timestamp) -> Fit<String> {
        let Self { session, instance, .. } = self;
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
                let rendered = reconnect_core::render(&request, instance, &write::placeholders())?;
                object(|to| write::send(to, &rendered))
            }
        })
    }
}

fn ok() -> String {
    object(|to| to.key("ok").flag(true))
}

/// Some readers of lines end one at these characters too. In JSON they stand in texts only, where they may be escaped.
fn on_one_line(said: String) -> String {
    const ENDS: [(char, &str); 3] = [('\u{85}', "\\u0085"), ('\u{2028}', "\\u2028"), ('\u{2029}', "\\u2029")];
    ENDS.into_iter()
        .fold(said, |said, (end, escaped)| if said.contains(end) { said.replace(end, escaped) } else { said })
}

fn heard(heard: Heard) -> String {
    object(|to| to.key("heard").text(write::heard(heard)))
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
    fn a_policy_says_what_differs_from_the_default() {
        let begin = |policy: &str| {
            let mut drive = Drive::default();
            let instance = r#"{"name":"toolbox","customerId":"c"}"#;
            let line = alloc::format!(
                r#"{{"policy":{policy},"instance":{instance},"keep":["a","b"],"loginId":"l","now":0,"op":"refresh"}}"#
            );
            assert_eq!(drive.apply(&line).as_deref(), Ok(r#"{"ok":true}"#));
            drive.apply(r#"{"op":"snapshot"}"#).expect("a line")
        };
        assert!(!begin("null").contains("policy"));
        assert!(begin(r#"{"tries":5}"#).contains(r#""policy":{"tries":5}"#));
        assert!(begin(r#"{"mfa":"widgetOrApi"}"#).contains(r#""policy":{"mfa":"widgetOrApi"}"#));
        let mut drive = Drive::default();
        let line = r#"{"policy":{"pollEvery":0},"instance":{"name":"toolbox","customerId":"c"},"loginId":"l","now":0,"op":"refresh"}"#;
        let misuse = r#"{"misuse":{"code":"invalidPolicy","field":"pollEvery","message":"pollEvery of the policy is a whole number of milliseconds, at least 1000"}}"#;
        assert_eq!(drive.apply(line).as_deref(), Ok(misuse));
    }
}
