//! What only a process of its own can test: TLS, whose provider is the process's, and all that the HTTP clients log.

#![expect(clippy::unwrap_used, reason = "a test may unwrap: its panic is the report")]

#[path = "../drivers/both.rs"]
mod both;
mod ears;
mod https;
mod logs;
mod tunnel;
