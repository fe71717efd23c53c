//! Flinks Connect as far as Reconnect needs it: the page, its forms, its events and the redirect.
//!
//! <https://docs.flinks.com/guides/connect/resume-and-reconnect>,
//! <https://docs.flinks.com/guides/connect/flinks-connect/widget>.

mod finish;
mod page;
mod words;

use serde_json::{Value, json};

use self::finish::Wishes;
use self::page::{Field, Input, Page};
use self::words::words;
use crate::bank::{Answered, Bank, LAST_WRONG_ANSWER, MOST, Trouble};
use crate::http::{Reply, Request, read_pairs};
use crate::scenario::Question;

pub(crate) use self::finish::event_without_url;

/// One showing of the widget: what its URL asked for, and the session it works on.
#[derive(Clone)]
pub(crate) struct Showing {
    id: String,
    wishes: Wishes,
    /// None until the credentials of a first connection are taken.
    request_id: Option<String>,
    started_at: u64,
}

impl Bank {
    /// GET on the widget's address. `/` and `/v2/` are one page, `Credential/{institution}` presets the institution;
    /// a help article prints a double slash before it.
    pub(crate) fn show(&mut self, now: u64, request: &Request, segments: &[&str]) -> Reply {
        let plain: Vec<&str> = segments.iter().copied().filter(|segment| !segment.is_empty()).collect();
        match plain.as_slice() {
            [] | ["v2"] => {}
            ["Credential", institution] | ["v2", "Credential", institution]
                if self.settings.scenario.institution(institution).is_some() => {}
            _ => return Reply::not_found(),
        }
        if request.method != "GET" {
            return Reply::wrong_method();
        }
        let wishes = Wishes::read(&read_pairs(request.query()));
        let mut showing = Showing { id: self.next_id("showing"), wishes, request_id: None, started_at: now };
        let token_is_good = match &showing.wishes.token {
            Some(token) => self.tokens.spend(now, self.settings.token_life_ms, token, None),
            None => !self.settings.strict,
        };
        if !token_is_good {
            return self.token_invalid(request, &showing);
        }
        if showing.wishes.redirect_is_bad() {
            return self.notice(&showing, 400, words(showing.wishes.language).bad_redirect);
        }
        showing.request_id = showing.wishes.request_id.clone();
        if let Some(request_id) = &showing.request_id {
            let selection = showing.wishes.selection.clone();
            let Some(session) = self.session_mut(now, request_id) else { return self.gone(&showing) };
            session.touch(now);
            if !selection.is_empty() {
                session.selection = selection;
            }
        }
        self.forget_showings();
        self.showings.insert(showing.id.clone(), showing.clone());
        self.render(now, request, &showing, None)
    }

    /// Where there are too many, the oldest tenth goes: their pages are closed long since.
    fn forget_showings(&mut self) {
        if self.showings.len() < MOST {
            return;
        }
        let mut oldest: Vec<_> =
            self.showings.values().map(|showing| (showing.started_at, showing.id.clone())).collect();
        oldest.sort_unstable();
        for (_, id) in oldest.iter().take(MOST / 10) {
            self.showings.remove(id);
        }
    }

    /// POST of a form: credentials, or the answer to a question.
    pub(crate) fn submit(&mut self, now: u64, request: &Request, showing: &str) -> Reply {
        let Some(mut showing) = self.showings.get(showing).cloned() else { return Reply::not_found() };
        if request.method != "POST" {
            return Reply::wrong_method();
        }
        let fields = read_pairs(&String::from_utf8_lossy(&request.body));
        let trouble = match showing.request_id.clone() {
            Some(request_id) => match self.take_answers(now, &request_id, &typed(&fields)) {
                Some(Answered::Asks | Answered::Passed) => None,
                Some(Answered::Refused(trouble)) if trouble == LAST_WRONG_ANSWER => {
                    return self.no_more_tries(&showing);
                }
                Some(Answered::Refused(trouble)) => Some(trouble),
                None => return self.gone(&showing),
            },
            None if now >= showing.started_at.saturating_add(self.settings.request_life_ms) => {
                return self.gone(&showing);
            }
            None => match self.log_in_from(now, &showing, &fields) {
                Ok(request_id) => {
                    showing.request_id = Some(request_id);
                    self.showings.insert(showing.id.clone(), showing.clone());
                    None
                }
                Err(trouble) => Some(trouble),
            },
        };
        self.render(now, request, &showing, trouble)
    }

