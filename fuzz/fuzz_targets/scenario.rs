//! Any text as a scenario: it is read or refused, and a bank that goes by it answers every user whom it names.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reconnect_sandbox::{Bank, Request, Scenario, Settings};

/// Users beyond these are like them.
const MOST: usize = 4;

fuzz_target!(|text: &str| {
    match Scenario::read(text) {
        Ok(scenario) => serve(scenario),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});

fn serve(scenario: Scenario) {
    let settings = Settings::of(scenario);
    let api = format!("/v3/{}/BankingServices", settings.customer_id);
    let mut bank = Bank::new(settings);
    let connected = bank.connect_users(0);
    for login in connected.iter().take(MOST) {
        let live = format!(r#"{{"LoginId":"{}","MostRecentCached":false,"Save":true}}"#, login.login_id);
        let reply = bank.handle(0, &Request::post(format!("{api}/Authorize"), live)).json();
        let request_id = reply["RequestId"].as_str().unwrap_or_default().to_owned();
        bank.handle(1, &Request::get(format!("/?requestId={request_id}&accountSelectorEnable=true")));
        let prompts = bank.pending_prompts(&request_id);
        let answers: Vec<_> = prompts.into_iter().map(|prompt| (prompt, "1".to_owned())).collect();
        bank.answer_in_widget(2, &request_id, &answers);
        for endpoint in ["GetAccountsDetail", "GetAccountsSummary", "GetStatements"] {
            let body = format!(r#"{{"RequestId":"{request_id}"}}"#);
            bank.handle(3, &Request::post(format!("{api}/{endpoint}"), body));
        }
        bank.handle(u64::MAX, &Request::get(format!("{api}/GetAccountsDetailAsync/{request_id}")));
    }
    bank.handle(u64::MAX, &Request::get(format!("{api}/Institutions")));
    let _ = format!("{bank:?}");
}
