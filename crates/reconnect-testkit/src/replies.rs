//! A reply, read as the answer to a call of any kind: for tests that try each kind.

use reconnect_core::reply::{self, Asks, AuthorizeReply, DataReply, ReplyError};
use reconnect_core::{Reply, Secret, Selection};

/// The kind of call that a reply answers.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// A token.
    Token,
    /// An authorization.
    Authorization,
    /// Accounts, of which these are kept; `None` only looks whether they are there.
    Accounts(Option<&'a Selection>),
}

/// An answer of any kind.
#[derive(Clone, Debug)]
pub enum Read {
    /// A token.
    Token(Secret),
    /// To a call that authorizes.
    Authorize(AuthorizeReply),
    /// To a call for accounts.
    Data(DataReply),
}

/// Reads a reply to a call of this kind.
///
/// # Errors
/// If the service refused, or did not answer.
pub fn read(asked: Asked<'_>, reply: &Reply) -> Result<Read, ReplyError> {
    match asked {
        Asked::Token => reply::token(reply).map(Read::Token),
        Asked::Authorization => reply::authorize(reply).map(Read::Authorize),
        Asked::Accounts(keep) => reply::data(reply, keep).map(Read::Data),
    }
}

impl Read {
    /// What the bank asks, if it asks.
    #[must_use]
    pub fn asks(self) -> Option<Asks> {
        match self {
            Self::Authorize(AuthorizeReply::Asks(asks)) | Self::Data(DataReply::Asks(asks)) => Some(asks),
            Self::Token(_) | Self::Authorize(_) | Self::Data(_) => None,
        }
    }
}
