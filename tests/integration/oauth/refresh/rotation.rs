//! Every use gives a new token, and a second use of an old one ends the family (RFC 9700 §4.14.2).

use futures_util::future::join_all;
use serde_json::json;
use vestibule::flows::sweep::sweep;

use crate::support::databases::each_database;
use crate::support::sign_in::{Stage, post_form};

/// Incident: a race let one refresh token be used twice (CVE-2026-1035).
#[actix_web::test]
async fn of_a_hundred_parallel_uses_exactly_one_succeeds_and_the_family_ends() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let tokens = stage.offline().await;
        let token = tokens.text_of("refresh_token");
        // As many as there are connections look at the token before anybody takes it.
        stage.hub.database.hold_back_changes("refresh_tokens");
        let answers = join_all((0..100).map(|_| stage.refresh(&token))).await;
        let (given, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(given.len(), 1);
        for answer in refused {
            assert_eq!(answer.error(), (400, "invalid_grant"), "{answer:?}");
        }
        for tokens in [&tokens, given[0]] {
            assert_eq!(stage.userinfo(&tokens.text_of("access_token")).await.status, 401);
        }
        assert_eq!(stage.refresh(&given[0].text_of("refresh_token")).await.error(), (400, "invalid_grant"));
        let reused = stage.hub.log().await.into_iter().filter(|entry| entry.log_type == "ferrt").count();
        assert_eq!(reused, 1, "the reuse that ended the family is in the log, once");
    }
}

#[actix_web::test]
async fn a_token_presented_at_two_nodes_at_once_is_exchanged_once_and_its_family_ends() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let other = stage.hub.another_node(&[]).await.address;
        let urls = [stage.hub.url("oauth/token"), format!("{other}/oauth/token")];
        let form = stage.refreshing(&stage.offline().await.text_of("refresh_token"));
        let answers = join_all((0..60).map(|number| post_form(&urls[number % 2], &form, &[]))).await;
        let given: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(given.len(), 1);
        assert!(
            answers.iter().all(|answer| answer.status == 200 || answer.error() == (400, "invalid_grant"))
        );
        assert_eq!(stage.userinfo(&given[0].text_of("access_token")).await.status, 401);
        assert_eq!(stage.refresh(&given[0].text_of("refresh_token")).await.error(), (400, "invalid_grant"));
    }
}

#[actix_web::test]
async fn a_second_use_ends_this_family_and_no_other() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let (first, other) = (stage.offline().await, stage.offline().await);
        let first = first.text_of("refresh_token");
        let second = stage.next(&first).await;
        assert_ne!(first, second);
        let answer = stage.refresh(&second).await;
        let (third, access) = (answer.text_of("refresh_token"), answer.text_of("access_token"));
        assert_eq!(stage.userinfo(&access).await.status, 200);
        // The oldest one comes back: whoever holds the newest loses it.
        assert_eq!(stage.refresh(&first).await.error(), (400, "invalid_grant"));
        assert_eq!(stage.refresh(&third).await.error(), (400, "invalid_grant"));
        assert_eq!(stage.userinfo(&access).await.status, 401);
        stage.next(&other.text_of("refresh_token")).await;
        let log = stage.hub.log().await;
        let reused = log.iter().find(|entry| entry.log_type == "ferrt").expect("the reuse is logged");
        assert_eq!(reused.user_id.as_deref(), Some(stage.user_id.as_str()));
        assert_eq!(reused.client_id.as_deref(), Some(stage.app.client_id.as_str()));
    }
}

/// What was exchanged long ago is not kept, and is no stranger all the same.
#[actix_web::test]
async fn a_forgotten_token_still_ends_its_family() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let first = stage.offline().await.text_of("refresh_token");
        let mut newest = first.clone();
        for _ in 0..3 {
            newest = stage.next(&newest).await;
        }
        stage.hub.clock.advance(1);
        sweep(&stage.hub.hub).await.unwrap();
        assert_eq!(stage.count("refresh_tokens"), 1, "one row, however often the family was used");
        assert_eq!(stage.refresh(&first).await.error(), (400, "invalid_grant"));
        assert_eq!(stage.refresh(&newest).await.error(), (400, "invalid_grant"));
        assert!(stage.hub.log().await.iter().any(|entry| entry.log_type == "ferrt"));
    }
}

