//! Requests that succeed, what is in their answers, and requests that are refused.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vestibule::crypto::jws::Algorithm;

use super::Fapi;
use super::application::{algorithm_of, code_in};
use crate::conformance::Module;
use crate::oauth::dpop::userinfo;
use crate::support::sign_in::{CALLBACK, NONCE, STATE, claims_of, http, read};

pub const MODULES: &[Module<Fapi>] = modules![
    fapi2_security_profile_final_discovery_end_point_verification,
    fapi2_security_profile_final_happy_flow,
    fapi2_security_profile_final_user_rejects_authentication,
    fapi2_security_profile_final_ensure_authorization_request_without_state_success,
    fapi2_security_profile_final_ensure_authorization_request_without_nonce_success,
    fapi2_security_profile_final_ensure_authorization_request_with_64_char_nonce_success,
    fapi2_security_profile_final_ensure_other_scope_order_succeeds,
    fapi2_security_profile_final_test_claims_parameter_identity_claims,
    fapi2_security_profile_final_access_token_type_header_case_sensitivity,
    fapi2_security_profile_final_ensure_different_nonce_inside_and_outside_request_object,
    fapi2_security_profile_final_ensure_different_state_inside_and_outside_request_object,
    fapi2_security_profile_final_ensure_authorization_request_with_long_nonce,
    fapi2_security_profile_final_ensure_authorization_request_with_long_state,
    fapi2_security_profile_final_state_only_outside_request_object_not_used,
    fapi2_security_profile_final_ensure_request_object_without_redirect_uri_fails,
    fapi2_security_profile_final_ensure_registered_redirect_uri,
    fapi2_security_profile_final_plain_fapi_ensure_registered_redirect_uri,
    fapi2_security_profile_final_ensure_unsigned_authorization_request_without_using_par_fails,
    fapi2_security_profile_final_ensure_redirect_uri_in_authorization_request,
    fapi2_security_profile_final_ensure_response_type_code_idtoken_fails,
    fapi2_security_profile_final_ensure_response_type_token_fails,
];

/// Module: fapi2-security-profile-final-discovery-end-point-verification
async fn fapi2_security_profile_final_discovery_end_point_verification(fapi: &Fapi) {
    let hub = &fapi.stage.hub;
    let metadata = read(http().get(hub.url(".well-known/openid-configuration"))).await;
    assert_eq!((metadata.status, metadata.header("content-type")), (200, "application/json"));
    let metadata = metadata.json;
    assert_eq!(metadata["issuer"], hub.issuer.as_str());
    let lists = |name: &str, value: &str| {
        assert!(metadata[name].as_array().unwrap().contains(&json!(value)), "{name}: {}", metadata[name]);
    };
    lists("token_endpoint_auth_methods_supported", "private_key_jwt");
    lists("code_challenge_methods_supported", "S256");
    lists("grant_types_supported", "authorization_code");
    lists("response_modes_supported", "jwt");
    for algorithm in ["ES256", "PS256", "EdDSA"] {
        for name in [
            "dpop_signing_alg_values_supported",
            "token_endpoint_auth_signing_alg_values_supported",
            "request_object_signing_alg_values_supported",
            "id_token_signing_alg_values_supported",
            "userinfo_signing_alg_values_supported",
            "authorization_signing_alg_values_supported",
        ] {
            lists(name, algorithm);
        }
    }
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    assert_eq!(metadata["pushed_authorization_request_endpoint"], hub.url("oauth/par"));
    for name in ["token_endpoint", "jwks_uri", "userinfo_endpoint", "authorization_endpoint"] {
        assert!(metadata[name].as_str().unwrap().starts_with(&hub.issuer), "{name}");
    }
}

