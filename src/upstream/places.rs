//! How many exchanges with one provider are under way at the same time: one that hangs holds no more than its share of
//! what this hub has, and one network that keeps it busy leaves places to the people of others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::Notify;

use crate::domain::limits;
use crate::domain::network::Network;

pub(super) struct Places {
    wait: Duration,
    /// By connection and host: connections at the same provider do not share, nor do hosts that several name.
    providers: Cache<(String, String), Arc<Provider>>,
}

#[derive(Default)]
struct Provider {
    held: Mutex<Held>,
    left: Notify,
}

#[derive(Default)]
struct Held {
    all: usize,
    waiting: usize,
    by_network: HashMap<Network, usize>,
}

/// Held for as long as an exchange is under way.
pub(super) struct Place {
    provider: Arc<Provider>,
    network: Option<Network>,
}

impl Places {
    pub(super) fn new(wait: Duration) -> Self {
        Self { wait, providers: Cache::new(limits::CACHED_PROVIDERS) }
    }

    /// A place for an exchange of `connection` with `host`, for somebody of `network`, or for the hub itself; `None` if all
    /// that they may have stay taken.
    pub(super) async fn take(&self, connection: &str, host: &str, network: Option<Network>) -> Option<Place> {
        let provider = self.providers.get_with((connection.to_owned(), host.to_owned()), Arc::default);
        if let Some(place) = provider.try_take(network) {
            return Some(place);
        }
        let _waiting = provider.wait_in_line()?;
        tokio::time::timeout(self.wait, async {
            loop {
                let mut left = std::pin::pin!(provider.left.notified());
                // Whoever leaves from now on is noticed.
                left.as_mut().enable();
                if let Some(place) = provider.try_take(network) {
                    return place;
                }
                left.await;
            }
        })
        .await
        .ok()
    }
}

impl Provider {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_take(self: &Arc<Self>, network: Option<Network>) -> Option<Place> {
        let mut held = self.held();
        let free = limits::EXCHANGES_PER_PROVIDER.saturating_sub(held.all);
        if free == 0 {
            return None;
        }
        if let Some(network) = network {
            let own = held.by_network.get(&network).copied().unwrap_or(0);
            // Whoever has places already leaves some to the next one.
            if own > 0 && own >= (free - 1) * limits::EXCHANGES_PER_FREE_PLACE {
                return None;
            }
            held.by_network.insert(network, own + 1);
        }
        held.all += 1;
        Some(Place { provider: Arc::clone(self), network })
    }

    fn wait_in_line(self: &Arc<Self>) -> Option<Waiting> {
        let mut held = self.held();
        (held.waiting < limits::EXCHANGES_WAITING).then(|| {
            held.waiting += 1;
            Waiting(Arc::clone(self))
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.provider.held();
        held.all = held.all.saturating_sub(1);
        if let Some(network) = self.network {
            let left = held.by_network.get(&network).copied().unwrap_or(0).saturating_sub(1);
            if left == 0 {
                held.by_network.remove(&network);
            } else {
                held.by_network.insert(network, left);
            }
        }
        drop(held);
        self.provider.left.notify_waiters();
    }
}

/// Somebody waits for a place.
struct Waiting(Arc<Provider>);

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut held = self.0.held();
        held.waiting = held.waiting.saturating_sub(1);
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
            taken.push(places.take("acme", "idp.example", None).await.unwrap());
        }
        assert!(places.take("acme", "idp.example", None).await.is_none());
        assert!(places.take("acme", "other.example", None).await.is_some());
        assert!(places.take("globex", "idp.example", None).await.is_some());
        let waiting = places.take("acme", "idp.example", None);
        let leaving = async {
            tokio::task::yield_now().await;
            drop(taken.pop());
        };
        assert!(futures_util::future::join(waiting, leaving).await.0.is_some());
    }

    #[tokio::test]
    async fn networks_that_press_in_leave_places_to_others() {
        let places = Places::new(Duration::from_millis(1));
        let mut taken = Vec::new();
        for net in 0..3 {
            let network = Some(Network::of_text(&format!("198.51.{net}.1")));
            while let Some(place) = places.take("acme", "idp.example", network).await {
                taken.push(place);
            }
        }
        assert!(taken.len() > limits::EXCHANGES_PER_PROVIDER / 2, "{}", taken.len());
        let newcomer = Some(Network::of_text("192.0.2.1"));
        assert!(places.take("acme", "idp.example", newcomer).await.is_some());
        drop(taken);
        assert!(places.take("acme", "idp.example", newcomer).await.is_some());
    }

    #[tokio::test]
    async fn only_so_many_wait() {
        let places = Places::new(Duration::from_secs(5));
        let mut taken = Vec::new();
        for _ in 0..limits::EXCHANGES_PER_PROVIDER {
            taken.push(places.take("acme", "idp.example", None).await.unwrap());
        }
        let many = limits::EXCHANGES_WAITING + 10;
        let all = futures_util::future::join_all((0..many).map(|_| async {
            let place = places.take("acme", "idp.example", None).await;
            // Whoever got in goes at once, and the next one may.
            place.is_some()
        }));
        let leaving = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            taken.clear();
        };
        let (got, ()) = futures_util::future::join(all, leaving).await;
        assert_eq!(got.into_iter().filter(|got| !got).count(), 10, "those beyond were told at once");
    }
}
