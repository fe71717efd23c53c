//! Refresh and resume, from the stored connection to its accounts.

use crate::{
    stage::{MINUTE, Stage, play},
    user::{ALL, CITY, COUNTRY, SHAPE},
};
use reconnect_core::{Advice, Outcome, RequestId};
use serde_json::json;

#[test]
fn a_refresh_asks_three_questions_and_keeps_what_was_selected() {
    play(async |stage: &Stage| {
        let login = stage.stored("Greatday");
        let selected = stage.accounts(&login)[..2].to_vec();
        let mut session = stage.refresh(&login, &selected);
        // As a host would that always asks for accounts.
        let url = stage.ask(&mut session).await.with("accountSelectorEnable", "true");
        stage.show(&url).await;
        stage.user.answer_all().await;

        let redirect = stage.event("REDIRECT").await;
        let ids: Vec<&str> = selected.iter().map(|id| id.as_str()).collect();
        assert_eq!(redirect["loginId"], login.as_str());
        assert_eq!(redirect["requestId"], session.requests()[0].as_str());
        assert_eq!(redirect["accountId"], json!(ids));
        assert!(redirect["url"].as_str().unwrap().contains(&format!("accountId={}", ids.join(","))));
        assert!(!stage.steps().contains(&"COMPONENT_LOAD_ACCOUNT_SELECTION".to_owned()), "the selector is skipped");

        let Outcome::Refreshed(refreshed) = stage.come_back(&mut session, &redirect).await else { panic!("it failed") };
        assert_eq!((refreshed.kept.to_vec(), refreshed.missing.len()), (selected.clone(), 0));
        assert_eq!(stage.server.bank(|bank| bank.challenges_sent(login.as_str())), 1, "one text message");
    });
}

#[test]
fn an_interrupted_session_goes_on_at_the_second_question() {
    play(async |stage: &Stage| {
        let login = stage.stored("Greatday");
        let mut left = stage.refresh(&login, &[]);
        let url = stage.ask(&mut left).await;
        stage.show(&url).await;
        stage.user.answer(CITY).await;
        stage.user.sees(COUNTRY.0).await;
        let request = RequestId::new(left.requests()[0].as_str()).unwrap();
        drop(left);

        stage.server.clock().advance(3 * MINUTE);
        let mut session = stage.resume(&request);
        let url = stage.ask(&mut session).await;
        stage.show(&url).await;
        for question in &ALL[1..] {
            stage.user.answer(*question).await;
        }
        let redirect = stage.event("REDIRECT").await;
        let Outcome::Refreshed(refreshed) = stage.come_back(&mut session, &redirect).await else { panic!("it failed") };
        assert_eq!(refreshed.kept.len(), stage.accounts(&login).len());
    });
}

#[test]
fn a_wrong_answer_is_said_and_may_be_mended() {
    play(async |stage: &Stage| {
        let login = stage.stored("Greatday");
        let mut session = stage.refresh(&login, &[]);
        let url = stage.ask(&mut session).await;
        stage.show(&url).await;
        stage.user.answer((CITY.0, "Toronto")).await;
        let alert = stage.user.find("[role=alert]").await;
        assert!(!alert.text().await.unwrap().is_empty());
        stage.event("INVALID_SECURITY_RESPONSE").await;
        let focus = stage.user.run("return document.activeElement.name || document.activeElement.role", vec![]).await;
        assert!(focus == CITY.0 || focus == "alert", "the focus is at {focus}");

        stage.user.answer(CITY).await;
        stage.user.sees(COUNTRY.0).await;
        assert_eq!(stage.user.count("[role=alert]").await, 0);
        stage.user.answer(COUNTRY).await;
        stage.user.answer(SHAPE).await;
        let redirect = stage.event("REDIRECT").await;
        assert!(matches!(stage.come_back(&mut session, &redirect).await, Outcome::Refreshed(_)));
    });
}

#[test]
fn a_prompt_that_was_left_open_for_eight_minutes_has_ended() {
    play(async |stage: &Stage| {
        let login = stage.stored("Greatday");
        let mut session = stage.refresh(&login, &[]);
        let url = stage.ask(&mut session).await;
        stage.show(&url).await;
        stage.user.fill(CITY.0, CITY.1).await;
        stage.server.clock().advance(8 * MINUTE);
        stage.user.submit().await;
        stage.user.sees("session has ended").await;
        assert!(!stage.steps().contains(&"REDIRECT".to_owned()));

        let Outcome::Failed(failure) = stage.end(&mut session).await else { panic!("it was refreshed") };
        // The login is known, so another refresh may be offered. It asks the first question again.
        assert_eq!(failure.recovery().advice(), Advice::AskTheUser);
        let url = stage.ask(&mut stage.refresh(&login, &[])).await;
        stage.show(&url).await;
        stage.user.sees(CITY.0).await;
        assert_eq!(stage.user.named(CITY.0).await.unwrap().value().await.unwrap().as_deref(), Some(""));
    });
}
