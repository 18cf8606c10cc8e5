//! Signing keys follow each other without anybody noticing, on one node or several; a leaked one is out at once
//! (OpenID Connect Core §10.1.1, RFC 7517 §5).

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::crypto::jws::Algorithm;
use vestibule::domain::limits;
use vestibule::domain::signing_key::KeyStatus;
use vestibule::flows::hub::Hub;
use vestibule::flows::keys::{KeyRing, remove_expired, rotate_if_due};
use vestibule::protocol::tokens::ACCESS_TOKEN_TYPE;

use crate::support::databases::each_database;
use crate::support::hub::TestHub;
use crate::support::sign_in::{Answer, Stage, claims_of, http, read};

const PERIOD: i64 = 90 * 24 * 60 * 60;
/// Within this time a change by one node is seen by all (CONTRACT, section 5).
const SEEN_BY_ALL: Duration = Duration::from_secs(1);

fn key_id(token: &str) -> String {
    let header = token.split('.').next().unwrap();
    claims_of(&format!("{header}.{header}.x"))["kid"].as_str().unwrap().to_owned()
}

/// The ids of the published keys.
async fn published(address: &str) -> BTreeSet<String> {
    let keys = read(http().get(format!("{address}/.well-known/jwks.json"))).await.json;
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn userinfo(address: &str, token: &str) -> Answer {
    read(http().get(format!("{address}/userinfo")).bearer_auth(token)).await
}

fn address(hub: &TestHub) -> &str {
    hub.issuer.trim_end_matches('/')
}

fn count(hub: &Hub, status: KeyStatus) -> usize {
    hub.keys.records().iter().filter(|record| record.status == status).count()
}

/// Module: oidcc-server-rotate-keys
#[actix_web::test]
async fn a_key_is_published_before_it_signs_and_as_long_as_what_it_signed_lives() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let at = address(&stage.hub).to_owned();
        for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
            let path = format!("clients/{}", stage.app.client_id);
            let change = json!({"id_token_signed_response_alg": algorithm});
            stage.manage(Method::PATCH, &path, change).await;
            let before = published(&at).await;
            let first = stage.tokens(&[]).await;
            stage.manage(Method::POST, "keys/signing/rotate", Value::Null).await;
            let after = published(&at).await;
            let second = stage.tokens(&[]).await;
            for token in ["id_token", "access_token"] {
                let (old, new) = (key_id(&first.text_of(token)), key_id(&second.text_of(token)));
                assert_ne!(old, new, "{algorithm}");
                assert!(before.contains(&old) && before.contains(&new), "{algorithm}");
                assert!(after.contains(&old) && after.contains(&new), "{algorithm}");
            }
            for tokens in [first, second] {
                assert_eq!(userinfo(&at, &tokens.text_of("access_token")).await.status, 200, "{algorithm}");
            }
        }
        let hub = &stage.hub;
        let everything = published(&at).await;
        hub.clock.advance(limits::PREVIOUS_KEY_SECONDS - 60);
        remove_expired(&hub.hub).await.unwrap();
        assert_eq!(published(&at).await, everything, "a token of {PERIOD} may still live");
        hub.clock.advance(120);
        remove_expired(&hub.hub).await.unwrap();
        assert_eq!(published(&at).await.len(), 6);
        assert_eq!(hub.database.count("signing_keys"), 6);
    }
}

/// The longest token there may be is the measure of how long its key stays.
#[test]
fn no_token_outlives_its_key() {
    for lifetime in [
        limits::TOKEN_LIFETIME_MAX_SECONDS,
        limits::ID_TOKEN_LIFETIME_SECONDS,
        limits::USERINFO_TOKEN_LIFETIME_SECONDS,
        limits::MANAGEMENT_TOKEN_LIFETIME_SECONDS,
    ] {
        assert!(lifetime < limits::PREVIOUS_KEY_SECONDS);
    }
}

