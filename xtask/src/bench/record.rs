//! What was measured, when and on what: `docs/internals/performance.json`.

use super::figure::Figure;
use crate::Result;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use xshell::{Shell, cmd};

pub(crate) const PATH: &str = "docs/internals/performance.json";

/// By group.
pub(crate) type Record = BTreeMap<String, Group>;
/// By row.
pub(crate) type Figures = BTreeMap<String, Figure>;
/// By name, each from left to right.
pub(crate) type Curves = BTreeMap<String, Vec<Point>>;

/// What one group measured, in one go.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Group {
    pub(crate) at: Circumstances,
    #[serde(flatten)]
    pub(crate) found: Found,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Found {
    pub(crate) figures: Figures,
    #[serde(default, skip_serializing_if = "Curves::is_empty")]
    pub(crate) curves: Curves,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Point {
    #[serde(serialize_with = "short")]
    pub(crate) x: f64,
    #[serde(serialize_with = "short")]
    pub(crate) y: f64,
}

/// What a figure depends on.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Circumstances {
    pub(crate) commit: String,
    pub(crate) date: String,
    pub(crate) rustc: String,
    pub(crate) cpu: String,
    pub(crate) cores: usize,
}

impl From<Figures> for Found {
    fn from(figures: Figures) -> Self {
        Self { figures, curves: Curves::new() }
    }
}

impl Circumstances {
    pub(crate) fn read(sh: &Shell) -> Result<Self> {
        let commit = cmd!(sh, "git rev-parse --short HEAD").quiet().ignore_stderr().read();
        let commit = commit.unwrap_or_else(|_| "unknown".to_owned());
        // What this command itself writes is no change of what it measures.
        let but = [".", ":!docs/internals/performance.*", ":!docs/pictures"];
        let changed = cmd!(sh, "git status --porcelain -- {but...}").quiet().ignore_stderr().read();
        let changed = changed.is_ok_and(|changed| !changed.is_empty());
        let cpuinfo = sh.read_file("/proc/cpuinfo").unwrap_or_default();
        let cpu = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        Ok(Self {
            commit: if changed { format!("{commit} with changes") } else { commit },
            date: cmd!(sh, "date -u +%F").quiet().read()?,
            rustc: cmd!(sh, "rustc --version").quiet().read()?,
            cpu: cpu.map_or("unknown", |(_, name)| name.trim()).to_owned(),
            cores: std::thread::available_parallelism()?.get(),
        })
    }
}

/// The file. The seal is over the record, and each plot's over the record and the plot: a figure that was changed by
/// hand, and a plot that is not of these figures, are both found without measuring or drawing again.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct File {
    pub(crate) record: Record,
    seal: String,
    plots: BTreeMap<String, String>,
}

impl File {
    pub(crate) fn new(record: Record, plots: &[(&str, String)]) -> Self {
        let sealed = text(&record);
        let plot = |(path, svg): &(&str, String)| ((*path).to_owned(), seal(&[&sealed, svg]));
        Self { seal: seal(&[&sealed]), plots: plots.iter().map(plot).collect(), record }
    }

    pub(crate) fn parse(json: &str) -> Result<Self> {
        Ok(serde_json::from_str(json)?)
    }

    pub(crate) fn text(&self) -> String {
        text(self)
    }

    /// No figure was changed since it was measured.
    pub(crate) fn is_sealed(&self) -> bool {
        self.seal == seal(&[&text(&self.record)])
    }

    /// This plot was drawn from these figures.
    pub(crate) fn drew(&self, path: &str, svg: &str) -> bool {
        self.plots.get(path) == Some(&seal(&[&text(&self.record), svg]))
    }
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("names and numbers are JSON") + "\n"
}

/// FNV-1a: it tells a mistake, not an attack.
fn seal(texts: &[&str]) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = texts.iter().flat_map(|text| text.bytes()).fold(0xcbf2_9ce4_8422_2325, step);
    format!("{hash:016x}")
}

/// With three digits at most, and none where there are none: what is read back is then what was written.
#[expect(clippy::cast_possible_truncation, reason = "whole, and far below 2^52")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
pub(crate) fn short<S: Serializer>(number: &f64, to: S) -> core::result::Result<S::Ok, S::Error> {
    let number = (number * 1_000.0).round() / 1_000.0;
    if number.fract() == 0.0 { to.serialize_i64(number as i64) } else { to.serialize_f64(number) }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One group with these rows.
    pub(in crate::bench) fn record(group: &str, rows: &[(&str, f64, Option<f64>)]) -> Record {
        let at = Circumstances {
            commit: "abc1234".to_owned(),
            date: "2026-05-28".to_owned(),
            rustc: "rustc 1.95.0".to_owned(),
            cpu: "A processor".to_owned(),
            cores: 2,
        };
        let figure =
            |(id, ours, theirs): &(&str, f64, Option<f64>)| ((*id).to_owned(), Figure { ours: *ours, theirs: *theirs });
        let figures: Figures = rows.iter().map(figure).collect();
        [(group.to_owned(), Group { at, found: figures.into() })].into()
    }

    #[test]
    fn what_is_written_is_read_back_and_a_changed_figure_shows() {
        let rows = [("whole-100", 100.123_456, Some(0.1)), ("parked", 256.0, None)];
        let file = File::new(record("heap", &rows), &[("a.svg", "<svg/>".to_owned())]);
        let written = file.text();
        let read = File::parse(&written).unwrap();
        assert_eq!(read.text(), written);
        assert!(read.is_sealed() && read.drew("a.svg", "<svg/>"));
        assert!(!read.drew("a.svg", "<svg></svg>") && !read.drew("b.svg", "<svg/>"));
        assert!(written.contains("100.123,") && written.contains("256\n"), "{written}");
        let better = File::parse(&written.replace("256", "255")).unwrap();
        assert!(!better.is_sealed() && !better.drew("a.svg", "<svg/>"));
    }
}
