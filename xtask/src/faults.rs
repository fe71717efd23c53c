//! Planted faults: each patch of `crates/reconnect-testkit/faults` is a fault that somebody could make. It is applied to
//! a copy of the tree, and a test has to turn red. The table beside the patches says which promise each one breaks.
//!
//! A patch begins with a line that says what it plants. A line `Seen by: FILE TEST` names a test of the testkit, if the
//! reference model cannot see it, and `Seen by: PACKAGE FILE TEST` one of another package, whose unit tests are in the
//! FILE `lib` or `bins`; `Schedules: N` is for what shows but rarely. A patch that no longer applies, or that does not
//! compile, proves nothing, and counts as missed.

use crate::steps::{Tally, counted};
use crate::{Result, root, toolchain};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf, absolute};
use std::process::{Command, ExitCode};
use std::time::Instant;
use xshell::{Shell, cmd};

pub(crate) const FOLDER: &str = "crates/reconnect-testkit/faults/";
const PACKAGE: &str = "reconnect-testkit";
/// What only the tests of the drivers need, and the features that are about them.
const OF_DRIVERS: &[&str] = &[
    "reconnect-async",
    "reconnect-blocking",
    "log",
    "rcgen",
    "rustls",
    "tempfile",
    "tracing",
    "default",
    "native-tls",
    "rustls-ring",
];
/// The tests that need the drivers. A fault that one of them sees is planted in a copy of the whole workspace.
const WITH_DRIVERS: &[&str] = &["calls", "cancel", "drivers", "faults", "golden", "logs", "reuse", "tls"];
const MODEL: &str = "model session_and_model_agree";
/// How many schedules, and seeds, a fault has to show in.
const SCHEDULES: &str = "2000";
/// A fault can make a test turn in circles.
const PATIENCE: Duration = Duration::from_secs(300);

struct Fault {
    name: String,
    says: String,
    seer: Seer,
    schedules: String,
    patch: PathBuf,
}

/// The test that sees a fault.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Seer {
    package: String,
    file: String,
    test: String,
}

impl Seer {
    fn read(line: &str) -> Result<Self> {
        let (package, file, test) = match *line.split(' ').collect::<Vec<_>>() {
            [file, test] => (PACKAGE, file, test),
            [package, file, test] => (package, file, test),
            _ => return Err(format!("`{line}` is neither FILE TEST nor PACKAGE FILE TEST").into()),
        };
        Ok(Self { package: package.to_owned(), file: file.to_owned(), test: test.to_owned() })
    }

    fn needs_the_drivers(&self) -> bool {
        self.package != PACKAGE || WITH_DRIVERS.contains(&self.file.as_str())
    }

    /// How cargo names the tests of the file.
    fn target(&self) -> Vec<&str> {
        match self.file.as_str() {
            "lib" => vec!["--lib"],
            "bins" => vec!["--bins"],
            file => vec!["--test", file],
        }
    }
}

/// What became of a test.
enum Ran {
    Green,
    /// With the first line that says why.
    Red(String),
    NotBuilt,
}

/// Those that have the argument in their name, or one of several with commas between them.
pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<ExitCode> {
    let Some(name) = args.first() else { return Ok(check(sh)?.exit()) };
    let is_meant = |fault: &Fault| name.split(',').any(|part| fault.name.contains(part));
    let faults: Vec<Fault> = faults(sh)?.into_iter().filter(is_meant).collect();
    if faults.is_empty() {
        return Err(format!("no patch in {FOLDER} has {name} in its name").into());
    }
    Ok(plant(sh, &faults)?.exit())
}

/// All of them, one after the other.
pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    plant(sh, &faults(sh)?)
}

fn plant(sh: &Shell, faults: &[Fault]) -> Result<Tally> {
    let (drivers, core): (Vec<_>, Vec<_>) = faults.iter().partition(|fault| fault.seer.needs_the_drivers());
    let mut total = Tally::default();
    for (faults, whole) in [(core, false), (drivers, true)] {
        if !faults.is_empty() {
            total = total.and(plant_in(&Tree::copied(sh, whole)?, &faults)?);
        }
    }
    println!("{} caught, {} missed", total.passed, total.failed);
    Ok(total)
}

fn plant_in(tree: &Tree, faults: &[&Fault]) -> Result<Tally> {
    let seers: BTreeSet<&Seer> = faults.iter().map(|fault| &fault.seer).collect();
    for seer in seers {
        match tree.test(seer, SCHEDULES)? {
            Ran::Green => {}
            Ran::Red(why) => return Err(format!("{} is red without any fault: {why}", seer.test).into()),
            Ran::NotBuilt => return Err(format!("{} does not build; see {}", seer.file, tree.log().display()).into()),
        }
    }
    let mut total = Tally::default();
    for fault in faults {
        let start = Instant::now();
        let (word, why) = match tree.with(fault, |tree| tree.test(&fault.seer, &fault.schedules))? {
            None => ("STALE", "it no longer applies".to_owned()),
            Some(Ran::NotBuilt) => ("BROKEN", "it does not compile".to_owned()),
            Some(Ran::Green) => ("MISSED", fault.says.clone()),
            Some(Ran::Red(why)) => ("caught", why),
        };
        println!("{word:<6} {:>6.1} s  {}: {why}", start.elapsed().as_secs_f64(), fault.name);
        let caught = u64::from(word == "caught");
        total = total.and(Tally { passed: caught, failed: 1 - caught });
    }
    Ok(total)
}

