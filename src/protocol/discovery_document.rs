//! What we advertise: OpenID Connect Discovery 1.0 §3 and RFC 8414 §2. Exactly what works, nothing more.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::dpop;
use super::response_mode::ResponseMode;
use super::response_type::ResponseType;
use super::scope;
use crate::crypto::jws::Algorithm;
use crate::crypto::mac::MacAlgorithm;

/// What depends on how the hub is set up.
#[derive(Clone, Copy)]
pub struct Offers<'a> {
    /// Applications may register themselves (RFC 7591).
    pub registration: bool,
    /// Types of `authorization_details` that some API understands (RFC 9396 §10).
    pub details_types: &'a BTreeSet<String>,
}

/// How applications authenticate (OpenID Connect Core §9).
pub const AUTH_METHODS: [&str; 5] =
    ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"];

/// What applications may sign assertions with.
pub fn assertion_algorithms() -> Vec<&'static str> {
    let signatures = Algorithm::ALL.into_iter().map(Algorithm::name);
    signatures.chain(MacAlgorithm::ALL.into_iter().map(MacAlgorithm::name)).collect()
}

/// As [`AUTH_METHODS`], for applications that prove who they are.
fn introspection_auth_methods() -> Vec<&'static str> {
    AUTH_METHODS.into_iter().filter(|method| *method != "none").collect()
}

/// The metadata of the issuer, which ends with one slash.
pub fn document(issuer: &str, offers: Offers<'_>) -> Value {
    let mut document = always(issuer);
    if let Some(members) = document.as_object_mut() {
        if offers.registration {
            members.insert("registration_endpoint".into(), json!(format!("{issuer}oidc/register")));
        }
        if !offers.details_types.is_empty() {
            members.insert("authorization_details_types_supported".into(), json!(offers.details_types));
        }
    }
    document
}

fn always(issuer: &str) -> Value {
    let at = |path: &str| format!("{issuer}{path}");
    json!({
        "issuer": issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("oauth/token"),
        "device_authorization_endpoint": at("oauth/device/code"),
        "userinfo_endpoint": at("userinfo"),
        "introspection_endpoint": at("oauth/introspect"),
        "revocation_endpoint": at("oauth/revoke"),
        "jwks_uri": at(".well-known/jwks.json"),
        "end_session_endpoint": at("oidc/logout"),
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
        "response_types_supported": ResponseType::ALL.map(ResponseType::name),
        "response_modes_supported": ResponseMode::names(),
        "authorization_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
        "grant_types_supported": [
            "authorization_code", "implicit", "refresh_token", "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange",
        ],
        "scopes_supported": scope::SUPPORTED,
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
        "userinfo_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "token_endpoint_auth_signing_alg_values_supported": assertion_algorithms(),
        "introspection_endpoint_auth_methods_supported": introspection_auth_methods(),
        "introspection_endpoint_auth_signing_alg_values_supported": assertion_algorithms(),
        "introspection_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
        "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        "revocation_endpoint_auth_signing_alg_values_supported": assertion_algorithms(),
        "dpop_signing_alg_values_supported": dpop::ALGORITHMS.map(Algorithm::name),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "display_values_supported": ["page", "popup"],
        "ui_locales_supported": ["en", "fr"],
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "sid", "at_hash", "c_hash", "s_hash", "acr", "amr", "connection",
            "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile",
            "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "email",
            "email_verified", "address", "phone_number", "phone_number_verified",
        ],
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": true,
        "request_parameter_supported": true,
        "request_uri_parameter_supported": true,
        "require_request_uri_registration": true,
        "request_object_signing_alg_values_supported": Algorithm::ALL.map(Algorithm::name),
        "pushed_authorization_request_endpoint": at("oauth/par"),
        "require_pushed_authorization_requests": false,
        "require_signed_request_object": false,
        "authorization_response_iss_parameter_supported": true,
    })
}
