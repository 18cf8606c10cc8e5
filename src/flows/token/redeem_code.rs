//! `grant_type=authorization_code` (RFC 6749 §4.1.3): a code is taken once, by its own client, with its
//! own redirect URI and PKCE verifier.

use std::sync::Arc;

use crate::crypto::digest;
use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::connection::Connection;
use crate::domain::grant::{Grant, TakenCode};
use crate::domain::limits;
use crate::domain::policy;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::flows::directory::Connections;
use crate::flows::hub::Hub;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::tokens::{
    ACCESS_TOKEN_TYPE, AccessTokenClaims, ID_TOKEN_TYPE, IdTokenClaims, SignInFacts, released_claims,
};
use crate::protocol::{pkce, scope};
use crate::store::{StoreError, Tx};

use super::TokenError;
use super::token_endpoint::{TokenResponse, name_client};

/// What the client brings.
pub(super) struct PresentedCode {
    pub code: String,
    pub redirect_uri: Option<String>,
    pub code_verifier: Option<String>,
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
    name_client(&mut log, client);
    let code_hash = digest::sha256_base64url(&presented.code);
    let connections = hub.directory.connections();
    let exchange = Exchange { code_hash, presented, client: Arc::clone(client), connections, log, now };
    let redeemed = hub.store.write(move |tx| exchange.take(tx)).await??;
    tokens(hub, client, &redeemed, now)
}

/// Everything the transaction needs, so that it can be repeated.
struct Exchange {
    code_hash: String,
    presented: PresentedCode,
    client: Arc<Client>,
    connections: Connections,
    log: LogEntry,
    now: Timestamp,
}

/// A code that was good, and who stands behind it.
struct Redeemed {
    grant: Grant,
    user: User,
    connection: Arc<Connection>,
}

