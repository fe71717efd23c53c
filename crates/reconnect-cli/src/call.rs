//! `reconnect call`: an endpoint that is no step of a session, from fields to its typed answer.

use crate::{
    args::Call,
    driver::{Driver, Time},
    exit::{Exit, Trouble},
    input,
    out::Out,
    progress::Progress,
};
use reconnect_calls::{
    CallError, Endpoint,
    answer_mfa_questions::AnswerMfaQuestions,
    authorize_multiple::AuthorizeMultiple,
    delete_card::DeleteCard,
    get_mfa_questions::GetMfaQuestions,
    get_nightly_refresh_status::GetNightlyRefreshStatus,
    get_statements::{GetStatements, GetStatementsAsync, StatementsReply},
    institutions::{Institution, InstitutionByRoutingNumber, Institutions},
    set_scheduled_refresh::SetScheduledRefresh,
};
use reconnect_core::{Advice, LoginId, RequestId, Selection, Unread, accounts::NumberOfStatements};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// Far more than the fields of any call.
const MOST: u64 = 1 << 20;

/// Makes a call from its fields, and makes the answer that is printed.
type Ask = fn(&Caller) -> Result<Value, Trouble>;

/// The endpoints by their names, a row each, and how each is called.
static ENDPOINTS: &[(&str, Ask)] = &[
    ("Institutions", |call| {
        let mut asked = Institutions::new();
        asked.skip = call.maybe("skip")?;
        asked.take = call.maybe("take")?;
        asked.country = call.maybe::<String>("country")?.map(Into::into);
        let page = call.send(&asked)?;
        let list: Vec<Value> = page.institutions.iter().map(institution).collect();
        Ok(with(&page.unread, json!({ "institutions": list, "count": page.count })))
    }),
    ("InstitutionByRoutingNumber", |call| {
        let number: String = call.field("routingNumber")?;
        let asked = InstitutionByRoutingNumber::new(&number).map_err(|wrong| Trouble::usage(wrong.to_string()))?;
        let found = call.send(&asked)?;
        Ok(with(&found.unread, institution(&found.institution)))
    }),
    ("GetNightlyRefreshStatus", |call| {
        let status = call.send(&GetNightlyRefreshStatus::default())?;
        let cards = status.ineligible.iter().map(|card| {
            json!({ "loginId": card.login, "lastRefresh": card.last_refresh, "state": card.state, "code": card.code,
                "waitsForMfa": card.waits_for_mfa() })
        });
        Ok(with(&status.unread, json!({ "ineligible": cards.collect::<Vec<_>>() })))
    }),
    ("SetScheduledRefresh", |call| {
        let asked = SetScheduledRefresh::new(call.login()?, call.field("isActivated")?);
        Ok(json!({ "activated": call.send(&asked)?.activated() }))
    }),
    ("GetMFAQuestions", |call| {
        let answer = call.send(&GetMfaQuestions::new(call.login()?))?;
        let questions: Vec<_> = answer.questions.iter().map(|one| &one.question).collect();
        Ok(with(&answer.unread, json!({ "questions": questions })))
    }),
    ("AnswerMFAQuestions", |call| {
        if call.is_on_the_command_line {
            return Err(Trouble::usage(
                "answers never stand on a command line: give - and the JSON on standard input, or @FILE",
            ));
        }
        let answers: BTreeMap<String, String> = call.field("answers")?;
        let asked = AnswerMfaQuestions::new(call.login()?);
        let asked = answers.into_iter().fold(asked, |asked, (question, answer)| asked.with(&question, answer));
        call.send(&asked)?;
        Ok(json!({ "stored": true }))
    }),
    ("DeleteCard", |call| {
        call.send(&DeleteCard::new(call.login()?))?;
        Ok(json!({ "deleted": true }))
    }),
    ("AuthorizeMultiple", |call| {
        let logins: Vec<LoginId> = call.field("loginIds")?;
        let sorted = call.send(&AuthorizeMultiple::new(logins))?;
        let valid = sorted.valid.iter().map(|one| json!({ "loginId": one.login, "requestId": one.request }));
        Ok(with(&sorted.unread, json!({ "valid": valid.collect::<Vec<_>>(), "invalid": sorted.invalid })))
    }),
    ("GetStatements", |call| {
        let number: Option<NumberOfStatements> = call.maybe("numberOfStatements")?;
        let keep: Option<Selection> = call.maybe("keep")?;
        let asked = GetStatements::new(call.field("requestId")?, number, keep.unwrap_or_default());
        Ok(statements(call.send(&asked.map_err(|wrong| Trouble::usage(wrong.to_string()))?)?))
    }),
    ("GetStatementsAsync", |call| {
        let request: RequestId = call.field("requestId")?;
        Ok(statements(call.send(&GetStatementsAsync::new(request))?))
    }),
];

