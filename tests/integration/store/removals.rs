//! What is removed takes along what depends on it, and nothing of others.

use vestibule::store::StoreError;

use super::add_a_signed_in_person;
use crate::support::databases::each_database;
use crate::support::samples::{self, NOW};

#[tokio::test]
async fn a_removed_connection_takes_its_people_along_but_not_those_known_elsewhere() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;
        store
            .write(|tx| {
                tx.add_connection(&samples::connection("other", "app"))?;
                tx.add_local_account(&samples::local_account("con_acme", "ada@acme.example"))?;
                tx.add_user(&samples::user("linked"))?;
                tx.add_identity(&samples::identity("con_acme", "2", "linked"))?;
                tx.add_identity(&samples::identity("con_other", "2", "linked"))?;
                tx.save_consent(&samples::consent("oidc|acme|1", "app", None, "openid"))?;
                let elsewhere = samples::session("elsewhere", "linked", "con_other");
                tx.add_session(&elsewhere)?;
                tx.add_grant(&samples::grant("elsewhere", &elsewhere, "app"))?;
                assert!(tx.remove_connection("con_acme", NOW)?);
                Ok::<_, StoreError>(())
            })
            .await
            .unwrap();
        let dump = database.dump();
        // That it changed is what other nodes have to know, and whose its name was what later ones have to.
        let is_told = |line: &&str| !line.starts_with("connection_changes.") && !line.starts_with("removed_");
        let dump = dump.lines().filter(is_told).collect::<String>();
        assert!(!dump.contains("con_acme") && !dump.contains("oidc|acme|1"), "{dump}");
        store
            .read(|tx| {
                assert!(tx.find_user("linked")?.is_some());
                assert_eq!(tx.identities_of("linked")?.len(), 1);
                assert!(tx.find_session("elsewhere")?.is_some());
                assert!(tx.find_grant("elsewhere")?.is_some());
                assert!(tx.find_connection("con_other")?.is_some());
                Ok::<_, StoreError>(())
            })
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_removed_application_takes_its_grants_and_its_place_at_connections_along() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;
        store
            .write(|tx| {
                tx.save_consent(&samples::consent("oidc|acme|1", "app", None, "openid"))?;
                tx.remove_client("app")
            })
            .await
            .unwrap();
        store
            .read(|tx| {
                assert_eq!(tx.find_client("app")?, None);
                assert_eq!(tx.find_grant("grant")?, None);
                assert_eq!(tx.find_consent("oidc|acme|1", "app", None)?, None);
                assert!(tx.find_connection("con_acme")?.unwrap().enabled_clients.is_empty());
                assert!(tx.find_user("oidc|acme|1")?.is_some());
                Ok::<_, StoreError>(())
            })
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn an_ended_session_leaves_no_good_grant_and_a_removed_user_nothing_at_all() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;
        store
            .write(|tx| {
                let second = samples::session("second", "oidc|acme|1", "con_acme");
                tx.add_session(&second)?;
                tx.add_grant(&samples::grant("second", &second, "app"))?;
                assert_eq!(tx.revoke_grants_of_sessions(&["session"], NOW)?, 1);
                assert_eq!(tx.find_grant("second")?.unwrap().revoked_at, None);
                let later = NOW.plus_seconds(1);
                assert_eq!(tx.revoke_grants_of_sessions(&["session", "second", "none"], later)?, 1);
                assert_eq!(tx.find_grant("grant")?.unwrap().revoked_at, Some(NOW));
                assert_eq!(tx.remove_sessions(&["session", "second", "none"])?, 2);
                assert_eq!(tx.sessions_of_user("oidc|acme|1")?, []);
                assert!(tx.set_blocked("oidc|acme|1", true, NOW)?);
                assert!(tx.find_user("oidc|acme|1")?.unwrap().is_blocked);
                assert!(tx.remove_user("oidc|acme|1", NOW)?);
                assert_eq!(tx.find_grant("grant")?, None);
                Ok::<_, StoreError>(())
            })
            .await
            .unwrap();
        // Whose the id was stays, so that nobody else gets it.
        let dump = database.dump();
        let kept: Vec<&str> = dump.lines().filter(|line| line.contains("oidc|acme|1")).collect();
        assert!(kept.iter().all(|line| line.starts_with("removed_users.")) && kept.len() == 1, "{kept:?}");
    }
}

#[tokio::test]
async fn a_removed_api_takes_its_client_grants_and_what_people_granted_for_it_along() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;
        store
            .write(|tx| {
                let api = samples::resource_server("orders", "urn:orders");
                tx.add_resource_server(&api)?;
                tx.add_client_grant(&samples::client_grant("cgr_1", "app", "urn:orders"), "orders")?;
                tx.save_consent(&samples::consent("oidc|acme|1", "app", None, "openid"))?;
                tx.save_consent(&samples::consent("oidc|acme|1", "app", Some("urn:orders"), "read"))?;
                let session = samples::session("session", "oidc|acme|1", "con_acme");
                for (id, audience) in [("for-api", Some("urn:orders")), ("for-profile", None)] {
                    let mut grant = samples::grant(id, &session, "app");
                    grant.audience = audience.map(str::to_owned);
                    tx.add_grant(&grant)?;
                }
                assert!(tx.remove_resource_server(&api, NOW)?);
                assert!(!tx.remove_resource_server(&api, NOW)?);
                Ok::<_, StoreError>(())
            })
            .await
            .unwrap();
        store
            .read(|tx| {
                assert_eq!(tx.find_client_grant("cgr_1")?, None);
                assert_eq!(tx.find_consent("oidc|acme|1", "app", Some("urn:orders"))?, None);
                assert!(tx.find_consent("oidc|acme|1", "app", None)?.is_some());
                assert_eq!(tx.find_grant("for-api")?.unwrap().revoked_at, Some(NOW));
                assert_eq!(tx.find_grant("for-profile")?.unwrap().revoked_at, None);
                Ok::<_, StoreError>(())
            })
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_revoked_consent_takes_the_grants_of_its_application_and_api_along_alone() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;
        let outcome = store.write(|tx| {
            let session = samples::session("session", "oidc|acme|1", "con_acme");
            tx.add_client(&samples::client("other"))?;
            for (id, client_id, audience) in [
                ("a", "app", None),
                ("b", "app", Some("urn:orders")),
                ("c", "app", Some("urn:other")),
                ("d", "other", Some("urn:orders")),
            ] {
                let mut grant = samples::grant(id, &session, client_id);
                grant.audience = audience.map(str::to_owned);
                tx.add_grant(&grant)?;
            }
            let consent = samples::consent("oidc|acme|1", "app", Some("urn:orders"), "read");
            tx.save_consent(&consent)?;
            assert_eq!(tx.revoke_consent(&consent, NOW)?, 1);
            assert_eq!(tx.find_consent_by_id(&consent.id)?, None);
            for (id, revoked_at) in [("a", None), ("b", Some(NOW)), ("c", None), ("d", None)] {
                assert_eq!(tx.find_grant(id)?.unwrap().revoked_at, revoked_at, "{id}");
            }
            Ok::<_, StoreError>(())
        });
        outcome.await.unwrap();
    }
}
