//! Which accounts to keep, and what became of each.

use crate::{
    Account, AccountId,
    reader::{self, Reader, Wrong},
};
use alloc::{sync::Arc, vec::Vec};
use serde::{Deserialize, Serialize};

/// The accounts that the end user once selected: all of them, or only some.
///
/// ```
/// use reconnect_core::{AccountId, Selection};
///
/// let keep = Selection::only([AccountId::new("a-1")?, AccountId::new("a-2")?])?;
/// assert!(keep.keeps(&AccountId::new("A-1")?));
/// assert!(!keep.keeps(&AccountId::new("a-3")?));
/// assert!(Selection::all().keeps(&AccountId::new("a-3")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(try_from = "Option<Vec<AccountId>>")]
pub struct Selection(Option<Arc<[AccountId]>>);

/// A selection of nothing: it would be an empty `AccountsFilter`, which no source documents.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a selection names at least one account: for all of them use `Selection::all()`")]
pub struct EmptySelection;

impl Selection {
    /// Every account of the connection.
    ///
    /// ```
    /// assert!(reconnect_core::Selection::all().is_all());
    /// ```
    #[must_use]
    pub const fn all() -> Self {
        Self(None)
    }

    //= docs/spec/accounts.md#selected-accounts
    //# **ACCT-26** A client MUST NOT accept a selection of no account.
    //= docs/spec/data.md#getaccountsdetail
    //# **DATA-5** A client MUST name the selected accounts in `AccountsFilter`
    /// These accounts and no other. An id that is named twice counts once.
    ///
    /// # Errors
    /// [`EmptySelection`] where there are none.
    ///
    /// ```
    /// assert!(reconnect_core::Selection::only([]).is_err());
    /// ```
    pub fn only(ids: impl IntoIterator<Item = AccountId>) -> Result<Self, EmptySelection> {
        let mut once: Vec<AccountId> = Vec::new();
        for id in ids {
            if !once.contains(&id) {
                once.push(id);
            }
        }
        if once.is_empty() { Err(EmptySelection) } else { Ok(Self(Some(once.into()))) }
    }

    /// Null is all of them.
    pub(crate) fn read(from: &mut Reader<'_>) -> reader::Result<Self> {
        from.maybe(|from| from.each(AccountId::read))?.try_into().map_err(|EmptySelection| Wrong)
    }

    /// Whether every account is kept.
    ///
    /// ```
    /// assert!(reconnect_core::Selection::default().is_all());
    /// ```
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.0.is_none()
    }

    /// The ids that were selected; `None` for all.
    ///
    /// ```
    /// assert_eq!(reconnect_core::Selection::all().ids(), None);
    /// ```
    #[must_use]
    pub fn ids(&self) -> Option<&[AccountId]> {
        self.0.as_deref()
    }

    /// Whether an account with this id is kept.
    ///
    /// ```
    /// use reconnect_core::{AccountId, Selection};
    /// assert!(Selection::all().keeps(&AccountId::new("a")?));
    /// # Ok::<(), reconnect_core::InvalidId>(())
    /// ```
    #[must_use]
    pub fn keeps(&self, id: &AccountId) -> bool {
        self.ids().is_none_or(|ids| ids.contains(id))
    }
}

impl Serialize for Selection {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.ids().serialize(to)
    }
}

impl TryFrom<Option<Vec<AccountId>>> for Selection {
    type Error = EmptySelection;
    fn try_from(ids: Option<Vec<AccountId>>) -> Result<Self, EmptySelection> {
        ids.map_or(Ok(Self::all()), Self::only)
    }
}

/// What became of the accounts of a reply.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The accounts that were selected, in the order of the reply. Two accounts with one id are both here.
    pub kept: Vec<Account>,
    //= docs/spec/accounts.md#selected-accounts
    //# **ACCT-24** A client MUST tell which selected accounts are not in the reply.
    /// Ids that were selected and are not in the reply, in the order of the selection.
    pub missing: Vec<AccountId>,
    /// How many accounts of the reply were not selected, and so not built.
    pub left_out: usize,
}

impl Report {
    /// The report on `kept`, which holds only selected accounts.
    pub(crate) fn of(kept: Vec<Account>, left_out: usize, keep: &Selection) -> Self {
        let gone = |id: &&AccountId| !kept.iter().any(|account| account.id == **id);
        let missing = keep.ids().unwrap_or_default().iter().filter(gone).cloned().collect();
        Self { kept, missing, left_out }
    }
}

//= docs/spec/accounts.md#selected-accounts
//# **ACCT-25** A client MUST keep both of two accounts with one id, or leave both out.
/// Splits accounts by a selection. (A reply that is read with [`reply::read`](crate::reply::read) is split while it
/// is parsed, so that nothing is built of an account that was not selected.)
///
/// ```
/// use reconnect_core::{Account, AccountId, Selection, selection};
///
/// let accounts = ["a", "b"].map(|id| Account::new(AccountId::new(id).unwrap()));
/// let keep = Selection::only([AccountId::new("B")?, AccountId::new("c")?])?;
/// let report = selection::split(accounts.into(), &keep);
/// assert_eq!(report.kept[0].id.as_str(), "b");
/// assert_eq!(report.missing, [AccountId::new("c")?]);
/// assert_eq!(report.left_out, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn split(accounts: Vec<Account>, keep: &Selection) -> Report {
    let before = accounts.len();
    let mut kept = accounts;
    kept.retain(|account| keep.keeps(&account.id));
    let left_out = before - kept.len();
    Report::of(kept, left_out, keep)
}
