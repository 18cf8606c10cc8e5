//! An access token of ours, read and judged as things stand now (RFC 9068 §4).

use crate::domain::client::{Client, GrantType};
use crate::domain::client_grant::TokenOf;
use crate::domain::one_time::OneTime;
use crate::domain::policy;
use crate::flows::hub::Hub;
use crate::protocol::tokens::{ACCESS_TOKEN_TYPE, AccessTokenClaims, EXCHANGED};
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
    if claims.gty.as_deref() == Some(EXCHANGED) && !is_exchange_good(hub, claims, &standing).await? {
        return Ok(None);
    }
    Ok(Some(LiveToken::Person(Box::new(standing))))
}

/// Whether the application that exchanged a token may still have what it got: a client grant, and the person through
/// their connection. Such a token can be revoked alone.
async fn is_exchange_good(
    hub: &Hub,
    claims: &AccessTokenClaims,
    standing: &Standing,
) -> Result<bool, StoreError> {
    let Some(client) = hub.directory.client(&claims.client_id).await? else { return Ok(false) };
    for audience in claims.aud.iter() {
        if hub.directory.api_access(&client, audience, TokenOf::Exchange).await?.is_none() {
            return Ok(false);
        }
    }
    let may_sign_in = policy::may_sign_in(standing.user(), Some(standing.connection()), &client).is_ok();
    Ok(may_sign_in && !is_revoked(hub, claims).await?)
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

/// Whether the caller may know about a token: it is its own, or for the API that the caller is.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn concerns(
    hub: &Hub,
    caller: &Client,
    claims: &AccessTokenClaims,
) -> Result<bool, StoreError> {
    if claims.client_id == caller.client_id {
        return Ok(true);
    }
    for audience in claims.aud.iter() {
        let api = hub.directory.api(audience).await?;
        if api.is_some_and(|api| api.settings.client_id.as_deref() == Some(&caller.client_id)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether this one access token was revoked (RFC 7009).
///
/// # Errors
/// [`StoreError`].
pub async fn is_revoked(hub: &Hub, claims: &AccessTokenClaims) -> Result<bool, StoreError> {
    let jti = claims.jti.clone();
    hub.store.read(move |tx| tx.is_used(OneTime::AccessToken, &jti)).await
}
