//! What a provider publishes anew is accepted by an administrator, who has seen it.
//!
//! Where that leads the client secret to another origin, it is accepted together with the secret.

use serde_json::{Map, Value, json};

use super::built_in::find_changeable;
use super::commit::commit;
use super::create_connection::queue_check;
use super::record::{self, Target};
use super::{Actor, ManageError, Resource};
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Connection, changed_connection};
use crate::domain::fields::Fields;
use crate::domain::limits;
use crate::domain::provider_metadata::AdoptedMetadata;
use crate::domain::secret_receivers::moved_by_document;
use crate::flows::hub::Hub;
use crate::store::Tx;

/// Has logins through the connection go by the metadata that wait for it. `body` names them by their hash, so that
/// nobody accepts others than they have seen; where they name another origin for it, the client secret is sent again. What is
/// told is what is kept then.
///
/// # Errors
/// [`ManageError::Invalid`]; [`ManageError::NotFound`]; [`ManageError::Conflict`] if nothing waits, or something else.
pub async fn accept_metadata(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    body: &Map<String, Value>,
) -> Result<Value, ManageError> {
    let (sha256, patch) = read(body)?;
    let entry = record::change(hub, actor, "Accept the metadata of a connection's provider");
    let (wanted, now) = (id.to_owned(), hub.clock.now());
    let allows_http = hub.upstream.allows_plain_http();
    let told = commit(hub, Resource::Connection, entry, move |tx, entry| {
        let connection = find_changeable(tx, &wanted)?;
        record::name(entry, Target::Connection(&connection));
        let kept = tx.find_provider_metadata(&wanted)?;
        let kept = kept.filter(|kept| kept.is_of(&connection.options));
        let adopted = kept.as_ref().and_then(|kept| AdoptedMetadata::of(&connection, kept));
        let waiting = kept.as_ref().and_then(|kept| kept.waiting.clone());
        let (Some(kept), Some(adopted), Some(waiting)) = (kept, adopted, waiting) else {
            return Err(conflict("No metadata of this connection's provider wait for being accepted"));
        };
        if waiting.sha256 != sha256 {
            return Err(conflict(
                "The provider published other metadata since: read the status of the connection again, and accept what it \
                 shows now",
            ));
        }
        let moved = moved_by_document(&connection.options, &kept.adopted.document, &waiting.document);
        if let Some(to) = &moved
            && connection.client_secret.is_some()
            && patch.is_none()
        {
            let message = format!(
                "has to be sent with this, because these metadata would take the stored one to {to}, where it has not gone \
                 before"
            );
            return Err(ManageError::invalid("client_secret", message));
        }
        let connection = match &patch {
            Some(patch) => with_secret(tx, &connection, patch, allows_http, now)?,
            None => connection,
        };
        if moved.is_some() {
            tx.remove_upstream_tokens_of_connection(&wanted)?;
        }
        entry.details.insert("accepted".into(), adopted.drift_to(&waiting.document).json());
        let accepted = kept.accepted(now).ok_or_else(|| conflict("Nothing waits"))?;
        tx.keep_provider_metadata(&wanted, &accepted)?;
        queue_check(tx, &connection, now)?;
        Ok(accepted.json(&connection))
    })
    .await?;
    hub.directory.forget_adopted_metadata();
    hub.directory.forget_connection(id);
    hub.upstream.forget(id);
    hub.diagnoses.wake();
    Ok(told)
}

/// The hash, and the secret as a change of the connection, which checks it.
fn read(body: &Map<String, Value>) -> Result<(String, Option<Map<String, Value>>), ManageError> {
    let mut fields = Fields::new(body, "");
    let sha256 = fields.required_text("sha256", 1..=limits::SHORT_TEXT_CHARACTERS);
    let secret = fields.text("client_secret", 1..=limits::CLIENT_SECRET_CHARACTERS);
    let mut problems = Vec::new();
    fields.finish(&mut problems);
    let sha256 = sha256.filter(|_| problems.is_empty()).ok_or(ManageError::Invalid(problems))?;
    let patch = secret.map(|secret| json!({"options": {"client_secret": secret}}));
    Ok((sha256, patch.and_then(|patch| patch.as_object().cloned())))
}

/// The connection with the secret that was sent.
fn with_secret(
    tx: &mut Tx<'_>,
    connection: &Connection,
    patch: &Map<String, Value>,
    allows_http: bool,
    now: Timestamp,
) -> Result<Connection, ManageError> {
    let changed =
        changed_connection(connection, patch, None, allows_http, now).map_err(ManageError::Invalid)?;
    let version = tx.change_connection(&changed)?;
    Ok(Connection { version, ..changed })
}

fn conflict(message: &str) -> ManageError {
    ManageError::Conflict { resource: Resource::Connection, message: message.into() }
}
