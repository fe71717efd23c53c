//! The drivers carry bytes and decide nothing: whatever both would have to know belongs in the core.

use super::source::{self, Line};
use super::{Checkout, Finding};

const DRIVERS: &[&str] = &["crates/reconnect-async/src/", "crates/reconnect-blocking/src/"];
/// Lines of code, in all files of one driver together but for its HTTP client.
const MOST: usize = 200;
/// What sets up an HTTP client and reads its errors: more of it is about that client than about us.
const HTTP: &str = "http.rs";
/// Lines of code in it.
const MOST_OF_HTTP: usize = 150;

/// As they stand in a string; as a constant they are in capitals, with underscores.
const HEADERS: &[&str] = &[
    "accept",
    "accept-encoding",
    "authorization",
    "content-encoding",
    "content-type",
    "flinks-auth-key",
    "idempotency-key",
    "location",
    "retry-after",
    "user-agent",
    "x-api-key",
    "x-client-id",
];

pub(crate) fn size(checkout: &Checkout) -> Vec<Finding> {
    let mut findings = Vec::new();
    for driver in DRIVERS {
        let code = shipped(checkout, driver).filter(|(_, line)| !line.is_blank());
        let (http, rest): (Vec<_>, Vec<_>) = code.partition(|(path, _)| path.strip_prefix(driver) == Some(HTTP));
        for (place, lines, most) in
            [((*driver).to_owned(), rest.len(), MOST), (format!("{driver}{HTTP}"), http.len(), MOST_OF_HTTP)]
        {
            if lines > most {
                let what = format!("has {lines} lines of code, {most} at most");
                findings.push(Finding::new(&place, 0, what, "move what both drivers need into the core"));
            }
        }
    }
    findings
}

pub(crate) fn statuses(checkout: &Checkout) -> Vec<Finding> {
    each_line(checkout, "a status", "`receive` reads it, in the core", |line| {
        line.words().find_map(|(before, word)| {
            let named = before.ends_with("StatusCode::") && word.starts_with(|c: char| c.is_ascii_uppercase());
            let class = before.ends_with('.')
                && ["is_success", "is_redirection", "is_client_error", "is_server_error"].contains(&word);
            (named || class || is_status(before, word)).then(|| word.to_owned())
        })
    })
}

/// A number of three digits from 100 to 599, whatever its type.
fn is_status(before: &str, word: &str) -> bool {
    let digits = word.split(['u', 'i']).next().unwrap_or_default().replace('_', "");
    let fraction = before.ends_with('.') && !before.ends_with("..");
    !fraction && digits.len() == 3 && digits.parse().is_ok_and(|number: u32| (100..600).contains(&number))
}

pub(crate) fn headers(checkout: &Checkout) -> Vec<Finding> {
    let constants: Vec<String> = HEADERS.iter().map(|name| name.replace('-', "_").to_uppercase()).collect();
    each_line(checkout, "a header", "`render` writes it and `receive` reads it, in the core", |line| {
        let mut strings = line.strings.iter().map(|text| text.trim().to_lowercase());
        let mut words = line.words().map(|(_, word)| word.to_owned());
        // A name with a hyphen is found inside a longer text too; a plain word is not.
        let quoted =
            |text: &String| HEADERS.iter().any(|name| text == name || name.contains('-') && text.contains(name));
        strings.find(quoted).or_else(|| words.find(|word| constants.contains(word)))
    })
}

pub(crate) fn seconds(checkout: &Checkout) -> Vec<Finding> {
    let fix = "every number is in the core's policy.rs, with its source";
    each_line(checkout, "a number of seconds", fix, |line| {
        line.words().find_map(|(before, word)| {
            let literal = line.code[before.len() + word.len()..].strip_prefix('(').map(str::trim_start);
            let literal = literal.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            let from = word.starts_with("from_")
                && ["secs", "millis", "micros", "nanos", "mins", "hours"].contains(&unit(word));
            let new = word == "new" && before.ends_with("Duration::");
            (literal && (from || new)).then(|| word.to_owned())
        })
    })
}

fn unit(word: &str) -> &str {
    word.split('_').nth(1).unwrap_or_default()
}

fn each_line(
    checkout: &Checkout,
    kind: &str,
    fix: &'static str,
    fault: impl Fn(&Line) -> Option<String>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, line) in DRIVERS.iter().flat_map(|driver| shipped(checkout, driver)) {
        let what = |name: String| format!("a driver knows {kind} ({name})");
        findings.extend(fault(&line).map(|name| Finding::new(path, line.number, what(name), fix)));
    }
    findings
}

