//! The other side of a connection, by real HTTP.

mod certified_provider;
mod faults;
mod oddities;
