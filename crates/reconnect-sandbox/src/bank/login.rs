//! Stored connections. Each has a `LoginId`.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::date::moment;
use crate::id::{fold, guid};
use crate::scenario::user::{Language, User};
use crate::trouble::Trouble;

/// Institution, user name and language: together they make a login.
/// <https://docs.flinks.com/guides/getting-started/key-concepts>
#[derive(Clone)]
pub(crate) struct Who {
    pub(crate) user: Arc<User>,
    /// As typed; compared without regard to case.
    pub(crate) username: String,
    pub(crate) language: Language,
}

impl Who {
    pub(crate) fn login_id(&self, seed: u64) -> String {
        let username = self.username.to_lowercase();
        guid(seed, &["login", &self.user.institution.name, &username, self.language.code()])
    }
}

#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) id: String,
    pub(crate) who: Who,
    pub(crate) connected_at: u64,
    pub(crate) last_refresh: u64,
    /// How the last live attempt ended, if it did not succeed: a cached call repeats it, with a usable `RequestId`.
    /// <https://help.flinks.com/support/solutions/articles/43000761538-errors-when-calling-authorize-with-cached-mode>
    pub(crate) trouble: Option<Trouble>,
    /// Without `Save: true` the data can be fetched once, and the `LoginId` is good for nothing afterwards.
    pub(crate) saved: bool,
    /// Set to be refreshed at night.
    pub(crate) scheduled: bool,
    /// Stored answers, by question.
    pub(crate) answers: BTreeMap<String, String>,
}

impl Login {
    /// A row of `GET /_sandbox/logins`.
    pub(super) fn listed(&self) -> Value {
        json!({"loginId": self.id, "username": self.who.username, "about": self.who.user.about})
    }

    /// The `Login` object of every success.
    pub(crate) fn body(&self) -> Value {
        json!({
            "Username": self.who.username,
            "IsScheduledRefresh": self.scheduled,
            "LastRefresh": moment(self.last_refresh),
            "Type": "Personal",
            "Id": self.id,
        })
    }
}

/// A login that exists from the start.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connected {
    /// The id for a refresh.
    pub login_id: String,
    /// The name of its user.
    pub username: String,
    /// The words of the scenario about the user.
    pub about: String,
}

/// The id is shortened, and the name is not shown.
impl fmt::Debug for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connected({}…)", self.login_id.get(..8).unwrap_or_default())
    }
}

#[derive(Clone, Default)]
pub(crate) struct Logins {
    /// In the order of their first connection.
    all: Vec<Login>,
    /// By login id. The first connection may ask too, so the count begins before the login exists.
    challenges: BTreeMap<String, usize>,
    /// The ids, in lower case, of logins at an OAuth bank whose grant has ended.
    revoked: BTreeSet<String>,
}

impl Logins {
    pub(crate) fn get(&self, id: &str) -> Option<&Login> {
        self.all.iter().find(|login| login.id.eq_ignore_ascii_case(id))
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Login> {
        self.all.iter_mut().find(|login| login.id.eq_ignore_ascii_case(id))
    }

    /// The logins whose `LoginId` can still be used.
    pub(crate) fn saved(&self) -> impl Iterator<Item = &Login> {
        self.all.iter().filter(|login| login.saved)
    }

    pub(crate) fn remove(&mut self, id: &str) {
        self.all.retain(|login| !login.id.eq_ignore_ascii_case(id));
    }

    pub(crate) fn of_user(&self, username: &str) -> Option<&Login> {
        let username = username.to_lowercase();
        let mut known = self.all.iter().filter(|login| login.saved);
        known.find(|login| login.who.username.to_lowercase() == username)
    }

    /// A live connection succeeded.
    pub(crate) fn refreshed(&mut self, now: u64, id: &str, who: &Who, save: bool) {
        match self.get_mut(id) {
            Some(login) => {
                login.trouble = None;
                login.saved |= save;
                if save {
                    login.last_refresh = now;
                }
            }
            None => self.all.push(Login {
                id: id.to_owned(),
                who: who.clone(),
                connected_at: now,
                last_refresh: now,
                trouble: None,
                saved: save,
                scheduled: who.user.scheduled,
                answers: BTreeMap::new(),
            }),
        }
    }

    /// A live connection did not succeed, or not yet.
    pub(crate) fn troubled(&mut self, id: &str, trouble: Trouble) {
        if let Some(login) = self.get_mut(id) {
            login.trouble = Some(trouble);
        }
    }

    /// The user agreed at the bank's own page.
    pub(crate) fn granted(&mut self, id: &str) {
        self.revoked.remove(&fold(id));
    }

    /// Ends the user's grant. Returns whether there is such a login at a bank that signs in by OAuth.
    pub(crate) fn revoke(&mut self, id: &str) -> bool {
        let is_one = self.get(id).is_some_and(|login| login.who.user.institution.signs_in_by_oauth());
        if is_one {
            self.revoked.insert(fold(id));
        }
        is_one
    }

    pub(crate) fn is_revoked(&self, id: &str) -> bool {
        self.revoked.contains(&fold(id))
    }

    pub(crate) fn challenged(&mut self, id: &str) {
        *self.challenges.entry(fold(id)).or_default() += 1;
    }

    pub(crate) fn challenges(&self, id: &str) -> usize {
        self.challenges.get(&fold(id)).copied().unwrap_or_default()
    }

    /// Puts a login back to how it was right after its first connection. Returns whether there is such a login.
    pub(crate) fn reset(&mut self, id: &str) -> bool {
        self.challenges.remove(&fold(id));
        self.revoked.remove(&fold(id));
        let login = self.get_mut(id);
        login
            .map(|login| {
                login.trouble = None;
                login.last_refresh = login.connected_at;
                login.scheduled = login.who.user.scheduled;
                login.answers.clear();
            })
            .is_some()
    }

    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }
}
