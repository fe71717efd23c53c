//! JSON, read and written one value at a time, for `reconnect-core` and the crates beside it.
//!
//! - A [`Reader`] takes one value after another from a text. It borrows from the text, and it stops at the first
//!   mistake.
//! - A [`Writer`] puts one value after another into a text.
//! - A type that is a [`Value`] can be read and written. [`record!`] makes a `struct` a value. Its list names each
//!   field once: `must` for a field that is always there, `may` for one that is left out if it has its default.
//!   [`words!`] makes an `enum` one.
//!
//! ```
//! use reconnect_json::{Reader, Value, Writer, record};
//!
//! #[derive(PartialEq, Debug)]
//! struct Lease {
//!     began: u64,
//!     tries: u32,
//! }
//!
//! record! {
//!     Lease as lease, to {
//!         must "began": began,
//!         may "tries": tries,
//!     }
//! }
//!
//! let lease = Reader::whole(r#"{"began":7,"of a later version":[]}"#, Lease::read)?;
//! assert_eq!(lease, Lease { began: 7, tries: 0 });
//!
//! let mut to = Writer::default();
//! lease.write(&mut to);
//! assert_eq!(to.done(), r#"{"began":7}"#);
//! # Ok::<(), reconnect_json::Wrong>(())
//! ```
//!
//! Why not derive with serde? A derived deserializer costs kilobytes for each type in a WebAssembly module, and its
//! errors may quote the body. It also refuses a whole body for one wrong value; a [tolerant](Reader::tolerant) reader
//! leaves such a value out and reads the rest. Any other reader accepts the same texts as `serde_json`, and a test
//! compares the two.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod place;
mod reader;
mod record;
pub mod text;
mod word;
mod writer;

pub use reader::{Reader, Result, Wrong, fields::Fields};
pub use record::{Value, millis};
#[doc(hidden)]
pub use record::{is_default, object};
pub use word::Word;
pub use writer::{Writer, room};
