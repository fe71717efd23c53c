//! The pages that say why the user cannot go on here, and what they can do.

use serde_json::{Value, json};

use super::events;
use super::html::button;
use super::page::{Mark, Page};
use super::screens::{address, institution_of};
use super::showing::{Over, Showing};
use super::turn::Turn;
use super::words::{Remedy, words};
use crate::bank::state::Bank;
use crate::http::{Reply, Request};
use crate::trouble::Trouble;

impl Bank {
    /// The page of a redirect that stays in the iframe, if the URL named no address. It posts no event and needs no session.
    pub(super) fn result(&self, showing: &Showing) -> Reply {
        let text = words(showing.parameters.language);
        let (title, lead) = (text.end_title.to_owned(), text.end_lead.to_owned());
        Page { mark: Mark::Done, title, lead, ..self.page(showing) }.reply(200)
    }

    /// A refusal after which other input does not help.
    pub(super) fn failed(
        &self,
        showing: &Showing,
        mut said: Vec<Value>,
        trouble: &Trouble,
        lead: &str,
        remedy: Remedy,
    ) -> Reply {
        let text = words(showing.parameters.language);
        said.push(events::refused(trouble, showing.request_id.as_ref(), institution_of(showing)));
        let mut body = String::new();
        let title = match remedy {
            Remedy::AtTheBank => text.at_bank_title,
            Remedy::Again | Remedy::Later => {
                body.push_str(&button(&address(showing, "/retry"), text.try_again, "main"));
                text.later_title
            }
        };
        if showing.may_go_back() {
            body.push_str(&button(&address(showing, "/back"), text.other_institution, "quiet"));
        }
        let (title, lead) = (title.to_owned(), lead.to_owned());
        Page { mark: Mark::Attention, title, lead, body, events: said, ..self.page(showing) }.reply(200)
    }

    pub(super) fn over(&self, showing: &Showing, events: Vec<Value>, over: Over) -> Reply {
        let text = words(showing.parameters.language);
        let (mark, [title, lead]) = match over {
            Over::Denied => (Mark::Left, text.denied),
            Over::NoMoreTries => (Mark::Attention, text.no_more_tries),
        };
        Page { mark, title: title.to_owned(), lead: lead.to_owned(), events, ..self.page(showing) }.reply(200)
    }

    /// The session ended with this form, or before it.
    pub(super) fn ended_by(&self, showing: &Showing, turn: Turn) -> Reply {
        let refusal = turn.refused();
        let refusal =
            refusal.map(|trouble| events::refused(trouble, showing.request_id.as_ref(), institution_of(showing)));
        let said = if refusal.is_some() { turn.events } else { Vec::new() };
        self.gone(showing, said.into_iter().chain(refusal).collect())
    }

    /// The `requestId` is unknown or has ended. No source has an event for it, so it posts none of its own.
    pub(super) fn gone(&self, showing: &Showing, events: Vec<Value>) -> Reply {
        self.notice(showing, 400, words(showing.parameters.language).session_over, events)
    }

    /// The step is not documented; integrators rely on it to mint another token and load the page again.
    pub(super) fn token_invalid(&self, request: &Request, showing: &Showing) -> Reply {
        let event = events::bare("TOKEN_INVALID");
        if request.wants_json() {
            return Reply::of_json(401, &json!({"event": event, "redirectUrl": null}));
        }
        self.notice(showing, 401, words(showing.parameters.language).token_invalid, vec![event])
    }

    pub(super) fn bad_redirect(&self, showing: &Showing) -> Reply {
        self.notice(showing, 400, words(showing.parameters.language).bad_redirect, Vec::new())
    }

    pub(super) fn unknown_institution(&self, showing: &Showing) -> Reply {
        self.notice(showing, 404, words(showing.parameters.language).unknown_institution, Vec::new())
    }

    pub(super) fn forgotten(&self, showing: &Showing) -> Reply {
        self.notice(showing, 404, words(showing.parameters.language).forgotten, Vec::new())
    }

    pub(super) fn too_long(&self, showing: &Showing, status: u16) -> Reply {
        self.notice(showing, status, words(showing.parameters.language).too_long, Vec::new())
    }

    fn notice(&self, showing: &Showing, status: u16, text: [&str; 2], events: Vec<Value>) -> Reply {
        let [title, lead] = text.map(str::to_owned);
        Page { mark: Mark::Attention, title, lead, events, ..self.page(showing) }.reply(status)
    }
}
