//! The switches of the sandbox for behaviour that the documentation describes in two ways or leaves open.

use reconnect_sandbox::{PendingData, Reply, Request, Scenario, Settings, WidgetToken};
use serde_json::json;

use crate::desk::{CITY, Desk, MINUTE, api, assert_verdict, request_id};
use crate::widget::{open, post, steps};

fn world(change: impl FnOnce(&mut Settings)) -> Desk {
    let mut settings = Settings { strict: true, ..Settings::default() };
    change(&mut settings);
    Desk::with(settings)
}

//= docs/spec/sandbox.md#conduct
//# **SBX-38** The sandbox MUST answer a data call before authorization with 203, the challenges and the `RequestId` if
//# `pendingData` is `asks`.
#[test]
fn a_data_call_before_authorization_is_answered_with_401_or_203() {
    for (pending_data, status) in [(PendingData::Unauthorized, 401), (PendingData::Asks, 203)] {
        let mut desk = world(|settings| settings.pending_data = pending_data);
        let (_, id) = desk.asked();
        let statements = Request::post(api("GetStatements"), json!({"RequestId": id}).to_string())
            .with("content-type", "application/json")
            .with("x-api-key", "sandbox-api-key");
        let summary = Request::post(api("GetAccountsSummary"), json!({"RequestId": id}).to_string())
            .with("content-type", "application/json")
            .with("x-api-key", "sandbox-api-key");
        let replies =
            [desk.detail(&json!({"RequestId": id})), desk.poll(&id), desk.ask(&statements), desk.ask(&summary)];
        for reply in replies {
            assert_eq!((reply.status, &reply.json()["RequestId"]), (status, &json!(id)));
            match status {
                203 => assert_eq!(reply.json()["SecurityChallenges"][0]["Prompt"], CITY),
                _ => assert_verdict(&reply, 401, "UNAUTHORIZED"),
            }
        }
        assert_eq!(desk.answer_all(&id).status, 200, "and it goes on from there");
        assert_eq!(desk.detail(&json!({"RequestId": id})).status, 202);
        assert_verdict(&desk.detail(&json!({"RequestId": "none"})), 400, "SESSION_NONEXISTENT");
    }
}

#[test]
fn a_data_call_that_is_answered_with_203_keeps_the_session_alive() {
    let mut desk = world(|settings| settings.pending_data = PendingData::Asks);
    let (_, id) = desk.asked();
    for _ in 0..3 {
        desk.now += 8 * MINUTE - 1;
        assert_eq!(desk.detail(&json!({"RequestId": id})).status, 203);
    }
    desk.now += 8 * MINUTE;
    assert_verdict(&desk.detail(&json!({"RequestId": id})), 400, "SESSION_NONEXISTENT");
}

/// A showing of a session with this token.
fn show(desk: &mut Desk, id: &str, token: &str) -> Reply {
    desk.ask(&Request::get(format!("/?requestId={id}&authorizeToken={token}")))
}

//= docs/spec/sandbox.md#conduct
//# **SBX-39** The sandbox's widget MUST take, beside a `requestId`, the authorize token that `widgetToken` says: one
//# that was never used (`fresh`, the default), the one that opened this session while it lives (`session`), or both
//# (`either`).
#[test]
fn the_widget_takes_a_fresh_token_the_sessions_own_or_either() {
    for (widget_token, fresh, own) in
        [(WidgetToken::Fresh, 200, 401), (WidgetToken::Session, 401, 200), (WidgetToken::Either, 200, 200)]
    {
        let mut desk = world(|settings| settings.widget_token = widget_token);
        let login = desk.bank.connect(desk.now, "Greatday", "en");
        let opening = desk.mint();
        let live = json!({"LoginId": login, "MostRecentCached": false, "Save": true});
        let id = request_id(&desk.authorize_with(&opening, &live));
        let (_, other) = desk.asked();
        let minted = desk.mint();
        let unused = show(&mut desk, &id, &minted);
        assert_eq!(unused.status, fresh, "{widget_token:?}");
        assert_eq!(
            steps(&unused),
            if fresh == 200 { vec!["APP_MOUNTED", "COMPONENT_LOAD_MFA"] } else { vec!["TOKEN_INVALID"] }
        );
        for _ in 0..2 {
            let page = show(&mut desk, &id, &opening);
            assert_eq!(page.status, own, "{widget_token:?}: at each showing");
            let found = page.header("x-sandbox-doctor");
            assert_eq!(found, (own == 401).then_some("token-spent"), "the doctor follows the same setting");
        }
        assert_eq!(show(&mut desk, &other, &opening).status, 401, "it is another session's");
        let answering = desk.mint();
        desk.authorize_with(&answering, &json!({"RequestId": id, "SecurityResponses": {CITY: ["Montreal"]}}));
        assert_eq!(show(&mut desk, &id, &answering).status, 401, "this token answered, and opened no session");
        // No token has opened an ordinary Connect session, so it needs a fresh one with each setting.
        assert_eq!(open(&mut desk, "/", "").status, 200);
        desk.now += 15 * MINUTE;
        assert_ne!(show(&mut desk, &id, &opening).status, 200, "both lives are over");
    }
}

//= docs/spec/sandbox.md#conduct
//# **SBX-40** The sandbox SHOULD post the `requestId` with `COMPONENT_LOAD_MFA` of an ordinary Connect session if
//# `earlyRequestId` says so.
#[test]
fn a_first_connection_posts_its_request_id_if_the_switch_is_on() {
    for early in [false, true] {
        let mut desk = world(|settings| settings.early_request_id = early);
        let form = open(&mut desk, "/v2/Credential/FlinksCapital", "consentEnable=false");
        let page = post(&mut desk, &form, &[("username", "Greatday"), ("password", "Everyday")]);
        let asked = crate::widget::facts(&page)["events"][1].clone();
        assert_eq!(asked["step"], "COMPONENT_LOAD_MFA");
        assert_eq!(asked["requestId"].is_string(), early, "{asked}");
        if let Some(id) = asked["requestId"].as_str() {
            assert!(desk.bank.is_alive(desk.now, id), "it can be resumed");
            let minted = desk.mint();
            let resumed = show(&mut desk, id, &minted);
            let said = crate::widget::facts(&resumed)["events"][1].clone();
            assert_eq!(said["requestId"], json!(null), "a page that resumes has it already");
        }
    }
}

#[test]
fn each_switch_is_a_key_of_a_scenario() {
    let text =
        "[settings]\npendingData = 'asks'\nwidgetToken = 'either'\nearlyRequestId = true\n[[users]]\nusername = 'ada'";
    let settings = Settings::of(Scenario::read(text).expect("a scenario"));
    assert_eq!((settings.pending_data, settings.widget_token), (PendingData::Asks, WidgetToken::Either));
    assert!(settings.early_request_id);
    for (name, value) in PendingData::ALL {
        let text = format!("[settings]\npendingData = '{name}'\n[[users]]\nusername = 'ada'");
        assert_eq!(Settings::of(Scenario::read(&text).expect(name)).pending_data, value);
    }
    for (name, value) in WidgetToken::ALL {
        let text = format!("[settings]\nwidgetToken = '{name}'\n[[users]]\nusername = 'ada'");
        assert_eq!(Settings::of(Scenario::read(&text).expect(name)).widget_token, value);
    }
    let wrong = Scenario::read("[settings]\nwidgetToken = 'stale'\n[[users]]\nusername = 'ada'").unwrap_err();
    assert!(wrong.to_string().contains("`fresh`, `session`, `either`"), "{wrong}");
}
