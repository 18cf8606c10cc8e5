//! How many exchanges with one provider are under way at the same time: one that hangs holds no more than its share of
//! what this hub has.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::limits;

pub(super) struct Places {
    wait: Duration,
    /// By connection and host: connections at the same provider do not share, nor do hosts that several name.
    free: Cache<(String, String), Arc<Semaphore>>,
}

/// Held for as long as an exchange is under way.
pub(super) type Place = OwnedSemaphorePermit;

impl Places {
    pub(super) fn new(wait: Duration) -> Self {
        Self { wait, free: Cache::new(limits::CACHED_PROVIDERS) }
    }

    /// A place for an exchange of `connection` with `host`; `None` if all stay taken.
    pub(super) async fn take(&self, connection: &str, host: &str) -> Option<Place> {
        let new = || Arc::new(Semaphore::new(limits::EXCHANGES_PER_PROVIDER));
        let free = self.free.get_with((connection.to_owned(), host.to_owned()), new);
        if let Ok(place) = Arc::clone(&free).try_acquire_owned() {
            return Some(place);
        }
        tokio::time::timeout(self.wait, free.acquire_owned()).await.ok()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_finds_no_place_waits_for_one_and_then_goes_and_nobody_else_does() {
        let places = Places::new(Duration::from_millis(50));
        let mut taken = Vec::new();
        for _ in 0..limits::EXCHANGES_PER_PROVIDER {
            taken.push(places.take("acme", "idp.example").await.unwrap());
        }
        assert!(places.take("acme", "idp.example").await.is_none());
        assert!(places.take("acme", "other.example").await.is_some());
        assert!(places.take("globex", "idp.example").await.is_some());
        let waiting = places.take("acme", "idp.example");
        let leaving = async {
            tokio::task::yield_now().await;
            drop(taken.pop());
        };
        assert!(futures_util::future::join(waiting, leaving).await.0.is_some());
    }
}
