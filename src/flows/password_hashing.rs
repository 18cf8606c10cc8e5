//! Where passwords are hashed, every one of them: at a fixed number of places, each with its memory, in this process.
//!
//! Whoever comes waits; those of one network wait for each other, so that others are behind one of theirs at most. Where
//! more wait than can be served in a few seconds, the next one is sent away.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::crypto::password::{HashError, Hasher};
use crate::crypto::random::Random;
use crate::domain::limits;
use crate::domain::network::Network;
use crate::domain::secret::Secret;

/// Why a password was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum NotHashed {
    #[error("too many passwords wait to be hashed")]
    Busy,
    #[error(transparent)]
    Failed(#[from] HashError),
}

/// Hashes a new password of somebody in `network`, as a PHC string.
///
/// # Errors
/// [`NotHashed`].
pub async fn hash(network: Network, password: Secret, random: &Random) -> Result<String, NotHashed> {
    let random = random.clone();
    Ok(PLACES.work(network, move |hasher| hasher.hash(password.reveal(), &random)).await??)
}

/// Whether `password`, which somebody in `network` typed, is the one behind the PHC string `hash`.
///
/// # Errors
/// [`NotHashed`].
pub(super) async fn verify(network: Network, password: Secret, hash: String) -> Result<bool, NotHashed> {
    PLACES.work(network, move |hasher| hasher.verify(password.reveal(), &hash)).await
}

/// Of the whole process, however many hubs are in it: what there is to share are its cores and its memory.
static PLACES: LazyLock<Places> = LazyLock::new(Places::default);

struct Places {
    free: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    turns: Mutex<HashMap<Network, Arc<Turns>>>,
    hashers: Arc<Mutex<Vec<Hasher>>>,
}

/// The turns of one network, and how many wait for one.
struct Turns {
    next: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            free: Arc::new(Semaphore::new(limits::PASSWORD_HASHES_AT_ONCE)),
            waiting: Arc::new(Semaphore::new(limits::PASSWORD_HASHES_WAITING)),
            turns: Mutex::default(),
            hashers: Arc::default(),
        }
    }
}

/// What work at a place holds until it is done, whether or not anybody still waits for it.
struct Held {
    _waiting: [OwnedSemaphorePermit; 2],
    _turn: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Places {
    async fn work<T: Send + 'static>(
        &self,
        network: Network,
        work: impl FnOnce(&mut Hasher) -> T + Send + 'static,
    ) -> Result<T, NotHashed> {
        let turns = self.turns_of(network);
        let wait =
            |waiting: &Arc<Semaphore>| waiting.clone().try_acquire_owned().map_err(|_| NotHashed::Busy);
        let waiting = [wait(&turns.waiting)?, wait(&self.waiting)?];
        let failed = |_| HashError;
        let turn = turns.next.clone().acquire_owned().await.map_err(failed)?;
        let place = self.free.clone().acquire_owned().await.map_err(failed)?;
        let held = Held { _waiting: waiting, _turn: turn, _place: place };
        let hashers = Arc::clone(&self.hashers);
        // A thread does it to its end even if whoever asked has left: so the place goes along.
        let done = tokio::task::spawn_blocking(move || {
            let idle = hashers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut hasher = idle.unwrap_or_default();
            let done = work(&mut hasher);
            hashers.lock().unwrap_or_else(PoisonError::into_inner).push(hasher);
            drop(held);
            done
        });
        Ok(done.await.map_err(|_| HashError)?)
    }

    /// The turns of `network`; those of networks from which nobody waits are forgotten.
    fn turns_of(&self, network: Network) -> Arc<Turns> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turns| Arc::strong_count(turns) > 1 || !turns.is_idle());
        let found = turns.entry(network).or_insert_with(|| Arc::new(Turns::default()));
        Arc::clone(found)
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            next: Arc::new(Semaphore::new(1)),
            waiting: Arc::new(Semaphore::new(limits::PASSWORD_HASHES_WAITING_PER_NETWORK)),
        }
    }
}

impl Turns {
    fn is_idle(&self) -> bool {
        self.waiting.available_permits() == limits::PASSWORD_HASHES_WAITING_PER_NETWORK
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    fn network(number: u8) -> Network {
        Network::of_text(&format!("198.18.{number}.1"))
    }

    /// Work that takes as long as a hash.
    async fn work(places: &Places, from: Network, done: &Arc<AtomicUsize>) -> Result<usize, NotHashed> {
        let done = Arc::clone(done);
        let work = move |_: &mut Hasher| {
            std::thread::sleep(Duration::from_millis(10));
            done.fetch_add(1, Ordering::SeqCst)
        };
        places.work(from, work).await
    }

    #[tokio::test]
    async fn the_attempts_of_a_busy_network_do_not_go_before_those_of_another() {
        let (places, done) = (Places::default(), Arc::new(AtomicUsize::new(0)));
        let busy = futures_util::future::join_all((0..30).map(|_| work(&places, network(1), &done)));
        let other = async {
            while done.load(Ordering::SeqCst) == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            work(&places, network(2), &done).await.unwrap()
        };
        let (_, before_the_other) = futures_util::future::join(busy, other).await;
        assert!(before_the_other < 10, "{before_the_other} of 30 went first");
        places.turns_of(network(3));
        assert_eq!(places.turns.lock().unwrap().len(), 1, "networks without anybody are forgotten");
    }

    #[tokio::test]
    async fn more_than_can_be_done_in_a_few_seconds_are_sent_away() {
        let (places, done) = (Places::default(), Arc::new(AtomicUsize::new(0)));
        let share = limits::PASSWORD_HASHES_WAITING_PER_NETWORK;
        let mut waiting: Vec<_> = (0..=share).map(|_| Box::pin(work(&places, network(1), &done))).collect();
        let last = waiting.pop().unwrap();
        for work in &mut waiting {
            assert!(futures_util::poll!(work.as_mut()).is_pending());
        }
        assert!(matches!(last.await, Err(NotHashed::Busy)));
        assert!(work(&places, network(2), &done).await.is_ok(), "another network has its own share");
        drop(waiting);
        assert!(work(&places, network(1), &done).await.is_ok(), "whoever leaves leaves room");
    }

    #[tokio::test]
    async fn whoever_leaves_takes_no_place_from_those_who_are_still_at_work() {
        let (places, done) = (Places::default(), Arc::new(AtomicUsize::new(0)));
        let (at_once, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        for number in 0..8 {
            let (at_once, most) = (Arc::clone(&at_once), Arc::clone(&most));
            let left = places.work(network(number), move |_| {
                most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(50));
                at_once.fetch_sub(1, Ordering::SeqCst);
            });
            let _ = tokio::time::timeout(Duration::from_millis(10), left).await;
        }
        work(&places, network(9), &done).await.unwrap();
        assert!(most.load(Ordering::SeqCst) <= limits::PASSWORD_HASHES_AT_ONCE);
        assert!(places.hashers.lock().unwrap().len() <= limits::PASSWORD_HASHES_AT_ONCE);
    }
}
