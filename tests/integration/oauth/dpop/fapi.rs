//! The token endpoint under the FAPI 2.0 Security Profile (§5.3.2): an application that signs its assertions, pushes
//! its requests, and holds the key of its tokens.

use serde_json::{Value, json};
use vestibule::crypto::digest;
use vestibule::crypto::jws::Algorithm;
use vestibule::crypto::signing::{KeyType, SigningKey};
use vestibule::domain::limits;
use vestibule::protocol::client_assertion::ASSERTION_TYPE;

use super::Holder;
use crate::support::any_key::AnyKey;
use crate::support::browser::Fields;
use crate::support::databases::{TestDatabase, each_database, sqlite};
use crate::support::sign_in::{
    Answer, CALLBACK, NONCE, STATE, Stage, VERIFIER, add_client, changed, claims_of, code_of, fields,
    post_form,
};

struct Fapi {
    stage: Stage,
    key: SigningKey,
    holder: Holder,
}

impl Fapi {
    async fn on(database: TestDatabase) -> Self {
        let key = key();
        let stage = Stage::with_client(database, settings(&key)).await;
        Self { stage, key, holder: Holder::new() }
    }

    /// The form of `client_id`, with a fresh assertion signed by `key`.
    fn signed_by(&self, key: &SigningKey, client_id: &str, form: &[(&str, &str)]) -> Fields {
        let now = self.stage.hub.clock.now().seconds();
        let claims = json!({
            "iss": client_id, "sub": client_id, "aud": self.stage.hub.issuer, "iat": now, "exp": now + 60,
            "jti": self.stage.hub.hub.random.token(),
        });
        let assertion = key.sign(Algorithm::ES256, "JWT", &claims).unwrap();
        let own = [
            ("client_id", client_id),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", assertion.as_str()),
        ];
        fields(&[form, &own].concat())
    }

    fn signed(&self, form: &[(&str, &str)]) -> Fields {
        self.signed_by(&self.key, &self.stage.app.client_id, form)
    }

