//! The endpoints of Flinks that are no step of a Reconnect session, and the reasons to reconnect a connection.
//!
//! Each endpoint is a type in a file of its own: its fields are the request, and [`Endpoint::read`] reads the answer. A
//! driver sends any of them with its client's `call`. If you have another HTTP client, send what
//! [`Draft::render`](reconnect_core::Draft::render) makes, and give the reply to `read`.
//!
//! ```
//! use reconnect_calls::{Endpoint, delete_card::DeleteCard};
//! use reconnect_core::{Instance, Keys, LoginId, Reply};
//!
//! let delete = DeleteCard::new(LoginId::new("5e115eac")?);
//! let keys = Keys { secret: None, api: Some("api-key".into()) };
//! let request = delete.draft().render(&Instance::named("toolbox", "c")?, &keys)?;
//! assert_eq!(request.method, "DELETE");
//! assert_eq!(request.url, "https://toolbox-api.private.fin.ag/v3/c/BankingServices/DeleteCard/5e115eac");
//!
//! let body = br#"{"HttpStatusCode":400,"FlinksCode":"CARD_IN_USE"}"#;
//! let refused = delete.read(&Reply { status: 400, body: body.to_vec(), ..Reply::default() }).unwrap_err();
//! assert_eq!(refused.advice(), reconnect_core::Advice::TryLater);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`reasons`] says when and why a connection should be reconnected. It reads this from replies that need no user.
//!
//! The names of JSON fields are spelled as in Flinks' documentation: in PascalCase, except in two bodies.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod answer;
pub mod answer_mfa_questions;
pub mod authorize_multiple;
mod by_name;
pub mod delete_card;
mod endpoint;
pub mod generate_authorize_token;
pub mod get_mfa_questions;
pub mod get_nightly_refresh_status;
pub mod get_statements;
pub mod institutions;
pub mod reasons;
pub mod set_scheduled_refresh;
mod tolerant;

pub use by_name::{InvalidCall, NamedCall};
pub use endpoint::{CallError, Endpoint};
