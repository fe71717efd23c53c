//! A client in virtual time: it asks one bank and remembers nothing else.

use reconnect_sandbox::{Bank, Reply, Request, Settings};
use serde_json::{Value, json};

pub(crate) const NOW: u64 = 1_769_028_467_145;
pub(crate) const MINUTE: u64 = 60_000;
pub(crate) const CITY: &str = "What city were you born in?";
pub(crate) const COUNTRY: &str = "What is the best country on earth?";
pub(crate) const SHAPE: &str = "What shape do people like most?";

pub(crate) struct Desk {
    pub(crate) bank: Bank,
    pub(crate) now: u64,
}

impl Desk {
    pub(crate) fn strict() -> Self {
        Desk::with(Settings { strict: true, ..Settings::default() })
    }

    pub(crate) fn lenient() -> Self {
        Desk::with(Settings::default())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        Desk { bank: Bank::new(settings), now: NOW }
    }

    pub(crate) fn ask(&mut self, request: &Request) -> Reply {
        self.bank.handle(self.now, request)
    }

    pub(crate) fn mint(&mut self) -> String {
        let reply =
            self.ask(&Request::post(api("GenerateAuthorizeToken"), "").with("flinks-auth-key", "sandbox-secret"));
        reply.json()["Token"].as_str().expect("a token").to_owned()
    }

    pub(crate) fn authorize_with(&mut self, token: &str, body: &Value) -> Reply {
        self.ask(&post("Authorize", body).with("flinks-auth-key", token))
    }

    /// With a fresh token.
    pub(crate) fn authorize(&mut self, body: &Value) -> Reply {
        let token = self.mint();
        self.authorize_with(&token, body)
    }

    pub(crate) fn live(&mut self, login: &str) -> Reply {
        self.authorize(&json!({"LoginId": login, "MostRecentCached": false, "Save": true}))
    }

    pub(crate) fn cached(&mut self, login: &str) -> Reply {
        self.authorize(&json!({"LoginId": login, "MostRecentCached": true}))
    }

    pub(crate) fn answer(&mut self, request_id: &str, responses: &Value) -> Reply {
        self.authorize(&json!({"RequestId": request_id, "SecurityResponses": responses}))
    }

    pub(crate) fn answer_all(&mut self, request_id: &str) -> Reply {
        self.answer(request_id, &json!({CITY: ["Montreal"]}));
        self.answer(request_id, &json!({COUNTRY: ["Canada"]}));
        self.answer(request_id, &json!({SHAPE: ["Triangle"]}))
    }

    pub(crate) fn detail(&mut self, body: &Value) -> Reply {
        self.ask(&post("GetAccountsDetail", body).with("x-api-key", "sandbox-api-key"))
    }

    pub(crate) fn poll(&mut self, request_id: &str) -> Reply {
        let path = api(&format!("GetAccountsDetailAsync/{request_id}"));
        self.ask(&Request::get(path).with("x-api-key", "sandbox-api-key"))
    }

    /// A stored login of `Greatday` that the bank asks: its `LoginId` and the `RequestId` of the 203.
    pub(crate) fn asked(&mut self) -> (String, String) {
        let login = self.bank.connect(self.now, "Greatday", "en");
        let reply = self.live(&login);
        (login, request_id(&reply))
    }

    /// An authorized `RequestId` of a user without MFA.
    pub(crate) fn authorized(&mut self, username: &str) -> (String, String) {
        let login = self.bank.connect(self.now, username, "en");
        let reply = self.live(&login);
        (login, request_id(&reply))
    }
}

pub(crate) fn api(endpoint: &str) -> String {
    format!("/v3/43387ca6-0391-4c82-857d-70d95f087ecb/BankingServices/{endpoint}")
}

/// A JSON body, as documented clients send it.
pub(crate) fn post(endpoint: &str, body: &Value) -> Request {
    Request::post(api(endpoint), body.to_string()).with("content-type", "application/json")
}

pub(crate) fn request_id(reply: &Reply) -> String {
    reply.json()["RequestId"].as_str().expect("a RequestId").to_owned()
}

/// Status and code, the two things that decide.
pub(crate) fn verdict(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json()["FlinksCode"].as_str().unwrap_or("-").to_owned())
}

pub(crate) fn assert_verdict(reply: &Reply, status: u16, code: &str) {
    assert_eq!(verdict(reply), (status, code.to_owned()));
    assert_eq!(reply.json()["HttpStatusCode"], status);
}

/// The keys of an object, sorted.
pub(crate) fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

pub(crate) fn assert_same_keys(reply: &Value, sample: &str) {
    let sample: Value = serde_json::from_str(sample).expect("the sample is JSON");
    assert_eq!(keys(reply), keys(&sample));
}
