//! What the model makes of a reply, a fault and a doubt.

use super::{
    Again, Call, Came, Doubt, End, Exchange, Look, Millis, Model, Narrowed, Phase, Prompt, Said, Shown, Step, Token,
    moment, ms, reads::Means,
};
use reconnect_core::{
    Advice, Reason, Recovery, Why,
    policy::{After, Entry, Fetch},
};

/// The details of a failure besides its reason and its recovery.
#[derive(Default)]
struct Told {
    code: Option<&'static str>,
    status: Option<u16>,
    last_refresh: Option<Millis>,
    other_login: Option<u8>,
}

impl Look {
    /// Whether a hint caused it, was kept with it, or was heard since it became due.
    fn is_hinted(&self) -> bool {
        self.doubt == Doubt::News || self.kept || self.hinted || self.again != Again::Nothing
    }
}

// the parts that every turn is made of
impl Model {
    /// The next call is due now, in a new phase.
    pub(super) fn soon(&mut self, now: Millis) {
        // Nobody but the user sets anything off while asking, and a clock that jumps back does not hold that up.
        let at = if self.phase == Phase::Asking { 0 } else { now };
        (self.due, self.why, self.tried, self.jittered) = (at, Why::Send, 0, None);
    }

    /// A look, not sooner than `look_every` after the last.
    pub(super) fn look(&mut self, now: Millis, doubt: Doubt, from: Option<(End, Millis)>) {
        self.phase = Phase::Looking(Look { doubt, from, kept: false, hinted: false, again: Again::Nothing });
        self.look_when_allowed(now);
    }

    /// The look for a lapse uses up a hint that is kept.
    pub(super) fn look_for_lapse(&mut self, now: Millis) {
        let kept = self.hint.take().is_some();
        let look = Look { doubt: Doubt::Lapse, from: None, kept, hinted: false, again: Again::Nothing };
        self.phase = Phase::Looking(look);
        self.look_when_allowed(now);
    }

    fn look_when_allowed(&mut self, now: Millis) {
        self.soon(now);
        let allowed = self.looked.map_or(0, |looked| looked + ms(self.policy.look_every));
        if allowed > self.due {
            (self.due, self.why) = (allowed, Why::Look);
        }
    }

    /// Whatever the prompt comes to want, it may have at once.
    pub(super) fn ask_again(&mut self) {
        self.phase = Phase::Asking;
        self.first_pending = None;
        self.soon(0);
    }

    /// `page` is the status of the page that the last look met, if the service never answered.
    pub(super) fn lapse(&mut self, now: Millis, page: Option<u16>) {
        let (reason, code) = match self.prompt.ended {
            Some(code) => (Reason::EndedInWidget, Some(code)),
            None => (Reason::Lapsed, self.prompt.error),
        };
        let recovery = match (page, self.login) {
            (Some(_), _) => Recovery::FixTheSetup,
            (None, Some(_)) => Recovery::AskTheUser,
            (None, None) => Recovery::StartOver,
        };
        self.failed(now, reason, recovery, Told { code, status: page, ..Told::default() });
    }

    pub(super) fn fail(&mut self, now: Millis, reason: Reason, recovery: Recovery, code: Option<&'static str>) {
        self.failed(now, reason, recovery, Told { code, ..Told::default() });
    }

    fn failed(&mut self, now: Millis, reason: Reason, recovery: Recovery, told: Told) {
        let Told { code, status, last_refresh, other_login } = told;
        let request = self.requests.last().copied();
        // The user has answered already, and the data may still come.
        let may_come = matches!(recovery, Recovery::TryLater { .. } | Recovery::FixTheSetup);
        let on_its_way = matches!(self.phase, Phase::Fetching(_)) && may_come;
        let end = End::Failed {
            reason,
            recovery,
            code,
            status,
            request,
            institution: self.institution,
            last_refresh,
            cached_may_fail: self.live_sent,
            other_login,
            resume: request.filter(|_| on_its_way),
            token_invalid: self.token_invalid,
        };
        self.hint = None;
        self.end(now, end);
    }

    fn end(&mut self, now: Millis, end: End) {
        self.out = None;
        self.token = None;
        if !end.is_guess() {
            (self.doubt, self.hint) = (None, None);
        }
        // The prompt ends with the session, and what corrects a guess brings its own.
        self.new_prompt();
        self.phase = Phase::Done(end, now);
    }

    fn back_to_guess(&mut self, guess: (End, Millis)) {
        let (end, at) = guess;
        self.end(at, end);
    }

