//! Banks that sign their users in by OAuth: `GET /v3/oauth/authorize`, and the bank's own page, which leads back.
//!
//! <https://docs.flinks.com/api/authorize/custom/oauth-authorize>,
//! <https://docs.flinks.com/guides/connect/oauth-integration>.
//!
//! Documented: the parameters, the 302, and what comes back: `loginId` and `state`, or `state`, `error` and
//! `error_description`. No page documents the bank's own page, the answer to a wrong parameter, or the answer to a login
//! whose grant has ended: these are our choice.

use std::sync::Arc;

use super::live::Attempt;
use super::login::Who;
use super::state::Bank;
use super::visit::{Back, Visit};
use crate::http::{Fate, LONGEST_FORM, Reply, Request, encode, pair, read_pairs};
use crate::scenario::institution::Institution;
use crate::scenario::user::Language;
use crate::trouble::{INVALID_PASSWORD, Trouble, invalid_request};
use crate::widget::bank_page::BankPage;
use crate::widget::parameters::is_bad_redirect;
use crate::widget::redirect::with_query;
use crate::widget::showing::AtBank;

/// How many visits are remembered. Each is a page that a user may still submit.
const MOST_VISITS: usize = 256;

impl Bank {
    /// `GET /v3/oauth/authorize?institution_id=&redirect_uri=&state=&lang=&tag=`
    pub(super) fn begin_oauth(&mut self, now: u64, request: &Request) -> Reply {
        if request.method != "GET" {
            return Reply::wrong_method();
        }
        if request.query().len() > LONGEST_FORM {
            return invalid_request("the query is too long");
        }
        let pairs = read_pairs(request.query());
        let given = |name: &str| {
            let mut named = pairs.iter().filter(|(given, _)| given == name);
            named.next().map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
        };
        let institution = given("institution_id").and_then(|id| self.settings.scenario.institution(&id).cloned());
        let Some(institution) = institution else { return invalid_request("institution_id is not known") };
        if !institution.signs_in_by_oauth() {
            return invalid_request("institution_id is of a bank that does not sign in by OAuth");
        }
        let Some(uri) = given("redirect_uri").filter(|uri| !is_bad_redirect(uri)) else {
            return invalid_request("redirect_uri must be an absolute address");
        };
        let language = match given("lang") {
            None => Language::default(),
            Some(code) => match Language::read(&code) {
                Some(language) => language,
                None => return invalid_request("lang must be en or fr"),
            },
        };
        let back = Back::App { uri, state: given("state") };
        let page = self.visit(now, institution, language, given("tag"), back);
        // A program may take the address from the header and show it to the user, so it has to be absolute.
        let host = request.header("host").map(|host| format!("http://{host}")).unwrap_or_default();
        go_to(&format!("{host}{page}"))
    }

    /// The widget sends its user to the bank's page.
    pub(crate) fn leave_widget(
        &mut self,
        now: u64,
        showing: &str,
        institution: &str,
        language: Language,
        tag: Option<String>,
    ) -> Reply {
        let Some(institution) = self.settings.scenario.institution(institution).cloned() else {
            return Reply::not_found();
        };
        let page = self.visit(now, institution, language, tag, Back::Widget(showing.to_owned()));
        go_to(&page)
    }

    /// Begins a visit, and returns the address of its page.
    fn visit(
        &mut self,
        now: u64,
        institution: Arc<Institution>,
        language: Language,
        tag: Option<String>,
        back: Back,
    ) -> String {
        let id = self.next_id("visit");
        let page = format!("/_bank/{id}");
        if self.visits.len() == MOST_VISITS {
            self.visits.pop_front();
        }
        self.visits.push_back(Visit { id, institution, language, tag, back, began_at: now });
        page
    }

