//! What a tolerant reader keeps of the parts that were not as documented.

use alloc::vec::Vec;

/// How many places are kept. Further ones are only counted.
pub(super) const KEPT: usize = 100;

/// Everything that was not as documented.
#[derive(Default)]
pub(super) struct Odd {
    pub(super) tolerant: bool,
    /// How many characters were replaced.
    pub(super) replaced: usize,
    /// The places that could not be read, and their number.
    pub(super) at: Vec<usize>,
    pub(super) count: usize,
    /// There was more than is ever built: then nothing of the list is taken, instead of leaving single parts out.
    pub(super) over: bool,
}
