//! What is built on what.

use super::{Checkout, Finding};
use crate::toolchain;
use serde_json::Value;

/// Each crate is what it is because of these.
const BUILT_ON: &[(&str, &[&str])] = &[
    ("reconnect-core", &["serde", "thiserror"]),
    ("reconnect-async", &["reconnect-core", "async-trait", "reqwest"]),
    ("reconnect-blocking", &["reconnect-core", "ureq"]),
    ("reconnect-testkit", &["proptest"]),
    ("reconnect-benches", &["criterion"]),
];

/// A user of one driver does not pay for the other.
const NEVER_ON: &[(&str, &[&str])] = &[
    ("reconnect-async", &["reconnect-blocking", "ureq"]),
    ("reconnect-blocking", &["reconnect-async", "reqwest", "tokio", "async-trait"]),
];

/// Crates that read a clock, do IO, or take randomness.
const IMPURE: &[&str] = &[
    "async-std",
    "chrono",
    "futures",
    "getrandom",
    "hyper",
    "instant",
    "jiff",
    "libc",
    "log",
    "mio",
    "native-tls",
    "openssl",
    "rand",
    "reqwest",
    "rustix",
    "rustls",
    "socket2",
    "time",
    "tokio",
    "tracing",
    "ureq",
    "web-time",
    "windows-sys",
];

pub(crate) fn declared(checkout: &Checkout) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (package, wanted) in BUILT_ON {
        let manifest = manifest(checkout, package);
        let missing = wanted.iter().filter(|name| !depends(checkout, package, name));
        let fix = "declare it in [dependencies], with `workspace = true`";
        findings.extend(
            missing.map(|name| Finding::new(&manifest, 0, format!("{package} does not depend on {name}"), fix)),
        );
    }
    for (package, unwanted) in NEVER_ON {
        let manifest = manifest(checkout, package);
        let present = unwanted.iter().filter(|name| depends(checkout, package, name));
        let fix = "keep the two drivers apart";
        findings.extend(present.map(|name| Finding::new(&manifest, 0, format!("{package} depends on {name}"), fix)));
    }
    findings
}

pub(crate) fn core_is_pure(checkout: &Checkout) -> Vec<Finding> {
    let manifest = manifest(checkout, "reconnect-core");
    let fix = "`cargo tree -p reconnect-core -e normal -i NAME` says who brings it: turn that feature off";
    let impure = checkout.core_tree.iter().filter(|name| IMPURE.contains(&name.as_str()));
    impure.map(|name| Finding::new(&manifest, 0, format!("reconnect-core is built from {name}"), fix)).collect()
}

pub(crate) fn rust_version(checkout: &Checkout) -> Vec<Finding> {
    let said = |package: &str| Some(self::package(checkout, package)?["rust_version"].as_str()?.to_owned());
    let agrees = |said: &str| said == toolchain::MSRV || toolchain::MSRV.strip_suffix(".0") == Some(said);
    let wrong = toolchain::PUBLISHED.iter().filter(|package| !said(package).is_some_and(|said| agrees(&said)));
    let what = |package: &str| format!("{package} has rust-version {:?}, CI checks {}", said(package), toolchain::MSRV);
    let fix = "make the manifest and xtask/src/toolchain.rs agree";
    wrong.map(|package| Finding::new(&manifest(checkout, package), 0, what(package), fix)).collect()
}

fn package<'a>(checkout: &'a Checkout, name: &str) -> Option<&'a Value> {
    checkout.metadata["packages"].as_array()?.iter().find(|package| package["name"] == name)
}

/// As a direct and normal dependency: one for tests or build scripts has a kind.
fn depends(checkout: &Checkout, package: &str, on: &str) -> bool {
    let dependencies = self::package(checkout, package).and_then(|package| package["dependencies"].as_array());
    dependencies.is_some_and(|list| list.iter().any(|one| one["name"] == on && one["kind"].is_null()))
}

fn manifest(checkout: &Checkout, package: &str) -> String {
    let path = self::package(checkout, package).and_then(|package| package["manifest_path"].as_str());
    path.map_or("Cargo.toml", |path| path.strip_prefix(crate::root()).unwrap_or(path)).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn checkout(packages: &[(&str, &[(&str, Value)])]) -> Checkout {
        let dependency = |(name, kind): &(&str, Value)| json!({ "name": name, "kind": kind });
        let package = |(name, dependencies): &(&str, &[(&str, Value)])| {
            let dependencies: Vec<Value> = dependencies.iter().map(dependency).collect();
            json!({ "name": name, "manifest_path": name, "rust_version": "1.85", "dependencies": dependencies })
        };
        let packages: Vec<Value> = packages.iter().map(package).collect();
        Checkout { metadata: json!({ "packages": packages }), ..Checkout::default() }
    }

    fn whats(findings: &[Finding]) -> Vec<&str> {
        findings.iter().map(|finding| finding.what.as_str()).collect()
    }

    #[test]
    fn a_dependency_that_is_only_for_tests_does_not_count() {
        let checkout = checkout(&[
            ("reconnect-core", &[("serde", Value::Null), ("thiserror", json!("dev"))]),
            (
                "reconnect-async",
                &[("reconnect-core", Value::Null), ("async-trait", Value::Null), ("reqwest", Value::Null)],
            ),
            ("reconnect-blocking", &[("reconnect-core", Value::Null), ("ureq", Value::Null), ("tokio", Value::Null)]),
            ("reconnect-testkit", &[("proptest", Value::Null)]),
        ]);
        let wanted = [
            "reconnect-core does not depend on thiserror",
            "reconnect-benches does not depend on criterion",
            "reconnect-blocking depends on tokio",
        ];
        assert_eq!(whats(&declared(&checkout)), wanted);
    }

    #[test]
    fn an_impure_crate_below_the_core() {
        let core_tree = ["reconnect-core", "serde", "getrandom"].map(str::to_owned).to_vec();
        let checkout = Checkout { core_tree, ..Checkout::default() };
        assert_eq!(whats(&core_is_pure(&checkout)), ["reconnect-core is built from getrandom"]);
    }

    #[test]
    fn versions_that_disagree() {
        let mut checkout = checkout(&toolchain::PUBLISHED.iter().map(|name| (*name, &[][..])).collect::<Vec<_>>());
        assert!(rust_version(&checkout).is_empty());
        checkout.metadata["packages"][0]["rust_version"] = json!("1.84");
        checkout.metadata["packages"][1]["rust_version"] = Value::Null;
        assert_eq!(rust_version(&checkout).len(), 2);
    }
}
