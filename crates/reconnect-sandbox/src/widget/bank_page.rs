//! The page of a bank that signs in by OAuth. It is not part of the widget, but looks like it.

use super::html::{Field, Input, escape};
use super::page::Page;
use super::parameters::{Parameters, form_target};
use super::showing::Showing;
use super::words::{with, words};
use crate::bank::state::Bank;
use crate::http::{Reply, pair};
use crate::scenario::user::Language;
use crate::trouble::Trouble;

/// The content of the bank's page.
pub(crate) struct BankPage<'a> {
    pub(crate) id: &'a str,
    pub(crate) language: Language,
    /// The bank's name, as people read it.
    pub(crate) title: &'a str,
    /// The app's address to which its form leads in the end; `None` if it leads to the widget.
    pub(crate) forms_to: Option<&'a str>,
    /// Why the name or the password was refused.
    pub(crate) refused: Option<&'a Trouble>,
    pub(crate) typed: &'a str,
    /// Whether there is such a visit.
    pub(crate) is_known: bool,
}

impl<'a> BankPage<'a> {
    /// The page of a visit that is over.
    pub(crate) fn forgotten(id: &'a str) -> Self {
        let (language, title) = (Language::default(), "");
        BankPage { id, language, title, forms_to: None, refused: None, typed: "", is_known: false }
    }
}

impl Bank {
    pub(crate) fn bank_page(&self, now: u64, shown: &BankPage<'_>) -> Reply {
        let text = words(shown.language);
        let parameters = [pair("language", shown.language.code()), pair("headerEnable", "false")];
        // The id is also the nonce of the page, so an unknown one from a request is not used.
        let id = if shown.is_known { shown.id.to_owned() } else { "unknown".to_owned() };
        let showing = Showing::new(now, id, Parameters::read(&parameters));
        if !shown.is_known {
            return self.forgotten(&showing);
        }
        let code = shown.refused.map(|trouble| &*trouble.code);
        let (wrong_name, wrong_password) = (code == Some("INVALID_USERNAME"), code == Some("INVALID_PASSWORD"));
        let (value, lang) = (shown.typed, None);
        let fields = [
            Field { name: "username", label: text.username, input: Input::Username, value, invalid: wrong_name, lang },
            Field {
                name: "password",
                label: text.password,
                input: Input::Password,
                value: "",
                invalid: wrong_password,
                lang,
            },
        ];
        let rows: String =
            fields.iter().enumerate().map(|(index, field)| field.html(index, field.invalid, text)).collect();
        let [user, password] = text.test_user.map(escape);
        // A user who refuses need not fill in the fields.
        let body = format!(
            "<form method=\"post\" action=\"/_bank/{}\">\n{rows}\
             <button class=\"main\" name=\"decision\" value=\"agree\">{}</button>\n\
             <button class=\"quiet\" name=\"decision\" value=\"refuse\" formnovalidate>{}</button>\n</form>\n\
             <p class=\"note\">{user}<br>{password}</p>\n",
            showing.id,
            escape(text.bank_agree),
            escape(text.bank_refuse),
        );
        let page = Page {
            title: with(text.credentials_title, shown.title),
            lead: text.bank_lead.to_owned(),
            alert: shown.refused.map(|trouble| text.of(trouble).0),
            body,
            forms_to: shown.forms_to.and_then(form_target),
            ..self.page(&showing)
        };
        page.reply(200)
    }
}
