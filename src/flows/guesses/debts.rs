//! What whoever guessed wrong owes: a table of fixed size, so that nobody makes it grow and nothing is ever evicted.
//!
//! A debt is the moment at which it is paid. It stands in several cells, found by a hash that nobody outside can compute,
//! and the least of them counts: two debts are one only if they share every cell.

use std::hash::{Hash, RandomState};

use crate::domain::limits::{self, Allowance};

const CELLS_OF_A_DEBT: usize = 3;

pub(super) struct Debts {
    /// Milliseconds since this node started.
    paid_at: Vec<u64>,
    keys: RandomState,
}

/// A debt as it was made, so that it can be given back.
#[derive(Debug)]
pub(super) struct Debt([(usize, u64); CELLS_OF_A_DEBT]);

impl Debts {
    pub(super) fn new() -> Self {
        Self { paid_at: vec![0; limits::GUESS_CELLS], keys: RandomState::new() }
    }

    fn cells(&self, key: &impl Hash) -> [usize; CELLS_OF_A_DEBT] {
        use std::hash::BuildHasher as _;
        let hash = self.keys.hash_one(key);
        [0, 21, 42].map(|bits| usize::try_from((hash >> bits) & 0x1f_ffff).unwrap_or(0) % limits::GUESS_CELLS)
    }

    fn paid_at(&self, cells: [usize; CELLS_OF_A_DEBT]) -> u64 {
        cells.iter().filter_map(|cell| self.paid_at.get(*cell)).min().copied().unwrap_or(0)
    }

    /// Milliseconds until `key` may owe one more.
    pub(super) fn wait(&self, key: &impl Hash, allowance: Allowance, now: u64) -> u64 {
        let owed = self.paid_at(self.cells(key)).saturating_sub(now);
        let free = allowance.burst.saturating_sub(1).saturating_mul(allowance.refill_millis);
        owed.saturating_sub(free)
    }

    /// `key` owes one more.
    pub(super) fn add(&mut self, key: &impl Hash, allowance: Allowance, now: u64) -> Debt {
        let cells = self.cells(key);
        let paid_at = self.paid_at(cells).max(now).saturating_add(allowance.refill_millis);
        Debt(cells.map(|cell| match self.paid_at.get_mut(cell) {
            Some(stored) if *stored < paid_at => {
                let added = paid_at - (*stored).max(now);
                *stored = paid_at;
                (cell, added)
            }
            Some(_) | None => (cell, 0),
        }))
    }

    /// The guess was right: nothing is owed for it.
    pub(super) fn give_back(&mut self, debt: &Debt) {
        for (cell, added) in debt.0 {
            if let Some(stored) = self.paid_at.get_mut(cell) {
                *stored = stored.saturating_sub(added);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: Allowance = Allowance { burst: 3, refill_millis: 10 };

    fn admitted(debts: &mut Debts, key: &str, now: u64) -> usize {
        let mut admitted = 0;
        while admitted < 100 && debts.wait(&key, SOME, now) == 0 {
            debts.add(&key, SOME, now);
            admitted += 1;
        }
        admitted
    }

    #[test]
    fn each_has_a_burst_of_its_own_and_one_more_per_period() {
        let mut debts = Debts::new();
        assert_eq!((admitted(&mut debts, "one", 5), admitted(&mut debts, "other", 5)), (3, 3));
        assert_eq!(debts.wait(&"one", SOME, 5), 10);
        assert_eq!(admitted(&mut debts, "one", 15), 1);
        assert_eq!(admitted(&mut debts, "one", 1_000), 3);
    }

    #[test]
    fn what_is_given_back_takes_nothing_from_the_debts_of_others() {
        let mut debts = Debts::new();
        let right = debts.add(&"one", SOME, 50);
        assert_eq!(admitted(&mut debts, "one", 50), 2);
        debts.give_back(&right);
        assert_eq!(admitted(&mut debts, "one", 50), 1);
    }

    #[test]
    fn a_flood_of_others_hardly_touches_anybody() {
        let mut debts = Debts::new();
        for stranger in 0..20_000_u32 {
            debts.add(&stranger, SOME, 50);
        }
        let touched = (0..1_000_u32).filter(|one| debts.wait(&("owner", one), SOME, 50) > 0).count();
        assert!(touched < 5, "{touched} of 1000");
    }
}
