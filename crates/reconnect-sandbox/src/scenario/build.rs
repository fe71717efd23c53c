//! Makes the bank's world from a scenario file. Names are looked up, and contradictions are refused.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::ask::Questions;
use super::account::Account;
use super::error::{ScenarioError, refuse, unknown, within};
use super::file::{File, Overrides, WrittenFailure, WrittenUser};
use super::form::Ref;
use super::institution::Institution;
use super::question::Script;
use super::user::{At, Language, User};
use crate::fault::Fault;
use crate::trouble::Trouble;

mod ask;

/// Everything in a scenario. The parts are shared.
pub(super) struct World {
    pub(super) about: String,
    pub(super) overrides: Overrides,
    pub(super) institutions: Vec<Arc<Institution>>,
    pub(super) users: Vec<Arc<User>>,
    pub(super) stranger: Arc<User>,
    pub(super) faults: Vec<Fault>,
}

/// This is 270 years.
const MOST_DAYS: u64 = 100_000;
/// With these two limits a reply stays under 32 MiB, which is the most that clients read.
const MOST_TRANSACTIONS: u64 = 100_000;
const LONGEST_DESCRIPTION: usize = 100;

pub(super) fn build(file: File) -> Result<World, ScenarioError> {
    let institutions = institutions(file.institutions)?;
    let institution = match &file.defaults.institution {
        None => Arc::clone(&institutions[0]),
        Some(name) => named(&institutions, name).map_err(|error| within("defaults", &error))?,
    };
    let books = file.books.into_iter().map(|(name, accounts)| {
        let checked = checked(accounts).map_err(|error| within(&format!("book {name:?}"), &error))?;
        Ok((name, checked))
    });
    let books: Books = books.collect::<Result<_, ScenarioError>>()?;
    let questions = Questions::read(file.questions)?;
    let accounts = match &file.defaults.accounts {
        None => Arc::from([]),
        Some(name) => book(&books, name).map_err(|error| within("defaults", &error))?,
    };
    let passwords = file.defaults.passwords.unwrap_or_else(|| vec!["Everyday".to_owned(), "everyday".to_owned()]);
    let site = Site { institution, institutions, books, questions, accounts, passwords: passwords.into() };

    if file.users.is_empty() {
        return refuse("a scenario needs a user; write [[users]] with a username");
    }
    let mut names = BTreeSet::new();
    let mut users = Vec::with_capacity(file.users.len());
    for (index, written) in file.users.into_iter().enumerate() {
        let place = format!("user {:?}", written.username);
        if written.username.trim().is_empty() {
            return refuse(format!("user {} has an empty username; write what they log in with", index + 1));
        }
        let user = site.user(written).map_err(|error| within(&place, &error))?;
        if !names.insert((user.institution.id, user.folded_name.clone())) {
            let what = "is there twice at one institution, in either letter case; rename one or move it to another";
            return refuse(format!("{place} {what}"));
        }
        users.push(Arc::new(user));
    }
    for (index, fault) in file.faults.iter().enumerate() {
        fault.check().or_else(|why| refuse(format!("fault {}: {why}", index + 1)))?;
    }
    let stranger = Arc::new(site.stranger());
    if file.defaults.every_code {
        for code in Trouble::codes() {
            let username = format!("test_{}", code.to_lowercase().replace(' ', "_"));
            if !names.contains(&(site.institution.id, username.clone())) {
                let fails = WrittenFailure { code: code.to_owned(), status: None, message: None, at: At::Connect };
                let written = WrittenUser { username, fails: Some(fails), ..WrittenUser::default() };
                users.push(Arc::new(site.user(written)?));
            }
        }
    }
    let Site { institutions, .. } = site;
    Ok(World { about: file.about, overrides: file.settings, institutions, users, stranger, faults: file.faults })
}

type Books = BTreeMap<String, Arc<[Account]>>;

/// The parts that users name, and the defaults for users.
struct Site {
    institution: Arc<Institution>,
    institutions: Vec<Arc<Institution>>,
    books: Books,
    questions: Questions,
    accounts: Arc<[Account]>,
    passwords: Arc<[String]>,
}

impl Site {
    fn user(&self, written: WrittenUser) -> Result<User, ScenarioError> {
        let institution = match &written.institution {
            None => Arc::clone(&self.institution),
            Some(name) => named(&self.institutions, name)?,
        };
        if written.passwords.as_ref().is_some_and(Vec::is_empty) {
            return refuse("`passwords` is empty; write one, or leave it out for \"Everyday\"");
        }
        if written.tries == Some(0) {
            return refuse("`tries` is 0; write 1 for a user whose first wrong answer is the last, or leave it out");
        }
        if written.instead.is_some() && written.rounds.is_empty() {
            return refuse("`instead` without `rounds`; write what is asked at first");
        }
        if institution.signs_in_by_oauth() && !written.rounds.is_empty() {
            return refuse("`rounds` at a bank that signs in by OAuth, which asks on its own page; leave them out");
        }
        let failure = written.fails.map(|fails| failure(fails, !written.rounds.is_empty())).transpose()?;
        let [english, french] = self.questions.scripts(written.rounds, written.instead, written.tries)?;
        let accounts = match written.accounts {
            None => Arc::clone(&self.accounts),
            Some(Ref::Named(name)) => book(&self.books, &name)?,
            Some(Ref::Here(accounts)) => checked(accounts)?,
        };
        Ok(User {
            institution,
            folded_name: written.username.to_lowercase(),
            username: written.username,
            about: written.about,
            passwords: written.passwords.map_or_else(|| Arc::clone(&self.passwords), Arc::from),
            connected: written.connected,
            scheduled: written.scheduled,
            language: written.language,
            english,
            french,
            failure,
            dispatched: written.dispatched,
            pending_ms: written.pending_ms,
            accounts,
        })
    }

