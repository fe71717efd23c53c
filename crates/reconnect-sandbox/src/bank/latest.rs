//! Things by their ids. If there are too many, the first are forgotten, so that a client cannot fill the memory.

use std::collections::{BTreeMap, VecDeque};

/// More than any test needs.
const MOST: usize = 10_000;

#[derive(Clone)]
pub(crate) struct Latest<T> {
    by_id: BTreeMap<String, T>,
    /// The ids in the order in which they came.
    order: VecDeque<String>,
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Latest { by_id: BTreeMap::new(), order: VecDeque::new() }
    }
}

impl<T> Latest<T> {
    pub(crate) fn insert(&mut self, id: String, item: T) {
        if self.by_id.insert(id.clone(), item).is_some() {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > MOST {
            if let Some(first) = self.order.pop_front() {
                self.by_id.remove(&first);
            }
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.by_id.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.by_id.get_mut(id)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.by_id.values()
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.by_id.values_mut()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_goes_when_there_is_one_too_many() {
        let mut latest = Latest::default();
        for number in 0..MOST {
            latest.insert(number.to_string(), number);
        }
        latest.insert("0".to_owned(), 7);
        assert_eq!((latest.len(), latest.get("0")), (MOST, Some(&7)), "one that is known takes no place");
        latest.insert("new".to_owned(), 8);
        assert_eq!((latest.len(), latest.get("0"), latest.get("1")), (MOST, None, Some(&1)));
        assert_eq!((latest.get("new"), latest.order.len()), (Some(&8), MOST));
    }
}
