//! The Python packages: the SDK's wheel, and beside it the wheel with the command that its examples run.

use super::{build_folder, mutants};
use crate::Result;
use crate::steps::{ONE, Tally};
use crate::toolchain::{self, MATURIN, PYTHON_TOOLS, folder};
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

const CRATE: &str = "crates/reconnect-python";
pub(crate) const MANIFEST: &str = "crates/reconnect-python/Cargo.toml";
const SANDBOX: &str = "crates/reconnect-python/sandbox";
/// How many mutants are planted in CI. All of them are at night.
const FEW: usize = 6;
/// The tests that a mutant has to pass, the quick ones first.
const TESTS: [&str; 4] = ["session", "suite", "loop", "transport"];

/// Both wheels, in a folder of their own. Returns the SDK's.
pub(super) fn wheel(sh: &Shell) -> Result<PathBuf> {
    eprintln!("building the Python package and its sandbox: some minutes the first time");
    let [sdk, _] = wheels(sh, "release")?;
    Ok(sdk)
}

/// The SDK's wheel, and the sandbox's, whose command is built so.
fn wheels(sh: &Shell, sandbox: &str) -> Result<[PathBuf; 2]> {
    let (python, out) = (environment(sh, &folder("bindings/maturin"), &[MATURIN])?, folder("bindings/wheel"));
    let (ours, whole) = (build_folder(), folder(""));
    sh.remove_path(&out)?;
    for (project, profile, target) in [(CRATE, "release", ours), (SANDBOX, sandbox, whole)] {
        let _in_project = sh.push_dir(project);
        cmd!(sh, "{python} -m maturin build --profile {profile} --locked --target-dir {target} --out {out}").run()?;
    }
    let wheels = sh.read_dir(&out)?;
    let named = |name: &str| {
        let is_it = |path: &&PathBuf| path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(name));
        wheels.iter().find(is_it).cloned().ok_or_else(|| format!("maturin wrote no wheel {name}"))
    };
    Ok([named("flinks_reconnect-")?, named("flinks_reconnect_sandbox-")?])
}

/// The wheels in an environment that has nothing else of ours: their tests, what the SDK says of its types, and some
/// mutants of its Python files. The sandbox is not optimised, since other steps have built it so.
pub(super) fn check(sh: &Shell) -> Result<Tally> {
    let (wheels, fresh) = (wheels(sh, "dev")?, folder("bindings/fresh"));
    sh.remove_path(&fresh)?;
    let wheels = wheels.each_ref().map(|wheel| wheel.to_string_lossy());
    let python = environment(sh, &fresh, &[&[&*wheels[0], &wheels[1]], PYTHON_TOOLS].concat())?;
    let in_crate = sh.push_dir(CRATE);
    cmd!(sh, "{python} -m pytest -p no:cacheprovider").run()?;
    cmd!(sh, "{python} -m mypy --strict --package reconnect --cache-dir {fresh}/mypy").run()?;
    cmd!(sh, "{python} -m mypy.stubtest reconnect._core").run()?;
    drop(in_crate);
    Ok(ONE.and(planted_in_python(sh, &python, FEW)?))
}

/// The mutants of the Python files, with the module that is installed.
fn planted_in_python(sh: &Shell, python: &Path, most: usize) -> Result<Tally> {
    let find = "import reconnect._core; print(reconnect._core.__file__)";
    let module = PathBuf::from(cmd!(sh, "{python} -c {find}").read()?);
    planted(sh, python, "python/", most, |_| Ok(module.clone()))
}

/// What the package costs, as its own program says, and its size.
pub(crate) fn bench(sh: &Shell) -> Result<String> {
    let wheel = wheel(sh)?;
    let name = wheel.to_string_lossy();
    let python = environment(sh, &folder("bindings/bench"), &["--force-reinstall", "--no-deps", &name])?;
    let said = cmd!(sh, "{python} {CRATE}/tests/bench.py").read()?;
    Ok(format!("{said}\nsize {} bytes", sh.read_binary_file(&wheel)?.len()))
}

/// Every mutant. The package has been installed and tried before.
pub(super) fn night(sh: &Shell) -> Result<Tally> {
    let (python, target) =
        (environment(sh, &folder("bindings/fresh"), PYTHON_TOOLS)?, folder("bindings/mutants/python"));
    let in_rust = planted(sh, &python, "src/", usize::MAX, |copy| {
        let manifest = copy.join("Cargo.toml");
        let build = cmd!(sh, "cargo build --quiet --locked --manifest-path {manifest} --target-dir {target}");
        build.env("PYO3_BUILD_EXTENSION_MODULE", "1").env("CARGO_PROFILE_DEV_DEBUG", "0").quiet().run()?;
        Ok(target.join("debug/lib_core.so"))
    })?;
    Ok(in_rust.and(planted_in_python(sh, &python, usize::MAX)?))
}

/// So many mutants below a folder of the crate, each with the module that `built` returns.
fn planted(
    sh: &Shell,
    python: &Path,
    below: &str,
    most: usize,
    built: impl Fn(&Path) -> Result<PathBuf>,
) -> Result<Tally> {
    mutants::run(sh, "reconnect-python", below, most, |copy| {
        sh.copy_file(built(copy)?, copy.join("python/reconnect/_core.abi3.so"))?;
        let tests = TESTS.map(|name| format!("{}{CRATE}/tests/test_{name}.py", crate::root()));
        // Without bytecode: a mutant may be as long as what it replaces, and as old.
        let quick = ["-B", "-m", "pytest", "-qx", "--assert=plain", "-p", "no:cacheprovider"];
        let pytest = cmd!(sh, "timeout --kill-after=9 60 {python} {quick...} {tests...}");
        let pytest = pytest.env("PYTHONPATH", copy.join("python")).env("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1");
        let ran = pytest.quiet().ignore_status().output()?;
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        let failed = said.lines().find(|line| line.starts_with("FAILED") || line.starts_with("ERROR"));
        Ok((!ran.status.success()).then(|| failed.unwrap_or("it takes too long").to_owned()))
    })
}

/// The program of an [`environment`].
pub(crate) fn interpreter(folder: &Path) -> PathBuf {
    folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}

/// A Python with these packages, in a folder of its own.
pub(crate) fn environment(sh: &Shell, folder: &Path, packages: &[&str]) -> Result<PathBuf> {
    toolchain::needs(sh, &["python3"])?;
    let python = interpreter(folder);
    if !sh.path_exists(&python) {
        cmd!(sh, "python3 -m venv {folder}").run()?;
    }
    // It installs what is missing, and nothing if all is there.
    cmd!(sh, "{python} -m pip install --quiet --disable-pip-version-check {packages...}").run()?;
    Ok(python)
}
