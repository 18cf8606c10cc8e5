//! UserInfo (OpenID Connect Core §5.3): what an access token opens, as things stand now.

use serde_json::{Map, Value};

use crate::crypto::digest;
use crate::domain::audit::Origin;
use crate::domain::client::Client;
use crate::flows::hub::Hub;
use crate::flows::possession::{PresentedProof, prove_possession};
use crate::flows::vouching::vouched;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::scope;
use crate::protocol::tokens::{Confirmation, released_claims};

use super::TokenError;
use super::access_token::{guess_a_token, read_access_token};
use super::sign_tokens::subject;
use super::standing::{find_standing, refusal};

/// An access token as it came (RFC 6750 §2, RFC 9449 §7).
#[derive(Clone, Copy, Debug)]
pub struct PresentedToken<'a> {
    pub token: &'a str,
    pub scheme: Scheme,
    /// The header `DPoP`.
    pub proof: Option<&'a str>,
    pub method: &'a str,
    pub origin: &'a Origin,
}

/// How an access token is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Bearer,
    Dpop,
}

/// `typ` of a signed answer; OpenID Connect names none of its own.
const SIGNED_USERINFO_TYPE: &str = "JWT";

/// An answer of UserInfo.
#[derive(Debug)]
pub enum UserInfo {
    Json(Map<String, Value>),
    /// Signed, for an application that registered `userinfo_signed_response_alg` (OpenID Connect Core §5.3.2).
    Jwt(String),
}

/// What is behind an access token for UserInfo.
///
/// Asked at every call: the grant is not revoked, the session has not ended, the user may still sign in
/// through the connection to this application.
///
/// # Errors
/// `invalid_token`, `insufficient_scope` (RFC 6750 §3.1); `invalid_dpop_proof`, `use_dpop_nonce` (RFC 9449 §7.1).
pub async fn read_userinfo(hub: &Hub, presented: PresentedToken<'_>) -> Result<UserInfo, TokenError> {
    let now = hub.clock.now();
    let refused = |text: &'static str| TokenError::Refused(OAuthError::new(ErrorCode::InvalidToken, text));
    let guess = guess_a_token(hub, presented.origin)?;
    let claims = read_access_token(hub, presented.token);
    if claims.is_some() {
        guess.was_right();
    }
    let claims = claims
        .filter(|claims| claims.aud.contains(&hub.userinfo_audience()))
        .ok_or_else(|| refused("this is not an access token for UserInfo"))?;
    if now.seconds() >= claims.exp {
        return Err(refused("the access token has expired"));
    }
    if !scope::contains(&claims.scope, "openid") {
        return Err(OAuthError::new(ErrorCode::InsufficientScope, "UserInfo needs the scope openid").into());
    }
    let grant_id =
        claims.grant_id.as_deref().ok_or_else(|| refused("this access token belongs to nobody"))?;
    let standing =
        find_standing(hub, grant_id).await?.map_err(|reason| refusal(ErrorCode::InvalidToken, reason))?;
    if standing.grant().client_id != claims.client_id {
        return Err(refused("this access token was exchanged for another API"));
    }
    check_holder(hub, presented, claims.cnf.as_ref(), standing.client()).await?;
    let (user, settings) = (standing.user(), &standing.client().settings);
    let asked = standing.claims_asked().map(|asked| &asked.userinfo);
    let updated_at = user.updated_at.seconds();
    // What was taken back since is not told.
    let granted = standing.scopes_still_open(&claims.scope);
    let profile = vouched(&hub.directory, standing.connection(), &user.profile).await?;
    let mut answer = released_claims(&profile, updated_at, &granted, &settings.profile_claims, asked);
    answer.insert("sub".into(), subject(hub, &standing).into());
    let Some(algorithm) = settings.userinfo_signed_response_alg else {
        return Ok(UserInfo::Json(answer));
    };
    // Neither `exp` nor a `typ` of an ID token: whoever takes it for one is told otherwise by what is missing.
    answer.insert("iss".into(), hub.issuer.as_str().into());
    answer.insert("aud".into(), claims.client_id.as_str().into());
    answer.insert("iat".into(), now.seconds().into());
    Ok(UserInfo::Jwt(hub.keys.current().sign(algorithm, SIGNED_USERINFO_TYPE, &answer)?))
}

/// A bound token is nobody's but the key holder's, and never a bearer's (RFC 9449 §7.2).
async fn check_holder(
    hub: &Hub,
    presented: PresentedToken<'_>,
    bound_to: Option<&Confirmation>,
    client: &Client,
) -> Result<(), TokenError> {
    let refused = |text: &'static str| TokenError::Refused(OAuthError::new(ErrorCode::InvalidToken, text));
    match (presented.scheme, bound_to) {
        (Scheme::Bearer, None) => Ok(()),
        (Scheme::Bearer, Some(_)) => {
            Err(refused("this access token is bound to a key: send it by the scheme DPoP, with a proof"))
        }
        (Scheme::Dpop, None) => {
            Err(refused("this access token is bound to no key: send it as a bearer token"))
        }
        (Scheme::Dpop, Some(bound)) => {
            let missing = || OAuthError::new(ErrorCode::InvalidDpopProof, "the header DPoP is missing");
            let proof = PresentedProof {
                text: presented.proof.ok_or_else(missing)?,
                method: presented.method,
                path: "userinfo",
                access_token: Some(presented.token),
            };
            let held = prove_possession(hub, proof, client, presented.origin).await?;
            let is_holder = digest::secrets_match(held.as_bytes(), bound.jkt.as_bytes());
            if is_holder { Ok(()) } else { Err(refused("this access token is bound to another key")) }
        }
    }
}
