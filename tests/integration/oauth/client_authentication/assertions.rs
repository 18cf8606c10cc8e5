//! Assertions: what is in them, who signed them, and that each is good once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use serde_json::json;
use vestibule::crypto::jws::Algorithm;
use vestibule::crypto::signing::{KeyType, SigningKey};

use super::{KNOWN, UNKNOWN, assertion, authenticate, request, signing_application};
use crate::support::databases::{each_database, sqlite};
use crate::support::hub::TestHub;
use crate::support::keys::{Signature, TestKey};
use crate::support::sign_in::{Stage, changed, post_form};

/// Module: oidcc-ensure-client-assertion-with-iss-aud-succeeds
#[actix_web::test]
async fn an_assertion_for_the_issuer_or_the_token_endpoint_proves_who_signed_it() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = hub.client(signing_application()).await;
        let token_endpoint = hub.url("oauth/token");
        for audience in [
            json!(hub.issuer),
            json!(token_endpoint),
            json!([hub.issuer]),
            json!(["https://other.example/", token_endpoint]),
        ] {
            let mut token = assertion(&hub, &app.client_id, None);
            token.set("aud", audience.clone());
            assert_eq!(authenticate(&hub, &token.write()).await.error(), KNOWN, "{audience}");
        }
        let with_id = changed(
            &request(&hub, &assertion(&hub, &app.client_id, None).write()),
            "client_id",
            &app.client_id,
        );
        assert_eq!(post_form(&token_endpoint, &with_id, &[]).await.error(), KNOWN);
        hub.stop().await;
    }
}

#[actix_web::test]
async fn an_assertion_with_a_wrong_claim_is_refused_and_writes_nothing_but_the_log() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = hub.client(signing_application()).await;
        let other = hub.client(signing_application()).await;
        let now = hub.clock.now().seconds();
        for (claim, value) in [
            ("iss", json!(other.client_id)),
            ("iss", json!(null)),
            ("sub", json!(null)),
            ("sub", json!("unknown")),
            ("aud", json!(null)),
            ("aud", json!("https://other.example/")),
            ("aud", json!(hub.issuer.trim_end_matches('/'))),
            ("aud", json!(hub.url("oauth/par"))),
            ("exp", json!(null)),
            ("exp", json!(now - 300)),
            ("exp", json!(now - 1)),
            ("exp", json!(now + 2 * 60 * 60)),
            ("exp", json!("9999999999")),
            ("exp", json!([now + 60])),
            ("exp", json!(1.5)),
            ("nbf", json!(now + 120)),
            ("nbf", json!("0")),
            ("iat", json!(now + 120)),
            ("jti", json!(null)),
            ("jti", json!("")),
            ("jti", json!(5)),
        ] {
            let mut token = assertion(&hub, &app.client_id, None);
            token.set(claim, value.clone());
            assert_eq!(authenticate(&hub, &token.write()).await.error(), UNKNOWN, "{claim} = {value}");
        }
        assert!(hub.database.values("SELECT id_hash AS value FROM used_ids").is_empty());
        // Eight seconds ahead is a clock, not an attack.
        let mut token = assertion(&hub, &app.client_id, None);
        token.set("nbf", now + 8);
        token.set("iat", now + 8);
        assert_eq!(authenticate(&hub, &token.write()).await.error(), KNOWN);
        hub.stop().await;
    }
}

#[actix_web::test]
async fn the_log_says_why_an_assertion_was_refused_and_the_answer_only_to_its_signer() {
    let hub = TestHub::start(sqlite()).await;
    let app = hub.client(signing_application()).await;
    let mut forged = assertion(&hub, &app.client_id, None);
    forged.signature = Signature::By(TestKey::intruder());
    let forged = authenticate(&hub, &forged.write()).await;
    let mut unknown = assertion(&hub, "unknown", None);
    unknown.set("aud", "wrong");
    let unknown = authenticate(&hub, &unknown.write()).await;
    assert_eq!((forged.status, &forged.text), (unknown.status, &unknown.text));
    assert_eq!(forged.header("www-authenticate"), "", "no header was used");
    let mut late = assertion(&hub, &app.client_id, None);
    late.set("aud", "wrong");
    let late = authenticate(&hub, &late.write()).await;
    assert!(late.text_of("error_description").contains("aud"), "{late:?}");
    let log = hub.log().await;
    let [.., forged, unknown, late] = log.as_slice() else { panic!("{log:?}") };
    assert!(forged.description.contains("the signature is wrong"), "{forged:?}");
    assert!(forged.description.contains(&app.client_id), "{forged:?}");
    assert!(unknown.description.contains("there is no application unknown"), "{unknown:?}");
    assert!(late.description.contains("aud must be the issuer"), "{late:?}");
    hub.stop().await;
}

