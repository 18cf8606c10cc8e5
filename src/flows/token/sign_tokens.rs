//! The one place where tokens of people are signed: ID tokens (OpenID Connect Core §2) and access tokens
//! (RFC 9068).

use serde_json::Value;

use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::domain::resource_server::ResourceServer;
use crate::flows::hub::Hub;
use crate::flows::vouching::vouched;
use crate::protocol::scope;
use crate::protocol::tokens::{
    ACCESS_TOKEN_TYPE, AccessTokenClaims, Audience, Confirmation, EXCHANGED, ID_TOKEN_TYPE, IdTokenClaims,
    released_claims,
};

use super::TokenError;
use super::standing::Standing;

/// An access token, and what the client is told about it.
#[derive(Debug)]
pub struct SignedAccessToken {
    pub token: String,
    /// Seconds.
    pub expires_in: i64,
    /// What it opens.
    pub scope: String,
}

/// How an access token gets to the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// From the token endpoint.
    Back,
    /// In an answer of the authorization endpoint, through the browser: it lives shorter.
    Front,
}

/// What an ID token vouches for by hash (OpenID Connect Core §3.3.2.11, FAPI): the values themselves; the ID token's
/// own algorithm hashes them.
#[derive(Clone, Copy, Debug, Default)]
pub struct IdTokenHashes<'a> {
    pub at_hash: Option<&'a str>,
    pub c_hash: Option<&'a str>,
    pub s_hash: Option<&'a str>,
}

/// How long an access token of this grant may live, in seconds: as long as the API says, or the application where
/// that is shorter. For UserInfo alone the application decides.
pub(super) fn access_token_lifetime(standing: &Standing, channel: Channel) -> i64 {
    let by_application = standing.client().settings.access_token_ttl;
    let by_api = standing.access().map(|access| match channel {
        Channel::Back => access.api.settings.token_lifetime,
        Channel::Front => access.api.settings.token_lifetime_for_web,
    });
    match (by_api, by_application) {
        (Some(by_api), Some(by_application)) => by_api.min(by_application),
        (Some(seconds), None) | (None, Some(seconds)) => seconds,
        (None, None) => match channel {
            Channel::Back => limits::USERINFO_TOKEN_LIFETIME_SECONDS,
            Channel::Front => limits::USERINFO_TOKEN_LIFETIME_FOR_WEB_SECONDS,
        },
    }
}

/// The API of the grant, and UserInfo too where `scope` opens it.
fn audience(hub: &Hub, standing: &Standing, granted: &str) -> Audience {
    let api = standing.access().map(|access| access.api.identifier.clone());
    let opens_userinfo = api.is_none() || scope::contains(granted, "openid");
    let userinfo = opens_userinfo.then(|| hub.userinfo_audience());
    Audience::from(api.into_iter().chain(userinfo).collect::<Vec<_>>())
}

/// Signs an access token for `granted`, which the caller has made sure is no more than the grant's scope; what the
/// application may no longer have of it is left out. It never outlives the grant.
///
/// # Errors
/// [`TokenError::Signing`].
pub fn sign_access_token(
    hub: &Hub,
    standing: &Standing,
    granted: &str,
    channel: Channel,
    now: Timestamp,
) -> Result<SignedAccessToken, TokenError> {
    let grant = standing.grant();
    let granted = standing.scopes_still_open(granted);
    let expires_at = now.plus_seconds(access_token_lifetime(standing, channel)).min(grant.expires_at);
    let algorithm = match standing.access() {
        Some(access) => access.api.settings.signing_alg,
        None => standing.client().settings.usual_algorithm(),
    };
    let claims = AccessTokenClaims {
        iss: hub.issuer.as_str().to_owned(),
        sub: subject(hub, standing),
        aud: audience(hub, standing, &granted),
        client_id: grant.client_id.clone(),
        exp: expires_at.seconds(),
        iat: now.seconds(),
        jti: hub.random.token(),
        scope: granted.clone(),
        grant_id: Some(grant.id.clone()),
        sid: Some(hub.sid_of(standing.client(), &grant.session_id)),
        auth_time: Some(grant.auth_time.seconds()),
        acr: grant.acr.clone(),
        amr: grant.amr.clone(),
        authorization_details: standing.details_still_open(),
        act: None,
        cnf: Confirmation::of(standing.key()),
        gty: None,
    };
    let token = hub.keys.current().sign(algorithm, ACCESS_TOKEN_TYPE, &claims)?;
    Ok(SignedAccessToken { token, expires_in: claims.exp.saturating_sub(claims.iat), scope: granted })
}

