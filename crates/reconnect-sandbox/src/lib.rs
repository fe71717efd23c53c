//! An offline stand-in for the Flinks service, with a clock of its own.
//!
//! [`Bank`] is the other half of the conversation: a pure value that takes a [`Request`] and answers with a [`Reply`].
//! Time comes in as an argument and ids come from a seed, so the same requests give the same bytes.
//! [`Server`] is a thin HTTP server around it, with a [`Clock`] that can be frozen, advanced and accelerated.
//! [Concepts](https://github.com/flinks-reconnect/reconnect/blob/main/docs/concepts.md) explains the words.
//!
//! The [`doctor`] names each documented rule that a request breaks, whether or not the bank lets the request pass.
//!
//! The bank writes its JSON from the public documentation and shares no type with `reconnect-core`: a mistake in the
//! wire types of the core shows here.
//!
//! ```
//! use reconnect_sandbox::{Bank, Request, Settings};
//!
//! let mut bank = Bank::new(Settings::default());
//! let login = bank.connect(0, "Greatday", "en");
//! let refresh = format!(r#"{{"LoginId":"{login}","MostRecentCached":false,"Save":true}}"#);
//! let path = "/v3/43387ca6-0391-4c82-857d-70d95f087ecb/BankingServices/Authorize";
//!
//! let reply = bank.handle(1_000, &Request::post(path, refresh));
//! assert_eq!(reply.status, 203); // the bank asks: MFA is pending
//! ```

mod bank;
mod clock;
mod date;
pub mod doctor;
mod endpoint;
mod fault;
mod http;
mod id;
mod scenario;
pub mod server;
mod settings;
mod trouble;
mod webhook;
mod widget;

pub use bank::logged::Logged;
pub use bank::login::Connected;
pub use bank::nightly::Nightly;
pub use bank::state::Bank;
pub use bank::{Arrival, Delayed, WidgetOutcome};
pub use clock::Clock;
pub use doctor::finding::Finding;
pub use fault::{CallRange, Calls, Effect, Fault};
pub use http::{Cut, Fate, Reply, Request};
pub use scenario::Scenario;
pub use scenario::error::ScenarioError;
pub use server::Server;
pub use settings::Settings;
pub use settings::choices::{PendingData, WidgetToken};
pub use webhook::{Attempt, Delivery, Webhook, WebhookRefused, WebhookState};
