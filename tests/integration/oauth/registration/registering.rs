//! What a registration answers, what it refuses, and that what it made works.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{Registry, manage, register};
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{Stage, http, post_form, read};

#[actix_web::test]
async fn a_registered_application_is_third_party_and_knows_its_secret_once() {
    for database in each_database() {
        let registry = Registry::on(database).await;
        let made = registry
            .register(json!({
                "client_name": "Notes", "client_uri": "https://app.example", "contacts": ["ops@app.example"],
                "grant_types": ["authorization_code", "refresh_token"], "scope": "openid email",
            }))
            .await;
        assert_eq!(made.status, 201, "{made:?}");
        assert_eq!((made.header("cache-control"), made.header("pragma")), ("no-store", ""));
        let (id, secret) = (made.text_of("client_id"), made.text_of("client_secret"));
        assert_eq!(made.json["client_secret_expires_at"], 0);
        assert_eq!(made.json["client_name"], "Notes");
        assert_eq!(made.json["token_endpoint_auth_method"], "client_secret_basic");
        assert_eq!(made.json["response_types"], json!(["code"]));
        assert!(made.json["client_id_issued_at"].is_i64());
        let uri = made.text_of("registration_client_uri");
        assert_eq!(uri, registry.hub.url(&format!("oidc/register/{id}")));
        let token = made.text_of("registration_access_token");
        let shown = manage(&registry.hub, reqwest::Method::GET, &format!("clients/{id}"), json!(null)).await;
        assert_eq!(shown.json["is_first_party"], false);
        assert_eq!(shown.json["name"], "Notes");
        let dump = registry.hub.database.dump();
        assert!(!dump.contains(&secret) && !dump.contains(&token), "stored hashed");
        // It is known at the token endpoint by the method it registered.
        let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let form = crate::support::sign_in::fields(&[("grant_type", "authorization_code"), ("code", "x")]);
        let url = registry.hub.url("oauth/token");
        let answer = post_form(&url, &form, &[("authorization", &basic)]).await;
        assert_ne!(answer.error().1, "invalid_client", "{answer:?}");
        registry.hub.stop().await;
    }
}

#[actix_web::test]
async fn an_application_without_a_secret_is_not_told_one() {
    let registry = Registry::on(sqlite()).await;
    for metadata in [
        json!({"token_endpoint_auth_method": "none"}),
        json!({
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [crate::support::keys::TestKey::honest().jwk]},
        }),
    ] {
        let made = registry.register(metadata.clone()).await;
        assert_eq!(made.status, 201, "{made:?}");
        assert!(made.json.get("client_secret").is_none(), "{metadata}");
        assert!(made.json.get("client_secret_expires_at").is_none(), "{metadata}");
    }
    registry.hub.stop().await;
}

/// Module: oidcc-redirect-uri-regfrag
#[actix_web::test]
async fn a_redirect_uri_with_a_fragment_is_not_registered() {
    let registry = Registry::on(sqlite()).await;
    for uri in [
        "https://app.example/callback#fragment",
        "https://app.example/callback#",
        "http://app.example/callback",
        "javascript:alert(1)",
        "https://*.example/callback",
        "/callback",
        "",
    ] {
        let refused = registry.register(json!({"redirect_uris": [uri]})).await;
        assert_eq!(refused.error(), (400, "invalid_redirect_uri"), "{uri}: {refused:?}");
        assert!(refused.text_of("error_description").contains("redirect_uris"), "{refused:?}");
    }
    for uris in [json!([]), json!("https://app.example/callback"), json!(null)] {
        let metadata = json!({"redirect_uris": uris});
        let refused = register(&registry.hub, Some(&registry.token), &metadata).await;
        assert_eq!(refused.error(), (400, "invalid_redirect_uri"), "{uris}");
    }
    registry.hub.stop().await;
}

/// RFC 8252 §7.1: an application of a machine's own can claim any scheme; a name that has a dot belongs to somebody.
#[actix_web::test]
async fn a_scheme_of_ones_own_without_a_dot_is_not_registered() {
    for database in each_database() {
        let registry = Registry::on(database).await;
        let native = |uri: &str| json!({"application_type": "native", "redirect_uris": [uri]});
        for uri in ["myapp:/callback", "myapp://callback", "myapp://com.example/cb", "com.:/cb"] {
            let refused = registry.register(native(uri)).await;
            assert_eq!(refused.error(), (400, "invalid_redirect_uri"), "{uri}: {refused:?}");
            assert!(refused.text_of("error_description").contains("RFC 8252"), "{refused:?}");
            let body = json!({"name": "Phone", "app_type": "native", "callbacks": [uri]});
            let refused = manage(&registry.hub, reqwest::Method::POST, "clients", body).await;
            assert_eq!(refused.status, 400, "{uri}: {refused:?}");
            assert!(refused.text.contains("com.example."), "{refused:?}");
        }
        let made = registry.register(native("com.example.app:/callback")).await;
        assert_eq!(made.status, 201, "{made:?}");
        registry.hub.stop().await;
    }
}

