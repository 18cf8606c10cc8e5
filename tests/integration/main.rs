//! The promises of the hub, tried from outside. One binary, so that one private PostgreSQL serves all of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, in its supports too"
)]

mod store;
mod support;
