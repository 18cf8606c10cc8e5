//! A device asks for its person (RFC 8628 §3.1, §3.2).

use serde_json::json;

use super::{DEVICE_CODE, stage};
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{Stage, add_client, fields, http, post_form, read};

#[actix_web::test]
async fn a_device_gets_a_code_to_show_and_one_to_keep() {
    for database in each_database() {
        let stage = stage(database).await;
        let answer = stage.ask_for_device(&[]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.text_of("device_code").len(), 43);
        let user_code = answer.text_of("user_code");
        assert_eq!(user_code.len(), 9);
        assert_eq!(answer.text_of("verification_uri"), stage.hub.url("activate"));
        let complete = stage.hub.url(&format!("activate?user_code={user_code}"));
        assert_eq!(answer.text_of("verification_uri_complete"), complete);
        assert_eq!((&answer.json["expires_in"], &answer.json["interval"]), (&json!(900), &json!(5)));
        // Neither code is stored as it is.
        let stored = stage
            .hub
            .database
            .values("SELECT device_code_hash || ' ' || user_code_hash AS value FROM device_authorizations");
        assert!(!stored[0].contains(&answer.text_of("device_code")));
        assert!(!stored[0].contains(&user_code.replace('-', "")));
    }
}

#[actix_web::test]
async fn each_fault_has_its_code_and_nothing_is_stored() {
    let stage = stage(sqlite()).await;
    let other = add_client(&stage.hub, json!({})).await;
    for (changes, expected) in [
        (vec![("client_id", "")], (401, "invalid_client")),
        (vec![("client_id", "nobody")], (401, "invalid_client")),
        (vec![("scope", "openid \"")], (400, "invalid_scope")),
        (vec![("audience", "https://nowhere.example/")], (400, "invalid_target")),
        (
            vec![("client_id", other.client_id.as_str()), ("client_secret", other.secret.as_str())],
            (400, "unauthorized_client"),
        ),
        (vec![("client_id", other.client_id.as_str()), ("client_secret", "wrong")], (401, "invalid_client")),
    ] {
        assert_eq!(stage.ask_for_device(&changes).await.error(), expected, "{changes:?}");
    }
    let twice = fields(&[("client_id", &stage.app.client_id), ("scope", "openid"), ("scope", "openid")]);
    assert_eq!(
        post_form(&stage.hub.url("oauth/device/code"), &twice, &[]).await.error(),
        (400, "invalid_request")
    );
    assert_eq!(read(http().get(stage.hub.url("oauth/device/code"))).await.status, 405);
    assert_eq!(stage.count("device_authorizations"), 0);
    let log = stage.hub.log().await;
    assert!(log.iter().any(|entry| entry.log_type == "fdeaz"), "{log:?}");
}

#[actix_web::test]
async fn the_token_endpoint_wants_the_grant_type_too() {
    let stage = Stage::on(sqlite()).await;
    let form = fields(&[
        ("grant_type", DEVICE_CODE),
        ("device_code", "anything"),
        ("client_id", &stage.app.client_id),
        ("client_secret", &stage.app.secret),
    ]);
    assert_eq!(stage.token(&form).await.error(), (400, "unauthorized_client"));
    let without_code: Vec<_> = form.into_iter().filter(|(name, _)| name != "device_code").collect();
    assert_eq!(stage.token(&without_code).await.error(), (400, "invalid_request"));
}
