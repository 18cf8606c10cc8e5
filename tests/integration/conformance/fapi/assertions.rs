//! How an application proves who it is: at the endpoint of tokens, and at that of pushed requests.

use serde_json::{Value, json};
use vestibule::crypto::jws::Algorithm;

use super::Fapi;
use super::application::with_assertion;
use crate::conformance::Module;
use crate::support::browser::Fields;
use crate::support::sign_in::{Answer, changed, fields, post_form};

pub const MODULES: &[Module<Fapi>] = modules![
    fapi2_security_profile_final_ensure_client_id_in_token_endpoint,
    fapi2_security_profile_final_ensure_signed_client_assertion_with_rs256_fails,
    fapi2_security_profile_final_ensure_client_assertion_in_token_endpoint,
    fapi2_security_profile_final_ensure_client_assertion_with_exp_is_5_minutes_in_past_fails,
    fapi2_security_profile_final_ensure_client_assertion_with_wrong_aud_fails,
    fapi2_security_profile_final_ensure_client_assertion_with_no_sub_fails,
    fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_8_seconds_in_the_future_is_accepted,
    fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_over_60_seconds_in_the_future_fails,
    fapi2_security_profile_final_par_test_array_as_audience_fails,
    fapi2_security_profile_final_par_test_par_endpoint_url_as_audience_fails,
    fapi2_security_profile_final_par_test_token_endpoint_url_as_audience_fails,
];

/// Sends a form as it is, with a proof and its nonce.
async fn prove(fapi: &Fapi, path: &str, form: impl Fn() -> Fields) -> Answer {
    let (url, stage, holder) = (fapi.stage.hub.url(path), &fapi.stage, &fapi.app.holder);
    let proof = |changes: Value| holder.proof(stage, "POST", path, changes);
    let first = post_form(&url, &form(), &[("dpop", &proof(json!({})))]).await;
    if first.error().1 != "use_dpop_nonce" {
        return first;
    }
    let nonce = json!({"nonce": first.header("dpop-nonce")});
    post_form(&url, &form(), &[("dpop", &proof(nonce))]).await
}

