//! The store on SQLite, and on the PostgreSQL that `RECONNECT_POSTGRES` names. `cargo xtask ci store` starts one.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test ends at what it did not expect")]

mod conforms;
mod crowd;
mod driving;
mod ends;
mod finding;
mod kills;
mod links;
mod lost;
mod power;
mod record;
mod stage;
mod trouble;
