//! A value fetched from a provider: one fetch at a time, shared by all who wait for it; the last good value
//! outlives failed fetches.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};

use super::error::UpstreamError;
use super::outbound_thread::OutboundThread;
use crate::domain::clock::Timestamp;
use crate::domain::limits;

type Outcome<T> = Result<Arc<T>, UpstreamError>;
type Flight<T> = Shared<BoxFuture<'static, Outcome<T>>>;

pub(super) struct Fetched<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    /// The last good value and when its fetch began.
    good: Option<(Arc<T>, Timestamp)>,
    /// The last failure, unless something good came after it.
    failed: Option<(UpstreamError, Timestamp)>,
    flight: Option<Flight<T>>,
    /// When an unknown key id last made us fetch.
    hurried_at: Option<Timestamp>,
}

/// What a look at the state decided.
enum Next<T> {
    Have(Arc<T>),
    Fail(UpstreamError),
    /// Wait; if that fails, the old value still serves.
    Wait(Flight<T>, Option<Arc<T>>),
}

impl<T> Default for Fetched<T> {
    fn default() -> Self {
        Self { state: Mutex::new(State { good: None, failed: None, flight: None, hurried_at: None }) }
    }
}

impl<T: Send + Sync + 'static> Fetched<T> {
    /// The last good value and when its fetch began, without fetching.
    pub(super) fn last_good(&self) -> Option<(Arc<T>, Timestamp)> {
        self.lock().good.clone()
    }

    /// The value: fresh ones at once, older ones at once while a newer one is fetched in the background,
    /// and only without any (or with a very old one) after waiting.
    ///
    /// # Errors
    /// The failure of the fetch, where there is no value at all; repeated without a new fetch for
    /// [`limits::FAILED_FETCH_COOLDOWN_SECONDS`].
    pub(super) async fn current<F>(
        self: &Arc<Self>,
        now: Timestamp,
        thread: &OutboundThread,
        fetch: impl FnOnce() -> F,
    ) -> Outcome<T>
    where
        F: Future<Output = Result<T, UpstreamError>> + Send + 'static,
    {
        match self.look(now, thread, fetch) {
            Next::Have(value) => Ok(value),
            Next::Fail(error) => Err(error),
            Next::Wait(flight, old) => match (flight.await, old) {
                (Err(_), Some(old)) => Ok(old),
                (outcome, _) => outcome,
            },
        }
    }

    fn look<F>(
        self: &Arc<Self>,
        now: Timestamp,
        thread: &OutboundThread,
        fetch: impl FnOnce() -> F,
    ) -> Next<T>
    where
        F: Future<Output = Result<T, UpstreamError>> + Send + 'static,
    {
        let mut state = self.lock();
        let age = |since: Timestamp| now.seconds().saturating_sub(since.seconds());
        let good = state.good.clone();
        if let Some((value, fetched_at)) = &good
            && age(*fetched_at) < limits::PROVIDER_CACHE_SECONDS
        {
            return Next::Have(Arc::clone(value));
        }
        let resting = state
            .failed
            .as_ref()
            .filter(|(_, failed_at)| age(*failed_at) < limits::FAILED_FETCH_COOLDOWN_SECONDS)
            .map(|(error, _)| error.clone());
        let flight = match (state.flight(), resting, &good) {
            (Some(flight), _, _) => flight,
            (None, Some(_), Some((value, _))) => return Next::Have(Arc::clone(value)),
            (None, Some(error), None) => return Next::Fail(error),
            (None, None, _) => self.launch(&mut state, now, thread, fetch()),
        };
        match good {
            Some((value, fetched_at)) if age(fetched_at) < limits::PROVIDER_BACKGROUND_SECONDS => {
                Next::Have(value)
            }
            good => Next::Wait(flight, good.map(|(value, _)| value)),
        }
    }

    /// A value newer than `seen`, which turned out to lack something. `None` during the cool-down.
    ///
    /// # Errors
    /// The failure of the fetch.
    pub(super) async fn newer_than<F>(
        self: &Arc<Self>,
        seen: &Arc<T>,
        now: Timestamp,
        thread: &OutboundThread,
        fetch: impl FnOnce() -> F,
    ) -> Result<Option<Arc<T>>, UpstreamError>
    where
        F: Future<Output = Result<T, UpstreamError>> + Send + 'static,
    {
        let flight = {
            let mut state = self.lock();
            if let Some((good, _)) = &state.good
                && !Arc::ptr_eq(good, seen)
            {
                return Ok(Some(Arc::clone(good)));
            }
            let cooldown = match state.failed {
                Some(_) => limits::FAILED_FETCH_COOLDOWN_SECONDS,
                None => limits::KEY_REFETCH_COOLDOWN_SECONDS,
            };
            match (state.flight(), state.hurried_at) {
                (Some(flight), _) => flight,
                (None, Some(at)) if now.seconds().saturating_sub(at.seconds()) < cooldown => return Ok(None),
                (None, _) => {
                    state.hurried_at = Some(now);
                    self.launch(&mut state, now, thread, fetch())
                }
            }
        };
        flight.await.map(Some)
    }

    fn launch<F>(
        self: &Arc<Self>,
        state: &mut State<T>,
        now: Timestamp,
        thread: &OutboundThread,
        fetch: F,
    ) -> Flight<T>
    where
        F: Future<Output = Result<T, UpstreamError>> + Send + 'static,
    {
        let this = Arc::clone(self);
        let task = thread.run(async move {
            let outcome = fetch.await.map(Arc::new);
            let mut state = this.lock();
            match &outcome {
                Ok(value) => (state.good, state.failed) = (Some((Arc::clone(value), now)), None),
                Err(error) => state.failed = Some((error.clone(), now)),
            }
            state.flight = None;
            drop(state);
            outcome
        });
        let flight = async move { task.await.unwrap_or_else(|_| Err(stopping())) }.boxed().shared();
        state.flight = Some(flight.clone());
        flight
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    /// The fetch under way; one that ended without clearing up after itself does not count.
    fn flight(&self) -> Option<Flight<T>> {
        self.flight.clone().filter(|flight| flight.peek().is_none())
    }
}

