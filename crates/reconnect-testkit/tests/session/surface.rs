//! The small public types, one table each: what they take, what they say, and what they refuse.

use core::time::Duration;
use reconnect_calls::institutions::InstitutionByRoutingNumber;
use reconnect_calls::set_scheduled_refresh::SetScheduledRefresh;
use reconnect_calls::{CallError, Endpoint};
use reconnect_core::accounts::{Date, DaysOfTransactions};
use reconnect_core::connect::{Colour, InvalidOption, WidgetOptions, WidgetUrl, same_origin};
use reconnect_core::drive::Plan;
use reconnect_core::reply::{self, DataReply};
use reconnect_core::{
    Advice, Decimal, DriveError, Fault, FaultKind, FlinksCode, Instance, Keys, Known, LoginId, Misuse, Outcome, Policy,
    Reached, RenderError, Reply, RequestId, Secret, Selection, Session, Stage, StoreError, Timestamp, drive,
};
use std::borrow::Cow;
use std::collections::HashSet;

//= docs/spec/accounts.md#transactions-and-money
//# **ACCT-15** A client MUST read `Date` as `YYYY-MM-DD`, SHOULD accept a time after it and slashes, and MUST NOT lose
//# the account because of a date that it cannot read.
#[test]
fn dates() {
    for text in ["2024-02-29", "2024-02-29T10:00:00", "2024/02/29", "2024-02-29 10:00"] {
        let date = Date::read(text).unwrap();
        assert_eq!((date.year(), date.month(), date.day()), (2024, 2, 29), "{text}");
        assert_eq!(format!("{date} {date:?}"), "2024-02-29 2024-02-29");
        assert_eq!(serde_json::to_string(&date).unwrap(), "\"2024-02-29\"");
        assert_eq!(serde_json::from_str::<Date>(&format!("\"{text}\"")).unwrap(), date);
    }
    for text in ["2023-02-29", "2024-2-29", "2024-02/29", "2024-02-29x", "", "20240229"] {
        assert_eq!(Date::read(text), None, "{text}");
        assert!(serde_json::from_str::<Date>(&format!("\"{text}\"")).is_err(), "{text}");
    }
}

#[test]
fn ids_are_equal_whatever_their_case() {
    let ids: HashSet<LoginId> = ["a-B", "A-b", "a-c"].iter().map(|text| text.parse().unwrap()).collect();
    assert_eq!(ids.len(), 2);
    assert!("".parse::<RequestId>().is_err());
}

#[test]
fn codes_keep_their_text() {
    for text in ["SESSION_NONEXISTENT", "NEVER_SEEN"] {
        let code: FlinksCode = serde_json::from_str(&format!("\"{text}\"")).unwrap();
        assert_eq!(code.as_str(), text);
        assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{text}\""));
    }
    assert_eq!(FlinksCode::read("NEVER_SEEN").meaning(), "a code that this version does not know");
}

#[test]
fn options_of_the_widget() {
    let options = WidgetOptions::new()
        .days_of_transactions(DaysOfTransactions::Days90)
        .days_of_transactions(DaysOfTransactions::Days365)
        .eft_eligible_ratio(Decimal::new(75, 2))
        .features(["a", "b"])
        .with("theme", "dark")
        .unwrap();
    let wanted =
        [("daysOfTransactions", "Days365"), ("eftEligibleRatio", "0.75"), ("features", "a,b"), ("theme", "dark")];
    assert_eq!(options.iter().collect::<Vec<_>>(), wanted);
    assert_eq!(options.get("FEATURES"), Some("a,b"));
    assert_eq!(options.get("demo"), None);
    assert_eq!(
        format!("{options:?}"),
        r#"WidgetOptions["daysOfTransactions", "eftEligibleRatio", "features", "theme"]"#,
        "no value is shown"
    );
    assert_eq!(
        WidgetOptions::new().days_of_transactions(DaysOfTransactions::Days90).get("daysOfTransactions"),
        Some("Days90")
    );
    assert_eq!(WidgetOptions::new().with("", "x"), Err(InvalidOption::Nameless));
    assert_eq!(WidgetOptions::new().with("RequestId", "x"), Err(InvalidOption::Reserved));
}