    /// Nothing of what was asked is asked again; the lease goes on.
    fn new_prompt(&mut self) {
        self.prompt = Prompt { until: self.prompt.until, assumed: self.prompt.assumed, ..Prompt::default() };
    }

    pub(super) fn later(&self, at: Millis) -> Recovery {
        Recovery::TryLater { not_before: moment(at) }
    }

    /// A refusal that ends the session.
    fn refuse(&mut self, now: Millis, said: &Said, advice: Advice) {
        if self.recall_goes_on() {
            return self.not_remembered(now, said, true);
        }
        let wished = said.wished(now);
        let at = match said.in_use() {
            true => (now + ms(self.policy.request_life)).max(wished.unwrap_or(0)),
            false => wished.unwrap_or(now + ms(self.policy.later)),
        };
        let recovery = match advice {
            Advice::TryLater => self.later(at),
            Advice::StartOver => Recovery::StartOver,
            Advice::AskTheUser => Recovery::AskTheUser,
            Advice::ActAtTheBank => Recovery::ActAtTheBank,
            Advice::FixTheSetup => Recovery::FixTheSetup,
        };
        let told = Told { code: said.code, status: Some(said.told_status()), ..Told::default() };
        self.failed(now, Reason::Refused, recovery, told);
    }

    fn belongs_to_another(&mut self, now: Millis, said: &Said) {
        let other_login = said.login.filter(|_| self.is_anothers_login(said));
        let told = Told { other_login, ..Told::default() };
        self.failed(now, Reason::OtherLogin, Recovery::StartOver, told);
    }

    pub(super) fn give_up(&mut self, now: Millis, page: Option<u16>) {
        let recovery = self.later(now + ms(self.policy.later));
        self.failed(now, Reason::GaveUp, recovery, Told { status: page, ..Told::default() });
    }

    /// Another try, if there is one left and it is not too far away.
    fn again(&mut self, now: Millis, call: &Call, said: Option<&Said>) -> bool {
        self.tried += 1;
        let policy = &self.policy;
        let backoff = (ms(policy.backoff) << (self.tried - 1).min(16)).min(ms(policy.backoff_max));
        let wished = said.and_then(|said| said.wished(now)).map_or(0, |at| at - now);
        let at = now + backoff.max(wished);
        let first = now + (backoff / 2).max(wished);
        let tries = match call {
            Call::Poll { .. } | Call::Status { .. } => policy.poll_tries,
            _ => policy.tries,
        };
        let capped = self.first_pending.is_some_and(|first| at >= first + ms(policy.poll_cap));
        let never = said.is_some_and(Said::in_use);
        let spent = self.spent >= policy.budget;
        if self.tried >= tries || spent || wished > ms(policy.retry_after_max) || capped || never {
            return false;
        }
        self.spent += 1;
        (self.due, self.why) = (at, Why::Retry);
        self.jittered = (self.policy.jitter != 0).then_some(first);
        true
    }

    /// The first activity; if there was none, the beginning of the lease.
    pub(super) fn first_or_lease(&self) -> Millis {
        self.first.unwrap_or(self.prompt.until.saturating_sub(ms(self.policy.request_life)))
    }

    /// The service answered with this request: the lease goes on from when it was sent.
    fn activity(&mut self, sent: Millis) {
        self.first = self.first.or(Some(sent));
        self.prompt.until = self.prompt.until.max(sent + ms(self.policy.request_life));
    }

    /// What a reply says of a session, and nobody said before.
    pub(super) fn learn(&mut self, said: &Said) {
        self.login = self.login.or(said.login);
        self.institution = self.institution.or(said.institution);
    }

    pub(super) fn adopt(&mut self, said: &Said) {
        self.learn(said);
        if let Some(request) = said.request {
            self.requests.retain(|known| *known != request);
            self.requests.push(request);
        }
    }

    /// `/Authorize` or a webhook said that the session is authorized: it wants its data.
    pub(super) fn authorized(&mut self, now: Millis, said: &Said) {
        self.authorized_by(now, said, true);
    }

    fn authorized_by(&mut self, now: Millis, said: &Said, granted: bool) {
        (self.doubt, self.hint, self.granted) = (None, None, granted);
        if self.policy.fetch == Fetch::Nothing {
            return self.refreshed(now, said, &[]);
        }
        self.new_prompt();
        self.phase = Phase::Fetching(Step::Ask);
        self.soon(now);
        if let Fetch::Webhook { wait, .. } = self.policy.fetch {
            self.phase = Phase::Fetching(Step::Webhook);
            (self.due, self.why) = (now + ms(wait), Why::Webhook);
        }
    }

