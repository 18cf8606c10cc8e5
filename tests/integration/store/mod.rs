//! What the store promises, on SQLite and on PostgreSQL.

mod addresses;
mod connection_changes;
mod domains;
mod durability;
mod expiry;
mod lists;
mod migrations;
mod records;
mod removals;
mod secrets;
mod simultaneous_edits;
mod single_use;
mod transactions;

use vestibule::store::{Store, StoreError};

use crate::support::samples;

/// Client `app`, connection `acme` enabled for it, and the user `oidc|acme|1` with an identity, a session and a grant
/// there.
async fn add_a_signed_in_person(store: &Store) {
    store
        .write(|tx| {
            tx.add_client(&samples::client("app"))?;
            tx.add_connection(&samples::connection("acme", "app"))?;
            tx.add_user(&samples::user("oidc|acme|1"))?;
            tx.add_identity(&samples::identity("con_acme", "1", "oidc|acme|1"))?;
            let session = samples::session("session", "oidc|acme|1", "con_acme");
            tx.add_session(&session)?;
            tx.add_grant(&samples::grant("grant", &session, "app"))?;
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
}
