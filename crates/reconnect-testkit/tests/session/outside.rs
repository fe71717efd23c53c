//! Input from outside of a program: keys and addresses of its set-up, policies, and news of a browser. A value that
//! cannot be a key, an address or an id is refused or left out, in every form, and quickly.

use core::time::Duration;
use reconnect_core::connect::{ConnectNews, Meaning, NotNews, Offer, Watch, WidgetUrl};
use reconnect_core::webhook::{self, NotVerified};
use reconnect_core::{
    Account, AccountId, Action, Instance, InvalidInstance, Keys, Known, LoginId, Policy, RequestId, Secret, Selection,
    Session, Snapshot, selection,
};
use reconnect_testkit::walks::{NOW, OK, reply};
use std::time::Instant;

fn news(text: &str) -> ConnectNews {
    ConnectNews::read(text).unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
}

fn many(count: usize) -> Vec<AccountId> {
    (0..count).map(|number| AccountId::new(&format!("{number:x}")).expect("an id")).collect()
}

//= docs/spec/webhooks.md#signature
//# **HOOK-22** A receiver MUST NOT verify a signature by a key that is empty or blank.
#[test]
fn an_empty_key_verifies_nothing() {
    let body = br#"{"ResponseType":"KYC"}"#;
    let named = |signature: &'static str| [("flinks-authenticity-key", signature)];
    let signed = |key: &str| -> &'static str { webhook::sign(body, &key.into()).leak() };
    for blank in ["", " ", "\n", "\r\n\t", "\u{feff}"] {
        let verify = |keys: &[Secret]| webhook::verify(named(signed("")), body, keys).map(drop);
        assert_eq!(verify(&[blank.into()]), Err(NotVerified::BlankKey), "{blank:?}");
        assert_eq!(verify(&["key".into(), blank.into()]), Err(NotVerified::BlankKey), "{blank:?}");
        // A good key beside a blank one still verifies: a rotation may begin with an unset variable.
        let own = webhook::verify(named(signed("key")), body, &[blank.into(), "key".into()]);
        assert!(own.is_ok(), "{blank:?}");
    }
    for key in ["key\n", " key\r\n", "\u{feff}key", "key"] {
        assert!(webhook::verify(named(signed("key")), body, &[key.into()]).is_ok(), "{key:?}");
        assert!(webhook::verify(named(signed(key)), body, &["key".into()]).is_ok(), "{key:?}");
    }
    for key in ["k ey", "KEY", "\"key\""] {
        let wrong = webhook::verify(named(signed("key")), body, &[key.into()]).map(drop);
        assert_eq!(wrong, Err(NotVerified::Signature), "{key:?}");
    }
}

