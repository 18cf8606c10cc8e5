//! The application gets what its response type names: a code, an ID token, an access token, or nothing but the
//! word that the person is signed in (OAuth 2.0 Multiple Response Types; OpenID Connect Core §3.2.2.5, §3.3.2.5).

use std::sync::Arc;

use crate::crypto::digest;
use crate::domain::audit::LogType;
use crate::domain::client::Client;
use crate::domain::client_grant::ApiAccess;
use crate::domain::clock::Timestamp;
use crate::domain::connection::Connection;
use crate::domain::consent::Consent;
use crate::domain::device::UserCode;
use crate::domain::grant::Grant;
use crate::domain::limits;
use crate::domain::login::Login;
use crate::domain::secret::Secret;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::flows::token::{
    Channel, Found, IdTokenHashes, Standing, TokenError, sign_access_token, sign_id_token,
};
use crate::protocol::authorization_response::AnswerParameters;
use crate::protocol::scope;
use crate::store::StoreError;

use super::answer::answer;
use super::browser::{Browser, Outcome};
use super::continue_login::SignedIn;
use super::pushed_request;
use super::{LoginError, record};

/// What an answer is made of, drawn before the transaction that stores the grant behind it.
pub(super) struct Drawn {
    /// Never leaves where the response type has no code.
    code: Secret,
    grant_id: String,
}

/// Everybody behind a grant that has just been stored.
pub(super) struct Granted<'a> {
    pub grant: Grant,
    pub session: &'a Session,
    pub user: &'a User,
    pub connection: Option<&'a Arc<Connection>>,
    pub client: &'a Arc<Client>,
}

pub(super) fn draw(hub: &Hub) -> Drawn {
    Drawn { code: Secret::new(hub.random.token()), grant_id: hub.random.token() }
}

impl Drawn {
    /// The grant behind the answer. One without a code holds the hash of a value that nobody is given, and that
    /// has expired.
    pub(super) fn grant(&self, login: &Login, session: &Session, now: Timestamp) -> Grant {
        let request = &login.request;
        let code_seconds = if request.response_type.has_code() { limits::CODE_LIFETIME_SECONDS } else { 0 };
        Grant {
            id: self.grant_id.clone(),
            code_hash: digest::sha256_base64url(self.code.reveal()),
            client_id: request.client_id.clone(),
            user_id: session.user_id.clone(),
            session_id: session.id.clone(),
            connection_id: session.connection_id.clone(),
            redirect_uri: request.redirect_uri.clone(),
            scope: request.scope.clone(),
            audience: request.audience.clone(),
            nonce: request.nonce.clone(),
            code_challenge: request.code_challenge.clone(),
            auth_time: session.auth_time,
            acr: session.acr.clone(),
            amr: session.amr.clone(),
            created_at: now,
            code_expires_at: now.plus_seconds(code_seconds),
            code_used_at: None,
            revoked_at: None,
            expires_at: now.plus_seconds(code_seconds + limits::USERINFO_TOKEN_LIFETIME_SECONDS),
            is_offline: scope::contains(&request.scope, scope::OFFLINE_ACCESS),
            claims: request.claims.clone(),
            authorization_details: request.authorization_details.clone(),
            dpop_jkt: request.dpop_jkt.clone(),
            refresh_family_hash: None,
        }
    }

    /// Back to the application with everything its response type names.
    pub(super) async fn outcome(
        &self,
        hub: &Hub,
        login: &Login,
        granted: Granted<'_>,
        now: Timestamp,
    ) -> Result<Outcome, LoginError> {
        let client = granted.client;
        let audience = granted.grant.audience.as_deref();
        let access = hub.directory.access_of_person(client, audience).await?;
        let parameters = self.parameters(hub, login, granted, access, now).await?;
        Ok(Outcome::answer(login, answer(hub, client, &login.return_address(), parameters, now)?))
    }

