//! `grant_type=refresh_token` (RFC 6749 §6, OpenID Connect Core §12, RFC 9700 §4.14).

use std::sync::Arc;

use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::refresh_token::{RefreshTokenText, Worth};
use crate::flows::directory::{Apis, Connections};
use crate::flows::hub::Hub;
use crate::protocol::authorization_details::{AuthorizationDetails, narrowed};
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::scope;
use crate::store::{StoreError, Tx};

use super::TokenError;
use super::bind_key::{bind_key, check_key};
use super::refresh_family::{Continued, continue_family};
use super::standing::{Found, Standing, is_administrator, refusal};
use super::token_endpoint::{TokenResponse, name_person};

/// What the client brings.
pub(super) struct PresentedRefreshToken {
    pub token: String,
    /// Fewer scopes than were granted, for this access token alone.
    pub scope: Option<String>,
    pub audience: Option<String>,
    /// Fewer `authorization_details` than were granted, for this access token alone.
    pub details: Option<AuthorizationDetails>,
    /// Thumbprint of the key that its DPoP proof shows.
    pub key: Option<String>,
}

/// Exchanges a refresh token for fresh tokens.
pub(super) async fn refresh(
    hub: &Hub,
    client: &Arc<Client>,
    presented: PresentedRefreshToken,
    origin: &Origin,
) -> Result<TokenResponse, TokenError> {
    let now = hub.clock.now();
    let text = RefreshTokenText::read(&presented.token).ok_or_else(unknown)?;
    let next = text.next(&hub.random.token());
    let entry = |log_type, words: &str| {
        let mut entry = LogEntry::new(now, &hub.random.alphanumeric(12), log_type, words, origin);
        entry.name(client);
        entry
    };
    let attempt = Attempt {
        text,
        next: next.clone(),
        presented,
        client: Arc::clone(client),
        connections: hub.directory.connections(),
        apis: hub.directory.apis(),
        succeeded: entry(LogType::RefreshSucceeded, "exchanged a refresh token for tokens"),
        reused: entry(
            LogType::RefreshTokenReused,
            "a refresh token came a second time; its family is revoked",
        ),
        now,
    };
    let refreshed = hub.store.write(move |tx| attempt.take(tx)).await??;
    let refresh_token = match refreshed.continued {
        Continued::NextToken => Some(next.reveal().to_owned()),
        Continued::SameToken => None,
    };
    // No nonce: OpenID Connect Core §12.2.
    TokenResponse::of_person(hub, &refreshed.standing, &refreshed.granted, None, refresh_token, now).await
}

/// Everything the transaction needs, so that it can be repeated.
struct Attempt {
    text: RefreshTokenText,
    next: RefreshTokenText,
    presented: PresentedRefreshToken,
    client: Arc<Client>,
    connections: Connections,
    apis: Apis,
    succeeded: LogEntry,
    reused: LogEntry,
    now: Timestamp,
}

struct Refreshed {
    standing: Standing,
    /// The scopes of this access token.
    granted: String,
    continued: Continued,
}

