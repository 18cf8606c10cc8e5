//! UserInfo (OpenID Connect Core §5.3): what an access token opens, as things stand now.

use serde_json::{Map, Value};

use crate::domain::policy;
use crate::flows::hub::Hub;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::scope;
use crate::protocol::tokens::{ACCESS_TOKEN_TYPE, AccessTokenClaims, released_claims};
use crate::store::StoreError;

use super::TokenError;

/// The claims behind an access token for UserInfo.
///
/// Asked at every call: the grant is not revoked, the session has not ended, the user may still sign in
/// through the connection to this application.
///
/// # Errors
/// `invalid_token`, `insufficient_scope` (RFC 6750 §3.1).
pub async fn read_userinfo(hub: &Hub, token: &str) -> Result<Map<String, Value>, TokenError> {
    let now = hub.clock.now();
    let refused = |text: &'static str| TokenError::Refused(OAuthError::new(ErrorCode::InvalidToken, text));
    let claims = hub
        .keys
        .current()
        .verify::<AccessTokenClaims>(token, ACCESS_TOKEN_TYPE)
        .filter(|claims| claims.iss == hub.issuer.as_str() && claims.aud == hub.userinfo_audience())
        .ok_or_else(|| refused("this is not an access token for UserInfo"))?;
    if now.seconds() >= claims.exp {
        return Err(refused("the access token has expired"));
    }
    if !scope::contains(&claims.scope, "openid") {
        return Err(OAuthError::new(ErrorCode::InsufficientScope, "UserInfo needs the scope openid").into());
    }
    let grant_id = claims.grant_id.ok_or_else(|| refused("this access token belongs to nobody"))?;
    let found = hub
        .store
        .read(move |tx| {
            let Some(grant) = tx.find_grant(&grant_id)? else { return Ok(None) };
            let session = tx.find_session(&grant.session_id)?;
            let user = tx.find_user(&grant.user_id)?;
            Ok::<_, StoreError>(Some((grant, session, user)))
        })
        .await?;
    let Some((grant, session, user)) = found else { return Err(refused("the grant no longer exists")) };
    if grant.revoked_at.is_some() {
        return Err(refused("the grant has been revoked"));
    }
    if !session.is_some_and(|session| session.is_alive(now)) {
        return Err(refused("the session has ended"));
    }
    let user = user.ok_or_else(|| refused("the user no longer exists"))?;
    let client = hub.directory.client(&grant.client_id).await?;
    let client = client.ok_or_else(|| refused("the application no longer exists"))?;
    let connection = hub.directory.connection(&grant.connection_id).await?;
    policy::may_sign_in(&user, connection.as_deref(), &client).map_err(|refusal| {
        TokenError::Refused(OAuthError::new(ErrorCode::InvalidToken, refusal.to_string()))
    })?;
    let mut answer = released_claims(&user.profile, &claims.scope, &client.settings.profile_claims);
    answer.insert("sub".into(), user.user_id.into());
    Ok(answer)
}
