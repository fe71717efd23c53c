//! What a process says, caught in memory: `log`, `tracing` and panics.

use core::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};
use log::{LevelFilter, Log, Metadata, Record};
use std::{
    collections::BTreeSet,
    panic,
    sync::{Mutex, MutexGuard, Once, PoisonError},
};
use tracing::{Event, Subscriber, field::Visit, span};

/// What must be in nobody's log: keys, tokens, ids in full, prompts, choices, answers, names, numbers.
pub(crate) const CANARIES: [&str; 14] = [
    "CANARY-SECRET-KEY",
    "CANARY-API-KEY",
    "CANARY-TOKEN",
    "login-0-CANARY-LOGIN",
    "request-0-CANARY-REQUEST",
    "account-0-CANARY-ACCOUNT",
    "CANARY-PROMPT",
    "CANARY-CHOICE",
    "CANARY-ANSWER",
    "CANARY-USER",
    "CANARY-TITLE",
    "CANARY-NUMBER",
    "CANARY-HOLDER",
    "CANARY-DESCRIPTION",
];

/// How much is listened to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Depth {
    /// All there is, at its finest.
    All,
    /// All there is, but ureq no finer than debug: what SECURITY.md asks for.
    Advised,
}

/// Something that was said, and by which module.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) target: String,
    pub(crate) text: String,
}

/// Who said which canary.
pub(crate) type Leaks = BTreeSet<(String, &'static str)>;

static HEARD: Mutex<Vec<Line>> = Mutex::new(Vec::new());
static ADVISED: AtomicBool = AtomicBool::new(false);

/// All that is said while this runs, one listener at a time.
pub(crate) fn listen(depth: Depth, run: impl FnOnce()) -> Vec<Line> {
    static TURN: Mutex<()> = Mutex::new(());
    static ONCE: Once = Once::new();
    let _turn = locked(&TURN);
    ONCE.call_once(|| {
        log::set_logger(&Ears).expect("nobody else listens");
        log::set_max_level(LevelFilter::Trace);
        tracing::subscriber::set_global_default(Ears).expect("nobody else listens");
        let shows = panic::take_hook();
        panic::set_hook(Box::new(move |what| {
            note("panic", what.to_string());
            shows(what);
        }));
    });
    ADVISED.store(depth == Depth::Advised, Ordering::SeqCst);
    locked(&HEARD).clear();
    run();
    core::mem::take(&mut *locked(&HEARD))
}

/// The canaries in what was said, as they are and in dumps of 16 characters a line.
pub(crate) fn leaks(lines: &[Line]) -> Leaks {
    let targets: BTreeSet<&String> = lines.iter().map(|line| &line.target).collect();
    let said = |target: &String| {
        let own = || lines.iter().filter(move |line| line.target == *target);
        let whole: String = own().flat_map(|line| [line.text.as_str(), "\n"]).collect();
        let dump: String = own().filter_map(|line| line.text.get(line.text.len().checked_sub(16)?..)).collect();
        [whole, dump]
    };
    let mut leaks = Leaks::new();
    for target in targets {
        let said = said(target);
        let told = CANARIES.iter().filter(|canary| said.iter().any(|said| said.contains(*canary)));
        leaks.extend(told.map(|canary| (target.clone(), *canary)));
    }
    leaks
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn note(target: &str, text: String) {
    locked(&HEARD).push(Line { target: target.to_owned(), text });
}

struct Ears;

impl Log for Ears {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let quiet = ADVISED.load(Ordering::SeqCst) && metadata.target().starts_with("ureq");
        metadata.level() <= if quiet { LevelFilter::Debug } else { LevelFilter::Trace }
    }

    fn log(&self, record: &Record<'_>) {
        if Log::enabled(self, record.metadata()) {
            note(record.target(), record.args().to_string());
        }
    }

    fn flush(&self) {}
}

/// The fields of an event or a span.
#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        self.0 += &format!("{field}={value:?} ");
    }
}

impl Subscriber for Ears {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        note(attributes.metadata().target(), fields.0);
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, record: &span::Record<'_>) {
        let mut fields = Fields::default();
        record.record(&mut fields);
        note("a span", fields.0);
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        note(event.metadata().target(), fields.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}
