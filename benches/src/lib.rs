//! What is measured, and what it is measured against: each program in `bin/` prints its figures, and `cargo xtask bench`
//! runs them all, and says which rows are reached.

pub mod body;
pub mod hand;
pub mod leak;
pub mod ours;
pub mod parked;
pub mod process;
pub mod replay;
pub mod rival;
