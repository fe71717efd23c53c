//! `Known`: what the caller knows of a connection when a session begins.

use crate::{ids::LoginId, instance::Instance, time::Timestamp};
use alloc::sync::Arc;
use reconnect_json::text::without_nul;

/// What the caller happens to know about a connection. Everything is optional.
///
/// ```
/// use reconnect_core::{Instance, Known};
/// let instance = Instance::named("toolbox", "43387ca6")?;
/// let known = Known::at(&instance);
/// # Ok::<(), reconnect_core::InvalidInstance>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Known {
    /// The connection's `loginId`, where only a `requestId` is resumed.
    pub login: Option<LoginId>,
    /// When the last request with this `requestId` was **sent**. A moment later than now counts as now.
    pub last_sent: Option<Timestamp>,
    /// The institution, as the service names it.
    pub institution: Option<Arc<str>>,
    /// The connection's language. Another one would make a new `loginId` (decision 50).
    pub language: Option<Arc<str>>,
    /// The label of the instance that the ids belong to.
    pub instance: Option<Arc<str>>,
    /// A word that goes out with the live refresh and in the widget's URL, and comes back in webhooks.
    pub tag: Option<Arc<str>>,
    /// The caller's own name for the session, such as the key of its row: it distinguishes two sessions with the same
    /// login or request.
    pub key: Option<Arc<str>>,
}

impl Known {
    /// Nothing but the instance: its ids mean nothing at another one.
    #[must_use]
    pub fn at(instance: &Instance) -> Self {
        Self { instance: Some(instance.shared_label()), ..Self::default() }
    }

    /// The same, with text that the JSON column of every database takes.
    pub(crate) fn for_every_store(mut self) -> Self {
        let Self { institution, language, instance, tag, key, login: _, last_sent: _ } = &mut self;
        for text in [institution, language, instance, tag, key] {
            *text = text.take().map(without_nul);
        }
        self
    }
}