#[actix_web::test]
async fn a_node_that_has_not_noticed_a_rotation_signs_and_verifies_what_the_others_do() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let unaware = stage.hub.hub.keys.current();
        stage.manage(Method::POST, "keys/signing/rotate", Value::Null).await;
        let aware = stage.hub.hub.keys.current();
        for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
            let claims = json!({"sub": "x"});
            let old = unaware.sign(algorithm, ACCESS_TOKEN_TYPE, &claims).unwrap();
            let new = aware.sign(algorithm, ACCESS_TOKEN_TYPE, &claims).unwrap();
            assert_ne!(key_id(&old), key_id(&new));
            for (name, keys) in [("unaware", &unaware), ("aware", &aware)] {
                for token in [&old, &new] {
                    assert!(keys.verify::<Value>(token, ACCESS_TOKEN_TYPE).is_some(), "{name}");
                }
            }
        }
    }
}

#[actix_web::test]
async fn a_leaked_key_is_out_on_every_node_within_a_second_and_so_is_what_it_signed() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let other = stage.hub.another_node(&[]).await.address;
        let at = address(&stage.hub).to_owned();
        let token = stage.tokens(&[]).await.text_of("access_token");
        let leaked = key_id(&token);
        for node in [&at, &other] {
            assert_eq!(userinfo(node, &token).await.status, 200);
        }
        let next = published(&at).await;
        let path = format!("keys/signing/{leaked}/revoke");
        // The management token of this call is signed by the leaked key too, and is its last.
        let answer = stage.manage(Method::PUT, &path, Value::Null).await;
        assert_eq!(answer.json["revoked"], true);
        assert_eq!(answer.json["jwk"], Value::Null);
        actix_web::rt::time::sleep(SEEN_BY_ALL).await;
        for node in [&at, &other] {
            assert!(!published(node).await.contains(&leaked), "{node}");
            assert_eq!(userinfo(node, &token).await.status, 401, "{node}");
        }
        let fresh = stage.tokens(&[]).await.text_of("access_token");
        assert!(next.contains(&key_id(&fresh)), "the next key takes over: everybody knows it");
        for node in [&at, &other] {
            assert_eq!(userinfo(node, &fresh).await.status, 200, "{node}");
            assert_eq!(published(node).await.len(), 6, "{node}");
        }
        let private = "SELECT private_key_sealed AS value FROM signing_keys WHERE status = 'revoked'";
        assert_eq!(stage.hub.database.values(private), [""], "its private half is destroyed");
        // Twice is once.
        stage.manage(Method::PUT, &path, Value::Null).await;
        assert_eq!(stage.hub.database.count("signing_keys"), 7);
    }
}

#[actix_web::test]
async fn previous_and_next_keys_may_be_revoked_too() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        stage.manage(Method::POST, "keys/signing/rotate", Value::Null).await;
        for status in [KeyStatus::Previous, KeyStatus::Next] {
            let records = stage.hub.hub.keys.records();
            let revoked = records.iter().find(|record| record.status == status).unwrap();
            let path = format!("keys/signing/{}/revoke", revoked.key_id);
            stage.manage(Method::PUT, &path, Value::Null).await;
            assert!(!published(address(&stage.hub)).await.contains(&revoked.key_id));
        }
        let hub = &stage.hub.hub;
        let counts = KeyStatus::ALL.map(|status| count(hub, status));
        assert_eq!(counts, [3, 3, 2, 2], "next, current, previous, revoked");
    }
}

#[actix_web::test]
async fn of_several_nodes_one_rotates_on_schedule() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let (two, three) = (stage.hub.another_node(&[]).await, stage.hub.another_node(&[]).await);
        let nodes = [&stage.hub.hub, &two.hub, &three.hub];
        stage.hub.clock.advance(PERIOD - 60);
        for node in nodes {
            assert!(!rotate_if_due(node).await.unwrap());
        }
        let before = published(address(&stage.hub)).await;
        stage.hub.clock.advance(60);
        let outcomes = futures_util::future::join_all(nodes.map(|node| rotate_if_due(node))).await;
        let rotated = outcomes.into_iter().filter(|outcome| *outcome.as_ref().unwrap()).count();
        assert!(rotated <= 1, "{rotated} nodes rotated");
        for node in nodes {
            assert!(!rotate_if_due(node).await.unwrap(), "not again");
            node.keys.load(&node.store).await.unwrap();
            let counts = KeyStatus::ALL.map(|status| count(node, status));
            assert_eq!(counts, [3, 3, 3, 0], "next, current, previous, revoked");
        }
        let log = stage.hub.log().await;
        let entries: Vec<_> = log.iter().filter(|entry| entry.description.contains("on schedule")).collect();
        assert_eq!(entries.len(), 1, "one rotation, one log entry");
        let fresh = stage.tokens(&[]).await.text_of("access_token");
        assert!(before.contains(&key_id(&fresh)), "the next key signs now");
    }
}

