//! Proof Key for Code Exchange (RFC 7636; RFC 9700 §2.1.1): S256 only, never skipped, never downgraded.

use serde_json::json;
use vestibule::crypto::digest;

use crate::support::databases::each_database;
use crate::support::sign_in::{Stage, VERIFIER, changed, code_of, error_of};

/// Incident: PKCE was skipped when the verifier was left out (CVE-2023-48228).
#[actix_web::test]
async fn a_code_with_a_challenge_needs_its_verifier() {
    for method in ["client_secret_post", "none"] {
        for database in each_database() {
            let stage = Stage::with_client(database, json!({"token_endpoint_auth_method": method})).await;
            let challenge = digest::sha256_base64url(VERIFIER);
            let long = "a".repeat(129);
            for wrong in ["", "a", &VERIFIER[..42], &challenge, &long, &VERIFIER.to_uppercase()] {
                let code = stage.code(&[]).await;
                let form = changed(&stage.exchange(&code), "code_verifier", wrong);
                let answer = stage.token(&form).await;
                assert_eq!(answer.error(), (400, "invalid_grant"), "{wrong:?} of {method}");
            }
            assert_eq!(stage.tokens(&[]).await.status, 200, "{method}");
        }
    }
}

/// RFC 7636 §4.1: 43 to 128 characters, of few kinds. One that could be guessed is refused although its challenge fits.
#[actix_web::test]
async fn a_verifier_that_is_too_short_or_too_long_is_refused_though_it_answers_the_challenge() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let of = |length: usize| "v".repeat(length);
        let odd = format!("{} {}", of(21), of(21));
        for (verifier, expected) in
            [(of(43), 200), (of(128), 200), (of(42), 400), (of(129), 400), (of(1), 400), (odd, 400)]
        {
            let challenge = digest::sha256_base64url(&verifier);
            let code = stage.code(&[("code_challenge", &challenge)]).await;
            let form = changed(&stage.exchange(&code), "code_verifier", &verifier);
            assert_eq!(stage.token(&form).await.status, expected, "{verifier}");
        }
    }
}

#[actix_web::test]
async fn a_verifier_for_a_code_without_a_challenge_is_refused() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let without = [("code_challenge", ""), ("code_challenge_method", "")];
        let code = stage.code(&without).await;
        assert_eq!(stage.redeem(&code).await.error(), (400, "invalid_grant"), "a stripped challenge");
        let form = changed(&stage.exchange(&stage.code(&without).await), "code_verifier", "");
        assert_eq!(stage.token(&form).await.status, 200, "a confidential application may go without");
    }
}

#[actix_web::test]
async fn plain_is_refused_in_every_spelling() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        for method in ["plain", "", "s256", "S512", "none"] {
            let mut browser = stage.browser();
            let page = stage
                .sign_in(&mut browser, &[("code_challenge", VERIFIER), ("code_challenge_method", method)])
                .await;
            assert_eq!(error_of(&stage, &page), "invalid_request", "{method:?}");
        }
        let page = stage.sign_in(&mut stage.browser(), &[("code_challenge", "")]).await;
        assert_eq!(error_of(&stage, &page), "invalid_request", "a method without a challenge");
    }
}

#[actix_web::test]
async fn a_public_application_without_a_challenge_is_refused() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"token_endpoint_auth_method": "none"})).await;
        let without = [("code_challenge", ""), ("code_challenge_method", "")];
        let page = stage.sign_in(&mut stage.browser(), &without).await;
        assert_eq!(error_of(&stage, &page), "invalid_request");
        assert!(page.answered("error_description").unwrap().contains("code_challenge"));
        code_of(&stage.sign_in(&mut stage.browser(), &[]).await);
    }
}
