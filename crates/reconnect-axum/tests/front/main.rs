//! The routes over real HTTP, with the sandbox as Flinks, on SQLite and on the PostgreSQL that `RECONNECT_POSTGRES` names.
//! `cargo xtask ci front` starts one.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test ends at what it did not expect")]

mod api;
mod attacks;
mod command;
mod crowd;
mod kills;
mod links;
mod notices;
mod secrets;
mod site;
#[path = "../../../reconnect-store/tests/store/stage.rs"]
#[allow(dead_code, reason = "the store's tests use all of it")]
mod stage;
