//! The report of a test, for the browser that began it, and for administrators.

use std::sync::Arc;

use super::open_link::store_error;
use super::{TestError, Tester};
use crate::domain::clock::Timestamp;
use crate::domain::connection::Connection;
use crate::domain::test_login::{TestLogin, TestReport, TestStatus};
use crate::flows::administrators::administrator_of;
use crate::flows::hub::Hub;

#[derive(Clone, Debug)]
pub struct ShownReport {
    pub connection: Arc<Connection>,
    pub test: TestLogin,
    pub report: TestReport,
    pub status: TestStatus,
    pub now: Timestamp,
}

/// The report of the test `id` of the connection `name`.
///
/// # Errors
/// [`TestError::NotYours`] for every other browser, and where there is none.
pub async fn show_report(hub: &Hub, name: &str, id: &str, tester: &Tester) -> Result<ShownReport, TestError> {
    let (wanted, now) = (id.to_owned(), hub.clock.now());
    let found = hub.store.read(move |tx| tx.find_test_login(&wanted, now)).await?;
    let (test, report) = found.ok_or(TestError::NotYours)?;
    let may_read =
        tester.holds(&test) || administrator_of(hub, &tester.browser).await.map_err(store_error)?.is_some();
    if !may_read {
        return Err(TestError::NotYours);
    }
    let connection = hub.directory.connection(&test.connection_id).await?;
    let connection = connection.filter(|one| one.name == name).ok_or(TestError::NotYours)?;
    let status = test.status(&report, now);
    Ok(ShownReport { connection, test, report, status, now })
}