impl Exchange {
    /// Takes the code. A refusal is kept as well: the code is used up, whoever presented it.
    fn take(&self, tx: &mut Tx<'_>) -> Result<Result<Redeemed, TokenError>, StoreError> {
        let grant = match tx.take_code(&self.code_hash, &self.client.client_id, self.now)? {
            TakenCode::Fresh(grant) => grant,
            TakenCode::Replayed(_) => {
                return Ok(Err(refused("the code has been used before; the tokens it gave are revoked")));
            }
            TakenCode::Unknown => {
                return Ok(Err(refused("the code is unknown, or belongs to another client")));
            }
        };
        let signed_in = tx.find_session_with_user(&grant.session_id)?;
        let connection = self.connections.find(tx, &grant.connection_id)?;
        let (user, connection) = match check_presented(&grant, &self.presented, self.now)
            .and_then(|()| self.check_standing(&grant, signed_in, connection))
        {
            Ok(standing) => standing,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut log = self.log.clone();
        log.user_id = Some(grant.user_id.clone());
        log.user_name = Some(user.display_name().to_owned());
        log.connection_id = Some(grant.connection_id.clone());
        log.connection = Some(connection.name.clone());
        tx.add_log_entries(&[log])?;
        Ok(Ok(Redeemed { grant: *grant, user, connection }))
    }

    /// Whether the person is still signed in and may still be, as things stand now.
    fn check_standing(
        &self,
        grant: &Grant,
        signed_in: Option<(Session, User)>,
        connection: Option<Arc<Connection>>,
    ) -> Result<(User, Arc<Connection>), TokenError> {
        let (_, user) = signed_in
            .filter(|(session, _)| session.is_alive(self.now) && session.user_id == grant.user_id)
            .ok_or_else(|| refused("the session has ended"))?;
        let standing = policy::may_sign_in(&user, connection.as_deref(), &self.client);
        match (standing, connection) {
            (Ok(()), Some(connection)) => Ok((user, connection)),
            (Ok(()), None) => Err(refused("the connection no longer exists")),
            (Err(refusal), _) => Err(OAuthError::new(ErrorCode::InvalidGrant, refusal.to_string()).into()),
        }
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
    Ok(())
}

fn refused(text: &'static str) -> TokenError {
    TokenError::Refused(OAuthError::new(ErrorCode::InvalidGrant, text))
}

fn tokens(
    hub: &Hub,
    client: &Client,
    redeemed: &Redeemed,
    now: Timestamp,
) -> Result<TokenResponse, TokenError> {
    let Redeemed { grant, user, connection } = redeemed;
    let issuer = hub.issuer.as_str();
    let facts = SignInFacts {
        subject: &user.user_id,
        client_id: &client.client_id,
        session_id: &grant.session_id,
        connection: &connection.name,
        auth_time: grant.auth_time.seconds(),
        acr: grant.acr.as_deref(),
        amr: &grant.amr,
        nonce: grant.nonce.as_deref(),
        scope: &grant.scope,
    };
    // A grant lives as long as a UserInfo token may; an application can only ask for less.
    let lifetime = client
        .settings
        .access_token_ttl
        .unwrap_or(limits::USERINFO_TOKEN_LIFETIME_SECONDS)
        .min(limits::USERINFO_TOKEN_LIFETIME_SECONDS);
    let access = AccessTokenClaims {
        iss: issuer.to_owned(),
        sub: user.user_id.clone(),
        aud: hub.userinfo_audience(),
        client_id: client.client_id.clone(),
        exp: now.seconds().saturating_add(lifetime),
        iat: now.seconds(),
        jti: hub.random.token(),
        scope: grant.scope.clone(),
        grant_id: Some(grant.id.clone()),
        sid: Some(grant.session_id.clone()),
        auth_time: Some(facts.auth_time),
        acr: grant.acr.clone(),
        amr: grant.amr.clone(),
        gty: None,
    };
    let keys = hub.keys.current();
    let algorithm = client.settings.id_token_signed_response_alg;
    let access_token = keys.sign(crate::crypto::jws::Algorithm::RS256, ACCESS_TOKEN_TYPE, &access)?;
    let id_token = if scope::contains(&grant.scope, "openid") {
        let released = released_claims(&user.profile, &grant.scope, &client.settings.profile_claims);
        let at_hash = algorithm.left_half_hash(&access_token);
        let claims = IdTokenClaims::new(
            issuer,
            &facts,
            now.seconds(),
            client.settings.jwt_configuration.lifetime_in_seconds,
            Some(at_hash),
            released,
        );
        Some(keys.sign(algorithm, ID_TOKEN_TYPE, &claims)?)
    } else {
        None
    };
    Ok(TokenResponse {
        access_token,
        token_type: "Bearer",
        expires_in: lifetime,
        id_token,
        scope: grant.scope.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    fn grant() -> Grant {
        Grant {
            id: "g".into(),
            code_hash: "h".into(),
            client_id: "app".into(),
            user_id: "oidc|acme|1".into(),
            session_id: "s".into(),
            connection_id: "con_1".into(),
            redirect_uri: "https://app.example/cb".into(),
            scope: "openid".into(),
            audience: None,
            nonce: None,
            code_challenge: Some(CHALLENGE.into()),
            auth_time: NOW,
            acr: None,
            amr: Vec::new(),
            created_at: NOW,
            code_expires_at: NOW.plus_seconds(60),
            code_used_at: Some(NOW),
            revoked_at: None,
            expires_at: NOW.plus_seconds(100),
        }
    }

    /// Incident: a check that only refused when two things were wrong at once (CVE-2026-28513).
    #[test]
    fn any_single_wrong_thing_refuses_a_code() {
        for wrong in 0..16_u8 {
            let mut grant = grant();
            let mut presented = PresentedCode {
                code: "c".into(),
                redirect_uri: Some(grant.redirect_uri.clone()),
                code_verifier: Some(VERIFIER.into()),
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
            assert_eq!(check_presented(&grant, &presented, now).is_ok(), wrong == 0, "{wrong:04b}");
        }
    }
}
