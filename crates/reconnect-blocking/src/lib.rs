//! Flinks Reconnect with the HTTP client ureq. This crate sends the requests of a session of [`reconnect_core`]; the
//! session makes every decision.
//!
//! `reconnect-async` does the same with reqwest. It has the same names in the same order, and sends the same bytes.
//! [Concepts](https://github.com/flinks-reconnect/reconnect/blob/main/docs/concepts.md) explains the words.
//!
//! ```no_run
//! use reconnect_blocking::{Client, Event, Instance, Keys, LoginId};
//!
//! # use reconnect_blocking::connect::WidgetUrl;
//! # fn show(_: WidgetUrl) -> Event { Event::Tick }
//! # fn refresh() -> Result<(), Box<dyn std::error::Error>> {
//! let keys = Keys { secret: Some("secret-key".into()), api: Some("api-key".into()) };
//! let client = Client::new(Instance::named("toolbox", "customer-id")?, keys)?;
//! let login = LoginId::new("5e115eac-1209-4f19-641c-08d6d484e2fe")?;
//! let done = client.refresh(login).run(|_prompt, url| show(url))?;
//! println!("{} accounts", done.accounts.len());
//! # Ok(())
//! # }
//! ```
//!
//! # In a web application
//!
//! Between two requests of a browser no thread waits. The session is stored in a [`SessionRow`], which is one row of
//! your database. [`Client::step`] takes the session as far as it goes without sleeping. In this example a function
//! stands in for Flinks.
//!
//! ```
//! # use reconnect_blocking::{Fault, Rendered, Reply, Snapshot, SessionRow, StoreError};
//! # use std::sync::Mutex;
//! # #[derive(Default)]
//! # struct Row(Mutex<Option<Snapshot>>);
//! # impl SessionRow for Row {
//! #     fn load(&self) -> Result<Option<Snapshot>, StoreError> { Ok(self.0.lock().unwrap().clone()) }
//! #     fn swap(&self, _: Option<u64>, snapshot: &Snapshot) -> Result<(), StoreError> {
//! #         *self.0.lock().unwrap() = Some(snapshot.clone());
//! #         Ok(())
//! #     }
//! # }
//! # fn service(request: Rendered) -> Result<Reply, Fault> {
//! #     let (status, body) = match request.url.rsplit('/').next() {
//! #         Some("GenerateAuthorizeToken") => (200, r#"{"Token":"t-1"}"#),
//! #         Some("Authorize") => (203, r#"{"RequestId":"r-1","SecurityChallenges":[{"Prompt":"City?"}]}"#),
//! #         _ => (200, r#"{"Accounts":[{"Id":"a-1"}]}"#),
//! #     };
//! #     Ok(Reply { status, body: body.into(), ..Reply::default() })
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use reconnect_blocking::{Client, Event, Instance, Keys, LoginId, Pause, Stepped, connect::ConnectNews};
//!
//! let keys = Keys { secret: Some("secret-key".into()), api: None };
//! let client = Client::with_transport(Instance::named("toolbox", "customer-id")?, keys, service);
//! let row = Row::default();
//!
//! // The end user is here: begin, and show the widget.
//! let mut session = client.refresh(LoginId::new("5e115eac")?).session();
//! client.step(&mut session, &row)?;
//! session.tell(client.now(), Event::Opened)?;
//! let Stepped::Pause(Pause::Ask(prompt)) = client.step(&mut session, &row)? else { panic!("the bank asks") };
//! let url = prompt.connect_url(client.instance());
//! assert!(url.expose().ends_with("?requestId=r-1&authorizeToken=t-1"));
//!
//! // The widget redirected to us, in another process perhaps.
//! let mut session = client.load(&row)?.expect("a parked session");
//! let news = ConnectNews::read("https://app.example/back?loginId=5e115eac&requestId=r-1")?;
//! session.tell(client.now(), Event::Returned(news))?;
//! match client.step(&mut session, &row)? {
//!     Stepped::Wait { until } => println!("the data comes: step again at {until:?}"),
//!     Stepped::Pause(Pause::Ask(_)) => println!("the bank asks again"),
//!     Stepped::Pause(Pause::Done) => assert_eq!(session.done()?.accounts.len(), 1),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What this crate promises
//!
//! - A request is sent only after the store has the snapshot that says so. If another server changed the row first,
//!   nothing is sent. If another server changed it while a reply was under way, the session that this server stored is
//!   loaded, and told the reply.
//! - A call that can reach the bank is sent once, whatever panics, restarts or breaks.
//! - No redirect is followed, no status is an error, and no error has a URL in its text. Only the session repeats a
//!   request. Keys and tokens are wiped from this crate's memory. It cannot wipe the copies that an HTTP client makes.
//! - The clock, the HTTP client and the store are traits, so you can bring your own: see [`Clock`], [`Transport`] and
//!   [`SessionRow`].
//!
//! TLS is a feature: `rustls` (the default), `rustls-ring` or `native-tls`. Without any of them, only plain http to
//! loopback works. The feature `webhook` adds the signature check of webhooks.
#![forbid(unsafe_code)]

mod client;
mod http;
mod io;

pub use client::{Client, Run};
pub use http::{Http, HttpBuilder};
pub use io::{Clock, SessionRow, SystemClock, Transport};
pub use reconnect_calls::{self as calls, CallError, Endpoint};
pub use reconnect_core::*;
