//! `Stage`: where a session is, as a caller sees it.

/// Where a session is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Stage {
    /// The service is asked to refresh the connection.
    Authorizing,
    /// The bank asks the end user.
    Asking,
    /// It is in doubt whether the session is authorized, and the data call will tell.
    Looking,
    /// The session is authorized and its data is on its way.
    Fetching,
    /// The session is gone and what the service has stored is asked for.
    Recalling,
    /// It is over.
    Done,
}

impl Stage {
    /// Every stage, in the order of a walk.
    pub const ALL: [Self; 6] =
        [Self::Authorizing, Self::Asking, Self::Looking, Self::Fetching, Self::Recalling, Self::Done];

    /// Its name in lower case, for a page or a log.
    ///
    /// ```
    /// assert_eq!(reconnect_core::Stage::ALL.map(reconnect_core::Stage::as_str)[1], "asking");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authorizing => "authorizing",
            Self::Asking => "asking",
            Self::Looking => "looking",
            Self::Fetching => "fetching",
            Self::Recalling => "recalling",
            Self::Done => "done",
        }
    }
}
