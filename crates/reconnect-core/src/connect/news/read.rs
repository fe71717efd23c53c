//! How a text becomes news: an event is JSON, maybe inside of a text or of a message; a redirect is a URL.

use crate::{
    code::FlinksCode,
    connect::{
        news::{
            ConnectNews, NotNews,
            ids::{Accounts, as_text, exact, is_one_of, is_placeholder, whole},
        },
        step::{Meaning, Step},
    },
    ids::{InvalidId, LoginId, RequestId},
    percent::decode_shown,
    secret::trim,
};
use alloc::{borrow::Cow, boxed::Box, vec::Vec};
use reconnect_json::{Reader, Writer, text::mended};

/// The longest news that is read, in bytes.
const MAX_NEWS: usize = 64 << 10;

/// How many messages may be around an event: `event.data`, and in React Native `event.nativeEvent.data`.
const WRAPPED: u32 = 3;

/// How many characters of `error` and of `error_description` are kept. Ours: any error of RFC 6749 fits.
const MAX_ERROR: (usize, usize) = (64, 200);

impl ConnectNews {
    /// Reads an event (a JSON object, or that as a string, as `stringify=true` has it) or a redirect URL.
    ///
    /// Ids stand in the event itself, else in its `url`. Names are taken in any letter case; accounts as a comma list,
    /// a repeated parameter, a list or the text of one, under each of their names (decisions 16 and 30). A placeholder,
    /// such as `undefined` or `null`, is not an id (decision 55). Parameters of a URL are read after `?`, after a
    /// second `?`, after `#`, and without a URL around them.
    ///
    /// ```
    /// use reconnect_core::connect::{ConnectNews, NotNews};
    ///
    /// let news = ConnectNews::read("https://app.example/#/back?loginId=l-1&requestId=undefined&accountId[]=a-1")?;
    /// assert_eq!((news.login.is_some(), news.request.is_some(), news.accounts.len()), (true, false, 1));
    ///
    /// let message = r#"{"data":{"step":"REDIRECT","loginId":"l-1"}}"#;
    /// assert_eq!(ConnectNews::read(message), Err(NotNews::Wrapped));
    /// # Ok::<(), NotNews>(())
    /// ```
    ///
    /// # Errors
    /// [`NotNews`] where it is something else: pages receive many messages that are not the widget's.
    pub fn read(text: &str) -> Result<Self, NotNews> {
        if text.len() > MAX_NEWS {
            return Err(NotNews::Long);
        }
        Self::nested(text, WRAPPED)
    }

    /// Reads news that has at most `depth` messages around its event.
    fn nested(text: &str, depth: u32) -> Result<Self, NotNews> {
        let text = trim(text);
        // `stringify=true` posts the event as text, which JSON then quotes once more.
        let whole = json(text);
        let quoted = Reader::whole(&whole, Reader::string);
        let text = quoted.as_deref().map_or(text, trim);
        let whole = json(text);
        let news = match Reader::whole(&whole, Reader::fields) {
            Ok(event) if is_wrapped(&event, depth) => return Err(NotNews::Wrapped),
            Ok(event) => Self::event(event)?,
            Err(_) => Self::url(text)?,
        };
        let says = news.step.is_some() || news.login.is_some() || news.request.is_some() || news.error.is_some();
        if says || !news.accounts.is_empty() { Ok(news) } else { Err(NotNews::Foreign) }
    }

