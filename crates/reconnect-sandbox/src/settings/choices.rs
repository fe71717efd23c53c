//! Where the documentation can be read in two ways: a sandbox has both.

use serde::Deserialize;

/// An enum in which each variant has its name in a scenario and on the command line.
macro_rules! choices {
    ($(#[$about:meta])* $choice:ident { $($(#[$meta:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
        #[non_exhaustive]
        pub enum $choice {
            $($(#[$meta])* #[serde(rename = $name)] $variant,)+
        }

        impl $choice {
            /// Each with its name in a scenario and on the command line.
            pub const ALL: [(&'static str, Self); [$($name),+].len()] = [$(($name, Self::$variant)),+];
        }
    };
}

choices! {
    /// The answer to a data call while its session waits for MFA. The documentation has both.
    PendingData {
        /// 401 `UNAUTHORIZED`: <https://docs.flinks.com/api/authorize/error-codes>.
        #[default]
        Unauthorized = "unauthorized",
        /// 203 with the challenges and the `RequestId`: "an HTTP 203 from a session API call means MFA is pending":
        /// <https://docs.flinks.com/guides/connect/resume-and-reconnect>.
        Asks = "asks",
    }
}

choices! {
    /// Which authorize token the widget takes for a showing with a `requestId`. The documentation can be read in two ways:
    /// the widget answers MFA with the token that opened the session, or each showing needs a fresh one.
    WidgetToken {
        /// One that was never used: <https://docs.flinks.com/guides/connect/flinks-connect/widget>.
        #[default]
        Fresh = "fresh",
        /// The one that opened this session, for each of its showings: <https://docs.flinks.com/reference/step-3>.
        Session = "session",
        /// Either of the two.
        Either = "either",
    }
}
