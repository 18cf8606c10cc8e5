//! What a bound token opens, and for whom (RFC 9449 §7).

use serde_json::json;
use vestibule::crypto::digest;

use super::{Holder, userinfo};
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{Stage, fields, http, read};

#[actix_web::test]
async fn a_bound_token_opens_userinfo_for_its_holder_alone() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let (holder, thief) = (Holder::new(), Holder::new());
        let token = holder.tokens(&stage, &[]).await.text_of("access_token");
        let answer = holder.userinfo(&stage, &token, json!({})).await;
        assert_eq!(answer.json["sub"], stage.user_id, "{answer:?}");
        let ath = || json!({"ath": digest::sha256_base64url(&token)});
        let proof = holder.proof(&stage, "GET", "userinfo", ath());
        let shouted = userinfo(&stage, &format!("dPOP {token}"), Some(&proof)).await;
        assert_eq!(shouted.status, 200, "the scheme's case does not matter: {shouted:?}");
        let replayed = userinfo(&stage, &format!("DPoP {token}"), Some(&proof)).await;
        assert_eq!(replayed.error(), (401, "invalid_dpop_proof"));
        for (what, answer, error) in [
            ("as a bearer's", stage.userinfo(&token).await, "invalid_token"),
            ("without a proof", userinfo(&stage, &format!("DPoP {token}"), None).await, "invalid_dpop_proof"),
            ("by another key", thief.userinfo(&stage, &token, json!({})).await, "invalid_token"),
            (
                "with the proof of another token",
                holder.userinfo(&stage, &token, json!({"ath": digest::sha256_base64url("x")})).await,
                "invalid_dpop_proof",
            ),
            (
                "with a proof of no token",
                holder.userinfo(&stage, &token, json!({"ath": null})).await,
                "invalid_dpop_proof",
            ),
            (
                "with a proof for another method",
                holder.userinfo(&stage, &token, json!({"htm": "POST"})).await,
                "invalid_dpop_proof",
            ),
        ] {
            assert_eq!(answer.error(), (401, error), "{what}: {answer:?}");
            assert_eq!(answer.json["sub"], json!(null));
        }
        let challenge = replayed.header("www-authenticate");
        assert!(challenge.starts_with("DPoP algs=\"ES256"), "{challenge}");
        assert!(challenge.contains("error=\"invalid_dpop_proof\""), "{challenge}");
    }
}

#[actix_web::test]
async fn a_token_bound_to_no_key_is_not_taken_for_a_bound_one() {
    let stage = Stage::on(sqlite()).await;
    let token = stage.tokens(&[]).await.text_of("access_token");
    let answer = Holder::new().userinfo(&stage, &token, json!({})).await;
    assert_eq!(answer.error(), (401, "invalid_token"));
}

/// The Management API asks nobody for a proof, so a token that needs one is worth nothing there.
#[actix_web::test]
async fn a_bound_token_does_not_open_the_management_api() {
    let stage = Stage::on(sqlite()).await;
    let audience = stage.hub.url("api/v2/");
    let app = stage.hub.client(json!({"name": "Robot", "app_type": "non_interactive"})).await;
    let grant = json!({"client_id": app.client_id, "audience": audience, "scope": ["read:clients"]});
    stage.manage(reqwest::Method::POST, "client-grants", grant).await;
    let form = fields(&[
        ("grant_type", "client_credentials"),
        ("audience", &audience),
        ("client_id", &app.client_id),
        ("client_secret", &app.secret),
    ]);
    let call = |token: String| {
        read(http().get(stage.hub.url("api/v2/clients")).header("authorization", format!("Bearer {token}")))
    };
    let plain = stage.token(&form).await.text_of("access_token");
    assert_eq!(call(plain).await.status, 200);
    let bound = Holder::new().ask(&stage, &form, json!({})).await;
    assert_eq!(bound.json["token_type"], "DPoP", "{bound:?}");
    assert_eq!(call(bound.text_of("access_token")).await.status, 401);
}
