//! Notices: what an app is told of its sessions' ends. They are stored with the end, and sent later.

use crate::database::read;
use crate::error::Error;
use crate::key::Key;
use crate::sessions::Sessions;
use crate::write::{Write, Wrote, millis, moment};
use core::time::Duration;
use reconnect_async::Timestamp;
use std::sync::Arc;

/// How long a notice belongs to the server that took it.
const LEASE: Duration = Duration::from_secs(60);

/// A notice that is to be sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Notice {
    /// The same in each try.
    pub id: Key,
    /// The session.
    pub key: Key,
    /// `done`, or what to do, at the time of the notice.
    pub result: String,
    /// When the session ended so.
    pub created_at: Timestamp,
    /// Which try it is, from 1 on.
    pub tries: u32,
}

impl Sessions {
    /// Takes notices that are to be sent: no other server gets them for a minute. Say by
    /// [`notice_sent`](Self::notice_sent) or [`notice_again`](Self::notice_again) what came of each; without either it
    /// is due again after the minute. There are none without [`Options::notices`](crate::Options::notices).
    ///
    /// # Errors
    /// [`Error::Database`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sessions = reconnect_store::Sessions::options("sqlite::memory:").notices(true).open().await?;
    /// for notice in sessions.due_notices(16).await? {
    ///     println!("{:?} ended: {}", notice.key, notice.result);
    ///     sessions.notice_sent(&notice.id).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn due_notices(&self, limit: u32) -> Result<Vec<Notice>, Error> {
        let now = self.now();
        let due = Write::DueNotices { now: millis(now), until: millis(now + LEASE), limit: limit.into() };
        let Wrote::Keys(ids) = self.database.write(&Arc::new(due)).await? else { return Err(Error::Ended) };
        let mut notices = Vec::with_capacity(ids.len());
        for id in ids {
            let sql = "SELECT key, result, created_at, tries FROM reconnect_notice WHERE id = $1";
            let row: Option<(String, String, i64, i64)> =
                read!(self.database, pool => sqlx::query_as(sql).bind(id.as_str()).fetch_optional(pool).await?);
            let Some((key, result, created_at, tries)) = row else { continue };
            let Ok(key) = key.parse() else { continue };
            let tries = u32::try_from(tries).unwrap_or(u32::MAX);
            notices.push(Notice { id, key, result, created_at: moment(created_at), tries });
        }
        Ok(notices)
    }

    /// The app has the notice, or it is given up: it is not sent again.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn notice_sent(&self, id: &Key) -> Result<(), Error> {
        self.rows(Write::Notice { id: id.clone(), due_at: None }).await.map(drop)
    }

    /// The app did not take the notice: it is due again after `pause`.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn notice_again(&self, id: &Key, pause: Duration) -> Result<(), Error> {
        let due_at = Some(millis(self.now() + pause));
        self.rows(Write::Notice { id: id.clone(), due_at }).await.map(drop)
    }
}
