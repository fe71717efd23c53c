//! Forms and their fields as HTML. All text is escaped.

use super::words::list::Words;
use super::words::with;

/// An input whose `name` is what the form posts, byte for byte.
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    pub(super) input: Input<'a>,
    /// The text that was typed before.
    pub(super) value: &'a str,
    /// The page's alert is about it.
    pub(super) invalid: bool,
    /// The language of the label and the choices, if it is not the page's.
    pub(super) lang: Option<&'a str>,
}

/// How it is filled in.
#[derive(Clone)]
pub(super) enum Input<'a> {
    Text,
    /// Several questions, of which the user answers one. Each has an input with its own name.
    OneText(Vec<&'a str>),
    Username,
    Password,
    OneOf(Vec<&'a str>),
    SomeOf(Vec<&'a str>),
    /// PNGs in Base64, of which some are chosen.
    Images(Vec<&'a str>),
    /// A hidden field: the user did it elsewhere.
    Elsewhere,
}

/// A form with these fields and one button.
pub(super) fn form(action: &str, fields: &[Field<'_>], button: &str, words: &Words) -> String {
    let mut html = format!("<form method=\"post\" action=\"{action}\">\n");
    let first = fields.iter().position(|field| field.invalid);
    for (index, field) in fields.iter().enumerate() {
        html.push_str(&field.html(index, first == Some(index), words));
    }
    html.push_str(&format!("<button class=\"main\">{}</button>\n</form>\n", escape(button)));
    html
}

/// A form that has only a button.
pub(super) fn button(action: &str, text: &str, class: &str) -> String {
    let text = escape(text);
    format!("<form method=\"post\" action=\"{action}\">\n<button class=\"{class}\">{text}</button>\n</form>\n")
}

impl Field<'_> {
    /// Only a field that has to be corrected takes the focus, so that it is read out together with the alert.
    pub(super) fn html(&self, index: usize, focused: bool, words: &Words) -> String {
        let focus = if focused { " autofocus" } else { "" };
        let told = if self.invalid { " aria-invalid=\"true\" aria-describedby=\"alert\"" } else { "" };
        let lang = self.lang.map(|code| format!(" lang=\"{code}\"")).unwrap_or_default();
        let (name, label) = (escape(self.name), format!("<span{lang}>{}</span>", escape(self.label)));
        let group = |kind: &str, inner: &str| {
            let role = if kind == "radio" { " role=\"radiogroup\"" } else { "" };
            let told = if self.invalid { " aria-describedby=\"alert\"" } else { "" };
            format!("<fieldset{role}{told}>\n<legend>{label}</legend>\n{inner}</fieldset>\n")
        };
        let choose = |kind: &str, class: &str, choices: &[&str], shown: &dyn Fn(usize, &str) -> String| {
            let needed = if kind == "radio" { " required" } else { "" };
            let choice = |(at, choice): (usize, &&str)| {
                let focus = if at == 0 { focus } else { "" };
                let (value, shown) = (escape(choice), shown(at, choice));
                format!(
                    "<label class=\"{class}\"><input name=\"{name}\" type=\"{kind}\" value=\"{value}\"{needed}{focus}> \
                     {shown}</label>\n"
                )
            };
            group(kind, &choices.iter().enumerate().map(choice).collect::<String>())
        };
        let word = |_: usize, choice: &str| format!("<span{lang}>{}</span>", escape(choice));
        let image = |at: usize, choice: &str| {
            let text = escape(&with(words.picture, &format!("{}", at + 1)));
            format!("<img src=\"data:image/png;base64,{}\" alt=\"{text}\">", escape(choice))
        };
        let id = format!("f{index}");
        let value = escape(self.value);
        match &self.input {
            Input::Text => {
                text_input(&id, &name, &label, &format!("type=\"text\" autocomplete=\"off\" required{told}{focus}"))
            }
            Input::Username => {
                let more = "type=\"text\" autocapitalize=\"none\" spellcheck=\"false\" autocomplete=\"off\" required";
                text_input(&id, &name, &label, &format!("{more} value=\"{value}\"{told}{focus}"))
            }
            Input::Password => {
                text_input(&id, &name, &label, &format!("type=\"password\" autocomplete=\"off\" required{told}{focus}"))
            }
            Input::OneText(choices) => {
                let one = |(at, choice): (usize, &&str)| {
                    let focus = if at == 0 { focus } else { "" };
                    text_input(
                        &format!("{id}-{at}"),
                        &escape(choice),
                        &word(at, choice),
                        &format!("type=\"text\" autocomplete=\"off\"{told}{focus}"),
                    )
                };
                group("text", &choices.iter().enumerate().map(one).collect::<String>())
            }
            Input::OneOf(choices) => choose("radio", "choice", choices, &word),
            Input::SomeOf(choices) => choose("checkbox", "choice", choices, &word),
            Input::Images(choices) => choose("checkbox", "choice image", choices, &image),
            Input::Elsewhere => {
                let why = escape(words.elsewhere);
                format!(
                    "<p><strong>{label}</strong></p>\n<p>{why}</p>\n<input name=\"{name}\" type=\"hidden\" value=\"done\">\n"
                )
            }
        }
    }
}

/// `name` is escaped already, and `label` is HTML.
fn text_input(id: &str, name: &str, label: &str, more: &str) -> String {
    format!("<label for=\"{id}\">{label}</label>\n<input id=\"{id}\" name=\"{name}\" {more}>\n")
}

/// For text and for attributes in double quotes.
pub(super) fn escape(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_user_writes_leaves_its_place() {
        assert_eq!(escape("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
    }
}
