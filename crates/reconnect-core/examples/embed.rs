//! A whole refresh with the core alone: the transport is a closure, the clock a number, and nothing is sent.
//! `cargo run -p reconnect-core --example embed`
#![allow(clippy::print_stdout, reason = "an example shows something")]

use reconnect_core::{Fault, Instance, Keys, Known, LoginId, Outcome, Pause, Policy, Rendered, Reply, Selection};
use reconnect_core::{Session, Timestamp, Work, connect::ConnectNews};

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let to = Instance::named("toolbox", "43387ca6-0391-4c82-857d-70d95f087ecb")?;
    let keys = Keys { secret: Some("secret".into()), api: Some("key".into()) };
    let login = LoginId::new("5e115eac-1209-4f19-641c-08d6d484e2fe")?;

    // Your HTTP client: it obeys what `Rendered` says, follows no redirect and takes every status as data.
    let mut script = SCRIPT.iter();
    let mut send = |request: &Rendered| -> Result<Reply, Fault> {
        println!("{} {}", request.id, request.method);
        let (status, body) = script.next().ok_or(Fault::NOT_SENT)?;
        Ok(Reply { status: *status, headers: Vec::new(), body: (*body).into() })
    };
    // Your page: it shows the widget at this URL, and says what came back.
    let show = |_url: &str| r#"{"step":"REDIRECT","requestId":"r-1"}"#;

    let mut now = Timestamp::from_millis(1_780_000_000_000);
    let mut session = Session::refresh(login, Known::at(&to), Selection::all(), Policy::default(), now);
    let mut opened = false;
    loop {
        match session.poll_rendered(now, &to, &keys)? {
            Work::Send(request) => {
                let reply = send(&request);
                session.receive(now, request.id, reply.as_ref().map_err(|fault| *fault));
            }
            Work::Wait { until } => now = until,
            Work::Pause(Pause::Ask(_)) if !opened => session.open(now),
            Work::Pause(Pause::Ask(prompt)) => {
                let news = show(prompt.connect_url(&to).expose());
                session.returned(now, &ConnectNews::read(news)?);
            }
            Work::Pause(Pause::Done) => break,
        }
        opened = session.prompt(now).is_some();
    }
    if let Some(Outcome::Refreshed(done)) = session.outcome() {
        println!("{} account kept", done.kept.len());
    }
    Ok(())
}

const SCRIPT: [(u16, &str); 5] = [
    (200, r#"{"HttpStatusCode":200,"Token":"t-1"}"#),
    (203, r#"{"HttpStatusCode":203,"RequestId":"r-1","SecurityChallenges":[{"Type":"QuestionAndAnswer"}]}"#),
    (200, r#"{"HttpStatusCode":200,"Token":"t-2"}"#),
    (202, r#"{"HttpStatusCode":202,"FlinksCode":"OPERATION_PENDING","RequestId":"r-1"}"#),
    (200, r#"{"HttpStatusCode":200,"RequestId":"r-1","Accounts":[{"Id":"a-1"}]}"#),
];
