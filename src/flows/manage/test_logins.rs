//! Links to test logins are made, and taken back with what came of them.

use serde_json::{Map, Value};

use super::commit::commit;
use super::record::{self, Target};
use super::{Actor, ManageError, Resource};
use crate::crypto::digest;
use crate::domain::connection::Strategy;
use crate::domain::limits;
use crate::domain::policy;
use crate::domain::secret::Secret;
use crate::domain::test_login::{Maker, TestLogin, read_link_lifetime};
use crate::flows::hub::Hub;
use crate::flows::test_login::{TestError, make_room, new_test_id};

const RESOURCE: Resource = Resource::TestLogin;

/// A test with the address of its link, which is never told again.
#[derive(Clone, Debug)]
pub struct NewTestLogin {
    pub test: TestLogin,
    pub address: Secret,
}

/// Makes a link by which somebody may test the connection `id`, once.
///
/// # Errors
/// [`ManageError::Invalid`]; [`ManageError::NotFound`]; [`ManageError::NotSupported`] where there is no provider to go
/// to; [`ManageError::Conflict`] if the connection is switched off, or has too many links.
pub async fn create_test_login(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    body: &Map<String, Value>,
) -> Result<NewTestLogin, ManageError> {
    let lifetime_seconds = read_link_lifetime(body).map_err(ManageError::Invalid)?;
    let now = hub.clock.now();
    let token = hub.random.token();
    let good_until = now.plus_seconds(lifetime_seconds);
    let test = TestLogin {
        id: new_test_id(hub),
        connection_id: id.to_owned(),
        token_hash: digest::sha256_base64url(&token),
        made_by: Maker::Client(actor.client.client_id.clone()),
        created_at: now,
        good_until,
        begun: None,
        finished_at: None,
        expires_at: good_until,
    };
    let entry = record::change(hub, actor, "Create a test login");
    let made = test.clone();
    let name = commit(hub, RESOURCE, entry, move |tx, entry| {
        let found = tx.find_connection(&test.connection_id)?;
        let connection = found.ok_or(ManageError::NotFound(Resource::Connection))?;
        if connection.strategy != Strategy::Oidc {
            return Err(ManageError::NotSupported(
                "This connection has no provider to go to: only those of strategy oidc can be tested",
            ));
        }
        record::name(entry, Target::TestLogin(&connection, &test.id));
        if policy::may_be_tested(Some(&connection)).is_err() {
            let message = "The connection is disabled: set is_enabled to true first; no application has to use it";
            return Err(ManageError::Conflict { resource: RESOURCE, message: message.into() });
        }
        make_room(tx, &connection.id, None, now).map_err(|error| match error {
            TestError::Store(error) => ManageError::Store(error),
            _ => ManageError::Conflict {
                resource: RESOURCE,
                message: format!(
                    "A connection has at most {} tests that nobody has begun: use one of their links, or wait until \
                     they expire",
                    limits::TESTS_PER_CONNECTION
                ),
            },
        })?;
        tx.add_test_login(&test)?;
        Ok(connection.name)
    })
    .await?;
    let address = hub.issuer.join(&format!("connections/{name}/test?ticket={token}"));
    Ok(NewTestLogin { test: made, address: Secret::new(address) })
}

/// Takes back a link, and removes the report of its test: both are gone at once.
///
/// # Errors
/// [`ManageError::NotFound`].
pub async fn remove_test_login(
    hub: &Hub,
    actor: &Actor,
    connection_id: &str,
    id: &str,
) -> Result<(), ManageError> {
    let entry = record::change(hub, actor, "Delete a test login");
    let (now, connection_id, id) = (hub.clock.now(), connection_id.to_owned(), id.to_owned());
    commit(hub, RESOURCE, entry, move |tx, entry| {
        let connection = tx.find_connection(&connection_id)?.ok_or(ManageError::NotFound(RESOURCE))?;
        record::name(entry, Target::TestLogin(&connection, &id));
        let found = tx.find_test_login(&id, now)?;
        let (test, _) = found
            .filter(|(test, _)| test.connection_id == connection_id)
            .ok_or(ManageError::NotFound(RESOURCE))?;
        Ok(tx.remove_test_login(&test.id)?)
    })
    .await
}
