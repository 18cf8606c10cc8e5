//! The headers `DPoP` and `DPoP-Nonce` (RFC 9449 §4.1, §8).

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};

use crate::crypto::jws::Algorithm;
use crate::flows::possession::next_nonce;
use crate::flows::token::TokenError;
use crate::protocol::dpop;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::web::extract::Visit;

const PROOF: HeaderName = HeaderName::from_static("dpop");
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The one proof of a request, if there is one.
///
/// # Errors
/// `invalid_dpop_proof` for several, or one that is no text.
pub fn proof(request: &HttpRequest) -> Result<Option<&str>, TokenError> {
    let refused = |text| Err(OAuthError::new(ErrorCode::InvalidDpopProof, text).into());
    let mut headers = request.headers().get_all(PROOF);
    match (headers.next(), headers.next()) {
        (None, _) => Ok(None),
        (Some(header), None) => match header.to_str() {
            Ok(text) => Ok(Some(text)),
            Err(_) => refused("the header DPoP is no text"),
        },
        (Some(_), Some(_)) => refused("the header DPoP came more than once"),
    }
}

/// Whoever sends proofs gets a fresh nonce with every answer.
pub fn add_nonce(visit: &Visit, proof: Option<&str>, answer: &mut HttpResponse) {
    if proof.is_some()
        && let Ok(nonce) = HeaderValue::from_str(&next_nonce(&visit.state.hub))
    {
        answer.headers_mut().insert(NONCE, nonce);
    }
}

/// What a resource asks for (RFC 9449 §7.1).
pub fn challenge(error: Option<&OAuthError>) -> String {
    let algorithms = dpop::ALGORITHMS.map(Algorithm::name).join(" ");
    let error = error.map(|error| {
        format!(", error=\"{}\", error_description=\"{}\"", error.code.name(), error.safe_description())
    });
    format!("DPoP algs=\"{algorithms}\"{}", error.unwrap_or_default())
}
