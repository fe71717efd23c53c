//! Decision 39: a body over 32 MiB is read no further, whoever hands it in.

use reconnect_core::policy::MAX_BODY;
use reconnect_core::{Action, Outcome, Reason, Recovery, Reply};
use reconnect_testkit::walks::phases;

#[test]
fn decision_39_a_body_of_33_mib_ends_in_fix_the_setup_and_never_in_accounts() {
    let mut body = br#"{"HttpStatusCode":200,"RequestId":"r","Accounts":[],"x":""#.to_vec();
    body.resize(MAX_BODY - 1, b' ');
    body.extend(br#""}"#);
    for (name, session, now) in phases() {
        if !["fetching", "minting"].contains(&name) {
            continue;
        }
        let mut session = session;
        let Action::Send(request) = session.poll(now) else { panic!("{name} sends") };
        let large = Reply { status: 200, headers: Vec::new(), body: body.clone() };
        assert_eq!(large.body.len(), MAX_BODY + 1);
        session.receive(now, request.id, Ok(&large));
        let Some(Outcome::Failed(failure)) = session.outcome() else { panic!("{name}") };
        assert_eq!((failure.reason(), failure.recovery()), (Reason::TooLarge, Recovery::FixTheSetup), "{name}");
    }
}
