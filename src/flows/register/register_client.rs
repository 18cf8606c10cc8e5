//! An application registers itself (RFC 7591 §3).

use serde_json::{Map, Value, json};

use crate::crypto::digest;
use crate::domain::audit::Origin;
use crate::domain::client::{Client, ClientSecret, client_metadata, registered_client};
use crate::domain::limits;
use crate::domain::secret::Secret;
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::flows::manage::new_secret;
use crate::flows::sector_identifier::CheckedSector;
use crate::store::StoreError;

use super::{RegistrationError, holder};

/// An application as it is told of itself.
#[derive(Debug)]
pub struct Registration {
    pub client: Client,
    /// Only where one was just made.
    pub secret: Option<Secret>,
    /// The token that may read and change the registration.
    pub token: Secret,
}

impl Registration {
    /// The client information response (RFC 7591 §3.2.1).
    pub fn answer(&self, hub: &Hub) -> Map<String, Value> {
        let mut answer = client_metadata(&self.client);
        let id = &self.client.client_id;
        let uri = hub.issuer.join(&format!("oidc/register/{id}"));
        answer.insert("registration_client_uri".into(), json!(uri));
        answer.insert("registration_access_token".into(), json!(self.token.reveal()));
        if let Some(secret) = &self.secret {
            answer.insert("client_secret".into(), json!(secret.reveal()));
            answer.insert("client_secret_expires_at".into(), json!(0));
        }
        answer
    }
}

/// Registers the third-party application that `metadata` describes, by an initial access token.
///
/// # Errors
/// [`RegistrationError`]; a refused registration takes nothing from the token.
pub async fn register_client(
    hub: &Hub,
    token: Option<&str>,
    metadata: &Map<String, Value>,
    origin: &Origin,
) -> Result<Registration, RegistrationError> {
    holder::check_policy(hub)?;
    let initial = holder::initial_access_token(hub, token, origin).await?;
    let now = hub.clock.now();
    let client_id = hub.random.alphanumeric(limits::CLIENT_ID_CHARACTERS);
    let mut client = registered_client(metadata, &client_id, now)
        .map_err(|problems| RegistrationError::invalid(&problems))?;
    if let Some(sector) = CheckedSector::needed(&client.settings, None) {
        sector
            .check_for(hub, &initial.token_hash)
            .await
            .map_err(|problem| RegistrationError::invalid(&[problem]))?;
    }
    let secret = client.settings.uses_secret().then(|| new_secret(&hub.random));
    let signs = client.settings.signs_with_secret();
    client.secret = secret.as_ref().map(|secret| ClientSecret::new(secret, signs, now));
    let token = Secret::new(hub.random.token());
    client.registration_token_hash = Some(digest::sha256_base64url(token.reveal()));
    let mut entry = holder::entry(hub, "Registered an application", &client, origin);
    entry.details.insert("initial_access_token".into(), json!(initial.id));
    let (made, noted) = (client.clone(), entry.clone());
    let is_taken = hub
        .store
        .write(move |tx| {
            if !tx.take_registration(&initial.token_hash, now)? {
                return Ok(false);
            }
            tx.add_client(&made)?;
            tx.add_log_entries(std::slice::from_ref(&noted))?;
            Ok::<_, StoreError>(true)
        })
        .await?;
    if !is_taken {
        return Err(RegistrationError::not_authorized("the initial access token is used up"));
    }
    journal::trace(&entry);
    hub.directory.forget_applications();
    Ok(Registration { client, secret, token })
}
