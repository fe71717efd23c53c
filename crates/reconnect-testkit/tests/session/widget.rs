//! The widget's URL parses back as what was written, and its origin is told from every look-alike.

use core::fmt::Write;
use proptest::prelude::*;
use reconnect_core::accounts::DaysOfTransactions;
use reconnect_core::connect::{
    Colour, ConnectNews, Currency, Language, MonthsOfStatements, ProductType, WidgetOptions, WidgetUrl, same_origin,
};
use reconnect_core::{AccountId, Decimal, Instance, RequestId, Secret, Selection, StartOver};
use reconnect_testkit::fixtures;
use url::Url;

/// Names and values, by another parser than ours.
fn query(url: &str) -> Vec<(String, String)> {
    let url = Url::parse(url).expect("an absolute URL");
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

fn at(widget: &str) -> Instance {
    Instance::at("https://api.example", widget, "c").expect("an instance")
}

/// Text that a URL has to take apart if it is not encoded.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z&=?#%+;,/ \\[\\]\"'<>\u{e9}\u{1f600}]{0,24}",
        Just("%26x=1&requestId=r-2".to_owned())
    ]
}

/// Options, and what they come to.
fn options() -> impl Strategy<Value = (WidgetOptions, Vec<(String, String)>)> {
    let free = prop::collection::vec(("[^\u{0}]{1,12}", text()), 0..5);
    (free, any::<bool>(), any::<u32>(), text(), text()).prop_map(|(free, on, retries, tag, redirect)| {
        let mut options = WidgetOptions::new().demo(on).tag(&tag).maximum_retry(retries).redirect_url(&redirect);
        for (name, value) in &free {
            options = options.clone().with(name, value).unwrap_or(options);
        }
        let expected = options.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        (options, expected)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_written_parses_back(
        (options, expected) in options(),
        request in "[^\\p{Cc}]{1,30}",
        accounts in prop::collection::vec("[^,\\p{Cc}]{1,12}", 0..4),
        token in text(),
        base in prop::sample::select(vec!["https://w.example/", "https://w.example/v2/", "https://w.example/v2", "https://w.example"]),
    ) {
        // `.` and `..` are not ids.
        prop_assume!(accounts.iter().chain([&request]).all(|id| id != "." && id != ".."));
        let ids: Result<Vec<_>, _> = accounts.iter().map(|id| AccountId::new(id)).collect();
        let keep = Selection::only(ids.expect("ids")).unwrap_or_default();
        let request = RequestId::new(&request).expect("an id");
        let url = WidgetUrl::resume(&at(base), &request, &keep).at_most(u32::MAX);
        let url = url.with_options(&options).with_token(&Secret::from(token.as_str()));
        let read = query(url.expose());

        // The session's own parameters, once each, in this order, and everything else between them.
        let mut written = vec![("requestId".to_owned(), request.as_str().to_owned())];
        if let Some(ids) = keep.ids() {
            let ids: Vec<&str> = ids.iter().map(AccountId::as_str).collect();
            written.push(("resumeSelectedAccounts".to_owned(), ids.join(",")));
        }
        written.extend(expected);
        written.push(("authorizeToken".to_owned(), token));
        prop_assert_eq!(read, written);
        prop_assert!(!url.expose().contains('#'));
    }

    #[test]
    fn what_the_url_has_stays(
        (options, expected) in options(),
        institution in prop::option::of(prop_oneof![4 => text(), 1 => "\\.{1,2}"]),
    ) {
        let mut parts = StartOver::default();
        parts.institution = institution.as_deref().map(Into::into);
        parts.language = Some("fr".into());
        let options = options.language(Language::English);
        let url = WidgetUrl::start_over(&at("https://w.example/v2/?DEMO=true"), &parts).with_options(&options);
        let read = query(url.expose());
        let count = |wanted: &str| read.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).count();
        for (name, _) in &expected {
            prop_assert_eq!(count(name), 1, "{}", name);
        }
        prop_assert!(read.contains(&("language".to_owned(), "fr".to_owned())) && count("language") == 1);
        prop_assert!(read.contains(&("DEMO".to_owned(), "true".to_owned())));
        // The institution stays one segment of the path, unless it is a segment that a browser takes away.
        let path = Url::parse(url.expose()).expect("a URL").path().to_owned();
        match institution.as_deref() {
            None => prop_assert_eq!(path, "/v2/"),
            Some(".") => prop_assert_eq!(path, "/v2/Credential/"),
            Some("..") => prop_assert_eq!(path, "/v2/"),
            Some(_) => prop_assert_eq!(path.matches('/').count(), 3, "{}", path),
        }
    }

    /// Whatever is no origin, or another one, is refused: `url` decides as browsers do.
    #[test]
    fn origins_are_what_a_browser_says_they_are(
        scheme in prop::sample::select(vec!["https", "HTTPS", "http", "wss", "ftp", "https "]),
        host in prop_oneof!["[a-c.:@/\\\\\\-]{0,10}", prop::sample::select(vec!["w.example", "W.EXAMPLE", "w.example.", "[::1]", "127.0.0.1"]).prop_map(str::to_owned)],
        port in prop::option::of(prop_oneof![any::<u16>().prop_map(|port| port.to_string()), "[0-9+ -]{0,6}"]),
        rest in prop::sample::select(vec!["", "", "", "/", "?", "#", "/x", " "]),
        widget in prop::sample::select(vec!["https://w.example/v2/", "https://w.example:8443/", "http://[::1]:80/", "http://127.0.0.1/", "https://a.b"]),
    ) {
        let mut origin = format!("{scheme}://{host}");
        if let Some(port) = port {
            write!(origin, ":{port}").expect("text");
        }
        origin.push_str(rest);
        let same = Url::parse(&origin).is_ok_and(|theirs| theirs.origin() == Url::parse(widget).expect("a URL").origin());
        // A browser reports an origin and nothing else: what is accepted is the same, and has no more to it.
        if same_origin(&at(widget), &origin) {
            prop_assert!(same, "{}", origin);
        }
        // What a browser would report for that origin is accepted.
        if same {
            let reported = Url::parse(&origin).expect("a URL").origin().ascii_serialization();
            prop_assert!(same_origin(&at(widget), &reported), "{}", reported);
        }
    }
}

#[test]
fn look_alikes_are_refused() {
    let toolbox = Instance::named("toolbox", "c").expect("an instance");
    for same in [
        "https://toolbox-iframe.private.fin.ag",
        "https://toolbox-iframe.private.fin.ag:443",
        "HTTPS://Toolbox-IFRAME.private.fin.ag",
    ] {
        assert!(same_origin(&toolbox, same), "{same}");
    }
    for hostile in [
        "",
        "null",
        "NULL",
        "*",
        "https://",
        "https://null",
        "toolbox-iframe.private.fin.ag",
        "//toolbox-iframe.private.fin.ag",
        "https:toolbox-iframe.private.fin.ag",
        "https:/toolbox-iframe.private.fin.ag",
        "http://toolbox-iframe.private.fin.ag",
        "http://toolbox-iframe.private.fin.ag:443",
        "wss://toolbox-iframe.private.fin.ag",
        "https://toolbox-iframe.private.fin.ag:80",
        "https://toolbox-iframe.private.fin.ag:8443",
        "https://toolbox-iframe.private.fin.ag:65979",
        "https://toolbox-iframe.private.fin.ag:",
        "https://toolbox-iframe.private.fin.ag:0443",
        "https://toolbox-iframe.private.fin.ag:+443",
        "https://toolbox-iframe.private.fin.ag: 443",
        "https://toolbox-iframe.private.fin.ag:443:443",
        "https://toolbox-iframe.private.fin.ag/",
        "https://toolbox-iframe.private.fin.ag/v2/",
        "https://toolbox-iframe.private.fin.ag?x",
        "https://toolbox-iframe.private.fin.ag#x",
        " https://toolbox-iframe.private.fin.ag",
        "https://toolbox-iframe.private.fin.ag ",
        "https://toolbox-iframe.private.fin.ag\n",
        "https://toolbox-iframe.private.fin.ag\0",
        "https://toolbox-iframe.private.fin.ag.",
        "https://toolbox-iframe.private.fin.ag.evil.example",
        "https://toolbox-iframe.private.fin.agevil.example",
        "https://evil.example/toolbox-iframe.private.fin.ag",
        "https://evil.example?https://toolbox-iframe.private.fin.ag",
        "https://evil.example#toolbox-iframe.private.fin.ag",
        "https://evil.example\\@toolbox-iframe.private.fin.ag",
        "https://evil@toolbox-iframe.private.fin.ag",
        "https://toolbox-iframe.private.fin.ag@evil.example",
        "https://toolbox-iframe.private.fin.ag:443@evil.example",
        "https://private.fin.ag",
        "https://iframe.private.fin.ag",
        "https://xtoolbox-iframe.private.fin.ag",
        "https://x.toolbox-iframe.private.fin.ag",
        "https://other-iframe.private.fin.ag",
        "https://toolbox-iframe-private.fin.ag",
        "https://toolbox-iframe.private.fin.a\u{261}",
        "https://tool\u{212a}ox-iframe.private.fin.ag",
        "https://toolbox-iframe.private.fin%2eag",
        "https://toolbox\u{2010}iframe.private.fin.ag",
        "https://toolbox-iframe\u{3002}private\u{3002}fin\u{3002}ag",
        "blob:https://toolbox-iframe.private.fin.ag",
        "data:text/html,https://toolbox-iframe.private.fin.ag",
        "https://https://toolbox-iframe.private.fin.ag",
    ] {
        assert!(!same_origin(&toolbox, hostile), "{hostile:?}");
    }
    // Ports, loopback, and the many spellings of one address.
    let here = at("http://127.0.0.1:8080/v2/");
    assert!(same_origin(&here, "http://127.0.0.1:8080"));
    for other in [
        "http://127.0.0.1",
        "http://127.0.0.1:80",
        "http://localhost:8080",
        "http://127.1:8080",
        "http://2130706433:8080",
    ] {
        assert!(!same_origin(&here, other), "{other}");
    }
    let six = at("http://[::1]:8080/");
    assert!(same_origin(&six, "http://[::1]:8080") && same_origin(&six, "http://[0:0:0:0:0:0:0:1]:8080"));
    for other in [
        "http://[::2]:8080",
        "http://::1:8080",
        "http://[::1]8080",
        "http://[::1]:8080]",
        "http://[::1",
        "http://[]:8080",
    ] {
        assert!(!same_origin(&six, other), "{other}");
    }
    let plain = at("http://localhost/");
    assert!(same_origin(&plain, "http://localhost:80") && same_origin(&plain, "http://LOCALHOST"));
    // An address that has no origin to compare with is refused.
    for odd in ["https://:443/", "https://a:b:c/", "https://a:99999/", "https://[::1/"] {
        let refused = Instance::at("https://api.example", odd, "c");
        assert_eq!(refused, Err(reconnect_core::InvalidInstance::WidgetUrl), "{odd}");
    }
}

#[test]
fn every_parameter_that_was_ever_seen_has_a_name() {
    let urls: Vec<String> = serde_json::from_str(&fixtures::text("client/widget-urls-seen")).expect("a list");
    let own = ["requestId", "resumeSelectedAccounts", "authorizeToken", "..."];
    let mut seen = 0;
    for url in &urls {
        for pair in url.split_once('?').map_or("", |(_, query)| query).split('&').filter(|pair| !pair.is_empty()) {
            let name = pair.split('=').next().unwrap_or_default();
            assert!(WidgetOptions::NAMES.contains(&name) || own.contains(&name), "{name} of {url}");
            seen += 1;
        }
    }
    assert!(seen > 60, "{seen}");
}

//= docs/spec/widget-url.md#who-is-connected-and-how-it-ends
//# **URL-19** A client MUST percent-encode a `redirectUrl` that has a query of its own.
//= docs/spec/widget-url.md#writing
//# **URL-12** A client MUST write names as they stand here.
#[test]
fn each_option_is_written_under_its_documented_name() {
    let none = WidgetOptions::new;
    let colour = Colour::hex("f7f7f7").expect("a colour");
    let words = none().consent_title_appended_text("a b").features(["TransactionHistory", "AccountNumber"]);
    let table = [
        //= docs/spec/widget-url.md#who-is-connected-and-how-it-ends
        //# **URL-15** A client MUST write `language` as `en` (the default) or `fr`.
        (none().language(Language::French), "language=fr"),
        (none().language(Language::English), "language=en"),
        //= docs/spec/widget-url.md#who-is-connected-and-how-it-ends
        //# **URL-16** A client MAY add `tag` (any text, not unique).
        (none().tag("a b"), "tag=a%20b"),
        //= docs/spec/widget-url.md#who-is-connected-and-how-it-ends
        //# **URL-17** A client MAY add `demo=true` (default false) to see the bank `FlinksCapital`.
        //= docs/spec/sandbox.md#flinks-own
        //# **SBX-2** A client SHOULD add `demo=true` to the widget of the public sandbox.
        (none().demo(true).toolbox(true), "demo=true&toolbox=true"),
        //= docs/spec/widget-url.md#who-is-connected-and-how-it-ends
        //# **URL-18** A client MAY add `demoOutbound=true` to try the pop-up of OAuth banks.
        (none().demo_outbound(true), "demoOutbound=true"),
        //= docs/spec/widget-url.md#who-is-connected-and-how-it-ends
        //# **URL-20** A client MAY add `innerRedirect=true` (the end stays inside the iframe) or `jsRedirect=true` (the
        //# end comes as an event only).
        (none().inner_redirect(true).js_redirect(true), "innerRedirect=true&jsRedirect=true"),
        //= docs/spec/widget-url.md#who-is-connected-and-how-it-ends
        //# **URL-21** A client MAY add `customerName`.
        (none().customer_name("a b"), "customerName=a%20b"),
        //= docs/spec/widget-url.md#who-is-connected-and-how-it-ends
        //# **URL-22** A client MUST set `consentEnable` itself if it matters.
        (none().consent_enable(false), "consentEnable=false"),
        //= docs/spec/widget-url.md#who-is-connected-and-how-it-ends
        //# **URL-23** A client MAY add `consentTitleAppendedText`, `features` (a comma list such as
        //# `TransactionHistory,AccountNumber`), `termsUrl` and `termsNoCheckbox`.
        (words, "consentTitleAppendedText=a%20b&features=TransactionHistory%2CAccountNumber"),
        (none().terms_url("a").terms_no_checkbox(true), "termsUrl=a&termsNoCheckbox=true"),
        //= docs/spec/widget-url.md#look
        //# **URL-24** A client MAY add `closeEnable` (default false).
        (none().close_enable(true), "closeEnable=true"),
        //= docs/spec/widget-url.md#look
        //# **URL-25** A client SHOULD add `backEnable=false` (default true) with a preselected institution.
        (none().back_enable(false), "backEnable=false"),
        //= docs/spec/widget-url.md#look
        //# **URL-26** A client MAY add `headerEnable` and `headerImgEnable` (default true), `removePadding`,
        //# `staticLoadingEnable` and `institutionFilterEnable` (default false).
        (none().header_enable(false).header_img_enable(false), "headerEnable=false&headerImgEnable=false"),
        (none().remove_padding(true).static_loading_enable(true), "removePadding=true&staticLoadingEnable=true"),
        (none().institution_filter_enable(true), "institutionFilterEnable=true"),
        //= docs/spec/widget-url.md#look
        //# **URL-27** A client MAY add `theme`, `backgroundColor`, `foregroundColor1`, `foregroundColor2` (hexadecimal
        //# without `#`), `desktopLayout`, `boxLayout` and `fixedHeightEnable` to the first design.
        (none().theme("light").background_color(colour), "theme=light&backgroundColor=f7f7f7"),
        (
            none().foreground_color_1(colour).foreground_color_2(colour),
            "foregroundColor1=f7f7f7&foregroundColor2=f7f7f7",
        ),
        (
            none().desktop_layout(true).box_layout(true).fixed_height_enable(true),
            "desktopLayout=true&boxLayout=true&fixedHeightEnable=true",
        ),
        //= docs/spec/widget-url.md#accounts-and-data
        //# **URL-28** A client MAY add `accountSelectorEnable=true` for the step of selecting accounts, with
        //# `accountSelectorMultiple`, `accountSelectorNoTitle`, `accountSelectorCurrency` (`cad`, `usd`),
        //# `showAllAccounts` and `showAllOperationsAccounts`.
        (
            none().account_selector_enable(true).account_selector_multiple(true).account_selector_no_title(true),
            "accountSelectorEnable=true&accountSelectorMultiple=true&accountSelectorNoTitle=true",
        ),
        (
            none().account_selector_currency(Currency::Cad).show_all_accounts(true).show_all_operations_accounts(true),
            "accountSelectorCurrency=cad&showAllAccounts=true&showAllOperationsAccounts=true",
        ),
        //= docs/spec/widget-url.md#accounts-and-data
        //# **URL-29** A client MAY add `fetchAllAccounts=true` to have all accounts fetched in the background although
        //# one was selected.
        (none().fetch_all_accounts(true), "fetchAllAccounts=true"),
        //= docs/spec/widget-url.md#accounts-and-data
        //# **URL-30** A client MUST write `daysOfTransactions` as `Days90` or `Days365`, and `monthsOfStatements` as
        //# `Months12` or `MostRecent` beside `detailsAndStatementEnable=true`.
        (none().days_of_transactions(DaysOfTransactions::Days365), "daysOfTransactions=Days365"),
        (
            none().details_and_statement_enable(true).months_of_statements(MonthsOfStatements::Months12),
            "detailsAndStatementEnable=true&monthsOfStatements=Months12",
        ),
        //= docs/spec/widget-url.md#accounts-and-data
        //# **URL-31** A client MAY add `withTransactions`, `statement`, `waitSummary`, `withMFAQuestions` and
        //# `eftEligibleRatio`.
        (
            none().with_transactions(true).statement(true).wait_summary(true).with_mfa_questions(true),
            "withTransactions=true&statement=true&waitSummary=true&withMFAQuestions=true",
        ),
        (none().eft_eligible_ratio(Decimal::new(8, 1)), "eftEligibleRatio=0.8"),
        //= docs/spec/widget-url.md#accounts-and-data
        //# **URL-32** A client MAY add `productType` (`banking`, the default; `investment` was retired on 30 April
        //# 2026), `institutionsLocation` (such as `ca`) and `maximumRetry` (a number).
        (
            none().product_type(ProductType::Banking).institutions_location("ca").maximum_retry(3),
            "productType=banking&institutionsLocation=ca&maximumRetry=3",
        ),
        //= docs/spec/widget-url.md#parameters-of-reconnect
        //# **URL-8** A client MAY add `scheduleRefresh=true` for nightly refresh.
        (none().schedule_refresh(true), "scheduleRefresh=true"),
        //= docs/spec/widget-url.md#apps-and-iframes
        //# **URL-35** A client MAY add `oauthWindowRedirect=true` to go to OAuth banks by a full redirect instead of a
        //# pop-up, and in an app it SHOULD, with the system browser and a deep link as `redirectUrl`.
        (none().oauth_window_redirect(true), "oauthWindowRedirect=true"),
        //= docs/spec/widget-url.md#apps-and-iframes
        //# **URL-36** A client MUST add `webview=true` in a native web view.
        (none().webview(true), "webview=true"),
        //= docs/spec/widget-url.md#apps-and-iframes
        //# **URL-37** A client MAY add `stringify=true` to have events posted as JSON text instead of an object.
        (none().stringify(true), "stringify=true"),
    ];
    let plain = WidgetUrl::connect(&at("https://w.example/"), None);
    for (options, written) in table {
        assert_eq!(plain.clone().with_options(&options).expose(), format!("https://w.example/?{written}"));
    }
    // Two names are one only if a browser reads the same text from both.
    let names = ["a\0b", "a\u{fffd}b", "a b", "a+b", "a%20b", "a%b"];
    let options = names.iter().fold(none(), |options, name| options.with(name, "1").unwrap());
    let url = plain.clone().with_options(&options);
    let read: Vec<_> =
        url::Url::parse(url.expose()).unwrap().query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(read, names);
    //= docs/spec/widget-url.md#accounts-and-data
    //# **URL-33** A client SHOULD NOT add `enhancedMFA` or `skipEnhancedMFA`.
    assert_eq!(plain.expose(), "https://w.example/", "nothing is added that nobody asked for");
}

//= docs/spec/widget-url.md#parameters-of-reconnect
//# **URL-3** A client MUST write `resumeSelectedAccounts={id1},{id2}` with a literal comma, each id percent-encoded.
//= docs/spec/reconnect.md#selected-accounts
//# **RECO-16** A client MUST pass the accounts that the user once selected to the widget in `resumeSelectedAccounts`,
//# beside the `requestId`.
#[test]
fn a_url_that_resumes_has_the_selected_accounts_the_callers_parameters_and_the_token() {
    let keep = Selection::only(["a-1", "a/2"].map(|id| AccountId::new(id).expect("an id"))).expect("two accounts");
    let url = WidgetUrl::resume(&at("https://w.example/"), &RequestId::new("r-1").expect("an id"), &keep);
    assert_eq!(url.expose(), "https://w.example/?requestId=r-1&resumeSelectedAccounts=a-1,a%2F2");
    let before = url.expose().len();
    //= docs/spec/widget-url.md#parameters-of-reconnect
    //# **URL-7** A client MAY add `redirectUrl={URL}` to a URL that resumes.
    let url = url.with("redirectUrl", "https://app.example/back?lead=7");
    assert_eq!(&url.expose()[before..], "&redirectUrl=https%3A%2F%2Fapp.example%2Fback%3Flead%3D7");
    //= docs/spec/credentials.md#which-header
    //# **CRED-4** A client MUST give the widget its authorize token in the URL parameter `authorizeToken`.
    let url = url.with_token(&Secret::from("t-1"));
    assert!(url.expose().ends_with("&authorizeToken=t-1"), "{}", url.expose());
}

#[test]
fn a_redirect_url_with_a_query_comes_back_whole() {
    let back = "https://app.example/back?user=7&next=%2Fhome%3Fa%3Db&accountId=#top";
    let url =
        WidgetUrl::connect(&at("https://w.example/"), None).with_options(&WidgetOptions::new().redirect_url(back));
    assert_eq!(query(url.expose()), [("redirectUrl".to_owned(), back.to_owned())]);
    // The service adds its own parameters to it, and the news has both.
    let told = ConnectNews::read("https://app.example/back?user=7&next=%2Fhome%3Fa%3Db&loginId=l-1").expect("news");
    assert_eq!(&*told.other["next"], r#""/home?a=b""#);
}
