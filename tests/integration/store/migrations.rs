//! The database is brought to the schema of this program, once, and never away from a newer one.

use std::thread;

use vestibule::store::StoreError;

use super::add_a_signed_in_person;
use super::records::every_kind_of_record_is_read_as_it_was_written;
use crate::support::databases::each_database;

#[tokio::test]
async fn migrations_go_up_down_and_up_again() {
    for database in each_database() {
        let store = database.unmigrated_store();
        let applied = store.migrate().unwrap();
        assert!(!applied.is_empty());
        let columns = database.columns();
        add_a_signed_in_person(&store).await;
        assert_eq!(store.migrate().unwrap(), Vec::<String>::new());
        assert_eq!(store.revert_all().unwrap().len(), applied.len());
        assert_eq!(database.columns(), Vec::<String>::new());
        assert_eq!(store.migrate().unwrap(), applied);
        assert_eq!(database.columns(), columns);
        every_kind_of_record_is_read_as_it_was_written(&store).await;
    }
}

#[test]
fn both_databases_have_the_same_columns() {
    let [sqlite, postgres] = each_database();
    sqlite.store();
    postgres.store();
    let mut columns = postgres.columns();
    columns.sort();
    assert_eq!(sqlite.columns(), columns);
}

#[test]
fn of_nodes_that_start_together_one_migrates_and_the_others_wait() {
    for database in each_database() {
        let stores: Vec<_> = (0..6).map(|_| database.unmigrated_store()).collect();
        let migrations: Vec<_> =
            stores.into_iter().map(|store| thread::spawn(move || store.migrate().unwrap().len())).collect();
        let applied: Vec<usize> = migrations.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(applied.iter().filter(|count| **count > 0).count(), 1, "{:?}", database.kind);
    }
}

#[test]
fn a_database_of_a_newer_release_is_refused() {
    for database in each_database() {
        let store = database.store();
        database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')");
        let refused = store.migrate().unwrap_err();
        assert!(matches!(&refused, StoreError::SchemaTooNew { version } if version == "99990101000000"));
        assert!(refused.to_string().contains("newer release"));
        assert!(matches!(store.revert_all(), Err(StoreError::SchemaTooNew { .. })));
    }
}
