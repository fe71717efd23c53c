//! The service behind the API and the widget, as a pure value.

pub(crate) mod accounts;
mod authorize;
mod authorize_async;
mod cards;
mod control;
mod data;
mod effects;
mod faults;
mod fields;
mod institutions;
mod latest;
mod links;
mod live;
mod log;
pub(crate) mod logged;
pub(crate) mod login;
pub(crate) mod nightly;
mod oauth;
mod order;
mod recent;
pub(crate) mod session;
pub(crate) mod state;
mod statements;
mod stored;
pub(crate) mod token;
mod visit;
mod webhooks;

use core::fmt;
use std::sync::Arc;

use self::login::{Connected, Who};
use self::order::Kind;
use self::session::{Answered, Session};
use self::state::Bank;
use crate::doctor::{self, rules::Rule};
use crate::endpoint::{Call, Credential, Endpoint};
use crate::fault::Effect;
use crate::http::{Fate, Reply, Request};
use crate::id::fold;
use crate::scenario::user::{Language, User};
use crate::trouble::{BAD_API_KEY, BAD_CUSTOMER, BAD_SECRET_KEY, Trouble};
use crate::widget::redirect::event_without_url;
use crate::widget::turn::typed;

/// What became of a request that has arrived.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "it is answered, or it is not")]
pub enum Arrival {
    /// It is answered.
    Answered(Reply),
    /// It is slow: nothing has handled it yet.
    Delayed(Delayed),
}

/// A slow request, which a fault delays. See [`Bank::arrive`].
#[derive(Debug)]
pub struct Delayed {
    /// How long after its arrival it is to be handled, by the sandbox's clock.
    pub delay_ms: u64,
    arrived: u64,
    effect: Option<Effect>,
    broken: Vec<&'static Rule>,
}

impl Bank {
    /// Answers one request. Any bytes on any path get an answer. If a fault falls on it, [`Reply::fate`] says what happens
    /// to the answer.
    ///
    /// A slow request is handled at once, at a later time. If others act on the bank in the meantime, use
    /// [`arrive`](Self::arrive).
    pub fn handle(&mut self, now: u64, request: &Request) -> Reply {
        match self.arrive(now, request) {
            Arrival::Answered(reply) => reply,
            Arrival::Delayed(delayed) => {
                let delay_ms = delayed.delay_ms;
                let reply = self.handle_delayed(now.saturating_add(delay_ms), request, delayed);
                Reply { fate: Fate { delay_ms, ..reply.fate }, ..reply }
            }
        }
    }

