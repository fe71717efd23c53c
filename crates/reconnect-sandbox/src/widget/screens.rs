//! The page of each step.

use serde_json::{Value, json};

use super::events;
use super::html::{Field, Input, button, escape, form};
use super::page::{Mark, Page};
use super::redirect::Ending;
use super::showing::{Institution, Showing};
use super::stage::Stage;
use super::turn::{News, Turn};
use super::words::list::Words;
use super::words::{Remedy, with, words};
use crate::bank::session::Session;
use crate::bank::state::Bank;
use crate::http::{Reply, Request};
use crate::scenario::question::{AnswerKind, Question};
use crate::trouble::Trouble;

impl Bank {
    /// The page of the current step. A request with `Accept: application/json` gets the last page as JSON.
    pub(super) fn render(&self, now: u64, request: &Request, showing: &Showing, turn: Turn) -> Reply {
        let Some(stage) = self.stage(now, showing) else { return self.ended_by(showing, turn) };
        let text = words(showing.parameters.language);
        if let News::Refused(trouble) = &turn.news {
            let (lead, remedy) = text.of(trouble);
            if remedy != Remedy::Again {
                let trouble = trouble.clone();
                return self.failed(showing, turn.events, &trouble, lead, remedy);
            }
        }
        match stage {
            Stage::Over(over) => self.over(showing, turn.events, over),
            Stage::Consent => self.ask_consent(showing, turn),
            Stage::Institutions => self.list_institutions(showing, turn),
            Stage::Credentials(institution) => self.ask_credentials(showing, turn, institution),
            Stage::Bank(institution) => self.send_to_bank(showing, turn, institution),
            Stage::Questions(session) => self.ask_questions(showing, turn, session),
            Stage::Accounts(session) => self.list_accounts(showing, turn, session),
            Stage::End(session) => {
                let ending = Ending::of(session, &showing.accounts, &showing.parameters);
                if request.wants_json() {
                    return Reply::of_json(200, &json!({"event": ending.event, "redirectUrl": ending.url}));
                }
                self.end(showing, turn.events, ending)
            }
        }
    }

    fn ask_consent(&self, showing: &Showing, turn: Turn) -> Reply {
        let parameters = &showing.parameters;
        let text = words(parameters.language);
        let name = parameters.customer_name.as_deref().unwrap_or(text.this_app);
        let more = parameters.consent_title.as_deref().unwrap_or_default();
        let lines: String = text.consent_lines.iter().map(|line| format!("<li>{}</li>\n", escape(line))).collect();
        let alert = matches!(turn.news, News::Unfilled).then_some(text.terms_needed);
        let told = if alert.is_some() { " aria-invalid=\"true\" aria-describedby=\"alert\" autofocus" } else { "" };
        let terms = parameters.terms_url.as_ref().map(|url| {
            let (url, read, agree) = (escape(url), escape(text.terms), escape(text.agree_to_terms));
            let click = "{&quot;step&quot;:&quot;COMPONENT_CLICK_TERMS_URL&quot;}";
            let link = format!("<p><a href=\"{url}\" target=\"_blank\" rel=\"noopener\" data-event=\"{click}\">{read}</a></p>\n");
            let checkbox = format!(
                "<label class=\"choice\"><input name=\"terms\" type=\"checkbox\" value=\"accepted\"{told}> <span>{agree}</span></label>\n"
            );
            link + if parameters.terms_checkbox { &checkbox } else { "" }
        });
        let body = format!(
            "<ul class=\"lines\">\n{lines}</ul>\n<form method=\"post\" action=\"{}\">\n{}\
             <button class=\"main\" name=\"consent\" value=\"accept\">{}</button>\n\
             <button class=\"quiet\" name=\"consent\" value=\"deny\">{}</button>\n</form>\n",
            address(showing, "/consent"),
            terms.unwrap_or_default(),
            escape(text.accept),
            escape(text.deny),
        );
        let page = Page {
            title: format!("{} {more}", with(text.consent_title, name)).trim_end().to_owned(),
            lead: text.consent_lead.to_owned(),
            alert,
            body,
            events: said(turn, events::bare("COMPONENT_LOAD_CONSENT"), None),
            ..self.step(showing, "consent")
        };
        page.reply(200)
    }