/// Incident 18 (CVE-2026-11800) and 20 (CVE-2026-9090): algorithm confusion, and keys inside the message.
#[actix_web::test]
async fn an_assertion_signed_in_another_way_than_registered_is_refused() {
    let hub = TestHub::start(sqlite()).await;
    let app = hub.client(signing_application()).await;
    let good = assertion(&hub, &app.client_id, None).write();
    type Change = fn(&mut crate::support::keys::Token);
    let changes: [(&str, Change); 13] = [
        ("another key", |token| token.signature = Signature::By(TestKey::intruder())),
        ("another key, named", |token| {
            token.signature = Signature::By(TestKey::intruder());
            token.header.insert("kid".into(), json!(TestKey::intruder().key_id()));
        }),
        ("another key, carried along", |token| {
            token.signature = Signature::By(TestKey::intruder());
            token.header.insert("jwk".into(), TestKey::intruder().jwk.clone());
            token.header.insert("kid".into(), json!(TestKey::intruder().key_id()));
        }),
        ("a key behind a link", |token| {
            token.signature = Signature::By(TestKey::intruder());
            token.header.insert("jku".into(), json!("http://127.0.0.1:1/jwks"));
            token.header.insert("x5u".into(), json!("http://127.0.0.1:1/cert"));
        }),
        ("a kid that is a path", |token| {
            token.signature = Signature::Hmac(Vec::new());
            token.header.insert("kid".into(), json!("../../../dev/null"));
        }),
        ("the public key as secret", |token| {
            token.header.insert("alg".into(), json!("HS256"));
            token.signature = Signature::Hmac(TestKey::honest().public_pem().into_bytes());
        }),
        ("the public key as secret, called RS256", |token| {
            token.signature = Signature::Hmac(TestKey::honest().public_pem().into_bytes());
        }),
        ("none", |token| {
            token.header.insert("alg".into(), json!("none"));
            token.signature = Signature::Empty;
        }),
        ("nOnE", |token| {
            token.header.insert("alg".into(), json!("nOnE"));
            token.signature = Signature::Empty;
        }),
        ("no signature", |token| token.signature = Signature::Empty),
        ("an EC algorithm for an RSA key", |token| {
            token.header.insert("alg".into(), json!("ES256"));
        }),
        ("a critical extension", |token| {
            token.header.insert("crit".into(), json!(["exp"]));
        }),
        ("an access token's type", |token| {
            token.header.insert("typ".into(), json!("at+jwt"));
        }),
    ];
    for (name, change) in changes {
        let mut token = assertion(&hub, &app.client_id, None);
        change(&mut token);
        assert_eq!(authenticate(&hub, &token.write()).await.error(), UNKNOWN, "{name}");
    }
    let encrypted = format!("{good}.AA.AA");
    assert_eq!(authenticate(&hub, &encrypted).await.error(), UNKNOWN, "five parts");
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    bytes[7] ^= 1;
    let flipped = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes));
    assert_eq!(authenticate(&hub, &flipped).await.error(), UNKNOWN, "one bit");
    assert_eq!(authenticate(&hub, &good).await.error(), KNOWN);
    hub.stop().await;
}

/// Incident 31 (CVE-2025-46815): what proves something is good once.
#[actix_web::test]
async fn of_a_hundred_simultaneous_uses_of_one_assertion_one_succeeds() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = hub.client(signing_application()).await;
        let text = assertion(&hub, &app.client_id, None).write();
        let answers = join_all((0..100).map(|_| authenticate(&hub, &text))).await;
        let known = answers.iter().filter(|answer| answer.error() == KNOWN).count();
        let refused = answers.iter().filter(|answer| answer.error() == UNKNOWN).count();
        assert_eq!((known, refused), (1, 99), "{:?}", hub.database.kind);
        // The same id from another application is another id.
        let other = hub.client(signing_application()).await;
        let mut token = assertion(&hub, &other.client_id, None);
        let mut same = assertion(&hub, &app.client_id, None);
        same.set("jti", "shared");
        token.set("jti", "shared");
        assert_eq!(authenticate(&hub, &same.write()).await.error(), KNOWN);
        assert_eq!(authenticate(&hub, &token.write()).await.error(), KNOWN);
        hub.stop().await;
    }
}

#[actix_web::test]
async fn an_application_may_sign_with_its_secret_if_it_is_registered_so() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let settings = json!({
            "name": "Mac", "app_type": "non_interactive", "token_endpoint_auth_method": "client_secret_jwt",
        });
        let app = hub.client(settings).await;
        let good = assertion(&hub, &app.client_id, Some(&app.secret));
        assert_eq!(authenticate(&hub, &good.write()).await.error(), KNOWN);
        assert_eq!(authenticate(&hub, &good.write()).await.error(), UNKNOWN, "used");
        let wrong = assertion(&hub, &app.client_id, Some("wrong"));
        assert_eq!(authenticate(&hub, &wrong.write()).await.error(), UNKNOWN);
        let empty = assertion(&hub, &app.client_id, Some(""));
        assert_eq!(authenticate(&hub, &empty.write()).await.error(), UNKNOWN);
        let by_key = assertion(&hub, &app.client_id, None);
        assert_eq!(authenticate(&hub, &by_key.write()).await.error(), UNKNOWN);
        // The secret itself no longer opens anything.
        let plain = crate::support::sign_in::fields(&[
            ("grant_type", "client_credentials"),
            ("client_id", &app.client_id),
            ("client_secret", &app.secret),
        ]);
        assert_eq!(post_form(&hub.url("oauth/token"), &plain, &[]).await.error(), UNKNOWN);
        assert!(!hub.database.dump().contains(&app.secret), "sealed");
        // Nor does an application registered for the secret itself sign with it.
        let post = hub.client(json!({"name": "Post", "app_type": "non_interactive"})).await;
        let text = assertion(&hub, &post.client_id, Some(&post.secret)).write();
        assert_eq!(authenticate(&hub, &text).await.error(), UNKNOWN);
        hub.stop().await;
    }
}

