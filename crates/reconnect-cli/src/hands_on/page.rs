//! The page: one document, whose parts are also sent alone, so that the widget's frame stays where it is.

use super::{
    cards,
    desk::Case,
    diagram,
    view::{Next, View},
    words::Language,
};
use crate::clock::time_of;
use reconnect_core::connect::WidgetUrl;
use serde_json::{Value, json};

pub(super) struct Page<'a> {
    pub(super) view: View,
    pub(super) language: Language,
    /// The widget's origin: messages from elsewhere are foreign.
    pub(super) widget: &'a str,
}

impl Page<'_> {
    /// The whole document. `url` is there for who may show the widget now.
    pub(super) fn whole(&self, url: Option<&WidgetUrl>, origin: &str) -> String {
        let parts = self.parts(url, origin);
        let part = |name: &str| parts["parts"][name].as_str().unwrap_or_default().to_owned();
        let (code, widget, pick) =
            (self.language.code(), self.widget, |english, french| self.language.pick(english, french));
        let titled = |id: &str, title: &str, more: &str| {
            format!(
                "<section aria-labelledby=\"{id}-title\"><h2 id=\"{id}-title\">{title}</h2>{more}<div id=\"part-{id}\">{}</div></section>",
                part(id)
            )
        };
        let app = [
            titled("choices", pick("How does the user come back?", "Comment l’utilisateur revient-il\u{202f}?"), ""),
            format!(
                "<section aria-labelledby=\"status-title\" class=\"status\"><h2 id=\"status-title\">{}</h2>\
                 <div id=\"part-status\" role=\"status\" aria-live=\"polite\" tabindex=\"-1\">{}</div>\
                 <div id=\"part-actions\">{}</div></section>",
                pick("What to do next", "Que faire ensuite"),
                part("status"),
                part("actions")
            ),
            format!(
                "<section aria-label=\"{}\"><div id=\"part-widget\">{}</div><div id=\"part-accounts\">{}</div></section>",
                pick("What the user sees", "Ce que voit l’utilisateur"),
                part("widget"),
                part("accounts")
            ),
        ];
        let behind = [
            titled("diagram", pick("Where the session is", "Où en est la session"), ""),
            titled("leases", pick("What expires, and when", "Ce qui expire, et quand"), ""),
            titled("events", pick("Window messages", "Messages entre fenêtres"), &cards::forging(self.language)),
            titled("calls", pick("API calls", "Appels de l’API"), &cards::keys(self.language)),
        ];
        let later = pick("later on the sandbox’s clock", "plus tard à l’heure simulée");
        let time = |minutes: u8| {
            let (id, action) = (format!("time-{minutes}"), format!("/time/{minutes}"));
            let text = format!("+{minutes}&nbsp;min");
            cards::button(&id, &action, self.language, &text, &format!(" aria-label=\"+{minutes} min, {later}\""))
        };
        let other = self.language.pick(("fr", "Français"), ("en", "English"));
        format!(
            "<!DOCTYPE html>\n<html lang=\"{code}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
             <link rel=\"stylesheet\" href=\"/style.css\">\n<link rel=\"icon\" href=\"data:,\">\n{reload}\
             <script src=\"/script.js\" defer></script>\n<script type=\"module\" src=\"/element.js\"></script>\n</head>\n<body data-widget=\"{widget}\">\n\
             <header><div class=\"wide\"><div><h1>{title}</h1><p>{lead}</p></div>\
             <div class=\"tools\"><div class=\"clock\"><span id=\"part-clock\">{clock}</span>{one}{eight}</div>\
             <a id=\"language\" href=\"/?lang={other_code}\" lang=\"{other_code}\" hreflang=\"{other_code}\">{other_name}</a></div></div></header>\n\
             <main class=\"wide\">\n<div class=\"app\">\n<p class=\"eyebrow\">{app_title}</p>\n{app}</div>\n\
             <div class=\"behind\">\n<p class=\"eyebrow\">{behind_title}</p>\n{behind}</div>\n</main>\n\
             <footer><p class=\"wide\">{footer}</p></footer>\n</body>\n</html>\n",
            title = pick("Flinks Reconnect, hands on", "Flinks Reconnect, à vous de jouer"),
            lead = pick(
                "You play the end user of an app like yours, and see what its server does meanwhile.",
                "Vous jouez l’utilisateur d’une application comme la vôtre, et voyez ce que fait son serveur."
            ),
            reload = self.reload(),
            clock = part("clock"),
            one = time(1),
            eight = time(8),
            other_code = other.0,
            other_name = other.1,
            app_title = pick("Your app", "Votre application"),
            app = app.concat(),
            behind_title = pick("Behind the scenes", "En coulisses"),
            behind = behind.concat(),
            footer = pick(
                "A sandbox on this machine, with test data only. Keys stay on the server; ids are shown shortened.",
                "Un bac à sable sur cette machine, avec des données d’essai seulement. Les clés restent sur le serveur\u{202f}; les identifiants sont abrégés."
            ),
        )
    }

    /// Each part by its id, and the number of the showing.
    pub(super) fn parts(&self, url: Option<&WidgetUrl>, origin: &str) -> Value {
        let (view, language) = (&self.view, self.language);
        let clock = format!(
            "{} <time id=\"clock\" data-now=\"{}\">{}</time> UTC",
            language.pick("Sandbox time", "Heure simulée"),
            view.now.as_millis(),
            time_of(view.now)
        );
        json!({
            "showing": view.scene.shown.as_ref().map(|shown| shown.number),
            "parts": {
                "clock": clock,
                "choices": Case::ALL.map(|case| cards::choice(case, view.scene.case == Some(case), language)).concat(),
                "status": cards::status(view, language),
                "actions": cards::actions(view, language),
                "widget": cards::widget(view, language, url, origin),
                "accounts": cards::accounts(view, language),
                "diagram": diagram::svg(view.stage, &view.scene.visited, view.is_failed, language),
                "leases": cards::leases(view, language),
                "events": cards::events(view, language),
                "calls": cards::calls(view, language),
            }
        })
    }

    /// Without script the page asks again by itself, while something is under way.
    fn reload(&self) -> &'static str {
        match self.view.next {
            Next::Authorize | Next::Show | Next::Look | Next::Fetch | Next::Recall | Next::Confirm => {
                "<noscript><meta http-equiv=\"refresh\" content=\"1\"></noscript>\n"
            }
            Next::Choose
            | Next::Answer
            | Next::ComeBack
            | Next::Keep
            | Next::Recover(_)
            | Next::Connect
            | Next::Interrupted
            | Next::Connected
            | Next::Confirmed
            | Next::Refused => "",
        }
    }
}
