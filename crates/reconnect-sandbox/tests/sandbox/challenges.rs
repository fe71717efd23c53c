//! Every form of a challenge, through the API and through the widget's form.

use reconnect_sandbox::{Reply, Request, WidgetOutcome};
use serde_json::{Value, json};

use crate::desk::{Desk, NOW, request_id, verdict};
use crate::widget::{facts, inputs, post, steps};

const DOG: &str = "What is the name of your dog";

/// The session of a live refresh of this user, and the challenges that it begins with.
fn asked(desk: &mut Desk, username: &str) -> (String, Value) {
    let login = desk.bank.connect(NOW, username, "en");
    let reply = desk.live(&login);
    assert_eq!(reply.status, 203, "{username}");
    (request_id(&reply), reply.json()["SecurityChallenges"].clone())
}

fn open(desk: &mut Desk, id: &str) -> Reply {
    let token = desk.mint();
    desk.ask(&Request::get(format!("/?authorizeToken={token}&requestId={id}")))
}

/// A user, the kind that is asked, and right answers round by round; `#n` is the choice at that place.
pub(crate) type Case = (&'static str, &'static str, &'static [&'static [(&'static str, &'static [&'static str])]]);

pub(crate) const CASES: [Case; 7] = [
    (
        "mfa_several",
        "QuestionAndAnswer",
        &[&[
            ("What is the name of your mother", &["Louise"]),
            ("What is the name of your father", &["Paul"]),
            (DOG, &["Wouf"]),
        ]],
    ),
    ("mfa_chosen_question", "QuestionAndAnswer", &[&[("What was your first school?", &["Riverside"])]]),
    ("mfa_choice", "MultipleChoice", &[&[("Which of these is a shape?", &["#2"])]]),
    ("mfa_choices", "MultipleChoiceMultipleAnswers", &[&[("Which of these are shapes?", &["#0", "#2"])]]),
    ("mfa_image", "ImageSelection", &[&[("Which of these pictures is green?", &["#1"])]]),
    (
        "mfa_text_or_call",
        "TextOrCall",
        &[&[("How do you want to get your code?", &["#0"])], &[("Enter the code that was sent to you", &["123456"])]],
    ),
    ("mfa_unknown", "PushApproval", &[&[("Approve the sign-in on your phone", &["done"])]]),
];

fn values(challenges: &Value, values: &[&str]) -> Vec<String> {
    let choice = |text: &str| match text.strip_prefix('#').map(str::parse::<usize>) {
        Some(Ok(index)) => challenges[0]["Iterables"][index].as_str().expect("a choice").to_owned(),
        Some(Err(_)) | None => text.to_owned(),
    };
    values.iter().map(|value| choice(value)).collect()
}

//= docs/spec/sandbox.md#users
//# **SBX-11** The sandbox SHOULD have a user for each challenge type of [mfa.md](mfa.md), and one with an unknown type.
#[test]
fn each_kind_is_answered_through_the_api() {
    for (user, kind, rounds) in CASES {
        let mut desk = Desk::strict();
        let (id, challenges) = asked(&mut desk, user);
        for challenge in challenges.as_array().expect("a list") {
            assert_eq!(challenge["Type"], kind);
            let bare = user == "mfa_several" || user == "mfa_unknown";
            assert_eq!(challenge["Iterables"].is_null(), bare, "{user}");
        }
        for (index, round) in rounds.iter().enumerate() {
            let responses: Value =
                round.iter().map(|(key, given)| ((*key).to_owned(), json!(values(&challenges, given)))).collect();
            let reply = desk.answer(&id, &responses);
            let last = index + 1 == rounds.len();
            assert_eq!(reply.status, if last { 200 } else { 203 }, "{user}");
        }
    }
}

#[test]
fn each_kind_is_answered_in_the_widget() {
    for (user, kind, rounds) in CASES {
        let mut desk = Desk::strict();
        let (id, challenges) = asked(&mut desk, user);
        let mut page = open(&mut desk, &id);
        assert_eq!(facts(&page)["event"]["mfaTypes"][0], kind);
        for round in rounds {
            let mut fields = Vec::new();
            for name in inputs(&page) {
                // What a browser posts of a text that was left empty.
                if user == "mfa_chosen_question" && !round.iter().any(|(key, _)| *key == name) {
                    fields.push((name, String::new()));
                }
            }
            for (key, given) in *round {
                assert!(inputs(&page).iter().any(|name| name == key), "{user} has an input for {key}");
                fields.extend(values(&challenges, given).into_iter().map(|value| ((*key).to_owned(), value)));
            }
            let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            page = post(&mut desk, &page, &fields);
        }
        assert_eq!(facts(&page)["event"]["step"], "REDIRECT", "{user}");
    }
}

#[test]
fn pictures_are_shown_as_pictures() {
    let mut desk = Desk::strict();
    let (id, challenges) = asked(&mut desk, "mfa_image");
    let page = open(&mut desk, &id);
    let image = challenges[0]["Iterables"][0].as_str().expect("Base64");
    assert!(image.starts_with("iVBORw0KGgo"), "a PNG");
    assert!(page.text().contains(&image[..32]));
    assert!(page.header("content-security-policy").is_some_and(|policy| policy.contains("img-src data:;")));
}

#[test]
fn a_wrong_choice_is_refused_in_every_kind() {
    for (user, responses) in [
        ("mfa_choice", json!({"Which of these is a shape?": ["Canada"]})),
        ("mfa_choice", json!({"Which of these is a shape?": ["Triangle", "Canada"]})),
        ("mfa_choices", json!({"Which of these are shapes?": ["Triangle"]})),
        ("mfa_choices", json!({"Which of these are shapes?": ["Triangle", "Circle", "Canada"]})),
        ("mfa_image", json!({"Which of these pictures is green?": ["green"]})),
        ("mfa_text_or_call", json!({"How do you want to get your code?": ["Pigeon"]})),
        ("mfa_chosen_question", json!({"What was your first car?": ["Riverside"]})),
    ] {
        let mut desk = Desk::strict();
        let (id, challenges) = asked(&mut desk, user);
        let reply = desk.answer(&id, &responses);
        assert_eq!(verdict(&reply), (401, "INVALID_SECURITY_RESPONSE".to_owned()), "{user}");
        assert_eq!(reply.json()["SecurityChallenges"], challenges, "{user} may try again");
    }
    let mut desk = Desk::strict();
    let (id, _) = asked(&mut desk, "mfa_chosen_question");
    let keyed = desk.answer(&id, &json!({"Choose a question and answer it": ["Beetle"]}));
    assert_eq!(verdict(&keyed).1, "UNKNOWN_CHALLENGE_KEY", "the key is the chosen question");
    let (id, _) = asked(&mut desk, "mfa_several");
    assert_eq!(verdict(&desk.answer(&id, &json!({DOG: ["Wouf"]}))).1, "SECURITYRESPONSES_INCOMPLETE");
}

#[test]
fn a_third_wrong_answer_is_the_last() {
    let mut desk = Desk::strict();
    let (id, _) = asked(&mut desk, "mfa_choice");
    let wrong = json!({"Which of these is a shape?": ["Canada"]});
    for _ in 0..2 {
        assert!(desk.answer(&id, &wrong).json()["SecurityChallenges"].is_array());
    }
    let last = desk.answer(&id, &wrong);
    assert_eq!(verdict(&last), (401, "INVALID_SECURITY_RESPONSE_NO_RETRY".to_owned()));
    assert_eq!((request_id(&last), last.json()["SecurityChallenges"].is_null()), (id.clone(), true));
    assert_eq!(verdict(&desk.answer(&id, &wrong)).1, "SESSION_NONEXISTENT");
    assert_eq!(verdict(&desk.detail(&json!({"RequestId": id}))).1, "SESSION_NONEXISTENT");

    let (id, _) = asked(&mut desk, "mfa_choice");
    let mut page = open(&mut desk, &id);
    for _ in 0..3 {
        page = post(&mut desk, &page, &[("Which of these is a shape?", "Canada")]);
    }
    assert_eq!(steps(&page), ["SUBMIT_MFA", "INVALID_SECURITY_RESPONSE", "MAXIMUM_RETRY_REACHED"]);
    assert!(!page.text().contains("<form"));
}

#[test]
fn a_wrong_answer_brings_other_questions_or_none() {
    let mut desk = Desk::strict();
    let (id, first) = asked(&mut desk, "mfa_triple");
    assert_eq!(first.as_array().map(Vec::len), Some(1));
    let reply = desk.answer(&id, &json!({DOG: ["Rex"]}));
    assert_eq!(reply.status, 401);
    assert_eq!(reply.json()["SecurityChallenges"].as_array().map(Vec::len), Some(3), "three at once, in its place");
    assert_eq!(desk.bank.pending_prompts(&id).len(), 3);
    let right =
        [("What is the name of your mother", "Louise"), ("What is the name of your father", "Paul"), (DOG, "Wouf")];
    let right: Vec<_> = right.map(|(prompt, answer)| (prompt.to_owned(), answer.to_owned())).to_vec();
    let outcome = desk.bank.answer_in_widget(desk.now, &id, &right);
    assert!(matches!(outcome, WidgetOutcome::Complete { .. }), "{outcome:?}");

    let (id, _) = asked(&mut desk, "mfa_last_try");
    let reply = desk.answer(&id, &json!({DOG: ["Rex"]}));
    assert_eq!(verdict(&reply), (401, "INVALID_SECURITY_RESPONSE".to_owned()));
    assert!(reply.json()["SecurityChallenges"].is_null());
    let (id, _) = asked(&mut desk, "mfa_last_try");
    let wrong = [(DOG.to_owned(), "Rex".to_owned())];
    assert!(matches!(desk.bank.answer_in_widget(desk.now, &id, &wrong), WidgetOutcome::Expired));
}