/// Module: oidcc-redirect-uri-query-mismatch
/// Module: oidcc-redirect-uri-query-added
#[actix_web::test]
async fn the_query_of_a_redirect_uri_is_part_of_what_was_registered() {
    let registry = Registry::on(sqlite()).await;
    let registered = "https://app.example/callback?tenant=1";
    let made = registry.register(json!({"redirect_uris": [registered, "https://app.example/plain"]})).await;
    let id = made.text_of("client_id");
    let ask = async |uri: &str| {
        let url = crate::support::sign_in::ask(&registry.hub.issuer, &id, &[("redirect_uri", uri)]);
        read(http().get(url)).await
    };
    assert_ne!(ask(registered).await.status, 400);
    for uri in [
        "https://app.example/callback",
        "https://app.example/callback?tenant=2",
        "https://app.example/callback?tenant=1&more=1",
        "https://app.example/plain?added=1",
    ] {
        let refused = ask(uri).await;
        assert_eq!(refused.status, 400, "{uri}");
        assert!(refused.text.contains("redirect-uri-mismatch"), "{uri}");
        assert_eq!(refused.header("location"), "", "never redirected");
    }
    registry.hub.stop().await;
}

#[actix_web::test]
async fn metadata_that_cannot_hold_is_refused_by_name_and_unknown_metadata_is_ignored() {
    let registry = Registry::on(sqlite()).await;
    for (metadata, named) in [
        (json!({"client_name": "<b>"}), "client_name"),
        (json!({"client_name": "Acme\u{202e}lapyaP"}), "U+202E"),
        (json!({"client_name": "Acme\u{200b}Payroll"}), "U+200B"),
        (json!({"client_name": "Acme\u{a0}Payroll"}), "U+00A0"),
        (json!({"client_name": "\u{2067}\u{3164}"}), "client_name"),
        (json!({"client_name": "x".repeat(256)}), "client_name"),
        (json!({"token_endpoint_auth_method": "tls_client_auth"}), "token_endpoint_auth_method"),
        (json!({"token_endpoint_auth_method": "private_key_jwt"}), "jwks"),
        (json!({"response_types": ["token"]}), "response_types"),
        (json!({"response_types": ["id_token"], "grant_types": ["authorization_code"]}), "response_types"),
        (json!({"id_token_signed_response_alg": "none"}), "id_token_signed_response_alg"),
        (json!({"subject_type": "secret"}), "subject_type"),
        (json!({"initiate_login_uri": "http://app.example/login"}), "initiate_login_uri"),
        (json!({"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}), "jwks"),
    ] {
        let refused = registry.register(metadata.clone()).await;
        assert_eq!(refused.error(), (400, "invalid_client_metadata"), "{metadata}: {refused:?}");
        assert!(refused.text_of("error_description").contains(named), "{metadata}: {refused:?}");
    }
    let made = registry
        .register(json!({"software_id": "x", "client_name#fr": "Bloc-notes", "something": {"else": [1]}}))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    assert!(made.json.get("software_id").is_none());
    let giant = json!({"redirect_uris": ["https://app.example/callback"], "unknown": "x".repeat(64 * 1024)});
    let giant = giant.to_string();
    for (content_type, body, expected) in [
        ("text/plain", "{}", 415),
        ("application/json", giant.as_str(), 413),
        ("application/json", "[]", 400),
        ("application/json", "{", 400),
        ("application/x-www-form-urlencoded", "redirect_uris=x", 415),
    ] {
        let request = http().post(registry.hub.url("oidc/register")).body(body.to_owned());
        let request = request
            .header("content-type", content_type)
            .header("authorization", format!("Bearer {}", registry.token));
        assert_eq!(
            read(request).await.error(),
            (expected, "invalid_client_metadata"),
            "{content_type} {body}"
        );
    }
    registry.hub.stop().await;
}

#[actix_web::test]
async fn a_management_token_does_not_register_and_an_initial_access_token_does_not_manage() {
    let registry = Registry::on(sqlite()).await;
    let management = registry.hub.management_token().await;
    let metadata = json!({"redirect_uris": ["https://app.example/callback"]});
    let refused = register(&registry.hub, Some(&management), &metadata).await;
    assert_eq!(refused.error(), (401, "invalid_token"));
    let request = http().get(registry.hub.url("api/v2/clients"));
    let request = request.header("authorization", format!("Bearer {}", registry.token));
    assert_eq!(read(request).await.status, 401);
    registry.hub.stop().await;
}

/// A third-party application reaches only the connections that serve the whole domain.
#[actix_web::test]
async fn a_registered_application_signs_nobody_in_through_connections_not_meant_for_it() {
    let stage = Stage::on(sqlite()).await;
    let settings =
        json!({"name": "Third", "callbacks": ["https://app.example/callback"], "is_first_party": false});
    let third = stage.hub.client(settings).await;
    let url = crate::support::sign_in::ask(&stage.hub.issuer, &third.client_id, &[]);
    let page = stage.browser().open(&url).await;
    assert!(page.stopped || page.text.contains("no-connection"), "{page:?}");
    if page.stopped {
        assert_eq!(page.answered("code"), None, "{page:?}");
    }
}
