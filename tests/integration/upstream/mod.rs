//! The other side of a connection, by real HTTP.

mod certified_provider;
mod changing_keys;
mod changing_metadata;
mod faults;
mod oddities;
