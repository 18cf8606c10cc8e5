//! Protocol endpoints.

pub mod auth0_logout;
pub mod authorize;
pub mod backchannel_logout;
pub mod device_code;
pub mod discovery;
pub mod dpop;
pub mod introspect;
pub mod jwks;
pub mod logout;
pub mod logout_callback;
pub mod par;
pub mod register;
pub mod revoke;
pub mod signed_out;
pub mod token;
pub mod userinfo;
