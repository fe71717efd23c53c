//! A session that is parked, and its snapshot as a plain struct.

use reconnect_core::{AccountId, Action, Known, LoginId, Mfa, Policy, Reply, Selection, Session, Timestamp};
use serde::Deserialize;

/// A session that asks the end user: one `requestId`, one `loginId`, two kept accounts, one challenge of 40 characters,
/// which a snapshot holds, as answers may be given through the API.
///
/// # Panics
/// Never: the replies are the documented ones.
#[must_use]
pub fn asked() -> (Timestamp, Session) {
    session(0)
}

/// The same with ids of its own.
///
/// # Panics
/// Never: the replies are the documented ones.
#[must_use]
pub fn session(number: u64) -> (Timestamp, Session) {
    let now = Timestamp::from_millis(1_780_000_000_000);
    let mut policy = Policy::default();
    policy.mfa = Mfa::WidgetOrApi;
    let login = LoginId::new(&format!("5e115eac-1209-4f19-641c-{number:012x}")).expect("an id");
    let keep = [format!("27a9ffa0-2d9c-4a4f-8a2c-{number:012x}"), format!("b1a2c3d4-0000-4e6f-9a0b-{number:012x}")];
    let keep = Selection::only(keep.map(|id| AccountId::new(&id).expect("an id"))).expect("two");
    let mut session = Session::refresh(login, Known::default(), keep, policy, now);
    let bodies = [
        format!(r#"{{"HttpStatusCode":200,"Token":"0f8fad5b-d9cb-469f-a165-{number:012x}"}}"#),
        format!(
            r#"{{"HttpStatusCode":203,"RequestId":"9022abc2-8a2e-4b06-a06e-{number:012x}","SecurityChallenges":
                [{{"Type":"QuestionAndAnswer","Prompt":"What is the name of your first big pet??"}}]}}"#
        ),
    ];
    for (status, body) in [200, 203].into_iter().zip(bodies) {
        let Action::Send(request) = session.poll(now) else { panic!("it sends") };
        session.receive(now, request.id, Ok(&Reply { status, headers: Vec::new(), body: body.into() }));
    }
    assert_eq!(session.prompt(now).map(|prompt| prompt.challenges[0].prompt.len()), Some(40));
    (now, session)
}

/// The snapshot of [`asked`] as a plain struct, read by `serde_json` alone.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is read, and that is all")]
pub struct Plain {
    version: u32,
    revision: u64,
    login: String,
    requests: Vec<String>,
    keep: Vec<String>,
    policy: PlainPolicy,
    next: u64,
    began: u64,
    live: bool,
    since: u64,
    first: Option<u64>,
    #[serde(rename = "secretToken")]
    token: Option<PlainToken>,
    phase: PlainPhase,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is read, and that is all")]
struct PlainPolicy {
    mfa: String,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is read, and that is all")]
struct PlainToken {
    token: String,
    sent: u64,
    used: bool,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is read, and that is all")]
struct PlainPhase {
    at: String,
    challenges: Vec<PlainChallenge>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is read, and that is all")]
struct PlainChallenge {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "Prompt")]
    prompt: String,
}
