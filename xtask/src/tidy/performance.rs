//! The page of figures is what was measured: all of it is rendered again from the record, and compared.

use super::{Checkout, Finding};
use crate::bench::{page, plots::PLOTS, record};

const MEASURE: &str = "`cargo xtask bench` measures and writes it";
const RENDER: &str = "`cargo xtask bench page` writes it again from the record";

pub(crate) fn written(checkout: &Checkout) -> Vec<Finding> {
    let Some(json) = checkout.get(record::PATH) else {
        return vec![Finding::new(record::PATH, 0, "is missing", MEASURE)];
    };
    let file = match record::File::parse(&json.text) {
        Ok(file) => file,
        Err(error) => return vec![Finding::new(record::PATH, 0, error.to_string(), MEASURE)],
    };
    if !file.is_sealed() || file.text() != json.text {
        return vec![Finding::new(record::PATH, 0, "was changed after it was measured", MEASURE)];
    }
    let mut findings = Vec::new();
    let page = checkout.get(page::PATH).map_or("", |file| file.text.as_str());
    let wanted = page::render(&file.record);
    if page != wanted {
        let first = page.lines().zip(wanted.lines()).take_while(|(is, wanted)| is == wanted).count() + 1;
        findings.push(Finding::new(page::PATH, first, "is not what was measured", RENDER));
    }
    for plot in PLOTS.iter().filter(|plot| plot.alt(&file.record).is_some()) {
        let svg = checkout.get(plot.path).map_or("", |file| file.text.as_str());
        if !file.drew(plot.path, svg) {
            findings.push(Finding::new(plot.path, 0, "was not drawn from what was measured", RENDER));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    /// A row, and the curve of each plot over parked sessions.
    const RECORD: &str = r#"{"parked": {
        "at": {"commit": "abc1234", "date": "2026-05-28", "rustc": "rustc 1.95.0", "cpu": "A processor", "cores": 2},
        "figures": {"flat": {"ours": 260, "theirs": 262}},
        "curves": {"bytes": [{"x": 1000, "y": 262}, {"x": 1000000, "y": 260}]}
    }}"#;

    #[test]
    fn a_figure_that_was_not_measured() {
        let plot = PLOTS.iter().find(|plot| plot.path.ends_with("memory.svg")).unwrap().path;
        let record: record::Record = serde_json::from_str(RECORD).unwrap();
        let page = page::render(&record);
        let json = record::File::new(record, &[(plot, "<svg>260</svg>\n".to_owned())]).text();
        let changed = |json: &str, page: &str, svg: &str| {
            found(written, &[(record::PATH, json), (page::PATH, page), (plot, svg)])
        };
        let svg = "<svg>260</svg>\n";
        assert!(changed(&json, &page, svg).is_empty());
        assert_eq!(changed(&json.replace("260", "250"), &page, svg), ["docs/internals/performance.json:0"]);
        assert_eq!(changed(&format!("{json}\n"), &page, svg), ["docs/internals/performance.json:0"]);
        assert_eq!(changed("{}", &page, svg), ["docs/internals/performance.json:0"]);
        let better = page.replace("0.99 ×", "0.90 ×");
        let line = page.lines().position(|line| line.contains("0.99 ×")).unwrap() + 1;
        assert_eq!(changed(&json, &better, svg), [format!("docs/internals/performance.md:{line}")]);
        assert_eq!(changed(&json, &format!("{page}more\n"), svg).len(), 1);
        assert_eq!(changed(&json, "", svg), ["docs/internals/performance.md:1"]);
        assert_eq!(changed(&json, &page, "<svg>250</svg>\n"), ["docs/pictures/parked-memory.svg:0"]);
        assert_eq!(found(written, &[]), ["docs/internals/performance.json:0"]);
    }
}