    pub(super) fn refreshed(&mut self, now: Millis, said: &Said, accounts: &[u8]) {
        let nothing = self.policy.fetch == Fetch::Nothing;
        let mut narrowed = Narrowed::Nothing;
        let mut named = None;
        if let (Some(chosen), None, false) = (&self.all_that_was_named(), &self.keep, nothing) {
            if chosen.twice {
                narrowed = Narrowed::Twice;
            } else if !accounts.iter().any(|one| chosen.accounts.contains(one)) {
                narrowed = Narrowed::NoneOf;
            } else {
                narrowed = if chosen.ours { Narrowed::OurRedirect } else { Narrowed::Redirect };
                named = Some(chosen.accounts.clone());
            }
        }
        let among = |ids: &Option<Vec<u8>>, one: &u8| ids.as_ref().is_none_or(|ids| ids.contains(one));
        let keeps = |one: &u8| among(&self.keep, one) && among(&named, one);
        let kept: Vec<u8> = accounts.iter().copied().filter(keeps).collect();
        let gone = |one: &u8| !nothing && !kept.contains(one);
        let end = End::Refreshed {
            login: self.login,
            request: *self.requests.last().expect("an authorized session has a request id"),
            missing: self.keep.iter().flatten().copied().filter(gone).collect(),
            left_out: accounts.len() - kept.len(),
            last_refresh: said.last_refresh,
            cached: self.cached,
            named_others: self.named_others,
            institution: self.institution,
            narrowed,
            named_other_request: self.named_other_request,
            other_request: self.other_request,
            reselect: self.keep.is_some() && !nothing && kept.is_empty(),
            token_invalid: self.token_invalid,
            kept,
        };
        self.accounts = true;
        self.end(now, end);
    }

    pub(super) fn recall(&mut self, now: Millis, from: Option<(End, Millis)>) {
        self.new_prompt();
        self.phase = Phase::Recalling(from);
        self.recalled = true;
        self.token = None;
        self.soon(now);
    }

    /// Takes a prompt from a reply to a data or cached call. `is_known`: it may be the prompt that stands. Gives
    /// whether it may renew the lease.
    fn take_prompt(&mut self, challenges: &[u64], is_known: bool) -> bool {
        if is_known && (self.prompt.challenges == challenges || self.prompt.challenges.is_empty()) {
            // Challenges that were not known yet are learnt.
            self.prompt.shown &= self.prompt.challenges == challenges;
            self.prompt.challenges = challenges.to_vec();
            return true;
        }
        self.new_prompts += 1;
        self.number += 1;
        let Prompt { until, assumed, showing, showing_until, open_again, opened, redirected, .. } = self.prompt;
        let challenges = challenges.to_vec();
        self.prompt = Prompt {
            challenges,
            until,
            assumed,
            showing,
            showing_until,
            open_again,
            opened,
            redirected,
            ..Prompt::default()
        };
        self.new_prompts <= u32::from(self.policy.prompts_max)
    }
}

// what came back
impl Model {
    /// The outstanding exchange has come to its end.
    pub(super) fn outcome(&mut self, now: Millis, came: &Came) {
        let out = self.out.take().expect("an exchange is outstanding");
        let said = match came {
            Came::Reply(said) => Some(said),
            Came::Fault { .. } => None,
        };
        let readable = said.filter(|said| !said.unreadable(&out.call));
        let is_own = |said: &Said| !said.is_page(&out.call) && said.redirected(&out.call).is_none();
        self.answered |= said.is_some_and(is_own);
        let unsent = matches!(came, Came::Fault { unsent: true, .. });
        let large = matches!(came, Came::Fault { large: true, .. });
        let setup = matches!(came, Came::Fault { setup: true, .. });
        if unsent {
            self.never_went(&out.call);
        }
        if out.call.is_mint() && matches!(self.phase, Phase::Looking(..)) {
            // The phase has gone on without this mint. A token is still kept, and one for the widget is shown.
            match readable.map(|said| said.means(&out.call)) {
                Some(Means::Token(text)) if out.call == Call::Mint => self.keep_token(text, &out),
                Some(Means::Token(text)) if self.has_prompt() => self.show(text, &out),
                _ => {}
            }
            return;
        }
        match (&out.call, readable) {
            (Call::Mint | Call::MintForWidget, Some(said)) => self.minted(now, &out, said),
            (Call::Live { .. } | Call::Answer { .. } | Call::Status { .. }, Some(said)) => {
                self.authorize(now, &out, said, false);
            }
            (Call::Cached { .. }, Some(said)) => self.remembered(now, &out, said),
            (Call::Data { .. } | Call::Poll { .. }, Some(said)) => self.data(now, &out, said),
            (Call::Live { .. } | Call::Answer { .. }, None) if !unsent => self.in_doubt_now(now, out, said),
            (_, None) if large => self.too_large(now, &out),
            (_, None) => self.nothing(now, &out, said, setup),
        }
    }

