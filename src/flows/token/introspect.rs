//! Introspection (RFC 7662): what a token is worth now, told to those it concerns.
//!
//! An application may look at its own tokens, and at those for an API that it is (`client_id` of the API). Of every
//! other token it learns no more than of a random text.

use serde_json::{Map, Value, json};

use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::client::{Client, ClientAuthMethod};
use crate::domain::refresh_token::{RefreshTokenText, Worth};
use crate::flows::hub::Hub;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;
use crate::protocol::tokens::INTROSPECTION_TYPE;
use crate::store::StoreError;

use super::TokenError;
use super::access_token::{concerns, live, read_access_token};
use super::authenticate_client::{AuthenticatedEndpoint, authenticate_client};
use super::standing::{Standing, find_standing};

/// An answer, in the form that was asked for.
#[derive(Debug)]
pub enum Introspection {
    Json(Value),
    /// Signed (RFC 9701).
    Jwt(String),
}

/// What the `token` of `body` is worth. `wants_jwt`: the caller accepts nothing but a signed answer.
///
/// # Errors
/// `invalid_client`, also for a public application; `invalid_request`.
pub async fn introspect(
    hub: &Hub,
    authorization: Option<&str>,
    body: &Parameters,
    wants_jwt: bool,
    origin: &Origin,
) -> Result<Introspection, TokenError> {
    let mut client = None;
    let outcome = introspect_as(hub, authorization, body, wants_jwt, origin, &mut client).await;
    if let Err(TokenError::Refused(error)) = &outcome {
        let suffix = hub.random.alphanumeric(12);
        let log_type = LogType::IntrospectionFailed;
        let mut entry = LogEntry::new(hub.clock.now(), &suffix, log_type, error.to_string(), origin);
        if let Some(client) = &client {
            entry.name(client);
        }
        hub.journal.note(entry);
    }
    outcome
}

async fn introspect_as(
    hub: &Hub,
    authorization: Option<&str>,
    body: &Parameters,
    wants_jwt: bool,
    origin: &Origin,
    proven: &mut Option<std::sync::Arc<Client>>,
) -> Result<Introspection, TokenError> {
    let client =
        authenticate_client(hub, authorization, body, AuthenticatedEndpoint::Introspection, origin).await?;
    *proven = Some(std::sync::Arc::clone(&client));
    let settings = &client.settings;
    let method = settings.introspection_endpoint_auth_method.unwrap_or(settings.token_endpoint_auth_method);
    if method == ClientAuthMethod::None {
        let text = "introspection is for applications that can keep a secret";
        return Err(OAuthError::new(ErrorCode::InvalidClient, text).into());
    }
    let missing = || OAuthError::new(ErrorCode::InvalidRequest, "token is missing");
    let token = body.single("token").ok_or_else(missing)?;
    let known = match RefreshTokenText::read(token) {
        Some(text) => refresh_token(hub, &client, &text).await?,
        None => access_token(hub, &client, token).await?,
    };
    // RFC 7662 §2.2: nothing but that.
    let answer = known.map_or_else(|| json!({"active": false}), Value::Object);
    match settings.introspection_signed_response_alg {
        None if !wants_jwt => Ok(Introspection::Json(answer)),
        algorithm => {
            let claims = json!({
                "iss": hub.issuer.as_str(),
                "aud": client.client_id,
                "iat": hub.clock.now().seconds(),
                "token_introspection": answer,
            });
            let algorithm = algorithm.unwrap_or_else(|| settings.usual_algorithm());
            Ok(Introspection::Jwt(hub.keys.current().sign(algorithm, INTROSPECTION_TYPE, &claims)?))
        }
    }
}

/// The claims of an access token that is good and concerns the caller.
async fn access_token(
    hub: &Hub,
    caller: &Client,
    token: &str,
) -> Result<Option<Map<String, Value>>, StoreError> {
    let Some(claims) = read_access_token(hub, token) else { return Ok(None) };
    if !concerns(hub, caller, &claims).await? {
        return Ok(None);
    }
    let Some(live) = live(hub, &claims).await? else { return Ok(None) };
    let Ok(Value::Object(mut answer)) = serde_json::to_value(claims.as_ref()) else { return Ok(None) };
    answer.remove("grant_id");
    answer.insert("active".into(), true.into());
    let token_type = if answer.contains_key("cnf") { "DPoP" } else { "Bearer" };
    answer.insert("token_type".into(), token_type.into());
    answer.insert("scope".into(), live.scope.into());
    Ok(Some(answer))
}

/// The claims of a refresh token that is good and the caller's own.
async fn refresh_token(
    hub: &Hub,
    caller: &Client,
    text: &RefreshTokenText,
) -> Result<Option<Map<String, Value>>, StoreError> {
    let (family_hash, token_hash) = (text.family_hash(), text.token_hash());
    let found = hub.store.read(move |tx| tx.find_refresh_token(&family_hash, &token_hash)).await?;
    let Some(token) = found.map(|found| found.token) else { return Ok(None) };
    let is_own = token.client_id == caller.client_id;
    // One that was exchanged is reused without a leeway, whatever leeway its application has.
    if !is_own || token.worth(None, 0, hub.clock.now()) != Worth::Good {
        return Ok(None);
    }
    let Ok(standing) = find_standing(hub, &token.grant_id).await? else { return Ok(None) };
    let mut answer = Map::new();
    answer.insert("active".into(), true.into());
    answer.insert("iss".into(), hub.issuer.as_str().into());
    answer.insert("sub".into(), super::sign_tokens::subject(hub, &standing).into());
    answer.insert("client_id".into(), caller.client_id.as_str().into());
    answer.insert("scope".into(), standing.grant().scope.as_str().into());
    answer.insert("iat".into(), token.created_at.seconds().into());
    answer.insert("exp".into(), token.expires_at.seconds().into());
    add_sign_in(hub, &mut answer, &standing);
    Ok(Some(answer))
}

fn add_sign_in(hub: &Hub, answer: &mut Map<String, Value>, standing: &Standing) {
    let grant = standing.grant();
    answer.insert("sid".into(), hub.sid_of(standing.client(), &grant.session_id).into());
    answer.insert("auth_time".into(), grant.auth_time.seconds().into());
    if let Some(acr) = &grant.acr {
        answer.insert("acr".into(), acr.as_str().into());
    }
}
