//! What a user would write instead: the same requests with bare reqwest, with bare ureq, and serde_json.
//!
//! It holds no session: nothing expires, nothing survives a restart, and a lost reply repeats a live `/Authorize`.

use core::time::Duration;
use serde::Deserialize;
use serde_json::json;

/// An account, as a user would derive it: what the drivers hand over, with money as floats and dates as text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Account {
    /// `Id`
    pub id: String,
    /// `Title`
    pub title: Option<String>,
    /// `Balance`
    pub balance: Balance,
    /// `Currency`
    pub currency: Option<String>,
    /// `Type`
    pub r#type: Option<String>,
    /// `Category`
    pub category: Option<String>,
    /// `AccountNumber`
    pub account_number: Option<String>,
    /// `TransitNumber`
    pub transit_number: Option<String>,
    /// `InstitutionNumber`
    pub institution_number: Option<String>,
    /// `LastFourDigits`
    pub last_four_digits: Option<String>,
    /// `OverdraftLimit`
    pub overdraft_limit: Option<f64>,
    /// `AccountType`
    pub account_type: Option<String>,
    /// `Holder`
    pub holder: Option<Holder>,
    /// `Transactions`
    pub transactions: Vec<Transaction>,
}

/// `Balance`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs, reason = "the names are the service's")]
pub struct Balance {
    pub available: Option<f64>,
    pub current: Option<f64>,
    pub limit: Option<f64>,
}

/// `Holder`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs, reason = "the names are the service's")]
pub struct Holder {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone_number: Option<String>,
    pub address: Option<Address>,
}

/// `Address`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs, reason = "the names are the service's")]
pub struct Address {
    pub civic_address: Option<String>,
    pub city: Option<String>,
    pub province: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
}

/// One of `Transactions`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs, reason = "the names are the service's")]
pub struct Transaction {
    pub date: Option<String>,
    pub description: Option<String>,
    pub debit: Option<f64>,
    pub credit: Option<f64>,
    pub balance: Option<f64>,
    pub id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Minted {
    token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Authorized {
    request_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Fetched {
    accounts: Vec<Account>,
}

/// Whatever went wrong.
pub type Failed = Box<dyn core::error::Error>;

/// The keys of a sandbox that was told none.
pub const SECRET_KEY: &str = "sandbox-secret";
/// Its `x-api-key`.
pub const API_KEY: &str = "sandbox-api-key";

const AGENT: &str = "by-hand/1.0";
const LONG: Duration = Duration::from_secs(240);
const SHORT: Duration = Duration::from_secs(30);

fn live(login: &str) -> Vec<u8> {
    json!({"LoginId": login, "MostRecentCached": false, "Save": true}).to_string().into_bytes()
}

fn wanted(request_id: &str) -> Vec<u8> {
    json!({"RequestId": request_id}).to_string().into_bytes()
}

/// A client as the driver sets its own up.
///
/// # Errors
/// Where TLS cannot be set up.
pub fn reqwest_client() -> Result<reqwest::Client, Failed> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    Ok(client.connect_timeout(Duration::from_secs(5)).user_agent(AGENT).build()?)
}

/// One refresh with bare reqwest. `base` ends in `/BankingServices`.
///
/// # Errors
/// Whatever went wrong.
pub async fn walk_async(client: &reqwest::Client, base: &str, login: &str) -> Result<Vec<Account>, Failed> {
    let send = |name: &str, key: (&'static str, &str), limit, body: Vec<u8>| {
        let send = client.post(format!("{base}/{name}")).header(key.0, key.1).timeout(limit);
        send.header("accept", "application/json").header("content-type", "application/json").body(body).send()
    };
    let minted = send("GenerateAuthorizeToken", ("flinks-auth-key", SECRET_KEY), SHORT, Vec::new()).await?;
    let minted: Minted = serde_json::from_slice(&minted.bytes().await?)?;
    let authorized = send("Authorize", ("flinks-auth-key", &minted.token), LONG, live(login)).await?;
    if authorized.status() != 200 {
        return Err("the bank asks".into());
    }
    let authorized: Authorized = serde_json::from_slice(&authorized.bytes().await?)?;
    let id = authorized.request_id;
    let mut reply = send("GetAccountsDetail", ("x-api-key", API_KEY), LONG, wanted(&id)).await?;
    while reply.status() == 202 {
        // Read to its end, so that the connection is used again. A user would sleep for 10 s here.
        reply.bytes().await?;
        let poll =
            client.get(format!("{base}/GetAccountsDetailAsync/{id}")).header("x-api-key", API_KEY).timeout(SHORT);
        reply = poll.header("accept", "application/json").send().await?;
    }
    let fetched: Fetched = serde_json::from_slice(&reply.bytes().await?)?;
    Ok(fetched.accounts)
}

/// An agent as the driver sets its own up.
#[must_use]
pub fn ureq_agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).proxy(None);
    config.timeout_connect(Some(Duration::from_secs(5))).user_agent(AGENT).build().into()
}

/// One refresh with bare ureq. `base` ends in `/BankingServices`.
///
/// # Errors
/// Whatever went wrong.
pub fn walk_blocking(agent: &ureq::Agent, base: &str, login: &str) -> Result<Vec<Account>, Failed> {
    let send = |name: &str, key: (&'static str, &str), limit, body: Vec<u8>| {
        let send = agent.post(format!("{base}/{name}")).header(key.0, key.1).header("accept", "application/json");
        let send = send.header("content-type", "application/json");
        send.config().timeout_global(Some(limit)).build().send(&body[..])
    };
    let read = |mut reply: ureq::http::Response<ureq::Body>| reply.body_mut().read_to_vec();
    let minted = send("GenerateAuthorizeToken", ("flinks-auth-key", SECRET_KEY), SHORT, Vec::new())?;
    let minted: Minted = serde_json::from_slice(&read(minted)?)?;
    let authorized = send("Authorize", ("flinks-auth-key", &minted.token), LONG, live(login))?;
    if authorized.status() != 200 {
        return Err("the bank asks".into());
    }
    let authorized: Authorized = serde_json::from_slice(&read(authorized)?)?;
    let id = authorized.request_id;
    let mut reply = send("GetAccountsDetail", ("x-api-key", API_KEY), LONG, wanted(&id))?;
    while reply.status() == 202 {
        read(reply)?;
        let poll = agent.get(format!("{base}/GetAccountsDetailAsync/{id}")).header("x-api-key", API_KEY);
        reply = poll.header("accept", "application/json").config().timeout_global(Some(SHORT)).build().call()?;
    }
    let fetched: Fetched = serde_json::from_slice(&read(reply)?)?;
    Ok(fetched.accounts)
}
