//! Flinks Reconnect as a value that you ask and tell: no IO, no clock, `no_std`.
//!
//! [Flinks Reconnect] brings an end user back into the Flinks Connect widget to answer MFA, so that a bank connection
//! lives on. A [`Session`] holds all that such a Reconnect has to remember: which call comes next, how long a
//! `requestId` and an authorize token may be believed, which accounts stay selected, and what may never be sent twice.
//! [Concepts] explains the words. `docs/internals/machine.md` has every rule, and a table that finds one from what
//! happened. Every number, such as the time between two polls, is a field of [`Policy`].
//!
//! ```text
//!  refresh(loginId)                                       resume(requestId)
//!       │                                      age known │      │ age unknown
//!  ┌────▼─────┐  203   ┌────────┐◄───────────────────────┘ ┌────▼────┐
//!  │Authorizing├──────►│ Asking │◄────────not yet───────── │ Looking │
//!  └────┬─────┘        └─┬────┬─┘──redirect, lapse, doubt─►└─┬─────┬─┘
//!   200 │     answer: 200│    │                    200, 202 │     │ gone
//!       │   ┌────────────┘    └─lapsed─────┐   ┌────────────┘     │
//!     ┌─▼───▼──┐◄──────────────────────────┼───┘       ┌──────────▼┐
//!     │Fetching│────────gone───────────────┼──────────►│ Recalling │
//!     └─┬──────┘◄──────cached data is fresh┼───────────┤           │
//!   200 │                              ┌───▼──┐        └─────┬─────┘
//!       └─────────────────────────────►│ Done │◄─────────────┘
//!                                      └──────┘
//! ```
//!
//! A 203 leads from *Fetching* and *Recalling* back to *Asking*: the bank has another question. A *lapse* means that
//! the user did not answer within the 8 minutes. This end is only a guess, so a redirect leads from it to *Looking*
//! once more. *Recalling* asks for the stored data, if the service has ended the session.
//!
//! # One walk, without talking to anybody
//!
//! ```
//! use reconnect_core::{Action, Known, LoginId, Outcome, Pause, Policy, Reply, Selection, Session, Timestamp};
//! use reconnect_core::connect::ConnectNews;
//!
//! let now = Timestamp::from_millis(1_780_000_000_000);
//! let says = |status: u16, body: &str| Reply { status, headers: vec![], body: body.into() };
//! let send = |session: &mut Session| match session.poll(now) {
//!     Action::Send(request) => request,
//!     other => panic!("{other:?}"),
//! };
//!
//! let login = LoginId::new("5e115eac-1209-4f19-641c-08d6d484e2fe")?;
//! let mut session = Session::refresh(login, Known::default(), Selection::all(), Policy::default(), now);
//!
//! // Ask what to do, do it, tell what came back: a token first, then the live refresh.
//! let mint = send(&mut session);
//! session.receive(now, mint.id, Ok(&says(200, r#"{"HttpStatusCode":200,"Token":"t-1"}"#)));
//! let authorize = send(&mut session);
//! assert!(authorize.once, "it can reach the bank, so nobody sends it twice");
//! let asks = r#"{"HttpStatusCode":203,"RequestId":"r-1","SecurityChallenges":
//!     [{"Type":"QuestionAndAnswer","Prompt":"What city were you born in?"}]}"#;
//! session.receive(now, authorize.id, Ok(&says(203, asks)));
//!
//! // The bank asks: show the widget. `open` mints the token of its URL.
//! session.open(now);
//! let mint = send(&mut session);
//! session.receive(now, mint.id, Ok(&says(200, r#"{"HttpStatusCode":200,"Token":"t-2"}"#)));
//! let Action::Pause(Pause::Ask(prompt)) = session.poll(now) else { panic!() };
//! assert_eq!(prompt.request.as_str(), "r-1");
//!
//! // The widget says that the user is through. That is a hint; the data call settles it.
//! session.returned(now, &ConnectNews::read(r#"{"step":"REDIRECT","requestId":"r-1"}"#)?);
//! let data = send(&mut session);
//! session.receive(now, data.id, Ok(&says(200, r#"{"HttpStatusCode":200,"RequestId":"r-1","Accounts":[{"Id":"a-1"}]}"#)));
//! assert!(matches!(session.outcome(), Some(Outcome::Refreshed(done)) if done.kept.len() == 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The nine rules of the machine
//!
//! 1. Time and news come in as arguments. There is no clock, no IO, no randomness and no global.
//! 2. When `poll` hands out a request, the request counts as sent. Until the request's time limit, `poll` then answers
//!    `Wait`; at the limit it counts the request as lost. The same request is never handed out a second time, and at
//!    most one request is outstanding.
//! 3. Every other answer of `poll` is stable: if it is called twice at the same moment, it gives the same `Action`. The
//!    moment of `Wait { until }` is in the future.
//! 4. Trouble with the service changes the phase, and is never an `Err`. An event that may come at any time is answered
//!    with [`Heard`]. `Err(Misuse)` is a bug of the caller, and leaves the session as it was.
//! 5. A call that can reach the bank is sent once. If it surely did not arrive, it may be sent again, a limited number
//!    of times. If a live `/Authorize` is lost, the session ends as `OutcomeUnknown`. If an answer is lost, the session
//!    makes a look. Every other call is repeated, a limited number of times.
//! 6. A session ends. If the user is absent, and the service is silent or gives one constant answer or two in turn, a
//!    caller that follows `deadline()` reaches `Done` in at most 200 steps.
//! 7. A guess gives way to a fact. What the service said is final.
//! 8. A request is sent only after the snapshot that says so is stored.
//! 9. News is a hint. No id from a browser, not even an account's, enters a request, a URL or a stored selection. News
//!    can only be refused, slide a lease within bounds, cause a look, ask for another URL, and, once the service said
//!    yes, choose among the accounts that the service sent.
//!
//! Only [`Session::resume_claimed`] takes a `requestId` that a browser named. It withholds the accounts until the
//! caller has confirmed the login that they belong to.
//!
//! A *look* is the data call with the `requestId`: 200 or 202 mean authorized, 203 or `UNAUTHORIZED` mean not yet,
//! `SESSION_*` means gone. It needs no token and sends no SMS, so it settles every doubt.
//!
//! # What this crate does not do
//!
//! It sends nothing (use `reconnect-async`, `reconnect-blocking` or your own client), stores nothing (store the
//! snapshots yourself), and draws nothing. It has no payments and no enrichment. It makes no first connection of a
//! user; it can only resume one that was interrupted.
//!
//! [Concepts]: https://github.com/flinks-reconnect/reconnect/blob/main/docs/concepts.md
//! [Flinks Reconnect]: https://docs.flinks.com/guides/connect/resume-and-reconnect
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod account;
mod action;
mod challenge;
mod code;
pub mod connect;
mod deadline;
pub mod drive;
mod error;
mod event;
mod failure;
mod fault;
mod host;
mod ids;
mod instance;
mod keys;
mod known;
pub mod lease;
mod outcome;
mod parked;
mod percent;
pub mod policy;
mod prompt;
mod render;
pub mod reply;
mod request;
mod retry_after;
mod secret;
pub mod selection;
mod session;
mod snapshot;
mod stage;
mod state;
mod time;
mod transport;
mod unread;
#[cfg(feature = "webhook")]
pub mod webhook;
pub mod wire;
mod word;

