//! Every parser meets arbitrary bytes: it may refuse them, and it never panics, and what it says of them is short.

use proptest::prelude::*;
use reconnect_core::accounts::{self, Date};
use reconnect_core::connect::ConnectNews;
use reconnect_core::{
    AccountId, FlinksCode, Instance, LoginId, Reply, RequestId, Selection, Session, Snapshot, webhook,
};
use reconnect_embed::Drive;
use reconnect_testkit::fixtures;
use reconnect_testkit::replies::{self, Asked};
use reconnect_testkit::walks::{news, phases};

/// Bytes of any kind, and fixtures that are cut, spliced or have a byte changed: nearer to what parsers accept.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let fixture = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>(), 0..4u8);
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        "\\PC{0,80}".prop_map(String::into_bytes),
        "[\\[\\]{}\":,0-9a-zA-Z_.\\\\ -]{0,120}".prop_map(String::into_bytes),
        fixture.prop_map(|(which, place, byte, how)| {
            let all = fixtures::all();
            let mut text = all[which.index(all.len())].text.clone().into_bytes();
            let place = place.index(text.len());
            match how {
                0 => text.truncate(place),
                1 => text[place] = byte,
                2 => text.insert(place, byte),
                _ => drop(text.drain(..place)),
            }
            text
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn nothing_makes_a_parser_panic(bytes in bytes(), status in any::<u16>()) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let retry = ("Retry-After".to_owned(), text.clone());
        let reply = Reply { status, headers: vec![retry], body: bytes.clone() };
        let everything = Selection::all();
        for asked in [Asked::Token, Asked::Authorization, Asked::Accounts(Some(&everything)), Asked::Accounts(None)] {
            let shown = format!("{:?}", replies::read(asked, &reply));
            prop_assert!(shown.len() < 4_000, "{}", shown);
        }
        if let Err(error) = accounts::read(&text, &Selection::all()) {
            prop_assert!(error.to_string().len() < 800);
        }
        let keep = Selection::only([AccountId::new("a").expect("an id")]).expect("one");
        let _ = accounts::read(&text, &keep);
        let _ = (ConnectNews::read(&text), Date::read(&text), FlinksCode::read(&text));
        let _ = (LoginId::new(&text), RequestId::new(&text), AccountId::new(&text));
        let _ = (Instance::at(&text, &text, &text), Instance::named(&text, "c"));
        let _ = webhook::verify([("x-flinks-signature", text.as_str())], &bytes, &["k".into()]);
        let signature = webhook::sign(&bytes, &"k".into());
        let _ = webhook::verify([("x-flinks-signature", &*signature)], &bytes, &["k".into()]);
        if let Ok(session) = Snapshot::from_json(&text).and_then(Session::restore) {
            prop_assert!(session.requests().len() < 10_000);
        }
        if let Ok(line) = Drive::default().apply(&text) {
            prop_assert!(line.len() < 1_000);
        }
    }

    #[test]
    fn no_reply_and_no_news_makes_a_session_panic(bytes in bytes(), status in 100..600u16) {
        let reply = Reply { status, headers: Vec::new(), body: bytes.clone() };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for (name, mut session, now) in phases() {
            if let reconnect_core::Action::Send(request) = session.poll(now) {
                session.receive(now, request.id, Ok(&reply));
            }
            if let Ok(news) = ConnectNews::read(&text) {
                session.returned(now, &news);
            }
            let _ = session.tell(now, news(r#"{"step":"APP_MOUNTED"}"#));
            let again = Session::restore(session.snapshot());
            prop_assert!(again.is_ok_and(|again| again.snapshot() == session.snapshot()), "{name}");
        }
    }
}
