//! Any text as a stored session: it is refused, or it restores to the same, parks and wakes as the same, and whatever is
//! then asked and told breaks nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reconnect_core::{
    Action, Fault, FaultKind, Heard, Pause, Reply, Session, Snapshot, Timestamp, connect::ConnectNews,
};

const REPLY: &[u8] = br#"{"HttpStatusCode":203,"RequestId":"r","Token":"t","Login":{"Id":"l"},"Accounts":[{"Id":"a"}],
    "SecurityChallenges":[{"Type":"QuestionAndAnswer","Prompt":"p"}]}"#;

// The first byte chooses what the service says, so that a corpus file is a byte and a snapshot.
fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = data.split_first() else { return };
    let Ok(text) = core::str::from_utf8(text) else { return };
    let Ok(snapshot) = Snapshot::from_json(text) else { return };
    let json = snapshot.to_json();
    assert_eq!(Snapshot::from_json(&json).map(|again| again.to_json()), Ok(json), "one form, read and written");
    let Ok(session) = Session::restore(snapshot.clone()) else { return };
    // What is at rest only where answers may go through the API is left out of what is written next.
    let at_rest = session.snapshot();
    let again = Session::restore(at_rest.clone()).expect("a session's snapshot is sound");
    assert_eq!(again.snapshot(), at_rest);
    assert_eq!(session.park().wake().snapshot(), at_rest);
    let _ = format!("{session:?} {snapshot:?}");
    walk(session, *choice);
});

/// Some steps, with a service that always says the same and somebody who tells the same news.
fn walk(mut session: Session, choice: u8) {
    let status = [200, 202, 203, 401, 429, 500][usize::from(choice) % 6];
    let reply = Reply { status, headers: Vec::new(), body: REPLY.to_vec() };
    let news = ConnectNews::read("https://a/?loginId=l&requestId=r&accountId=a").expect("news");
    let mut now = Timestamp::from_millis(1_780_000_000_000);
    for step in 0..24_u8 {
        let action = session.poll(now);
        match &action {
            Action::Send(request) if choice & 0x80 == 0 => {
                assert_ne!(session.receive(now, request.id, Ok(&reply)), Heard::NotOurs);
            }
            Action::Send(request) if choice & 0x40 == 0 => {
                session.receive(now, request.id, Err(Fault::maybe(FaultKind::Timeout)));
            }
            Action::Send(request) => drop(session.lost(now, request.id)),
            Action::Wait { until } => {
                assert!(*until > now, "a wait ends in the future");
                let again = session.poll(now);
                assert!(matches!(again, Action::Wait { until: again } if again == *until), "asked twice, the same");
                now = *until;
            }
            Action::Pause(Pause::Ask(_)) if step % 3 == 0 => session.open(now),
            Action::Pause(Pause::Ask(_)) if step % 3 == 1 => drop(session.returned(now, &news)),
            Action::Pause(Pause::Ask(_)) => now = session.deadline().map_or(now, |deadline| deadline.at.max(now)),
            Action::Pause(Pause::Done) => {
                assert!(session.outcome().is_some(), "what is done has an outcome");
                return;
            }
        }
        session = Session::restore(session.snapshot()).expect("a session's snapshot is sound");
    }
    session.cancel(now);
    let _ = session.take_accounts();
}
