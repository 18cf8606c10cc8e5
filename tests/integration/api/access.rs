//! Who may call what: a token for this API, in the header, with the endpoint's scope.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;
use vestibule::crypto::jws::Algorithm;
use vestibule::domain::management_scope;
use vestibule::protocol::tokens::{ACCESS_TOKEN_TYPE, AccessTokenClaims};

use super::server::{Answer, Api, MANAGEMENT_CLIENT};
use crate::support::databases::sqlite;

const ENDPOINTS: &[(&str, &str, &str)] = &[
    ("GET", "/connections", "read:connections"),
    ("POST", "/connections", "create:connections"),
    ("GET", "/connections/resolve?client_id=x", "read:connections"),
    ("GET", "/connections/presets", "read:connections"),
    ("GET", "/connections/con_0123456789abcdef", "read:connections"),
    ("PATCH", "/connections/con_0123456789abcdef", "update:connections"),
    ("DELETE", "/connections/con_0123456789abcdef", "delete:connections"),
    ("GET", "/connections/con_0123456789abcdef/status", "read:connections"),
    ("POST", "/connections/con_0123456789abcdef/metadata/accept", "update:connections"),
    ("GET", "/connections/con_0123456789abcdef/clients", "read:connections"),
    ("PATCH", "/connections/con_0123456789abcdef/clients", "update:connections"),
    ("PUT", "/connections/con_0123456789abcdef/logo", "update:connections"),
    ("DELETE", "/connections/con_0123456789abcdef/logo", "update:connections"),
    ("POST", "/connections/con_0123456789abcdef/attribute-map/try", "update:connections"),
    ("GET", "/connections/con_0123456789abcdef/attribute-map/versions", "read:connections"),
    ("GET", "/connections/con_0123456789abcdef/attribute-map/versions/1", "read:connections"),
    ("POST", "/connections/con_0123456789abcdef/attribute-map/versions/1/restore", "update:connections"),
    ("GET", "/connections/con_0123456789abcdef/domains", "read:connections"),
    ("POST", "/connections/con_0123456789abcdef/domains", "update:connections"),
    ("GET", "/connections/con_0123456789abcdef/domains/a.example", "read:connections"),
    ("DELETE", "/connections/con_0123456789abcdef/domains/a.example", "update:connections"),
    ("POST", "/connections/con_0123456789abcdef/domains/a.example/verify", "update:connections"),
    ("GET", "/connections/con_0123456789abcdef/setup-tickets", "read:connections"),
    ("POST", "/connections/con_0123456789abcdef/setup-tickets", "update:connections"),
    ("DELETE", "/connections/con_0123456789abcdef/setup-tickets/x", "update:connections"),
    ("GET", "/clients", "read:clients"),
    ("POST", "/clients", "create:clients"),
    ("GET", "/clients/x", "read:clients"),
    ("PATCH", "/clients/x", "update:clients"),
    ("DELETE", "/clients/x", "delete:clients"),
    ("POST", "/clients/x/rotate-secret", "update:client_keys"),
    ("GET", "/users", "read:users"),
    ("POST", "/users", "create:users"),
    ("GET", "/users-by-email?email=a@b.example", "read:users"),
    ("GET", "/users/x", "read:users"),
    ("PATCH", "/users/x", "update:users"),
    ("DELETE", "/users/x", "delete:users"),
    ("GET", "/resource-servers", "read:resource_servers"),
    ("POST", "/resource-servers", "create:resource_servers"),
    ("GET", "/resource-servers/x", "read:resource_servers"),
    ("PATCH", "/resource-servers/x", "update:resource_servers"),
    ("DELETE", "/resource-servers/x", "delete:resource_servers"),
    ("GET", "/client-grants", "read:client_grants"),
    ("POST", "/client-grants", "create:client_grants"),
    ("GET", "/client-grants/x", "read:client_grants"),
    ("PATCH", "/client-grants/x", "update:client_grants"),
    ("DELETE", "/client-grants/x", "delete:client_grants"),
    ("GET", "/keys/signing", "read:signing_keys"),
    ("GET", "/keys/signing/x", "read:signing_keys"),
    ("POST", "/keys/signing/rotate", "create:signing_keys"),
    ("PUT", "/keys/signing/x/revoke", "update:signing_keys"),
    ("GET", "/grants", "read:grants"),
    ("DELETE", "/grants?user_id=x", "delete:grants"),
    ("DELETE", "/grants/x", "delete:grants"),
    ("GET", "/users/x/sessions", "read:sessions"),
    ("DELETE", "/users/x/sessions", "delete:sessions"),
    ("GET", "/sessions/x", "read:sessions"),
    ("DELETE", "/sessions/x", "delete:sessions"),
    ("POST", "/sessions/x/revoke", "delete:sessions"),
    ("GET", "/users/x/refresh-tokens", "read:refresh_tokens"),
    ("DELETE", "/users/x/refresh-tokens", "delete:refresh_tokens"),
    ("POST", "/refresh-tokens/revoke", "delete:refresh_tokens"),
    ("GET", "/refresh-tokens/x", "read:refresh_tokens"),
    ("DELETE", "/refresh-tokens/x", "delete:refresh_tokens"),
    ("GET", "/logs", "read:logs"),
    ("GET", "/logs/x", "read:logs"),
];

