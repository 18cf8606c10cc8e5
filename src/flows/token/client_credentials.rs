//! `grant_type=client_credentials` (RFC 6749 §4.4): an application acts for itself, at an API it was granted.

use std::collections::BTreeSet;

use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::client::Client;
use crate::domain::client_grant::TokenOf;
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::flows::requested_api::allowed_details;
use crate::protocol::authorization_details::AuthorizationDetails;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::scope;
use crate::protocol::tokens::{ACCESS_TOKEN_TYPE, AccessTokenClaims, Confirmation};

use super::TokenError;
use super::token_endpoint::{TokenResponse, token_type};

/// Issues an access token for the API `audience`: the scopes of the application's client grant that it asks for, or
/// all of them if it names none; and `details`, in the API's own words (RFC 9396).
pub(super) async fn issue_for_client(
    hub: &Hub,
    client: &Client,
    audience: Option<&str>,
    asked: Option<&str>,
    details: Option<AuthorizationDetails>,
    key: Option<&str>,
    origin: &Origin,
) -> Result<TokenResponse, TokenError> {
    let refused = |code, text: String| TokenError::Refused(OAuthError::new(code, text));
    let audience = audience.ok_or_else(|| {
        let ours = hub.management_audience();
        refused(
            ErrorCode::InvalidRequest,
            format!("audience is missing: name an API; the Management API's is {ours}"),
        )
    })?;
    let access = hub.directory.api_access(client, audience, TokenOf::Application).await?;
    let Some(access) = access else {
        return Err(match hub.directory.api(audience).await? {
            Some(api) => refused(
                ErrorCode::AccessDenied,
                format!("this application has no client grant for the API {}", api.settings.name),
            ),
            None => refused(ErrorCode::InvalidTarget, "no API has this audience".into()),
        });
    };
    let details = details.map(|details| allowed_details(client, Some(&access), details)).transpose()?;
    let api = access.api;
    let granted = granted(&access.scopes, asked)?;
    let now = hub.clock.now();
    let most = api.settings.token_lifetime;
    let lifetime = client.settings.access_token_ttl.map_or(most, |seconds| seconds.min(most));
    let claims = AccessTokenClaims {
        iss: hub.issuer.as_str().to_owned(),
        sub: format!("{}@clients", client.client_id),
        aud: api.identifier.clone().into(),
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
        authorization_details: details.clone(),
        act: None,
        cnf: Confirmation::of(key),
        gty: Some("client-credentials".into()),
    };
    let access_token = hub.keys.current().sign(api.settings.signing_alg, ACCESS_TOKEN_TYPE, &claims)?;
    let suffix = hub.random.alphanumeric(12);
    let text = format!("issued an access token for the API {}", api.settings.name);
    let mut log = LogEntry::new(now, &suffix, LogType::ClientCredentialsSucceeded, text, origin);
    log.name(client);
    log.details.insert("audience".into(), api.identifier.clone().into());
    journal::trace(&log);
    hub.store.write(move |tx| tx.add_log_entries(std::slice::from_ref(&log))).await?;
    Ok(TokenResponse {
        access_token,
        token_type: token_type(key),
        issued_token_type: None,
        expires_in: lifetime,
        id_token: None,
        refresh_token: None,
        scope: granted,
        authorization_details: details,
    })
}

/// The scopes among `open` that were asked for, or all of them; others are dropped without a word (RFC 6749 §3.3).
fn granted(open: &BTreeSet<String>, asked: Option<&str>) -> Result<String, OAuthError> {
    let granted: Vec<&str> = open
        .iter()
        .map(String::as_str)
        .filter(|one| asked.is_none_or(|asked| scope::contains(asked, one)))
        .collect();
    if granted.is_empty() && asked.is_some() {
        return Err(OAuthError::new(
            ErrorCode::InvalidScope,
            "none of these scopes is granted to this application at this API",
        ));
    }
    Ok(granted.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_gets_what_it_asks_for_among_what_it_may_have() {
        let open = BTreeSet::from(["read".to_owned(), "write".to_owned()]);
        assert_eq!(granted(&open, None).unwrap(), "read write");
        assert_eq!(granted(&open, Some("write delete")).unwrap(), "write");
        assert_eq!(granted(&open, Some("delete")).unwrap_err().code, ErrorCode::InvalidScope);
        assert_eq!(granted(&BTreeSet::new(), None).unwrap(), "");
    }
}