#[actix_web::test]
async fn every_signature_algorithm_works_and_a_registered_one_excludes_the_others() {
    let hub = TestHub::start(sqlite()).await;
    for (key_type, algorithm) in [
        (KeyType::Rsa, Algorithm::RS256),
        (KeyType::Rsa, Algorithm::PS256),
        (KeyType::P256, Algorithm::ES256),
        (KeyType::Ed25519, Algorithm::EdDSA),
    ] {
        let key = SigningKey::from_pkcs8(key_type, &SigningKey::generate_pkcs8(key_type).unwrap()).unwrap();
        for (only, expected) in [(None, KNOWN), (Some(algorithm.name()), KNOWN), (Some("ES512"), UNKNOWN)] {
            let mut settings = signing_application();
            settings["jwks"] = json!({"keys": [key.public_jwk()]});
            settings["token_endpoint_auth_signing_alg"] = json!(only);
            let app = hub.client(settings).await;
            let claims = assertion(&hub, &app.client_id, None).claims;
            let text = key.sign(algorithm, "JWT", &claims).unwrap();
            assert_eq!(authenticate(&hub, &text).await.error(), expected, "{algorithm:?} {only:?}");
        }
    }
    hub.stop().await;
}

#[actix_web::test]
async fn under_fapi_the_audience_is_the_issuer_alone_and_rs256_is_refused() {
    let hub = TestHub::start(sqlite()).await;
    let rsa =
        SigningKey::from_pkcs8(KeyType::Rsa, &SigningKey::generate_pkcs8(KeyType::Rsa).unwrap()).unwrap();
    let app = hub
        .client(json!({
            "name": "Bank", "token_endpoint_auth_method": "private_key_jwt", "id_token_signed_response_alg": "PS256",
            "jwks": {"keys": [rsa.public_jwk()]}, "compliance_level": "fapi2_sp_pkj_dpop",
            "grant_types": ["client_credentials"],
        }))
        .await;
    let signed = |algorithm, audience: serde_json::Value| {
        let mut token = assertion(&hub, &app.client_id, None);
        token.set("aud", audience);
        rsa.sign(algorithm, "JWT", &token.claims).unwrap()
    };
    for (algorithm, audience, expected) in [
        (Algorithm::RS256, json!(hub.issuer), UNKNOWN),
        (Algorithm::PS256, json!([hub.issuer]), UNKNOWN),
        (Algorithm::PS256, json!(hub.url("oauth/token")), UNKNOWN),
        (Algorithm::PS256, json!(hub.url("oauth/par")), UNKNOWN),
    ] {
        let answer = authenticate(&hub, &signed(algorithm, audience.clone())).await;
        assert_eq!(answer.error(), expected, "{algorithm:?} {audience}");
    }
    let answer = authenticate(&hub, &signed(Algorithm::PS256, json!(hub.issuer))).await;
    assert_ne!(answer.error(), UNKNOWN, "{answer:?}");
    hub.stop().await;
}

/// Incident 42 (CVE-2026-9689): parameters sent twice. RFC 6749 §2.3: one method per request.
#[actix_web::test]
async fn an_assertion_beside_another_method_or_sent_twice_is_refused() {
    let stage = Stage::on(sqlite()).await;
    let hub = &stage.hub;
    let app = hub.client(signing_application()).await;
    let text = assertion(hub, &app.client_id, None).write();
    let form = request(hub, &text);
    let url = hub.url("oauth/token");
    let with_secret = changed(&form, "client_secret", "anything");
    assert_eq!(post_form(&url, &with_secret, &[]).await.error(), (400, "invalid_request"));
    let header = [("authorization", "Basic YXBwOnNlY3JldA==")];
    assert_eq!(post_form(&url, &form, &header).await.error(), (400, "invalid_request"));
    let mut twice = form.clone();
    twice.push(("client_assertion".into(), text.clone()));
    assert_eq!(post_form(&url, &twice, &[]).await.error(), (400, "invalid_request"));
    let half = changed(&form, "client_assertion_type", "");
    assert_eq!(post_form(&url, &half, &[]).await.error(), (400, "invalid_request"));
    let saml =
        changed(&form, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer");
    assert_eq!(post_form(&url, &saml, &[]).await.error(), UNKNOWN);
    let contradicting = changed(&form, "client_id", &stage.app.client_id);
    assert_eq!(post_form(&url, &contradicting, &[]).await.error(), UNKNOWN);
    // None of this used the assertion up.
    assert_eq!(authenticate(hub, &text).await.error(), KNOWN);
}
