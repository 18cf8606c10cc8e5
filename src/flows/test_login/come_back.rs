//! The browser comes back from the provider with an answer to a test.

use super::trip::{Underway, depart, open_trip, over, sealed_trip};
use super::{HeldTestChanges, TestError, TestOutcome, TestView, Tester, conclude, steps};
use crate::domain::policy;
use crate::domain::test_login::Step;
use crate::flows::hub::Hub;
use crate::flows::provider_trip::{Returned, TripError, arrive, trip_of};
use crate::protocol::parameters::Parameters;
use crate::upstream::Trace;

/// Whether `answer` belongs to a test of this browser, and to no login.
pub fn is_test(tester: &Tester, answer: &Parameters) -> bool {
    trip_of(answer).is_some_and(|(id, _)| sealed_trip(tester, id).is_some())
}

/// Takes the provider's answer, and ends the test with it.
///
/// # Errors
/// [`TestError`] when the answer does not belong to a test of this browser; everything later is in the report.
pub async fn return_from_provider(
    hub: &Hub,
    returned: Returned<'_>,
    tester: &Tester,
) -> Result<TestOutcome, TestError> {
    let now = hub.clock.now();
    let (id, secret) = trip_of(&returned.answer).ok_or(TestError::WrongState)?;
    let trip = open_trip(hub, tester, id).ok_or(TestError::WrongState)?;
    trip.at_provider.expects(secret, returned.path)?;
    let tester = &Tester { ui_locales: trip.ui_locales.clone(), ..tester.clone() };
    let test_id = trip.test_id.clone();
    let found = hub.store.read(move |tx| tx.find_test_login(&test_id, now)).await?;
    let (test, mut report) = found.ok_or(TestError::NotYours)?;
    let connection = hub.directory.connection(&trip.at_provider.connection_id).await?;
    let Some(connection) = connection else { return Err(TestError::NotYours) };
    if test.finished_at.is_some() || trip.is_expired(now) {
        // It counted before, or it came too late to count; the report says which.
        let ui_locales = trip.ui_locales.clone();
        let view = TestView::Report { connection: connection.name.clone(), test_id: test.id, ui_locales };
        return Ok(TestOutcome { view, cookies: over(&trip.id), tests: HeldTestChanges::default() });
    }
    let at = now.millis().saturating_sub(trip.began_at.millis());
    report.steps.push(steps::returned(&returned.answer, returned.mode(), at));
    let mut underway = Underway { trip_id: trip.id, test_id: test.id, began_at: trip.began_at, report };
    if let Err(refusal) = policy::may_be_tested(Some(&connection)) {
        return conclude::failed(hub, &connection, underway, conclude::refused(refusal), tester).await;
    }
    if connection.fingerprint() != trip.at_provider.fingerprint {
        underway.report.steps.push(Step::BegunAgain { at });
        return depart(hub, &connection, underway, tester).await;
    }
    let trace = Trace::begin();
    let upstream = hub.upstream.apart(&underway.test_id, trace.clone());
    let network = tester.browser.origin.network();
    let arrival = arrive(hub, &upstream, &connection, &trip.at_provider, None, network, returned).await;
    underway.report.steps.extend(steps::noted(&trace, underway.began_at, now));
    match arrival {
        Ok(arrival) => conclude::arrived(hub, &connection, underway, &arrival, tester).await,
        Err(TripError::Store(error)) => Err(error.into()),
        Err(TripError::Upstream(failure)) => {
            conclude::failed(hub, &connection, underway, conclude::upstream(&failure), tester).await
        }
    }
}
