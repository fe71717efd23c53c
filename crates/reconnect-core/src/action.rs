//! What to do next: the answers of `poll`.

use crate::{prompt::Prompt, request::Request, time::Timestamp};

/// What a driver does next. There are three things, and no fourth.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a driver can do three things")]
pub enum Action {
    /// Send this, and tell the session what came back. It counts as sent from here on.
    Send(Request),
    /// Nothing until then. The moment is in the future.
    Wait {
        /// When to ask again.
        until: Timestamp,
    },
    /// Nothing, until somebody tells the session something.
    Pause(Pause),
}

/// Why there is nothing to do.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "either somebody has to act or nothing is left to do")]
pub enum Pause {
    /// The end user is asked.
    Ask(Prompt),
    /// The session is over: [`Session::outcome`](crate::Session::outcome) says how.
    Done,
}
