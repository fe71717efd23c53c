//! What the end user does, what the widget and the service then say, and what somebody forges.

use super::state::World;
use crate::duet::{ANSWERS, START, restore};
use reconnect_core::{
    Answers, Event, Mfa, Outcome, Prompt, Session, Stage as At, Timestamp, connect::ConnectNews, webhook,
};

const SECOND: u64 = 1_000;

impl World<'_> {
    pub(super) fn user_moves(&mut self, stage: At) {
        self.patience -= 1;
        self.user_at = self.now + self.dice.below(150 * SECOND);
        let session = restore(&self.row);
        match stage {
            At::Asking => self.user_is_asked(&session),
            At::Done => self.user_comes_back(&session),
            At::Fetching | At::Looking => self.service_calls(&session),
            At::Authorizing | At::Recalling | _ => {}
        }
    }

    fn user_is_asked(&mut self, session: &Session) {
        let request = session.requests().last().expect("who asks has an id").as_str().to_owned();
        let api = self.drawn.policy.mfa == Mfa::WidgetOrApi;
        match self.dice.below(100) {
            0..15 if self.drawn.forger => self.forge(&request),
            15..27 => self.widget_says(),
            27..34 => self.post(Event::Opened),
            34..37 => self.post(Event::Shown),
            37..45 if self.drawn.forgetful => self.service_forgets(&request),
            // Away for longer than the prompt lives.
            45..53 => self.user_at = self.now + 9 * 60 * SECOND,
            53..55 => self.post(Event::Cancelled),
            55..75 if api => self.answer_by_api(session),
            _ => self.finish(&request),
        }
    }

    /// After a guess the end user may finish all the same, for as long as the widget lets them.
    fn user_comes_back(&mut self, session: &Session) {
        let Some(Outcome::Failed(_)) = session.outcome() else { return };
        if self.dice.hits(400) {
            self.patience = 0;
            return;
        }
        match session.requests().last() {
            Some(request) => self.finish(request.as_str()),
            None => self.say(r#"{"step":"REDIRECT"}"#),
        }
    }

    /// Answers everything in the widget, which says so, unless the tab is closed before.
    fn finish(&mut self, request: &str) {
        let now = Timestamp::from_millis(self.now);
        let Some(event) = self.stage.answer_in_widget(now, request) else {
            return self.tell(|| "the widget says that the session has ended".to_owned());
        };
        self.tell(|| "the user is through".to_owned());
        self.watch.is_through(request);
        if self.drawn.forgetful && self.dice.hits(300) {
            self.met("the service lost the session");
            self.stage.bank.expire(request);
        }
        // After a guess a webhook may be the only thing that comes.
        let guess = self.drawn.webhooks && restore(&self.row).stage() == At::Done;
        match self.dice.below(10) {
            roll if roll < if guess { 6 } else { 2 } => self.met("a redirect that nobody hears"),
            9 => {
                self.met("a redirect heard twice");
                self.say(&event);
                self.say(&event);
            }
            _ => self.say(&event),
        }
        self.service_calls(&restore(&self.row));
    }

    fn answer_by_api(&mut self, session: &Session) {
        let now = session.deadline().map_or(START, |deadline| deadline.at);
        // While an answer is under way, no page shows a form.
        let busy = self.row.to_json().contains(r#""kind":"answer""#);
        let Some(prompt) = session.prompt(now).filter(|_| !busy) else { return };
        let wrong = self.dice.hits(300);
        self.met(if wrong { "a wrong answer" } else { "an answer through the API" });
        let answers = self.typed(&prompt, wrong);
        self.post(Event::Answered(answers));
        // A second page with the same form is sent a little later.
        if self.dice.hits(300) {
            self.met("a second form for one prompt");
            let at = self.now + 3 * SECOND + self.dice.below(20 * SECOND);
            let answers = self.typed(&prompt, false);
            self.mail.push((at, Event::Answered(answers)));
        }
    }

    /// The answers that a user types into the form of this prompt.
    fn typed(&mut self, prompt: &Prompt, wrong: bool) -> Answers {
        let mark = self.watch.types(prompt.request.as_str());
        let mut answers = Answers::to(prompt);
        for challenge in prompt.challenges.iter() {
            let right = ANSWERS.iter().find(|(asked, _)| **asked == *challenge.prompt).map_or("?", |(_, right)| *right);
            answers = answers.with(&challenge.prompt, [format!("{}{mark}", if wrong { "wrong" } else { right })]);
        }
        answers
    }

    fn widget_says(&mut self) {
        let says = match self.dice.below(6) {
            0 => r#"{"step":"COMPONENT_CLOSE_SESSION"}"#,
            1 => r#"{"step":"SUBMIT_MFA"}"#,
            2 => r#"{"step":"TOKEN_INVALID"}"#,
            3 => r#"{"step":"MAXIMUM_RETRY_REACHED"}"#,
            4 => r#"{"step":"INVALID_SECURITY_RESPONSE"}"#,
            // Too early: nobody has answered anything.
            _ => r#"{"step":"REDIRECT"}"#,
        };
        self.say(says);
    }

    /// A redirect that somebody made up, with ids of another's or of ours.
    fn forge(&mut self, request: &str) {
        let (ours, other) = (self.stage.login.as_str(), self.stage.other.as_str());
        let json = |login: &str, request: &str| {
            format!(r#"{{"step":"REDIRECT","loginId":"{login}","requestId":"{request}"}}"#)
        };
        let forged = match self.dice.below(12) {
            0 => format!(r#"{{"step":"REDIRECT","loginId":"{other}"}}"#),
            1 => json(other, request),
            2 => json(ours, "somebody-elses"),
            3 => json(other, "somebody-elses"),
            4 => format!("https://app.example/back?loginId={other}&requestId={request}"),
            5 => {
                self.met("a forged choice");
                let one = self.stage.accounts().swap_remove(0);
                format!(r#"{{"step":"REDIRECT","accountId":["{}"]}}"#, one.as_str())
            }
            6 => r#"{"step":"REDIRECT","accountId":["nobodys"]}"#.to_owned(),
            7 => {
                self.met("a forged choice");
                let one = self.stage.accounts().swap_remove(0);
                format!(r#"{{"step":"REDIRECT","requestId":"{request}","accountId":["{}"]}}"#, one.as_str())
            }
            8 => {
                self.met("a flood of redirects");
                for _ in 0..40 {
                    self.say(r#"{"step":"REDIRECT"}"#);
                }
                r#"{"step":"MAXIMUM_RETRY_REACHED"}"#.to_owned()
            }
            9 | 10 => return self.flood(request),
            _ => {
                let theirs = self.stage.bank.account_ids(other).join(r#"",""#);
                format!(r#"{{"step":"REDIRECT","requestId":"{request}","accountId":["{theirs}"]}}"#)
            }
        };
        self.say(&forged);
    }

    /// A flood: redirects for twenty minutes, or a page that opens the widget again each second.
    fn flood(&mut self, request: &str) {
        let now = self.now;
        self.flooded += 2_000;
        if self.dice.hits(500) {
            self.met("a page that opens without end");
            for second in 0..120 {
                self.arrives(now + second * SECOND, r#"{"step":"TOKEN_INVALID"}"#);
                self.mail.push((now + second * SECOND + 1, Event::Opened));
            }
        } else {
            self.met("redirects without end");
            let named = format!(r#"{{"step":"REDIRECT","requestId":"{request}"}}"#);
            for moment in 0..120 {
                let says = if moment % 2 == 0 { &*named } else { r#"{"step":"REDIRECT"}"# };
                self.arrives(now + moment * 10_500, says);
            }
        }
        self.user_at = self.mail.iter().map(|(at, _)| *at).max().unwrap_or(now);
    }

    /// The session is gone, or more: the service is as it was a month ago. And the widget says that all is well.
    fn service_forgets(&mut self, request: &str) {
        if self.dice.hits(500) {
            self.met("the service lost the session");
            self.stage.bank.expire(request);
        } else {
            self.met("the service has last month's data");
            let login = self.stage.login.clone();
            self.stage.bank.reset_login(login.as_str());
        }
        self.tell(|| "the service forgets".to_owned());
        self.say(r#"{"step":"REDIRECT"}"#);
    }

    /// The service tells of a session that is authorized, if it tells at all.
    fn service_calls(&mut self, session: &Session) {
        let Some(request) = session.requests().last().filter(|_| self.drawn.webhooks) else { return };
        let (now, bank) = (self.now, &mut self.stage.bank);
        // One that it forgot has nothing to tell; what was told before may still be under way.
        if !bank.is_alive(now, request.as_str()) {
            return;
        }
        if bank.webhook(now, "http://127.0.0.1:9/", request.as_str(), Some("signed")).is_err() {
            return;
        }
        let Some(sent) = bank.webhook_due(now) else { return };
        bank.webhook_answered(sent.webhook, Some(200));
        let headers = sent.request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let delivery = webhook::verify(headers, &sent.request.body, &["signed".into()]).expect("signed with this key");
        self.met("a webhook");
        self.post(Event::Delivered(Box::new(delivery)));
    }

    fn say(&mut self, news: &str) {
        self.post(Event::Returned(ConnectNews::read(news).expect("news")));
    }

    fn arrives(&mut self, at: u64, news: &str) {
        self.mail.push((at, Event::Returned(ConnectNews::read(news).expect("news"))));
    }

    fn post(&mut self, event: Event) {
        // Mostly at once; now and then much later, when the session is over. A webhook is late more often.
        let often = if matches!(event, Event::Delivered(_)) { 400 } else { 100 };
        let late = if self.dice.hits(often) { 20 * 60 * SECOND } else { 3 * SECOND };
        let at = self.now + self.dice.below(late);
        self.mail.push((at, event));
    }
}
