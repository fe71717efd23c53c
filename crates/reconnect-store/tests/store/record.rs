//! Records the suite for stores: `BLESS=1 cargo test --features postgres,blocking,webhook record` writes it again. The
//! Python and the JavaScript package have copies of it, for the stores of their users.

use crate::stage::Result;
use reconnect_async::{Action, Fault, Known, LoginId, Policy, Selection, Session, Snapshot, Timestamp};
use serde_json::{Map, Value, json};

const COPIES: [&str; 3] = [
    "src/conformance.json",
    "../reconnect-python/python/reconnect/store_suite.json",
    "../reconnect-js/src/store-suite.json",
];

const T0: Timestamp = Timestamp::from_millis(1_780_000_000_000);

/// A row that was written before rows had ids.
const OF_VERSION_1: &str =
    r#"{"version":1,"revision":3,"login":"5e115eac","next":2,"began":0,"since":0,"phase":{"at":"authorizing"}}"#;

#[derive(Default)]
struct Suite {
    snapshots: Map<String, Value>,
    cases: Vec<Value>,
}

impl Suite {
    /// The snapshots of a session whose mint is lost again and again, as `name0`, `name1`, …
    fn walk(&mut self, name: &str, login: &str, now: Timestamp) -> Vec<Step> {
        let mut session = Session::refresh(id(login), Known::default(), Selection::all(), Policy::default(), now);
        let mut walk = vec![session.snapshot()];
        while walk.len() < 5 {
            let at = session.deadline().map_or(now, |deadline| deadline.at);
            if let Action::Send(request) = session.poll(at) {
                walk.push(session.snapshot());
                session.receive(at, request.id, Err(Fault::NOT_SENT));
            }
            walk.push(session.snapshot());
        }
        walk.into_iter().enumerate().map(|(number, snapshot)| self.named(format!("{name}{number}"), snapshot)).collect()
    }

    fn named(&mut self, name: String, snapshot: Snapshot) -> Step {
        self.snapshots.insert(name.clone(), snapshot.to_json().into());
        Step { name, revision: snapshot.revision(), snapshot }
    }

    fn case(&mut self, says: &str, steps: Vec<Value>) {
        self.cases.push(json!({ "says": says, "steps": steps }));
    }
}

struct Step {
    name: String,
    revision: u64,
    snapshot: Snapshot,
}

fn id(login: &str) -> LoginId {
    LoginId::new(login).unwrap()
}

fn load(row: &str, expected: Option<&Step>) -> Value {
    json!({ "do": "load", "row": row, "expect": expected.map(|step| &step.name) })
}

/// `loaded` is the revision that the caller loaded.
fn swap(row: &str, loaded: Option<u64>, step: &Step, expected: bool) -> Value {
    json!({ "do": "swap", "row": row, "loaded": loaded, "snapshot": step.name, "expect": expected })
}

/// The same by eight callers at once: one of them wins.
fn race(row: &str, loaded: Option<u64>, step: &Step) -> Value {
    json!({ "do": "race", "row": row, "loaded": loaded, "snapshot": step.name })
}

