//! The endpoint of pushed requests, what a `request_uri` is good for, and PKCE.

use serde_json::json;

use super::Fapi;
use super::application::code_in;
use crate::conformance::Module;
use crate::support::sign_in::{changed, error_code, http, post_form, read};

pub const MODULES: &[Module<Fapi>] = modules![
    fapi2_security_profile_final_par_ensure_reused_request_uri_prior_to_auth_completion_succeeds,
    fapi2_security_profile_final_par_attempt_reuse_request_uri,
    fapi2_security_profile_final_par_attempt_to_use_expired_request_uri,
    fapi2_security_profile_final_par_attempt_to_use_request_uri_for_different_client,
    fapi2_security_profile_final_par_authorization_request_containing_request_uri_form_param,
    fapi2_security_profile_final_par_attempt_invalid_http_method,
    fapi2_security_profile_final_par_ensure_pkce_required,
    fapi2_security_profile_final_ensure_pkce_code_verifier_required,
    fapi2_security_profile_final_incorrect_pkce_code_verifier_rejected,
    fapi2_security_profile_final_par_plain_pkce_rejected,
    fapi2_security_profile_final_par_without_duplicate_parameters,
];

/// Module: fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds
///
/// Somebody looks at the page of the login, leaves, and comes back.
async fn fapi2_security_profile_final_par_ensure_reused_request_uri_prior_to_auth_completion_succeeds(
    fapi: &Fapi,
) {
    let asked = fapi.reference(&fapi.app.client_id, &fapi.pushed(&[]).await, &[]);
    let mut browser = fapi.stage.browser();
    for _ in 0..2 {
        let page = browser.open(&asked).await;
        assert!(page.status == 200 && !page.stopped, "{page:?}");
    }
    let page = browser.walk(&asked, crate::support::sign_in::PERSON).await;
    let tokens = fapi.redeem(&fapi.app.holder, &code_in(&fapi.answer(&page))).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
}

/// Whether somebody who comes with `request_uri` of `client_id` sees that it is good for nothing.
async fn refused(fapi: &Fapi, client_id: &str, request_uri: &str) {
    let page = fapi.member().await.open(&fapi.reference(client_id, request_uri, &[])).await;
    assert_eq!((page.status.as_u16(), error_code(&page).as_str()), (400, "request-uri-invalid"), "{page:?}");
}

/// Module: fapi2-security-profile-final-par-attempt-reuse-request_uri
async fn fapi2_security_profile_final_par_attempt_reuse_request_uri(fapi: &Fapi) {
    let uri = fapi.pushed(&[]).await;
    code_in(&fapi.answered(&uri, &[]).await);
    refused(fapi, &fapi.app.client_id, &uri).await;
}

/// Module: fapi2-security-profile-final-par-attempt-to-use-expired-request_uri
async fn fapi2_security_profile_final_par_attempt_to_use_expired_request_uri(fapi: &Fapi) {
    let answer = fapi.push(&[]).await;
    fapi.stage.hub.clock.advance(answer.json["expires_in"].as_i64().unwrap() + 5);
    refused(fapi, &fapi.app.client_id, &answer.text_of("request_uri")).await;
}

/// Module: fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client
async fn fapi2_security_profile_final_par_attempt_to_use_request_uri_for_different_client(fapi: &Fapi) {
    let uri = fapi.pushed(&[]).await;
    refused(fapi, &fapi.other.client_id, &uri).await;
    code_in(&fapi.answered(&uri, &[]).await);
}

/// Module: fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param
async fn fapi2_security_profile_final_par_authorization_request_containing_request_uri_form_param(
    fapi: &Fapi,
) {
    let pushed = fapi.pushed(&[]).await;
    for uri in [pushed.as_str(), "urn:ietf:params:oauth:request_uri:x", "https://app.example/request.jwt"] {
        let mut form = fapi.form(&fapi.app, fapi.wishes(&[]));
        form.push(("request_uri".into(), uri.into()));
        assert_eq!(fapi.send("oauth/par", &fapi.app, &form).await.error(), (400, "invalid_request"), "{uri}");
    }
}

/// Module: fapi2-security-profile-final-par-attempt-invalid-http-method
///
/// The form is right, and the method is not.
async fn fapi2_security_profile_final_par_attempt_invalid_http_method(fapi: &Fapi) {
    let url = fapi.stage.hub.url("oauth/par");
    let form = fapi.form(&fapi.app, fapi.wishes(&[]));
    let form = fapi.authenticated(&fapi.app, &form, &json!({}));
    for method in [reqwest::Method::PUT, reqwest::Method::PATCH, reqwest::Method::DELETE] {
        let request = http()
            .request(method.clone(), &url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(serde_urlencoded::to_string(&form).unwrap());
        let answer = read(request).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{method}");
    }
    let query = serde_urlencoded::to_string(&form).unwrap();
    assert_eq!(read(http().get(format!("{url}?{query}"))).await.status, 405);
    assert_eq!(post_form(&url, &form, &[]).await.status, 201, "none of them was looked at");
}

/// Module: fapi2-security-profile-final-par-ensure-pkce-required
async fn fapi2_security_profile_final_par_ensure_pkce_required(fapi: &Fapi) {
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    assert_eq!(fapi.push(&without).await.error(), (400, "invalid_request"));
}

/// Module: fapi2-security-profile-final-par-plain-pkce-rejected
async fn fapi2_security_profile_final_par_plain_pkce_rejected(fapi: &Fapi) {
    let verifier = crate::support::sign_in::VERIFIER;
    for plain in ["plain", ""] {
        let changes = [("code_challenge", verifier), ("code_challenge_method", plain)];
        assert_eq!(fapi.push(&changes).await.error(), (400, "invalid_request"), "{plain}");
    }
}

/// What is answered to whoever presents a code with this verifier.
async fn with_verifier(fapi: &Fapi, verifier: &str) -> (u16, String) {
    let form = changed(&fapi.exchange(&fapi.code(&[]).await), "code_verifier", verifier);
    let answer = fapi.send_with_proof("oauth/token", &fapi.app, &form, &fapi.app.holder, &json!({})).await;
    (answer.status, answer.error().1.to_owned())
}

/// Module: fapi2-security-profile-final-ensure-pkce-code-verifier-required
async fn fapi2_security_profile_final_ensure_pkce_code_verifier_required(fapi: &Fapi) {
    assert_eq!(with_verifier(fapi, "").await, (400, "invalid_grant".into()));
}

/// Module: fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected
async fn fapi2_security_profile_final_incorrect_pkce_code_verifier_rejected(fapi: &Fapi) {
    let another = "another-verifier-of-the-application-0123456789";
    assert_eq!(with_verifier(fapi, another).await, (400, "invalid_grant".into()));
}

/// Module: fapi2-security-profile-final-par-without-duplicate-parameters
///
/// `client_id` and `request_uri`, and nothing that was pushed.
async fn fapi2_security_profile_final_par_without_duplicate_parameters(fapi: &Fapi) {
    let asked = fapi.reference(&fapi.app.client_id, &fapi.pushed(&[]).await, &[]);
    assert_eq!(url::Url::parse(&asked).unwrap().query_pairs().count(), 2);
    let page = fapi.member().await.walk(&asked, &[]).await;
    let tokens = fapi.redeem(&fapi.app.holder, &code_in(&fapi.answer(&page))).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
}