#[test]
fn colours() {
    for digits in ["ffffff", "F7f7f700"] {
        let colour = Colour::hex(digits).unwrap();
        assert_eq!((colour.as_str(), format!("{colour:?}")), (digits, digits.to_owned()));
    }
    for digits in ["", "fff", "#fffff", "fffffff", "fffffffff", "gggggg"] {
        assert_eq!(Colour::hex(digits), Err(InvalidOption::Colour), "{digits}");
    }
}

#[test]
fn why_a_call_failed() {
    let faults = [
        (FaultKind::Timeout, "no reply: it took longer than its limit", Advice::TryLater),
        (FaultKind::Connect, "no reply: the connection failed", Advice::TryLater),
        (FaultKind::TooLarge, "no reply: it is larger than the limit", Advice::FixTheSetup),
        (
            FaultKind::Garbled,
            "no reply: the bytes that came are not HTTP, or are in a form that is not read",
            Advice::TryLater,
        ),
        (FaultKind::Lost, "no reply: the program that sent the request is gone", Advice::TryLater),
        (FaultKind::Reset, "no reply: the connection was reset before a reply began", Advice::TryLater),
        (FaultKind::Broken, "no reply: the connection broke before the reply was whole", Advice::TryLater),
    ];
    for (kind, says, advice) in faults {
        let error = CallError::Fault(Fault::maybe(kind));
        assert_eq!((error.to_string().as_str(), error.advice()), (says, advice));
    }
    for (status, advice) in [(200, Advice::TryLater), (299, Advice::TryLater), (500, Advice::TryLater)] {
        assert_eq!(CallError::Garbled { status, at: "a.b".into() }.advice(), advice, "{status}");
    }
    assert_eq!(CallError::Render(RenderError::MissingKey).advice(), Advice::FixTheSetup);
}

#[test]
fn errors_of_a_drive_are_made_of_others() {
    assert!(matches!(DriveError::from(StoreError::Conflict), DriveError::Conflict));
    let full = StoreError::failed(std::io::Error::other("the disk is full"));
    assert!(matches!(DriveError::from(full), DriveError::Store(_)));
    assert!(matches!(drive::DriveError::from(Misuse::NotAsking), DriveError::Misuse(Misuse::NotAsking)));
}

#[test]
fn a_plan_becomes_the_session_of_its_instance() {
    let instance = Instance::named("toolbox", "c").unwrap();
    let now = Timestamp::from_millis(0);
    let mut known = Known::default();
    known.institution = Some("Bank".into());
    let plan = Plan::resume("r-1".parse().unwrap()).known(known).policy(Policy::DEFAULT);
    let kept = plan.session(now, &instance, &Keys::default());
    let kept = serde_json::to_value(kept.snapshot()).unwrap();
    assert_eq!((&kept["institution"], &kept["requests"][0]), (&"Bank".into(), &"r-1".into()), "{kept}");
}