    fn event(event: Vec<(Cow<'_, str>, &str)>) -> Result<Self, NotNews> {
        let (mut news, mut accounts, mut url) = (Self::empty(), Accounts::default(), None);
        for (name, json) in event {
            if name.eq_ignore_ascii_case("url") {
                url = Reader::whole(json, Reader::string).ok();
                news.other.insert(name.into(), json.into());
            } else {
                news.take(&name, json, &mut accounts)?;
            }
        }
        news.accounts = accounts.done();
        // Other steps, and messages of other scripts, may have an `error` with another meaning.
        let redirects = match &news.step {
            Some(step) => *step == Step::Redirect,
            None => ["state", "error_uri"].iter().any(|name| news.extra(name).is_some()) || news.described(),
        };
        if !redirects {
            news.disown();
        }
        // What the event says itself wins over what its URL says.
        if let Some(mut url) = url.and_then(|url| Self::url(&url).ok()) {
            // The code of an event stands in the event itself, not in its URL.
            url.code = None;
            if news.step.as_ref().is_some_and(|step| *step != Step::Redirect) {
                (url.error, url.error_description) = (None, None);
            }
            news.fill(url);
        }
        if let Some(step) = news.step.as_ref().filter(|step| step.meaning() == Meaning::Error) {
            news.code = Some(FlinksCode::read(step.as_str()));
        }
        Ok(news.coded())
    }

    fn url(text: &str) -> Result<Self, NotNews> {
        let (query, fragment) = parts(text).ok_or(NotNews::Shape)?;
        let mut news = Self::parameters(query)?;
        // An app that has its pages after `#` may get the parameters there. The query wins over them.
        news.fill(Self::parameters(fragment)?);
        // A URL is no event: a `step` in it is a parameter like any other.
        if let Some(step) = news.step.take() {
            news.other.insert("step".into(), quoted(step.as_str()));
        }
        Ok(news.coded())
    }

    fn parameters(query: &str) -> Result<Self, NotNews> {
        let (mut news, mut accounts) = (Self::empty(), Accounts::default());
        for (name, value) in pairs(query) {
            news.take(&decode_shown(name), &quoted(&decode_shown(value)), &mut accounts)?;
        }
        news.accounts = accounts.done();
        Ok(news)
    }

    /// Takes from `other` each value that it does not have itself.
    fn fill(&mut self, other: Self) {
        self.step = self.step.take().or(other.step);
        self.login = self.login.take().or(other.login);
        self.request = self.request.take().or(other.request);
        self.institution = self.institution.take().or(other.institution);
        self.tag = self.tag.take().or(other.tag);
        self.code = self.code.take().or(other.code);
        if self.error.is_none() {
            (self.error, self.error_description) = (other.error, other.error_description);
        }
        if self.accounts.is_empty() {
            self.accounts = other.accounts;
        }
        // Its own values are put in last, and so they win.
        for (name, value) in core::mem::replace(&mut self.other, other.other) {
            self.other.insert(name, value);
        }
    }

    /// Takes an `error` that is a code of Flinks as the code, if there is no code yet.
    fn coded(mut self) -> Self {
        if self.code.is_none() {
            self.code = self.error.as_deref().and_then(code);
        }
        self
    }

    fn described(&self) -> bool {
        self.error_description.is_some()
    }

    /// The error is not a redirect's: it is kept like any other parameter.
    fn disown(&mut self) {
        for (name, text) in [("error", self.error.take()), ("error_description", self.error_description.take())] {
            if let Some(text) = text {
                self.other.insert(name.into(), quoted(&text));
            }
        }
    }

    /// Takes one named value.
    fn take(&mut self, name: &str, json: &str, accounts: &mut Accounts) -> Result<(), NotNews> {
        //= docs/spec/accounts.md#selected-accounts
        //# **ACCT-29** A client MUST accept one `accountId`, several as a list, as a comma list (raw or encoded) or as
        //# a repeated parameter.
        if is_accounts(name) {
            accounts.take(json);
            return Ok(());
        }
        //= docs/spec/widget-events.md#shapes
        //# **EVT-13** A client MUST read the names of ids without regard to letter case.
        if name.eq_ignore_ascii_case("loginId") {
            if let Some(text) = whole(json) {
                self.login = id(&text, LoginId::new)?;
                return Ok(());
            }
        }
        if name.eq_ignore_ascii_case("requestId") {
            if let Some(text) = whole(json) {
                self.request = id(&text, RequestId::new)?;
                return Ok(());
            }
        }
        match as_text(json) {
            None if json == "null" => {}
            Some(text) if name.eq_ignore_ascii_case("step") => self.step = Some(Step::read(&text)),
            Some(text) if name.eq_ignore_ascii_case("institution") => self.institution = Some(text.into()),
            Some(text) if name.eq_ignore_ascii_case("tag") => self.tag = Some(text.into()),
            Some(text) if name.eq_ignore_ascii_case("flinksCode") && code(&text).is_some() => self.code = code(&text),
            Some(text) if name.eq_ignore_ascii_case("error") && is_error(&text) => {
                self.error = Some(shown(&text, MAX_ERROR.0, |c| c.is_ascii_graphic() || c == ' '));
            }
            Some(text) if name.eq_ignore_ascii_case("error_description") && is_error(&text) => {
                self.error_description = Some(shown(&text, MAX_ERROR.1, is_shown));
            }
            _ => drop(self.other.insert(name.into(), json.into())),
        }
        Ok(())
    }
}

/// Whether this is a message around an event. An event itself has a step, so a message with a step is not taken for
/// one.
fn is_wrapped(event: &[(Cow<'_, str>, &str)], depth: u32) -> bool {
    let named = |name: &str| event.iter().find(|(has, _)| has.eq_ignore_ascii_case(name)).map(|(_, json)| *json);
    let inside = |name: &str| {
        named(name).is_some_and(|json| match ConnectNews::nested(json, depth - 1) {
            Ok(_) | Err(NotNews::Wrapped) => true,
            Err(NotNews::Long | NotNews::Shape | NotNews::Foreign | NotNews::Id(_)) => false,
        })
    };
    depth > 0 && named("step").is_none() && ["data", "nativeEvent", "detail"].iter().any(|name| inside(name))
}

/// The query of a URL and its fragment, the part after `#`; or parameters without a URL around them.
fn parts(text: &str) -> Option<(&str, &str)> {
    //= docs/spec/redirect.md#what-stands-in-it
    //# **REDIR-15** A client SHOULD read parameters after a second `?`, after `#` and without a URL around them, and
    //# let the first query win.
    let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
    let query = before.split_once('?').map(|(_, query)| query);
    let bare = |text: &str| {
        let (name, _) = text.split_once('=')?;
        let plain =
            |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']' | '%');
        (!name.is_empty() && name.chars().all(plain)).then_some(())
    };
    match query {
        Some(query) => Some((query, fragment)),
        None if bare(before).is_some() => Some((before, fragment)),
        None => fragment.contains('=').then_some(("", fragment)),
    }
}

/// The parameters of a query. If a second query was appended to an address that had one, a parameter stands behind a
/// `?` in the value of another; there only the names that the widget uses are looked for.
fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter(|pair| !pair.is_empty()).flat_map(|pair| {
        // A page that writes a URL into HTML escapes `&`.
        let pair = pair.strip_prefix("amp;").unwrap_or(pair);
        let hidden = pair.split_once('?').filter(|(_, rest)| is_known(rest.split('=').next().unwrap_or_default()));
        let (own, hidden) = hidden.map_or((pair, None), |(own, rest)| (own, Some(rest)));
        let split = |pair| str::split_once(pair, '=').unwrap_or((pair, ""));
        // A part of a path, such as that of a page after `#`, is not a parameter.
        let own = (!own.starts_with('/') || own.contains('=')).then(|| split(own));
        own.into_iter().chain(hidden.map(split))
    })
}

/// Whether a parameter is one that the service adds to a redirect.
fn is_known(name: &str) -> bool {
    let known = ["loginId", "requestId", "institution", "tag", "flinksCode", "error", "error_description"];
    is_accounts(name) || is_one_of(name, &known)
}

/// Whether a text names an error: `error=false` does not.
fn is_error(text: &str) -> bool {
    !is_placeholder(text) && !is_one_of(trim(text), &["false", "0"])
}

/// The code that a browser names, if it can be one: capital letters, digits and `_`, or a known code (one of them has a
/// blank).
fn code(text: &str) -> Option<FlinksCode> {
    let known = FlinksCode::read(text);
    let letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let plain = (1..=64).contains(&text.len()) && text.bytes().all(letter);
    (plain || FlinksCode::KNOWN.contains(&known)).then_some(known)
}

/// A browser's text, made safe to show: characters that are not `plain` are left out, and the text is cut after `most`
/// characters.
fn shown(text: &str, most: usize, plain: impl Fn(char) -> bool) -> Box<str> {
    trim(text).chars().filter(|c| plain(*c)).take(most).collect()
}

/// Whether a character is visible, does not control a terminal and does not change the direction of a text.
fn is_shown(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        && !matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether selected accounts come back under this name (decision 30), also as `accountId[]` and `accountId[0]`.
fn is_accounts(name: &str) -> bool {
    let mut name = trim(name);
    while let Some((before, _)) = name.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
        name = before;
    }
    is_one_of(name, &["accountId", "accountIds", "resumeSelectedAccounts"])
}

/// A text that may be JSON; characters that no JSON text may hold are replaced (decision 63).
fn json(text: &str) -> Cow<'_, str> {
    if text.starts_with(['{', '"']) { mended(text) } else { Cow::Borrowed(text) }
}

