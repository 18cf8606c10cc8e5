//! An access token of ours, read and judged as things stand now (RFC 9068 §4).

use crate::domain::client::GrantType;
use crate::domain::client_grant::TokenOf;
use crate::domain::one_time::OneTime;
use crate::flows::hub::Hub;
use crate::protocol::tokens::{ACCESS_TOKEN_TYPE, AccessTokenClaims};
use crate::store::StoreError;

use super::standing::{Standing, find_standing};

/// The claims of `token`, if it is an access token that we signed. Its end is the caller's question.
pub(super) fn read_access_token(hub: &Hub, token: &str) -> Option<AccessTokenClaims> {
    hub.keys
        .current()
        .verify::<AccessTokenClaims>(token, ACCESS_TOKEN_TYPE)
        .filter(|claims| claims.iss == hub.issuer.as_str())
}

/// Whose an access token is that is good now.
#[derive(Debug)]
pub(super) enum LiveToken {
    /// A person's.
    Person(Box<Standing>),
    /// An application's own (`client_credentials`).
    Application,
}

/// What stands behind an access token, if it is good now: in time, not revoked, and whoever it speaks for still may.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn live(hub: &Hub, claims: &AccessTokenClaims) -> Result<Option<LiveToken>, StoreError> {
    if hub.clock.now().seconds() >= claims.exp {
        return Ok(None);
    }
    let Some(grant_id) = &claims.grant_id else { return live_application(hub, claims).await };
    let Ok(standing) = find_standing(hub, grant_id).await? else { return Ok(None) };
    // A token that another application exchanged for its own can be revoked without the grant.
    if claims.client_id != standing.grant().client_id && is_revoked(hub, claims).await? {
        return Ok(None);
    }
    Ok(Some(LiveToken::Person(Box::new(standing))))
}

async fn live_application(hub: &Hub, claims: &AccessTokenClaims) -> Result<Option<LiveToken>, StoreError> {
    let Some(client) = hub.directory.client(&claims.client_id).await? else { return Ok(None) };
    if !client.allows_grant(GrantType::ClientCredentials) || is_revoked(hub, claims).await? {
        return Ok(None);
    }
    for audience in claims.aud.iter() {
        if hub.directory.api_access(&client, audience, TokenOf::Application).await?.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(LiveToken::Application))
}

/// Whether this one access token was revoked (RFC 7009).
///
/// # Errors
/// [`StoreError`].
pub async fn is_revoked(hub: &Hub, claims: &AccessTokenClaims) -> Result<bool, StoreError> {
    let jti = claims.jti.clone();
    hub.store.read(move |tx| tx.is_used(OneTime::AccessToken, &jti)).await
}
