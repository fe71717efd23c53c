//! The request bodies of a session, one file for each endpoint. Keys are spelled as the documentation has them: in
//! PascalCase. What the service answers is read in [`reply`](crate::reply).

//= docs/spec/hosts-and-paths.md#methods-and-names
//= type=implication
//= reason=written by hand from the documentation
//# **HOST-17** A client MUST NOT be generated from the OpenAPI file that a third party calls representative.

pub mod authorize;
pub mod authorize_async;
pub mod get_accounts_detail;
pub mod get_accounts_summary;
