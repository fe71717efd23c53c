//! Every statement that writes.
//!
//! Both databases take the same text, with `$1` for a parameter. A statement differs only where PostgreSQL has to pass
//! over rows that another node has locked.

use crate::error::Error;
use crate::key::Key;
use crate::sink::Ended;
use crate::transaction::{Connection, Transaction, each, execute};
use crate::write::{Swap, Swapped, Write, Wrote};
use core::time::Duration;

const INSERT: &str = "
    INSERT INTO reconnect_session (key, session, revision, snapshot, writer, login, holds_login, tag, owner, stage,
        reason, due_at, live_at, created_at, closed_at, forget_at, result, kept)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
    ON CONFLICT DO NOTHING";

/// A session that opens again takes its login back only if no other session has it.
const UPDATE: &str = "
    UPDATE reconnect_session SET session = $2, revision = $3, snapshot = $4, writer = $5, login = $6,
        holds_login = $7 AND $6 IS NOT NULL AND (holds_login AND login = $6 OR NOT EXISTS (
            SELECT 1 FROM reconnect_session AS other
            WHERE other.login = $6 AND other.holds_login AND other.key <> $1)),
        tag = $8, stage = $9, reason = $10, due_at = $11, live_at = COALESCE(live_at, $12), closed_at = $13,
        forget_at = $14, result = $16, kept = $17
    WHERE key = $1 AND revision = $15 AND (session IS NULL OR session = $2) AND snapshot IS NOT NULL";

/// What takes rows that are due.
#[derive(Clone, Copy)]
struct Due {
    #[cfg(feature = "sqlite")]
    sqlite: &'static str,
    #[cfg(feature = "postgres")]
    postgres: &'static str,
}

/// The rows of a table that are due. PostgreSQL has to pass over rows that another node has locked.
macro_rules! due {
    ($table:literal, $key:literal, $and:literal) => {
        Due {
            #[cfg(feature = "sqlite")]
            sqlite: due!($table, $key, $and, ")"),
            #[cfg(feature = "postgres")]
            postgres: due!($table, $key, $and, " FOR UPDATE SKIP LOCKED)"),
        }
    };
    ($table:literal, $key:literal, $and:literal, $end:literal) => {
        concat!(
            "UPDATE ",
            $table,
            " SET due_at = $2",
            $and,
            " WHERE ",
            $key,
            " IN (SELECT ",
            $key,
            " FROM ",
            $table,
            " WHERE due_at <= $1 ORDER BY due_at LIMIT $3",
            $end,
            " RETURNING ",
            $key
        )
    };
}

const DUE: Due = due!("reconnect_session", "key", "");

/// A try is counted when it begins: the process may end before it is over.
const DUE_NOTICES: Due = due!("reconnect_notice", "id", ", tries = tries + 1");

const PARK: &str = "UPDATE reconnect_session SET due_at = $3 WHERE key = $1 AND revision = $2";

const RELEASE: &str =
    "UPDATE reconnect_session SET holds_login = FALSE WHERE key = $1 AND holds_login AND closed_at <= $2";

const GIVE_UP: &str = "
    UPDATE reconnect_session SET holds_login = FALSE, closed_at = $2
    WHERE key = $1 AND holds_login AND COALESCE(live_at, created_at) <= $3";

const FORGET: &str = "
    UPDATE reconnect_session SET snapshot = NULL, forget_at = NULL, holds_login = FALSE WHERE key IN (
        SELECT key FROM reconnect_session
        WHERE forget_at <= $1 AND due_at IS NULL AND closed_at <= $1 ORDER BY forget_at LIMIT $2)";

const DELETE_OLD: &str = "
    DELETE FROM reconnect_session WHERE key IN (
        SELECT key FROM reconnect_session
        WHERE closed_at <= $1 AND NOT holds_login AND (snapshot IS NULL OR forget_at IS NULL)
        ORDER BY closed_at LIMIT $2)";

