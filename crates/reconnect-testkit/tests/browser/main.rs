//! The widget and the hands-on page as people meet them: in Chromium, driven over WebDriver.
//!
//! `cargo xtask browser` runs these; plain `cargo test` does not build them. Each test has a sandbox, a host page on
//! another port (so another origin) and a browser of its own.

#![expect(clippy::unwrap_used, reason = "a test may unwrap: its panic is the report")]

mod app;
mod browser;
mod host;
mod look;
mod stage;
mod user;

mod connect;
mod element;
mod hands_on;
mod messages;
mod pages;
mod reconnect;
