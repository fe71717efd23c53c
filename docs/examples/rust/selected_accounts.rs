//! The samples of docs/guide/selected-accounts.md.

use crate::stage::Stage;
use reconnect_blocking::{AccountId, Client, Done, Event, LoginId, Selection};

fn refresh(client: &Client, login: LoginId, stored: &[String]) -> Result<Done, Box<dyn std::error::Error>> {
    let ids = stored.iter().map(|id| AccountId::new(id)).collect::<Result<Vec<_>, _>>()?;
    let done = client.refresh(login).keep(Selection::only(ids)?).run(|_prompt, _url| Event::Tick)?;
    for gone in &done.refreshed.missing {
        println!("{} is not at the bank any more", gone.as_str());
    }
    Ok(done)
}

#[test]
fn only_the_selected_accounts_come_back() -> crate::Result {
    let stage = Stage::new("greatday_nomfa")?;
    let first = stage.sandbox.bank(|bank| bank.account_ids(stage.login.as_str()))[0].clone();
    let done = refresh(&stage.client, stage.login.clone(), &[first, "closed-meanwhile".to_owned()])?;
    assert_eq!(done.accounts.len(), 1);
    assert_eq!(done.refreshed.left_out, 0);
    assert_eq!(done.refreshed.missing[0].as_str(), "closed-meanwhile");
    Ok(())
}

mod a_first_selection {
    use reconnect_blocking::connect::{ConnectNews, NotNews, WidgetOptions, WidgetUrl};
    use reconnect_blocking::{AccountId, Instance};

    fn with_the_selector(instance: &Instance) -> WidgetUrl {
        let options = WidgetOptions::new().account_selector_enable(true).account_selector_multiple(true);
        WidgetUrl::connect(instance, None).with_options(&options)
    }

    /// `redirect` is the URL that the widget sent the user to, such as `https://app.example/back?accountId=…`.
    fn selected(redirect: &str) -> Result<Vec<AccountId>, NotNews> {
        Ok(ConnectNews::read(redirect)?.accounts)
    }

    #[test]
    fn the_redirect_names_the_accounts() -> crate::Result {
        let url = with_the_selector(&Instance::named("yourname", "your-customer-id")?);
        assert!(url.expose().ends_with("/?accountSelectorEnable=true&accountSelectorMultiple=true"));
        let accounts = selected("https://app.example/back?loginId=l-1&accountId=a-1%2Ca-2&institution=FlinksCapital")?;
        assert_eq!(accounts.iter().map(AccountId::as_str).collect::<Vec<_>>(), ["a-1", "a-2"]);
        Ok(())
    }
}
