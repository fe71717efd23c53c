//! The two pages with a list: of institutions, and of accounts.

use super::events;
use super::html::escape;
use super::page::{Mark, Page};
use super::screens::{address, said};
use super::showing::{Institution, Showing};
use super::turn::{News, Turn};
use super::words::list::Words;
use super::words::{with, words};
use crate::bank::accounts::Choice;
use crate::bank::session::Session;
use crate::bank::state::Bank;
use crate::http::Reply;

impl Bank {
    pub(super) fn list_institutions(&self, showing: &Showing, turn: Turn) -> Reply {
        let text = words(showing.parameters.language);
        let wanted = turn.typed.trim().to_lowercase();
        let fits = |institution: &Institution| institution.title.to_lowercase().contains(&wanted);
        let shown: Vec<Institution> = self.institutions_shown().into_iter().filter(fits).collect();
        let search = format!(
            "<label for=\"search\">{}</label>\n<div class=\"row\"><input id=\"search\" name=\"search\" type=\"search\" \
             autocomplete=\"off\" value=\"{}\"><button class=\"quiet\">{}</button></div>\n",
            escape(text.search),
            escape(turn.typed.trim()),
            escape(text.find),
        );
        let items: String = shown.iter().map(item).collect();
        let body = format!(
            "<form method=\"post\" action=\"{}\">\n{}<ul class=\"list\">\n{items}</ul>\n\
             <p role=\"status\" data-none=\"{}\"></p>\n</form>\n",
            address(showing, "/institution"),
            if showing.parameters.filter { &search } else { "" },
            escape(text.no_institution),
        );
        let page = Page {
            title: text.institutions_title.to_owned(),
            lead: text.institutions_lead.to_owned(),
            alert: shown.is_empty().then_some(text.no_institution),
            body,
            events: said(turn, events::institutions_loaded(), None),
            ..self.step(showing, "institution")
        };
        page.reply(200)
    }

    pub(super) fn list_accounts(&self, showing: &Showing, turn: Turn, session: &Session) -> Reply {
        let text = words(showing.parameters.language);
        let (shown, total) = self.accounts_to_choose(session, &showing.parameters);
        let selector = showing.parameters.selector.as_ref();
        let several = selector.is_some_and(|selector| selector.multiple);
        let titles = selector.is_some_and(|selector| selector.titles);
        let lead = if several { text.accounts_lead } else { text.account_lead };
        let unfilled = matches!(turn.news, News::Unfilled);
        let events = said(turn, events::accounts_loaded(total, shown.len()), None);
        let page = Page {
            title: text.accounts_title.to_owned(),
            lead: lead.to_owned(),
            events,
            ..self.step(showing, "accounts")
        };
        if shown.is_empty() {
            return Page { lead: text.no_account.to_owned(), mark: Mark::Attention, ..page }.reply(200);
        }
        let mut rows: String = shown.iter().map(|account| row(account, several, titles, text)).collect();
        if unfilled {
            rows = rows.replacen("<input ", "<input autofocus ", 1);
        }
        let body = format!(
            "<form method=\"post\" action=\"{}\">\n<fieldset{}>\n<legend>{}</legend>\n{rows}</fieldset>\n\
             <button class=\"main\">{}</button>\n</form>\n",
            address(showing, "/accounts"),
            if unfilled { " aria-describedby=\"alert\"" } else { "" },
            escape(if several { text.accounts_lead } else { text.account_lead }),
            escape(text.next),
        );
        let needed = if several { text.account_needed } else { text.one_account };
        Page { lead: String::new(), alert: unfilled.then_some(needed), body, ..page }.reply(200)
    }
}

fn item(institution: &Institution) -> String {
    let (name, title) = (escape(&institution.name), escape(&institution.title));
    let initials: String = institution.title.split(' ').filter_map(|word| word.chars().next()).take(2).collect();
    format!(
        "<li class=\"item\" data-title=\"{title}\"><button name=\"institution\" value=\"{name}\">\
         <i aria-hidden=\"true\">{}</i><span>{title}</span></button></li>\n",
        escape(&initials)
    )
}

fn row(account: &Choice, several: bool, titles: bool, text: &Words) -> String {
    let (kind, needed) = if several { ("checkbox", "") } else { ("radio", " required") };
    let title = escape(if titles { &account.title } else { text.account });
    let more = format!("{} · {}", with(text.last_four, &account.last_four), account.currency);
    let (id, more) = (escape(&account.id), escape(&more));
    format!(
        "<label class=\"choice\"><input name=\"accountId\" type=\"{kind}\" value=\"{id}\"{needed}> \
         <span>{title}<small>{more}</small></span></label>\n"
    )
}
