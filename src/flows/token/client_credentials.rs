//! `grant_type=client_credentials` (RFC 6749 §4.4): an application acts for itself.

use crate::crypto::jws::Algorithm;
use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::client::Client;
use crate::domain::limits;
use crate::domain::management_scope;
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::scope;
use crate::protocol::tokens::{ACCESS_TOKEN_TYPE, AccessTokenClaims};

use super::TokenError;
use super::token_endpoint::{TokenResponse, name_client};

/// Issues an access token for the Management API to the application made for it.
pub(super) async fn issue_for_client(
    hub: &Hub,
    client: &Client,
    audience: Option<&str>,
    asked: Option<&str>,
    origin: &Origin,
) -> Result<TokenResponse, TokenError> {
    let ours = hub.management_audience();
    match audience {
        None => {
            return Err(OAuthError::new(
                ErrorCode::InvalidRequest,
                format!("audience is missing; the Management API's is {ours}"),
            )
            .into());
        }
        Some(audience) if audience != ours => {
            return Err(OAuthError::new(ErrorCode::InvalidTarget, "no API has this audience").into());
        }
        Some(_) if !client.is_management => {
            return Err(OAuthError::new(
                ErrorCode::AccessDenied,
                "this application has no access to the Management API",
            )
            .into());
        }
        Some(_) => {}
    }
    let granted: Vec<&str> = management_scope::ALL
        .iter()
        .copied()
        .filter(|one| asked.is_none_or(|asked| scope::contains(asked, one)))
        .collect();
    if granted.is_empty() {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "none of these scopes exists here").into());
    }
    let granted = granted.join(" ");
    let now = hub.clock.now();
    let lifetime = limits::MANAGEMENT_TOKEN_LIFETIME_SECONDS;
    let claims = AccessTokenClaims {
        iss: hub.issuer.as_str().to_owned(),
        sub: format!("{}@clients", client.client_id),
        aud: ours.into(),
        client_id: client.client_id.clone(),
        exp: now.seconds().saturating_add(lifetime),
        iat: now.seconds(),
        jti: hub.random.token(),
        scope: granted.clone(),
        grant_id: None,
        sid: None,
        auth_time: None,
        acr: None,
        amr: Vec::new(),
        gty: Some("client-credentials".into()),
    };
    let access_token = hub.keys.current().sign(Algorithm::RS256, ACCESS_TOKEN_TYPE, &claims)?;
    let suffix = hub.random.alphanumeric(12);
    let mut log = LogEntry::new(
        now,
        &suffix,
        LogType::ClientCredentialsSucceeded,
        "issued an access token for the Management API",
        origin,
    );
    name_client(&mut log, client);
    journal::trace(&log);
    hub.store.write(move |tx| tx.add_log_entries(std::slice::from_ref(&log))).await?;
    Ok(TokenResponse {
        access_token,
        token_type: "Bearer",
        expires_in: lifetime,
        id_token: None,
        scope: granted,
    })
}