    /// Takes a request that arrives now, and answers it. A slow one ([`Effect::Latency`](crate::Effect)) is only
    /// counted: [`handle_delayed`](Self::handle_delayed) has to handle it when its delay is over.
    ///
    /// ```
    /// use reconnect_sandbox::{Arrival, Bank, Fault, Request, Settings};
    ///
    /// let mut bank = Bank::new(Settings::default());
    /// bank.set_faults(serde_json::from_str::<Vec<Fault>>(r#"[{"effect": {"kind": "latency", "delayMs": 300}}]"#)?);
    /// let page = Request::get("/");
    /// let Arrival::Delayed(slow) = bank.arrive(0, &page) else { panic!("the request is slow") };
    /// assert_eq!(slow.delay_ms, 300);
    /// // Other requests may come in these 300 ms. They are handled first.
    /// let reply = bank.handle_delayed(300, &page, slow);
    /// assert_eq!(reply.fate.delay_ms, 0);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn arrive(&mut self, now: u64, request: &Request) -> Arrival {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        if let ["_sandbox", name] = segments.as_slice() {
            return Arrival::Answered(self.control(now, request, name));
        }
        let broken = doctor::examine(self, now, request, &segments);
        let effect = self.effect_on(request, &segments);
        let delay_ms = if let Some(Effect::Latency { delay_ms }) = effect { delay_ms } else { 0 };
        let delayed = Delayed { delay_ms, arrived: now, effect, broken };
        if delay_ms > 0 {
            return Arrival::Delayed(delayed);
        }
        Arrival::Answered(self.handle_delayed(now, request, delayed))
    }

    /// Handles a slow request. Its delay is over now.
    pub fn handle_delayed(&mut self, now: u64, request: &Request, delayed: Delayed) -> Reply {
        let Delayed { arrived, effect, broken, .. } = delayed;
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let mut reply = match &effect {
            None => self.serve(now, request, &segments),
            Some(effect) => self.serve_with(now, request, &segments, effect),
        };
        doctor::sign(&mut reply, &broken);
        self.record(arrived, request, &reply, effect.map(|effect| effect.kind()), &broken);
        reply
    }

    /// The answer of the service itself, before a fault changes it.
    fn serve(&mut self, now: u64, request: &Request, segments: &[&str]) -> Reply {
        match segments {
            _ if !request.path().starts_with('/') => Reply::not_found(),
            ["v3", customer, "BankingServices", endpoint @ ..] => self.call(now, request, customer, endpoint),
            ["v3", oauth, authorize]
                if oauth.eq_ignore_ascii_case("oauth") && authorize.eq_ignore_ascii_case("authorize") =>
            {
                self.begin_oauth(now, request)
            }
            ["_bank", visit] => self.at_the_bank(now, request, visit),
            ["_widget", showing] => self.submit(now, request, showing, "answers"),
            ["_widget", showing, form] => self.submit(now, request, showing, form),
            other => self.show(now, request, other),
        }
    }

    /// A call of the API, by the table of endpoints.
    fn call(&mut self, now: u64, request: &Request, customer: &str, path: &[&str]) -> Reply {
        if !customer.eq_ignore_ascii_case(&self.settings.customer_id) {
            return BAD_CUSTOMER.reply();
        }
        let Some(endpoint) = Endpoint::find(path) else { return Reply::not_found() };
        if !endpoint.takes_method(&request.method, self.settings.strict) {
            return Reply::wrong_method();
        }
        if let Some(trouble) = self.refused_key(request, endpoint.credential) {
            return trouble.reply();
        }
        // Only the endpoints whose path has an id read it.
        let id = path.last().copied().unwrap_or_default();
        let outcome = match endpoint.call {
            Call::GenerateAuthorizeToken => Ok(self.mint(now)),
            Call::Authorize => self.authorize(now, request),
            Call::AuthorizeAsync => self.authorize_async(now, request),
            Call::AuthorizeMultiple => self.authorize_multiple(now, &request.body),
            Call::GetAccountsDetail => self.fetch(now, &request.body, Kind::Detail),
            Call::GetAccountsDetailAsync => self.deliver(now, id, Kind::Detail, None),
            Call::GetAccountsSummary => self.fetch(now, &request.body, Kind::Summary),
            Call::GetAccountsSummaryAsync => self.deliver(now, id, Kind::Summary, None),
            Call::GetStatements => self.fetch_statements(now, &request.body),
            Call::GetStatementsAsync => self.deliver_statements(now, id, None),
            Call::GetMfaQuestions => self.questions_of(id),
            Call::AnswerMfaQuestions => self.store_answers(&request.body),
            Call::SetScheduledRefresh => self.schedule(&request.body),
            Call::GetNightlyRefreshStatus => Ok(self.nightly_status()),
            Call::DeleteCard => self.delete_card(now, id),
            Call::Institutions => self.institutions(request.query()),
            Call::InstitutionByRoutingNumber => Ok(self.institution_by_routing_number(id)),
        };
        outcome.unwrap_or_else(|refusal| refusal)
    }

    /// The refusal of a call without the right key. An authorize token is judged together with the body.
    fn refused_key(&self, request: &Request, credential: Credential) -> Option<Trouble> {
        let settings = &self.settings;
        let has = |header: &str, key: &str| request.header(header).map_or(!settings.strict, |given| given == key);
        let (is_good, trouble) = match credential {
            Credential::SecretKey => (has("flinks-auth-key", &settings.secret_key), BAD_SECRET_KEY),
            Credential::ApiKey => (has("x-api-key", &settings.api_key), BAD_API_KEY),
            Credential::Bearer => (has("authorization", &format!("Bearer {}", settings.secret_key)), BAD_SECRET_KEY),
            Credential::Token => return None,
        };
        (!is_good).then_some(trouble)
    }
}

/// What a test does to a bank, or sees in it, without a request.
impl Bank {
    /// Stores a login, as if its first connection had just completed, and returns its `LoginId`. `language` is `en` or
    /// `fr`; anything else counts as `en`. An unknown `username` is stored too, and its live refresh is then refused. If
    /// several institutions know the name, the login is at the first of them.
    pub fn connect(&mut self, now: u64, username: &str, language: &str) -> String {
        let language = Language::read(language).unwrap_or_default();
        let scenario = &self.settings.scenario;
        let user = Arc::clone(scenario.user(None, username).unwrap_or_else(|| scenario.stranger()));
        self.store_login(now, Who { user, username: username.to_owned(), language })
    }

    /// Stores the login of every user that the scenario calls connected, and returns these logins.
    ///
    /// ```
    /// use reconnect_sandbox::{Bank, Settings};
    ///
    /// let mut bank = Bank::new(Settings::default());
    /// let names: Vec<String> = bank.connect_users(0).into_iter().map(|login| login.username).collect();
    /// assert_eq!(names, ["Greatday", "Greatday_NoMFA"]);
    /// ```
    pub fn connect_users(&mut self, now: u64) -> Vec<Connected> {
        let users: Vec<_> = self.settings.scenario.users().iter().filter(|user| user.connected).cloned().collect();
        let connect = |user: Arc<User>| {
            let (username, about) = (user.username.clone(), user.about.clone());
            let who = Who { username: username.clone(), language: user.language, user };
            Connected { login_id: self.store_login(now, who), username, about }
        };
        users.into_iter().map(connect).collect()
    }

    fn store_login(&mut self, now: u64, who: Who) -> String {
        let login_id = who.login_id(self.settings.seed);
        self.logins.refreshed(now, &login_id, &who, true);
        login_id
    }

