//! What a person does in front of the browser.

use crate::browser::{Browser, until};
use thirtyfour::{By, Key};

/// What the test user is asked and types: <https://docs.flinks.com/guides/connect/flinks-connect/test-users>.
pub(crate) const CITY: (&str, &str) = ("What city were you born in?", "Montreal");
pub(crate) const COUNTRY: (&str, &str) = ("What is the best country on earth?", "Canada");
pub(crate) const SHAPE: (&str, &str) = ("What shape do people like most?", "Triangle");
pub(crate) const ALL: [(&str, &str); 3] = [CITY, COUNTRY, SHAPE];

impl Browser {
    /// Types an answer to a prompt and sends it.
    pub(crate) async fn answer(&self, (prompt, answer): (&str, &str)) {
        self.fill(prompt, answer).await;
        self.submit().await;
    }

    pub(crate) async fn answer_all(&self) {
        for question in ALL {
            self.answer(question).await;
        }
    }

    /// Answers whatever the page asks for.
    pub(crate) async fn answer_shown(&self, answer: &str) {
        let prompt = self.find("form input:not([type=hidden])").await.attr("name").await.unwrap();
        self.answer((&prompt.unwrap(), answer)).await;
    }

    /// From the list of institutions to the first question.
    pub(crate) async fn sign_in(&self, username: &str) {
        self.leave_by("button[value=FlinksCapital]").await;
        self.fill("username", username).await;
        self.answer(("password", "Everyday")).await;
    }

    /// Types into the input of that name, as soon as the page has it.
    pub(crate) async fn fill(&self, name: &str, text: &str) {
        let filled = async || {
            let field = self.named(name).await?;
            field.clear().await.ok()?;
            field.send_keys(text).await.ok()
        };
        until(name, filled).await;
    }

    /// Clicks, as soon as that is possible: a page may redraw itself meanwhile.
    pub(crate) async fn press(&self, css: &str) {
        until(css, async || self.now(css).await?.click().await.ok()).await;
    }

    /// Presses the first button of the first form.
    pub(crate) async fn submit(&self) {
        self.leave_by("form button:not([type=button])").await;
    }

    /// Presses a button that sends a form.
    pub(crate) async fn leave_by(&self, css: &str) {
        let button = self.find(css).await;
        self.leave(async || button.click().await.unwrap()).await;
    }

    /// How many of these can be seen.
    pub(crate) async fn shown(&self, css: &str) -> usize {
        let mut shown = 0;
        for element in self.find_all(By::Css(css)).await.unwrap() {
            shown += usize::from(element.is_displayed().await.unwrap());
        }
        shown
    }

    /// Does what sends a form, and waits until its page is gone.
    async fn leave(&self, go: impl AsyncFnOnce()) {
        let page = self.find("main").await;
        go().await;
        until("the next page", async || (!page.is_present().await.unwrap_or(false)).then_some(())).await;
    }
}

/// Without a mouse.
impl Browser {
    /// Presses Tab until the focus is on one of these, and not where it was.
    pub(crate) async fn tab_to(&self, css: &str) {
        self.find(css).await;
        for _ in 0..30 {
            self.key(Key::Tab).await;
            let there = "return document.activeElement.matches(arguments[0])";
            if self.run(there, vec![css.into()]).await == true {
                return;
            }
        }
        panic!("the keyboard does not lead to {css}");
    }

    pub(crate) async fn tab_to_and_type(&self, css: &str, text: &str) {
        self.tab_to(css).await;
        self.action_chain().send_keys(text).perform().await.unwrap();
    }

    /// Presses a key, wherever the focus is.
    pub(crate) async fn key(&self, key: Key) {
        self.action_chain().send_keys(key).perform().await.unwrap();
    }

    /// Presses Enter where that sends a form.
    pub(crate) async fn leave_by_enter(&self) {
        self.leave(async || self.key(Key::Enter).await).await;
    }
}
