//! Symmetric JSON Web Signatures (RFC 7518 §3.2): a client that shares a secret with us proves that it knows it.
//!
//! A type of its own, so that no configuration lets a symmetric algorithm verify what a public key should.

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};

use super::jws::Jws;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MacAlgorithm {
    HS256,
    HS384,
    HS512,
}

impl MacAlgorithm {
    pub const ALL: [Self; 3] = [Self::HS256, Self::HS384, Self::HS512];

    /// The name in a header's `alg`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
        }
    }

    /// The algorithm of that exact name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// Whether `jws` was signed with `secret`, compared in constant time. An empty secret verifies nothing.
    pub fn verifies(self, secret: &[u8], jws: &Jws<'_>) -> bool {
        let algorithm = match self {
            Self::HS256 => hmac::HMAC_SHA256,
            Self::HS384 => hmac::HMAC_SHA384,
            Self::HS512 => hmac::HMAC_SHA512,
        };
        let key = hmac::Key::new(algorithm, secret);
        !secret.is_empty() && hmac::verify(&key, jws.signing_input.as_bytes(), &jws.signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn hs256_agrees_with_rfc_7515_appendix_a_1() {
        let key = URL_SAFE_NO_PAD
            .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .unwrap();
        let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0\
                     dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let jws = Jws::parse(token).unwrap();
        assert!(MacAlgorithm::HS256.verifies(&key, &jws));
        assert!(!MacAlgorithm::HS256.verifies(b"another secret", &jws));
        assert!(!MacAlgorithm::HS384.verifies(&key, &jws));
        assert!(!MacAlgorithm::HS256.verifies(b"", &jws));
    }
}
