//! The phases of a session, and what each of them remembers.

use crate::{
    challenge::{Answers, Challenge},
    code::FlinksCode,
    deadline::Why,
    failure::Failure,
    ids::{AccountId, AccountIds},
    outcome::Refreshed,
    request::ExchangeId,
    secret::Secret,
    time::Timestamp,
    word::words,
};
use alloc::{boxed::Box, sync::Arc, vec::Vec};

/// Where a session is.
#[derive(Clone, Debug)]
pub(crate) enum Phase {
    /// The live `/Authorize` is not answered yet. With `status`, a `requestId` is known, and `/AuthorizeAsync` is still
    /// at work.
    Authorizing { status: bool },
    /// The bank asks the end user.
    Asking(Asking),
    /// The session is in doubt: the data call will tell whether it is authorized.
    Looking(Look),
    /// Authorized: the data is on its way. `granted` is true if `/Authorize` or a webhook said so, and not a look.
    Fetching { step: Step, granted: bool },
    /// The stored data is asked for, mostly because the service has ended the session. `guess` is the end that holds if
    /// that brings nothing, and `told` means that a webhook said meanwhile that the session is authorized.
    Recalling { guess: Option<Box<Guess>>, told: bool },
    /// It is over.
    Done(End),
}

/// A look: its reason, and where it leads back to.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub why: Doubt,
    pub back: Back,
    /// A redirect that was kept belongs to it, or one was heard before its call went out.
    pub hinted: bool,
    /// Whether a redirect that was heard while the call is under way causes one more look.
    pub again: Again,
}

/// Whether a redirect that is heard while the session looks causes one more look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Again {
    /// No redirect was heard.
    #[default]
    No,
    /// One more look.
    Look,
    /// One more look, later.
    Keep,
}

/// The accounts that redirects named (decision 54). They can only narrow the service's list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Named {
    pub accounts: Vec<AccountId>,
    /// The redirect named our `requestId`.
    pub ours: bool,
    /// Two redirects named different accounts, and neither named our `requestId`: nothing is narrowed.
    pub twice: bool,
    /// It was heard while a call was under way whose answer could drop it.
    pub during: bool,
    /// The accounts that were named before that call was sent, if both count.
    pub before: Option<Before>,
}

/// The accounts that were named before a call was sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Before(pub Box<Named>);

impl Named {
    /// Joins these accounts with those of a later redirect. A redirect that names our session wins over one that does
    /// not. If neither names it and the two differ, nothing is chosen.
    pub(crate) fn and(self, other: Self) -> Self {
        if self.ours && !other.ours {
            return self;
        }
        let differ = || AccountIds::of(&self.accounts) != AccountIds::of(&other.accounts);
        let twice = !other.ours && (self.twice || other.twice || differ());
        Self { twice, ..other }
    }

    /// Joins it with `before`, as heard before the next call is sent.
    pub(crate) fn settled(mut self) -> Self {
        self.during = false;
        match self.before.take() {
            Some(Before(before)) => before.and(self),
            None => self,
        }
    }

    /// Adds the next redirect. If that is heard during a call, the accounts that were named before stay in `before`,
    /// since the call's answer may drop them.
    pub(crate) fn then(mut self, next: Self) -> Self {
        match (self.during, next.during) {
            (true, true) => {
                let before = self.before.take().filter(|_| !next.ours);
                Self { before, ..self.and(next) }
            }
            (false, true) if !next.ours => Self { before: Some(Before(Box::new(self))), ..next },
            _ => self.settled().and(next),
        }
    }
}

/// How far a session whose `requestId` came from a browser is trusted (decision 77).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Claimed {
    /// The `requestId` came from the caller's own server or from a reply.
    #[default]
    No,
    /// It came from a browser: the accounts are withheld.
    Yes,
    /// It came from a browser, and the caller has confirmed the login.
    Confirmed,
}

/// Where the data of an authorized session comes from next.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Step {
    /// It is asked for.
    #[default]
    Ask,
    /// It was said to be pending, and is asked for again and again.
    Poll,
    /// A webhook brings it.
    Webhook,
}

/// What is in doubt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Doubt {
    /// The age of a resumed `requestId` is not known.
    Age,
    /// The prompt's lease passed.
    Lapse,
    /// The widget said that the end user is through.
    News,
    /// An answer was sent and its reply was lost.
    Answer,
}

/// Where a look leads back to when the session is not authorized.
#[derive(Clone, Debug)]
pub(crate) enum Back {
    Ask(Asking),
    /// A guess that news put in doubt.
    Guess(Box<Guess>),
}

/// An end that a fact may still correct.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Guess {
    pub failure: Failure,
    /// Until when news counts.
    pub forget: Timestamp,
    /// Until when the bank may still be working on it (decision 74).
    pub open: Option<Timestamp>,
}

