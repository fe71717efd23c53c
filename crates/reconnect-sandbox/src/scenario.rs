//! A world for the sandbox, as data: its institutions, their users, what they are asked, and what they own.

pub(crate) mod account;
mod build;
pub(crate) mod error;
mod file;
mod form;
pub(crate) mod institution;
pub(crate) mod question;
pub(crate) mod user;

use core::fmt;
use std::sync::{Arc, OnceLock};

use self::build::World;
use self::error::ScenarioError;
use self::file::{File, Overrides};
use self::institution::Institution;
use self::user::User;
use crate::fault::Fault;

/// What a sandbox is about: institutions, users, questions and accounts, read from TOML or JSON.
///
/// Copy one of the files under `scenarios/` and change it, or begin with this one. Keys are in camelCase, and a key that
/// is not known is refused.
///
/// ```
/// use reconnect_sandbox::{Bank, Request, Scenario, Settings};
///
/// let scenario = Scenario::read(r#"
///     about = "One user who is asked two questions, in two languages, and one whose bank is closed"
///
///     [defaults]
///     everyCode = true       # for each documented code, a user `test_` and the code who gets it at the connection
///
///     [settings]             # also: seed, startsAt, tokenLifeMs, requestLifeMs, dataLifeMs, oneSessionPerLogin, strict
///     pendingMs = 500        # each is optional; Settings has the defaults
///     pendingData = "asks"   # also: widgetToken = "session" or "either", earlyRequestId = true
///
///     [[institutions]]                 # without any there is Flinks Capital alone
///     id = 900
///     name = "FirstBank"               # as the API says it
///     title = "First Bank"             # as people read it
///     country = "CA"                   # also: url, languages, routingNumbers, enabled = false, signIn = "oauth"
///
///     [questions.pet]
///     prompt = { en = "What is your pet's name?", fr = "Comment s'appelle votre animal ?" }
///     answers = ["Rex"]
///
///     [questions.colour]
///     type = "MultipleChoice"          # or any other type; one that nobody knows takes any answer
///     prompt = "Pick a colour"
///     choices = ["Red", "Green"]
///     answers = ["Green"]
///
///     [[users]]
///     username = "ada"
///     passwords = ["secret"]           # "Everyday" and "everyday" without it
///     about = "is asked two questions" # what `reconnect sandbox` prints beside her login
///     connected = true                 # has a stored login from the start; scheduled = true: refreshed at night
///     rounds = [["pet"], ["colour"]]   # one after the other; those within one list at once
///     instead = ["colour", "pet"]      # asked in the place of a round that was answered wrong
///     tries = 3                        # the third wrong answer is the last; without it there is no last one
///
///     [[users.accounts]]               # or accounts = "everyday", the name of a list under [[books.everyday]]
///     title = "Chequing"
///     number = "0001"
///     type = "Chequing"                # also: category, currency, overdraft, available, limit
///     current = "1000.00"              # amounts in quotes: every digit is kept
///     transactions = [
///         { daysAgo = 0, description = "COFFEE", debit = "4.50", balance = "1000.00", repeat = 20000, overDays = 90 },
///     ]
///
///     [[users]]
///     username = "bob"
///     fails = { code = "RETRY_LATER" } # at = "connect" | "answer" | "data" | "cached" | "delete"; status, message
///
///     [[faults]]                       # as `POST /_sandbox/faults` takes them; see `Fault`
///     endpoint = "GetAccountsDetailAsync"
///     probability = 0.1                # or call = 2, or [1, 3], or { from = 2 }
///     effect = { kind = "badGateway", handled = true }
/// "#)?;
///
/// let mut bank = Bank::new(Settings::of(scenario));
/// let ada = bank.connect_users(0).remove(0);
/// assert_eq!((ada.username.as_str(), ada.about.as_str()), ("ada", "is asked two questions"));
///
/// let path = "/v3/43387ca6-0391-4c82-857d-70d95f087ecb/BankingServices/Authorize";
/// let refresh = format!(r#"{{"LoginId":"{}","MostRecentCached":false,"Save":true}}"#, ada.login_id);
/// let reply = bank.handle(0, &Request::post(path, refresh));
/// assert_eq!(reply.json()["SecurityChallenges"][0]["Prompt"], "What is your pet's name?");
/// # Ok::<(), reconnect_sandbox::ScenarioError>(())
/// ```
///
/// A clone is cheap, since it shares everything.
#[derive(Clone)]
pub struct Scenario {
    world: Arc<World>,
}

