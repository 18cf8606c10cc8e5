//! An address names a database or is refused with what to mend, and never with the password in it.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use vestibule::crypto::random::Random;
use vestibule::domain::secret::Secret;
use vestibule::store::{DatabaseAddress, Store, StoreError};

use crate::support::databases::{TestDatabase, postgres, sealer, sqlite};
use crate::support::samples::NOW;

fn refusal(address: &DatabaseAddress) -> StoreError {
    Store::open(address, sealer(), Random::default()).err().expect("the address is refused")
}

/// The URL of `database` with `hosts` in place of its host.
fn with_hosts(database: &TestDatabase, hosts: impl Fn(&str) -> String) -> DatabaseAddress {
    let url = database.url();
    let (start, rest) = url.split_once('@').unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    DatabaseAddress::Postgres(Secret::new(format!("{start}@{}/{path}", hosts(host))))
}

fn dead_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_dead_first_host_is_passed_over() {
    let database = postgres();
    let address = with_hosts(&database, |host| format!("127.0.0.1:{},{host}", dead_port()));
    let store = Store::open(&address, sealer(), Random::default()).unwrap();
    store.migrate().unwrap();
    assert!(store.write(|tx| tx.finish_login("login", NOW)).await.unwrap());
    store.ping().await.unwrap();
}

#[test]
fn a_dead_server_is_named_without_its_password() {
    let address = DatabaseAddress::from_text(&format!("postgres://u:s3cret@127.0.0.1:{}/x", dead_port()));
    let refused = refusal(&address.unwrap());
    assert!(matches!(refused, StoreError::Unavailable { .. }));
    let text = format!("{refused} {refused:?}");
    assert!(text.contains("127.0.0.1") && text.contains("refused"), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn a_malformed_address_is_refused_without_repeating_it() {
    for url in [
        "postgres://u:s3cret@h:port/x",
        "postgres://u:s3cret@127.0.0.1:1/x?s3cret=1",
        "postgres://u:p@s3cret@127.0.0.1:1/x",
        "postgres://u:%s3cret@127.0.0.1:1/x",
    ] {
        let refused = refusal(&DatabaseAddress::Postgres(Secret::new(url)));
        assert!(!format!("{refused} {refused:?}").contains("s3cret"), "{refused}");
    }
}

#[test]
fn a_mistyped_scheme_does_not_become_a_file() {
    let folder = tempfile::tempdir().unwrap();
    for text in ["postgress://h/x", "host=h dbname=x", "postgress:x"] {
        let inside = folder.path().join(text);
        assert!(matches!(DatabaseAddress::from_text(text), Err(StoreError::Address { .. })), "{text}");
        let address = DatabaseAddress::Postgres(Secret::new(text));
        assert!(matches!(refusal(&address), StoreError::Address { .. }), "{text}");
        if text.contains("://") {
            let text = format!("sqlite:{}", inside.display());
            // `join` has kept one of the two slashes or both; neither may be taken for a file.
            assert!(DatabaseAddress::from_text(&text).is_err() || !inside.exists());
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_sqlite_file_is_for_its_owner_alone() {
    let database = sqlite();
    let store = database.store();
    for suffix in ["", "-wal", "-shm"] {
        let path = format!("{}{suffix}", database.sqlite_path().display());
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{path}");
    }
    drop(store);
}

#[test]
fn a_sqlite_file_in_a_missing_folder_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("hub.db");
    let refused = refusal(&DatabaseAddress::Sqlite(path.clone()));
    assert!(refused.to_string().contains(path.to_str().unwrap()), "{refused}");
}
