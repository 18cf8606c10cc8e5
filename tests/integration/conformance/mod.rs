//! The certification suite's modules (OpenID Foundation), run as the suite runs them. `/// Module:` names the module
//! that a function is.

mod form_post;
mod hybrid;
mod implicit;
mod modules;
mod plan;
