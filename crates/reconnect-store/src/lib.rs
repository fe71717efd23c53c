//! Sessions of Flinks Reconnect on SQLite or PostgreSQL.
//!
//! A [`Sessions`] is a table: a row is one session. A [`Row`] is what the drivers' `step` and `load` take. A [`Driver`]
//! goes on with stored sessions in tasks of their own; a web app uses nothing else.
//!
//! # What this crate promises
//!
//! - **One open session for each login.** A second click of the same user, on any server, finds the session of the first.
//!   A unique index refuses a second one.
//! - **The row is written before a request is sent**, and the database has it even after a power cut. A database that
//!   is set so that it may forget is refused.
//! - **The end and its accounts are stored in one transaction.** After a crash both are there, or neither. If neither is
//!   there, the session fetches the accounts again.
//! - **A dropped call loses nothing.** A [`Driver`]'s task goes on if its caller is gone, and [`close`](Driver::close)
//!   waits for it.
//! - **A swap whose answer was lost is settled.** It is asked for again. If it was written and nobody wrote since, its
//!   row says so; otherwise it is a conflict. A request is sent only once that is known, and if it is still in time.
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | `sqlite` | SQLite, compiled in; the default |
//! | `postgres` | PostgreSQL 12 or newer |
//! | `tls` | TLS for PostgreSQL, by rustls |
//! | `blocking` | rows for the blocking driver |
//! | `webhook` | signature check of webhooks, and `Driver::delivered` |
#![forbid(unsafe_code)]

#[cfg(feature = "blocking")]
pub mod blocking;
pub mod conformance;
mod database;
mod driver;
mod error;
mod key;
mod links;
mod notices;
mod options;
#[cfg(feature = "postgres")]
mod postgres;
mod row;
mod seal;
mod sessions;
mod sink;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statements;
mod transaction;
mod write;

pub use async_trait::async_trait;
pub use driver::{Begin, Begun, Driver, Going, Progress};
pub use error::{BoxError, Error};
pub use key::{InvalidKey, Key};
pub use links::{Link, LinkFor, LinkToken};
pub use notices::Notice;
pub use options::Options;
pub use row::Row;
pub use seal::Seal;
pub use sessions::{Found, Sessions};
pub use sink::{Ended, Sink};
pub use transaction::Transaction;