/// Databases of releases that knew no next key.
#[actix_web::test]
async fn an_old_database_gets_next_keys_and_rotates_only_when_applications_had_time_to_see_them() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let database = &stage.hub.database;
        database.execute("DELETE FROM signing_keys WHERE status = 'next'");
        database.execute("UPDATE signing_keys SET created_at = 0, current_since = NULL");
        let current = stage.hub.hub.keys.current();
        let node = stage.hub.another_node(&[]).await.hub;
        assert_eq!((count(&node, KeyStatus::Current), count(&node, KeyStatus::Next)), (3, 3));
        let claims = json!({});
        let token = current.sign(Algorithm::RS256, ACCESS_TOKEN_TYPE, &claims).unwrap();
        assert!(node.keys.current().verify::<Value>(&token, ACCESS_TOKEN_TYPE).is_some(), "the keys stay");
        assert!(!rotate_if_due(&node).await.unwrap(), "overdue, but nobody has seen the next keys yet");
        stage.hub.clock.advance(limits::NEXT_KEY_SECONDS - 60);
        assert!(!rotate_if_due(&node).await.unwrap());
        stage.hub.clock.advance(60);
        rotate_if_due(&node).await.unwrap();
        assert_eq!(count(&node, KeyStatus::Previous), 3);
    }
}

#[actix_web::test]
async fn a_hub_told_never_to_rotate_does_not() {
    for database in each_database() {
        let settings = [("VESTIBULE_SIGNING_KEY_ROTATION", "0")];
        let hub = TestHub::start_with(database, "http", &settings).await;
        hub.clock.advance(100 * PERIOD);
        assert!(!rotate_if_due(&hub.hub).await.unwrap());
        assert_eq!(count(&hub.hub, KeyStatus::Previous), 0);
    }
}

#[actix_web::test]
async fn of_simultaneous_rotations_by_hand_all_end_with_a_whole_set() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let rotations = (0..4).map(|_| stage.manage(Method::POST, "keys/signing/rotate", Value::Null));
        futures_util::future::join_all(rotations).await;
        let hub = &stage.hub.hub;
        let previous = count(hub, KeyStatus::Previous);
        assert!((3..=12).contains(&previous) && previous.is_multiple_of(3), "{previous}");
        assert_eq!((count(hub, KeyStatus::Current), count(hub, KeyStatus::Next)), (3, 3));
    }
}

/// What could not be read is read at the next look, not at the next change.
#[actix_web::test]
async fn keys_that_could_not_be_read_are_read_again() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let store = &hub.hub.store;
        let ring = KeyRing::default();
        ring.load(store).await.unwrap();
        let revision = store.read(|tx| tx.revisions()).await.unwrap().signing_keys;
        let sealed =
            "SELECT private_key_sealed AS value FROM signing_keys WHERE status = 'next' ORDER BY key_id";
        let key_ids = "SELECT key_id AS value FROM signing_keys WHERE status = 'next' ORDER BY key_id";
        let (sealed, key_id) = (&hub.database.values(sealed)[0], &hub.database.values(key_ids)[0]);
        hub.database.execute("UPDATE revisions SET revision = revision + 1 WHERE name = 'signing_keys'");
        let set = |text: &str| {
            hub.database.execute(&format!(
                "UPDATE signing_keys SET private_key_sealed = '{text}' WHERE key_id = '{key_id}'"
            ));
        };
        set("damaged");
        assert!(ring.notice(store, revision + 1).await.is_err());
        assert_eq!(ring.records().len(), 6, "the last good keys stay");
        hub.database.execute("DELETE FROM signing_keys WHERE status = 'current' AND key_type = 'RSA'");
        set(sealed);
        ring.notice(store, revision + 1).await.unwrap();
        assert_eq!(ring.records().len(), 5);
    }
}