async fn call(api: &Api, method: &str, path: &str, token: Option<&str>) -> Answer {
    let mut request = api.request(Method::from_bytes(method.as_bytes()).unwrap(), path);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    Answer::of(request.send().await.unwrap()).await
}

#[actix_web::test]
async fn every_endpoint_wants_its_own_scope_and_no_other_will_do() {
    let api = Api::start(sqlite()).await;
    let all: BTreeSet<&str> = management_scope::ALL.iter().copied().collect();
    for (method, path, scope) in ENDPOINTS {
        assert!(all.contains(scope), "{scope}");
        let others: Vec<&str> = all.iter().copied().filter(|other| other != scope).collect();
        let without = api.token_for(Some(&others.join(" "))).await;
        let refused = call(&api, method, path, Some(&without)).await;
        let body = refused.expect_refusal(403, "insufficient_scope");
        assert_eq!(body["message"], json!(format!("Insufficient scope, expected any of: {scope}")));
        assert_eq!(
            refused.header("www-authenticate"),
            format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"")
        );
        let with = api.token_for(Some(scope)).await;
        let admitted = call(&api, method, path, Some(&with)).await;
        assert!(![401, 403].contains(&admitted.status.as_u16()), "{method} {path}: {admitted:?}");
    }
    api.stop().await;
}

#[actix_web::test]
async fn without_a_token_for_this_api_nothing_is_answered() {
    let api = Api::start(sqlite()).await;
    let now = api.server.clock.now().seconds();
    let good = AccessTokenClaims {
        iss: api.server.issuer.clone(),
        sub: format!("{MANAGEMENT_CLIENT}@clients"),
        aud: api.server.hub.management_audience().into(),
        client_id: MANAGEMENT_CLIENT.into(),
        exp: now + 60,
        iat: now,
        jti: "1".into(),
        scope: management_scope::ALL.join(" "),
        grant_id: None,
        sid: None,
        auth_time: None,
        acr: None,
        amr: Vec::new(),
        act: None,
        authorization_details: None,
        cnf: None,
        gty: None,
    };
    let signed = |token_type: &str, claims: &AccessTokenClaims| {
        api.server.hub.keys.current().sign(Algorithm::RS256, token_type, claims).unwrap()
    };
    let ordinary = api.add_client("Ordinary").await["client_id"].as_str().unwrap().to_owned();
    let token = signed(ACCESS_TOKEN_TYPE, &good);
    call(&api, "GET", "/connections", Some(&token)).await.expect(200);
    let mut foreign = token.clone();
    foreign.replace_range(token.len() - 8.., "AAAAAAAA");
    for (what, token) in [
        (
            "userinfo",
            signed(
                ACCESS_TOKEN_TYPE,
                &AccessTokenClaims { aud: api.server.hub.userinfo_audience().into(), ..good.clone() },
            ),
        ),
        ("an ID token's type", signed("JWT", &good)),
        ("expired", signed(ACCESS_TOKEN_TYPE, &AccessTokenClaims { exp: now - 1, ..good.clone() })),
        (
            "issuer",
            signed(
                ACCESS_TOKEN_TYPE,
                &AccessTokenClaims { iss: "https://x.example/".into(), ..good.clone() },
            ),
        ),
        (
            "no such client",
            signed(ACCESS_TOKEN_TYPE, &AccessTokenClaims { client_id: "gone".into(), ..good.clone() }),
        ),
        (
            "another client",
            signed(ACCESS_TOKEN_TYPE, &AccessTokenClaims { client_id: ordinary, ..good.clone() }),
        ),
        ("signature", foreign),
        ("nonsense", "abc".into()),
    ] {
        let refused = call(&api, "GET", "/connections", Some(&token)).await;
        assert_eq!(refused.status, 401, "{what}");
        refused.expect_refusal(401, "invalid_token");
        assert!(refused.header("www-authenticate").starts_with("Bearer error=\"invalid_token\""), "{what}");
    }
    for (method, path, _) in ENDPOINTS {
        let refused = call(&api, method, path, None).await;
        refused.expect_refusal(401, "missing_token");
        assert_eq!(refused.header("www-authenticate"), "Bearer");
    }
    // Never from the address.
    call(&api, "GET", &format!("/connections?access_token={token}"), None)
        .await
        .expect_refusal(401, "missing_token");
    let both = call(&api, "GET", &format!("/connections?access_token={token}"), Some(&token)).await;
    both.expect_refusal(400, "invalid_query_string");
    assert!(!both.text.contains(&token));
    api.stop().await;
}

#[actix_web::test]
async fn a_token_ends_with_its_time() {
    let api = Api::start(sqlite()).await;
    let token = api.token_for(None).await;
    call(&api, "GET", "/clients", Some(&token)).await.expect(200);
    api.server.clock.advance(24 * 60 * 60 + 1);
    call(&api, "GET", "/clients", Some(&token)).await.expect_refusal(401, "invalid_token");
    api.stop().await;
}
