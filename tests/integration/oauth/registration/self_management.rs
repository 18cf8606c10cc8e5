//! An application looks after its own registration (RFC 7592).

use reqwest::Method;
use serde_json::{Value, json};

use super::{Registry, manage};
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{fields, post_form};

#[actix_web::test]
async fn a_registration_is_read_replaced_and_ended_with_its_own_token() {
    for database in each_database() {
        let registry = Registry::on(database).await;
        let made = registry.register(json!({"client_name": "Notes", "scope": "openid email"})).await;
        let (id, token) = (made.text_of("client_id"), made.text_of("registration_access_token"));
        let read = registry.at(&made, Method::GET, &token, Value::Null).await;
        assert_eq!(read.status, 200, "{read:?}");
        let mut expected = made.json.clone();
        for once in ["client_secret", "client_secret_expires_at"] {
            expected.as_object_mut().unwrap().remove(once);
        }
        assert_eq!(read.json, expected);
        let body = json!({
            "client_id": id, "client_secret": made.text_of("client_secret"), "client_name": "Notes 2",
            "redirect_uris": ["https://app.example/two"],
        });
        let replaced = registry.at(&made, Method::PUT, &token, body).await;
        assert_eq!(replaced.status, 200, "{replaced:?}");
        assert_eq!(replaced.json["client_name"], "Notes 2");
        assert_eq!(replaced.json["redirect_uris"], json!(["https://app.example/two"]));
        assert_eq!(replaced.json.get("scope"), None, "left out: the default");
        assert_eq!(replaced.json.get("client_secret"), None, "the secret stays");
        let form = fields(&[
            ("grant_type", "authorization_code"),
            ("code", "x"),
            ("client_id", &id),
            ("client_secret", &made.text_of("client_secret")),
        ]);
        let known = post_form(&registry.hub.url("oauth/token"), &form, &[]).await;
        assert_ne!(known.error().1, "invalid_client", "{known:?}");
        assert_eq!(registry.at(&made, Method::DELETE, &token, Value::Null).await.status, 204);
        let gone = registry.at(&made, Method::GET, &token, Value::Null).await;
        assert_eq!(gone.error(), (401, "invalid_token"));
        let unknown = post_form(&registry.hub.url("oauth/token"), &form, &[]).await;
        assert_eq!(unknown.error(), (401, "invalid_client"));
        let log = registry.hub.log().await;
        for expected in ["An application changed its registration", "An application ended its registration"] {
            let entry = log.iter().find(|entry| entry.description == expected);
            assert_eq!(entry.and_then(|entry| entry.client_id.as_deref()), Some(id.as_str()), "{expected}");
        }
        registry.hub.stop().await;
    }
}

#[actix_web::test]
async fn another_token_reads_changes_and_ends_nothing() {
    for database in each_database() {
        let registry = Registry::on(database).await;
        let made = registry.register(json!({})).await;
        let other = registry.register(json!({})).await;
        let first = registry
            .hub
            .client(json!({"name": "Admin's", "callbacks": ["https://app.example/callback"]}))
            .await;
        let body =
            json!({"client_id": made.text_of("client_id"), "redirect_uris": ["https://evil.example/"]});
        for token in
            [other.text_of("registration_access_token"), registry.token.clone(), String::new(), "x".into()]
        {
            for (method, body) in
                [(Method::GET, Value::Null), (Method::PUT, body.clone()), (Method::DELETE, Value::Null)]
            {
                let refused = registry.at(&made, method.clone(), &token, body).await;
                assert_eq!(refused.error(), (401, "invalid_token"), "{method} {refused:?}");
            }
        }
        // An application that did not register itself has no such token at all.
        let url = registry.hub.url(&format!("oidc/register/{}", first.client_id));
        for token in ["", "x", &other.text_of("registration_access_token")] {
            let request = crate::support::sign_in::http().get(&url);
            let request = request.header("authorization", format!("Bearer {token}"));
            let refused = crate::support::sign_in::read(request).await;
            assert_eq!(refused.error(), (401, "invalid_token"));
        }
        let token = made.text_of("registration_access_token");
        let read = registry.at(&made, Method::GET, &token, Value::Null).await;
        assert_eq!(read.json["redirect_uris"], made.json["redirect_uris"]);
        registry.hub.stop().await;
    }
}

#[actix_web::test]
async fn what_is_not_the_clients_to_send_is_refused_and_a_new_method_brings_its_secret() {
    let registry = Registry::on(sqlite()).await;
    let made = registry.register(json!({"token_endpoint_auth_method": "none"})).await;
    let (id, token) = (made.text_of("client_id"), made.text_of("registration_access_token"));
    let redirect = json!(["https://app.example/callback"]);
    for (body, named) in [
        (json!({"redirect_uris": redirect}), "client_id"),
        (json!({"client_id": "other", "redirect_uris": redirect}), "client_id"),
        (json!({"client_id": id, "client_secret": "guess", "redirect_uris": redirect}), "client_secret"),
        (
            json!({"client_id": id, "registration_access_token": token, "redirect_uris": redirect}),
            "registration_access_token",
        ),
        (
            json!({"client_id": id, "client_id_issued_at": 1, "redirect_uris": redirect}),
            "client_id_issued_at",
        ),
    ] {
        let refused = registry.at(&made, Method::PUT, &token, body.clone()).await;
        assert_eq!(refused.error(), (400, "invalid_client_metadata"), "{body}");
        assert!(refused.text_of("error_description").contains(named), "{body}: {refused:?}");
    }
    let bad = json!({"client_id": id, "redirect_uris": ["https://app.example/#x"]});
    let refused = registry.at(&made, Method::PUT, &token, bad).await;
    assert_eq!(refused.error(), (400, "invalid_redirect_uri"));
    let mut secrets = Vec::new();
    for method in ["client_secret_post", "client_secret_jwt"] {
        let body = json!({"client_id": id, "redirect_uris": redirect, "token_endpoint_auth_method": method});
        let replaced = registry.at(&made, Method::PUT, &token, body).await;
        assert_eq!(replaced.status, 200, "{replaced:?}");
        assert_eq!(replaced.json["client_secret_expires_at"], 0, "{method}");
        secrets.push(replaced.text_of("client_secret"));
    }
    assert_ne!(secrets[0], secrets[1], "one that can sign is another");
    // What an administrator decided stays.
    let path = format!("clients/{id}");
    manage(
        &registry.hub,
        Method::PATCH,
        &path,
        json!({"profile_claims": ["team"], "description": "Checked"}),
    )
    .await;
    let body = json!({"client_id": id, "redirect_uris": redirect, "profile_claims": ["salary"]});
    assert_eq!(registry.at(&made, Method::PUT, &token, body).await.status, 200);
    let shown = manage(&registry.hub, Method::GET, &path, Value::Null).await;
    assert_eq!(
        (&shown.json["profile_claims"], &shown.json["description"]),
        (&json!(["team"]), &json!("Checked"))
    );
    assert_eq!(shown.json["is_first_party"], false);
    registry.hub.stop().await;
}
