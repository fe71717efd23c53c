//! Flinks Connect, as far as the documentation tells: its pages, its forms, its events and the redirect.
//!
//! Each step is one page with a plain HTML form; script posts the events and adds comfort, and whoever has none gets
//! through by the links. On a Reconnect the first page is the question that the session waits for.
//!
//! <https://docs.flinks.com/guides/connect/resume-and-reconnect>,
//! <https://docs.flinks.com/guides/connect/flinks-connect/widget>.

mod bank;
mod events;
mod html;
mod known;
mod lists;
mod notices;
mod page;
mod parameters;
mod redirect;
mod screens;
mod turn;
mod words;

use self::known::Institution;
use self::parameters::Parameters;
use self::turn::{Form, News, Turn};
use crate::bank::{Bank, Session, Trouble, WRONG_ANSWER};
use crate::http::{Reply, Request, read_pairs};
use crate::scenario::{Language, Question};
use crate::settings::WidgetToken;

pub(crate) use self::bank::BankPage;
pub(crate) use self::parameters::is_bad_redirect;
pub(crate) use self::redirect::{event_without_url, with_query};
pub(crate) use self::turn::typed;

/// As many as are remembered; each is a page that somebody may still submit.
const MOST_SHOWINGS: usize = 256;

/// The longest query or form that a page reads.
pub(crate) const LONGEST_TEXT: usize = 64 * 1024;

/// One showing of the widget: what its URL asked for, and how far the user came.
#[derive(Clone)]
pub(crate) struct Showing {
    id: String,
    parameters: Parameters,
    /// The user agreed, or is not asked.
    consented: bool,
    institution: Option<Institution>,
    /// The URL's path named the institution.
    is_preset: bool,
    /// None until the credentials of a first connection are taken.
    request_id: Option<String>,
    /// What the account selector gave. It filters nothing: the caller does, by `AccountsFilter`.
    /// <https://help.flinks.com/support/solutions/articles/43000436137-account-selector-accounts-filtering>
    accounts: Vec<String>,
    failures: u32,
    over: Option<Over>,
    /// The result of a visit to the bank's own page.
    at_bank: Option<AtBank>,
    /// This page is the one that the bank leads back to.
    returned: bool,
    seen_at: u64,
}

/// How a user comes back from a bank that signs in by OAuth.
#[derive(Clone)]
pub(crate) enum AtBank {
    /// With the `RequestId` of the session that this opened.
    Agreed(String),
    Declined,
    /// They agreed, and then the live call failed.
    Failed(Trouble),
}

/// Why nothing more can be done in a showing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    Denied,
    NoMoreTries,
}

