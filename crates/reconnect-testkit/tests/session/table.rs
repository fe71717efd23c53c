//! Every phase against every event, as one table that a person can read: how the event is heard, which function of the
//! core decides it, and where the session is then. `BLESS=1 cargo test` writes it anew: look at the difference before you
//! keep it.

mod rules;

use self::rules::{RULES, Rule};
use core::fmt::Write;
use reconnect_core::{
    Action, Answers, Event, ExchangeId, Fault, FaultKind, Known, Outcome, Policy, Prompt, Reply, RequestId, Selection,
    Session, Showing, Timestamp,
};
use reconnect_testkit::walks::{ASKS, DATA, PENDING, TOKEN, delivered, exchange, newer_phases, news, phases, reply};

/// An event for a session at a moment; none where it cannot happen there.
type Make = fn(&mut Session, Timestamp) -> Option<Event>;

/// Each event, made for the session it is told to: a reply answers what is outstanding.
fn events() -> Vec<(&'static str, Make)> {
    fn to(session: &mut Session, now: Timestamp, reply: Result<Reply, Fault>) -> Option<Event> {
        match session.poll(now) {
            Action::Send(request) => Some(Event::Received(request.id, reply)),
            Action::Wait { until } => match session.poll(until) {
                Action::Send(request) => Some(Event::Received(request.id, reply)),
                Action::Wait { .. } | Action::Pause(_) => None,
            },
            Action::Pause(_) => None,
        }
    }
    /// The exchange whose outcome is not known.
    fn in_doubt(session: &Session) -> Option<ExchangeId> {
        let row: serde_json::Value = serde_json::from_str(&session.snapshot().to_json()).expect("JSON");
        row["doubt"]["id"].as_u64().map(ExchangeId::from_number)
    }
    /// The prompt that stands, or that a look leads back to; if there is neither, one of another session.
    fn standing(session: &Session, now: Timestamp) -> Option<Prompt> {
        let refused = reply(401, r#"{"FlinksCode":"UNAUTHORIZED"}"#);
        let back = |mut session: Session| match session.poll(now) {
            Action::Send(request) => {
                session.receive(now, request.id, Ok(&refused));
                session.prompt(now)
            }
            Action::Wait { .. } | Action::Pause(_) => None,
        };
        let known = Known::default();
        let request = RequestId::new("r").expect("an id");
        let other = || Session::resume(request, known, Selection::all(), Policy::default(), now);
        session.prompt(now).or_else(|| back(session.clone())).or_else(|| back(other()))
    }
    vec![
        ("200 token", |s, n| to(s, n, Ok(reply(200, TOKEN)))),
        //= docs/spec/reconnect.md#refresh-a-stored-loginid
        //# **RECO-9** A client MUST go on to the data after a 200.
        ("200 authorized", |s, n| {
            to(
                s,
                n,
                Ok(reply(
                    200,
                    r#"{"HttpStatusCode":200,"RequestId":"r","Login":{"Id":"l","LastRefresh":"2026-05-28T20:26:40"}}"#,
                )),
            )
        }),
        ("200 data", |s, n| to(s, n, Ok(reply(200, DATA)))),
        //= docs/spec/async-polling.md#202
        //# **POLL-6** A client MUST take a 202 as proof that the session is authorized.
        ("202 pending", |s, n| to(s, n, Ok(reply(202, PENDING)))),
        ("203 asks", |s, n| to(s, n, Ok(reply(203, ASKS)))),
        ("401 UNAUTHORIZED", |s, n| to(s, n, Ok(reply(401, r#"{"FlinksCode":"UNAUTHORIZED"}"#)))),
        ("401 token refused", |s, n| {
            to(
                s,
                n,
                Ok(reply(401, r#"{"FlinksCode":"UNAUTHORIZED","Message":"You must provide a valid authorize token"}"#)),
            )
        }),
        ("401 QUESTION_NOT_FOUND", |s, n| to(s, n, Ok(reply(401, r#"{"FlinksCode":"QUESTION_NOT_FOUND"}"#)))),
        //= docs/spec/data.md#the-reply
        //# **DATA-19** A client MUST take `SESSION_NONEXISTENT` and `SESSION_EXPIRED` to a data call as "this session
        //# is gone".
        ("400 SESSION_EXPIRED", |s, n| to(s, n, Ok(reply(400, r#"{"FlinksCode":"SESSION_EXPIRED"}"#)))),
        ("401 RETRY_LATER", |s, n| to(s, n, Ok(reply(401, r#"{"FlinksCode":"RETRY_LATER"}"#)))),
        ("200 of another login", |s, n| {
            to(s, n, Ok(reply(200, r#"{"HttpStatusCode":200,"RequestId":"r","Login":{"Id":"other"},"Accounts":[]}"#)))
        }),
        ("203 asks something else", |s, n| to(s, n, Ok(reply(203, &ASKS.replace(r#""p""#, r#""q""#))))),
        ("203 of ours, other id", |s, n| {
            let ours = r#""RequestId":"x","Login":{"Id":"l"}"#;
            to(s, n, Ok(reply(203, &ASKS.replace(r#""RequestId":"r""#, ours))))
        }),
        ("200 of ours, other id", |s, n| {
            to(s, n, Ok(reply(200, &DATA.replace(r#""RequestId":"r""#, r#""RequestId":"x""#))))
        }),
        ("200 of nobody, other id", |s, n| {
            to(s, n, Ok(reply(200, r#"{"HttpStatusCode":200,"RequestId":"x","Accounts":[{"Id":"a"}]}"#)))
        }),
        ("200 empty", |s, n| to(s, n, Ok(reply(200, "")))),
        ("502 HTML", |s, n| to(s, n, Ok(reply(502, "<html>")))),
        ("401 page", |s, n| to(s, n, Ok(reply(401, "<html>")))),
        ("202 page", |s, n| to(s, n, Ok(reply(202, "")))),
        ("203 page", |s, n| to(s, n, Ok(reply(203, "<html>")))),
        ("429 page, in 20 min", |s, n| {
            let headers = vec![("retry-after".to_owned(), "1200".to_owned())];
            to(s, n, Ok(Reply { status: 429, headers, body: b"<html>".to_vec() }))
        }),
        ("307 with data", |s, n| to(s, n, Ok(reply(307, DATA)))),
        ("late 302", |s, _| Some(Event::Received(in_doubt(s)?, Ok(reply(302, ""))))),
        ("late 302 of the body", |s, _| {
            Some(Event::Received(in_doubt(s)?, Ok(reply(200, r#"{"HttpStatusCode":302}"#))))
        }),
        ("302 of the body", |s, n| to(s, n, Ok(reply(200, r#"{"HttpStatusCode":302}"#)))),
        ("fault, not sent", |s, n| to(s, n, Err(Fault::NOT_SENT))),
        ("fault, maybe", |s, n| to(s, n, Err(Fault::maybe(FaultKind::Timeout)))),
        //= docs/spec/reconnect.md#after-the-widget
        //# **RECO-20** A client MUST take an event or a redirect of the widget as a hint that the user is through, and
        //# MUST let the service confirm it.
        //= docs/spec/redirect.md#what-happens
        //# **REDIR-2** A client MUST do no harm by handling both the redirect and the event.
        ("redirect", |_, _| Some(news(r#"{"step":"REDIRECT","requestId":"r","loginId":"l"}"#))),
        //= docs/spec/widget-events.md#in-a-session
        //# **EVT-33** A client MUST take news without ids as a hint, and leave it to its caller to know whose it is.
        //= docs/spec/widget-events.md#in-a-session
        //# **EVT-34** A client MUST take news that comes twice, late or after the end without an error.
        ("redirect, no ids", |_, _| Some(news(r#"{"step":"REDIRECT"}"#))),
        ("redirect, other request", |_, _| Some(news(r#"{"step":"REDIRECT","requestId":"x","loginId":"l"}"#))),
        ("redirect, with accounts", |_, _| {
            Some(news(r#"{"step":"REDIRECT","requestId":"r","loginId":"l","accountId":["a"]}"#))
        }),
        ("redirect of another", |_, _| Some(news(r#"{"step":"REDIRECT","requestId":"x","loginId":"y"}"#))),
        ("webhook, data", |_, _| {
            Some(delivered(r#"{"ResponseType":"GetAccountsDetail","RequestId":"r","Accounts":[{"Id":"a"}]}"#))
        }),
        ("webhook, KYC", |_, _| Some(delivered(r#"{"ResponseType":"KYC","RequestId":"r"}"#))),
        ("webhook, 203", |_, _| {
            Some(delivered(&ASKS.replace('{', r#"{"ResponseType":"KYC","#).replacen(
                r#"[{"ResponseType":"KYC","#,
                "[{",
                1,
            )))
        }),
        ("webhook by tag", |_, _| Some(delivered(r#"{"ResponseType":"KYC","RequestId":"x","Tag":"tag"}"#))),
        ("webhook by login", |_, _| {
            Some(delivered(
                r#"{"ResponseType":"GetAccountsDetail","RequestId":"x","Login":{"Id":"l"},"Accounts":[{"Id":"a"}]}"#,
            ))
        }),
        ("webhook of another", |_, _| Some(delivered(r#"{"ResponseType":"KYC","RequestId":"x"}"#))),
        ("closed", |_, _| Some(news(r#"{"step":"COMPONENT_CLOSE_SESSION"}"#))),
        ("no retries left", |_, _| Some(news(r#"{"step":"MAXIMUM_RETRY_REACHED"}"#))),
        ("progress", |_, _| Some(news(r#"{"step":"SUBMIT_MFA"}"#))),
        ("answer", |s, n| Some(Event::Answered(Answers::to(&standing(s, n)?).with("p", ["a"])))),
        ("answer to an old number", |s, n| {
            let prompt = standing(s, n)?;
            let old = prompt.number.checked_sub(1).unwrap_or(7);
            Some(Event::Answered(Answers::to(&prompt).with("p", ["a"]).numbered(Some(old))))
        }),
        ("empty answer", |s, n| Some(Event::Answered(Answers::to(&standing(s, n)?).with("p", [""])))),
        ("shown", |_, _| Some(Event::Shown)),
        ("answer after shown", |s, n| {
            let prompt = standing(s, n)?;
            s.tell(n, Event::Shown).ok()?;
            Some(Event::Answered(Answers::to(&prompt).with("p", ["a"])))
        }),
        ("open", |_, _| Some(Event::Opened)),
        ("open twice within 10 s", |s, n| {
            s.prompt(n)?;
            s.tell(n, Event::Opened).ok()?;
            exchange(s, &mut n.clone(), 200, TOKEN);
            Some(Event::Opened)
        }),
        ("cancel", |_, _| Some(Event::Cancelled)),
    ]
}

/// The stage of a session, the marks of its prompt, and how it ended.
fn after(session: &Session, before: Option<u32>, now: Timestamp) -> String {
    let mut text = match session.outcome() {
        None => format!("{:?}", session.stage()),
        Some(Outcome::Refreshed(done)) => format!("Refreshed {:?}", done.via),
        Some(Outcome::Failed(failure)) => format!("{:?} {:?}", failure.reason(), failure.recovery().advice()),
    };
    if let Some(prompt) = session.prompt(now) {
        let showing = match prompt.showing {
            Showing::Ready(_) => " ready",
            Showing::Spent => " spent",
            Showing::Closed | Showing::Refused | _ => "",
        };
        let marks = [(prompt.wrong, " wrong"), (prompt.left, " left"), (prompt.shown, " shown")];
        text.extend(marks.iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| *mark));
        text.push_str(if prompt.ended.is_some() { " ended" } else { "" });
        text.push_str(showing);
        if before.is_some_and(|before| before != prompt.number) {
            text.push_str(" another prompt");
        }
    }
    if let Some(Outcome::Failed(failure)) = session.outcome() {
        text.push_str(if failure.resume().is_some() { ", to be resumed" } else { "" });
    }
    text
}

/// The rule that names the function which decides what this event does in this phase.
fn rule(phase: &str, event: &str) -> &'static Rule {
    let begins = |name: &str, with: &[&str]| with.iter().any(|with| name.starts_with(with));
    let fits = |(events, phases, _): &&Rule| begins(event, events) && (phases.is_empty() || begins(phase, phases));
    RULES.iter().find(fits).unwrap_or_else(|| panic!("no rule says what decides {event} in {phase}"))
}

#[test]
fn every_phase_meets_every_event() {
    let mut table =
        String::from("# phase × event → how it was heard, what decides it, and where the session is then\n");
    let mut used = Vec::new();
    for (phase, session, now) in phases().into_iter().chain(newer_phases()) {
        let _ = write!(table, "\n{phase}\n");
        for (name, event) in events() {
            let mut session = session.clone();
            let before = session.prompt(now).map(|prompt| prompt.number);
            let cell = match event(&mut session, now) {
                None => "-".to_owned(),
                Some(event) => {
                    let heard = match session.tell(now, event) {
                        Ok(heard) => format!("{heard:?}"),
                        Err(misuse) => format!("Misuse::{misuse:?}"),
                    };
                    let rule = rule(phase, name);
                    used.push(rule);
                    format!("{heard:<22} {:<30} {}", rule.2, after(&session, before, now))
                }
            };
            let _ = writeln!(table, "  {name:<24} {cell}");
        }
    }
    for rule in RULES {
        assert!(used.iter().any(|used| core::ptr::eq(*used, rule)), "no cell needs the rule {rule:?}");
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/table.txt");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &table).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    for (line, (is, was)) in table.lines().zip(golden.lines()).enumerate() {
        assert_eq!(is, was, "line {} of golden/table.txt", line + 1);
    }
    assert_eq!(table.lines().count(), golden.lines().count(), "golden/table.txt");
}

#[test]
fn each_function_that_decides_is_in_the_core() {
    let core = concat!(env!("CARGO_MANIFEST_DIR"), "/../reconnect-core/src/");
    for (.., name) in RULES {
        let (file, function) = name.split_once("::").expect("a file and a function");
        let source = std::fs::read_to_string(format!("{core}state/{file}.rs"));
        let source = source.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(source.contains(&format!("fn {function}(")), "{name} is not in the core");
    }
}
