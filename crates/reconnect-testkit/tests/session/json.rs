//! What the core takes for JSON is what `serde_json` takes for JSON, also where it builds nothing of it.

use reconnect_core::{
    AccountId, Reply, Selection,
    reply::{self, DataReply},
};
use reconnect_json::{Reader, text::mended};
use serde::de::IgnoredAny;

const SEEDS: [&str; 8] = [
    r#"{"a":[1,-0.5,1e3,true,false,null,"x\n\u00e9\ud83d\ude00"],"b":{"c":{}},"d":[]}"#,
    r#" [ { "Id" : "a" , "n" : [ [ ] , { } ] } , 12345678901234567890 ] "#,
    r#""a long text, longer than eight bytes, with \"quotes\" and \\ in it""#,
    "[0,-1,10.25,0e0,1E+9,1e-9,01,1.,.5,-,+1,1e,1e+]",
    r#"{"k":"v","k":"w","":{"\t":[{"x":[[[[]]]]}]}}"#,
    "nullnull tru false nul",
    r#"["\ud800","\udc00\ud800","\ud83dx","\x","\u12g4","é€😀"]"#,
    "{\"a\":\"\u{1}\",\"b\":\"\u{7f}\"}",
];

/// Miri is slower by some thousand times.
const ROUNDS: usize = if cfg!(miri) { 80 } else { 40_000 };
const STRAY: &[u8] = b"\"\\{}[],:0-.eutn \n";

/// Texts near to JSON: seeds that were cut, or had bytes changed, put in or taken out.
fn texts() -> impl Iterator<Item = String> {
    let mut state = 1_u64;
    let mut dice = move |sides: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % sides
    };
    (0..ROUNDS).map(move |round| {
        let mut bytes = SEEDS[round % SEEDS.len()].as_bytes().to_vec();
        for _ in 0..dice(3) {
            let at = dice(bytes.len());
            match dice(4) {
                0 => bytes.truncate(at),
                1 => bytes[at] = STRAY[dice(STRAY.len())],
                2 => bytes.insert(at, STRAY[dice(STRAY.len())]),
                _ => drop(bytes.remove(at)),
            }
            bytes.push(b' ');
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

#[test]
fn it_takes_for_json_what_serde_json_does() {
    let mut taken = 0;
    for text in texts() {
        let theirs = serde_json::from_str::<IgnoredAny>(&text).is_ok();
        assert_eq!(Reader::whole(&text, Reader::skip).is_ok(), theirs, "{text}");
        taken += usize::from(theirs);
        let string = serde_json::from_str::<String>(&text).ok();
        assert_eq!(Reader::whole(&text, Reader::string).ok().as_deref(), string.as_deref(), "{text}");
        let number = serde_json::from_str::<u64>(&text).ok();
        assert_eq!(Reader::whole(&text, Reader::number).ok(), number, "{text}");
    }
    assert!(taken > ROUNDS / 8, "{taken} of the texts are JSON");
}

#[test]
fn an_account_that_nobody_selected_is_held_to_the_same() {
    let keep = Selection::only([AccountId::new("not there").expect("an id")]).expect("one");
    let mut taken = 0;
    for text in texts() {
        let body = format!(r#"{{"Accounts":[{{"Id":"b","x":{text}}},{{"x":{text},"Id":"b"}}],"x":{text}}}"#);
        // The only difference between the readers: a body may hold characters that no other reader takes, and they
        // are replaced.
        let theirs = serde_json::from_str::<IgnoredAny>(&mended(&body)).is_ok();
        let reply = Reply { status: 200, headers: Vec::new(), body: body.into() };
        for keep in [Some(&keep), None] {
            assert_eq!(matches!(reply::data(&reply, keep), Ok(DataReply::Data(..))), theirs, "{text}");
        }
        taken += usize::from(theirs);
    }
    assert!(taken > ROUNDS / 8, "{taken} of the texts are JSON");
}
