//! What a data call asks for. Its `…Async` twin then delivers it.

/// The first data call of a session.
#[derive(Clone)]
pub(crate) struct Fetch<O> {
    pub(crate) started_at: u64,
    pub(crate) order: O,
}

/// Which of the two calls for accounts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Detail,
    Summary,
}

impl Kind {
    /// The name of its `…Async` twin.
    pub(super) fn poll(self) -> &'static str {
        match self {
            Kind::Detail => "GetAccountsDetailAsync",
            Kind::Summary => "GetAccountsSummaryAsync",
        }
    }
}

/// What a call for accounts asks for.
#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) filter: Option<Vec<String>>,
    pub(crate) transactions: bool,
    pub(crate) holder: bool,
    pub(crate) identity: bool,
    pub(crate) balance: bool,
    pub(crate) days: u64,
}

impl Default for Order {
    fn default() -> Self {
        Order { filter: None, transactions: true, holder: true, identity: true, balance: true, days: 90 }
    }
}

/// What a call for statements asks for.
#[derive(Clone)]
pub(crate) struct StatementsOrder {
    pub(crate) filter: Option<Vec<String>>,
    /// For each account.
    pub(crate) number: usize,
}

impl Default for StatementsOrder {
    fn default() -> Self {
        StatementsOrder { filter: None, number: 1 }
    }
}
