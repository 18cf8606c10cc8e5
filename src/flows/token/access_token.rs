//! An access token of ours, read and judged as things stand now (RFC 9068 §4).

use std::sync::Arc;

use crate::domain::audit::Origin;
use crate::domain::client::{Client, GrantType};
use crate::domain::client_grant::TokenOf;
use crate::domain::one_time::OneTime;
use crate::domain::policy;
use crate::flows::guesses::{Guess, Guessed, TooManyGuesses};
use crate::flows::hub::Hub;
use crate::protocol::tokens::{AccessTokenClaims, EXCHANGED};
use crate::store::StoreError;

use super::standing::{Standing, find_standing};

/// One more token from a stranger: until its signature is verified, it may be anything.
///
/// # Errors
/// [`TooManyGuesses`]: it must not be looked at.
pub fn guess_a_token<'a>(hub: &'a Hub, origin: &Origin) -> Result<Guess<'a>, TooManyGuesses> {
    hub.guesses.admit_at(Guessed::AccessToken, origin, hub.issuer.as_str(), None)
}

/// The claims of `token`, if it is an access token that we signed. Its end is the caller's question.
pub(super) fn read_access_token(hub: &Hub, token: &str) -> Option<Arc<AccessTokenClaims>> {
    hub.keys.read_access_token(token).filter(|claims| claims.iss == hub.issuer.as_str())
}

/// An access token that is good now.
#[derive(Debug)]
pub(super) struct LiveToken {
    /// The grant behind a person's token; an application's own (`client_credentials`) has none.
    pub standing: Option<Box<Standing>>,
    /// Of its scopes those that the application may still have.
    pub scope: String,
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
    let scope = match claims.gty.as_deref() {
        Some(EXCHANGED) => scope_of_exchanged(hub, claims, &standing).await?,
        Some(_) | None => Some(standing.scopes_still_open(&claims.scope)),
    };
    Ok(scope.map(|scope| LiveToken { standing: Some(Box::new(standing)), scope }))
}

/// What the application that exchanged a token may still have of what it got: by its client grant, and for the person
/// through their connection. `None`: nothing. Such a token can be revoked alone.
async fn scope_of_exchanged(
    hub: &Hub,
    claims: &AccessTokenClaims,
    standing: &Standing,
) -> Result<Option<String>, StoreError> {
    let Some(client) = hub.directory.client(&claims.client_id).await? else { return Ok(None) };
    let may_sign_in = policy::may_sign_in(standing.user(), Some(standing.connection()), &client).is_ok();
    if !may_sign_in || is_revoked(hub, claims).await? {
        return Ok(None);
    }
    scope_by_client_grant(hub, &client, claims, TokenOf::Exchange).await
}

async fn live_application(hub: &Hub, claims: &AccessTokenClaims) -> Result<Option<LiveToken>, StoreError> {
    let Some(client) = hub.directory.client(&claims.client_id).await? else { return Ok(None) };
    if !client.allows_grant(GrantType::ClientCredentials) || is_revoked(hub, claims).await? {
        return Ok(None);
    }
    let scope = scope_by_client_grant(hub, &client, claims, TokenOf::Application).await?;
    Ok(scope.map(|scope| LiveToken { standing: None, scope }))
}

/// Of the scopes of a token those that the client grants of `client` still allow; `None` if its API is closed to the
/// application.
async fn scope_by_client_grant(
    hub: &Hub,
    client: &Client,
    claims: &AccessTokenClaims,
    whom: TokenOf,
) -> Result<Option<String>, StoreError> {
    let mut open: Vec<&str> = claims.scope.split(' ').collect();
    for audience in claims.aud.iter() {
        let Some(access) = hub.directory.api_access(client, audience, whom).await? else { return Ok(None) };
        open.retain(|scope| access.scopes.contains(*scope));
    }
    Ok(Some(open.join(" ")))
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
