//! A hosted Reconnect link: routes that you mount in an [axum](https://docs.rs/axum) app.
//!
//! You send your user a link. It opens a page with one button. The button begins a live refresh, and the page then shows
//! the widget of Flinks. A `GET` of the link has no effect, since programs that scan mail open links too.
//!
//! ```
//! use core::time::Duration;
//! use reconnect_async::{Client, Instance, Keys, LoginId};
//! use reconnect_axum::Front;
//! use reconnect_store::{Driver, LinkFor, Sessions};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let keys = Keys { secret: Some("secret-key".into()), api: Some("api-key".into()) };
//! let client = Client::new(Instance::named("toolbox", "customer-id")?, keys)?;
//! let driver = Driver::new(client, Sessions::open("sqlite::memory:").await?);
//! tokio::spawn(driver.clone().run());
//!
//! let front = Front::new(driver, "https://bank.example")?.app("Budget").webhook_key("webhook-key");
//! let app: axum::Router = axum::Router::new().merge(front.routes());
//!
//! let what = LinkFor::new(LoginId::new("5e115eac")?);
//! let (link, address) = front.link(what, Duration::from_secs(7 * 86_400)).await?;
//! assert!(address.starts_with("https://bank.example/connect/"));
//! # Ok(())
//! # }
//! ```
//!
//! # Routes
//!
//! | route | does |
//! |---|---|
//! | `GET /connect/{token}` | a page with one button, without any effect |
//! | `POST /connect/{token}` | begins the session, or finds the one that is open |
//! | `GET /connect/{token}/{session}` | how far the session is, with the widget if the bank asks |
//! | `POST /connect/{token}/news` | what the widget posted to the page |
//! | `GET /connect/{token}/{session}/live`, `POST …/widget`, `POST …/message` | for the page's component |
//! | `GET /redirect` | where the widget leads to; the session is found by our own key |
//! | `POST /webhook` | data that Flinks sends; its signature is checked |
//! | `GET /healthz`, `GET /metrics` | for your monitoring; they name nobody |
//!
//! Any of your servers takes any request: all that lasts is in the store. Only the counts of the limits and of the
//! metrics are each server's own.
#![forbid(unsafe_code)]

#[cfg(feature = "api")]
pub mod api;
mod connect;
mod counts;
mod front;
mod guard;
mod language;
mod limits;
mod live;
mod monitor;
#[cfg(feature = "api")]
pub mod notify;
mod opened;
mod pages;
mod problem;
mod redirect;
mod refused;
mod routes;
mod session;
mod session_page;
mod webhook;

pub use front::{Front, InvalidUrl};
