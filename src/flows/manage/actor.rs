//! Who calls the Management API: the application behind a bearer token (RFC 6750, RFC 9068 §4), on its own, or for an
//! administrator who signed in through it.

use std::sync::Arc;

use crate::domain::audit::Origin;
use crate::domain::client::Client;
use crate::domain::client_grant::TokenOf;
use crate::domain::user::User;
use crate::flows::guesses::TooManyGuesses;
use crate::flows::hub::Hub;
use crate::flows::token::{find_standing, guess_a_token, is_revoked};
use crate::protocol::tokens::{ACCESS_TOKEN_TYPE, AccessTokenClaims};
use crate::store::StoreError;

/// Who asks, proven by a token.
#[derive(Clone, Debug)]
pub struct Actor {
    pub client: Arc<Client>,
    /// For whom the application asks, if not on its own.
    pub administrator: Option<Arc<User>>,
    pub origin: Origin,
}

impl Actor {
    /// An application on its own.
    pub fn application(client: Arc<Client>, origin: Origin) -> Self {
        Self { client, administrator: None, origin }
    }
}

/// Why a call is refused before it is looked at.
#[derive(Debug, thiserror::Error)]
pub enum NotAuthorized {
    /// No token we signed, or not for this API.
    #[error("{0}")]
    InvalidToken(&'static str),
    #[error("Insufficient scope, expected any of: {expected}")]
    InsufficientScope { expected: String, actor: Actor },
    #[error("{0}")]
    TooMany(#[from] TooManyGuesses),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who is behind `token`, if the token is for the Management API, in time, and carries any of `scopes`. What an
/// administrator may is asked anew at every call: whoever is removed, blocked or signed out may nothing any more.
///
/// # Errors
/// [`NotAuthorized`].
pub async fn authorize(
    hub: &Hub,
    token: &str,
    scopes: &[&str],
    origin: &Origin,
) -> Result<Actor, NotAuthorized> {
    let guess = guess_a_token(hub, origin)?;
    let claims: AccessTokenClaims = hub
        .keys
        .current()
        .verify(token, ACCESS_TOKEN_TYPE)
        .ok_or(NotAuthorized::InvalidToken("The token is not an access token of this issuer"))?;
    guess.was_right();
    let now = hub.clock.now().seconds();
    if claims.iss != hub.issuer.as_str() || !claims.aud.contains(&hub.management_audience()) {
        return Err(NotAuthorized::InvalidToken(
            "The token is not for the Management API: ask for it with its audience, which ends in api/v2/",
        ));
    }
    if claims.cnf.is_some() {
        return Err(NotAuthorized::InvalidToken(
            "The token is bound to a key, which this API does not ask for: ask for one without a DPoP proof",
        ));
    }
    if claims.exp <= now {
        return Err(NotAuthorized::InvalidToken("The token has expired: ask for a new one"));
    }
    let (actor, open) = match claims.grant_id.clone() {
        Some(grant_id) => for_administrator(hub, &claims, &grant_id, origin).await?,
        None => by_itself(hub, &claims, origin).await?,
    };
    if scopes.iter().any(|wanted| open.split(' ').any(|scope| scope == *wanted)) {
        Ok(actor)
    } else {
        Err(NotAuthorized::InsufficientScope { expected: scopes.join(","), actor })
    }
}

/// The application, and what the token says as far as the client grant still says so.
async fn by_itself(
    hub: &Hub,
    claims: &AccessTokenClaims,
    origin: &Origin,
) -> Result<(Actor, String), NotAuthorized> {
    if is_revoked(hub, claims).await? {
        return Err(NotAuthorized::InvalidToken("The token has been revoked: ask for a new one"));
    }
    let no_access = || {
        NotAuthorized::InvalidToken(
            "The application of this token may not use the Management API, or no longer exists",
        )
    };
    let client = hub.directory.client(&claims.client_id).await?.ok_or_else(no_access)?;
    let audience = hub.management_audience();
    let access = hub.directory.api_access(&client, &audience, TokenOf::Application).await?;
    let open = access.ok_or_else(no_access)?.scopes;
    let kept: Vec<&str> = claims.scope.split(' ').filter(|scope| open.contains(*scope)).collect();
    Ok((Actor::application(client, origin.clone()), kept.join(" ")))
}

/// The administrator, and what the token says as far as it still can. Everything that is asked of a grant is asked of
/// theirs, and whether they are an administrator now.
async fn for_administrator(
    hub: &Hub,
    claims: &AccessTokenClaims,
    grant_id: &str,
    origin: &Origin,
) -> Result<(Actor, String), NotAuthorized> {
    let refused = || {
        NotAuthorized::InvalidToken(
            "The token is good no more: its administrator signed out, was blocked or is none any more; sign in again",
        )
    };
    // What an application made of somebody's token is no token of theirs.
    if claims.gty.is_some() {
        return Err(refused());
    }
    let Ok(standing) = find_standing(hub, grant_id).await? else { return Err(refused()) };
    let is_for_this_api = standing.access().is_some_and(|access| access.api.is_system);
    if !is_for_this_api || standing.client().client_id != claims.client_id {
        return Err(refused());
    }
    let actor = Actor {
        client: Arc::clone(standing.client()),
        administrator: Some(Arc::new(standing.user().clone())),
        origin: origin.clone(),
    };
    Ok((actor, standing.scopes_still_open(&claims.scope)))
}
