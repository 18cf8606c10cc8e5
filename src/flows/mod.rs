//! What a person or a client can do; joins domain with store and upstream.

pub mod account;
pub mod client_fetches;
pub mod client_keys;
mod client_origins;
mod details_types;
pub mod diagnoses;
pub mod directory;
mod gathered;
pub mod hub;
pub mod journal;
pub mod keys;
pub mod login;
pub mod logout;
pub mod manage;
pub mod possession;
pub mod provider_tokens;
mod rate_limit;
mod realms;
pub mod register;
pub mod requested_api;
pub mod sector_identifier;
pub mod show_setup;
pub mod subjects;
pub mod sweep;
pub mod token;
pub mod verified_domains;
