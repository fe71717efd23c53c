//! The widget's options: every parameter of its URL but those of the session itself.

use crate::{account::DaysOfTransactions, connect::url::WidgetUrl};
use alloc::{borrow::Cow, boxed::Box, string::ToString, vec::Vec};
use core::fmt;
use rust_decimal::Decimal;

/// How the widget looks and what it does, chosen once for an app and put on each URL that it shows:
/// [`WidgetUrl::with_options`].
///
/// The parameters of the session (`requestId`, `resumeSelectedAccounts`, `authorizeToken`) are not here: they are the
/// session's. Each method takes the parameter of the same name; said twice, the last one counts. What the documentation
/// does not describe but integrations use is marked *seen in integrations*.
///
/// Source of the parameters, where a method names no other:
/// <https://docs.flinks.com/guides/connect/flinks-connect/widget>.
///
/// ```
/// use reconnect_core::connect::{Language, WidgetOptions, WidgetUrl};
/// use reconnect_core::{Instance, RequestId, Selection};
///
/// let options = WidgetOptions::new()
///     .language(Language::French)
///     .redirect_url("https://app.example/back?user=7&next=a b")
///     .tag("spring")
///     .inner_redirect(true);
///
/// let instance = Instance::named("toolbox", "43387ca6")?;
/// let url = WidgetUrl::resume(&instance, &RequestId::new("r-1")?, &Selection::all()).with_options(&options);
/// assert_eq!(
///     url.expose(),
///     "https://toolbox-iframe.private.fin.ag/?requestId=r-1&language=fr\
///      &redirectUrl=https%3A%2F%2Fapp.example%2Fback%3Fuser%3D7%26next%3Da%20b&tag=spring&innerRedirect=true"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct WidgetOptions(Vec<(Cow<'static, str>, Box<str>)>);

/// A parameter that cannot be an option.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOption {
    /// It has no name.
    #[error("a parameter of the widget has a name")]
    Nameless,
    /// It is the session's own.
    #[error("requestId, resumeSelectedAccounts and authorizeToken are the session's own parameters")]
    Reserved,
    /// It is no colour.
    #[error("a colour is 6 or 8 hexadecimal digits without #, such as f7f7f7")]
    Colour,
}

/// The parameters that only the session sets.
const RESERVED: [&str; 3] = ["requestId", "resumeSelectedAccounts", "authorizeToken"];

impl WidgetOptions {
    /// No options: the widget as the service shows it by itself.
    ///
    /// ```
    /// assert_eq!(reconnect_core::connect::WidgetOptions::new().iter().count(), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// With a parameter that has no method here. The value is any text; it is percent-encoded when it is written.
    ///
    /// # Errors
    /// [`InvalidOption::Nameless`], and [`InvalidOption::Reserved`] for what only the session sets.
    ///
    /// ```
    /// use reconnect_core::connect::{InvalidOption, WidgetOptions};
    /// let options = WidgetOptions::new().with("customerId", "43387ca6")?;
    /// assert_eq!(options.get("customerId"), Some("43387ca6"));
    /// assert_eq!(options.with("requestid", "r-1"), Err(InvalidOption::Reserved));
    /// # Ok::<(), InvalidOption>(())
    /// ```
    pub fn with(self, name: &str, value: &str) -> Result<Self, InvalidOption> {
        if name.is_empty() {
            return Err(InvalidOption::Nameless);
        }
        if RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
            return Err(InvalidOption::Reserved);
        }
        Ok(self.set(Cow::Owned(name.into()), value))
    }

    /// The value of a parameter, by its name in any letter case.
    ///
    /// ```
    /// use reconnect_core::connect::WidgetOptions;
    /// assert_eq!(WidgetOptions::new().demo(true).get("demo"), Some("true"));
    /// ```
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(has, _)| has.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Every parameter, as it will be written but not yet encoded, in the order in which they were first given.
    ///
    /// ```
    /// use reconnect_core::connect::WidgetOptions;
    /// let options = WidgetOptions::new().maximum_retry(3).demo(true).maximum_retry(2);
    /// assert_eq!(options.iter().collect::<Vec<_>>(), [("maximumRetry", "2"), ("demo", "true")]);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Names are compared without case: that the service does not is stated nowhere.
    fn set(mut self, name: Cow<'static, str>, value: &str) -> Self {
        match self.0.iter_mut().find(|(has, _)| has.eq_ignore_ascii_case(&name)) {
            Some(has) => *has = (name, value.into()),
            None => self.0.push((name, value.into())),
        }
        self
    }

    fn put(self, name: &'static str, value: &str) -> Self {
        self.set(Cow::Borrowed(name), value)
    }
}

