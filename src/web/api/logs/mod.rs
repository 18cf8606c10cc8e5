//! `/api/v2/logs…`

pub(super) mod list;
pub(super) mod read;

use super::error::ApiError;
use crate::flows::hub::Hub;

/// Writes what waits, so that an administrator sees what just happened.
async fn write_what_waits(hub: &Hub) -> Result<(), ApiError> {
    Ok(hub.journal.flush(&hub.store, hub.clock.now(), &hub.random).await?)
}
