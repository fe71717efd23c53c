//! The samples of docs/guide/refresh.md.

use crate::stage::Stage;

mod client {
    use reconnect_blocking::{Client, Instance, Keys};
    use reconnect_sandbox::{Clock, Server, Settings};

    fn offline() -> Result<(Server, Client), Box<dyn std::error::Error>> {
        let settings = Settings::default();
        let customer = settings.customer_id.clone();
        let sandbox = Server::start(settings, "127.0.0.1:0".parse()?, Clock::real())?;
        let instance = Instance::at(&sandbox.url(), &sandbox.url(), &customer)?;
        let keys = Keys { secret: Some("sandbox-secret".into()), api: Some("sandbox-api-key".into()) };
        let client = Client::new(instance, keys)?;
        Ok((sandbox, client))
    }

    #[test]
    fn the_sandbox_stands_in_for_flinks() {
        let (sandbox, client) = offline().expect("a free port");
        assert!(client.instance().widget_url().starts_with(&sandbox.url()));
    }
}

thread_local! {
    static STAGE: Stage = Stage::new("Greatday").expect("a sandbox");
}

fn render_and_wait(url: &str) -> String {
    STAGE.with(|stage| stage.widget(url))
}

use reconnect_blocking::connect::ConnectNews;
use reconnect_blocking::{AccountId, Client, Event, LoginId, Selection, Stopped};

fn refresh(client: &Client, login: &str, chosen: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let keep = Selection::only(chosen.iter().map(|id| AccountId::new(id)).collect::<Result<Vec<_>, _>>()?)?;
    let run = client.refresh(LoginId::new(login)?).keep(keep);
    match run.run(|_prompt, url| show_the_widget(url.expose())) {
        Ok(done) => println!("{} accounts, {} are gone", done.accounts.len(), done.refreshed.missing.len()),
        Err(Stopped::Failed(failure)) => println!("{failure}: {:?}", failure.recovery()),
        Err(stopped) => return Err(stopped.into()),
    }
    Ok(())
}

/// Shows the widget in your page, and returns what it posted or redirected to.
fn show_the_widget(url: &str) -> Event {
    let posted = render_and_wait(url);
    match ConnectNews::read(&posted) {
        Ok(news) => Event::Returned(news),
        Err(_) => Event::Tick, // not a message of the widget: `run` stops, and the session waits
    }
}

#[test]
fn a_refresh_with_the_user_in_the_widget() {
    STAGE.with(|stage| {
        let chosen = stage.sandbox.bank(|bank| bank.account_ids(stage.login.as_str()));
        refresh(&stage.client, stage.login.as_str(), &chosen[..1]).expect("accounts");
        assert_eq!(stage.texts(), 1);
    });
}