    /// Submits the widget's form as a user does. `answers` has prompts and what was typed for each. If a prompt takes
    /// several answers, it is there several times.
    pub fn answer_in_widget(&mut self, now: u64, request_id: &str, answers: &[(String, String)]) -> WidgetOutcome {
        match self.take_answers(now, request_id, &typed(answers)) {
            None => WidgetOutcome::Expired,
            Some(Answered::Asks) => WidgetOutcome::Ask { prompts: self.pending_prompts(request_id) },
            Some(Answered::Refused(_)) if self.session(now, request_id).is_some_and(Session::waits_for_mfa) => {
                WidgetOutcome::Wrong { prompts: self.pending_prompts(request_id) }
            }
            Some(Answered::Passed | Answered::Refused(_)) => match self.finished(now, request_id) {
                Some(session) => WidgetOutcome::Complete {
                    event: event_without_url(session).to_string(),
                    login_id: session.login_id.clone(),
                },
                None => WidgetOutcome::Expired,
            },
        }
    }

    /// Remembers a selection of accounts with a session, as the widget does with `resumeSelectedAccounts`:
    /// <https://docs.flinks.com/guides/connect/resume-and-reconnect>. An empty one selects all.
    pub fn select(&mut self, request_id: &str, ids: &[String]) {
        if let Some(session) = self.sessions.get_mut(&fold(request_id)) {
            session.selection = ids.to_vec();
        }
    }

    /// Ends a `RequestId` or an authorize token at once. Returns whether there is one of that name.
    pub fn expire(&mut self, id: &str) -> bool {
        let session = self.sessions.get_mut(&fold(id));
        let ended = session.map(|session| session.ended = true).is_some();
        self.tokens.expire(id) || ended
    }

    /// Puts a login back to how it was right after its first connection. Its sessions end, cached calls do not repeat a
    /// failed live attempt, no answer is stored, and no challenge counts as sent. So its next live refresh asks all that
    /// the bank asks this user. Returns whether there is such a login.
    pub fn reset_login(&mut self, login_id: &str) -> bool {
        for session in self.sessions.values_mut() {
            session.ended |= session.login_id.eq_ignore_ascii_case(login_id);
        }
        self.logins.reset(login_id)
    }

    /// Ends a user's grant at a bank that signs in by OAuth: the next live refresh is refused. Returns whether there is such
    /// a login.
    ///
    /// ```
    /// use reconnect_sandbox::{Bank, Scenario, Settings};
    ///
    /// let mut bank = Bank::new(Settings::of(Scenario::named("oauth").expect("it comes with the sandbox")));
    /// let login = bank.connect(0, "Greatday", "en");
    /// assert!(bank.revoke_grant(&login));
    /// ```
    pub fn revoke_grant(&mut self, login_id: &str) -> bool {
        self.logins.revoke(login_id)
    }

    /// The `LoginId` of the first stored connection of a user.
    pub fn login_for(&self, username: &str) -> Option<String> {
        self.logins.of_user(username).map(|login| login.id.clone())
    }

    /// How many times a live connection of this login made the bank ask. Each time a real user gets an SMS.
    pub fn challenges_sent(&self, login_id: &str) -> usize {
        self.logins.challenges(login_id)
    }

    /// Whether a `RequestId` would still be taken.
    pub fn is_alive(&self, now: u64, request_id: &str) -> bool {
        self.session(now, request_id).is_some()
    }

    /// The ids of a login's accounts, none for an unknown login.
    pub fn account_ids(&self, login_id: &str) -> Vec<String> {
        let login = self.logins.get(login_id);
        login.map(|login| accounts::account_ids(self.settings.seed, login)).unwrap_or_default()
    }

    /// The prompts that a session waits for. It may have ended in the meantime.
    pub fn pending_prompts(&self, request_id: &str) -> Vec<String> {
        let session = self.sessions.get(&fold(request_id));
        let round = session.map(Session::round).unwrap_or_default();
        round.iter().map(|question| question.prompt.clone()).collect()
    }

    /// The session, if it is authorized and has not ended.
    fn finished(&self, now: u64, request_id: &str) -> Option<&Session> {
        self.session(now, request_id).filter(|session| !session.waits_for_mfa())
    }
}

/// The result of a submitted MFA form.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WidgetOutcome {
    /// The form shows what the bank asks next.
    Ask {
        /// Byte for byte.
        prompts: Vec<String>,
    },
    /// The form shows again, with a message.
    Wrong {
        /// Byte for byte.
        prompts: Vec<String>,
    },
    /// The user is done.
    Complete {
        /// The REDIRECT event, as JSON:
        /// <https://docs.flinks.com/guides/connect/flinks-connect/use-event-listener>.
        event: String,
        /// The login that the session belongs to.
        login_id: String,
    },
    /// The session is unknown or has ended, so a new one is needed.
    Expired,
}

/// It shows the kind of outcome only, and no prompts and ids.
impl fmt::Debug for WidgetOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WidgetOutcome::Ask { .. } => "Ask",
            WidgetOutcome::Wrong { .. } => "Wrong",
            WidgetOutcome::Complete { .. } => "Complete",
            WidgetOutcome::Expired => "Expired",
        })
    }
}
