//! Any bytes as a schedule of a session, against the reference model.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| reconnect_testkit::schedule::run_bytes(data));
