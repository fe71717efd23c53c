//! Memory for a reply: a hostile body of the largest size needs at most four times its size, itself included.

use crate::allocator::{alone, most_of};
use reconnect_core::policy::MAX_BODY;
use reconnect_core::{Reply, Selection};
use reconnect_testkit::replies::{self, Asked};

/// `before`, as many `parts` as fit, and `after`.
fn filled(before: &[u8], part: &[u8], after: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(MAX_BODY);
    body.extend_from_slice(before);
    while body.len() + part.len() + after.len() <= MAX_BODY {
        body.extend_from_slice(part);
    }
    body.extend_from_slice(after);
    body
}

//= docs/spec/accounts.md#what-is-not-as-documented
//# **ACCT-34** A client MUST build at most 2,000 accounts and 200,000 transactions of one reply, and MUST take more as
//# a reply that is too large.
#[test]
fn a_hostile_body_costs_at_most_four_times_itself() {
    let _alone = alone();
    let everything = Selection::all();
    let (data, live) = (Asked::Accounts(Some(&everything)), Asked::Authorization);
    /// A name, what was asked, and a body's beginning, repeated part and end.
    type Row<'a> = (&'a str, Asked<'a>, &'a [u8], &'a [u8], &'a [u8]);
    let table: [Row<'_>; 10] = [
        ("accounts", data, br#"{"Accounts":["#, br#"{"Id":"a"},"#, br#"{"Id":"a"}]}"#),
        ("transactions", data, br#"{"Accounts":[{"Id":"a","Transactions":["#, b"{},", b"{}]}]}"),
        ("fields", data, br#"{"Accounts":[{"Id":"a""#, br#","abcd":1"#, b"}]}"),
        ("odd transactions", data, br#"{"Accounts":[{"Id":"a","Transactions":["#, b"7,", b"7]}]}"),
        ("challenges", live, br#"{"RequestId":"r","SecurityChallenges":["#, b"{},", b"{}]}"),
        ("choices", live, br#"{"RequestId":"r","SecurityChallenges":[{"Iterables":["#, br#""","#, br#"""]}]}"#),
        ("bytes in a title", data, b"{\"Accounts\":[{\"Id\":\"a\",\"Title\":\"", b"a\xff", b"\"}]}"),
        ("bytes in a field", data, b"{\"Accounts\":[{\"Id\":\"a\",\"New\":\"", b"\xff\t\\ud83d", b"\"}]}"),
        ("a message", live, b"{\"FlinksCode\":\"UNAUTHORIZED\",\"Message\":\"", b"a\t", b"\xff\"}"),
        ("bytes", live, b"{", b"\xff", b"}"),
    ];
    for (name, asked, before, part, after) in table {
        let reply = Reply { status: 200, headers: Vec::new(), body: filled(before, part, after) };
        let cost = reply.body.len() + most_of(|| replies::read(asked, &reply));
        // The 4 KiB are for the reader itself.
        assert!(cost <= 4 * reply.body.len() + 4_096, "{name}: {} MiB", cost >> 20);
    }
}