    async fn parameters(
        &self,
        hub: &Hub,
        login: &Login,
        granted: Granted<'_>,
        access: Option<ApiAccess>,
        now: Timestamp,
    ) -> Result<AnswerParameters, LoginError> {
        let wanted = login.request.response_type;
        let code = wanted.has_code().then(|| self.code.reveal().to_owned());
        let mut parameters: AnswerParameters = code.iter().map(|code| ("code", code.clone())).collect();
        if !wanted.has_token() && !wanted.has_id_token() {
            return Ok(parameters);
        }
        let Granted { grant, session, user, connection, client } = granted;
        let scope = grant.scope.clone();
        let found = Found {
            user: Some(user.clone()),
            session: Some(session),
            connection: connection.cloned(),
            access,
            // No token for administrators travels through a browser.
            is_administrator: false,
        };
        let standing = Standing::of(grant, found, client, now)
            .map_err(|_| LoginError::Internal("the grant did not outlive its own making"))?;
        let mut access_token = None;
        if wanted.has_token() {
            let signed =
                sign_access_token(hub, &standing, &scope, Channel::Front, now).map_err(not_signed)?;
            parameters.extend([
                ("access_token", signed.token.clone()),
                ("token_type", "Bearer".to_owned()),
                ("expires_in", signed.expires_in.to_string()),
                ("scope", signed.scope),
            ]);
            access_token = Some(signed.token);
        }
        if wanted.has_id_token() {
            let hashes = IdTokenHashes {
                at_hash: access_token.as_deref(),
                c_hash: code.as_deref(),
                s_hash: login.request.state.as_deref(),
            };
            let nonce = login.request.nonce.as_deref();
            let signed = sign_id_token(hub, &standing, &scope, nonce, hashes, now).await;
            let signed = signed.map_err(not_signed)?;
            let id_token = signed.ok_or(LoginError::Internal("an ID token was promised without openid"))?;
            parameters.push(("id_token", id_token));
        }
        Ok(parameters)
    }
}

fn not_signed(error: TokenError) -> LoginError {
    match error {
        TokenError::Store(error) => LoginError::Store(error),
        TokenError::Refused(_) | TokenError::Logged(_) | TokenError::TooMany(_) | TokenError::Signing(_) => {
            LoginError::Internal("a token cannot be signed")
        }
    }
}

/// Answers for somebody who was signed in already.
pub(super) async fn issue_answer(
    hub: &Hub,
    login: Login,
    client: &Arc<Client>,
    signed_in: SignedIn,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let now = hub.clock.now();
    let drawn = draw(hub);
    let grant = drawn.grant(&login, &signed_in.session, now);
    let log_type =
        if login.request.prompt.none { LogType::SilentLoginSucceeded } else { LogType::LoginSucceeded };
    let entry = record::failure(hub, browser, log_type, now, "signed in by an earlier session");
    let entry = record::with_parties(entry, client, signed_in.connection.as_deref(), Some(&signed_in.user));
    journal::trace(&entry);
    // A page was shown on the way: its form must not give a second answer when it is sent twice.
    let used_once = browser
        .logins
        .iter()
        .any(|sealed| sealed.id == login.id)
        .then(|| (format!("{}:code", login.id), login.expires_at()));
    // A device goes on by what is written down for it.
    let device = login.device.as_deref().and_then(UserCode::read).map(|code| code.hash());
    let consent = (login.consent_given_by.as_ref() == Some(&grant.user_id)).then(|| Consent {
        id: format!("gnt_{}", hub.random.alphanumeric(limits::CONSENT_ID_CHARACTERS)),
        user_id: grant.user_id.clone(),
        client_id: grant.client_id.clone(),
        audience: grant.audience.clone(),
        scope: grant.scope.clone(),
        created_at: now,
        updated_at: now,
    });
    let SignedIn { session, user, connection } = signed_in;
    let (stored, touched) = (grant.clone(), session.wants_touch(now).then(|| session.id.clone()));
    let pushed = login.pushed_request.clone();
    let wants_logout_notice = client.wants_logout_notice();
    let is_recorded = hub
        .store
        .write(move |tx| {
            if let Some((id, expires_at)) = &used_once
                && !tx.finish_login(id, *expires_at)?
            {
                return Ok::<_, StoreError>(false);
            }
            if !pushed_request::use_up(tx, pushed.as_deref(), now)? {
                return Ok(false);
            }
            if let Some(user_code_hash) = &device
                && !tx.answer_device(user_code_hash, Some(&stored.id), now)?
            {
                return Ok(false);
            }
            if let Some(consent) = &consent {
                tx.save_consent(consent)?;
            }
            if let Some(session_id) = &touched {
                tx.touch_session(session_id, now)?;
            }
            tx.add_grant(&stored)?;
            if wants_logout_notice {
                tx.add_session_client(&stored.session_id, &stored.client_id)?;
            }
            tx.add_log_entries(std::slice::from_ref(&entry))?;
            Ok(true)
        })
        .await?;
    if !is_recorded {
        return Err(LoginError::AlreadyUsed);
    }
    hub.metrics.login(connection.as_ref().map_or("none", |connection| &connection.name), "session");
    let granted = Granted { grant, session: &session, user: &user, connection: connection.as_ref(), client };
    drawn.outcome(hub, &login, granted, now).await
}
