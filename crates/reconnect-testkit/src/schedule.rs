//! Schedules: what is told to a session and when, told to the model too, with everything compared after every step.
//!
//! A schedule is four bytes a step, so that proptest shrinks it and a fuzzer mutates it. What a step means is decided
//! when it is taken, by where the session is: the right kind of reply for the call that is under way, a time just
//! before, at or just after the next deadline. Zeros are the plausible choice.

#![allow(clippy::wildcard_enum_match_arm, reason = "of these small enums the other arms are all alike")]

mod play;
mod replies;
mod served;
mod walks;

pub use play::{Cover, KINDS, play};
pub use served::{Flooded, Service, Well, flooded, served};
pub use walks::{Move, Walk, walk, walks};

use crate::model::{Entry, Millis};
use core::time::Duration;
use reconnect_core::{
    Mfa, Policy,
    policy::{After, Entry::AuthorizeAsync, Fetch, Probe, Then, TokenUse, WidgetToken},
};

/// The moment at which every schedule begins; a time of day with a fraction, so that nothing is round.
pub const BEGIN: Millis = 1_780_000_123_457;

/// One step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// `poll`; with `follow`, where it would only wait for a moment to come, at that moment.
    Poll {
        /// Whether to wait.
        follow: bool,
    },
    /// A reply to the outstanding call; a poll where there is none.
    Reply {
        /// What kind of reply, by weight.
        kind: u8,
        /// What it names.
        how: u8,
        /// `Retry-After`, accounts and the like.
        more: u8,
    },
    /// The outstanding call brought no reply.
    Fault {
        /// Which one.
        kind: u8,
    },
    /// The outstanding call is given up by who sent it.
    Lost,
    /// A reply or a fault for the exchange in doubt, an earlier one, or one that never was.
    Stale {
        /// Which exchange.
        which: u8,
        /// What kind of reply.
        kind: u8,
        /// What it names.
        how: u8,
    },
    /// The widget says something.
    News {
        /// What.
        kind: u8,
        /// Which ids it names.
        how: u8,
        /// Which accounts.
        more: u8,
    },
    /// The user answers through the API.
    Answer {
        /// How well it fits.
        how: u8,
    },
    /// A verified webhook.
    Delivered {
        /// Of what type.
        kind: u8,
        /// Which ids it names.
        how: u8,
        /// Which accounts.
        more: u8,
    },
    /// The widget says the same many times.
    Flood {
        /// What it names.
        how: u8,
        /// Which accounts.
        more: u8,
        /// How often, and how far apart.
        count: u8,
    },
    /// The widget is about to be shown.
    Open,
    /// A page with the prompt was shown.
    Shown,
    /// The accounts are taken, or the login is confirmed.
    Take {
        /// Which of the two.
        how: u8,
    },
    /// The caller gives up.
    Cancel,
    /// Kept and loaded again, through JSON.
    Restore,
    /// Time passes.
    Time {
        /// How far, or to which moment.
        how: u8,
        /// The size of a small step.
        amount: u8,
    },
}

impl Op {
    /// Four bytes as a step.
    #[must_use]
    pub fn of([op, a, b, c]: [u8; 4]) -> Self {
        match op {
            0..34 => Self::Poll { follow: a < 224 },
            34..131 => Self::Reply { kind: a, how: b, more: c },
            131..138 => Self::Delivered { kind: a, how: b, more: c },
            138..147 => Self::Fault { kind: a },
            147..152 => Self::Lost,
            152..166 => Self::Stale { which: a, kind: b, how: c },
            166..192 => Self::News { kind: a, how: b, more: c },
            192..194 => Self::Flood { how: a, more: b, count: c },
            194..207 => Self::Answer { how: a },
            207..217 => Self::Open,
            217..219 => Self::Shown,
            219 => Self::Cancel,
            220..230 => Self::Restore,
            230 => Self::Take { how: a },
            231..=255 => Self::Time { how: a, amount: b },
        }
    }
}

/// How a schedule begins.
#[derive(Clone, PartialEq, Debug)]
pub struct Start {
    /// `refresh` or `resume`, and what is known.
    pub entry: Entry,
    /// The accounts kept; `None` for all.
    pub keep: Option<Vec<u8>>,
    /// The numbers and ways.
    pub policy: Policy,
    /// The institution, where the caller knows it.
    pub institution: Option<u8>,
    /// The caller's own tag.
    pub tag: Option<u8>,
}

