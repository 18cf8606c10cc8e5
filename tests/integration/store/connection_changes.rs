//! Which connections have changed since a revision: each change names its own, and what is not known is not guessed.

use std::collections::BTreeSet;

use serde_json::json;
use vestibule::domain::clock::Timestamp;
use vestibule::domain::connection::{Connection, new_connection};
use vestibule::domain::limits;
use vestibule::store::{ConnectionChanges, Store, StoreError};

use crate::support::databases::each_database;

fn connection(id: &str, name: &str) -> Connection {
    let body = json!({"name": name, "strategy": "local"});
    new_connection(body.as_object().unwrap(), id, false, Timestamp::from_seconds(1)).unwrap()
}

/// What has happened since `known`, and the revision now.
async fn since(store: &Store, known: i64) -> (ConnectionChanges, i64) {
    let read = store.read(move |tx| {
        let current = tx.revisions()?.connections;
        Ok::<_, StoreError>((tx.connection_changes(known, current)?, current))
    });
    read.await.unwrap()
}

fn of(ids: &[&str]) -> ConnectionChanges {
    ConnectionChanges::Of(ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>())
}

#[actix_web::test]
async fn every_change_names_its_connection_until_it_is_forgotten() {
    for database in each_database() {
        let store = database.store();
        let (one, two) = (connection("con_1", "one"), connection("con_2", "two"));
        let (_, start) = since(&store, 0).await;
        let made = (one.clone(), two.clone());
        store
            .write(move |tx| {
                tx.add_connection(&made.0)?;
                tx.add_connection(&made.1)
            })
            .await
            .unwrap();
        let (changes, after_making) = since(&store, start).await;
        assert_eq!(changes, of(&["con_1", "con_2"]));
        assert_eq!(since(&store, after_making).await.0, of(&[]));
        let edited = Connection { display_name: "One".into(), ..one };
        store.write(move |tx| tx.change_connection(&edited)).await.unwrap();
        let (changes, after_edit) = since(&store, after_making).await;
        assert_eq!(changes, of(&["con_1"]));
        store.write(|tx| tx.replace_keys_of_connection("con_2", &[])).await.unwrap();
        store.write(|tx| tx.remove_connection("con_1", Timestamp::from_seconds(2))).await.unwrap();
        assert_eq!(since(&store, after_edit).await.0, of(&["con_1", "con_2"]));
        assert_eq!(since(&store, after_making).await.0, of(&["con_1", "con_2"]));

        // More than anybody remembers.
        let many = store.write(|tx| {
            let mut each = 0..=limits::CONNECTION_CHANGES_KEPT;
            each.try_for_each(|_| tx.replace_keys_of_connection("con_2", &[]))
        });
        many.await.unwrap();
        assert_eq!(since(&store, after_edit).await.0, ConnectionChanges::Any);
        let (_, now) = since(&store, 0).await;
        assert_eq!(since(&store, now - 1).await.0, of(&["con_2"]));
        assert_eq!(since(&store, now + 5).await.0, ConnectionChanges::Any, "a database of yesterday");
        let rows = database.values("SELECT CAST(count(*) AS TEXT) AS value FROM connection_changes");
        assert_eq!(rows[0].parse::<i64>().unwrap(), limits::CONNECTION_CHANGES_KEPT);
        // A node of an older release counts its change and does not say what it was about.
        database.execute("UPDATE revisions SET revision = revision + 1 WHERE name = 'connections'");
        assert_eq!(since(&store, now).await.0, ConnectionChanges::Any);
    }
}
