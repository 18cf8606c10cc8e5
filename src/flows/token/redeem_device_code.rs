//! `grant_type=urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4): a device asks whether its person has
//! said yes, and takes the answer once.

use std::sync::Arc;

use crate::crypto::digest;
use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::device::{DeviceAuthorization, Poll};
use crate::domain::limits;
use crate::domain::refresh_token::RefreshTokenText;
use crate::flows::directory::{Apis, Connections};
use crate::flows::hub::Hub;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::store::{StoreError, Tx};

use super::TokenError;
use super::bind_key::bind_key;
use super::refresh_family::{begin_family, draw_first};
use super::standing::{Found, Standing, is_administrator, refusal};
use super::token_endpoint::{TokenResponse, name_person};

/// The tokens of a device whose person said yes; until then, why there are none.
pub(super) async fn redeem_device_code(
    hub: &Hub,
    client: &Arc<Client>,
    device_code: &str,
    key: Option<String>,
    origin: &Origin,
) -> Result<TokenResponse, TokenError> {
    let now = hub.clock.now();
    let mut log = LogEntry::new(
        now,
        &hub.random.alphanumeric(12),
        LogType::DeviceExchangeSucceeded,
        "exchanged a device code for tokens",
        origin,
    );
    log.name(client);
    let first = draw_first(hub);
    let refresh_token = first.clone();
    let question = Question {
        device_code_hash: digest::sha256_base64url(device_code),
        client: Arc::clone(client),
        connections: hub.directory.connections(),
        apis: hub.directory.apis(),
        first,
        key,
        log,
        now,
    };
    let (standing, has_family) = hub.store.write(move |tx| question.ask(tx)).await??;
    let refresh_token = has_family.then(|| refresh_token.reveal().to_owned());
    TokenResponse::of_person(hub, &standing, &standing.grant().scope, None, refresh_token, now).await
}

/// Everything the transaction needs, so that it can be repeated.
struct Question {
    device_code_hash: String,
    client: Arc<Client>,
    connections: Connections,
    apis: Apis,
    /// The refresh token, if it comes to one.
    first: RefreshTokenText,
    /// Thumbprint of the key that the device's DPoP proof shows.
    key: Option<String>,
    log: LogEntry,
    now: Timestamp,
}

impl Question {
    /// Says whether there is a refresh token too. What a refusal wrote down is kept.
    fn ask(&self, tx: &mut Tx<'_>) -> Result<Result<(Standing, bool), TokenError>, StoreError> {
        let Some(device) = tx.find_device(&self.device_code_hash, &self.client.client_id)? else {
            return Ok(Err(refused(
                ErrorCode::InvalidGrant,
                "the device code is unknown, used, or belongs to another client",
            )));
        };
        match device.poll(self.now) {
            Poll::Approved(grant_id) => self.take(tx, &grant_id),
            Poll::Pending => self.wait(tx, &device, device.interval_seconds, ErrorCode::AuthorizationPending),
            Poll::SlowDown => {
                let longer = device.interval_seconds.saturating_add(limits::DEVICE_POLL_SECONDS);
                self.wait(tx, &device, longer, ErrorCode::SlowDown)
            }
            Poll::Denied => {
                tx.take_device(&self.device_code_hash)?;
                Ok(Err(refused(ErrorCode::AccessDenied, "the person said no")))
            }
            Poll::Expired => {
                Ok(Err(refused(ErrorCode::ExpiredToken, "nobody typed the code in time; ask for another")))
            }
        }
    }

    fn take(
        &self,
        tx: &mut Tx<'_>,
        grant_id: &str,
    ) -> Result<Result<(Standing, bool), TokenError>, StoreError> {
        if !tx.take_device(&self.device_code_hash)? {
            return Ok(Err(refused(ErrorCode::InvalidGrant, "the device code has been used")));
        }
        let Some((grant, user, session)) = tx.find_grant_with_person(grant_id)? else {
            return Ok(Err(refused(ErrorCode::InvalidGrant, "the grant no longer exists")));
        };
        let connection = self.connections.find(tx, &grant.connection_id)?;
        let access = self.apis.access_of_person(tx, &self.client, grant.audience.as_deref())?;
        let is_administrator = is_administrator(tx, access.as_ref(), &grant.user_id)?;
        let found = Found { user, session: session.as_ref(), connection, access, is_administrator };
        let mut standing = match Standing::of(grant, found, &self.client, self.now) {
            Ok(standing) => standing,
            Err(reason) => return Ok(Err(refusal(ErrorCode::InvalidGrant, reason))),
        };
        bind_key(tx, &mut standing, self.key.as_deref())?;
        let has_family = begin_family(tx, &mut standing, &self.first, self.now)?;
        let mut log = self.log.clone();
        name_person(&mut log, &standing);
        tx.add_log_entries(&[log])?;
        Ok(Ok((standing, has_family)))
    }

    /// Not an event: a device asks every few seconds, so this goes into no log.
    fn wait(
        &self,
        tx: &mut Tx<'_>,
        device: &DeviceAuthorization,
        interval_seconds: i64,
        code: ErrorCode,
    ) -> Result<Result<(Standing, bool), TokenError>, StoreError> {
        tx.note_device_poll(&device.device_code_hash, interval_seconds, self.now)?;
        let text = format!("nobody has answered yet; ask again after {interval_seconds} seconds");
        Ok(Err(TokenError::Logged(OAuthError::new(code, text))))
    }
}

fn refused(code: ErrorCode, text: &'static str) -> TokenError {
    TokenError::Refused(OAuthError::new(code, text))
}
