//! The other side of a connection, by real HTTP.

mod certified_provider;
mod changing_keys;
mod faults;
mod oddities;
