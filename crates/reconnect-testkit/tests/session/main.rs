//! Sessions, one at a time: decisions, edges, the table, ticks, what a page or an attacker does, and all that is read and
//! written for them.

mod attack;
mod by_name;
mod canary;
mod challenges;
mod claims;
mod codes;
mod decisions;
mod drive;
mod edges;
mod elements;
mod endpoints;
mod ends;
mod fixtures;
mod forms;
mod json;
mod lenient;
mod lines;
mod machine;
mod never;
mod outside;
mod page;
mod reasons;
mod sizes;
mod surface;
mod table;
mod ticks;
mod vectors;
mod webhook;
mod widget;