    fn log_in_from(&mut self, now: u64, showing: &Showing, fields: &[(String, String)]) -> Result<String, Trouble> {
        let field = |name: &str| {
            let mut named = fields.iter().filter(|(given, _)| given == name);
            named.next().map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let wishes = &showing.wishes;
        let (username, password) = (field("username"), field("password"));
        let who = self.who(None, username, wishes.language)?;
        self.log_in(now, who, password, wishes.tag.clone(), true)
    }

    /// The page that fits where the session stands: credentials, a question, or the end.
    fn render(&self, now: u64, request: &Request, showing: &Showing, trouble: Option<Trouble>) -> Reply {
        let Some(request_id) = &showing.request_id else { return self.ask_credentials(showing, trouble) };
        let Some(session) = self.session(now, request_id) else { return self.gone(showing) };
        let round = session.round();
        if round.is_empty() {
            let (event, url) = finish::finish(session, &showing.wishes);
            if request.wants_json() {
                return Reply::of_json(200, &json!({"event": event, "redirectUrl": url}));
            }
            return self.end(showing, &event, url.as_deref());
        }
        let text = words(showing.wishes.language);
        let institution = &session.institution().name;
        let event = match &trouble {
            None => json!({
                "step": "COMPONENT_LOAD_MFA",
                "mfaTypes": round.iter().map(|question| &question.kind).collect::<Vec<_>>(),
                "institution": institution,
            }),
            Some(trouble) => api_event(trouble, Some(request_id), institution),
        };
        let fields: Vec<Field<'_>> = round.iter().flat_map(|question| fields_of(question)).collect();
        let page = Page {
            title: text.question_title,
            lead: text.question_lead,
            message: trouble.as_ref().map(|trouble| text.of(trouble)),
            fields: &fields,
            button: text.next,
            ..self.page(showing)
        };
        page.reply(200, Some(&event))
    }

    fn ask_credentials(&self, showing: &Showing, trouble: Option<Trouble>) -> Reply {
        let text = words(showing.wishes.language);
        let institution = &self.settings.scenario.default_institution().name;
        let event = match &trouble {
            None => json!({"step": "COMPONENT_LOAD_CREDENTIAL", "institution": institution}),
            Some(trouble) => api_event(trouble, None, institution),
        };
        let fields = [
            Field { name: "username", label: text.username, input: Input::Text },
            Field { name: "password", label: text.password, input: Input::Secret },
        ];
        let page = Page {
            title: text.credentials_title,
            lead: text.credentials_lead,
            message: trouble.as_ref().map(|trouble| text.of(trouble)),
            fields: &fields,
            button: text.connect,
            ..self.page(showing)
        };
        page.reply(200, Some(&event))
    }

    fn end(&self, showing: &Showing, event: &Value, url: Option<&str>) -> Reply {
        let text = words(showing.wishes.language);
        let page = Page { title: text.end_title, lead: text.end_lead, next: url, ..self.page(showing) };
        page.reply(200, Some(event))
    }

    /// The step is not documented; integrators rely on it to mint another token and load the page again.
    fn token_invalid(&self, request: &Request, showing: &Showing) -> Reply {
        let event = json!({"step": "TOKEN_INVALID"});
        if request.wants_json() {
            return Reply::of_json(401, &json!({"event": event, "redirectUrl": null}));
        }
        let text = words(showing.wishes.language);
        let page = Page { title: text.sorry, lead: text.token_invalid, ..self.page(showing) };
        page.reply(401, Some(&event))
    }

    /// The `requestId` is unknown or has ended. No source says which event goes with it, so there is none.
    fn gone(&self, showing: &Showing) -> Reply {
        self.notice(showing, 400, words(showing.wishes.language).session_over)
    }

    /// The event is not documented; integrators take it for the end.
    fn no_more_tries(&self, showing: &Showing) -> Reply {
        let text = words(showing.wishes.language);
        let institution = &self.settings.scenario.default_institution().name;
        let page = Page { title: text.sorry, lead: text.no_more_tries, ..self.page(showing) };
        page.reply(200, Some(&json!({"step": "MAXIMUM_RETRY_REACHED", "institution": institution})))
    }

    fn notice(&self, showing: &Showing, status: u16, lead: &str) -> Reply {
        let page = Page { title: words(showing.wishes.language).sorry, lead, ..self.page(showing) };
        page.reply(status, None)
    }

    fn page<'a>(&self, showing: &'a Showing) -> Page<'a> {
        let anyone = (!self.settings.strict).then_some("*");
        Page {
            showing: &showing.id,
            wishes: &showing.wishes,
            target_origin: showing.wishes.target_origin().or(anyone.map(str::to_owned)),
            title: "",
            lead: "",
            message: None,
            fields: &[],
            button: "",
            next: None,
        }
    }
}

/// What a form says: a name that stands there several times has several values, and a field that was left empty none.
pub(crate) fn typed(fields: &[(String, String)]) -> Vec<(String, Vec<String>)> {
    let mut typed: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        match typed.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value.clone()),
            None => typed.push((name.clone(), vec![value.clone()])),
        }
    }
    typed
}

/// The inputs for a question. Where the user chooses one of several, each has an input, and all but one stay empty.
fn fields_of(question: &Question) -> Vec<Field<'_>> {
    let (name, label) = (question.prompt.as_str(), question.prompt.as_str());
    if question.is_chosen() {
        return question
            .choices
            .iter()
            .map(|choice| Field { name: choice, label: choice, input: Input::Optional })
            .collect();
    }
    let input = match question.kind.as_str() {
        "MultipleChoice" | "TextOrCall" => Input::OneOf(&question.choices),
        "MultipleChoiceMultipleAnswers" => Input::SomeOf(&question.choices),
        "ImageSelection" => Input::Images(&question.choices),
        "QuestionAndAnswer" => Input::Text,
        _ => Input::Done,
    };
    vec![Field { name, label, input }]
}

/// The old form of an error event, the only one whose keys are printed:
/// <https://help.flinks.com/support/solutions/articles/43000436171-event-listener>.
fn api_event(trouble: &Trouble, request_id: Option<&String>, institution: &str) -> Value {
    json!({"requestId": request_id, "flinksCode": trouble.code, "institution": institution})
}
