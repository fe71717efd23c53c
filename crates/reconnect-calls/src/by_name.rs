//! A call by the name of its endpoint: its fields and its answer are JSON. It is for the command, and for programs in
//! other languages.

use crate::{
    answer_mfa_questions::AnswerMfaQuestions,
    authorize_multiple::AuthorizeMultiple,
    delete_card::DeleteCard,
    endpoint::{CallError, Endpoint},
    get_mfa_questions::GetMfaQuestions,
    get_nightly_refresh_status::GetNightlyRefreshStatus,
    get_statements::{GetStatements, GetStatementsAsync, StatementsReply},
    institutions::{Institution, InstitutionByRoutingNumber, Institutions},
    set_scheduled_refresh::SetScheduledRefresh,
};
use alloc::{
    boxed::Box,
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;
use reconnect_core::{Draft, LoginId, Reply, RequestId, Selection, Unread, accounts::NumberOfStatements};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Makes a call of its fields.
type Make = fn(&Fields<'_>) -> Result<NamedCall, InvalidCall>;

/// The endpoints by their names, a row each: from the fields to a call.
static ENDPOINTS: &[(&str, Make)] = &[
    ("Institutions", |fields| {
        let mut asked = Institutions::new();
        asked.skip = fields.maybe("skip")?;
        asked.take = fields.maybe("take")?;
        asked.country = fields.maybe::<String>("country")?.map(Into::into);
        Ok(NamedCall::of(asked, |page| {
            let list: Vec<Value> = page.institutions.iter().map(institution).collect();
            with(&page.unread, json!({ "institutions": list, "count": page.count }))
        }))
    }),
    ("InstitutionByRoutingNumber", |fields| {
        let asked = InstitutionByRoutingNumber::new(&fields.need::<String>("routingNumber")?);
        let asked = asked.map_err(|wrong| InvalidCall::because("routingNumber", &wrong))?;
        Ok(NamedCall::of(asked, |found| with(&found.unread, institution(&found.institution))))
    }),
    ("GetNightlyRefreshStatus", |_| {
        Ok(NamedCall::of(GetNightlyRefreshStatus::default(), |status| {
            let cards = status.ineligible.iter().map(|card| {
                json!({ "loginId": card.login, "lastRefresh": card.last_refresh, "state": card.state,
                    "code": card.code, "waitsForMfa": card.waits_for_mfa() })
            });
            with(&status.unread, json!({ "ineligible": cards.collect::<Vec<_>>() }))
        }))
    }),
    ("SetScheduledRefresh", |fields| {
        let asked = SetScheduledRefresh::new(fields.login()?, fields.need("isActivated")?);
        Ok(NamedCall::of(asked, |answer| json!({ "activated": answer.activated() })))
    }),
    ("GetMFAQuestions", |fields| {
        Ok(NamedCall::of(GetMfaQuestions::new(fields.login()?), |answer| {
            let questions: Vec<_> = answer.questions.iter().map(|one| &one.question).collect();
            with(&answer.unread, json!({ "questions": questions }))
        }))
    }),
    ("AnswerMFAQuestions", |fields| {
        let answers: BTreeMap<String, String> = fields.need("answers")?;
        let asked = AnswerMfaQuestions::new(fields.login()?);
        let asked = answers.into_iter().fold(asked, |asked, (question, answer)| asked.with(&question, answer));
        Ok(NamedCall::of(asked, |_| json!({ "stored": true })))
    }),
    ("DeleteCard", |fields| Ok(NamedCall::of(DeleteCard::new(fields.login()?), |_| json!({ "deleted": true })))),
    ("AuthorizeMultiple", |fields| {
        Ok(NamedCall::of(AuthorizeMultiple::new(fields.need::<Vec<LoginId>>("loginIds")?), |sorted| {
            let valid = sorted.valid.iter().map(|one| json!({ "loginId": one.login, "requestId": one.request }));
            with(&sorted.unread, json!({ "valid": valid.collect::<Vec<_>>(), "invalid": sorted.invalid }))
        }))
    }),
    ("GetStatements", |fields| {
        let number: Option<NumberOfStatements> = fields.maybe("numberOfStatements")?;
        let keep = fields.maybe::<Selection>("keep")?.unwrap_or_default();
        let asked = GetStatements::new(fields.need("requestId")?, number, keep);
        Ok(NamedCall::of(asked.map_err(|wrong| InvalidCall::because("keep", &wrong))?, statements))
    }),
    ("GetStatementsAsync", |fields| {
        Ok(NamedCall::of(GetStatementsAsync::new(fields.need::<RequestId>("requestId")?), statements))
    }),
];

/// Reads a reply of the endpoint.
type Read = Box<dyn Fn(&Reply) -> Result<Value, CallError> + Send + Sync>;

/// A call by the name of its endpoint. Its answer is JSON, with the keys that the reference of the command has.
///
/// ```
/// use reconnect_calls::{Endpoint, NamedCall};
/// use reconnect_core::{Instance, Keys, Reply};
/// use serde_json::json;
///
/// let call = NamedCall::new("DeleteCard", &json!({ "loginId": "5e115eac" }))?;
/// let request = call.draft().render(&Instance::named("toolbox", "c")?, &Keys::default())?;
/// assert_eq!(request.method, "DELETE");
/// let reply = Reply { status: 200, body: br#"{"StatusCode":200}"#.to_vec(), ..Reply::default() };
/// assert_eq!(call.read(&reply)?, json!({ "deleted": true }));
///
/// let wrong = NamedCall::new("DeleteCard", &json!({})).unwrap_err();
/// assert_eq!((wrong.field(), wrong.to_string().as_str()), (Some("loginId"), "the field loginId is missing"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct NamedCall {
    draft: Draft,
    read: Read,
}

impl NamedCall {
    /// The names that a call may have, as Flinks' documentation spells them.
    ///
    /// ```
    /// assert!(reconnect_calls::NamedCall::names().any(|name| name == "Institutions"));
    /// ```
    pub fn names() -> impl Iterator<Item = &'static str> {
        ENDPOINTS.iter().map(|(name, _)| *name)
    }

    /// The call of this endpoint with these fields, an object.
    ///
    /// # Errors
    /// [`InvalidCall`].
    pub fn new(name: &str, fields: &Value) -> Result<Self, InvalidCall> {
        let (_, call) = ENDPOINTS.iter().find(|(known, _)| *known == name).ok_or_else(InvalidCall::unknown)?;
        call(&Fields(fields))
    }

    fn of<E: Endpoint + Send + Sync + 'static>(endpoint: E, answer: fn(E::Answer) -> Value) -> Self {
        Self { draft: endpoint.draft(), read: Box::new(move |reply| endpoint.read(reply).map(answer)) }
    }
}

