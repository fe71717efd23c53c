//! Everything that can happen, explored until nothing new is found: the rules are kept at every node and edge, the
//! counts are those of `golden/explore.txt`, and the diagram in `docs/internals/machine.md` is what was found.
//!
//! `BLESS=1` writes the counts anew, `cargo xtask diagram` the diagram. With `RECONNECT_EXPLORE=full`
//! nine times as many sessions test that what is one node is one, which takes some minutes; with the name of a world only
//! that world is explored, and nothing compared; with `off`, where a thousand mutants are tried one after the other, that is
//! the smallest world.

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use reconnect_core::Stage;
use reconnect_testkit::explore::{Graph, diagram, explore, worlds};
use std::{
    collections::BTreeSet,
    env, fs,
    io::{Write, stderr},
    sync::Mutex,
    thread,
    time::Instant,
};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/explore.txt");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/internals/machine.md");
const BEGIN: &str = "<!-- explored: begin -->\n";
const END: &str = "<!-- explored: end -->\n";

/// Each world's graph, in their order; as many at once as there are processors.
fn graphs(every: u64) -> Vec<Graph> {
    let (next, count) = (AtomicUsize::new(0), worlds().len());
    let found: Mutex<Vec<(usize, Graph)>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let worlds = worlds();
                loop {
                    let at = next.fetch_add(1, Relaxed);
                    let Some(world) = worlds.get(at) else { return };
                    let begun = Instant::now();
                    let graph = explore(world, every).unwrap_or_else(|error| panic!("{}: {error}", world.name));
                    let (states, edges) = (graph.states(), graph.edges());
                    eprintln!("{:<36} {states:>8} states {edges:>9} edges {:>6.1?}", world.name, begun.elapsed());
                    found.lock().expect("no other panicked").push((at, graph));
                }
            });
        }
    });
    let mut found = found.into_inner().expect("nobody panicked");
    found.sort_unstable_by_key(|(at, _)| *at);
    assert_eq!(found.len(), count, "every world closes");
    found.into_iter().map(|(_, graph)| graph).collect()
}

#[test]
fn every_world_closes_and_every_rule_is_kept() {
    let how = env::var("RECONNECT_EXPLORE").unwrap_or_default();
    let one = if how == "off" { "webhook, then polls" } else { &how };
    if let Some(world) = worlds().iter().find(|world| world.name == one) {
        let graph = explore(world, 101).unwrap_or_else(|error| panic!("{error}"));
        assert!(graph.states() > 1_000, "{} states", graph.states());
        return eprintln!("{} states, {} edges\n{}", graph.states(), graph.edges(), graph.counts());
    }
    let full = how == "full";
    let (graphs, worlds) = (graphs(if full { 11 } else { 101 }), worlds());
    let found = || worlds.iter().zip(&graphs);
    let sum = |count: fn(&Graph) -> usize| graphs.iter().map(count).sum::<usize>();
    let total = format!("{} worlds, {} states, {} edges", graphs.len(), sum(Graph::states), sum(Graph::edges));
    // Written past the harness, which would keep it to itself.
    let _ = writeln!(stderr(), "explored: {total}");
    every_phase_is_visited(&graphs);
    let mut counts = format!("# what an exploration finds\n\n{total}\n");
    for (world, graph) in found() {
        counts.push_str(&format!("\n{}\n{}", world.name, graph.counts()));
    }
    if env::var_os("BLESS").is_some() {
        fs::write(GOLDEN, &counts).expect("the golden file can be written");
    }
    let golden = fs::read_to_string(GOLDEN).unwrap_or_default();
    for (line, (is, was)) in counts.lines().zip(golden.lines()).enumerate() {
        assert_eq!(is, was, "line {} of golden/explore.txt; BLESS=1 writes it anew", line + 1);
    }
    assert_eq!(counts.lines().count(), golden.lines().count(), "golden/explore.txt");

    let drawing = diagram(found().map(|(world, graph)| (world.name, world.drawn, graph)));
    let page = fs::read_to_string(PAGE).expect("the page is part of the repository");
    let (before, rest) = page.split_once(BEGIN).expect("the page says where the diagram begins");
    let (_, after) = rest.split_once(END).expect("the page says where it ends");
    let drawn = format!("{before}{BEGIN}{drawing}{END}{after}");
    if env::var_os("RECONNECT_DIAGRAM").is_some_and(|how| how == "write") {
        fs::write(PAGE, drawn).expect("the page can be written");
    } else {
        assert!(page == drawn, "the diagram in docs/internals/machine.md is stale: `cargo xtask diagram` draws it");
    }
}

/// Each stage with each call that it makes, and each way to end: what a snapshot can tell apart.
fn every_phase_is_visited(graphs: &[Graph]) {
    let seen: BTreeSet<&str> = graphs.iter().flat_map(|graph| graph.phases().keys()).map(String::as_str).collect();
    for stage in Stage::ALL.map(Stage::as_str).into_iter().filter(|stage| *stage != "done") {
        assert!(seen.iter().any(|phase| phase.starts_with(stage)), "{stage} was not visited");
    }
    for phase in PHASES {
        assert!(seen.iter().any(|seen| seen.split("; doubt").next() == Some(phase)), "{phase} was not visited");
    }
}

const PHASES: &[&str] = &[
    "authorizing",
    "authorizing; wire: mint",
    "authorizing; wire: live",
    "authorizing, at work",
    "authorizing, at work; wire: mint",
    "authorizing, at work; wire: status",
    "asking",
    "asking; wire: mint",
    "asking; wire: mintShow",
    "asking; wire: answer",
    "looking, age",
    "looking, age; wire: data",
    "looking, answer",
    "looking, answer; wire: data",
    "looking, lapse",
    "looking, lapse; wire: data",
    "looking, news",
    "looking, news; wire: data",
    "looking, news, lapsed; wire: data",
    "looking, news, endedInWidget; wire: data",
    "fetching",
    "fetching; wire: data",
    "fetching, poll; wire: poll",
    "fetching, webhook",
    "recalling; wire: mint",
    "recalling; wire: cached",
    "refreshed",
    "failed, refused",
    "failed, lapsed",
    "failed, outcomeUnknown",
    "failed, endedInWidget",
    "failed, gaveUp",
    "failed, unreachable",
    "failed, tooLarge",
    "failed, otherLogin",
    "failed, notRefreshed",
    "failed, cancelled",
];