fn faults(sh: &Shell) -> Result<Vec<Fault>> {
    let files = sh.read_dir(FOLDER)?.into_iter().filter(|file| file.extension().is_some_and(|kind| kind == "patch"));
    let mut faults = files
        .map(|patch| {
            let name = patch.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = sh.read_file(&patch)?;
            let seer = Seer::read(header(&text, "Seen by: ").unwrap_or(MODEL));
            let seer = seer.map_err(|error| format!("{name}: {error}"))?;
            let schedules = header(&text, "Schedules: ").unwrap_or(SCHEDULES).to_owned();
            let says = text.lines().next().unwrap_or_default().to_owned();
            Ok(Fault { name, says, seer, schedules, patch })
        })
        .collect::<Result<Vec<_>>>()?;
    faults.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(faults)
}

/// What stands before the diff.
fn header<'a>(patch: &'a str, name: &str) -> Option<&'a str> {
    patch.lines().take_while(|line| !line.starts_with("--- ")).find_map(|line| line.strip_prefix(name))
}

/// A copy of the tree, with all that git does not ignore, and one folder for what is built from it: each fault costs one
/// incremental build. Unless it is `whole`, it has only the core, the sandbox and the testkit of the workspace.
struct Tree {
    folder: PathBuf,
    source: BTreeMap<String, Vec<u8>>,
}

impl Tree {
    fn copied(sh: &Shell, whole: bool) -> Result<Self> {
        let listed = cmd!(sh, "git ls-files -z --cached --others --exclude-standard").quiet().read()?;
        let mut source = BTreeMap::new();
        for path in listed.split('\0').filter(|path| Path::new(root()).join(path).is_file()) {
            let text = sh.read_binary_file(path)?;
            source.insert(path.to_owned(), if whole { text } else { narrowed(path, text) });
        }
        let folder = if whole { "faults-of-drivers" } else { "faults" };
        let tree = Self { folder: absolute(Path::new(&toolchain::target_dir()).join(folder))?, source };
        for path in tree.source.keys() {
            tree.restore(path)?;
        }
        // A file that is gone from the tree would still be built.
        for path in files_below(&tree.copy())? {
            let relative = path.strip_prefix(tree.copy())?.to_string_lossy().into_owned();
            if !tree.source.contains_key(&relative) {
                fs::remove_file(path)?;
            }
        }
        Ok(tree)
    }

    fn copy(&self) -> PathBuf {
        self.folder.join("tree")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Writes a file as it is without faults, where it is another: an untouched file costs no build.
    fn restore(&self, path: &str) -> Result {
        let copy = self.copy().join(path);
        let text = self.source.get(path).ok_or_else(|| format!("{path} is not in the tree"))?;
        if fs::read(&copy).ok().as_ref() != Some(text) {
            fs::create_dir_all(copy.parent().expect("it is below the copy"))?;
            fs::write(copy, text)?;
        }
        Ok(())
    }

    /// Does this while the fault is there; none where it does not apply.
    fn with<T>(&self, fault: &Fault, run: impl FnOnce(&Self) -> Result<T>) -> Result<Option<T>> {
        let mut git = Command::new("git");
        // The copy lies in a folder that a repository above it may ignore, and then git would pass it over in silence.
        git.env("GIT_CEILING_DIRECTORIES", &self.folder).current_dir(self.copy());
        let applied = git.args(["apply", "--whitespace=nowarn"]).arg(absolute(&fault.patch)?).output()?;
        if !applied.status.success() {
            return Ok(None);
        }
        let ran = run(self);
        for path in fs::read_to_string(&fault.patch)?.lines().filter_map(|line| line.strip_prefix("+++ b/")) {
            self.restore(path)?;
        }
        ran.map(Some)
    }

    fn test(&self, seer: &Seer, schedules: &str) -> Result<Ran> {
        if !self.cargo(seer, schedules, &["--no-run"])? {
            return Ok(Ran::NotBuilt);
        }
        let green = self.cargo(seer, schedules, &["--", "--exact", &seer.test])?;
        let said = fs::read_to_string(self.log())?;
        let ran = said.lines().filter_map(counted).fold(Tally::default(), Tally::and);
        match (green, ran) {
            (true, Tally { passed: 1, .. }) => Ok(Ran::Green),
            (true, _) => Err(format!("there is no test {} in {}", seer.test, seer.file).into()),
            (false, _) => Ok(Ran::Red(reason(&said))),
        }
    }

    /// Whether it ended well, and in time.
    fn cargo(&self, seer: &Seer, schedules: &str, more: &[&str]) -> Result<bool> {
        let log = File::create(self.log())?;
        let mut cargo = Command::new("cargo");
        cargo.args(["test", "--quiet", "--offline", "--package", &seer.package]).args(seer.target()).args(more);
        cargo.env("CARGO_TARGET_DIR", self.folder.join("target")).env("RUST_BACKTRACE", "0");
        cargo.env("CARGO_PROFILE_TEST_DEBUG", "0").env("CARGO_INCREMENTAL", "1");
        cargo.env("RECONNECT_SCHEDULES", schedules).env("RECONNECT_SEEDS", schedules);
        cargo.current_dir(self.copy()).stdout(log.try_clone()?).stderr(log);
        let (mut child, start) = (cargo.spawn()?, Instant::now());
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status.success());
            }
            let is_test = !more.contains(&"--no-run");
            if is_test && start.elapsed() > PATIENCE {
                // cargo would leave the test behind, turning.
                drop(Command::new("pkill").args(["-KILL", "-P", &child.id().to_string()]).status());
                child.kill()?;
                child.wait()?;
                return Ok(false);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A fault should not cost a build of the drivers too.
fn narrowed(path: &str, text: Vec<u8>) -> Vec<u8> {
    let drop_line: fn(&str) -> bool = match path {
        "Cargo.toml" => |line| line.starts_with("exclude = "),
        "crates/reconnect-testkit/Cargo.toml" => {
            |line| OF_DRIVERS.iter().any(|name| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(" = ")))
        }
        _ => return text,
    };
    let members = r#"members = ["crates/reconnect-core", "crates/reconnect-json", "crates/reconnect-sandbox", "crates/reconnect-testkit"]"#;
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines = text.lines().filter(|line| !drop_line(line));
    let lines = lines.map(|line| if line.starts_with("members = ") { members } else { line });
    lines.flat_map(|line| [line, "\n"]).collect::<String>().into_bytes()
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let into = if entry.file_type()?.is_dir() { &mut open } else { &mut files };
            into.push(entry.path());
        }
    }
    // cargo writes the lock file of the smaller workspace.
    files.retain(|file| !file.ends_with("Cargo.lock"));
    Ok(files)
}

