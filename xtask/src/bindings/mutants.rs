//! Mutants of a binding's glue. `tests/mutants.json` of its crate lists them: a name, a file of the crate, a text that the
//! file has once, and the text that is put in its place. Each is planted into a copy of the crate, and a test of the binding
//! has to fail. A mutant whose text is not found, or that does not compile, proves nothing, and counts as alive.

use crate::steps::Tally;
use crate::toolchain::folder;
use crate::{Result, tidy};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Instant;
use xshell::Shell;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    name: String,
    file: String,
    from: String,
    to: String,
}

/// Plants so many of a crate's mutants below a folder, spread over the list. `test` says what is wrong with the copy, if
/// anything is; its error means that the copy cannot be tested.
pub(super) fn run(
    sh: &Shell,
    name: &str,
    below: &str,
    most: usize,
    test: impl Fn(&Path) -> Result<Option<String>>,
) -> Result<Tally> {
    let mutants: Vec<Mutant> = serde_json::from_str(&sh.read_file(format!("crates/{name}/tests/mutants.json"))?)?;
    let mutants: Vec<_> = mutants.into_iter().filter(|mutant| mutant.file.starts_with(below)).collect();
    let copy = copied(sh, name)?;
    if let Some(wrong) = test(&copy)? {
        return Err(format!("{name} fails without a mutant: {wrong}").into());
    }
    let (mut tally, step) = (Tally::default(), mutants.len().div_ceil(most));
    for Mutant { name, file, from, to } in mutants.iter().step_by(step) {
        let (start, path) = (Instant::now(), copy.join(file));
        let text = sh.read_file(&path)?;
        let (dead, why) = if text.matches(from).count() == 1 {
            sh.write_file(&path, text.replacen(from, to, 1))?;
            let tested = test(&copy);
            sh.write_file(&path, text)?;
            match tested {
                Ok(Some(wrong)) => (true, wrong),
                Ok(None) => (false, "no test fails".to_owned()),
                Err(error) => (false, error.to_string()),
            }
        } else {
            (false, format!("{file} does not have its text once"))
        };
        println!("{} {:>5.1} s  {name}: {why}", if dead { "dead " } else { "ALIVE" }, start.elapsed().as_secs_f64());
        tally = tally.and(Tally::of((!dead).into()));
    }
    Ok(tally)
}

/// A copy of a crate in a folder of its own, with what git does not ignore. It is built from the other crates of the tree.
fn copied(sh: &Shell, name: &str) -> Result<PathBuf> {
    let (top, copy) = (format!("crates/{name}/"), folder("bindings/mutants").join(name));
    sh.remove_path(&copy)?;
    for path in tidy::paths(sh)?.iter().filter_map(|path| path.strip_prefix(&top)) {
        sh.create_dir(copy.join(path).parent().ok_or("a file is in a folder")?)?;
        sh.copy_file(format!("{top}{path}"), copy.join(path))?;
    }
    let (manifest, crates) = (copy.join("Cargo.toml"), format!("path = \"{}crates/", crate::root()));
    if sh.path_exists(&manifest) {
        sh.write_file(&manifest, sh.read_file(&manifest)?.replace("path = \"../", &crates))?;
    }
    Ok(copy)
}
