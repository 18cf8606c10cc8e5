//! Codes, access tokens and refresh tokens that only the holder of a key can use (RFC 9449 §5, §6, §10).

use serde_json::json;

use super::{Holder, public};
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{Stage, changed, claims_of, code_of, fields, post_form};

#[actix_web::test]
async fn an_access_token_names_the_key_of_the_proof() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let holder = Holder::new();
        let tokens = holder.tokens(&stage, &[]).await;
        assert_eq!(tokens.json["token_type"], "DPoP");
        let claims = claims_of(&tokens.text_of("access_token"));
        assert_eq!(claims["cnf"], json!({"jkt": holder.thumbprint()}));
        let introspected = post_form(
            &stage.hub.url("oauth/introspect"),
            &fields(&[
                ("token", &tokens.text_of("access_token")),
                ("client_id", &stage.app.client_id),
                ("client_secret", &stage.app.secret),
            ]),
            &[],
        )
        .await;
        assert_eq!(introspected.json["cnf"], json!({"jkt": holder.thumbprint()}), "{introspected:?}");
        assert_eq!(introspected.json["token_type"], "DPoP");
        // Without a proof nothing is bound.
        let plain = stage.tokens(&[]).await;
        assert_eq!(plain.json["token_type"], "Bearer");
        assert_eq!(claims_of(&plain.text_of("access_token"))["cnf"], json!(null));
    }
}

#[actix_web::test]
async fn a_public_applications_refresh_tokens_are_its_keys_alone() {
    for database in each_database() {
        let stage = Stage::with_client(database, public()).await;
        let (holder, thief) = (Holder::new(), Holder::new());
        let tokens = holder.tokens(&stage, &[("scope", "openid offline_access")]).await;
        let refresh = stage.refreshing(&tokens.text_of("refresh_token"));
        let nonce = json!({"nonce": tokens.header("dpop-nonce")});
        assert_eq!(thief.ask(&stage, &refresh, nonce.clone()).await.error(), (400, "invalid_grant"));
        assert_eq!(stage.token(&refresh).await.error(), (400, "invalid_grant"), "a bearer is no holder");
        // The attempts cost the holder nothing.
        let refreshed = holder.ask(&stage, &refresh, nonce).await;
        assert_eq!(refreshed.status, 200, "{refreshed:?}");
        let claims = claims_of(&refreshed.text_of("access_token"));
        assert_eq!(claims["cnf"]["jkt"], holder.thumbprint());
    }
}

/// A confidential application proves who it is by other means; it may change its key.
#[actix_web::test]
async fn a_confidential_application_may_refresh_with_another_key() {
    let stage = Stage::on(sqlite()).await;
    let (one, other) = (Holder::new(), Holder::new());
    let tokens = one.tokens(&stage, &[("scope", "openid offline_access")]).await;
    let refreshed = other.ask(&stage, &stage.refreshing(&tokens.text_of("refresh_token")), json!({})).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    assert_eq!(claims_of(&refreshed.text_of("access_token"))["cnf"]["jkt"], other.thumbprint());
}

#[actix_web::test]
async fn a_code_asked_for_with_a_key_is_for_that_key() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let (holder, thief) = (Holder::new(), Holder::new());
        let bound: &[(&str, &str)] = &[("dpop_jkt", holder.thumbprint())];
        let form = stage.exchange(&stage.code(bound).await);
        assert_eq!(thief.ask(&stage, &form, json!({})).await.error(), (400, "invalid_grant"));
        let form = stage.exchange(&stage.code(bound).await);
        assert_eq!(stage.token(&form).await.error(), (400, "invalid_grant"));
        let form = stage.exchange(&stage.code(bound).await);
        assert_eq!(holder.ask(&stage, &form, json!({})).await.status, 200);
    }
}

#[actix_web::test]
async fn a_pushed_request_with_a_proof_binds_the_code() {
    let stage = Stage::on(sqlite()).await;
    let (holder, thief) = (Holder::new(), Holder::new());
    let asked = url::Url::parse(&stage.ask(&[])).unwrap();
    let mut form: Vec<(String, String)> = asked.query_pairs().into_owned().collect();
    form.push(("client_secret".into(), stage.app.secret.clone()));
    let par = stage.hub.url("oauth/par");
    let push = |form: Vec<(String, String)>, proof: String| {
        let par = par.clone();
        async move { post_form(&par, &form, &[("dpop", &proof)]).await }
    };
    let proof = || holder.proof(&stage, "POST", "oauth/par", json!({}));
    let contradiction = changed(&form, "dpop_jkt", thief.thumbprint());
    assert_eq!(push(contradiction, proof()).await.error(), (400, "invalid_request"));
    let elsewhere = holder.proof(&stage, "POST", "oauth/token", json!({}));
    assert_eq!(push(form.clone(), elsewhere).await.error(), (400, "invalid_dpop_proof"));
    let pushed = push(form, proof()).await;
    assert_eq!(pushed.status, 201, "{pushed:?}");
    let request_uri = pushed.text_of("request_uri");
    let address = url::Url::parse_with_params(
        &stage.hub.url("authorize"),
        [("client_id", stage.app.client_id.as_str()), ("request_uri", &request_uri)],
    )
    .unwrap();
    let code = code_of(&stage.member().await.walk(address.as_str(), &[]).await);
    let form = stage.exchange(&code);
    assert_eq!(thief.ask(&stage, &form, json!({})).await.error(), (400, "invalid_grant"));
}

#[actix_web::test]
async fn an_application_that_wants_bound_tokens_gets_no_others() {
    let stage = Stage::with_client(sqlite(), json!({"dpop_bound_access_tokens": true})).await;
    let refused = stage.redeem(&stage.code(&[]).await).await;
    assert_eq!(refused.error(), (400, "invalid_request"));
    Holder::new().tokens(&stage, &[]).await;
}
