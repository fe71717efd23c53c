//! The graph as a person reads it: where a session can go next, and what takes it there.

use super::graph::{Face, Graph};
use core::fmt::Write;
use std::collections::BTreeMap;

type Moves = BTreeMap<(Face, Face), Vec<&'static str>>;

/// What the documentation shows: a diagram of the worlds with the default ways, and what each other world adds to it.
#[must_use]
pub fn diagram<'g>(graphs: impl IntoIterator<Item = (&'g str, bool, &'g Graph)>) -> String {
    let (mut drawn, mut others) = (Moves::new(), Vec::new());
    let mut starts = Vec::new();
    let (mut states, mut edges) = (0, 0);
    for (name, is_drawn, graph) in graphs {
        (states, edges) = (states + graph.states(), edges + graph.edges());
        if is_drawn {
            add(&mut drawn, graph.moves());
            starts.extend(graph.starts());
        } else {
            others.push((name, graph.moves()));
        }
    }
    starts.sort_unstable();
    starts.dedup();
    let mut text = format!(
        "{states} states and {edges} edges were found. `cancel` leads from everywhere to Failed; what leads nowhere else is left \
         out.\n\n```mermaid\nstateDiagram-v2\n"
    );
    for face in starts {
        let way = if face == Face::Authorizing { "refresh" } else { "resume" };
        let _ = writeln!(text, "    [*] --> {face:?}: {way}");
    }
    for ((from, to), causes) in &drawn {
        let _ = writeln!(text, "    {from:?} --> {to:?}: {}", causes.join(", "));
    }
    for end in [Face::Refreshed, Face::Failed] {
        let _ = writeln!(text, "    {end:?} --> [*]");
    }
    text.push_str("```\n\nWhat other policies add:\n\n| policy | from | to | by |\n|---|---|---|---|\n");
    for (name, moves) in others {
        let mut shown = name;
        for ((from, to), mut causes) in moves {
            causes.retain(|cause| drawn.get(&(from, to)).is_none_or(|known| !known.contains(cause)));
            if !causes.is_empty() {
                let _ = writeln!(text, "| {shown} | {from:?} | {to:?} | {} |", causes.join(", "));
                shown = "";
            }
        }
        if shown == name {
            let _ = writeln!(text, "| {shown} | | | nothing |");
        }
    }
    text
}

fn add(to: &mut Moves, from: Moves) {
    for (pair, causes) in from {
        let known = to.entry(pair).or_default();
        known.extend(causes);
        known.sort_unstable();
        known.dedup();
    }
}
