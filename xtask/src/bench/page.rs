//! `docs/internals/performance.md`, from what is recorded.

use super::plots::PLOTS;
use super::record::{Group, Record};
use super::rows::{ROWS, Row};
use core::fmt::Write;

pub(crate) const PATH: &str = "docs/internals/performance.md";

const HEAD: &str = "\
# Performance

What reconnect costs, against what one would write without it. `cargo xtask bench` measures all of this, and writes this
page and its plots from what it measured ([performance.json](performance.json)). Nothing here is changed by hand: `cargo
xtask tidy` finds it.

## How it is measured

Ours and theirs are measured in the same run, on the same machine, and the figure is their ratio: a number of seconds
says something about one machine, a ratio says something about yours too.

- **By instruction count**, with callgrind: reading a body, a transition, restoring, and the refreshes of which nothing
  else is said. It sees all work and no waiting, and is the same whatever else the machine does. So it can be compared
  with the record: `cargo xtask bench --compare` is red where we need over 1 % more.
- **By CPU time**: the rows that say so, what waking a parked session costs, and the throughput of the crowd (by the
  clock). Ours and theirs take turns, pinned to one core, with the service on another; the median counts. It moves by a
  few hundredths from run to run, the crowd's throughput by a tenth either way: most of that time is the sandbox's.
- **By counting allocations**, with dhat: memory on the heap. This too is the same on every run.

The refreshes are a mint, a live `/Authorize`, one 202 and 16 KB of accounts, over loopback. The bare clients send the
same requests and read with derived types, money as `f64`; they hold no session, so nothing of theirs expires or survives
a restart. The crowd's go to the sandbox.
";

const READING: &str = "\
## How to read it

- *At least 1.2 ×* is how many times theirs takes what ours takes: more is better. For the crowd it is our throughput as a
  share of theirs.
- *At most 1.05 ×* is how many times ours takes what theirs takes: less is better.
- *Recorded* is what nobody promised anything about.
- Where a body is all that is read, theirs reads it into the same types by derived code, with exact money.
";

/// The whole page.
pub(crate) fn render(record: &Record) -> String {
    let mut page = format!("{HEAD}\n## The figures\n\n{}", table(record));
    for plot in PLOTS {
        if let Some(alt) = plot.alt(record) {
            let file = plot.path.strip_prefix("docs/").unwrap_or(plot.path);
            put(&mut page, format_args!("\n![{alt}](../{file})\n"));
        }
    }
    page.push_str(&learned(record));
    put(&mut page, format_args!("\n{READING}\n{}", circumstances(record)));
    page
}

/// The rows, each with the group that has its figure.
fn measured(record: &Record) -> impl Iterator<Item = (&'static Row, Option<(&String, &Group)>)> {
    ROWS.iter().map(|row| (row, record.iter().find(|(_, group)| group.found.figures.contains_key(row.id))))
}

fn table(record: &Record) -> String {
    let (mut rows, mut reached, mut aims) = (String::new(), 0, 0);
    for (row, group) in measured(record) {
        let Some((name, group)) = group else {
            put(&mut rows, format_args!("| {} | {} | {} | not measured | – | – |\n", row.what, row.against, row.aim));
            continue;
        };
        let figure = &group.found.figures[row.id];
        let word = match row.aim.reached(figure) {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "–",
        };
        aims += usize::from(word != "–");
        reached += usize::from(word == "yes");
        let (what, against, aim, shown) = (row.what, row.against, row.aim, row.aim.shown(figure));
        put(
            &mut rows,
            format_args!("| {what} | {against} | {aim} | {shown} | {word} | `cargo xtask bench {name}` |\n"),
        );
    }
    let head = "| what | against | aim | figure | reached | measured by |\n|---|---|---|---|---|---|\n";
    format!("{reached} of {aims} aims are reached.\n\n{head}{rows}")
}

/// A sentence for each row that is missed.
fn learned(record: &Record) -> String {
    let mut said = String::new();
    for (row, group) in measured(record) {
        let missed = group.is_some_and(|(_, group)| row.aim.reached(&group.found.figures[row.id]) == Some(false));
        if missed {
            let learned = row.learned.unwrap_or("nobody has looked into it yet.");
            put(&mut said, format_args!("- **{}**: {learned}\n", row.what));
        }
    }
    if said.is_empty() { said } else { format!("\n## What is missed, and what was learned\n\n{said}") }
}

fn circumstances(record: &Record) -> String {
    let mut rows = String::new();
    for (name, Group { at, .. }) in record {
        let (commit, date, rustc, cpu, cores) = (&at.commit, &at.date, &at.rustc, &at.cpu, at.cores);
        put(&mut rows, format_args!("| `{name}` | {commit} | {date} | {rustc} | {cpu}, {cores} cores |\n"));
    }
    format!("## When, and on what\n\n| group | commit | date | compiler | machine |\n|---|---|---|---|---|\n{rows}")
}

fn put(text: &mut String, what: core::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::record;
    use super::*;

    #[test]
    fn a_missed_row_is_marked_and_explained_and_a_reached_one_is_not() {
        let missed = render(&record("instructions", &[("whole-100", 100.0, Some(119.0))]));
        let line = "| accounts body of 100 KB, whole | `serde_json::from_slice` into the same types | at least 1.2 × | 1.19 × \
            | **no** | `cargo xtask bench instructions` |\n";
        assert!(missed.contains(line), "{missed}");
        assert!(
            missed.contains("0 of 1 aims are reached.") && missed.contains("- **accounts body of 100 KB, whole**: ")
        );
        assert!(missed.contains("| a parked session in memory | – | at most 400 bytes | not measured | – | – |\n"));
        assert!(missed.contains("| `instructions` | abc1234 | 2026-05-28 | rustc 1.95.0 | A processor, 2 cores |\n"));
        let reached = render(&record("instructions", &[("whole-100", 100.0, Some(120.0))]));
        assert!(reached.contains("1 of 1 aims are reached.") && !reached.contains("What is missed"), "{reached}");
    }
}
