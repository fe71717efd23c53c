//! How a session ended.

use crate::{
    failure::Failure,
    ids::{AccountId, LoginId, RequestId},
    time::Timestamp,
    unread::Unread,
    word::words,
};
use alloc::{sync::Arc, vec::Vec};

/// What a session was for: a connection that lives on, and its data.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Refreshed {
    /// The connection; `None` where only a `requestId` was known and no reply named it.
    pub login: Option<LoginId>,
    /// The session that the data came from.
    pub request: RequestId,
    /// The institution, as the service names it.
    pub institution: Option<Arc<str>>,
    /// The ids of the accounts that were kept, in the order of the reply.
    pub kept: Vec<AccountId>,
    /// Ids that were selected and are not in the reply.
    pub missing: Vec<AccountId>,
    /// How many accounts were not selected, and so not built.
    pub left_out: usize,
    /// How fresh the data is, as the service says.
    pub last_refresh: Option<Timestamp>,
    /// Whether the data is the live session's own.
    pub via: Via,
    /// Whether a redirect chose among the accounts, if the caller kept all.
    pub narrowed: Narrowed,
    /// The widget named other accounts than the caller kept; the caller's choice stood.
    pub named_others: bool,
    /// The widget named a `requestId` that is not this session's.
    pub named_other_request: bool,
    /// A reply named this session's login and another `requestId`.
    pub other_request: bool,
    /// None of the selected accounts is there: the end user has to choose again.
    pub reselect: bool,
    /// How many fresh tokens the widget refused; see [`Policy::widget_token`](crate::Policy::widget_token).
    pub token_invalid: u8,
    /// The places of the reply that could not be read.
    pub unread: Unread,
}

/// Whether redirects chose among the accounts of a session that keeps all (decision 54).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Narrowed {
    /// No redirect named accounts.
    #[default]
    Nothing,
    /// A redirect without this session's `requestId` chose among them.
    Redirect,
    /// A redirect with this session's `requestId` chose among them.
    OurRedirect,
    /// Two redirects without it named different accounts: all were kept.
    Twice,
    /// A redirect named only accounts that the service did not send: all were kept.
    NoneOf,
    /// A redirect came after the data, and would have chosen among them.
    Late,
}

words! {
    Narrowed {
        Nothing = "nothing", Redirect = "redirect", OurRedirect = "ourRedirect", Twice = "namedTwice",
        NoneOf = "namedNone", Late = "namedLate",
    }
}

/// How a session ended.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "it worked or it did not")]
pub enum Outcome<'a> {
    /// The connection lives on. [`Session::take_accounts`](crate::Session::take_accounts) hands its accounts over.
    Refreshed(&'a Refreshed),
    /// It does not, and this says why and what to do next.
    Failed(&'a Failure),
}

/// Where the data of a refreshed session came from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Via {
    /// From the session itself.
    #[default]
    Live,
    /// From a cached `/Authorize` after the session was gone, with data that is not older than the session.
    Cached,
}

words! { Via { Live = "live", Cached = "cached" } }