impl Attempt {
    /// Looks at everything first and takes the token last: a refusal costs the client nothing but a second use of a
    /// token, which ends the family. That is kept, whoever presented it.
    fn take(&self, tx: &mut Tx<'_>) -> Result<Result<Refreshed, TokenError>, StoreError> {
        let (family_hash, token_hash) = (self.text.family_hash(), self.text.token_hash());
        let Some(found) = tx.find_refresh_token(&family_hash, &token_hash)? else {
            return self.refuse_forgotten(tx, &family_hash);
        };
        if found.token.client_id != self.client.client_id {
            return Ok(Err(unknown()));
        }
        let newest_rotated = match found.token.rotated_at {
            None => None,
            Some(_) => newest_rotated(tx, &family_hash)?,
        };
        let leeway = self.client.settings.refresh_token.leeway;
        match found.token.worth(newest_rotated, leeway, self.now) {
            Worth::Good => {}
            Worth::Expired => return Ok(Err(refused("the refresh token has expired"))),
            Worth::Reused => return self.revoke_family(tx, &found.grant.id),
        }
        let token = found.token;
        let connection = self.connections.find(tx, &found.grant.connection_id)?;
        let access = self.apis.access_of_person(tx, &self.client, found.grant.audience.as_deref())?;
        let is_administrator = is_administrator(tx, access.as_ref(), &found.grant.user_id)?;
        let session = found.session.as_ref();
        let behind = Found { user: found.user, session, connection, access, is_administrator };
        let mut standing = match Standing::of(found.grant, behind, &self.client, self.now) {
            Ok(standing) => standing,
            Err(reason) => return Ok(Err(refusal(ErrorCode::InvalidGrant, reason))),
        };
        if let Err(refusal) = check_key(standing.grant(), self.presented.key.as_deref()) {
            return Ok(Err(refusal));
        }
        let granted = match check_presented(&standing, &self.presented) {
            Ok(granted) => granted,
            Err(refusal) => return Ok(Err(refusal)),
        };
        match narrowed(standing.details_still_open(), self.presented.details.as_ref()) {
            Ok(details) => standing.narrow_details(details),
            Err(error) => return Ok(Err(error.into())),
        }
        let Some(continued) = continue_family(tx, &mut standing, &token, &self.next, self.now)? else {
            // Somebody was faster: now the token is found used.
            return self.take(tx);
        };
        bind_key(tx, &mut standing, self.presented.key.as_deref())?;
        let mut log = self.succeeded.clone();
        name_person(&mut log, &standing);
        tx.add_log_entries(&[log])?;
        Ok(Ok(Refreshed { standing, granted, continued }))
    }

    /// A token that is not stored: one that was exchanged so long ago that it is forgotten still names its family.
    fn refuse_forgotten(
        &self,
        tx: &mut Tx<'_>,
        family_hash: &str,
    ) -> Result<Result<Refreshed, TokenError>, StoreError> {
        let family = tx.refresh_tokens_of(family_hash)?;
        match family.first().filter(|token| token.client_id == self.client.client_id) {
            Some(token) => self.revoke_family(tx, &token.grant_id),
            None => Ok(Err(unknown())),
        }
    }

    fn revoke_family(
        &self,
        tx: &mut Tx<'_>,
        grant_id: &str,
    ) -> Result<Result<Refreshed, TokenError>, StoreError> {
        let text = "the refresh token has been used before; its whole family is revoked";
        if !tx.revoke_grant(grant_id, self.now)? {
            return Ok(Err(refused(text)));
        }
        let mut log = self.reused.clone();
        if let Some((grant, user, _)) = tx.find_grant_with_person(grant_id)? {
            log.name(&grant);
            log.name(&user);
        }
        tx.add_log_entries(&[log])?;
        Ok(Err(TokenError::Logged(OAuthError::new(ErrorCode::InvalidGrant, text))))
    }
}

/// The newest generation of a family that was exchanged.
fn newest_rotated(tx: &mut Tx<'_>, family_hash: &str) -> Result<Option<i64>, StoreError> {
    let family = tx.refresh_tokens_of(family_hash)?;
    Ok(family.iter().filter(|token| token.rotated_at.is_some()).map(|token| token.generation).max())
}

/// What the client asks for beside the token; the scopes it gets.
fn check_presented(standing: &Standing, presented: &PresentedRefreshToken) -> Result<String, TokenError> {
    let grant = standing.grant();
    if presented.audience.is_some() && presented.audience != grant.audience {
        return Err(
            OAuthError::new(ErrorCode::InvalidTarget, "audience is not the one that was granted").into()
        );
    }
    let Some(asked) = &presented.scope else { return Ok(grant.scope.clone()) };
    scope::narrowed(&grant.scope, asked).ok_or_else(|| {
        OAuthError::new(ErrorCode::InvalidScope, "scope asks for more than was granted").into()
    })
}

fn unknown() -> TokenError {
    refused("the refresh token is unknown, or belongs to another client")
}

fn refused(text: &'static str) -> TokenError {
    TokenError::Refused(OAuthError::new(ErrorCode::InvalidGrant, text))
}
