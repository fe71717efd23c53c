//! What a submitted form changes in a showing.

use std::collections::BTreeMap;

use serde_json::Value;

use super::events;
use super::showing::{AtBank, Institution, Over, Showing};
use super::words::{Remedy, words};
use crate::bank::session::Answered;
use crate::bank::state::Bank;
use crate::trouble::{LAST_WRONG_ANSWER, NO_GRANT, Trouble, WRONG_ANSWER};

/// The forms, by the last segment of their address. A question is answered at the showing's own address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Consent,
    Institution,
    Credentials,
    Answers,
    Accounts,
    Back,
    Retry,
    /// The user goes to the bank's own page.
    Bank,
    /// The user comes back from it. The bank redirects here, so it is a GET.
    SignedIn,
}

/// The result of a form.
pub(super) struct Turn {
    pub(super) events: Vec<Value>,
    pub(super) news: News,
    /// The typed text that is shown again.
    pub(super) typed: String,
}

/// The subject of the next page.
pub(super) enum News {
    /// The next step.
    Arrived,
    /// The same step again, since the user asked for it.
    Again,
    /// The same page, after a search in its list.
    Same,
    /// The same page. The form is not complete, so nothing was submitted.
    Unfilled,
    /// The bank said no.
    Refused(Trouble),
    /// The user refused at the bank.
    Declined,
}

type Fields = [(String, String)];

impl Form {
    pub(super) fn named(segment: &str) -> Option<Self> {
        match segment {
            "consent" => Some(Form::Consent),
            "institution" => Some(Form::Institution),
            "credentials" => Some(Form::Credentials),
            "answers" => Some(Form::Answers),
            "accounts" => Some(Form::Accounts),
            "back" => Some(Form::Back),
            "retry" => Some(Form::Retry),
            "bank" => Some(Form::Bank),
            "signed-in" => Some(Form::SignedIn),
            _ => None,
        }
    }
}

impl Turn {
    pub(super) fn of(news: News) -> Self {
        Turn { events: Vec::new(), news, typed: String::new() }
    }

    fn arrived(events: Vec<Value>) -> Self {
        Turn { events, ..Turn::of(News::Arrived) }
    }
}

impl Bank {
    /// A form of an earlier step changes nothing. The user went back in the browser, and gets the page of the current step.
    pub(super) fn take(&mut self, now: u64, showing: &mut Showing, form: Form, fields: &Fields) -> Turn {
        match form {
            Form::Consent => consent(showing, fields),
            Form::Institution => self.choose_institution(showing, fields),
            Form::Credentials => self.submit_credentials(now, showing, fields),
            Form::Answers => self.submit_answers(now, showing, fields),
            Form::Accounts => self.select_accounts(now, showing, fields),
            Form::Back => {
                if showing.may_go_back() {
                    showing.institution = None;
                }
                Turn::of(News::Arrived)
            }
            Form::Retry => Turn::of(News::Again),
            Form::SignedIn => back_from_bank(showing),
            Form::Bank => Turn::of(News::Arrived),
        }
    }

    fn choose_institution(&self, showing: &mut Showing, fields: &Fields) -> Turn {
        let Some(chosen) = first(fields, "institution").and_then(|name| self.institution_named(name)) else {
            let typed = first(fields, "search").unwrap_or_default().to_owned();
            return Turn { typed, ..Turn::of(News::Same) };
        };
        let event = events::of("INSTITUTION_SELECTED", &chosen.name);
        showing.institution = Some(chosen);
        Turn::arrived(vec![event])
    }

    fn submit_credentials(&mut self, now: u64, showing: &mut Showing, fields: &Fields) -> Turn {
        let Some(institution) = showing.institution.clone() else { return Turn::of(News::Arrived) };
        let username = first(fields, "username").unwrap_or_default();
        let password = first(fields, "password").unwrap_or_default();
        let typed = username.to_owned();
        if username.is_empty() || password.is_empty() {
            return Turn { typed, ..Turn::of(News::Unfilled) };
        }
        let events = vec![events::of("SUBMIT_CREDENTIAL", &institution.name)];
        match self.sign_in(now, &institution, (username, password), &showing.parameters) {
            Ok(request_id) => {
                showing.request_id = Some(request_id);
                Turn::arrived(events)
            }
            Err(trouble) => Turn { typed, ..refuse(showing, events, trouble, &institution) },
        }
    }

    fn submit_answers(&mut self, now: u64, showing: &mut Showing, fields: &Fields) -> Turn {
        let (Some(request_id), Some(institution)) = (showing.request_id.clone(), showing.institution.clone()) else {
            return Turn::of(News::Arrived);
        };
        let answers = typed(fields);
        if answers.is_empty() {
            return Turn::of(News::Unfilled);
        }
        let events = vec![events::of("SUBMIT_MFA", &institution.name)];
        match self.take_answers(now, &request_id, &answers) {
            Some(Answered::Refused(trouble)) => refuse(showing, events, trouble, &institution),
            // If the session has ended in the meantime, the page says so.
            Some(Answered::Asks | Answered::Passed) | None => Turn::arrived(events),
        }
    }

