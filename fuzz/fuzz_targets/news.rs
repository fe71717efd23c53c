//! Any text as what a browser said, and as what stands in a URL: read or refused without a panic, an origin is the
//! widget's only where a browser's own rules say so, and what a URL is given comes back from it as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reconnect_core::connect::{ConnectNews, WidgetOptions, WidgetUrl, same_origin};
use reconnect_core::{AccountId, Heard, Instance, Known, LoginId, Policy, RequestId, Selection, Session, Timestamp};

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
    let (ours, login) = (RequestId::new("ours").expect("an id"), LoginId::new("login").expect("an id"));
    let mut known = Known::default();
    (known.login, known.last_sent) = (Some(login.clone()), Some(NOW));
    let mut session = Session::resume(ours.clone(), known, Selection::all(), Policy::default(), NOW);
    let foreign = news.request.as_ref().is_some_and(|request| *request != ours)
        || news.login.as_ref().is_some_and(|named| *named != login);
    let before = session.snapshot();
    let heard = session.returned(NOW, news);
    assert_eq!(session.requests(), [ours]);
    assert_eq!(session.login(), Some(&login));
    if foreign {
        assert_eq!((heard, session.snapshot()), (Heard::NotOurs, before), "news of another session changes nothing");
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
    let url = WidgetUrl::resume(&instance, &request, &keep).with_options(&options);
    assert!(url.expose().bytes().all(|byte| byte.is_ascii_graphic()), "a URL is printable");
    // As a browser reads it.
    let parsed = url::Url::parse(url.expose()).expect("a URL");
    let theirs: Vec<(String, String)> =
        parsed.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let own = [("requestId", request.as_str()), ("resumeSelectedAccounts", keep.ids().expect("one")[0].as_str())];
    let given: Vec<(String, String)> =
        own.into_iter().chain(options.iter()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    assert_eq!(theirs, given);
    // As we read what comes back, unless a parameter gives an id anew.
    if options.iter().all(|(name, _)| !name.is_ascii() || !name.to_ascii_lowercase().contains("id")) {
        let Ok(news) = ConnectNews::read(url.expose()) else { return };
        assert_eq!(news.request, Some(request));
        assert_eq!(Some(news.accounts.as_slice()), keep.ids());
    }
}
