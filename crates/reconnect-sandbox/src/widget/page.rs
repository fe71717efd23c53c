//! The widget's HTML: one page, at most one form, at most one small script.

use serde_json::{Value, json};

use super::finish::Wishes;
use super::words::words;
use crate::http::{Reply, pair};

/// An input whose `name` is what the form posts, byte for byte.
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    pub(super) input: Input<'a>,
}

/// How it is filled in.
#[derive(Clone, Copy)]
pub(super) enum Input<'a> {
    Text,
    /// Text that may be left out.
    Optional,
    Secret,
    OneOf(&'a [String]),
    SomeOf(&'a [String]),
    /// PNGs in Base64, of which some are chosen.
    Images(&'a [String]),
    /// Nothing but that it was done elsewhere.
    Done,
}

pub(super) struct Page<'a> {
    pub(super) showing: &'a str,
    pub(super) wishes: &'a Wishes,
    /// Where the event is posted; nowhere without one.
    pub(super) target_origin: Option<String>,
    pub(super) title: &'a str,
    pub(super) lead: &'a str,
    pub(super) message: Option<&'a str>,
    /// No form without a field.
    pub(super) fields: &'a [Field<'a>],
    pub(super) button: &'a str,
    /// Where the user goes from here.
    pub(super) next: Option<&'a str>,
}

const STYLE: &str = "*{box-sizing:border-box}body{margin:0;background:#f6f7f9;color:#1b1f24;font:1rem/1.5 system-ui,sans-serif}\
main{max-width:26rem;margin:0 auto;padding:2rem 1.25rem}h1{font-size:1.375rem;line-height:1.25;margin:0 0 .5rem}\
p{margin:0 0 1.25rem}label{display:block;margin:1rem 0 .375rem;font-weight:600}\
input,button,a{font:inherit;width:100%;min-height:2.75rem;padding:.5rem .75rem;border-radius:.5rem}\
input{border:1px solid #6b7480;background:#fff;color:inherit}\
fieldset{margin:1rem 0 0;padding:0;border:0}legend{padding:0;font-weight:600}\
[type=radio],[type=checkbox]{width:1.25rem;min-height:1.25rem;vertical-align:middle}img{width:4rem;height:4rem;vertical-align:middle}\
button,a{display:block;margin-top:1.25rem;border:0;background:#0b57d0;color:#fff;font-weight:600;text-align:center;text-decoration:none}\
:focus-visible{outline:3px solid #0b57d0;outline-offset:2px}\
[role=alert]{padding:.75rem;border-radius:.5rem;background:#fdecea;color:#8c1d18}\
small{display:block;margin-top:2rem;color:#59626d}";

/// Posts the event, then goes on. A native web view has its own channel:
/// <https://docs.flinks.com/guides/connect/mobile-integration>.
const SCRIPT: &str = "(function(d){\
var text=JSON.stringify(d.event),native=window.webkit&&webkit.messageHandlers&&webkit.messageHandlers.flinksEvent;\
if(d.event){\
if(d.webview&&window.ReactNativeWebView)ReactNativeWebView.postMessage(text);\
else if(d.webview&&native)native.postMessage(text);\
else if(d.target&&window.parent!==window)window.parent.postMessage(d.stringify?text:d.event,d.target)}\
if(d.next)setTimeout(function(){location.replace(d.next)},50)})";

impl Page<'_> {
    pub(super) fn reply(&self, status: u16, event: Option<&Value>) -> Reply {
        // The nonce is as good as the showing's id: enough for a page that only ever talks to a test.
        let nonce = self.showing;
        let policy = format!(
            "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src data:; form-action 'self'; base-uri 'none'"
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
            body: self.html(event).into_bytes(),
        }
    }

    fn html(&self, event: Option<&Value>) -> String {
        let (language, nonce) = (self.wishes.language.code(), self.showing);
        let (title, lead) = (escape(self.title), escape(self.lead));
        let message = self.message.map(|text| format!("<p role=\"alert\">{}</p>\n", escape(text))).unwrap_or_default();
        let (form, link, script) = (self.form(), self.link(), self.script(event));
        format!(
            "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
             <style nonce=\"{nonce}\">{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<p>{lead}</p>\n\
             {message}{form}{link}<small>Sandbox · Flinks Capital</small>\n</main>\n{script}</body>\n</html>\n"
        )
    }

    fn form(&self) -> String {
        if self.fields.is_empty() {
            return String::new();
        }
        let mut form = format!("<form method=\"post\" action=\"/_widget/{}\">\n", self.showing);
        for (index, field) in self.fields.iter().enumerate() {
            form.push_str(&field.html(index));
        }
        form.push_str(&format!("<button>{}</button>\n</form>\n", escape(self.button)));
        form
    }

    /// The way on for who has no script.
    fn link(&self) -> String {
        let words = words(self.wishes.language);
        let link = |url| format!("<a href=\"{}\">{}</a>\n", escape(url), escape(words.go_on));
        self.next.map(link).unwrap_or_default()
    }

    fn script(&self, event: Option<&Value>) -> String {
        let facts = json!({
            "event": event,
            "target": self.target_origin,
            "stringify": self.wishes.stringify,
            "webview": self.wishes.webview,
            "next": self.next,
        });
        format!("<script nonce=\"{}\">{SCRIPT}({});</script>\n", self.showing, inline(&facts))
    }
}

impl Field<'_> {
    fn html(&self, index: usize) -> String {
        let focus = if index == 0 { " autofocus" } else { "" };
        let (name, label) = (escape(self.name), escape(self.label));
        let text = |kind: &str, needed: &str| {
            format!(
                "<label for=\"f{index}\">{label}</label>\n\
                 <input id=\"f{index}\" name=\"{name}\" type=\"{kind}\" autocomplete=\"off\"{needed}{focus}>\n"
            )
        };
        let choose = |kind: &str, needed: &str, choices: &[String], shown: &dyn Fn(usize, &str) -> String| {
            let choices = choices.iter().enumerate().map(|(at, choice)| {
                let (value, shown) = (escape(choice), shown(at, choice));
                format!("<label><input name=\"{name}\" type=\"{kind}\" value=\"{value}\"{needed}> {shown}</label>\n")
            });
            format!("<fieldset>\n<legend>{label}</legend>\n{}</fieldset>\n", choices.collect::<String>())
        };
        let word = |_: usize, choice: &str| escape(choice);
        let image = |at: usize, choice: &str| {
            format!("<img src=\"data:image/png;base64,{}\" alt=\"{}\">", escape(choice), at + 1)
        };
        match self.input {
            Input::Text => text("text", " required"),
            Input::Optional => text("text", ""),
            Input::Secret => text("password", " required"),
            Input::OneOf(choices) => choose("radio", " required", choices, &word),
            Input::SomeOf(choices) => choose("checkbox", "", choices, &word),
            Input::Images(choices) => choose("checkbox", "", choices, &image),
            Input::Done => format!("<p>{label}</p>\n<input name=\"{name}\" type=\"hidden\" value=\"done\">\n"),
        }
    }
}

/// For text and for attributes in double quotes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// JSON that can stand in a script: it cannot close it, and old engines read it as JavaScript too.
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
    fn nothing_a_user_writes_leaves_its_place() {
        assert_eq!(escape("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
        let facts = json!({"tag": "</script><!--&\u{2028}"});
        let written = inline(&facts);
        assert!(!written.contains(['<', '>', '&', '\u{2028}']));
        assert_eq!(serde_json::from_str::<Value>(&written).expect("still JSON"), facts);
    }
}
