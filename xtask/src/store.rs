//! Sessions on SQLite and on PostgreSQL, and the example that uses them. sqlx more than doubles what there is to build, so both
//! are workspaces of their own, and no part of `check`.

use crate::steps::{self, ONE, Step, Tally, tested};
use crate::toolchain::folder;
use crate::{Result, check};
use core::time::Duration;
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;
use xshell::{Cmd, Shell, TempDir, cmd};

pub(crate) const MANIFEST: &str = "crates/reconnect-store/Cargo.toml";
pub(crate) const EXAMPLE: &str = "examples/axum-postgres/Cargo.toml";
/// All features, with the one that is on by default.
const ALL: &[&str] = &["--features", "postgres,blocking,webhook"];
/// How long a server may take to start, and each time that it is asked whether it has.
const START: (Duration, Duration) = (Duration::from_secs(30), Duration::from_millis(100));

pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    const TEST: Step = ("test", |sh| test(sh, MANIFEST, ALL));
    const EXAMPLES: Step = ("example", |sh| test(sh, EXAMPLE, &[]));
    steps::run(sh, &[("locks", locks), ("lint", lint), ("doc", doc), TEST, EXAMPLES], &[])
}

fn locks(sh: &Shell) -> Result<Tally> {
    check::locks_of(sh, &[MANIFEST, EXAMPLE])
}

/// The library with each back end alone, too: most people use one.
fn lint(sh: &Shell) -> Result<Tally> {
    for manifest in [MANIFEST, EXAMPLE] {
        cmd!(sh, "cargo fmt --manifest-path {manifest} --check").run()?;
    }
    let every_target = [&["--all-targets"], ALL].concat();
    let sqlite: &[&str] = &[];
    let postgres: &[&str] = &["--no-default-features", "--features", "postgres"];
    let calls = [(MANIFEST, &*every_target), (MANIFEST, sqlite), (MANIFEST, postgres), (EXAMPLE, &["--all-targets"])];
    for (manifest, args) in calls {
        cargo(sh, "clippy", manifest, args).args(["--", "--deny", "warnings"]).run()?;
    }
    Ok(ONE)
}

fn doc(sh: &Shell) -> Result<Tally> {
    cargo(sh, "doc", MANIFEST, ALL).arg("--no-deps").env("RUSTDOCFLAGS", "-Dwarnings").run()?;
    Ok(ONE)
}

/// With a server of its own, where tests make databases.
fn test(sh: &Shell, manifest: &str, features: &[&str]) -> Result<Tally> {
    let server = Postgres::start(sh)?;
    tested(cargo(sh, "test", manifest, features).arg("--no-fail-fast").env("RECONNECT_POSTGRES", server.address()))
}

/// Swaps a second, beside what a user would write over sqlx.
pub(crate) fn bench(sh: &Shell) -> Result<String> {
    let (server, target) = (Postgres::start(sh)?, folder("store"));
    let args = ["--features", "postgres", "--bench", "swaps"];
    let bench = cmd!(sh, "cargo bench --locked --manifest-path {MANIFEST} --target-dir {target} {args...}");
    Ok(bench.env("RECONNECT_POSTGRES", server.address()).read()?)
}

/// In one folder, so that what all of these are built from is compiled once.
pub(crate) fn cargo<'a>(sh: &'a Shell, task: &str, manifest: &str, args: &[&str]) -> Cmd<'a> {
    let target = folder("store");
    cmd!(sh, "cargo {task} --locked --manifest-path {manifest} --target-dir {target} {args...}")
}

/// A PostgreSQL that only the tests use. It stops with this value, and with the terminal's Ctrl-C, since it is in the same
/// process group.
pub(crate) struct Postgres {
    programs: Programs,
    process: Child,
    port: u16,
    /// Its data, its socket and its log.
    folder: TempDir,
}

impl Postgres {
    pub(crate) fn start(sh: &Shell) -> Result<Self> {
        let folder = sh.create_temp_dir()?;
        let programs = Programs::find(sh, folder.path())?;
        // Nobody needs these files after a crash of the machine. What the server writes later, it syncs as everywhere.
        let create = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "data"];
        programs.call("initdb", &create).ignore_stdout().run()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = File::create(folder.path().join("log"))?;
        let serve = ["-D", "data", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=on", "-k", ".", "-p"];
        let mut server: Command = programs.call("postgres", &serve).arg(port.to_string()).into();
        let process = server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut started = Self { programs, process, port, folder };
        started.wait()?;
        Ok(started)
    }

    pub(crate) fn address(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Until it takes connections.
    fn wait(&mut self) -> Result {
        let begin = Instant::now();
        while begin.elapsed() < START.0 && self.process.try_wait()?.is_none() {
            let ask = self.programs.call("pg_isready", &["--quiet", "--host=127.0.0.1", "--port"]);
            if ask.arg(self.port.to_string()).quiet().run().is_ok() {
                return Ok(());
            }
            std::thread::sleep(START.1);
        }
        let log = std::fs::read_to_string(self.folder.path().join("log"))?;
        Err(format!("PostgreSQL does not start:\n{log}").into())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // It may have ended by itself.
        if matches!(self.process.try_wait(), Ok(Some(_))) {
            return;
        }
        match self.programs.call("pg_ctl", &["stop", "--silent", "--mode=fast", "--pgdata=data"]).run() {
            Ok(()) => drop(self.process.wait()),
            Err(error) => eprintln!("PostgreSQL on port {} does not stop: {error}", self.port),
        }
    }
}

/// What PostgreSQL brings.
struct Programs {
    /// In the server's folder: another user may not enter ours.
    sh: Shell,
    at: PathBuf,
    /// PostgreSQL refuses to run as root. Then the user `postgres` runs it, whom the package made.
    as_root: bool,
}

impl Programs {
    /// On the path, or where Debian keeps those of each version. Of these, the newest.
    fn find(sh: &Shell, folder: &Path) -> Result<Self> {
        let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
        let mut debian = sh.read_dir("/usr/lib/postgresql").unwrap_or_default();
        debian.sort_by_key(version);
        let debian = debian.iter().rev().map(|version| version.join("bin"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let has_all =
            |at: &PathBuf| ["initdb", "postgres", "pg_ctl", "pg_isready"].iter().all(|name| at.join(name).is_file());
        let at = std::env::split_paths(&path).chain(debian).find(has_all);
        let at = at.ok_or("no PostgreSQL here (Debian: apt-get install postgresql)")?;
        let as_root = cmd!(sh, "id -u").quiet().read()? == "0";
        if as_root {
            cmd!(sh, "chown postgres {folder}").run()?;
        }
        let sh = sh.clone();
        sh.change_dir(folder);
        Ok(Self { sh, at, as_root })
    }

    fn call(&self, name: &str, args: &[&str]) -> Cmd<'_> {
        let program = self.at.join(name);
        if self.as_root {
            return cmd!(self.sh, "runuser -u postgres -- {program} {args...}");
        }
        cmd!(self.sh, "{program} {args...}")
    }
}
