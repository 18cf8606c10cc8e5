//! Proofs of possession: which count, and what they bind.

use serde_json::{Value, json};
use vestibule::crypto::digest;
use vestibule::crypto::jws::Algorithm;

use super::Fapi;
use crate::conformance::Module;
use crate::oauth::dpop::{Holder, userinfo};
use crate::support::any_key::AnyKey;
use crate::support::browser::Fields;
use crate::support::databases::sqlite;
use crate::support::sign_in::{Answer, http, post_form, read};

pub const MODULES: &[Module<Fapi>] = modules![
    fapi2_security_profile_final_check_dpop_proof_nbf_exp,
    fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_before_succeeds,
    fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_after_succeeds,
    fapi2_security_profile_final_ensure_mismatched_dpop_jkt_fails,
    fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_proof_jkt,
    fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_jkt,
    fapi2_security_profile_final_ensure_dpopproof_at_par_endpoint_binding_success,
    fapi2_security_profile_final_ensure_dpop_auth_code_binding_success,
    fapi2_security_profile_final_ensure_holder_of_key_required,
    fapi2_security_profile_final_dpop_negative_tests,
];

/// Pushes a request with a proof by `holder`.
async fn push(fapi: &Fapi, holder: &Holder, changes: &[(&str, &str)], claims: &Value) -> Answer {
    let form = fapi.form(&fapi.app, fapi.wishes(changes));
    fapi.send_with_proof("oauth/par", &fapi.app, &form, holder, claims).await
}

/// A code for a request pushed with a proof by the application's holder.
async fn bound_code(fapi: &Fapi, changes: &[(&str, &str)], claims: &Value) -> String {
    let pushed = push(fapi, &fapi.app.holder, changes, claims).await;
    assert_eq!(pushed.status, 201, "{pushed:?}");
    super::application::code_in(&fapi.answered(&pushed.text_of("request_uri"), &[]).await)
}

/// A whole sign-in, each of whose proofs has these claims.
async fn succeeds(fapi: &Fapi, claims: Value) {
    let (app, holder) = (&fapi.app, &fapi.app.holder);
    let form: Fields = fapi.exchange(&bound_code(fapi, &[], &claims).await);
    let tokens = fapi.send_with_proof("oauth/token", app, &form, holder, &claims).await;
    assert_eq!((tokens.status, &tokens.json["token_type"]), (200, &json!("DPoP")), "{claims}: {tokens:?}");
    let told = fapi.userinfo(holder, &tokens.text_of("access_token"), &claims).await;
    assert_eq!(told.status, 200, "{claims}: {told:?}");
}

/// Module: fapi2-security-profile-final-check-dpop-proof-nbf-exp
async fn fapi2_security_profile_final_check_dpop_proof_nbf_exp(fapi: &Fapi) {
    succeeds(fapi, json!({"nbf": fapi.now(), "exp": fapi.now() + 300})).await;
}

/// Module: fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-before-succeeds
async fn fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_before_succeeds(fapi: &Fapi) {
    succeeds(fapi, json!({"iat": fapi.now() - 10})).await;
}

/// Module: fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-after-succeeds
async fn fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_after_succeeds(fapi: &Fapi) {
    succeeds(fapi, json!({"iat": fapi.now() + 10})).await;
}

/// Module: fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails
async fn fapi2_security_profile_final_ensure_mismatched_dpop_jkt_fails(fapi: &Fapi) {
    let another = Holder::new();
    let mismatch = push(fapi, &fapi.app.holder, &[("dpop_jkt", another.thumbprint())], &json!({})).await;
    assert_eq!(mismatch.error(), (400, "invalid_request"), "{mismatch:?}");
}

/// Module: fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt
async fn fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_proof_jkt(
    fapi: &Fapi,
) {
    let code = bound_code(fapi, &[], &json!({})).await;
    let stolen = fapi.redeem(&Holder::new(), &code).await;
    assert_eq!(stolen.error(), (400, "invalid_grant"), "the proof of the push binds the code");
}

