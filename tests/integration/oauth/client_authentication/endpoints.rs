//! Each endpoint takes the method registered for it, and no other (RFC 7009 §2.1, RFC 7662 §2.1, RFC 9126 §2,
//! RFC 8414 §2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vestibule::protocol::client_assertion::ASSERTION_TYPE;

use super::{UNKNOWN, assertion, authenticate, signing_application};
use crate::support::databases::{each_database, sqlite};
use crate::support::hub::{Registered, TestHub};
use crate::support::keys::TestKey;
use crate::support::sign_in::{Answer, changed, fields, post_form};

const ENDPOINTS: [&str; 4] = ["oauth/token", "oauth/par", "oauth/introspect", "oauth/revoke"];

/// Asks `path` for something that needs to know who asks, by `method`.
async fn ask(hub: &TestHub, path: &str, app: &Registered, method: &str) -> Answer {
    let mut form = fields(&[
        ("grant_type", "client_credentials"),
        ("token", "unknown"),
        ("response_type", "code"),
        ("redirect_uri", "https://app.example/callback"),
        ("scope", "openid"),
    ]);
    let mut headers = Vec::new();
    match method {
        "client_secret_basic" => {
            let pair = STANDARD.encode(format!("{}:{}", app.client_id, app.secret));
            headers.push(("authorization", format!("Basic {pair}")));
        }
        "client_secret_post" => {
            form = changed(&form, "client_id", &app.client_id);
            form = changed(&form, "client_secret", &app.secret);
        }
        "client_secret_jwt" | "private_key_jwt" => {
            let secret = (method == "client_secret_jwt").then_some(app.secret.as_str());
            let text = assertion(hub, &app.client_id, secret).write();
            form = changed(&form, "client_id", &app.client_id);
            form = changed(&form, "client_assertion_type", ASSERTION_TYPE);
            form = changed(&form, "client_assertion", &text);
        }
        _ => form = changed(&form, "client_id", &app.client_id),
    }
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    post_form(&hub.url(path), &form, &headers).await
}

fn settings(token: &str, introspection: Option<&str>, revocation: Option<&str>) -> Value {
    json!({
        "name": "App", "callbacks": ["https://app.example/callback"],
        "grant_types": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_method": token, "introspection_endpoint_auth_method": introspection,
        "revocation_endpoint_auth_method": revocation, "jwks": {"keys": [TestKey::honest().jwk]},
    })
}

#[actix_web::test]
async fn every_endpoint_takes_its_own_method_and_no_other() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        for (token, introspection, revocation) in [
            ("private_key_jwt", Some("client_secret_basic"), Some("client_secret_jwt")),
            ("client_secret_jwt", Some("private_key_jwt"), Some("client_secret_basic")),
            ("client_secret_basic", Some("client_secret_jwt"), Some("private_key_jwt")),
            ("private_key_jwt", None, None),
            ("client_secret_jwt", None, None),
        ] {
            let app = hub.client(settings(token, introspection, revocation)).await;
            for path in ENDPOINTS {
                let registered = match path {
                    "oauth/introspect" => introspection.unwrap_or(token),
                    "oauth/revoke" => revocation.unwrap_or(token),
                    _ => token,
                };
                for method in ["client_secret_basic", "client_secret_jwt", "private_key_jwt", "none"] {
                    let answer = ask(&hub, path, &app, method).await;
                    let is_known = answer.error() != UNKNOWN;
                    assert_eq!(
                        is_known,
                        method == registered,
                        "{path} {method} for {registered}: {answer:?}"
                    );
                }
            }
        }
        hub.stop().await;
    }
}

/// The two carry the same secret, and libraries choose between them as they please.
#[actix_web::test]
async fn header_and_body_stand_in_for_each_other_at_every_endpoint() {
    let hub = TestHub::start(sqlite()).await;
    for registered in ["client_secret_basic", "client_secret_post"] {
        let app = hub.client(settings(registered, None, None)).await;
        for path in ENDPOINTS {
            for method in ["client_secret_basic", "client_secret_post"] {
                let answer = ask(&hub, path, &app, method).await;
                assert_ne!(answer.error(), UNKNOWN, "{path} {method} for {registered}");
            }
        }
    }
    hub.stop().await;
}

#[actix_web::test]
async fn an_assertion_used_at_one_endpoint_is_used_at_all() {
    let hub = TestHub::start(sqlite()).await;
    let app = hub.client(signing_application()).await;
    let text = assertion(&hub, &app.client_id, None).write();
    assert_ne!(authenticate(&hub, &text).await.error(), UNKNOWN);
    let form = fields(&[
        ("token", "unknown"),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", &text),
    ]);
    for path in ["oauth/introspect", "oauth/revoke", "oauth/par"] {
        assert_eq!(post_form(&hub.url(path), &form, &[]).await.error(), UNKNOWN, "{path}");
    }
    hub.stop().await;
}

/// RFC 9126 §2: the address of the endpoint itself is an audience there, and only there.
#[actix_web::test]
async fn an_assertion_may_name_the_endpoint_it_is_for_and_no_other() {
    let hub = TestHub::start(sqlite()).await;
    let app = hub.client(signing_application()).await;
    for path in ENDPOINTS {
        for audience in ENDPOINTS {
            let mut token = assertion(&hub, &app.client_id, None);
            token.set("aud", hub.url(audience));
            let form = fields(&[
                ("grant_type", "client_credentials"),
                ("token", "unknown"),
                ("client_assertion_type", ASSERTION_TYPE),
                ("client_assertion", &token.write()),
            ]);
            let answer = post_form(&hub.url(path), &form, &[]).await;
            let is_known = answer.error() != UNKNOWN;
            let expected = audience == path || audience == "oauth/token";
            assert_eq!(is_known, expected, "{audience} at {path}: {answer:?}");
        }
    }
    hub.stop().await;
}

/// Incident 42: parameter pollution (CVE-2026-9689).
#[actix_web::test]
async fn a_form_that_names_anything_twice_is_refused_wherever_applications_authenticate() {
    let hub = TestHub::start(sqlite()).await;
    let mut settings = settings("client_secret_basic", None, None);
    settings["grant_types"] =
        json!(["authorization_code", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"]);
    let app = hub.client(settings).await;
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", app.client_id, app.secret)));
    let management = hub.url("api/v2/");
    for path in ENDPOINTS.into_iter().chain(["oauth/device/code"]) {
        for (name, value) in [("client_id", app.client_id.as_str()), ("unknown", "1")] {
            let mut form = fields(&[
                ("grant_type", "client_credentials"),
                ("audience", if path == "oauth/token" { &management } else { "" }),
                ("token", "unknown"),
                ("response_type", "code"),
                ("redirect_uri", "https://app.example/callback"),
                ("scope", "openid"),
                (name, value),
            ]);
            let headers = [("authorization", basic.as_str())];
            let once = post_form(&hub.url(path), &form, &headers).await;
            assert_ne!(once.error(), (400, "invalid_request"), "{path} {name}: {once:?}");
            form.push((name.to_owned(), value.to_owned()));
            let twice = post_form(&hub.url(path), &form, &headers).await;
            assert_eq!(twice.error(), (400, "invalid_request"), "{path} {name}: {twice:?}");
            assert!(twice.text_of("error_description").contains(name), "{path} {name}: {twice:?}");
        }
    }
    hub.stop().await;
}
