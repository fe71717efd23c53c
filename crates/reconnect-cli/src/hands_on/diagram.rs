//! The machine as a drawing: its six stages, with the present one lit.

use super::words::Language;
use reconnect_core::Stage;

/// Where each stage stands.
const PLACES: [(Stage, u16, u16); 6] = [
    (Stage::Authorizing, 3, 4),
    (Stage::Asking, 134, 4),
    (Stage::Looking, 265, 4),
    (Stage::Recalling, 3, 104),
    (Stage::Fetching, 134, 104),
    (Stage::Done, 265, 104),
];

/// Which stage leads to which. From each one a session can also end.
const WAYS: [&str; 9] = [
    "M107 25H130",
    "M238 18H261",
    "M265 33H242",
    "M78 46L146 101",
    "M294 46L226 101",
    "M317 46V100",
    "M238 125H261",
    "M134 118H111",
    "M107 133H130",
];

/// As it stands in `data-stage`.
pub(super) fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Authorizing => "authorizing",
        Stage::Asking => "asking",
        Stage::Looking => "looking",
        Stage::Fetching => "fetching",
        Stage::Recalling => "recalling",
        Stage::Done => "done",
        _ => "",
    }
}

pub(super) fn svg(now: Option<Stage>, visited: &[Stage], language: Language) -> String {
    let title = language.pick("The stages of a session", "Les étapes d’une session");
    let present = now.map_or(language.pick("none yet", "aucune encore"), |stage| language.stage(stage));
    let label = format!("{title} · {} : {present}", language.pick("now", "maintenant"));
    let ways: String = WAYS.iter().map(|way| format!("<path d=\"{way}\"/>")).collect();
    let stages = PLACES.iter().map(|&(stage, x, y)| {
        let state = match () {
            () if now == Some(stage) => " now",
            () if visited.contains(&stage) => " been",
            () => "",
        };
        let (name, text) = (name(stage), language.stage(stage));
        format!(
            "<g class=\"stage{state}\" data-stage=\"{name}\"><rect x=\"{x}\" y=\"{y}\" width=\"104\" height=\"42\" rx=\"9\"/>\
             <text x=\"{}\" y=\"{}\">{text}</text></g>",
            x + 52,
            y + 26
        )
    });
    format!(
        "<svg id=\"diagram\" viewBox=\"0 0 372 150\" role=\"img\" aria-label=\"{label}\">\
         <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"6\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
         <path class=\"head\" d=\"M0 0L8 4L0 8Z\"/></marker></defs><g class=\"ways\">{ways}</g>{}</svg>",
        stages.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_is_drawn_and_one_is_lit() {
        for stage in Stage::ALL {
            let svg = svg(Some(stage), &[], Language::French);
            assert!(svg.contains(&format!("class=\"stage now\" data-stage=\"{}\"", name(stage))));
            assert_eq!(svg.matches("stage now").count(), 1);
            assert_eq!(svg.matches("data-stage").count(), Stage::ALL.len());
        }
    }
}
