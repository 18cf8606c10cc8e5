//! Grants, and how applications prove who they are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vestibule::crypto::jws::Algorithm;
use vestibule::crypto::mac::MacAlgorithm;

use super::{able_application, advertised, document, trials, try_to_register};
use crate::support::any_key::AnyKey;
use crate::support::browser::Fields;
use crate::support::databases::sqlite;
use crate::support::hub::Registered;
use crate::support::sign_in::{Answer, Stage, fields, post_form};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[actix_web::test]
async fn grant_types() {
    let stage = Stage::on(sqlite()).await;
    let app = able_application(&stage).await;
    let others = [
        "authorization_code",
        "implicit",
        "refresh_token",
        "client_credentials",
        "password",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "urn:openid:params:grant-type:ciba",
        "http://auth0.com/oauth/grant-type/password-realm",
    ];
    let response_types = advertised(&stage, "response_types_supported").await;
    for (name, is_advertised) in trials(&stage, "grant_types_supported", &others).await {
        let form =
            fields(&[("grant_type", &name), ("client_id", &app.client_id), ("client_secret", &app.secret)]);
        let answer = stage.token(&form).await;
        let error = answer.json["error"].as_str().unwrap_or_default();
        if name == "implicit" {
            // It has no use at the token endpoint.
            let has_tokens = response_types.iter().any(|one| one.contains("token"));
            assert_eq!((error, is_advertised), ("unsupported_grant_type", has_tokens));
            continue;
        }
        assert_ne!(error, "unauthorized_client", "{name}: the application may use what is advertised");
        assert_ne!(error, "invalid_client", "{name}");
        assert_eq!(error != "unsupported_grant_type", is_advertised, "{name}: {answer:?}");
    }
}

/// An endpoint where applications authenticate.
struct Door {
    /// Its members begin like this.
    name: &'static str,
    path: &'static str,
    /// What is asked for there, beside who asks.
    asked: &'static [(&'static str, &'static str)],
}

const DOORS: [Door; 3] = [
    Door {
        name: "token",
        path: "oauth/token",
        asked: &[
            ("grant_type", "authorization_code"),
            ("code", "x"),
            ("redirect_uri", "https://app.example/"),
        ],
    },
    Door { name: "introspection", path: "oauth/introspect", asked: &[("token", "x")] },
    Door { name: "revocation", path: "oauth/revoke", asked: &[("token", "x")] },
];

impl Door {
    async fn knock(&self, stage: &Stage, who: Fields, headers: &[(&str, &str)]) -> Answer {
        let form: Fields = fields(self.asked).into_iter().chain(who).collect();
        post_form(&stage.hub.url(self.path), &form, headers).await
    }

    /// Whether the application was let in; that there is no such code or token is another matter.
    fn is_let_in(answer: &Answer) -> bool {
        answer.status == 200 || answer.error() == (400, "invalid_grant")
    }
}

/// A registration for `method` at this endpoint; at the token endpoint `algorithm` alone is taken.
fn registration(door: &Door, method: &str, algorithm: Option<&str>, jwk: Option<&Value>) -> Value {
    let mut settings = json!({format!("{}_endpoint_auth_method", door.name): method});
    if door.name != "token" {
        // A public application authenticates nowhere.
        let at_token = if method == "none" { "none" } else { "client_secret_post" };
        settings["token_endpoint_auth_method"] = json!(at_token);
    } else if let Some(algorithm) = algorithm {
        settings["token_endpoint_auth_signing_alg"] = json!(algorithm);
    }
    if let Some(jwk) = jwk {
        settings["jwks"] = json!({"keys": [jwk]});
    }
    settings
}

fn claims(stage: &Stage, app: &Registered) -> Value {
    let now = stage.hub.clock.now().seconds();
    json!({
        "iss": app.client_id, "sub": app.client_id, "aud": stage.hub.issuer, "iat": now, "exp": now + 60,
        "jti": stage.hub.hub.random.token(),
    })
}

fn by_assertion(assertion: &str) -> Fields {
    fields(&[("client_assertion_type", ASSERTION), ("client_assertion", assertion)])
}

#[actix_web::test]
async fn authentication_methods() {
    let stage = Stage::on(sqlite()).await;
    let key = AnyKey::for_algorithm(Algorithm::ES256);
    let others = [
        "none",
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt",
        "tls_client_auth",
        "self_signed_tls_client_auth",
        "attest_jwt_client_auth",
    ];
    for door in &DOORS {
        let member = format!("{}_endpoint_auth_methods_supported", door.name);
        for (method, is_advertised) in trials(&stage, &member, &others).await {
            let jwk = (method == "private_key_jwt").then_some(&key.jwk);
            let app = try_to_register(&stage, registration(door, &method, None, jwk)).await;
            let Some(app) = app else {
                assert!(!is_advertised, "{member}: {method} cannot be registered");
                continue;
            };
            let answer = match method.as_str() {
                "none" => door.knock(&stage, fields(&[("client_id", &app.client_id)]), &[]).await,
                "client_secret_post" => {
                    let who = [("client_id", app.client_id.as_str()), ("client_secret", app.secret.as_str())];
                    door.knock(&stage, fields(&who), &[]).await
                }
                "client_secret_basic" => {
                    let pair = STANDARD.encode(format!("{}:{}", app.client_id, app.secret));
                    let header = format!("Basic {pair}");
                    door.knock(&stage, Vec::new(), &[("authorization", &header)]).await
                }
                "client_secret_jwt" => {
                    let assertion = hmac(MacAlgorithm::HS256, &app.secret, &claims(&stage, &app));
                    door.knock(&stage, by_assertion(&assertion), &[]).await
                }
                "private_key_jwt" => {
                    let assertion = key.sign("JWT", &json!({}), &claims(&stage, &app));
                    door.knock(&stage, by_assertion(&assertion), &[]).await
                }
                other => panic!("{other} may be registered, and nothing here tries it"),
            };
            assert_eq!(Door::is_let_in(&answer), is_advertised, "{member}: {method}: {answer:?}");
        }
    }
}