/// Module: fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-jkt
async fn fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_jkt(fapi: &Fapi) {
    let code = fapi.code(&[("dpop_jkt", fapi.app.holder.thumbprint())]).await;
    let stolen = fapi.redeem(&Holder::new(), &code).await;
    assert_eq!(stolen.error(), (400, "invalid_grant"), "dpop_jkt binds the code");
}

/// Module: fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success
async fn fapi2_security_profile_final_ensure_dpopproof_at_par_endpoint_binding_success(fapi: &Fapi) {
    let code = bound_code(fapi, &[], &json!({})).await;
    assert_eq!(fapi.redeem(&fapi.app.holder, &code).await.status, 200);
}

/// Module: fapi2-security-profile-final-ensure-dpop-auth-code-binding-success
async fn fapi2_security_profile_final_ensure_dpop_auth_code_binding_success(fapi: &Fapi) {
    let jkt = [("dpop_jkt", fapi.app.holder.thumbprint())];
    for code in [fapi.code(&jkt).await, bound_code(fapi, &jkt, &json!({})).await] {
        assert_eq!(fapi.redeem(&fapi.app.holder, &code).await.status, 200);
    }
}

/// Module: fapi2-security-profile-final-ensure-holder-of-key-required
async fn fapi2_security_profile_final_ensure_holder_of_key_required(fapi: &Fapi) {
    let form = fapi.exchange(&fapi.code(&[]).await);
    let bare = fapi.send("oauth/token", &fapi.app, &form).await;
    assert_eq!(bare.error(), (400, "invalid_request"), "{bare:?}");
    let code = form.iter().find(|(name, _)| name == "code").unwrap().1.clone();
    assert_eq!(fapi.redeem(&fapi.app.holder, &code).await.status, 200, "it cost the code nothing");
}

/// `own` with the members of `changes`.
fn merged(mut own: Value, changes: &Value) -> Value {
    own.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    own
}

/// Module: fapi2-security-profile-final-dpop-negative-tests
async fn fapi2_security_profile_final_dpop_negative_tests(fapi: &Fapi) {
    let (stage, holder) = (&fapi.stage, &fapi.app.holder);
    let token = fapi.tokens(&[]).await.text_of("access_token");
    let nonce = fapi.userinfo(holder, &token, &json!({})).await.header("dpop-nonce").to_owned();
    let bound = json!({"ath": digest::sha256_base64url(&token), "nonce": nonce});
    let signed = |by: &Holder, header: Value, claims: Value| {
        let claims = holder.claims(stage, "GET", "userinfo", merged(bound.clone(), &claims));
        let mut header = merged(by.header(), &header);
        header.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        by.sign(&header, &claims)
    };
    let header = |changes: Value| signed(holder, changes, json!({}));
    let claims = |changes: Value| signed(holder, json!({}), changes);
    let authorization = format!("DPoP {token}");
    let ask = async |proof: &str| userinfo(stage, &authorization, Some(proof)).await;

    let proof = claims(json!({}));
    let (message, signature) = proof.rsplit_once('.').unwrap();
    let other_end = if signature.starts_with('A') { "B" } else { "A" };
    let mut private = holder.header()["jwk"].clone();
    private["d"] = json!("c2VjcmV0");
    let elsewhere = "https://elsewhere.example/userinfo";
    let none = header(json!({"alg": "none"}));
    for (what, proof) in [
        ("is not whole", message.to_owned()),
        ("has no typ", header(json!({"typ": null}))),
        ("has no alg", header(json!({"alg": null}))),
        ("has no jwk", header(json!({"jwk": null}))),
        ("has no jti", claims(json!({"jti": null}))),
        ("has no htm", claims(json!({"htm": null}))),
        ("has no htu", claims(json!({"htu": null}))),
        ("has no iat", claims(json!({"iat": null}))),
        ("has no ath", claims(json!({"ath": null}))),
        ("has another typ", header(json!({"typ": "JWT"}))),
        ("says RS256", header(json!({"alg": "RS256"}))),
        ("is by RS256", rs256(fapi, &bound)),
        ("is not signed", format!("{}.", none.rsplit_once('.').unwrap().0)),
        ("has a wrong signature", format!("{message}.{other_end}{}", &signature[1..])),
        ("holds the private key", header(json!({"jwk": private}))),
        ("is for another method", claims(json!({"htm": "PUT"}))),
        ("is for another URL", claims(json!({"htu": elsewhere}))),
        ("comes from the future", claims(json!({"iat": fapi.now() + 3_600}))),
        ("is too old", claims(json!({"iat": fapi.now() - 3_600}))),
        ("is for another token", claims(json!({"ath": digest::sha256_base64url("another")}))),
        ("is by another key", signed(&Holder::new(), json!({}), json!({}))),
        ("has no nonce", claims(json!({"nonce": null}))),
    ] {
        let told = ask(&proof).await;
        assert_eq!((told.status, &told.json["sub"]), (401, &Value::Null), "a proof that {what}: {told:?}");
    }
    assert_eq!(userinfo(stage, &authorization, None).await.status, 401, "no proof at all");
    assert_eq!(stage.userinfo(&token).await.status, 401, "as a bearer token");
    let request = http().get(stage.hub.url("userinfo")).header("authorization", &authorization);
    let twice = request.header("dpop", claims(json!({}))).header("dpop", claims(json!({})));
    assert_eq!(read(twice).await.status, 401, "two proofs");
    let reused = claims(json!({}));
    assert_eq!(ask(&reused).await.status, 200);
    assert_eq!(ask(&reused).await.status, 401, "a second time");

    let url = stage.hub.url("userinfo");
    for (what, proof) in [
        ("names query and fragment", claims(json!({"htu": format!("{url}?a=b#c")}))),
        (
            "shouts scheme and host",
            claims(json!({"htu": url.replacen("http://localhost", "HTTP://LOCALHOST", 1)})),
        ),
        ("says more than is known", signed(holder, json!({"extra": 1}), json!({"extra": {"a": []}}))),
    ] {
        let told = ask(&proof).await;
        assert_eq!(told.status, 200, "a proof that {what}: {told:?}");
    }
}

