//! An application gets a new secret; the old one stops working at once, or after a time the caller names.

use serde_json::{Map, Value};

use super::commit::commit;
use super::create_client::{ClientWithSecret, new_secret};
use super::edit_client::refuse_made_by_hub;
use super::record::{self, Target};
use super::{Actor, Expected, ManageError, Resource};
use crate::domain::client::{Client, ClientSecret};
use crate::domain::fields::Fields;
use crate::domain::limits;
use crate::flows::hub::Hub;

/// Gives the application a new secret. `body` may say for how long the old one stays good
/// (`keep_previous_for_seconds`, without it not at all); at most two are good at a time.
///
/// # Errors
/// [`ManageError::Invalid`]; [`ManageError::NotSupported`] for an application without a secret and for the one
/// made from the settings, [`ManageError::NotFound`], [`ManageError::Changed`].
pub async fn rotate_secret(
    hub: &Hub,
    actor: &Actor,
    client_id: &str,
    body: &Map<String, Value>,
    expected: Expected,
) -> Result<ClientWithSecret, ManageError> {
    let keep_seconds = overlap(body)?;
    let now = hub.clock.now();
    let secret = new_secret(&hub.random);
    let entry = record::touching(record::change(hub, actor, "Rotate a client secret"), body);
    let wanted = client_id.to_owned();
    let new = secret.clone();
    let client = commit(hub, Resource::Client, entry, move |tx, entry| {
        let current = tx.find_client(&wanted)?.ok_or(ManageError::NotFound(Resource::Client))?;
        record::name(entry, Target::Client(&current));
        refuse_made_by_hub(&current)?;
        expected.check(Resource::Client, current.version)?;
        if !current.settings.uses_secret() {
            return Err(ManageError::NotSupported(
                "This application authenticates without a secret: give it another token_endpoint_auth_method \
                 first",
            ));
        }
        let previous = current.secret.clone().filter(|_| keep_seconds > 0);
        let client = Client {
            secret: Some(ClientSecret::new(&new, current.settings.signs_with_secret(), now)),
            previous_secret: previous
                .map(|old| ClientSecret { expires_at: Some(now.plus_seconds(keep_seconds)), ..old }),
            updated_at: now,
            ..current
        };
        let version = tx.change_client(&client)?;
        Ok(Client { version, ..client })
    })
    .await?;
    hub.directory.forget_applications();
    Ok(ClientWithSecret { client, secret: Some(secret) })
}

/// Seconds for which the old secret stays good.
fn overlap(body: &Map<String, Value>) -> Result<i64, ManageError> {
    let mut fields = Fields::new(body, "");
    let range = 0..=limits::CLIENT_SECRET_OVERLAP_MAX_SECONDS;
    let seconds = fields.integer("keep_previous_for_seconds", range).unwrap_or(0);
    let mut problems = Vec::new();
    fields.finish(&mut problems);
    if problems.is_empty() { Ok(seconds) } else { Err(ManageError::Invalid(problems)) }
}
