//! The same refresh through the two drivers, by a clock that does not sleep.

use crate::hand::{API_KEY, Failed, SECRET_KEY};
use core::sync::atomic::{AtomicU64, Ordering};
use reconnect_core::{Account, Instance, Keys, LoginId, Timestamp};

/// A clock that jumps over every wait, so that polls follow each other at once.
#[derive(Debug, Default)]
pub struct Jumping(AtomicU64);

impl Jumping {
    fn read(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn jump(&self, until: Timestamp) {
        self.0.store(until.as_millis(), Ordering::Relaxed);
    }
}

#[reconnect_async::async_trait]
impl reconnect_async::Clock for Jumping {
    fn now(&self) -> Timestamp {
        self.read()
    }

    async fn sleep_until(&self, until: Timestamp) {
        self.jump(until);
    }
}

impl reconnect_blocking::Clock for Jumping {
    fn now(&self) -> Timestamp {
        self.read()
    }

    fn sleep_until(&self, until: Timestamp) {
        self.jump(until);
    }
}

/// The sandbox's own keys; the scripted service takes any.
fn place(origin: &str, customer: &str) -> Result<(Instance, Keys), Failed> {
    let keys = Keys { secret: Some(SECRET_KEY.into()), api: Some(API_KEY.into()) };
    Ok((Instance::at(origin, &format!("{origin}/"), customer)?, keys))
}

/// The async client for one service.
///
/// # Errors
/// Where TLS cannot be set up.
pub fn client_async(origin: &str, customer: &str) -> Result<reconnect_async::Client, Failed> {
    let (instance, keys) = place(origin, customer)?;
    Ok(reconnect_async::Client::new(instance, keys)?.with_clock(Jumping::default()))
}

/// One refresh through the async driver.
///
/// # Errors
/// Whatever went wrong.
pub async fn walk_async(client: &reconnect_async::Client, login: &str) -> Result<Vec<Account>, Failed> {
    let run = client.refresh(LoginId::new(login)?).run(|_, _| async { reconnect_async::Event::Cancelled });
    Ok(run.await?.accounts)
}

/// The blocking client for one service.
///
/// # Errors
/// Where TLS cannot be set up.
pub fn client_blocking(origin: &str, customer: &str) -> Result<reconnect_blocking::Client, Failed> {
    let (instance, keys) = place(origin, customer)?;
    Ok(reconnect_blocking::Client::new(instance, keys)?.with_clock(Jumping::default()))
}

/// One refresh through the blocking driver.
///
/// # Errors
/// Whatever went wrong.
pub fn walk_blocking(client: &reconnect_blocking::Client, login: &str) -> Result<Vec<Account>, Failed> {
    let run = client.refresh(LoginId::new(login)?).run(|_, _| reconnect_blocking::Event::Cancelled);
    Ok(run?.accounts)
}
