//! Where the service is, which keys there are, and the policy: from the command line and the environment.

use crate::{
    args::{Place, Transport},
    exit::{Exit, Trouble},
};
use core::time::Duration;
use reconnect_core::{Instance, Keys, Mfa, Policy, Secret, policy::TokenUse};
use std::env::{self, VarError};

/// What a session is driven with.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) instance: Instance,
    pub(crate) keys: Keys,
    pub(crate) policy: Policy,
    pub(crate) transport: Transport,
}

impl Place {
    /// # Errors
    /// A usage error where the addresses cannot be what they should be, and `FixTheSetup` where a key cannot be sent.
    pub(crate) fn setup(&self) -> Result<Setup, Trouble> {
        let instance = match (&self.instance, &self.api_url, &self.widget_url) {
            (Some(name), ..) => Instance::named(name, &self.customer_id),
            (None, api, widget) => Instance::at(
                api.as_deref().unwrap_or_default(),
                widget.as_deref().unwrap_or_default(),
                &self.customer_id,
            ),
        };
        let instance = instance.map_err(|wrong| Trouble::usage(wrong.to_string()))?;
        let keys = Keys { secret: key("FLINKS_SECRET_KEY")?, api: key("FLINKS_X_API_KEY")? };
        let mut policy = Policy::default();
        policy.poll_every = Duration::from_secs(self.poll_every);
        // So that `continue --answers` works; the session's file then holds its authorize token.
        policy.mfa = Mfa::WidgetOrApi;
        if keys.secret.is_none() {
            policy.token = TokenUse::Without;
        }
        Ok(Setup { instance, keys, policy, transport: self.transport })
    }
}

/// A key of the environment. An empty one counts as absent.
fn key(name: &str) -> Result<Option<Secret>, Trouble> {
    let unfit = || {
        let message =
            format!("{name} holds a character that cannot stand in a header: set it without quotes or line ends");
        Trouble::new(Exit::FixTheSetup, message)
    };
    match env::var(name) {
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(unfit()),
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) if value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) => Ok(Some(Secret::from(value))),
        Ok(_) => Err(unfit()),
    }
}