    fn ask_credentials(&self, showing: &Showing, turn: Turn, institution: &Institution) -> Reply {
        let text = words(showing.parameters.language);
        let (refused, unfilled) = (turn.refused(), matches!(turn.news, News::Unfilled));
        let code = refused.map(|trouble| &*trouble.code);
        let typed = turn.typed.clone();
        let wrong_name = unfilled && typed.is_empty() || code.is_some_and(|code| code != "INVALID_PASSWORD");
        let wrong_password = unfilled && !typed.is_empty() || code.is_some_and(|code| code != "INVALID_USERNAME");
        let (name, secret, lang) = (text.username, text.password, None);
        let fields = [
            Field { name: "username", label: name, input: Input::Username, value: &typed, invalid: wrong_name, lang },
            Field { name: "password", label: secret, input: Input::Password, value: "", invalid: wrong_password, lang },
        ];
        let mut body = form(&address(showing, "/credentials"), &fields, text.connect, text);
        if showing.may_go_back() {
            body.push_str(&button(&address(showing, "/back"), text.other_institution, "quiet"));
        }
        let [user, password] = text.test_user.map(escape);
        body.push_str(&format!("<p class=\"note\">{user}<br>{password}</p>\n"));
        let loaded = events::of("COMPONENT_LOAD_CREDENTIAL", &institution.name);
        let again = events::of("COMPONENT_LOAD_CREDENTIAL_RETRY", &institution.name);
        let refusal = refused.map(|trouble| events::refused(trouble, None, &institution.name));
        let page = Page {
            title: with(text.credentials_title, &institution.title),
            lead: text.credentials_lead.to_owned(),
            alert: turn.alert(text),
            body,
            events: said(turn, loaded, Some((refusal, again))),
            ..self.step(showing, "credentials")
        };
        page.reply(200)
    }

    /// No source has an event for this page.
    fn send_to_bank(&self, showing: &Showing, turn: Turn, institution: &Institution) -> Reply {
        let text = words(showing.parameters.language);
        // Without script the bank's page replaces the widget, in the frame or in the whole window.
        let how = if showing.parameters.oauth_in_window { "target=\"_top\"" } else { "data-popup" };
        let mut body = format!(
            "<form method=\"post\" action=\"{}\" {how}>\n<button class=\"main\">{}</button>\n</form>\n",
            address(showing, "/bank"),
            escape(&with(text.to_bank, &institution.title)),
        );
        if showing.may_go_back() {
            body.push_str(&button(&address(showing, "/back"), text.other_institution, "quiet"));
        }
        let page = Page {
            title: with(text.credentials_title, &institution.title),
            lead: text.to_bank_lead.to_owned(),
            alert: turn.alert(text),
            body,
            events: turn.events,
            ..self.step(showing, "credentials")
        };
        page.reply(200)
    }

    fn ask_questions(&self, showing: &Showing, turn: Turn, session: &Session) -> Reply {
        let text = words(showing.parameters.language);
        let round = session.round();
        let invalid = turn.alert(text).is_some();
        // The prompts are in the login's language, which may not be the page's.
        let prompts = self.language_of(session);
        let lang = (prompts != showing.parameters.language).then_some(prompts.code());
        let fields: Vec<Field<'_>> = round.iter().map(|question| field_of(question, invalid, lang)).collect();
        let elsewhere = fields.iter().all(|field| matches!(field.input, Input::Elsewhere));
        let ready = if elsewhere { text.done_elsewhere } else { text.next };
        let mut body = form(&address(showing, ""), &fields, ready, text);
        let answers: Vec<String> =
            round.iter().map(|question| question.test_answer()).filter(|hint| !hint.is_empty()).collect();
        if !answers.is_empty() {
            let (summary, answers) = (escape(text.test_answers), escape(&answers.join(" · ")));
            let code = prompts.code();
            body.push_str(&format!(
                "<details><summary>{summary}</summary><p lang=\"{code}\">{answers}</p></details>\n"
            ));
        }
        let institution = institution_of(showing);
        let is_first = self.settings.early_request_id && showing.parameters.request_id.is_none();
        let early = showing.request_id().filter(|_| is_first);
        let loaded = events::questions_loaded(round, institution, early);
        let again = events::of("COMPONENT_LOAD_MFA_RETRY", institution);
        let refusal = turn.refused().map(|trouble| events::refused(trouble, showing.request_id.as_ref(), institution));
        let page = Page {
            title: text.question_title.to_owned(),
            lead: if elsewhere { "" } else { text.question_lead }.to_owned(),
            alert: turn.alert(text),
            body,
            events: said(turn, loaded, Some((refusal, again))),
            ..self.step(showing, "questions")
        };
        page.reply(200)
    }

