//! What the widget's URL asks for.

use crate::scenario::user::Language;

/// The parameters that a page or an integration names, by what they are for. There may be more, and the doctor looks at
/// the letter case of these only.
pub(crate) static NAMES: &[&str] = &[
    // The session. `demo` comes back in the redirect; Flinks Capital is listed without it too.
    "authorizeToken",
    "requestId",
    "resumeSelectedAccounts",
    "scheduleRefresh",
    "language",
    "tag",
    "demo",
    // Consent. The default of the first is true.
    "consentEnable",
    "customerName",
    "consentTitleAppendedText",
    "termsUrl",
    "termsNoCheckbox",
    // The account selector. What the last one asks for is the default here.
    "accountSelectorEnable",
    "accountSelectorMultiple",
    "accountSelectorNoTitle",
    "accountSelectorCurrency",
    "showAllAccounts",
    "showAllOperationsAccounts",
    // The end, and a bank that signs in by OAuth: the last one opens its page in the whole window and not in a pop-up.
    "redirectUrl",
    "innerRedirect",
    "jsRedirect",
    "oauthWindowRedirect",
    // Messages.
    "stringify",
    "webview",
    // The page. The default of the first three is true, and that of the next two is false.
    "backEnable",
    "headerEnable",
    "headerImgEnable",
    "closeEnable",
    "institutionFilterEnable",
    "theme",
    "backgroundColor",
    "maximumRetry",
    // Ignored, as every other name is: the first design's look,
    "features",
    "foregroundColor1",
    "foregroundColor2",
    "desktopLayout",
    "boxLayout",
    "fixedHeightEnable",
    "removePadding",
    "staticLoadingEnable",
    // what is collected afterwards,
    "fetchAllAccounts",
    "daysOfTransactions",
    "withTransactions",
    "detailsAndStatementEnable",
    "monthsOfStatements",
    // and the rest, of which the first two are deprecated.
    "enhancedMFA",
    "skipEnhancedMFA",
    "demoOutbound",
    "productType",
    "institutionsLocation",
];

/// The query of the widget's URL: <https://docs.flinks.com/guides/connect/flinks-connect/widget>,
/// <https://docs.flinks.com/docs/customize-your-integration>. A default is the newest that a page names.
///
/// `origin` is ours: the origin that events are posted to, that of `redirectUrl` without it. `toolbox`, `customerId`,
/// `statement`, `waitSummary`, `withMFAQuestions` and `eftEligibleRatio` were seen, and are ignored.
#[derive(Clone)]
pub(crate) struct Parameters {
    pub(super) token: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) selection: Vec<String>,
    pub(super) language: Language,
    pub(super) tag: Option<String>,
    pub(super) demo: bool,
    pub(super) schedule: bool,
    pub(super) consent: bool,
    pub(super) customer_name: Option<String>,
    pub(super) consent_title: Option<String>,
    pub(super) terms_url: Option<String>,
    pub(super) terms_checkbox: bool,
    /// None where the user is not asked for accounts.
    pub(super) selector: Option<Selector>,
    pub(super) redirect_url: Option<String>,
    pub(super) inner_redirect: bool,
    pub(super) js_redirect: bool,
    pub(super) oauth_in_window: bool,
    origin: Option<String>,
    pub(super) stringify: bool,
    pub(super) webview: bool,
    pub(super) back: bool,
    pub(super) header: bool,
    pub(super) header_image: bool,
    pub(super) close: bool,
    pub(super) filter: bool,
    /// `light` or `dark`; the browser's choice without one.
    pub(super) theme: Option<&'static str>,
    /// Hexadecimal digits, no more.
    pub(super) background: Option<String>,
    pub(super) maximum_retry: Option<u32>,
}

/// <https://help.flinks.com/support/solutions/articles/43000436137-account-selector-accounts-filtering>,
/// <https://docs.flinks.com/changelog/2020-05>.
#[derive(Clone)]
pub(crate) struct Selector {
    pub(super) multiple: bool,
    pub(super) titles: bool,
    pub(super) currency: Option<String>,
    /// Not only operations accounts.
    pub(super) all: bool,
}

