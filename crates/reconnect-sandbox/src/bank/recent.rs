//! The last items of a list that would otherwise grow for ever.

/// How much of a list is kept.
const MOST: usize = 10_000;

/// The items that were added last, in order, and how many were dropped before them.
#[derive(Clone, Debug)]
pub(crate) struct Recent<T> {
    items: Vec<T>,
    dropped: u64,
}

impl<T> Recent<T> {
    pub(crate) fn new() -> Self {
        Recent { items: Vec::new(), dropped: 0 }
    }

    /// A tenth is dropped at once, so that most additions move nothing.
    pub(crate) fn push(&mut self, item: T) {
        if self.items.len() >= MOST {
            self.dropped += self.items.drain(..MOST / 10).count() as u64;
        }
        self.items.push(item);
    }

    pub(crate) fn items(&self) -> &[T] {
        &self.items
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_and_the_rest_is_counted() {
        let mut recent = Recent::new();
        for (number, dropped) in [(MOST, 0), (MOST + 1, 1_000), (MOST + 1_000, 1_000), (MOST + 1_001, 2_000)] {
            while recent.dropped() as usize + recent.items().len() < number {
                recent.push(recent.dropped() as usize + recent.items().len());
            }
            assert_eq!(recent.dropped(), dropped, "{number}");
            assert_eq!((recent.items()[0], recent.items().last()), (dropped as usize, Some(&(number - 1))));
            assert!(recent.items().len() <= MOST);
        }
    }
}
