//! Signing out, in every direction.

mod at_provider;
mod back_channel;
pub mod by_provider;
mod directly;
mod endings;
mod front_channel;
mod queue;
mod requests;
