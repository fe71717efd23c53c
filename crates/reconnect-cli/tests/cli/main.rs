//! The built command, row by row of `docs/reference/cli.md`: streams, keys and exit codes.
#![cfg(unix)]

mod accounts;
mod call;
mod check;
mod continue_;
mod demo;
mod drive;
mod edges;
mod hands_on;
mod https;
mod link;
mod redirect;
mod refresh;
mod resume;
mod sandbox;
mod support;
mod usage;
mod webhook;
