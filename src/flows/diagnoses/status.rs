//! The state of a stored connection, for whoever asks.

use super::{NotDiagnosed, allowance, diagnose, keep};
use crate::domain::connection::{Connection, Strategy};
use crate::domain::diagnosis::Diagnosis;
use crate::domain::limits;
use crate::flows::hub::Hub;

/// The diagnosis of a stored connection: the last one, by whichever node, for [`limits::DIAGNOSIS_SECONDS`], unless the
/// connection was changed meanwhile; then a new one, which is kept.
///
/// # Errors
/// [`NotDiagnosed::TooOften`], where the connection is changed, or the asking given up, again and again.
pub async fn status(hub: &Hub, connection: &Connection) -> Result<Diagnosis, NotDiagnosed> {
    Ok(no_older_than(hub, connection, limits::DIAGNOSIS_SECONDS).await?.0)
}

/// The same for somebody who has just changed something at the provider: the last one counts for
/// [`limits::CHECK_AGAIN_SECONDS`] only. Whether this one is new.
///
/// # Errors
/// Those of [`status`].
pub async fn check_again(hub: &Hub, connection: &Connection) -> Result<(Diagnosis, bool), NotDiagnosed> {
    no_older_than(hub, connection, limits::CHECK_AGAIN_SECONDS).await
}

/// What was found out last about a connection as it is now, whenever that was; a new diagnosis where there is none.
///
/// # Errors
/// Those of [`status`].
pub async fn last_known(hub: &Hub, connection: &Connection) -> Result<Diagnosis, NotDiagnosed> {
    Ok(no_older_than(hub, connection, i64::MAX).await?.0)
}

async fn no_older_than(
    hub: &Hub,
    connection: &Connection,
    seconds: i64,
) -> Result<(Diagnosis, bool), NotDiagnosed> {
    if connection.strategy == Strategy::Local {
        return Ok((Diagnosis::without_provider(hub.clock.now()), true));
    }
    let asking = hub.diagnoses.asking.get_with_by_ref(&connection.id, Default::default);
    let _turn = asking.lock().await;
    let id = connection.id.clone();
    let kept = hub.store.read(move |tx| tx.find_diagnosis(&id)).await?;
    let age = |diagnosis: &Diagnosis| hub.clock.now().seconds() - diagnosis.checked_at.seconds();
    if let Some((version, diagnosis)) = kept.and_then(|kept| kept.last)
        && version == connection.version
        && (0..seconds).contains(&age(&diagnosis))
    {
        return Ok((diagnosis, false));
    }
    let keys = hub.directory.keys_to_sign(connection).await?;
    let allowance = allowance(hub, &connection.id)?;
    let (diagnosis, evidence) = diagnose(hub, connection.into(), &keys, allowance).await?;
    if let Some(evidence) = evidence {
        keep::keep(hub, connection, &diagnosis, &evidence).await?;
    }
    Ok((diagnosis, true))
}