/// Module: fapi2-security-profile-final-happy-flow
///
/// Two applications, one after the other.
async fn fapi2_security_profile_final_happy_flow(fapi: &Fapi) {
    for app in [&fapi.app, &fapi.other] {
        let form = fapi.form(app, fapi.wishes(&[]));
        let pushed = fapi.send("oauth/par", app, &form).await;
        assert_eq!((pushed.status, pushed.header("cache-control")), (201, "no-store"), "{pushed:?}");
        assert!((5..600).contains(&pushed.json["expires_in"].as_i64().unwrap()), "{pushed:?}");
        // The suite says again what it pushed.
        let again = [("response_type", "code"), ("scope", "openid profile email offline_access")];
        let asked = fapi.reference(&app.client_id, &pushed.text_of("request_uri"), &again);
        let page = fapi.member().await.walk(&asked, &[]).await;
        assert!(page.stopped, "{page:?}");
        if app.client_id == fapi.app.client_id {
            let answer = fapi.answer(&page);
            let names: BTreeSet<&str> = answer.keys().map(String::as_str).collect();
            let allowed = ["aud", "code", "exp", "iat", "iss", "state"];
            assert!(names.iter().all(|name| allowed.contains(name)), "{answer:?}");
            assert_eq!(answer["state"], STATE);
            let code = code_in(&answer);
            assert!(code.len() >= 43, "256 bits");
            let tokens = fapi.redeem(&app.holder, &code).await;
            assert_eq!((tokens.status, &tokens.json["token_type"]), (200, &json!("DPoP")), "{tokens:?}");
            assert_eq!(tokens.header("cache-control"), "no-store");
            assert!(tokens.json["expires_in"].as_i64().unwrap() > 0);
            check_id_token(fapi, &tokens.text_of("id_token"));
            let token = tokens.text_of("access_token");
            assert_eq!(claims_of(&token)["cnf"], json!({"jkt": app.holder.thumbprint()}));
            assert_eq!(algorithm_of(&token), "ES256", "RS256 is not allowed here");
            let told = fapi.userinfo(&app.holder, &token, &json!({})).await;
            assert_eq!(told.json["sub"], fapi.stage.user_id, "{told:?}");
        }
    }
}

fn check_id_token(fapi: &Fapi, token: &str) {
    let hub = &fapi.stage.hub;
    assert_eq!(algorithm_of(token), "ES256");
    let claims: Value = hub.hub.keys.current().verify(token, "JWT").expect("signed by the hub");
    assert_eq!((&claims["iss"], &claims["nonce"]), (&json!(hub.issuer), &json!(NONCE)));
    assert_eq!((&claims["aud"], &claims["sub"]), (&json!(fapi.app.client_id), &json!(fapi.stage.user_id)));
    assert!(claims["exp"].as_i64().unwrap() > fapi.now() && claims["auth_time"].is_i64(), "{claims}");
}

/// Module: fapi2-security-profile-final-user-rejects-authentication
async fn fapi2_security_profile_final_user_rejects_authentication(fapi: &Fapi) {
    let uri = fapi.pushed(&[("prompt", "consent")]).await;
    let mut browser = fapi.member().await;
    let page = browser.open(&fapi.reference(&fapi.app.client_id, &uri, &[])).await;
    let deny = vec![("choice".to_owned(), "deny".to_owned())];
    let page = browser.post(page.forms()[0].action.as_str(), deny, Some(&page.url)).await;
    let answer = fapi.answer(&page);
    assert_eq!((&answer["error"], &answer["state"]), (&json!("access_denied"), &json!(STATE)));
    assert!(!answer.contains_key("code"));
}

/// Module: fapi2-security-profile-final-ensure-authorization-request-without-state-success
async fn fapi2_security_profile_final_ensure_authorization_request_without_state_success(fapi: &Fapi) {
    let answer = fapi.answered(&fapi.pushed(&[("state", "")]).await, &[]).await;
    assert!(!answer.contains_key("state"), "{answer:?}");
    assert_eq!(fapi.redeem(&fapi.app.holder, &code_in(&answer)).await.status, 200);
}

/// The nonce of the ID token behind a request with these `changes`.
async fn nonce(fapi: &Fapi, changes: &[(&str, &str)]) -> Value {
    claims_of(&fapi.tokens(changes).await.text_of("id_token"))["nonce"].clone()
}

/// Module: fapi2-security-profile-final-ensure-authorization-request-without-nonce-success
async fn fapi2_security_profile_final_ensure_authorization_request_without_nonce_success(fapi: &Fapi) {
    assert_eq!(nonce(fapi, &[("nonce", "")]).await, Value::Null);
}

/// Module: fapi2-security-profile-final-ensure-authorization-request-with-64-char-nonce-success
async fn fapi2_security_profile_final_ensure_authorization_request_with_64_char_nonce_success(fapi: &Fapi) {
    let long = "n".repeat(64);
    assert_eq!(nonce(fapi, &[("nonce", &long)]).await, json!(long));
}

