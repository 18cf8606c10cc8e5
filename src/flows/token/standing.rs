//! A grant that is good as things stand now, with everybody behind it.

use std::sync::Arc;

use crate::domain::client::Client;
use crate::domain::client_grant::ApiAccess;
use crate::domain::clock::Timestamp;
use crate::domain::connection::Connection;
use crate::domain::grant::Grant;
use crate::domain::session::Session;
use crate::domain::standing::{Behind, NoStanding, check};
use crate::domain::user::User;
use crate::flows::hub::Hub;
use crate::protocol::authorization_details::AuthorizationDetails;
use crate::protocol::claims_request::ClaimsRequest;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::scope::ScopeRules;
use crate::store::{StoreError, Tx};

use super::TokenError;
use super::people_behind::PeopleBehind;

/// A grant that was good when this was made. Tokens are signed for nothing else.
#[derive(Clone, Debug)]
pub struct Standing {
    grant: Grant,
    user: User,
    connection: Arc<Connection>,
    client: Arc<Client>,
    /// Of a grant for an API.
    access: Option<ApiAccess>,
    /// Thumbprint of the key that access tokens are bound to.
    key: Option<String>,
}

/// Everybody and everything behind a grant, as far as they exist.
#[derive(Debug)]
pub struct Found<'a> {
    pub user: Option<User>,
    pub session: Option<&'a Session>,
    pub connection: Option<Arc<Connection>>,
    /// What the application may have at the API of the grant.
    pub access: Option<ApiAccess>,
    /// Asked of the database where that is the Management API: see [`is_administrator`].
    pub is_administrator: bool,
}

impl Standing {
    /// # Errors
    /// [`NoStanding`]: why the grant is good no more.
    pub fn of(
        grant: Grant,
        found: Found<'_>,
        client: &Arc<Client>,
        now: Timestamp,
    ) -> Result<Self, NoStanding> {
        let Found { user, session, connection, access, is_administrator } = found;
        let behind = Behind {
            grant: &grant,
            user: user.as_ref(),
            session,
            connection: connection.as_deref(),
            client: client.as_ref(),
            api: access.as_ref().map(|access| access.api.as_ref()),
            is_administrator,
        };
        check(behind, now)?;
        if access.as_ref().map(|access| &access.api.identifier) != grant.audience.as_ref() {
            return Err(NoStanding::ApiClosed);
        }
        match (user, connection) {
            (Some(user), Some(connection)) => {
                Ok(Self { grant, user, connection, client: Arc::clone(client), access, key: None })
            }
            (None, _) => Err(NoStanding::UserGone),
            (_, None) => Err(NoStanding::Policy(crate::domain::policy::Refusal::ConnectionGone)),
        }
    }

    /// Access tokens signed from now on are bound to the key with this thumbprint.
    pub(super) fn bind(&mut self, thumbprint: &str) {
        self.key = Some(thumbprint.to_owned());
    }

    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The grant is kept until `expires_at`, as the database now says too.
    pub(super) fn extend(&mut self, expires_at: Timestamp) {
        self.grant.expires_at = expires_at;
    }

    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    pub fn user(&self) -> &User {
        &self.user
    }

    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    pub fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// The claims asked for by name (OpenID Connect Core §5.5). A third-party application gets what its scopes
    /// stand for and no more: that is what the person was asked about.
    pub(super) fn claims_asked(&self) -> Option<&ClaimsRequest> {
        self.grant.claims.as_ref().filter(|_| self.client.settings.is_first_party)
    }

    /// The API of the grant, and what the application may have there now.
    pub fn access(&self) -> Option<&ApiAccess> {
        self.access.as_ref()
    }

    /// The tokens signed from here on are good for `details` of what was granted; the grant itself stays as it is.
    pub(super) fn narrow_details(&mut self, details: Option<AuthorizationDetails>) {
        self.grant.authorization_details = details;
    }

    /// What was granted in the words of the API, as far as the application may still have it.
    pub fn details_still_open(&self) -> Option<AuthorizationDetails> {
        let access = self.access.as_ref()?;
        self.grant.authorization_details.as_ref()?.kept(|name| access.takes_details(&self.client, name))
    }

    /// The scopes of `granted` that the application may still have.
    pub fn scopes_still_open(&self, granted: &str) -> String {
        let of_api = self.access.as_ref().map(|access| &access.scopes);
        let registered = self.client.settings.scope.as_deref();
        ScopeRules { registered, of_api, is_online_only: false }.kept(granted)
    }
}

/// The standing of the grant with this id, now: what was read may be half a second old, unless this node has ended
/// anything since.
///
/// # Errors
/// [`StoreError`]; that the grant is good no more is an answer, not an error.
pub async fn find_standing(hub: &Hub, grant_id: &str) -> Result<Result<Standing, NoStanding>, StoreError> {
    let now = hub.clock.now();
    let Some(people) = hub.people.find(&hub.store, grant_id, now).await? else {
        return Ok(Err(NoStanding::Gone));
    };
    let PeopleBehind { grant, user, session, is_administrator } = people.as_ref();
    let Some(client) = hub.directory.client(&grant.client_id).await? else {
        return Ok(Err(NoStanding::ClientGone));
    };
    let connection = hub.directory.connection(&grant.connection_id).await?;
    let access = hub.directory.access_of_person(&client, grant.audience.as_deref()).await?;
    let found = Found {
        user: user.clone(),
        session: session.as_ref(),
        connection,
        access,
        is_administrator: *is_administrator,
    };
    Ok(Standing::of(grant.clone(), found, &client, now))
}

/// Whether a user is an administrator now, where `access` is to the API that is for administrators; no other grant asks.
///
/// # Errors
/// [`StoreError`].
pub(super) fn is_administrator(
    tx: &mut Tx<'_>,
    access: Option<&ApiAccess>,
    user_id: &str,
) -> Result<bool, StoreError> {
    match access {
        Some(access) if access.api.is_system => tx.is_administrator(user_id),
        Some(_) | None => Ok(false),
    }
}

/// What a client is told when a grant is good no more.
pub(super) fn refusal(code: ErrorCode, reason: NoStanding) -> TokenError {
    TokenError::Refused(OAuthError::new(code, reason.to_string()))
}
