//! A policy as JSON: what of it differs from another one, under the names of its fields, spans in milliseconds.

use super::{Fetch, Policy};
use crate::{
    account::DetailOptions,
    reader::{Reader, Result, Wrong},
    time::millis,
    writer::Writer,
};
use core::time::Duration;

/// A field by its name, to be read or written.
type Span = (&'static str, fn(&mut Policy) -> &mut Duration);

/// The spans of a policy.
const SPANS: [Span; 14] = [
    ("tokenLife", |policy| &mut policy.token_life),
    ("requestLife", |policy| &mut policy.request_life),
    ("hintLife", |policy| &mut policy.hint_life),
    ("pollEvery", |policy| &mut policy.poll_every),
    ("pollCap", |policy| &mut policy.poll_cap),
    ("backoff", |policy| &mut policy.backoff),
    ("backoffMax", |policy| &mut policy.backoff_max),
    ("retryAfterMax", |policy| &mut policy.retry_after_max),
    ("later", |policy| &mut policy.later),
    ("lateNews", |policy| &mut policy.late_news),
    ("lookEvery", |policy| &mut policy.look_every),
    ("skew", |policy| &mut policy.skew),
    ("postLimit", |policy| &mut policy.post_limit),
    ("quickLimit", |policy| &mut policy.quick_limit),
];

impl Policy {
    /// This policy with what an object says of it.
    pub(crate) fn with(mut self, from: &mut Reader<'_>) -> Result<Self> {
        from.object()?;
        while let Some(key) = from.key()? {
            if let Some((_, span)) = SPANS.iter().find(|(name, _)| *name == key) {
                *span(&mut self) = Duration::from_millis(from.number()?);
                continue;
            }
            match &*key {
                "tries" => self.tries = from.small()?,
                "pollTries" => self.poll_tries = from.small()?,
                "budget" => self.budget = from.small()?,
                "jitter" => self.jitter = from.number()?,
                "lookOnLapse" => self.look_on_lapse = from.flag()?,
                "after" => self.after = from.word()?,
                "entry" => self.entry = from.word()?,
                "fetch" => self.fetch = fetch(from)?,
                "mfa" => self.mfa = from.word()?,
                "probe" => self.probe = from.word()?,
                "token" => self.token = from.word()?,
                _ => from.skip()?,
            }
        }
        Ok(self)
    }

    /// What of it differs from the default.
    pub(crate) fn write_differences(&self, to: &mut Writer) {
        // `SPANS` lends to be written to.
        let (mut own, mut default) = (self.clone(), Self::DEFAULT);
        for (name, span) in SPANS {
            if span(&mut own) != span(&mut default) {
                to.key(name).number(millis(*span(&mut own)));
            }
        }
        for (name, own, default) in [
            ("tries", u64::from(own.tries), u64::from(default.tries)),
            ("pollTries", own.poll_tries.into(), default.poll_tries.into()),
            ("budget", own.budget.into(), default.budget.into()),
            ("jitter", own.jitter, default.jitter),
        ] {
            if own != default {
                to.key(name).number(own);
            }
        }
        if own.look_on_lapse != default.look_on_lapse {
            to.key("lookOnLapse").flag(own.look_on_lapse);
        }
        if own.after != default.after {
            to.key("after").word(own.after);
        }
        if own.entry != default.entry {
            to.key("entry").word(own.entry);
        }
        if own.fetch != default.fetch {
            to.key("fetch");
            write_fetch(to, own.fetch);
        }
        if own.mfa != default.mfa {
            to.key("mfa").word(own.mfa);
        }
        if own.probe != default.probe {
            to.key("probe").word(own.probe);
        }
        if own.token != default.token {
            to.key("token").word(own.token);
        }
    }
}

fn write_fetch(to: &mut Writer, fetch: Fetch) {
    match fetch {
        Fetch::Summary => to.text("summary"),
        Fetch::Nothing => to.text("nothing"),
        Fetch::Detail(options) => to.object(|to| to.key("detail").object(|to| write_options(to, options))),
        Fetch::Webhook { wait, then } => to.object(|to| {
            to.key("webhook").object(|to| {
                to.key("then").word(then);
                to.key("wait").number(millis(wait));
            });
        }),
    }
}

fn write_options(to: &mut Writer, options: DetailOptions) {
    for (name, wanted) in [
        ("WithAccountIdentity", options.with_account_identity),
        ("WithKYC", options.with_kyc),
        ("WithTransactions", options.with_transactions),
        ("WithDetailsAndBankingStatements", options.with_details_and_banking_statements),
    ] {
        if let Some(wanted) = wanted {
            to.key(name).flag(wanted);
        }
    }
    if let Some(days) = options.days_of_transactions {
        to.key("DaysOfTransactions").word(days);
    }
    if let Some(number) = options.number_of_banking_statements {
        to.key("NumberOfBankingStatements").word(number);
    }
}

fn fetch(from: &mut Reader<'_>) -> Result<Fetch> {
    if from.peek() == Some(b'"') {
        return match &*from.string()? {
            "summary" => Ok(Fetch::Summary),
            "nothing" => Ok(Fetch::Nothing),
            _ => Err(Wrong),
        };
    }
    from.object()?;
    let fetch = match from.key()?.as_deref() {
        Some("detail") => Fetch::Detail(options(from)?),
        Some("webhook") => {
            let (mut wait, mut then) = (None, None);
            from.object()?;
            while let Some(key) = from.key()? {
                match &*key {
                    "wait" => wait = Some(Duration::from_millis(from.number()?)),
                    "then" => then = Some(from.word()?),
                    _ => from.skip()?,
                }
            }
            Fetch::Webhook { wait: wait.ok_or(Wrong)?, then: then.ok_or(Wrong)? }
        }
        _ => return Err(Wrong),
    };
    if from.key()?.is_some() { Err(Wrong) } else { Ok(fetch) }
}

fn options(from: &mut Reader<'_>) -> Result<DetailOptions> {
    let mut options = DetailOptions::DEFAULT;
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "WithAccountIdentity" => options.with_account_identity = from.maybe(Reader::flag)?,
            "WithKYC" => options.with_kyc = from.maybe(Reader::flag)?,
            "WithTransactions" => options.with_transactions = from.maybe(Reader::flag)?,
            "WithDetailsAndBankingStatements" => {
                options.with_details_and_banking_statements = from.maybe(Reader::flag)?;
            }
            "DaysOfTransactions" => options.days_of_transactions = from.maybe(Reader::word)?,
            "NumberOfBankingStatements" => options.number_of_banking_statements = from.maybe(Reader::word)?,
            _ => from.skip()?,
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::{DaysOfTransactions, NumberOfStatements},
        policy::{After, Entry, Mfa, Probe, Then, TokenUse},
    };

    /// Nothing as in the default. A new field does not compile until it is here.
    fn other() -> Policy {
        let span = Duration::from_millis;
        Policy {
            token_life: span(1),
            request_life: span(2),
            hint_life: span(3),
            poll_every: span(4),
            poll_cap: span(5),
            tries: 6,
            poll_tries: 7,
            budget: 8,
            jitter: u64::MAX,
            backoff: span(9),
            backoff_max: span(10),
            retry_after_max: span(11),
            later: span(12),
            late_news: span(13),
            look_every: span(14),
            skew: span(15),
            post_limit: span(16),
            quick_limit: span(17),
            entry: Entry::AuthorizeAsync,
            token: TokenUse::Without,
            mfa: Mfa::WidgetOrApi,
            probe: Probe::Always,
            look_on_lapse: false,
            fetch: Fetch::Summary,
            after: After::Same,
        }
    }

    //= docs/spec/lifetimes.md#tokens-calls-sessions
    //= type=test
    //# **LIFE-18** A client SHOULD make each of these numbers a setting with the value above
    #[test]
    fn every_field_comes_back() {
        let options = DetailOptions {
            with_account_identity: Some(false),
            with_kyc: Some(true),
            with_transactions: Some(false),
            days_of_transactions: Some(DaysOfTransactions::Days365),
            with_details_and_banking_statements: Some(true),
            number_of_banking_statements: Some(NumberOfStatements::Months12),
        };
        let webhook = |then| Fetch::Webhook { wait: Duration::from_millis(18), then };
        let ways = [Fetch::Summary, Fetch::Nothing, Fetch::Detail(options), webhook(Then::Poll), webhook(Then::Fail)];
        let differing = ways.map(|fetch| Policy { fetch, ..other() });
        for policy in differing.into_iter().chain([Policy::DEFAULT]) {
            let mut to = Writer::default();
            to.object(|to| policy.write_differences(to));
            let json = to.done();
            assert_eq!(json == "{}", policy == Policy::DEFAULT, "{json}");
            assert_eq!(Reader::whole(&json, |from| Policy::DEFAULT.with(from)), Ok(policy), "{json}");
        }
    }
}