impl Endpoint for NamedCall {
    type Answer = Value;

    fn draft(&self) -> Draft {
        self.draft.clone()
    }

    fn read(&self, reply: &Reply) -> Result<Value, CallError> {
        (self.read)(reply)
    }
}

impl fmt::Debug for NamedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedCall").field("draft", &self.draft).finish_non_exhaustive()
    }
}

/// A call that cannot be made: no endpoint has its name, or a field is missing or wrong. The text holds no value.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct InvalidCall {
    field: Option<&'static str>,
    message: Box<str>,
}

impl InvalidCall {
    /// The field that is wrong; `None` if the name is.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        self.field
    }

    fn unknown() -> Self {
        let names: Vec<&str> = NamedCall::names().collect();
        Self { field: None, message: ["the endpoint is none of ", &names.join(", ")].concat().into() }
    }

    fn because(field: &'static str, wrong: &dyn fmt::Display) -> Self {
        Self { field: Some(field), message: wrong.to_string().into() }
    }

    /// A parser's own words may hold the value.
    fn field_is(field: &'static str, what: &str) -> Self {
        Self { field: Some(field), message: ["the field ", field, " is ", what].concat().into() }
    }
}

/// The fields of a call.
struct Fields<'a>(&'a Value);

impl Fields<'_> {
    fn maybe<T: DeserializeOwned>(&self, name: &'static str) -> Result<Option<T>, InvalidCall> {
        let value = self.0.get(name).cloned().unwrap_or_default();
        serde_json::from_value(value).map_err(|_| InvalidCall::field_is(name, "not what it should be"))
    }

    fn need<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, InvalidCall> {
        self.maybe(name)?.ok_or_else(|| InvalidCall::field_is(name, "missing"))
    }

    fn login(&self) -> Result<LoginId, InvalidCall> {
        self.need("loginId")
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