/// The prompt that the end user is asked, or will be asked again after a look.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asking {
    pub challenges: Arc<[Challenge]>,
    /// The last answer was wrong.
    pub wrong: bool,
    /// The end user closed the widget.
    pub left: bool,
    /// The last error that the widget announced.
    pub error: Option<FlinksCode>,
    /// The widget said that it cannot go on: this is the failure's code if the prompt lapses (decision 60).
    pub ended: Option<FlinksCode>,
    /// A page shows this prompt, so that no answer to it is sent from here (decision 58).
    pub shown: bool,
    /// A redirect came while an answer was under way: look when it is back (decision 47).
    pub redirected: bool,
    /// Answers that were told and are not sent yet, or are under way. Not in a snapshot.
    pub answers: Option<Answers>,
    /// Not in a snapshot.
    pub show: Show,
}

/// The widget's own token. It is in no snapshot: after a restart the page opens again.
#[derive(Clone, Debug, Default)]
pub(crate) enum Show {
    /// There is no token.
    #[default]
    Closed,
    /// `open` was called: a token has to be minted.
    Wanted,
    /// There is a token for one showing.
    Ready(Token),
    /// No token could be minted: the URL goes without one.
    Refused,
    /// The widget refused its token; or `open` was called too soon, and has to be called again at that moment.
    Spent(Option<Timestamp>),
}

/// An authorize token: the session's own, or the widget's.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub secret: Secret,
    /// When its mint was sent.
    pub sent: Timestamp,
    /// A session was opened with it: it is good for that session's answers only.
    pub used: bool,
}

/// When the next request may go, what it waits for, and how often the call at hand was tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Due {
    pub at: Timestamp,
    pub why: Why,
    pub tried: u8,
}

impl Default for Due {
    fn default() -> Self {
        Self::first(Timestamp::default(), Why::Send)
    }
}

impl Due {
    /// The first try of a call.
    pub(crate) fn first(at: Timestamp, why: Why) -> Self {
        Self { at, why, tried: 0 }
    }
}

/// A request that was handed out, and whose reply has not come yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Outstanding {
    pub id: ExchangeId,
    pub kind: Kind,
    pub sent: Timestamp,
    /// The moment at which it counts as lost.
    pub until: Timestamp,
}

/// Which call is under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A token for the session's own calls.
    Mint,
    /// A token for one showing of the widget.
    MintShow,
    /// The live `/Authorize`.
    Live,
    /// Answers.
    Answer,
    /// The data call, which is also the look.
    Data,
    /// The data call's asynchronous twin.
    Poll,
    /// The cached `/Authorize`.
    Cached,
    /// `/AuthorizeAsync`, how far it is.
    Status,
}

words! {
    Step { Ask = "ask", Poll = "poll", Webhook = "webhook" }
    Again { No = "no", Look = "look", Keep = "keep" }
    Claimed { No = "no", Yes = "yes", Confirmed = "confirmed" }
    Doubt { Age = "age", Lapse = "lapse", News = "news", Answer = "answer" }
    Kind {
        Mint = "mint", MintShow = "mintShow", Live = "live", Answer = "answer", Data = "data", Poll = "poll",
        Cached = "cached", Status = "status",
    }
}

impl Kind {
    /// Whether it can reach the bank, so that nobody may send it twice (rule 5).
    pub(crate) fn once(self) -> bool {
        matches!(self, Self::Live | Self::Answer)
    }

    /// Whether its answer is about data, as redirects may be.
    pub(crate) fn is_about_data(self) -> bool {
        matches!(self, Self::Data | Self::Poll | Self::Cached)
    }
}

/// How a session ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// With the data.
    Refreshed(Box<Refreshed>),
    /// With a failure that a fact may still correct.
    Guess(Box<Guess>),
    /// With a failure that is final.
    Failed(Box<Failure>),
}

impl Phase {
    /// The prompt that the end user is asked, or will be asked again if the look says so.
    pub(crate) fn prompt(&self) -> Option<&Asking> {
        let (Self::Asking(asking) | Self::Looking(Look { back: Back::Ask(asking), .. })) = self else { return None };
        Some(asking)
    }

    /// The same, to change it.
    pub(crate) fn prompt_mut(&mut self) -> Option<&mut Asking> {
        let (Self::Asking(asking) | Self::Looking(Look { back: Back::Ask(asking), .. })) = self else { return None };
        Some(asking)
    }
}

impl Look {
    /// A look of which nothing was heard yet.
    pub(crate) fn new(why: Doubt, back: Back) -> Self {
        Self { why, back, hinted: false, again: Again::No }
    }

    /// A look that news caused.
    pub(crate) fn by_news(back: Back) -> Self {
        Self::new(Doubt::News, back)
    }
}