    /// The reply was over the limit of size. The call is not tried again.
    fn too_large(&mut self, now: Millis, out: &Exchange) {
        match (&out.call, self.phase.clone()) {
            (Call::MintForWidget, _) => self.no_showing(now),
            (_, Phase::Looking(..)) => self.unclear(now, None),
            (Call::Mint, Phase::Asking) => self.drop_answers(now),
            (_, Phase::AtWork) => self.ask_plainly(),
            (_, Phase::Recalling(_)) if self.recall_goes_on() => self.not_remembered(now, &Said::ok(), false),
            _ => self.fail(now, Reason::TooLarge, Recovery::FixTheSetup, None),
        }
    }

    /// A call that may be repeated, or surely did not get there, brought no reply, a page, or a reply without the thing
    /// that was asked for.
    fn nothing(&mut self, now: Millis, out: &Exchange, said: Option<&Said>, setup: bool) {
        let seen = said.map(|said| said.redirected(&out.call).unwrap_or(said.http));
        let page = said.filter(|said| said.is_page(&out.call));
        let status = page.map(|page| page.http);
        match (&self.phase, status) {
            (Phase::Looking(..), Some(202)) => return self.unclear(now, status),
            (Phase::Fetching(step), Some(_)) => {
                let phase = Phase::Fetching(*step);
                return self.wait_for(now, out, page.and_then(|page| page.wished(now)), status, phase);
            }
            (Phase::Authorizing, Some(401 | 403 | 404 | 407)) if out.call == Call::Mint && !self.answered => {
                let told = Told { status, ..Told::default() };
                return self.failed(now, Reason::Unreachable, Recovery::FixTheSetup, told);
            }
            _ => {}
        }
        if self.again(now, &out.call, page) {
            return;
        }
        match (&out.call, self.phase.clone()) {
            (Call::MintForWidget, _) => self.no_showing(now),
            (_, Phase::Asking) => self.drop_answers(now),
            (_, Phase::Looking(..)) => self.unclear(now, status),
            (_, Phase::AtWork) => self.ask_plainly(),
            (_, Phase::Recalling(_)) if self.recall_goes_on() => self.not_remembered(now, &Said::ok(), false),
            _ => {
                let wished = page.and_then(|page| page.wished(now));
                let recovery = match seen {
                    // A redirect is never followed.
                    Some(300..400) => Recovery::FixTheSetup,
                    None if setup => Recovery::FixTheSetup,
                    _ => self.later(wished.unwrap_or(now + ms(self.policy.later))),
                };
                self.failed(now, Reason::Unreachable, recovery, Told { status: seen, ..Told::default() });
            }
        }
    }

    fn show(&mut self, text: u64, out: &Exchange) {
        self.prompt.showing = Shown::Ready(text);
        self.prompt.showing_until = out.sent + ms(self.policy.token_life);
        (self.prompt.opened, self.prompt.open_again) = (false, None);
    }

    fn keep_token(&mut self, text: u64, out: &Exchange) {
        self.token = Some(Token { text, sent: out.sent, used: false, shown: false });
    }

    /// Nobody knows how far it is: the widget may.
    fn ask_plainly(&mut self) {
        self.new_prompt();
        self.ask_again();
    }

    /// Answers that surely did not get there may be given again.
    fn drop_answers(&mut self, now: Millis) {
        self.prompt.answers = None;
        self.ask_or_look(now);
    }

    /// The session asks, unless a redirect was noted meanwhile.
    fn ask_or_look(&mut self, now: Millis) {
        if core::mem::take(&mut self.prompt.redirected) {
            self.look(now, Doubt::News, None);
        } else {
            self.ask_again();
        }
    }

    /// What surely did not get there is as good as not sent.
    fn never_went(&mut self, call: &Call) {
        if let (Call::Live { .. }, Some(token)) = (call, &mut self.token) {
            token.used = false;
        }
        if let Call::Live { .. } = call {
            self.live_sent = false;
        }
    }