/// A proof signed by RS256, which FAPI 2.0 does not allow (§5.4.1), with a key of its own.
fn rs256(fapi: &Fapi, bound: &Value) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let key = &fapi.app.rsa;
    let claims = fapi.app.holder.claims(&fapi.stage, "GET", "userinfo", bound.clone());
    let header = json!({"alg": "RS256", "typ": "dpop+jwt", "jwk": key.public_jwk()});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&header), part(&claims));
    let signature = key.signature(Algorithm::RS256, message.as_bytes()).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// FAPI 2.0 Security Profile §5.3.2.1 and §5.4.1: an application that keeps a key secret sends a nonce all the same,
/// and signs by what the profile lists.
#[actix_web::test]
async fn a_proof_needs_a_nonce_of_ours_and_an_algorithm_of_the_profile() {
    let fapi = Fapi::on(sqlite(), false, "").await;
    let url = fapi.stage.hub.url("oauth/par");
    let form = || fapi.authenticated(&fapi.app, &fapi.wishes(&[]), &json!({}));
    let proof = fapi.app.holder.proof(&fapi.stage, "POST", "oauth/par", json!({}));
    let without = post_form(&url, &form(), &[("dpop", &proof)]).await;
    assert_eq!(without.error(), (400, "use_dpop_nonce"), "{without:?}");
    let nonce = without.header("dpop-nonce");
    for (algorithm, is_good) in [
        (Algorithm::ES256, true),
        (Algorithm::PS256, true),
        (Algorithm::EdDSA, true),
        (Algorithm::RS256, false),
        (Algorithm::ES384, false),
        (Algorithm::ES512, false),
    ] {
        let key = AnyKey::for_algorithm(algorithm);
        let claims = json!({
            "jti": algorithm.name(), "htm": "POST", "htu": url, "nonce": nonce, "iat": fapi.now(),
        });
        let proof = key.sign("dpop+jwt", &json!({"jwk": key.jwk}), &claims);
        let answer = post_form(&url, &form(), &[("dpop", &proof)]).await;
        let expected = if is_good { (201, "") } else { (400, "invalid_dpop_proof") };
        assert_eq!(answer.error(), expected, "{}: {answer:?}", algorithm.name());
    }
}
