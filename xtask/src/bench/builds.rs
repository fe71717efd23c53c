//! What is built: how long, how much, how large.

use super::Figures;
use super::figure::Figure;
use crate::{Result, toolchain};
use std::time::Instant;
use xshell::{Shell, cmd};

pub(super) fn builds(sh: &Shell) -> Result<Figures> {
    Ok([("build".to_owned(), cold(sh)?), ("crates".to_owned(), crates(sh)?), ("wasm".to_owned(), wasm(sh)?)].into())
}

/// The core with its dependencies, and these alone, each from nothing. Twice in turns, the faster of each.
fn cold(sh: &Shell) -> Result<Figure> {
    let folder = format!("{}/cold", toolchain::target_dir());
    let edges = ["--depth", "1", "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    let direct = cmd!(sh, "cargo tree --package reconnect-core {edges...}").read()?;
    let names: Vec<String> =
        direct.lines().skip(1).filter_map(|line| Some(line.split(' ').next()?.to_owned())).collect();
    let packages: Vec<String> = names.iter().flat_map(|name| ["--package".to_owned(), name.clone()]).collect();
    let mut best = [f64::MAX, f64::MAX];
    for _ in 0..2 {
        for (slot, packages) in
            [vec!["--package".to_owned(), "reconnect-core".to_owned()], packages.clone()].iter().enumerate()
        {
            sh.remove_path(&folder)?;
            let start = Instant::now();
            cmd!(sh, "cargo build --quiet --locked {packages...} --target-dir {folder}").run()?;
            best[slot] = best[slot].min(start.elapsed().as_secs_f64());
        }
    }
    sh.remove_path(&folder)?;
    Ok(Figure { ours: best[0], theirs: Some(best[1]) })
}

/// Itself counts too.
fn crates(sh: &Shell) -> Result<Figure> {
    let edges = ["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"];
    let tree = cmd!(sh, "cargo tree --package reconnect-core {edges...}").read()?;
    let mut names: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    names.sort_unstable();
    names.dedup();
    Ok(Figure { ours: names.len() as f64, theirs: None })
}

fn wasm(sh: &Shell) -> Result<Figure> {
    let file = crate::embed::module(sh)?;
    Ok(Figure { ours: sh.read_binary_file(file)?.len() as f64, theirs: None })
}
