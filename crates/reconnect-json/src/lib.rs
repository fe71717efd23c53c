//! JSON, read and written one value at a time, for `reconnect-core` and the crates beside it.
//!
//! - A [`Reader`] takes one value after another from a text. It borrows from the text, and it stops where something is
//!   wrong.
//! - A [`Writer`] puts one value after another into a text.
//! - A [`Value`] can do both. [`record!`] makes a `struct` a value: one list names each field, for reading, for writing
//!   and for leaving it out. [`words!`] makes an `enum` one.
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
//! Why not derive with serde? A derived deserializer costs kilobytes for each type in a WebAssembly module, it reads no
//! body that is nearly JSON, and its errors may quote the body. What this crate takes for JSON is what `serde_json`
//! takes for JSON; a test holds it to that.
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
