//! An authorization code is taken once, by its own client, with its own redirect URI and PKCE verifier, in time
//! (RFC 6749 §4.1.2, §4.1.3, §10.5; RFC 9700 §2.1.1).

use futures_util::future::join_all;
use serde_json::json;

use crate::support::databases::each_database;
use crate::support::sign_in::{CALLBACK, Stage, VERIFIER, add_client, changed, post_form};

const OTHER_CALLBACK: &str = "https://app.example/other";

#[actix_web::test]
async fn of_a_hundred_parallel_redemptions_exactly_one_succeeds() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let code = stage.code(&[]).await;
        let answers = join_all((0..100).map(|_| stage.redeem(&code))).await;
        let (given, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(given.len(), 1);
        for answer in refused {
            assert_eq!(answer.error(), (400, "invalid_grant"), "{answer:?}");
        }
        // The others were replays: what the one got is worth nothing any more.
        assert_eq!(stage.userinfo(&given[0].text_of("access_token")).await.status, 401);
    }
}

#[actix_web::test]
async fn a_code_presented_at_two_nodes_at_once_is_taken_once() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let other = stage.hub.another_node(&[]).await.address;
        let urls = [stage.hub.url("oauth/token"), format!("{other}/oauth/token")];
        let form = stage.exchange(&stage.code(&[]).await);
        let answers = join_all((0..60).map(|number| post_form(&urls[number % 2], &form, &[]))).await;
        let given: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(given.len(), 1);
        assert!(
            answers.iter().all(|answer| answer.status == 200 || answer.error() == (400, "invalid_grant"))
        );
        assert_eq!(stage.userinfo(&given[0].text_of("access_token")).await.status, 401, "it was replayed");
    }
}

#[actix_web::test]
async fn a_replay_revokes_what_the_code_gave_and_nothing_else() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let code = stage.code(&[]).await;
        let (first, other) = (stage.redeem(&code).await, stage.tokens(&[]).await);
        let (first, other) = (first.text_of("access_token"), other.text_of("access_token"));
        assert_eq!(stage.userinfo(&first).await.status, 200);
        // Thirty seconds later, as the certification suite does it.
        stage.hub.clock.advance(30);
        assert_eq!(stage.redeem(&code).await.error(), (400, "invalid_grant"));
        let refused = stage.userinfo(&first).await;
        assert_eq!(refused.error(), (401, "invalid_token"));
        assert!(refused.header("www-authenticate").starts_with("Bearer error=\"invalid_token\""));
        assert_eq!(stage.userinfo(&other).await.status, 200);
    }
}

/// Incident: a code was refused only if the client was wrong *and* it had expired (CVE-2026-28513).
#[actix_web::test]
async fn any_single_wrong_thing_refuses_a_code() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"callbacks": [CALLBACK, OTHER_CALLBACK]})).await;
        let stranger = add_client(&stage.hub, json!({})).await;
        for wrong in 0..16_u8 {
            let code = stage.code(&[]).await;
            let mut form = stage.exchange(&code);
            if wrong & 1 != 0 {
                form = changed(&form, "client_id", &stranger.client_id);
                form = changed(&form, "client_secret", &stranger.secret);
            }
            if wrong & 2 != 0 {
                form = changed(&form, "redirect_uri", OTHER_CALLBACK);
            }
            if wrong & 4 != 0 {
                form = changed(&form, "code_verifier", &VERIFIER.replace('0', "1"));
            }
            if wrong & 8 != 0 {
                stage.hub.clock.advance(60);
            }
            let answer = stage.token(&form).await;
            if wrong == 0 {
                assert_eq!(answer.status, 200, "{answer:?}");
            } else {
                assert_eq!(answer.error(), (400, "invalid_grant"), "{wrong:04b}: {answer:?}");
                assert_eq!(answer.json["access_token"], json!(null));
            }
        }
    }
}

#[actix_web::test]
async fn a_code_lives_for_sixty_seconds() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        for (seconds, expected) in [(57, 200), (60, 400)] {
            let code = stage.code(&[]).await;
            stage.hub.clock.advance(seconds);
            assert_eq!(stage.redeem(&code).await.status, expected, "{seconds} s");
        }
    }
}

#[actix_web::test]
async fn another_clients_attempt_neither_consumes_nor_revokes_a_code() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let stranger = add_client(&stage.hub, json!({})).await;
        let code = stage.code(&[]).await;
        let own = stage.exchange(&code);
        let strange = changed(&own, "client_id", &stranger.client_id);
        let strange = changed(&strange, "client_secret", &stranger.secret);
        assert_eq!(stage.token(&strange).await.error(), (400, "invalid_grant"));
        let tokens = stage.token(&own).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        assert_eq!(stage.token(&strange).await.error(), (400, "invalid_grant"));
        assert_eq!(stage.userinfo(&tokens.text_of("access_token")).await.status, 200);
    }
}

#[actix_web::test]
async fn a_redirect_uri_is_demanded_again_and_compared_exactly() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        for other in ["", "https://app.example/callback/", "https://APP.example/callback", OTHER_CALLBACK] {
            let form = changed(&stage.exchange(&stage.code(&[]).await), "redirect_uri", other);
            assert_eq!(stage.token(&form).await.error(), (400, "invalid_grant"), "{other:?}");
        }
    }
}

/// Incident: a truncated opaque token was still valid (CVE-2026-27840).
#[actix_web::test]
async fn a_code_with_any_bit_flipped_or_any_part_cut_is_refused() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let code = stage.code(&[]).await;
        assert!(code.len() >= 43, "256 bits");
        let mut forged: Vec<String> = Vec::new();
        for index in 0..code.len() {
            for bit in 0..7 {
                let mut bytes = code.clone().into_bytes();
                bytes[index] ^= 1 << bit;
                forged.push(String::from_utf8(bytes).unwrap());
            }
            forged.extend([code[..index].to_owned(), code[index + 1..].to_owned()]);
        }
        forged.extend([format!("{code}A"), format!(" {code}"), format!("{code}="), format!("{code}\n")]);
        for chunk in forged.chunks(25) {
            for (code, answer) in
                chunk.iter().zip(join_all(chunk.iter().map(|code| stage.redeem(code))).await)
            {
                assert_eq!(answer.status, 400, "{code:?}: {answer:?}");
                assert_eq!(answer.json["access_token"], json!(null));
            }
        }
        assert_eq!(stage.redeem(&code).await.status, 200, "none of them used it up");
    }
}

#[actix_web::test]
async fn a_code_is_refused_once_its_user_session_or_connection_may_no_longer_sign_in() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let connection = format!("connections/{}", stage.connection.id);
        let user = format!("users/{}", stage.user_id.replace('|', "%7C"));
        for (path, there, back) in [
            (&user, json!({"blocked": true}), json!({"blocked": false})),
            (&connection, json!({"is_enabled": false}), json!({"is_enabled": true})),
            (&connection, json!({"enabled_clients": []}), json!({"enabled_clients": [stage.app.client_id]})),
        ] {
            let code = stage.code(&[]).await;
            stage.manage(reqwest::Method::PATCH, path, there.clone()).await;
            let before = stage.hub.log().await.len();
            assert_eq!(stage.redeem(&code).await.error(), (400, "invalid_grant"), "{there}");
            let log = stage.hub.log().await;
            let types: Vec<&str> = log[before..].iter().map(|entry| entry.log_type.as_str()).collect();
            assert_eq!(types, ["feacft"], "{there}: one entry, and it says failed");
            stage.manage(reqwest::Method::PATCH, path, back).await;
            assert_eq!(stage.tokens(&[]).await.status, 200);
        }
    }
}
