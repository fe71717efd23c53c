//! The machine as a drawing: its six stages, with the present one lit.

use super::words::Language;
use reconnect_core::Stage;

/// Where each stage stands.
const PLACES: [(Stage, u16, u16); 6] = [
    (Stage::Authorizing, 1, 4),
    (Stage::Asking, 131, 4),
    (Stage::Looking, 261, 4),
    (Stage::Recalling, 1, 96),
    (Stage::Fetching, 131, 96),
    (Stage::Done, 261, 96),
];

/// Which stage leads to which. From each one a session can also end.
const WAYS: [&str; 9] = [
    "M111 25H128",
    "M241 17H258",
    "M261 33H244",
    "M78 46L147 93",
    "M294 46L225 93",
    "M316 46V92",
    "M241 117H258",
    "M131 109H114",
    "M111 125H128",
];

pub(super) fn svg(now: Option<Stage>, visited: &[Stage], failed: bool, language: Language) -> String {
    let title = language.pick("The stages of a session, now:", "Les étapes d’une session, maintenant\u{a0}:");
    let present = now.map_or(language.pick("none yet", "aucune encore"), |stage| language.stage(stage));
    let class = if failed { " class=\"failed\"" } else { "" };
    let ways: String = WAYS.iter().map(|way| format!("<path d=\"{way}\"/>")).collect();
    let stages = PLACES.iter().map(|&(stage, x, y)| {
        let state = match () {
            () if now == Some(stage) => " now",
            () if visited.contains(&stage) => " been",
            () => "",
        };
        let (name, text) = (stage.as_str(), language.stage(stage));
        format!(
            "<g class=\"stage{state}\" data-stage=\"{name}\"><rect x=\"{x}\" y=\"{y}\" width=\"110\" height=\"42\" rx=\"9\"/>\
             <text x=\"{}\" y=\"{}\">{text}</text></g>",
            x + 55,
            y + 26
        )
    });
    format!(
        "<svg id=\"diagram\"{class} viewBox=\"0 0 372 142\" role=\"img\" aria-label=\"{title} {present}\">\
         <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"6\" refY=\"4\" markerWidth=\"6\" markerHeight=\"6\" orient=\"auto\">\
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
            let svg = svg(Some(stage), &[], false, Language::French);
            assert!(svg.contains(&format!("class=\"stage now\" data-stage=\"{}\"", stage.as_str())));
            assert_eq!(svg.matches("stage now").count(), 1);
            assert_eq!(svg.matches("data-stage").count(), Stage::ALL.len());
        }
    }
}