/// One method for each parameter.
macro_rules! options {
    (@text bool, $value:ident) => { if $value { "true" } else { "false" } };
    (@text text, $value:ident) => { $value };
    (@text number, $value:ident) => { &$value.to_string() };
    (@text $word:ident, $value:ident) => { $value.as_str() };
    (@type bool) => { bool };
    (@type text) => { &str };
    (@type number) => { u32 };
    (@type $word:ident) => { $word };
    (@sample bool) => { "true" };
    (@sample text) => { "\"a b\"" };
    (@sample number) => { "3" };
    (@sample Language) => { "reconnect_core::connect::Language::French" };
    (@sample Currency) => { "reconnect_core::connect::Currency::Cad" };
    (@sample MonthsOfStatements) => { "reconnect_core::connect::MonthsOfStatements::Months12" };
    (@sample ProductType) => { "reconnect_core::connect::ProductType::Banking" };
    (@sample Colour) => { "reconnect_core::connect::Colour::hex(\"f7f7f7\").unwrap()" };
    ($($method:ident = $name:literal, $type:ident, $doc:literal;)*) => {
        impl WidgetOptions {
            $(
                #[doc = concat!("`", $name, "`: ", $doc)]
                ///
                /// ```
                /// # use reconnect_core::connect::WidgetOptions;
                #[doc = concat!("let options = WidgetOptions::new().", stringify!($method), "(", options!(@sample $type), ");")]
                #[doc = concat!("assert!(options.get(\"", $name, "\").is_some());")]
                /// ```
                #[must_use]
                pub fn $method(self, value: options!(@type $type)) -> Self {
                    self.put($name, options!(@text $type, value))
                }
            )*

            /// The name of every parameter that has a method of its own.
            ///
            /// ```
            /// assert!(reconnect_core::connect::WidgetOptions::NAMES.contains(&"redirectUrl"));
            /// ```
            pub const NAMES: &'static [&'static str] =
                &[$($name,)* "daysOfTransactions", "eftEligibleRatio", "features"];
        }
    };
}

