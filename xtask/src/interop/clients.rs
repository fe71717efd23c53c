//! Installs each client into a folder of its own under the target directory, by its own package manager, and drives it.

use super::Outcome;
use crate::Result;
use crate::steps::Background;
use crate::toolchain::{self, NPM, folder, reconnect};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use xshell::{Shell, cmd};

const GUIDE: &str = "docs/guide/offline.md";

/// A client that somebody else wrote.
pub(super) struct Client {
    pub(super) name: &'static str,
    /// Name and version, as its package manager takes them.
    pub(super) pin: &'static str,
    /// The package manager, and how it installs into a folder.
    install: &'static [&'static str],
    runtime: &'static str,
    driver: &'static str,
    /// The language of its program in the guide, and a file for it.
    guide: (&'static str, &'static str),
}

pub(super) const CLIENTS: &[Client] = &[
    Client {
        name: "flinks",
        pin: toolchain::FLINKS,
        // A folder is no environment, so a Python that its distribution manages (PEP 668) does not mind. Wheels run nothing
        // while they are installed.
        install: &[
            "python3 -m pip",
            "install --quiet --disable-pip-version-check --root-user-action=ignore",
            "--only-binary :all: --upgrade --target",
        ],
        runtime: "python3",
        driver: "xtask/interop/flinks.py",
        guide: ("python", "guide.py"),
    },
    Client {
        name: "node-flinks",
        pin: toolchain::NODE_FLINKS,
        install: NPM,
        runtime: "node",
        driver: "xtask/interop/node-flinks.mjs",
        guide: ("js", "guide.mjs"),
    },
];

impl Client {
    /// Takes it through every step. Each client has a sandbox of its own, so that each has a diagnosis of its own.
    pub(super) fn drive(&self, sh: &Shell) -> Result<Vec<Outcome>> {
        let (Client { pin, runtime, driver, .. }, packages) = (self, self.packages());
        toolchain::needs(sh, &[runtime, self.install[0]])?;
        toolchain::installed(sh, self.install, &packages, pin)?;
        let mut command = Command::new(reconnect());
        // What it narrates is for a person, and the doctor is asked by each driver.
        let sandbox = Background::start(command.arg("sandbox").stderr(Stdio::null()), 2)?;
        // Greatday's bank asks.
        let [url, login, "Greatday", ..] = &sandbox.said.iter().map(String::as_str).collect::<Vec<_>>()[..] else {
            return Err("`reconnect sandbox` does not say its address and then Greatday's login".into());
        };
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
        let file = self.packages().join(file);
        sh.write_file(&file, program)?;
        let path = format!("{}:{}", folder("debug").display(), std::env::var("PATH")?);
        let output = cmd!(sh, "{runtime} {file}").quiet().env("PATH", path).ignore_status().output()?;
        if output.status.success() && String::from_utf8_lossy(&output.stdout).contains("Chequing") {
            return Ok(());
        }
        Err(format!("it does not end with accounts:\n{}", String::from_utf8_lossy(&output.stderr)).into())
    }

    fn packages(&self) -> PathBuf {
        folder("interop").join(self.name)
    }
}
