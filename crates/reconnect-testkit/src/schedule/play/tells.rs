//! Tells the session and the model the same event, and compares how both take it.

use super::{
    Answers, AuthorizeAsync, Call, Came, End, ExchangeId, Fault, Fetch, LoginId, NewsKind, Reached, Reason, Session,
    Shape, Snapshot, Table, agree, law, prompt_of, replies, same,
};
use crate::model::{Delivery, News, Said};
use reconnect_core::{Heard, Misuse};

impl Table<'_> {
    pub(super) fn news(&mut self, [kind, how, more]: [u8; 3]) -> Result<&'static str, String> {
        let (ours, theirs) = replies::news(&self.model, kind, how, more);
        self.hear(&ours, &theirs)?;
        Ok(if ours.kind == NewsKind::Redirect { "redirect" } else { "news" })
    }

    /// Both hear news.
    pub(in crate::schedule) fn hear(
        &mut self,
        ours: &News,
        theirs: &reconnect_core::connect::ConnectNews,
    ) -> Result<Heard, String> {
        self.tell(|| format!("{ours:?}"));
        let was_final = self.is_over_for_good();
        let model = self.model.returned(self.now, ours);
        law(was_final || !self.is_over_for_good(), "no news ends a session")?;
        let core = self.told(|core, now| core.returned(now, theirs))?;
        agree("how the news was taken", core, &model)?;
        Ok(model)
    }

    fn is_over_for_good(&self) -> bool {
        self.model.end_of_it().is_some_and(|end| !end.is_guess())
    }

    pub(super) fn delivered(&mut self, [kind, how, more]: [u8; 3]) -> Result<&'static str, String> {
        let summary = self.policy.fetch == Fetch::Summary;
        let (ours, theirs) = replies::delivery(&self.model, summary, kind, how, more);
        self.hook(&ours, &theirs)?;
        Ok("delivered")
    }

    /// Both hear a webhook.
    pub(in crate::schedule) fn hook(
        &mut self,
        ours: &Delivery,
        theirs: &reconnect_core::webhook::Delivery,
    ) -> Result<Heard, String> {
        self.tell(|| format!("{ours:?}"));
        let model = self.model.delivered(self.now, ours);
        let core = self.told(|core, now| core.delivered(now, theirs))?;
        agree("how the webhook was taken", core, &model)?;
        law(!format!("{theirs:?}").contains(replies::CANARY), "Debug of a webhook shows nothing secret")?;
        Ok(model)
    }

    pub(super) fn reply(&mut self, id: u64, call: &Call, bytes: [u8; 3]) -> Result<&'static str, String> {
        let mut said = replies::reply(&self.model, call, id, self.policy.entry == AuthorizeAsync, bytes);
        if bytes[1] % 4 == 1 {
            // The other form of Retry-After, which has whole seconds only.
            said.retry_at = said.retry_after.take().map(|seconds| (self.now + seconds * 1_000) / 1_000 * 1_000);
        }
        let kind = match () {
            () if self.model.outstanding().is_none_or(|(out, _)| out != id) => "late",
            () if said.shape != Shape::Json => "page",
            () if said.malformed => "unreadable",
            () if said.token.is_some() => "token",
            () if !said.challenges.is_empty() || said.status.unwrap_or(said.http) == 203 => "asks",
            () if said.status == Some(202) => "pending",
            () if said.status == Some(200) => "yes",
            () => "refused",
        };
        self.bring(id, call, said, bytes[1] % 16 == 15)?;
        Ok(kind)
    }

    /// Both get a reply. `upper` writes its ids in capitals.
    pub(in crate::schedule) fn bring(
        &mut self,
        id: u64,
        call: &Call,
        said: Said,
        upper: bool,
    ) -> Result<Heard, String> {
        self.tell(|| format!("{id} brings {said:?}"));
        if said.blames_token {
            self.allow_again(call);
        }
        if *call == Call::MintForWidget {
            self.widget_tokens.extend(said.token);
        }
        let wire = replies::on_the_wire(&said, upper);
        let was_final = self.is_over_for_good();
        // An HTTP redirect is a fault, whatever its body is.
        let is_page = said.shape != Shape::Json && !(300..400).contains(&said.http);
        let is_redirect = said.code.is_none() && (300..400).contains(&said.status.unwrap_or(said.http));
        let goes_once = matches!(call, Call::Live { .. } | Call::Answer { .. });
        let model = self.model.receive(self.now, id, &Came::Reply(said));
        let core = self.told(|core, now| core.receive(now, ExchangeId::from_number(id), Ok(&wire)))?;
        agree("how the reply was taken", core, &model)?;
        // A page or a redirect is not the service's word, and does not end a session that the service may hold.
        let ended = !was_final && self.is_over_for_good();
        let may = match self.model.end_of_it().and_then(End::reason) {
            Some(Reason::GaveUp) => true,
            Some(Reason::Unreachable) => matches!(call, Call::Mint | Call::Cached { .. }),
            _ => false,
        };
        law(!(is_page && ended) || may || wire.status == 203, "no page ends a session that the service may hold")?;
        law(!(is_redirect && goes_once && ended), "no redirect ends a session that the service may hold")?;
        Ok(model)
    }

    /// A once-call that surely did nothing may go again.
    fn allow_again(&mut self, call: &Call) {
        match call {
            Call::Live { .. } => self.lives_left += 1,
            Call::Answer { .. } => self.answers_left += 1,
            _ => {}
        }
    }

    pub(super) fn fault(&mut self, id: u64, kind: u8) -> Result<&'static str, String> {
        let (came, fault) = replies::fault(kind);
        let kind = if self.model.outstanding().is_some_and(|(out, _)| out == id) { "fault" } else { "late" };
        self.fail(id, &came, fault)?;
        Ok(kind)
    }

    /// Both get a fault.
    pub(in crate::schedule) fn fail(&mut self, id: u64, came: &Came, fault: Fault) -> Result<Heard, String> {
        self.tell(|| format!("{id} brings {came:?}"));
        if let (Some((out, call)), Reached::No) = (self.model.outstanding(), fault.reached) {
            let call = call.clone();
            if out == id {
                self.allow_again(&call);
            }
        }
        let model = self.model.receive(self.now, id, came);
        let core = self.told(|core, now| core.receive(now, ExchangeId::from_number(id), Err(fault)))?;
        agree("how the fault was taken", core, &model)?;
        Ok(model)
    }

    pub(super) fn lost(&mut self, id: u64) -> Result<&'static str, String> {
        self.tell(|| format!("{id} is lost"));
        let kind = if self.model.outstanding().is_some_and(|(out, _)| out == id) { "fault" } else { "late" };
        let model = self.model.receive(self.now, id, &Came::Fault { unsent: false, large: false, setup: false });
        let core = self.told(|core, now| core.lost(now, ExchangeId::from_number(id)))?;
        agree("how the loss was taken", core, &model)?;
        Ok(kind)
    }

    pub(super) fn stale(&mut self, which: u8, kind: u8, how: u8) -> Result<&'static str, String> {
        let handed_out = self.model.handed_out();
        let (id, call) = match (which % 16, self.model.in_doubt()) {
            (0..=9, Some((id, call))) => (id, call.clone()),
            (14, _) => (0, Call::Mint),
            (15, _) => (handed_out + 1 + u64::from(how % 2), Call::Mint),
            (n, _) => (
                handed_out.saturating_sub(u64::from(n % 4)),
                Call::Live { token: None, login: 0, tag: self.model.tag() },
            ),
        };
        // Never the outstanding one: its reply would have to fit its call.
        let id = if self.model.outstanding().is_some_and(|(out, _)| out == id) { id - 1 } else { id };
        if which & 0x40 != 0 {
            return self.fault(id, kind);
        }
        self.reply(id, &call, [kind, how, which.rotate_left(3)])
    }

    pub(super) fn answer(&mut self, how: u8) -> Result<&'static str, String> {
        let asked = self.model.challenges().map(<[u64]>::to_vec).unwrap_or_default();
        let current = self.model.requests().last().copied().unwrap_or(0);
        // The id of another session.
        let strange = (11..).find(|id| !self.model.requests().contains(id)).unwrap_or(u8::MAX);
        let fitting = how < 200 && !asked.is_empty();
        let (request, skipped, extra, empty) = match how {
            200..=210 => (strange, 0, false, false),
            211..=220 => (current, 1, false, false),
            221..=230 => (current, 0, true, false),
            231..=240 => (current, 0, false, true),
            _ => (current, 0, asked.is_empty(), false),
        };
        // The number of this prompt, that of the one before, or none.
        let number = match how {
            170..=189 => None,
            190..=199 => Some(self.model.number().wrapping_sub(1)),
            _ => Some(self.model.number()),
        };
        let fits = fitting || how > 240 && !asked.is_empty();
        let mut keys = Vec::new();
        for (n, challenge) in asked.iter().skip(skipped).enumerate() {
            // Now and then the key is the choice and not the question.
            keys.push(if (usize::from(how) + n) % 5 == 4 {
                replies::choice(*challenge)
            } else {
                replies::prompt(*challenge)
            });
        }
        if extra {
            keys.push("CANARY-NEVER-ASKED".to_owned());
        }
        self.give(request, number, &keys, empty, fits)?.ok();
        Ok("answer")
    }

    /// Both get answers.
    pub(in crate::schedule) fn give(
        &mut self,
        request: u8,
        number: Option<u32>,
        keys: &[String],
        empty: bool,
        fits: bool,
    ) -> Result<Result<Heard, Misuse>, String> {
        let text = self.answers.len() as u64;
        let mut answers = Answers::to(&prompt_of(request)).numbered(number);
        for key in keys {
            let values = if empty { vec![] } else { vec![format!("{}-ANSWER-{text}", replies::CANARY)] };
            answers = answers.with(key, values);
        }
        self.tell(|| format!("answer {text} to prompt {number:?}, fits: {fits}"));
        let form = serde_json::to_string(&answers).map_err(|error| error.to_string())?;
        self.answers.push((form, self.model.number()));
        let model = self.model.answer(self.now, text, number, fits);
        let core = self.told(|core, now| core.answer(now, answers))?;
        agree("how the answer was taken", core, &model)?;
        if model == Ok(Heard::Took) {
            self.answers_left = 1;
        }
        Ok(model)
    }

    pub(in crate::schedule) fn open(&mut self) -> Result<&'static str, String> {
        self.tell(|| "open".to_owned());
        self.model.open(self.now);
        self.told(Session::open)?;
        Ok("open")
    }

    pub(in crate::schedule) fn shown(&mut self) -> Result<&'static str, String> {
        self.tell(|| "shown".to_owned());
        let model = self.model.shown();
        let core = self.told(Session::shown)?;
        agree("how it was taken that a page was shown", core, &model)?;
        Ok("shown")
    }

    pub(super) fn take_or_confirm(&mut self, how: u8) -> Result<&'static str, String> {
        if how.is_multiple_of(2) {
            self.tell(|| "the accounts are taken".to_owned());
            let ours = self.model.take_accounts().is_some();
            let theirs = self.told(|core, _| core.take_accounts().is_some())?;
            agree("whether accounts are handed over", theirs, &ours)?;
            return Ok("take");
        }
        let login = if how % 4 == 1 { self.model.login().unwrap_or(0) } else { how / 4 % 3 };
        self.tell(|| format!("login {login} is confirmed"));
        let id = LoginId::new(replies::LOGINS[usize::from(login)]).map_err(|error| error.to_string())?;
        let ours = self.model.confirm(login);
        let theirs = self.told(|core, now| core.confirm(now, &id))?;
        agree("how the confirmation was taken", theirs, &ours)?;
        Ok("take")
    }

    pub(in crate::schedule) fn restore(&mut self) -> Result<&'static str, String> {
        self.tell(|| "kept and restored".to_owned());
        self.model.restore();
        let Some(core) = &mut self.core else { return Ok("restore") };
        let json = core.snapshot().to_json();
        let snapshot = Snapshot::from_json(&json).map_err(|error| format!("{error} in {json}"))?;
        *core = Session::restore(snapshot).map_err(|error| format!("{error}: {json}"))?;
        same("a restored snapshot", &core.snapshot().to_json(), &json)?;
        let parked = core.park();
        same("a parked session", &parked.wake().snapshot().to_json(), &json)?;
        same("its deadline", &format!("{:?}", parked.deadline()), &format!("{:?}", core.deadline()))?;
        Ok("restore")
    }
}