impl Parameters {
    pub(super) fn read(pairs: &[(String, String)]) -> Self {
        let all = |name: &'static str| pairs.iter().filter(move |(given, _)| given == name).map(|(_, value)| value);
        let first = |name| all(name).next().filter(|value| !value.is_empty()).cloned();
        let is = |name, text: &str| all(name).next().is_some_and(|value| value == text);
        let listed = all("resumeSelectedAccounts").flat_map(|list| list.split(','));
        Parameters {
            token: all("authorizeToken").next().cloned(),
            request_id: all("requestId").next().cloned(),
            selection: listed.filter(|id| !id.is_empty()).map(str::to_owned).collect(),
            language: first("language").and_then(|text| Language::read(&text)).unwrap_or_default(),
            tag: all("tag").next().cloned(),
            demo: is("demo", "true"),
            schedule: is("scheduleRefresh", "true"),
            consent: !is("consentEnable", "false"),
            customer_name: first("customerName").map(|name| shorten(&name)),
            consent_title: first("consentTitleAppendedText").map(|text| shorten(&text)),
            terms_url: first("termsUrl").filter(|url| url.starts_with("https://") || url.starts_with("http://")),
            terms_checkbox: !is("termsNoCheckbox", "true"),
            selector: is("accountSelectorEnable", "true").then(|| Selector {
                multiple: is("accountSelectorMultiple", "true"),
                titles: !is("accountSelectorNoTitle", "true"),
                currency: first("accountSelectorCurrency"),
                all: is("showAllAccounts", "true"),
            }),
            redirect_url: all("redirectUrl").next().cloned(),
            inner_redirect: is("innerRedirect", "true"),
            js_redirect: is("jsRedirect", "true"),
            oauth_in_window: is("oauthWindowRedirect", "true"),
            origin: all("origin").next().cloned(),
            stringify: is("stringify", "true"),
            webview: is("webview", "true"),
            back: !is("backEnable", "false"),
            header: !is("headerEnable", "false"),
            header_image: !is("headerImgEnable", "false"),
            close: is("closeEnable", "true"),
            filter: is("institutionFilterEnable", "true"),
            theme: ["light", "dark"].into_iter().find(|theme| is("theme", theme)),
            background: first("backgroundColor").filter(|digits| is_color(digits)),
            maximum_retry: first("maximumRetry").and_then(|number| number.parse().ok()),
        }
    }

    /// Where events are posted: exactly one origin, or nowhere.
    pub(super) fn target_origin(&self) -> Option<String> {
        match (&self.origin, &self.redirect_url) {
            (Some(origin), _) => origin_of(origin).filter(|clean| clean == origin),
            (None, Some(url)) => origin_of(url),
            (None, None) => None,
        }
    }

    pub(super) fn redirect_is_bad(&self) -> bool {
        self.redirect_url.as_deref().is_some_and(is_bad_redirect)
    }
}

/// An address without a scheme leads nowhere. One that runs script is refused, since its script would run as the widget.
pub(crate) fn is_bad_redirect(url: &str) -> bool {
    let Some((scheme, _)) = url.split_once("://") else { return true };
    let scheme = scheme.to_ascii_lowercase();
    let plain = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let runs = ["javascript", "data", "vbscript", "blob", "file"].contains(&scheme.as_str());
    runs || !plain || scheme.is_empty() || url.chars().any(char::is_control)
}

/// A redirect's address as a source of a content security policy: its origin, or its scheme if it has no origin.
pub(super) fn form_target(url: &str) -> Option<String> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    origin_of(url).or(scheme.filter(|_| !is_bad_redirect(url)).map(|scheme| format!("{scheme}:")))
}

/// A name in a title stays a name.
fn shorten(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(80).collect()
}

fn is_color(digits: &str) -> bool {
    [3, 6, 8].contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `http` and `https` only: another scheme has no origin that a message could be posted to.
fn origin_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte));
    let known = scheme == "http" || scheme == "https";
    (known && plain && !host.is_empty()).then(|| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Parameters {
        Parameters::read(&crate::http::read_pairs(query))
    }

    #[test]
    fn events_go_to_one_origin_or_nowhere() {
        let table = [
            ("", None),
            ("redirectUrl=https://App.example:8443/x?y", Some("https://app.example:8443")),
            ("redirectUrl=https://user@app.example", Some("https://app.example")),
            ("redirectUrl=myapp://callback", None),
            ("origin=http://127.0.0.1:9000&redirectUrl=https://b.example", Some("http://127.0.0.1:9000")),
            ("origin=*&redirectUrl=https://b.example", None),
            ("origin=https://a.example/path", None),
            ("origin=https://a.example%22%3E", None),
        ];
        for (query, target) in table {
            assert_eq!(read(query).target_origin().as_deref(), target, "{query}");
        }
    }

    #[test]
    fn a_redirect_must_be_an_address_that_runs_nothing() {
        for bad in
            ["", "/next", "app.example", "javascript://%250aalert(1)", "JavaScript://x", "data://x", "://x", "a b://x"]
        {
            assert!(read(&format!("redirectUrl={bad}")).redirect_is_bad(), "{bad}");
        }
        for good in ["https://a.example/x?y=1", "myapp://callback"] {
            assert!(!read(&format!("redirectUrl={good}")).redirect_is_bad(), "{good}");
        }
    }

    #[test]
    fn what_enters_the_style_is_a_color() {
        for (given, kept) in [("f7f7f7", true), ("fff", true), ("ffffff00", true), ("red", false), ("0;}*{", false)] {
            assert_eq!(read(&format!("backgroundColor={given}")).background.is_some(), kept, "{given}");
        }
    }

    #[test]
    fn defaults_are_those_of_the_newest_pages() {
        let bare = read("");
        assert!(bare.consent && bare.back && bare.header && bare.header_image && bare.terms_checkbox);
        assert!(!bare.close && !bare.filter && bare.selector.is_none() && bare.maximum_retry.is_none());
        let off = read("consentEnable=false&backEnable=false&headerEnable=false&theme=neon&maximumRetry=x");
        assert!(!off.consent && !off.back && !off.header && off.theme.is_none() && off.maximum_retry.is_none());
    }
}
