//! Every attribute map that was saved can be read again, with who saved it and when, and brought back.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::limits;

use super::server::{Api, MANAGEMENT_CLIENT};
use crate::support::databases::sqlite;

fn map(tier: &str) -> Value {
    json!({"mapping_mode": "use_map", "attributes": {"tier": tier}, "sync": {"tier": "first"}})
}

async fn numbers(api: &Api, path: &str) -> Vec<i64> {
    let list = api.get(&format!("{path}/attribute-map/versions")).await.expect(200);
    list.as_array().unwrap().iter().map(|version| version["version"].as_i64().unwrap()).collect()
}

#[actix_web::test]
async fn each_saved_map_is_a_version_with_who_and_when() {
    for api in Api::each().await {
        let made = api.add_connection("acme", json!({"attribute_map": map("gold")})).await;
        let path = format!("/connections/{}", made["id"].as_str().unwrap());
        api.server.clock.advance(60);
        // What touches no map makes no version, nor does the same map again.
        api.patch(&path, json!({"display_name": "Acme", "options": {"scope": "openid"}})).await.expect(200);
        api.patch(&path, json!({"options": {"attribute_map": map("gold")}})).await.expect(200);
        let changed =
            api.patch(&path, json!({"options": {"attribute_map": map("silver")}})).await.expect(200);
        api.patch(&path, json!({"options": {"attribute_map": {"attributes": {"tier": "${"}}}}))
            .await
            .expect(400);

        let versions = api.get(&format!("{path}/attribute-map/versions")).await.expect(200);
        let expected = json!([
            {"version": 2, "attribute_map": map("silver"), "client_id": MANAGEMENT_CLIENT,
             "created_at": changed["updated_at"]},
            {"version": 1, "attribute_map": map("gold"), "client_id": MANAGEMENT_CLIENT,
             "created_at": made["created_at"]},
        ]);
        assert_eq!(versions, expected);
        let first = api.get(&format!("{path}/attribute-map/versions/1")).await.expect(200);
        assert_eq!(first, expected[1]);
        for (version, status, code) in [
            ("3", 404, "inexistent_attribute_map_version"),
            ("0", 400, "invalid_uri"),
            ("x", 400, "invalid_uri"),
        ] {
            let missing = api.get(&format!("{path}/attribute-map/versions/{version}")).await;
            missing.expect_refusal(status, code);
        }
        let nowhere = api.get("/connections/con_0123456789abcdef/attribute-map/versions").await;
        nowhere.expect_refusal(404, "inexistent_connection");
        // They go with the connection.
        api.delete(&path).await.expect(202);
        assert_eq!(api.server.database.count("attribute_maps"), 0);
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_restored_map_is_exactly_the_earlier_one_and_a_version_of_its_own() {
    for api in Api::each().await {
        let made = api.add_connection("acme", json!({"attribute_map": map("gold")})).await;
        let path = format!("/connections/{}", made["id"].as_str().unwrap());
        let more =
            json!({"options": {"attribute_map": {"attributes": {"extra": "1"}}, "scope": "openid email"}});
        let before = api.send(Method::PATCH, &path, &[], Some(&more)).await;
        let tag = before.header("etag").to_owned();
        let restore = format!("{path}/attribute-map/versions/1/restore");
        api.send(Method::POST, &restore, &[("if-match", "\"1\"")], None)
            .await
            .expect_refusal(412, "precondition_failed");
        let restored = api.send(Method::POST, &restore, &[("if-match", &tag)], None).await;
        let body = restored.expect(200);
        assert_eq!(body["options"]["attribute_map"], map("gold"), "extra is gone");
        assert_eq!(body["options"]["scope"], "openid email", "everything else stays");
        assert_eq!(body["options"]["has_client_secret"], true);
        assert_eq!(api.get(&path).await.header("etag"), restored.header("etag"));
        assert_eq!(numbers(&api, &path).await, [3, 2, 1]);
        let log = api.server.log().await;
        let entry = log.iter().find(|entry| entry.description == "Restore an attribute map").unwrap();
        assert_eq!(entry.details["restored_version"], 1);
        let unknown = format!("{path}/attribute-map/versions/9/restore");
        api.post(&unknown, json!({})).await.expect_refusal(404, "inexistent_attribute_map_version");
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_map_that_no_longer_fits_the_connection_is_not_restored() {
    let api = Api::start(sqlite()).await;
    let asks = json!({"mapping_mode": "use_map", "attributes": {"team": "${context.userinfo.team}"}});
    let made = api.add_connection("acme", json!({"attribute_map": asks})).await;
    let path = format!("/connections/{}", made["id"].as_str().unwrap());
    let front =
        json!({"options": {"type": "front_channel", "attribute_map": {"attributes": {"team": null}}}});
    api.patch(&path, front).await.expect(200);
    let refused = api.post(&format!("{path}/attribute-map/versions/1/restore"), json!({})).await;
    refused.expect_refusal(400, "invalid_body");
    assert_eq!(refused.problem_paths(), ["options.attribute_map"]);
    assert_eq!(numbers(&api, &path).await, [2, 1]);
    api.stop().await;
}

#[actix_web::test]
async fn a_connection_older_than_versions_keeps_what_it_had() {
    for api in Api::each().await {
        let made = api.add_connection("acme", json!({"attribute_map": map("gold")})).await;
        let path = format!("/connections/{}", made["id"].as_str().unwrap());
        api.server.database.execute("DELETE FROM attribute_maps");
        api.patch(&path, json!({"options": {"attribute_map": map("silver")}})).await.expect(200);
        let versions = api.get(&format!("{path}/attribute-map/versions")).await.expect(200);
        assert_eq!(versions[1]["attribute_map"], map("gold"));
        assert_eq!(versions[1]["client_id"], Value::Null);
        assert_eq!(versions[0]["version"], 2);
        api.stop().await;
    }
}

#[actix_web::test]
async fn only_the_newest_versions_are_kept() {
    let api = Api::start(sqlite()).await;
    let made = api.add_connection("acme", json!({})).await;
    let path = format!("/connections/{}", made["id"].as_str().unwrap());
    let last = limits::ATTRIBUTE_MAP_VERSIONS + 2;
    for number in 2..=last {
        let patch = json!({"options": {"attribute_map": map(&number.to_string())}});
        api.patch(&path, patch).await.expect(200);
    }
    let kept = numbers(&api, &path).await;
    assert_eq!(kept.len(), usize::try_from(limits::ATTRIBUTE_MAP_VERSIONS).unwrap());
    assert_eq!((kept[0], kept[kept.len() - 1]), (last, 3));
    api.stop().await;
}
