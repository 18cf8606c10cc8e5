//! An application's own key set (`jwks`, RFC 7517 §5), as an administrator or a registration sends it.

use serde_json::Value;

use crate::crypto::jwk::PublicKey;
use crate::domain::limits;

/// Members of a JWK that only its owner may know (RFC 7518 §6).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Checks that `document` is a set of public keys, one of which verifies signatures.
///
/// # Errors
/// What is wrong, as the rest of a sentence that begins with the property's name.
pub(super) fn check_key_document(document: &Value) -> Result<(), String> {
    let object = document.as_object().ok_or("must be an object with a list \"keys\" (a JWK set)")?;
    if let Some(other) = object.keys().find(|key| *key != "keys") {
        let other: String = other.chars().take(limits::SHORT_TEXT_CHARACTERS).collect();
        return Err(format!("must hold the list \"keys\" alone, not {other:?}"));
    }
    let keys = object
        .get("keys")
        .and_then(Value::as_array)
        .ok_or("must be an object with a list \"keys\" (a JWK set)")?;
    if keys.len() > limits::KEYS_PER_CLIENT {
        return Err(format!("has {} keys; at most {} are possible", keys.len(), limits::KEYS_PER_CLIENT));
    }
    let mut verifies = false;
    for key in keys {
        let key = key.as_object().ok_or("has a key that is not an object")?;
        if PRIVATE_MEMBERS.iter().any(|member| key.contains_key(*member)) {
            return Err("holds a private or symmetric key: send public keys alone, and replace that key, \
                        which is no longer a secret"
                .into());
        }
        verifies |= PublicKey::from_jwk(key).is_some();
    }
    if verifies {
        Ok(())
    } else {
        Err("has no key that verifies signatures: RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519"
            .into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_public_keys_that_verify_are_kept() {
        let good =
            json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        let mut private = good.clone();
        private["d"] = json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        let mut encrypting = good.clone();
        encrypting["use"] = json!("enc");
        let many = vec![good.clone(); limits::KEYS_PER_CLIENT + 1];
        for (document, expected) in [
            (json!({"keys": [good]}), ""),
            (json!({"keys": [encrypting, good]}), ""),
            (json!({"keys": [encrypting]}), "has no key"),
            (json!({"keys": []}), "has no key"),
            (json!({"keys": [private]}), "holds a private"),
            (json!({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}), "holds a private"),
            (json!({"keys": ["key"]}), "has a key that is not"),
            (json!({"keys": many}), "has 21 keys"),
            (json!({"keys": [good], "more": 1}), "must hold the list"),
            (json!({"key": []}), "must hold the list"),
            (json!({}), "must be an object"),
            (json!([]), "must be an object"),
        ] {
            let told = check_key_document(&document).err().unwrap_or_default();
            let is_expected = if expected.is_empty() { told.is_empty() } else { told.starts_with(expected) };
            assert!(is_expected, "{document}: {told}");
        }
    }
}