/// Accounts: their parts, their options, and how a body of them is read.
pub mod accounts {
    pub use crate::account::{
        Account, Address, Balance, Date, DaysOfTransactions, DetailOptions, Holder, NotAccounts, NumberOfStatements,
        Transaction, last_refresh, read,
    };
}

pub use account::Account;
pub use action::{Action, Pause};
pub use challenge::{Answers, Challenge, ChallengeKind};
pub use code::{Advice, FlinksCode, advice_by_page, advice_by_status};
pub use deadline::{Deadline, Why};
pub use drive::{Done, DriveError, Stepped, Stopped, StoreError, StoredSession};
pub use error::{InvalidKey, Misuse, RenderError, RestoreError};
pub use event::{Event, Heard};
pub use failure::{Failure, Reason, Recovery, StartOver};
pub use fault::{Fault, FaultKind, Reached};
pub use ids::{AccountId, InvalidId, LoginId, RequestId, short};
pub use instance::{Instance, InvalidInstance};
pub use keys::Keys;
pub use known::Known;
pub use outcome::{Narrowed, Outcome, Refreshed, Via};
pub use parked::Parked;
pub use policy::{Mfa, Policy};
pub use prompt::{Prompt, Showing};
pub use render::{Draft, Rendered, Sign, render};
pub use reply::Reply;
pub use request::{Call, ExchangeId, Request};
pub use rust_decimal::Decimal;
pub use secret::Secret;
pub use selection::Selection;
pub use session::{Session, Work, step};
pub use snapshot::Snapshot;
pub use stage::Stage;
pub use time::Timestamp;
pub use transport::{InvalidProxy, Proxy};
pub use unread::Unread;
