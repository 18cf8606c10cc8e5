//! The application gets its authorization code.

use crate::crypto::digest;
use crate::domain::audit::LogType;
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::consent::Consent;
use crate::domain::grant::Grant;
use crate::domain::limits;
use crate::domain::login::Login;
use crate::domain::secret::Secret;
use crate::domain::session::Session;
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::protocol::authorization_response::AuthorizationResponse;
use crate::protocol::scope;
use crate::store::StoreError;

use super::browser::{Browser, Outcome};
use super::continue_login::SignedIn;
use super::{LoginError, record};

/// A code drawn before the transaction that stores its hash.
pub(super) struct CodeToIssue {
    pub code: Secret,
    grant_id: String,
}

pub(super) fn draw_code(hub: &Hub) -> CodeToIssue {
    CodeToIssue { code: Secret::new(hub.random.token()), grant_id: hub.random.token() }
}

impl CodeToIssue {
    /// The grant behind this code.
    pub(super) fn grant(&self, login: &Login, session: &Session, now: Timestamp) -> Grant {
        let request = &login.request;
        Grant {
            id: self.grant_id.clone(),
            code_hash: digest::sha256_base64url(self.code.reveal()),
            client_id: request.client_id.clone(),
            user_id: session.user_id.clone(),
            session_id: session.id.clone(),
            connection_id: session.connection_id.clone(),
            redirect_uri: request.redirect_uri.clone(),
            scope: request.scope.clone(),
            audience: None,
            nonce: request.nonce.clone(),
            code_challenge: request.code_challenge.clone(),
            auth_time: session.auth_time,
            acr: session.acr.clone(),
            amr: session.amr.clone(),
            created_at: now,
            code_expires_at: now.plus_seconds(limits::CODE_LIFETIME_SECONDS),
            code_used_at: None,
            revoked_at: None,
            expires_at: now
                .plus_seconds(limits::CODE_LIFETIME_SECONDS + limits::USERINFO_TOKEN_LIFETIME_SECONDS),
            is_offline: scope::contains(&request.scope, "offline_access"),
            claims: None,
            authorization_details: None,
            dpop_jkt: None,
            refresh_family_hash: None,
        }
    }
}

/// Issues a code to somebody who was signed in already.
pub(super) async fn issue_code(
    hub: &Hub,
    login: Login,
    client: &Client,
    signed_in: SignedIn,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let now = hub.clock.now();
    let drawn = draw_code(hub);
    let grant = drawn.grant(&login, &signed_in.session, now);
    let log_type =
        if login.request.prompt.none { LogType::SilentLoginSucceeded } else { LogType::LoginSucceeded };
    let entry = record::failure(hub, browser, log_type, now, "signed in by an earlier session");
    let entry = record::with_parties(entry, client, signed_in.connection.as_deref(), Some(&signed_in.user));
    journal::trace(&entry);
    let session = signed_in.session;
    // A page was shown on the way: its form must not give a second code when it is sent twice.
    let used_once = browser
        .logins
        .iter()
        .any(|sealed| sealed.id == login.id)
        .then(|| (format!("{}:code", login.id), login.expires_at()));
    let consent = login.is_consent_given.then(|| Consent {
        id: format!("gnt_{}", hub.random.alphanumeric(limits::CONSENT_ID_CHARACTERS)),
        user_id: grant.user_id.clone(),
        client_id: grant.client_id.clone(),
        audience: grant.audience.clone(),
        scope: grant.scope.clone(),
        created_at: now,
        updated_at: now,
    });
    let is_recorded = hub
        .store
        .write(move |tx| {
            if let Some((id, expires_at)) = &used_once
                && !tx.finish_login(id, *expires_at)?
            {
                return Ok::<_, StoreError>(false);
            }
            if let Some(consent) = &consent {
                tx.save_consent(consent)?;
            }
            if session.wants_touch(now) {
                tx.touch_session(&session.id, now)?;
            }
            tx.add_grant(&grant)?;
            tx.add_log_entries(std::slice::from_ref(&entry))?;
            Ok(true)
        })
        .await?;
    if !is_recorded {
        return Err(LoginError::AlreadyUsed);
    }
    hub.metrics.login(signed_in.connection.as_ref().map_or("none", |connection| &connection.name), "session");
    let to = login.return_address();
    let response = AuthorizationResponse::code(&to, drawn.code.reveal().to_owned(), hub.issuer.as_str());
    Ok(Outcome::answer(&login, response))
}