/// The lines that users get: without the modules under `#[cfg(test)]`, in this file or in one of their own.
fn shipped<'a>(checkout: &'a Checkout, driver: &'a str) -> impl Iterator<Item = (&'a str, Line)> {
    let files = || checkout.under(driver).filter(|file| file.path.ends_with(".rs"));
    let tests: Vec<String> = files().flat_map(|file| source::test_modules(&source::lines(&file.text))).collect();
    let of_tests = move |path: &str| {
        let path = path.trim_end_matches(".rs");
        tests.iter().any(|name| path.split('/').any(|part| part == name))
    };
    files()
        .filter(move |file| !of_tests(&file.path))
        .flat_map(|file| source::shipped(source::lines(&file.text)).into_iter().map(|line| (file.path.as_str(), line)))
}

#[cfg(test)]
mod tests {
    use super::super::{Rule, found};
    use super::*;

    const PATH: &str = "crates/reconnect-async/src/lib.rs";

    fn faulty(rule: Rule, lines: &[&str]) {
        for line in lines {
            assert_eq!(found(rule, &[(PATH, line)]).len(), 1, "{line}");
            let test = format!("#[cfg(test)]\nmod tests {{\n{line}\n}}");
            assert!(found(rule, &[(PATH, &test)]).is_empty(), "{test}");
            assert!(found(rule, &[(PATH, &format!("// {line}"))]).is_empty(), "// {line}");
        }
    }

    fn sound(rule: Rule, lines: &[&str]) {
        for line in lines {
            assert!(found(rule, &[(PATH, line)]).is_empty(), "{line}");
        }
    }

    #[test]
    fn only_code_is_counted_and_all_files_of_a_driver() {
        let half = "let a = 1;\n\n// why\n/* b\n c */\n".repeat(MOST / 2);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{half}}}\n");
        let other = "crates/reconnect-async/src/store.rs";
        assert!(found(size, &[(PATH, &half), (other, &format!("{half}{tests}"))]).is_empty());
        assert_eq!(
            found(size, &[(PATH, &half), (other, &format!("{half}fn f() {{}}\n"))]),
            ["crates/reconnect-async/src/:0"]
        );
        // The HTTP client is counted apart, and only under its own name.
        let (http, long) = ("crates/reconnect-async/src/http.rs", "let a = 1;\n".repeat(MOST_OF_HTTP));
        assert!(found(size, &[(PATH, &half), (other, &half), (http, &long)]).is_empty());
        assert_eq!(found(size, &[(PATH, &half), (http, &format!("{long}{long}"))]), [format!("{http}:0")]);
        let elsewhere = "crates/reconnect-async/src/io/http.rs";
        assert_eq!(
            found(size, &[(PATH, &half), (other, &half), (elsewhere, "fn f() {}\n")]),
            ["crates/reconnect-async/src/:0"]
        );
        let apart = "#[cfg(test)]\nmod walks;\n";
        assert!(found(size, &[(PATH, apart), ("crates/reconnect-async/src/walks.rs", &half.repeat(3))]).is_empty());
    }

    #[test]
    fn statuses_in_any_form() {
        faulty(
            statuses,
            &["if status == 401 {", "matches!(s, 200..300)", "429u16", "5_03", "StatusCode::OK", "s.is_success()"],
        );
        sound(statuses, &["x.0", "1000", "64", "0x1ff", "\"200\"", "a200", "1.200", "reqwest::StatusCode", "600"]);
    }

    #[test]
    fn headers_in_any_form() {
        faulty(headers, &["h(\"Retry-After\")", "header::CONTENT_TYPE", "\"accept\"", "format!(\"user-agent: {x}\")"]);
        sound(headers, &["agent.user_agent(None)", "\"we accept it\"", "for (name, value) in headers", "accept()"]);
    }

    #[test]
    fn seconds_in_any_form() {
        faulty(seconds, &["Duration::from_secs(5)", "from_millis( 10 )", "Duration::new(1, 0)", "from_secs_f64(0.5)"]);
        sound(seconds, &["Duration::from_millis(limit)", "Vec::new(1)", "Duration::from_secs(limit_ms / 1000)"]);
    }
}
