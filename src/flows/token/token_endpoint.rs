//! One token request: the client proves who it is, and the grant decides.

use serde::Serialize;

use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::client::{Client, GrantType};
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::flows::hub::Hub;
use crate::protocol::authorization_details::AuthorizationDetails;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;
use crate::protocol::token_request::{DEVICE_CODE, TokenRequest};

use super::TokenError;
use super::authenticate_client::{AuthenticatedEndpoint, authenticate_client};
use super::bind_key::held_key;
use super::client_credentials::issue_for_client;
use super::exchange_token::exchange_token;
use super::redeem_code::{PresentedCode, redeem_code};
use super::redeem_device_code::redeem_device_code;
use super::refresh::{PresentedRefreshToken, refresh};
use super::sign_tokens::{Channel, IdTokenHashes, sign_access_token, sign_id_token};
use super::standing::Standing;

/// A successful answer (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
#[derive(Debug, Serialize)]
pub struct TokenResponse {
    pub access_token: String,
    pub token_type: &'static str,
    /// Of an exchange (RFC 8693 §2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<&'static str>,
    /// Seconds.
    pub expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    pub scope: String,
    /// What the access token is good for in the words of the API (RFC 9396 §7).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<AuthorizationDetails>,
}

impl TokenResponse {
    /// Tokens of a person for `granted`, which the caller has made sure is no more than the grant's scope.
    pub(super) async fn of_person(
        hub: &Hub,
        standing: &Standing,
        granted: &str,
        nonce: Option<&str>,
        refresh_token: Option<String>,
        now: Timestamp,
    ) -> Result<Self, TokenError> {
        let access = sign_access_token(hub, standing, granted, Channel::Back, now)?;
        let hashes = IdTokenHashes { at_hash: Some(&access.token), ..IdTokenHashes::default() };
        let id_token = sign_id_token(hub, standing, granted, nonce, hashes, now).await?;
        Ok(Self {
            access_token: access.token,
            token_type: token_type(standing.key()),
            issued_token_type: None,
            expires_in: access.expires_in,
            id_token,
            refresh_token,
            scope: access.scope,
            authorization_details: standing.details_still_open(),
        })
    }
}

/// `token_type` of an access token (RFC 6750 §6.1.1, RFC 9449 §5).
pub(super) const fn token_type(key: Option<&str>) -> &'static str {
    if key.is_some() { "DPoP" } else { "Bearer" }
}

/// Exchanges what the client presents for tokens. `proof` is the header `DPoP`.
///
/// # Errors
/// [`TokenError`]; a refusal is noted in the journal.
pub async fn exchange(
    hub: &Hub,
    authorization: Option<&str>,
    proof: Option<&str>,
    body: &Parameters,
    origin: &Origin,
) -> Result<TokenResponse, TokenError> {
    let mut client = None;
    let outcome = exchange_as(hub, authorization, proof, body, origin, &mut client).await;
    if let Err(TokenError::Refused(error)) = &outcome {
        let log_type = match body.single("grant_type") {
            Some("refresh_token") => LogType::RefreshFailed,
            Some("client_credentials") => LogType::ClientCredentialsFailed,
            Some("urn:ietf:params:oauth:grant-type:token-exchange") => LogType::TokenExchangeFailed,
            Some(DEVICE_CODE) => LogType::DeviceExchangeFailed,
            _ => LogType::CodeExchangeFailed,
        };
        let suffix = hub.random.alphanumeric(12);
        let mut entry = LogEntry::new(hub.clock.now(), &suffix, log_type, error.to_string(), origin);
        entry.name(&client);
        hub.journal.note(entry);
    }
    outcome
}

pub(super) fn name_person(entry: &mut LogEntry, standing: &Standing) {
    entry.name(standing.user());
    entry.name(standing.connection());
}

async fn exchange_as(
    hub: &Hub,
    authorization: Option<&str>,
    proof: Option<&str>,
    body: &Parameters,
    origin: &Origin,
    proven: &mut Option<std::sync::Arc<Client>>,
) -> Result<TokenResponse, TokenError> {
    let client = authenticate_client(hub, authorization, body, AuthenticatedEndpoint::Token, origin).await?;
    *proven = Some(std::sync::Arc::clone(&client));
    let request = TokenRequest::read(body)?;
    let details = AuthorizationDetails::read(body, limits::AUTHORIZATION_DETAILS)?;
    let grant_type = match &request {
        TokenRequest::AuthorizationCode { .. } => GrantType::AuthorizationCode,
        TokenRequest::RefreshToken { .. } => GrantType::RefreshToken,
        TokenRequest::ClientCredentials { .. } => GrantType::ClientCredentials,
        TokenRequest::TokenExchange(_) => GrantType::TokenExchange,
        TokenRequest::DeviceCode { .. } => GrantType::DeviceCode,
    };
    if !client.allows_grant(grant_type) {
        return Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            format!("this application may not use the grant {}", grant_type.name()),
        )
        .into());
    }
    let key = held_key(hub, proof, "oauth/token", &client, origin).await?;
    match request {
        TokenRequest::AuthorizationCode { code, redirect_uri, code_verifier, audience } => {
            let presented = PresentedCode { code, redirect_uri, code_verifier, audience, details, key };
            redeem_code(hub, &client, presented, origin).await
        }
        TokenRequest::RefreshToken { token, audience, scope } => {
            refresh(hub, &client, PresentedRefreshToken { token, scope, audience, details, key }, origin)
                .await
        }
        TokenRequest::ClientCredentials { audience, scope } => {
            let (audience, scope) = (audience.as_deref(), scope.as_deref());
            issue_for_client(hub, &client, audience, scope, details, key.as_deref(), origin).await
        }
        TokenRequest::TokenExchange(presented) => {
            exchange_token(hub, &client, &presented, key.as_deref(), origin).await
        }
        TokenRequest::DeviceCode { device_code } => {
            redeem_device_code(hub, &client, &device_code, key, origin).await
        }
    }
}
