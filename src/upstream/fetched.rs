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
