//! Request objects that are refused, and where the application hears of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{bare, request_object, signing_stage};
use crate::support::databases::{each_database, sqlite};
use crate::support::documents::Documents;
use crate::support::keys::{Signature, TestKey, Token};
use crate::support::sign_in::{CALLBACK, Stage, error_code, error_of};

fn part(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// Module: oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported
#[actix_web::test]
async fn whatever_is_not_signed_by_a_key_of_the_application_is_refused() {
    for database in each_database() {
        let stage = signing_stage(database, json!({})).await;
        let mut browser = stage.member().await;
        let claims = Value::Object(request_object(&stage, &json!({"prompt": "none"})).claims);
        let honest = || Token::honest(claims.clone());
        let header = |name: &str, value: Value| {
            let mut token = honest();
            token.header.insert(name.into(), value);
            token
        };
        let signed_by = |signature: Signature| Token { signature, ..honest() };
        let intruder = TestKey::intruder();
        let mut own_key_inside = signed_by(Signature::By(intruder));
        own_key_inside.header.insert("jwk".into(), intruder.jwk.clone());
        own_key_inside.header.insert("jku".into(), json!("https://evil.example/keys"));
        own_key_inside.header.remove("kid");
        let mut flipped = honest();
        flipped.rewrite = Some(|text| {
            let (head, signature) = text.rsplit_once('.').unwrap();
            let other = if signature.starts_with('A') { "B" } else { "A" };
            format!("{head}.{other}{}", &signature[1..])
        });
        let pem = TestKey::honest().public_pem().into_bytes();
        let mut confused = header("alg", json!("HS256"));
        confused.signature = Signature::Hmac(pem);
        let mut secret = header("alg", json!("HS256"));
        secret.signature = Signature::Hmac(stage.app.secret.clone().into_bytes());
        for (name, token) in [
            ("an unknown kid", header("kid", json!("other"))),
            ("another's signature", signed_by(Signature::By(intruder))),
            ("a key inside", own_key_inside),
            ("no signature", signed_by(Signature::Empty)),
            ("a flipped signature", flipped),
            ("algorithm confusion (CVE-2026-11800)", confused),
            ("the client secret", secret),
            ("another algorithm", header("alg", json!("PS256"))),
            ("an algorithm of no key", header("alg", json!("ES256"))),
            ("none in disguise", header("alg", json!("nOnE"))),
            ("an access token's type", header("typ", json!("at+jwt"))),
            ("a proof's type", header("typ", json!("dpop+jwt"))),
            ("critical extensions", header("crit", json!(["exp"]))),
        ] {
            let page = browser.open(&stage.ask(&[("request", &token.write())])).await;
            assert_eq!(error_of(&stage, &page), "invalid_request_object", "{name}");
        }
        let mut unsigned = header("alg", json!("none"));
        unsigned.signature = Signature::Empty;
        let page = browser.open(&stage.ask(&[("request", &unsigned.write())])).await;
        assert_eq!(error_of(&stage, &page), "request_not_supported");
        // A whole request, untouched, is still good.
        let page = browser.open(&stage.ask(&[("request", &honest().write())])).await;
        assert!(page.answered("code").is_some(), "{page:?}");
    }
}

/// Incident 19: an encrypted text whose plaintext is bare JSON was accepted as signed (CVE-2026-9793).
#[actix_web::test]
async fn what_is_encrypted_is_not_signed() {
    for database in each_database() {
        let stage = signing_stage(database, json!({})).await;
        let mut browser = stage.member().await;
        let inside = Value::Object(request_object(&stage, &json!({})).claims).to_string();
        let signed = request_object(&stage, &json!({})).write();
        for (name, object) in [
            (
                "direct",
                format!(
                    "{}..{}.{}.{}",
                    part(r#"{"alg":"dir","enc":"A128GCM"}"#),
                    part("iv"),
                    part(&inside),
                    part("tag")
                ),
            ),
            ("five parts", format!("{signed}.{}.{}", part("x"), part("y"))),
            ("bare JSON", inside.clone()),
            ("JSON in base64url", part(&inside)),
            ("JSON as a payload", format!("{}.{}.", part("{}"), part(&inside))),
            ("nothing", "..".into()),
            ("no object", format!("{}.{}.{}", part(r#"{"alg":"RS256"}"#), part("[]"), part("x"))),
        ] {
            let page = browser.open(&stage.ask(&[("request", &object)])).await;
            assert_eq!(error_of(&stage, &page), "invalid_request_object", "{name}");
        }
    }
}

#[actix_web::test]
async fn claims_about_the_request_object_itself_are_checked() {
    for database in each_database() {
        let stage = signing_stage(database, json!({})).await;
        let mut browser = stage.member().await;
        let now = stage.hub.clock.now().seconds();
        for (changes, expected) in [
            (json!({"aud": [stage.hub.issuer, "https://other.example/"]}), None),
            (json!({"aud": null, "iss": null}), None),
            (json!({"nbf": now + 8, "exp": now + 300, "iat": now, "jti": "1"}), None),
            (json!({"aud": "https://other.example/"}), Some("invalid_request_object")),
            (json!({"aud": ["https://other.example/"]}), Some("invalid_request_object")),
            (json!({"iss": "somebody-else"}), Some("invalid_request_object")),
            (json!({"client_id": "somebody-else"}), Some("invalid_request_object")),
            (json!({"sub": stage.app.client_id}), Some("invalid_request_object")),
            (json!({"exp": now - 1}), Some("invalid_request_object")),
            (json!({"exp": "9999999999"}), Some("invalid_request_object")),
            (json!({"nbf": now + 120}), Some("invalid_request_object")),
            (json!({"request": "a.b.c"}), Some("invalid_request_object")),
            (json!({"request_uri": "https://app.example/r"}), Some("invalid_request_object")),
            (json!({"response_type": "code id_token"}), Some("invalid_request")),
            (json!({"code_challenge_method": "plain"}), Some("invalid_request")),
            (json!({"scope": "a\"b"}), Some("invalid_scope")),
        ] {
            let object = request_object(&stage, &changes).write();
            let page = browser.open(&stage.ask(&[("request", &object), ("prompt", "none")])).await;
            assert!(page.stopped, "{changes}: {page:?}");
            assert_eq!(page.answered("error").as_deref(), expected, "{changes}");
        }
        // Once good is not good for ever.
        let object = request_object(&stage, &json!({"exp": now + 60, "prompt": "none"})).write();
        let asked = stage.ask(&[("request", &object)]);
        assert!(browser.open(&asked).await.answered("code").is_some());
        stage.hub.clock.advance(60);
        assert_eq!(error_of(&stage, &browser.open(&asked).await), "invalid_request_object");
    }
}

#[actix_web::test]
async fn without_a_proven_address_the_person_sees_a_page_and_is_never_sent_away() {
    for database in each_database() {
        let stage = signing_stage(database, json!({})).await;
        let mut browser = stage.browser();
        let forged =
            Token { signature: Signature::By(TestKey::intruder()), ..request_object(&stage, &json!({})) };
        let forged = forged.write();
        let elsewhere = request_object(&stage, &json!({"redirect_uri": "https://evil.example/"})).write();
        for (name, asked, code) in [
            ("forged, no address outside", bare(&stage, &[("request", &forged)]), "request-object-invalid"),
            (
                "forged, an unregistered address outside",
                stage.ask(&[("request", &forged), ("redirect_uri", "https://evil.example/")]),
                "request-object-invalid",
            ),
            (
                "an unregistered address inside",
                stage.ask(&[("request", &elsewhere)]),
                "redirect-uri-mismatch",
            ),
            (
                "no client_id outside",
                stage.ask(&[("request", &elsewhere), ("client_id", "")]),
                "unknown-client",
            ),
        ] {
            let page = browser.open(&asked).await;
            assert_eq!((page.status.as_u16(), error_code(&page).as_str()), (400, code), "{name}");
        }
        let log = stage.hub.log().await;
        let last = log.last().unwrap();
        assert_eq!(last.log_type, "f");
    }
}

/// Incident 42: parameter pollution (CVE-2026-9689).
#[actix_web::test]
async fn request_and_request_uri_together_or_anything_twice_is_refused() {
    for database in each_database() {
        let stage = signing_stage(database, json!({})).await;
        let mut browser = stage.member().await;
        let object = request_object(&stage, &json!({})).write();
        let both = stage.ask(&[("request", &object), ("request_uri", "https://app.example/r")]);
        assert_eq!(error_of(&stage, &browser.open(&both).await), "invalid_request");
        for (name, value) in
            [("request", object.as_str()), ("state", "twice"), ("scope", "openid"), ("extra", "1")]
        {
            let asked = stage.ask(&[("request", &object), ("extra", "0")]);
            let page = browser.open(&format!("{asked}&{name}={value}")).await;
            assert_eq!(page.answered("error").as_deref(), Some("invalid_request"), "{name}: {page:?}");
        }
        let large = request_object(&stage, &json!({"state": "x".repeat(9_000)})).write();
        let page = browser.open(&stage.ask(&[("request", &large)])).await;
        assert_eq!(error_of(&stage, &page), "invalid_request");
    }
}

/// Though nothing outside counts for an application that must sign.
#[actix_web::test]
async fn what_comes_twice_beside_a_signed_request_is_refused_even_where_it_would_not_count() {
    let documents = Documents::start();
    let uri = documents.url("/request.jwt");
    let settings = json!({"require_signed_request_object": true, "request_uris": [uri]});
    let stage = signing_stage(sqlite(), settings).await;
    let object = request_object(&stage, &json!({"prompt": "none"})).write();
    documents.put("/request.jwt", "text/plain", &object);
    let mut browser = stage.browser();
    for how in [("request", object.as_str()), ("request_uri", uri.as_str())] {
        let asked = stage.ask(&[how, ("extra", "0")]);
        let page = browser.open(&asked).await;
        assert_eq!(page.answered("error").as_deref(), Some("login_required"), "{how:?}");
        let page = browser.open(&format!("{asked}&extra=1")).await;
        assert_eq!(page.answered("error").as_deref(), Some("invalid_request"), "{how:?}");
    }
}

#[actix_web::test]
async fn an_application_without_keys_cannot_send_request_objects() {
    let stage = Stage::on(sqlite()).await;
    let object = request_object(&stage, &json!({})).write();
    let page = stage.browser().open(&stage.ask(&[("request", &object), ("redirect_uri", CALLBACK)])).await;
    assert_eq!(error_of(&stage, &page), "invalid_request_object");
}
