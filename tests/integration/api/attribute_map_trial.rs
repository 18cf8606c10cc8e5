//! A dry run of an attribute map: what pasted claims would become, why, and what a login would write; nothing is.

use serde_json::{Value, json};
use vestibule::domain::connection::Channel;
use vestibule::domain::limits;

use super::server::Api;
use crate::support::application::{Application, browser};
use crate::support::databases::sqlite;
use crate::support::fake_provider::FakeProvider;

async fn trial(api: &Api, id: &Value, body: Value) -> super::server::Answer {
    api.post(&format!("/connections/{}/attribute-map/try", id.as_str().unwrap()), body).await
}

#[actix_web::test]
async fn pasted_claims_become_a_profile_with_the_rule_behind_each_value() {
    for api in Api::each().await {
        let id = api.add_connection("acme", json!({})).await["id"].clone();
        let tried = trial(
            &api,
            &id,
            json!({
                "claims": {"sub": "7", "upn": "ada@acme.example", "roles": "staff"},
                "userinfo": {"sub": "7", "department": "R&D"},
                "attribute_map": {"mapping_mode": "use_map", "attributes": {
                    "email": "${context.tokenset.email || context.tokenset.upn}",
                    "department": "${context.userinfo.department}",
                    "provider_roles": ["${context.tokenset.roles}"],
                    "phone": "${context.tokenset.phone_number}",
                    "picture": "no picture",
                }},
            }),
        )
        .await
        .expect(200);
        assert_eq!(
            tried["profile"],
            json!({"email": "ada@acme.example", "email_verified": false, "name": "ada@acme.example", "nickname": "ada",
                   "department": "R&D", "provider_roles": ["staff"]})
        );
        assert_eq!(
            tried["rules"],
            json!({
                "email": {"kind": "map", "rule": "${context.tokenset.email || context.tokenset.upn}"},
                "email_verified": {"kind": "default"},
                "department": {"kind": "map", "rule": "${context.userinfo.department}"},
                "provider_roles": {"kind": "map", "rule": ["${context.tokenset.roles}"]},
                "name": {"kind": "fallback", "attributes": ["email"]},
                "nickname": {"kind": "fallback", "attributes": ["email"]},
            })
        );
        assert_eq!(
            tried["missing_claims"],
            json!([{"attribute": "phone", "claim": "context.tokenset.phone_number"}])
        );
        assert_eq!(tried["dropped_attributes"][0]["attribute"], "picture");
        assert_eq!(tried["sync"]["outcome"], "create");
        // Nothing of it was kept.
        let stored = api.get(&format!("/connections/{}", id.as_str().unwrap())).await.expect(200);
        assert_eq!(stored["options"]["attribute_map"]["mapping_mode"], "bind_all");
        assert_eq!(api.server.database.count("users"), 0);
        api.stop().await;
    }
}

/// The trial says what the next login then does.
#[actix_web::test]
async fn the_trial_foretells_what_the_next_login_writes_and_shows_no_stored_value() {
    for api in Api::each().await {
        let app = Application::register(&api.server).await;
        let provider = FakeProvider::start(&api.server.clock);
        let mut connection = provider.connection("acme", Channel::BackChannel);
        connection.options.attribute_map.sync =
            [("name".to_owned(), vestibule::domain::connection::SyncPolicy::First)].into();
        let id = json!(app.connect(connection).await.id);
        let sign_in = async || {
            let asked = app.ask(&[("connection", "acme")]);
            let page = browser().walk(&asked.url, &[]).await;
            asked.claims_in(&app, &page).await
        };
        sign_in().await;
        let claims = json!({"sub": "alice", "email": "alice@acme.example", "email_verified": true,
                            "name": "Alice Other", "given_name": "Alice", "team": "red"});
        let tried = trial(&api, &id, json!({"claims": claims})).await;
        assert!(!tried.text.contains("Alice Adams"), "a stored value: {}", tried.text);
        let sync = tried.expect(200)["sync"].clone();
        assert_eq!(
            sync,
            json!({"user_id": "oidc|acme|alice", "outcome": "update", "changes": [
                {"attribute": "family_name", "change": "removed", "policy": "always"},
                {"attribute": "name", "change": "kept", "policy": "first"},
                {"attribute": "team", "change": "added", "policy": "always"},
            ]})
        );
        provider.behave(crate::support::fake_provider::Behaviour {
            id_token: Some(|token, _| {
                token.set("name", "Alice Other");
                token.set("team", "red");
                token.remove("family_name");
            }),
            ..Default::default()
        });
        sign_in().await;
        let user = api.get("/users/oidc%7Cacme%7Calice").await.expect(200);
        assert_eq!((&user["name"], &user["team"]), (&json!("Alice Adams"), &json!("red")));
        assert_eq!(user.get("family_name"), None);
        let again = trial(&api, &id, json!({"claims": claims})).await.expect(200);
        assert_eq!(again["sync"]["outcome"], "keep");
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_login_that_would_be_refused_is_told_so() {
    let api = Api::start(sqlite()).await;
    let never = api.add_connection("closed", json!({"set_user_root_attributes": "never_on_login"})).await;
    let refused = trial(&api, &never["id"], json!({"claims": {"sub": "7"}})).await.expect(200);
    assert_eq!(refused["sync"]["outcome"], "refuse");
    let huge = json!({"claims": {"sub": "7", "photo": "x".repeat(limits::PROFILE_BYTES)}});
    let refused = trial(&api, &never["id"], huge).await.expect(200);
    assert!(refused["refused"].as_str().unwrap().contains("photo"), "{refused}");
    api.stop().await;
}

#[actix_web::test]
async fn what_cannot_be_tried_is_refused_by_name_all_at_once() {
    let api = Api::start(sqlite()).await;
    let id = api.add_connection("acme", json!({})).await["id"].clone();
    let refused = trial(
        &api,
        &id,
        json!({"userinfo": "none", "token": "x", "attribute_map": {
            "mapping_mode": "use_map", "attributes": {"sub": "1", "a": "${context.tokenset.access_token}"}}}),
    )
    .await;
    refused.expect_refusal(400, "invalid_body");
    assert_eq!(
        refused.problem_paths(),
        ["claims", "userinfo", "token", "attribute_map.attributes.a", "attribute_map.attributes.sub"]
    );
    let flood = json!({"claims": {"sub": "7", "a": "x".repeat(limits::OUTBOUND_ANSWER_BYTES)}});
    assert_eq!(trial(&api, &id, flood).await.problem_paths(), ["claims"]);
    let nowhere =
        api.post("/connections/con_0123456789abcdef/attribute-map/try", json!({"claims": {}})).await;
    nowhere.expect_refusal(404, "inexistent_connection");
    api.stop().await;
}
