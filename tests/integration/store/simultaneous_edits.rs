//! Of simultaneous edits of one record, one is kept and the others are told; of simultaneous first logins of one
//! person, all succeed and make one user.

use futures_util::future::join_all;
use vestibule::domain::client::Client;
use vestibule::domain::connection::Connection;
use vestibule::domain::user::User;
use vestibule::store::{Store, StoreError, Tx};

use super::add_a_signed_in_person;
use crate::support::databases::each_database;
use crate::support::samples::{self, NOW};

/// Runs twenty edits of what [`add_a_signed_in_person`] wrote; the number of the one that was kept.
async fn the_one_kept(
    store: &Store,
    edit: impl Fn(&mut Tx<'_>, i64) -> Result<i64, StoreError> + Copy + Send + 'static,
) -> i64 {
    let outcomes = join_all((0..20).map(|number| {
        store.write(move |tx| {
            assert_eq!(edit(tx, number)?, 2, "the new version");
            Ok(number)
        })
    }))
    .await;
    let kept: Vec<i64> = outcomes.iter().flatten().copied().collect();
    assert_eq!(kept.len(), 1, "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(StoreError::Stale))), "{outcomes:?}");
    kept[0]
}

#[tokio::test]
async fn of_parallel_edits_of_one_version_one_is_kept() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;

        let kept = the_one_kept(&store, |tx, number| {
            tx.change_user(&User { logins_count: number, ..samples::user("oidc|acme|1") })
        })
        .await;
        let user = store.read(|tx| tx.find_user("oidc|acme|1")).await.unwrap().unwrap();
        assert_eq!((user.logins_count, user.version), (kept, 2));

        let kept = the_one_kept(&store, |tx, number| {
            let display_name = number.to_string();
            tx.change_connection(&Connection { display_name, ..samples::connection("acme", "app") })
        })
        .await;
        let connection = store.read(|tx| tx.find_connection("con_acme")).await.unwrap().unwrap();
        assert_eq!((connection.display_name, connection.version), (kept.to_string(), 2));

        let kept = the_one_kept(&store, |tx, number| {
            let registration_token_hash = Some(number.to_string());
            tx.change_client(&Client { registration_token_hash, ..samples::client("app") })
        })
        .await;
        let client = store.read(|tx| tx.find_client("app")).await.unwrap().unwrap();
        assert_eq!((client.registration_token_hash, client.version), (Some(kept.to_string()), 2));
    }
}

#[tokio::test]
async fn parallel_first_logins_of_one_person_make_one_user() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;
        let sign_in = |_| {
            store.write(|tx| {
                let found = tx.find_identity("con_acme", "https://acme.example/", "new")?;
                if found.is_none() {
                    tx.add_user(&samples::user("oidc|acme|new"))?;
                    tx.add_identity(&samples::identity("con_acme", "new", "oidc|acme|new"))?;
                }
                Ok::<_, StoreError>(found.is_none())
            })
        };
        let created: Vec<bool> =
            join_all((0..30).map(sign_in)).await.into_iter().collect::<Result<_, _>>().unwrap();
        assert_eq!(created.iter().filter(|created| **created).count(), 1, "{:?}", database.kind);
    }
}

#[tokio::test]
async fn enabling_an_application_makes_an_edit_of_what_was_read_before_stale() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;
        let clients = [("app".to_owned(), false), ("second".to_owned(), true)];
        store
            .write(move |tx| {
                tx.add_client(&samples::client("second"))?;
                tx.enable_clients("con_acme", &clients, NOW)?;
                tx.enable_clients("con_acme", &clients, NOW)
            })
            .await
            .unwrap();
        let connection = store.read(|tx| tx.find_connection("con_acme")).await.unwrap().unwrap();
        assert_eq!(connection.enabled_clients, ["second".to_owned()].into());
        let stale = store.write(|tx| tx.change_connection(&samples::connection("acme", "app"))).await;
        assert!(matches!(stale, Err(StoreError::Stale)), "{stale:?}");
        let none = [("no-app".to_owned(), true)];
        let gone = store.write(move |tx| tx.enable_clients("con_acme", &none, NOW)).await;
        assert!(matches!(gone, Err(StoreError::Gone)), "{gone:?}");
    }
}

#[tokio::test]
async fn a_change_that_other_nodes_must_see_moves_its_revision_and_only_it() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;
        let node = database.store();
        let before = node.read(|tx| tx.revisions()).await.unwrap();
        store.write(|tx| tx.set_blocked("oidc|acme|1", true, NOW)).await.unwrap();
        let blocked = node.read(|tx| tx.revisions()).await.unwrap();
        assert_eq!(blocked.users, before.users + 1);
        assert_eq!((blocked.sessions, blocked.connections), (before.sessions, before.connections));
        assert!(!store.write(|tx| tx.set_blocked("oidc|acme|1", true, NOW)).await.unwrap());
        store.write(|tx| tx.remove_session("session")).await.unwrap();
        store.write(|tx| tx.change_client(&samples::client("app"))).await.unwrap();
        store.write(|tx| tx.change_connection(&samples::connection("acme", "app"))).await.unwrap();
        store.write(|tx| tx.add_signing_key(&samples::signing_key("key"))).await.unwrap();
        let after = node.read(|tx| tx.revisions()).await.unwrap();
        assert_eq!(after.users, blocked.users);
        assert_eq!(after.sessions, before.sessions + 1);
        assert_eq!(after.clients, before.clients + 1);
        assert_eq!(after.connections, before.connections + 1);
        assert_eq!(after.signing_keys, before.signing_keys + 1);
    }
}
