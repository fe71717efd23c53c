//! Forms of news, origins and addresses that are rare, and one edge of each.

use reconnect_core::connect::{ConnectNews, NotNews, Step, WidgetUrl, same_origin};
use reconnect_core::{Instance, LoginId, RequestId};

fn read(text: &str) -> ConnectNews {
    ConnectNews::read(text).expect(text)
}

#[test]
fn a_hint_has_the_ids_that_it_was_made_of() {
    let (login, request) = (LoginId::new("l").expect("an id"), RequestId::new("r").expect("an id"));
    let hint = ConnectNews::hint(Some(login.clone()), Some(request.clone()));
    assert_eq!((hint.step, hint.login, hint.request), (Some(Step::Redirect), Some(login), Some(request)));
}

#[test]
fn a_value_is_kept_as_what_it_is() {
    let news = read(r#"{"step":"REDIRECT","INSTITUTION":"Bank","Tag":-5,"x":null,"y":{"a":[1]}}"#);
    assert_eq!((news.institution.as_deref(), news.tag.as_deref()), (Some("Bank"), Some("-5")));
    let others: Vec<_> = news.other.iter().map(|(name, json)| (&**name, &**json)).collect();
    assert_eq!(others, [("y", r#"{"a":[1]}"#)], "null is nothing, and what has a field of its own is there");
    let news = read(r#"{"step":"REDIRECT","institution":7,"tag":true}"#);
    assert_eq!((news.institution.as_deref(), news.tag.as_deref()), (Some("7"), None));
    assert_eq!(news.other.keys().map(|name| &**name).collect::<Vec<_>>(), ["tag"], "a truth is no text");
}

#[test]
fn news_has_a_length() {
    let long = |bytes: usize| {
        let mut text = r#"{"step":"REDIRECT"}"#.to_owned();
        text.extend(core::iter::repeat_n(' ', bytes - text.len()));
        ConnectNews::read(&text).map(drop)
    };
    assert_eq!((long(64 << 10), long((64 << 10) + 1)), (Ok(()), Err(NotNews::Long)));
}

#[test]
fn nothing_follows_an_address_but_its_port() {
    let widget = |url: &str| Instance::at("https://api.example", url, "c").expect("an instance");
    let bracketed = widget("https://[::1]:8443/");
    assert!(same_origin(&bracketed, "https://[::1]:8443") && same_origin(&bracketed, "https://[0:0::1]:8443"));
    let plain = widget("https://[::1]/");
    assert!(same_origin(&plain, "https://[::1]") && same_origin(&plain, "https://[::1]:443"));
    for not in ["https://[::1]x", "https://[::1]443", "https://[::1", "https://[::2]"] {
        assert!(!same_origin(&plain, not), "{not}");
    }
}

#[test]
fn a_query_goes_on_where_it_stopped() {
    for (base, url) in [
        ("https://w.example/", "https://w.example/?tag=x"),
        ("https://w.example/?", "https://w.example/?tag=x"),
        ("https://w.example/?a=1", "https://w.example/?a=1&tag=x"),
        ("https://w.example/?a=1&", "https://w.example/?a=1&tag=x"),
    ] {
        let instance = Instance::at("https://api.example", base, "c").expect("an instance");
        assert_eq!(WidgetUrl::connect(&instance, None).with("tag", "x").expose(), url);
    }
}
