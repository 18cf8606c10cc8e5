//! `vestibule migrate`: brings the database to the current schema.

use crate::app;
use crate::config::Config;
use crate::crypto::random::Random;
use crate::telemetry::logging;

pub fn run() -> anyhow::Result<()> {
    let config = Config::from_process()?;
    logging::start(&config.log)?;
    let store = app::open_store(&config, &Random::default())?;
    let applied = store.migrate()?;
    let text = match applied.as_slice() {
        [] => "The database is at the current schema.\n".to_owned(),
        applied => format!("Applied: {}\n", applied.join(", ")),
    };
    super::print(&text)
}
