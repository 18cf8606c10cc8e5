//! A bound token handed on (RFC 8693): only whoever holds its key exchanges it, and what they get is bound as well.

use reqwest::Method;
use serde_json::{Value, json};

use super::Holder;
use crate::support::browser::Fields;
use crate::support::databases::{TestDatabase, each_database};
use crate::support::sign_in::{Stage, claims_of, fields};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// An application that exchanges the tokens of its people for others for `urn:orders`.
async fn stage(database: TestDatabase) -> Stage {
    let stage =
        Stage::with_client(database, json!({"grant_types": ["authorization_code", GRANT_TYPE]})).await;
    let scopes = [json!({"value": "read:orders"})];
    let api = json!({
        "name": "Orders", "identifier": "urn:orders", "client_id": stage.app.client_id, "scopes": scopes,
    });
    stage.manage(Method::POST, "resource-servers", api).await;
    let grant = json!({"client_id": stage.app.client_id, "audience": "urn:orders", "scope": ["read:orders"]});
    stage.manage(Method::POST, "client-grants", grant).await;
    stage
}

fn exchange(stage: &Stage, token: &str) -> Fields {
    fields(&[
        ("grant_type", GRANT_TYPE),
        ("client_id", &stage.app.client_id),
        ("client_secret", &stage.app.secret),
        ("subject_token", token),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("audience", "urn:orders"),
    ])
}

const FOR_ORDERS: &[(&str, &str)] = &[("audience", "urn:orders"), ("scope", "openid read:orders")];

#[actix_web::test]
async fn a_bound_token_is_exchanged_by_its_holder_alone_for_one_that_is_bound_too() {
    for database in each_database() {
        let stage = stage(database).await;
        let (holder, thief) = (Holder::new(), Holder::new());
        let mut token = holder.tokens(&stage, FOR_ORDERS).await.text_of("access_token");
        // The second time round it is an exchanged token that asks for the key.
        for round in 0..2 {
            let form = exchange(&stage, &token);
            let stolen = thief.ask(&stage, &form, json!({})).await;
            assert_eq!(stolen.error(), (400, "invalid_request"), "{round}: by another key: {stolen:?}");
            let bearer = stage.token(&form).await;
            assert_eq!(bearer.error(), (400, "invalid_request"), "{round}: without a proof: {bearer:?}");
            let answer = holder.ask(&stage, &form, json!({})).await;
            assert_eq!((answer.status, &answer.json["token_type"]), (200, &json!("DPoP")), "{answer:?}");
            token = answer.text_of("access_token");
            assert_eq!(claims_of(&token)["cnf"], json!({"jkt": holder.thumbprint()}), "{round}");
            let seen = stage.introspect(&token).await.json;
            assert_eq!((&seen["active"], &seen["token_type"]), (&json!(true), &json!("DPoP")), "{seen}");
            assert_eq!(seen["cnf"], json!({"jkt": holder.thumbprint()}), "{round}");
        }
    }
}

/// Whoever exchanges a bearer's token may bind what they get; without a proof nothing is bound.
#[actix_web::test]
async fn what_a_bearers_token_is_exchanged_for_is_bound_to_the_key_of_the_proof() {
    for database in each_database() {
        let stage = stage(database).await;
        let holder = Holder::new();
        let form = exchange(&stage, &stage.tokens(FOR_ORDERS).await.text_of("access_token"));
        let plain = stage.token(&form).await;
        assert_eq!((plain.status, &plain.json["token_type"]), (200, &json!("Bearer")), "{plain:?}");
        assert_eq!(claims_of(&plain.text_of("access_token"))["cnf"], Value::Null);
        let bound = holder.ask(&stage, &form, json!({})).await;
        assert_eq!((bound.status, &bound.json["token_type"]), (200, &json!("DPoP")), "{bound:?}");
        let token = bound.text_of("access_token");
        assert_eq!(claims_of(&token)["cnf"], json!({"jkt": holder.thumbprint()}));
        assert_eq!(stage.token(&exchange(&stage, &token)).await.error(), (400, "invalid_request"));
    }
}
