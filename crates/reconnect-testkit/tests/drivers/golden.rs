//! Snapshots that were written once restore for ever. `BLESS=1 cargo test` adds the files that are missing; it never
//! changes one that is there. Files of version 1 are in the folder itself, and no more are added to them.

use crate::both::{Driver, Row, Virtual, keys, runtime};
use reconnect_core::{
    Action, Event, Instance, Pause, RenderError, Rendered, Reply, RestoreError, Session, Snapshot, Stepped,
};
use reconnect_testkit::walks::{newer_phases, news, phases};
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

/// Decision 59: a change to a session of version 1 makes it one of version 2, which keeps its id from then on.
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

/// Either driver, at this instance, with a service that says yes to everything.
fn driver(instance: &Instance, blocking: bool) -> (Driver, Virtual) {
    fn service(request: &Rendered) -> Reply {
        let body = match request.url.split('/').nth(6) {
            Some("GenerateAuthorizeToken") => r#"{"HttpStatusCode":200,"Token":"t"}"#,
            Some("GetAccountsDetail" | "GetAccountsDetailAsync") => {
                r#"{"HttpStatusCode":200,"RequestId":"r","Login":{"Id":"l"},"Accounts":[{"Id":"a"}]}"#
            }
            _ => r#"{"HttpStatusCode":200,"RequestId":"r","Login":{"Id":"l","LastRefresh":"2026-05-28T20:26:40"}}"#,
        };
        Reply { status: 200, headers: Vec::new(), body: body.into() }
    }
    let clock = Virtual::new();
    if blocking {
        let client =
            reconnect_blocking::Client::with_transport(instance.clone(), keys(), |request| Ok(service(&request)));
        return (Driver::Blocking(client.with_clock(clock.clone())), clock);
    }
    let transport = async |request: Rendered| Ok(service(&request));
    let client = reconnect_async::Client::with_transport(instance.clone(), keys(), transport);
    (Driver::Async(client.with_clock(clock.clone()), runtime()), clock)
}

