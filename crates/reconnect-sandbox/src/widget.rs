//! Flinks Connect, as far as the documentation tells: its pages, its forms, its events and the redirect.
//!
//! Each step is one page with a plain HTML form. The script posts the events and adds comfort; a user without script gets
//! through by the links. On a Reconnect the first page is the question that the session waits for.
//!
//! <https://docs.flinks.com/guides/connect/resume-and-reconnect>,
//! <https://docs.flinks.com/guides/connect/flinks-connect/widget>.

pub(crate) mod bank_page;
mod events;
mod html;
mod known;
mod lists;
mod notices;
mod page;
pub(crate) mod parameters;
pub(crate) mod redirect;
mod screens;
pub(crate) mod showing;
mod stage;
pub(crate) mod turn;
mod words;

use self::parameters::Parameters;
use self::showing::{AtBank, Showing};
use self::turn::{Form, News, Turn};
use crate::bank::state::Bank;
use crate::http::{LONGEST_FORM, Reply, Request, read_pairs};
use crate::settings::choices::WidgetToken;

/// How many showings are remembered. Each is a page that a user may still submit.
const MOST_SHOWINGS: usize = 256;

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
        let is_long = request.query().len() > LONGEST_FORM;
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
        if request.body.len() > LONGEST_FORM {
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
