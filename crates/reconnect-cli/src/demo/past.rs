//! What was before the walks: a connection that was made over the legacy API, and one that was left half-way.
//! <https://docs.flinks.com/guides/connect/legacy-api-integrations>

use super::{browser::Browser, moment, unexpected};
use crate::exit::Trouble;
use reconnect_core::{AccountId, Instance, Keys, LoginId, Policy, RequestId, Secret, Timestamp};
use reconnect_sandbox::Server;
use serde_json::{Value, json};

pub(super) const INSTITUTION: &str = "FlinksCapital";

/// What your database holds when the walks begin.
pub(super) struct Past {
    pub(super) login: LoginId,
    /// The accounts that the user picked.
    pub(super) picked: Vec<AccountId>,
    /// How many there were to pick from.
    pub(super) of: usize,
    /// A session that another user left.
    pub(super) left: RequestId,
    pub(super) left_at: Timestamp,
}

struct Api<'a> {
    browser: &'a Browser,
    base: String,
    keys: &'a Keys,
}

pub(super) fn make(
    browser: &Browser,
    server: &Server,
    instance: &Instance,
    keys: &Keys,
    customer: &str,
) -> Result<Past, Trouble> {
    let base = format!("{}v3/{customer}/BankingServices", instance.widget_url());
    let api = Api { browser, base, keys };
    let clock = server.clock();

    let (token, mut reply) = api.connect("en")?;
    while let Some(prompt) = reply["SecurityChallenges"][0]["Prompt"].as_str() {
        let answer = super::browser::answer_to(prompt).ok_or_else(|| unexpected("the bank asks something else"))?;
        let body = json!({ "RequestId": reply["RequestId"], "SecurityResponses": { prompt: [answer] } });
        reply = api.post("Authorize", ("flinks-auth-key", &token), &body)?;
    }
    let login = id(&reply["Login"]["Id"], LoginId::new)?;
    let request = id(&reply["RequestId"], RequestId::new)?;
    let key = keys.api.as_ref().map_or("", Secret::expose);
    let mut data = api.post("GetAccountsDetail", ("x-api-key", key), &json!({ "RequestId": request }))?;
    while data["status"] == 202 {
        clock.advance(u64::try_from(Policy::DEFAULT.poll_every.as_millis()).unwrap_or(u64::MAX));
        let url = format!("{}/GetAccountsDetailAsync/{}", api.base, request.as_str());
        data = browser.call("GET", &url, ("x-api-key", key), "")?;
    }
    let accounts = data["Accounts"].as_array().map_or(&[][..], Vec::as_slice);
    if accounts.len() < 3 {
        return Err(unexpected("a test user has fewer than three accounts"));
    }
    let picked = accounts.iter().take(2).map(|account| id(&account["Id"], AccountId::new)).collect::<Result<_, _>>()?;

    clock.advance(super::BEGINS.saturating_sub(clock.now()));
    let left_at = moment(&clock);
    // Another language is another login: this is somebody else.
    let (_, reply) = api.connect("fr")?;
    Ok(Past { login, picked, of: accounts.len(), left: id(&reply["RequestId"], RequestId::new)?, left_at })
}

impl Api<'_> {
    /// A first connection: institution, user name and password, and a token of its own.
    fn connect(&self, language: &str) -> Result<(String, Value), Trouble> {
        let key = self.keys.secret.as_ref().map_or("", Secret::expose);
        let minted = self.post("GenerateAuthorizeToken", ("flinks-auth-key", key), &json!({}))?;
        let token = minted["Token"].as_str().ok_or_else(|| unexpected("no token was minted"))?.to_owned();
        let body = json!({
            "Institution": INSTITUTION, "Username": "Greatday", "Password": "Everyday", "Language": language,
            "MostRecentCached": false, "Save": true,
        });
        let reply = self.post("Authorize", ("flinks-auth-key", &token), &body)?;
        Ok((token, reply))
    }

    fn post(&self, endpoint: &str, header: (&str, &str), body: &Value) -> Result<Value, Trouble> {
        self.browser.call("POST", &format!("{}/{endpoint}", self.base), header, &body.to_string())
    }
}

fn id<T>(value: &Value, new: fn(&str) -> Result<T, reconnect_core::InvalidId>) -> Result<T, Trouble> {
    new(value.as_str().unwrap_or_default()).map_err(|_| unexpected("a reply has no id"))
}
