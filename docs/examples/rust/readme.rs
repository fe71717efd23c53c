//! The first sample of README.md.

use reconnect_blocking::{Client, Event, Instance, Keys, LoginId, connect::ConnectNews};

fn refresh(instance: Instance, keys: Keys, login: &str) -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new(instance, keys)?;
    let done = client.refresh(LoginId::new(login)?).run(|prompt, url| {
        // The bank asks your user. Show the widget in an iframe, and return the message that it posts.
        println!("{}", prompt.time_left(client.now())); // "expires in 7 min"
        let message = show_widget(url.expose());
        ConnectNews::read(&message).map_or(Event::Tick, Event::Returned) // Event::Tick: "not now"
    })?;
    println!("{} accounts", done.accounts.len());
    Ok(())
}

thread_local! {
    static STAGE: crate::stage::Stage = crate::stage::Stage::new("Greatday").expect("a sandbox");
}

fn show_widget(url: &str) -> String {
    STAGE.with(|stage| stage.widget(url))
}

#[test]
fn the_bank_asks_once_and_the_widget_answers() {
    STAGE.with(|stage| {
        refresh(stage.instance.clone(), crate::stage::keys(), stage.login.as_str()).expect("accounts");
        assert_eq!(stage.texts(), 1);
    });
}
