//! Home-realm discovery: which connection a person goes to.
//!
//! Order: the connection the application named, the domain of the hint or of what was typed, the only
//! connection of the application, the login page. Only connections enabled for the application count.

use std::sync::Arc;

use crate::domain::client::Client;
use crate::domain::connection::{Connection, Strategy};
use crate::domain::home_realm::{self, EmailDomain};
use crate::domain::limits;
use crate::domain::login::{Login, Progress};
use crate::domain::next_step::Routing;
use crate::domain::policy::{self, Refusal};
use crate::flows::hub::Hub;
use crate::store::StoreError;

use super::LoginError;
use super::browser::{Browser, ConnectionChoice, Outcome, ScreenError, open_login};
use super::continue_login::{choice, continue_login, continue_with};

/// What is known about where a person belongs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clues<'a> {
    /// The connection the application named.
    pub connection: Option<&'a str>,
    /// The address the person typed on the login page.
    pub typed_email: Option<&'a str>,
    pub login_hint: Option<&'a str>,
    pub domain_hint: Option<&'a str>,
}

/// Why a person goes where they go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoutingReason {
    NamedByApplication,
    /// The alias that matched the domain.
    Domain(String),
    /// A typed address that no company claims belongs to classic accounts.
    ClassicAccounts,
    OnlyConnection,
    /// Nothing says where.
    Nothing,
}

/// Where `login` goes if nobody usable is signed in.
pub(super) async fn route(hub: &Hub, client: &Client, login: &Login) -> Result<Routing, LoginError> {
    // Somebody who came back from a provider by the browser's button is not sent there again by what they
    // typed before.
    let typed = login.typed_email.as_deref().filter(|_| !matches!(login.progress, Progress::AtProvider(_)));
    let clues = Clues {
        connection: login.request.connection.as_deref(),
        typed_email: typed,
        login_hint: login.request.login_hint.as_deref(),
        domain_hint: login.request.domain_hint.as_deref(),
    };
    Ok(route_by(hub, client, clues).await?.0)
}

/// Where a person goes who signs in to `client`, and why.
///
/// # Errors
/// [`StoreError`].
pub async fn route_by(
    hub: &Hub,
    client: &Client,
    clues: Clues<'_>,
) -> Result<(Routing, RoutingReason), StoreError> {
    if let Some(name) = clues.connection {
        let named = hub.directory.connection_named(name).await?;
        let routing = match (policy::may_use(named.as_deref(), client), named) {
            (Ok(()), Some(connection)) => Routing::To(connection.id.clone()),
            (Ok(()), None) => Routing::Unavailable(Refusal::ConnectionGone),
            (Err(refusal), _) => Routing::Unavailable(refusal),
        };
        return Ok((routing, RoutingReason::NamedByApplication));
    }
    let connections = hub.directory.connections_of(client).await?;
    let email = clues.typed_email.or(clues.login_hint);
    if let Some(found) = by_domain(hub, &connections, email, clues.domain_hint).await? {
        return Ok(found);
    }
    // Somebody who typed an address that no company claims: classic accounts, where there are any.
    if clues.typed_email.is_some_and(|typed| EmailDomain::of(typed).is_ok())
        && let Some(local) = only_local(&connections)
    {
        return Ok((Routing::To(local.id.clone()), RoutingReason::ClassicAccounts));
    }
    Ok(match connections.as_slice() {
        [only] if only.strategy == Strategy::Oidc => {
            (Routing::To(only.id.clone()), RoutingReason::OnlyConnection)
        }
        several if Offers::of(several).is_nothing() => (Routing::Nowhere, RoutingReason::Nothing),
        _ => (Routing::Ask, RoutingReason::Nothing),
    })
}

async fn by_domain(
    hub: &Hub,
    connections: &[Arc<Connection>],
    email: Option<&str>,
    domain_hint: Option<&str>,
) -> Result<Option<(Routing, RoutingReason)>, StoreError> {
    let domain =
        email.and_then(|email| EmailDomain::of(email).ok()).map(|(_, domain)| domain).or_else(|| {
            domain_hint
                .and_then(|hint| EmailDomain::of(&format!("someone@{hint}")).ok())
                .map(|(_, domain)| domain)
        });
    let Some(domain) = domain else { return Ok(None) };
    let candidates = domain.candidates();
    let found = hub.store.read(move |tx| tx.connection_ids_for_domains(&candidates)).await?;
    let usable: Vec<(String, String)> = found
        .into_iter()
        .filter(|(_, id)| connections.iter().any(|connection| connection.id == *id))
        .collect();
    Ok(match domain.choose(&usable) {
        home_realm::Routing::None => None,
        home_realm::Routing::One { alias, connection_id } => {
            Some((Routing::To(connection_id), RoutingReason::Domain(alias)))
        }
        home_realm::Routing::Several { alias, connection_ids } => {
            Some((Routing::AnyOf(connection_ids), RoutingReason::Domain(alias)))
        }
    })
}

fn only_local(connections: &[Arc<Connection>]) -> Option<&Connection> {
    connections.iter().find(|connection| connection.strategy == Strategy::Local).map(Arc::as_ref)
}

/// What the login page offers.
pub(super) struct Offers {
    pub buttons: Vec<ConnectionChoice>,
    /// An e-mail address leads somewhere.
    pub asks_email: bool,
    /// The name of the only connection, which has classic accounts.
    pub account_of: Option<String>,
}

impl Offers {
    pub(super) async fn to(hub: &Hub, client: &Client) -> Result<Self, StoreError> {
        Ok(Self::of(&hub.directory.connections_of(client).await?))
    }

    fn of(connections: &[Arc<Connection>]) -> Self {
        let is_button = |connection: &&Arc<Connection>| {
            connection.strategy == Strategy::Oidc && connection.show_as_button
        };
        let takes_email = |connection: &Arc<Connection>| {
            connection.strategy == Strategy::Local || !connection.options.domain_aliases.is_empty()
        };
        Self {
            buttons: connections.iter().filter(is_button).map(|connection| choice(connection)).collect(),
            asks_email: connections.iter().any(takes_email),
            account_of: match connections {
                [only] if only.strategy == Strategy::Local => Some(only.display_name.clone()),
                _ => None,
            },
        }
    }

    const fn is_nothing(&self) -> bool {
        self.buttons.is_empty() && !self.asks_email
    }
}

/// The person typed an e-mail address.
///
/// # Errors
/// [`LoginError`].
pub async fn identify_by_email(
    hub: &Hub,
    login_id: &str,
    typed: &str,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let mut login = open_login(hub, browser, login_id, hub.clock.now()).await?;
    login = login.start_over().map_err(|_| LoginError::AlreadyUsed)?;
    let Ok((email, _)) = EmailDomain::of(typed) else {
        let typed = typed.trim();
        let problem = if typed.is_empty() { ScreenError::EmailMissing } else { ScreenError::EmailMalformed };
        login.typed_email = Some(typed.chars().take(limits::EMAIL_BYTES).collect());
        return continue_with(hub, login, browser, Some(problem)).await;
    };
    login.typed_email = Some(email);
    continue_with(hub, login, browser, Some(ScreenError::NoConnectionForEmail)).await
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
            let login = login.start_over().map_err(|_| LoginError::AlreadyUsed)?;
            continue_login(hub, login, browser).await
        }
    }
}
