//! Pushed and signed requests of an application held to FAPI 2.0 (Security Profile §5.3.2, Message Signing §5.3.1).

use serde_json::{Value, json};
use vestibule::crypto::jws::Algorithm;
use vestibule::crypto::signing::{KeyType, SigningKey};
use vestibule::protocol::client_assertion::ASSERTION_TYPE;

use super::{anybody, reference, request};
use crate::oauth::request_objects::{INSIDE, changed_claims, key};
use crate::support::databases::{TestDatabase, each_database, sqlite};
use crate::support::sign_in::{Answer, PERSON, STATE, Stage, changed, code_of, error_of, post_form};

/// An application that signs by ES256, and by RS256 where it should not.
struct Fapi {
    stage: Stage,
    es256: SigningKey,
    rsa: SigningKey,
}

impl Fapi {
    async fn on(database: TestDatabase, settings: Value) -> Self {
        let (es256, rsa) = (key(KeyType::P256), key(KeyType::Rsa));
        let mut own = json!({
            "compliance_level": "fapi2_sp_pkj_dpop", "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [es256.public_jwk(), rsa.public_jwk()]}, "id_token_signed_response_alg": "ES256",
        });
        own.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        Self { stage: Stage::with_client(database, own).await, es256, rsa }
    }

    fn now(&self) -> i64 {
        self.stage.hub.clock.now().seconds()
    }

    fn assertion(&self, changes: &Value) -> String {
        let id = self.stage.app.client_id.as_str();
        let (now, jti) = (self.now(), self.stage.hub.hub.random.token());
        let mut claims = json!({
            "iss": id, "sub": id, "aud": self.stage.hub.issuer, "jti": jti, "iat": now, "exp": now + 60,
        });
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        self.es256.sign(Algorithm::ES256, "JWT", &claims).unwrap()
    }

    async fn push_with(&self, assertion: &str, changes: &[(&str, &str)]) -> Answer {
        let form = request(&self.stage, changes);
        let form = changed(&form, "client_assertion_type", ASSERTION_TYPE);
        let form = changed(&changed(&form, "client_assertion", assertion), "client_secret", "");
        post_form(&self.stage.hub.url("oauth/par"), &form, &[]).await
    }

    async fn push(&self, changes: &[(&str, &str)]) -> Answer {
        self.push_with(&self.assertion(&json!({})), changes).await
    }

    /// A request object as FAPI wants it, with `changes`.
    fn object(&self, changes: &Value) -> String {
        self.es256.sign(Algorithm::ES256, "oauth-authz-req+jwt", &self.claims(changes)).unwrap()
    }

    fn claims(&self, changes: &Value) -> Value {
        let mut times = json!({"nbf": self.now(), "exp": self.now() + 300});
        times.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        Value::Object(changed_claims(&self.stage, &times))
    }
}

/// Modules: happy-flow, ensure-authorization-request-without-nonce-success,
/// ensure-authorization-request-with-64-char-nonce-success, ensure-authorization-request-with-long-nonce,
/// ensure-authorization-request-with-long-state, ensure-other-scope-order-succeeds, par-ensure-pkce-required,
/// par-plain-pkce-rejected, par-authorization-request-containing-request_uri
#[actix_web::test]
async fn a_request_is_pushed_with_pkce_and_comes_in_no_other_way() {
    for database in each_database() {
        let fapi = Fapi::on(database, json!({})).await;
        let mut browser = anybody();
        assert_eq!(error_of(&fapi.stage, &browser.open(&fapi.stage.ask(&[])).await), "invalid_request");
        let (long, longer) = ("n".repeat(64), "s".repeat(1_000));
        for changes in [
            &[][..],
            &[("nonce", "")],
            &[("nonce", long.as_str())],
            &[("nonce", longer.as_str()), ("state", longer.as_str())],
            &[("scope", "email openid profile")],
        ] {
            let answer = fapi.push(changes).await;
            assert_eq!(answer.status, 201, "{changes:?}: {answer:?}");
            let page = browser.walk(&reference(&fapi.stage, &answer.text_of("request_uri")), PERSON).await;
            let state = changes.iter().find(|(name, _)| *name == "state").map_or(STATE, |(_, state)| *state);
            assert_eq!(page.answered("state").as_deref(), Some(state));
            code_of(&page);
        }
        for changes in [
            &[("code_challenge", ""), ("code_challenge_method", "")][..],
            &[("code_challenge_method", "plain")],
            &[("request_uri", "urn:ietf:params:oauth:request_uri:x")],
        ] {
            assert_eq!(fapi.push(changes).await.error(), (400, "invalid_request"), "{changes:?}");
        }
    }
}

/// Modules: par-test-array-as-audience-fails, par-test-par-endpoint-url-as-audience-fails,
/// par-test-token-endpoint-url-as-audience-fails,
/// par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted,
/// par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails
#[actix_web::test]
async fn the_application_authenticates_for_the_issuer_alone() {
    for database in each_database() {
        let fapi = Fapi::on(database, json!({})).await;
        let hub = &fapi.stage.hub;
        for (changes, status) in [
            (json!({}), 201),
            (json!({"nbf": fapi.now() + 8, "exp": fapi.now() + 68}), 201),
            (json!({"nbf": fapi.now() + 70, "exp": fapi.now() + 130}), 401),
            (json!({"aud": [hub.issuer]}), 401),
            (json!({"aud": hub.url("oauth/par")}), 401),
            (json!({"aud": hub.url("oauth/token")}), 401),
        ] {
            let answer = fapi.push_with(&fapi.assertion(&changes), &[]).await;
            assert_eq!(answer.status, status, "{changes}: {answer:?}");
        }
        let once = fapi.assertion(&json!({}));
        assert_eq!(fapi.push_with(&once, &[]).await.status, 201);
        assert_eq!(fapi.push_with(&once, &[]).await.status, 401);
    }
}

