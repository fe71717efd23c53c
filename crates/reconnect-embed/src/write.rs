//! Lines that go out, but for the smallest.

use crate::line::Error;
use alloc::string::{String, ToString};
use reconnect_core::{
    Account, AccountId, Advice, Deadline, Decimal, Failure, FaultKind, FlinksCode, Heard, Instance, Keys, LoginId,
    Outcome, Prompt, Recovery, Rendered, RequestId, Secret, Session, Timestamp, connect::WidgetUrl,
};
use reconnect_json::{Writer, millis};

/// How the session took an event.
pub(crate) fn heard(heard: Heard) -> &'static str {
    match heard {
        Heard::Took => "took",
        Heard::Knew => "knew",
        Heard::Late => "late",
        Heard::NotOurs => "notOurs",
    }
}

/// The reason why a line changes nothing.
pub(crate) fn misuse(to: &mut Writer, unfit: &Error) {
    to.key("misuse").object(|to| {
        to.key("code").text(unfit.code);
        text(to, "field", unfit.field);
        to.key("message").text(&unfit.message);
    });
}

/// Where a session is, and when it wants to be polled.
pub(crate) fn look(to: &mut Writer, session: &Session, now: Timestamp) {
    to.object(|to| {
        to.key("stage").text(session.stage().as_str());
        match session.deadline() {
            Some(at) => deadline(to, at),
            None => to.key("deadline").raw("null"),
        }
        to.key("revision").number(session.revision());
        text(to, "loginId", session.login().map(LoginId::as_str));
        to.key("requestIds").texts(session.requests().iter().map(RequestId::as_str));
        match session.keep().ids() {
            Some(ids) => to.key("keep").texts(ids.iter().map(AccountId::as_str)),
            None => to.key("keep").raw("null"),
        }
        to.key("withholds").flag(session.withholds());
        to.key("open").flag(session.is_open(now));
    });
}

fn deadline(to: &mut Writer, deadline: Deadline) {
    let Deadline { at, why } = deadline;
    to.key("deadline").object(|to| {
        to.key("at").number(at.as_millis());
        to.key("why").word(why);
    });
}

/// One of the accounts with all that it has, how many there are, and which one it is.
pub(crate) fn whole_account(to: &mut Writer, accounts: &[Account], index: usize) {
    let account = accounts.get(index).and_then(|account| serde_json::to_string(account).ok());
    to.key("account").raw(account.as_deref().unwrap_or("null"));
    to.key("index").number(index as u64);
    to.key("count").number(accounts.len() as u64);
}

/// The embedder puts the keys in, so that no key ever crosses as data.
pub(crate) fn placeholders() -> Keys {
    Keys { secret: Some(Secret::from("{{secretKey}}")), api: Some(Secret::from("{{apiKey}}")) }
}

/// An object that is an answer.
pub(crate) fn object(write: impl FnOnce(&mut Writer)) -> String {
    let mut to = Writer::default();
    to.object(write);
    to.done()
}

pub(crate) fn send(to: &mut Writer, request: &Rendered) {
    to.key("action").text("send");
    to.key("id").number(request.id.number());
    to.key("method").text(request.method);
    to.key("url").text(&request.url);
    to.key("headers").list(|to| {
        for (name, value) in &request.headers {
            to.texts([name, value.expose()]);
        }
    });
    text(to, "body", request.body.as_ref().map(Secret::expose));
    to.key("limitMs").number(request.limit_ms);
    to.key("maxBody").number(request.max_body as u64);
    to.key("once").flag(request.once);
}

pub(crate) fn ask(to: &mut Writer, prompt: &Prompt, instance: &Instance) {
    to.key("requestId").text(prompt.request.as_str());
    let url = prompt.connect_url(instance);
    to.key("connectUrl").text(url.expose());
    to.key("challenges").list(|to| {
        for challenge in prompt.challenges.iter() {
            to.object(|to| {
                to.key("type").text(challenge.kind.as_str());
                to.key("prompt").text(&challenge.prompt);
                to.key("choices").texts(challenge.choices.iter().map(|choice| &**choice));
            });
        }
    });
    to.key("wrong").flag(prompt.wrong);
    to.key("number").number(prompt.number.into());
    to.key("shown").flag(prompt.shown);
    text(to, "ended", prompt.ended.as_ref().map(|code| code.as_str()));
    to.key("tokenInvalid").number(prompt.token_invalid.into());
    to.key("accountsLeftOut").flag(url.leaves_accounts_out());
    number(to, "opensAgain", prompt.opens_again.map(Timestamp::as_millis));
    to.key("left").flag(prompt.left);
    text(to, "widgetError", prompt.error.as_ref().map(|code| code.as_str()));
    to.key("showing").text(prompt.showing.as_str());
    to.key("assumed").flag(prompt.assumed);
    deadline(to, prompt.deadline);
}