/// The line of a failed test that says what is wrong.
fn reason(said: &str) -> String {
    let tells = |line: &&str| {
        ["differs", "a law does not hold", "became ", "seed "].iter().any(|word| line.contains(word))
            && !line.contains("panicked")
    };
    let panic = said.lines().skip_while(|line| !line.contains("panicked at")).nth(1);
    let told = said.lines().find(tells).or(panic).unwrap_or("it takes too long");
    told.trim().chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_ends_where_the_diff_begins() {
        let patch = "It is broken.\nSeen by: bank a_test\n\n--- a/x\n+++ b/x\nSchedules: 7\n";
        assert_eq!(header(patch, "Seen by: "), Some("bank a_test"));
        assert_eq!(header(patch, "Schedules: "), None);
    }

    #[test]
    fn a_test_of_another_package_is_named_with_it() {
        let seer = Seer::read("reconnect-cli cli edges::a_name").expect("three words");
        assert_eq!(
            (&*seer.package, seer.target(), &*seer.test),
            ("reconnect-cli", vec!["--test", "cli"], "edges::a_name")
        );
        assert_eq!(Seer::read("xtask bins a::b").expect("three words").target(), ["--bins"]);
        assert_eq!(Seer::read("bank a_test").expect("two words").package, PACKAGE);
        assert!(Seer::read("a_test").is_err());
    }

    #[test]
    fn the_list_names_the_tests_that_need_the_drivers() {
        let folder = Path::new(root()).join("crates/reconnect-testkit/tests");
        let mut needs: Vec<String> = Vec::new();
        for entry in fs::read_dir(folder).expect("the tests of the testkit") {
            let path = entry.expect("an entry").path();
            let text = if path.is_file() { fs::read_to_string(&path).expect("a source") } else { String::new() };
            if ["reconnect_async", "reconnect_blocking", "drivers/both.rs"].iter().any(|name| text.contains(name)) {
                needs.push(path.file_stem().expect("a name").to_string_lossy().into_owned());
            }
        }
        needs.sort();
        assert_eq!(needs, WITH_DRIVERS);
    }

    #[test]
    fn the_copy_has_no_drivers() {
        let manifest = "[dev-dependencies]\nreconnect-async = { workspace = true }\nurl = \"2\"\n";
        let narrow = narrowed("crates/reconnect-testkit/Cargo.toml", manifest.into());
        assert_eq!(narrow, b"[dev-dependencies]\nurl = \"2\"\n");
        let workspace = narrowed("Cargo.toml", "members = [\"crates/*\", \"xtask\"]\nexclude = [\"fuzz\"]\n".into());
        assert!(workspace.ends_with(b"\"crates/reconnect-testkit\"]\n"));
        assert_eq!(narrowed("src/lib.rs", b"exclude = 1".to_vec()), b"exclude = 1");
    }

    #[test]
    fn the_reason_is_the_line_that_tells() {
        let said = "thread 'a' panicked at x.rs:1:\n  12 ms  poll\nthe stage differs\n  session: Asking\n";
        assert_eq!(reason(said), "the stage differs");
        assert_eq!(reason("thread 'a' panicked at x.rs:1:\nno id"), "no id");
        assert_eq!(reason(""), "it takes too long");
    }
}
