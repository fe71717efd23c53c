//! Any text as what a browser said, and as what stands in a URL: read or refused without a panic, an origin is the
//! widget's only where a browser's own rules say so, and what a URL is given comes back from it as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reconnect_core::connect::{ConnectNews, Watch, WidgetOptions, WidgetUrl, same_origin};
use reconnect_core::{
    AccountId, Action, Call, Heard, Instance, Known, LoginId, Policy, RequestId, Selection, Session, Timestamp,
};

const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);

fuzz_target!(|text: &str| {
    if let Ok(news) = ConnectNews::read(text) {
        tell(&news);
    }
    origin(text);
    round_trip(text);
});

/// No id that a browser named becomes the session's own.
fn tell(news: &ConnectNews) {
    let _ = (news.mfa_types(), news.total_accounts(), news.displayed_accounts(), news.cached(), news.count());
    let _ = (news.means(), format!("{news:?}"));
    assert!(news.accounts.len() <= 200);
    for said in [&news.error, &news.error_description].into_iter().flatten() {
        assert!(!said.chars().any(char::is_control), "what a browser says can be shown");
    }
    let mut watch = Watch::new();
    watch.heard(NOW, news);
    assert_eq!(Watch::from_json(&watch.to_json()).as_ref(), Ok(&watch));
    let _ = (watch.offer(NOW, &Policy::default()), format!("{watch:?}"));
    let (ours, login) = (RequestId::new("ours").expect("an id"), LoginId::new("login").expect("an id"));
    let mut known = Known::default();
    (known.login, known.last_sent) = (Some(login.clone()), Some(NOW));
    let mut session = Session::resume(ours.clone(), known, Selection::all(), Policy::default(), NOW);
    let foreign = news.login.as_ref().is_some_and(|named| *named != login);
    let before = session.snapshot();
    let heard = session.returned(NOW, news);
    assert_eq!(session.requests(), [ours.clone()]);
    assert_eq!(session.login(), Some(&login));
    assert!(session.keep().is_all(), "no account of it is a stored selection");
    if foreign {
        assert_eq!((heard, session.snapshot()), (Heard::NotOurs, before), "news of another login changes nothing");
    }
    // If it causes a look, the look is for our own session and for all accounts.
    if let Action::Send(request) = session.poll(NOW) {
        let Call::GetAccountsDetail(body) = &request.call else { panic!("{:?}", request.call) };
        assert!(body.request_id == ours && body.accounts_filter.is_all());
    }
}

/// Whatever we take for the widget's origin, a browser takes for it too.
fn origin(text: &str) {
    for (api, widget) in [
        ("https://api.example", "https://widget.example/v2/?demo=true"),
        ("http://[::1]:81", "http://[::1]:81/"),
        ("http://127.0.0.1:80", "http://127.0.0.1:80/"),
    ] {
        let instance = Instance::at(api, widget, "c").expect("an instance");
        if same_origin(&instance, text) {
            let theirs = url::Url::parse(text).expect("an origin is a URL").origin();
            assert_eq!(theirs, url::Url::parse(widget).expect("a URL").origin(), "{text}");
        }
    }
}

/// Lines are the request's id, an account's id, then names and values in turn.
fn round_trip(text: &str) {
    let mut lines = text.lines();
    let (request, account) = (lines.next().map(RequestId::new), lines.next().map(AccountId::new));
    let (Some(Ok(request)), Some(Ok(account))) = (request, account) else { return };
    let keep = Selection::only([account]).expect("one");
    let mut options = WidgetOptions::new();
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        options = options.clone().with(name, value).unwrap_or(options);
    }
    let instance = Instance::named("toolbox", "c").expect("an instance");
    // The account stays in the URL, however long the options are.
    let url = WidgetUrl::resume(&instance, &request, &keep).at_most(u32::MAX).with_options(&options);
    assert!(url.expose().bytes().all(|byte| byte.is_ascii_graphic()), "a URL is printable");
    // As a browser reads it.
    let parsed = url::Url::parse(url.expose()).expect("a URL");
    let theirs: Vec<(String, String)> =
        parsed.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let own = [("requestId", request.as_str()), ("resumeSelectedAccounts", keep.ids().expect("one")[0].as_str())];
    let given: Vec<(String, String)> =
        own.into_iter().chain(options.iter()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    assert_eq!(theirs, given);
    // As we read it when it comes back. Left out: a parameter that gives an id again, and an id that looks like a list
    // or like none.
    let plain = |id: &str| {
        let none = ["null", "none", "nil", "nan", "undefined"].iter().any(|none| id.eq_ignore_ascii_case(none));
        id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/|".contains(&byte))
            && !none
            && id.bytes().any(|byte| byte != b'0' && byte != b'-')
    };
    if !plain(request.as_str()) || !plain(keep.ids().expect("one")[0].as_str()) {
        return;
    }
    if options.iter().all(|(name, _)| !name.is_ascii() || !name.to_ascii_lowercase().contains("id")) {
        let Ok(news) = ConnectNews::read(url.expose()) else { return };
        assert_eq!(news.request, Some(request));
        assert_eq!(Some(news.accounts.as_slice()), keep.ids());
    }
}