    fn select_accounts(&self, now: u64, showing: &mut Showing, fields: &Fields) -> Turn {
        let session = showing.request_id.as_ref().and_then(|request_id| self.session(now, request_id));
        let (Some(session), Some(selector)) = (session, &showing.parameters.selector) else {
            return Turn::of(News::Arrived);
        };
        let (shown, _) = self.accounts_to_choose(session, &showing.parameters);
        let named = |id: &str| fields.iter().any(|(name, value)| name == "accountId" && value.eq_ignore_ascii_case(id));
        let chosen: Vec<String> = shown.into_iter().map(|account| account.id).filter(|id| named(id)).collect();
        if chosen.is_empty() || (chosen.len() > 1 && !selector.multiple) {
            return Turn::of(News::Unfilled);
        }
        let institution = showing.institution.as_ref().map(|institution| institution.name.as_str()).unwrap_or_default();
        let event = events::accounts_selected(&chosen, institution);
        showing.accounts = chosen;
        Turn::arrived(vec![event])
    }
}

/// <https://docs.flinks.com/docs/events>
fn consent(showing: &mut Showing, fields: &Fields) -> Turn {
    let has_terms = showing.parameters.terms_url.is_some();
    let mut said = Vec::new();
    if first(fields, "consent") == Some("deny") {
        showing.over = Some(Over::Denied);
        said.extend(has_terms.then(|| events::bare("COMPONENT_DENY_TERMS")));
        said.push(events::bare("COMPONENT_DENY_CONSENT"));
        return Turn::arrived(said);
    }
    if has_terms {
        if showing.parameters.terms_checkbox && first(fields, "terms").is_none() {
            return Turn::of(News::Unfilled);
        }
        said.push(events::bare("COMPONENT_ACCEPT_TERMS"));
    }
    showing.consented = true;
    said.push(events::bare("COMPONENT_ACCEPT_CONSENT"));
    Turn::arrived(said)
}

/// The page to which the bank leads back. It is the same each time it is loaded.
fn back_from_bank(showing: &Showing) -> Turn {
    let name = showing.institution.as_ref().map(|institution| institution.name.as_str()).unwrap_or_default();
    match &showing.at_bank {
        Some(AtBank::Agreed(_)) => Turn::arrived(vec![events::of("COMPONENT_ACCEPT_PROVIDER_CONSENT", name)]),
        Some(AtBank::Declined) => {
            Turn { events: vec![events::refused(&NO_GRANT, None, name)], ..Turn::of(News::Declined) }
        }
        Some(AtBank::Failed(trouble)) => Turn::of(News::Refused(trouble.clone())),
        None => Turn::of(News::Arrived),
    }
}

/// Counts the failures after which the user may try again. The bank's last try, or more than `maximumRetry` failures, ends
/// the showing. `MAXIMUM_RETRY_REACHED` is not documented; integrators treat it as the end.
fn refuse(showing: &mut Showing, mut events: Vec<Value>, trouble: Trouble, institution: &Institution) -> Turn {
    let last = trouble == LAST_WRONG_ANSWER;
    // The newer table has one code for both: <https://docs.flinks.com/guides/connect/flinks-connect/handled-errors>.
    let trouble = if last { WRONG_ANSWER } else { trouble };
    if words(showing.parameters.language).of(&trouble).1 == Remedy::Again {
        showing.failures += 1;
    }
    if last || showing.parameters.maximum_retry.is_some_and(|most| showing.failures > most) {
        showing.over = Some(Over::NoMoreTries);
        events.push(events::refused(&trouble, showing.request_id.as_ref(), &institution.name));
        events.push(events::of("MAXIMUM_RETRY_REACHED", &institution.name));
        return Turn::arrived(events);
    }
    Turn { events, ..Turn::of(News::Refused(trouble)) }
}

/// The values of a form by name. A name that is there several times has several values, and an empty field has none.
pub(crate) fn typed(fields: &Fields) -> Vec<(String, Vec<String>)> {
    let mut typed: Vec<(String, Vec<String>)> = Vec::new();
    // A form may have thousands of names, so they are not searched one by one.
    let mut places = BTreeMap::new();
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        let place = *places.entry(name).or_insert(typed.len());
        match typed.get_mut(place) {
            Some((_, values)) => values.push(value.clone()),
            None => typed.push((name.clone(), vec![value.clone()])),
        }
    }
    typed
}

fn first<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    let mut named = fields.iter().filter(|(given, _)| given == name);
    named.next().map(|(_, value)| value.as_str())
}