#[actix_web::test]
async fn within_the_leeway_the_previous_token_comes_again_and_no_older_one() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"refresh_token": {"leeway": 20}})).await;
        let first = stage.offline().await.text_of("refresh_token");
        let answers = join_all((0..10).map(|_| stage.refresh(&first))).await;
        let mut seconds: Vec<String> = answers.iter().map(|answer| answer.text_of("refresh_token")).collect();
        seconds.sort();
        seconds.dedup();
        assert_eq!(seconds.len(), 10, "each got a token of its own");
        stage.hub.clock.advance(15);
        let late = stage.next(&first).await;
        // All of them go on, until one was used: then the first is two generations old.
        stage.next(&seconds[0]).await;
        stage.next(&late).await;
        assert_eq!(stage.refresh(&first).await.error(), (400, "invalid_grant"));
        assert_eq!(stage.refresh(&seconds[1]).await.error(), (400, "invalid_grant"));
    }
}

#[actix_web::test]
async fn after_the_leeway_the_previous_token_ends_the_family() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"refresh_token": {"leeway": 20}})).await;
        let first = stage.offline().await.text_of("refresh_token");
        let second = stage.next(&first).await;
        stage.hub.clock.advance(20);
        assert_eq!(stage.refresh(&first).await.error(), (400, "invalid_grant"));
        assert_eq!(stage.refresh(&second).await.error(), (400, "invalid_grant"));
    }
}

#[actix_web::test]
async fn a_token_that_does_not_rotate_is_used_again_and_again() {
    for database in each_database() {
        let settings = json!({"refresh_token": {"rotation_type": "non-rotating"}});
        let stage = Stage::with_client(database, settings).await;
        let token = stage.offline().await.text_of("refresh_token");
        let answers = join_all((0..20).map(|_| stage.refresh(&token))).await;
        for answer in answers {
            assert_eq!((answer.status, &answer.json["refresh_token"]), (200, &json!(null)), "{answer:?}");
        }
        assert_eq!(stage.count("refresh_tokens"), 1);
    }
}

/// Incident: a truncated opaque token was still valid (CVE-2026-27840).
#[actix_web::test]
async fn no_part_of_a_refresh_token_and_no_other_spelling_is_one() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let token = stage.offline().await.text_of("refresh_token");
        let mut others: Vec<String> = vec![format!("{token}="), format!("{token}A"), token.to_lowercase()];
        for cut in [1, 2, 20, 43, 44, 85] {
            others.push(token[cut..].to_owned());
            others.push(token[..token.len() - cut].to_owned());
        }
        // Another family, as far as anybody can tell: nothing is revoked.
        for at in [0, 1, 21, 42] {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            others.push(String::from_utf8(bytes).unwrap());
        }
        for other in others {
            assert_eq!(stage.refresh(&other).await.error(), (400, "invalid_grant"), "{other}");
        }
        let mut newest = stage.next(&token).await;
        // The family is known, the token is not: only somebody who held one of its tokens can make that up.
        newest.replace_range(85.., if newest.ends_with('A') { "B" } else { "A" });
        assert_eq!(stage.refresh(&newest).await.error(), (400, "invalid_grant"));
    }
}

#[actix_web::test]
async fn refresh_tokens_are_stored_as_hashes() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let first = stage.offline().await.text_of("refresh_token");
        let second = stage.next(&first).await;
        let dump = stage.hub.database.dump();
        for token in [&first, &second] {
            assert_eq!(token.len(), 86);
            assert!(!dump.contains(&token[..43]) && !dump.contains(&token[43..]));
        }
    }
}
