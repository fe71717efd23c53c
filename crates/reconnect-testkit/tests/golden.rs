//! Snapshots that were written once restore for ever. `BLESS=1 cargo test` adds the files that are missing; it never
//! changes one that is there.

use reconnect_core::{Action, Session, Snapshot};
use reconnect_testkit::walks::phases;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/golden/snapshots"))
}

#[test]
fn every_golden_snapshot_restores_to_itself() {
    let mut seen = 0;
    for entry in std::fs::read_dir(folder()).expect("the golden snapshots are part of the repository") {
        let path = entry.expect("a readable folder").path();
        let text = std::fs::read_to_string(&path).expect("a snapshot is text");
        let session = Session::restore(Snapshot::from_json(&text).expect("version 1")).expect("a sound snapshot");
        assert_eq!(session.snapshot().to_json(), text.trim_end(), "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 21, "{seen} golden snapshots");
}

#[test]
fn every_phase_has_a_golden_snapshot_that_is_what_it_writes_today() {
    for (name, mut session, now) in phases() {
        for suffix in ["", "-sent"] {
            let path = folder().join(format!("{}{suffix}.json", name.replace([' ', ':', ','], "-")));
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

#[test]
fn what_no_session_wrote_is_refused() {
    let (_, session, _) = phases().swap_remove(2);
    let sound = session.snapshot().to_json();
    assert!(Session::restore(Snapshot::from_json(&sound).expect("a snapshot")).is_ok());
    for (from, to) in [
        (r#""version":1"#, r#""version":2"#),
        (r#""requests":["r"]"#, r#""requests":[]"#),
        (r#""requests":["r"]"#, r#""requests":[""]"#),
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
}
