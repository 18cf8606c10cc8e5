//! Client grants: which applications may have what at which API, on their own behalf.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::resource_servers::token_for;
use super::server::{Answer, Api, MANAGEMENT_CLIENT};
use crate::support::databases::sqlite;

const AUDIENCE: &str = "https://orders.example/";

/// A machine-to-machine application, and an API with the scopes read, write and delete.
async fn robot_and_api(api: &Api) -> (Value, Value) {
    let robot = json!({"name": "Robot", "app_type": "non_interactive"});
    let scopes: Vec<Value> = ["read", "write", "delete"].map(|value| json!({"value": value})).to_vec();
    let orders =
        json!({"identifier": AUDIENCE, "scopes": scopes, "signing_alg": "ES256", "token_lifetime": 600});
    (api.post("/clients", robot).await.expect(201), api.post("/resource-servers", orders).await.expect(201))
}

fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn error_of(answer: &Answer) -> String {
    answer.json()["error"].as_str().unwrap_or_default().to_owned()
}

#[actix_web::test]
async fn a_client_grant_is_made_once_read_changed_listed_and_removed() {
    for api in Api::each().await {
        let (robot, _) = robot_and_api(&api).await;
        let body = json!({"client_id": robot["client_id"], "audience": AUDIENCE, "scope": ["read"]});
        let made = api.post("/client-grants", body.clone()).await;
        let etag = made.header("etag").to_owned();
        let made = made.expect(201);
        assert!(made["id"].as_str().unwrap().starts_with("cgr_"));
        assert_eq!(made.get("subject_type"), None);
        api.post("/client-grants", body).await.expect_refusal(409, "client_grant_conflict");
        let path = format!("/client-grants/{}", made["id"].as_str().unwrap());
        assert_eq!(api.get(&path).await.expect(200), made);
        let changed = api.patch(&path, json!({"scope": ["write", "read"]})).await.expect(200);
        assert_eq!(changed["scope"], json!(["write", "read"]));
        let stale = [("if-match", etag.as_str())];
        let refused = api.send(reqwest::Method::PATCH, &path, &stale, Some(&json!({"scope": []}))).await;
        refused.expect_refusal(412, "precondition_failed");
        let of_people =
            json!({"client_id": robot["client_id"], "audience": AUDIENCE, "subject_type": "user"});
        let of_people = api.post("/client-grants", of_people).await.expect(201);
        assert_eq!(of_people["scope"], json!([]));
        let list = async |query: &str| {
            let list = api.get(&format!("/client-grants?{query}")).await.expect(200);
            list.as_array().unwrap().len()
        };
        let client_id = robot["client_id"].as_str().unwrap();
        assert_eq!(list("").await, 2);
        assert_eq!(list("subject_type=user").await, 1);
        assert_eq!(list(&format!("client_id={client_id}&audience={AUDIENCE}")).await, 2);
        assert_eq!(list("client_id=nobody").await, 0);
        assert_eq!(list("audience=urn:other").await, 0);
        api.get("/client-grants?subject_type=any").await.expect_refusal(400, "invalid_query_string");
        api.delete(&path).await.expect(204);
        api.delete(&path).await.expect(204);
        api.get(&path).await.expect_refusal(404, "inexistent_client_grant");
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_grant_to_nobody_at_no_api_of_no_scope_is_told_everything() {
    let api = Api::start(sqlite()).await;
    let (robot, _) = robot_and_api(&api).await;
    for (body, paths) in [
        (json!({}), vec!["client_id", "audience"]),
        (
            json!({"client_id": "nobody", "audience": "urn:nothing", "scope": ["x"]}),
            vec!["client_id", "audience"],
        ),
        (
            json!({"client_id": robot["client_id"], "audience": AUDIENCE, "scope": ["read", "x", "y"]}),
            vec!["scope", "scope"],
        ),
        (
            json!({"client_id": MANAGEMENT_CLIENT, "audience": api.server.url("api/v2/"), "scope": []}),
            vec!["client_id"],
        ),
        (
            json!({"client_id": robot["client_id"], "audience": AUDIENCE, "scope": "read", "scopes": []}),
            vec!["scope", "scopes"],
        ),
    ] {
        let refused = api.post("/client-grants", body.clone()).await;
        refused.expect_refusal(400, "invalid_body");
        assert_eq!(refused.problem_paths(), paths, "{body}");
    }
    assert_eq!(api.get("/client-grants").await.expect(200), json!([]));
    api.stop().await;
}

#[actix_web::test]
async fn an_application_gets_a_token_for_what_it_was_granted_and_for_nothing_else() {
    for api in Api::each().await {
        let (robot, orders) = robot_and_api(&api).await;
        assert_eq!(error_of(&token_for(&api, &robot, AUDIENCE, None).await), "access_denied");
        assert_eq!(error_of(&token_for(&api, &robot, "urn:nothing", None).await), "invalid_target");
        let people = json!({"client_id": robot["client_id"], "audience": AUDIENCE, "scope": ["delete"],
            "subject_type": "user"});
        api.post("/client-grants", people).await.expect(201);
        assert_eq!(error_of(&token_for(&api, &robot, AUDIENCE, None).await), "access_denied");
        let body = json!({"client_id": robot["client_id"], "audience": AUDIENCE, "scope": ["read", "write"],
            "subject_type": "client"});
        let grant = api.post("/client-grants", body).await.expect(201);
        let path = format!("/client-grants/{}", grant["id"].as_str().unwrap());
        let answer = token_for(&api, &robot, AUDIENCE, None).await.expect(200);
        assert_eq!((&answer["scope"], &answer["expires_in"]), (&json!("read write"), &json!(600)));
        let token = answer["access_token"].as_str().unwrap();
        assert_eq!((&part(token, 0)["alg"], &part(token, 0)["typ"]), (&json!("ES256"), &json!("at+jwt")));
        let claims = part(token, 1);
        assert_eq!((&claims["aud"], &claims["scope"]), (&json!(AUDIENCE), &json!("read write")));
        assert_eq!(claims["sub"], json!(format!("{}@clients", robot["client_id"].as_str().unwrap())));
        let some = token_for(&api, &robot, AUDIENCE, Some("write delete")).await.expect(200);
        assert_eq!(some["scope"], "write");
        assert_eq!(error_of(&token_for(&api, &robot, AUDIENCE, Some("delete")).await), "invalid_scope");
        // A change, of the grant or of the API, counts for the next token.
        api.patch(&path, json!({"scope": ["read", "delete"]})).await.expect(200);
        let api_path = format!("/resource-servers/{}", orders["id"].as_str().unwrap());
        let scopes = json!({"scopes": [{"value": "read"}, {"value": "write"}], "token_lifetime": 900});
        api.patch(&api_path, scopes).await.expect(201);
        let answer = token_for(&api, &robot, AUDIENCE, None).await.expect(200);
        assert_eq!((&answer["scope"], &answer["expires_in"]), (&json!("read"), &json!(900)));
        // The application's own lifetime counts where it is shorter.
        let client_path = format!("/clients/{}", robot["client_id"].as_str().unwrap());
        api.patch(&client_path, json!({"access_token_ttl": 60})).await.expect(200);
        assert_eq!(token_for(&api, &robot, AUDIENCE, None).await.expect(200)["expires_in"], 60);
        api.delete(&path).await.expect(204);
        assert_eq!(error_of(&token_for(&api, &robot, AUDIENCE, None).await), "access_denied");
        api.stop().await;
    }
}

#[actix_web::test]
async fn an_application_calls_the_management_api_as_far_as_it_is_granted() {
    for api in Api::each().await {
        let (robot, _) = robot_and_api(&api).await;
        let audience = api.server.url("api/v2/");
        assert_eq!(error_of(&token_for(&api, &robot, &audience, None).await), "access_denied");
        let body = json!({"client_id": robot["client_id"], "audience": audience,
            "scope": ["read:clients", "read:users"]});
        let grant = api.post("/client-grants", body).await.expect(201);
        let path = format!("/client-grants/{}", grant["id"].as_str().unwrap());
        let answer =
            token_for(&api, &robot, &audience, Some("read:clients delete:clients")).await.expect(200);
        assert_eq!(answer["scope"], "read:clients");
        let token = answer["access_token"].as_str().unwrap().to_owned();
        let call = async |path: &str| {
            let request = api.request(reqwest::Method::GET, path).bearer_auth(&token);
            Answer::of(request.send().await.unwrap()).await
        };
        call("/clients").await.expect(200);
        call("/users").await.expect_refusal(403, "insufficient_scope");
        // Taken back, it no longer counts, though the token still names it.
        api.patch(&path, json!({"scope": ["read:users"]})).await.expect(200);
        call("/clients").await.expect_refusal(403, "insufficient_scope");
        api.delete(&path).await.expect(204);
        call("/clients").await.expect_refusal(401, "invalid_token");
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_grant_goes_with_its_application_and_with_its_api() {
    for api in Api::each().await {
        let (robot, orders) = robot_and_api(&api).await;
        let other =
            api.post("/clients", json!({"name": "Other", "app_type": "non_interactive"})).await.expect(201);
        for client in [&robot, &other] {
            let body = json!({"client_id": client["client_id"], "audience": AUDIENCE, "scope": ["read"]});
            api.post("/client-grants", body).await.expect(201);
        }
        api.delete(&format!("/clients/{}", robot["client_id"].as_str().unwrap())).await.expect(204);
        let left = api.get("/client-grants").await.expect(200);
        assert_eq!(left.as_array().unwrap().len(), 1);
        assert_eq!(left[0]["client_id"], other["client_id"]);
        api.delete(&format!("/resource-servers/{}", orders["id"].as_str().unwrap())).await.expect(204);
        assert_eq!(api.get("/client-grants").await.expect(200), json!([]));
        assert_eq!(error_of(&token_for(&api, &other, AUDIENCE, None).await), "invalid_target");
        api.stop().await;
    }
}
