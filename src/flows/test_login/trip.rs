//! The browser leaves for the provider. What this hub did until then is kept at once, so that the report of a person who
//! never comes back says where they are.

use std::sync::Arc;

use super::{HeldTestChanges, TestError, TestOutcome, TestView, Tester, conclude, steps};
use crate::crypto::sealing::Purpose;
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Connection, fixed_upstream_params};
use crate::domain::test_login::{TestReport, TestTrip};
use crate::flows::hub::Hub;
use crate::flows::login::{CookieChanges, SealedLogin, keep};
use crate::flows::provider_trip::{self, TripError};
use crate::upstream::{Departure, Trace};

/// Marks the cookie of a test among those of logins.
const TEST: &str = "test.";

/// A test that has begun.
pub(super) struct Underway {
    pub trip_id: String,
    pub test_id: String,
    pub began_at: Timestamp,
    pub report: TestReport,
}

/// Sends the browser to the provider of `connection`, or to the report if that fails.
pub(super) async fn depart(
    hub: &Hub,
    connection: &Arc<Connection>,
    mut underway: Underway,
    tester: &Tester,
) -> Result<TestOutcome, TestError> {
    let (now, trace) = (hub.clock.now(), Trace::begin());
    let upstream = hub.upstream.apart(&underway.test_id, trace.clone());
    let further = fixed_upstream_params(&connection.options.upstream_params);
    let wishes =
        Departure { ui_locales: tester.ui_locales.as_deref(), further: &further, ..Departure::default() };
    let network = tester.browser.origin.network();
    let departed =
        provider_trip::depart(hub, &upstream, connection, &underway.trip_id, wishes, network, now).await;
    underway.report.steps.extend(steps::noted(&trace, underway.began_at, now));
    let (url, at_provider) = match departed {
        Ok(departed) => departed,
        Err(TripError::Store(error)) => return Err(error.into()),
        Err(TripError::Upstream(failure)) => {
            return conclude::failed(hub, connection, underway, conclude::upstream(&failure), tester).await;
        }
    };
    let left_at = now.millis().saturating_sub(underway.began_at.millis());
    let left_at = left_at.saturating_add(steps::millis(trace.elapsed()));
    underway.report.steps.push(steps::sent(&url, left_at));
    let Underway { trip_id, test_id, began_at, report } = underway;
    let trip = TestTrip {
        id: trip_id,
        test_id: test_id.clone(),
        began_at,
        ui_locales: tester.ui_locales.clone(),
        at_provider,
    };
    let sealed = seal(hub, &trip)?;
    if !hub.store.write(move |tx| tx.keep_test_report(&test_id, &report)).await? {
        return Err(TestError::NotYours);
    }
    Ok(TestOutcome {
        view: TestView::Depart(url),
        cookies: keep(&tester.browser, sealed),
        tests: HeldTestChanges::default(),
    })
}

fn seal(hub: &Hub, trip: &TestTrip) -> Result<SealedLogin, TestError> {
    let plain = serde_json::to_vec(trip).map_err(|_| TestError::Internal("the test cannot be written"))?;
    let sealed = hub.sealer.seal(Purpose::TestLogin, trip.id.as_bytes(), &plain, &hub.random);
    Ok(SealedLogin { id: trip.id.clone(), value: format!("{TEST}{sealed}") })
}

/// The cookie of the test `id`, if this browser has one.
pub(super) fn sealed_trip<'a>(tester: &'a Tester, id: &str) -> Option<&'a str> {
    let login = tester.browser.logins.iter().find(|login| login.id == id)?;
    login.value.strip_prefix(TEST)
}

/// Opens the test `id` of this browser.
pub(super) fn open_trip(hub: &Hub, tester: &Tester, id: &str) -> Option<TestTrip> {
    let plain = hub.sealer.open(Purpose::TestLogin, id.as_bytes(), sealed_trip(tester, id)?).ok()?;
    let trip: TestTrip = serde_json::from_slice(&plain).ok()?;
    (trip.id == id).then_some(trip)
}

/// The cookies of a trip that is over.
pub(super) fn over(trip_id: &str) -> CookieChanges {
    CookieChanges { drop_logins: vec![trip_id.to_owned()], ..CookieChanges::default() }
}
