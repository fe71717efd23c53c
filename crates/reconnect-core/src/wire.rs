//! The request bodies of the service, one file per endpoint. Keys are PascalCase and spelled as the documentation has
//! them. What the service answers is read in [`reply`](crate::reply).

pub mod authorize;
pub mod generate_authorize_token;
pub mod get_accounts_detail;
pub mod get_accounts_summary;
