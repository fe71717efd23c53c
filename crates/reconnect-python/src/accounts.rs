//! Accounts as Python classes over the accounts that Rust holds: a value becomes Python's when it is asked for.

use itoa::Buffer;
use pyo3::{
    prelude::*,
    sync::{MutexExt, PyOnceLock},
    types::{PyDate, PyType},
};
use reconnect_core::{Decimal, accounts as core};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// One account.
#[pyclass(frozen, module = "reconnect._core")]
pub(crate) struct Account {
    pub(crate) all: Arc<Vec<reconnect_core::Account>>,
    pub(crate) index: usize,
}

/// One transaction of an account.
#[pyclass(frozen, module = "reconnect._core")]
pub(crate) struct Transaction {
    all: Arc<Vec<reconnect_core::Account>>,
    index: usize,
    nth: usize,
}

/// What is on an account.
#[pyclass(frozen, module = "reconnect._core")]
pub(crate) struct Balance(core::Balance);

/// Who holds an account.
#[pyclass(frozen, module = "reconnect._core")]
pub(crate) struct Holder(core::Holder);

/// Where the holder lives.
#[pyclass(frozen, module = "reconnect._core")]
pub(crate) struct Address(core::Address);

/// The same digits, and as many. A long body has many amounts, and this text is quickly made.
fn decimal(py: Python<'_>, amount: Decimal) -> PyResult<Bound<'_, PyAny>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let text = match i64::try_from(amount.mantissa()) {
        Ok(0) | Err(_) => amount.to_string(),
        Ok(digits) => [Buffer::new().format(digits), "E-", Buffer::new().format(amount.scale())].concat(),
    };
    CLASS.import(py, "decimal", "Decimal")?.call1((text,))
}

/// A day is made once: many transactions share few days.
fn day(py: Python<'_>, date: core::Date) -> PyResult<Py<PyDate>> {
    static DAYS: Mutex<BTreeMap<core::Date, Py<PyDate>>> = Mutex::new(BTreeMap::new());
    let mut days = DAYS.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = days.get(&date) {
        return Ok(known.clone_ref(py));
    }
    let new = PyDate::new(py, date.year().into(), date.month(), date.day())?.unbind();
    // Ten years of days, of whatever banks: the map stays small.
    if days.len() < 4_000 {
        days.insert(date, new.clone_ref(py));
    }
    Ok(new)
}

/// Getters: of texts, of amounts, and others.
macro_rules! getters {
    ($class:ident, $it:ident = |$me:ident| $found:expr;
     text $($text:ident)*; amount $($amount:ident)*; $($name:ident: $kind:ty = $value:expr;)*) => {
        #[pymethods]
        impl $class {
            $(#[getter]
            fn $text(&self) -> Option<&str> {
                let $me = self;
                $found.$text.as_deref()
            })*
            $(#[getter]
            fn $amount<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
                let $me = self;
                $found.$amount.map(|amount| decimal(py, amount)).transpose()
            })*
            $(#[getter]
            fn $name(&self) -> $kind {
                let $me = self;
                let $it = &$found;
                $value
            })*
        }
    };
}
pub(crate) use getters;

getters! {
    Account, it = |me| me.all[me.index];
    text title account_number transit_number institution_number last_four_digits category currency account_type;
    amount overdraft_limit eft_eligible_ratio e_transfer_eligible_ratio;
    id: &str = it.id.as_str();
    r#type: Option<&str> = it.kind.as_deref();
    balance: Balance = Balance(it.balance);
    holder: Option<Holder> = it.holder.clone().map(Holder);
    unread_transactions: bool = it.unread_transactions;
    other: BTreeMap<&str, &str> = it.other.iter().map(|(name, json)| (&**name, &**json)).collect();
}

#[pymethods]
impl Account {
    #[getter]
    fn transactions(&self) -> Vec<Transaction> {
        let Self { all, index } = self;
        let count = all[*index].transactions.len();
        (0..count).map(|nth| Transaction { all: all.clone(), index: *index, nth }).collect()
    }
}

getters! {
    Transaction, it = |me| me.all[me.index].transactions[me.nth];
    text id date_text description;
    amount debit credit balance;
}

#[pymethods]
impl Transaction {
    #[getter]
    fn date(&self, py: Python<'_>) -> PyResult<Option<Py<PyDate>>> {
        self.all[self.index].transactions[self.nth].date.map(|date| day(py, date)).transpose()
    }
}

getters! {
    Balance, it = |me| me.0;
    text;
    amount current available limit;
}

getters! {
    Holder, it = |me| me.0;
    text name email phone_number;
    amount;
    address: Option<Address> = it.address.clone().map(Address);
}

getters! {
    Address, it = |me| me.0;
    text civic_address city province postal_code po_box country;
    amount;
}
