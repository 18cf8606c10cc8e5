//! Options of a connection that say how we prove at the provider who we are, and how requests and tokens are protected.

use super::{ASSERTION_ALGORITHMS, JwtAudience, PushedRequests, TokenEndpointAuthMethod};
use crate::crypto::jws::Algorithm;
use crate::domain::fields::Fields;
use crate::domain::limits;

/// Without a secret and without a word about it, this hub is a public application at the provider.
pub(super) fn token_endpoint_auth_method(
    fields: &mut Fields<'_>,
    has_secret: bool,
) -> TokenEndpointAuthMethod {
    let methods = [
        ("client_secret_post", TokenEndpointAuthMethod::ClientSecretPost),
        ("client_secret_basic", TokenEndpointAuthMethod::ClientSecretBasic),
        ("private_key_jwt", TokenEndpointAuthMethod::PrivateKeyJwt),
        ("none", TokenEndpointAuthMethod::None),
    ];
    let left_out =
        if has_secret { TokenEndpointAuthMethod::ClientSecretPost } else { TokenEndpointAuthMethod::None };
    fields.choice("token_endpoint_auth_method", &methods).unwrap_or(left_out)
}

/// An algorithm by which we sign client assertions.
pub fn assertion_algorithm(fields: &mut Fields<'_>, name: &'static str) -> Option<Algorithm> {
    let text = fields.text(name, 1..=limits::SHORT_TEXT_CHARACTERS)?;
    let algorithm = Algorithm::from_name(&text).filter(|named| ASSERTION_ALGORITHMS.contains(named));
    if algorithm.is_none() {
        let known = ASSERTION_ALGORITHMS.map(Algorithm::name).join(", ");
        fields.refuse(name, format!("must be one of {known}"));
    }
    algorithm
}

pub(super) fn assertion_audience(fields: &mut Fields<'_>) -> JwtAudience {
    let formats = [("issuer", JwtAudience::Issuer), ("token_endpoint", JwtAudience::TokenEndpoint)];
    fields.choice("token_endpoint_jwtca_aud_format", &formats).unwrap_or_default()
}

pub(super) fn pushed_requests(fields: &mut Fields<'_>) -> PushedRequests {
    let choices = [
        ("auto", PushedRequests::Auto),
        ("always", PushedRequests::Always),
        ("never", PushedRequests::Never),
    ];
    fields.choice("pushed_authorization_requests", &choices).unwrap_or_default()
}

/// The algorithms whose keys are made in no time, which happens at each login.
pub(super) fn proof_algorithm(fields: &mut Fields<'_>) -> Option<Algorithm> {
    const NAME: &str = "dpop_signing_alg";
    let text = fields.text(NAME, 1..=limits::SHORT_TEXT_CHARACTERS)?;
    let algorithm =
        Algorithm::from_name(&text).filter(|named| matches!(named, Algorithm::ES256 | Algorithm::EdDSA));
    if algorithm.is_none() {
        fields.refuse(NAME, "must be ES256 or Ed25519");
    }
    algorithm
}
