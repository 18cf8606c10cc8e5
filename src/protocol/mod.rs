//! OAuth 2.0 and OpenID Connect as values: requests, checks, responses. No IO, clock or randomness.

pub mod authorization_details;
pub mod authorization_request;
pub mod authorization_response;
pub mod claims_request;
pub mod client_assertion;
pub mod client_authentication;
pub mod discovery_document;
pub mod dpop;
pub mod error;
pub mod forwarded_for;
pub mod logout_token;
pub mod parameters;
pub mod pkce;
pub mod prompt;
pub mod redirect_uri;
pub mod request_object;
pub mod response_mode;
pub mod response_type;
pub mod said;
pub mod scope;
pub mod target;
pub mod token_request;
pub mod tokens;
