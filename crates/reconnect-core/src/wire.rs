//! The endpoints of the service, one file each. Keys are spelled as the documentation has them, which is PascalCase but
//! for two bodies. What the service answers to a session is read in [`reply`](crate::reply); every other endpoint is an
//! [`Endpoint`](crate::Endpoint), and its answer stands in its own file.

//= docs/spec/hosts-and-paths.md#methods-and-names
//= type=implication
//= reason=written by hand from the documentation
//# **HOST-17** A client MUST NOT be generated from the OpenAPI file that a third party calls representative.

pub mod answer_mfa_questions;
pub mod authorize;
pub mod authorize_async;
pub mod authorize_multiple;
pub mod delete_card;
pub mod generate_authorize_token;
pub mod get_accounts_detail;
pub mod get_accounts_summary;
pub mod get_mfa_questions;
pub mod get_nightly_refresh_status;
pub mod get_statements;
pub mod institutions;
pub mod set_scheduled_refresh;
