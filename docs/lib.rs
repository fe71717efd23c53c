//! The guides. They are Markdown beside this file; as documentation of this crate, `cargo test` compiles and runs every
//! snippet of theirs, and of the README.

#[doc = include_str!("../README.md")]
pub mod readme {}

#[doc = include_str!("guide/refresh.md")]
pub mod refresh {}

#[doc = include_str!("guide/webhooks.md")]
pub mod webhooks {}

#[doc = include_str!("guide/resume.md")]
pub mod resume {}

#[doc = include_str!("guide/first-connection.md")]
pub mod first_connection {}

#[doc = include_str!("guide/selected-accounts.md")]
pub mod selected_accounts {}

#[doc = include_str!("guide/persistence.md")]
pub mod persistence {}

#[doc = include_str!("reference/errors.md")]
pub mod errors {}

#[doc = include_str!("guide/offline.md")]
pub mod offline {}

#[doc = include_str!("guide/oauth.md")]
pub mod oauth {}

#[doc = include_str!("guide/which-driver.md")]
pub mod which_driver {}

#[cfg(test)]
mod tests {
    use reconnect_core::FlinksCode;

    /// The rows of the table of codes are what the code says, in its order.
    #[test]
    fn the_table_of_codes_is_the_codes() {
        let row = |code: &FlinksCode| {
            let then = code.advice().map_or("it goes on".to_owned(), |advice| format!("`{advice:?}`"));
            format!("| `{code}` | {} | {then} |", code.meaning())
        };
        let expected: Vec<String> = FlinksCode::KNOWN.iter().map(row).collect();
        let is_code = |line: &&str| {
            let name = line.strip_prefix("| `").and_then(|rest| rest.split('`').next());
            name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_uppercase() || b"_ ".contains(&byte)))
        };
        let written: Vec<&str> = include_str!("reference/errors.md").lines().filter(is_code).collect();
        assert!(written == expected, "docs/reference/errors.md should have these rows:\n{}", expected.join("\n"));
    }

    /// The one in the guide to testing.
    #[test]
    fn the_scenario_to_begin_with_is_one() {
        let guide =
            include_str!("guide/offline.md").split_once("\n```toml\n").and_then(|(_, rest)| rest.split_once("\n```\n"));
        let (scenario, _) = guide.expect("docs/guide/offline.md has a scenario");
        assert!(reconnect_sandbox::Scenario::read(scenario).is_ok());
    }

    /// Each guide is compiled here. `embedding.md` has lines of JSON and no Rust.
    #[test]
    fn every_guide_is_compiled() {
        let here = include_str!("lib.rs");
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/guide"));
        for entry in folder.expect("the guides are part of the repository") {
            let name = entry.expect("a readable folder").file_name().into_string().expect("guides have plain names");
            let is_compiled = here.contains(&format!("include_str!(\"guide/{name}\")"));
            assert!(is_compiled || name == "embedding.md", "{name} is not in docs/lib.rs");
        }
    }
}