/// Modules: ensure-request-object-without-exp-fails, ensure-request-object-without-nbf-fails,
/// ensure-request-object-with-exp-over-60-fails, ensure-request-object-with-nbf-over-60-fails,
/// ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted, ensure-expired-request-object-fails,
/// ensure-request-object-with-bad-aud-fails, ensure-request-object-with-multiple-aud-succeeds,
/// ensure-signed-request-object-with-RS256-fails, ensure-unsigned-request-at-par-endpoint-fails,
/// ensure-request-object-without-redirect-uri-fails, ensure-unsigned-authorization-request-without-using-par-fails
#[actix_web::test]
async fn a_signed_request_is_held_to_message_signing() {
    for database in each_database() {
        let fapi = Fapi::on(database, json!({"require_signed_request_object": true})).await;
        let (now, issuer) = (fapi.now(), fapi.stage.hub.issuer.clone());
        for (changes, expected) in [
            (json!({}), None),
            (json!({"aud": [issuer, "https://other.example/"]}), None),
            (json!({"nbf": now + 8, "exp": now + 300}), None),
            (json!({"nbf": now - 3_500, "exp": now + 60}), None),
            (json!({"exp": null}), Some("invalid_request_object")),
            (json!({"nbf": null}), Some("invalid_request_object")),
            (json!({"aud": null}), Some("invalid_request_object")),
            (json!({"aud": "https://other.example/"}), Some("invalid_request_object")),
            (json!({"iss": null}), Some("invalid_request_object")),
            (json!({"exp": now - 300}), Some("invalid_request_object")),
            (json!({"exp": now + 4_200}), Some("invalid_request_object")),
            (json!({"nbf": now - 4_200, "exp": now - 3_600 + 3_700}), Some("invalid_request_object")),
            (json!({"redirect_uri": null}), Some("invalid_request")),
            (json!({"response_type": "code id_token"}), Some("invalid_request")),
        ] {
            let answer = fapi.push(&[("request", &fapi.object(&changes))]).await;
            let error = answer.json["error"].as_str();
            assert_eq!(
                (answer.status == 201, error),
                (expected.is_none(), expected),
                "{changes}: {answer:?}"
            );
        }
        let rs256 = fapi.rsa.sign(Algorithm::RS256, "JWT", &fapi.claims(&json!({}))).unwrap();
        assert_eq!(fapi.push(&[("request", &rs256)]).await.error(), (400, "invalid_request_object"));
        let ps256 = fapi.rsa.sign(Algorithm::PS256, "JWT", &fapi.claims(&json!({}))).unwrap();
        assert_eq!(fapi.push(&[("request", &ps256)]).await.status, 201);
        assert_eq!(fapi.push(&[]).await.error(), (400, "invalid_request"), "unsigned");
        // A client assertion, signed by the same key, is no request.
        let assertion = fapi.assertion(&json!({"nbf": now, "client_id": fapi.stage.app.client_id}));
        assert_eq!(fapi.push(&[("request", &assertion)]).await.error(), (400, "invalid_request_object"));
    }
}

/// Modules: state-only-outside-request-object-not-used,
/// ensure-different-state-inside-and-outside-request-object,
/// ensure-different-nonce-inside-and-outside-request-object
#[actix_web::test]
async fn what_stands_outside_a_pushed_request_object_is_not_used() {
    let fapi = Fapi::on(sqlite(), json!({})).await;
    let mut browser = anybody();
    for (changes, expected) in [(json!({}), Some(INSIDE)), (json!({"state": null}), None)] {
        let answer = fapi.push(&[("request", &fapi.object(&changes)), ("state", "outside")]).await;
        let page = browser.walk(&reference(&fapi.stage, &answer.text_of("request_uri")), PERSON).await;
        code_of(&page);
        assert_eq!(page.answered("state").as_deref(), expected);
    }
}

/// Modules: ensure-registered-redirect-uri, plain-fapi-ensure-registered-redirect-uri, user-rejects-authentication,
/// ensure-response-type-token-fails, ensure-response-type-code-idtoken-fails
#[actix_web::test]
async fn what_is_not_allowed_is_said_at_once_and_a_refusal_reaches_the_application() {
    let fapi = Fapi::on(sqlite(), json!({})).await;
    for (name, value, expected) in [
        ("redirect_uri", "https://app.example/other", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code id_token", "unauthorized_client"),
    ] {
        assert_eq!(fapi.push(&[(name, value)]).await.error(), (400, expected), "{name}={value}");
    }
    let uri = fapi.push(&[("prompt", "consent")]).await.text_of("request_uri");
    let mut browser = anybody();
    let page = browser.open(&reference(&fapi.stage, &uri)).await;
    let page = browser.submit(&page, &page.forms()[0], PERSON).await;
    let page = if page.text.contains("password") {
        let form =
            page.forms().into_iter().find(|form| form.fields.iter().any(|field| field.name == "password"));
        match form {
            Some(form) => browser.submit(&page, &form, PERSON).await,
            None => page,
        }
    } else {
        page
    };
    let deny = vec![("choice".to_owned(), "deny".to_owned())];
    let page = browser.post(page.forms()[0].action.as_str(), deny, Some(&page.url)).await;
    assert_eq!(error_of(&fapi.stage, &page), "access_denied");
}
