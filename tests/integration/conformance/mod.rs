//! The certification suite's modules (OpenID Foundation), run as the suite runs them. `/// Module:` names the module
//! that a function is.

mod back_channel_logout;
mod basic;
mod config;
mod form_post;
mod front_channel_logout;
mod hybrid;
mod implicit;
mod modules;
mod plan;
mod relying_party_logout;
mod rp_initiated_logout;
