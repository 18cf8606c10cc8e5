//! Proof Key for Code Exchange (RFC 7636), S256 only.

use super::error::{ErrorCode, OAuthError};
use crate::crypto::digest;

/// Reads the challenge of an authorization request.
///
/// # Errors
/// `invalid_request`: a method other than S256, a method without a challenge, a challenge that is no
/// SHA-256 in base64url, or none at all from a client that `must_send` one.
pub fn read_challenge(
    challenge: Option<&str>,
    method: Option<&str>,
    must_send: bool,
) -> Result<Option<String>, OAuthError> {
    let invalid = |text: &'static str| Err(OAuthError::new(ErrorCode::InvalidRequest, text));
    match (challenge, method) {
        (None, None) if must_send => invalid("code_challenge is required for public clients (RFC 7636)"),
        (None, None) => Ok(None),
        (None, Some(_)) => invalid("code_challenge_method was sent without code_challenge"),
        (Some(challenge), Some("S256")) => {
            if challenge.len() == 43 && challenge.bytes().all(is_base64url) {
                Ok(Some(challenge.to_owned()))
            } else {
                invalid("code_challenge must be 43 characters of base64url, the SHA-256 of the verifier")
            }
        }
        (Some(_), _) => invalid("code_challenge_method must be S256"),
    }
}

/// Whether `verifier` answers `challenge` (RFC 7636 §4.6). A verifier without a challenge is a sign of a
/// stripped challenge and refused (RFC 9700 §2.1.1).
pub fn verifier_answers(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            (43..=128).contains(&verifier.len())
                && verifier.bytes().all(|b| is_base64url(b) || b == b'.' || b == b'~')
                && digest::secrets_match(digest::sha256_base64url(verifier).as_bytes(), challenge.as_bytes())
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn only_the_verifier_behind_the_challenge_answers_it() {
        assert!(verifier_answers(Some(CHALLENGE), Some(VERIFIER)));
        assert!(verifier_answers(None, None));
        let long = "a".repeat(129);
        for verifier in [None, Some(""), Some("short"), Some(CHALLENGE), Some(long.as_str())] {
            assert!(!verifier_answers(Some(CHALLENGE), verifier), "{verifier:?}");
        }
        assert!(!verifier_answers(None, Some(VERIFIER)));
    }

    #[test]
    fn nothing_but_s256_is_accepted() {
        assert_eq!(read_challenge(Some(CHALLENGE), Some("S256"), true), Ok(Some(CHALLENGE.into())));
        assert_eq!(read_challenge(None, None, false), Ok(None));
        for (challenge, method, must) in [
            (None, None, true),
            (None, Some("S256"), false),
            (Some(CHALLENGE), None, false),
            (Some(CHALLENGE), Some("plain"), false),
            (Some("tooshort"), Some("S256"), false),
            (Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"), Some("S256"), false),
        ] {
            assert!(read_challenge(challenge, method, must).is_err(), "{challenge:?} {method:?}");
        }
    }
}