    /// A once-call of which nobody knows what became.
    fn in_doubt_now(&mut self, now: Millis, out: Exchange, said: Option<&Said>) {
        let page = said.filter(|said| said.is_page(&out.call));
        let seen = said.map(|said| said.redirected(&out.call).unwrap_or(said.http));
        let live = matches!(out.call, Call::Live { .. });
        let at = out.sent + ms(self.policy.request_life);
        let wished = page.and_then(|page| page.wished(now));
        let latest = out.sent + ms(self.policy.late_news);
        self.doubt = Some(out);
        if live {
            let over = at.max(wished.unwrap_or(0));
            self.open_until = over.min(latest);
            let status = page.map(|page| page.http);
            let recovery = match status {
                Some(400 | 401 | 403 | 404 | 405 | 407 | 411 | 413 | 414 | 415 | 421 | 431) => Recovery::FixTheSetup,
                Some(429) => self.later(wished.unwrap_or(now + ms(self.policy.later))),
                _ => self.later(over),
            };
            self.failed(now, Reason::OutcomeUnknown, recovery, Told { status: seen, ..Told::default() });
        } else {
            (self.prompt.answers, self.prompt.redirected) = (None, false);
            self.look(now, Doubt::Answer, None);
        }
    }

    fn minted(&mut self, now: Millis, out: &Exchange, said: &Said) {
        let widget = out.call == Call::MintForWidget;
        match said.means(&out.call) {
            Means::Token(text) if widget => {
                if self.phase == Phase::Asking {
                    self.show(text, out);
                }
                self.soon(now);
            }
            Means::Token(text) => {
                self.keep_token(text, out);
                self.soon(now);
            }
            Means::No(Advice::TryLater) if self.again(now, &out.call, Some(said)) => {}
            _ if widget => self.no_showing(now),
            Means::No(_) if said.is_unauthorized() => self.refuse(now, said, Advice::FixTheSetup),
            Means::No(_) if said.misses_answers() => self.refuse(now, said, Advice::StartOver),
            Means::No(advice) => self.refuse(now, said, advice),
            _ => {}
        }
    }

    /// The widget's token could not be had: the prompt stands.
    fn no_showing(&mut self, now: Millis) {
        if self.phase == Phase::Asking {
            (self.prompt.showing, self.prompt.open_again) = (Shown::Refused, None);
            self.prompt.opened = false;
        }
        self.soon(now);
    }

    /// A readable reply to a live `/Authorize`, to an answer or to a status, in time or late.
    pub(super) fn authorize(&mut self, now: Millis, out: &Exchange, said: &Said, late: bool) {
        if self.is_anothers_login(said) {
            return self.belongs_to_another(now, said);
        }
        let means = said.means(&out.call);
        self.doubt = None;
        if let Means::No(advice) = means {
            return self.authorize_refused(now, out, said, advice, late);
        }
        let live = matches!(out.call, Call::Live { .. });
        self.adopt(said);
        self.activity(out.sent);
        self.prompt.assumed = false;
        if !self.has_prompt() {
            (self.prompt.showing, self.prompt.opened, self.prompt.open_again) = (Shown::Closed, false, None);
        }
        self.prompt.answers = None;
        match means {
            Means::Yes => self.authorized(now, said),
            Means::Pending if self.policy.entry == Entry::AuthorizeAsync => {
                self.new_prompt();
                self.wait_for(now, out, said.wished(now), None, Phase::AtWork);
            }
            Means::Pending if !live => {
                self.prompt.redirected = false;
                self.look(now, Doubt::Answer, None);
            }
            _ => {
                let asks = matches!(means, Means::Asks(_));
                self.number += u32::from(asks);
                self.take_plainly(said.challenges.clone());
                self.prompt.wrong = means == Means::Asks(true);
                self.ask_or_look(now);
            }
        }
    }

    /// Takes the challenges of a reply to `/Authorize`, and drops what was said of earlier ones.
    fn take_plainly(&mut self, challenges: Vec<u64>) {
        self.prompt.challenges = challenges;
        (self.prompt.wrong, self.prompt.left, self.prompt.shown) = (false, false, false);
        (self.prompt.error, self.prompt.ended) = (None, None);
    }

