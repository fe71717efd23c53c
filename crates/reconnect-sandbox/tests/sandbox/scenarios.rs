//! Worlds as data: what is refused, what is the same in either form, and what comes with the sandbox.

use reconnect_sandbox::{Bank, Request, Scenario, Settings};
use serde_json::{Value, json};

use crate::desk::{Desk, MINUTE, NOW, api, request_id, verdict};

/// Every key that there is, and the same in the other form.
const TOML: &str = include_str!("scenarios/every_key.toml");
const JSON: &str = include_str!("scenarios/every_key.json");

fn desk(scenario: &str) -> Desk {
    Desk::with(Settings::of(Scenario::read(scenario).expect("a scenario")))
}

fn credentials(institution: &str, username: &str, password: &str) -> Value {
    json!({"Institution": institution, "Username": username, "Password": password, "MostRecentCached": false,
        "Save": true})
}

/// Everything that a client gets to see on a walk through the scenario above.
fn walk(text: &str) -> Vec<u8> {
    let mut desk = desk(text);
    let ada = desk.bank.connect_users(desk.now).remove(0).login_id;
    let mut seen = vec![ada.clone().into_bytes()];
    let asked = desk.live(&ada);
    let id = request_id(&asked);
    seen.push(asked.body);
    seen.push(desk.answer(&id, &json!({"Animal ?": ["Rex"], "Colour?": ["Red"]})).body);
    seen.push(desk.answer(&id, &json!({"Animal ?": ["médor"]})).body);
    for wait in [0, 50] {
        desk.now += wait;
        seen.push(desk.detail(&json!({"RequestId": id})).body);
    }
    for (institution, name, password) in [
        ("FirstBank", "ada", "other"),
        ("FirstBank", "dan", "pass"),
        ("ClosedBank", "cleo", "pass"),
        ("SecondBank", "test_new_account", "pass"),
    ] {
        let reply = desk.authorize(&credentials(institution, name, password));
        let id = reply.json()["RequestId"].as_str().unwrap_or_default().to_owned();
        seen.push(reply.body);
        seen.push(desk.detail(&json!({"RequestId": id})).body);
    }
    let dan = desk.bank.connect(desk.now, "dan", "en");
    seen.push(desk.cached(&dan).body);
    seen.push(desk.ask(&Request::get(api("Institutions")).with("x-api-key", "sandbox-api-key")).body);
    seen.concat()
}

#[test]
fn toml_and_json_are_one_world_and_the_same_one_each_time() {
    let (toml, json) = (walk(TOML), walk(JSON));
    assert_eq!(String::from_utf8_lossy(&toml), String::from_utf8_lossy(&json));
    assert_eq!(toml, walk(TOML));
    let other = TOML.replace("seed = 7", "seed = 8");
    assert_ne!(toml, walk(&other), "another seed makes other ids");
}

#[test]
fn a_scenario_sets_the_numbers() {
    let settings = Settings::of(Scenario::read(TOML).expect("a scenario"));
    assert_eq!((settings.seed, settings.strict, settings.one_session_per_login), (7, true, true));
    assert_eq!((settings.pending_ms, settings.token_life_ms), (50, 60_000));
    assert_eq!((settings.request_life_ms, settings.data_life_ms), (60_000, 90_000));
    assert_eq!(settings.scenario.starts_at(), Some(1_000));
    assert_eq!(Settings::of(Scenario::default()).pending_ms, Settings::default().pending_ms);
}