/// A token signed with `secret`.
fn hmac(algorithm: MacAlgorithm, secret: &str, claims: &Value) -> String {
    use aws_lc_rs::hmac;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let header = json!({"alg": algorithm.name(), "typ": "JWT"}).to_string();
    let message =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let digest = match algorithm {
        MacAlgorithm::HS256 => hmac::HMAC_SHA256,
        MacAlgorithm::HS384 => hmac::HMAC_SHA384,
        MacAlgorithm::HS512 => hmac::HMAC_SHA512,
    };
    let signature = hmac::sign(&hmac::Key::new(digest, secret.as_bytes()), message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
}

#[actix_web::test]
async fn assertion_algorithms() {
    let stage = Stage::on(sqlite()).await;
    let asymmetric = Algorithm::ALL.map(Algorithm::name);
    let symmetric = MacAlgorithm::ALL.map(MacAlgorithm::name);
    let others: Vec<&str> =
        asymmetric.into_iter().chain(symmetric).chain(["none", "ES256K", "RSA-OAEP"]).collect();
    for door in &DOORS {
        let member = format!("{}_endpoint_auth_signing_alg_values_supported", door.name);
        for (name, is_advertised) in trials(&stage, &member, &others).await {
            let (app, assertion) = if let Some(algorithm) = MacAlgorithm::from_name(&name) {
                let settings = registration(door, "client_secret_jwt", Some(&name), None);
                let Some(app) = try_to_register(&stage, settings).await else {
                    assert!(!is_advertised, "{member}: {name} cannot be registered");
                    continue;
                };
                let assertion = hmac(algorithm, &app.secret, &claims(&stage, &app));
                (app, assertion)
            } else if let Some(algorithm) = Algorithm::from_name(&name) {
                let key = AnyKey::for_algorithm(algorithm);
                let settings = registration(door, "private_key_jwt", Some(&name), Some(&key.jwk));
                let Some(app) = try_to_register(&stage, settings).await else {
                    assert!(!is_advertised, "{member}: {name} cannot be registered");
                    continue;
                };
                let assertion = key.sign("JWT", &json!({"kid": key.jwk["kid"]}), &claims(&stage, &app));
                (app, assertion)
            } else {
                let settings = registration(door, "private_key_jwt", Some(&name), None);
                assert!(!is_advertised && try_to_register(&stage, settings).await.is_none(), "{name}");
                continue;
            };
            let answer = door.knock(&stage, by_assertion(&assertion), &[]).await;
            let is_let_in = Door::is_let_in(&answer);
            assert_eq!(is_let_in, is_advertised, "{member}: {name} of {}: {answer:?}", app.client_id);
        }
    }
}

/// A proof by an algorithm that is advertised binds the token to its key; any other is refused, or means nothing.
#[actix_web::test]
async fn proof_of_possession_algorithms() {
    let stage = Stage::on(sqlite()).await;
    let others: Vec<&str> = Algorithm::ALL.into_iter().map(Algorithm::name).collect();
    let is_known = document(&stage).await["dpop_signing_alg_values_supported"].is_array();
    for (name, is_advertised) in trials(&stage, "dpop_signing_alg_values_supported", &others).await {
        let key = AnyKey::for_algorithm(Algorithm::from_name(&name).unwrap());
        let mut jwk = key.jwk.clone();
        for member in ["alg", "kid"] {
            jwk.as_object_mut().unwrap().remove(member);
        }
        let url = stage.hub.url("oauth/token");
        let form = stage.exchange(&stage.code(&[]).await);
        let proof = |nonce: &str| {
            let claims = json!({
                "jti": stage.hub.hub.random.token(), "htm": "POST", "htu": url, "nonce": nonce,
                "iat": stage.hub.clock.now().seconds(),
            });
            key.sign("dpop+jwt", &json!({"jwk": jwk}), &claims)
        };
        let mut answer = post_form(&url, &form, &[("dpop", &proof(""))]).await;
        if answer.error().1 == "use_dpop_nonce" {
            let nonce = answer.header("dpop-nonce").to_owned();
            answer = post_form(&url, &form, &[("dpop", &proof(&nonce))]).await;
        }
        let is_bound = answer.status == 200 && answer.json["token_type"] == "DPoP";
        assert_eq!(is_bound, is_advertised, "{name}: {answer:?}");
        if is_known && !is_advertised {
            assert_eq!(answer.error().1, "invalid_dpop_proof", "{name}: {answer:?}");
        }
    }
}
