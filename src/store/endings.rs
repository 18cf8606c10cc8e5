//! Counts, on this node, the commits after which a grant may be worth less than before.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counted after the commit and before the caller hears of it. So whoever reads the count first and the database then
/// knows later, by the count alone, whether this node has ended anything since.
#[derive(Debug, Default)]
pub(super) struct Endings(AtomicU64);

impl Endings {
    pub fn count(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    pub fn counted(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}