/// Module: fapi2-security-profile-final-ensure-authorization-request-with-long-nonce
async fn fapi2_security_profile_final_ensure_authorization_request_with_long_nonce(fapi: &Fapi) {
    let long = "n".repeat(1_000);
    assert_eq!(nonce(fapi, &[("nonce", &long)]).await, json!(long));
}

/// Module: fapi2-security-profile-final-ensure-authorization-request-with-long-state
async fn fapi2_security_profile_final_ensure_authorization_request_with_long_state(fapi: &Fapi) {
    let long = "s".repeat(1_000);
    let answer = fapi.answered(&fapi.pushed(&[("state", &long)]).await, &[]).await;
    assert_eq!(answer["state"], long.as_str());
}

/// Module: fapi2-security-profile-final-ensure-other-scope-order-succeeds
async fn fapi2_security_profile_final_ensure_other_scope_order_succeeds(fapi: &Fapi) {
    let tokens = fapi.tokens(&[("scope", "offline_access email profile openid")]).await;
    assert!(tokens.json["id_token"].is_string() && tokens.json["refresh_token"].is_string(), "{tokens:?}");
}

/// Module: fapi2-security-profile-final-test-claims-parameter-identity-claims
///
/// Every standard claim of the metadata, each asked for in one of the ways there are, and claims nobody knows.
async fn fapi2_security_profile_final_test_claims_parameter_identity_claims(fapi: &Fapi) {
    let names = [
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
        "email",
        "email_verified",
        "address",
        "phone_number",
        "phone_number_verified",
    ];
    let ways = [json!(null), json!({"essential": true}), json!({"essential": false})];
    let mut wanted: serde_json::Map<String, Value> =
        names.iter().zip(ways.iter().cycle()).map(|(name, way)| ((*name).to_owned(), way.clone())).collect();
    wanted.insert("claim_nobody_knows".into(), json!({"essential": true}));
    let claims = json!({"id_token": wanted, "userinfo": wanted, "elsewhere": {"a": null}}).to_string();
    let tokens = fapi.tokens(&[("scope", "openid"), ("claims", &claims)]).await;
    let identity = claims_of(&tokens.text_of("id_token"));
    let told = fapi.userinfo(&fapi.app.holder, &tokens.text_of("access_token"), &json!({})).await.json;
    for name in names {
        assert!(!identity[name].is_null(), "the ID token leaves out {name}: {identity}");
        assert_eq!(identity[name], told[name], "{name}: {told}");
    }
    assert_eq!(identity["sub"], told["sub"]);
    for answer in [identity, told] {
        assert!(answer.get("claim_nobody_knows").is_none() && answer.get("elsewhere").is_none(), "{answer}");
    }
}

/// Module: fapi2-security-profile-final-access-token-type-header-case-sensitivity
async fn fapi2_security_profile_final_access_token_type_header_case_sensitivity(fapi: &Fapi) {
    let (holder, stage) = (&fapi.app.holder, &fapi.stage);
    let token = fapi.tokens(&[]).await.text_of("access_token");
    let nonce = fapi.userinfo(holder, &token, &json!({})).await.header("dpop-nonce").to_owned();
    let ath = vestibule::crypto::digest::sha256_base64url(&token);
    for scheme in ["dpOp", "dpop", "DPOP"] {
        let proof = holder.proof(stage, "GET", "userinfo", json!({"ath": ath, "nonce": nonce}));
        let told = userinfo(stage, &format!("{scheme} {token}"), Some(&proof)).await;
        assert_eq!(told.status, 200, "{scheme}: {told:?}");
    }
}

/// Module: fapi2-security-profile-final-ensure-different-nonce-inside-and-outside-request-object
async fn fapi2_security_profile_final_ensure_different_nonce_inside_and_outside_request_object(fapi: &Fapi) {
    let answer = fapi.answered(&fapi.pushed(&[]).await, &[("nonce", "outside")]).await;
    let tokens = fapi.redeem(&fapi.app.holder, &code_in(&answer)).await;
    assert_eq!(claims_of(&tokens.text_of("id_token"))["nonce"], NONCE);
}

/// Module: fapi2-security-profile-final-ensure-different-state-inside-and-outside-request-object
async fn fapi2_security_profile_final_ensure_different_state_inside_and_outside_request_object(fapi: &Fapi) {
    let answer = fapi.answered(&fapi.pushed(&[]).await, &[("state", "outside")]).await;
    code_in(&answer);
    assert_eq!(answer["state"], STATE);
}