/// Where a showing stands, with what its page shows.
enum Stage<'a> {
    Over(Over),
    Consent,
    Institutions,
    Credentials(&'a Institution),
    /// The user signs in at the bank's own page.
    Bank(&'a Institution),
    Questions(&'a Session),
    Accounts(&'a Session),
    End(&'a Session),
}

impl Bank {
    /// GET on the widget's address. `/` and `/v2/` are one page, as is `/v2/Testing/`, which the documentation embeds.
    /// `Credential/{institution}` presets the institution; a help article prints a double slash before it.
    pub(crate) fn show(&mut self, now: u64, request: &Request, segments: &[&str]) -> Reply {
        let plain: Vec<&str> = segments.iter().copied().filter(|segment| !segment.is_empty()).collect();
        let preset = match plain.as_slice() {
            [] | ["v2"] | ["v2", "Testing"] => None,
            ["Credential", institution] | ["v2", "Credential", institution] => Some(*institution),
            ["v2", "Result", _] => None,
            _ => return Reply::not_found(),
        };
        if request.method != "GET" {
            return Reply::wrong_method();
        }
        let is_long = request.query().len() > LONGEST_TEXT;
        let parameters = Parameters::read(&read_pairs(if is_long { "" } else { request.query() }));
        let mut showing = Showing::new(now, self.next_id("showing"), parameters);
        if is_long {
            return self.too_long(&showing, 414);
        }
        if plain.contains(&"Result") {
            return self.result(&showing);
        }
        if let Some(name) = preset {
            showing.is_preset = true;
            showing.institution = self.institution_named(name);
            if showing.institution.is_none() {
                return self.unknown_institution(&showing);
            }
        }
        if !self.takes_token(now, &showing.parameters) {
            return self.token_invalid(request, &showing);
        }
        if showing.parameters.redirect_is_bad() {
            return self.bad_redirect(&showing);
        }
        if let Some(request_id) = showing.parameters.request_id.clone() {
            let selection = showing.parameters.selection.clone();
            let Some(session) = self.session_mut(now, &request_id) else { return self.gone(&showing, Vec::new()) };
            session.touch(now);
            if !selection.is_empty() {
                session.selection = selection;
            }
            showing.institution = self.session(now, &request_id).map(|session| self.institution_of(session));
            showing.request_id = Some(request_id);
            showing.consented = true;
        }
        self.schedule_night(now, &showing);
        self.remember(&showing);
        let mounted = Turn { events: vec![events::bare("APP_MOUNTED")], ..Turn::of(News::Arrived) };
        self.render(now, request, &showing, mounted)
    }

    /// POST of a form.
    pub(crate) fn submit(&mut self, now: u64, request: &Request, showing: &str, form: &str) -> Reply {
        let Some(form) = Form::named(form) else { return Reply::not_found() };
        let Some(mut showing) = self.showing(showing).cloned() else {
            let unknown = Showing::new(now, self.next_id("showing"), Parameters::read(&[]));
            return self.forgotten(&unknown);
        };
        let method = if form == Form::SignedIn { "GET" } else { "POST" };
        if request.method != method {
            return Reply::wrong_method();
        }
        if request.body.len() > LONGEST_TEXT {
            return self.too_long(&showing, 413);
        }
        let idle_until = showing.seen_at.saturating_add(self.settings.request_life_ms);
        if showing.request_id.is_none() && now >= idle_until {
            return self.gone(&showing, Vec::new());
        }
        if let Some(session) = showing.request_id.as_ref().and_then(|id| self.session_mut(now, id)) {
            session.touch(now);
        }
        showing.seen_at = now;
        showing.returned = form == Form::SignedIn;
        let fits = self.stage(now, &showing).is_some_and(|stage| stage.takes(form));
        if let (Form::Bank, true, Some(institution)) = (form, fits, showing.institution.clone()) {
            showing.at_bank = None;
            self.remember(&showing);
            let (language, tag) = (showing.parameters.language, showing.parameters.tag.clone());
            return self.leave_widget(now, &showing.id, &institution.name, language, tag);
        }
        let fields = read_pairs(&String::from_utf8_lossy(&request.body));
        let turn = if fits { self.take(now, &mut showing, form, &fields) } else { Turn::of(News::Arrived) };
        self.schedule_night(now, &showing);
        self.remember(&showing);
        self.render(now, request, &showing, turn)
    }

    /// None where the session is unknown or has ended.
    fn stage<'a>(&'a self, now: u64, showing: &'a Showing) -> Option<Stage<'a>> {
        if let Some(over) = showing.over {
            return Some(Stage::Over(over));
        }
        if !showing.consented {
            return Some(Stage::Consent);
        }
        let Some(institution) = &showing.institution else { return Some(Stage::Institutions) };
        let Some(request_id) = &showing.request_id else {
            let by_oauth = institution.by_oauth;
            return Some(if by_oauth { Stage::Bank(institution) } else { Stage::Credentials(institution) });
        };
        let session = self.session(now, request_id)?;
        let chosen = !showing.accounts.is_empty() || !session.selection.is_empty();
        Some(match () {
            () if session.waits_for_mfa() && !session.round().is_empty() => Stage::Questions(session),
            () if showing.parameters.selector.is_some() && !chosen => Stage::Accounts(session),
            () => Stage::End(session),
        })
    }

    /// Whether the widget may be shown with this token. No token has opened an ordinary Connect session, so it always needs
    /// a fresh one.
    fn takes_token(&mut self, now: u64, parameters: &Parameters) -> bool {
        let Some(token) = &parameters.token else { return !self.settings.strict };
        let life = self.settings.token_life_ms;
        let is_the_sessions = || {
            let request_id = parameters.request_id.as_deref();
            request_id.is_some_and(|request_id| self.tokens.has_opened(now, life, token, request_id))
        };
        match self.settings.widget_token {
            WidgetToken::Session if parameters.request_id.is_some() => is_the_sessions(),
            WidgetToken::Either if is_the_sessions() => true,
            WidgetToken::Fresh | WidgetToken::Session | WidgetToken::Either => {
                self.tokens.spend(now, life, token, None)
            }
        }
    }

    /// Whether the widget takes this token beside this `requestId` although it is spent. The doctor then has no finding.
    pub(crate) fn is_sessions_token(&self, now: u64, token: &str, request_id: &str) -> bool {
        self.settings.widget_token != WidgetToken::Fresh
            && self.tokens.has_opened(now, self.settings.token_life_ms, token, request_id)
    }

    pub(crate) fn showing(&self, id: &str) -> Option<&Showing> {
        self.showings.iter().find(|known| known.id == id)
    }

    /// The user of this showing comes back from their bank.
    pub(crate) fn came_back(&mut self, now: u64, showing: &str, came: AtBank) {
        // In the meantime the user may have chosen another institution in the widget.
        let opened = match &came {
            AtBank::Agreed(request_id) => self.session(now, request_id).map(|session| self.institution_of(session)),
            AtBank::Declined | AtBank::Failed(_) => None,
        };
        let Some(showing) = self.showings.iter_mut().find(|known| known.id == showing) else { return };
        if let (AtBank::Agreed(request_id), Some(institution)) = (&came, opened) {
            (showing.request_id, showing.institution) = (Some(request_id.clone()), Some(institution));
        }
        showing.at_bank = Some(came);
        showing.seen_at = showing.seen_at.max(now);
    }

    fn remember(&mut self, showing: &Showing) {
        if let Some(known) = self.showings.iter_mut().find(|known| known.id == showing.id) {
            known.clone_from(showing);
            return;
        }
        if self.showings.len() == MOST_SHOWINGS {
            self.showings.pop_front();
        }
        self.showings.push_back(showing.clone());
    }
}

impl Showing {
    fn new(now: u64, id: String, parameters: Parameters) -> Self {
        Showing {
            id,
            consented: !parameters.consent,
            parameters,
            institution: None,
            is_preset: false,
            request_id: None,
            accounts: Vec::new(),
            failures: 0,
            over: None,
            at_bank: None,
            returned: false,
            seen_at: now,
        }
    }

    pub(crate) fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// <https://docs.flinks.com/docs/flinks-connect-parameters>
    fn may_go_back(&self) -> bool {
        self.parameters.back && self.request_id.is_none() && self.over.is_none()
    }
}

impl Stage<'_> {
    fn takes(&self, form: Form) -> bool {
        match self {
            _ if form == Form::SignedIn => true,
            Stage::Over(_) | Stage::End(_) => false,
            Stage::Consent => form == Form::Consent,
            Stage::Institutions => form == Form::Institution,
            Stage::Credentials(_) => [Form::Credentials, Form::Back, Form::Retry].contains(&form),
            Stage::Bank(_) => [Form::Bank, Form::Back, Form::Retry].contains(&form),
            Stage::Questions(_) => [Form::Answers, Form::Retry].contains(&form),
            Stage::Accounts(_) => form == Form::Accounts,
        }
    }
}
