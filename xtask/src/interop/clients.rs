//! Installs each client into a folder of its own under the target directory, and drives it.

use super::Outcome;
use crate::Result;
use crate::toolchain::{self, target_dir};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use xshell::{Shell, cmd};

const GUIDE: &str = "docs/guide/offline.md";

/// A client that somebody else wrote.
pub(super) struct Client {
    pub(super) name: &'static str,
    /// Name and version, as its package manager takes them.
    pub(super) pin: &'static str,
    install: fn(&Shell, &Client, &str) -> Result,
    runtime: &'static str,
    driver: &'static str,
    /// The language of its program in the guide, and a file for it.
    guide: (&'static str, &'static str),
}

pub(super) const CLIENTS: &[Client] = &[
    Client {
        name: "flinks",
        pin: toolchain::FLINKS,
        install: install_with_pip,
        runtime: "python3",
        driver: "xtask/interop/flinks.py",
        guide: ("python", "guide.py"),
    },
    Client {
        name: "node-flinks",
        pin: toolchain::NODE_FLINKS,
        install: install_with_npm,
        runtime: "node",
        driver: "xtask/interop/node-flinks.mjs",
        guide: ("js", "guide.mjs"),
    },
];

impl Client {
    /// Takes it through every step. Each client has a sandbox of its own, so that each has a diagnosis of its own.
    pub(super) fn drive(&self, sh: &Shell) -> Result<Vec<Outcome>> {
        let packages = self.packages();
        (self.install)(sh, self, &packages)?;
        let sandbox = Sandbox::start()?;
        let (Client { runtime, driver, .. }, Sandbox { url, login, .. }) = (self, &sandbox);
        let lines = cmd!(sh, "{runtime} {driver} {packages} {url} {login}").quiet().read()?;
        let read = |line: &str| serde_json::from_str(line).map_err(|error| format!("{error} in {line}").into());
        lines.lines().map(read).collect()
    }

    /// Runs its program in the guide, as it stands there. It is written beside the packages, where both languages look.
    pub(super) fn follow_guide(&self, sh: &Shell) -> Result {
        let (Client { pin, runtime, guide: (language, file), .. }, text) = (self, sh.read_file(GUIDE)?);
        let program = text.split_once(&format!("\n```{language}\n")).and_then(|(_, rest)| rest.split_once("\n```\n"));
        let (program, _) = program.ok_or_else(|| format!("{GUIDE} has no program in {language}"))?;
        if !text.contains(pin) {
            return Err(format!("{GUIDE} does not install {pin}").into());
        }
        let file = format!("{}/{file}", self.packages());
        sh.write_file(&file, program)?;
        let commands = reconnect().with_file_name("");
        let path = std::env::join_paths(
            core::iter::once(commands).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
        )?;
        let output = cmd!(sh, "{runtime} {file}").quiet().env("PATH", path).ignore_status().output()?;
        if output.status.success() && String::from_utf8_lossy(&output.stdout).contains("Chequing") {
            return Ok(());
        }
        Err(format!("{file} does not end with accounts:\n{}", String::from_utf8_lossy(&output.stderr)).into())
    }

    fn packages(&self) -> String {
        format!("{}/interop/{}", target_dir(), self.name)
    }
}

/// A folder is no environment, so a Python that its distribution manages (PEP 668) does not mind.
fn install_with_pip(sh: &Shell, client: &Client, folder: &str) -> Result {
    needs(sh, "python3", &[], "Python 3 (Debian: apt-get install python3)")?;
    needs(sh, "python3", &["-m", "pip"], "pip (Debian: apt-get install python3-pip)")?;
    let (pin, quietly) = (client.pin, ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore"]);
    // Wheels run nothing while they are installed.
    let how = ["--only-binary", ":all:", "--upgrade", "--target", folder];
    once(sh, folder, pin, || cmd!(sh, "python3 -m pip install {quietly...} {how...} {pin}").run())
}

fn install_with_npm(sh: &Shell, client: &Client, folder: &str) -> Result {
    needs(sh, "node", &[], "Node.js 18 or newer (Debian: apt-get install nodejs)")?;
    needs(sh, "npm", &[], "npm (Debian: apt-get install npm)")?;
    let (pin, quietly) = (client.pin, ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]);
    let how = ["--ignore-scripts", "--no-package-lock", "--prefix", folder];
    once(sh, folder, pin, || cmd!(sh, "npm install {quietly...} {how...} {pin}").run())
}

/// Fills the folder, unless it holds just this.
fn once(sh: &Shell, folder: &str, pin: &str, install: impl FnOnce() -> xshell::Result<()>) -> Result {
    let note = format!("{folder}/installed");
    if sh.read_file(&note).is_ok_and(|installed| installed == pin) {
        return Ok(());
    }
    sh.remove_path(folder)?;
    sh.create_dir(folder)?;
    install()?;
    sh.write_file(note, pin)?;
    Ok(())
}

fn needs(sh: &Shell, program: &str, module: &[&str], what: &str) -> Result {
    let runs = cmd!(sh, "{program} {module...} --version").quiet().ignore_stdout().ignore_stderr().run().is_ok();
    if runs { Ok(()) } else { Err(format!("no {} here; install {what}", module.last().unwrap_or(&program)).into()) }
}

/// The command, where cargo has just built it.
fn reconnect() -> PathBuf {
    let name = format!("reconnect{}", std::env::consts::EXE_SUFFIX);
    Path::new(crate::root()).join(target_dir()).join("debug").join(name)
}

/// `reconnect sandbox`, ended when it is dropped.
struct Sandbox {
    process: Child,
    url: String,
    /// Of a user whose bank asks.
    login: String,
}

impl Sandbox {
    fn start() -> Result<Self> {
        let mut command = Command::new(reconnect());
        // What it narrates is for a person, and the doctor is asked by each driver.
        let process = command.arg("sandbox").stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut sandbox = Self { process, url: String::new(), login: String::new() };
        let stdout = sandbox.process.stdout.take().expect("stdout is piped, above");
        let mut lines = BufReader::new(stdout).lines();
        sandbox.url = lines.next().transpose()?.unwrap_or_default();
        let mut words = lines.next().transpose()?.unwrap_or_default();
        if let Some(end) = words.find(' ').filter(|end| words[*end..].trim_start().starts_with("Greatday ")) {
            words.truncate(end);
            sandbox.login = words;
            return Ok(sandbox);
        }
        Err("`reconnect sandbox` does not say its address and then Greatday's login; see docs/reference/cli.md".into())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
