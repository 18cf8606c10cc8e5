//! Verified domains are looked at again on schedule: whose proof stays away loses what the domain gave.

use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::domain_claim::DomainClaim;
use crate::domain::limits;
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::store::StoreError;

/// Looks at every verified domain that is due. Of several nodes, one takes each.
///
/// # Errors
/// [`StoreError`]; the next round goes on.
pub async fn check_due(hub: &Hub) -> Result<(), StoreError> {
    loop {
        let now = hub.clock.now();
        let lease_end = now.plus_seconds(limits::DOMAIN_CHECK_LEASE_SECONDS);
        let limit = limits::DOMAINS_CHECKED_AT_ONCE;
        let due = hub.store.write(move |tx| tx.take_due_domain_claims(now, lease_end, limit)).await?;
        if due.is_empty() {
            return Ok(());
        }
        for claim in due {
            check(hub, claim).await?;
        }
    }
}

async fn check(hub: &Hub, before: DomainClaim) -> Result<(), StoreError> {
    let finding = hub.dns.look_for(&before).await;
    let now = hub.clock.now();
    let after = before.clone().after(&finding, now);
    let entry = entry(hub, &before, &after);
    let (traced, connection_id) = (entry.clone(), after.connection_id.clone());
    hub.store
        .write(move |tx| {
            let current = tx.find_domain_claim(&after.connection_id, &after.domain)?;
            // Removed or checked by somebody else meanwhile.
            if current.is_none_or(|current| current.checked_at != before.checked_at) {
                return Ok(());
            }
            tx.change_domain_claim(&after)?;
            if let Some(mut entry) = entry.clone() {
                entry.name(&tx.find_connection(&after.connection_id)?);
                tx.add_log_entries(std::slice::from_ref(&entry))?;
            }
            Ok::<_, StoreError>(())
        })
        .await?;
    if let Some(entry) = traced {
        journal::trace(&entry);
        hub.directory.forget_connection(&connection_id);
    }
    Ok(())
}

/// What an administrator wants to know: that a proof is gone, came back, or has been gone for too long.
fn entry(hub: &Hub, before: &DomainClaim, after: &DomainClaim) -> Option<LogEntry> {
    let problem = after.problem.as_deref().unwrap_or_default();
    let words = match (before.failing_since, after.failing_since, after.is_verified()) {
        (None, Some(_), true) => {
            let days = limits::DOMAIN_GRACE_SECONDS / (24 * 60 * 60);
            format!(
                "the proof of the domain {} is gone: {problem}; it counts for {days} more days",
                after.domain
            )
        }
        (Some(_), None, true) => format!("the proof of the domain {} is back", after.domain),
        (_, _, false) => format!("the domain {} is no longer verified: {problem}", after.domain),
        (None, None, true) | (Some(_), Some(_), true) => return None,
    };
    let (now, suffix) = (hub.clock.now(), hub.random.alphanumeric(12));
    let mut entry = LogEntry::new(now, &suffix, LogType::DomainWarning, words, &Origin::default());
    entry.name(after);
    entry.details.insert("domain".into(), after.domain.clone().into());
    Some(entry)
}
