//! Protocol endpoints.

pub mod authorize;
pub mod discovery;
pub mod jwks;
pub mod logout;
pub mod token;
pub mod userinfo;
