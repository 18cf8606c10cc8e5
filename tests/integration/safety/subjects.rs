//! A user id names one person for good (OpenID Connect Core §2, `sub`), however often connections and users come and go.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::connection::Channel;

use super::tenants::{assert_somebody, obedient};
use crate::support::databases::each_database;
use crate::support::fake_provider::{CLIENT_SECRET, FakeProvider};
use crate::support::sign_in::{Answer, Stage, http, provider_connection, read};

/// A call of the Management API that may be refused.
async fn call(stage: &Stage, method: Method, path: &str, body: Value) -> Answer {
    let url = stage.hub.url(&format!("api/v2/{path}"));
    let request = http().request(method, url).bearer_auth(stage.hub.management_token().await);
    match body {
        Value::Null => read(request).await,
        body => read(request.header("content-type", "application/json").body(body.to_string())).await,
    }
}

fn body(stage: &Stage, name: &str, provider: &FakeProvider) -> Value {
    provider_connection(name, provider, Channel::BackChannel, &[&stage.app.client_id])
}

async fn remove(stage: &Stage, connection_id: &str) {
    stage.manage(Method::DELETE, &format!("connections/{connection_id}"), Value::Null).await;
}

#[actix_web::test]
async fn the_name_of_a_removed_connection_is_no_other_providers() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let alice = json!({"sub": "alice", "name": "Alice"});
        let (first, second) = (obedient(&stage), obedient(&stage));
        let connection = stage.federate("acme", &first, Channel::BackChannel).await;
        assert_somebody(&stage, "acme", &alice).await.unwrap();
        let user = "users/oidc%7Cacme%7Calice";
        stage.manage(Method::PATCH, user, json!({"app_metadata": {"role": "admin"}})).await;
        remove(&stage, &connection.id).await;

        let same = body(&stage, "acme", &first);
        let mut other_client = same.clone();
        other_client["options"]["client_id"] = json!("another");
        let mut other_claim = same.clone();
        other_claim["options"]["user_id_attribute"] = json!("oid");
        let local = json!({"name": "acme", "strategy": "local"});
        for (what, wanted, property) in [
            ("another provider", body(&stage, "acme", &second), "options.issuer"),
            ("another provider, in other letters", body(&stage, "ACME", &second), "options.issuer"),
            ("another client id", other_client, "options.client_id"),
            ("another claim that names people", other_claim, "options.user_id_attribute"),
            ("classic accounts", local, "strategy"),
        ] {
            let refused = call(&stage, Method::POST, "connections", wanted).await;
            assert_eq!(
                (refused.status, &refused.json["errorCode"]),
                (409, &json!("connection_conflict")),
                "{what}"
            );
            let words = refused.text_of("message");
            assert!(words.contains(property) && words.contains("choose another name"), "{what}: {words}");
            assert!(words.contains(&first.issuer), "{what}: {words}");
        }
        assert_eq!(stage.count("connections WHERE strategy = 'oidc'"), 0);

        // The same provider's people are the same, and come back without what they once had.
        let again = call(&stage, Method::POST, "connections", same).await;
        assert_eq!(again.status, 201, "{again:?}");
        assert_eq!(assert_somebody(&stage, "acme", &alice).await.unwrap()["sub"], "oidc|acme|alice");
        let found = stage.manage(Method::GET, user, Value::Null).await;
        assert_eq!(found.json["app_metadata"], json!({}));
        assert_eq!(found.json["logins_count"], 1);

        // Made and removed again and again, it is remembered once.
        remove(&stage, &again.text_of("id")).await;
        assert_eq!(stage.count("removed_connections"), 1);
        assert_eq!(stage.count("removed_users"), 1);
    }
}

#[actix_web::test]
async fn the_id_of_a_removed_user_is_given_to_nobody_of_another_issuer() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let (alice, bob) = (json!({"sub": "alice"}), json!({"sub": "bob"}));
        let (first, second) = (obedient(&stage), obedient(&stage));
        let connection = stage.federate("acme", &first, Channel::BackChannel).await;
        assert_somebody(&stage, "acme", &alice).await.unwrap();
        stage.manage(Method::DELETE, "users/oidc%7Cacme%7Calice", Value::Null).await;
        // The same person comes back.
        assert_eq!(assert_somebody(&stage, "acme", &alice).await.unwrap()["sub"], "oidc|acme|alice");
        stage.manage(Method::DELETE, "users/oidc%7Cacme%7Calice", Value::Null).await;

        // The connection stays, and is pointed at another provider.
        let path = format!("connections/{}", connection.id);
        let to = |provider: &FakeProvider| json!({"options": {"discovery_url": provider.issuer, "client_secret": CLIENT_SECRET}});
        stage.manage(Method::PATCH, &path, to(&second)).await;
        assert_eq!(assert_somebody(&stage, "acme", &alice).await, Err("access_denied".into()));
        let entry = stage.hub.log().await.pop().unwrap();
        assert!(entry.description.contains("user-id-taken"), "{entry:?}");
        assert_eq!(stage.count("users WHERE user_id = 'oidc|acme|alice'"), 0);
        assert_eq!(assert_somebody(&stage, "acme", &bob).await.unwrap()["sub"], "oidc|acme|bob");

        // What names people stays, though nobody who signed in is left.
        stage.manage(Method::DELETE, "users/oidc%7Cacme%7Cbob", Value::Null).await;
        let by_oid = json!({"options": {"user_id_attribute": "oid"}});
        let refused = call(&stage, Method::PATCH, &path, by_oid).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        assert_eq!(refused.json["problems"][0]["path"], "options.user_id_attribute");

        // Removed and made again, each of the two providers' people are still who they were.
        remove(&stage, &connection.id).await;
        let made = call(&stage, Method::POST, "connections", body(&stage, "acme", &second)).await;
        assert_eq!(made.status, 201, "{made:?}");
        assert_eq!(assert_somebody(&stage, "acme", &alice).await, Err("access_denied".into()));
        assert_eq!(assert_somebody(&stage, "acme", &bob).await.unwrap()["sub"], "oidc|acme|bob");
        stage.manage(Method::PATCH, &format!("connections/{}", made.text_of("id")), to(&first)).await;
        assert_eq!(assert_somebody(&stage, "acme", &bob).await, Err("access_denied".into()));
        assert_eq!(assert_somebody(&stage, "acme", &alice).await.unwrap()["sub"], "oidc|acme|alice");
    }
}
