//! Signed requests of an application held to FAPI 2.0 (Message Signing §5.3.1), pushed.

use serde_json::{Value, json};
use vestibule::crypto::jws::Algorithm;

use super::Fapi;
use crate::conformance::Module;
use crate::support::sign_in::{Answer, fields};

pub const MODULES: &[Module<Fapi>] = modules![
    fapi2_security_profile_final_ensure_request_object_with_multiple_aud_succeeds,
    fapi2_security_profile_final_ensure_request_object_with_nbf_8_seconds_in_the_future_is_accepted,
    fapi2_security_profile_final_ensure_request_object_without_exp_fails,
    fapi2_security_profile_final_ensure_request_object_without_nbf_fails,
    fapi2_security_profile_final_ensure_expired_request_object_fails,
    fapi2_security_profile_final_ensure_request_object_with_bad_aud_fails,
    fapi2_security_profile_final_ensure_request_object_with_exp_over_60_fails,
    fapi2_security_profile_final_ensure_request_object_with_nbf_over_60_fails,
    fapi2_security_profile_final_ensure_signed_request_object_with_rs256_fails,
    fapi2_security_profile_final_ensure_request_object_signature_algorithm_is_not_none,
    fapi2_security_profile_final_ensure_request_object_with_invalid_signature_fails,
    fapi2_security_profile_final_ensure_matching_key_in_authorization_request,
    fapi2_security_profile_final_ensure_unsigned_request_at_par_endpoint_fails,
    fapi2_security_profile_final_par_authorization_request_containing_request_uri,
];

/// Pushes a request object as it is.
async fn push(fapi: &Fapi, object: &str) -> Answer {
    fapi.send("oauth/par", &fapi.app, &fields(&[("request", object)])).await
}

async fn push_with(fapi: &Fapi, changes: Value) -> Answer {
    push(fapi, &fapi.object(&fapi.app, &fapi.wishes(&[]), &changes)).await
}

async fn succeeds(fapi: &Fapi, changes: Value) {
    let answer = push_with(fapi, changes.clone()).await;
    assert_eq!(answer.status, 201, "{changes}: {answer:?}");
    super::application::code_in(&fapi.answered(&answer.text_of("request_uri"), &[]).await);
}

async fn fails(fapi: &Fapi, changes: Value) {
    let answer = push_with(fapi, changes.clone()).await;
    assert_eq!(answer.error(), (400, "invalid_request_object"), "{changes}: {answer:?}");
}

/// Module: fapi2-security-profile-final-ensure-request-object-with-multiple-aud-succeeds
async fn fapi2_security_profile_final_ensure_request_object_with_multiple_aud_succeeds(fapi: &Fapi) {
    succeeds(fapi, json!({"aud": [fapi.stage.hub.issuer, "https://other.example/"]})).await;
}

/// Module: fapi2-security-profile-final-ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted
async fn fapi2_security_profile_final_ensure_request_object_with_nbf_8_seconds_in_the_future_is_accepted(
    fapi: &Fapi,
) {
    succeeds(fapi, json!({"nbf": fapi.now() + 8, "exp": fapi.now() + 308})).await;
    // A minute is no clock that differs.
    fails(fapi, json!({"nbf": fapi.now() + 65, "exp": fapi.now() + 365})).await;
}

/// Module: fapi2-security-profile-final-ensure-request-object-without-exp-fails
async fn fapi2_security_profile_final_ensure_request_object_without_exp_fails(fapi: &Fapi) {
    fails(fapi, json!({"exp": null})).await;
}

/// Module: fapi2-security-profile-final-ensure-request-object-without-nbf-fails
async fn fapi2_security_profile_final_ensure_request_object_without_nbf_fails(fapi: &Fapi) {
    fails(fapi, json!({"nbf": null})).await;
}

/// Module: fapi2-security-profile-final-ensure-expired-request-object-fails
async fn fapi2_security_profile_final_ensure_expired_request_object_fails(fapi: &Fapi) {
    fails(fapi, json!({"nbf": fapi.now() - 600, "exp": fapi.now() - 300})).await;
}

/// Module: fapi2-security-profile-final-ensure-request-object-with-bad-aud-fails
async fn fapi2_security_profile_final_ensure_request_object_with_bad_aud_fails(fapi: &Fapi) {
    for audience in [json!("https://other.example/"), json!(["https://other.example/"]), json!(null)] {
        fails(fapi, json!({"aud": audience})).await;
    }
    fails(fapi, json!({"iss": null})).await;
}

