//! Revocation (RFC 7009): an application gives back a token of its own.
//!
//! Revoking a refresh token, or an access token of the application's own grant, ends the grant: every token of it is
//! dead. An access token without such a grant (`client_credentials`, or exchanged from another application's) ends
//! alone.

use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::one_time::OneTime;
use crate::domain::refresh_token::RefreshTokenText;
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;
use crate::store::{StoreError, Tx};

use super::TokenError;
use super::access_token::read_access_token;
use super::authenticate_client::{AuthenticatedEndpoint, authenticate_client};

/// Revokes the `token` of `body`. One that is unknown, or dead already, is a success (RFC 7009 §2.2); the
/// `token_type_hint` is not needed to tell tokens apart.
///
/// # Errors
/// `invalid_client`, `invalid_request`; `invalid_grant` for a token of another application, which stays as it is.
pub async fn revoke(
    hub: &Hub,
    authorization: Option<&str>,
    body: &Parameters,
    origin: &Origin,
) -> Result<(), TokenError> {
    let mut client = None;
    let outcome = revoke_as(hub, authorization, body, origin, &mut client).await;
    if let Err(TokenError::Refused(error)) = &outcome {
        let suffix = hub.random.alphanumeric(12);
        let log_type = LogType::RevocationFailed;
        let mut entry = LogEntry::new(hub.clock.now(), &suffix, log_type, error.to_string(), origin);
        if let Some(client) = &client {
            entry.name(client);
        }
        hub.journal.note(entry);
    }
    outcome
}

async fn revoke_as(
    hub: &Hub,
    authorization: Option<&str>,
    body: &Parameters,
    origin: &Origin,
    proven: &mut Option<std::sync::Arc<Client>>,
) -> Result<(), TokenError> {
    let client =
        authenticate_client(hub, authorization, body, AuthenticatedEndpoint::Revocation, origin).await?;
    *proven = Some(std::sync::Arc::clone(&client));
    let missing = || OAuthError::new(ErrorCode::InvalidRequest, "token is missing");
    let token = body.single("token").ok_or_else(missing)?;
    let Some(target) = target(hub, token) else { return Ok(()) };
    let now = hub.clock.now();
    let suffix = hub.random.alphanumeric(12);
    let mut entry = LogEntry::new(now, &suffix, LogType::RefreshTokenRevoked, "revoked a token", origin);
    entry.name(&client);
    let client_id = client.client_id.clone();
    let logged = hub.store.write(move |tx| end(tx, &target, &client_id, &entry, now)).await??;
    if let Some(entry) = logged {
        journal::trace(&entry);
    }
    Ok(())
}

/// What a token gives hold of.
enum Target {
    Family { family_hash: String },
    Grant { grant_id: String, client_id: String, alone: Alone },
    AccessToken { client_id: String, alone: Alone },
}

/// An access token by itself.
#[derive(Clone)]
struct Alone {
    jti: String,
    expires_at: Timestamp,
}

fn target(hub: &Hub, token: &str) -> Option<Target> {
    if let Some(text) = RefreshTokenText::read(token) {
        return Some(Target::Family { family_hash: text.family_hash() });
    }
    let claims = read_access_token(hub, token)?;
    let client_id = claims.client_id.clone();
    let alone = Alone { jti: claims.jti.clone(), expires_at: Timestamp::from_seconds(claims.exp) };
    Some(match claims.grant_id.clone() {
        Some(grant_id) => Target::Grant { grant_id, client_id, alone },
        None => Target::AccessToken { client_id, alone },
    })
}

/// Ends what the token stands for, if it is the caller's; the entry that says so, if anything ended.
fn end(
    tx: &mut Tx<'_>,
    target: &Target,
    client_id: &str,
    entry: &LogEntry,
    now: Timestamp,
) -> Result<Result<Option<LogEntry>, TokenError>, StoreError> {
    let (grant_id, owner, alone) = match target {
        // Whatever its generation: whoever holds one token of a family may end it.
        Target::Family { family_hash } => match tx.refresh_tokens_of(family_hash)?.into_iter().next() {
            Some(token) => (Some(token.grant_id), token.client_id, None),
            None => return Ok(Ok(None)),
        },
        Target::Grant { grant_id, client_id, alone } => {
            (Some(grant_id.clone()), client_id.clone(), Some(alone))
        }
        Target::AccessToken { client_id, alone } => (None, client_id.clone(), Some(alone)),
    };
    if owner != client_id {
        return Ok(Err(OAuthError::new(
            ErrorCode::InvalidGrant,
            "the token was issued to another application; nothing was revoked",
        )
        .into()));
    }
    let mut entry = entry.clone();
    let person = match &grant_id {
        Some(grant_id) => tx.find_grant_with_person(grant_id)?,
        None => None,
    };
    if let Some((grant, user, _)) = &person {
        entry.name(grant);
        entry.name(user);
    }
    let has_ended = match (person, alone) {
        (Some((grant, ..)), _) if grant.client_id == client_id => tx.revoke_grant(&grant.id, now)?,
        (_, Some(alone)) if alone.expires_at > now => {
            tx.use_once(OneTime::AccessToken, &alone.jti, alone.expires_at)?
        }
        (_, _) => false,
    };
    if !has_ended {
        return Ok(Ok(None));
    }
    tx.add_log_entries(std::slice::from_ref(&entry))?;
    Ok(Ok(Some(entry)))
}
