//! The one policy: may this user, through this connection, get tokens for this client now?
//!
//! Every grant and every entry point asks here: login, callback, silent login, token endpoint, UserInfo, test login.

use super::client::Client;
use super::connection::Connection;
use super::resource_server::ResourceServer;
use super::user::User;
use crate::protocol::authorization_request::AuthorizationRequest;

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the user is blocked")]
    UserBlocked,
    #[error("the connection no longer exists")]
    ConnectionGone,
    #[error("the connection is disabled")]
    ConnectionDisabled,
    #[error("the connection is not enabled for this application")]
    ConnectionNotEnabledForClient,
    #[error("the application asked for another connection")]
    NotTheAskedConnection,
    #[error("the application asked for an organization that the connection does not belong to")]
    NotTheAskedOrganization,
    #[error("the user is no administrator of this hub")]
    NotAdministrator,
}

/// Whether anybody may go to the provider of `connection`, were it for a test alone.
///
/// # Errors
/// [`Refusal`] about the connection itself.
pub fn may_be_tested(connection: Option<&Connection>) -> Result<&Connection, Refusal> {
    let connection = connection.ok_or(Refusal::ConnectionGone)?;
    if connection.is_enabled { Ok(connection) } else { Err(Refusal::ConnectionDisabled) }
}

/// Whether `client` may use `connection` at all.
///
/// A first-party application uses the connections enabled for it; a third-party application only
/// domain-level connections.
///
/// # Errors
/// [`Refusal`], never about a user.
pub fn may_use(connection: Option<&Connection>, client: &Client) -> Result<(), Refusal> {
    let connection = may_be_tested(connection)?;
    let is_open_to_client = if client.settings.is_first_party {
        connection.enabled_clients.contains(&client.client_id)
    } else {
        connection.is_domain_connection
    };
    if is_open_to_client { Ok(()) } else { Err(Refusal::ConnectionNotEnabledForClient) }
}

/// Whether `connection` may serve a login in which `client` asks for `request`: the application may use it, and it is
/// what the application asked for. A named `connection` is binding (the person cannot choose another), and so is an
/// `organization` whose code leads somewhere; `login_hint` and `domain_hint` only say where to begin.
///
/// Every step of a login asks here: where the person chooses, leaves, comes back, types a password, is signed in already.
///
/// # Errors
/// [`Refusal`], never about a user.
pub fn may_serve<'a>(
    connection: Option<&'a Connection>,
    client: &Client,
    request: &AuthorizationRequest,
) -> Result<&'a Connection, Refusal> {
    may_use(connection, client)?;
    let connection = connection.ok_or(Refusal::ConnectionGone)?;
    if request.connection.as_ref().is_some_and(|asked| *asked != connection.name) {
        return Err(Refusal::NotTheAskedConnection);
    }
    let code = connection.options.organization_code.as_ref();
    if request.organization.is_some() && request.organization.as_ref() != code {
        return Err(Refusal::NotTheAskedOrganization);
    }
    Ok(connection)
}

/// Whether `user`, who came through `connection`, may get tokens for `client`.
///
/// # Errors
/// [`Refusal`].
pub fn may_sign_in(user: &User, connection: Option<&Connection>, client: &Client) -> Result<(), Refusal> {
    if user.is_blocked {
        return Err(Refusal::UserBlocked);
    }
    may_use(connection, client)
}

/// Whether a person may have tokens for `api`: those for the Management API are for administrators alone.
///
/// # Errors
/// [`Refusal::NotAdministrator`].
pub fn may_have_tokens_for(api: Option<&ResourceServer>, is_administrator: bool) -> Result<(), Refusal> {
    match api {
        Some(api) if api.is_system && !is_administrator => Err(Refusal::NotAdministrator),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::domain::client::new_client;
    use crate::domain::clock::Timestamp;
    use crate::domain::connection::new_connection;
    use crate::protocol::prompt::Prompt;
    use crate::protocol::response_mode::ResponseMode;
    use crate::protocol::response_type::ResponseType;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn request(connection: Option<&str>, organization: Option<&str>) -> AuthorizationRequest {
        AuthorizationRequest {
            client_id: "app".into(),
            redirect_uri: "https://app.example/cb".into(),
            response_type: ResponseType::Code,
            response_mode: ResponseMode::Query,
            scope: "openid".into(),
            dpop_jkt: None,
            audience: None,
            state: None,
            nonce: None,
            code_challenge: None,
            prompt: Prompt::default(),
            max_age: None,
            login_hint: Some("ceo@other.example".into()),
            domain_hint: Some("other.example".into()),
            connection: connection.map(str::to_owned),
            connection_scope: None,
            display: None,
            organization: organization.map(str::to_owned),
            ui_locales: None,
            acr_values: None,
            expected_subject: None,
            claims: None,
            authorization_details: None,
        }
    }

    #[test]
    fn a_connection_serves_the_requests_that_ask_for_it_or_leave_it_open() {
        let client = new_client(&map(&json!({"name": "App"})), "app", NOW).unwrap();
        let made = json!({"name": "acme", "strategy": "local", "enabled_clients": ["app"]});
        let mut acme = new_connection(&map(&made), "con_1", false, NOW).unwrap();
        acme.options.organization_code = Some("acme-eu".into());
        let outcome = |connection: Option<&Connection>, name, organization| {
            may_serve(connection, &client, &request(name, organization)).map(|served| served.id.clone())
        };
        let served = Ok("con_1".to_owned());
        for (name, organization, expected) in [
            (None, None, served.clone()),
            (Some("acme"), None, served.clone()),
            (None, Some("acme-eu"), served.clone()),
            (Some("acme"), Some("acme-eu"), served),
            (Some("globex"), None, Err(Refusal::NotTheAskedConnection)),
            (Some("Acme"), None, Err(Refusal::NotTheAskedConnection)),
            (Some("globex"), Some("acme-eu"), Err(Refusal::NotTheAskedConnection)),
            (None, Some("globex"), Err(Refusal::NotTheAskedOrganization)),
            (Some("acme"), Some("globex"), Err(Refusal::NotTheAskedOrganization)),
        ] {
            assert_eq!(outcome(Some(&acme), name, organization), expected, "{name:?} {organization:?}");
        }
        assert_eq!(outcome(None, Some("acme"), None), Err(Refusal::ConnectionGone));
        acme.options.organization_code = None;
        assert_eq!(outcome(Some(&acme), None, Some("acme-eu")), Err(Refusal::NotTheAskedOrganization));
        acme.enabled_clients.clear();
        assert_eq!(outcome(Some(&acme), Some("acme"), None), Err(Refusal::ConnectionNotEnabledForClient));
    }
}