    fn authorize_refused(&mut self, now: Millis, out: &Exchange, said: &Said, advice: Advice, late: bool) {
        let live = matches!(out.call, Call::Live { .. });
        let status = matches!(out.call, Call::Status { .. });
        if status && advice == Advice::TryLater && self.again(now, &out.call, Some(said)) {
            return;
        }
        if said.blames_token && said.is_unauthorized() {
            // It did not reach the bank.
            self.live_sent &= !live;
            if live && late {
                return self.refuse_for_good(now, said, Advice::TryLater);
            }
            if !live && !status && (self.phase != Phase::Asking || self.prompt.answers.is_none()) {
                // There are no answers left to send again: the user may answer once more.
                self.token = None;
                return self.drop_answers(now);
            }
            let back = match out.call {
                Call::Live { .. } => Phase::Authorizing,
                Call::Status { .. } => Phase::AtWork,
                _ => Phase::Asking,
            };
            return self.token_refused(now, said, back);
        }
        if (live || status) && said.misses_answers() {
            if !status && said.request.is_none() {
                return self.refuse_for_good(now, said, Advice::StartOver);
            }
            self.adopt(said);
            self.activity(out.sent);
            self.number += 1;
            return self.ask_plainly();
        }
        self.refuse_for_good(now, said, advice);
    }

    /// A refusal by the service itself ends the session, even if it carried a guess.
    fn refuse_for_good(&mut self, now: Millis, said: &Said, advice: Advice) {
        if let Phase::Recalling(from) = &mut self.phase {
            (*from, self.told_authorized) = (None, false);
        }
        self.refuse(now, said, advice);
    }

    /// A 401 for the authorize token: once in a session the same call goes again, with a new one.
    fn token_refused(&mut self, now: Millis, said: &Said, back: Phase) {
        if !self.mints() || core::mem::replace(&mut self.token_refused, true) {
            return self.refuse(now, said, Advice::FixTheSetup);
        }
        self.token = None;
        self.phase = back;
        self.soon(now);
    }

    fn is_anothers_login(&self, said: &Said) -> bool {
        said.login.is_some_and(|login| self.login.is_some_and(|ours| ours != login))
    }

    fn remembered(&mut self, now: Millis, out: &Exchange, said: &Said) {
        if self.is_anothers_login(said) {
            return self.belongs_to_another(now, said);
        }
        let means = said.means(&out.call);
        let fresh = said.last_refresh.is_some_and(|at| at >= self.fresh_from());
        match means {
            Means::No(_) if said.blames_token && said.is_unauthorized() => {
                let back = self.phase.clone();
                self.token_refused(now, said, back);
            }
            Means::No(Advice::TryLater) if self.again(now, &out.call, Some(said)) => {}
            Means::No(advice) if !said.misses_answers() => self.refuse(now, said, advice),
            Means::Yes if said.request.is_some() && said.login.is_some() && fresh => {
                self.adopt(said);
                self.cached = true;
                self.authorized(now, said);
            }
            Means::Asks(_) if said.request.is_some() || !self.requests.is_empty() => {
                self.adopt(said);
                self.ask_anew(now, out, Some(&said.challenges));
            }
            _ => {
                if means == Means::Yes {
                    self.learn(said);
                }
                self.not_remembered(now, said, matches!(means, Means::No(_)));
            }
        }
    }

    /// Whether a recall that brings nothing does not end the session: it carries a guess, or a webhook said more.
    fn recall_goes_on(&self) -> bool {
        matches!(&self.phase, Phase::Recalling(from) if from.is_some() || self.told_authorized)
    }

    /// The stored data is too old for this session, or there is none.
    fn not_remembered(&mut self, now: Millis, said: &Said, refused: bool) {
        match self.phase.clone() {
            Phase::Recalling(Some(guess)) => self.back_to_guess(guess),
            _ if self.told_authorized => {
                (self.doubt, self.hint, self.granted) = (None, None, true);
                self.phase = Phase::Fetching(Step::Ask);
                self.soon(now);
            }
            _ => {
                let told = Told {
                    code: said.code.filter(|_| refused),
                    status: refused.then(|| said.told_status()),
                    last_refresh: said.last_refresh,
                    other_login: None,
                };
                self.failed(now, Reason::NotRefreshed, Recovery::StartOver, told);
            }
        }
    }

