//! The application that the settings describe: the first one that may use the Management API.

use std::sync::Arc;

use super::ManageError;
use super::Resource;
use super::edit::settle_races;
use crate::crypto::digest;
use crate::domain::client::{AppType, Client, ClientSettings, GrantType};
use crate::domain::secret::Secret;
use crate::flows::hub::Hub;

/// Makes the machine-to-machine application with every Management API scope, or brings it in step with the
/// settings. Several nodes may do so at the same time.
///
/// # Errors
/// [`ManageError::Conflict`] if an ordinary application has this id.
pub async fn ensure_management_client(
    hub: &Hub,
    client_id: &str,
    secret: &Secret,
) -> Result<(), ManageError> {
    let now = hub.clock.now();
    let wanted = Arc::new(Client {
        client_id: client_id.to_owned(),
        settings: ClientSettings {
            name: "Management".into(),
            description: "Made from the settings: every Management API scope".into(),
            app_type: AppType::NonInteractive,
            grant_types: vec![GrantType::ClientCredentials],
            ..ClientSettings::default()
        },
        secret_hash: Some(digest::sha256_base64url(secret.reveal())),
        is_management: true,
        created_at: now,
        updated_at: now,
        version: 1,
    });
    settle_races(Resource::Client, async || {
        let wanted = Arc::clone(&wanted);
        hub.store
            .write(move |tx| {
                match tx.find_client(&wanted.client_id)? {
                    None => tx.add_client(&wanted)?,
                    Some(current) if !current.is_management => {
                        return Err(ManageError::Conflict {
                            resource: Resource::Client,
                            message: "VESTIBULE_MANAGEMENT_CLIENT_ID names an ordinary application: choose \
                                      another id, or delete that application first"
                                .into(),
                        });
                    }
                    Some(current)
                        if current.secret_hash == wanted.secret_hash
                            && current.settings == wanted.settings => {}
                    Some(current) => {
                        let client = Client {
                            created_at: current.created_at,
                            version: current.version,
                            ..(*wanted).clone()
                        };
                        tx.change_client(&client)?;
                    }
                }
                Ok(())
            })
            .await
    })
    .await?;
    hub.directory.forget();
    Ok(())
}
