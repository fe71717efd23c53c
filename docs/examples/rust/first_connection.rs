//! The samples of docs/guide/first-connection.md.

use crate::stage::Stage;

mod watching {
    use reconnect_blocking::connect::{ConnectNews, Offer, Watch, WidgetUrl};
    use reconnect_blocking::{Instance, Policy, Timestamp};

    /// One message of the widget: takes the text that the web session has kept, and returns the text to keep now.
    fn hear(kept: Option<&str>, now: Timestamp, message: &str) -> Result<String, Box<dyn std::error::Error>> {
        let mut watch = kept.map_or_else(|| Ok(Watch::new()), Watch::from_json)?;
        // Other scripts post to the same window: a message that is not the widget's is passed over.
        if let Ok(news) = ConnectNews::read(message) {
            watch.heard(now, &news);
        }
        Ok(watch.to_json())
    }

    /// The user is back: what to offer.
    fn button(watch: &Watch, now: Timestamp, instance: &Instance) -> String {
        match watch.offer(now, &Policy::default()) {
            Offer::Resume { until } => format!("Go on, until {until:?}"),
            Offer::StartOver(parts) => {
                let url = WidgetUrl::start_over(instance, &parts); // at the same bank
                format!("Connect again, at {}", url.expose())
            }
            Offer::Nothing => "Connect a bank".to_owned(),
        }
    }

    #[test]
    fn a_session_is_resumed_within_eight_minutes() -> crate::Result {
        let minute = |n: u64| core::time::Duration::from_secs(60 * n);
        let start = Timestamp::from_millis(1_780_000_000_000);
        let kept = hear(None, start, r#"{"step":"INSTITUTION_SELECTED","institution":"FlinksCapital"}"#)?;
        let kept = hear(Some(&kept), start, r#"{"type":"webpackOk"}"#)?;
        let kept = hear(Some(&kept), start, r#"{"step":"COMPONENT_LOAD_MFA","requestId":"r-1"}"#)?;
        let watch = Watch::from_json(&kept)?;
        let instance = Instance::named("toolbox", "43387ca6-0391-4c82-857d-70d95f087ecb")?;
        let until = start + Policy::default().request_life;
        assert_eq!(watch.offer(start + minute(3), &Policy::default()), Offer::Resume { until });
        assert!(button(&watch, start + minute(60), &instance).ends_with("/Credential/FlinksCapital"));
        assert_eq!(button(&Watch::new(), start, &instance), "Connect a bank");
        Ok(())
    }
}

use reconnect_blocking::connect::{ConnectNews, Watch, WidgetUrl};
use reconnect_blocking::{
    Client, Done, Event, Known, LoginId, Pause, Policy, Selection, Session, Stepped, Stopped, StoredSession,
};

fn go_on(
    client: &Client,
    watch: &Watch,
    show_widget: impl Fn(WidgetUrl) -> String,
    is_this_users: impl Fn(&LoginId) -> bool,
) -> Result<Option<Done>, Box<dyn std::error::Error>> {
    let known = Known::at(client.instance());
    let claimed = Session::resume_claimed(watch, known, Selection::all(), Policy::default(), client.now());
    let mut session = StoredSession::new(claimed.ok_or("no message named a requestId")?);

    // Show the widget, as for any other prompt, and tell the session what it posts.
    session.tell(client.now(), Event::Opened)?;
    while let Stepped::Pause(Pause::Ask(prompt)) = client.step(&mut session, &())? {
        let message = show_widget(prompt.connect_url(client.instance()));
        session.tell(client.now(), Event::Returned(ConnectNews::read(&message)?))?;
    }

    // Flinks said yes. The accounts are withheld until you confirm whose they are.
    let Err(Stopped::Unconfirmed(mut session)) = session.done() else { return Ok(None) };
    let found = session.login().cloned().ok_or("the reply named no login")?;
    if !is_this_users(&found) {
        return Ok(None); // another user's: drop the session, and offer an ordinary Connect session
    }
    session.tell(client.now(), Event::Confirmed(found))?;
    client.step(&mut session, &())?; // stores the confirmation, with the accounts if your store keeps them
    Ok(Some(session.done()?))
}

#[test]
fn the_accounts_come_after_the_login_is_confirmed() -> crate::Result {
    let stage = Stage::new("Greatday")?;
    let mut left = stage.client.refresh(stage.login.clone()).session();
    stage.client.step(&mut left, &())?;
    let message = format!(r#"{{"step":"COMPONENT_LOAD_MFA","requestId":"{}"}}"#, left.requests()[0].as_str());
    let mut watch = Watch::new();
    watch.heard(stage.client.now(), &ConnectNews::read(&message)?);
    let done = go_on(&stage.client, &watch, |url| stage.widget(url.expose()), |found| *found == stage.login)?;
    assert!(!done.expect("the login is this user's").accounts.is_empty());
    Ok(())
}
