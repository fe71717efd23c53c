//! The conformance suite for bindings: what is told to a session by lines of JSON, and what is heard back. The vectors are
//! recorded from the lines (`cargo xtask vectors`), never written by hand, and read by the runner of each language. The one
//! for Rust's `Machine` is here.

mod record;
mod runner;
mod widget;

use reconnect_core::ChallengeKind;
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::PathBuf};

/// A vector: its name, and its steps.
struct Vector {
    name: String,
    steps: Vec<Step>,
}

/// What is told, and what is heard back.
#[derive(Clone)]
struct Step {
    tell: Value,
    hear: Value,
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors"))
}

/// The vectors that are committed, by file.
fn committed() -> Vec<(String, String)> {
    let entries = fs::read_dir(folder()).expect("the vectors are part of the repository");
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    let is_vectors = |path: &PathBuf| path.extension().is_some_and(|end| end == "json");
    let mut files: Vec<(String, String)> = paths
        .filter(is_vectors)
        .map(|path| {
            let name = path.file_stem().and_then(|name| name.to_str()).expect("a plain name").to_owned();
            (name, fs::read_to_string(&path).expect("a vector is text"))
        })
        .collect();
    files.sort();
    files
}

/// Reads a file: the steps of `begin` come before those of each case.
fn read(text: &str) -> Vec<Vector> {
    let file: Value = serde_json::from_str(text).expect("a file of vectors is JSON");
    let steps = |value: &Value| -> Vec<Step> {
        let list = value.as_array().expect("a list of steps");
        list.iter().map(|step| Step { tell: step["tell"].clone(), hear: step["hear"].clone() }).collect()
    };
    let cases = file["cases"].as_array().expect("a list of cases");
    let vectors = cases.iter().map(|case| {
        let steps = [steps(&file["begin"]), steps(&case["steps"])].concat();
        Vector { name: format!("{} / {}", file["name"], case["name"]), steps }
    });
    vectors.collect()
}

#[test]
fn the_vectors_are_what_the_lines_say() {
    let recorded = record::files();
    if std::env::var_os("BLESS").is_some() {
        for (name, _) in committed() {
            fs::remove_file(folder().join(name + ".json")).expect("it can be written again");
        }
        for (name, text) in &recorded {
            fs::write(folder().join(format!("{name}.json")), text).expect("a vector can be written");
        }
    }
    let committed = committed();
    let names = |files: &[(String, String)]| files.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>();
    assert_eq!(names(&committed), names(&recorded), "run cargo xtask vectors");
    for ((name, was), (_, is)) in committed.iter().zip(&recorded) {
        assert!(
            was == is,
            "{name} is not what the lines say any more: run cargo xtask vectors, and look at the difference"
        );
    }
}

/// Every word that a binding has to know is in some vector.
#[test]
fn the_vectors_have_every_word() {
    let all: Vec<Vector> = record::files().iter().flat_map(|(_, text)| read(text)).collect();
    assert!(all.len() >= 400, "{} vectors", all.len());
    let heard: String = all.iter().flat_map(|vector| &vector.steps).map(|step| step.hear.to_string()).collect();
    let words = [
        &["took", "knew", "late", "notOurs"][..],
        &["tryLater", "startOver", "askTheUser", "actAtTheBank", "fixTheSetup"],
        &["refused", "lapsed", "outcomeUnknown", "endedInWidget", "gaveUp", "unreachable", "tooLarge", "otherLogin"],
        &["notRefreshed", "cancelled"],
        &["authorizing", "asking", "looking", "fetching", "recalling", "done"],
        &["closed", "ready", "spent", "refused"],
        &["send", "wait", "ask", "live", "cached"],
        &["notAsking", "otherPrompt", "emptyAnswer", "notAChoice", "forWidget", "widgetOnly", "alreadyAnswered"],
        &[
            "unknownOp",
            "invalidField",
            "noSession",
            "invalidInstance",
            "invalidPolicy",
            "otherVersion",
            "brokenSnapshot",
        ],
    ];
    let kinds = ChallengeKind::KNOWN.iter().map(ChallengeKind::as_str);
    for word in words.into_iter().flatten().copied().chain(kinds) {
        assert!(heard.contains(&format!("\"{word}\"")), "no vector has {word}");
    }
}

#[test]
fn a_machine_passes_the_vectors() {
    let mut passed = 0;
    for (_, text) in record::files() {
        for vector in read(&text) {
            passed += usize::from(runner::passes(&vector));
        }
    }
    assert!(passed >= 900, "{passed} vectors need only what a machine has");
}
