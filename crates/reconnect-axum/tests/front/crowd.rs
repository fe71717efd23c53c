//! Many presses and many scanners at once, on two servers.

use crate::site::Site;
use crate::stage::{Bank, Database, Result, on_both};
use futures_util::future::join_all;
use std::collections::BTreeSet;

on_both! {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn eight_presses_at_once_are_one_live_call_and_six_gets_are_none(database: Database) -> Result {
        // One bank asks, and the other is done before the second press arrives.
        for user in ["Greatday", "greatday_nomfa"] {
            let bank = Bank::start(1)?;
            let sites = [Site::start(&database, &bank).await?, Site::start(&database, &bank).await?];
            let login = bank.login(user);
            let link = sites[0].link(&login).await?;
            for got in join_all((0..6).map(|number| sites[number % 2].get(&link))).await {
                assert_eq!(got?.status, 200);
            }
            assert_eq!((bank.live_calls(), bank.texts(&login)), (0, 0));
            assert_eq!(sites[0].session(&login).await?, serde_json::Value::Null, "a GET stores nothing");

            let presses = (0..8).map(|number| sites[number % 2].form(&link, &[("after", "")], &[]));
            let mut pages = BTreeSet::new();
            for got in join_all(presses).await {
                let got = got?;
                assert_eq!(got.status, 200, "{got:?}");
                pages.insert(got.url.rsplit_once('/').unwrap().1.to_owned());
            }
            assert_eq!((pages.len(), bank.live_calls()), (1, 1), "{user}");
            assert!(bank.texts(&login) <= 1);
        }
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn pages_at_once_show_no_widget_without_a_token_of_its_own(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let sites = [Site::start(&database, &bank).await?, Site::start(&database, &bank).await?];
        let link = sites[0].link(&bank.login("Greatday")).await?;
        let page = sites[0].press(&link).await?;
        bank.server.clock().advance(11_000);
        bank.faults(r#"[{"endpoint":"GenerateAuthorizeToken","effect":{"kind":"late","delayMs":300}}]"#);
        let live = format!("{}/live/widget", page.url);
        let mut shown = Vec::new();
        let path = &page.url[sites[0].url.len()..];
        for got in join_all((0..8).map(|number| sites[number % 2].get(path))).await {
            let got = got?;
            assert_eq!(got.status, 200, "{got:?}");
            shown.extend(got.widget());
            let is_soon = got.text.contains("data-state=\"soon\"") && got.text.contains("http-equiv=\"refresh\"");
            assert!(got.widget().is_some() || is_soon, "{got:?}");
        }
        for got in join_all((0..4).map(|_| crate::site::send(sites[0].request(reqwest::Method::POST, &live)))).await {
            let got = got?.json();
            assert!(got["url"].is_string() || got["againMs"].as_u64() > Some(0), "{got}");
            shown.extend(got["url"].as_str().map(str::to_owned));
        }
        assert!(shown.iter().all(|url| url.contains("authorizeToken=")), "{shown:?}");
        assert_eq!(shown.len(), 1, "{shown:?}");
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn two_links_of_one_user_are_one_open_session_and_another_user_has_to_wait(database: Database) -> Result {
        let bank = Bank::start(1)?;
        let site = Site::start(&database, &bank).await?;
        let login = bank.login("Greatday");
        let of = async |owner: &str| site.link_for(serde_json::json!({"loginId": login.as_str(), "ownerRef": owner})).await;
        let (mail, text, other) = (of("user-7").await?, of("user-7").await?, of("user-8").await?);
        let session = |url: &str| url.rsplit_once('/').unwrap().1.to_owned();
        let first = site.press(&mail).await?;
        assert_eq!(session(&site.press(&text).await?.url), session(&first.url));
        let busy = site.press(&other).await?;
        assert_eq!((busy.status, busy.problem()), (409, "busy".to_owned()));
        assert!(busy.text.contains("again in "), "it says when: {busy:?}");
        assert_eq!((bank.live_calls(), bank.texts(&login)), (1, 1));
        Ok(())
    }
}