impl Start {
    /// Eight bytes as a start.
    #[must_use]
    pub fn of([entry, keep, ways, more, limits, showing, tag, claims]: [u8; 8]) -> Self {
        let mut policy = Policy::default();
        // Half of the schedules have the default policy or one way off it; the others mix.
        let mixed = ways >= 160;
        let chosen = |bit: u8| if mixed { more >> (bit % 8) & 1 == 1 } else { ways / 16 == bit + 2 };
        if chosen(0) || !mixed && ways % 16 >= 6 {
            policy.mfa = Mfa::WidgetOrApi;
        }
        if chosen(1) {
            policy.token = TokenUse::Without;
        }
        if chosen(2) {
            policy.probe = Probe::Always;
        }
        if chosen(3) {
            policy.look_on_lapse = false;
        }
        if chosen(4) {
            policy.fetch = if more & 1 == 0 { Fetch::Summary } else { Fetch::Nothing };
        }
        if chosen(5) {
            policy.after = After::Same;
        }
        if chosen(6) {
            policy.tries = if more & 2 == 0 { 1 } else { 2 };
        }
        // The orders of lives that the defaults do not have: a token that ends before a prompt, a cap within reach.
        if chosen(7) {
            policy.token_life = Duration::from_secs(120);
            policy.poll_cap = Duration::from_secs(45);
        }
        // The upper parts of two bytes whose lower ones choose something else.
        if keep / 5 % 4 == 1 {
            policy.entry = AuthorizeAsync;
        }
        if keep / 20 % 4 == 1 {
            let wait = Duration::from_secs(if keep / 80 % 2 == 0 { 60 } else { 0 });
            policy.fetch = Fetch::Webhook { wait, then: if keep & 1 == 0 { Then::Poll } else { Then::Fail } };
        }
        match entry / 8 % 8 {
            1 => policy.poll_tries = 1,
            2 => policy.poll_tries = 5,
            3 => policy.budget = u16::from(entry % 3),
            // The model does not know the very wait, so the cap must not depend on it.
            4 | 5 => (policy.jitter, policy.poll_cap) = (u64::from(entry), Duration::from_secs(315_360_000)),
            // All short; hints add nothing.
            6 => numbers(&mut policy, [40, 90, 70, 3, 40, 60, 90, 300, 25, 60, 20, 7]),
            // In another order than the defaults: a pause between looks that is longer than a prompt, no skew.
            7 => numbers(&mut policy, [60, 100, 130, 15, 130, 2, 1, 45, 110, 0, 5, 9]),
            _ => {}
        }
        match limits % 8 {
            4 => (policy.news_looks_named, policy.news_looks) = (1, 1),
            5 => (policy.news_looks_named, policy.news_looks) = (0, 0),
            6 => (policy.prompts_max, policy.asks_again_max) = (1, 1),
            7 => {
                (policy.prompts_max, policy.asks_again_max) = (limits / 128, limits / 64 % 2);
                (policy.news_looks_named, policy.news_looks) = (limits / 32 % 2, limits / 16 % 2);
            }
            _ => {}
        }
        if showing % 4 == 1 {
            policy.widget_token = WidgetToken::Session;
        }
        match showing / 4 % 8 {
            1 => policy.news_mint_every = Duration::from_secs(1),
            2 => policy.news_mint_every = Duration::from_secs(600),
            _ => {}
        }
        // The session bounds its policy too.
        let policy = policy.bounded();
        let life = policy.request_life.as_millis() as Millis;
        let last_sent = match entry % 8 {
            0 => None,
            1 => Some(BEGIN - 60_000),
            2 => Some(BEGIN - life + 1),
            3 => Some(BEGIN - life),
            4 => Some(BEGIN - life - 1),
            5 => Some(BEGIN - 86_400_000),
            6 => Some(BEGIN + 5_000),
            _ => Some(BEGIN),
        };
        let entry = match entry {
            0..150 => Entry::Refresh,
            _ if claims % 8 == 1 => Entry::Claimed {
                login: claims / 64 % 2 == 1,
                last_sent: last_sent.unwrap_or(BEGIN),
                institution: (claims / 8 % 2 == 0).then_some(1),
                accounts: match claims / 16 % 4 {
                    0 => vec![],
                    1 => vec![1],
                    2 => vec![2, 0],
                    _ => vec![replies::EVIL],
                },
            },
            _ => Entry::Resume { login: entry / 8 % 2 == 0, last_sent },
        };
        let institution = (keep / 5 % 4 == 2).then_some(0);
        let keep = match keep % 5 {
            0 | 1 => None,
            2 => Some(vec![1]),
            3 => Some(vec![2, 0]),
            _ => Some(vec![0, 1, 3]),
        };
        Self { entry, keep, policy, institution, tag: (tag % 4 == 1).then_some(0) }
    }

