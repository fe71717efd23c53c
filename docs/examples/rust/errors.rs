//! The sample of docs/reference/errors.md.

use crate::stage::Stage;
use reconnect_blocking::{Event, Failure, FlinksCode, Reason, Recovery, Stopped};

fn next(failure: &Failure) -> String {
    match failure.recovery() {
        Recovery::TryLater { not_before } => format!("ask again at {}", not_before.as_millis()),
        Recovery::StartOver => "open client.start_over(&failure)".to_owned(),
        Recovery::AskTheUser => "offer a button: refresh again".to_owned(),
        Recovery::ActAtTheBank => "tell the user to log in at the bank".to_owned(),
        Recovery::FixTheSetup => "page a developer".to_owned(),
    }
}

#[test]
fn a_user_whom_the_bank_has_locked_out() -> crate::Result {
    let stage = Stage::new("test_disabled_account")?;
    let ended = stage.client.refresh(stage.login.clone()).run(|_prompt, _url| Event::Tick);
    let Err(Stopped::Failed(failure)) = ended else { panic!("the bank refuses") };
    assert_eq!(failure.reason(), Reason::Refused);
    assert_eq!(failure.code(), Some(&FlinksCode::DisabledLogin));
    assert_eq!(next(&failure), "tell the user to log in at the bank");
    Ok(())
}
