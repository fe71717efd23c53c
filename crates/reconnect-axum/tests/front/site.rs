//! A site with the routes on a port of its own, and the browser of an end user without script or cookies.

use crate::stage::{Bank, Database, Result};
use core::time::Duration;
use reconnect_async::LoginId;
use reconnect_axum::{Front, api, notify::Notifier};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const KEY: &str = "the-admin-key-of-a-test";

/// One server of the site.
pub(crate) struct Site {
    pub(crate) url: String,
    pub(crate) front: Front,
    http: Client,
}

/// A response, read to its end.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
    /// Where it was read.
    pub(crate) url: String,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// What stands between two texts.
    pub(crate) fn between(&self, begin: &str, end: &str) -> Option<String> {
        let rest = self.text.split_once(begin)?.1;
        Some(rest.split_once(end)?.0.replace("&amp;", "&"))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The end of the problem's type, or what the page says that is wrong.
    pub(crate) fn problem(&self) -> String {
        match self.header("content-type") {
            Some("application/problem+json") => {
                let problem = self.json();
                assert_eq!(problem["status"], self.status);
                problem["type"].as_str().unwrap().rsplit_once('#').unwrap().1.to_owned()
            }
            _ => self.between("data-problem=\"", "\"").unwrap_or_default(),
        }
    }

    /// The address of the widget.
    pub(crate) fn widget(&self) -> Option<String> {
        self.between("<iframe", ">")?;
        self.between(" src=\"http", "\"").map(|rest| format!("http{rest}"))
    }
}

impl Site {
    pub(crate) async fn start(database: &Database, bank: &Bank) -> Result<Self> {
        Self::with(database, bank, |front| front, None).await
    }

    /// `notify` is where the app wants its webhooks, and their key.
    pub(crate) async fn with(
        database: &Database,
        bank: &Bank,
        set: impl FnOnce(Front) -> Front,
        notify: Option<(&str, &str)>,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let options = database.options().clock(bank.clock()).notices(notify.is_some());
        let driver = reconnect_store::Driver::new(bank.client(), options.open().await?);
        let front = set(Front::new(driver.clone(), &url)?.app("Budget").webhook_key("sandbox-webhook-key"));
        let routes = api::server(&front, &KEY.into());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        tokio::spawn(driver.run());
        if let Some((to, key)) = notify {
            tokio::spawn(Notifier::new(&front, to, key.into())?.run());
        }
        Ok(Self { url, front, http: Client::builder().redirect(Policy::none()).no_proxy().build()? })
    }

    pub(crate) fn request(&self, method: Method, url: &str) -> RequestBuilder {
        let whole = if url.starts_with("http") { url.to_owned() } else { format!("{}{url}", self.url) };
        self.http.request(method, whole).timeout(Duration::from_secs(60))
    }

    pub(crate) async fn get(&self, url: &str) -> Result<Got> {
        send(self.request(Method::GET, url)).await
    }

    /// Sends a form, and follows where it leads.
    pub(crate) async fn form(&self, url: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Result<Got> {
        let request = self.request(Method::POST, url).form(fields);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let got = send(request).await?;
        self.follow(got).await
    }

    pub(crate) async fn follow(&self, mut got: Got) -> Result<Got> {
        while let Some(to) = got.header("location") {
            let to = reqwest::Url::parse(&got.url)?.join(to)?;
            got = self.get(to.as_str()).await?;
        }
        Ok(got)
    }

    /// Opens a link, and presses its button.
    pub(crate) async fn press(&self, link: &str) -> Result<Got> {
        let page = self.get(link).await?;
        assert_eq!((page.status, page.text.matches("<form").count()), (200, 1), "{page:?}");
        let after = page.between("name=\"after\" value=\"", "\"").unwrap();
        self.form(link, &[("after", &after)], &[]).await
    }

    /// A call of the API with the right key.
    pub(crate) async fn api(&self, method: Method, path: &str, body: Option<Value>) -> Result<Got> {
        let request = self.request(method, path).bearer_auth(KEY);
        send(if let Some(body) = body { request.json(&body) } else { request }).await
    }

    /// A link for a login, with all accounts.
    pub(crate) async fn link(&self, login: &LoginId) -> Result<String> {
        self.link_for(json!({ "loginId": login.as_str() })).await
    }

    pub(crate) async fn link_for(&self, what: Value) -> Result<String> {
        let made = self.api(Method::POST, "/links", Some(what)).await?;
        assert_eq!(made.status, StatusCode::CREATED.as_u16(), "{made:?}");
        Ok(made.json()["url"].as_str().unwrap().to_owned())
    }

    /// The newest session of a login, as the API shows it.
    pub(crate) async fn session(&self, login: &LoginId) -> Result<Value> {
        let got = self.api(Method::GET, &format!("/sessions?loginId={}", login.as_str()), None).await?;
        assert_eq!(got.status, 200, "{got:?}");
        Ok(got.json()[0].clone())
    }

    /// Until the newest session of a login is as wanted.
    pub(crate) async fn until(&self, login: &LoginId, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        for _ in 0..3_000 {
            let session = self.session(login).await?;
            if wanted(&session) {
                return Ok(session);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err(format!("it never came to that: {}", self.session(login).await?).into())
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Result<Got> {
    let response = request.send().await?;
    let (status, url) = (response.status().as_u16(), response.url().to_string());
    let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let headers = response.headers().iter().map(header).collect();
    Ok(Got { status, headers, text: response.text().await?, url })
}

/// The `requestId` in the address of a widget.
pub(crate) fn request_of(widget: &str) -> String {
    let pairs = reqwest::Url::parse(widget).unwrap();
    pairs.query_pairs().find(|(name, _)| name == "requestId").unwrap().1.into_owned()
}

/// Where the widget leads back to.
pub(crate) fn back_of(widget: &str) -> String {
    let pairs = reqwest::Url::parse(widget).unwrap();
    pairs.query_pairs().find(|(name, _)| name == "redirectUrl").unwrap().1.into_owned()
}

/// The address that the widget redirects to, with what its last message says.
pub(crate) fn redirect(widget: &str, message: &str) -> String {
    let said: Value = serde_json::from_str(message).unwrap();
    let mut url = reqwest::Url::parse(&back_of(widget)).unwrap();
    for name in ["loginId", "requestId", "institution"] {
        if let Some(value) = said[name].as_str() {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    url.into()
}