    fn data(&mut self, now: Millis, out: &Exchange, said: &Said) {
        let means = said.means(&out.call);
        if means == Means::Yes && said.malformed && self.policy.fetch != Fetch::Nothing {
            // A body that cannot be read says nothing, whoever it names.
            return self.nothing(now, out, Some(said), false);
        }
        let says_yes = matches!(means, Means::Yes | Means::Pending | Means::Asks(_));
        let other = says_yes && said.request.is_some_and(|request| !self.requests.contains(&request));
        if self.is_anothers_login(said) || other && (said.login.is_none() || self.login.is_none()) {
            return self.belongs_to_another(now, said);
        }
        self.other_request |= other;
        if says_yes {
            self.learn(said);
        }
        if matches!(means, Means::Asks(_)) {
            self.adopt(said);
        }
        let look = match &self.phase {
            Phase::Looking(look) => Some(look.clone()),
            _ => None,
        };
        match (means, look) {
            (Means::Yes, _) if self.policy.fetch == Fetch::Nothing => self.refreshed(now, said, &[]),
            (Means::Yes, _) => self.refreshed(now, said, said.accounts.as_deref().unwrap_or_default()),
            (Means::Pending, _) => self.pending(now, out, said),
            (Means::Asks(_), Some(look)) => {
                self.drop_what_was_named();
                self.asked_in_a_look(now, out, said, &look);
                self.heard_meanwhile(now, look.again);
            }
            (Means::Asks(_), None) => self.ask_anew(now, out, Some(&said.challenges)),
            (Means::No(_), Some(look)) if said.is_unauthorized() => {
                self.drop_what_was_named();
                match look.from {
                    Some(guess) => self.back_to_guess(guess),
                    None if look.doubt == Doubt::Lapse => self.lapse(now, None),
                    None => {
                        if look.doubt != Doubt::News {
                            self.activity(out.sent);
                        }
                        self.ask_again();
                    }
                }
                self.heard_meanwhile(now, look.again);
            }
            (Means::No(_), Some(look)) if said.is_gone() => {
                self.drop_what_was_named();
                let hint = look.is_hinted();
                if (hint || self.hint.is_some()) && self.may_recall() {
                    return self.recall(now, look.from);
                }
                match look.from {
                    Some(guess) => self.back_to_guess(guess),
                    None if look.doubt == Doubt::Lapse => self.lapse(now, None),
                    None if self.login.is_some() => self.refuse(now, said, Advice::AskTheUser),
                    None => self.refuse(now, said, Advice::StartOver),
                }
                self.heard_meanwhile(now, look.again);
            }
            (Means::No(_), None) if said.is_unauthorized() && self.granted => {
                self.refuse(now, said, Advice::ActAtTheBank);
            }
            (Means::No(_), None) if said.is_unauthorized() => self.ask_anew(now, out, None),
            (Means::No(_), None) if said.is_gone() && self.may_recall() => self.recall(now, None),
            (Means::No(_), None) if said.is_gone() => self.refuse(now, said, Advice::StartOver),
            (Means::No(Advice::TryLater), _) if self.again(now, &out.call, Some(said)) => {}
            (Means::No(advice @ Advice::FixTheSetup), Some(Look { from: None, .. }))
                if said.advice_of_code().is_some() =>
            {
                self.refuse(now, said, advice);
            }
            (Means::No(_), Some(_)) => self.unclear(now, None),
            (Means::No(_), None) if said.misses_answers() => self.refuse(now, said, Advice::StartOver),
            (Means::No(advice), None) => self.refuse(now, said, advice),
            _ => {}
        }
    }

    /// Whether a session that is gone is still asked for what is stored.
    #[must_use]
    pub fn may_recall(&self) -> bool {
        self.login.is_some() && self.policy.after == After::SameThenCached && !self.recalled
    }

    /// A look met a 203.
    fn asked_in_a_look(&mut self, now: Millis, out: &Exchange, said: &Said, look: &Look) {
        let may_renew = self.take_prompt(&said.challenges, look.from.is_none());
        self.prompt.assumed = false;
        let begun = self.first_or_lease();
        let full = out.sent + ms(self.policy.request_life);
        let until = full.min(begun + ms(self.policy.hint_life));
        let renews = may_renew && now < until;
        match (&look.from, look.doubt) {
            (Some(guess), _) if !renews => return self.back_to_guess(guess.clone()),
            (None, Doubt::Lapse) if !renews || self.renewed => return self.lapse(now, None),
            (None, Doubt::News) => {}
            (None, Doubt::Age | Doubt::Answer) => {
                if may_renew {
                    let until = if self.first.is_some() { until } else { full };
                    self.first = self.first.or(Some(out.sent));
                    self.prompt.until = self.prompt.until.max(until);
                }
            }
            (from, _) => {
                self.renewed |= from.is_none();
                self.first = Some(begun);
                self.prompt.until = self.prompt.until.max(until);
            }
        }
        self.ask_again();
    }