/// Decision 59: a row of version 1, without a label or with that of its host, is driven to its end, also if it is told
/// something and loaded by another process in between. It then has the label of today.
#[test]
fn a_row_of_version_1_is_driven_to_its_end() {
    let here = Instance::named("toolbox", "customer").expect("an instance");
    let elsewhere = Instance::named("production", "customer").expect("an instance");
    let (mut moved, mut told) = (0, 0);
    for (name, text) in golden(1) {
        let labelled = text.replacen(r#","next""#, r#","instance":"toolbox","next""#, 1);
        for (text, blocking, hears) in
            [(&text, true, false), (&text, false, true), (&labelled, true, true), (&labelled, false, false)]
        {
            let ((driver, clock), row) = (driver(&here, blocking), Row::new());
            *row.row.lock().expect("the row") = Some(Snapshot::from_json(text).expect("version 1"));
            let mut ends = None;
            for turn in 0..40 {
                // Another process each time: only the row is left.
                let mut session = driver.load(&row);
                if hears && turn % 2 == 0 {
                    driver.tell(&mut session, news(r#"{"step":"REDIRECT","requestId":"r","loginId":"l"}"#));
                    told += 1;
                }
                match driver.step(&mut session, &row).unwrap_or_else(|error| panic!("{name}, turn {turn}: {error}")) {
                    Stepped::Wait { until } => clock.set(until),
                    Stepped::Pause(pause) => ends = Some(pause),
                }
                if matches!(ends, Some(Pause::Done)) || !hears && ends.is_some() {
                    break;
                }
            }
            let over = matches!(ends, Some(Pause::Done));
            assert!(over || !hears && matches!(ends, Some(Pause::Ask(_))), "{name}: {ends:?}");
            let kept = row.read().expect("the row");
            let before = Snapshot::from_json(text).expect("version 1");
            if kept.revision() == before.revision() {
                assert_eq!(kept, before, "{name}: nothing was changed");
                continue;
            }
            moved += 1;
            // All requests that a driver sends for it from here on go to this instance.
            if restored(text).outcome().is_none() {
                assert_eq!(kept.instance(), Some(here.label()), "{name}");
                assert_eq!(kept.belongs_to(&elsewhere), Err(RenderError::OtherInstance), "{name}");
            }
            assert_eq!(kept.belongs_to(&here), Ok(()), "{name}");
        }
    }
    assert!(moved >= 60 && told >= 40, "{moved} moved, {told} told");
}

/// The labels of version 1 are compared by their host, and those of today as they are.
#[test]
fn a_row_of_version_2_has_its_whole_label() {
    let (_, session, _) = phases().swap_remove(2);
    let row = session.snapshot().to_json();
    let here = Instance::named("toolbox", "customer").expect("an instance");
    let labelled = |label: &str| {
        let row = row.replacen(r#","login""#, &format!(r#","instance":"{label}","login""#), 1);
        Snapshot::from_json(&row).expect("a snapshot").belongs_to(&here)
    };
    assert_eq!(labelled(here.label()), Ok(()));
    for other in ["toolbox", "", "https://toolbox-api.private.fin.ag/another"] {
        assert_eq!(labelled(other), Err(RenderError::OtherInstance), "{other}");
    }
    let mut edited = restored(&row.replacen(r#","login""#, r#","instance":"toolbox","login""#, 1));
    let polled = edited.poll_rendered(reconnect_testkit::walks::NOW, &here, &keys());
    assert_eq!(polled.err(), Some(RenderError::OtherInstance));
}

/// A policy that was allowed in version 1 and is too low for version 2 is raised; in a row of version 2 its field is
/// named.
#[test]
fn a_policy_of_a_row_is_bounded_or_named() {
    let (_, session, _) = phases().swap_remove(2);
    let row = session.snapshot().to_json();
    for (field, value) in [("pollEvery", "500"), ("tokenLife", "0"), ("quickLimit", "1"), ("newsMintEvery", "999")] {
        let policy = format!(r#""policy":{{"mfa":"widgetOrApi","{field}":{value}}}"#);
        let own = r#""policy":{"mfa":"widgetOrApi"}"#;
        assert!(row.contains(own), "{row}");
        let Err(refused) = Snapshot::from_json(&row.replace(own, &policy)) else {
            panic!("{field} is below its floor")
        };
        assert!(matches!(refused, RestoreError::Policy(wrong) if wrong.field() == field), "{refused:?}");
        assert!(refused.to_string().contains(field), "{refused}");
        let (mut read, mut moved) = (0, 0);
        for (name, text) in golden(1) {
            let low = text.replace(own, &policy);
            read += usize::from(low != text);
            let mut session = restored(&low);
            // It is bounded, so that it neither spins nor is refused when it is loaded again.
            assert_eq!(restored(&session.snapshot().to_json()).snapshot(), session.snapshot(), "{name}");
            let _ = session.poll(reconnect_testkit::walks::NOW);
            moved += usize::from(session.revision() != restored(&text).revision());
            assert_eq!(restored(&session.snapshot().to_json()).snapshot(), session.snapshot(), "{name}");
            assert_eq!(session.park().wake().snapshot(), session.snapshot(), "{name}");
        }
        assert!(read >= 10 && moved >= 5, "{read} read, {moved} moved");
    }
    for wrong in [r#"{"mfa":"sms"}"#, r#"{"tries":256}"#, r#"{"fetch":7}"#, "7"] {
        for version in [1, 2] {
            let broken = row
                .replace(r#""policy":{"mfa":"widgetOrApi"}"#, &format!(r#""policy":{wrong}"#))
                .replace(r#""version":2"#, &format!(r#""version":{version}"#));
            assert!(matches!(Snapshot::from_json(&broken), Err(RestoreError::Policy(_))), "{wrong}");
        }
    }
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

/// Fields that the files of version 2 have to contain, so that each of them can be restored for ever.
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
        // An id has exactly 16 hexadecimal digits in lower case, and is not zero.
        (&id, r#""id":"0000000000000000""#),
        (&id, r#""id":"00000000000000FF""#),
        (&id, r#""id":"+00000000000000f""#),
        (&id, r#""id":"5""#),
        (&id, r#""id":"000000000000000ff""#),
        (&id, r#""id":"""#),
        (&id, r#""id":"00000000000000 f""#),
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
        (r#""next":3"#, r#""next":3,"named":{"accounts":[],"before":{"accounts":["a"]}}"#),
        (r#""next":3"#, r#""next":3,"named":{"accounts":[],"before":{"named":{"accounts":["a"],"during":true}}}"#),
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

/// Decision 59: the largest numbers in a row of either version cause no panic.
#[test]
fn the_largest_numbers_neither_panic_nor_go_on() {
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