/// An assertion with these `changes` proves nothing, neither with a code nor with a request; it costs the code nothing.
async fn refused(fapi: &Fapi, changes: Value) {
    let exchange = fapi.exchange(&fapi.code(&[]).await);
    let answer = prove(fapi, "oauth/token", || fapi.authenticated(&fapi.app, &exchange, &changes)).await;
    assert_eq!(answer.error(), (401, "invalid_client"), "{changes}: {answer:?}");
    refused_at_par(fapi, changes).await;
    let answer = prove(fapi, "oauth/token", || fapi.authenticated(&fapi.app, &exchange, &json!({}))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

async fn push(fapi: &Fapi, changes: &Value) -> Answer {
    let form = fapi.form(&fapi.app, fapi.wishes(&[]));
    post_form(&fapi.stage.hub.url("oauth/par"), &fapi.authenticated(&fapi.app, &form, changes), &[]).await
}

async fn refused_at_par(fapi: &Fapi, changes: Value) {
    let answer = push(fapi, &changes).await;
    assert_eq!(answer.error(), (401, "invalid_client"), "{changes}: {answer:?}");
    assert_eq!(push(fapi, &json!({})).await.status, 201);
}

/// Module: fapi2-security-profile-final-ensure-client-id-in-token-endpoint
///
/// The other application's `client_id` and assertion, signed by the key of this one.
async fn fapi2_security_profile_final_ensure_client_id_in_token_endpoint(fapi: &Fapi) {
    let exchange = fapi.exchange(&fapi.code(&[]).await);
    let swapped = || {
        let claims = fapi.assertion_claims(&fapi.other, &json!({}));
        let assertion = fapi.app.key.sign(Algorithm::ES256, "JWT", &claims).unwrap();
        with_assertion(&fapi.other, &exchange, &assertion)
    };
    assert_eq!(prove(fapi, "oauth/token", swapped).await.error(), (401, "invalid_client"));
    // And this one's assertion beside the other's client_id.
    let mixed = || {
        let own = fapi.authenticated(&fapi.app, &exchange, &json!({}));
        changed(&own, "client_id", &fapi.other.client_id)
    };
    assert_eq!(prove(fapi, "oauth/token", mixed).await.error(), (401, "invalid_client"));
}

/// Module: fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails
async fn fapi2_security_profile_final_ensure_signed_client_assertion_with_rs256_fails(fapi: &Fapi) {
    let exchange = fapi.exchange(&fapi.code(&[]).await);
    let signed = |form: &Fields, algorithm: Algorithm| {
        let claims = fapi.assertion_claims(&fapi.app, &json!({}));
        with_assertion(&fapi.app, form, &fapi.app.rsa.sign(algorithm, "JWT", &claims).unwrap())
    };
    let form = fapi.form(&fapi.app, fapi.wishes(&[]));
    for (path, form) in [("oauth/par", &form), ("oauth/token", &exchange)] {
        let refused = prove(fapi, path, || signed(form, Algorithm::RS256)).await;
        assert_eq!(refused.error(), (401, "invalid_client"), "{path}");
        let taken = prove(fapi, path, || signed(form, Algorithm::PS256)).await;
        assert!(taken.status < 300, "{path}: {taken:?}");
    }
}

/// Module: fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint
async fn fapi2_security_profile_final_ensure_client_assertion_in_token_endpoint(fapi: &Fapi) {
    let exchange = fapi.exchange(&fapi.code(&[]).await);
    let named: Fields =
        exchange.iter().cloned().chain(fields(&[("client_id", &fapi.app.client_id)])).collect();
    for form in [&exchange, &named] {
        assert_eq!(prove(fapi, "oauth/token", || form.clone()).await.error(), (401, "invalid_client"));
    }
}

/// Module: fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails
async fn fapi2_security_profile_final_ensure_client_assertion_with_exp_is_5_minutes_in_past_fails(
    fapi: &Fapi,
) {
    refused(fapi, json!({"iat": fapi.now() - 360, "exp": fapi.now() - 300})).await;
}

/// Module: fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails
async fn fapi2_security_profile_final_ensure_client_assertion_with_wrong_aud_fails(fapi: &Fapi) {
    refused(fapi, json!({"aud": "https://other.example/"})).await;
}

/// Module: fapi2-security-profile-final-ensure-client-assertion-with-no-sub-fails
async fn fapi2_security_profile_final_ensure_client_assertion_with_no_sub_fails(fapi: &Fapi) {
    refused(fapi, json!({"sub": null})).await;
}

/// Module: fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted
async fn fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_8_seconds_in_the_future_is_accepted(
    fapi: &Fapi,
) {
    let now = fapi.now();
    let answer = push(fapi, &json!({"iat": now + 8, "nbf": now + 8, "exp": now + 68})).await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

/// Module: fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails
async fn fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_over_60_seconds_in_the_future_fails(
    fapi: &Fapi,
) {
    let late = fapi.now() + 65;
    for names in [&["nbf"][..], &["iat"], &["nbf", "iat"]] {
        let mut changes = json!({"exp": late + 60});
        for name in names {
            changes[*name] = json!(late);
        }
        refused_at_par(fapi, changes).await;
    }
}

/// Module: fapi2-security-profile-final-par-test-array-as-audience-fails
async fn fapi2_security_profile_final_par_test_array_as_audience_fails(fapi: &Fapi) {
    let (issuer, par) = (&fapi.stage.hub.issuer, fapi.stage.hub.url("oauth/par"));
    for audience in [json!([issuer]), json!([issuer, par]), json!([par])] {
        refused_at_par(fapi, json!({"aud": audience})).await;
    }
}

/// Module: fapi2-security-profile-final-par-test-par-endpoint-url-as-audience-fails
async fn fapi2_security_profile_final_par_test_par_endpoint_url_as_audience_fails(fapi: &Fapi) {
    refused_at_par(fapi, json!({"aud": fapi.stage.hub.url("oauth/par")})).await;
}

/// Module: fapi2-security-profile-final-par-test-token-endpoint-url-as-audience-fails
async fn fapi2_security_profile_final_par_test_token_endpoint_url_as_audience_fails(fapi: &Fapi) {
    refused_at_par(fapi, json!({"aud": fapi.stage.hub.url("oauth/token")})).await;
}
