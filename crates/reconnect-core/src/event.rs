//! What a session can be told, and what it answers.

use crate::{
    challenge::Answers, connect::news::ConnectNews, fault::Fault, ids::LoginId, reply::Reply, request::ExchangeId,
};

/// How the session took what it was told. What the world may do at any time is never an error.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "news is new, known, too late or somebody else's")]
pub enum Heard {
    /// It was news.
    Took,
    /// It was known already, or changes nothing.
    Knew,
    /// It came too late to matter.
    Late,
    /// It belongs to another session or login. Nothing was taken of it.
    NotOurs,
}

/// Anything that can be told to a session, as a value: the input of [`step`](crate::step) and of [`Session::tell`](crate::Session::tell).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// Nothing but the moment.
    Tick,
    /// See [`Session::receive`](crate::Session::receive).
    Received(ExchangeId, Result<Reply, Fault>),
    /// See [`Session::lost`](crate::Session::lost).
    Lost(ExchangeId),
    /// See [`Session::returned`](crate::Session::returned).
    Returned(ConnectNews),
    /// See [`Session::delivered`](crate::Session::delivered).
    #[cfg(feature = "webhook")]
    Delivered(alloc::boxed::Box<crate::webhook::Delivery>),
    /// See [`Session::answer`](crate::Session::answer).
    Answered(Answers),
    /// See [`Session::open`](crate::Session::open).
    Opened,
    /// See [`Session::shown`](crate::Session::shown).
    Shown,
    /// See [`Session::confirm`](crate::Session::confirm).
    Confirmed(LoginId),
    /// See [`Session::cancel`](crate::Session::cancel).
    Cancelled,
}
