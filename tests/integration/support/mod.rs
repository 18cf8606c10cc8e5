//! What the tests stand on.

pub mod databases;
pub mod postgres;
pub mod samples;
