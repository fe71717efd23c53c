//! When two sessions are the same node: equal, after their moments are taken relative to now, their ids are numbered by
//! place and what only counts is dropped.
//!
//! The text is the session's `Debug`, which has every field of the machine: a snapshot lacks the answers, the widget's
//! showing and mostly the token, and each of these decides what comes next. `Debug` redacts secrets, prompts and the
//! ids of accounts: in a world where those differ, they are taken from the snapshot.
//!
//! A moment counts as far back as some later comparison can tell it from an older one, and no further; that is what
//! lets the exploration close. How far is said for each field below, and [`super::explore`] tests it: sessions that
//! arrive at a known node are taken through every letter too, and have to end where the first one did.

use super::{
    seat::{Seat, TICK},
    worlds::World,
};
use core::{fmt::Write, hash::Hasher};
use reconnect_core::{Mfa, Policy, Timestamp, policy::Entry};
use std::collections::hash_map::DefaultHasher;

/// Writes keys; keeps its buffer.
#[derive(Default)]
pub(super) struct Keys {
    key: String,
}

impl Keys {
    /// The node of a seat whose session's `Debug` is given, as 128 bits of its text: two different texts do not meet by
    /// chance.
    pub(super) fn of(&mut self, seat: &Seat, session: &str, world: &World) -> u128 {
        let text = self.text(seat, session, world);
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            hasher.write_u8(salt);
            hasher.write(text.as_bytes());
            u128::from(hasher.finish())
        };
        half(0) << 64 | half(1)
    }

    /// The text itself, for who wants to know how two nodes differ.
    pub(super) fn text(&mut self, seat: &Seat, session: &str, world: &World) -> &str {
        self.key.clear();
        let fields = session.strip_prefix("Session(State { ").and_then(|text| text.strip_suffix(" })"));
        write_key(&mut self.key, fields.expect("the session's fields"), seat.now, &world.policy);
        let _ = write!(self.key, "may live {}, may answer {}", seat.may_live, seat.may_answer);
        if world.differs {
            write_hidden(&mut self.key, &seat.session.snapshot().to_json());
        }
        &self.key
    }
}

/// Values that `Debug` hides and the snapshot has: the accounts that redirects named, and the challenges.
fn write_hidden(to: &mut String, snapshot: &str) {
    for list in [r#""accounts":["#, r#""challenges":["#] {
        for after in snapshot.split(list).skip(1) {
            let inside = after.split_once(']').map_or("", |(inside, _)| inside);
            let _ = write!(to, ", {inside}");
        }
    }
}

