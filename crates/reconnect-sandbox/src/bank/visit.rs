//! A visit to the page of a bank that signs in by OAuth.

use std::sync::Arc;

use crate::scenario::institution::Institution;
use crate::scenario::user::Language;

/// A user who was sent to their bank's own page.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) id: String,
    pub(super) institution: Arc<Institution>,
    pub(super) language: Language,
    pub(super) tag: Option<String>,
    pub(super) back: Back,
    pub(super) began_at: u64,
}

/// Where the user goes from the bank's page.
#[derive(Clone)]
pub(super) enum Back {
    /// To the app's `redirect_uri`, with its `state`.
    App { uri: String, state: Option<String> },
    /// To the showing of the widget from which they came.
    Widget(String),
}
