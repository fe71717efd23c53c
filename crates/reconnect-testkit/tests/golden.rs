//! Snapshots that were written once restore for ever. `BLESS=1 cargo test` adds the files that are missing; it never
//! changes one that is there. Files of version 1 stand in the folder itself, and none is added to them.

use reconnect_core::{Action, Event, Session, Snapshot};
use reconnect_testkit::walks::{newer_phases, phases};
use std::path::PathBuf;

fn folder(version: u8) -> PathBuf {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/golden/snapshots"));
    if version == 1 { folder } else { folder.join(format!("v{version}")) }
}

/// The files of a version: their names and their texts.
fn golden(version: u8) -> Vec<(String, String)> {
    let all = std::fs::read_dir(folder(version)).expect("the golden snapshots are part of the repository");
    let paths = all.map(|entry| entry.expect("a readable folder").path()).filter(|path| path.is_file());
    paths
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a snapshot is text");
            (path.display().to_string(), text.trim_end().to_owned())
        })
        .collect()
}

fn restored(text: &str) -> Session {
    Session::restore(Snapshot::from_json(text).expect("a version that is known")).expect("a sound snapshot")
}

/// Decision 59: one of version 1 is written back as it was, until its session changes.
#[test]
fn every_golden_snapshot_restores_to_itself() {
    for (version, least) in [(1, 21), (2, 42)] {
        let all = golden(version);
        for (name, text) in &all {
            assert!(text.contains(&format!(r#""version":{version},"#)), "{name}");
            let session = restored(text);
            assert_eq!(session.snapshot().to_json(), *text, "{name}");
            assert_eq!(session.snapshot().id().is_some(), version == 2, "{name}");
        }
        assert!(all.len() >= least, "{} golden snapshots of version {version}", all.len());
    }
}

/// Decision 59: whatever changes a session of version 1 makes it one of version 2, which has an id for ever.
#[test]
fn a_snapshot_of_version_1_that_changes_is_written_as_version_2() {
    let mut changed = 0;
    for (name, text) in golden(1) {
        let mut session = restored(&text);
        let before = session.snapshot();
        let _ = session.poll(reconnect_testkit::walks::NOW);
        if session.revision() == before.revision() {
            assert_eq!(session.snapshot().to_json(), text, "{name}: asking alone changes nothing");
            session.tell(reconnect_testkit::walks::NOW, Event::Cancelled).expect("no misuse");
        }
        if session.revision() == before.revision() {
            assert!(session.outcome().is_some(), "{name}: only an end changes by nothing");
            continue;
        }
        let after = session.snapshot();
        assert!(after.to_json().starts_with(r#"{"version":2,"#), "{name}: {}", after.to_json());
        let id = after.id().unwrap_or_else(|| panic!("{name}: it has no id"));
        session.tell(reconnect_testkit::walks::NOW, Event::Cancelled).expect("no misuse");
        assert_eq!(session.snapshot().id(), Some(id), "{name}");
        assert_eq!(restored(&after.to_json()).snapshot().to_json(), after.to_json(), "{name}");
        changed += 1;
    }
    assert!(changed >= 17, "{changed} changed");
}

#[test]
fn every_phase_has_a_golden_snapshot_that_is_what_it_writes_today() {
    for (name, mut session, now) in phases().into_iter().chain(newer_phases()) {
        for suffix in ["", "-sent"] {
            let path = folder(2).join(format!("{}{suffix}.json", name.replace([' ', ':', ','], "-")));
            let written = session.snapshot().to_json();
            if std::env::var_os("BLESS").is_some() && !path.exists() {
                std::fs::write(&path, format!("{written}\n")).expect("the golden file can be written");
            }
            let golden = std::fs::read_to_string(&path).expect("run with BLESS=1 to add it");
            assert_eq!(written, golden.trim_end(), "{name}{suffix}");
            // The same phase with its request under way, where it has one.
            if !matches!(session.poll(now), Action::Send(_)) {
                break;
            }
        }
    }
}

/// What the files of version 2 have to show, so that each of it restores for ever.
#[test]
fn the_golden_snapshots_have_what_came_with_version_2() {
    let all: String = golden(2).into_iter().map(|(_, text)| text).collect();
    for field in [
        "key",
        "tag",
        "id",
        "named",
        "ours",
        "twice",
        "during",
        "claimed",
        "number",
        "prompts",
        "looks",
        "looksNamed",
        "hint",
        "askedAgain",
        "recalled",
        "answered",
        "shown",
        "ended",
        "left",
        "redirected",
        "again",
        "guess",
        "told",
        "byLook",
        "open",
        "forget",
        "resume",
        "otherLogin",
        "narrowed",
        "unread",
        "doubt",
        "secretToken",
    ] {
        assert!(all.contains(&format!("\"{field}\":")), "{field}");
    }
}

#[test]
fn what_no_session_wrote_is_refused() {
    let (_, session, _) = phases().swap_remove(2);
    let sound = session.snapshot().to_json();
    assert!(Session::restore(Snapshot::from_json(&sound).expect("a snapshot")).is_ok());
    let id = format!(r#""id":"{}""#, session.snapshot().id().expect("it has one"));
    let revision = format!(r#""revision":{}"#, session.revision());
    for (from, to) in [
        (r#""version":2"#, r#""version":0"#),
        (r#""version":2"#, r#""version":3"#),
        (r#""version":2"#, r#""version":18446744073709551615"#),
        (r#""version":2"#, r#""version":"2""#),
        (&*id, r#""other":1"#),
        (&id, r#""id":null"#),
        (&id, r#""id":7"#),
        (&id, r#""id":"""#),
        (&id, r#""id":"no number""#),
        (&id, r#""id":"10000000000000000""#),
        (&revision, r#""revision":9007199254740993"#),
        (&revision, r#""revision":18446744073709551615"#),
        (&revision, r#""revision":18446744073709551616"#),
        (&revision, r#""revision":-1"#),
        (r#""next":3"#, r#""next":9007199254740993"#),
        (r#""next":3"#, r#""next":18446744073709551615"#),
        (r#""number":1"#, r#""number":4294967296"#),
        (r#""number":1"#, r#""number":1,"prompts":256"#),
        (r#""number":1"#, r#""number":1,"looks":256"#),
        (r#""number":1"#, r#""number":1,"looksNamed":-1"#),
        (r#""requests":["r"]"#, r#""requests":[]"#),
        (r#""requests":["r"]"#, r#""requests":[""]"#),
        (r#""requests":["r"]"#, r#""requests":[".."]"#),
        (r#""next":3"#, r#""next":0"#),
        (r#""at":"asking""#, r#""at":"dreaming""#),
        (r#""next":3"#, r#""next":3,"wire":{"id":7,"kind":"data","sent":1,"until":2}"#),
        (r#""next":3"#, r#""next":3,"wire":{"id":2,"kind":"live","sent":1,"until":2}"#),
        (r#""next":3"#, r#""next":3,"wire":{"id":2,"kind":"answer","sent":3,"until":2}"#),
        (r#""next":3"#, r#""next":3,"doubt":{"id":2,"kind":"data","sent":1,"until":2}"#),
        (r#""next":3"#, r#""next":3,"keep":[]"#),
    ] {
        let broken = sound.replace(from, to);
        assert_ne!(broken, sound, "{from} is in {sound}");
        assert!(Snapshot::from_json(&broken).and_then(Session::restore).is_err(), "{to}");
    }
    let anonymous = sound.replace(r#""login":"l","#, "").replace(r#""at":"asking""#, r#""at":"recalling""#);
    assert!(Snapshot::from_json(&anonymous).and_then(Session::restore).is_err(), "{anonymous}");
    let nowhere = sound.replace(r#""requests":["r"],"#, "").replace(r#""at":"asking""#, r#""at":"fetching""#);
    assert!(Snapshot::from_json(&nowhere).and_then(Session::restore).is_err(), "{nowhere}");
}

/// Decision 59: numbers at their end make no session panic, in rows of either version.
#[test]
fn numbers_at_their_end_neither_panic_nor_go_on() {
    let most = 1_u64 << 53;
    for (_, text) in golden(1).into_iter().chain(golden(2)) {
        let next = text.split(r#""next":"#).nth(1).expect("it counts");
        let next: String = next.chars().take_while(char::is_ascii_digit).collect();
        for last in [most, most + 1, u64::MAX] {
            let row = text.replacen(&format!(r#""next":{next}"#), &format!(r#""next":{last}"#), 1);
            match Snapshot::from_json(&row).and_then(Session::restore) {
                Ok(mut session) => {
                    assert_eq!(last, most, "{row}");
                    let _ = session.poll(reconnect_testkit::walks::NOW);
                }
                Err(_) => assert!(last > most, "{row}"),
            }
        }
    }
}
