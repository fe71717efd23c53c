//! The letters: events that happen once in a world, or never.

use super::*;

impl World {
    /// Lets the letter happen; whether it could.
    pub(super) fn happens(&mut self, setting: &Setting, letter: Letter, who: usize) -> Result<bool, String> {
        // An event at the row or at the service happens once, so it is given to the first node only.
        let once = who == 0;
        match letter {
            Letter::News(text) => self.hears_news(setting, who, text),
            Letter::Form(at) => self.form(setting, who, at),
            Letter::Through => Ok(once && self.service.user_is_through()),
            Letter::Anothers => {
                let row = self.row.clone().filter(|row| once && is_ours(&read(row)));
                self.away = row.clone().or(self.away.take());
                self.row = row.as_deref().map(rows::of_another).or(self.row.take());
                Ok(row.is_some())
            }
            Letter::PutBack => {
                let stands = self.row.as_ref().is_some_and(|row| !is_ours(&read(row)));
                if !once || !stands {
                    return Ok(false);
                }
                let away = self.away.take().expect("it was put away");
                // Nothing was written there in the meantime.
                law(self.row.as_deref() == Some(&rows::of_another(&away)), "another's row is as it was")?;
                self.row = Some(away);
                Ok(true)
            }
            Letter::Deleted => {
                let ours = self.ours().is_some();
                if once && ours {
                    self.away = self.row.take();
                }
                Ok(once && ours)
            }
            Letter::Reborn => {
                if !once || self.row.is_some() {
                    return Ok(false);
                }
                let revision = read(self.away.as_ref().expect("it was deleted")).revision();
                let anew = refresh(self.now + Duration::from_millis(1)).snapshot().to_json();
                // With as many changes as the old one had: the revision does not tell them apart.
                self.row = Some(rows::at_revision(&anew, revision));
                self.met.push("a row that was begun anew");
                Ok(true)
            }
            Letter::Dies => {
                let lives = !matches!(self.nodes[who], Node::Idle);
                self.nodes[who] = Node::Idle;
                Ok(lives)
            }
            Letter::Lost | Letter::LostReply => {
                let Node::Sends(mut kept, request) = mem::replace(&mut self.nodes[who], Node::Idle) else {
                    return Ok(false);
                };
                let now = self.now;
                if kept.begin_exchange(request.id, || now).map(mem::forget).is_none() {
                    return Ok(false);
                }
                if letter == Letter::LostReply {
                    self.reaches(&kept, &request)?;
                }
                self.nodes[who] = Node::Hears(kept, request.id, Err(Fault::maybe(FaultKind::Timeout)));
                Ok(true)
            }
        }
    }

    /// The session of a node that can be told something: a driver in the middle of an exchange cannot.
    fn hearing(&mut self, setting: &Setting, who: usize) -> Result<Option<StoredSession>, String> {
        match mem::replace(&mut self.nodes[who], Node::Idle) {
            Node::Holds(kept) => Ok(Some(kept)),
            Node::Idle => self.load(setting.old && who == 0),
            Node::Sends(..) | Node::Hears(..) => Ok(None),
        }
    }

    fn hears_news(&mut self, setting: &Setting, who: usize, text: &'static str) -> Result<bool, String> {
        let Some(mut kept) = self.hearing(setting, who)? else { return Ok(false) };
        let (before, was) = (kept.snapshot(), restore(&kept.snapshot()));
        let news = ConnectNews::read(text).expect("news");
        let foreign = news.login.as_ref().is_some_and(|login| login.as_str() != "login-1");
        let heard = kept.tell(self.now, Event::Returned(news));
        if foreign {
            self.met.push("a foreign claim");
            law(heard == Ok(Heard::NotOurs) && kept.snapshot() == before, "nothing is taken of a foreign claim")?;
        }
        law(kept.login() == was.login() && kept.requests() == was.requests(), "no id of news is taken")?;
        law(kept.keep() == was.keep(), "no account of news is in the selection")?;
        if heard == Ok(Heard::Took) {
            self.met.push("a redirect is heard");
        }
        self.nodes[who] = Node::Holds(kept);
        Ok(true)
    }

    /// The first time, a user opens the form for the prompt in the row; the second time, it is sent.
    fn form(&mut self, setting: &Setting, who: usize, at: usize) -> Result<bool, String> {
        let Some(form) = self.forms[at].clone() else {
            let Some(row) = self.ours().filter(|_| who == 0) else { return Ok(false) };
            let session = restore(&row);
            // While a call is under way or in doubt, no page shows a form.
            let busy = ["\"wire\"", "\"doubt\""].iter().any(|name| row.to_json().contains(name));
            let Some(prompt) = session.prompt(self.now).filter(|prompt| !busy && !prompt.challenges.is_empty()) else {
                return Ok(false);
            };
            let answers = Answers::to(&prompt).with("Code?", [ANSWERS[at]]);
            self.forms[at] = Some(Form { answers, asked: self.service.asked(prompt.request.as_str()) });
            // It is still to be sent, so the letter may happen again.
            let letter = setting.letters.iter().position(|letter| *letter == Letter::Form(at)).expect("this one");
            self.used &= !(1 << letter);
            return Ok(true);
        };
        let Some(mut kept) = self.hearing(setting, who)? else { return Ok(false) };
        let told = kept.tell(self.now, Event::Answered(form.answers));
        self.met.push(if told.is_ok() { "an answer is told" } else { "an answer to another prompt is refused" });
        self.nodes[who] = Node::Holds(kept);
        Ok(true)
    }
}
