//! The hosted pages of `reconnect serve` as people meet them: in Chromium, driven over WebDriver.
//!
//! `cargo xtask ci front` runs these; plain `cargo test` does not build them. Each test has a sandbox, the command as a
//! server in a process of its own, and a browser.

#![expect(clippy::unwrap_used, reason = "a test may unwrap: its panic is the report")]

#[path = "../browser/browser.rs"]
mod browser;
#[allow(dead_code, reason = "the other tests use the rest")]
#[path = "../browser/host.rs"]
mod host;
#[allow(dead_code, reason = "the other tests use the rest")]
#[path = "../browser/look.rs"]
mod look;
mod serve;
mod stage;
#[allow(dead_code, reason = "the other tests use the rest")]
#[path = "../browser/user.rs"]
mod user;

mod fast_api;
mod host_page;
mod languages;
mod looks;
mod secrets;
mod walk;
