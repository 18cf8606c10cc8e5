//! What was asked of a provider and which checks passed, noted for a test login. Every other login notes nothing.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use url::Url;

use super::error::UpstreamError;
use crate::domain::limits;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    Exchange(Exchange),
    /// The check of this name passed.
    Passed(&'static str),
}

/// A request to the provider and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// `discovery`, `keys`, `pushed request`, `token` or `userinfo`.
    pub operation: &'static str,
    pub method: String,
    /// Without its query, which is nobody's business.
    pub url: String,
    /// Its status, or the check by which no whole answer came.
    pub outcome: Result<u16, &'static str>,
    /// Since the trace began.
    pub began: Duration,
    pub took: Duration,
}

/// Notes in the order in which things happened, or nothing at all.
#[derive(Clone, Debug, Default)]
pub struct Trace(Option<Arc<Notes>>);

#[derive(Debug)]
struct Notes {
    began: Instant,
    observed: Mutex<Vec<Observed>>,
}

/// What [`Trace::exchange_begins`] knows until the answer is there.
pub(super) struct Asked {
    operation: &'static str,
    method: String,
    url: String,
    began: Duration,
}

impl Trace {
    /// The one that notes nothing.
    pub const fn off() -> Self {
        Self(None)
    }

    /// One that notes.
    pub fn begin() -> Self {
        Self(Some(Arc::new(Notes { began: Instant::now(), observed: Mutex::default() })))
    }

    pub(super) const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Everything noted so far.
    pub fn observed(&self) -> Vec<Observed> {
        self.0.as_ref().map_or_else(Vec::new, |notes| {
            notes.observed.lock().unwrap_or_else(PoisonError::into_inner).clone()
        })
    }

    /// How long ago it began.
    pub fn elapsed(&self) -> Duration {
        self.0.as_ref().map_or(Duration::ZERO, |notes| notes.began.elapsed())
    }

    fn note(&self, observed: Observed) {
        let Some(notes) = &self.0 else { return };
        let mut all = notes.observed.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < limits::TRACED_STEPS {
            all.push(observed);
        }
    }

    /// Notes that a check passed.
    pub(super) fn passed(&self, check: &'static str) {
        self.note(Observed::Passed(check));
    }

    /// Hands on the outcome of `checks`, made one after the other, and notes those that passed: all, or those before
    /// the one that failed.
    ///
    /// # Errors
    /// Those of `outcome`.
    pub(super) fn tell<T>(
        &self,
        checks: &[&'static str],
        outcome: Result<T, UpstreamError>,
    ) -> Result<T, UpstreamError> {
        if self.0.is_some() {
            let failed = outcome.as_ref().err().map(|error| error.check);
            // What failed is none of these: nobody knows how many of them were made.
            if failed.is_none_or(|failed| checks.contains(&failed)) {
                checks
                    .iter()
                    .take_while(|check| failed != Some(**check))
                    .for_each(|check| self.passed(check));
            }
        }
        outcome
    }

    pub(super) fn exchange_begins(
        &self,
        operation: &'static str,
        request: &http::Request<Vec<u8>>,
    ) -> Option<Asked> {
        let notes = self.0.as_ref()?;
        Some(Asked {
            operation,
            method: request.method().as_str().to_owned(),
            url: without_query(&request.uri().to_string()),
            began: notes.began.elapsed(),
        })
    }

    pub(super) fn exchange_ends(&self, asked: Option<Asked>, outcome: Result<u16, &'static str>) {
        let (Some(notes), Some(Asked { operation, method, url, began })) = (&self.0, asked) else { return };
        let took = notes.began.elapsed().saturating_sub(began);
        self.note(Observed::Exchange(Exchange { operation, method, url, outcome, began, took }));
    }
}

fn without_query(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else { return String::new() };
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(check: &'static str) -> Result<(), UpstreamError> {
        Err(UpstreamError::invalid(check, "this", "that", "Do it."))
    }

    #[test]
    fn checks_before_the_one_that_failed_have_passed_and_no_others() {
        for (outcome, expected) in [
            (Ok(()), &["a", "b", "c"][..]),
            (failed("a"), &[]),
            (failed("c"), &["a", "b"]),
            (failed("outbound-timeout"), &[]),
        ] {
            let trace = Trace::begin();
            assert_eq!(trace.tell(&["a", "b", "c"], outcome.clone()), outcome);
            let passed: Vec<Observed> = expected.iter().map(|check| Observed::Passed(check)).collect();
            assert_eq!(trace.observed(), passed);
        }
        let off = Trace::off();
        off.passed("a");
        assert!(off.tell(&["a"], Ok(())).is_ok() && off.observed().is_empty());
    }

    #[test]
    fn an_exchange_is_noted_without_its_query_and_their_number_is_limited() {
        let trace = Trace::begin();
        let request = http::Request::post("https://idp.example/token?key=secret").body(Vec::new()).unwrap();
        for _ in 0..limits::TRACED_STEPS + 5 {
            trace.exchange_ends(trace.exchange_begins("token", &request), Ok(401));
        }
        let observed = trace.observed();
        assert_eq!(observed.len(), limits::TRACED_STEPS);
        let Observed::Exchange(exchange) = &observed[0] else { panic!("{observed:?}") };
        assert_eq!((exchange.url.as_str(), &exchange.outcome), ("https://idp.example/token", &Ok(401)));
        assert_eq!(exchange.method, "POST");
    }
}