fn stopping() -> UpstreamError {
    UpstreamError::unreachable("outbound-exchange", "an answer", "none: this hub is stopping", "Try again.")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::upstream::test_provider::now;

    /// A source that counts its fetches and can be made to fail.
    struct Source {
        value: Arc<Fetched<usize>>,
        thread: OutboundThread,
        fetches: Arc<AtomicUsize>,
    }

    impl Source {
        fn new() -> Self {
            let thread = OutboundThread::start().unwrap();
            Self { value: Arc::default(), thread, fetches: Arc::default() }
        }

        fn fetch(&self, works: bool) -> impl Future<Output = Result<usize, UpstreamError>> + Send + 'static {
            let fetches = Arc::clone(&self.fetches);
            async move {
                let count = fetches.fetch_add(1, Ordering::SeqCst) + 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
                if works { Ok(count) } else { Err(stopping()) }
            }
        }

        async fn current(&self, after_seconds: i64, works: bool) -> Option<usize> {
            let at = now().plus_seconds(after_seconds);
            self.value.current(at, &self.thread, || self.fetch(works)).await.ok().map(|value| *value)
        }

        async fn newer(&self, seen: usize, after_seconds: i64, works: bool) -> Option<usize> {
            let seen = self.value.last_good().map(|(value, _)| value).filter(|good| **good == seen);
            let seen = seen.unwrap_or_else(|| Arc::new(0));
            let at = now().plus_seconds(after_seconds);
            let newer = self.value.newer_than(&seen, at, &self.thread, || self.fetch(works)).await;
            newer.ok().flatten().map(|value| *value)
        }

        fn fetches(&self) -> usize {
            self.fetches.load(Ordering::SeqCst)
        }

        async fn settle(&self) {
            while self.value.lock().flight().is_some() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }

    #[tokio::test]
    async fn concurrent_callers_share_one_fetch() {
        let source = Source::new();
        let callers = futures_util::future::join_all((0..50).map(|_| source.current(0, true)));
        assert!(callers.await.iter().all(|value| *value == Some(1)));
        assert_eq!(source.fetches(), 1);
    }

    #[tokio::test]
    async fn a_fetch_survives_the_caller_who_asked_for_it() {
        let source = Source::new();
        let impatient = tokio::time::timeout(Duration::from_millis(1), source.current(0, true));
        assert!(impatient.await.is_err());
        assert_eq!(source.current(0, true).await, Some(1));
        assert_eq!(source.fetches(), 1);
    }

    #[tokio::test]
    async fn an_old_value_serves_while_a_newer_one_is_fetched() {
        let source = Source::new();
        assert_eq!(source.current(0, true).await, Some(1));
        assert_eq!(source.current(limits::PROVIDER_CACHE_SECONDS - 1, true).await, Some(1));
        assert_eq!(source.fetches(), 1);
        let later = limits::PROVIDER_CACHE_SECONDS;
        assert_eq!(source.current(later, true).await, Some(1));
        source.settle().await;
        assert_eq!(source.current(later, true).await, Some(2));
        let much_later = later + limits::PROVIDER_BACKGROUND_SECONDS;
        assert_eq!(source.current(much_later, true).await, Some(3), "too old to serve unseen");
    }

    #[tokio::test]
    async fn the_last_good_value_outlives_failures_and_failures_are_not_hammered() {
        let source = Source::new();
        assert_eq!(source.current(0, false).await, None);
        assert_eq!(source.current(limits::FAILED_FETCH_COOLDOWN_SECONDS - 1, true).await, None);
        assert_eq!(source.fetches(), 1);
        assert_eq!(source.current(limits::FAILED_FETCH_COOLDOWN_SECONDS, true).await, Some(2));
        let much_later = 10 * limits::PROVIDER_BACKGROUND_SECONDS;
        assert_eq!(source.current(much_later, false).await, Some(2));
        assert_eq!(source.current(much_later + 1, false).await, Some(2));
        assert_eq!(source.fetches(), 3);
    }

    #[tokio::test]
    async fn a_missing_key_fetches_at_once_and_then_not_before_the_cool_down_is_over() {
        let source = Source::new();
        assert_eq!(source.current(0, true).await, Some(1));
        assert_eq!(source.newer(1, 0, true).await, Some(2), "at once, however fresh the value is");
        assert_eq!(source.newer(1, 0, true).await, Some(2), "somebody else fetched already");
        assert_eq!(source.newer(2, limits::KEY_REFETCH_COOLDOWN_SECONDS - 1, true).await, None);
        assert_eq!(source.fetches(), 2);
        let later = limits::KEY_REFETCH_COOLDOWN_SECONDS;
        assert_eq!(source.newer(2, later, false).await, None);
        assert_eq!(source.current(later, true).await, Some(2), "the last good value stays");
        let after_failure = later + limits::FAILED_FETCH_COOLDOWN_SECONDS;
        assert_eq!(source.newer(2, after_failure, true).await, Some(4));
    }
}
