//! `Deadline`: when a session wants to be asked again, and why.

use crate::{time::Timestamp, word::words};
use serde::Serialize;

/// The next moment at which `poll` would answer otherwise, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "a moment and its reason")]
pub struct Deadline {
    /// The moment.
    pub at: Timestamp,
    /// What happens then.
    pub why: Why,
}

/// What a deadline is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Why {
    /// There is something to send.
    Send,
    /// The outstanding request counts as lost.
    RequestTimesOut,
    /// A call that failed is tried again.
    Retry,
    /// Pending data is asked for again.
    Poll,
    /// A look is allowed again.
    Look,
    /// A webhook is waited for no longer.
    Webhook,
    /// The `requestId` is past its inactivity: the prompt lapses.
    RequestIdExpires,
    /// The widget's token is past its life: the prompt's URL goes, the prompt stays.
    TokenExpires,
    /// A token for another showing may be minted again: call `open` then.
    OpenAgain,
    /// A lapsed session takes no more news, and may be deleted.
    Forget,
}

words! {
    Why {
        Send = "send", RequestTimesOut = "requestTimesOut", Retry = "retry", Poll = "poll", Look = "look",
        Webhook = "webhook", RequestIdExpires = "requestIdExpires", TokenExpires = "tokenExpires",
        OpenAgain = "openAgain", Forget = "forget",
    }
}
