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
use crate::flows::vouching::vouched;
use crate::store::{StoreError, Tx};

/// A user with its identities, and these with their connections.
type Known = (User, Vec<IdentityAt>);

fn with_identities(tx: &mut Tx<'_>, users: Vec<User>) -> Result<Vec<Known>, StoreError> {
    let mut connections = HashMap::new();
    let mut known = Vec::with_capacity(users.len());
    for user in users {
        let identities = identities_of(tx, &user, &mut connections)?;
        known.push((user, identities));
    }
    Ok(known)
}

/// A user as the API shows it now: no connection vouches for an address of another's.
async fn told(hub: &Hub, (mut user, mut identities): Known) -> Result<Value, StoreError> {
    for at in &mut identities {
        let vouched_root = vouched(&hub.directory, &at.connection, &user.profile).await?.into_owned();
        user.profile = vouched_root;
        at.identity.profile =
            vouched(&hub.directory, &at.connection, &at.identity.profile).await?.into_owned();
    }
    Ok(user_json(&user, &identities))
}

/// Users as the API shows them.
async fn all_told(hub: &Hub, known: Vec<Known>) -> Result<Vec<Value>, StoreError> {
    let mut shown = Vec::with_capacity(known.len());
    for one in known {
        shown.push(told(hub, one).await?);
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
    let read = move |tx: &mut Tx<'_>| with_identities(tx, vec![user.clone()]);
    let known = hub.store.read(read).await?;
    Ok(all_told(hub, known).await?.pop().unwrap_or_default())
}
