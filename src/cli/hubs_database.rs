//! For commands that work on the database of a hub, whether or not one is running.

use anyhow::bail;

use crate::config::{Config, DatabaseUrl};
use crate::telemetry::logging;

/// The settings, once it is known that they name a database that is there.
///
/// # Errors
/// What is wrong with the settings; no database where they say.
pub(super) fn settings() -> anyhow::Result<Config> {
    let config = Config::from_process()?;
    logging::start(&config.log)?;
    // Opening would make an empty one, and with it a key of its own.
    if let DatabaseUrl::Sqlite(path) = &config.database_url
        && !path.exists()
    {
        bail!(
            "there is no database at {}: run this with the settings of the hub, in its working folder",
            path.display()
        );
    }
    Ok(config)
}
