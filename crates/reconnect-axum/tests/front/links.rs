//! A link from the app's request to stored accounts.

use crate::site::{Site, redirect, request_of};
use crate::stage::{Bank, Database, Result, on_both};
use reqwest::Method;
use serde_json::json;

on_both! {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_user_presses_the_button_and_the_app_has_the_accounts(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let site = Site::start(&database, &bank).await?;
        let login = bank.login("Greatday");
        let ids = bank.server.bank(|bank| bank.account_ids(login.as_str()));
        let what = json!({
            "loginId": login.as_str(), "keep": [ids[0]], "language": "fr", "expiresInS": 600, "ownerRef": "user-7",
            "institution": "FlinksCapital",
        });
        let link = site.link_for(what).await?;

        let page = site.press(&link).await?;
        assert!(page.text.contains("<html lang=\"fr\">") && page.text.contains("FlinksCapital"), "{page:?}");
        let widget = page.widget().expect("the bank asks");
        assert_eq!(site.get(&widget).await?.status, 200, "the sandbox takes the address");
        let asking = site.session(&login).await?;
        assert_eq!((&asking["stage"], &asking["result"], &asking["ownerRef"]), (&json!("asking"), &json!(null), &json!("user-7")));
        assert!(asking["deadline"].is_u64() && asking["kept"].is_null(), "{asking}");
        let accounts = format!("/sessions/{}/accounts", asking["sessionId"].as_str().unwrap());
        assert_eq!(site.api(Method::GET, &accounts, None).await?.problem(), "not-done");

        let message = bank.answered(&request_of(&widget));
        let back = site.get(&redirect(&widget, &message)).await?;
        assert_eq!(back.status, 303, "the address holds ids, and is left at once");
        assert!(!back.header("location").unwrap().contains(login.as_str()), "{back:?}");
        assert_eq!(site.follow(back).await?.status, 200);
        let done = site.until(&login, |session| session["stage"] == "done").await?;
        assert!(site.get(&page.url).await?.text.contains("data-state=\"done\""));
        assert_eq!((&done["stage"], &done["result"], &done["kept"]), (&json!("done"), &json!("done"), &json!([ids[0]])));

        let got = site.api(Method::GET, &accounts, None).await?;
        assert_eq!((got.status, got.json().as_array().unwrap().len()), (200, 1));
        assert_eq!(site.api(Method::DELETE, &accounts, None).await?.status, 204);
        for method in [Method::GET, Method::DELETE] {
            let got = site.api(method, &accounts, None).await?;
            assert_eq!((got.status, got.problem()), (410, "over".to_owned()));
        }
        assert_eq!(site.session(&login).await?["kept"], json!([ids[0]]), "what was kept stays known");

        // The link says so, and a second press is one more live call.
        assert!(site.get(&link).await?.text.contains("déjà été renouvelée"));
        assert_eq!((bank.live_calls(), bank.texts(&login)), (1, 1));
        let again = site.press(&link).await?;
        assert!(again.widget().is_some() && again.url != page.url, "{again:?}");
        assert_eq!(bank.live_calls(), 2);

        // The user leaves: nothing of them stays.
        assert_eq!(site.api(Method::DELETE, &format!("/logins/{}", login.as_str()), None).await?.status, 204);
        for table in ["session", "link", "account", "request", "notice"] {
            assert_eq!(database.number(&format!("SELECT count(*) FROM reconnect_{table}")).await?, 0, "{table}");
        }
        assert_eq!(site.get(&link).await?.status, 404);
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_bank_that_asks_nothing_is_done_at_once_and_a_pressed_button_is_pressed_once(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let (site, other) = (Site::start(&database, &bank).await?, Site::start(&database, &bank).await?);
        let login = bank.login("greatday_nomfa");
        let link = site.link(&login).await?;
        let page = site.press(&link).await?;
        site.until(&login, |session| session["result"] == "done").await?;
        assert!(site.get(&page.url).await?.text.contains("data-state=\"done\""));
        // A browser that sends the form again, or a tab that was opened before.
        for server in [&site, &other] {
            let again = server.form(&link, &[("after", "")], &[]).await?;
            assert!(again.text.contains("data-state=\"done\""), "{again:?}");
        }
        assert_eq!(bank.live_calls(), 1);
        Ok(())
    }
}

#[tokio::test]
async fn a_bank_that_takes_long_gets_a_page_that_asks_again() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let site = Site::start(&database, &bank).await?;
    let login = bank.login("Greatday");
    bank.faults(r#"[{"endpoint":"Authorize","effect":{"kind":"late","delayMs":8000}}]"#);
    let link = site.link(&login).await?;
    let page = site.press(&link).await?;
    assert!(page.text.contains("http-equiv=\"refresh\"") && page.widget().is_none(), "{page:?}");
    assert!(page.text.contains("not known yet"), "{page:?}");
    // A second press finds the same session.
    assert_eq!(site.press(&link).await?.url, page.url);
    site.until(&login, |session| session["stage"] == "asking").await?;
    // The second press was a showing too, if the bank had answered by then.
    bank.server.clock().advance(11_000);
    let asking = site.get(&page.url).await?;
    assert!(asking.widget().is_some(), "{asking:?}");
    assert_eq!((bank.live_calls(), bank.texts(&login)), (1, 1));
    Ok(())
}

#[tokio::test]
async fn the_widget_is_shown_again_after_a_reload_with_a_token_of_its_own() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let site = Site::start(&database, &bank).await?;
    let page = site.press(&site.link(&bank.login("Greatday")).await?).await?;
    let soon = site.get(&page.url).await?;
    assert!(soon.text.contains("data-state=\"soon\"") && soon.text.contains("http-equiv=\"refresh\""), "{soon:?}");
    bank.server.clock().advance(11_000);
    let again = site.get(&page.url).await?.widget().expect("it is shown again");
    assert_ne!(again, page.widget().unwrap());
    assert_eq!(site.get(&again).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_request_for_the_head_of_a_page_is_no_showing() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let site = Site::start(&database, &bank).await?;
    let page = site.press(&site.link(&bank.login("Greatday")).await?).await?;
    bank.server.clock().advance(11_000);
    assert_eq!(crate::site::send(site.request(Method::HEAD, &page.url)).await?.status, 200);
    assert!(site.get(&page.url).await?.widget().is_some());
    Ok(())
}

#[tokio::test]
async fn the_pages_have_the_language_of_the_link_the_user_or_the_browser() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let site = Site::start(&database, &bank).await?;
    let login = bank.login("Greatday");
    let link = site.link(&login).await?;
    let browser = async |wants: &str, url: &str| -> Result<String> {
        let got = crate::site::send(site.request(Method::GET, url).header("accept-language", wants)).await?;
        Ok(got.between("<html lang=\"", "\"").unwrap())
    };
    assert_eq!(browser("fr-CA,en;q=0.5", &link).await?, "fr");
    assert_eq!(browser("de", &link).await?, "en");
    assert_eq!(browser("en", &format!("{link}?lang=fr")).await?, "fr");
    assert_eq!(browser("en", &format!("{link}?lang=fr&lang=en&more")).await?, "fr");
    let french = site.link_for(json!({ "loginId": login.as_str(), "language": "fr" })).await?;
    assert_eq!(browser("en", &french).await?, "fr");
    Ok(())
}

