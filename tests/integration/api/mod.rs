//! The Management API, called over HTTP as scripts and SDKs call it.

mod access;
mod attribute_map_trial;
mod attribute_map_versions;
mod client_grants;
mod clients;
mod connections;
mod creation_examples;
mod enabled_clients;
mod grants;
mod logos;
mod logs;
mod merging;
mod open_access;
mod paging;
mod preconditions;
mod presets;
mod refusals;
mod resolve;
mod resource_servers;
mod sdk;
mod secrets;
mod server;
mod signing_keys;
mod taking_effect;
mod users;