fn write_key(to: &mut String, fields: &str, now: Timestamp, policy: &Policy) {
    // The policy is the world's; it is half of the text, so it is not even looked at.
    let (before, after) = fields.split_once("policy: ").expect("a policy");
    let after = after.find("phase: ").map_or(after, |at| &after[at..]);
    let fields: Vec<(&str, &str)> = fields_of(before).chain(fields_of(after)).collect();
    let field = |name: &str| fields.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| *value);
    let (phase, login) = (field("phase"), field("login"));
    // What is over for good never changes again (a rule that is checked at each of its edges), so only the
    // end counts, and whether a login is known, by which the alphabet differs.
    let done = phase.starts_with("Done(");
    if phase.starts_with("Done(Refreshed") || phase.starts_with("Done(Failed") {
        // Until the accounts are taken, a redirect may still come too late for them.
        let accounts = field("accounts") != "None";
        let _ = write!(to, "login {}, accounts {accounts}, claimed {}, ", login != "None", field("claimed"));
        // Fields of the outcome that no transition reads.
        let told = |field: &str, text: String| {
            let at = text.find(field).map(|at| at + field.len());
            at.map_or(text.clone(), |at| {
                let after = text[at..].trim_start_matches(|c: char| c.is_ascii_alphanumeric());
                format!("{}{after}", &text[..at])
            })
        };
        let fields = ["named_others: ", "named_other_request: ", " other_request: ", "token_invalid: "];
        let phase = fields.iter().fold(phase.to_owned(), |text, field| told(field, text));
        return relative(to, &phase, now, |_| Span::Dropped);
    }
    let opens = phase.starts_with("Authorizing") || phase.starts_with("Recalling");
    let keeps_token = policy.mfa == Mfa::WidgetOrApi || policy.entry == Entry::AuthorizeAsync;
    let first = field("first_answered");
    let millis = |span: core::time::Duration| span.as_millis() as u64;
    // When a call was sent becomes the beginning of a token; of a lease, and of all its hints where it is the first; or
    // of the cap, where a 202 starts one.
    let sent = |out: &str| {
        let once = out.contains("kind: Live") || out.contains("kind: Answer");
        let caps = field("first_pending") == "None" && (!once || policy.entry == Entry::AuthorizeAsync);
        match () {
            () if out.contains("kind: Mint") => policy.token_life,
            () => {
                // If a 203 answers a call, the moment at which that call was sent becomes the first activity, which
                // limits hints.
                policy.hint_life.max(if caps { policy.poll_cap } else { policy.request_life })
            }
        }
    };
    for (name, value) in &fields {
        let span = match *name {
            // Counters, names, and what no transition reads.
            "next_id"
            | "revision"
            | "began_at"
            | "accounts"
            | "dirty"
            | "institution"
            | "language"
            | "instance"
            | "version"
            | "id"
            | "key"
            | "tag"
            | "claim"
            | "named_others"
            | "named_other_request"
            | "other_request"
            | "token_invalid" => continue,
            // Answers that are held are for the prompt that stands: a change of its number drops them.
            "prompt_number" => continue,
            "last_show_mint" => Span::Past(millis(policy.news_mint_every)),
            "hint_due" => Span::Future,
            // Ids are numbered by their place, the last one being in use.
            "requests" => {
                let _ = write!(to, "{};", value.matches('(').count());
                continue;
            }
            // The session's own token opens a session or recalls one; in between it is for answers and for how far an
            // asynchronous call is.
            "token" if !(opens || keeps_token) => continue,
            // No transition reads what the next request waits for. After the end there is no next request.
            "due" if done => continue,
            "due" => {
                let (at, why) = value.split_once(", why: ").expect("a moment, a reason and the tries");
                let (_, tried) = why.split_once(", ").expect("the tries");
                to.push_str("due:");
                relative(to, at, now, |_| Span::Future);
                let _ = write!(to, ", {tried};");
                continue;
            }
            // Only a hint reads a lease that is over, and only where no first activity stands for it.
            "lease_from" if first == "None" => Span::Past(millis(policy.request_life.max(policy.hint_life))),
            "lease_from" => Span::Past(millis(policy.request_life)),
            "first_answered" => Span::Past(millis(policy.hint_life)),
            "first_pending" => Span::Past(millis(policy.poll_cap)),
            "last_look" => Span::Past(millis(policy.look_every)),
            "token" => Span::Past(millis(policy.token_life)),
            "outstanding" | "unsettled" => Span::Past(millis(sent(value))),
            _ => Span::Untold,
        };
        to.push_str(name);
        to.push(':');
        relative(to, value, now, |label| match (*name, label) {
            // Numbers of exchanges only count. When a call in doubt was to end is nothing that is still asked.
            ("outstanding", "until") => Span::Future,
            ("unsettled", "until") => Span::Dropped,
            ("phase", "sent") => Span::Past(millis(policy.token_life)),
            // What a failure recommends is told, and read by nobody here.
            ("phase", "not_before" | "last_refresh") => Span::Dropped,
            // The moment until which a guess may be corrected.
            ("phase", _) => Span::Future,
            _ => span,
        });
        to.push(';');
    }
}

/// What of a moment counts.
#[derive(Clone, Copy)]
enum Span {
    /// Nothing.
    Dropped,
    /// How far ahead it is; all that has passed is alike.
    Future,
    /// How long ago it was, up to so many milliseconds.
    Past(u64),
    /// There is no moment in this field.
    Untold,
}

/// Copies a value with its moments relative to now; exchanges lose their numbers.
fn relative(to: &mut String, value: &str, now: Timestamp, span: impl Fn(&str) -> Span) {
    let mut rest = value;
    // Most values have no moment, and are copied at once.
    while rest.contains('(')
        && let Some(at) = rest.find("Timestamp(").into_iter().chain(rest.find("ExchangeId(")).min()
    {
        let (before, moment) = rest.split_at(at);
        let (kind, moment) = moment.split_once('(').expect("it was found");
        let (number, after) = moment.split_once(')').expect("a number ends");
        to.push_str(before);
        rest = after;
        if kind == "ExchangeId" {
            continue;
        }
        let label = before.strip_suffix("Some(").unwrap_or(before).strip_suffix(": ").unwrap_or(before);
        let label = label.rsplit([' ', '(', '{']).next().unwrap_or_default();
        let (moment, now) = (number.parse().unwrap_or(0_u64), now.as_millis());
        let _ = match span(label) {
            Span::Dropped => write!(to, "_"),
            Span::Future => write!(to, "+{}", moment.saturating_sub(now) / TICK),
            Span::Past(most) if moment > now => panic!("{label} is in the future: {value} at {now}, at most {most}"),
            Span::Past(most) => write!(to, "-{}", (now - moment).min(most) / TICK),
            Span::Untold => panic!("say in explore/key.rs how long {label} counts, in {value}"),
        };
    }
    to.push_str(rest);
}

/// The fields of a struct as `Debug` writes it.
fn fields_of(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    core::iter::from_fn(move || {
        let (name, value) = rest.split_once(": ")?;
        let mut depth = 0_i32;
        let end = value.bytes().position(|byte| {
            depth += i32::from(matches!(byte, b'(' | b'[' | b'{')) - i32::from(matches!(byte, b')' | b']' | b'}'));
            byte == b',' && depth == 0
        });
        let (value, after) = value.split_at(end.unwrap_or(value.len()));
        rest = after.strip_prefix(", ").unwrap_or_default();
        Some((name, value))
    })
}
