//! Which accounts to keep, and what became of each.

use crate::{
    account::Account,
    ids::{self, AccountId, AccountIds},
    unread::Unread,
};
use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::fmt;
use reconnect_json::{Reader, Value, Writer, Wrong};
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
pub struct Selection(Option<Arc<Ids>>);

/// Ids in the order in which they were selected, each once.
struct Ids {
    ids: Box<[AccountId]>,
    /// The positions in `ids`, sorted by id, so that a long list is searched by bisection. Empty if there are few ids:
    /// then looking through them is faster.
    sorted: Box<[u32]>,
}

/// Up to this many ids are looked through one after the other. Ours: an end user has fewer accounts at a bank.
const FEW: usize = 16;

impl Ids {
    fn of(mut ids: Vec<AccountId>) -> Self {
        if ids.len() <= FEW {
            let mut once: Vec<AccountId> = Vec::with_capacity(ids.len());
            for id in ids {
                if !once.contains(&id) {
                    once.push(id);
                }
            }
            return Self { ids: once.into(), sorted: Box::default() };
        }
        // Of equal ids, the one that was selected first comes first.
        let mut sorted = ids::sorted(ids.len(), &|one, other| ids[one].order(&ids[other]).then(one.cmp(&other)));
        let mut first = alloc::vec![true; ids.len()];
        for pair in sorted.windows(2) {
            let (one, other) = (pair[0] as usize, pair[1] as usize);
            first[other] = ids[one] != ids[other];
        }
        if first.contains(&false) {
            let mut first = first.into_iter();
            ids.retain(|_| first.next() == Some(true));
            sorted = ids::sorted(ids.len(), &|one, other| ids[one].order(&ids[other]));
        }
        Self { ids: ids.into(), sorted: sorted.into() }
    }

    fn has(&self, id: &AccountId) -> bool {
        if self.sorted.is_empty() {
            return self.ids.contains(id);
        }
        self.sorted.binary_search_by(|at| self.ids[*at as usize].order(id)).is_ok()
    }
}

impl PartialEq for Ids {
    fn eq(&self, other: &Self) -> bool {
        self.ids == other.ids
    }
}

impl Eq for Ids {}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ids.fmt(f)
    }
}

/// A selection of nothing: it would be an empty `AccountsFilter`, which no source documents.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a selection names at least one account: for all of them use `Selection::all()`")]
pub struct EmptySelection;

/// A list of ids; null is all accounts.
impl Value for Selection {
    fn read(from: &mut Reader<'_>) -> reconnect_json::Result<Self> {
        from.maybe(|from| from.each(AccountId::read))?.try_into().map_err(|EmptySelection| Wrong)
    }

    fn write(&self, to: &mut Writer) {
        to.texts(self.ids().into_iter().flatten().map(AccountId::as_str));
    }
}

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

    /// These accounts and no other. An id that is named twice counts once.
    ///
    /// # Errors
    /// [`EmptySelection`] where there are none.
    ///
    /// ```
    /// assert!(reconnect_core::Selection::only([]).is_err());
    /// ```
    pub fn only(ids: impl IntoIterator<Item = AccountId>) -> Result<Self, EmptySelection> {
        let once = Ids::of(ids.into_iter().collect());
        if once.ids.is_empty() { Err(EmptySelection) } else { Ok(Self(Some(Arc::new(once)))) }
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
        self.0.as_deref().map(|ids| &*ids.ids)
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
        self.0.as_deref().is_none_or(|ids| ids.has(id))
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
    /// Ids that were selected and are not in the reply, in the order of the selection.
    pub missing: Vec<AccountId>,
    /// How many accounts of the reply were not selected, and so not built.
    pub left_out: usize,
    /// The parts of the reply that were not as documented, and so are not in the accounts: an unreadable field is
    /// `None`, an unreadable transaction or account is left out.
    pub unread: Unread,
}

impl Report {
    /// The report on `kept`, which holds only selected accounts.
    pub(crate) fn of(kept: Vec<Account>, left_out: usize, keep: &Selection) -> Self {
        let there = AccountIds::of(kept.iter().map(|account| &account.id).filter(|_| !keep.is_all()));
        let gone = |id: &&AccountId| !there.has(id);
        let missing = keep.ids().unwrap_or_default().iter().filter(gone).cloned().collect();
        Self { kept, missing, left_out, unread: Unread::default() }
    }

    /// Whether everything was read. If not, [`unread`](Self::unread) names the places, and
    /// [`Account::unread_transactions`] marks the accounts that lack transactions.
    ///
    /// ```
    /// assert!(reconnect_core::selection::Report::default().is_complete());
    /// ```
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unread.is_empty()
    }
}

/// Splits accounts by a selection. (A reply that is read with [`reply::data`](crate::reply::data) is split while it
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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    /// Few and many ids are searched in two ways, with the same result.
    #[test]
    fn each_id_counts_once_and_keeps_its_order() {
        let id = |text: &str| AccountId::new(text).expect("an id");
        for count in [1, 2, 15, 16, 17, 400] {
            let all = (0..count).map(|number| id(&format!("A-{}", number * 7 % count)));
            let again = (0..count).map(|number| id(&format!("a-{number}")));
            let own: Vec<AccountId> = all.clone().collect();
            let mut first = Vec::new();
            for id in &own {
                if !first.contains(id) {
                    first.push(id.clone());
                }
            }
            let keep = Selection::only(all.chain(again.clone())).expect("some");
            assert_eq!(&keep.ids().expect("some")[..first.len()], first, "{count}");
            assert_eq!(keep.ids().map(<[_]>::len), Some(count));
            assert!(again.clone().all(|id| keep.keeps(&id)));
            assert!(!["a-", "b", "a-1x", "A-400", "0"].iter().any(|text| keep.keeps(&id(text))));
            assert_eq!(keep, Selection::only(keep.ids().expect("some").iter().cloned()).expect("some"));
            let accounts = [id("a-0"), id("x"), id("A-0")].map(Account::new);
            let report = split(accounts.into(), &keep);
            assert_eq!((report.kept.len(), report.left_out, report.missing.len()), (2, 1, count - 1));
        }
    }

    /// A search through few ids is faster than bisection, and one through many is slower.
    #[test]
    fn only_many_ids_are_sorted() {
        let ids = |count| (0..count).map(|number| AccountId::new(&format!("{number}")).expect("an id")).collect();
        let sorted = |count| Ids::of(ids(count)).sorted.len();
        assert_eq!((sorted(FEW), sorted(FEW + 1)), (0, FEW + 1));
    }

    #[test]
    fn selections_of_other_ids_differ() {
        let only = |text: &str| Selection::only([AccountId::new(text).expect("an id")]).expect("one");
        assert_eq!(only("a-1"), only("A-1"));
        assert_ne!(only("a-1"), only("a-2"));
        assert_eq!(format!("{:?}", only("a-1")), "Selection(Some([AccountId(…)]))");
    }
}
