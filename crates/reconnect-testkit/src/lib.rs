//! Reference model, fixtures, strategies and scripted servers for reconnect's own tests
#![allow(clippy::exhaustive_enums, clippy::exhaustive_structs, reason = "nobody but our own tests matches on these")]

pub mod at_rest;
pub mod duet;
pub mod explore;
pub mod fixtures;
pub mod model;
pub mod replies;
pub mod schedule;
pub mod server;
pub mod walks;
