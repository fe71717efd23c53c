//! What is built: how long, how much, how large.

use super::figure::Figure;
use super::record::{Figures, Found};
use crate::{Result, toolchain};
use std::time::Instant;
use xshell::{Shell, cmd};

type Measure = fn(&Shell) -> Result<Figure>;

const ROWS: &[(&str, Measure)] = &[("build", cold), ("crates", crates), ("wasm", wasm)];

/// How often each is built from nothing.
const TURNS: usize = 3;

pub(super) fn builds(sh: &Shell) -> Result<Found> {
    let mut figures = Figures::new();
    for (id, measure) in ROWS {
        println!("    {id}");
        figures.insert((*id).to_owned(), measure(sh)?);
    }
    Ok(figures.into())
}

/// The core with its dependencies, and these alone, each from nothing, as a debug build. In turns, the fastest of each.
/// Without incremental compilation, as cargo builds whatever somebody depends on.
fn cold(sh: &Shell) -> Result<Figure> {
    let (folder, probe) = (format!("{}/cold", toolchain::target_dir()), probe(sh)?);
    let ours = ["--locked", "--package", "reconnect-core"].map(str::to_owned).to_vec();
    let mut best = [f64::MAX, f64::MAX];
    for turn in 1..=TURNS {
        println!("    turn {turn} of {TURNS}");
        for (best, args) in best.iter_mut().zip([&ours, &probe]) {
            sh.remove_path(&folder)?;
            let start = Instant::now();
            cmd!(sh, "cargo build --quiet {args...} --target-dir {folder}").env("CARGO_INCREMENTAL", "0").run()?;
            *best = best.min(start.elapsed().as_secs_f64());
        }
    }
    sh.remove_path(&folder)?;
    Ok(Figure { ours: best[0], theirs: Some(best[1]) })
}

/// Writes a package that has the core's dependencies, of the same versions and with the same features, and says how to
/// build these. In this workspace they would be built with what its other members ask of them.
fn probe(sh: &Shell) -> Result<Vec<String>> {
    let format = ["--depth", "1", "--edges", "normal", "--prefix", "none", "--format", "{p} {f}"];
    let direct = cmd!(sh, "cargo tree --locked --package reconnect-core {format...}").read()?;
    let folder = sh.current_dir().join(format!("{}/probe", toolchain::target_dir()));
    let manifest = folder.join("Cargo.toml");
    sh.write_file(folder.join("src/lib.rs"), "")?;
    sh.copy_file("Cargo.lock", folder.join("Cargo.lock"))?;
    sh.write_file(&manifest, manifest_of(&direct)?)?;
    let mut args = vec!["--offline".to_owned(), "--manifest-path".to_owned(), manifest.display().to_string()];
    for line in direct.lines().skip(1) {
        args.extend(["--package".to_owned(), line.split(' ').next().unwrap_or_default().to_owned()]);
    }
    Ok(args)
}

/// From lines of a name, a version and features; the first is the core itself.
fn manifest_of(direct: &str) -> Result<String> {
    let mut manifest = "[package]\nname = \"probe\"\nedition = \"2024\"\n\n[workspace]\n\n[profile.dev]\ndebug = \
        \"line-tables-only\"\n\n[dependencies]\n"
        .to_owned();
    for line in direct.lines().skip(1) {
        let mut words = line.split(' ');
        let (Some(name), Some(version)) = (words.next(), words.next().and_then(|word| word.strip_prefix('v'))) else {
            return Err(format!("cargo tree said something else: {line}").into());
        };
        let features: Vec<&str> = words.next().unwrap_or_default().split(',').filter(|name| !name.is_empty()).collect();
        manifest +=
            &format!("{name} = {{ version = \"={version}\", default-features = false, features = {features:?} }}\n");
    }
    Ok(manifest)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_has_what_the_core_has() {
        let direct = "reconnect-core v0.1.0 (a/path) default\nrust_decimal v1.43.0 \nserde v1.0.229 alloc,derive\n";
        let manifest = manifest_of(direct).unwrap();
        let (_, dependencies) = manifest.split_once("[dependencies]\n").unwrap();
        let wanted = "rust_decimal = { version = \"=1.43.0\", default-features = false, features = [] }\n\
            serde = { version = \"=1.0.229\", default-features = false, features = [\"alloc\", \"derive\"] }\n";
        assert_eq!(dependencies, wanted);
        assert!(toml::from_str::<toml::Table>(&manifest).is_ok(), "{manifest}");
    }
}
