//! An application is registered.

use serde_json::{Map, Value};

use super::commit::commit;
use super::record::{self, Target};
use super::{Actor, ManageError, Resource};
use crate::crypto::random::Random;
use crate::domain::client::{Client, ClientSecret, new_client};
use crate::domain::limits;
use crate::domain::secret::Secret;
use crate::flows::hub::Hub;
use crate::flows::sector_identifier::CheckedSector;

/// An application with the secret it was just given; the secret is never seen again.
#[derive(Clone, Debug)]
pub struct ClientWithSecret {
    pub client: Client,
    /// `None` for an application that authenticates without one.
    pub secret: Option<Secret>,
}

/// Registers the application that `body` describes, with a new id and, if it authenticates with one, a new secret.
///
/// # Errors
/// [`ManageError::Invalid`] with all problems.
pub async fn create_client(
    hub: &Hub,
    actor: &Actor,
    body: &Map<String, Value>,
) -> Result<ClientWithSecret, ManageError> {
    let client_id = hub.random.alphanumeric(limits::CLIENT_ID_CHARACTERS);
    let mut client = new_client(body, &client_id, hub.clock.now()).map_err(ManageError::Invalid)?;
    if let Some(sector) = CheckedSector::needed(&client.settings, None) {
        sector.check(hub).await.map_err(|problem| ManageError::Invalid(vec![problem]))?;
    }
    let secret = client.settings.uses_secret().then(|| new_secret(&hub.random));
    let signs = client.settings.signs_with_secret();
    client.secret = secret.as_ref().map(|secret| ClientSecret::new(secret, signs, client.created_at));
    let entry = record::change(hub, actor, "Create a client");
    let made = ClientWithSecret { client: client.clone(), secret };
    commit(hub, Resource::Client, entry, move |tx, entry| {
        record::name(entry, Target::Client(&client));
        Ok(tx.add_client(&client)?)
    })
    .await?;
    hub.directory.forget_applications();
    Ok(made)
}

/// 64 letters and digits, 381 bits.
pub fn new_secret(random: &Random) -> Secret {
    Secret::new(random.alphanumeric(limits::GENERATED_SECRET_CHARACTERS))
}
