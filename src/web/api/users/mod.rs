//! `/api/v2/users…`

pub(super) mod by_email;
pub(super) mod create;
pub(super) mod edit;
pub(super) mod list;
pub(super) mod read;
pub(super) mod remove;
mod search;

use std::collections::HashMap;

use serde_json::Value;

use crate::domain::connection::Connection;
use crate::domain::user::User;
use crate::domain::user_json::{IdentityAt, user_json};
use crate::flows::hub::Hub;
use crate::store::{StoreError, Tx};

/// Users as the API shows them: each with its identities, and these with their connections.
fn with_identities(tx: &mut Tx<'_>, users: &[User]) -> Result<Vec<Value>, StoreError> {
    let mut connections = HashMap::new();
    let mut shown = Vec::with_capacity(users.len());
    for user in users {
        shown.push(user_json(user, &identities_of(tx, user, &mut connections)?));
    }
    Ok(shown)
}

/// The identities of a user with their connections, which `connections` remembers.
fn identities_of(
    tx: &mut Tx<'_>,
    user: &User,
    connections: &mut HashMap<String, Option<Connection>>,
) -> Result<Vec<IdentityAt>, StoreError> {
    let mut identities = Vec::new();
    for identity in tx.identities_of(&user.user_id)? {
        let id = &identity.connection_id;
        if !connections.contains_key(id) {
            connections.insert(id.clone(), tx.find_connection(id)?);
        }
        if let Some(Some(connection)) = connections.get(id) {
            identities.push(IdentityAt { connection: connection.clone(), identity, tokens: None });
        }
    }
    Ok(identities)
}

/// One user as the API shows them.
///
/// # Errors
/// [`StoreError`].
async fn shown(hub: &Hub, user: User) -> Result<Value, StoreError> {
    hub.store
        .read(move |tx| Ok(with_identities(tx, std::slice::from_ref(&user))?.pop().unwrap_or_default()))
        .await
}
