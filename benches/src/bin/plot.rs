//! `plot`: reads a chart as JSON, and writes it as SVG. The same chart is the same text, to the byte.
#![allow(clippy::print_stdout, reason = "a program that is started by another one")]

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use reconnect_benches::hand::Failed;
use serde::Deserialize;

/// Lines over an axis that grows tenfold, from zero up.
#[derive(Deserialize)]
struct Chart {
    title: String,
    across: String,
    up: String,
    /// The places of the axis below that get a name, and what it is.
    ticks: Vec<(f64, String)>,
    curves: Vec<Curve>,
}

#[derive(Deserialize)]
struct Curve {
    /// Stands beside the line's end.
    name: String,
    ours: bool,
    points: Vec<(f64, f64)>,
}

const SIZE: (u32, u32) = (900, 400);
/// For the names at the lines' ends.
const NAMES: u32 = 240;
/// Between two of these names, in pixels.
const APART: i32 = 19;
/// Theirs are grey, ours in a colour; they tell themselves apart without it, as each is named.
const OURS: [RGBColor; 2] = [RGBColor(0, 90, 181), RGBColor(0, 140, 110)];
const THEIRS: [RGBColor; 2] = [RGBColor(90, 90, 90), RGBColor(140, 140, 140)];
const INK: RGBColor = RGBColor(40, 40, 40);
const FAINT: RGBColor = RGBColor(225, 225, 225);

fn main() -> Result<(), Failed> {
    let chart: Chart = serde_json::from_reader(std::io::stdin())?;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        draw(&root, &chart)?;
        root.present()?;
    }
    print!("{svg}");
    Ok(())
}

fn draw(root: &DrawingArea<SVGBackend<'_>, Shift>, chart: &Chart) -> Result<(), Failed> {
    // Its own ground, so that it can be read on a dark page too.
    root.fill(&WHITE)?;
    let points = || chart.curves.iter().flat_map(|curve| curve.points.iter().copied());
    let ticks: Vec<f64> = chart.ticks.iter().map(|(at, _)| *at).collect();
    let places = points().map(|(x, _)| x).chain(ticks.iter().copied());
    let (left, right) = places.fold((f64::MAX, f64::MIN), |(left, right), x| (left.min(x), right.max(x)));
    let top = points().fold(0.0, |top: f64, (_, y)| top.max(y)) * 1.15;
    let text = |size: u32| ("sans-serif", size).into_font().color(&INK);
    let name =
        |at: &f64| chart.ticks.iter().find(|(tick, _)| tick == at).map_or_else(String::new, |(_, name)| name.clone());
    let mut plot = ChartBuilder::on(root)
        .margin(14)
        .margin_right(NAMES)
        .caption(&chart.title, text(22))
        .x_label_area_size(52)
        .y_label_area_size(84)
        .build_cartesian_2d((left..right).log_scale().with_key_points(ticks), 0.0..top)?;
    plot.configure_mesh()
        .disable_x_mesh()
        .light_line_style(WHITE)
        .bold_line_style(FAINT)
        .axis_style(INK)
        .label_style(text(17))
        .axis_desc_style(text(18))
        .x_desc(&chart.across)
        .y_desc(&chart.up)
        .x_label_formatter(&name)
        .y_label_formatter(&|up| format!("{up}"))
        .y_labels(6)
        .draw()?;
    let mut ends = Vec::new();
    let mut taken = [0, 0];
    for curve in &chart.curves {
        let (colours, turn) = if curve.ours { (OURS, &mut taken[0]) } else { (THEIRS, &mut taken[1]) };
        let colour = colours[*turn % colours.len()];
        *turn += 1;
        plot.draw_series(LineSeries::new(curve.points.iter().copied(), colour.stroke_width(2)))?;
        plot.draw_series(curve.points.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
        let end = curve.points.last().ok_or("a curve has a point")?;
        ends.push((plot.backend_coord(end), colour, &curve.name));
    }
    // From the top down, each below the one before, so that no two names cover each other.
    ends.sort_by_key(|((_, y), ..)| *y);
    let mut free = i32::MIN;
    for ((x, y), colour, name) in ends {
        let y = y.max(free);
        free = y + APART;
        let style = ("sans-serif", 18).into_font().color(&colour).pos(Pos::new(HPos::Left, VPos::Center));
        root.draw(&Text::new(name.as_str(), (x + 10, y), style))?;
    }
    Ok(())
}
