//! What the tests stand on, and what stands around the hub in them.

pub mod any_key;
pub mod application;
pub mod browser;
pub mod certificates;
pub mod chromium;
pub mod databases;
pub mod dns_server;
pub mod documents;
pub mod fake_provider;
pub mod faults;
pub mod html;
pub mod hub;
pub mod keys;
pub mod listening_app;
pub mod node;
pub mod oddities;
pub mod page;
pub mod postgres;
pub mod program;
pub mod routes;
pub mod samples;
pub mod sign_in;
pub mod sign_out;
pub mod site;
pub mod tenants;
pub mod upstream_login;
