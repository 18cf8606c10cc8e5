//! The person says where they belong: by an address, by their organization's code, or by a button.

use std::sync::Arc;

use crate::domain::client::Client;
use crate::domain::connection::{Connection, Strategy};
use crate::domain::home_realm::EmailDomain;
use crate::domain::limits;
use crate::domain::login::{Login, Progress};
use crate::domain::policy;
use crate::flows::hub::Hub;
use crate::store::StoreError;

use super::LoginError;
use super::browser::{Browser, ConnectionChoice, Outcome, ScreenError, open_login};
use super::continue_login::{choice, continue_login, continue_with};
use super::organization_code::admit_code;

/// What the login page offers.
pub(super) struct Offers {
    pub buttons: Vec<ConnectionChoice>,
    /// An e-mail address leads somewhere.
    pub asks_email: bool,
    /// So does an organization's code.
    pub asks_organization: bool,
    /// The name of the only connection, which has classic accounts.
    pub account_of: Option<String>,
}

impl Offers {
    pub(super) async fn to(hub: &Hub, client: &Client) -> Result<Self, StoreError> {
        Ok(Self::of(&hub.directory.connections_of(client).await?))
    }

    fn of(connections: &[Arc<Connection>]) -> Self {
        let buttons = connections.iter().filter(|connection| is_button(connection));
        Self {
            buttons: buttons.map(|connection| choice(connection)).collect(),
            asks_email: connections.iter().any(|connection| takes_email(connection)),
            asks_organization: connections.iter().any(|connection| takes_code(connection)),
            account_of: match connections {
                [only] if only.strategy == Strategy::Local => Some(only.display_name.clone()),
                _ => None,
            },
        }
    }
}

/// Whether there is nothing a person could do on the login page.
pub(super) fn offer_nothing(connections: &[Arc<Connection>]) -> bool {
    !connections
        .iter()
        .any(|connection| is_button(connection) || takes_email(connection) || takes_code(connection))
}

fn is_button(connection: &Connection) -> bool {
    connection.strategy == Strategy::Oidc && connection.show_as_button
}

fn takes_email(connection: &Connection) -> bool {
    let options = &connection.options;
    connection.strategy == Strategy::Local
        || !options.domain_aliases.is_empty()
        || !options.address_aliases.is_empty()
}

const fn takes_code(connection: &Connection) -> bool {
    connection.options.organization_code.is_some()
}

/// The person typed an e-mail address.
///
/// # Errors
/// [`LoginError`].
pub async fn identify_by_email(
    hub: &Hub,
    login_id: &str,
    typed: &str,
    remembers_choice: bool,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let mut login = identify_anew(hub, login_id, remembers_choice, browser).await?;
    let Ok((email, _)) = EmailDomain::of(typed) else {
        let typed = typed.trim();
        let problem = if typed.is_empty() { ScreenError::EmailMissing } else { ScreenError::EmailMalformed };
        login.typed_email = Some(typed.chars().take(limits::EMAIL_BYTES).collect());
        return continue_with(hub, login, browser, Some(problem)).await;
    };
    login.typed_email = Some(email);
    continue_with(hub, login, browser, Some(ScreenError::NoConnectionForEmail)).await
}

/// The person typed the code of their organization.
///
/// # Errors
/// [`LoginError`].
pub async fn identify_by_organization(
    hub: &Hub,
    login_id: &str,
    typed: &str,
    remembers_choice: bool,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let mut login = identify_anew(hub, login_id, remembers_choice, browser).await?;
    let client = hub.directory.client(&login.request.client_id).await?.ok_or(LoginError::UnknownClient)?;
    login.request.organization = admit_code(hub, &client, Some(typed), &browser.origin.ip).await?;
    continue_with(hub, login, browser, Some(ScreenError::NoConnectionForCode)).await
}

/// Whoever says who they are has chosen nothing yet.
async fn identify_anew(
    hub: &Hub,
    login_id: &str,
    remembers_choice: bool,
    browser: &Browser,
) -> Result<Login, LoginError> {
    let login = open_login(hub, browser, login_id, hub.clock.now()).await?;
    let again = login.start_over().map_err(|_| LoginError::AlreadyUsed)?;
    Ok(Login { remembers_choice, ..again })
}

/// The person pressed a connection's button.
///
/// # Errors
/// [`LoginError`].
pub async fn choose_named_connection(
    hub: &Hub,
    login_id: &str,
    name: &str,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let login = open_login(hub, browser, login_id, hub.clock.now()).await?;
    let client = hub.directory.client(&login.request.client_id).await?.ok_or(LoginError::UnknownClient)?;
    let connection = hub.directory.connection_named(name).await?;
    // Another application's connection cannot be chosen by naming it.
    let is_allowed = policy::may_use(connection.as_deref(), &client).is_ok();
    let Some(connection) = connection.filter(|_| is_allowed) else {
        return continue_with(hub, login, browser, Some(ScreenError::NoConnectionForEmail)).await;
    };
    let login = login.choose(connection.id.clone()).map_err(|_| LoginError::AlreadyUsed)?;
    continue_login(hub, login, browser).await
}

/// The person wants another address or provider.
///
/// # Errors
/// [`LoginError`].
pub async fn start_over(hub: &Hub, login_id: &str, browser: &Browser) -> Result<Outcome, LoginError> {
    let login = open_login(hub, browser, login_id, hub.clock.now()).await?;
    match login.progress {
        Progress::SignedIn { .. } => continue_login(hub, login, browser).await,
        Progress::Accepted | Progress::ConnectionChosen { .. } | Progress::AtProvider(_) => {
            let again = login.start_over().map_err(|_| LoginError::AlreadyUsed)?;
            let login = Login { wants_other_way: true, ..again };
            continue_login(hub, login, browser).await
        }
    }
}