const DELETE_LINKS: &str = "
    DELETE FROM reconnect_link WHERE id IN (
        SELECT id FROM reconnect_link WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";

const TAKEN: &str =
    "UPDATE reconnect_session SET taken_at = COALESCE(taken_at, $2) WHERE key = $1 AND kept IS NOT NULL";

const LINK: &str = "
    INSERT INTO reconnect_link (id, token_hash, login, owner, body, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING";

const REVOKE: &str = "UPDATE reconnect_link SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1";

/// A session that ends twice in the same way tells of it once.
const NEW_NOTICE: &str = "
    INSERT INTO reconnect_notice (id, key, result, created_at, tries, due_at) VALUES ($1, $2, $3, $4, 0, $4)
    ON CONFLICT DO NOTHING";

const NOTICE: &str = "UPDATE reconnect_notice SET due_at = $2 WHERE id = $1";

/// How long the app's sink may take.
const SINK: Duration = Duration::from_secs(30);

impl Transaction<'_> {
    pub(crate) async fn apply(&mut self, write: &Write) -> Result<Wrote, Error> {
        Ok(match write {
            Write::Swap(swap) => Wrote::Swap(self.swap(swap).await?),
            Write::Due { now, until, limit } => Wrote::Keys(self.taken_keys(DUE, *now, *until, *limit).await?),
            Write::Park { key, revision, due_at } => {
                Wrote::Rows(execute!(self, PARK, key.as_str(), *revision, *due_at)?)
            }
            Write::Release { key, now } => Wrote::Rows(execute!(self, RELEASE, key.as_str(), *now)?),
            Write::GiveUp { key, now, before } => Wrote::Rows(execute!(self, GIVE_UP, key.as_str(), *now, *before)?),
            Write::Sweep { now, before, limit } => {
                let forgotten = execute!(self, FORGET, *now, *limit)?;
                let links = execute!(self, DELETE_LINKS, *before, *limit)?;
                Wrote::Rows(forgotten.max(links).max(execute!(self, DELETE_OLD, *before, *limit)?))
            }
            Write::Erase { login } => {
                execute!(self, "DELETE FROM reconnect_link WHERE login = $1", login.as_str())?;
                Wrote::Rows(execute!(self, "DELETE FROM reconnect_session WHERE login = $1", login.as_str())?)
            }
            Write::Taken { key, now } => {
                execute!(self, "DELETE FROM reconnect_account WHERE key = $1", key.as_str())?;
                Wrote::Rows(execute!(self, TAKEN, key.as_str(), *now)?)
            }
            Write::Link(link) => Wrote::Rows(execute!(
                self,
                LINK,
                link.id.as_str(),
                link.token_hash.as_str(),
                link.login.as_str(),
                link.owner.as_deref(),
                &link.body[..],
                link.created_at,
                link.expires_at
            )?),
            Write::Revoke { id, now } => Wrote::Rows(execute!(self, REVOKE, id.as_str(), *now)?),
            Write::DueNotices { now, until, limit } => {
                Wrote::Keys(self.taken_keys(DUE_NOTICES, *now, *until, *limit).await?)
            }
            Write::Notice { id, due_at } => Wrote::Rows(execute!(self, NOTICE, id.as_str(), *due_at)?),
        })
    }

    /// Takes what is due until a moment. On PostgreSQL, what another node has locked is left to it.
    async fn taken_keys(&mut self, due: Due, now: i64, until: i64, limit: i64) -> Result<Vec<Key>, Error> {
        let keys: Vec<(String,)> = match &mut self.0 {
            #[cfg(feature = "sqlite")]
            Connection::Sqlite(connection) => {
                sqlx::query_as(due.sqlite).bind(now).bind(until).bind(limit).fetch_all(&mut **connection).await?
            }
            #[cfg(feature = "postgres")]
            Connection::Postgres(connection) => {
                sqlx::query_as(due.postgres).bind(now).bind(until).bind(limit).fetch_all(&mut **connection).await?
            }
        };
        Ok(keys.into_iter().filter_map(|(key,)| key.parse().ok()).collect())
    }

    async fn swap(&mut self, swap: &Swap) -> Result<Swapped, Error> {
        let mut tries = 0;
        while self.write(swap).await? == 0 {
            tries += 1;
            match self.refused(swap).await? {
                Some(refused) => return Ok(refused),
                // The session that had the login has just let go of it.
                None if tries < 3 => {}
                None => return Ok(Swapped::Conflict),
            }
        }
        for request in &swap.requests {
            let sql = "INSERT INTO reconnect_request (request, key) VALUES ($1, $2) ON CONFLICT DO NOTHING";
            execute!(self, sql, request.as_str(), swap.key.as_str())?;
        }
        if let Some(id) = &swap.notice {
            execute!(self, NEW_NOTICE, id.as_str(), swap.key.as_str(), swap.row.result, swap.now)?;
        }
        if let Some(end) = &swap.end {
            let ended = Ended { owner: self.owner(swap.key.as_str()).await?, ..end.ended.clone() };
            let stored = tokio::time::timeout(SINK, end.sink.store(self, &ended)).await;
            stored.unwrap_or_else(|_| Err("it took more than 30 s".into())).map_err(Error::Sink)?;
            // A sink that ended the transaction, or passed over a statement that failed, has undone the swap.
            let writer = self.writer(swap.key.as_str()).await.map_err(|error| Error::Sink(error.into()))?;
            if writer.as_ref() != Some(&swap.writer) {
                return Err(Error::Sink("it ended the transaction".into()));
            }
        }
        Ok(Swapped::Written)
    }

    /// How many rows it wrote.
    async fn write(&mut self, swap: &Swap) -> Result<u64, Error> {
        let (key, row) = (swap.key.as_str(), &swap.row);
        Ok(match swap.loaded {
            None => execute!(
                self,
                INSERT,
                key,
                row.session.as_deref(),
                row.revision,
                &row.snapshot[..],
                swap.writer.as_str(),
                row.login.as_deref(),
                row.is_open && row.login.is_some(),
                row.tag.as_deref(),
                swap.owner.as_deref(),
                row.stage,
                row.reason.as_deref(),
                row.due_at,
                row.live_at,
                swap.now,
                row.closed_at,
                row.forget_at,
                row.result,
                row.kept.as_deref()
            )?,
            Some(loaded) => execute!(
                self,
                UPDATE,
                key,
                row.session.as_deref(),
                row.revision,
                &row.snapshot[..],
                swap.writer.as_str(),
                row.login.as_deref(),
                row.is_open,
                row.tag.as_deref(),
                row.stage,
                row.reason.as_deref(),
                row.due_at,
                row.live_at,
                row.closed_at,
                row.forget_at,
                loaded,
                row.result,
                row.kept.as_deref()
            )?,
        })
    }

    /// Why a swap wrote nothing; `None` if nobody is in the way any more. An earlier try of this very swap may have
    /// been written, though its answer was lost: then the row has its writer.
    async fn refused(&mut self, swap: &Swap) -> Result<Option<Swapped>, Error> {
        if let Some(writer) = self.writer(swap.key.as_str()).await? {
            return Ok(Some(if writer == swap.writer { Swapped::Written } else { Swapped::Conflict }));
        }
        if swap.loaded.is_some() {
            return Ok(Some(Swapped::Conflict));
        }
        let sql = "SELECT key FROM reconnect_session WHERE login = $1 AND holds_login";
        let login = swap.row.login.as_deref();
        let holder: Option<String> =
            each!(self, connection => sqlx::query_scalar(sql).bind(login).fetch_optional(&mut **connection).await?);
        Ok(holder.and_then(|key| key.parse().ok()).map(Swapped::Busy))
    }

    async fn writer(&mut self, key: &str) -> Result<Option<String>, Error> {
        let sql = "SELECT writer FROM reconnect_session WHERE key = $1";
        Ok(each!(self, connection => sqlx::query_scalar(sql).bind(key).fetch_optional(&mut **connection).await?))
    }

    async fn owner(&mut self, key: &str) -> Result<Option<String>, Error> {
        let sql = "SELECT owner FROM reconnect_session WHERE key = $1";
        Ok(each!(self, connection => sqlx::query_scalar(sql).bind(key).fetch_one(&mut **connection).await?))
    }
}
