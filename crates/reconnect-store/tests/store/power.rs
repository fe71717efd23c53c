//! A power cut: each swap is on the disk before it is answered. What is counted is how often the disk was told to sync.

use crate::stage::{Database, Result};
use reconnect_async::{Known, LoginId, Policy, Selection, Session, SessionRow, Timestamp};
use reconnect_store::Sessions;
use std::process::Command;

const CHILD: &str = "STORE_SWAPS";
const SWAPS: i64 = 100;

/// Writes 100 swaps, one after the other.
async fn swap_often(url: &str, weaker: Option<&str>) -> Result {
    let options = Sessions::options(url);
    let options = if let Some(setting) = weaker { options.allow_weaker(setting) } else { options };
    let sessions = options.open().await?;
    let now = Timestamp::from_millis(1_780_000_000_000);
    for number in 0..SWAPS {
        let login = LoginId::new(&format!("l-{number}"))?;
        let session = Session::refresh(login, Known::default(), Selection::all(), Policy::default(), now);
        sessions.new_row(None).swap(None, &session.snapshot()).await?;
    }
    sessions.close().await;
    Ok(())
}

/// The child of the test below. Without its order it does nothing.
#[tokio::test]
async fn child() -> Result {
    let Ok(url) = std::env::var(CHILD) else { return Ok(()) };
    let weaker = std::env::var("STORE_WEAKER").ok();
    swap_often(&url, weaker.as_deref()).await
}

/// Counts the calls of a process by which SQLite syncs, and says them at its end.
#[cfg(target_os = "linux")]
const COUNTER: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
static int count;
int fsync(int file) { __sync_fetch_and_add(&count, 1); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file); }
int fdatasync(int file) { __sync_fetch_and_add(&count, 1); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file); }
__attribute__((destructor)) static void say(void) { printf("\nsyncs %d\n", count); }
"#;

#[cfg(target_os = "linux")]
#[test]
fn sqlite_syncs_once_for_each_swap() -> Result {
    let folder = tempfile::tempdir()?;
    let (source, counter) = (folder.path().join("count.c"), folder.path().join("count.so"));
    std::fs::write(&source, COUNTER)?;
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&counter, &source]).arg("-ldl").status()?;
    assert!(built.success(), "the counter is built by cc");
    let syncs = |weaker: Option<&str>| -> Result<i64> {
        let database = Database::sqlite();
        let mut child = Command::new(std::env::current_exe()?);
        child.args(["power::child", "--exact", "--nocapture"]).env("LD_PRELOAD", &counter).env(CHILD, &database.url);
        child.envs(weaker.map(|setting| ("STORE_WEAKER", setting)));
        let said = String::from_utf8(child.output()?.stdout)?;
        let line = said.lines().find_map(|line| line.strip_prefix("syncs ")).ok_or(said.clone())?;
        Ok(line.parse()?)
    };
    let (full, weaker) = (syncs(None)?, syncs(Some("synchronous"))?);
    println!("{SWAPS} swaps: {full} syncs, and {weaker} with the weaker setting");
    assert!(full >= SWAPS, "{full}");
    assert!(weaker < SWAPS / 2, "the counter tells them apart: {weaker}");
    Ok(())
}

/// Other tests write to this server too, so there are at least as many.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_syncs_once_for_each_swap() -> Result {
    let database = Database::postgres().await;
    let syncs = "SELECT wal_sync FROM pg_stat_wal";
    drop(Sessions::open(&database.url).await?);
    let before = database.number(syncs).await?;
    swap_often(&database.url, None).await?;
    // A server process hands in its counts when its connection ends.
    for _ in 0..100 {
        if database.number(syncs).await? >= before + SWAPS {
            return Ok(());
        }
        tokio::time::sleep(core::time::Duration::from_millis(50)).await;
    }
    Err(format!("{} syncs", database.number(syncs).await? - before).into())
}
