//! One-time things are taken once, however many hands reach for them.

use futures_util::future::join_all;
use vestibule::crypto::random::Random;
use vestibule::domain::grant::TakenCode;
use vestibule::domain::one_time::OneTime;
use vestibule::domain::secret::Secret;
use vestibule::domain::test_login::{Begun, Maker, TestLogin, TestReport};
use vestibule::store::StoreError;

use super::add_a_signed_in_person;
use crate::support::databases::each_database;
use crate::support::samples::{self, NOW};

const HANDS: usize = 100;

#[tokio::test]
async fn a_code_redeemed_in_parallel_is_fresh_once_and_its_grant_revoked() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;
        let redeem = |_| store.write(|tx| tx.take_code("hash-of-grant", "app", NOW.plus_seconds(1)));
        let taken: Vec<TakenCode> =
            join_all((0..HANDS).map(redeem)).await.into_iter().collect::<Result<_, StoreError>>().unwrap();
        let fresh = taken.iter().filter(|taken| matches!(taken, TakenCode::Fresh(_))).count();
        let replayed = taken.iter().filter(|taken| matches!(taken, TakenCode::Replayed(_))).count();
        assert_eq!((fresh, replayed), (1, HANDS - 1), "{:?}", database.kind);
        let grant = store.read(|tx| tx.find_grant("grant")).await.unwrap().unwrap();
        assert_eq!(grant.code_used_at, Some(NOW.plus_seconds(1)));
        assert_eq!(grant.revoked_at, Some(NOW.plus_seconds(1)));
    }
}

#[tokio::test]
async fn another_clients_attempt_neither_takes_nor_revokes() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;
        for _ in 0..2 {
            let foreign = store.write(|tx| tx.take_code("hash-of-grant", "other-app", NOW)).await;
            assert_eq!(foreign.unwrap(), TakenCode::Unknown);
        }
        let own = store.write(|tx| tx.take_code("hash-of-grant", "app", NOW)).await.unwrap();
        assert!(matches!(own, TakenCode::Fresh(grant) if grant.revoked_at.is_none()));
    }
}

#[tokio::test]
async fn a_replay_keeps_the_time_of_the_first_revocation() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;
        for seconds in 0..3 {
            let now = NOW.plus_seconds(seconds);
            store.write(move |tx| tx.take_code("hash-of-grant", "app", now)).await.unwrap();
        }
        let grant = store.read(|tx| tx.find_grant("grant")).await.unwrap().unwrap();
        assert_eq!((grant.code_used_at, grant.revoked_at), (Some(NOW), Some(NOW.plus_seconds(1))));
    }
}

/// Whatever those who come know of it: all of them have read that nobody exchanged it.
#[tokio::test]
async fn a_refresh_token_exchanged_in_parallel_is_exchanged_once() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;
        let token = store.write(|tx| {
            let grant = tx.find_grant("grant")?.unwrap();
            let token = samples::refresh_token("it", &grant);
            tx.add_refresh_token(&token)?;
            Ok::<_, StoreError>(token)
        });
        let token = token.await.unwrap();
        assert_eq!(token.rotated_at, None);
        let exchange = |_| {
            let token = token.clone();
            store.write(move |tx| tx.rotate_refresh_token(&token, NOW, NOW.plus_seconds(20)))
        };
        let firsts: Vec<bool> =
            join_all((0..HANDS).map(exchange)).await.into_iter().collect::<Result<_, StoreError>>().unwrap();
        assert_eq!(firsts.iter().filter(|first| **first).count(), 1, "{:?}", database.kind);
    }
}

#[tokio::test]
async fn a_login_finished_in_parallel_is_finished_once() {
    for database in each_database() {
        let store = database.store();
        let finish = |_| store.write(|tx| tx.finish_login("login", NOW));
        let firsts: Vec<bool> =
            join_all((0..HANDS).map(finish)).await.into_iter().collect::<Result<_, StoreError>>().unwrap();
        assert_eq!(firsts.iter().filter(|first| **first).count(), 1, "{:?}", database.kind);
    }
}

