//! Networks from which an account was opened not long ago. Only right guesses are remembered, and an account's networks push
//! out those of its own group alone, so no stranger makes this forget somebody else's.

use std::hash::{BuildHasher as _, Hash, RandomState};

use crate::domain::limits;

/// Bits of a cell that hold when, in seconds since this node started; the others say whose it is.
const TIME_BITS: u32 = 24;
const TIME: u64 = (1 << TIME_BITS) - 1;

pub(super) struct KnownNetworks {
    cells: Vec<u64>,
    keys: RandomState,
}

impl KnownNetworks {
    pub(super) fn new() -> Self {
        let cells = limits::KNOWN_NETWORK_GROUPS * limits::KNOWN_NETWORKS_PER_GROUP;
        Self { cells: vec![0; cells], keys: RandomState::new() }
    }

    /// Where the group of `account` begins.
    fn group(&self, account: &impl Hash) -> usize {
        let groups = u64::try_from(limits::KNOWN_NETWORK_GROUPS).unwrap_or(1);
        let group = usize::try_from(self.keys.hash_one(account) % groups).unwrap_or(0);
        group * limits::KNOWN_NETWORKS_PER_GROUP
    }

    fn mark(&self, account: &impl Hash, network: &impl Hash) -> u64 {
        self.keys.hash_one((account, network)) & !TIME
    }

    pub(super) fn knows(&self, account: &impl Hash, network: &impl Hash, now_seconds: u64) -> bool {
        let (group, mark) = (self.group(account), self.mark(account, network));
        let cells = self.cells.iter().skip(group).take(limits::KNOWN_NETWORKS_PER_GROUP);
        cells
            .filter(|cell| **cell & !TIME == mark && **cell != 0)
            .any(|cell| now_seconds.saturating_sub(cell & TIME) < limits::KNOWN_NETWORK_SECONDS)
    }

    pub(super) fn remember(&mut self, account: &impl Hash, network: &impl Hash, now_seconds: u64) {
        let (group, mark) = (self.group(account), self.mark(account, network));
        let cells = self.cells.iter_mut().skip(group).take(limits::KNOWN_NETWORKS_PER_GROUP);
        // Its own cell, or else the one that has not been used for longest.
        let cell = cells.min_by_key(|cell| if **cell & !TIME == mark { 0 } else { 1 + (**cell & TIME) });
        if let Some(cell) = cell {
            *cell = mark | now_seconds.clamp(1, TIME);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_pushes_out_no_network_of_another() {
        let mut known = KnownNetworks::new();
        known.remember(&"ours", &1, 10);
        let others = (0..50).filter(|other| known.group(other) != known.group(&"ours"));
        for account in others.collect::<Vec<i32>>() {
            for network in 0..1_000 {
                known.remember(&account, &network, 20);
            }
        }
        assert!(known.knows(&"ours", &1, 30));
        assert!(!known.knows(&"ours", &2, 30));
        assert!(!known.knows(&"ours", &1, 10 + limits::KNOWN_NETWORK_SECONDS));
    }

    #[test]
    fn the_network_that_was_not_used_for_longest_goes_first() {
        let mut known = KnownNetworks::new();
        for network in 0..limits::KNOWN_NETWORKS_PER_GROUP {
            known.remember(&"ours", &network, 10 + network as u64);
        }
        known.remember(&"ours", &0_usize, 100);
        known.remember(&"ours", &"new", 101);
        assert!(known.knows(&"ours", &0_usize, 102) && known.knows(&"ours", &"new", 102));
        assert!(!known.knows(&"ours", &1_usize, 102));
    }
}
