//! Request objects sent by value (RFC 9101 §5.1, OpenID Connect Core §6.1).

use serde_json::{Value, json};
use vestibule::crypto::jws::Algorithm;
use vestibule::crypto::signing::KeyType;

use super::{ALGORITHMS, INSIDE, bare, changed_claims, key, request_object, signing_stage};
use crate::support::databases::each_database;
use crate::support::sign_in::{NONCE, STATE, Stage, claims_of, code_of, error_code};

#[actix_web::test]
async fn a_signed_request_is_followed_by_every_algorithm() {
    for database in each_database() {
        let keys: Vec<_> = [KeyType::Rsa, KeyType::P256, KeyType::Ed25519].into_iter().map(key).collect();
        let jwks: Vec<&Value> = keys.iter().map(|key| key.public_jwk()).collect();
        let stage = Stage::with_client(database, json!({"jwks": {"keys": jwks}})).await;
        let mut browser = stage.member().await;
        for (key_type, algorithm) in ALGORITHMS {
            let signer = keys.iter().find(|key| key.key_type == key_type).unwrap();
            for token_type in ["JWT", "oauth-authz-req+jwt"] {
                let claims = changed_claims(&stage, &json!({"prompt": "none"}));
                let object = signer.sign(algorithm, token_type, &claims).unwrap();
                let page = browser.open(&bare(&stage, &[("request", &object)])).await;
                assert_eq!(page.answered("state").as_deref(), Some(INSIDE), "{algorithm:?}: {page:?}");
                let tokens = stage.redeem(&code_of(&page)).await;
                assert_eq!(claims_of(&tokens.text_of("id_token"))["nonce"], NONCE);
            }
        }
    }
}

/// Module: oidcc-ensure-request-object-with-redirect-uri
#[actix_web::test]
async fn what_is_inside_wins_over_what_is_outside() {
    for database in each_database() {
        let stage = signing_stage(database, json!({})).await;
        let mut browser = stage.member().await;
        let object = request_object(&stage, &json!({"max_age": 10_000, "exp": 9_999_999_999_i64})).write();
        let outside = [
            ("request", object.as_str()),
            ("redirect_uri", "https://evil.example/"),
            ("state", "outside"),
            ("nonce", "outside"),
            ("prompt", "none"),
        ];
        let page = browser.open(&stage.ask(&outside)).await;
        assert_eq!(page.answered("state").as_deref(), Some(INSIDE), "{page:?}");
        let tokens = stage.redeem(&code_of(&page)).await;
        assert_eq!(claims_of(&tokens.text_of("id_token"))["nonce"], NONCE);
        // What only stands outside counts as well (OpenID Connect Core §6.1): prompt above, and state here.
        let object = request_object(&stage, &json!({"state": null, "nonce": null})).write();
        let page = browser.open(&stage.ask(&[("request", &object), ("prompt", "none")])).await;
        assert_eq!(page.answered("state").as_deref(), Some(STATE), "{page:?}");
    }
}

#[actix_web::test]
async fn objects_inside_are_read_as_the_parameters_they_stand_for() {
    for database in each_database() {
        let stage = signing_stage(database, json!({})).await;
        let mut browser = stage.member().await;
        let claims =
            json!({"userinfo": {"phone_number": null}, "id_token": {"given_name": {"essential": true}}});
        let object =
            request_object(&stage, &json!({"scope": "openid", "claims": claims, "prompt": "none"})).write();
        let page = browser.open(&bare(&stage, &[("request", &object)])).await;
        let id_token = claims_of(&stage.redeem(&code_of(&page)).await.text_of("id_token"));
        assert_eq!(id_token["given_name"], "Ada");
        let object = request_object(&stage, &json!({"max_age": 0, "prompt": "none"})).write();
        let page = browser.open(&bare(&stage, &[("request", &object)])).await;
        assert_eq!(page.answered("error").as_deref(), Some("login_required"));
    }
}

#[actix_web::test]
async fn an_application_that_must_sign_is_heard_by_what_it_signed_alone() {
    for database in each_database() {
        let stage = signing_stage(database, json!({"require_signed_request_object": true})).await;
        let mut browser = stage.browser();
        let page = browser.open(&stage.ask(&[])).await;
        assert_eq!(page.answered("error").as_deref(), Some("invalid_request"), "nothing is signed");
        let object = request_object(&stage, &json!({"state": null})).write();
        let page = stage.sign_in(&mut browser, &[("request", &object), ("prompt", "login")]).await;
        code_of(&page);
        assert_eq!(page.answered("state"), None, "it was only outside");
        // The second time nobody is asked: prompt=login was only outside too.
        let page = browser.open(&stage.ask(&[("request", &object), ("prompt", "login")])).await;
        code_of(&page);
        let without = request_object(&stage, &json!({"redirect_uri": null})).write();
        let page = browser.open(&stage.ask(&[("request", &without)])).await;
        assert_eq!(
            error_code(&page),
            "redirect-uri-mismatch",
            "ensure-request-object-without-redirect-uri-fails"
        );
    }
}

#[actix_web::test]
async fn only_the_algorithm_an_application_registered_is_accepted_from_it() {
    for database in each_database() {
        let (rsa, p256) = (key(KeyType::Rsa), key(KeyType::P256));
        let jwks = json!({"keys": [rsa.public_jwk(), p256.public_jwk()]});
        let settings = json!({"jwks": jwks, "request_object_signing_alg": "PS256"});
        let stage = Stage::with_client(database, settings).await;
        let mut browser = stage.member().await;
        for (signer, algorithm, expected) in [
            (&rsa, Algorithm::PS256, None),
            (&rsa, Algorithm::RS256, Some("invalid_request_object")),
            (&p256, Algorithm::ES256, Some("invalid_request_object")),
        ] {
            let claims = changed_claims(&stage, &json!({"prompt": "none"}));
            let object = signer.sign(algorithm, "JWT", &claims).unwrap();
            let page = browser.open(&stage.ask(&[("request", &object)])).await;
            assert_eq!(page.answered("error").as_deref(), expected, "{algorithm:?}");
        }
    }
}
