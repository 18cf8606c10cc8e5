//! Who may register: nobody by default, and otherwise the holder of a token, as often as it says.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{OPEN, initial_access_token, manage, register};
use crate::support::databases::{each_database, sqlite};
use crate::support::hub::{JsonAnswer as _, TestHub};
use crate::support::sign_in::http;

async fn advertised(hub: &TestHub) -> Value {
    let document = http().get(hub.url(".well-known/openid-configuration")).send().await.unwrap();
    document.json_value().await["registration_endpoint"].clone()
}

fn metadata() -> Value {
    json!({"redirect_uris": ["https://app.example/callback"]})
}

#[actix_web::test]
async fn nobody_registers_applications_unless_the_operator_says_so() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        assert_eq!(advertised(&hub).await, Value::Null);
        for token in [None, Some("anything")] {
            let refused = register(&hub, token, &metadata()).await;
            assert_eq!(refused.error(), (404, "registration_not_supported"), "{refused:?}");
        }
        let refused = initial_access_token(&hub, json!({})).await;
        assert_eq!(refused.status, 403, "{refused:?}");
        assert!(refused.text.contains("VESTIBULE_CLIENT_REGISTRATION"));
        assert_eq!(
            hub.database.values("SELECT id AS value FROM initial_access_tokens"),
            Vec::<String>::new()
        );
        hub.stop().await;
    }
}

#[actix_web::test]
async fn a_token_registers_as_many_applications_as_it_says_and_only_in_its_time() {
    for database in each_database() {
        let hub = TestHub::start_with(database, "http", &OPEN).await;
        assert_eq!(advertised(&hub).await, json!(hub.url("oidc/register")));
        for (token, error) in [(None, ""), (Some("wrong"), "invalid_token")] {
            let refused = register(&hub, token, &metadata()).await;
            assert_eq!(refused.error(), (401, "invalid_token"));
            let challenge = refused.header("www-authenticate");
            assert!(challenge.starts_with("Bearer") && challenge.contains(error), "{challenge}");
        }
        let once = initial_access_token(&hub, json!({})).await;
        assert_eq!((once.status, &once.json["count"], &once.json["remaining"]), (201, &json!(1), &json!(1)));
        let token = once.text_of("token");
        // What is wrong with the metadata takes nothing from the token.
        let bad = register(&hub, Some(&token), &json!({"redirect_uris": ["javascript:alert(1)"]})).await;
        assert_eq!(bad.error(), (400, "invalid_redirect_uri"));
        assert_eq!(register(&hub, Some(&token), &metadata()).await.status, 201);
        assert_eq!(register(&hub, Some(&token), &metadata()).await.error(), (401, "invalid_token"));

        let short = initial_access_token(&hub, json!({"count": 5, "expires_in_seconds": 60})).await;
        let token = short.text_of("token");
        assert_eq!(register(&hub, Some(&token), &metadata()).await.status, 201);
        hub.clock.advance(60);
        assert_eq!(register(&hub, Some(&token), &metadata()).await.error(), (401, "invalid_token"));
        let dump = hub.database.dump();
        for token in [once.text_of("token"), token] {
            assert!(!dump.contains(&token), "stored hashed");
        }
        hub.stop().await;
    }
}

#[actix_web::test]
async fn of_many_simultaneous_registrations_by_one_token_as_many_succeed_as_it_says() {
    for database in each_database() {
        let hub = TestHub::start_with(database, "http", &OPEN).await;
        let token = initial_access_token(&hub, json!({"count": 7})).await.text_of("token");
        let metadata = metadata();
        let answers = join_all((0..40).map(|_| register(&hub, Some(&token), &metadata))).await;
        let registered = answers.iter().filter(|answer| answer.status == 201).count();
        let refused = answers.iter().filter(|answer| answer.error() == (401, "invalid_token")).count();
        assert_eq!((registered, refused), (7, 33), "{:?}", hub.database.kind);
        hub.stop().await;
    }
}

#[actix_web::test]
async fn tokens_are_listed_without_their_values_and_taken_back() {
    for database in each_database() {
        let hub = TestHub::start_with(database, "http", &OPEN).await;
        let made = initial_access_token(&hub, json!({"count": 2})).await;
        let (id, token) = (made.text_of("id"), made.text_of("token"));
        assert_eq!(register(&hub, Some(&token), &metadata()).await.status, 201);
        let listed = manage(&hub, Method::GET, "initial-access-tokens", Value::Null).await;
        assert_eq!(listed.json[0]["id"], id.as_str());
        assert_eq!((&listed.json[0]["count"], &listed.json[0]["remaining"]), (&json!(2), &json!(1)));
        assert!(!listed.text.contains(&token), "{listed:?}");
        let path = format!("initial-access-tokens/{id}");
        for _ in 0..2 {
            assert_eq!(manage(&hub, Method::DELETE, &path, Value::Null).await.status, 204);
        }
        assert_eq!(register(&hub, Some(&token), &metadata()).await.error(), (401, "invalid_token"));
        let listed =
            manage(&hub, Method::GET, "initial-access-tokens?include_totals=true", Value::Null).await;
        assert_eq!(listed.json["total"], 0);
        let log = hub.log().await;
        for expected in
            ["Create an initial access token", "Delete an initial access token", "Registered an application"]
        {
            assert!(log.iter().any(|entry| entry.description == expected), "{expected}");
        }
        hub.stop().await;
    }
}

#[actix_web::test]
async fn a_token_beyond_the_limits_is_not_made() {
    let hub = TestHub::start_with(sqlite(), "http", &OPEN).await;
    for body in [
        json!({"count": 0}),
        json!({"count": 1001}),
        json!({"count": "2"}),
        json!({"expires_in_seconds": 1}),
        json!({"expires_in_seconds": 91 * 24 * 60 * 60}),
        json!({"expires_in": 60}),
        json!([]),
    ] {
        assert_eq!(initial_access_token(&hub, body.clone()).await.status, 400, "{body}");
    }
    hub.stop().await;
}
