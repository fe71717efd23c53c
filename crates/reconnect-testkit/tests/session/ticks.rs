//! Every moment that the core compares with another one: one tick before it, at it, and one tick after. What is seen at
//! the moment is seen from then on.

mod seen;

use self::seen::*;
use core::time::Duration;
use reconnect_core::connect::{ConnectNews, Offer, Watch};
use reconnect_core::policy::{Fetch, Probe, Then, WidgetToken};
use reconnect_core::{Answers, Event, ExchangeId, Mfa, Policy, Session, Timestamp, Why};
use reconnect_testkit::walks::{ASKS, NOT_YET, NOW, OK, PENDING, TOKEN, delivered, exchange, reply, sent, walked};

const TICK: Duration = Duration::from_millis(1);

/// A moment that counts.
struct Row {
    name: &'static str,
    policy: fn(&mut Policy),
    /// The session that is looked at. The moment at which it is looked at matters only where a session begins then.
    there: fn(Policy, Timestamp) -> Session,
    /// The moment, counted from `NOW`, and the reason, if it is the session's deadline.
    at: Duration,
    why: Option<Why>,
    /// What is seen of the session when the last step is made at this moment.
    sees: fn(&mut Session, Timestamp) -> String,
    /// Before the moment, and from then on.
    seen: [&'static str; 2],
}

/// A row says where it differs: the default policy, no deadline, and what the session does next is seen.
const PLAIN: Row = Row { name: "", policy: |_| {}, there: asking, at: TICK, why: None, sees: does, seen: [""; 2] };

#[test]
fn one_tick_before_each_moment_at_it_and_one_tick_after() {
    for row in rows() {
        let mut policy = Policy::default();
        (row.policy)(&mut policy);
        let (at, [before, then]) = (NOW + row.at, row.seen);
        for (now, seen) in [(at.before(TICK), before), (at, then), (at + TICK, then)] {
            let mut session = (row.there)(policy.clone(), now);
            if let Some(why) = row.why {
                let deadline = session.deadline().map(|deadline| (deadline.at, deadline.why));
                assert_eq!(deadline, Some((at, why)), "{}", row.name);
            }
            let ticks = now.as_millis() as i64 - at.as_millis() as i64;
            assert_eq!((row.sees)(&mut session, now), seen, "{}, {ticks} ms after the moment", row.name);
        }
    }
}

#[test]
fn each_reason_of_a_deadline_has_a_row() {
    let all = [
        Why::Send,
        Why::RequestTimesOut,
        Why::Retry,
        Why::Poll,
        Why::Look,
        Why::Webhook,
        Why::RequestIdExpires,
        Why::TokenExpires,
        Why::OpenAgain,
        Why::Forget,
    ];
    for why in all {
        assert!(rows().iter().any(|row| row.why == Some(why)), "{why:?}");
    }
}

/// Answers may go through the API.
fn api(policy: &mut Policy) {
    policy.mfa = Mfa::WidgetOrApi;
}

/// No redirect causes a look at once.
fn keeps_hints(policy: &mut Policy) {
    (policy.news_looks, policy.news_looks_named) = (0, 0);
}

fn rows() -> Vec<Row> {
    vec![
        Row {
            name: "a mint is waited for",
            policy: |policy| policy.tries = 1,
            there: |policy, _| sends(begun(policy, NOW), NOW),
            at: 30 * SECOND,
            why: Some(Why::RequestTimesOut),
            seen: ["waits", "Unreachable"],
            ..PLAIN
        },
        Row {
            name: "a live call is waited for",
            there: live,
            at: 4 * MINUTE,
            why: Some(Why::RequestTimesOut),
            seen: ["waits", "OutcomeUnknown"],
            ..PLAIN
        },
        Row {
            name: "a call that failed is tried again",
            there: |policy, _| walked(begun(policy, NOW), &[(503, "")]),
            at: Duration::from_millis(500),
            why: Some(Why::Retry),
            seen: ["waits", "sends GenerateAuthorizeToken"],
            ..PLAIN
        },
        Row {
            name: "the longest Retry-After that is waited for, 20:36:40",
            there: |policy, _| sends(begun(policy, NOW), NOW + 290 * SECOND),
            at: 5 * MINUTE,
            sees: |session, now| {
                answered(session, now, &page("Thu, 28 May 2026 20:36:40 GMT"));
                does(session, now)
            },
            seen: ["Unreachable", "waits"],
            ..PLAIN
        },
        Row {
            name: "the next poll",
            there: pending,
            at: 10 * SECOND,
            why: Some(Why::Poll),
            seen: ["waits", "sends GetAccountsDetailAsync"],
            ..PLAIN
        },
        Row {
            // The next poll would be one interval later, at the cap.
            name: "the cap of pending data",
            there: polled_late,
            at: Duration::from_secs(30 * 60 - 10),
            sees: |session, now| does_after(session, now, 202, PENDING),
            seen: ["waits", "GaveUp"],
            ..PLAIN
        },
        Row {
            // The next try would be 500 ms later, at the cap.
            name: "the cap of pending data, for another try",
            there: polled_late,
            at: Duration::from_millis(30 * 60_000 - 500),
            sees: |session, now| does_after(session, now, 401, r#"{"FlinksCode":"RETRY_LATER"}"#),
            seen: ["waits", "Refused"],
            ..PLAIN
        },
        Row {
            name: "the next look",
            there: |policy, now| {
                let mut session = looks(asking(policy, now));
                answered(&mut session, NOW, &reply(401, NOT_YET));
                returns(&mut session, NOW);
                session
            },
            at: 10 * SECOND,
            why: Some(Why::Look),
            seen: ["waits", "sends GetAccountsDetail"],
            ..PLAIN
        },
        //= docs/spec/webhooks.md#in-a-session
        //# **HOOK-19** A client that waits for a delivery MUST do so with a deadline, after which it polls or fails as
        //# its caller chose.
        //= docs/spec/webhooks.md#in-a-session
        //# **HOOK-21** A client MUST NOT expect webhooks from the public sandbox.
        Row {
            name: "a webhook, and then polls",
            policy: |policy| policy.fetch = Fetch::Webhook { wait: MINUTE, then: Then::Poll },
            there: |policy, _| walked(resumed(policy, None, NOW), &[(202, PENDING)]),
            at: MINUTE,
            why: Some(Why::Webhook),
            seen: ["waits", "sends GetAccountsDetail"],
            ..PLAIN
        },
        Row {
            name: "a webhook, and then none",
            policy: |policy| policy.fetch = Fetch::Webhook { wait: MINUTE, then: Then::Fail },
            there: |policy, _| walked(begun(policy, NOW), &[(200, TOKEN), (200, OK)]),
            at: MINUTE,
            why: Some(Why::Webhook),
            seen: ["waits", "GaveUp"],
            ..PLAIN
        },
        Row {
            name: "the prompt",
            there: asking,
            at: 8 * MINUTE,
            why: Some(Why::RequestIdExpires),
            seen: ["asks", "sends GetAccountsDetail"],
            ..PLAIN
        },
        Row {
            name: "the prompt, without a look",
            policy: |policy| policy.look_on_lapse = false,
            there: asking,
            at: 8 * MINUTE,
            why: Some(Why::RequestIdExpires),
            seen: ["asks", "Lapsed"],
            ..PLAIN
        },
        Row {
            name: "the time for answers",
            policy: api,
            there: asking,
            at: 8 * MINUTE,
            why: Some(Why::RequestIdExpires),
            sees: |session, now| {
                let prompt = session.prompt(now).expect("the bank asks");
                format!("{:?}", session.answer(now, Answers::to(&prompt).with("p", ["a"])))
            },
            seen: ["Ok(Took)", "Ok(Late)"],
        },
        Row {
            name: "the prompt that hints lengthen",
            there: |policy, now| {
                let mut session = asking(policy, now);
                for minutes in [7, 14, 21, 28] {
                    hints(&mut session, NOW + minutes * MINUTE);
                }
                session
            },
            at: 30 * MINUTE,
            why: Some(Why::RequestIdExpires),
            seen: ["asks", "sends GetAccountsDetail"],
            ..PLAIN
        },
        Row {
            name: "a hint, one tick after the question",
            there: asking,
            at: TICK,
            sees: |session, now| format!("{:?}", hints(session, now)),
            seen: ["Knew", "Took"],
            ..PLAIN
        },
        Row {
            // Nobody knows how old it is, and the look told nothing.
            name: "a hint, one tick after a look that told nothing",
            there: |policy, _| walked(resumed(policy, None, NOW), &[(404, r#"{"HttpStatusCode":404}"#)]),
            at: TICK,
            sees: |session, now| format!("{:?}", hints(session, now)),
            seen: ["Knew", "Took"],
            ..PLAIN
        },
        Row {
            name: "a resumed request",
            there: |policy, now| resumed(policy, Some(NOW.until(now)), now),
            at: 8 * MINUTE,
            seen: ["asks", "Lapsed"],
            ..PLAIN
        },
        Row {
            name: "a resumed request, with a look",
            policy: |policy| policy.probe = Probe::Always,
            there: |policy, now| resumed(policy, Some(NOW.until(now)), now),
            at: 8 * MINUTE,
            seen: ["asks", "sends GetAccountsDetail"],
            ..PLAIN
        },
        Row {
            name: "an interrupted first connection",
            there: begun,
            at: 8 * MINUTE,
            sees: |_, now| {
                let mut watch = Watch::new();
                let news = r#"{"step":"COMPONENT_LOAD_MFA","requestId":"r"}"#;
                watch.heard(NOW, &ConnectNews::read(news).expect("news"));
                match watch.offer(now, &Policy::default()) {
                    Offer::Resume { .. } => "resume",
                    Offer::StartOver(_) => "start over",
                    Offer::Nothing => "nothing",
                }
                .to_owned()
            },
            seen: ["resume", "start over"],
            ..PLAIN
        },
        //= docs/spec/credentials.md#use
        //# **CRED-21** A client SHOULD mint right before the use, and MUST count the life of a token from the moment
        //# its mint was sent.
        //= docs/spec/lifetimes.md#tokens-calls-sessions
        //# **LIFE-14** A client MUST take an authorize token as live for 15 min.
        Row {
            name: "the session's own token",
            there: |policy, _| walked(begun(policy, NOW), &[(200, TOKEN)]),
            at: 15 * MINUTE,
            seen: ["sends Authorize", "sends GenerateAuthorizeToken"],
            ..PLAIN
        },
        Row {
            name: "the session's own token, in a snapshot",
            policy: |policy| (policy.mfa, policy.token_life) = (Mfa::WidgetOrApi, MINUTE),
            there: asking,
            at: MINUTE,
            sees: |session, now| {
                let _ = session.poll(now);
                let is_kept = session.snapshot().to_json().contains("secretToken");
                if is_kept { "kept" } else { "dropped" }.to_owned()
            },
            seen: ["kept", "dropped"],
            ..PLAIN
        },
        Row {
            name: "the session's own token, in the widget",
            policy: |policy| (policy.widget_token, policy.token_life) = (WidgetToken::Session, 5 * MINUTE),
            there: asking,
            at: 5 * MINUTE,
            sees: |session, now| {
                session.open(now);
                format!("{}, {}", showing(session, now), does(session, now))
            },
            seen: ["ready, asks", "not ready, sends GenerateAuthorizeToken"],
            ..PLAIN
        },
        //= docs/spec/credentials.md#minting
        //# **CRED-17** A client MUST take the life of a token from its own settings.
        //= docs/spec/credentials.md#use
        //# **CRED-25** A client MUST NOT end a session or a prompt because the widget's token ended.
        Row {
            name: "the token of a showing",
            policy: |policy| policy.token_life = MINUTE,
            there: shown,
            at: MINUTE,
            why: Some(Why::TokenExpires),
            sees: |session, now| showing(session, now),
            seen: ["ready", "not ready"],
        },
        Row {
            name: "the token of a showing, when the session is asked",
            policy: |policy| policy.token_life = MINUTE,
            there: shown,
            at: MINUTE,
            why: Some(Why::TokenExpires),
            sees: |session, now| format!("{}, {}", does(session, now), next_deadline(session)),
            seen: ["asks, TokenExpires", "asks, RequestIdExpires"],
        },
        Row {
            name: "another showing may be opened",
            there: |policy, now| {
                let mut session = shown(policy, now);
                session.open(NOW);
                session
            },
            at: 10 * SECOND,
            why: Some(Why::OpenAgain),
            sees: |session, now| format!("{}, {}", does(session, now), showing(session, now)),
            seen: ["asks, spent", "asks, not ready"],
            ..PLAIN
        },
        Row {
            name: "another showing is opened",
            there: shown,
            at: 10 * SECOND,
            sees: |session, now| {
                session.open(now);
                does(session, now)
            },
            seen: ["asks", "sends GenerateAuthorizeToken"],
            ..PLAIN
        },
        Row {
            // A redirect came while the token was minted, and the mint was lost.
            name: "the mint for a showing that was given up is made again",
            there: |policy, now| {
                let mut session = asking(policy, now);
                session.open(NOW);
                let mint = sent(&mut session, NOW);
                returns(&mut session, NOW);
                session.lost(NOW, mint.id);
                sent(&mut session, NOW);
                answered(&mut session, NOW, &reply(401, NOT_YET));
                session
            },
            at: 10 * SECOND,
            why: Some(Why::Send),
            seen: ["waits", "sends GenerateAuthorizeToken"],
            ..PLAIN
        },
        Row {
            name: "a request that is held up, and its time",
            policy: api,
            there: live,
            at: 4 * MINUTE,
            sees: |session, now| may_be_sent(session, now, 2),
            seen: ["sent", "not sent"],
            ..PLAIN
        },
        Row {
            name: "a request that is held up, and its token",
            policy: |policy| (policy.mfa, policy.token_life) = (Mfa::WidgetOrApi, MINUTE),
            there: live,
            at: MINUTE,
            sees: |session, now| may_be_sent(session, now, 2),
            seen: ["sent", "not sent"],
            ..PLAIN
        },
        Row {
            name: "a live call that was lost may still be at the bank",
            there: |policy, now| {
                let mut session = live(policy, now);
                session.lost(NOW, ExchangeId::from_number(2));
                session
            },
            at: 8 * MINUTE,
            sees: |session, now| open(session, now),
            seen: ["open", "not open"],
            ..PLAIN
        },
        Row {
            name: "a live call may be at the bank for as long as a page says",
            there: |policy, now| {
                let mut session = live(policy, now);
                answered(&mut session, NOW, &page("1200"));
                session
            },
            at: 20 * MINUTE,
            sees: |session, now| open(session, now),
            seen: ["open", "not open"],
            ..PLAIN
        },
        //= docs/spec/lifetimes.md#requestid
        //# **LIFE-13** A client SHOULD still take a redirect for 30 min after a lapse, and MUST be able to say when
        //# that ends.
        //= docs/spec/lifetimes.md#tokens-calls-sessions
        //# **LIFE-15** A client MUST NOT set a time limit on the widget itself.
        Row {
            name: "news after a lapse",
            there: lapsed,
            at: 30 * MINUTE,
            why: Some(Why::Forget),
            sees: |session, now| format!("{:?}", returns(session, now)),
            seen: ["Took", "Late"],
            ..PLAIN
        },
        Row {
            name: "a webhook with our login, after a lapse",
            there: lapsed,
            at: 30 * MINUTE,
            why: Some(Why::Forget),
            sees: |session, now| {
                let told = r#"{"ResponseType":"KYC","RequestId":"x","Login":{"Id":"l"}}"#;
                let Event::Delivered(delivery) = delivered(told) else { panic!("it is a webhook") };
                format!("{:?}", session.delivered(now, &delivery))
            },
            seen: ["Knew", "Late"],
            ..PLAIN
        },
        Row {
            name: "news while a look for a guess is under way",
            there: |policy, now| looks(lapsed(policy, now)),
            at: 30 * MINUTE,
            sees: |session, now| format!("{:?}", returns(session, now)),
            seen: ["Took", "Late"],
            ..PLAIN
        },
        Row {
            name: "news while the stored data is asked for after a guess",
            there: |policy, now| {
                let mut session = looks(lapsed(policy, now));
                answered(&mut session, NOW, &reply(400, r#"{"FlinksCode":"SESSION_EXPIRED"}"#));
                session
            },
            at: 30 * MINUTE,
            sees: |session, now| {
                format!("{:?}", tells(session, now, r#"{"step":"REDIRECT","requestId":"r","accountId":"b"}"#))
            },
            seen: ["Took", "Late"],
            ..PLAIN
        },
        Row {
            name: "a hint that was kept",
            policy: keeps_hints,
            there: |policy, now| hinted(asking(policy, now)),
            at: 4 * MINUTE,
            why: Some(Why::Look),
            seen: ["asks", "sends GetAccountsDetail"],
            ..PLAIN
        },
        Row {
            name: "a hint that was kept after a guess",
            policy: keeps_hints,
            there: |policy, now| hinted(lapsed(policy, now)),
            at: 4 * MINUTE,
            why: Some(Why::Look),
            seen: ["Lapsed", "sends GetAccountsDetail"],
            ..PLAIN
        },
        Row {
            name: "a hint that was kept for a guess that is forgotten early",
            policy: |policy| {
                keeps_hints(policy);
                policy.late_news = MINUTE;
            },
            there: |policy, now| hinted(lapsed(policy, now)),
            at: MINUTE,
            why: Some(Why::Look),
            seen: ["Lapsed", "sends GetAccountsDetail"],
            ..PLAIN
        },
        Row {
            name: "a look that settles nothing keeps its hint until the guess is forgotten",
            policy: |policy| policy.late_news = MINUTE,
            there: |policy, now| looks(lapsed(policy, now)),
            at: MINUTE,
            sees: |session, now| {
                answered(session, now, &reply(404, r#"{"HttpStatusCode":404}"#));
                next_deadline(session)
            },
            seen: ["Look", "Forget"],
            ..PLAIN
        },
        Row {
            name: "a 203 to the look for a lapse",
            policy: |policy| policy.request_life = MINUTE,
            there: |policy, now| sends(asking(policy, now), NOW + MINUTE),
            at: 2 * MINUTE,
            sees: |session, now| does_after(session, now, 203, ASKS),
            seen: ["asks", "Lapsed"],
            ..PLAIN
        },
        Row {
            name: "a 203 to the look for a guess",
            there: |policy, now| looks(lapsed(policy, now)),
            at: 8 * MINUTE,
            sees: |session, now| does_after(session, now, 203, ASKS),
            seen: ["asks", "Lapsed"],
            ..PLAIN
        },
        Row {
            name: "the look for a redirect that is heard during a look",
            there: |policy, now| hinted(looks(asking(policy, now))),
            at: 8 * MINUTE,
            sees: |session, now| {
                answered(session, now, &reply(401, NOT_YET));
                doubt(session)
            },
            seen: ["news", "lapse"],
            ..PLAIN
        },
        Row {
            // The session began 5 min after `NOW`, and the service's clock may be 5 min behind.
            name: "how old the stored data may be",
            there: |policy, _| {
                let mut now = NOW + 5 * MINUTE;
                let mut session = begun(policy, now);
                for (status, body) in [(200, TOKEN), (203, ASKS)] {
                    exchange(&mut session, &mut now, status, body);
                }
                returns(&mut session, now);
                for (status, body) in [(400, r#"{"FlinksCode":"SESSION_EXPIRED"}"#), (200, TOKEN)] {
                    exchange(&mut session, &mut now, status, body);
                }
                sent(&mut session, now);
                session
            },
            at: Duration::ZERO,
            sees: |session, last| {
                let (of_minute, now) = (last.as_millis() % 60_000, NOW + 5 * MINUTE);
                let at = format!("2026-05-28T20:26:{:02}.{:03}", of_minute / 1_000, of_minute % 1_000);
                let login = format!(r#""Login":{{"Id":"l","LastRefresh":"{at}"}}"#);
                does_after(session, now, 200, &format!(r#"{{"HttpStatusCode":200,"RequestId":"s",{login}}}"#))
            },
            seen: ["NotRefreshed", "sends GetAccountsDetail"],
            ..PLAIN
        },
    ]
}
