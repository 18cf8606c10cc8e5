//! Logs and metrics.

mod lines;
pub mod logging;
pub mod metrics;
