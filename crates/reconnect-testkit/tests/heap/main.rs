//! What is on the heap. A test counts or searches what this process allocates.

mod allocator;
mod memory;
mod room;
