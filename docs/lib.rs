//! The guides. They are Markdown beside this file; as documentation of this crate, `cargo test` compiles and runs every
//! snippet of theirs, and of the README.

#[doc = include_str!("../README.md")]
pub mod readme {}

#[doc = include_str!("refresh.md")]
pub mod refresh {}
