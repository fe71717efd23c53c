//! `cargo xtask bench --compare`: what is counted now against what is recorded.

use super::programs;
use super::record::{Circumstances, Figures, Group};
use crate::Result;
use std::process::ExitCode;
use xshell::Shell;

/// The group whose counts are the same on every run: no socket, no clock, no other thread.
const GROUP: &str = "instructions";
/// More than this share above the record is a regression.
const MARGIN: f64 = 0.01;

pub(super) fn run(sh: &Shell) -> Result<ExitCode> {
    let mut record = super::recorded(sh)?;
    let old = record.remove(GROUP).ok_or("no counts are recorded: `cargo xtask bench instructions` does it")?;
    let now = Circumstances::read(sh)?;
    let new = programs::rows(sh)?;
    let told = compare(&old, &new);
    for line in differences(&old.at, &now).iter().chain(told.iter().map(|(_, line)| line)) {
        println!("{line}");
    }
    let worse = told.iter().filter(|(verdict, _)| *verdict == Verdict::Worse).count();
    println!("{} counts of {}, {worse} of them more than 1 % above the record", told.len(), old.at.commit);
    Ok(if worse == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    Same,
    Better,
    Worse,
}

/// A line for each row that is in either.
fn compare(old: &Group, new: &Figures) -> Vec<(Verdict, String)> {
    let mut told = Vec::new();
    for (id, new) in new {
        let Some(old) = old.found.figures.get(id) else {
            told.push((Verdict::Worse, format!("{id}: not in the record; `cargo xtask bench {GROUP}` writes it")));
            continue;
        };
        let change = (new.ours - old.ours) / old.ours;
        let (verdict, word) = if change > MARGIN {
            (Verdict::Worse, "  REGRESSION")
        } else if change < -MARGIN {
            (Verdict::Better, "  better: `cargo xtask bench instructions` renews the record")
        } else {
            (Verdict::Same, "")
        };
        let (was, is) = (old.ours, new.ours);
        told.push((verdict, format!("{id}: {is:.0} instructions, recorded {was:.0}: {:+.2} %{word}", change * 100.0)));
    }
    let gone = old.found.figures.keys().filter(|id| !new.contains_key(*id));
    told.extend(gone.map(|id| (Verdict::Worse, format!("{id}: recorded, and not counted any more"))));
    told
}

/// What else can change a count.
fn differences(old: &Circumstances, now: &Circumstances) -> Vec<String> {
    let pairs = [("compiler", &old.rustc, &now.rustc), ("processor", &old.cpu, &now.cpu)];
    let different = pairs.into_iter().filter(|(_, old, now)| old != now);
    different
        .map(|(what, old, now)| {
            format!("another {what} ({now}) than that of the record ({old}): counts differ by it alone")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::record;
    use super::*;

    #[test]
    fn more_than_one_percent_above_the_record_is_a_regression() {
        for (was, is, verdict) in [
            (10_000.0, 10_000.0, Verdict::Same),
            (10_000.0, 10_100.0, Verdict::Same),
            (10_000.0, 10_101.0, Verdict::Worse),
            (10_000.0, 9_900.0, Verdict::Same),
            (10_000.0, 9_899.0, Verdict::Better),
        ] {
            let old = record(GROUP, &[("restore", was, Some(1.0))]).remove(GROUP).unwrap();
            let new = record(GROUP, &[("restore", is, Some(9.0))]).remove(GROUP).unwrap();
            let told = compare(&old, &new.found.figures);
            assert_eq!(told.len(), 1);
            assert_eq!(told[0].0, verdict, "{was} {is}");
            assert!(told[0].1.starts_with(&format!("restore: {is} instructions, recorded {was}: ")), "{}", told[0].1);
        }
    }

    #[test]
    fn a_row_that_only_one_of_them_has_is_red() {
        let old = record(GROUP, &[("gone", 1.0, None)]).remove(GROUP).unwrap();
        let new = record(GROUP, &[("new", 1.0, None)]).remove(GROUP).unwrap();
        let told = compare(&old, &new.found.figures);
        let told: Vec<&str> =
            told.iter().filter(|(verdict, _)| *verdict == Verdict::Worse).map(|(_, line)| &**line).collect();
        assert!(told[0].starts_with("new: not in the record") && told[1].starts_with("gone: recorded"), "{told:?}");
    }

    #[test]
    fn another_compiler_is_named() {
        let old = record(GROUP, &[]).remove(GROUP).unwrap().at;
        let now = Circumstances { rustc: "rustc 1.96.0".to_owned(), ..old.clone() };
        assert!(differences(&old, &old).is_empty());
        let wanted = "another compiler (rustc 1.96.0) than that of the record (rustc 1.95.0)";
        assert!(differences(&old, &now)[0].starts_with(wanted));
    }
}