/// The service writes numbers where its documentation has text.
#[test]
fn a_message_of_another_type_is_its_text() {
    let said = |message: &str| {
        let body = format!(r#"{{"HttpStatusCode":200,"Message":{message}}}"#).into_bytes();
        let reply = Reply { status: 200, headers: Vec::new(), body };
        SetScheduledRefresh::new("l-1".parse().unwrap(), true).read(&reply).map(|answer| answer.message)
    };
    for (written, text) in [("7", "7"), ("-7", "-7"), (r#""x""#, "x")] {
        assert_eq!(said(written).ok().as_deref(), Some(text), "{written}");
    }
    for written in ["[]", "null"] {
        assert!(said(written).is_err(), "{written}");
    }
}

//= docs/spec/reconnect.md#keeping-a-session
//# **RECO-42** A client MUST tell how the session stands: authorizing, asking, looking, fetching, recalling, done.
#[test]
fn words_of_the_stages() {
    let words = ["authorizing", "asking", "looking", "fetching", "recalling", "done"];
    assert_eq!(Stage::ALL.map(Stage::as_str), words);
}

#[test]
fn a_failure_says_what_happened() {
    let request: RequestId = "r-1".parse().unwrap();
    let now = Timestamp::from_millis(1_000_000_000);
    let mut known = Known::default();
    known.last_sent = Some(Timestamp::from_millis(0));
    let mut session = Session::resume(request.clone(), known, Selection::default(), Policy::DEFAULT, now);
    let _ = session.poll(now);
    let Some(Outcome::Failed(failure)) = session.outcome() else { panic!("an id of that age is past its life") };
    assert_eq!(failure.to_string(), "the request id is past its 8 minutes of inactivity");
    assert_eq!(failure.request(), Some(&request));
}

#[test]
fn secrets_and_moments_are_made_of_what_there_is() {
    for text in [Cow::Borrowed("k"), Cow::Owned("k".to_owned())] {
        assert_eq!(Secret::from(text).expose(), "k");
    }
    assert_eq!(serde_json::from_str::<Timestamp>("5").unwrap(), Timestamp::from_millis(5));
}

#[test]
fn an_instance_has_a_name_or_addresses_of_its_own() {
    let customer = "43387ca6-0391-4c82-857d-70d95f087ecb";
    //= docs/spec/sandbox.md#flinks-own
    //# **SBX-1** A client MUST be usable at the public sandbox with the instance `toolbox`, the customer
    //# `43387ca6-0391-4c82-857d-70d95f087ecb` and the institution `FlinksCapital` (id 14, number 777).
    let toolbox = Instance::named("toolbox", customer).unwrap();
    assert_eq!(toolbox.label(), format!("https://toolbox-api.private.fin.ag/{customer}"));
    //= docs/spec/hosts-and-paths.md#the-widget
    //# **HOST-18** A client MUST use `https://{instance}-iframe.private.fin.ag/` if its caller names no other widget
    //# address.
    assert_eq!(toolbox.widget_url(), "https://toolbox-iframe.private.fin.ag/");
    //= docs/spec/hosts-and-paths.md#the-api
    //# **HOST-6** A client SHOULD NOT use the older hosts `sandbox.flinks.io` and `sandbox.flinks.com`, and MUST let
    //# its caller name any API origin.
    let here = Instance::at("http://127.0.0.1:8080", "http://127.0.0.1:8080/v2/", "c").unwrap();
    assert_eq!((here.label(), here.widget_url()), ("http://127.0.0.1:8080/c", "http://127.0.0.1:8080/v2/"));
}

#[test]
fn addresses_of_an_instance() {
    let refused = |api: &str, widget: &str, customer: &str| Instance::at(api, widget, customer).is_err();
    let (api, widget) = ("https://api.example", "https://widget.example/");
    assert!(!refused(api, widget, "c"));
    for customer in ["", ".", "..", "a/b", "a b"] {
        assert!(refused(api, widget, customer), "customer {customer}");
    }
    for widget in
        ["https://w.example/#a", "https://w.example/a b", "https://w.example/\u{7}", "https:///a", "https://a@b/"]
    {
        assert!(refused(api, widget, "c"), "{widget:?}");
    }
    for api in ["https://api.example/a", "", "https://", "https://a b"] {
        assert!(refused(api, widget, "c"), "{api}");
    }
    for (host, wanted) in [("a.example", false), ("A.EXAMPLE", false), ("a.example:80", false), ("127.0.0.1:80", true)]
    {
        let instance = Instance::at("http://127.0.0.1", "http://127.0.0.1/", "c").unwrap();
        assert_eq!(same_origin(&instance, &format!("http://{host}")), wanted, "{host}");
    }
    let instance = Instance::at(api, widget, "c").unwrap();
    for (origin, wanted) in [
        ("https://widget.example", true),
        ("https://widget.example:443", true),
        ("null", false),
        ("ftp://widget.example", false),
    ] {
        assert_eq!(same_origin(&instance, origin), wanted, "{origin}");
    }
}

//= docs/spec/widget-url.md#writing
//# **URL-13** A client MUST let its caller add any parameter that it does not know.
#[test]
fn a_parameter_follows_whatever_the_base_ends_with() {
    for base in ["https://w.example/", "https://w.example/?", "https://w.example/?x=y", "https://w.example/?x=y&"] {
        let instance = Instance::at("https://api.example", base, "c").unwrap();
        let options = WidgetOptions::new().with("a", "b").unwrap();
        let url = WidgetUrl::resume(&instance, &"r-1".parse().unwrap(), &Selection::all()).with_options(&options);
        let url = url.expose();
        assert!(url.starts_with(base) && url.ends_with("a=b"), "{url}");
        assert!(!["??", "&&", "?&"].iter().any(|twice| url.contains(twice)) && url.matches('?').count() == 1, "{url}");
    }
}

#[test]
fn routing_numbers() {
    for (number, sound) in [("123456789", true), ("12345678", false), ("1234567890", false), ("12345678x", false)] {
        assert_eq!(InstitutionByRoutingNumber::new(number).is_ok(), sound, "{number}");
    }
}

#[test]
fn a_fault_has_no_code() {
    assert_eq!(CallError::Fault(Fault::maybe(FaultKind::Lost)).code(), None);
}

#[test]
fn a_moment_that_no_clock_shows_is_never() {
    for (last, read) in [
        ("2026-01-21T20:47:47", true),
        ("2026-01-21T20x47:47", false),
        ("2026-01-21T20:47x47", false),
        ("2026-01-21T24:00:00", false),
        ("2026-01-21T20:60:00", false),
        ("2026-01-21T20:47:61", false),
        ("2026-01-00T20:47:47", false),
        ("2026-01-32T20:47:47", false),
        ("2026-01-21T20:47:47+24:00", false),
        ("2026-01-21T20:47:47+01:60", false),
        ("2026-01-21T20:47:47+1", false),
        ("2026-01-21T20:47:47Zulu", false),
    ] {
        let body =
            format!(r#"{{"HttpStatusCode":200,"RequestId":"r-1","Accounts":[],"Login":{{"LastRefresh":"{last}"}}}}"#);
        let reply = Reply { status: 200, headers: Vec::new(), body: body.into_bytes() };
        let Ok(DataReply::Data(facts, _)) = reply::data(&reply, None) else { panic!("{last}: no data") };
        assert_eq!(facts.last_refresh.is_some(), read, "{last}");
    }
}

//= docs/spec/async-polling.md#time-limits
//# **POLL-15** A client MUST wait longer than 210 s for a synchronous POST, by default 240 s.
#[test]
fn the_figures_of_the_policy_are_those_of_the_documents() {
    let policy = Policy::DEFAULT;
    let minutes = [
        (policy.token_life, 15),
        (policy.request_life, 8),
        (policy.hint_life, 30),
        (policy.poll_cap, 30),
        (policy.retry_after_max, 5),
        (policy.later, 5),
        (policy.late_news, 30),
        (policy.skew, 5),
        (policy.post_limit, 4),
    ];
    assert_eq!(minutes.map(|(span, _)| span), minutes.map(|(_, minutes)| Duration::from_secs(60 * minutes)));
    let announced: &[u8] = b"5000";
    assert_eq!(Reply::begin(200, [("content-length", announced)]).unwrap().body.capacity(), 5_000);
}

#[test]
fn an_encoded_success_is_a_fault_and_an_encoded_refusal_a_page() {
    let begin = |status, coding: &'static [u8]| Reply::begin(status, [("content-encoding", coding)]);
    for (status, coding) in [(200, &b"gzip"[..]), (203, b"br"), (202, b"identity, GZIP")] {
        assert_eq!(begin(status, coding), Err(Fault::maybe(FaultKind::Encoded)), "{status}");
    }
    for (status, coding) in [(200, &b"identity"[..]), (200, b""), (429, b"gzip"), (503, b"gzip")] {
        assert_eq!(begin(status, coding).map(|reply| reply.status), Ok(status));
    }
}

//= docs/spec/errors.md#trying-again
//# **ERR-41** A client MUST take a request as not sent only if no connection was made.
#[test]
fn only_a_fault_before_sending_means_surely_not_sent() {
    let before = ["connectTimeout", "nameNotFound", "refused", "proxy", "untrusted"];
    let after =
        ["timeout", "tls", "connect", "reset", "broken", "tooLarge", "headTooLarge", "garbled", "encoded", "lost"];
    for (words, reached) in [(&before[..], Reached::No), (&after[..], Reached::Maybe)] {
        for word in words {
            let kind = FaultKind::from_word(word).unwrap();
            assert_eq!((Fault::seen(kind, true).reached, Fault::seen(kind, false).reached), (reached, Reached::No));
        }
    }
}
