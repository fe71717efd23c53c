//! The C library: a folder with `include/` and `lib/`, and programs in C that are linked with it.

use super::wire::login;
use super::{build_folder, mutants};
use crate::Result;
use crate::steps::{Background, ONE, Tally, tested};
use crate::toolchain::{self, WASM, folder, reconnect};
use std::path::{Path, PathBuf};
use std::process::Command;
use xshell::{Shell, cmd};

pub(crate) const MANIFEST: &str = "crates/reconnect-c/Cargo.toml";
/// In bytes, of the shared library. 170,000 of them are std's own: it can print where a panic was.
const MOST: usize = 660_000;

/// How many mutants are planted in CI. All of them are at night.
const FEW: usize = 3;
/// How each program has to compile.
const STRICT: &[&str] = &["-g", "-Wall", "-Wextra", "-pedantic", "-Werror"];

/// A file, its compiler with the language, the other libraries, and the arguments.
type Program<'a> = (&'a str, (&'a str, &'a [&'a str]), &'a [&'a str], &'a [&'a str]);

/// What a user installs.
pub(super) fn library(sh: &Shell) -> Result<PathBuf> {
    let (target, out) = (build_folder(), folder("bindings/c"));
    eprintln!("building the C library: a minute, and some more the first time");
    cmd!(sh, "cargo build --release --locked --manifest-path {MANIFEST} --target-dir {target}").run()?;
    sh.remove_path(&out)?;
    let lib = sh.create_dir(out.join("lib"))?;
    for name in ["libreconnect.so", "libreconnect.dylib", "libreconnect.a", "reconnect.dll", "reconnect.lib"] {
        if sh.path_exists(target.join("release").join(name)) {
            sh.copy_file(target.join("release").join(name), &lib)?;
        }
    }
    let include = sh.create_dir(out.join("include"))?;
    sh.copy_file("crates/reconnect-c/include/reconnect.h", include)?;
    let manifest = sh.read_file(MANIFEST)?;
    let version = manifest.split("version = \"").nth(1).and_then(|rest| rest.split('"').next());
    let about = sh.read_file("crates/reconnect-c/reconnect.pc.in")?;
    let about = about.replace("@version@", version.ok_or("the manifest has a version")?);
    sh.write_file(lib.join("pkgconfig/reconnect.pc"), about.replace("@prefix@", &out.to_string_lossy()))?;
    Ok(out)
}

/// The same as a WebAssembly module, which the JavaScript package has.
pub(super) fn module(sh: &Shell) -> Result<PathBuf> {
    let target = build_folder();
    let build = ["build", "--release", "--locked", "--manifest-path", MANIFEST, "--target", WASM, "--target-dir"];
    // Most of the time of a large reply goes into reading it; 4 kB more, and it takes two thirds of the time.
    let fast = ["--config", "profile.release.package.reconnect-json.opt-level=2"];
    cmd!(sh, "cargo {build...} {target} {fast...}").run()?;
    Ok(target.join(WASM).join("release/reconnect.wasm"))
}

/// The header, the symbols, and each program under valgrind.
pub(super) fn check(sh: &Shell) -> Result<Tally> {
    toolchain::needs(sh, &["cc", "c++", "nm", "pkg-config", "ruby -r ffi", "valgrind"])?;
    if !toolchain::runs(sh, "pkg-config", &["--exists", "libcjson", "libcurl"]) {
        return Err("no headers of libcjson or libcurl here; `.ci/run` names Debian's packages".into());
    }
    let (out, target) = (library(sh)?, build_folder());
    let test = ["test", "--release", "--locked", "--manifest-path", MANIFEST, "--target-dir"];
    let tally = tested(cmd!(sh, "cargo {test...} {target}"))?;
    exports(sh, &out)?;
    cmd!(sh, "cargo build --locked --package reconnect-cli").run()?;
    let mut sandbox = Command::new(reconnect());
    let sandbox = Background::start(sandbox.args(["sandbox", "--strict"]), 3)?;
    let (address, asked, not_asked) =
        (&*sandbox.said[0], login(&sandbox, "Greatday")?, login(&sandbox, "Greatday_NoMFA")?);
    // No longer than they are needed: with another path of pkg-config, cargo builds aws-lc again.
    let paths = [("PKG_CONFIG_PATH", "lib/pkgconfig"), ("LD_LIBRARY_PATH", "lib")];
    let paths = paths.map(|(name, path)| sh.push_env(name, out.join(path)));
    const LEAKS: &[&str] = &["--leak-check=full", "--show-leak-kinds=all", "--errors-for-leak-kinds=all"];
    let (c, cpp) = (("cc", &["-std=c11"][..]), ("c++", &["-std=c++17", "-x", "c++"][..]));
    let vectors = vectors(sh)?;
    let vectors: Vec<&str> = vectors.iter().map(String::as_str).collect();
    let programs: [Program<'_>; 5] = [
        ("tests/walk", c, &[], &[]),
        ("tests/walk", cpp, &[], &[]),
        ("tests/suite", c, &["libcjson"], &vectors),
        ("examples/first", c, &["libcurl"], &[address, not_asked]),
        ("examples/refresh", c, &["libcurl"], &[address, asked]),
    ];
    let in_folder = sh.push_dir(&out);
    for (name, (compiler, language), with, args) in programs {
        let flags = cmd!(sh, "pkg-config --cflags --libs reconnect {with...}").read()?;
        let (flags, source) = (flags.split_whitespace(), format!("{}crates/reconnect-c/{name}.c", crate::root()));
        cmd!(sh, "{compiler} {language...} {STRICT...} {source} -o program {flags...}").run()?;
        cmd!(sh, "valgrind -q {LEAKS...} --error-exitcode=9 ./program {args...}").run()?;
    }
    let guide = sh.read_file(Path::new(crate::root()).join("docs/guide/embedding.md"))?;
    let ruby = guide.split("```ruby\n").nth(1).and_then(|rest| rest.split("```").next()).ok_or("it has Ruby")?;
    cmd!(sh, "ruby").stdin(ruby).run()?;
    drop((in_folder, paths));
    Ok(tally.and(ONE).and(planted(sh, FEW)?))
}

/// The program that is one leg of a refresh. It has the library in it.
pub(super) fn wire(sh: &Shell) -> Result<PathBuf> {
    let (out, program) = (library(sh)?, folder("bindings/wire").join("c"));
    sh.create_dir(folder("bindings/wire"))?;
    let source = format!("{}crates/reconnect-c/tests/wire.c", crate::root());
    let flags = cmd!(sh, "pkg-config --cflags --libs libcurl").read()?;
    let (include, library, flags) = (out.join("include"), out.join("lib/libreconnect.a"), flags.split_whitespace());
    cmd!(sh, "cc -std=c11 {STRICT...} {source} -o {program} -I {include} {library} {flags...} -lm").run()?;
    Ok(program)
}

/// The glue's mutants, each told by the suite, the walk or the crate's tests.
pub(super) fn planted(sh: &Shell, most: usize) -> Result<Tally> {
    let (target, vectors) = (folder("bindings/mutants/c"), vectors(sh)?);
    let lib = sh.create_dir(target.join("debug"))?;
    let quick = ["CARGO_PROFILE_DEV_DEBUG", "CARGO_PROFILE_TEST_DEBUG"].map(|name| (name, "0"));
    let cargo = |copy: &Path, task: &str, more: &[&str]| {
        let of = ["--quiet", "--locked", "--manifest-path"];
        let manifest = copy.join("Cargo.toml");
        let cargo = cmd!(sh, "timeout 900 cargo {task} {of...} {manifest} --target-dir {target} {more...}");
        cargo.envs(quick).env("CARGO_INCREMENTAL", "1").quiet().ignore_status().output()
    };
    mutants::run(sh, "reconnect-c", "src/", most, |copy| {
        let built = cargo(copy, "rustc", &["--crate-type", "cdylib"])?;
        if !built.status.success() {
            return Err(String::from_utf8_lossy(&built.stderr).into());
        }
        for (name, args) in [("walk", &[][..]), ("suite", &vectors)] {
            let program = lib.join(name);
            let (source, include) = (copy.join(format!("tests/{name}.c")), copy.join("include"));
            cmd!(sh, "cc {source} -o {program} -I {include} -L {lib} -lreconnect -lcjson").quiet().run()?;
            let ran = cmd!(sh, "timeout 60 {program} {args...}")
                .env("LD_LIBRARY_PATH", &lib)
                .quiet()
                .ignore_status()
                .output()?;
            if !ran.status.success() {
                let said = String::from_utf8_lossy(&ran.stderr).into_owned();
                return Ok(Some(said.lines().last().unwrap_or(name).to_owned()));
            }
        }
        // The guide is not beside the copy.
        let ran = cargo(copy, "test", &["--", "--skip", "each_program_of_the_guide"])?;
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        let failed = said.lines().find(|line| line.contains("panicked at")).unwrap_or("a test of the crate fails");
        Ok((!ran.status.success()).then(|| failed.to_owned()))
    })
}

/// What the runner of the conformance suite is called with: how many vectors it has to compare, and their files.
fn vectors(sh: &Shell) -> Result<Vec<String>> {
    let files = sh.read_dir(Path::new(crate::root()).join("crates/reconnect-testkit/vectors"))?;
    let files = files.iter().filter(|file| file.extension().is_some_and(|end| end == "json"));
    Ok(core::iter::once("900".to_owned()).chain(files.map(|file| file.display().to_string())).collect())
}

/// Each symbol begins with `rc_` and stands in the header, and the library is no larger than it was.
fn exports(sh: &Shell, out: &Path) -> Result {
    let (library, header) = (out.join("lib/libreconnect.so"), sh.read_file(out.join("include/reconnect.h"))?);
    let symbols = cmd!(sh, "nm -D --defined-only --format=just-symbols {library}").read()?;
    let size = sh.read_binary_file(&library)?.len();
    println!("{} functions, {size} bytes", symbols.lines().count());
    let strange = symbols.lines().find(|name| !name.starts_with("rc_") || !header.contains(&format!("{name}(")));
    match strange {
        Some(name) => Err(format!("{name} is exported, and is not in the header").into()),
        None if symbols.lines().count() > 25 => Err("25 functions at most".into()),
        None if size > MOST => Err(format!("{size} bytes, {MOST} at most").into()),
        None => Ok(()),
    }
}