/// What becomes of an access token that is exchanged (RFC 8693).
#[derive(Debug)]
pub(super) struct Exchanged<'a> {
    /// Who gets the new token.
    pub client: &'a Client,
    pub api: &'a ResourceServer,
    pub granted: &'a str,
    pub act: Option<Value>,
    /// The key that the new token is bound to.
    pub key: Option<&'a str>,
    /// The end of the first token.
    pub expires_at: Timestamp,
}

/// Signs what an access token of the grant was exchanged for. It outlives neither that nor the grant.
///
/// # Errors
/// [`TokenError::Signing`].
pub(super) fn sign_exchanged_token(
    hub: &Hub,
    standing: &Standing,
    exchanged: Exchanged<'_>,
    now: Timestamp,
) -> Result<SignedAccessToken, TokenError> {
    let Exchanged { client, api, granted, act, key, expires_at } = exchanged;
    let grant = standing.grant();
    let most = api.settings.token_lifetime;
    let lifetime = client.settings.access_token_ttl.map_or(most, |seconds| seconds.min(most));
    let expires_at = now.plus_seconds(lifetime).min(expires_at).min(grant.expires_at);
    let claims = AccessTokenClaims {
        iss: hub.issuer.as_str().to_owned(),
        sub: hub.subject_of(client, &standing.user().user_id),
        aud: Audience::One(api.identifier.clone()),
        client_id: client.client_id.clone(),
        exp: expires_at.seconds(),
        iat: now.seconds(),
        jti: hub.random.token(),
        scope: granted.to_owned(),
        grant_id: Some(grant.id.clone()),
        sid: Some(hub.sid_of(client, &grant.session_id)),
        auth_time: Some(grant.auth_time.seconds()),
        acr: grant.acr.clone(),
        amr: grant.amr.clone(),
        authorization_details: None,
        act,
        cnf: Confirmation::of(key),
        gty: Some(EXCHANGED.to_owned()),
    };
    let token = hub.keys.current().sign(api.settings.signing_alg, ACCESS_TOKEN_TYPE, &claims)?;
    let expires_in = claims.exp.saturating_sub(claims.iat);
    Ok(SignedAccessToken { token, expires_in, scope: claims.scope })
}

/// Signs an ID token with the claims that `granted` releases, or none if `granted` has no `openid`.
///
/// `nonce` is the one of the authorization request, and absent on a refresh (OpenID Connect Core §12.2).
///
/// # Errors
/// [`TokenError::Signing`], [`TokenError::Store`].
pub async fn sign_id_token(
    hub: &Hub,
    standing: &Standing,
    granted: &str,
    nonce: Option<&str>,
    hashes: IdTokenHashes<'_>,
    now: Timestamp,
) -> Result<Option<String>, TokenError> {
    if !scope::contains(granted, "openid") {
        return Ok(None);
    }
    let granted = &standing.scopes_still_open(granted);
    let (grant, settings) = (standing.grant(), &standing.client().settings);
    let algorithm = settings.id_token_signed_response_alg;
    let profile = vouched(&hub.directory, standing.connection(), &standing.user().profile).await?;
    let hashed = |value: Option<&str>| value.map(|value| algorithm.left_half_hash(value));
    let claims = IdTokenClaims {
        iss: hub.issuer.as_str().to_owned(),
        sub: subject(hub, standing),
        aud: grant.client_id.clone(),
        exp: now.seconds().saturating_add(settings.jwt_configuration.lifetime_in_seconds),
        iat: now.seconds(),
        auth_time: grant.auth_time.seconds(),
        nonce: nonce.map(str::to_owned),
        sid: hub.sid_of(standing.client(), &grant.session_id),
        at_hash: hashed(hashes.at_hash),
        c_hash: hashed(hashes.c_hash),
        s_hash: hashed(hashes.s_hash),
        acr: grant.acr.clone(),
        amr: grant.amr.clone(),
        connection: standing.connection().name.clone(),
        profile: released_claims(
            &profile,
            standing.user().updated_at.seconds(),
            granted,
            &settings.profile_claims,
            standing.claims_asked().map(|asked| &asked.id_token),
        ),
    };
    Ok(Some(hub.keys.current().sign(algorithm, ID_TOKEN_TYPE, &claims)?))
}

/// The `sub` that leaves us in tokens of this grant.
pub(super) fn subject(hub: &Hub, standing: &Standing) -> String {
    hub.subject_of(standing.client(), &standing.user().user_id)
}
