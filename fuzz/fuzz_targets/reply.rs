//! Any bytes as a reply, to every kind of call and under every status: read without a panic, and never as success
//! where they are not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reconnect_core::reply::{self, DataReply, ReplyError};
use reconnect_core::{AccountId, Reply, Selection};

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
    let errors = [reply::token(&reply).err(), reply::authorize(&reply).err(), reply::data(&reply, None).err()];
    if (300..400).contains(&status) {
        let refused = |error: &Option<ReplyError>| matches!(error, Some(ReplyError::Refused(_)));
        assert!(errors.iter().all(refused), "a redirect is never followed");
    }
    let everything = Selection::all();
    let [all, some] = [&everything, &keep].map(|keep| reply::data(&reply, Some(keep)));
    if let Ok(DataReply::Data(_, all)) = all {
        // What can be read whole can be read in part, and the part is what splitting the whole gives.
        let Ok(DataReply::Data(_, some)) = some else { panic!("a part of what can be read") };
        let mut split = reconnect_core::selection::split(all.kept, &keep);
        // What was not read of an account that is not kept is not reported.
        assert!(some.unread.count() <= all.unread.count());
        split.unread = some.unread.clone();
        assert_eq!(split, some);
    }
    // A body of which nothing is built is JSON too, as serde_json reads it, apart from what is replaced in texts.
    if let Ok(DataReply::Data(..)) = reply::data(&reply, None) {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let text: String = String::from_utf8_lossy(body).chars().map(|c| if c < ' ' { ' ' } else { c }).collect();
        assert!(serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok());
    }
});
