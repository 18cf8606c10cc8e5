//! Secrets are sealed before they reach the database.

use vestibule::crypto::master_key::MasterKey;
use vestibule::crypto::sealing::Sealer;
use vestibule::domain::secret::Secret;
use vestibule::store::StoreError;

use crate::support::databases::each_database;
use crate::support::samples;

const CANARY: &str = "canary-7f3a-secret";

#[tokio::test]
async fn no_column_holds_a_secret_in_clear() {
    for database in each_database() {
        let store = database.store();
        store
            .write(|tx| {
                tx.add_client(&samples::client("app"))?;
                let mut connection = samples::connection("acme", "app");
                connection.client_secret = Some(Secret::new(CANARY));
                tx.add_connection(&connection)?;
                let mut key = samples::signing_key("key");
                key.private_key = Secret::new(CANARY);
                tx.add_signing_key(&key)
            })
            .await
            .unwrap();
        let dump = database.dump();
        assert!(dump.contains("connections.name: acme"));
        assert!(!dump.contains(CANARY), "{:?}", database.kind);
        let connection = store.read(|tx| tx.find_connection("con_acme")).await.unwrap().unwrap();
        assert_eq!(connection.client_secret, Some(Secret::new(CANARY)));
    }
}

#[tokio::test]
async fn a_secret_opens_only_with_its_master_key_and_in_its_record() {
    for database in each_database() {
        let store = database.store();
        store
            .write(|tx| {
                tx.add_client(&samples::client("app"))?;
                tx.add_connection(&samples::connection("acme", "app"))?;
                tx.add_connection(&samples::connection("other", "app"))
            })
            .await
            .unwrap();
        let new_key = MasterKey::new([8; MasterKey::LENGTH]);
        let old_key = MasterKey::new([7; MasterKey::LENGTH]);
        let rotated = database.store_sealed_by(Sealer::new(new_key.clone(), [old_key]));
        assert!(rotated.read(|tx| tx.find_connection("con_acme")).await.unwrap().is_some());
        let without = database.store_sealed_by(Sealer::new(new_key, []));
        let refused = without.read(|tx| tx.find_connection("con_acme")).await.unwrap_err();
        assert!(matches!(refused, StoreError::Unsealable { .. }), "{refused:?}");

        database.execute(
            "UPDATE connections SET client_secret_sealed = \
             (SELECT client_secret_sealed FROM connections WHERE name = 'other') WHERE name = 'acme'",
        );
        let swapped = store.read(|tx| tx.find_connection("con_acme")).await;
        assert!(matches!(swapped, Err(StoreError::Unsealable { .. })), "{swapped:?}");
    }
}

#[tokio::test]
async fn a_damaged_value_is_named_and_not_repeated() {
    for database in each_database() {
        let store = database.store();
        store.write(|tx| tx.add_client(&samples::client("app"))).await.unwrap();
        database.execute(&format!("UPDATE clients SET settings = '{{\"{CANARY}'"));
        let damaged = store.read(|tx| tx.find_client("app")).await.unwrap_err();
        assert!(matches!(damaged, StoreError::Corrupt { what: "clients.settings" }));
        assert!(!damaged.to_string().contains(CANARY));
    }
}
