//! Where the documentation can be read in two ways: a sandbox has both.

use serde::Deserialize;

/// The answer to a data call while its session waits for MFA. The documentation has both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum PendingData {
    /// 401 `UNAUTHORIZED`: <https://docs.flinks.com/api/authorize/error-codes>.
    #[default]
    Unauthorized,
    /// 203 with the challenges and the `RequestId`: "an HTTP 203 from a session API call means MFA is pending":
    /// <https://docs.flinks.com/guides/connect/resume-and-reconnect>.
    Asks,
}

impl PendingData {
    /// Each with its name in a scenario and on the command line.
    pub const ALL: [(&'static str, Self); 2] = [("unauthorized", Self::Unauthorized), ("asks", Self::Asks)];
}

/// Which authorize token the widget takes for a showing with a `requestId`. The documentation can be read in two ways:
/// the widget answers MFA with the token that opened the session, or each showing needs a fresh one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum WidgetToken {
    /// One that was never used: <https://docs.flinks.com/guides/connect/flinks-connect/widget>.
    #[default]
    Fresh,
    /// The one that opened this session, for each of its showings: <https://docs.flinks.com/reference/step-3>.
    Session,
    /// Either of the two.
    Either,
}

impl WidgetToken {
    /// Each with its name in a scenario and on the command line.
    pub const ALL: [(&'static str, Self); 3] =
        [("fresh", Self::Fresh), ("session", Self::Session), ("either", Self::Either)];
}
