//! The queue of logout notices, shared by several nodes.

use std::collections::BTreeSet;

use vestibule::domain::clock::Timestamp;
use vestibule::domain::logout::LogoutNotice;

use crate::support::databases::each_database;
use crate::support::samples;

const NOTICES: usize = 60;

fn notice(number: usize, now: Timestamp) -> LogoutNotice {
    LogoutNotice {
        session_id: format!("session-{number}"),
        client_id: "app".into(),
        user_id: "oidc|acme|1".into(),
        request_id: "request".into(),
        attempts: 0,
        due_at: now,
        created_at: now,
    }
}

#[tokio::test]
async fn several_nodes_never_take_the_same_notice() {
    for database in each_database() {
        let nodes = [database.store(), database.unmigrated_store(), database.unmigrated_store()];
        let now = Timestamp::from_seconds(1_795_000_000);
        let notices: Vec<_> = (0..NOTICES).map(|number| notice(number, now)).collect();
        nodes[0]
            .write(move |tx| {
                tx.add_client(&samples::client("app"))?;
                tx.add_logout_notices(&notices)?;
                // Whoever says it twice is told once.
                tx.add_logout_notices(&notices)
            })
            .await
            .unwrap();
        let lease_end = now.plus_seconds(60);
        let takers: Vec<_> = (0..12)
            .map(|number| {
                let node = nodes[number % nodes.len()].clone();
                tokio::spawn(async move {
                    let mut taken = Vec::new();
                    loop {
                        let more = node
                            .write(move |tx| tx.take_logout_notices("app", now, lease_end, 7))
                            .await
                            .unwrap();
                        if more.is_empty() {
                            return taken;
                        }
                        taken.extend(more);
                    }
                })
            })
            .collect();
        let mut taken = Vec::new();
        for taker in takers {
            taken.extend(taker.await.unwrap());
        }
        let sessions: BTreeSet<&str> = taken.iter().map(|notice| notice.session_id.as_str()).collect();
        assert_eq!((taken.len(), sessions.len()), (NOTICES, NOTICES), "{:?}", database.kind);
        assert!(taken.iter().all(|notice| notice.attempts == 1));
    }
}

#[tokio::test]
async fn a_notice_whose_node_died_is_taken_again_and_the_dead_node_changes_nothing_any_more() {
    for database in each_database() {
        let store = database.store();
        let now = Timestamp::from_seconds(1_795_000_000);
        let (lease_end, later) = (now.plus_seconds(60), now.plus_seconds(120));
        store
            .write(move |tx| {
                tx.add_client(&samples::client("app"))?;
                tx.add_logout_notices(&[notice(1, now)])
            })
            .await
            .unwrap();
        let take = async |now, lease_end| {
            store.write(move |tx| tx.take_logout_notices("app", now, lease_end, 7)).await.unwrap()
        };
        let due = async |at| store.read(move |tx| tx.clients_with_due_notices(at, 7)).await.unwrap();
        let first = take(now, lease_end).await.remove(0);
        assert_eq!(due(lease_end.plus_seconds(-1)).await, Vec::<String>::new());
        assert_eq!(due(lease_end).await, ["app"]);
        assert!(take(lease_end.plus_seconds(-1), later).await.is_empty());
        let second = take(lease_end, later).await.remove(0);
        assert_eq!((first.attempts, second.attempts), (1, 2));
        let (stale, fresh) = (first.clone(), second.clone());
        store
            .write(move |tx| {
                assert!(!tx.remove_logout_notice(&stale)?);
                assert!(!tx.postpone_logout_notice(&stale, now)?);
                assert!(tx.postpone_logout_notice(&fresh, later.plus_seconds(9))?);
                assert!(tx.remove_logout_notice(&fresh)?);
                assert!(!tx.remove_logout_notice(&fresh)?);
                Ok::<_, vestibule::store::StoreError>(())
            })
            .await
            .unwrap();
        assert_eq!(due(later.plus_seconds(3_600)).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn whoever_has_the_oldest_notice_due_comes_first_and_each_application_once() {
    for database in each_database() {
        let store = database.store();
        let now = Timestamp::from_seconds(1_795_000_000);
        let of = |client_id: &str, number, seconds| LogoutNotice {
            client_id: client_id.into(),
            due_at: now.plus_seconds(seconds),
            ..notice(number, now)
        };
        let notices = [of("app", 1, -1), of("app", 2, -9), of("b", 3, -10), of("c", 4, -5), of("d", 5, 1)];
        store
            .write(move |tx| {
                for client_id in ["app", "b", "c", "d"] {
                    tx.add_client(&samples::client(client_id))?;
                }
                tx.add_logout_notices(&notices)
            })
            .await
            .unwrap();
        let due = async |limit| store.read(move |tx| tx.clients_with_due_notices(now, limit)).await.unwrap();
        assert_eq!(due(10).await, ["b", "app", "c"]);
        assert_eq!(due(2).await, ["b", "app"]);
        let taken =
            store.write(move |tx| tx.take_logout_notices("app", now, now.plus_seconds(60), 1)).await.unwrap();
        assert_eq!(taken.len(), 1, "no more than asked for");
        assert_eq!((taken[0].client_id.as_str(), taken[0].session_id.as_str()), ("app", "session-2"));
    }
}
