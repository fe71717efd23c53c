//! The plots of docs/internals/performance.md: which curves they show, and what is said of them to who cannot see them.

use super::figure::plain;
use super::programs::program;
use super::record::{Point, Record};
use crate::Result;
use serde::Serialize;
use xshell::{Shell, cmd};

pub(crate) struct Plot {
    pub(crate) path: &'static str,
    group: &'static str,
    title: &'static str,
    across: &'static str,
    up: &'static str,
    ticks: &'static [(f64, &'static str)],
    curves: &'static [Curve],
}

struct Curve {
    /// In the record.
    id: &'static str,
    name: &'static str,
    ours: bool,
}

const fn curve(id: &'static str, name: &'static str, ours: bool) -> Curve {
    Curve { id, name, ours }
}

const SIZES: &[(f64, &str)] = &[(1e3, "1 KB"), (1e4, "10 KB"), (1e5, "100 KB"), (1e6, "1 MB"), (4e6, "4 MB")];
const COUNTS: &[(f64, &str)] = &[(1e3, "1,000"), (1e4, "10,000"), (1e5, "100,000"), (1e6, "1,000,000")];

pub(crate) const PLOTS: &[Plot] = &[
    Plot {
        path: "docs/pictures/body.svg",
        group: "instructions",
        title: "Reading a body of accounts, by its size",
        across: "size of the body",
        up: "instructions per byte",
        ticks: SIZES,
        curves: &[
            curve("slice", "serde_json, all", false),
            curve("retain", "serde_json, then retain", false),
            curve("all", "reconnect, all", true),
            curve("one", "reconnect, 1 of 10", true),
        ],
    },
    Plot {
        path: "docs/pictures/parked-memory.svg",
        group: "parked",
        title: "Memory of a parked session, by how many are parked",
        across: "parked sessions",
        up: "resident bytes each",
        ticks: COUNTS,
        curves: &[curve("bytes", "bytes", true)],
    },
    Plot {
        path: "docs/pictures/parked-time.svg",
        group: "parked",
        title: "Waking, asking and parking the next one, by how many are parked",
        across: "parked sessions",
        up: "nanoseconds of CPU time",
        ticks: COUNTS,
        curves: &[curve("nanoseconds", "nanoseconds", true)],
    },
];

/// Draws each plot whose curves were measured, by `benches/src/bin/plot.rs`.
pub(super) fn draw(sh: &Shell, record: &Record) -> Result<Vec<(&'static str, String)>> {
    let program = program(sh, "plot")?;
    let drawn = PLOTS.iter().filter_map(|plot| Some((plot.path, plot.chart(record)?)));
    let draw = |(path, chart): (&'static str, Chart)| {
        let chart = serde_json::to_string(&chart)?;
        Ok((path, cmd!(sh, "{program}").stdin(chart).quiet().read()? + "\n"))
    };
    drawn.map(draw).collect()
}

impl Plot {
    /// What the picture shows, in words; nothing if there is nothing to show.
    pub(crate) fn alt(&self, record: &Record) -> Option<String> {
        let line = |(curve, points): (&Curve, &[Point])| {
            let [first, .., last] = points else { return None };
            let at = |point: &Point| format!("{} at {}", value(point.y), self.place(point.x));
            Some(format!("{}: {}, {}", curve.name, at(first), at(last)))
        };
        let lines: Option<Vec<String>> =
            self.curves.iter().map(|curve| line((curve, points(self, curve, record)?))).collect();
        Some(format!("{}, in {}. {}", self.title, self.up, lines?.join("; ")))
    }

    /// The name of the nearest place of the axis that has one.
    fn place(&self, x: f64) -> &'static str {
        let far = |tick: &(f64, &str)| (tick.0 / x).ln().abs();
        let nearest = self.ticks.iter().min_by(|a, b| far(a).total_cmp(&far(b)));
        nearest.map_or("", |(_, name)| name)
    }

    fn chart(&self, record: &Record) -> Option<Chart> {
        let curve = |curve: &Curve| {
            let points = points(self, curve, record)?;
            let name = format!("{}: {}", curve.name, value(points.last()?.y));
            Some(Line { name, ours: curve.ours, points: points.iter().map(|point| (point.x, point.y)).collect() })
        };
        let (title, across, up, ticks) = (self.title, self.across, self.up, self.ticks);
        Some(Chart { title, across, up, ticks, curves: self.curves.iter().map(curve).collect::<Option<_>>()? })
    }
}

fn points<'a>(plot: &Plot, curve: &Curve, record: &'a Record) -> Option<&'a [Point]> {
    record.get(plot.group)?.found.curves.get(curve.id).map(Vec::as_slice)
}

/// What `plot` reads.
#[derive(Serialize)]
struct Chart {
    title: &'static str,
    across: &'static str,
    up: &'static str,
    ticks: &'static [(f64, &'static str)],
    curves: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    name: String,
    ours: bool,
    points: Vec<(f64, f64)>,
}

fn value(number: f64) -> String {
    if number < 100.0 { format!("{number:.1}") } else { plain(number.round()) }
}
