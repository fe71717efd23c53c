//! Hosted links: the library of their pages, and `reconnect serve`. sqlx is below both, so `check` builds neither.

mod apps;

use crate::steps::{self, ONE, Tally, tested};
use crate::store::{MANIFEST, Postgres, cargo};
use crate::toolchain::{folder, reconnect_in};
use crate::{Result, bindings, browser};
use std::path::PathBuf;
use xshell::{Shell, cmd};

/// The library, with all features.
const LIBRARY: &[&str] = &["--package", "reconnect-axum", "--features", "api,postgres"];
/// As somebody mounts it in a program of their own.
const ALONE: &[&str] = &["--package", "reconnect-axum"];
const COMMAND: &[&str] = &["--package", "reconnect-cli", "--features", "serve"];
const ROOT: &str = "Cargo.toml";

pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    let steps: &[steps::Step] = &[
        ("lint", lint),
        ("doc", doc),
        ("test", test),
        // In other languages, over HTTP. They build host pages, which are looked at then.
        ("apps", |sh| apps::check(sh, &serve(sh)?)),
        ("pages", pages),
    ];
    steps::run(sh, steps, &[])
}

fn lint(sh: &Shell) -> Result<Tally> {
    cmd!(sh, "cargo fmt --manifest-path crates/reconnect-axum/Cargo.toml --check").run()?;
    let every_target = |args: &[&'static str]| [args, &["--all-targets"]].concat();
    for (manifest, args) in
        [(MANIFEST, every_target(LIBRARY)), (MANIFEST, ALONE.to_vec()), (ROOT, every_target(COMMAND))]
    {
        cargo(sh, "clippy", manifest, &args).args(["--", "--deny", "warnings"]).run()?;
    }
    Ok(ONE)
}

fn doc(sh: &Shell) -> Result<Tally> {
    cargo(sh, "doc", MANIFEST, LIBRARY).arg("--no-deps").env("RUSTDOCFLAGS", "-Dwarnings").run()?;
    Ok(ONE)
}

/// The library's tests start the command too, and kill it.
fn test(sh: &Shell) -> Result<Tally> {
    let (serve, server) = (serve(sh)?, Postgres::start(sh)?);
    let test = cargo(sh, "test", MANIFEST, LIBRARY).arg("--no-fail-fast").env("RECONNECT_SERVE", serve);
    // They wait more than they compute.
    let test = test.args(["--", "--test-threads", "6"]);
    tested(test.env("RECONNECT_POSTGRES", server.address()))
}

/// The pages in Chromium: those of the server, those of the example in FastAPI, and those that the guide of the host
/// page shows.
fn pages(sh: &Shell) -> Result<Tally> {
    let serve = serve(sh)?;
    let _pages = sh.push_env("RECONNECT_PAGES", folder(apps::PAGES));
    let _node = sh.push_env("RECONNECT_NODE", bindings::node(sh)?);
    let _python = sh.push_env("RECONNECT_PYTHON", bindings::python::interpreter(&folder(apps::PYTHON)));
    browser::run(sh, "front", &folder("front/screens"), ("RECONNECT_SERVE", &serve))
}

/// Builds the command with this feature, in the folder of the store's builds: most of it has been compiled there.
fn serve(sh: &Shell) -> Result<PathBuf> {
    cargo(sh, "build", ROOT, COMMAND).run()?;
    Ok(reconnect_in(&folder("store")))
}
