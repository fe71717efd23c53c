//! What an attacker tries. Nothing changes, and each answer says by a word what was wrong.

use crate::site::{Got, Site, back_of, redirect, request_of, send};
use crate::stage::{Bank, Database, Result, on_both};
use reconnect_async::{LoginId, webhook};
use reqwest::Method;
use serde_json::{Value, json};

/// A session whose user is being asked, and all that an attack may change.
struct Target {
    bank: Bank,
    site: Site,
    login: LoginId,
    link: String,
    page: Got,
    widget: String,
}

/// What an attack may change.
#[derive(PartialEq, Debug)]
struct State {
    live_calls: usize,
    texts: usize,
    session: Value,
}

impl Target {
    async fn new(database: &Database) -> Result<Self> {
        let bank = Bank::start(1)?;
        let site = Site::start(database, &bank).await?;
        let login = bank.login("Greatday");
        let link = site.link_for(json!({"loginId": login.as_str(), "ownerRef": "user-7"})).await?;
        let page = site.press(&link).await?;
        let widget = page.widget().expect("the bank asks");
        Ok(Self { bank, site, login, link, page, widget })
    }

    async fn state(&self) -> Result<State> {
        let session = self.site.session(&self.login).await?;
        let (live_calls, texts) = (self.bank.live_calls(), self.bank.texts(&self.login));
        Ok(State { live_calls, texts, session })
    }

    fn session(&self) -> &str {
        self.page.url.rsplit_once('/').unwrap().1
    }

    fn token(&self) -> &str {
        self.link.rsplit_once('/').unwrap().1
    }

    /// A message of the widget to the page that has the session's key.
    async fn news(&self, link: &str, session: &str, text: &str) -> Result<Got> {
        let url = format!("{link}/news?session={session}");
        send(self.site.request(Method::POST, &url).body(text.to_owned())).await
    }

    async fn webhook(&self, body: &str, signature: Option<&str>) -> Result<Got> {
        let request = self.site.request(Method::POST, "/webhook").body(body.to_owned());
        send(signature.into_iter().fold(request, |request, value| request.header("X-Flinks-Signature", value))).await
    }

    fn data(&self) -> String {
        let (login, request) = (self.login.as_str(), request_of(&self.widget));
        json!({
            "ResponseType": "GetAccountsDetail", "HttpStatusCode": 200, "RequestId": request, "Login": {"Id": login},
            "Accounts": [{"Id": "forged-account"}],
        })
        .to_string()
    }
}

