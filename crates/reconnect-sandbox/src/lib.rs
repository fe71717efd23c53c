//! An offline stand-in for the Flinks service, with a clock of its own.
//!
//! [`Bank`] is the other half of the conversation: a pure value that is asked with a [`Request`] and answers with a
//! [`Reply`]. Time comes in as an argument, ids come from a seed, so the same requests give the same bytes.
//! [`Server`] is a thin HTTP server around it, with a [`Clock`] that can be frozen, advanced and accelerated.
//! [Concepts](https://github.com/flinks-reconnect/reconnect/blob/main/docs/concepts.md) explains the words.
//!
//! What a request breaks of the documentation, the [`doctor`] names, whether or not the bank lets it pass.
//!
//! The bank writes its JSON from the public documentation and shares no type with `reconnect-core`: a mistake in the
//! wire types of the core therefore shows here.
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
pub mod doctor;
mod fault;
mod http;
mod scenario;
pub mod server;
mod settings;
mod webhook;
mod widget;

pub use bank::{Bank, Connected, Logged, Nightly, WidgetOutcome};
pub use clock::Clock;
pub use doctor::Finding;
pub use fault::{CallRange, Calls, Effect, Fault};
pub use http::{Cut, Fate, Reply, Request};
pub use scenario::{Scenario, ScenarioError};
pub use server::Server;
pub use settings::{PendingData, Settings, WidgetToken};
pub use webhook::{Attempt, Delivery, Webhook, WebhookRefused, WebhookState};
