//! The keys by which the hub proves at a provider who it is: made with the connection or before, rotated, published, and
//! shown without their private half.

use serde_json::{Value, json};

use super::server::Api;
use crate::support::databases::sqlite;

fn signing(method: &str) -> Value {
    json!({"discovery_url": "https://idp.example", "client_id": "1", "token_endpoint_auth_method": method,
           "token_endpoint_auth_signing_alg": "ES256"})
}

async fn key_set(api: &Api, name: &str) -> (u16, Value) {
    let url = api.server.url(&format!("oauth/connection/{name}/.well-known/jwks.json"));
    let answer = crate::support::hub::reqwest_client().get(url).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

/// The one key in that place.
fn key<'a>(keys: &'a Value, place: &str) -> &'a Value {
    let mut found = keys.as_array().unwrap().iter().filter(|key| key[place] == true);
    let key = found.next().unwrap_or_else(|| panic!("no {place} key in {keys}"));
    assert!(found.next().is_none(), "{keys}");
    key
}

#[actix_web::test]
async fn a_connection_that_signs_has_keys_which_are_rotated_and_published_without_their_private_half() {
    for api in Api::each().await {
        let made = api.add_connection("acme", signing("private_key_jwt")).await;
        let path = format!("/connections/{}/keys", made["id"].as_str().unwrap());
        let keys = api.get(&path).await.expect(200);
        assert_eq!(keys.as_array().unwrap().len(), 2);
        let (current, next) = (key(&keys, "current")["kid"].clone(), key(&keys, "next")["kid"].clone());
        assert_eq!(key(&keys, "current")["algorithm"], "ES256");
        assert_eq!(key(&keys, "current")["key_use"], "signing");
        let (status, set) = key_set(&api, "acme").await;
        let published: Vec<&Value> = set["keys"].as_array().unwrap().iter().map(|key| &key["kid"]).collect();
        assert_eq!(status, 200);
        assert!(published.len() == 2 && published.contains(&&current) && published.contains(&&next), "{set}");

        let rotated = api.post(&format!("{path}/rotate"), Value::Null).await.expect(201);
        assert_eq!(rotated["kid"], next);
        let after = api.get(&path).await.expect(200);
        assert_eq!((&key(&after, "previous")["kid"], &key(&after, "current")["kid"]), (&current, &next));
        let (_, set) = key_set(&api, "acme").await;
        assert!(
            !set.to_string().contains(current.as_str().unwrap()),
            "a key that signs no more is not published"
        );
        for told in [&keys, &after, &set, &rotated] {
            assert!(!told.to_string().contains("\"d\""), "{told}");
        }
        // One previous key is remembered, not all of them.
        api.post(&format!("{path}/rotate"), Value::Null).await.expect(201);
        assert_eq!(api.get(&path).await.expect(200).as_array().unwrap().len(), 3);
        assert_eq!(api.server.database.count("connection_keys"), 3);
        api.delete(&format!("/connections/{}", made["id"].as_str().unwrap())).await.expect(202);
        assert_eq!(api.server.database.count("connection_keys"), 0);
        assert_eq!(key_set(&api, "acme").await.0, 404);
        api.stop().await;
    }
}

#[actix_web::test]
async fn keys_are_made_ahead_of_their_use_and_kept_when_it_begins() {
    for api in Api::each().await {
        let mut options = signing("client_secret_post");
        options["client_secret"] = json!("s");
        let made = api.add_connection("acme", options).await;
        let connection = format!("/connections/{}", made["id"].as_str().unwrap());
        let path = format!("{connection}/keys");
        assert_eq!(api.get(&path).await.expect(200), json!([]));
        assert_eq!(key_set(&api, "acme").await.0, 404);
        assert_eq!(key_set(&api, "nobody").await.0, 404);
        api.post(&format!("{path}/rotate"), Value::Null).await.expect_refusal(409, "connection_conflict");
        let refused = api.post(&path, json!({"signing_alg": "HS256"})).await;
        assert_eq!(refused.problem_paths(), ["signing_alg"]);
        let keys = api.post(&path, json!({})).await.expect(201);
        api.post(&path, json!({})).await.expect_refusal(409, "connection_conflict");
        let patch = |method: &str| json!({"options": {"token_endpoint_auth_method": method}});
        api.patch(&connection, patch("private_key_jwt")).await.expect(200);
        assert_eq!(api.get(&path).await.expect(200), keys);
        // Another kind of key takes their place.
        let other = json!({"options": {"token_endpoint_auth_signing_alg": "EdDSA"}});
        api.patch(&connection, other).await.expect(200);
        let other = api.get(&path).await.expect(200);
        assert_ne!(key(&other, "current")["kid"], key(&keys, "current")["kid"]);
        assert_eq!(key(&other, "current")["algorithm"], "EdDSA");
        api.stop().await;
    }
}

#[actix_web::test]
async fn two_rotations_at_the_same_time_lose_no_key() {
    for api in Api::each().await {
        let made = api.add_connection("acme", signing("private_key_jwt")).await;
        let path = format!("/connections/{}/keys", made["id"].as_str().unwrap());
        let rotate = format!("{path}/rotate");
        let rotations = (0..6).map(|_| api.post(&rotate, Value::Null));
        let answers = futures_util::future::join_all(rotations).await;
        let mut signing: Vec<Value> =
            answers.iter().map(|answer| answer.expect(201)["kid"].clone()).collect();
        signing.dedup();
        let keys = api.get(&path).await.expect(200);
        assert_eq!(keys.as_array().unwrap().len(), 3, "{keys}");
        for place in ["current", "next", "previous"] {
            key(&keys, place);
        }
        assert!(signing.contains(&key(&keys, "current")["kid"]), "{signing:?} {keys}");
        api.stop().await;
    }
}

#[actix_web::test]
async fn keys_take_scopes_of_their_own() {
    let api = Api::start(sqlite()).await;
    let made = api.add_connection("acme", signing("private_key_jwt")).await;
    let path = format!("/connections/{}/keys", made["id"].as_str().unwrap());
    let token = api.token_for(Some("read:connections update:connections")).await;
    for (method, path) in [("GET", path.clone()), ("POST", path.clone()), ("POST", format!("{path}/rotate"))]
    {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = api.request(method, &path).header("authorization", format!("Bearer {token}"));
        assert_eq!(request.send().await.unwrap().status(), 403, "{path}");
    }
    api.stop().await;
}