pub(crate) fn outcome(to: &mut Writer, session: &Session, accounts: &[Account], instance: &Instance, now: Timestamp) {
    match session.outcome() {
        None => to.raw("null"),
        Some(Outcome::Refreshed(done)) => to.object(|to| {
            to.key("result").text("done");
            text(to, "loginId", done.login.as_ref().map(|id| id.as_str()));
            to.key("requestId").text(done.request.as_str());
            text(to, "institution", done.institution.as_deref());
            // The owner is not known until the login is confirmed, so not even the ids are written.
            let told = !session.withholds();
            to.key("kept").list(|to| match accounts {
                _ if !told => {}
                // A restored session has the ids only.
                [] => done.kept.iter().for_each(|id| account(to, &Account::new(id.clone()), None)),
                accounts => accounts.iter().for_each(|one| account(to, one, Some(one.transactions.len()))),
            });
            to.key("missing").texts(done.missing.iter().filter(|_| told).map(AccountId::as_str));
            to.key("leftOut").number(done.left_out as u64);
            number(to, "lastRefresh", done.last_refresh.map(Timestamp::as_millis));
            to.key("via").word(done.via);
            to.key("narrowed").word(done.narrowed);
            to.key("namedOthers").flag(done.named_others);
            to.key("namedOtherRequest").flag(done.named_other_request);
            to.key("otherRequest").flag(done.other_request);
            to.key("reselect").flag(done.reselect);
            to.key("tokenInvalid").number(done.token_invalid.into());
            to.key("unread").texts(done.unread.places().iter().map(|place| &**place));
            to.key("unreadCount").number(done.unread.count() as u64);
            to.key("confirmed").flag(told);
        }),
        Some(Outcome::Failed(failure)) => to.object(|to| {
            to.key("result").text(failure.recovery().advice().as_str());
            text(to, "loginId", session.login().map(|id| id.as_str()));
            text(to, "requestId", failure.request().map(|id| id.as_str()));
            error(to.key("error"), failure, now);
            text(to, "resume", failure.resume().map(|id| id.as_str()));
            text(to, "otherLoginId", failure.other_login().map(|id| id.as_str()));
            to.key("tokenInvalid").number(failure.token_invalid().into());
            to.key("reason").word(failure.reason());
            to.key("guess").flag(failure.reason().is_guess());
            number(to, "lastRefresh", failure.last_refresh().map(Timestamp::as_millis));
            to.key("cachedMayFail").flag(failure.cached_may_fail());
            to.key("startOver").object(|to| {
                text(to, "institution", failure.start_over().institution.as_deref());
                text(to, "language", failure.start_over().language.as_deref());
            });
            if matches!(failure.recovery(), Recovery::StartOver | Recovery::ActAtTheBank) {
                to.key("connectUrl").text(WidgetUrl::start_over(instance, failure.start_over()).expose());
            }
        }),
    }
}

pub(crate) fn error(to: &mut Writer, failure: &Failure, now: Timestamp) {
    let not_before = match failure.recovery() {
        Recovery::TryLater { not_before } => Some(not_before),
        Recovery::StartOver | Recovery::AskTheUser | Recovery::ActAtTheBank | Recovery::FixTheSetup => None,
    };
    let (code, fault) = (failure.code(), failure.fault());
    let (status, place, message) = (failure.status(), failure.place(), failure.to_string());
    let advice = failure.recovery().advice();
    Trouble { code, status, fault, place, advice, message, not_before }.write(to, now);
}

/// What went wrong, in a session or in a call outside one.
pub(crate) struct Trouble<'a> {
    pub code: Option<&'a FlinksCode>,
    pub status: Option<u16>,
    pub fault: Option<FaultKind>,
    pub place: Option<&'a str>,
    pub advice: Advice,
    pub message: String,
    pub not_before: Option<Timestamp>,
}

impl Trouble<'_> {
    pub(crate) fn write(&self, to: &mut Writer, now: Timestamp) {
        to.object(|to| {
            text(to, "code", self.code.map(FlinksCode::as_str));
            number(to, "status", self.status.map(u64::from));
            text(to, "fault", self.fault.map(FaultKind::as_str));
            text(to, "place", self.place);
            to.key("recovery").text(self.advice.as_str());
            to.key("message").text(&self.message);
            number(to, "retryAfterMs", self.not_before.map(|moment| millis(now.until(moment))));
        });
    }
}

/// An account. How many transactions it has is not known of one of which only the id is.
pub(crate) fn account(to: &mut Writer, account: &Account, transactions: Option<usize>) {
    to.object(|to| {
        to.key("id").text(account.id.as_str());
        text(to, "title", account.title.as_deref());
        text(to, "type", account.kind.as_deref());
        text(to, "category", account.category.as_deref());
        text(to, "currency", account.currency.as_deref());
        text(to, "accountNumber", account.account_number.as_deref());
        to.key("balance").object(|to| {
            amount(to, "current", account.balance.current);
            amount(to, "available", account.balance.available);
            amount(to, "limit", account.balance.limit);
        });
        number(to, "transactions", transactions.map(|count| count as u64));
    });
}

fn amount(to: &mut Writer, name: &str, amount: Option<Decimal>) {
    text(to, name, amount.map(|amount| amount.to_string()).as_deref());
}

/// Text, or null.
fn text(to: &mut Writer, name: &str, text: Option<&str>) {
    match text {
        Some(text) => to.key(name).text(text),
        None => to.key(name).raw("null"),
    }
}

/// A number, or null.
fn number(to: &mut Writer, name: &str, number: Option<u64>) {
    match number {
        Some(number) => to.key(name).number(number),
        None => to.key(name).raw("null"),
    }
}
