//! No secret stands where it is not needed: in a log, in the counts, in a page or in an error.

use crate::site::{KEY, Site, redirect, request_of};
use crate::stage::{Bank, Database, Result};
use reqwest::Method;
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};

/// All that was logged, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_whole_walk_leaves_no_secret_in_logs_counts_pages_and_tables() -> Result {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_writer(move || writer.clone()).with_max_level(tracing::Level::TRACE);
    let _logging = tracing::subscriber::set_default(subscriber.finish());
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let site = Site::start(&database, &bank).await?;
    let login = bank.login("Greatday");
    let owner = "owner-7-canary";
    let link = site.link_for(json!({"loginId": login.as_str(), "ownerRef": owner})).await?;
    let token = link.rsplit_once('/').unwrap().1.to_owned();
    let mut pages = vec![site.get(&link).await?];
    let page = site.press(&link).await?;
    let widget = page.widget().unwrap();
    let (request, url) = (request_of(&widget), page.url.clone());
    pages.push(page);
    let message = bank.answered(&request);
    let back = site.get(&redirect(&widget, &message)).await?;
    pages.push(site.follow(back).await?);
    pages.push(site.get(&url).await?);
    pages.push(site.get("/connect/0").await?);
    site.api(Method::GET, "/sessions/x/accounts", None).await?;
    site.form(&link, &[("after", "x")], &[]).await?;

    let counts = site.get("/metrics").await?.text;
    let log = String::from_utf8(log.0.lock().unwrap().clone())?;
    let account = bank.server.bank(|bank| bank.account_ids(login.as_str())).remove(0);
    let authorize = reqwest::Url::parse(&widget)?;
    let authorize = authorize.query_pairs().find(|(name, _)| name == "authorizeToken").unwrap().1.into_owned();
    let keys = ["sandbox-secret", "sandbox-api-key", "sandbox-webhook-key", KEY];
    let ids = [login.as_str(), &request, &authorize, &account, &token, owner];
    for secret in keys.into_iter().chain(ids) {
        assert!(!counts.contains(secret), "the counts have {secret}");
        assert!(!log.contains(secret), "the log has {secret}");
    }
    for got in &pages {
        for secret in keys.into_iter().chain([owner, &account]) {
            assert!(!got.text.contains(secret), "{} has {secret}", got.url);
        }
        // Only the address of the widget has these, on the page that shows it.
        let bare = got.text.replace(&widget.replace('&', "&amp;"), "");
        for secret in [login.as_str(), &request, &authorize] {
            assert!(!bare.contains(secret), "{} has {secret}", got.url);
        }
        assert_eq!(got.header("set-cookie"), None);
    }
    assert!(!pages[0].text.contains(&token), "the page of a link does not say its token");
    let sql = format!("SELECT count(*) FROM reconnect_link WHERE token_hash = '{token}' OR id = '{token}'");
    assert_eq!(database.number(&sql).await?, 0, "the token is stored as a hash");
    Ok(())
}
