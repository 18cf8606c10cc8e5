//! `/grants` as a script meets it: the promises about what ends with them are in `oauth/consent`.

use serde_json::json;

use super::server::Api;
use crate::support::databases::sqlite;

#[actix_web::test]
async fn all_grants_are_deleted_of_a_named_user_alone() {
    let api = Api::start(sqlite()).await;
    assert_eq!(api.get("/grants").await.expect(200), json!([]));
    let refused = api.delete("/grants").await;
    refused.expect_refusal(400, "invalid_query_string");
    assert_eq!(refused.problem_paths(), ["user_id"]);
    api.delete("/grants?user_id=nobody").await.expect(204);
    api.delete("/grants/gnt_none").await.expect(204);
    api.get("/grants?clientID=x").await.expect_refusal(400, "invalid_query_string");
    api.stop().await;
}

#[actix_web::test]
async fn an_application_stays_the_organizations_own_or_anothers() {
    for api in Api::each().await {
        for is_first_party in [true, false] {
            let body = json!({"name": "App", "is_first_party": is_first_party});
            let made = api.post("/clients", body).await.expect(201);
            let path = format!("/clients/{}", made["client_id"].as_str().unwrap());
            let refused = api.patch(&path, json!({"is_first_party": !is_first_party})).await;
            refused.expect_refusal(400, "invalid_body");
            assert_eq!(refused.problem_paths(), ["is_first_party"]);
            let same = json!({"is_first_party": is_first_party, "description": "x"});
            assert_eq!(api.patch(&path, same).await.expect(200)["is_first_party"], is_first_party);
        }
        let robot = json!({"name": "Robot", "is_first_party": false, "app_type": "non_interactive"});
        let refused = api.post("/clients", robot).await;
        refused.expect_refusal(400, "invalid_body");
        assert_eq!(refused.problem_paths(), ["app_type"]);
        api.stop().await;
    }
}
