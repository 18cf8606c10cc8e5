//! How applications authenticate (RFC 6749 §2.3, OpenID Connect Core §9, RFC 7521, RFC 7523).

mod assertions;
mod endpoints;
mod key_sets;
mod secrets;
mod two_secrets;

use serde_json::{Value, json};
use vestibule::protocol::client_assertion::ASSERTION_TYPE;

use crate::support::browser::Fields;
use crate::support::hub::TestHub;
use crate::support::keys::{Signature, TestKey, Token};
use crate::support::sign_in::{Answer, fields, post_form};

/// The settings of an application that signs with [`TestKey::honest`].
fn signing_application() -> Value {
    json!({
        "name": "Signer", "app_type": "non_interactive", "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [TestKey::honest().jwk]},
    })
}

/// What an honest application signs, by RS256 or, with a secret, by HS256.
fn assertion(hub: &TestHub, client_id: &str, secret: Option<&str>) -> Token {
    let now = hub.clock.now().seconds();
    let mut token = Token::honest(json!({
        "iss": client_id, "sub": client_id, "aud": hub.issuer, "iat": now, "exp": now + 60,
        "jti": hub.hub.random.token(),
    }));
    if let Some(secret) = secret {
        token.header.remove("kid");
        token.header.insert("alg".into(), json!("HS256"));
        token.signature = Signature::Hmac(secret.as_bytes().to_vec());
    }
    token
}

/// A token request by `assertion`. An application that is known, and has no access to the Management API, gets
/// `access_denied`; one that is not gets `invalid_client`.
fn request(hub: &TestHub, assertion: &str) -> Fields {
    fields(&[
        ("grant_type", "client_credentials"),
        ("audience", &hub.url("api/v2/")),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
    ])
}

async fn authenticate(hub: &TestHub, assertion: &str) -> Answer {
    post_form(&hub.url("oauth/token"), &request(hub, assertion), &[]).await
}

const KNOWN: (u16, &str) = (400, "access_denied");
const UNKNOWN: (u16, &str) = (401, "invalid_client");