    fn end(&self, showing: &Showing, mut events: Vec<Value>, ending: Ending) -> Reply {
        let text = words(showing.parameters.language);
        events.push(ending.event);
        let next = ending.next.as_deref();
        let lead = if next.is_some() { text.end_going_on } else { text.end_lead };
        // A user without script goes on by this link.
        let target = if showing.parameters.inner_redirect { "" } else { " target=\"_top\"" };
        let link = |url| format!("<a class=\"main\" href=\"{}\"{target}>{}</a>\n", escape(url), escape(text.go_on));
        let page = Page {
            mark: Mark::Done,
            title: text.end_title.to_owned(),
            lead: lead.to_owned(),
            body: next.map(link).unwrap_or_default(),
            events,
            next,
            ..self.page(showing)
        };
        page.reply(200)
    }

    /// A page that counts among the steps of this showing.
    pub(super) fn step<'a>(&self, showing: &'a Showing, named: &str) -> Page<'a> {
        let parameters = &showing.parameters;
        let first = parameters.request_id.is_none();
        let steps = [
            ("consent", first && parameters.consent),
            ("institution", first && !showing.is_preset),
            ("credentials", first),
            ("questions", true),
            ("accounts", parameters.selector.is_some() && parameters.selection.is_empty()),
        ];
        let mut taken = steps.iter().filter(|(_, is_taken)| *is_taken).map(|(step, _)| *step);
        let of = taken.clone().count();
        let at = taken.position(|step| step == named).map_or(of, |at| at + 1);
        Page { progress: (of > 1).then_some((at, of)), ..self.page(showing) }
    }

    pub(super) fn page<'a>(&self, showing: &'a Showing) -> Page<'a> {
        let anyone = (!self.settings.strict).then_some("*");
        Page {
            showing,
            target_origin: showing.parameters.target_origin().or(anyone.map(str::to_owned)),
            institution: showing.institution.as_ref().map(|institution| institution.name.as_str()),
            progress: None,
            mark: Mark::None,
            title: String::new(),
            lead: String::new(),
            alert: None,
            body: String::new(),
            events: Vec::new(),
            next: None,
            forms_to: None,
        }
    }
}

impl Turn {
    pub(super) fn refused(&self) -> Option<&Trouble> {
        match &self.news {
            News::Refused(trouble) => Some(trouble),
            News::Arrived | News::Again | News::Same | News::Unfilled | News::Declined => None,
        }
    }

    fn alert(&self, words: &Words) -> Option<&'static str> {
        match &self.news {
            News::Refused(trouble) => Some(words.of(trouble).0),
            News::Unfilled => Some(words.unfilled),
            News::Declined => Some(words.declined),
            News::Arrived | News::Again | News::Same => None,
        }
    }
}

/// The events that a page posts: first those of the form before it, then its own.
pub(super) fn said(turn: Turn, loaded: Value, again: Option<(Option<Value>, Value)>) -> Vec<Value> {
    let mut said = turn.events;
    match (turn.news, again) {
        (News::Arrived, _) | (News::Again | News::Refused(_), None) => said.push(loaded),
        (News::Again | News::Refused(_), Some((refusal, again))) => {
            said.extend(refusal);
            said.push(again);
        }
        (News::Same | News::Unfilled | News::Declined, _) => {}
    }
    said
}

pub(super) fn address(showing: &Showing, form: &str) -> String {
    format!("/_widget/{}{form}", showing.id)
}

pub(super) fn institution_of(showing: &Showing) -> &str {
    showing.institution.as_ref().map(|institution| institution.name.as_str()).unwrap_or_default()
}

/// If the user chooses one of several questions, each has an input, and all but one stay empty.
fn field_of<'a>(question: &'a Question, invalid: bool, lang: Option<&'a str>) -> Field<'a> {
    let choices = || question.choices.iter().map(AsRef::as_ref).collect();
    let input = match question.answer_kind {
        AnswerKind::Text if question.is_chosen() => Input::OneText(choices()),
        AnswerKind::Text => Input::Text,
        AnswerKind::OneChoice => Input::OneOf(choices()),
        AnswerKind::SeveralChoices => Input::SomeOf(choices()),
        AnswerKind::SeveralPictures => Input::Images(choices()),
        AnswerKind::Unknown => Input::Elsewhere,
    };
    let prompt = AsRef::<str>::as_ref(&question.prompt);
    Field { name: prompt, label: prompt, input, value: "", invalid, lang }
}
