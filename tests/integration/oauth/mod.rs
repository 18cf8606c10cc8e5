//! Promises of the protocol endpoints, by specification.

mod audiences;
mod authorize;
mod claims;
mod client_authentication;
mod code;
mod cors;
mod form_post;
mod form_post_chromium;
mod id_tokens;
mod introspection;
mod jarm;
pub mod logout;
mod metadata;
mod par;
mod pkce;
mod prompt;
mod refresh;
mod registration;
mod request_objects;
mod response_types;
mod revocation;
mod signing_keys;
mod subjects;
mod token_exchange;
mod userinfo;
mod web_message;
mod web_message_chromium;
