//! `Sink`: where the accounts of a session go at its end, in the transaction of the end itself.

use crate::error::{BoxError, Error};
use crate::key::Key;
use crate::seal::Seal;
use crate::transaction::{Transaction, execute};
use async_trait::async_trait;
use reconnect_async::{Account, Refreshed};
use std::sync::Arc;

/// Where the accounts go. It is called in the transaction that stores the end of the session. So after a crash at any
/// moment, both are there or neither, and in the second case the session fetches them again.
///
/// ```
/// use reconnect_store::{BoxError, Ended, Sink, Transaction, async_trait};
///
/// struct Balances;
/// #[async_trait]
/// impl Sink for Balances {
///     async fn store(&self, transaction: &mut Transaction<'_>, ended: &Ended) -> Result<(), BoxError> {
///         for account in &ended.accounts {
///             let current = account.balance.current.as_ref().map(ToString::to_string);
///             sqlx::query("INSERT INTO balance (account, current) VALUES ($1, $2)")
///                 .bind(account.id.as_str())
///                 .bind(current)
///                 .execute(transaction.sqlite()?)
///                 .await?;
///         }
///         Ok(())
///     }
/// }
/// ```
#[async_trait]
pub trait Sink: Send + Sync {
    /// Stores the accounts. Use nothing but `transaction` to write: what is written elsewhere stays if the transaction
    /// fails, and is written again. Do not end the transaction, do not pass over a statement that failed, and do not
    /// call this store: it may have one writer, which waits for you. You have 30 s.
    ///
    /// # Errors
    /// Any error of yours. The session is then as it was before its end.
    async fn store(&self, transaction: &mut Transaction<'_>, ended: &Ended) -> Result<(), BoxError>;
}

/// A session that ended with its accounts.
#[derive(Clone)]
#[non_exhaustive]
pub struct Ended {
    /// The session.
    pub key: Key,
    /// The app's own name for its user.
    pub owner: Option<String>,
    /// What became of the connection and of each account that was selected.
    pub refreshed: Refreshed,
    /// The accounts that were kept.
    pub accounts: Vec<Account>,
}

/// No account number and no name of a holder.
impl core::fmt::Debug for Ended {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Ended").field("key", &self.key).field("accounts", &self.accounts.len()).finish_non_exhaustive()
    }
}

/// Keeps the accounts in this crate's own table, as JSON, until the app takes them: see
/// [`Sessions::accounts`](crate::Sessions::accounts).
pub(crate) struct Table(pub(crate) Arc<dyn Seal>);

#[async_trait]
impl Sink for Table {
    async fn store(&self, transaction: &mut Transaction<'_>, ended: &Ended) -> Result<(), BoxError> {
        for (position, account) in (0_i64..).zip(&ended.accounts) {
            let body = self.0.seal(&ended.key, &serde_json::to_vec(account)?).map_err(Error::Seal)?;
            let sql = "INSERT INTO reconnect_account (key, position, body) VALUES ($1, $2, $3)";
            execute!(transaction, sql, ended.key.as_str(), position, &body[..])?;
        }
        Ok(())
    }
}
