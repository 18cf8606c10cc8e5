//! UserInfo as a signed JWT (OpenID Connect Core §5.3.2), and all that it can say (§5.1, §5.4).

use serde_json::{Value, json};
use vestibule::crypto::jwk::PublicKey;
use vestibule::crypto::jws::{Algorithm, Jws};
use vestibule::domain::connection::Channel;

use crate::support::databases::each_database;
use crate::support::fake_provider::{Behaviour, FakeProvider};
use crate::support::sign_in::{Stage, claims_of, code_of, http, read};

/// Module: oidcc-userinfo-rs256
#[actix_web::test]
async fn an_application_that_registered_an_algorithm_gets_userinfo_signed_by_it() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let token = stage.tokens(&[]).await.text_of("access_token");
        let plain = stage.userinfo(&token).await;
        assert_eq!(plain.header("content-type"), "application/json");
        let path = format!("clients/{}", stage.app.client_id);
        for algorithm in [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA] {
            let change = json!({"userinfo_signed_response_alg": algorithm.name()});
            stage.manage(reqwest::Method::PATCH, &path, change).await;
            let signed = stage.userinfo(&token).await;
            assert_eq!(
                (signed.status, signed.header("content-type")),
                (200, "application/jwt"),
                "{algorithm:?}"
            );
            assert_eq!(signed.header("cache-control"), "no-store");
            let jws = Jws::parse(&signed.text).unwrap();
            assert_eq!(jws.algorithm, algorithm.name());
            let keys = read(http().get(stage.hub.url(".well-known/jwks.json"))).await.json;
            let key = keys["keys"]
                .as_array()
                .unwrap()
                .iter()
                .find(|key| key["kid"].as_str() == jws.key_id.as_deref());
            let key = PublicKey::from_jwk(key.unwrap().as_object().unwrap()).unwrap();
            assert!(key.verifies(algorithm, &jws), "{algorithm:?}");
            let claims = claims_of(&signed.text);
            assert_eq!(
                (&claims["iss"], &claims["aud"]),
                (&json!(stage.hub.issuer), &json!(stage.app.client_id))
            );
            for (name, value) in plain.json.as_object().unwrap() {
                assert_eq!(&claims[name], value, "{name}");
            }
            // Signed or not, an error is JSON.
            assert_eq!(stage.userinfo("a.b.c").await.error(), (401, "invalid_token"));
        }
    }
}

/// Incident 37: a token of one type was accepted in another exchange (CVE-2025-12421).
#[actix_web::test]
async fn a_signed_userinfo_answer_is_neither_a_hint_nor_an_access_token() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"userinfo_signed_response_alg": "RS256"})).await;
        let token = stage.tokens(&[]).await.text_of("access_token");
        let signed = stage.userinfo(&token).await.text;
        assert_eq!(stage.userinfo(&signed).await.error(), (401, "invalid_token"));
        let asked = stage.ask(&[("prompt", "none"), ("id_token_hint", &signed)]);
        let page = stage.member().await.open(&asked).await;
        assert_eq!(page.answered("error").as_deref(), Some("invalid_request"));
    }
}

/// Module: oidcc-scope-profile
/// Module: oidcc-scope-email
/// Module: oidcc-scope-address
/// Module: oidcc-scope-phone
/// Module: oidcc-scope-all
#[actix_web::test]
async fn every_standard_claim_of_a_provider_comes_back_for_its_scope() {
    fn everything() -> Value {
        json!({
            "name": "Alice Adams", "family_name": "Adams", "given_name": "Alice", "middle_name": "B",
            "nickname": "ali", "preferred_username": "alice", "profile": "https://acme.example/alice",
            "picture": "https://acme.example/alice.png", "website": "https://alice.example/", "gender": "female",
            "birthdate": "1990-01-02", "zoneinfo": "Europe/Paris", "locale": "fr-FR",
            "email": "alice@acme.example", "email_verified": true, "phone_number": "+33 1 23 45 67 89",
            "phone_number_verified": true,
            "address": {"formatted": "1 rue A\nParis", "street_address": "1 rue A", "locality": "Paris",
                        "region": "IDF", "postal_code": "75001", "country": "France"},
        })
    }
    let told = Behaviour {
        id_token: Some(|token, _| token.claims.extend(everything().as_object().unwrap().clone())),
        ..Behaviour::default()
    };
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        provider.behave(told);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        let expected = everything();
        for (scope, names) in [
            ("openid address", &["address"][..]),
            ("openid phone", &["phone_number", "phone_number_verified"]),
            ("openid email", &["email", "email_verified"]),
        ] {
            let page = stage.browser().open(&stage.ask(&[("connection", "acme"), ("scope", scope)])).await;
            let tokens = stage.redeem(&code_of(&page)).await;
            let userinfo = stage.userinfo(&tokens.text_of("access_token")).await.json;
            for name in names {
                assert_eq!(userinfo[name], expected[name], "{scope}: {name}");
            }
            assert_eq!(userinfo.as_object().unwrap().len(), names.len() + 1, "{scope}: {userinfo}");
        }
        let all = [("connection", "acme"), ("scope", "openid profile email address phone")];
        let page = stage.browser().open(&stage.ask(&all)).await;
        let tokens = stage.redeem(&code_of(&page)).await;
        let userinfo = stage.userinfo(&tokens.text_of("access_token")).await.json;
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&userinfo[name], value, "{name}");
        }
        let now = stage.hub.clock.now().seconds();
        assert!(
            (now - 60..=now).contains(&userinfo["updated_at"].as_i64().unwrap()),
            "seconds, as §5.1 says"
        );
    }
}
