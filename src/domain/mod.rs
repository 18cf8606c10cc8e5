//! The nouns and rules of the hub. No IO.

pub mod audit;
pub mod client;
pub mod client_json;
pub mod client_parse;
pub mod clock;
pub mod connection;
pub mod fields;
pub mod grant;
pub mod home_realm;
pub mod issuer;
pub mod key_set;
pub mod limits;
pub mod locale;
pub mod login;
pub mod management_scope;
pub mod merge_patch;
pub mod next_step;
pub mod policy;
pub mod problem;
pub mod profile;
pub mod secret;
pub mod session;
pub mod signing_key;
pub mod user;
pub mod user_parse;
pub mod web_address;