    /// A user that the bank does not know any more. The login has its old data and cannot be refreshed.
    fn stranger(&self) -> User {
        User {
            institution: Arc::clone(&self.institution),
            username: String::new(),
            folded_name: String::new(),
            about: String::new(),
            passwords: Arc::from([]),
            connected: false,
            scheduled: false,
            language: Language::default(),
            english: Script::default(),
            french: Script::default(),
            failure: Trouble::documented("INVALID_USERNAME").map(|trouble| (At::Connect, trouble)),
            dispatched: false,
            pending_ms: None,
            accounts: Arc::clone(&self.accounts),
        }
    }
}

fn institutions(written: Vec<Institution>) -> Result<Vec<Arc<Institution>>, ScenarioError> {
    if written.is_empty() {
        return Ok(vec![Arc::new(Institution::flinks_capital())]);
    }
    let (mut ids, mut names) = (BTreeSet::new(), BTreeSet::new());
    for institution in &written {
        let name = &institution.name;
        if name.trim().is_empty() {
            return refuse(format!("institution {} has an empty name; write what the API calls it", institution.id));
        }
        if !ids.insert(institution.id) || !names.insert(name.to_lowercase()) {
            return refuse(format!(
                "institution {name:?} or its id is there twice; give each a name and an id of its own"
            ));
        }
        if institution.languages.is_empty() || institution.languages.iter().any(|code| Language::read(code).is_none()) {
            return refuse(format!("institution {name:?}: `languages` are \"en\", \"fr\" or both"));
        }
    }
    Ok(written.into_iter().map(Arc::new).collect())
}

fn failure(written: WrittenFailure, asks: bool) -> Result<(At, Trouble), ScenarioError> {
    let WrittenFailure { code, status, message, at } = written;
    if at == At::Answer && !asks {
        return refuse("it fails at the answer, and nothing is asked; write `rounds`, or at = \"connect\"");
    }
    if status.is_some_and(|status| !(400..600).contains(&status)) {
        return refuse("the `status` of a failure is from 400 to 599; a 202 is `dispatched` or `pendingMs`");
    }
    let known = Trouble::documented(&code);
    let Some(status) = status.or(known.as_ref().map(|known| known.status)) else {
        return refuse(format!("code {code:?} is not documented; write the `status` that it comes with"));
    };
    let message = message.map(Cow::Owned).or(known.map(|known| known.message));
    Ok((at, Trouble { status, code: Cow::Owned(code), message: message.unwrap_or_default() }))
}

fn checked(accounts: Vec<Account>) -> Result<Arc<[Account]>, ScenarioError> {
    let (mut numbers, mut all) = (BTreeSet::new(), 0_u64);
    for account in &accounts {
        if !numbers.insert(&account.number) {
            return refuse("two accounts have one number, and ids are made from it; change one");
        }
        for entry in &account.transactions {
            if entry.repeat == 0 || entry.days_ago > MOST_DAYS || entry.over_days > MOST_DAYS {
                let what = "`repeat` is at least 1, `daysAgo` and `overDays` at most";
                return refuse(format!("transaction {:?}: {what} {MOST_DAYS}", entry.description));
            }
            if entry.description.len() > LONGEST_DESCRIPTION {
                let shown: String = entry.description.chars().take(20).collect();
                return refuse(format!(
                    "transaction \"{shown}…\": a description has {LONGEST_DESCRIPTION} bytes at most"
                ));
            }
            all = all.saturating_add(entry.repeat);
        }
    }
    if all > MOST_TRANSACTIONS {
        return refuse(format!("{all} transactions; {MOST_TRANSACTIONS} are the most that one user may have"));
    }
    Ok(accounts.into())
}

fn named(institutions: &[Arc<Institution>], name: &str) -> Result<Arc<Institution>, ScenarioError> {
    let found = institutions.iter().find(|institution| institution.is_named(name));
    let known = || institutions.iter().map(|institution| institution.name.as_str());
    found.cloned().ok_or_else(|| unknown("institution", name, known(), "[[institutions]]"))
}

fn book(books: &Books, name: &str) -> Result<Arc<[Account]>, ScenarioError> {
    let known = || books.keys().map(String::as_str);
    books.get(name).cloned().ok_or_else(|| unknown("book", name, known(), &format!("[[books.{name}]]")))
}