options! {
    demo = "demo", bool, "shows the bank of the sandbox, Flinks Capital. It comes back in the redirect. Default: false.";
    toolbox = "toolbox", bool, "as [`demo`](Self::demo), in one version of the widget's page; elsewhere it is `demo`.";
    demo_outbound = "demoOutbound", bool, "plays a bank that logs in by OAuth, with its pop-up.";
    language = "language", Language, "the language of the widget, of the bank's prompts, and of the `loginId`: another one than the connection's makes a **new** `loginId`, so a URL that has one keeps its own. Default: English.";
    customer_name = "customerName", text, "your name on the consent page.";
    consent_enable = "consentEnable", bool, "the consent page. Without it you show one of your own: <https://docs.flinks.com/guides/connect/flinks-connect/white-labelling>. Default: true; older pages say false.";
    consent_title_appended_text = "consentTitleAppendedText", text, "text after the consent page's title. <https://docs.flinks.com/changelog/2024-08>";
    terms_url = "termsUrl", text, "a link to your terms on the consent page; it brings the events `…_TERMS`. <https://docs.flinks.com/docs/events>";
    terms_no_checkbox = "termsNoCheckbox", bool, "the terms without a box to tick. Seen in integrations.";
    close_enable = "closeEnable", bool, "an X, which does nothing but say `COMPONENT_CLOSE_SESSION`. Default: false. <https://docs.flinks.com/docs/parameters>";
    back_enable = "backEnable", bool, "a back button on the login page; off for a preselected institution. Default: true. <https://docs.flinks.com/docs/flinks-connect-parameters>";
    header_enable = "headerEnable", bool, "the header's text and logo. Default: true.";
    header_img_enable = "headerImgEnable", bool, "the header's logo. Default: true.";
    institution_filter_enable = "institutionFilterEnable", bool, "a search bar over the list of banks, in version 1. Default: false. <https://docs.flinks.com/docs/parameters>";
    static_loading_enable = "staticLoadingEnable", bool, "a screen while the widget loads. Default: false. <https://docs.flinks.com/changelog/2020-05>";
    remove_padding = "removePadding", bool, "no padding around the widget. Default: false.";
    theme = "theme", text, "the look of version 1, such as `light`. <https://docs.flinks.com/docs/parameters>";
    background_color = "backgroundColor", Colour, "the background, in version 1. <https://docs.flinks.com/docs/parameters>";
    foreground_color_1 = "foregroundColor1", Colour, "the first foreground colour, in version 1. <https://docs.flinks.com/docs/parameters>";
    foreground_color_2 = "foregroundColor2", Colour, "the second foreground colour, in version 1. <https://docs.flinks.com/docs/parameters>";
    desktop_layout = "desktopLayout", bool, "the wide layout, in version 1. <https://docs.flinks.com/docs/parameters>";
    box_layout = "boxLayout", bool, "the layout as a box, in version 1. <https://docs.flinks.com/docs/parameters>";
    fixed_height_enable = "fixedHeightEnable", bool, "one height for all pages, in version 1. Seen in integrations.";
    redirect_url = "redirectUrl", text, "where the widget goes at the end: a URL of a domain of yours, or a deep link. It may have a query of its own, which the service keeps and adds to; put a key of your session there. <https://docs.flinks.com/docs/successful-connection>";
    inner_redirect = "innerRedirect", bool, "the redirect happens inside the iframe.";
    js_redirect = "jsRedirect", bool, "the redirect is told as an event, without navigation. Seen in integrations.";
    oauth_window_redirect = "oauthWindowRedirect", bool, "banks that log in by OAuth take the whole page instead of a pop-up, for the browser of a mobile system. <https://docs.flinks.com/guides/connect/oauth-integration>";
    webview = "webview", bool, "events go to the native app that shows the widget. <https://docs.flinks.com/guides/connect/mobile-integration>";
    stringify = "stringify", bool, "events are posted as JSON text instead of an object; [`ConnectNews::read`](super::ConnectNews::read) takes both. <https://help.flinks.com/support/solutions/articles/43000436171>";
    tag = "tag", text, "a marker of yours, which comes back in the redirect and in webhooks. It need not be unique. <https://docs.flinks.com/guides/connect/flinks-connect/use-custom-tag>";
    schedule_refresh = "scheduleRefresh", bool, "Nightly Refresh for the connection, which is no longer actively supported. <https://docs.flinks.com/guides/connect/nightly-refresh>";
    account_selector_enable = "accountSelectorEnable", bool, "a page on which the end user selects accounts. A Reconnect that keeps some skips it. <https://docs.flinks.com/changelog/2022-09>";
    account_selector_multiple = "accountSelectorMultiple", bool, "several accounts may be selected. <https://docs.flinks.com/changelog/2019-09>";
    account_selector_no_title = "accountSelectorNoTitle", bool, "the selector hides the titles of accounts. <https://docs.flinks.com/changelog/2019-09>";
    account_selector_currency = "accountSelectorCurrency", Currency, "the selector shows accounts of one currency. <https://help.flinks.com/support/solutions/articles/43000436137>";
    show_all_accounts = "showAllAccounts", bool, "the selector shows all accounts, not only those for operations. <https://docs.flinks.com/changelog/2020-05>";
    show_all_operations_accounts = "showAllOperationsAccounts", bool, "the selector shows all accounts for operations. Seen in integrations.";
    fetch_all_accounts = "fetchAllAccounts", bool, "the service fetches all accounts even where one was selected. <https://docs.flinks.com/changelog/2019-01>";
    details_and_statement_enable = "detailsAndStatementEnable", bool, "statements are fetched. Seen in integrations.";
    months_of_statements = "monthsOfStatements", MonthsOfStatements, "how many statements. Seen in integrations.";
    with_transactions = "withTransactions", bool, "transactions are fetched. Seen in integrations.";
    statement = "statement", bool, "seen in integrations; no source says what it does.";
    wait_summary = "waitSummary", bool, "seen in integrations; no source says what it does.";
    with_mfa_questions = "withMFAQuestions", bool, "seen in integrations; `/Authorize` has an option of that name that collects the bank's security questions.";
    enhanced_mfa = "enhancedMFA", bool, "a step that asks all security questions at once. Deprecated: <https://docs.flinks.com/guides/connect/nightly-refresh>";
    skip_enhanced_mfa = "skipEnhancedMFA", bool, "the end user may skip that step. <https://docs.flinks.com/changelog/2018-12>";
    maximum_retry = "maximumRetry", number, "how often an answer may be tried before `MAXIMUM_RETRY_REACHED`. Seen in integrations.";
    product_type = "productType", ProductType, "which of the service's products. Default: banking. <https://docs.flinks.com/docs/flinks-connect-parameters>";
    institutions_location = "institutionsLocation", text, "the country of the banks in the list, such as `ca`. Seen in integrations.";
}