    /// The bank's own page, and its form. A visit ends with the user's decision.
    pub(super) fn at_the_bank(&mut self, now: u64, request: &Request, id: &str) -> Reply {
        let life = self.settings.request_life_ms;
        let is_alive = |visit: &Visit| visit.id == id && now < visit.began_at.saturating_add(life);
        let Some(place) = self.visits.iter().position(is_alive) else {
            return self.bank_page(now, &BankPage::forgotten(id));
        };
        let Some(visit) = self.visits.get(place).cloned() else { return Reply::not_found() };
        let page = BankPage {
            id,
            language: visit.language,
            title: &visit.institution.title,
            forms_to: match &visit.back {
                Back::App { uri, .. } => Some(uri),
                Back::Widget(_) => None,
            },
            refused: None,
            typed: "",
            is_known: true,
        };
        match request.method.as_str() {
            "GET" => return self.bank_page(now, &page),
            "POST" if request.body.len() > LONGEST_FORM => return invalid_request("the form is too long"),
            "POST" => {}
            _ => return Reply::wrong_method(),
        }
        let fields = read_pairs(&String::from_utf8_lossy(&request.body));
        let first = |name: &str| {
            let mut named = fields.iter().filter(|(given, _)| given == name);
            named.next().map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        if first("decision") == "refuse" {
            self.visits.remove(place);
            return self.declined(now, &visit);
        }
        let (username, password) = (first("username"), first("password"));
        match self.signed_in(&visit, username, password) {
            Ok(who) => {
                self.visits.remove(place);
                self.agreed(now, &visit, who)
            }
            Err(trouble) => self.bank_page(now, &BankPage { refused: Some(&trouble), typed: username, ..page }),
        }
    }

    fn signed_in(&self, visit: &Visit, username: &str, password: &str) -> Result<Who, Trouble> {
        let who = self.who(Some(&visit.institution), username, visit.language)?;
        if who.user.password_is_right(password) { Ok(who) } else { Err(INVALID_PASSWORD) }
    }

    fn agreed(&mut self, now: u64, visit: &Visit, who: Who) -> Reply {
        let login_id = who.login_id(self.settings.seed);
        self.logins.granted(&login_id);
        match &visit.back {
            Back::App { uri, state } => {
                self.logins.refreshed(now, &login_id, &who, true);
                let login = format!("loginId={}", encode(&login_id));
                go_to(&with_query(uri, [Some(login), said(state)].into_iter().flatten()))
            }
            Back::Widget(showing) => {
                let attempt = Attempt { language: visit.language, who, tag: visit.tag.clone(), save: true };
                let came = match self.go_live(now, attempt) {
                    Ok(request_id) => AtBank::Agreed(request_id),
                    Err(trouble) => AtBank::Failed(trouble),
                };
                self.back_in_widget(now, showing, came)
            }
        }
    }

    fn declined(&mut self, now: u64, visit: &Visit) -> Reply {
        match &visit.back {
            Back::App { uri, state } => {
                // `access_denied` is from RFC 6749, and the description is ours.
                let error = "error=access_denied".to_owned();
                let why = format!("error_description={}", encode("The user did not agree"));
                go_to(&with_query(uri, [said(state), Some(error), Some(why)].into_iter().flatten()))
            }
            Back::Widget(showing) => self.back_in_widget(now, showing, AtBank::Declined),
        }
    }

    fn back_in_widget(&mut self, now: u64, showing: &str, came: AtBank) -> Reply {
        self.came_back(now, showing, came);
        go_to(&format!("/_widget/{showing}/signed-in"))
    }
}

fn said(state: &Option<String>) -> Option<String> {
    state.as_ref().map(|state| format!("state={}", encode(state)))
}

/// The address may have ids, so the next page must not get it as a referrer.
fn go_to(address: &str) -> Reply {
    Reply {
        status: 302,
        headers: vec![
            pair("location", address),
            pair("cache-control", "no-store"),
            pair("referrer-policy", "no-referrer"),
        ],
        body: Vec::new(),
        fate: Fate::default(),
    }
}