#[tokio::test]
async fn an_earlier_renewal_is_not_that_of_a_new_link() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(20)?);
    let site = Site::start(&database, &bank).await?;
    let login = bank.login("greatday_nomfa");
    let first = site.link(&login).await?;
    site.press(&first).await?;
    site.until(&login, |session| session["result"] == "done").await?;
    assert!(site.get(&first).await?.text.contains("renewed already"));
    bank.server.clock().advance(60_000);
    let second = site.link(&login).await?;
    assert!(!site.get(&second).await?.text.contains("renewed already"));
    site.press(&second).await?;
    assert_eq!(bank.live_calls(), 2);
    Ok(())
}

#[tokio::test]
async fn a_session_that_failed_says_so_also_when_its_snapshot_is_gone_and_its_link_is_over() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let site = Site::start(&database, &bank).await?;
    let login = bank.login("test_retry_later");
    let link = site.link_for(json!({"loginId": login.as_str(), "expiresInS": 3600})).await?;
    let page = site.press(&link).await?;
    let session = site.until(&login, |session| session["stage"] == "done").await?;
    let back = format!("/redirect?session={}", session["sessionId"].as_str().unwrap());
    let is_failed = async |url: &str| -> Result<String> {
        let got = site.get(url).await?;
        assert!(got.text.contains("data-state=\"failed\""), "{got:?}");
        Ok(got.between("<h1>", "</h1>").unwrap())
    };
    let title = is_failed(&page.url).await?;
    is_failed(&back).await?;
    database.execute("UPDATE reconnect_session SET snapshot = NULL").await?;
    assert_eq!(is_failed(&page.url).await?, title);
    assert_eq!(site.get(&format!("{}/live", page.url)).await?.json()["state"], "failed");
    is_failed(&back).await?;
    bank.server.clock().advance(3_700_000);
    is_failed(&page.url).await?;
    assert!(!site.get(&page.url).await?.text.contains("<form"), "a link that is over has no button");
    Ok(())
}
