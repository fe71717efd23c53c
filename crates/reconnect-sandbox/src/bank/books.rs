//! The accounts of every test user. Amounts are JSON numbers, digit for digit.

use super::accounts::Amount;

/// One account.
pub(super) struct Page {
    pub(super) title: &'static str,
    pub(super) number: &'static str,
    pub(super) category: &'static str,
    pub(super) kind: &'static str,
    pub(super) currency: &'static str,
    pub(super) overdraft: Amount,
    pub(super) available: Option<Amount>,
    pub(super) current: Amount,
    pub(super) limit: Option<Amount>,
    pub(super) entries: &'static [Entry],
}

/// One transaction, its date as days before the data was collected.
pub(super) struct Entry {
    pub(super) age_days: u64,
    pub(super) description: &'static str,
    pub(super) debit: Option<Amount>,
    pub(super) credit: Option<Amount>,
    pub(super) balance: Amount,
}

const fn debit(age_days: u64, description: &'static str, amount: &'static str, balance: &'static str) -> Entry {
    Entry { age_days, description, debit: Some(Amount(amount)), credit: None, balance: Amount(balance) }
}

const fn credit(age_days: u64, description: &'static str, amount: &'static str, balance: &'static str) -> Entry {
    Entry { age_days, description, debit: None, credit: Some(Amount(amount)), balance: Amount(balance) }
}

/// Not sorted by date, as the documentation does not promise it.
pub(super) const ACCOUNTS: &[Page] = &[
    Page {
        title: "Chequing CAD",
        number: "1111000",
        category: "Operations",
        kind: "Chequing",
        currency: "CAD",
        overdraft: Amount("100.50"),
        available: Some(Amount("50083.70")),
        current: Amount("49983.20"),
        limit: None,
        entries: &[
            credit(3, "PAYROLL - ACME INC", "2500.25", "49996.75"),
            debit(1, "COFFEE & CO <MONTREAL>", "13.55", "49983.20"),
            debit(9, "HYDRO-QUÉBEC", "120.40", "47496.50"),
            debit(31, "RENT", "1400.00", "47616.90"),
            credit(88, "E-TRANSFER RECEIVED", "20", "49016.90"),
            debit(120, "INSURANCE", "75.10", "48996.90"),
            credit(300, "TAX REFUND", "812.00", "49072.00"),
        ],
    },
    Page {
        title: "Savings CAD",
        number: "0002000",
        category: "Operations",
        kind: "Savings",
        currency: "CAD",
        overdraft: Amount("0"),
        available: Some(Amount("50000.00")),
        current: Amount("50000.00"),
        limit: Some(Amount("0")),
        entries: &[
            credit(2, "INTEREST", "0.00", "50000.00"),
            credit(32, "INTEREST", "41.67", "50000.00"),
            credit(62, "TRANSFER FROM CHEQUING", "958.33", "49958.33"),
            credit(200, "OPENING DEPOSIT", "49000.00", "49000.00"),
        ],
    },
    Page {
        title: "Visa Card",
        number: "LO020202",
        category: "Credits",
        kind: "CreditCard",
        currency: "CAD",
        overdraft: Amount("0.00"),
        available: Some(Amount("3765.40")),
        current: Amount("-1234.60"),
        limit: Some(Amount("5000.00")),
        entries: &[
            debit(1, "GROCERIES", "84.60", "-1234.60"),
            debit(5, "AIRLINE", "1150.00", "-1150.00"),
            credit(20, "PAYMENT - THANK YOU", "310.05", "0.00"),
            debit(45, "BOOKSHOP", "310.05", "-310.05"),
        ],
    },
    Page {
        title: "Chequing USD",
        number: "4444000",
        category: "Operations",
        kind: "Chequing",
        currency: "USD",
        overdraft: Amount("0"),
        available: Some(Amount("0.00")),
        current: Amount("-0.10"),
        limit: None,
        entries: &[
            debit(4, "MONTHLY FEE", "0.10", "-0.10"),
            debit(4, "WIRE SENT", "1000.00", "0.00"),
            credit(75, "WIRE RECEIVED", "1000.00", "1000.00"),
        ],
    },
];