/// Parameters of a form of their own.
impl WidgetOptions {
    /// `daysOfTransactions`: how far back transactions go. Seen in integrations; the API has the same two words.
    ///
    /// ```
    /// use reconnect_core::{accounts::DaysOfTransactions, connect::WidgetOptions};
    /// let options = WidgetOptions::new().days_of_transactions(DaysOfTransactions::Days365);
    /// assert_eq!(options.get("daysOfTransactions"), Some("Days365"));
    /// ```
    #[must_use]
    pub fn days_of_transactions(self, value: DaysOfTransactions) -> Self {
        self.put(
            "daysOfTransactions",
            match value {
                DaysOfTransactions::Days90 => "Days90",
                DaysOfTransactions::Days365 => "Days365",
            },
        )
    }

    /// `eftEligibleRatio`: a number such as 0.8. Seen in integrations; no source says what it does.
    ///
    /// ```
    /// use reconnect_core::{Decimal, connect::WidgetOptions};
    /// let options = WidgetOptions::new().eft_eligible_ratio(Decimal::new(8, 1));
    /// assert_eq!(options.get("eftEligibleRatio"), Some("0.8"));
    /// ```
    #[must_use]
    pub fn eft_eligible_ratio(self, value: Decimal) -> Self {
        self.put("eftEligibleRatio", &value.to_string())
    }

    /// `features`: the lines of the consent page of version 1, such as `TransactionHistory` and `AccountNumber`.
    /// Source: <https://docs.flinks.com/docs/parameters>.
    ///
    /// ```
    /// use reconnect_core::connect::WidgetOptions;
    /// let options = WidgetOptions::new().features(["TransactionHistory", "AccountNumber"]);
    /// assert_eq!(options.get("features"), Some("TransactionHistory,AccountNumber"));
    /// ```
    #[must_use]
    pub fn features<'a>(self, lines: impl IntoIterator<Item = &'a str>) -> Self {
        let lines: Vec<&str> = lines.into_iter().collect();
        self.put("features", &lines.join(","))
    }
}

