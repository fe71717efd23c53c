//! Memory for a reply: a hostile body of the largest size needs at most four times its size, itself included.
#![allow(unsafe_code, reason = "an allocator is unsafe to write, and this one only counts")]

use core::alloc::{GlobalAlloc, Layout};
use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use reconnect_core::policy::MAX_BODY;
use reconnect_core::{Reply, Selection};
use reconnect_testkit::replies::{self, Asked};
use std::alloc::System;

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

fn more(bytes: usize) {
    MOST.fetch_max(NOW.fetch_add(bytes, SeqCst) + bytes, SeqCst);
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        more(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), SeqCst);
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // A block that grows may have to move, so both count for a moment; one that shrinks stays in its place.
        if size > layout.size() {
            more(size);
            NOW.fetch_sub(layout.size(), SeqCst);
        } else {
            NOW.fetch_sub(layout.size() - size, SeqCst);
        }
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

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
        let own = NOW.load(SeqCst);
        MOST.store(own, SeqCst);
        let read = replies::read(asked, &reply);
        let cost = reply.body.len() + MOST.load(SeqCst) - own;
        drop(read);
        // The 4 KiB are for the reader itself.
        assert!(cost <= 4 * reply.body.len() + 4_096, "{name}: {} MiB", cost >> 20);
    }
}
