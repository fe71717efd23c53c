//! What the core's sources may hold.

use super::source;
use super::{Checkout, Finding};
use crate::toolchain::CORE;

const WIRE: &str = "crates/reconnect-core/src/wire/";
const CALLS: &str = "crates/reconnect-calls/src/";

pub(crate) fn no_std_names(checkout: &Checkout) -> Vec<Finding> {
    let mut findings = Vec::new();
    let sources = CORE.iter().flat_map(|package| checkout.under(&format!("crates/{package}/src/")).collect::<Vec<_>>());
    for file in sources.filter(|file| file.path.ends_with(".rs")) {
        for line in source::lines(&file.text) {
            let fault = line.words().find_map(|(before, word)| {
                let path = line.code[before.len() + word.len()..].starts_with("::");
                match word {
                    "std" if path => Some("`std::`"),
                    "Instant" => Some("`Instant`"),
                    "SystemTime" => Some("`SystemTime`"),
                    _ => None,
                }
            });
            let fix = "take `core` or `alloc`, and time as an argument";
            findings.extend(fault.map(|name| Finding::new(&file.path, line.number, format!("holds {name}"), fix)));
        }
    }
    findings
}

/// So that whoever doubts a field can look it up.
pub(crate) fn wire_heads(checkout: &Checkout) -> Vec<Finding> {
    let calls = checkout.under(CALLS).filter(|file| file.text.contains("\nimpl Endpoint for "));
    let faulty = checkout.under(WIRE).chain(calls).filter(|file| file.path.ends_with(".rs") && !has_head(&file.text));
    let what = "its first line names no route and documentation";
    let fix = "begin it like `//! POST /v3/{customerId}/BankingServices/Authorize, https://…`";
    faulty.map(|file| Finding::new(&file.path, 1, what, fix)).collect()
}

fn has_head(text: &str) -> bool {
    let Some(head) = text.lines().next().and_then(|line| line.strip_prefix("//")) else {
        return false;
    };
    let words = || head.trim_start_matches(['!', '/']).split(|c: char| c.is_whitespace() || "`<>()".contains(c));
    let url = |word: &str| word.starts_with("https://") || word.starts_with("http://");
    words().any(url) && words().any(|word| word.contains('/') && !url(word))
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    #[test]
    fn clocks_and_std() {
        let source = "/// std::time::Instant\nuse std::fmt;\nlet a = Instant::now();\nstruct InstantReply;\nf(\"std::\");\nx::SystemTime\n";
        let path = "crates/reconnect-core/src/a/b.rs";
        assert_eq!(found(no_std_names, &[(path, source)]), [2, 3, 6].map(|line| format!("{path}:{line}")));
        assert!(found(no_std_names, &[("crates/reconnect-async/src/lib.rs", source)]).is_empty());
    }

    #[test]
    fn heads_of_the_wire_types() {
        let head = "//! `POST /v3/{customerId}/BankingServices/Authorize`: <https://docs.flinks.com/x>\nuse a;";
        for (text, sound) in [
            (head, true),
            ("// GET …/GetAccountsDetailAsync/{requestId} https://docs.flinks.com/y", true),
            ("//! The accounts: https://docs.flinks.com/x", false),
            ("//! POST /v3/Authorize", false),
            ("use a;\n//! POST /a https://b.c", false),
            ("", false),
        ] {
            let path = "crates/reconnect-core/src/wire/a.rs";
            assert_eq!(found(wire_heads, &[(path, text)]).is_empty(), sound, "{text}");
        }
        assert!(found(wire_heads, &[("crates/reconnect-core/src/wire.rs", "")]).is_empty());
    }
}
