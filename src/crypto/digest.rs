//! SHA-256, constant-time comparison, and the stored form of one-time values.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-256 of `text` as unpadded base64url: PKCE's S256 (RFC 7636 §4.2), and how one-time values and
/// client secrets are stored. They are random and long, so a slow hash would add nothing.
pub fn sha256_base64url(text: &str) -> String {
    fingerprint(text.as_bytes())
}

/// SHA-256 of `bytes` as unpadded base64url: names a file by what is in it.
pub fn fingerprint(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(sha256(bytes))
}

/// Compares two secrets in constant time; only their lengths may leak.
pub fn secrets_match(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pkce_s256_agrees_with_rfc_7636_appendix_b() {
        assert_eq!(
            sha256_base64url("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn secrets_of_different_length_or_content_do_not_match() {
        assert!(secrets_match(b"abc", b"abc"));
        assert!(!secrets_match(b"abc", b"abd"));
        assert!(!secrets_match(b"abc", b"ab"));
        assert!(!secrets_match(b"", b"a"));
    }
}
