//! Promises of the protocol endpoints, by specification.

mod metadata;
