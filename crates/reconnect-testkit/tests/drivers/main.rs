//! Both drivers, over real sockets.

#![expect(clippy::unwrap_used, reason = "a test may unwrap: its panic is the report")]

mod both;
mod calls;
mod cancel;
mod faults;
mod finish;
mod golden;
mod reuse;
mod suite;
