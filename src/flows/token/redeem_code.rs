//! `grant_type=authorization_code` (RFC 6749 §4.1.3): a code is taken once, by its own client, with its
//! own redirect URI and PKCE verifier.

use std::sync::Arc;

use crate::crypto::digest;
use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::grant::{Grant, TakenCode};
use crate::domain::refresh_token::RefreshTokenText;
use crate::flows::directory::{Apis, Connections};
use crate::flows::hub::Hub;
use crate::protocol::authorization_details::{AuthorizationDetails, narrowed};
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::pkce;
use crate::store::{StoreError, Tx};

use super::TokenError;
use super::bind_key::{bind_key, check_key};
use super::refresh_family::{begin_family, draw_first};
use super::standing::{Found, Standing, is_administrator, refusal};
use super::token_endpoint::{TokenResponse, name_person};

/// What the client brings.
pub(super) struct PresentedCode {
    pub code: String,
    pub redirect_uri: Option<String>,
    pub code_verifier: Option<String>,
    /// The API, named again.
    pub audience: Option<String>,
    /// Fewer `authorization_details` than were granted, for this access token alone.
    pub details: Option<AuthorizationDetails>,
    /// Thumbprint of the key that its DPoP proof shows.
    pub key: Option<String>,
}

/// Redeems a code for an ID token and an access token.
pub(super) async fn redeem_code(
    hub: &Hub,
    client: &Arc<Client>,
    presented: PresentedCode,
    origin: &Origin,
) -> Result<TokenResponse, TokenError> {
    let now = hub.clock.now();
    let mut log = LogEntry::new(
        now,
        &hub.random.alphanumeric(12),
        LogType::CodeExchangeSucceeded,
        "exchanged an authorization code for tokens",
        origin,
    );
    log.name(client);
    let code_hash = digest::sha256_base64url(&presented.code);
    let first = draw_first(hub);
    let refresh_token = first.clone();
    let exchange = Exchange {
        code_hash,
        presented,
        client: Arc::clone(client),
        connections: hub.directory.connections(),
        apis: hub.directory.apis(),
        first,
        log,
        now,
    };
    let (standing, has_family) = hub.store.write(move |tx| exchange.take(tx)).await??;
    let refresh_token = has_family.then(|| refresh_token.reveal().to_owned());
    let grant = standing.grant();
    TokenResponse::of_person(hub, &standing, &grant.scope, grant.nonce.as_deref(), refresh_token, now).await
}

/// Everything the transaction needs, so that it can be repeated.
struct Exchange {
    code_hash: String,
    presented: PresentedCode,
    client: Arc<Client>,
    connections: Connections,
    apis: Apis,
    /// The refresh token, if it comes to one.
    first: RefreshTokenText,
    log: LogEntry,
    now: Timestamp,
}

impl Exchange {
    /// Takes the code; says whether there is a refresh token too. A refusal is kept as well: the code is used up, whoever
    /// presented it.
    fn take(&self, tx: &mut Tx<'_>) -> Result<Result<(Standing, bool), TokenError>, StoreError> {
        let grant = match tx.take_code(&self.code_hash, &self.client.client_id, self.now)? {
            TakenCode::Fresh(grant) => grant,
            TakenCode::Replayed(_) => {
                return Ok(Err(refused("the code has been used before; the tokens it gave are revoked")));
            }
            TakenCode::Unknown => {
                return Ok(Err(refused("the code is unknown, or belongs to another client")));
            }
        };
        let found = tx.find_user_and_session(&grant.user_id, &grant.session_id)?;
        let (user, session) = found.map_or((None, None), |(user, session)| (Some(user), session));
        let connection = self.connections.find(tx, &grant.connection_id)?;
        if let Err(refusal) = check_presented(&grant, &self.presented, self.now) {
            return Ok(Err(refusal));
        }
        let access = self.apis.access_of_person(tx, &self.client, grant.audience.as_deref())?;
        let is_administrator = is_administrator(tx, access.as_ref(), &grant.user_id)?;
        let found = Found { user, session: session.as_ref(), connection, access, is_administrator };
        let mut standing = match Standing::of(*grant, found, &self.client, self.now) {
            Ok(standing) => standing,
            Err(reason) => return Ok(Err(refusal(ErrorCode::InvalidGrant, reason))),
        };
        // Granted, then asked for less: the code is used up either way.
        match narrowed(standing.details_still_open(), self.presented.details.as_ref()) {
            Ok(details) => standing.narrow_details(details),
            Err(error) => return Ok(Err(error.into())),
        }
        bind_key(tx, &mut standing, self.presented.key.as_deref())?;
        let has_family = begin_family(tx, &mut standing, &self.first, self.now)?;
        let mut log = self.log.clone();
        name_person(&mut log, &standing);
        tx.add_log_entries(&[log])?;
        Ok(Ok((standing, has_family)))
    }
}

/// Every check of a code; any one that fails refuses it, whatever the others say.
fn check_presented(grant: &Grant, presented: &PresentedCode, now: Timestamp) -> Result<(), TokenError> {
    if grant.revoked_at.is_some() {
        return Err(refused("the code has been revoked"));
    }
    if now >= grant.code_expires_at {
        return Err(refused("the code has expired"));
    }
    if presented.redirect_uri.as_deref() != Some(grant.redirect_uri.as_str()) {
        return Err(refused("redirect_uri is not the one of the authorization request"));
    }
    if !pkce::verifier_answers(grant.code_challenge.as_deref(), presented.code_verifier.as_deref()) {
        return Err(refused("code_verifier does not answer the code_challenge"));
    }
    check_key(grant, presented.key.as_deref())?;
    if presented.audience.is_some() && presented.audience != grant.audience {
        let text = "audience is not the one of the authorization request";
        return Err(OAuthError::new(ErrorCode::InvalidTarget, text).into());
    }
    Ok(())
}

fn refused(text: &'static str) -> TokenError {
    TokenError::Refused(OAuthError::new(ErrorCode::InvalidGrant, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    fn grant() -> Grant {
        Grant { code_challenge: Some(CHALLENGE.into()), ..crate::domain::grant::sample(NOW) }
    }

    /// Incident: a check that only refused when two things were wrong at once (CVE-2026-28513).
    #[test]
    fn any_single_wrong_thing_refuses_a_code() {
        for wrong in 0..32_u8 {
            let mut grant = grant();
            let mut presented = PresentedCode {
                code: "c".into(),
                redirect_uri: Some(grant.redirect_uri.clone()),
                code_verifier: Some(VERIFIER.into()),
                audience: None,
                details: None,
                key: Some("the key".into()),
            };
            let mut now = NOW;
            if wrong & 1 != 0 {
                presented.redirect_uri = Some("https://app.example/other".into());
            }
            if wrong & 2 != 0 {
                presented.code_verifier = None;
            }
            if wrong & 4 != 0 {
                now = NOW.plus_seconds(60);
            }
            if wrong & 8 != 0 {
                grant.revoked_at = Some(NOW);
            }
            if wrong & 16 != 0 {
                presented.audience = Some("urn:another".into());
            }
            if wrong & 16 != 0 {
                grant.dpop_jkt = Some("another key".into());
            }
            assert_eq!(check_presented(&grant, &presented, now).is_ok(), wrong == 0, "{wrong:05b}");
        }
    }
}
