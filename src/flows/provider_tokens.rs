//! What a provider gave for one of our people, for a program that may read it: refreshed when it is read too late.
//!
//! Providers take a refresh token once, so that of several who read at the same time, on whatever node, one refreshes and
//! the others wait for it.

use std::time::Duration;

use super::hub::Hub;
use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::connection::Connection;
use crate::domain::limits;
use crate::domain::upstream_tokens::UpstreamTokens;
use crate::domain::user::Identity;
use crate::store::{IdentityKey, StoreError};
use crate::upstream::{OurSide, UpstreamError};

/// The tokens of `identity`, with an access token that is good; `None` where there is none and none can be had. Why a
/// refresh failed is in the log.
///
/// # Errors
/// [`StoreError`].
pub async fn tokens_of(
    hub: &Hub,
    connection: &Connection,
    identity: &Identity,
) -> Result<Option<UpstreamTokens>, StoreError> {
    if !connection.options.federated_connections_access_tokens.active {
        return Ok(None);
    }
    let key = IdentityKey::of(identity);
    for _ in 0..limits::UPSTREAM_REFRESH_LOOKS {
        let wanted = key.clone();
        let Some((tokens, version)) = hub.store.read(move |tx| tx.find_upstream_tokens(&wanted)).await?
        else {
            return Ok(None);
        };
        let now = hub.clock.now();
        if tokens.is_fresh(now) {
            return Ok(Some(tokens));
        }
        if tokens.refresh_token.is_none() {
            return Ok(None);
        }
        let (wanted, until) = (key.clone(), now.plus_seconds(limits::UPSTREAM_REFRESH_LEASE_SECONDS));
        let is_ours =
            hub.store.write(move |tx| tx.lease_upstream_tokens(&wanted, version, now, until)).await?;
        if is_ours {
            return refresh(hub, connection, identity, &tokens, version).await;
        }
        tokio::time::sleep(Duration::from_millis(limits::UPSTREAM_REFRESH_LOOK_MILLIS)).await;
    }
    Ok(None)
}

async fn refresh(
    hub: &Hub,
    connection: &Connection,
    identity: &Identity,
    tokens: &UpstreamTokens,
    version: i64,
) -> Result<Option<UpstreamTokens>, StoreError> {
    let Some(refresh_token) = &tokens.refresh_token else { return Ok(None) };
    let keys = hub.directory.keys_to_sign(connection).await?;
    let adopted = hub.directory.adopted_metadata(connection).await?;
    let ours = OurSide { keys: &keys, random: &hub.random, adopted: adopted.as_ref(), network: None };
    let now = hub.clock.now();
    let key = IdentityKey::of(identity);
    match hub.upstream.refresh(connection, refresh_token, ours, now).await {
        Ok(new) => {
            let new = UpstreamTokens { scope: new.scope.clone().or_else(|| tokens.scope.clone()), ..new };
            let kept = new.clone();
            hub.store.write(move |tx| tx.keep_upstream_tokens(&key, &kept, now)).await?;
            Ok(Some(new))
        }
        Err(failure) => {
            let is_over = failure.check == "token-refresh";
            note(hub, connection, identity, &failure);
            hub.store
                .write(move |tx| match is_over {
                    true => tx.remove_upstream_tokens(&key, version),
                    false => tx.release_upstream_tokens(&key, version),
                })
                .await?;
            Ok(None)
        }
    }
}

fn note(hub: &Hub, connection: &Connection, identity: &Identity, failure: &UpstreamError) {
    let suffix = hub.random.alphanumeric(12);
    let words = format!("the provider's tokens could not be refreshed: {failure}. {}", failure.advice);
    let mut entry =
        LogEntry::new(hub.clock.now(), &suffix, LogType::LoginWarning, &words, &Origin::default());
    entry.name(identity);
    entry.name(connection);
    entry.details.insert("check".into(), failure.check.into());
    hub.journal.note(entry);
}
