//! The samples of the guides that need a set-up, as tests: what a guide shows is a piece of one of these files, line for
//! line. `each_sample_is_run` in `docs/lib.rs` compares them.
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "samples are shown to readers as they would write them"
)]

mod errors;
mod first_connection;
mod offline;
mod persistence;
mod readme;
mod refresh;
mod resume;
mod selected_accounts;
mod stage;
mod webhooks;
mod which_driver;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;