#[test]
fn a_login_belongs_to_its_institution() {
    let mut desk = desk(TOML);
    let first = desk.authorize(&credentials("901", "ADA", "other"));
    let body = first.json();
    assert_eq!(
        (&body["Institution"], &body["InstitutionName"], &body["InstitutionId"]),
        (&json!("FirstBank"), &json!("FirstBank"), &json!(901))
    );
    let id = request_id(&first);
    let data = desk.detail(&json!({"RequestId": id}));
    assert_eq!((data.status, &data.json()["InstitutionId"]), (200, &json!(901)), "no delay of its own");
    assert!(data.text().contains(r#""Current":-0.10"#), "every digit is kept");
    assert_ne!(body["Login"]["Id"], desk.bank.connect_users(NOW)[0].login_id, "another bank, another login");
    assert_eq!(verdict(&desk.authorize(&credentials("FirstBank", "ada", "pass"))).1, "INVALID_PASSWORD");
    assert_eq!(verdict(&desk.authorize(&credentials("FirstBank", "dan", "pass"))).1, "INVALID_USERNAME");
    assert_eq!(
        verdict(&desk.authorize(&credentials("ClosedBank", "cleo", "pass"))),
        (405, "DISABLED_INSTITUTION".to_owned())
    );
    let list = desk.ask(&Request::get(api("Institutions?countries=US")).with("x-api-key", "sandbox-api-key")).json();
    assert_eq!((list["Count"].as_u64(), &list["Data"][0]["Id"]), (Some(1), &json!(902)));
}

//= docs/spec/sandbox.md#conduct
//# **SBX-29** The sandbox MUST read institutions, users, questions, accounts and failures from TOML or JSON, refuse a
//# key that it does not know, and say with each error where it is and what to write.
/// What is wrong with the second text, found by replacing the first by it, and what the message says.
#[test]
fn what_is_wrong_is_named_and_what_to_do_is_said() {
    let table = [
        ("pendingMs = 50", "pendingms = 50", "line 6: unknown field `pendingms`, expected one of `seed`"),
        ("title = \"Own\"", "name = \"Own\"", "unknown field `name`, expected one of `title`, `number`"),
        ("current = \"-0.10\"", "current = -0.10", "an amount in quotes, such as \"50000.00\""),
        ("current = \"-0.10\"", "current = \"1,5\"", "\"1,5\" is no amount; write a JSON number"),
        ("current = \"-0.10\"", "current = \" 1\"", "is no amount"),
        ("limit = \"4\"", "limit = \"true\"", "is no amount"),
        ("type = \"Savings\"", "", "missing field `type`"),
        ("at = \"cached\"", "at = \"night\"", "unknown variant `night`, expected one of `connect`, `answer`"),
        ("status = 418, ", "", "user \"dan\": code \"A_NEW_CODE\" is not documented; write the `status`"),
        ("status = 418", "status = 202", "is from 400 to 599; a 202 is `dispatched` or `pendingMs`"),
        ("at = \"cached\"", "at = \"answer\"", "nothing is asked; write `rounds`"),
        ("institution = \"FirstBank\"", "", "user \"ada\" is there twice at one institution"),
        ("institution = \"FirstBank\"", "institution = \"Bank\"", "no institution \"Bank\"; known are FirstBank, Sec"),
        ("institution = \"SecondBank\"", "institution = \"Bank\"", "defaults: there is no institution \"Bank\""),
        (
            "accounts = \"shared\"",
            "accounts = \"mine\"",
            "there is no book \"mine\"; known are shared, and [[books.mine]]",
        ),
        ("username = \"dan\"", "username = \" \"", "user 4 has an empty username"),
        ("passwords = [\"other\"]", "passwords = []", "`passwords` is empty; write one"),
        ("id = 902", "id = 901", "institution \"SecondBank\" or its id is there twice"),
        ("name = \"SecondBank\"", "name = \"firstbank\"", "institution \"firstbank\" or its id is there twice"),
        ("name = \"SecondBank\"", "name = \"\"", "institution 902 has an empty name"),
        ("languages = [\"en\"]", "languages = [\"de\"]", "`languages` are \"en\", \"fr\" or both"),
        ("language = \"fr\"", "language = \"de\"", "unknown variant `de`, expected `en` or `fr`"),
        ("tries = 2", "tries = 0", "user \"ada\": `tries` is 0; write 1"),
        ("rounds = [[\"pet\"", "rounds = [[], [\"pet\"", "user \"ada\": round 1: it asks nothing"),
        (
            "rounds = [[\"pet\"",
            "rounds = [[\"dog\"",
            "there is no question \"dog\"; known are pet, and [questions.dog]",
        ),
        ("instead = [\"pet\"]", "instead = []", "`instead`: it asks nothing"),
        ("instead = [\"pet\"]", "instead = [\"pet\", \"pet\"]", "\"Pet?\" is asked twice at once"),
        ("pendingMs = 0", "instead = [\"pet\"]", "`instead` without `rounds`"),
        ("choices = [\"Red\", \"Green\"], ", "", "\"Colour?\": a MultipleChoice has nothing to choose from"),
        ("answers = [\"Red\"]", "answers = [\"Blue\"]", "the answer \"Blue\" is none of the choices"),
        ("answers = [\"Red\"]", "answers = []", "no answer is right; write `answers`"),
        ("\"MultipleChoice\"", "\"Multiplechoice\"", "nobody knows the type \"Multiplechoice\"; write \"Multip"),
        ("type = \"MultipleChoice\", ", "", "write as many `answers` as `choices`, in their order"),
        ("en = \"Pet?\"", "en = \" \"", "question \"pet\": its prompt is empty"),
        ("en = \"Pet?\"", "de = \"Pet?\"", "unknown field `de`, expected `en` or `fr`"),
        ("prompt = \"Colour?\"", "prompt = 5", "one value for both languages, or one for each"),
        ("repeat = 4", "repeat = 0", "transaction \"ONE\": `repeat` is at least 1"),
        (
            "\"ONE\"",
            concat!(
                "\"",
                "0123456789012345678901234567890123456789012345678901234567890123456789",
                "0123456789",
                "0123456789",
                "01234567890",
                "\""
            ),
            "transaction \"01234567890123456789…\": a description has 100 bytes",
        ),
        ("overDays = 8", "overDays = 1000000", "`overDays` at most 100000"),
        ("repeat = 4", "repeat = 100001", "100001 transactions; 100000 are the most"),
        (
            "[[users.accounts]]\n",
            "[[users.accounts]]\ntitle = \"a\"\nnumber = \"1\"\ntype = \"b\"\n[[users.accounts]]\n",
            "two accounts have one number",
        ),
        ("endpoint = \"DeleteCard\"", "endpoint = \"Delete\"", "fault 1: "),
        ("probability = 0.5", "probability = 1.5", "fault 2: "),
        ("handled = false", "handled = 1", "line 90: invalid type: integer `1`, expected a boolean"),
        ("seed = 7", "seed = -7", "line 4: invalid value: integer `-7`, expected u64"),
        ("seed = 7", "seed = ", "line 4: "),
    ];
    for (right, wrong, said) in table {
        assert!(TOML.contains(right), "{right}");
        let error = Scenario::read(&TOML.replacen(right, wrong, 1)).err().map(|error| error.to_string());
        let error = error.unwrap_or_else(|| panic!("{wrong} passes"));
        assert!(error.contains(said), "{wrong}: {error}");
        assert!(!error.contains('\n'), "{error:?}");
    }
    for (text, said) in [
        ("", "a scenario needs a user; write [[users]]"),
        ("{\n\"users\": [{\"username\": \"a\", \"pets\": 1}]}", "line 2: unknown field `pets`, expected one of"),
        ("{", "line 1: EOF while parsing"),
        ("\u{0}", "line 1: "),
        (&format!("about = '{}'", "a".repeat(1024 * 1024)), "1 MiB"),
        (&format!("a = {}", "[".repeat(100_000)), "line 1: "),
        (&format!("{{\"about\": {}", "[".repeat(100_000)), "line 1: "),
    ] {
        let error = Scenario::read(text).expect_err(said).to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn a_large_user_has_twenty_thousand_transactions() {
    let mut desk = Desk::with(Settings::of(Scenario::named("large").expect("it is there")));
    let logins = desk.bank.connect_users(desk.now);
    let id = request_id(&desk.live(&logins[1].login_id));
    let mut count = |days: &str| {
        let reply = desk.detail(&json!({"RequestId": id, "DaysOfTransactions": days}));
        let accounts = reply.json()["Accounts"].as_array().cloned().unwrap_or_default();
        let lists: Vec<&Vec<Value>> =
            accounts.iter().filter_map(|account| account["Transactions"].as_array()).collect();
        desk.now += MINUTE;
        (
            reply.status,
            lists.iter().map(|list| list.len()).sum::<usize>(),
            lists.first().map(|list| list[11_999].clone()),
        )
    };
    assert_eq!(count("Days365").0, 202, "its data takes a minute");
    let (status, all, last) = count("Days365");
    assert_eq!((status, all), (200, 20_000));
    assert_eq!(last.expect("a transaction")["Date"], "2025-10-24", "89 days before the data was collected");
    assert_eq!(count("Days90").1, 16_000);

    let none = request_id(&desk.live(&logins[2].login_id));
    desk.detail(&json!({"RequestId": none}));
    desk.now += MINUTE;
    assert_eq!(desk.detail(&json!({"RequestId": none})).json()["Accounts"], json!([]));
}

//= docs/spec/sandbox.md#users
//# **SBX-6** The sandbox SHOULD ask sums ("How much is 2 + 2?") for a connection of the United States, which is that of
//# `Greatday_US` and of every user of the scenario `united-states` who is asked at all.
#[test]
fn the_united_states_are_asked_sums() {
    let mut desk = Desk::with(Settings::of(Scenario::named("united-states").expect("it is there")));
    let login = desk.bank.connect_users(desk.now).remove(0);
    let asked = desk.live(&login.login_id);
    assert_eq!(asked.json()["Institution"], "FlinksCapitalUS");
    let id = request_id(&asked);
    for (sum, result, status) in
        [("How much is 2 + 2?", "4", 203), ("How much is 3 + 6?", "9", 203), ("How much is 7 - 2?", "5", 200)]
    {
        assert_eq!(desk.bank.pending_prompts(&id), [sum]);
        assert_eq!(desk.answer(&id, &json!({sum: [result]})).status, status);
    }

    let mut desk = Desk::strict();
    let login = desk.bank.connect(NOW, "Greatday_US", "en");
    let id = request_id(&desk.live(&login));
    assert_eq!(verdict(&desk.answer(&id, &json!({"How much is 2 + 2?": ["5"]}))).1, "INVALID_SECURITY_RESPONSE");
    assert_eq!(desk.answer(&id, &json!({"How much is 2 + 2?": ["4"]})).status, 200);
}

#[test]
fn debug_shows_counts_and_the_start_of_an_id() {
    let mut bank = Bank::new(Settings::of(Scenario::read(TOML).expect("a scenario")));
    let logins = bank.connect_users(NOW);
    let shown = format!("{bank:?} {logins:?} {:?}", Scenario::read(TOML));
    for secret in ["ada", "pass", "Rex", "Pet", "FirstBank", &logins[0].login_id] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
