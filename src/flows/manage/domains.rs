//! A connection claims a domain, proves it by a TXT record, and gives it up.

use serde_json::{Map, Value};

use super::built_in::find_changeable;
use super::commit::commit;
use super::record::{self, Target};
use super::{Actor, ManageError, Resource};
use crate::domain::domain_claim::{DomainClaim, Finding, read_claimed_domain};
use crate::domain::limits;
use crate::flows::hub::Hub;
use crate::store::{StoreError, Tx};

const RESOURCE: Resource = Resource::Domain;

/// Claims the domain that `body` names for the connection. Nobody is kept from it until it is proven.
///
/// # Errors
/// [`ManageError::Invalid`]; [`ManageError::NotFound`]; [`ManageError::Conflict`] if the connection claims it already,
/// or another connection has proven it.
pub async fn claim_domain(
    hub: &Hub,
    actor: &Actor,
    connection_id: &str,
    body: &Map<String, Value>,
) -> Result<DomainClaim, ManageError> {
    let domain = read_claimed_domain(body).map_err(ManageError::Invalid)?;
    let claim = DomainClaim::new(
        format!("dom_{}", hub.random.alphanumeric(limits::DOMAIN_CLAIM_ID_CHARACTERS)),
        connection_id.to_owned(),
        domain,
        hub.random.alphanumeric(limits::DOMAIN_TOKEN_CHARACTERS),
        hub.clock.now(),
    );
    let entry = record::change(hub, actor, "Claim a domain");
    let made = claim.clone();
    commit(hub, RESOURCE, entry, move |tx, entry| {
        let connection = find_changeable(tx, &claim.connection_id)?;
        record::name(entry, Target::Domain(&connection, &claim.domain));
        if tx.domain_claims_of(&connection.id)?.len() >= limits::DOMAINS_PER_CONNECTION {
            let most = limits::DOMAINS_PER_CONNECTION;
            return Err(conflict(format!("A connection claims at most {most} domains: remove one first")));
        }
        if tx.holder_of_domain(&claim.domain)?.is_some_and(|holder| holder != connection.id) {
            return Err(is_anothers());
        }
        tx.add_domain_claim(&claim).map_err(|error| match error {
            StoreError::Conflict { .. } => {
                conflict("The connection claims this domain already: read the claim for its record".into())
            }
            other => other.into(),
        })
    })
    .await?;
    Ok(made)
}

/// Looks for the proof now, and keeps what was found.
///
/// # Errors
/// [`ManageError::NotFound`]; [`ManageError::Conflict`] if another connection has proven the domain.
pub async fn check_domain(
    hub: &Hub,
    actor: &Actor,
    connection_id: &str,
    domain: &str,
) -> Result<DomainClaim, ManageError> {
    let (wanted, name) = (connection_id.to_owned(), domain.to_owned());
    let found = hub.store.read(move |tx| tx.find_domain_claim(&wanted, &name)).await?;
    let claim = found.ok_or(ManageError::NotFound(RESOURCE))?;
    let finding = hub.dns.look_for(&claim).await;
    let now = hub.clock.now();
    let entry = record::change(hub, actor, "Check a domain");
    let checked = commit(hub, RESOURCE, entry, move |tx, entry| {
        let connection =
            tx.find_connection(&claim.connection_id)?.ok_or(ManageError::NotFound(Resource::Connection))?;
        record::name(entry, Target::Domain(&connection, &claim.domain));
        entry.description = format!("{}: {}", entry.description, words(&finding)).into();
        let current = tx.find_domain_claim(&connection.id, &claim.domain)?;
        // Another claim to the same domain has another token.
        let current = current.filter(|current| current.token == claim.token);
        let checked = current.ok_or(ManageError::NotFound(RESOURCE))?.after(&finding, now);
        store(tx, &checked)?;
        Ok(checked)
    })
    .await?;
    hub.directory.forget_connection(connection_id);
    Ok(checked)
}

/// Gives the domain up, and what it gave with it.
///
/// # Errors
/// [`ManageError::NotFound`].
pub async fn remove_domain(
    hub: &Hub,
    actor: &Actor,
    connection_id: &str,
    domain: &str,
) -> Result<(), ManageError> {
    let entry = record::change(hub, actor, "Remove a domain");
    let (wanted, domain) = (connection_id.to_owned(), domain.to_owned());
    commit(hub, RESOURCE, entry, move |tx, entry| {
        let connection = tx.find_connection(&wanted)?.ok_or(ManageError::NotFound(RESOURCE))?;
        record::name(entry, Target::Domain(&connection, &domain));
        match tx.remove_domain_claim(&wanted, &domain)? {
            true => Ok(()),
            false => Err(ManageError::NotFound(RESOURCE)),
        }
    })
    .await?;
    hub.directory.forget_connection(connection_id);
    Ok(())
}

fn store(tx: &mut Tx<'_>, claim: &DomainClaim) -> Result<(), ManageError> {
    match tx.change_domain_claim(claim) {
        Ok(true) => Ok(()),
        Ok(false) => Err(ManageError::NotFound(RESOURCE)),
        Err(StoreError::Conflict { .. }) => Err(is_anothers()),
        Err(error) => Err(error.into()),
    }
}

fn words(finding: &Finding) -> &str {
    match finding {
        Finding::Proof => "the record is there",
        Finding::Nothing(problem) | Finding::NoAnswer(problem) => problem,
    }
}

fn is_anothers() -> ManageError {
    conflict("Another connection has proven this domain: it has to give it up first".into())
}

const fn conflict(message: String) -> ManageError {
    ManageError::Conflict { resource: RESOURCE, message }
}