/// A sender could repeat the header: only the first two are looked at, since the header has two names.
#[test]
fn only_the_first_two_signatures_are_looked_at() {
    let (body, key) = (br#"{"ResponseType":"KYC"}"#, Secret::from("key"));
    let good = webhook::sign(body, &key);
    let at = |place: usize| {
        let headers = (0..4).map(|n| ("X-Flinks-Signature", if n == place { good.as_str() } else { "AAAA" }));
        webhook::verify([("host", "x")].into_iter().chain(headers), body, core::slice::from_ref(&key)).map(drop)
    };
    assert_eq!((at(0), at(1)), (Ok(()), Ok(())));
    assert_eq!((at(2), at(3)), (Err(NotVerified::Signature), Err(NotVerified::Signature)));
}

#[test]
fn only_an_origin_is_taken_as_the_address_of_the_api() {
    for api in [
        "https://a.example/x/a.example",
        "https://a.example?x=a.example",
        "https://a.example#a.example",
        "http://[::1]evil.com",
        "http://127.0.0.1:80:evil.com",
        "http://localhost:evil.com",
        "https://a.example:99999",
        "https://:443",
        "https://..",
        "https://[",
    ] {
        assert_eq!(Instance::at(api, "https://w.example/", "c"), Err(InvalidInstance::ApiUrl), "{api}");
    }
    for api in ["https://a.example", "https://a.example:8443/", "http://[::1]:80", "http://localhost:1"] {
        assert!(Instance::at(api, "https://w.example/v2/?demo=true", "c").is_ok(), "{api}");
    }
}

#[test]
fn dots_are_no_ids() {
    for dots in [".", ".."] {
        assert!(LoginId::new(dots).is_err() && RequestId::new(dots).is_err() && AccountId::new(dots).is_err());
        let wrong = ConnectNews::read(&format!(r#"{{"requestId":"{dots}"}}"#));
        assert!(matches!(wrong, Err(NotNews::Id(_))), "{wrong:?}");
    }
}

/// A session waits before it calls again, however small the numbers of its policy are: a wrong unit must not cause a
/// flood.
#[test]
fn no_policy_makes_a_session_spin() {
    let mut policy = Policy::default();
    for span in [
        &mut policy.token_life,
        &mut policy.request_life,
        &mut policy.poll_every,
        &mut policy.backoff,
        &mut policy.backoff_max,
        &mut policy.later,
        &mut policy.look_every,
        &mut policy.post_limit,
        &mut policy.quick_limit,
        &mut policy.news_mint_every,
    ] {
        *span = Duration::ZERO;
    }
    let token = reply(200, r#"{"Token":"t"}"#);
    let pending = reply(202, r#"{"HttpStatusCode":202,"FlinksCode":"OPERATION_PENDING","RequestId":"r"}"#);
    let authorized = reply(200, OK);
    let (known, all, request) = (Known::default(), Selection::all(), RequestId::new("r").unwrap());
    let mut watch = Watch::new();
    watch.heard(NOW, &news(r#"{"step":"COMPONENT_LOAD_MFA","requestId":"r"}"#));
    let entries = [
        Session::refresh(LoginId::new("l").unwrap(), known.clone(), all.clone(), policy.clone(), NOW),
        Session::resume(request, known.clone(), all.clone(), policy.clone(), NOW),
        Session::resume_claimed(&watch, known, all, policy, NOW).unwrap(),
    ];
    for mut session in entries {
        let (mut now, mut calls) = (NOW, 0_u128);
        while calls < 200 {
            // It is the same however it is kept.
            assert_eq!(session.park().wake().snapshot(), session.snapshot());
            let row = Snapshot::from_json(&session.snapshot().to_json()).unwrap();
            assert_eq!(row.to_json(), session.snapshot().to_json());
            match session.poll(now) {
                Action::Send(request) => {
                    calls += 1;
                    let answer = match request.call.endpoint() {
                        "GenerateAuthorizeToken" => &token,
                        "Authorize" => &authorized,
                        _ => &pending,
                    };
                    // Each call takes some time, longer than some of the lives above.
                    now = now + Duration::from_millis(10);
                    session.receive(now, request.id, Ok(answer));
                }
                Action::Wait { until } => now = until,
                // A session that asks looks when the user says that they are through.
                Action::Pause(_) if session.outcome().is_none() => {
                    now = now + Duration::from_millis(10);
                    session.returned(now, &news(r#"{"step":"REDIRECT","requestId":"r"}"#));
                }
                Action::Pause(_) => break,
            }
        }
        let took = NOW.until(now).as_millis();
        assert!(calls <= 2 + took / 1_000, "{calls} calls in {took} ms");
    }
}

/// 64 KiB of ids are read, compared, stored and read back within milliseconds. It took half a second each, once.
#[test]
fn many_ids_from_a_browser_are_handled_quickly() {
    let list: Vec<String> = many(12_000).iter().map(|id| id.as_str().to_owned()).collect();
    let url = format!("https://app.example/back?loginId=l&accountId={}", list.join(","));
    assert!(url.len() > 50_000 && url.len() < 64 << 10, "{}", url.len());
    let began = Instant::now();
    for _ in 0..20 {
        assert_eq!(news(&url).accounts.len(), 200);
    }
    let read = began.elapsed();
    let keep = Selection::only(many(12_000)).unwrap();
    let accounts: Vec<Account> = many(2_000).into_iter().map(Account::new).collect();
    let began = Instant::now();
    let report = selection::split(accounts, &keep);
    assert_eq!((report.kept.len(), report.missing.len()), (2_000, 10_000));
    let session = Session::refresh(LoginId::new("l").unwrap(), Known::default(), keep, Policy::default(), NOW);
    let text = session.snapshot().to_json();
    let again = Session::restore(Snapshot::from_json(&text).unwrap()).unwrap();
    assert_eq!(again.snapshot().to_json(), text);
    let worked = began.elapsed();
    // The limit is generous, for a busy machine: when each id was compared with each, both took some ten times as long.
    let most = Duration::from_millis(if cfg!(debug_assertions) { 4_000 } else { 1_500 });
    assert!(read < most && worked < most, "{read:?} and {worked:?}");
}

/// Returns in odd forms, and the meaning of each.
#[test]
fn returns_of_real_apps_in_odd_forms_are_understood() {
    let base = "https://app.example/b?loginId=l-1&requestId=r-1&accountId";
    for (text, login, request, accounts) in [
        (&*format!("{base}=null"), Some("l-1"), Some("r-1"), &[][..]),
        (&format!("{base}=undefined"), Some("l-1"), Some("r-1"), &[]),
        (&format!("{base}=%5B%22a-1%22%2C%22a-2%22%5D"), Some("l-1"), Some("r-1"), &["a-1", "a-2"]),
        (&format!("{base}=a-1%252Ca-2"), Some("l-1"), Some("r-1"), &["a-1", "a-2"]),
        (&format!("{base}=a-1,%20a-2"), Some("l-1"), Some("r-1"), &["a-1", "a-2"]),
        // `|` is no separator: this is one id. No reply has it, so it narrows nothing.
        (&format!("{base}=a-1|a-2"), Some("l-1"), Some("r-1"), &["a-1|a-2"]),
        (&format!("{base}[]=a-1&accountId[]=a-2"), Some("l-1"), Some("r-1"), &["a-1", "a-2"]),
        (r#"{"step":"REDIRECT","loginId":"l-1","accountId":"[\"a-1\"]"}"#, Some("l-1"), None, &["a-1"]),
        (r#"{"step":"REDIRECT","loginId":"l-1","accountId":[{"id":"a-1"}]}"#, Some("l-1"), None, &["a-1"]),
        (r#"{"step":"REDIRECT","loginId":"undefined","requestId":"r-1"}"#, None, Some("r-1"), &[]),
        (r#"{"step":"REDIRECT","loginId":"l-1","requestId":"null"}"#, Some("l-1"), None, &[]),
        ("https://app.example/#/back?loginId=l-1&requestId=r-1", Some("l-1"), Some("r-1"), &[]),
        ("https://app.example/back?state=abc?loginId=l-1&institution=X", Some("l-1"), None, &[]),
        ("loginId=l-1&requestId=r-1", Some("l-1"), Some("r-1"), &[]),
    ] {
        let news = news(text);
        assert_eq!(news.login.as_ref().map(LoginId::as_str), login, "{text}");
        assert_eq!(news.request.as_ref().map(RequestId::as_str), request, "{text}");
        assert_eq!(news.accounts.iter().map(AccountId::as_str).collect::<Vec<_>>(), accounts, "{text}");
        assert_eq!(news.means(), Meaning::Redirect, "{text}");
    }
    for (text, meaning) in [
        ("https://app.example/b?loginId=l-1&error=access_denied", Meaning::Error),
        ("https://app.example/b?state=abc&error=access_denied&error_description=x", Meaning::Error),
    ] {
        let news = news(text);
        assert_eq!((news.means(), news.is_redirect(), news.code), (meaning, false, None), "{text}");
    }
}

/// Decision 63: a character that a text cannot hold is replaced, in every form in which it comes, and the user's return
/// is heard. An id is sent and compared as it is, so an id with such a character is refused.
#[test]
fn characters_that_a_text_cannot_hold_are_replaced_in_news() {
    let odd = ["\\u0000", "\\ud83d", "\\udc00", "\u{0}", "\t", "\n", "\u{1b}", "\u{1f}"];
    for odd in odd {
        let event = format!(
            r#"{{"step":"REDIRECT","loginId":"l-1","requestId":"r-1","institution":"a{odd}b","tag":"{odd}","note{odd}":{{"x":["{odd}"]}},"accountId":["a{odd}","a-1"],"url":"https://a/?state={odd}"}}"#
        );
        let quoted = serde_json::to_string(&event).unwrap();
        for text in [&event, &quoted] {
            let news = news(text);
            assert_eq!((news.means(), news.login.is_some(), news.request.is_some()), (Meaning::Redirect, true, true));
            assert_eq!(news.institution.as_deref(), Some("a\u{fffd}b"), "{text:?}");
            assert_eq!(news.tag.as_deref(), Some("\u{fffd}"), "{text:?}");
            assert_eq!(news.accounts.iter().map(AccountId::as_str).collect::<Vec<_>>(), ["a-1"], "{text:?}");
            for (name, json) in &news.other {
                assert!(!name.contains('\0') && !json.contains("\\u0000"), "{text:?}: {name} {json}");
                assert!(serde_json::from_str::<serde_json::Value>(json).is_ok(), "{text:?}: {name} {json}");
            }
        }
        for id in ["loginId", "requestId"] {
            let event = format!(r#"{{"step":"REDIRECT","{id}":"x{odd}y"}}"#);
            assert!(matches!(ConnectNews::read(&event), Err(NotNews::Id(_))), "{event:?}");
        }
    }
    for url in ["https://app.example/b?loginId=l-1&institution=a%00b&tag=%00", "loginId=l-1#institution=a\0b&tag=\0"] {
        let news = news(url);
        assert_eq!(
            (news.institution.as_deref(), news.tag.as_deref()),
            (Some("a\u{fffd}b"), Some("\u{fffd}")),
            "{url:?}"
        );
    }
    assert!(matches!(ConnectNews::read("https://app.example/b?loginId=l%00"), Err(NotNews::Id(_))));
}

/// Accounts that a browser names only narrow: one that cannot be an id is left out, and the user's return is heard.
#[test]
fn an_account_in_news_that_cannot_be_an_id_is_left_out() {
    let long = "x".repeat(129);
    for odd in ["..", ".", &long, "a\u{85}b", "%2E%2E", "a%0Ab"] {
        for text in [
            format!("https://app.example/b?loginId=l-1&accountId={odd},a-1"),
            format!("https://app.example/b?loginId=l-1&accountId={odd}&accountId[]=a-1"),
            format!(
                r#"{{"step":"REDIRECT","loginId":"l-1","accountId":["{}","a-1"]}}"#,
                odd.replace("%2E", ".").replace("%0A", "\\n")
            ),
            format!(
                r#"{{"step":"REDIRECT","loginId":"l-1","accountId":[{{"id":"{}"}},{{"id":"a-1"}}]}}"#,
                odd.replace("%2E", ".").replace("%0A", "\\n")
            ),
        ] {
            let news = news(&text);
            assert_eq!(news.accounts.iter().map(AccountId::as_str).collect::<Vec<_>>(), ["a-1"], "{text}");
            assert!(news.is_redirect(), "{text}");
        }
    }
    // Without another account it is still news of a redirect.
    assert!(news(r#"{"step":"REDIRECT","accountId":".."}"#).accounts.is_empty());
}

/// A database's JSON column accepts every snapshot, whatever the caller's texts contain.
#[test]
fn the_callers_texts_are_kept_in_a_form_that_every_store_takes() {
    let mut known = Known::default();
    let odd = || Some("a\0b".into());
    (known.institution, known.language, known.tag, known.key, known.instance) = (odd(), odd(), odd(), odd(), odd());
    let login = LoginId::new("l").unwrap();
    let session = Session::refresh(login, known, Selection::all(), Policy::default(), NOW);
    let text = session.snapshot().to_json();
    assert!(!text.contains("\\u0000") && !text.contains('\0'), "{text}");
    assert_eq!(text.matches("a\u{fffd}b").count(), 5, "{text}");
    let mut lines = reconnect_embed::Drive::default();
    let line = r#"{"op":"refresh","now":0,"loginId":"l","instance":{"name":"toolbox","customerId":"c"},"known":{"tag":"\u0000","key":"\u0000"}}"#;
    assert_eq!(lines.apply(line).unwrap(), r#"{"ok":true}"#);
    let text = lines.session("").unwrap().snapshot().to_json();
    assert!(!text.contains("\\u0000"), "{text}");
}

/// A caller's key finds the row that was kept under it.
#[test]
fn a_key_with_a_replaced_character_still_finds_its_row() {
    use reconnect_core::drive::Plan;
    let (instance, mut known) = (Instance::named("toolbox", "c").unwrap(), Known::default());
    known.key = Some("a\0b".into());
    let plan = || Plan::refresh(LoginId::new("l").unwrap()).known(known.clone());
    let row = plan().session(NOW, &instance, &Keys::default()).snapshot();
    assert!(plan().restore(row, &instance).is_ok());
}

/// An end user closes the tab of a first connection in the middle of MFA, and comes back (decision 77).
#[test]
fn an_interrupted_first_connection_is_offered_again() {
    let policy = Policy::default();
    let second = |n: u64| NOW + Duration::from_secs(n);
    let mut watch = Watch::new();
    for (at, event) in [
        (0, r#"{"step":"APP_MOUNTED"}"#),
        (2, r#"{"step":"COMPONENT_LOAD_INSTITUTION_SELECTOR","cached":false}"#),
        (9, r#"{"step":"INSTITUTION_SELECTED","institution":"FlinksCapital"}"#),
        (30, r#"{"step":"SUBMIT_CREDENTIAL","institution":"FlinksCapital"}"#),
        (45, r#"{"step":"COMPONENT_LOAD_MFA","mfaTypes":["QuestionAndAnswer"],"requestId":"r-1"}"#),
        (50, r#"{"step":"COMPONENT_CLOSE_SESSION","institution":"FlinksCapital"}"#),
    ] {
        watch.heard(second(at), &news(event));
        // It is kept in the page's own session from one message to the next.
        watch = Watch::from_json(&watch.to_json()).unwrap();
    }
    let until = second(50) + policy.request_life;
    let tick = Duration::from_millis(1);
    assert_eq!(watch.offer(until.before(tick), &policy), Offer::Resume { until });
    assert_eq!(watch.request().map(RequestId::as_str), Some("r-1"));
    assert_eq!(watch.last_heard(), Some(second(50)));
    let Offer::StartOver(parts) = watch.offer(until, &policy) else { panic!("its inactivity is over") };
    let instance = Instance::named("toolbox", "c").unwrap();
    let url = WidgetUrl::start_over(&instance, &parts);
    assert_eq!(url.expose(), "https://toolbox-iframe.private.fin.ag/Credential/FlinksCapital");
    // The user is through in the end: the redirect brings the login, and there is nothing to offer.
    watch.heard(second(70), &news(r#"{"step":"REDIRECT","loginId":"l-1","requestId":"r-1"}"#));
    assert_eq!(watch.offer(second(71), &policy), Offer::Nothing);
}

#[test]
fn a_key_is_refused_by_its_name_and_never_shown() {
    for wrong in ["", "\u{feff}\n", "\"zebra\"", "ze\nbra"] {
        let keys = Keys { secret: Some("k".into()), api: Some(wrong.into()) };
        let refused = keys.check().unwrap_err();
        assert_eq!(refused.key(), "api");
        assert!(!format!("{refused} {refused:?}").contains("bra"), "{refused:?}");
    }
}

/// The header has one of two names in any letter case; forms that a server or a proxy makes of them do not count.
#[test]
fn a_signature_stands_in_one_of_two_headers_and_nowhere_else() {
    let body = br#"{"ResponseType":"GetAccountsDetail","HttpStatusCode":200,"Accounts":[],"RequestId":"r"}"#;
    let keys: [Secret; 2] = ["old".into(), "key".into()];
    let (good, other) = (&*webhook::sign(body, &keys[1]), &*webhook::sign(b"another body", &keys[1]));
    let (joined, quoted, spaced) = (format!("{good}, {good}"), format!("\"{good}\""), format!(" {good}\t"));
    let name = "flinks-authenticity-key";
    for (headers, verified) in [
        (&[(name, good)][..], Ok(())),
        (&[("FLINKS-AUTHENTICITY-KEY", good)], Ok(())),
        (&[("x-FLINKS-signature", good)], Ok(())),
        (&[("X-Flinks-Signature", other), (name, good)], Ok(())),
        (&[(name, good), ("X-Flinks-Signature", other)], Ok(())),
        (&[(name, good), (name, good)], Ok(())),
        (&[(name, &*spaced)], Ok(())),
        (&[(name, other), ("X-Flinks-Signature", other)], Err(NotVerified::Signature)),
        (&[(name, &*joined)], Err(NotVerified::Signature)),
        (&[(name, &*quoted)], Err(NotVerified::Signature)),
        (&[(name, "")], Err(NotVerified::Signature)),
        (&[(name, " ")], Err(NotVerified::Signature)),
        (&[("HTTP_FLINKS_AUTHENTICITY_KEY", good)], Err(NotVerified::Unsigned)),
        (&[("flinks_authenticity_key", good)], Err(NotVerified::Unsigned)),
        (&[("flinks-authenticity-key ", good)], Err(NotVerified::Unsigned)),
        (&[("", good)], Err(NotVerified::Unsigned)),
        (&[], Err(NotVerified::Unsigned)),
    ] {
        let came = webhook::verify(headers.iter().copied(), body, &keys).map(drop);
        assert_eq!(came, verified, "{:?}", headers.iter().map(|(name, _)| name).collect::<Vec<_>>());
    }
    assert_eq!(webhook::verify([(name, good)], body, &[]).map(drop), Err(NotVerified::Signature), "no key");
}
