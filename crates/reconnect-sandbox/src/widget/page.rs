//! The page around each step, with a header, the progress, a footer, and at most one small script.

use serde_json::{Value, json};

use super::html::escape;
use super::showing::Showing;
use super::words::{with, words};
use crate::http::{Fate, Reply, pair};

pub(super) struct Page<'a> {
    pub(super) showing: &'a Showing,
    /// The origin to which events are posted. Without one, none is posted.
    pub(super) target_origin: Option<String>,
    pub(super) institution: Option<&'a str>,
    /// The number of the step, and of all steps.
    pub(super) progress: Option<(usize, usize)>,
    pub(super) mark: Mark,
    pub(super) title: String,
    pub(super) lead: String,
    pub(super) alert: Option<&'a str>,
    /// HTML.
    pub(super) body: String,
    /// In the order in which they are posted.
    pub(super) events: Vec<Value>,
    /// The address to which the window goes from here.
    pub(super) next: Option<&'a str>,
    /// Another address to which a form of this page leads, as a source of its content security policy.
    pub(super) forms_to: Option<String>,
}

/// The picture above the title.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    Done,
    /// Nothing is wrong, but nothing was done.
    Left,
    Attention,
}

const STYLE: &str = include_str!("style.css");

/// Posts the events, then goes on. A native web view has its own channel:
/// <https://docs.flinks.com/guides/connect/mobile-integration>.
const SCRIPT: &str = include_str!("script.js");

const LOGO: &str = "<svg class=\"logo\" viewBox=\"0 0 32 32\" aria-hidden=\"true\"><rect width=\"32\" height=\"32\" rx=\"9\"/>\
    <path d=\"M13.5 18.5l5-5M11.6 15.4l-1.7 1.7a3.5 3.5 0 0 0 5 5l1.7-1.7M15.4 11.6l1.7-1.7a3.5 3.5 0 0 1 5 5l-1.7 1.7\"/></svg>";
const DONE: &str = "<svg class=\"mark done\" viewBox=\"0 0 48 48\" aria-hidden=\"true\"><circle cx=\"24\" cy=\"24\" r=\"24\"/>\
    <path d=\"M14 25l7 7 13-15\"/></svg>\n";
const LEFT: &str = "<svg class=\"mark left\" viewBox=\"0 0 48 48\" aria-hidden=\"true\"><circle cx=\"24\" cy=\"24\" r=\"24\"/>\
    <path d=\"M15 24h18\"/></svg>\n";
const ATTENTION: &str = "<svg class=\"mark attention\" viewBox=\"0 0 48 48\" aria-hidden=\"true\"><circle cx=\"24\" cy=\"24\" r=\"24\"/>\
    <path d=\"M24 13v14M24 34v.5\"/></svg>\n";

