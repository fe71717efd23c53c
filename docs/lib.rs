//! The guides. They are Markdown beside this file. As documentation of this crate, their programs are compiled and run by
//! `cargo test`; the samples that need a set-up are pieces of `examples/rust`.

#[doc = include_str!("guide/offline.md")]
pub mod offline {}

#[doc = include_str!("guide/persistence.md")]
pub mod persistence {}

#[doc = include_str!("guide/resume.md")]
pub mod resume {}

#[doc = include_str!("guide/webhooks.md")]
pub mod webhooks {}

#[cfg(test)]
mod changes;

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
        let mut rows: Vec<String> = FlinksCode::KNOWN.iter().map(row).collect();
        let is_code = |line: &str| {
            let name = line.strip_prefix("| `").and_then(|rest| rest.split('`').next());
            name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_uppercase() || b"_ ".contains(&byte)))
        };
        is_written("reference/errors.md", |line| {
            if is_code(line) { core::mem::take(&mut rows) } else { vec![line.to_owned()] }
        });
    }

    /// The index of the specification counts the requirements of each page, and of all.
    #[test]
    fn the_index_of_the_specification_counts() {
        let pages = files("spec", "md").into_iter().filter(|(name, _)| name != "README.md");
        let count = |lines: Vec<String>| lines.iter().filter(|line| line.starts_with("- **")).count();
        let counts: Vec<(String, usize)> = pages.map(|(name, lines)| (name, count(lines))).collect();
        let all: usize = counts.iter().map(|(_, count)| count).sum();
        let mut listed = 0;
        is_written("spec/README.md", |line| {
            let page = counts.iter().find(|(name, _)| line.starts_with(&format!("| [{name}]")));
            listed += usize::from(page.is_some());
            let count = if line.starts_with("| all |") { Some(all) } else { page.map(|(_, count)| *count) };
            let row =
                count.and_then(|count| Some(format!("{} | {count} |", line.strip_suffix(" |")?.rsplit_once(" | ")?.0)));
            let head = line
                .split_once(" requirements, one a line")
                .map(|(_, rest)| format!("{all} requirements, one a line{rest}"));
            vec![row.or(head).unwrap_or(line.to_owned())]
        });
        assert_eq!(listed, counts.len(), "docs/spec/README.md lists each page");
    }

    /// A page is as `renewed` makes it, which gives the lines for a line. With `BLESS=1` the test writes the page.
    fn is_written(page: &str, renewed: impl FnMut(&str) -> Vec<String>) {
        let path = format!("{}/{page}", env!("CARGO_MANIFEST_DIR"));
        let was = std::fs::read_to_string(&path).expect("a page");
        let is: String = was.lines().flat_map(renewed).map(|line| line + "\n").collect();
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &is).expect("the page can be written");
        } else {
            assert!(was == is, "docs/{page} is not up to date: `BLESS=1 cargo test -p reconnect-docs --lib` writes it");
        }
    }

    /// A sample that needs a set-up has the fence `rs`, which rustdoc passes over. It is a piece of a program that is
    /// compiled and run, line for line, but for the space in front. A sample with the fence `rust` is a program of its own,
    /// without a hidden line, since GitHub would show it; rustdoc runs it if its page is named above.
    #[test]
    fn each_sample_is_run() {
        let apps = ["../examples/axum-app/src", "../examples/axum-postgres/src"].map(|app| files(app, "rs"));
        // The program in the documentation of this crate is a doctest of its own workspace.
        let bare = |line: String| line.strip_prefix("//!").map_or(line.clone(), |text| text.trim().to_owned());
        let front = files("../crates/reconnect-axum/src", "rs").into_iter().filter(|(name, _)| name == "lib.rs");
        let front = front.map(|(name, lines)| (name, lines.into_iter().map(bare).collect())).collect();
        let programs: Vec<_> = [files("examples/rust", "rs"), apps.concat(), front].concat();
        let pages = [files("..", "md"), files(".", "md"), files("guide", "md"), files("reference", "md")].concat();
        let mut samples = 0;
        for (name, page) in &pages {
            let mut fence = "";
            let mut piece: Vec<&String> = Vec::new();
            for line in page {
                match (fence, line.strip_prefix("```")) {
                    ("", opens) => fence = opens.unwrap_or_default(),
                    ("rs", Some(_)) => {
                        let stands_in = |program: &[String]| {
                            program.windows(piece.len()).any(|part| part.iter().eq(piece.iter().copied()))
                        };
                        let is_there = programs.iter().any(|(_, program)| stands_in(program));
                        assert!(is_there, "{name}: this is in no program: {piece:#?}");
                        piece.clear();
                        samples += 1;
                        fence = "";
                    }
                    (_, Some(_)) => fence = "",
                    ("rs", None) => piece.push(line),
                    ("rust", None) => {
                        assert!(include_str!("lib.rs").contains(&format!("guide/{name}\")]")), "{name} is not run");
                        assert!(line != "#" && !line.starts_with("# "), "{name}: GitHub shows this line: {line}");
                    }
                    (_, None) => {}
                }
            }
        }
        assert!(samples > 20, "{samples} samples were compared");
    }

    /// The `type` of a problem leads to a heading of the guide, below which its status stands.
    #[test]
    fn each_problem_has_its_heading() {
        let status = |name: &str| match name {
            "UNAUTHORIZED" => "401",
            "FORBIDDEN" => "403",
            "NOT_FOUND" => "404",
            "METHOD_NOT_ALLOWED" => "405",
            "CONFLICT" => "409",
            "GONE" => "410",
            "PAYLOAD_TOO_LARGE" => "413",
            "UNPROCESSABLE_ENTITY" => "422",
            "TOO_MANY_REQUESTS" => "429",
            "SERVICE_UNAVAILABLE" => "503",
            other => panic!("name the number of {other} here"),
        };
        let code = include_str!("../crates/reconnect-axum/src/problem.rs");
        let (_, table) = code.split_once("\nproblems! {\n").expect("the table of problems");
        let (table, _) = table.split_once("\n}\n").expect("its end");
        let rows: Vec<&str> = table.lines().filter(|line| !line.trim().starts_with("///")).collect();
        let guide = include_str!("guide/hosted-link.md");
        for row in &rows {
            let (name, rest) = row.split_once(": ").and_then(|(_, rest)| rest.split_once(", \"")).expect("a status");
            let code = rest.split('"').next().unwrap_or_default();
            let heading = format!("\n### {code}\n\n{}. ", status(name));
            assert!(guide.contains(&heading), "docs/guide/hosted-link.md has no {heading:?}");
        }
        assert!(rows.len() > 8, "{rows:?}");
    }

    /// A longer text belongs below its table.
    #[test]
    fn no_cell_of_a_table_has_over_40_words() {
        for (name, page) in ["..", ".", "guide", "reference", "internals", "spec"].iter().flat_map(|at| files(at, "md"))
        {
            for line in page.iter().filter(|line| line.starts_with('|')) {
                let longest = line.replace("\\|", "").split('|').map(|cell| cell.split_whitespace().count()).max();
                assert!(longest <= Some(40), "{name}: {longest:?} words in {line}");
            }
        }
    }

    /// The names and the trimmed lines of the files in a folder.
    fn files(folder: &str, ending: &str) -> Vec<(String, Vec<String>)> {
        let folder = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
        let entries = std::fs::read_dir(folder).expect("a folder of the repository");
        let paths = entries.map(|entry| entry.expect("a readable folder").path());
        let files = paths.filter(|path| path.extension().is_some_and(|end| end == ending)).map(|path| {
            let text = std::fs::read_to_string(&path).expect("a file of the repository");
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            (name, text.lines().map(|line| line.trim().to_owned()).collect())
        });
        files.collect()
    }

    /// The one in the guide to testing.
    #[test]
    fn the_scenario_to_begin_with_is_one() {
        let guide =
            include_str!("guide/offline.md").split_once("\n```toml\n").and_then(|(_, rest)| rest.split_once("\n```\n"));
        let (scenario, _) = guide.expect("docs/guide/offline.md has a scenario");
        assert!(reconnect_sandbox::Scenario::read(scenario).is_ok());
    }
}