/// The names that ENDPOINT may have.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    ENDPOINTS.iter().map(|(name, _)| *name)
}

pub(crate) fn run(args: &Call, out: &Out) -> Result<Exit, Trouble> {
    let text = input::value(&args.fields, MOST, "JSON")?;
    let fields: Value =
        serde_json::from_str(&text).map_err(|_| Trouble::usage("JSON is not JSON: give an object, such as {}"))?;
    let driver = Driver::new(args.place.setup(out)?, Time::Real, Arc::new(Progress::new(*out)))?;
    let is_on_the_command_line = args.fields != "-" && !args.fields.starts_with('@');
    let call = Caller { driver, fields, is_on_the_command_line };
    let (_, ask) = ENDPOINTS.iter().find(|(name, _)| *name == args.endpoint).expect("clap takes these names only");
    let answer = ask(&call)?;
    if out.is_json() {
        out.json(&answer)?;
    } else {
        out.lines(&format!("{answer:#}"))?;
    }
    Ok(Exit::Done)
}

struct Caller {
    driver: Driver,
    fields: Value,
    is_on_the_command_line: bool,
}

impl Caller {
    fn maybe<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Trouble> {
        let value = self.fields.get(name).cloned().unwrap_or_default();
        // The parser's own words may hold the value.
        serde_json::from_value(value).map_err(|_| Trouble::usage(format!("the field {name} is not what it should be")))
    }

    fn field<T: DeserializeOwned>(&self, name: &str) -> Result<T, Trouble> {
        self.maybe(name)?.ok_or_else(|| Trouble::usage(format!("the field {name} is missing")))
    }

    fn login(&self) -> Result<LoginId, Trouble> {
        self.field("loginId")
    }

    fn send<E: Endpoint>(&self, endpoint: &E) -> Result<E::Answer, Trouble> {
        self.driver.call(endpoint).map_err(|error| {
            let exit = match &error {
                // A fault of the set-up has the same exit code as in a session; any other is an error of the network.
                CallError::Fault(_) if error.advice() == Advice::TryLater => Exit::Failed,
                CallError::Fault(_)
                | CallError::Render(_)
                | CallError::Refused(_)
                | CallError::Page { .. }
                | CallError::Garbled { .. }
                | _ => Exit::from(error.advice()),
            };
            let (status, retry_after) = match &error {
                CallError::Refused(refusal) => (Some(refusal.status), refusal.retry_after),
                CallError::Page { status, retry_after } => (Some(*status), *retry_after),
                CallError::Garbled { status, .. } => (Some(*status), None),
                CallError::Render(_) | CallError::Fault(_) | _ => (None, None),
            };
            let now = self.driver.now();
            let retry_after_ms = retry_after
                .filter(|_| error.advice() == Advice::TryLater)
                .map(|after| after.moment(now).as_millis().saturating_sub(now.as_millis()));
            let code = error.code().map(|code| code.as_str().to_owned());
            let fault = if let CallError::Fault(fault) = &error { Some(fault.kind.as_str()) } else { None };
            let place = if let CallError::Garbled { at, .. } = &error { Some(at.to_string()) } else { None };
            Trouble { code, status, fault, place, retry_after_ms, ..Trouble::new(exit, error.to_string()) }
        })
    }
}

/// An answer, with the places of its reply that could not be read.
fn with(unread: &Unread, mut answer: Value) -> Value {
    answer["unread"] = json!(unread.places());
    if unread.count() > unread.places().len() {
        answer["unreadCount"] = unread.count().into();
    }
    answer
}

fn institution(one: &Institution) -> Value {
    json!({ "id": one.id, "name": one.name("en"), "nameFr": one.name("fr"), "status": one.status,
        "country": one.country, "routingNumbers": one.routing_numbers })
}

fn statements(reply: StatementsReply) -> Value {
    match reply {
        StatementsReply::Pending { .. } => json!({ "pending": true, "statements": null }),
        StatementsReply::Ready(ready) => {
            let accounts = ready.by_account.iter().map(|account| {
                let files = account
                    .statements
                    .iter()
                    .map(|file| json!({ "id": file.unique_id, "type": file.file_type, "base64": file.base64 }));
                json!({ "accountNumber": account.account_number, "statements": files.collect::<Vec<_>>() })
            });
            with(&ready.unread, json!({ "pending": false, "statements": accounts.collect::<Vec<_>>() }))
        }
    }
}