impl Page<'_> {
    pub(super) fn reply(&self, status: u16) -> Reply {
        // The nonce is the showing's id, which is enough for a test page. There is no frame-ancestors: any page under
        // development may frame the sandbox, which has nothing that is worth stealing.
        let nonce = &self.showing.id;
        // A browser also applies `form-action` to the address to which a form is redirected.
        let forms_to = self.forms_to.as_ref().map(|source| format!(" {source}")).unwrap_or_default();
        let policy = format!(
            "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src data:; \
             form-action 'self'{forms_to}; base-uri 'none'"
        );
        Reply {
            status,
            headers: vec![
                pair("content-type", "text/html; charset=utf-8"),
                pair("cache-control", "no-store"),
                pair("referrer-policy", "no-referrer"),
                pair("x-content-type-options", "nosniff"),
                pair("content-security-policy", &policy),
            ],
            body: self.html().into_bytes(),
            fate: Fate::default(),
        }
    }

    fn html(&self) -> String {
        let parameters = &self.showing.parameters;
        let (language, nonce) = (parameters.language.code(), &self.showing.id);
        let words = words(parameters.language);
        let (title, lead) = (escape(&self.title), escape(&self.lead));
        let theme = parameters.theme.map(|theme| format!(" data-theme=\"{theme}\"")).unwrap_or_default();
        let background = parameters.background.as_ref().map(|digits| format!(":root{{--page:#{digits}}}"));
        let background = background.unwrap_or_default();
        let mark = match self.mark {
            Mark::None => "",
            Mark::Done => DONE,
            Mark::Left => LEFT,
            Mark::Attention => ATTENTION,
        };
        let lead = if lead.is_empty() { String::new() } else { format!("<p class=\"lead\">{lead}</p>\n") };
        let alert = self.alert.map(|text| format!("<p id=\"alert\" role=\"alert\">{}</p>\n", escape(text)));
        let alert = alert.unwrap_or_default();
        let (top, progress, body, script) = (self.header(), self.progress(), &self.body, self.script());
        let (brand, sandbox) = (escape(words.brand), escape(words.sandbox));
        format!(
            "<!DOCTYPE html>\n<html lang=\"{language}\"{theme}>\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <link rel=\"icon\" href=\"data:,\">\n<title>{title} · {brand}</title>\n\
             <style nonce=\"{nonce}\">{STYLE}{background}</style>\n</head>\n<body>\n<div class=\"card\">\n{top}\
             <main>\n{progress}{mark}<h1>{title}</h1>\n{lead}{alert}{body}</main>\n\
             <footer><p>{sandbox}</p></footer>\n</div>\n{script}</body>\n</html>\n"
        )
    }

    fn header(&self) -> String {
        let parameters = &self.showing.parameters;
        let words = words(parameters.language);
        let logo = if parameters.header_image { LOGO } else { "" };
        let brand =
            if parameters.header { format!("{logo}<span>{}</span>", escape(words.brand)) } else { String::new() };
        // Without script no page gets the event, so the button is hidden.
        let close = parameters.close.then(|| {
            let event = match self.institution {
                Some(institution) => json!({"step": "COMPONENT_CLOSE_SESSION", "institution": institution}),
                None => json!({"step": "COMPONENT_CLOSE_SESSION"}),
            };
            let (event, label) = (escape(&event.to_string()), escape(words.close));
            format!(
                "<button type=\"button\" class=\"close\" aria-label=\"{label}\" data-event=\"{event}\" hidden>\
                 <svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"M6 6l12 12M18 6L6 18\"/></svg></button>"
            )
        });
        if brand.is_empty() && close.is_none() {
            return String::new();
        }
        format!("<header><p class=\"brand\">{brand}</p>{}</header>\n", close.unwrap_or_default())
    }

    fn progress(&self) -> String {
        let Some((step, of)) = self.progress else { return String::new() };
        let words = words(self.showing.parameters.language);
        let text = escape(&with(&with(words.step, &step.to_string()), &of.to_string()));
        let bar = |at: usize| if at <= step { "<i class=\"on\"></i>" } else { "<i></i>" };
        let bars: String = (1..=of).map(bar).collect();
        format!("<div class=\"progress\"><p>{text}</p><div aria-hidden=\"true\">{bars}</div></div>\n")
    }

    fn script(&self) -> String {
        let parameters = &self.showing.parameters;
        let facts = json!({
            "events": self.events,
            "target": self.target_origin,
            "stringify": parameters.stringify,
            "webview": parameters.webview,
            "next": self.next,
            "top": !parameters.inner_redirect,
            "returned": self.showing.returned,
        });
        format!("<script nonce=\"{}\">{}({});</script>\n", self.showing.id, SCRIPT.trim_end(), inline(&facts))
    }
}

/// JSON that can stand in a script. It cannot close the script, and old engines read it as JavaScript too.
fn inline(facts: &Value) -> String {
    let json = facts.to_string();
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_facts_leaves_the_script() {
        let facts = json!({"tag": "</script><!--&\u{2028}"});
        let written = inline(&facts);
        assert!(!written.contains(['<', '>', '&', '\u{2028}']));
        assert_eq!(serde_json::from_str::<Value>(&written).expect("still JSON"), facts);
    }
}
