//! The end user's side: a browser that knows just enough HTML to fill in the widget's form.

use super::{moment, script::Script, unexpected};
use crate::exit::Trouble;
use reconnect_sandbox::Clock;
use std::sync::Arc;
use ureq::{Agent, http};

/// What the test user types: <https://docs.flinks.com/guides/connect/flinks-connect/test-users>.
const ANSWERS: [(&str, &str); 3] = [
    ("What city were you born in?", "Montreal"),
    ("What is the best country on earth?", "Canada"),
    ("What shape do people like most?", "Triangle"),
];

/// How long a user takes to type an answer, in seconds.
const TYPING: u64 = 20;

pub(super) struct Browser {
    agent: Agent,
    script: Arc<Script>,
    clock: Clock,
}

/// A page of the widget: its form, or where it ended.
pub(super) struct Page {
    /// `http://host:port`.
    origin: String,
    body: String,
}

impl Browser {
    pub(super) fn new(script: Arc<Script>, clock: Clock) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
        Self { agent: config.into(), script, clock }
    }

    /// Shows the widget.
    pub(super) fn open(&self, url: &str) -> Result<Page, Trouble> {
        let origin = url.match_indices('/').nth(2).map_or(url, |(end, _)| &url[..end]).to_owned();
        self.script.browses(moment(&self.clock), "GET", &url[origin.len()..], "");
        let (status, body) = self.send(self.agent.get(url).header("accept", "text/html, application/json").call())?;
        self.script.shown(moment(&self.clock), status, "the widget, at the question that the bank asks");
        self.page(origin, status, body)
    }

    /// Answers the question that a page shows, and posts its form.
    pub(super) fn answer_one(&self, page: Page) -> Result<Page, Trouble> {
        let form = form(&page.body).ok_or_else(|| unexpected("the widget shows no form"))?;
        let typed: Option<Vec<String>> = form.names.iter().map(|name| Some(pair(name, answer_to(name)?))).collect();
        let typed = typed.ok_or_else(|| unexpected("the widget asks what the test user does not know"))?.join("&");
        self.script.passes(moment(&self.clock), TYPING, "the user reads and types");
        self.clock.advance(TYPING * 1_000);
        self.script.browses(moment(&self.clock), "POST", &form.action, &typed);
        let request = self.agent.post(format!("{}{}", page.origin, form.action));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let (status, body) = self.send(request.header("accept", "text/html, application/json").send(&typed))?;
        let next = if body.starts_with('{') { "that was the last one" } else { "the next question" };
        self.script.shown(moment(&self.clock), status, next);
        self.page(page.origin, status, body)
    }

    /// Answers all there is, and gives the widget's last event.
    pub(super) fn answer_all(&self, mut page: Page) -> Result<String, Trouble> {
        while !page.body.starts_with('{') {
            page = self.answer_one(page)?;
        }
        let end: serde_json::Value = serde_json::from_str(&page.body).unwrap_or_default();
        Ok(end["event"].to_string())
    }

    /// A call of the API, for what was before the walks.
    pub(super) fn call(
        &self,
        method: &str,
        url: &str,
        header: (&str, &str),
        body: &str,
    ) -> Result<serde_json::Value, Trouble> {
        let request = http::Request::builder().method(method).uri(url).header(header.0, header.1);
        let request = request.header("content-type", "application/json").body(body.to_owned());
        let request = request.map_err(|error| unexpected(&error.to_string()))?;
        let (status, body) = self.send(self.agent.run(request))?;
        let mut reply: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
        reply["status"] = status.into();
        Ok(reply)
    }

    fn send(&self, reply: Result<http::Response<ureq::Body>, ureq::Error>) -> Result<(u16, String), Trouble> {
        let lost = |error: ureq::Error| unexpected(&format!("the sandbox does not answer: {error}"));
        let mut reply = reply.map_err(lost)?;
        Ok((reply.status().as_u16(), reply.body_mut().read_to_string().map_err(lost)?))
    }

    fn page(&self, origin: String, status: u16, body: String) -> Result<Page, Trouble> {
        if status == 200 { Ok(Page { origin, body }) } else { Err(unexpected(&format!("the widget answers {status}"))) }
    }
}

struct Form {
    action: String,
    names: Vec<String>,
}

/// The form of a page: where it goes, and the names of its inputs, byte for byte.
fn form(html: &str) -> Option<Form> {
    let (_, form) = html.split_once("<form ")?;
    let (form, _) = form.split_once("</form>")?;
    let action = attribute(form, "action")?;
    let names = form.split("<input ").skip(1).filter_map(|input| attribute(input.split('>').next()?, "name")).collect();
    Some(Form { action, names })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    let marks = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    Some(marks.iter().fold(value.to_owned(), |value, (mark, character)| value.replace(mark, character)))
}

pub(super) fn answer_to(prompt: &str) -> Option<&'static str> {
    ANSWERS.iter().find(|(asked, _)| *asked == prompt).map(|(_, answer)| *answer)
}

/// One field, as browsers write it.
fn pair(name: &str, value: &str) -> String {
    let encode = |text: &str| -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._*".contains(&byte);
        let encoded = text.bytes().map(|byte| match byte {
            b' ' => "+".to_owned(),
            byte if plain(byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        });
        encoded.collect()
    };
    format!("{}={}", encode(name), encode(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_it_is_written() {
        let html = "<p>x</p><form method=\"post\" action=\"/_widget/a&amp;b\">\n<label for=\"f0\">Q</label>\n\
            <input id=\"f0\" name=\"What&#39;s &quot;1 &lt; 2&quot; &amp;amp;?\" type=\"text\">\n<button>ok</button></form>";
        let form = form(html).expect("a form");
        assert_eq!(form.action, "/_widget/a&b");
        assert_eq!(form.names, ["What's \"1 < 2\" &amp;?"]);
        assert_eq!(pair("a b?", "é+"), "a+b%3F=%C3%A9%2B");
    }
}
