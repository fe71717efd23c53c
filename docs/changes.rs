//! CONTRIBUTING.md lists where each of five changes is made. Each list is that of an example which is there today, and
//! these tests look for the example's words in every file.

use reconnect_core::Policy;
use std::{collections::BTreeSet, fs, process::Command};

const PAGE: &str = include_str!("../CONTRIBUTING.md");

/// What a task writes, what the past was, and the page itself.
const NOT_EDITED: &[&str] = &[
    "docs/api/",
    "docs/proof/",
    "crates/reconnect-testkit/golden/",
    "crates/reconnect-js/src/codes.js",
    "crates/reconnect-testkit/vectors/",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
];

/// The text below a heading.
fn section(heading: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("\n### {heading}\n")).expect("a heading of CONTRIBUTING.md");
    rest.split("\n#").next().unwrap_or_default()
}

/// The places that a section lists: the path that each item begins with.
fn listed(heading: &str) -> BTreeSet<String> {
    let paths = section(heading).lines().filter_map(|line| line.strip_prefix("- `")?.split('`').next());
    paths.map(str::to_owned).collect()
}

/// Whether a line has one of the words that a section gives as its example.
fn example(heading: &str) -> impl Fn(&str) -> bool {
    let line = section(heading).lines().find_map(|line| line.strip_prefix("Example: ")).expect("an example");
    let words: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
    move |line| words.iter().any(|word| !places_of(line, word).is_empty())
}

/// Asserts that the listed places are those which have a line of the example, and that they are at most so many.
/// `besides` has the places that a change of this kind leaves alone, each with its reason.
fn is_made_in(heading: &str, most: usize, besides: &[(&str, &str)], is_example: impl Fn(&str) -> bool) {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let list = ["-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let git = Command::new("git").args(list).output().expect("git lists the files");
    let paths = String::from_utf8(git.stdout).expect("paths are text");
    let is_edited = |path: &&str| !NOT_EDITED.iter().any(|written| path.starts_with(written));
    let has_example = |path: &&str| {
        let bytes = fs::read(format!("{root}/{path}")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).lines().any(&is_example)
    };
    let is_besides = |path: &&str| besides.iter().any(|(start, _)| path.starts_with(start));
    let found = paths.split_terminator('\0').filter(is_edited).filter(has_example);
    let found: BTreeSet<String> = found.filter(|path| !is_besides(path)).map(str::to_owned).collect();
    let listed = listed(heading);
    assert!(found == listed, "{heading}: the example is in {found:#?}, and CONTRIBUTING.md lists {listed:#?}");
    assert!(listed.len() <= most, "{heading}: {} places, and {most} are the most", listed.len());
}

/// Where `word` stands in `line` by itself, and not as a part of a longer word.
fn places_of(line: &str, word: &str) -> Vec<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let stands_alone = |at: &usize| !line[..*at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part);
    line.match_indices(word).map(|(at, _)| at).filter(stands_alone).collect()
}

#[test]
fn the_interval_between_two_polls() {
    let every = Policy::DEFAULT.poll_every.as_secs();
    let forms =
        [format!("{every} s"), format!("{every} seconds"), format!("{every}_000"), format!("from_secs({every})")];
    let names_it = |line: &str| {
        let line = line.to_lowercase();
        let polls: Vec<usize> = line.match_indices("poll").map(|(at, _)| at).collect();
        let numbers = forms.iter().flat_map(|form| places_of(&line, form));
        numbers.into_iter().any(|number| polls.iter().any(|poll| poll.abs_diff(number) < 40))
    };
    let besides = [("crates/reconnect-sandbox/src/doctor/", "the interval that Flinks documents is no choice of ours")];
    is_made_in("Another number: how long between two polls", 3, &besides, names_it);
}

#[test]
fn a_code_of_an_error() {
    let heading = "A code of an error";
    let besides = [("docs/reference/errors.md", "a test writes the table of codes")];
    is_made_in(heading, 4, &besides, example(heading));
}

#[test]
fn a_type_of_challenge() {
    let heading = "A type of challenge";
    is_made_in(heading, 6, &[], example(heading));
}

#[test]
fn a_parameter_of_the_widgets_url() {
    let heading = "A parameter of the widget's URL";
    is_made_in(heading, 4, &[], example(heading));
}

#[test]
fn an_endpoint_outside_a_session() {
    let heading = "An endpoint outside a session";
    let besides = [
        ("crates/reconnect-testkit/tests/session/elements.rs", "it reads lists with odd elements; this answer has two"),
        ("crates/reconnect-sandbox/tests/sandbox/limits.rs", "it opens 10,001 sessions; this call opens many at once"),
    ];
    is_made_in(heading, 10, &besides, example(heading));
}