impl WidgetUrl {
    /// With the options of an app. What the URL has already stays as it is: a session's own `language`, or what the
    /// instance's address was given with. So nothing is in it twice.
    ///
    /// ```
    /// use reconnect_core::connect::{Language, WidgetOptions, WidgetUrl};
    /// use reconnect_core::Instance;
    ///
    /// let instance = Instance::at("https://api.example", "https://widget.example/v2/?demo=true", "c")?;
    /// let options = WidgetOptions::new().demo(false).language(Language::English);
    /// let url = WidgetUrl::connect(&instance, Some("FlinksCapital")).with_options(&options);
    /// assert_eq!(url.expose(), "https://widget.example/v2/Credential/FlinksCapital?demo=true&language=en");
    /// # Ok::<(), reconnect_core::InvalidInstance>(())
    /// ```
    #[must_use]
    pub fn with_options(self, options: &WidgetOptions) -> Self {
        options.iter().fold(self, |url, (name, value)| if url.has(name) { url } else { url.with(name, value) })
    }
}

/// Says which options there are, and none of their values: a redirect URL may name an end user.
impl fmt::Debug for WidgetOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WidgetOptions")?;
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

/// A word of the service's own.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$say:meta])* $word:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$say])* $word,)*
        }

        impl $name {
            /// The word as the widget takes it.
            ///
            /// ```
            #[doc = concat!("use reconnect_core::connect::", stringify!($name), ";")]
            #[doc = concat!($("assert_eq!(", stringify!($name), "::", stringify!($word), ".as_str(), \"", $text, "\");\n",)*)]
            /// ```
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)*
                }
            }
        }
    };
}

words! {
    /// The widget's languages. Source: <https://docs.flinks.com/docs/parameters>.
    Language {
        /// English.
        English = "en",
        /// French.
        French = "fr",
    }
}
words! {
    /// The account selector's currencies.
    /// Source: <https://help.flinks.com/support/solutions/articles/43000436137>.
    Currency {
        /// Canadian dollars.
        Cad = "cad",
        /// US dollars.
        Usd = "usd",
    }
}
words! {
    /// How many statements the widget fetches. Seen in integrations; for other words use [`WidgetOptions::with`].
    MonthsOfStatements {
        /// The last one.
        MostRecent = "MostRecent",
        /// Those of 12 months.
        Months12 = "Months12",
    }
}
words! {
    /// The service's products. Source: <https://docs.flinks.com/docs/flinks-connect-parameters>.
    ProductType {
        /// Bank accounts, the default.
        Banking = "banking",
        /// Investments; the product ended on 2026-04-30.
        Investment = "investment",
    }
}

/// A colour: 6 hexadecimal digits, or 8 with its opacity, without `#`.
/// Source: <https://docs.flinks.com/docs/parameters>.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Colour([u8; 8], u8);

impl Colour {
    /// Takes `digits` as a colour.
    ///
    /// # Errors
    /// [`InvalidOption::Colour`] where they are not 6 or 8 hexadecimal digits.
    ///
    /// ```
    /// use reconnect_core::connect::Colour;
    /// assert_eq!(Colour::hex("ffffff00")?.as_str(), "ffffff00");
    /// assert!(Colour::hex("#ffffff").is_err());
    /// # Ok::<(), reconnect_core::connect::InvalidOption>(())
    /// ```
    pub fn hex(digits: &str) -> Result<Self, InvalidOption> {
        let bytes = digits.as_bytes();
        if !matches!(bytes.len(), 6 | 8) || !bytes.iter().all(u8::is_ascii_hexdigit) {
            return Err(InvalidOption::Colour);
        }
        let mut kept = [0; 8];
        kept[..bytes.len()].copy_from_slice(bytes);
        Ok(Self(kept, bytes.len() as u8))
    }

    /// The digits as they were given.
    ///
    /// ```
    /// # use reconnect_core::connect::Colour;
    /// assert_eq!(Colour::hex("F7f7f7").unwrap().as_str(), "F7f7f7");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0[..usize::from(self.1)]).unwrap_or_default()
    }
}

impl fmt::Debug for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
