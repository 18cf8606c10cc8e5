//! Who calls the Management API: the application behind a bearer token (RFC 6750, RFC 9068 §4).

use std::sync::Arc;

use crate::domain::audit::Origin;
use crate::domain::client::Client;
use crate::domain::client_grant::TokenOf;
use crate::flows::hub::Hub;
use crate::flows::token::is_revoked;
use crate::protocol::scope;
use crate::protocol::tokens::{ACCESS_TOKEN_TYPE, AccessTokenClaims};
use crate::store::StoreError;

/// The application that asks, proven by its token.
#[derive(Clone, Debug)]
pub struct Actor {
    pub client: Arc<Client>,
    pub origin: Origin,
}

/// Why a call is refused before it is looked at.
#[derive(Debug, thiserror::Error)]
pub enum NotAuthorized {
    /// No token we signed, or not for this API.
    #[error("{0}")]
    InvalidToken(&'static str),
    #[error("Insufficient scope, expected any of: {expected}")]
    InsufficientScope { expected: String, actor: Actor },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The application behind `token`, if the token is for the Management API, in time, and carries any of
/// `scopes`.
///
/// # Errors
/// [`NotAuthorized`].
pub async fn authorize(
    hub: &Hub,
    token: &str,
    scopes: &[&str],
    origin: &Origin,
) -> Result<Actor, NotAuthorized> {
    let claims: AccessTokenClaims = hub
        .keys
        .current()
        .verify(token, ACCESS_TOKEN_TYPE)
        .ok_or(NotAuthorized::InvalidToken("The token is not an access token of this issuer"))?;
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
    if is_revoked(hub, &claims).await? {
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
    let actor = Actor { client, origin: origin.clone() };
    // What the token says, as far as the client grant still says so.
    if scopes.iter().any(|wanted| scope::contains(&claims.scope, wanted) && open.contains(*wanted)) {
        Ok(actor)
    } else {
        Err(NotAuthorized::InsufficientScope { expected: scopes.join(","), actor })
    }
}
