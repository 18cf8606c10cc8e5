//! The promises of the hub, tried from outside with real parts: real databases, real HTTP, real providers,
//! real applications, real browsers. One binary, so that one private PostgreSQL serves all of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, in its supports too"
)]

mod api;
mod cli;
mod clients;
mod conformance;
mod demo;
mod login;
mod mail;
mod oauth;
mod pages;
mod safety;
mod store;
mod support;
mod test_login;
mod upstream;
