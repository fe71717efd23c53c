//! Every kind of challenge, asked by the sandbox's bank: as a body on the wire, and as a prompt of a session.

use super::endpoints::{Desk, answers, asks, authorized};
use reconnect_core::wire::authorize::Authorize;
use reconnect_core::{
    Action, Answers, ChallengeKind, LoginId, Mfa, Misuse, Outcome, Pause, Policy, Reason, Recovery, Selection, Session,
    policy::Entry,
};
use reconnect_testkit::duet::{START, Stage};

#[test]
fn every_kind_of_challenge_is_asked_and_answered() {
    use ChallengeKind::{
        ImageSelection, MultipleChoice, MultipleChoiceMultipleAnswers, Other, QuestionAndAnswer, TextOrCall,
    };
    let family: &[(&str, &[&str])] = &[
        ("What is the name of your mother", &["Louise"]),
        ("What is the name of your father", &["paul"]),
        ("What is the name of your dog", &["Wouf"]),
    ];
    type Right<'a> = &'a [(&'a str, &'a [&'a str])];
    let kinds: [(&str, ChallengeKind, usize, Right<'_>); 7] = [
        ("mfa_several", QuestionAndAnswer, 0, family),
        //= docs/spec/mfa.md#challenges
        //# **MFA-4** A client MUST let the user choose a question if a `QuestionAndAnswer` has `Iterables`, and use the
        //# chosen question, not the prompt, as the key of the answer.
        ("mfa_chosen_question", QuestionAndAnswer, 2, &[("What was your first car?", &["Beetle"])]),
        //= docs/spec/mfa.md#challenges
        //# **MFA-5** A client MUST let the user choose one of the `Iterables` of a `MultipleChoice`, answered by
        //# `{prompt: [choice]}`.
        ("mfa_choice", MultipleChoice, 3, &[("Which of these is a shape?", &["Triangle"])]),
        //= docs/spec/mfa.md#challenges
        //# **MFA-6** A client MUST let the user choose several of the `Iterables` of a `MultipleChoiceMultipleAnswers`,
        //# answered by `{prompt: [choice, choice]}`.
        ("mfa_choices", MultipleChoiceMultipleAnswers, 3, &[("Which of these are shapes?", &["Triangle", "Circle"])]),
        //= docs/spec/mfa.md#challenges
        //# **MFA-7** A client MUST take the `Iterables` of an `ImageSelection` as Base64 images, and MUST send the
        //# chosen Base64 strings back unchanged.
        ("mfa_image", ImageSelection, 3, &[("Which of these pictures is green?", &["second"])]),
        //= docs/spec/mfa.md#challenges
        //# **MFA-8** A client SHOULD treat `TextOrCall` like `MultipleChoice`.
        ("mfa_text_or_call", TextOrCall, 2, &[("How do you want to get your code?", &["first"])]),
        ("mfa_unknown", Other("PushApproval".into()), 0, &[("Approve the sign-in on your phone", &["done"])]),
    ];
    for (user, kind, choices, right) in kinds {
        let mut desk = Desk::new();
        let login = desk.user(user);
        let token = desk.token();
        let (session, asked, _) = asks(desk.authorize("Authorize", &token, &Authorize::live(login)));
        assert!(asked.iter().all(|asked| asked.kind == kind && asked.choices.len() == choices), "{user}");
        assert_eq!(asked.len(), right.len(), "{user}");
        let picked = |value: &str| match value {
            "first" => asked[0].choices[0].clone(),
            "second" => asked[0].choices[1].clone(),
            other => other.into(),
        };
        let right: Vec<(&str, Vec<Box<str>>)> =
            right.iter().map(|(key, values)| (*key, values.iter().map(|value| picked(value)).collect())).collect();
        let body = |wrong: bool| {
            let pairs: Vec<(&str, Vec<&str>)> = right
                .iter()
                .map(|(key, values)| (*key, values.iter().map(|value| if wrong { "?" } else { &**value }).collect()))
                .collect();
            let pairs: Vec<(&str, &[&str])> = pairs.iter().map(|(key, values)| (*key, values.as_slice())).collect();
            answers(&session, &pairs)
        };
        if user != "mfa_unknown" {
            let (same, again, wrong) = asks(desk.authorize("Authorize", &token, &body(true)));
            assert!(same == session && again == asked && wrong, "{user}");
        }
        let mut verdict = desk.authorize("Authorize", &token, &body(false));
        if user == "mfa_text_or_call" {
            asks(verdict);
            let code = answers(&session, &[("Enter the code that was sent to you", &["123456"])]);
            verdict = desk.authorize("Authorize", &token, &code);
        }
        assert_eq!(authorized(&verdict), session, "{user}");
    }
}

/// What the sandbox's users are asked, and what they answer: to a prompt, or to a question that they choose.
const RIGHT: [(&str, &[&str]); 11] = [
    ("What is the name of your mother", &["Louise"]),
    ("What is the name of your father", &["Paul"]),
    ("What is the name of your dog", &["Wouf"]),
    ("What was your first car?", &["Beetle"]),
    ("Which of these is a shape?", &["Triangle"]),
    ("Which of these are shapes?", &["Circle", "Triangle"]),
    ("Enter the code that was sent to you", &["123456"]),
    ("Approve the sign-in on your phone", &["yes"]),
    ("What city were you born in?", &["Montreal"]),
    ("What is the best country on earth?", &["Canada"]),
    ("What shape do people like most?", &["Triangle"]),
];

/// A user's refresh at a bank of its own, with answers through the API.
fn refreshing(user: &str, entry: Entry) -> (Stage, Session) {
    let mut stage = Stage::new(3, 0);
    let now = START;
    let login = LoginId::new(&stage.bank.connect(now.as_millis(), user, "en")).expect("an id");
    let mut policy = Policy::default();
    (policy.mfa, policy.entry) = (Mfa::WidgetOrApi, entry);
    let known = reconnect_core::Known::at(&stage.instance);
    let session = Session::refresh(login, known, Selection::all(), policy, now);
    (stage, session)
}

/// Walks a refresh; gives the kinds of challenge that were asked. A choice is answered by one of its choices.
fn answered(user: &str, entry: Entry, mut wrong: usize) -> (Vec<ChallengeKind>, Session) {
    let ((mut stage, mut session), mut now) = (refreshing(user, entry), START);
    let mut kinds = Vec::new();
    for _ in 0..60 {
        match session.poll(now) {
            Action::Send(request) => {
                let reply = stage.serve(now, &request);
                session.receive(now, request.id, Ok(&reply));
            }
            Action::Wait { until } => now = until,
            Action::Pause(Pause::Done) => return (kinds, session),
            Action::Pause(Pause::Ask(prompt)) => {
                let mut answers = Answers::to(&prompt);
                for challenge in prompt.challenges.iter() {
                    kinds.push(challenge.kind.clone());
                    let texts = [&challenge.prompt].into_iter().chain(challenge.choices.iter());
                    let known = texts.filter_map(|text| RIGHT.iter().find(|(key, _)| **key == **text)).next();
                    let (key, right): (&str, Vec<String>) = match known {
                        Some((key, right)) => (key, right.iter().map(|text| (*text).to_owned()).collect()),
                        // The green picture, or the first way to get a code.
                        None if challenge.kind == ChallengeKind::ImageSelection => {
                            (&challenge.prompt, vec![challenge.choices[1].to_string()])
                        }
                        None => (&challenge.prompt, vec![challenge.choices[0].to_string()]),
                    };
                    let other = || {
                        let other = challenge.choices.iter().find(|choice| !right.contains(&choice.to_string()));
                        vec![other.map_or("wrong".to_owned(), ToString::to_string)]
                    };
                    let told = if wrong > 0 { other() } else { right };
                    answers = answers.with(key, told);
                }
                wrong = wrong.saturating_sub(1);
                session.answer(now, answers).expect("they answer what is asked");
            }
        }
    }
    panic!("{user}: it never ends");
}

#[test]
fn every_kind_of_challenge_is_answered_through_the_api() {
    use ChallengeKind::{ImageSelection, MultipleChoice, MultipleChoiceMultipleAnswers, QuestionAndAnswer, TextOrCall};
    let several = vec![QuestionAndAnswer; 3];
    for (user, kinds) in [
        ("Greatday", several.clone()),
        ("mfa_several", several),
        ("mfa_triple", vec![QuestionAndAnswer]),
        ("mfa_chosen_question", vec![QuestionAndAnswer]),
        ("mfa_choice", vec![MultipleChoice]),
        ("mfa_choices", vec![MultipleChoiceMultipleAnswers]),
        ("mfa_image", vec![ImageSelection]),
        ("mfa_text_or_call", vec![TextOrCall, QuestionAndAnswer]),
    ] {
        for entry in [Entry::Authorize, Entry::AuthorizeAsync] {
            let (asked, session) = answered(user, entry, 0);
            assert_eq!(asked, kinds, "{user}");
            assert!(matches!(session.outcome(), Some(Outcome::Refreshed(_))), "{user}: {:?}", session.outcome());
        }
    }
}

/// Decision 58: an answer that would only waste one of the user's tries is refused, and the session stays as it was.
#[test]
fn decision_58_an_answer_that_cannot_be_right_never_reaches_the_bank() {
    use Misuse::{EmptyAnswer, ForWidget, NotAChoice, OtherPrompt};
    for (user, answer, misuse) in [
        ("mfa_unknown", "yes", ForWidget),
        ("mfa_choice", "Septagon", NotAChoice),
        ("mfa_choices", "Septagon", NotAChoice),
        ("mfa_image", "no picture", NotAChoice),
        ("mfa_text_or_call", "by post", NotAChoice),
        ("mfa_triple", "", EmptyAnswer),
        ("Greatday", "", EmptyAnswer),
    ] {
        let ((mut stage, mut session), now) = (refreshing(user, Entry::Authorize), START);
        let prompt = loop {
            match session.poll(now) {
                Action::Send(request) => {
                    let reply = stage.serve(now, &request);
                    session.receive(now, request.id, Ok(&reply));
                }
                Action::Pause(Pause::Ask(prompt)) => break prompt,
                Action::Wait { .. } | Action::Pause(Pause::Done) => panic!("{user}: it asks"),
            }
        };
        let (before, requests) = (session.snapshot(), stage.bank.requests().len());
        let all = |answers: Answers, text: &str| {
            prompt.challenges.iter().fold(answers, |all, challenge| all.with(&challenge.prompt, [text]))
        };
        assert_eq!(session.answer(now, all(Answers::to(&prompt), answer)), Err(misuse), "{user}");
        let old = all(Answers::to(&prompt), answer).numbered(prompt.number.checked_sub(1));
        assert_eq!(session.answer(now, old), Err(OtherPrompt), "{user}: an answer to another number");
        assert!(matches!(session.poll(now), Action::Pause(Pause::Ask(_))), "{user}");
        assert_eq!((session.snapshot(), stage.bank.requests().len()), (before, requests), "{user}");
    }
}

#[test]
fn a_wrong_answer_is_asked_again_where_the_bank_does() {
    // Once wrong: three questions take the place of one. At the last try: it is over.
    let (asked, session) = answered("mfa_triple", Entry::Authorize, 1);
    assert_eq!(asked.len(), 4);
    assert!(matches!(session.outcome(), Some(Outcome::Refreshed(_))), "{:?}", session.outcome());
    for (user, wrong) in [("mfa_last_try", 1), ("mfa_choice", 3)] {
        let (_, session) = answered(user, Entry::Authorize, wrong);
        let Some(Outcome::Failed(failure)) = session.outcome() else { panic!("{user}") };
        assert_eq!((failure.reason(), failure.recovery()), (Reason::Refused, Recovery::StartOver), "{user}");
    }
}