on_both! {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_attack_changes_anything(database: Database) -> Result {
        let target = Target::new(&database).await?;
        let before = target.state().await?;
        let mut tried = 0;
        macro_rules! refused {
            ($name:literal, $got:expr, $status:literal, $problem:literal) => {{
                let got: Got = $got;
                assert_eq!((got.status, &*got.problem()), ($status, $problem), "{}: {got:?}", $name);
                assert_eq!(target.state().await?, before, "{}", $name);
                tried += 1;
            }};
        }
        let (site, link, session) = (&target.site, &*target.link, target.session());
        let connect = format!("{}/connect", site.url);

        // Bad and forged links.
        let changed = if target.token().starts_with('0') { "1" } else { "0" }.to_owned() + &target.token()[1..];
        let long = "0".repeat(5_000);
        for token in [&*changed, "0", &long, &target.token().to_uppercase(), "..%2f..%2fhealthz", "%00", "' OR 1=1 --"] {
            refused!("a link that nobody made", site.get(&format!("{connect}/{token}")).await?, 404, "unknown");
        }
        let other = site.link_for(json!({"loginId": target.login.as_str()})).await?;
        let made = site.api(Method::POST, "/links", Some(json!({"loginId": target.login.as_str()}))).await?.json();
        let id = made["id"].as_str().unwrap();
        refused!("a link's id in place of its token", site.get(&format!("{connect}/{id}")).await?, 404, "unknown");
        site.api(Method::DELETE, &format!("/links/{id}"), None).await?;
        let revoked = made["url"].as_str().unwrap();
        refused!("a revoked link", site.get(revoked).await?, 410, "over");
        refused!("a press of a revoked link", site.form(revoked, &[("after", "")], &[]).await?, 410, "over");
        refused!("news by a revoked link", target.news(revoked, session, "{}").await?, 410, "over");

        // Another user's link: the session is not one of its owner.
        refused!("a page by another user's link", site.get(&format!("{other}/{session}")).await?, 404, "unknown");
        refused!("a look by another user's link", site.get(&format!("{other}/{session}/live")).await?, 404, "unknown");
        let message = json!({"step": "REDIRECT", "loginId": target.login.as_str()}).to_string();
        refused!("news by another user's link", target.news(&other, session, &message).await?, 404, "unknown");
        refused!("a press by another user's link", site.form(&other, &[("after", "")], &[]).await?, 409, "busy");

        // Foreign origins, and login CSRF: a page of another site sends a form to a link that its owner knows.
        for headers in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "null"), ("sec-fetch-site", "cross-site")],
            &[("origin", "null"), ("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site")],
        ] {
            refused!("a foreign press", site.form(link, &[("after", session)], headers).await?, 403, "foreign");
        }
        let foreign = site.request(Method::POST, &format!("{link}/news?session={session}")).body(message.clone());
        let foreign = foreign.header("origin", "https://evil.example");
        refused!("foreign news", send(foreign).await?, 403, "foreign");
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            refused!("another method", send(site.request(method, link)).await?, 405, "wrong-method");
        }

        // What no page of ours sends.
        refused!("a field that is no session", site.form(link, &[("after", "x")], &[]).await?, 422, "invalid");
        let json = send(site.request(Method::POST, link).json(&json!({"after": ""}))).await?;
        refused!("a form that is none", json, 422, "invalid");
        let large = send(site.request(Method::POST, link).form(&[("after", &*"0".repeat(100_000))])).await?;
        refused!("a large form", large, 413, "too-large");
        refused!("news that are none", target.news(link, session, "hello").await?, 422, "invalid");

        // Forged redirects. A browser can be made to say any id.
        let request = request_of(&target.widget);
        let genuine = format!("loginId={}&requestId={request}", target.login.as_str());
        let by_request = site.get(&format!("/redirect?{genuine}")).await?;
        refused!("a redirect without our key", by_request, 404, "unknown");
        let unknown = format!("/redirect?session={changed}&{genuine}");
        refused!("a redirect with another key", site.get(&unknown).await?, 404, "unknown");
        refused!("a redirect with a link's token", site.get(&format!("/redirect?session={}&{genuine}", target.token())).await?, 404, "unknown");
        let got = site.get(&format!("/redirect?session={session}&loginId=another-login&requestId=another")).await?;
        assert_eq!(site.follow(got).await?.status, 200);
        let after = target.state().await?;
        assert_eq!((after.live_calls, &after.session["stage"]), (before.live_calls, &before.session["stage"]), "a forged redirect");
        tried += 1;

        // Webhooks.
        let body = target.data();
        refused!("an unsigned webhook", target.webhook(&body, None).await?, 401, "forged");
        let wrong = webhook::sign(body.as_bytes(), &"another-key".into());
        refused!("a webhook by another key", target.webhook(&body, Some(&wrong)).await?, 401, "forged");
        let right = webhook::sign(body.as_bytes(), &"sandbox-webhook-key".into());
        refused!("a webhook that was changed", target.webhook(&format!("{body} "), Some(&right)).await?, 401, "forged");
        let text = "no json";
        let signed = webhook::sign(text.as_bytes(), &"sandbox-webhook-key".into());
        refused!("a signed text", target.webhook(text, Some(&signed)).await?, 422, "invalid");

        println!("{tried} attacks");
        assert!(tried >= 20, "{tried}");
        // The user goes on all the same.
        let message = target.bank.answered(&request);
        let got = site.get(&redirect(&target.widget, &message)).await?;
        site.follow(got).await?;
        site.until(&target.login, |session| session["result"] == "done").await?;
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_sent_once_more_changes_nothing(database: Database) -> Result {
        let target = Target::new(&database).await?;
        let site = &target.site;
        let message = target.bank.answered(&request_of(&target.widget));
        let back = redirect(&target.widget, &message);
        let got = site.get(&back).await?;
        site.follow(got).await?;
        let done = site.until(&target.login, |session| session["result"] == "done").await?;
        let request = request_of(&target.widget);
        for _ in 0..3 {
            let got = site.get(&back).await?;
            site.follow(got).await?;
            assert_eq!(target.news(&target.link, target.session(), &message).await?.status, 204);
            let (now, url) = (target.bank.server.clock().now(), format!("{}/webhook", site.url));
            target.bank.server.bank(|bank| bank.webhook(now, &url, &request, Some("sandbox-webhook-key")))?;
        }
        let genuine = target.data();
        let signature = webhook::sign(genuine.as_bytes(), &"sandbox-webhook-key".into());
        for _ in 0..2 {
            assert_eq!(target.webhook(&genuine, Some(&signature)).await?.status, 200);
        }
        let after = target.state().await?;
        assert_eq!((&after.session["kept"], after.live_calls, after.texts), (&done["kept"], 1, 1));
        let accounts = database.number("SELECT count(*) FROM reconnect_account").await?;
        assert_eq!(accounts, 4, "the accounts are stored once");
        Ok(())
    }
}

