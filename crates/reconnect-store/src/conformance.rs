//! One suite for every store of sessions: this crate's, and yours.
//!
//! [`behaviour`] checks what the promise "a call that reaches the bank is sent once" rests on: a swap is written only
//! if nobody wrote since, and it says so truly. Its steps are data (`conformance.json`), and the Python and the
//! JavaScript package run the same ones.

use futures_util::future::join_all;
use reconnect_async::{SessionRow, Snapshot, StoreError};
use serde_json::Value;

/// How many callers a race has.
const RACERS: usize = 8;

/// What a store did wrong.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{case}: step {step}: {wrong}")]
#[non_exhaustive]
pub struct Wrong {
    /// The rule.
    pub case: String,
    /// The step of the rule, counted from 1.
    pub step: usize,
    /// What came instead.
    pub wrong: String,
}

/// Runs the suite. `open` makes a handle on the row with this name. Each name is a row that is not there yet; a second
/// handle of the same name is another server's on the same row.
///
/// # Errors
/// The first [`Wrong`].
///
/// # Panics
/// If the suite itself cannot be read.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use reconnect_store::{Key, Sessions, conformance};
/// use std::collections::HashMap;
///
/// let sessions = Sessions::open("sqlite::memory:").await?;
/// let mut keys = HashMap::new();
/// let open = |name: &str| sessions.row(keys.entry(name.to_owned()).or_insert_with(Key::random));
/// conformance::behaviour(open).await?;
/// # Ok(())
/// # }
/// ```
pub async fn behaviour<Row: SessionRow>(mut open: impl FnMut(&str) -> Row) -> Result<(), Wrong> {
    let suite: Value = serde_json::from_str(include_str!("conformance.json")).expect("the suite is JSON");
    for case in list(&suite["cases"]) {
        for (number, step) in list(&case["steps"]).iter().enumerate() {
            let rows: Vec<Row> = (0..RACERS).map(|_| open(text(&step["row"]))).collect();
            take(&suite, step, &rows).await.map_err(|wrong| Wrong {
                case: text(&case["says"]).to_owned(),
                step: number + 1,
                wrong,
            })?;
        }
    }
    Ok(())
}

async fn take(suite: &Value, step: &Value, rows: &[impl SessionRow]) -> Result<(), String> {
    let snapshot =
        |name: &Value| Snapshot::from_json(text(&suite["snapshots"][text(name)])).expect("a snapshot of ours");
    if step["do"] == "load" {
        let expected = step["expect"].as_str().map(|_| snapshot(&step["expect"]));
        let found = rows[0].load().await.map_err(|error| format!("it does not load: {error}"))?;
        return if found == expected { Ok(()) } else { Err(format!("expected {expected:?}, found {found:?}")) };
    }
    let (loaded, snapshot) = (step["loaded"].as_u64(), snapshot(&step["snapshot"]));
    let racers = if step["do"] == "race" { rows } else { &rows[..1] };
    let swaps = racers.iter().enumerate().map(async |(racer, row)| {
        // A snapshot that is no end has no accounts: `finish` does what `swap` does.
        let done =
            if racer % 2 == 0 { row.swap(loaded, &snapshot).await } else { row.finish(loaded, &snapshot, &[]).await };
        match done {
            Ok(()) => Ok(1),
            Err(StoreError::Conflict) => Ok(0),
            Err(StoreError::Failed(error)) => Err(format!("it does not write: {error}")),
        }
    });
    let wrote: usize = join_all(swaps).await.into_iter().sum::<Result<usize, String>>()?;
    let expected = usize::from(step["expect"] != false);
    if wrote == expected { Ok(()) } else { Err(format!("{wrote} swaps were written instead of {expected}")) }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
