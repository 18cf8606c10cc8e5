//! Requests signed by the application (RFC 9101, OpenID Connect Core §6).

mod by_reference;
mod by_value;
mod refusals;

use serde_json::{Map, Value, json};
use vestibule::crypto::digest;
use vestibule::crypto::jws::Algorithm;
use vestibule::crypto::signing::{KeyType, SigningKey};

use crate::support::databases::TestDatabase;
use crate::support::keys::{TestKey, Token};
use crate::support::sign_in::{CALLBACK, NONCE, Stage, VERIFIER};

/// What a state is that stands inside a request object.
pub(in crate::oauth) const INSIDE: &str = "state-inside";

/// A stage whose application signs with [`TestKey::honest`].
pub(in crate::oauth) async fn signing_stage(database: TestDatabase, settings: Value) -> Stage {
    let mut own = json!({"jwks": {"keys": [TestKey::honest().jwk]}});
    own.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    Stage::with_client(database, own).await
}

/// The claims of an honest request object: a whole request, its state [`INSIDE`].
pub(in crate::oauth) fn request_claims(stage: &Stage) -> Value {
    json!({
        "iss": stage.app.client_id, "aud": stage.hub.issuer, "client_id": stage.app.client_id,
        "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid profile email", "state": INSIDE,
        "nonce": NONCE, "code_challenge": digest::sha256_base64url(VERIFIER), "code_challenge_method": "S256",
    })
}

/// [`request_claims`] with `changes`, where null leaves a claim out.
pub(in crate::oauth) fn changed_claims(stage: &Stage, changes: &Value) -> Map<String, Value> {
    let mut claims = request_claims(stage).as_object().unwrap().clone();
    claims.extend(changes.as_object().unwrap().clone());
    claims.retain(|_, value| !value.is_null());
    claims
}

/// An honest request object, signed by RS256.
pub(in crate::oauth) fn request_object(stage: &Stage, changes: &Value) -> Token {
    Token::honest(Value::Object(changed_claims(stage, changes)))
}

/// A request that says `client_id` and what is in `parameters`, and nothing else.
pub(in crate::oauth) fn bare(stage: &Stage, parameters: &[(&str, &str)]) -> String {
    let all = [("client_id", stage.app.client_id.as_str())].into_iter().chain(parameters.iter().copied());
    url::Url::parse_with_params(&stage.hub.url("authorize"), all).unwrap().into()
}

/// A key that signs by any algorithm of its type.
pub(in crate::oauth) fn key(key_type: KeyType) -> SigningKey {
    SigningKey::from_pkcs8(key_type, &SigningKey::generate_pkcs8(key_type).unwrap()).unwrap()
}

/// Every algorithm that this program itself signs by.
pub(in crate::oauth) const ALGORITHMS: [(KeyType, Algorithm); 4] = [
    (KeyType::Rsa, Algorithm::RS256),
    (KeyType::Rsa, Algorithm::PS256),
    (KeyType::P256, Algorithm::ES256),
    (KeyType::Ed25519, Algorithm::EdDSA),
];
