//! Sessions by the thousand: against the reference model, in every state, with a bank, with two nodes, and with any input.

mod arbitrary;
mod bank;
mod explore;
mod model;
mod two_nodes;
mod world;