    /// A redirect was heard while a look was under way, and the look said no: the redirect now gets what it asks for.
    fn heard_meanwhile(&mut self, now: Millis, again: Again) {
        let from = match &self.phase {
            Phase::Asking => None,
            Phase::Done(end, moment) if end.is_guess() => Some((end.clone(), *moment)),
            _ => return,
        };
        match again {
            Again::Nothing => {}
            _ if self.phase == Phase::Asking && now >= self.prompt.until => {
                self.look_for_lapse(now);
                if let Phase::Looking(look) = &mut self.phase {
                    look.kept = true;
                }
            }
            Again::Look => self.look(now, Doubt::News, from),
            Again::Keep => self.keep_hint(now),
        }
    }

    /// A fetch, a poll or a cached call says that the session is not authorized: the user is asked once more.
    fn ask_anew(&mut self, now: Millis, out: &Exchange, challenges: Option<&[u64]>) {
        let from = match &self.phase {
            Phase::Recalling(from) => from.clone(),
            _ => None,
        };
        self.first_pending = None;
        self.prompt.assumed = false;
        self.drop_what_was_named();
        let may_renew = match challenges {
            Some(challenges) => self.take_prompt(challenges, false),
            None => true,
        };
        (self.prompt.showing, self.prompt.opened, self.prompt.open_again) = (Shown::Closed, false, None);
        self.prompt.redirected = false;
        if challenges.is_none() {
            self.new_prompt();
        }
        if may_renew && self.asked_again < self.policy.asks_again_max {
            self.asked_again += 1;
            self.first = Some(out.sent);
            self.prompt.until = self.prompt.until.max(out.sent + ms(self.policy.request_life));
            self.renewed = false;
            return self.ask_again();
        }
        match from {
            Some(guess) => self.back_to_guess(guess),
            None => self.lapse(now, None),
        }
    }

    /// A look that brought no answer; its last try may have met a page. If a hint caused it, the hint is kept.
    fn unclear(&mut self, now: Millis, page: Option<u16>) {
        let Phase::Looking(look) = self.phase.clone() else { return };
        match &look.from {
            Some(guess) => self.back_to_guess(guess.clone()),
            None if look.doubt == Doubt::Lapse => self.lapse(now, page.filter(|_| !self.answered)),
            None => self.ask_again(),
        }
        if look.is_hinted() {
            self.keep_hint(now);
        }
    }

    fn pending(&mut self, now: Millis, out: &Exchange, said: &Said) {
        if self.policy.fetch == Fetch::Nothing {
            return self.refreshed(now, &Said { last_refresh: None, ..said.clone() }, &[]);
        }
        if !matches!(self.phase, Phase::Fetching(_)) {
            self.authorized_by(now, said, false);
        }
        // A webhook brings it.
        if self.phase != Phase::Fetching(Step::Webhook) {
            self.wait_for(now, out, said.wished(now), None, Phase::Fetching(Step::Poll));
        }
    }

    /// The service is at work, or a gateway hides it: waits, up to the one cap.
    fn wait_for(&mut self, now: Millis, out: &Exchange, wished: Option<Millis>, page: Option<u16>, phase: Phase) {
        let first = *self.first_pending.get_or_insert(out.sent);
        let wished = wished.map_or(0, |at| at - now).min(ms(self.policy.retry_after_max));
        let at = now + ms(self.policy.poll_every).max(wished);
        if at >= first + ms(self.policy.poll_cap) {
            return self.give_up(now, page);
        }
        self.phase = phase;
        self.soon(now);
        (self.due, self.why) = (at, Why::Poll);
    }
}

// late
impl Model {
    /// What came back for an exchange.
    pub fn receive(&mut self, now: Millis, id: u64, came: &Came) -> reconnect_core::Heard {
        use reconnect_core::Heard;
        if self.out.as_ref().is_some_and(|out| out.id == id) {
            self.outcome(now, came);
            return Heard::Took;
        }
        if let Some(doubt) = self.doubt.clone().filter(|doubt| doubt.id == id) {
            let Came::Reply(said) = came else { return Heard::Knew };
            if said.unreadable(&doubt.call) {
                return Heard::Knew;
            }
            let live = matches!(doubt.call, Call::Live { .. });
            let takes = match &self.phase {
                Phase::Done(..) | Phase::Recalling(_) => true,
                Phase::Looking(look) => !live || look.from.is_some(),
                Phase::Asking => !live,
                Phase::Authorizing | Phase::AtWork | Phase::Fetching(_) => false,
            };
            if !takes {
                return Heard::Late;
            }
            (self.out, self.answered) = (None, true);
            self.authorize(now, &doubt, said, true);
            return Heard::Took;
        }
        if (1..self.next).contains(&id) { Heard::Late } else { Heard::NotOurs }
    }
}
