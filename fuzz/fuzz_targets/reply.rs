//! Any bytes as a reply, to every kind of call and under every status: read without a panic, and never as success
//! where they are not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reconnect_core::reply::{self, Asked, Verdict};
use reconnect_core::{AccountId, Reply, Selection, accounts};

fuzz_target!(|data: &[u8]| {
    // The first byte chooses the status, so that a corpus file is a status and a body.
    let [first, body @ ..] = data else { return };
    let status = [200, 202, 203, 302, 400, 401, 429, 500, 502][usize::from(*first) % 9];
    let reply = Reply {
        status,
        headers: vec![("Retry-After".into(), String::from_utf8_lossy(body).into_owned())],
        body: body.to_vec(),
    };
    let keep = Selection::only([AccountId::new("27a9ffa0-c6b9-4cc6-9eaa-aa9efa07a889").expect("an id")]).expect("one");
    for asked in [Asked::Token, Asked::Authorization, Asked::Accounts] {
        let read = reply::read(asked, &reply);
        assert_eq!(read.accounts.is_some(), matches!(read.verdict, Verdict::Data(_)));
        if (300..400).contains(&status) {
            assert!(matches!(read.verdict, Verdict::Refused(_)), "a redirect is never followed");
        }
        let Some(text) = read.accounts else { continue };
        let (all, some) = (accounts::read(text, &Selection::all()), accounts::read(text, &keep));
        if let Ok(all) = all {
            // What can be read whole can be read in part, and the part is what splitting the whole gives.
            let split = reconnect_core::selection::split(all.kept, &keep);
            assert_eq!(split, some.expect("a part of what can be read"));
        }
    }
});
