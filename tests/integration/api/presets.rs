//! Presets: what a kind of provider needs is asked, and what the body leaves out is filled in once.

use serde_json::json;

use super::server::Api;
use crate::support::databases::sqlite;

#[actix_web::test]
async fn each_preset_says_what_to_ask_where_to_find_it_and_what_surprises() {
    let api = Api::start(sqlite()).await;
    let presets = api.get("/connections/presets").await.expect(200);
    let presets = presets.as_array().unwrap();
    let names: Vec<&str> = presets.iter().map(|preset| preset["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["okta", "entra", "google", "keycloak", "auth0", "ping", "onelogin", "adfs", "vestibule", "generic"]
    );
    let entra = &presets[1];
    assert_eq!(entra["fields"][0]["path"], "options.preset_fields.tenant_id");
    assert_eq!(entra["fields"][0]["label"]["fr"], "ID de l’annuaire (locataire)");
    assert_eq!(entra["fields"][0]["required"], true);
    assert_eq!(entra["fields"][2]["path"], "options.client_secret");
    assert!(entra["fields"][2]["where"]["en"].as_str().unwrap().contains("Certificates & secrets"));
    assert_eq!(entra["options"]["connection_settings"], json!({"pkce": "S256"}));
    let traps: Vec<&str> =
        entra["traps"].as_array().unwrap().iter().map(|trap| trap["code"].as_str().unwrap()).collect();
    assert_eq!(traps[..3], ["pkce-is-not-advertised", "no-email-verified", "groups-overage"]);
    api.get("/connections/presets?page=0").await.expect_refusal(400, "invalid_query_string");
    api.stop().await;
}

#[actix_web::test]
async fn a_preset_fills_in_what_is_left_out_and_the_result_is_echoed() {
    for api in Api::each().await {
        let body = |name: &str, options: serde_json::Value| json!({"name": name, "strategy": "oidc", "options": options});
        let options = json!({"preset": "okta", "preset_fields": {"domain": "acme.okta.com"}, "client_id": "x",
                             "client_secret": "s", "scope": "openid groups"});
        let made = api.post("/connections", body("acme", options)).await.expect(201);
        assert_eq!(made["options"]["preset"], "okta", "{made}");
        assert_eq!(made["options"]["discovery_url"], "https://acme.okta.com");
        assert_eq!(made["options"]["call_userinfo"], "always");
        assert_eq!(made["options"]["scope"], "openid groups", "what the body says stays");
        assert_eq!(made["options"].get("preset_fields"), None);
        let path = format!("/connections/{}", made["id"].as_str().unwrap());
        // Later it is the connection's settings that count.
        let after = api.patch(&path, json!({"options": {"call_userinfo": null}})).await.expect(200);
        assert_eq!(after["options"]["call_userinfo"], "when_mapped");
        let refused = api.patch(&path, json!({"options": {"preset": "entra"}})).await;
        refused.expect_refusal(400, "invalid_body");
        assert_eq!(refused.problem_paths(), ["options.preset"]);

        let wrong = json!({"preset": "ping", "preset_fields": {"region": "mars"}, "colour": 1});
        let refused = api.post("/connections", body("other", wrong)).await;
        refused.expect_refusal(400, "invalid_body");
        assert_eq!(
            refused.problem_paths(),
            [
                "options.preset_fields.region",
                "options.preset_fields.environment_id",
                "options.client_id",
                "options.client_secret",
                "options.colour",
            ]
        );
        assert_eq!(api.server.database.count("connections"), 1);
        api.stop().await;
    }
}