/// Text as JSON.
fn quoted(text: &str) -> Box<str> {
    let mut to = Writer::default();
    to.text(text);
    to.done().into()
}

/// The id of a login or a session. A placeholder, which an unfilled template leaves, is not an id.
fn id<T>(text: &str, new: fn(&str) -> Result<T, InvalidId>) -> Result<Option<T>, NotNews> {
    if is_placeholder(text) { Ok(None) } else { new(exact(trim(text))).map(Some).map_err(NotNews::Id) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AccountId;
    use alloc::string::{String, ToString};

    //= docs/spec/widget-events.md#shapes
    //= type=test
    //# **EVT-10** A client MUST take ids from the event itself first, and otherwise from the query of its `url`.
    //= docs/spec/widget-events.md#shapes
    //= type=test
    //# **EVT-13** A client MUST read the names of ids without regard to letter case.
    #[test]
    fn ids_stand_in_the_event_else_in_its_url() {
        let news = ConnectNews::read(
            r#"{"step":"REDIRECT","LoginId":"l","url":"https://a/?loginId=other&requestId=r&accountId=x,y&lead=7"}"#,
        );
        let news = news.expect("news");
        assert_eq!(news.login.expect("a login").as_str(), "l");
        assert_eq!(news.request.expect("a session").as_str(), "r");
        assert_eq!(news.accounts.len(), 2);
        //= docs/spec/redirect.md#what-stands-in-it
        //= type=test
        //# **REDIR-8** A client MUST accept the caller's own query and the widget's parameters (`demo`, `tag`,
        //# `thank-you`) among the parameters of the redirect.
        assert_eq!(&*news.other["lead"], "\"7\"");
    }

    //= docs/spec/accounts.md#selected-accounts
    //= type=test
    //# **ACCT-29** A client MUST accept one `accountId`, several as a list, as a comma list (raw or encoded) or as a
    //# repeated parameter.
    #[test]
    fn accounts_in_every_form() {
        for text in [
            "https://a/?accountId=x,y",
            //= docs/spec/redirect.md#what-stands-in-it
            //= type=test
            //# **REDIR-10** A client SHOULD accept names in any letter case, such as `LoginId`.
            "https://a/?accountid=x%2Cy",
            "https://a/?accountId=x&accountId=y",
            //= docs/spec/redirect.md#what-happens
            //= type=test
            //# **REDIR-4** A caller MAY use a deep link such as `myapp://callback` as `redirectUrl`, and an app without
            //# events MAY watch where its web view goes.
            //= docs/spec/redirect.md#what-stands-in-it
            //= type=test
            //# **REDIR-14** A client MUST accept the ids of `resumeSelectedAccounts` in the URL under each name of
            //# EVT-14.
            "app://back?resumeSelectedAccounts=x,y,,x",
            //= docs/spec/widget-events.md#shapes
            //= type=test
            //# **EVT-14** A client MUST read selected accounts under `accountId`, `accountIds` and
            //# `resumeSelectedAccounts`.
            r#"{"accountIds":["x","y"]}"#,
            r#"{"accountId":"x,y"}"#,
            //= docs/spec/widget-events.md#how-they-travel
            //= type=test
            //# **EVT-1** A page MUST listen for `message` on its window and read `data`, an object by default and a
            //# string with `stringify=true`.
            //= docs/spec/widget-events.md#how-they-travel
            //= type=test
            //# **EVT-3** An app MUST expect events as text.
            r#""{\"accountId\":[\"x\",\"y\"]}""#,
        ] {
            let accounts = ConnectNews::read(text).expect(text).accounts;
            assert_eq!(accounts.iter().map(AccountId::as_str).collect::<Vec<_>>(), ["x", "y"], "{text}");
        }
    }

    #[test]
    fn what_is_not_the_widgets_is_refused() {
        for (text, wrong) in [
            ("", NotNews::Shape),
            ("hello", NotNews::Shape),
            // A name with a blank, or none, is no parameter.
            ("a b=c&loginId=l-1", NotNews::Shape),
            ("=c&loginId=l-1", NotNews::Shape),
            ("[1]", NotNews::Shape),
            ("{}", NotNews::Foreign),
            //= docs/spec/widget-events.md#how-they-travel
            //= type=test
            //# **EVT-4** A client MUST ignore messages that have neither a step nor an id.
            (r#"{"type":"webpackOk"}"#, NotNews::Foreign),
            //= docs/spec/redirect.md#what-stands-in-it
            //= type=test
            //# **REDIR-11** A client MUST take a URL without a `loginId` as no redirect.
            ("https://a/?x=1", NotNews::Foreign),
            ("https://a/?loginId=", NotNews::Foreign),
            //= docs/spec/widget-events.md#how-they-travel
            //= type=test
            //# **EVT-5** A client MUST NOT read news longer than 64 KiB.
            (&"x".repeat(MAX_NEWS + 1), NotNews::Long),
        ] {
            assert_eq!(ConnectNews::read(text), Err(wrong));
        }
        //= docs/spec/widget-events.md#shapes
        //= type=test
        //# **EVT-15** A client MUST take an empty id as none, MUST refuse news with a `loginId` or `requestId` that
        //# cannot be one, and SHOULD leave out an account id that cannot.
        assert!(matches!(ConnectNews::read("https://a/?loginId=a%0Ab"), Err(NotNews::Id(_))));
    }

    //= docs/spec/widget-events.md#shapes
    //= type=test
    //# **EVT-8** A client MUST read an API event, `{requestId, flinksCode, institution}` without a `step`, and an error
    //# that comes as a step of the code's name.
    //= docs/spec/widget-events.md#errors
    //= type=test
    //# **EVT-30** A client MUST recognise as errors `DISABLED_INSTITUTION` and every step that is named like a code of
    //# an error.
    #[test]
    fn an_error_comes_with_its_code_or_under_its_name() {
        let old = ConnectNews::read(r#"{"requestId":"r","flinksCode":"QUESTION_NOT_FOUND"}"#).expect("news");
        assert_eq!(old.code, Some(FlinksCode::QuestionNotFound));
        let new = ConnectNews::read(r#"{"step":"INVALID_SECURITY_RESPONSE"}"#).expect("news");
        assert_eq!(new.code, Some(FlinksCode::InvalidSecurityResponse));
        assert!(!new.is_redirect() && !old.is_redirect());
    }

    /// The ids that a text names: login, request, accounts.
    fn ids(text: &str) -> (Option<String>, Option<String>, Vec<String>) {
        let news = ConnectNews::read(text).unwrap_or_else(|wrong| panic!("{text}: {wrong}"));
        let accounts = news.accounts.iter().map(|id| id.as_str().into()).collect();
        (news.login.map(|id| id.as_str().into()), news.request.map(|id| id.as_str().into()), accounts)
    }

    /// The forms of ids that were seen in integrations, and values that are not ids.
    #[test]
    fn ids_are_read_in_the_forms_that_apps_give_them() {
        let (back, redirect) = ("https://app.example/b?loginId=l-1&requestId=r-1&accountId=", "https://app.example");
        for (value, accounts) in [
            ("null", &[][..]),
            ("undefined", &[]),
            ("%5B%22a-1%22%2C%22a-2%22%5D", &["a-1", "a-2"]),
            (r#"["a-1","a-2"]"#, &["a-1", "a-2"]),
            ("%255B%2522a-1%2522%252C%2522a-2%2522%255D", &["a-1", "a-2"]),
            ("a-1%252Ca-2", &["a-1", "a-2"]),
            ("a-1%25252Ca-2", &["a-1", "a-2"]),
            ("a-1,%20a-2", &["a-1", "a-2"]),
            ("+a-1+,+a-2%0A", &["a-1", "a-2"]),
            ("a-1|a-2", &["a-1|a-2"]),
            ("[a-1,+a-2]", &["a-1", "a-2"]),
            ("%22a-1%22", &["a-1"]),
            ("[object%20Object],[object%20Object]", &[]),
            ("a-1,undefined,,NULL,a-2", &["a-1", "a-2"]),
            ("Optional(%22a-1%22)", &[]),
            ("[]", &[]),
            ("[null]", &[]),
            (r#"[{"id":"a-1"},{"Id":7},{"title":"x"}]"#, &["a-1", "7"]),
            ("0", &["0"]),
        ] {
            let (login, request, read) = ids(&[back, value].concat());
            assert_eq!((login.as_deref(), request.as_deref()), (Some("l-1"), Some("r-1")), "{value}");
            assert_eq!(read, accounts, "{value}");
        }
        for (json, accounts) in [
            (r#""[\"a-1\"]""#, &["a-1"][..]),
            (r#"[{"id":"a-1"}]"#, &["a-1"]),
            (r#"{"id":"a-1"}"#, &["a-1"]),
            (r#"[["a-1"],["a-2,a-3"]]"#, &["a-1", "a-2", "a-3"]),
            ("12", &["12"]),
            ("[12,1.5,1e3,true,null,{}]", &["12"]),
            ("true", &[]),
            (r#""[[[[[\"a-1\"]]]]]""#, &[]),
        ] {
            let event = alloc::format!(r#"{{"step":"REDIRECT","loginId":"l-1","accountId":{json}}}"#);
            assert_eq!(ids(&event).2, accounts, "{json}");
        }
        for name in ["accountId[]", "accountId[0]", "accountid%5B1%5D", "accountIds[]", "accountId[0][id]", "ACCOUNTID"]
        {
            let url = alloc::format!("{redirect}/?loginId=l-1&{name}=a-1&{name}=a-2");
            assert_eq!(ids(&url).2, ["a-1", "a-2"], "{name}");
        }
        for (url, login, request) in [
            (r#"{"step":"REDIRECT","loginId":"undefined","requestId":"r-1"}"#, None, Some("r-1")),
            (r#"{"step":"REDIRECT","loginId":"l-1","requestId":"null"}"#, Some("l-1"), None),
            (r#"{"step":"REDIRECT","loginId":123,"requestId":"\t r-1\n"}"#, Some("123"), Some("r-1")),
            (r#"{"step":"REDIRECT","loginId":"\"l-1\"","requestId":1.5}"#, Some("l-1"), None),
            ("\u{feff}{\"step\":\"REDIRECT\",\"loginId\":\"l-1\"}", Some("l-1"), None),
            ("\u{feff}\"\u{feff}{\\\"loginId\\\":\\\"l-1\\\"}\"", Some("l-1"), None),
            //= docs/spec/redirect.md#what-stands-in-it
            //= type=test
            //# **REDIR-15** A client SHOULD read parameters after a second `?`, after `#` and without a URL around
            //# them, and let the first query win.
            ("https://app.example/#/back?loginId=l-1&requestId=r-1", Some("l-1"), Some("r-1")),
            ("https://app.example/#loginId=l-1", Some("l-1"), None),
            ("https://app.example/#/back&loginId=l-1", Some("l-1"), None),
            ("https://app.example/?loginId=l-1#/back?loginId=l-2&requestId=r-1", Some("l-1"), Some("r-1")),
            ("https://app.example/back?state=abc?loginId=l-1&institution=X", Some("l-1"), None),
            ("https://app.example/back?loginId=l-1&amp;requestId=r-1", Some("l-1"), Some("r-1")),
            ("loginId=l-1&requestId=r-1", Some("l-1"), Some("r-1")),
            ("?loginId=l-1&requestId=r-1", Some("l-1"), Some("r-1")),
            ("état=x&loginId=l-1", Some("l-1"), None),
            ("https://a/?requestId=r-1&loginId=00000000-0000-0000-0000-000000000000", None, Some("r-1")),
            ("https://a/?requestId=r-1&loginId=00000000000000000000000000000000", None, Some("r-1")),
            ("https://a/?requestId=r-1&loginId=000", Some("000"), Some("r-1")),
        ] {
            let (own, asked, _) = ids(url);
            assert_eq!((own.as_deref(), asked.as_deref()), (login, request), "{url}");
        }
        let hidden = ConnectNews::read("https://app.example/back?state=abc?loginId=l-1&next=/a?b=c").expect("news");
        assert_eq!((&*hidden.other["state"], &*hidden.other["next"]), ("\"abc\"", "\"/a?b=c\""));
        let names = |text: &str| ConnectNews::read(text).expect(text).other.into_keys().collect::<Vec<_>>();
        assert_eq!(names("https://app.example/?demo&/a=b&loginId=l-1"), ["/a".into(), "demo".into()]);
        assert!(names("https://app.example/#/back&loginId=l-1").is_empty(), "a part of a path is no parameter");
    }

    //= docs/spec/widget-events.md#shapes
    //= type=test
    //# **EVT-37** A client MUST take the texts that programs write for a missing value as no id, in news and in any
    //# letter case: blanks, `undefined`, `null`, `(null)`, `none`, `nil`, `nan`, `[object Object]`, `Optional(…)` and a
    //# GUID of zeros.
    #[test]
    fn a_placeholder_is_no_id() {
        for word in ["", " ", "undefined", "null", "(null)", "none", "nil", "NaN", "[object Object]", "Optional(l-1)"] {
            for word in [word.into(), word.to_ascii_uppercase(), alloc::format!(" {word}\t")] {
                let event = alloc::format!(
                    r#"{{"step":"REDIRECT","loginId":{0},"requestId":{0},"accountId":[{0}]}}"#,
                    quoted(&word)
                );
                assert_eq!(ids(&event), (None, None, Vec::new()), "{word}");
            }
        }
        for id in ["nul", "nulls", "nones", "optional", "Optional(l", "{0}", "0"] {
            let event = alloc::format!(r#"{{"loginId":{0},"requestId":{0},"accountId":{0}}}"#, quoted(id));
            assert_eq!(ids(&event), (Some(id.into()), Some(id.into()), alloc::vec![id.into()]), "{id}");
        }
    }

    #[test]
    fn ids_of_accounts_are_read_down_to_four_levels() {
        let wraps: [fn(&str) -> String; 4] = [
            |json| alloc::format!("[{json}]"),
            |json| alloc::format!(r#"{{"id":{json}}}"#),
            |json| quoted(json).into(),
            |json| json.replace('%', "%25").replace(',', "%2C"),
        ];
        for wrap in wraps {
            let nested = |levels| (1..levels).fold(r#""a-1,a-2""#.into(), |json: String, _| wrap(&json));
            let read = |json| ids(&alloc::format!(r#"{{"step":"REDIRECT","accountId":{json}}}"#)).2;
            assert_eq!(read(nested(4)), ["a-1", "a-2"], "{}", nested(4));
            assert!(read(nested(5)).is_empty(), "{}", nested(5));
        }
    }

    /// Of 64 KiB of ids only the first 200 are kept, and reading them takes no long time (decision 66).
    #[test]
    fn two_hundred_accounts_are_named_at_most() {
        let many: Vec<String> = (0..9_000).map(|number| alloc::format!("{number:x}")).collect();
        for count in [199, 200, 201, 9_000] {
            let url = ["https://a/?loginId=l&accountId=", &many[..count].join(",")].concat();
            let accounts = ids(&url).2;
            assert_eq!(accounts, many[..count.min(200)], "{count}");
        }
        let doubled = ["https://a/?loginId=l&accountId=a,A", &",a".repeat(30_000)].concat();
        assert_eq!(ids(&doubled).2, ["a"]);
    }

    #[test]
    fn a_message_around_an_event_is_refused_as_wrapped() {
        let event = r#"{"step":"REDIRECT","loginId":"l-1"}"#;
        let text = &*quoted(event);
        for (before, after) in [
            (r#"{"data":"#, "}"),
            (r#"{"isTrusted":true,"data":"#, r#","origin":"https://w.example","id":"m-1"}"#),
            (r#"{"requestId":"m-1","url":"https://a/?loginId=x","data":"#, "}"),
            (r#"{"nativeEvent":{"data":"#, r#","url":"https://a/?loginId=x"}}"#),
            (r#"{"detail":"#, "}"),
        ] {
            for inside in [event, text, r#""https://a/?loginId=l-1""#] {
                assert_eq!(ConnectNews::read(&[before, inside, after].concat()), Err(NotNews::Wrapped), "{before}");
            }
        }
        for other in [r#"{"data":{}}"#, r#"{"data":{"type":"x","id":7}}"#, r#"{"data":"hello"}"#, r#"{"data":null}"#] {
            assert_eq!(ConnectNews::read(other), Err(NotNews::Foreign), "{other}");
        }
        let messages = |count| (0..count).fold(event.into(), |inside, _| alloc::format!(r#"{{"data":{inside}}}"#));
        assert_eq!(ConnectNews::read(&messages(WRAPPED)), Err(NotNews::Wrapped));
        assert_eq!(ConnectNews::read(&messages(WRAPPED + 1)), Err(NotNews::Foreign));
        // An event may have data of its own.
        let own = r#"{"step":"APP_MOUNTED","data":{"loginId":"l-2"}}"#;
        assert_eq!(ids(own), (None, None, Vec::new()));
        assert!(NotNews::Wrapped.to_string().contains("event.data"));
    }

    //= docs/spec/redirect.md#what-stands-in-it
    //= type=test
    //# **REDIR-12** A client MUST read a redirect with `error` (and `error_description`, beside the caller's own
    //# `state`) as the news that the bank's sign-in failed, also if a `loginId` stands beside it, and MUST NOT show the
    //# two texts except in a form without control characters.
    #[test]
    fn a_redirect_with_an_error_is_news_of_an_error() {
        let read = |text: &str| ConnectNews::read(text).unwrap_or_else(|wrong| panic!("{text}: {wrong}"));
        for text in [
            "https://app.example/back?state=abc&error=access_denied&error_description=The+user+said+no",
            "https://app.example/back?error=access_denied&loginId=l-1&error_description=The%20user%20said%20no",
            "https://app.example/#/back?error=access_denied&error_description=The+user+said+no",
            "state=abc&error=access_denied&error_description=The+user+said+no",
            r#"{"state":"abc","error":"access_denied","error_description":"The user said no"}"#,
            r#"{"step":"REDIRECT","loginId":"l-1","error":"access_denied","error_description":"The user said no"}"#,
            r#"{"step":"REDIRECT","url":"https://a/?ERROR=access_denied&Error_Description=The+user+said+no"}"#,
        ] {
            let news = read(text);
            assert_eq!((news.means(), news.is_redirect()), (Meaning::Error, false), "{text}");
            assert_eq!((news.error.as_deref(), news.code.as_ref()), (Some("access_denied"), None), "{text}");
            assert_eq!(news.error_description.as_deref(), Some("The user said no"), "{text}");
        }
        // One parameter of a redirect beside the error is enough.
        for beside in [r#""state":"abc""#, r#""error_uri":"https://a/""#, r#""error_description":"The user said no""#] {
            let news = read(&alloc::format!(r#"{{"error":"access_denied",{beside}}}"#));
            assert_eq!((news.means(), news.error.as_deref()), (Meaning::Error, Some("access_denied")), "{beside}");
        }
        // An error that is a code of Flinks is read as the code, and the browser's text can be shown.
        let coded = read("https://a/?error=DISABLED_LOGIN");
        assert_eq!(coded.code, Some(FlinksCode::DisabledLogin));
        let evil = read("https://a/?error=%1b]52;x%07%e2%80%ae%3c&error_description=a%0Ab%1b[2J%e2%80%aec%ef%bb%bf");
        assert_eq!((evil.error.as_deref(), evil.code.as_ref()), (Some("]52;x<"), None));
        assert_eq!(evil.error_description.as_deref(), Some("ab[2Jc"));
        let long = read(&["https://a/?error=", &"e".repeat(500), "&error_description=", &"d".repeat(500)].concat());
        let lengths = (long.error.map(|text| text.len()), long.error_description.map(|text| text.len()));
        assert_eq!(lengths, (Some(64), Some(200)));
        // An empty error is not one, and an error of another script is not the widget's.
        for none in ["", "null", "undefined", "false", "0"] {
            let news = read(&["https://a/?loginId=l-1&error=", none].concat());
            assert_eq!((news.means(), news.error), (Meaning::Redirect, None), "{none}");
        }
        assert_eq!(ConnectNews::read(r#"{"error":"quota"}"#), Err(NotNews::Foreign));
        let step = read(r#"{"step":"SUBMIT_MFA","error":"quota"}"#);
        assert_eq!(
            (step.means(), step.error.as_deref(), &*step.other["error"]),
            (Meaning::Progress, None, "\"quota\"")
        );
    }

    /// A value of `flinksCode` is taken as a code only if it can be one.
    #[test]
    fn a_code_is_letters_digits_and_underscores() {
        let read = |code: &str| {
            let event = alloc::format!(r#"{{"step":"SUBMIT_MFA","flinksCode":{}}}"#, quoted(code));
            ConnectNews::read(&event).expect("news").code
        };
        for code in ["NEW_ONE_2", "RETRY_LATER"] {
            assert_eq!(read(code).as_ref().map(FlinksCode::as_str), Some(code));
        }
        for known in FlinksCode::KNOWN {
            assert_eq!(read(known.as_str()).as_ref(), Some(known));
        }
        for none in ["", "</p><script src=//evil.example/x.js>", "retry later", "A\u{202e}", &"A".repeat(65)] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
