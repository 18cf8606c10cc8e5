//! Counts changes of records, so that what was read before one is never taken for what is there after it.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use crate::domain::limits;

#[derive(Default)]
pub(super) struct Generations {
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    newest: u64,
    /// When it was last unknown what had changed.
    of_all: u64,
    /// When these were changed since.
    of: HashMap<String, u64>,
}

impl Generations {
    /// The last change there was.
    pub(super) fn newest(&self) -> u64 {
        self.look(|state| state.newest)
    }

    /// The last change that may have been about any record.
    pub(super) fn of_all(&self) -> u64 {
        self.look(|state| state.of_all)
    }

    /// The last change that may have been about the record `id`.
    pub(super) fn of(&self, id: &str) -> u64 {
        self.look(|state| state.of.get(id).copied().unwrap_or(state.of_all))
    }

    /// The record `id` was changed.
    pub(super) fn count(&self, id: &str) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.of.len() >= limits::CHANGES_TOLD_APART {
            state.forget();
        } else {
            state.newest += 1;
            let newest = state.newest;
            state.of.insert(id.to_owned(), newest);
        }
    }

    /// Any record may have been changed.
    pub(super) fn count_all(&self) {
        self.state.write().unwrap_or_else(PoisonError::into_inner).forget();
    }

    fn look(&self, at: impl FnOnce(&State) -> u64) -> u64 {
        at(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn forget(&mut self) {
        self.newest += 1;
        self.of_all = self.newest;
        self.of.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_one_record_is_no_change_of_another() {
        let generations = Generations::default();
        let (one, other) = (generations.of("one"), generations.of("other"));
        generations.count("one");
        assert_ne!(generations.of("one"), one);
        assert_eq!(generations.of("other"), other);
        assert_eq!(generations.newest(), generations.of("one"));
        generations.count_all();
        assert!(["one", "other"].iter().all(|id| generations.of(id) == generations.newest()));
    }

    #[test]
    fn more_changes_than_are_told_apart_are_changes_of_all() {
        let generations = Generations::default();
        let before = generations.of("other");
        for number in 0..limits::CHANGES_TOLD_APART {
            generations.count(&number.to_string());
        }
        assert_eq!(generations.of("other"), before);
        let of_last = generations.of("0");
        generations.count("one more");
        assert_ne!(generations.of("other"), before);
        assert!(generations.of("0") > of_last);
    }
}
