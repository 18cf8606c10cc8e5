//! What a provider publishes anew is accepted by an administrator, who has seen it.

use serde_json::{Map, Value};

use super::commit::commit;
use super::create_connection::queue_check;
use super::record::{self, Target};
use super::{Actor, ManageError, Resource};
use crate::domain::fields::Fields;
use crate::domain::limits;
use crate::domain::provider_metadata::{AdoptedMetadata, source_of};
use crate::flows::hub::Hub;

/// Has logins through the connection go by the metadata that wait for it. `body` names them by their hash, so that
/// nobody accepts others than they have seen. What is told is what is kept then.
///
/// # Errors
/// [`ManageError::Invalid`]; [`ManageError::NotFound`]; [`ManageError::Conflict`] if nothing waits, or something else.
pub async fn accept_metadata(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    body: &Map<String, Value>,
) -> Result<Value, ManageError> {
    let sha256 = read(body)?;
    let entry = record::change(hub, actor, "Accept the metadata of a connection's provider");
    let (wanted, now) = (id.to_owned(), hub.clock.now());
    let told = commit(hub, Resource::Connection, entry, move |tx, entry| {
        let connection = tx.find_connection(&wanted)?.ok_or(ManageError::NotFound(Resource::Connection))?;
        record::name(entry, Target::Connection(&connection));
        let kept = tx.find_provider_metadata(&wanted)?;
        let kept = kept.filter(|kept| kept.source == source_of(&connection.options));
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
        entry.details.insert("accepted".into(), adopted.drift_to(&waiting.document).json());
        let accepted = kept.accepted(now).ok_or_else(|| conflict("Nothing waits"))?;
        tx.keep_provider_metadata(&wanted, &accepted)?;
        queue_check(tx, &connection, now)?;
        Ok(accepted.json(&connection))
    })
    .await?;
    hub.directory.forget_adopted_metadata();
    hub.diagnoses.wake();
    Ok(told)
}

fn read(body: &Map<String, Value>) -> Result<String, ManageError> {
    let mut fields = Fields::new(body, "");
    let sha256 = fields.required_text("sha256", 1..=limits::SHORT_TEXT_CHARACTERS);
    let mut problems = Vec::new();
    fields.finish(&mut problems);
    sha256.filter(|_| problems.is_empty()).ok_or(ManageError::Invalid(problems))
}

fn conflict(message: &str) -> ManageError {
    ManageError::Conflict { resource: Resource::Connection, message: message.into() }
}
