//! A client proves who it is (RFC 6749 §2.3, OpenID Connect Core §9), at each endpoint by the method registered
//! for it.

use std::sync::Arc;

use crate::crypto::digest;
use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::client::{Client, ClientAuthMethod, ClientSettings};
use crate::domain::limits;
use crate::flows::guesses::{Guess, Guessed, TooManyGuesses};
use crate::flows::hub::Hub;
use crate::protocol::client_authentication::PresentedCredentials;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;

use super::TokenError;
use super::verify_assertion::verify_assertion;

/// Compared with when the client is unknown, so that both cases do the same work.
const NOBODYS_HASH: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Where a client authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthenticatedEndpoint {
    Token,
    /// RFC 7662.
    Introspection,
    /// RFC 7009.
    Revocation,
    /// RFC 9126.
    PushedRequest,
    /// RFC 8628.
    DeviceAuthorization,
}

impl AuthenticatedEndpoint {
    /// The method the application registered for this endpoint.
    fn method(self, settings: &ClientSettings) -> ClientAuthMethod {
        let own = match self {
            Self::Introspection => settings.introspection_endpoint_auth_method,
            Self::Revocation => settings.revocation_endpoint_auth_method,
            Self::Token | Self::PushedRequest | Self::DeviceAuthorization => None,
        };
        own.unwrap_or(settings.token_endpoint_auth_method)
    }

    /// Addresses that an assertion for this endpoint may name as its audience, beside the issuer: the token
    /// endpoint everywhere (OpenID Connect Core §9), and the one it is for (RFC 9126 §2).
    pub(super) fn audiences(self, hub: &Hub) -> Vec<String> {
        let mut audiences = vec![hub.issuer.join("oauth/token")];
        match self {
            Self::Token => {}
            Self::Introspection => audiences.push(hub.issuer.join("oauth/introspect")),
            Self::Revocation => audiences.push(hub.issuer.join("oauth/revoke")),
            Self::PushedRequest => audiences.push(hub.issuer.join("oauth/par")),
            Self::DeviceAuthorization => audiences.push(hub.issuer.join("oauth/device/code")),
        }
        audiences
    }
}

/// The client behind a request, whose parameters are checked first: each at most once, none too long.
///
/// The method is the one registered for `endpoint`. A client registered for `client_secret_post` or
/// `client_secret_basic` may use either: both carry the same secret. A public client sends its `client_id`
/// alone.
///
/// # Errors
/// `invalid_client`, the same for an unknown client and a wrong secret; `invalid_request` for two methods at
/// once.
pub async fn authenticate_client(
    hub: &Hub,
    authorization: Option<&str>,
    body: &Parameters,
    endpoint: AuthenticatedEndpoint,
    origin: &Origin,
) -> Result<Arc<Client>, TokenError> {
    body.check(limits::PARAMETER_BYTES, limits::FORM_BYTES)?;
    match PresentedCredentials::read(authorization, body)? {
        PresentedCredentials::Basic { client_id, secret }
        | PresentedCredentials::Post { client_id, secret } => {
            with_secret(hub, &client_id, &secret, endpoint, origin).await
        }
        PresentedCredentials::Nothing { client_id } => {
            let client = known(hub, &client_id).await?;
            let method = endpoint.method(&client.settings);
            if method == ClientAuthMethod::None { Ok(client) } else { Err(other_method(&client, method)) }
        }
        PresentedCredentials::Assertion { client_id, assertion } => {
            verify_assertion(hub, client_id.as_deref(), &assertion, endpoint, origin).await
        }
    }
}

async fn with_secret(
    hub: &Hub,
    client_id: &str,
    secret: &str,
    endpoint: AuthenticatedEndpoint,
    origin: &Origin,
) -> Result<Arc<Client>, TokenError> {
    let client = hub.directory.client(client_id).await?;
    let guess = guess(hub, client.as_deref(), origin)?;
    let now = hub.clock.now();
    let hash = digest::sha256_base64url(secret);
    let is_it = |stored: &str| digest::secrets_match(hash.as_bytes(), stored.as_bytes());
    let is_proven = match &client {
        // Every secret is compared, whichever is the right one.
        Some(client) => client.live_secrets(now).fold(false, |found, known| found | is_it(&known.hash)),
        None => is_it(NOBODYS_HASH),
    };
    if is_proven {
        guess.was_right();
    }
    let client = client.ok_or_else(|| refused(format!("there is no application {}", shown(client_id))))?;
    match endpoint.method(&client.settings) {
        ClientAuthMethod::ClientSecretPost | ClientAuthMethod::ClientSecretBasic if is_proven => Ok(client),
        ClientAuthMethod::ClientSecretPost | ClientAuthMethod::ClientSecretBasic => {
            Err(refused(format!("the secret of application {} is wrong", client.client_id)))
        }
        other @ (ClientAuthMethod::ClientSecretJwt
        | ClientAuthMethod::PrivateKeyJwt
        | ClientAuthMethod::None) => Err(other_method(&client, other)),
    }
}

/// One more guess at what `client` proves itself with: right or wrong, at whichever endpoint, by this alone.
pub(in crate::flows) fn guess<'a>(
    hub: &'a Hub,
    client: Option<&Client>,
    origin: &Origin,
) -> Result<Guess<'a>, TooManyGuesses> {
    let guess = match client {
        Some(client) => hub.guesses.admit_at(Guessed::ClientSecret, origin, &client.client_id, None),
        None => hub.guesses.admit(Guessed::ClientSecret, origin),
    };
    guess.inspect_err(|too_many| {
        let (now, suffix) = (hub.clock.now(), hub.random.alphanumeric(12));
        let words = format!("proofs of an application: {too_many}");
        let mut entry = LogEntry::new(now, &suffix, LogType::TooManyAttempts, words, origin);
        entry.name(&client);
        hub.journal.note(entry);
    })
}

/// The application, or the refusal of an unknown one.
pub(super) async fn known(hub: &Hub, client_id: &str) -> Result<Arc<Client>, TokenError> {
    let client = hub.directory.client(client_id).await?;
    client.ok_or_else(|| refused(format!("there is no application {}", shown(client_id))))
}

/// The method of this endpoint, if it is one of assertions.
pub(super) fn assertion_method(
    client: &Client,
    endpoint: AuthenticatedEndpoint,
) -> Result<ClientAuthMethod, TokenError> {
    match endpoint.method(&client.settings) {
        method @ (ClientAuthMethod::ClientSecretJwt | ClientAuthMethod::PrivateKeyJwt) => Ok(method),
        method @ (ClientAuthMethod::ClientSecretPost
        | ClientAuthMethod::ClientSecretBasic
        | ClientAuthMethod::None) => Err(other_method(client, method)),
    }
}

fn other_method(client: &Client, registered: ClientAuthMethod) -> TokenError {
    refused(format!("application {} is registered for {}", client.client_id, registered.name()))
}

/// The one answer to everybody who has not proven who they are; `reason` is for the log.
pub(super) fn refused(reason: impl std::fmt::Display) -> TokenError {
    let told = "unknown client, or the wrong secret or authentication method";
    TokenError::Refused(OAuthError::new(ErrorCode::InvalidClient, told).because(reason))
}

/// The sender's text, short and printable.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(limits::CLIENT_ID_CHARACTERS).filter(char::is_ascii_graphic).collect()
}