fn recorded() -> Value {
    let mut suite = Suite::default();
    let new = suite.walk("new", "l-new", T0);
    suite.case(
        "a row is there from its first swap on, and each change is seen",
        vec![
            load("new", None),
            swap("new", Some(new[0].revision), &new[1], false),
            load("new", None),
            swap("new", None, &new[0], true),
            load("new", Some(&new[0])),
            swap("new", Some(new[0].revision), &new[1], true),
            load("new", Some(&new[1])),
        ],
    );
    let stale = suite.walk("stale", "l-stale", T0);
    suite.case(
        "a swap on a revision that is not the row's writes nothing",
        vec![
            swap("stale", None, &stale[0], true),
            swap("stale", None, &stale[0], false),
            swap("stale", Some(stale[0].revision), &stale[1], true),
            swap("stale", Some(stale[0].revision), &stale[2], false),
            load("stale", Some(&stale[1])),
        ],
    );
    let lost = suite.walk("lost", "l-lost", T0);
    suite.case(
        "a swap whose answer was lost is not written twice",
        vec![
            swap("lost", None, &lost[0], true),
            swap("lost", Some(lost[0].revision), &lost[1], true),
            swap("lost", Some(lost[0].revision), &lost[1], false),
            load("lost", Some(&lost[1])),
        ],
    );
    let racing = suite.walk("race", "l-race", T0);
    let mut steps = vec![race("race", None, &racing[0])];
    steps.extend(racing.windows(2).map(|pair| race("race", Some(pair[0].revision), &pair[1])));
    steps.push(load("race", racing.last()));
    suite.case("of eight writers at once, one wins", steps);
    let (own, others) = (suite.walk("own", "l-own", T0), suite.walk("others", "l-others", T0));
    suite.case(
        "a row of another session is not overwritten, though its revision is the same",
        vec![
            swap("anothers", None, &own[0], true),
            swap("anothers", Some(own[0].revision), &others[1], false),
            load("anothers", Some(&own[0])),
        ],
    );
    let early = suite.walk("early", "l-reborn", T0);
    let old = suite.named("old".into(), Snapshot::from_json(OF_VERSION_1).unwrap());
    let late = suite.walk("late", "l-reborn", T0 + core::time::Duration::from_millis(1));
    suite.case(
        "nor is the row of a later session of the same login",
        vec![
            swap("reborn", None, &late[0], true),
            swap("reborn", Some(late[0].revision), &early[1], false),
            // An old program's snapshot has no id.
            swap("reborn", Some(late[0].revision), &old, false),
            load("reborn", Some(&late[0])),
        ],
    );
    let strangers = suite.walk("strangers", "l-strangers", T0);
    let first = suite.named("version1".into(), Snapshot::from_json(OF_VERSION_1).unwrap());
    let mut session = Session::restore(first.snapshot.clone()).unwrap();
    let _ = session.poll(T0);
    let second = suite.named("version2".into(), session.snapshot());
    suite.case(
        "a row of version 1 has no id: it is compared by its revision",
        vec![
            swap("version 1", None, &first, true),
            swap("version 1", Some(first.revision + 1), &second, false),
            swap("version 1", Some(first.revision), &second, true),
            load("version 1", Some(&second)),
            // It has an id from now on.
            swap("version 1", Some(second.revision), &strangers[4], false),
            load("version 1", Some(&second)),
        ],
    );
    let mut known = Known::default();
    known.institution = Some("Caisse d’épargne \"Ü\" \\ 銀行 \u{1f3e6} {}[]%_'".into());
    let keep = Selection::only((0..400).map(|n| format!("{n:036}").parse().unwrap())).unwrap();
    let long = Session::refresh(id("l-long"), known, keep, Policy::default(), T0).snapshot();
    let long = suite.named("long".into(), long);
    suite.case(
        "a snapshot comes back as it was, long or in any script",
        vec![swap("long", None, &long, true), load("long", Some(&long))],
    );
    let ends = suite.walk("ends", "l-ends", T0);
    let mut over = Session::restore(ends[0].snapshot.clone()).unwrap();
    over.cancel(T0);
    let over = suite.named("over".into(), over.snapshot());
    suite.case(
        "the end is swapped as every other change",
        vec![
            swap("end", None, &ends[0], true),
            swap("end", Some(ends[0].revision + 7), &over, false),
            swap("end", Some(ends[0].revision), &over, true),
            load("end", Some(&over)),
        ],
    );
    // Only those that a step names: the packages carry the file.
    let cases = Value::from(suite.cases);
    let steps = cases.to_string();
    suite.snapshots.retain(|name, _| steps.contains(&format!("\"{name}\"")));
    json!({ "snapshots": suite.snapshots, "cases": cases })
}

#[test]
fn the_suite_is_what_was_recorded() -> Result {
    let text = serde_json::to_string_pretty(&recorded())? + "\n";
    for copy in COPIES {
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(copy, &text)?;
        }
        let found = std::fs::read_to_string(copy)?;
        assert!(found == text, "{copy} is stale: BLESS=1 cargo test record writes it again");
    }
    Ok(())
}