    /// A pushed request with `changes`, sent by whoever `holder` is.
    async fn push(&self, holder: &Holder, changes: &[(&str, &str)]) -> Answer {
        let challenge = digest::sha256_base64url(VERIFIER);
        let request = [
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid offline_access"),
            ("state", STATE),
            ("nonce", NONCE),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let form = |own: &[(&str, &str)]| {
            changes.iter().fold(self.signed(own), |form, (name, value)| changed(&form, name, value))
        };
        self.send(holder, "oauth/par", || form(&request)).await
    }

    /// A code, bound to the holder's key if `changes` say so or not.
    async fn code(&self, changes: &[(&str, &str)]) -> String {
        let pushed = self.push(&self.holder, changes).await;
        assert_eq!(pushed.status, 201, "{pushed:?}");
        let query = [
            ("client_id", self.stage.app.client_id.as_str()),
            ("request_uri", &pushed.text_of("request_uri")),
        ];
        let address = url::Url::parse_with_params(&self.stage.hub.url("authorize"), query).unwrap();
        let mut browser = self.stage.browser();
        code_of(&browser.walk(address.as_str(), crate::support::sign_in::PERSON).await)
    }

    /// Sends a form, freshly signed, with a proof, and again with the nonce that is asked for.
    async fn send(&self, holder: &Holder, path: &str, form: impl Fn() -> Fields) -> Answer {
        let url = self.stage.hub.url(path);
        let proof = holder.proof(&self.stage, "POST", path, json!({}));
        let first = post_form(&url, &form(), &[("dpop", &proof)]).await;
        if first.error().1 != "use_dpop_nonce" {
            return first;
        }
        let nonce = json!({"nonce": first.header("dpop-nonce")});
        let proof = holder.proof(&self.stage, "POST", path, nonce);
        post_form(&url, &form(), &[("dpop", &proof)]).await
    }

    async fn redeem(&self, holder: &Holder, code: &str, changes: &[(&str, &str)]) -> Answer {
        let own = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let form =
            || changes.iter().fold(self.signed(&own), |form, (name, value)| changed(&form, name, value));
        self.send(holder, "oauth/token", form).await
    }
}

fn key() -> SigningKey {
    let pkcs8 = SigningKey::generate_pkcs8(KeyType::P256).unwrap();
    SigningKey::from_pkcs8(KeyType::P256, &pkcs8).unwrap()
}

fn settings(key: &SigningKey) -> Value {
    json!({
        "compliance_level": "fapi2_sp_pkj_dpop", "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [key.public_jwk()]}, "id_token_signed_response_alg": "ES256",
    })
}

/// Modules: happy-flow, ensure-dpop-auth-code-binding-success, ensure-dpopproof-at-par-endpoint-binding-success,
/// refresh-token
#[actix_web::test]
async fn whoever_holds_the_key_gets_tokens_and_refreshes_them() {
    for database in each_database() {
        let fapi = Fapi::on(database).await;
        let tokens = fapi.redeem(&fapi.holder, &fapi.code(&[]).await, &[]).await;
        assert_eq!((tokens.status, &tokens.json["token_type"]), (200, &json!("DPoP")), "{tokens:?}");
        let cnf = &claims_of(&tokens.text_of("access_token"))["cnf"];
        assert_eq!(cnf["jkt"], fapi.holder.thumbprint());
        let bound = [("dpop_jkt", fapi.holder.thumbprint())];
        let again = fapi.redeem(&fapi.holder, &fapi.code(&bound).await, &[]).await;
        assert_eq!(again.status, 200, "{again:?}");
        let token = again.text_of("refresh_token");
        let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
        let refreshed = fapi.send(&fapi.holder, "oauth/token", || fapi.signed(&form)).await;
        assert_eq!((refreshed.status, &refreshed.json["token_type"]), (200, &json!("DPoP")), "{refreshed:?}");
    }
}

/// Modules: ensure-mismatched-dpop-jkt-fails, ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt,
/// ensure-token-endpoint-fails-with-mismatched-dpop-jkt, ensure-holder-of-key-required
#[actix_web::test]
async fn another_key_or_none_gets_nothing() {
    for database in each_database() {
        let fapi = Fapi::on(database).await;
        let thief = Holder::new();
        let mismatch = fapi.push(&fapi.holder, &[("dpop_jkt", thief.thumbprint())]).await;
        assert_eq!(mismatch.error(), (400, "invalid_request"), "{mismatch:?}");
        let stolen = fapi.redeem(&thief, &fapi.code(&[]).await, &[]).await;
        assert_eq!(stolen.error(), (400, "invalid_grant"), "the code is bound by the proof of the push");
        let bound = [("dpop_jkt", fapi.holder.thumbprint())];
        let stolen = fapi.redeem(&thief, &fapi.code(&bound).await, &[]).await;
        assert_eq!(stolen.error(), (400, "invalid_grant"), "the code is bound by dpop_jkt");
        let form = fapi.signed(&[
            ("grant_type", "authorization_code"),
            ("code", &fapi.code(&[]).await),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ]);
        assert_eq!(fapi.stage.token(&form).await.error(), (400, "invalid_dpop_proof"));
    }
}

/// Modules: ensure-authorization-code-is-bound-to-client, attempt-reuse-authorization-code-after-one-second,
/// ensure-token-endpoint-fails-with-expired-auth-code, ensure-client-id-in-token-endpoint,
/// ensure-client-assertion-in-token-endpoint, ensure-pkce-code-verifier-required,
/// incorrect-pkce-code-verifier-rejected
#[actix_web::test]
async fn a_code_is_for_its_application_its_verifier_and_one_minute() {
    let fapi = Fapi::on(sqlite()).await;
    let holder = &fapi.holder;
    for changes in
        [("code_verifier", ""), ("code_verifier", "another-verifier-of-the-application-0123456789")]
    {
        let answer = fapi.redeem(holder, &fapi.code(&[]).await, &[changes]).await;
        assert_eq!(answer.error(), (400, "invalid_grant"), "{changes:?}");
    }
    let code = fapi.code(&[]).await;
    for changes in [
        &[("client_assertion", ""), ("client_assertion_type", "")][..],
        &[("client_assertion", "")],
        &[("client_id", "somebody-else")],
    ] {
        let answer = fapi.redeem(holder, &code, changes).await;
        assert!([(400, "invalid_request"), (401, "invalid_client")].contains(&answer.error()), "{answer:?}");
    }
    let other_key = key();
    let other = add_client(&fapi.stage.hub, settings(&other_key)).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let theirs = || fapi.signed_by(&other_key, &other.client_id, &form);
    assert_eq!(fapi.send(holder, "oauth/token", theirs).await.error(), (400, "invalid_grant"));
    assert_eq!(fapi.redeem(holder, &code, &[]).await.status, 200, "none of it cost the code");
    fapi.stage.hub.clock.advance(1);
    assert_eq!(fapi.redeem(holder, &code, &[]).await.error(), (400, "invalid_grant"), "used");
    let code = fapi.code(&[]).await;
    fapi.stage.hub.clock.advance(limits::CODE_LIFETIME_SECONDS);
    assert_eq!(fapi.redeem(holder, &code, &[]).await.error(), (400, "invalid_grant"), "expired");
}

/// FAPI 2.0 Security Profile §5.3.2.1 and §5.4.1: an application that keeps a key secret sends a nonce all the same,
/// and signs by what the profile lists.
#[actix_web::test]
async fn a_proof_needs_a_nonce_of_ours_and_an_algorithm_of_the_profile() {
    let fapi = Fapi::on(sqlite()).await;
    let url = fapi.stage.hub.url("oauth/par");
    let form = || {
        fapi.signed(&[
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", STATE),
            ("nonce", NONCE),
            ("code_challenge", &digest::sha256_base64url(VERIFIER)),
            ("code_challenge_method", "S256"),
        ])
    };
    let proof = fapi.holder.proof(&fapi.stage, "POST", "oauth/par", json!({}));
    let without = post_form(&url, &form(), &[("dpop", &proof)]).await;
    assert_eq!(without.error(), (400, "use_dpop_nonce"), "{without:?}");
    let nonce = without.header("dpop-nonce");
    for (algorithm, is_good) in [
        (Algorithm::ES256, true),
        (Algorithm::PS256, true),
        (Algorithm::EdDSA, true),
        (Algorithm::RS256, false),
        (Algorithm::ES384, false),
        (Algorithm::ES512, false),
    ] {
        let key = AnyKey::for_algorithm(algorithm);
        let claims = json!({
            "jti": algorithm.name(), "htm": "POST", "htu": url, "nonce": nonce,
            "iat": fapi.stage.hub.clock.now().seconds(),
        });
        let proof = key.sign("dpop+jwt", &json!({"jwk": key.jwk}), &claims);
        let answer = post_form(&url, &form(), &[("dpop", &proof)]).await;
        let expected = if is_good { (201, "") } else { (400, "invalid_dpop_proof") };
        assert_eq!(answer.error(), expected, "{}: {answer:?}", algorithm.name());
    }
}

/// Module: discovery-end-point-verification
#[actix_web::test]
async fn the_metadata_promises_what_the_profile_asks_for() {
    let fapi = Fapi::on(sqlite()).await;
    let url = fapi.stage.hub.url(".well-known/openid-configuration");
    let metadata = crate::support::sign_in::read(crate::support::sign_in::http().get(url)).await.json;
    let lists = |name: &str, value: &str| {
        assert!(metadata[name].as_array().unwrap().contains(&json!(value)), "{name}: {}", metadata[name]);
    };
    lists("token_endpoint_auth_methods_supported", "private_key_jwt");
    lists("code_challenge_methods_supported", "S256");
    for algorithm in ["ES256", "PS256", "EdDSA"] {
        lists("dpop_signing_alg_values_supported", algorithm);
        lists("token_endpoint_auth_signing_alg_values_supported", algorithm);
        lists("request_object_signing_alg_values_supported", algorithm);
        lists("id_token_signing_alg_values_supported", algorithm);
    }
    lists("grant_types_supported", "authorization_code");
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    assert_eq!(metadata["pushed_authorization_request_endpoint"], fapi.stage.hub.url("oauth/par"));
}
