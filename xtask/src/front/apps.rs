//! Apps in other languages beside `reconnect serve`: the example in FastAPI, a client that is made from the API's
//! description, the webhooks in Python and in Node, and what the guide says to try. Each script starts a sandbox and a
//! server of its own, and plays the user. Then host pages, without `reconnect serve`: the example in Express, and the
//! projects that the guide of the host page shows, the first of them in Firefox too.

use crate::Result;
use crate::bindings::{self, python};
use crate::steps::{ONE, Tally};
use crate::toolchain::{self, NPM, NPM_PAGES, OPENAPI_CLIENT, STANDARD_WEBHOOKS, folder};
use std::path::{Path, absolute};
use xshell::{Shell, cmd};

const SCRIPTS: &[&str] = &["example", "client", "webhooks", "guide", "express", "frameworks", "firefox"];
/// Where npm installs what host pages are built from, and where they are built.
pub(super) const PAGES: &str = "front/pages";
/// The Python that has the packages of the example in FastAPI.
pub(super) const PYTHON: &str = "front/python";
const REQUIREMENTS: &str = "examples/fastapi/requirements.txt";
/// No script takes a minute. It and all that it started is ended after that.
const LONGEST: &str = "180";

/// With the command `serve`, which has the feature of this name.
pub(crate) fn check(sh: &Shell, serve: &Path) -> Result<Tally> {
    toolchain::needs(sh, &["python3", "node", "npm", "curl", "firefox-esr"])?;
    let python = python::environment(sh, &folder(PYTHON), &["--requirement", REQUIREMENTS, OPENAPI_CLIENT])?;
    let (serve, packages) = (absolute(serve)?, folder("front/node"));
    toolchain::installed(sh, NPM, &packages, STANDARD_WEBHOOKS)?;
    let (pages, node) = (folder(PAGES), bindings::node(sh)?);
    bindings::install_js(sh, &pages, NPM_PAGES)?;
    let mut tally = Tally::default();
    for script in SCRIPTS {
        let own = sh.create_temp_dir()?;
        let (own, more) = (
            own.path(),
            match *script {
                "webhooks" => vec![&packages],
                "express" | "frameworks" | "firefox" => vec![&node, &pages],
                _ => Vec::new(),
            },
        );
        let run = cmd!(sh, "timeout --kill-after=9 {LONGEST} {python} xtask/front/{script}.py {serve} {own} {more...}");
        // A proxy of the environment would be asked for this machine too.
        let run = run.env("PYTHONDONTWRITEBYTECODE", "1").env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
        // It says itself what went wrong.
        let good = run.run().is_ok();
        println!("  {} {script}", if good { "ok    " } else { "FAILED" });
        tally = tally.and(if good { ONE } else { Tally::of(1) });
    }
    Ok(tally)
}