#[tokio::test]
async fn an_id_used_in_parallel_is_used_once_and_each_kind_has_its_own() {
    for database in each_database() {
        let store = database.store();
        for kind in [OneTime::ClientAssertion, OneTime::DpopProof] {
            let use_once = |_| store.write(move |tx| tx.use_once(kind, "app 1\0", NOW.plus_seconds(60)));
            let firsts: Vec<bool> = join_all((0..HANDS).map(use_once))
                .await
                .into_iter()
                .collect::<Result<_, StoreError>>()
                .unwrap();
            assert_eq!(firsts.iter().filter(|first| **first).count(), 1, "{:?}", database.kind);
        }
        let other = store.write(|tx| tx.use_once(OneTime::ClientAssertion, "app 2", NOW)).await;
        assert!(other.unwrap(), "another id");
        assert!(!database.dump().contains("app 2"), "stored hashed");
    }
}

#[tokio::test]
async fn of_nodes_that_start_on_an_empty_database_one_brings_the_keys() {
    for database in each_database() {
        let nodes: Vec<_> = (0..4).map(|_| database.store()).collect();
        let bring = |node: usize| {
            let key = samples::signing_key(&format!("{}-{}", node, Random::default().alphanumeric(8)));
            nodes[node % nodes.len()].write(move |tx| tx.add_signing_key(&key))
        };
        let brought: Vec<bool> =
            join_all((0..16).map(bring)).await.into_iter().collect::<Result<_, StoreError>>().unwrap();
        assert_eq!(brought.iter().filter(|brought| **brought).count(), 1, "{:?}", database.kind);
        let mut seen = Vec::new();
        for node in &nodes {
            seen.push(node.read(|tx| tx.list_signing_keys()).await.unwrap());
        }
        assert_eq!(seen[0].len(), 1);
        assert_eq!(seen[0][0].private_key, Secret::new("a-private-key"));
        assert!(seen.iter().all(|keys| *keys == seen[0]));
    }
}

#[tokio::test]
async fn of_many_who_press_the_button_of_a_test_one_begins_it_and_it_ends_once() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;
        let test = TestLogin {
            id: "tst_1".into(),
            connection_id: "con_acme".into(),
            token_hash: "hash".into(),
            made_by: Maker::Client("app".into()),
            created_at: NOW,
            good_until: NOW.plus_seconds(60),
            begun: None,
            finished_at: None,
            expires_at: NOW.plus_seconds(60),
        };
        store.write(move |tx| tx.add_test_login(&test)).await.unwrap();
        let begin = |at, holder: usize| {
            let begun = Begun { at, holder_hash: holder.to_string() };
            store.write(move |tx| tx.begin_test_login("tst_1", &begun, NOW.plus_seconds(3600)))
        };
        assert!(!begin(NOW.plus_seconds(60), 0).await.unwrap(), "too late");
        let begun = join_all((0..HANDS).map(|holder| begin(NOW, holder))).await;
        let holders: Vec<usize> = (0..HANDS).filter(|holder| *begun[*holder].as_ref().unwrap()).collect();
        assert_eq!(holders.len(), 1, "{:?}", database.kind);
        let end = |_| store.write(|tx| tx.finish_test_login("tst_1", &TestReport::default(), NOW));
        let ended = join_all((0..HANDS).map(end)).await;
        assert_eq!(ended.iter().filter(|ended| *ended.as_ref().unwrap()).count(), 1);
        let (kept, _) = store.read(|tx| tx.find_test_login("tst_1", NOW)).await.unwrap().unwrap();
        assert_eq!(kept.begun.unwrap().holder_hash, holders[0].to_string());
        assert!(!store.write(|tx| tx.keep_test_report("tst_1", &TestReport::default())).await.unwrap());
    }
}