/// Module: fapi2-security-profile-final-ensure-request-object-with-exp-over-60-fails
///
/// It may last an hour, and this one lasts seventy minutes.
async fn fapi2_security_profile_final_ensure_request_object_with_exp_over_60_fails(fapi: &Fapi) {
    fails(fapi, json!({"exp": fapi.now() + 70 * 60})).await;
}

/// Module: fapi2-security-profile-final-ensure-request-object-with-nbf-over-60-fails
///
/// It began seventy minutes ago, and ends in five.
async fn fapi2_security_profile_final_ensure_request_object_with_nbf_over_60_fails(fapi: &Fapi) {
    fails(fapi, json!({"nbf": fapi.now() - 70 * 60, "exp": fapi.now() + 300})).await;
    succeeds(fapi, json!({"nbf": fapi.now() - 55 * 60, "exp": fapi.now() + 240})).await;
}

/// Module: fapi2-security-profile-final-ensure-signed-request-object-with-RS256-fails
async fn fapi2_security_profile_final_ensure_signed_request_object_with_rs256_fails(fapi: &Fapi) {
    let claims = || fapi.object_claims(&fapi.app, &fapi.wishes(&[]), &json!({}));
    let signed = |algorithm| fapi.app.rsa.sign(algorithm, "oauth-authz-req+jwt", &claims()).unwrap();
    let refused = push(fapi, &signed(Algorithm::RS256)).await;
    assert_eq!(refused.error(), (400, "invalid_request_object"));
    assert_eq!(push(fapi, &signed(Algorithm::PS256)).await.status, 201, "the same key, as it may be used");
}

/// Module: fapi2-security-profile-final-ensure-request-object-signature-algorithm-is-not-none
async fn fapi2_security_profile_final_ensure_request_object_signature_algorithm_is_not_none(fapi: &Fapi) {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let object = fapi.object(&fapi.app, &fapi.wishes(&[]), &json!({}));
    let payload = object.split('.').nth(1).unwrap();
    for algorithm in ["none", "None"] {
        let header = URL_SAFE_NO_PAD.encode(json!({"alg": algorithm}).to_string());
        let answer = push(fapi, &format!("{header}.{payload}.")).await;
        assert_eq!(answer.error(), (400, "invalid_request_object"), "{answer:?}");
    }
}

/// Module: fapi2-security-profile-final-ensure-request-object-with-invalid-signature-fails
async fn fapi2_security_profile_final_ensure_request_object_with_invalid_signature_fails(fapi: &Fapi) {
    let object = fapi.object(&fapi.app, &fapi.wishes(&[]), &json!({}));
    let (message, signature) = object.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let flipped = format!("{message}.{other}{}", &signature[1..]);
    assert_eq!(push(fapi, &flipped).await.error(), (400, "invalid_request_object"));
}

/// Module: fapi2-security-profile-final-ensure-matching-key-in-authorization-request
///
/// The other application's key is a good key, and not this one's.
async fn fapi2_security_profile_final_ensure_matching_key_in_authorization_request(fapi: &Fapi) {
    let claims = fapi.object_claims(&fapi.app, &fapi.wishes(&[]), &json!({}));
    let object = fapi.other.key.sign(Algorithm::ES256, "oauth-authz-req+jwt", &claims).unwrap();
    assert_eq!(push(fapi, &object).await.error(), (400, "invalid_request_object"));
}

/// Module: fapi2-security-profile-final-ensure-unsigned-request-at-par-endpoint-fails
async fn fapi2_security_profile_final_ensure_unsigned_request_at_par_endpoint_fails(fapi: &Fapi) {
    let answer = fapi.send("oauth/par", &fapi.app, &fapi.wishes(&[])).await;
    assert_eq!(answer.error(), (400, "invalid_request"));
    // A client assertion, signed by the same key, is no request.
    let own = fapi.object_claims(&fapi.app, &fapi.wishes(&[]), &json!({"sub": fapi.app.client_id}));
    let assertion = fapi.app.key.sign(Algorithm::ES256, "JWT", &own).unwrap();
    assert_eq!(push(fapi, &assertion).await.error(), (400, "invalid_request_object"));
}

/// Module: fapi2-security-profile-final-par-authorization-request-containing-request_uri
async fn fapi2_security_profile_final_par_authorization_request_containing_request_uri(fapi: &Fapi) {
    for uri in ["urn:ietf:params:oauth:request_uri:x", "https://app.example/request.jwt"] {
        fails(fapi, json!({"request_uri": uri})).await;
    }
}
