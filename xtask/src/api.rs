//! The public API of each library, as cargo-public-api lists it, in `docs/api/`: what a change adds or takes away stands in
//! its diff. The tool compares two versions of a crate, and keeps no listing.

use crate::Result;
use crate::steps::{ONE, Tally};
use crate::toolchain::{self, folder, is_library, packages};
use xshell::{Shell, cmd};

/// Lists with every feature, and without what the compiler derives, which would be two thirds of it. Git knows the listing
/// that was meant: the last one that was added or committed.
pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    toolchain::tool(sh, "cargo-public-api")?;
    let (nightly, folder) = (&toolchain::nightly(sh, &[])?, &folder("api"));
    let packages = packages(sh, is_library)?;
    for package in &packages {
        let name = package.trim_start_matches("--package=");
        let api = ["--all-features", "-sss", package.as_str()];
        let listed = cmd!(sh, "cargo {nightly} public-api {api...} --target-dir {folder}").read()?;
        sh.write_file(format!("docs/api/{name}.txt"), format!("{}\n", listed.trim_end()))?;
    }
    // One whose manifest names its compiler no more would not be listed.
    if sh.read_dir("docs/api")?.len() != packages.len() {
        return Err("docs/api has a listing of a library that is gone".into());
    }
    cmd!(sh, "git --no-pager diff --unified=0 -- docs/api").quiet().run()?;
    if cmd!(sh, "git ls-files --modified --others docs/api").quiet().read()?.is_empty() {
        return Ok(ONE);
    }
    Err("the API changed; if it is meant, `git add docs/api`, and say so in the changelog".into())
}
