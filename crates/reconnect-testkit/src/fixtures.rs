//! What the real service says: bodies, events and URLs from public documentation and clients, each with its source
//! beside it (`fixtures/…/NAME.source.txt`).

use std::path::PathBuf;

/// One fixture.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// `server` or `client`, and the file's name without its ending: `server/authorize-200-cached`.
    pub name: String,
    /// The text, byte for byte.
    pub text: String,
    /// Where it is from.
    pub source: String,
}

/// Every fixture, by name.
///
/// # Panics
/// If the folder cannot be read, or a fixture has no source: a test cannot go on then.
#[must_use]
pub fn all() -> Vec<Fixture> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"));
    let mut fixtures = Vec::new();
    for side in ["client", "server"] {
        let folder = std::fs::read_dir(root.join(side)).expect("the fixtures are part of the repository");
        for entry in folder {
            let path = entry.expect("a readable folder").path();
            let file = path.file_name().and_then(|name| name.to_str()).expect("fixtures have plain names");
            let Some(stem) = file.strip_suffix(".json") else { continue };
            let source = path.with_file_name(format!("{stem}.source.txt"));
            fixtures.push(Fixture {
                name: format!("{side}/{stem}"),
                text: std::fs::read_to_string(&path).expect("a fixture is text"),
                source: std::fs::read_to_string(source).expect("every fixture has its source beside it"),
            });
        }
    }
    fixtures.sort_by(|a, b| a.name.cmp(&b.name));
    fixtures
}

/// The text of one fixture.
///
/// # Panics
/// If there is none of this name.
#[must_use]
pub fn text(name: &str) -> String {
    all().into_iter().find(|fixture| fixture.name == name).unwrap_or_else(|| panic!("no fixture {name}")).text
}
