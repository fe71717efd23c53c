//! The core for other languages. A program writes one line of JSON, and gets one line of JSON back.
//!
//! `reconnect drive` and the WebAssembly module pass their lines to [`Drive`]. The lines are described in
//! [docs/reference/cli.md](https://github.com/flinks-reconnect/reconnect/blob/main/docs/reference/cli.md).
//!
//! ```
//! use reconnect_embed::Drive;
//!
//! let mut drive = Drive::default();
//! let begin = r#"{"op":"refresh","now":0,"loginId":"l-1","instance":{"name":"toolbox","customerId":"c"}}"#;
//! assert_eq!(drive.apply(begin)?, r#"{"ok":true}"#);
//! assert!(drive.apply(r#"{"op":"poll","now":0}"#)?.starts_with(r#"{"action":"send""#));
//! # Ok::<(), reconnect_embed::NotAnOp>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(feature = "calls")]
mod calls;
mod drive;
mod line;
mod machine;
mod write;

pub use drive::{Drive, NotAnOp, account, ask, error, outcome};
pub use line::Error;
pub use machine::{Machine, Work};
