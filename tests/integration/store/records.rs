//! What is written is read again, whole, and nothing else is accepted.

use vestibule::domain::audit::LogType;
use vestibule::domain::client_grant::ClientGrant;
use vestibule::domain::grant::TakenCode;
use vestibule::domain::resource_server::ResourceServer;
use vestibule::domain::signing_key::KeyStatus;
use vestibule::store::{Store, StoreError};

use super::add_a_signed_in_person;
use crate::support::databases::each_database;
use crate::support::samples::{self, NOW};

#[tokio::test]
async fn records_survive_the_way_through_the_database() {
    for database in each_database() {
        every_kind_of_record_is_read_as_it_was_written(&database.store()).await;
    }
}

/// Writes one record of every kind with every field filled, and reads it again.
pub async fn every_kind_of_record_is_read_as_it_was_written(store: &Store) {
    add_a_signed_in_person(store).await;
    let entry = samples::log_entry(0, LogType::LoginFailed);
    let log_id = entry.log_id.clone();
    store
        .write(move |tx| {
            tx.add_local_account(&samples::local_account("con_acme", "ada@acme.example"))?;
            tx.add_signing_key(&samples::signing_key("key"))?;
            tx.add_log_entries(std::slice::from_ref(&entry))?;
            tx.save_consent(&samples::consent("oidc|acme|1", "app", None, "openid profile"))?;
            tx.save_consent(&samples::consent("oidc|acme|1", "app", None, "openid email"))?;
            tx.save_consent(&samples::consent("oidc|acme|1", "app", Some("urn:orders"), "read"))?;
            tx.add_resource_server(&samples::resource_server("orders", "urn:orders"))?;
            tx.add_client_grant(&samples::client_grant("cgr_1", "app", "urn:orders"), "orders")?;
            let session = samples::session("session", "oidc|acme|1", "con_acme");
            let grant = samples::grant("grant", &session, "app");
            tx.add_refresh_token(&samples::refresh_token("grant", &grant))?;
            let place = samples::place();
            let request = samples::request_to_park("reference", NOW.plus_seconds(1), &place);
            assert!(tx.park_request(request, false, NOW)?);
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    let session = samples::session("session", "oidc|acme|1", "con_acme");
    store
        .read(move |tx| {
            assert_eq!(tx.find_client("app")?, Some(samples::client("app")));
            let connection = samples::connection("acme", "app");
            assert_eq!(tx.find_connection("con_acme")?.as_ref(), Some(&connection));
            assert_eq!(tx.find_connection_by_name("acme")?.as_ref(), Some(&connection));
            assert_eq!(tx.connections_for_client("app", true, "", 10)?, [connection]);
            assert_eq!(tx.find_user("oidc|acme|1")?, Some(samples::user("oidc|acme|1")));
            let identity = samples::identity("con_acme", "1", "oidc|acme|1");
            assert_eq!(tx.find_identity("con_acme", &identity.issuer, "1")?.as_ref(), Some(&identity));
            assert_eq!(tx.identities_of("oidc|acme|1")?, [identity]);
            let account = samples::local_account("con_acme", "ada@acme.example");
            assert_eq!(tx.find_local_account("con_acme", &account.email)?, Some(account));
            assert_eq!(tx.find_session("session")?.as_ref(), Some(&session));
            assert_eq!(tx.find_session_by_token_hash("hash-of-session")?.as_ref(), Some(&session));
            let grant = samples::grant("grant", &session, "app");
            assert_eq!(tx.find_grant("grant")?.as_ref(), Some(&grant));
            let token = samples::refresh_token("grant", &grant);
            assert_eq!(tx.refresh_tokens_of("family-of-grant")?, std::slice::from_ref(&token));
            let found = tx.find_refresh_token("family-of-grant", "token-of-grant")?.unwrap();
            assert_eq!((found.token, found.grant), (token, grant));
            assert_eq!(found.session.as_ref(), Some(&session));
            assert!(found.user.is_some());
            assert!(tx.find_refresh_token("family-of-grant", "another")?.is_none());
            assert_eq!(tx.list_signing_keys()?, [samples::signing_key("key")]);
            assert_eq!(tx.find_log(&log_id)?, Some(samples::log_entry(0, LogType::LoginFailed)));
            let given = samples::consent("oidc|acme|1", "app", None, "openid profile email");
            assert_eq!(tx.find_consent("oidc|acme|1", "app", None)?.as_ref(), Some(&given));
            assert_eq!(tx.find_consent_by_id(&given.id)?, Some(given));
            let given = samples::consent("oidc|acme|1", "app", Some("urn:orders"), "read");
            assert_eq!(tx.find_consent("oidc|acme|1", "app", Some("urn:orders"))?, Some(given));
            let api = samples::resource_server("orders", "urn:orders");
            assert_eq!(tx.find_resource_server("orders")?.as_ref(), Some(&api));
            assert_eq!(tx.find_resource_server_by_identifier("urn:orders")?, Some(api));
            let grant = samples::client_grant("cgr_1", "app", "urn:orders");
            assert_eq!(tx.find_client_grant("cgr_1")?.as_ref(), Some(&grant));
            assert_eq!(tx.client_grants_of("app")?, [grant]);
            assert_eq!(tx.find_parked_request("reference", NOW)?.as_deref(), Some("sealed"));
            assert_eq!(tx.find_parked_request("reference", NOW.plus_seconds(1))?, None);
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_not_there_is_none_or_false_and_no_error() {
    for database in each_database() {
        let store = database.store();
        let outcome = store.write(|tx| {
            assert_eq!(tx.find_client("x")?, None);
            assert_eq!(tx.find_connection("x")?, None);
            assert_eq!(tx.find_connection_by_name("x")?, None);
            assert_eq!(tx.find_user("x")?, None);
            assert_eq!(tx.find_identity("x", "x", "x")?, None);
            assert_eq!(tx.find_local_account("x", "x")?, None);
            assert_eq!(tx.find_session("x")?, None);
            assert_eq!(tx.find_grant("x")?, None);
            assert_eq!(tx.find_log("x")?, None);
            assert_eq!(tx.find_consent("x", "x", None)?, None);
            assert_eq!(tx.find_consent_by_id("x")?, None);
            assert_eq!(tx.find_resource_server_by_name("x")?, None);
            assert_eq!(tx.find_client_grant("x")?, None);
            assert!(!tx.remove_client_grant("x")?);
            assert_eq!(tx.take_code("x", "x", NOW)?, TakenCode::Unknown);
            assert!(!tx.remove_client("x")?);
            assert!(!tx.remove_connection("x", NOW)?);
            assert!(!tx.remove_user("x", NOW)?);
            assert!(!tx.remove_session("x")?);
            assert!(!tx.remove_parked_request("x")?);
            assert!(!tx.touch_session("x", NOW)?);
            assert!(!tx.set_blocked("x", true, NOW)?);
            assert!(!tx.retire_signing_key("x", NOW, NOW)?);
            assert!(!tx.promote_signing_key("x", NOW)?);
            assert!(!tx.revoke_signing_key("x", KeyStatus::Current, NOW, NOW)?);
            assert_eq!(tx.remove_expired_signing_keys(NOW)?, 0);
            assert_eq!(tx.connection_ids_for_domains(&["x".into()])?, []);
            Ok::<_, StoreError>(())
        });
        outcome.await.unwrap();
    }
}

#[tokio::test]
async fn a_key_that_is_taken_and_a_reference_that_dangles_are_told_apart() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;
        let taken = |what: &str, outcome: Result<(), StoreError>| match outcome {
            Err(StoreError::Conflict { what: table }) => assert_eq!(table, what),
            other => panic!("{what}: {other:?}"),
        };
        taken("clients", store.write(|tx| tx.add_client(&samples::client("app"))).await);
        let api = || samples::resource_server("orders", "urn:orders");
        let grant = || samples::client_grant("cgr_1", "app", "urn:orders");
        let add = store.write(move |tx| {
            tx.add_resource_server(&api())?;
            tx.add_client_grant(&grant(), "orders")
        });
        add.await.unwrap();
        let same_identifier = move || ResourceServer { id: "other".into(), ..api() };
        taken("resource_servers", store.write(move |tx| tx.add_resource_server(&same_identifier())).await);
        let same_api = move || ClientGrant { id: "cgr_2".into(), ..grant() };
        taken("client_grants", store.write(move |tx| tx.add_client_grant(&same_api(), "orders")).await);
        taken("users", store.write(|tx| tx.add_user(&samples::user("oidc|acme|1"))).await);
        let same_name = || {
            let mut connection = samples::connection("acme", "app");
            connection.id = "con_other".into();
            connection
        };
        taken("connections", store.write(move |tx| tx.add_connection(&same_name())).await);
        let identity = samples::identity("con_acme", "1", "oidc|acme|1");
        taken("identities", store.write(move |tx| tx.add_identity(&identity)).await);

        let stranger = samples::identity("con_acme", "2", "nobody");
        let dangling = store.write(move |tx| tx.add_identity(&stranger)).await;
        assert!(matches!(dangling, Err(StoreError::Gone)), "{dangling:?}");
        let dangling = store.write(|tx| tx.add_connection(&samples::connection("b", "no-app"))).await;
        assert!(matches!(dangling, Err(StoreError::Gone)), "{dangling:?}");
    }
}

#[tokio::test]
async fn nul_bytes_are_refused_and_change_nothing() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;
        let before = database.dump();
        let refused = |outcome: Result<(), StoreError>| {
            assert!(matches!(outcome, Err(StoreError::NulInText)), "{outcome:?}");
        };
        refused(store.write(|tx| tx.add_user(&samples::user("a\0b"))).await);
        refused(store.write(|tx| tx.add_client(&samples::client("a\0b"))).await);
        refused(store.write(|tx| tx.add_connection(&samples::connection("a\0b", "app"))).await);
        let identity = samples::identity("con_acme", "a\0b", "oidc|acme|1");
        refused(store.write(move |tx| tx.add_identity(&identity)).await);
        refused(store.write(|tx| tx.add_local_account(&samples::local_account("con_acme", "a\0b"))).await);
        let session = || samples::session("a\0b", "oidc|acme|1", "con_acme");
        refused(store.write(move |tx| tx.add_session(&session())).await);
        refused(store.write(move |tx| tx.add_grant(&samples::grant("b", &session(), "app"))).await);
        refused(store.write(|tx| tx.finish_login("a\0b", NOW).map(drop)).await);
        refused(
            store.write(|tx| tx.save_consent(&samples::consent("oidc|acme|1", "app", None, "a\0b"))).await,
        );
        refused(store.write(|tx| tx.add_resource_server(&samples::resource_server("a", "a\0b"))).await);
        refused(store.read(|tx| tx.find_resource_server_by_identifier("a\0b").map(drop)).await);
        refused(store.read(|tx| tx.find_user("a\0b").map(drop)).await);
        refused(store.read(|tx| tx.find_connection_by_name("a\0b").map(drop)).await);
        refused(store.read(|tx| tx.find_identity("con_acme", "a", "a\0b").map(drop)).await);
        assert_eq!(database.dump(), before);

        // What strangers sent is written down, without them.
        let mut entry = samples::log_entry(0, LogType::LoginFailed);
        entry.user_agent = "a\0b".into();
        store.write(move |tx| tx.add_log_entries(std::slice::from_ref(&entry))).await.unwrap();
        assert!(database.dump().contains("a\u{fffd}b"));
    }
}
