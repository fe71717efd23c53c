//! The sample of docs/guide/resume.md with a service behind it.

use crate::stage::Stage;
use reconnect_blocking::connect::{ConnectNews, Language, WidgetOptions, same_origin};
use reconnect_blocking::{Client, Done, Event, Known, LoginId, RequestId, Selection, Stopped, Timestamp};

fn resume(client: &Client, request: RequestId, sent: Timestamp, login: LoginId) -> Result<Done, Stopped> {
    let mut known = Known::at(client.instance());
    known.last_sent = Some(sent);
    known.login = Some(login);

    // How the widget looks, once for your app.
    let options = WidgetOptions::new()
        .redirect_url("https://app.example/back?session=7")
        .close_enable(true)
        .language(Language::English);

    client.resume(request).known(known).keep(Selection::all()).run(|prompt, url| {
        println!("{}", prompt.time_left(client.now())); // "expires in 7 min"
        let (origin, message) = show_widget(url.with_options(&options).expose());
        if !same_origin(client.instance(), &origin) {
            return Event::Tick; // the message is another frame's, and not the widget's
        }
        ConnectNews::read(&message).map_or(Event::Tick, Event::Returned)
    })
}

thread_local! {
    static STAGE: Stage = Stage::new("Greatday").expect("a sandbox");
}

/// The origin and the text of the message that the widget posts.
fn show_widget(url: &str) -> (String, String) {
    assert!(url.contains("redirectUrl="), "{url}");
    STAGE.with(|stage| (stage.sandbox.url(), stage.widget(url)))
}

#[test]
fn the_same_question_again_and_no_second_sms() -> crate::Result {
    STAGE.with(|stage| {
        let mut left = stage.client.refresh(stage.login.clone()).session();
        stage.client.step(&mut left, &())?;
        let request = left.requests()[0].clone();
        let done = resume(&stage.client, request, stage.client.now(), stage.login.clone())?;
        assert!(!done.accounts.is_empty());
        assert_eq!(stage.texts(), 1);
        Ok(())
    })
}
