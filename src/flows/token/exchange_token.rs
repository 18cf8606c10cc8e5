//! `grant_type=urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693), limited to our own tokens: an access token
//! of a person's becomes one for another API, worth no more than the first.
//!
//! An application exchanges its own tokens, and those made for the API that it is; it needs a client grant for the API
//! it asks for. The new token belongs to the same grant, so whatever ends the first ends the second.

use serde_json::{Value, json};

use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::client::Client;
use crate::domain::client_grant::{ApiAccess, TokenOf};
use crate::domain::clock::Timestamp;
use crate::domain::{limits, policy};
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::scope;
use crate::protocol::token_request::{ACCESS_TOKEN_TYPE_URI, SubjectToken};
use crate::protocol::tokens::AccessTokenClaims;

use super::TokenError;
use super::access_token::{LiveToken, concerns, live, read_access_token};
use super::sign_tokens::{Exchanged, sign_exchanged_token};
use super::standing::Standing;
use super::token_endpoint::{TokenResponse, name_person, token_type};

/// Exchanges an access token for one that `client` may present to another API.
///
/// # Errors
/// `invalid_request` for a token that is not good, not a person's or none of the caller's business (RFC 8693
/// §2.2.2); `invalid_target`, `invalid_scope`, `unauthorized_client`.
pub(super) async fn exchange_token(
    hub: &Hub,
    client: &Client,
    presented: &SubjectToken,
    key: Option<&str>,
    origin: &Origin,
) -> Result<TokenResponse, TokenError> {
    if client.is_public() {
        return Err(refused(ErrorCode::UnauthorizedClient, "a public application may not exchange tokens"));
    }
    let (claims, standing) = subject(hub, client, &presented.token).await?;
    if claims.cnf.as_ref().is_some_and(|bound| key != Some(bound.jkt.as_str())) {
        let text = "subject_token is bound to another key than that of the DPoP proof";
        return Err(refused(ErrorCode::InvalidRequest, text));
    }
    let is_anothers = claims.client_id != client.client_id;
    if is_anothers && !client.settings.is_first_party {
        let text = "a third-party application may exchange its own tokens only";
        return Err(refused(ErrorCode::UnauthorizedClient, text));
    }
    policy::may_sign_in(standing.user(), Some(standing.connection()), client)
        .map_err(|reason| OAuthError::new(ErrorCode::InvalidRequest, reason.to_string()))?;
    let access = target(hub, client, presented.audience.as_deref()).await?;
    let granted = granted(&claims.scope, &access, presented.scope.as_deref())?;
    let act = actors(&claims, client)?;
    let now = hub.clock.now();
    let exchanged = Exchanged {
        client,
        api: &access.api,
        granted: &granted,
        act,
        key,
        expires_at: Timestamp::from_seconds(claims.exp),
    };
    let signed = sign_exchanged_token(hub, &standing, exchanged, now)?;
    let suffix = hub.random.alphanumeric(12);
    let text = format!("exchanged an access token for the API {}", access.api.settings.name);
    let mut log = LogEntry::new(now, &suffix, LogType::TokenExchangeSucceeded, text, origin);
    log.name(client);
    name_person(&mut log, &standing);
    log.details.insert("audience".into(), access.api.identifier.clone().into());
    journal::trace(&log);
    hub.store.write(move |tx| tx.add_log_entries(std::slice::from_ref(&log))).await?;
    Ok(TokenResponse {
        access_token: signed.token,
        token_type: token_type(key),
        issued_token_type: Some(ACCESS_TOKEN_TYPE_URI),
        expires_in: signed.expires_in,
        id_token: None,
        refresh_token: None,
        scope: signed.scope,
        authorization_details: None,
    })
}

/// The token that is presented, and the grant behind it, both good now.
async fn subject(
    hub: &Hub,
    client: &Client,
    token: &str,
) -> Result<(AccessTokenClaims, Standing), TokenError> {
    let bad = || {
        let text = "subject_token is not a valid access token of a person for this application or its API";
        refused(ErrorCode::InvalidRequest, text)
    };
    let claims = read_access_token(hub, token).ok_or_else(bad)?;
    if !concerns(hub, client, &claims).await? {
        return Err(bad());
    }
    match live(hub, &claims).await? {
        // What was taken back since is not handed on.
        Some(LiveToken { standing: Some(standing), scope }) => {
            Ok((AccessTokenClaims { scope, ..AccessTokenClaims::clone(&claims) }, *standing))
        }
        Some(LiveToken { standing: None, .. }) | None => Err(bad()),
    }
}

/// The API asked for, and what a client grant lets the application have there for people.
async fn target(hub: &Hub, client: &Client, audience: Option<&str>) -> Result<ApiAccess, TokenError> {
    let audience = audience
        .ok_or_else(|| refused(ErrorCode::InvalidRequest, "audience is missing: name the API to call"))?;
    hub.directory.api_access(client, audience, TokenOf::Exchange).await?.ok_or_else(|| {
        let text = "audience is no API that this application has a client grant for";
        refused(ErrorCode::InvalidTarget, text)
    })
}

/// Never more than the first token has: of its scopes those that the client grant allows, or fewer if asked.
fn granted(of_subject: &str, access: &ApiAccess, asked: Option<&str>) -> Result<String, TokenError> {
    let open: Vec<&str> = of_subject.split(' ').filter(|scope| access.scopes.contains(*scope)).collect();
    let open = open.join(" ");
    let granted = match asked {
        None => Some(open),
        Some(asked) => scope::narrowed(&open, asked),
    };
    granted.filter(|granted| !granted.is_empty()).ok_or_else(|| {
        let text = "scope must be among those of subject_token that the client grant allows";
        refused(ErrorCode::InvalidScope, text)
    })
}

/// Who acts for the person (RFC 8693 §4.1): the newest actor first, those before it inside.
fn actors(claims: &AccessTokenClaims, client: &Client) -> Result<Option<Value>, TokenError> {
    if claims.client_id == client.client_id {
        return Ok(claims.act.clone());
    }
    let mut depth = 1;
    let mut before = claims.act.as_ref();
    while let Some(actor) = before {
        depth += 1;
        before = actor.get("act");
    }
    if depth > limits::ACTORS_OF_A_TOKEN {
        return Err(refused(ErrorCode::InvalidRequest, "the token was handed on too often"));
    }
    let mut act = json!({"sub": client.client_id});
    if let (Some(before), Some(members)) = (&claims.act, act.as_object_mut()) {
        members.insert("act".into(), before.clone());
    }
    Ok(Some(act))
}

fn refused(code: ErrorCode, text: &'static str) -> TokenError {
    OAuthError::new(code, text).into()
}