    /// What sets it apart, for a count of how much was covered.
    #[must_use]
    pub fn ways(&self) -> Vec<&'static str> {
        let (policy, plain) = (&self.policy, Policy::DEFAULT);
        let fetch = match policy.fetch {
            Fetch::Detail(_) => "accounts with their transactions",
            Fetch::Summary => "a summary",
            Fetch::Nothing => "nothing fetched",
            Fetch::Webhook { then: Then::Poll, .. } => "a webhook, or polls",
            Fetch::Webhook { then: Then::Fail, .. } => "a webhook or nothing",
            _ => "a way to fetch that no schedule has",
        };
        let (aged, login) = match self.entry {
            Entry::Refresh => (false, false),
            Entry::Resume { login, last_sent } => (last_sent.is_some(), login),
            Entry::Claimed { .. } => (true, false),
        };
        let resumed = self.entry != Entry::Refresh;
        let ways = [
            (!resumed, "a refresh"),
            (resumed && aged, "a resumed session of known age"),
            (resumed && !aged, "a resumed session of unknown age"),
            (resumed && !login, "a resumed session of unknown login"),
            (policy.entry == AuthorizeAsync, "AuthorizeAsync"),
            (policy.mfa == Mfa::WidgetOrApi, "answers through the API"),
            (policy.token == TokenUse::Without, "no tokens"),
            (policy.probe == Probe::Always, "a probe always"),
            (!policy.look_on_lapse, "no look on lapse"),
            (policy.after == After::Same, "no cached call"),
            (policy.tries != plain.tries, "other tries"),
            (policy.poll_tries != plain.poll_tries, "other tries of polls"),
            (policy.budget != plain.budget, "another budget"),
            (policy.jitter != 0, "jitter"),
            (policy.request_life != plain.request_life, "other numbers"),
            (self.keep.is_some(), "some accounts"),
            (self.institution.is_some(), "a known institution"),
            (matches!(self.entry, Entry::Claimed { .. }), "a session that a browser claimed"),
            (self.tag.is_some(), "a tag"),
            (policy.widget_token == WidgetToken::Session, "the session's token in the widget"),
            (policy.news_mint_every != plain.news_mint_every, "other pauses between showings"),
            (policy.news_looks != plain.news_looks, "fewer looks for news"),
            (policy.prompts_max != plain.prompts_max, "fewer prompts"),
            (true, fetch),
        ];
        ways.into_iter().filter(|(is_so, _)| *is_so).map(|(_, way)| way).collect()
    }
}

/// All lives, pauses and limits, in seconds.
fn numbers(policy: &mut Policy, seconds: [u64; 12]) {
    let [
        token_life,
        request_life,
        hint_life,
        poll_every,
        poll_cap,
        retry_after_max,
        later,
        late_news,
        look_every,
        skew,
        post,
        quick,
    ] = seconds.map(Duration::from_secs);
    (policy.token_life, policy.request_life, policy.hint_life) = (token_life, request_life, hint_life);
    (policy.poll_every, policy.poll_cap, policy.retry_after_max) = (poll_every, poll_cap, retry_after_max);
    (policy.later, policy.late_news, policy.look_every, policy.skew) = (later, late_news, look_every, skew);
    (policy.post_limit, policy.quick_limit) = (post, quick);
    (policy.backoff, policy.backoff_max) = (Duration::from_millis(700), Duration::from_millis(1_900));
}

/// Any bytes as a schedule, compared with the model: for a fuzzer.
///
/// # Panics
/// If session and model disagree, or a law does not hold.
pub fn run_bytes(bytes: &[u8]) {
    let Some((start, rest)) = bytes.split_first_chunk::<8>() else { return };
    let fours = rest.chunks_exact(4).map(|four| [four[0], four[1], four[2], four[3]]);
    // More steps than any walk needs only make a fuzzer slow.
    let ops: Vec<Op> = fours.take(400).map(Op::of).collect();
    let start = Start::of(*start);
    if play(&start, &ops, &mut Cover::default(), None).is_err() {
        panic!("{}", story(&start, &ops));
    }
}

/// What happens in a schedule, step by step, up to where something is wrong.
#[must_use]
pub fn story(start: &Start, ops: &[Op]) -> String {
    let mut lines = Vec::new();
    let wrong = play(start, ops, &mut Cover::default(), Some(&mut lines)).err().unwrap_or_default();
    let Start { entry, keep, policy, institution, tag } = start;
    let off: Vec<String> = {
        // Only what is not the default is worth a line.
        let (plain, mine) = (format!("{:#?}", Policy::default()), format!("{policy:#?}"));
        let plain: Vec<&str> = plain.lines().collect();
        mine.lines().filter(|line| !plain.contains(line)).map(|line| line.trim().to_owned()).collect()
    };
    let known = institution.map_or("", |_| "a known institution, ");
    let tagged = tag.map_or("", |_| "a tag, ");
    format!("{entry:?}, keep {keep:?}, {known}{tagged}{}\n{}\n{wrong}", off.join(" "), lines.join("\n"))
}