#[tokio::test]
async fn a_link_ends_by_the_clock_and_a_session_that_it_began_goes_on() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let site = Site::start(&database, &bank).await?;
    let login = bank.login("Greatday");
    let link = site.link_for(json!({"loginId": login.as_str(), "expiresInS": 60})).await?;
    let page = site.press(&link).await?;
    bank.server.clock().advance(59_000);
    assert_eq!(site.get(&link).await?.status, 200);
    bank.server.clock().advance(2_000);
    let got = site.get(&link).await?;
    assert_eq!((got.status, got.problem()), (410, "over".to_owned()));
    assert_eq!(site.form(&link, &[("after", "")], &[]).await?.status, 410);
    assert!(site.get(&page.url).await?.widget().is_some());
    Ok(())
}

#[tokio::test]
async fn what_the_app_and_the_browser_say_is_shown_as_text() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let bad = "<script>alert(1)</script>\"'";
    let site = Site::with(&database, &bank, |front| front.app(bad), None).await?;
    let login = bank.login("Greatday");
    let link = site.link_for(json!({"loginId": login.as_str(), "institution": bad, "ownerRef": bad})).await?;
    let page = site.press(&format!("{link}?lang=%22%3E%3Cscript%3E")).await?;
    for got in [site.get(&link).await?, page] {
        assert!(got.text.contains("&lt;script&gt;alert(1)"), "{got:?}");
        assert!(!got.text.contains("<script>alert") && !got.text.contains("\"><script"), "{got:?}");
    }
    Ok(())
}

#[tokio::test]
async fn each_page_says_what_a_browser_may_do_with_it() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let site = Site::start(&database, &bank).await?;
    let link = site.link(&bank.login("Greatday")).await?;
    let page = site.press(&link).await?;
    let widget = page.widget().unwrap();
    let unknown = site.get("/connect/0").await?;
    let frame = site.get(&back_of(&widget)).await?;
    for (got, ancestors) in
        [(site.get(&link).await?, "'none'"), (page, "'none'"), (unknown, "'none'"), (frame, "'self'")]
    {
        let policy = got.header("content-security-policy").unwrap();
        let origin = reqwest::Url::parse(&widget)?.origin().ascii_serialization();
        for part in
            ["default-src 'none'", &format!("frame-src 'self' {origin};"), &format!("frame-ancestors {ancestors}")]
        {
            assert!(policy.contains(part), "{policy}");
        }
        assert_eq!(got.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(got.header("cache-control"), Some("no-store"));
        assert_eq!(got.header("x-content-type-options"), Some("nosniff"));
    }
    Ok(())
}

#[tokio::test]
async fn a_link_that_is_asked_for_too_often_waits_and_others_do_not() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let site = Site::start(&database, &bank).await?;
    let (link, other) = (site.link(&bank.login("Greatday")).await?, site.link(&bank.login("greatday_nomfa")).await?);
    let mut passed = 0;
    let refused = loop {
        let got = site.get(&link).await?;
        if got.status != 200 || passed > 1_000 {
            break got;
        }
        passed += 1;
    };
    assert_eq!((refused.status, refused.problem()), (429, "too-many".to_owned()));
    assert!(passed >= 30, "{passed}");
    let mut pressed = 0;
    while site.form(&link, &[("after", "")], &[]).await?.url != link {
        pressed += 1;
    }
    assert!((10..100).contains(&pressed), "{pressed}");
    assert_eq!(site.get(&other).await?.status, 200);
    assert_eq!(bank.live_calls(), 1);
    Ok(())
}