/// The scenarios that come with the sandbox. The default is the first.
static BUILT_IN: [BuiltIn; 5] = [
    BuiltIn::new("documented", include_str!("../scenarios/documented.toml")),
    BuiltIn::new("large", include_str!("../scenarios/large.toml")),
    BuiltIn::new("oauth", include_str!("../scenarios/oauth.toml")),
    BuiltIn::new("united-states", include_str!("../scenarios/united-states.toml")),
    BuiltIn::new("unreliable", include_str!("../scenarios/unreliable.toml")),
];

/// No person writes a scenario of this size.
const LARGEST: usize = 1024 * 1024;

impl Scenario {
    /// Reads a scenario: as JSON if its first character is `{`, otherwise as TOML.
    ///
    /// ```
    /// use reconnect_sandbox::Scenario;
    ///
    /// assert!(Scenario::read(r#"{"users": [{"username": "ada"}]}"#).is_ok());
    /// let error = Scenario::read("[[users]]\nname = 'ada'").unwrap_err().to_string();
    /// assert!(error.starts_with("line 2: unknown field `name`, expected one of `username`"), "{error}");
    /// ```
    ///
    /// # Errors
    /// If it is malformed, is larger than 1 MiB, or contradicts itself. The message says where, and what to write.
    pub fn read(text: &str) -> Result<Self, ScenarioError> {
        if text.len() > LARGEST {
            return Err(ScenarioError::new("a scenario may have 1 MiB; `repeat` makes many transactions of one"));
        }
        let world = build::build(File::read(text)?)?;
        Ok(Scenario { world: Arc::new(world) })
    }

    /// The scenario of this name that comes with the sandbox.
    ///
    /// ```
    /// use reconnect_sandbox::Scenario;
    ///
    /// assert!(Scenario::named("documented").is_some());
    /// assert!(Scenario::named("nowhere").is_none());
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        BUILT_IN.iter().find(|known| known.name == name).map(BuiltIn::get)
    }

    /// The names that [`Scenario::named`] knows, the default first.
    ///
    /// ```
    /// use reconnect_sandbox::Scenario;
    ///
    /// assert_eq!(Scenario::names().next(), Some("documented"));
    /// ```
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|known| known.name)
    }

    /// The author's description; empty if there is none.
    pub fn about(&self) -> &str {
        &self.world.about
    }

    /// When its clock begins, in milliseconds since 1970; none if the scenario does not say.
    pub fn starts_at(&self) -> Option<u64> {
        self.world.overrides.starts_at
    }

    pub(crate) fn overrides(&self) -> &Overrides {
        &self.world.overrides
    }

    pub(crate) fn faults(&self) -> &[Fault] {
        &self.world.faults
    }

    /// Never empty.
    pub(crate) fn institutions(&self) -> &[Arc<Institution>] {
        &self.world.institutions
    }

    /// By the name that the API says, without regard to case, or by number.
    pub(crate) fn institution(&self, name: &str) -> Option<&Arc<Institution>> {
        self.institutions().iter().find(|institution| institution.is_named(name))
    }

    pub(crate) fn users(&self) -> &[Arc<User>] {
        &self.world.users
    }

    /// User names are compared without regard to case. Without an institution, the first user of that name.
    pub(crate) fn user(&self, institution: Option<&Institution>, username: &str) -> Option<&Arc<User>> {
        let username = username.to_lowercase();
        let mut alike = self.users().iter().filter(|user| user.folded_name == username);
        alike.find(|user| institution.is_none_or(|institution| institution.id == user.institution.id))
    }

    /// A user that no institution knows.
    pub(crate) fn stranger(&self) -> &Arc<User> {
        &self.world.stranger
    }
}

/// The documented test users, and users for cases that the documentation leaves open.
impl Default for Scenario {
    fn default() -> Self {
        BUILT_IN[0].get()
    }
}

/// It shows counts only, and no names and answers.
impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scenario")
            .field("institutions", &self.institutions().len())
            .field("users", &self.users().len())
            .finish_non_exhaustive()
    }
}

struct BuiltIn {
    name: &'static str,
    text: &'static str,
    /// Tests make thousands of banks, so it is read once.
    read: OnceLock<Scenario>,
}

impl BuiltIn {
    const fn new(name: &'static str, text: &'static str) -> Self {
        BuiltIn { name, text, read: OnceLock::new() }
    }

    fn get(&self) -> Scenario {
        let read = || Scenario::read(self.text).expect("a test reads each scenario that comes with the sandbox");
        self.read.get_or_init(read).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scenario_that_comes_with_the_sandbox_is_read() {
        for known in &BUILT_IN {
            let scenario = Scenario::read(known.text).unwrap_or_else(|error| panic!("{}: {error}", known.name));
            assert!(!scenario.about().is_empty(), "{}", known.name);
        }
    }
}
