//! Promises of the protocol endpoints, by specification.

mod express;
mod metadata;
mod openid_client;
