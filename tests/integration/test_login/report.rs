//! The mapped profile, the rule behind each value, and what a sign-in would write, as logins do it.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::connection::Channel;

use super::{Trial, outcome};
use crate::support::databases::{each_database, sqlite};
use crate::support::fake_provider::{Behaviour, FakeProvider};
use crate::support::sign_in::{Stage, code_of};

#[actix_web::test]
async fn the_report_says_which_user_it_would_be_and_what_would_change() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        let connection = stage.federate("acme", &provider, Channel::BackChannel).await;
        let trial = Trial { stage, provider, connection };
        let mut browser = trial.stage.browser();
        code_of(&browser.walk(&trial.stage.ask(&[("connection", "acme")]), &[]).await);
        let (_, told) = trial.run().await;
        assert_eq!(told["mapping"]["sync"]["outcome"], "keep", "{told:#}");
        trial.provider.behave(Behaviour {
            id_token: Some(|token, _| {
                token.set("name", "Countess of Lovelace");
                token.set("department", "Engines");
            }),
            ..Behaviour::default()
        });
        let user = async || {
            let path = "users/oidc%7Cacme%7Calice";
            trial.stage.manage(Method::GET, path, Value::Null).await.json
        };
        let before = user().await;
        let (page, told) = trial.run().await;
        let sync = &told["mapping"]["sync"];
        assert_eq!((outcome(&page).as_str(), &sync["outcome"]), ("passed", &json!("update")));
        assert_eq!(sync["user_id"], "oidc|acme|alice");
        let changes = sync["changes"].as_array().unwrap();
        let change =
            |name: &str| changes.iter().find(|one| one["attribute"] == name).unwrap()["change"].clone();
        assert_eq!((change("name"), change("department")), (json!("replaced"), json!("added")));
        assert_eq!(user().await, before, "the user is as before");
        // Then a login does just that.
        code_of(&trial.stage.browser().walk(&trial.stage.ask(&[("connection", "acme")]), &[]).await);
        assert_eq!(user().await["name"], "Countess of Lovelace");
        trial.stage.manage(Method::PATCH, "users/oidc%7Cacme%7Calice", json!({"blocked": true})).await;
        let (page, told) = trial.run().await;
        assert_eq!((outcome(&page).as_str(), &told["failure"]["check"]), ("failed", &json!("user")));
    }
}

#[actix_web::test]
async fn the_map_and_what_it_asks_for_in_vain_are_told() {
    let options = json!({"attribute_map": {"mapping_mode": "use_map", "attributes": {
        "email": "${context.tokenset.email}",
        "department": "${context.tokenset.department}",
        "role": "member",
    }}});
    let trial = Trial::with(sqlite(), Channel::BackChannel, options).await;
    let (page, told) = trial.run().await;
    let mapping = &told["mapping"];
    assert_eq!(mapping["profile"]["role"], "member");
    assert_eq!(mapping["rules"]["role"], json!({"kind": "map", "rule": "member"}));
    assert_eq!(
        mapping["missing_claims"],
        json!([{"attribute": "department", "claim": "context.tokenset.department"}])
    );
    assert!(page.text.contains("context.tokenset.department"));
}

/// No token, code, nonce or hash of one in any face of a report, were it mapped into the profile on purpose.
#[actix_web::test]
async fn what_could_open_something_is_hidden_in_every_face_of_the_report() {
    let options = json!({"call_userinfo": "always", "attribute_map": {"mapping_mode": "use_map", "attributes": {
        "email": "${context.tokenset.email}",
        "nick": "${context.tokenset.nonce}",
        "hash": "it is ${context.tokenset.at_hash}",
        "blob": "${context.tokenset.blob}",
    }}});
    for database in each_database() {
        let trial = Trial::with(database, Channel::BackChannel, options.clone()).await;
        trial.provider.behave(Behaviour {
            id_token: Some(|token, scene| {
                token.set("sid", "session-of-the-provider-1");
                token.set("blob", "q8Zt1uYx3mB7nV0pLk5Jh2Gf4Ds6Aa9Qw8Er7Ty6Ui5");
                token.set("upstream_access_token", scene.access_token.clone());
            }),
            ..Behaviour::default()
        });
        let (page, told) = trial.run().await;
        assert_eq!(outcome(&page), "passed", "{told:#}");
        assert_eq!(told["mapping"]["profile"]["nick"], "***");
        let log = format!("{:?}", trial.stage.hub.log().await);
        let scenes = trial.provider.scenes();
        let scene = scenes.last().unwrap();
        assert_eq!(told["claims"]["id_token"]["upstream_access_token"], "***");
        for secret in [
            &scene.code,
            &scene.nonce,
            &scene.state,
            "session-of-the-provider-1",
            "q8Zt1uYx3mB7nV0pLk5Jh2Gf4Ds6Aa9Qw8Er7Ty6Ui5",
        ] {
            assert!(secret.len() > 20, "{secret} is too short to search for");
            for (face, text) in [
                ("page", &page.text),
                ("API", &told.to_string()),
                ("log", &log),
                ("database", &trial.stage.hub.database.dump()),
            ] {
                assert!(!text.contains(secret), "{secret} is in the {face}");
            }
        }
        // Nor does the database tell who it was.
        assert!(!trial.stage.hub.database.dump().contains("alice"), "the report is sealed");
    }
}
