//! Any requests at any time, to a bank with any faults: each is answered, with HTTP that can be sent, and the same input
//! gives the same bytes.
//!
//! An input is lines: the first is a JSON list of faults, each other one is `SECONDS METHOD TARGET BODY`. In them `{api}`
//! stands for the API's path, `{login}` for a stored login, `{request}` and `{token}` for the last ones that were given,
//! and `{showing}` for the address of the last page of the widget, to which the name of a form is added.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reconnect_sandbox::{Bank, Fault, Reply, Request, Settings};

/// Enough for a whole connection, few enough to be fast.
const MOST: usize = 24;

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    let faults = lines.next().unwrap_or_default();
    let requests: Vec<&[u8]> = lines.take(MOST).collect();
    assert_eq!(play(faults, &requests), play(faults, &requests), "the same input gives the same bytes");
});

fn play(faults: &[u8], requests: &[&[u8]]) -> Vec<(u64, Reply)> {
    // Faults from code are not checked, so these are taken unchecked too.
    let faults: Vec<Fault> = serde_json::from_slice(faults).unwrap_or_default();
    let settings = Settings { faults, ..Settings::default() };
    let mut names = Names { api: format!("/v3/{}/BankingServices", settings.customer_id), ..Names::default() };
    let mut bank = Bank::new(settings);
    let mut now = 1_780_000_000_000;
    names.login = bank.connect(now, "Greatday", "en");
    let mut replies = Vec::new();
    for line in requests {
        let request = names.read(line, &mut now);
        let reply = bank.handle(now, &request);
        assert!((100..600).contains(&reply.status), "{}", reply.status);
        for (name, value) in &reply.headers {
            assert!(!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
            assert!(value.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{value}");
        }
        let (text, page) = (reply.text(), !reply.body.starts_with(b"{") && !reply.body.starts_with(b"["));
        assert!(!page || text.matches("<script").count() <= 1 && text.matches("</script").count() <= 1, "{text}");
        names.learn(&reply);
        replies.push((now, reply));
        while let Some(delivery) = bank.webhook_due(now) {
            let scheme = delivery.request.target.get(..7).unwrap_or_default();
            assert!(scheme.eq_ignore_ascii_case("http://"), "{}", delivery.request.target);
            bank.webhook_answered(delivery.webhook, None);
        }
    }
    // What shows nobody may not break either.
    let _ = format!("{bank:?} {:?} {:?}", bank.requests(), bank.webhooks());
    replies
}

#[derive(Default)]
struct Names {
    api: String,
    login: String,
    request: String,
    token: String,
    showing: String,
}

impl Names {
    fn read(&self, line: &[u8], now: &mut u64) -> Request {
        let line = String::from_utf8_lossy(line);
        let known = [
            ("{api}", &self.api),
            ("{login}", &self.login),
            ("{request}", &self.request),
            ("{showing}", &self.showing),
        ];
        let filled = known
            .into_iter()
            .fold(line.replace("{token}", &self.token), |line, (name, value)| line.replace(name, value));
        let mut parts = filled.splitn(4, ' ');
        let seconds: u64 = parts.next().unwrap_or_default().parse().unwrap_or_default();
        *now = now.saturating_add(seconds.saturating_mul(1_000));
        let method = parts.next().unwrap_or_default().to_owned();
        let target = parts.next().unwrap_or_default().to_owned();
        let body = parts.next().unwrap_or_default().as_bytes().to_vec();
        let key = if target.ends_with("GenerateAuthorizeToken") { "sandbox-secret" } else { &self.token };
        // The last page of a showing is HTML for who submits a form, and JSON for who opens it.
        let accept = if target.starts_with("/_widget/") { "text/html" } else { "application/json" };
        let headers = [("flinks-auth-key", key), ("x-api-key", "sandbox-api-key"), ("accept", accept)];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Request { method, target, headers, body }
    }

    fn learn(&mut self, reply: &Reply) {
        let json = reply.json();
        for (name, slot) in [("RequestId", &mut self.request), ("Token", &mut self.token)] {
            if let Some(value) = json[name].as_str() {
                *slot = value.to_owned();
            }
        }
        let page = reply.text();
        if let Some((_, from)) = page.split_once("action=\"/_widget/") {
            let id = from.split(['/', '"']).next().unwrap_or_default();
            self.showing = format!("/_widget/{id}");
        }
    }
}
