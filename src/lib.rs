//! Vestibule: one OpenID Connect issuer in front of every enterprise identity provider.
//!
//! Arrows point inward: `main → cli → app`; `web, cli, jobs → flows → store, upstream, mail, views → domain →
//! protocol → crypto`. `tests/architecture.rs` holds this table.

// The discovery document is one `json!`, which expands a step per member.
#![recursion_limit = "256"]

pub mod app;
pub mod cli;
pub mod config;
pub mod crypto;
pub mod domain;
pub mod flows;
pub mod jobs;
pub mod mail;
pub mod protocol;
pub mod store;
pub mod telemetry;
pub mod upstream;
pub mod views;
pub mod web;
