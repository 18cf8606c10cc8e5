//! ID tokens (OpenID Connect Core §2, §3.1.3.6), checked by a verifier that is not ours.

use openidconnect::core::{
    CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm as Signed,
};
use openidconnect::{AccessToken, AccessTokenHash, ClientId, IssuerUrl, Nonce};
use serde_json::{Value, json};

use crate::support::databases::each_database;
use crate::support::sign_in::{NONCE, Stage, claims_of, http, read};

#[actix_web::test]
async fn every_algorithm_verifies_with_an_independent_verifier() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        for (name, algorithm) in [
            ("RS256", Signed::RsaSsaPkcs1V15Sha256),
            ("PS256", Signed::RsaSsaPssSha256),
            ("ES256", Signed::EcdsaP256Sha256),
            ("EdDSA", Signed::EdDsa),
        ] {
            let path = format!("clients/{}", stage.app.client_id);
            let change = json!({"id_token_signed_response_alg": name});
            stage.manage(reqwest::Method::PATCH, &path, change).await;
            let tokens = stage.tokens(&[]).await;
            let keys = read(http().get(stage.hub.url(".well-known/jwks.json"))).await;
            let keys: CoreJsonWebKeySet = serde_json::from_value(keys.json).unwrap();
            let verifier = |client_id: &str| {
                CoreIdTokenVerifier::new_public_client(
                    ClientId::new(client_id.to_owned()),
                    IssuerUrl::new(stage.hub.issuer.clone()).unwrap(),
                    keys.clone(),
                )
                .set_allowed_algs([algorithm.clone()])
            };
            let token: CoreIdToken = tokens.text_of("id_token").parse().unwrap();
            let nonce = Nonce::new(NONCE.into());
            let own = verifier(&stage.app.client_id);
            let claims = token.claims(&own, &nonce).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(claims.subject().as_str(), stage.user_id);
            let access = AccessToken::new(tokens.text_of("access_token"));
            let signed_by = token.signing_key(&own).unwrap();
            let hash = AccessTokenHash::from_token(&access, token.signing_alg().unwrap(), signed_by).unwrap();
            assert_eq!(claims.access_token_hash(), Some(&hash), "{name}");
            assert!(token.claims(&own, &Nonce::new("another".into())).is_err());
            assert!(token.claims(&verifier("another"), &nonce).is_err());
        }
    }
}

#[actix_web::test]
async fn an_id_token_says_who_signed_in_how_and_when() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let tokens = stage.tokens(&[("nonce", "")]).await;
        let claims = claims_of(&tokens.text_of("id_token"));
        let now = stage.hub.clock.now().seconds();
        for (name, value) in [
            ("iss", json!(stage.hub.issuer)),
            ("sub", json!(stage.user_id)),
            ("aud", json!(stage.app.client_id)),
            ("connection", json!("people")),
            ("amr", json!(["pwd"])),
            ("nonce", Value::Null),
            ("email", json!("ada@people.example")),
            ("email_verified", json!(true)),
            ("name", json!("Ada Lovelace")),
        ] {
            assert_eq!(claims[name], value, "{name}");
        }
        for name in ["iat", "auth_time"] {
            assert!((now - 30..=now).contains(&claims[name].as_i64().unwrap()), "{name}");
        }
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 36_000);
        assert_eq!(claims["sid"], claims_of(&tokens.text_of("access_token"))["sid"]);
        let header = claims_of(&format!(".{}", tokens.text_of("id_token").split('.').next().unwrap()));
        for forbidden in ["jwk", "jku", "x5c", "x5u"] {
            assert_eq!(header[forbidden], Value::Null);
        }
    }
}
