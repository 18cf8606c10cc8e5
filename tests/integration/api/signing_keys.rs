//! Signing keys as the Management API shows, rotates and revokes them.

use serde_json::{Value, json};
use vestibule::domain::limits;

use super::server::Api;

fn find<'a>(keys: &'a Value, status: &str, key_type: &str) -> &'a Value {
    let keys = keys.as_array().unwrap();
    keys.iter().find(|key| key["status"] == status && key["key_type"] == key_type).unwrap()
}

#[actix_web::test]
async fn keys_are_listed_read_rotated_and_revoked_as_auth0_does() {
    for api in Api::each().await {
        let listed = api.get("/keys/signing").await.expect(200);
        assert_eq!(listed.as_array().unwrap().len(), 6);
        let current = find(&listed, "current", "RSA");
        assert_eq!(
            (&current["current"], &current["next"], &current["previous"], &current["revoked"]),
            (&json!(true), &json!(false), &json!(false), &json!(false))
        );
        assert!(current["current_since"].is_string());
        assert_eq!(current["jwk"]["kty"], "RSA");
        assert_eq!(current["algorithms"], json!(["RS256", "PS256"]));
        let (kid, next) = (current["kid"].as_str().unwrap(), find(&listed, "next", "RSA"));
        assert!(next.get("current_since").is_none());
        assert_eq!(api.get(&format!("/keys/signing/{kid}")).await.expect(200), *current);

        let rotated = api.post("/keys/signing/rotate", Value::Null).await.expect(201);
        assert_eq!(rotated["kid"], find(&rotated["keys"], "next", "RSA")["kid"]);
        assert_eq!(find(&rotated["keys"], "current", "RSA")["kid"], next["kid"]);
        let previous = find(&rotated["keys"], "previous", "RSA");
        assert_eq!(previous["kid"], kid);
        assert!(previous["current_until"].is_string() && previous["expires_at"].is_string());

        let path = format!("/keys/signing/{kid}/revoke");
        let revoked = api.send(reqwest::Method::PUT, &path, &[], None).await.expect(200);
        assert_eq!((&revoked["kid"], &revoked["revoked"]), (&json!(kid), &json!(true)));
        assert!(revoked["revoked_at"].is_string() && revoked.get("jwk").is_none());
        api.stop().await;
    }
}

#[actix_web::test]
async fn no_answer_and_no_log_entry_holds_a_private_key() {
    for api in Api::each().await {
        let rotated = api.post("/keys/signing/rotate", Value::Null).await;
        let listed = api.get("/keys/signing").await;
        for key in listed.json().as_array().unwrap() {
            for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert!(key["jwk"].get(private).is_none(), "{private}");
            }
        }
        for text in [rotated.text, listed.text] {
            assert!(!text.contains("private"), "{text}");
        }
        let entry = api.server.log().await.into_iter().find(|entry| entry.description.contains("Rotate"));
        let entry = entry.expect("a rotation is logged");
        assert_eq!(entry.log_type, "sapi");
        assert_eq!(entry.client_id.as_deref(), Some(super::server::MANAGEMENT_CLIENT));
        let changed = &entry.details["changed"];
        assert_eq!(changed["resource"], "signing_key");
        assert_eq!(changed["keys"].as_array().unwrap().len(), 9, "{changed}");
        for key in changed["keys"].as_array().unwrap() {
            let names: Vec<&String> = key.as_object().unwrap().keys().collect();
            assert_eq!(names, ["id", "status"]);
        }
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_key_that_is_not_there_is_said_not_to_be() {
    for api in Api::each().await {
        api.get("/keys/signing/x").await.expect_refusal(404, "inexistent_signing_key");
        let revoked = api.send(reqwest::Method::PUT, "/keys/signing/x/revoke", &[], None).await;
        revoked.expect_refusal(404, "inexistent_signing_key");
        let log = api.server.log().await;
        assert!(log.iter().any(|entry| entry.log_type == "fapi" && entry.description.contains("Revoke")));
        api.stop().await;
    }
}

/// Programs that verify tokens read so many keys of a set and no more.
#[actix_web::test]
async fn rotations_in_a_row_end_before_the_key_set_grows_too_large() {
    for api in Api::each().await {
        for _ in 0..limits::PREVIOUS_KEYS_PER_TYPE {
            api.post("/keys/signing/rotate", Value::Null).await.expect(201);
        }
        let refused = api.post("/keys/signing/rotate", Value::Null).await;
        refused.expect_refusal(409, "too_many_signing_keys");
        let keys = api.server.hub.keys.current().jwks();
        assert!(keys["keys"].as_array().unwrap().len() < 50);
        api.stop().await;
    }
}
