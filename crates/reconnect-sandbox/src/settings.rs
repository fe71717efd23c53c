//! The settings of a sandbox.

pub(crate) mod choices;

use core::fmt;

use self::choices::{PendingData, WidgetToken};
use crate::fault::Fault;
use crate::scenario::Scenario;

/// How a [`Bank`](crate::Bank) behaves. Every number is a default that a test may change.
#[derive(Clone)]
pub struct Settings {
    /// The path segment that names the customer. The default is the public sandbox's:
    /// <https://docs.flinks.com/guides/getting-started/testing-environments>.
    pub customer_id: String,
    /// What `/GenerateAuthorizeToken` expects in `flinks-auth-key`:
    /// <https://docs.flinks.com/guides/connect/authentication-reference>.
    pub secret_key: String,
    /// What the data endpoints expect in `x-api-key`:
    /// <https://docs.flinks.com/guides/connect/authentication-reference>.
    pub api_key: String,
    /// A strict sandbox wants keys spelled exactly, real booleans, a token or key on each call, and GET on `…Async`. A
    /// lenient one does not. Both refuse a wrong, spent or expired token or key.
    pub strict: bool,
    /// How long a data call answers 202 after the first one. The documentation gives no number; 2 s keeps a demo short.
    pub pending_ms: u64,
    /// Life of an authorize token, 15 minutes: <https://docs.flinks.com/guides/connect/resume-and-reconnect>.
    pub token_life_ms: u64,
    /// How long a `requestId` lives without activity, 8 minutes:
    /// <https://docs.flinks.com/guides/connect/resume-and-reconnect>.
    pub request_life_ms: u64,
    /// How long a `requestId` lives from its first data call on, 30 minutes:
    /// <https://docs.flinks.com/guides/getting-started/key-concepts>.
    pub data_life_ms: u64,
    /// Refuse a live `/Authorize` with `CONCURRENT_SESSION` while another session of that login waits for MFA.
    /// The code is documented, but its use is not, so this is off by default.
    pub one_session_per_login: bool,
    /// The answer to a data call while the session waits for MFA.
    pub pending_data: PendingData,
    /// Which authorize token the widget takes beside a `requestId`.
    pub widget_token: WidgetToken,
    /// Post the `requestId` with the `COMPONENT_LOAD_MFA` of an ordinary Connect session. No page lists the fields of that
    /// event, so it is off by default; a page that saves the id can resume a first connection that was interrupted.
    pub early_request_id: bool,
    /// The faults; there are none by default. `POST /_sandbox/faults` replaces them at run time.
    pub faults: Vec<Fault>,
    /// Every id comes from it. Two banks with one seed answer the same requests with the same bytes.
    pub seed: u64,
    /// The institutions and their users, with their questions and accounts.
    pub scenario: Scenario,
}

impl Settings {
    /// The defaults, changed by what the scenario sets.
    ///
    /// ```
    /// use reconnect_sandbox::{Scenario, Settings};
    ///
    /// let scenario = Scenario::named("large").expect("it comes with the sandbox");
    /// assert_eq!(Settings::of(scenario).pending_ms, 60_000);
    /// ```
    pub fn of(scenario: Scenario) -> Self {
        let (set, unset) = (scenario.overrides(), Settings::default());
        Settings {
            strict: set.strict.unwrap_or(unset.strict),
            pending_ms: set.pending_ms.unwrap_or(unset.pending_ms),
            token_life_ms: set.token_life_ms.unwrap_or(unset.token_life_ms),
            request_life_ms: set.request_life_ms.unwrap_or(unset.request_life_ms),
            data_life_ms: set.data_life_ms.unwrap_or(unset.data_life_ms),
            one_session_per_login: set.one_session_per_login.unwrap_or(unset.one_session_per_login),
            pending_data: set.pending_data.unwrap_or(unset.pending_data),
            widget_token: set.widget_token.unwrap_or(unset.widget_token),
            early_request_id: set.early_request_id.unwrap_or(unset.early_request_id),
            faults: scenario.faults().to_vec(),
            seed: set.seed.unwrap_or(unset.seed),
            scenario,
            ..unset
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        const MINUTE: u64 = 60_000;
        Settings {
            customer_id: "43387ca6-0391-4c82-857d-70d95f087ecb".to_owned(),
            secret_key: "sandbox-secret".to_owned(),
            api_key: "sandbox-api-key".to_owned(),
            strict: false,
            pending_ms: 2_000,
            token_life_ms: 15 * MINUTE,
            request_life_ms: 8 * MINUTE,
            data_life_ms: 30 * MINUTE,
            one_session_per_login: false,
            pending_data: PendingData::default(),
            widget_token: WidgetToken::default(),
            early_request_id: false,
            faults: Vec::new(),
            seed: 0,
            scenario: Scenario::default(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("strict", &self.strict)
            .field("pending_ms", &self.pending_ms)
            .field("token_life_ms", &self.token_life_ms)
            .field("request_life_ms", &self.request_life_ms)
            .field("data_life_ms", &self.data_life_ms)
            .field("one_session_per_login", &self.one_session_per_login)
            .field("pending_data", &self.pending_data)
            .field("widget_token", &self.widget_token)
            .field("early_request_id", &self.early_request_id)
            .field("faults", &self.faults)
            .field("seed", &self.seed)
            .field("scenario", &self.scenario)
            .finish_non_exhaustive()
    }
}