/// Module: fapi2-security-profile-final-state-only-outside-request-object-not-used
async fn fapi2_security_profile_final_state_only_outside_request_object_not_used(fapi: &Fapi) {
    let answer = fapi.answered(&fapi.pushed(&[("state", "")]).await, &[("state", "outside")]).await;
    code_in(&answer);
    assert!(!answer.contains_key("state"), "{answer:?}");
}

/// Module: fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails
///
/// It stands beside what was pushed, where it does not count.
async fn fapi2_security_profile_final_ensure_request_object_without_redirect_uri_fails(fapi: &Fapi) {
    let wishes = fapi.wishes(&[("redirect_uri", "")]);
    let mut form = fapi.form(&fapi.app, wishes);
    if form.iter().any(|(name, _)| name == "request") {
        form.push(("redirect_uri".into(), CALLBACK.into()));
    }
    assert_eq!(fapi.send("oauth/par", &fapi.app, &form).await.error(), (400, "invalid_request"));
}

/// Module: fapi2-security-profile-final-ensure-registered-redirect-uri
async fn fapi2_security_profile_final_ensure_registered_redirect_uri(fapi: &Fapi) {
    let unregistered = format!("{CALLBACK}/appended");
    assert_eq!(fapi.push(&[("redirect_uri", &unregistered)]).await.error(), (400, "invalid_request"));
}

/// Module: fapi2-security-profile-final-plain-fapi-ensure-registered-redirect-uri
///
/// What RFC 9126 §2.4 allows to tolerate is not tolerated, from nobody.
async fn fapi2_security_profile_final_plain_fapi_ensure_registered_redirect_uri(fapi: &Fapi) {
    for unregistered in ["https://app.example/other", "https://evil.example/callback", "com.example.app:/cb"]
    {
        let form = fapi.form(&fapi.other, fapi.wishes(&[("redirect_uri", unregistered)]));
        let answer = fapi.send("oauth/par", &fapi.other, &form).await;
        assert_eq!(answer.error(), (400, "invalid_request"), "{unregistered}");
    }
}

/// Module: fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails
async fn fapi2_security_profile_final_ensure_unsigned_authorization_request_without_using_par_fails(
    fapi: &Fapi,
) {
    let mut wishes = fapi.wishes(&[]);
    wishes.push(("client_id".into(), fapi.app.client_id.clone()));
    let endpoint = fapi.stage.hub.url("authorize");
    let asked = url::Url::parse_with_params(&endpoint, &wishes).unwrap();
    let page = fapi.member().await.open(asked.as_str()).await;
    let answer = fapi.answer(&page);
    assert_eq!(answer["error"], "invalid_request", "{answer:?}");
    assert!(!answer.contains_key("code"));
    // Nor with a signed request that was not pushed.
    let claims = fapi.object_claims(&fapi.app, &fapi.wishes(&[]), &json!({}));
    let object = fapi.app.key.sign(Algorithm::ES256, "oauth-authz-req+jwt", &claims).unwrap();
    wishes.push(("request".into(), object));
    let asked = url::Url::parse_with_params(&endpoint, &wishes).unwrap();
    let answer = fapi.answer(&fapi.member().await.open(asked.as_str()).await);
    assert_eq!(answer["error"], "invalid_request", "{answer:?}");
}

/// Module: fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request
async fn fapi2_security_profile_final_ensure_redirect_uri_in_authorization_request(fapi: &Fapi) {
    assert_eq!(fapi.push(&[("redirect_uri", "")]).await.error(), (400, "invalid_request"));
}

/// Module: fapi2-security-profile-final-ensure-response-type-code-idtoken-fails
async fn fapi2_security_profile_final_ensure_response_type_code_idtoken_fails(fapi: &Fapi) {
    let answer = fapi.push(&[("response_type", "code id_token")]).await;
    assert_eq!(answer.error(), (400, "unauthorized_client"));
}

/// Module: fapi2-security-profile-final-ensure-response-type-token-fails
async fn fapi2_security_profile_final_ensure_response_type_token_fails(fapi: &Fapi) {
    let answer = fapi.push(&[("response_type", "token")]).await;
    assert_eq!(answer.error(), (400, "unsupported_response_type"));
}
