//! One showing of the widget, as the bank remembers it.

use super::parameters::Parameters;
use crate::scenario::institution;
use crate::trouble::Trouble;

/// One showing of the widget: what its URL asked for, and how far the user came.
#[derive(Clone)]
pub(crate) struct Showing {
    pub(super) id: String,
    pub(super) parameters: Parameters,
    /// The user agreed, or is not asked.
    pub(super) consented: bool,
    pub(super) institution: Option<Institution>,
    /// The URL's path named the institution.
    pub(super) is_preset: bool,
    /// None until the credentials of a first connection are accepted.
    pub(super) request_id: Option<String>,
    /// The accounts from the account selector. They filter nothing, since the caller does so with `AccountsFilter`.
    /// <https://help.flinks.com/support/solutions/articles/43000436137-account-selector-accounts-filtering>
    pub(super) accounts: Vec<String>,
    pub(super) failures: u32,
    pub(super) over: Option<Over>,
    /// The result of a visit to the bank's own page.
    pub(super) at_bank: Option<AtBank>,
    /// This page is the one that the bank leads back to.
    pub(super) returned: bool,
    pub(super) seen_at: u64,
}

/// How a user comes back from a bank that signs in by OAuth.
#[derive(Clone)]
pub(crate) enum AtBank {
    /// With the `RequestId` of the session that this opened.
    Agreed(String),
    Declined,
    /// They agreed, and then the live call failed.
    Failed(Trouble),
}

/// Why nothing more can be done in a showing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Denied,
    NoMoreTries,
}

impl Showing {
    pub(super) fn new(now: u64, id: String, parameters: Parameters) -> Self {
        Showing {
            id,
            consented: !parameters.consent,
            parameters,
            institution: None,
            is_preset: false,
            request_id: None,
            accounts: Vec::new(),
            failures: 0,
            over: None,
            at_bank: None,
            returned: false,
            seen_at: now,
        }
    }

    pub(crate) fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// <https://docs.flinks.com/docs/flinks-connect-parameters>
    pub(super) fn may_go_back(&self) -> bool {
        self.parameters.back && self.request_id.is_none() && self.over.is_none()
    }
}

/// An institution of the list.
#[derive(Clone)]
pub(crate) struct Institution {
    /// Its name in events and URLs.
    pub(super) name: String,
    /// The name that the user reads.
    pub(super) title: String,
    /// Its users sign in at its own page.
    pub(super) by_oauth: bool,
}

impl Institution {
    pub(super) fn of(known: &institution::Institution) -> Self {
        Institution { name: known.name.clone(), title: known.title.clone(), by_oauth: known.signs_in_by_oauth() }
    }
}
