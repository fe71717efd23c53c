//! An allocator that counts what is on the heap, and searches every block that is given back.
#![allow(unsafe_code, reason = "an allocator is unsafe to write, and this one only looks")]

use core::alloc::{GlobalAlloc, Layout};
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::alloc::System;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

struct Watching;

#[global_allocator]
static ALLOCATOR: Watching = Watching;

/// The bytes on the heap, and the most since the last look.
static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// What is searched for, and another form of one of them.
type Texts = (&'static [&'static str], (usize, &'static [u8]));
static TEXTS: OnceLock<Texts> = OnceLock::new();
/// A bit for each that was found, and whether a search is on.
static FOUND: AtomicU64 = AtomicU64::new(0);
static ON: AtomicBool = AtomicBool::new(false);

/// Holds the others up: a test looks at the whole process.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How much more than before was on the heap at the same time, while `work` ran.
pub(crate) fn most_of<T>(work: impl FnOnce() -> T) -> usize {
    let own = NOW.load(SeqCst);
    MOST.store(own, SeqCst);
    let made = work();
    let most = MOST.load(SeqCst) - own;
    drop(made);
    most
}

/// Which of these texts were in a block that was given back while `work` ran, a bit each. `packed` is another form of one.
pub(crate) fn given_back(texts: &'static [&'static str], packed: (usize, &'static [u8]), work: impl FnOnce()) -> u64 {
    TEXTS.get_or_init(|| (texts, packed));
    FOUND.store(0, SeqCst);
    ON.store(true, SeqCst);
    work();
    ON.store(false, SeqCst);
    FOUND.load(SeqCst)
}

fn more(bytes: usize) {
    MOST.fetch_max(NOW.fetch_add(bytes, SeqCst) + bytes, SeqCst);
}

fn search(bytes: &[u8]) {
    let Some((texts, (at, packed))) = TEXTS.get() else { return };
    for (index, text) in texts.iter().enumerate() {
        let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        if holds(text.as_bytes()) || index == *at && holds(packed) {
            FOUND.fetch_or(1 << index, SeqCst);
        }
    }
}

unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        more(layout.size());
        // Zeroed, so that what an earlier owner left is not found a second time.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if ON.load(SeqCst) {
            search(unsafe { core::slice::from_raw_parts(block, layout.size()) });
        }
        NOW.fetch_sub(layout.size(), SeqCst);
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if ON.load(SeqCst) {
            // It moves, which a real allocator may do at any time: then the old block is given back.
            let moved = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
            if !moved.is_null() {
                unsafe {
                    ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                    self.dealloc(block, layout);
                }
            }
            return moved;
        }
        // A block that grows may have to move, so both count for a moment; one that shrinks stays in its place.
        if size > layout.size() {
            more(size);
            NOW.fetch_sub(layout.size(), SeqCst);
        } else {
            NOW.fetch_sub(layout.size() - size, SeqCst);
        }
        unsafe { System.realloc(block, layout, size) }
    }
}
