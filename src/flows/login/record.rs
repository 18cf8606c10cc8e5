//! Log entries of a login.

use crate::domain::audit::{LogEntry, LogType};
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::connection::Connection;
use crate::domain::user::User;
use crate::flows::hub::Hub;

use super::browser::Browser;

/// An entry about something that failed, for the journal.
pub(super) fn failure(
    hub: &Hub,
    browser: &Browser,
    log_type: LogType,
    now: Timestamp,
    description: impl Into<String>,
) -> LogEntry {
    LogEntry::new(now, &hub.random.alphanumeric(12), log_type, description, &browser.origin)
}

/// Names everybody involved.
pub(super) fn with_parties(
    mut entry: LogEntry,
    client: &Client,
    connection: Option<&Connection>,
    user: Option<&User>,
) -> LogEntry {
    entry.name(client);
    entry.name(&connection);
    entry.name(&user);
    entry
}
