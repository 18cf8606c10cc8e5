//! The applications that a person let use their account; the person takes that back.

use std::sync::Arc;

use crate::domain::audit::{LogEntry, LogType};
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::consent::Consent;
use crate::domain::limits;
use crate::domain::resource_server::{ApiScope, ResourceServer};
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::flows::login::{Browser, LoginError, find_signed_in};
use crate::protocol::scope;
use crate::store::{ConsentFilter, Page};

/// What the person before the browser let applications have.
#[derive(Clone, Debug)]
pub struct Allowances {
    /// Whose these are.
    pub person: String,
    pub applications: Vec<AllowedApplication>,
    /// The name of the application whose access has just ended.
    pub ended: Option<String>,
}

/// An application, and what it may have by consent.
#[derive(Clone, Debug)]
pub struct AllowedApplication {
    pub client: Arc<Client>,
    pub since: Timestamp,
    pub allowed: Vec<Allowed>,
}

/// One consent, its words looked up.
#[derive(Clone, Debug)]
pub struct Allowed {
    /// Scopes of OpenID Connect.
    pub scopes: Vec<String>,
    /// The API, by name, and its scopes.
    pub api: Option<(String, Vec<ApiScope>)>,
}

impl Allowed {
    fn of(consent: &Consent, api: Option<&ResourceServer>) -> Self {
        let granted = consent.scope.split(' ').filter(|one| !one.is_empty());
        let scopes = granted.filter(|one| scope::is_reserved(one)).map(str::to_owned).collect();
        let of_api = |api: &ResourceServer| {
            let open = api.settings.scopes.iter();
            open.filter(|one| scope::contains(&consent.scope, &one.value)).cloned().collect()
        };
        Self { scopes, api: api.map(|api| (api.settings.name.clone(), of_api(api))) }
    }
}

/// What the person let applications have; `None` if nobody is signed in in this browser.
///
/// # Errors
/// [`LoginError::Store`].
pub async fn list_allowed(hub: &Hub, browser: &Browser) -> Result<Option<Allowances>, LoginError> {
    let Some(signed_in) = find_signed_in(hub, browser, hub.clock.now()).await? else { return Ok(None) };
    let user = signed_in.user;
    let filter = ConsentFilter { user_id: Some(user.user_id.clone()), ..ConsentFilter::default() };
    let page = Page::Numbered { number: 0, size: limits::OFFSET_ROWS_MAX, with_total: false };
    let consents = hub.store.read(move |tx| tx.list_consents(&filter, &page)).await?.items;
    let mut applications: Vec<AllowedApplication> = Vec::new();
    for consent in consents {
        let Some(client) = hub.directory.client(&consent.client_id).await? else { continue };
        let api = match &consent.audience {
            Some(audience) => hub.directory.api(audience).await?,
            None => None,
        };
        let allowed = Allowed::of(&consent, api.as_deref());
        match applications.iter_mut().find(|one| one.client.client_id == client.client_id) {
            Some(application) => {
                application.since = application.since.min(consent.created_at);
                application.allowed.push(allowed);
            }
            None => applications.push(AllowedApplication {
                client,
                since: consent.created_at,
                allowed: vec![allowed],
            }),
        }
    }
    applications.sort_by(|one, other| one.client.settings.name.cmp(&other.client.settings.name));
    let person = user.email().unwrap_or(user.display_name()).to_owned();
    Ok(Some(Allowances { person, applications, ended: None }))
}

/// Takes back everything the person let the application `client_id` have: its consents, and the grants made with
/// them, refresh tokens included. Answers with what is left; `None` if nobody is signed in in this browser.
///
/// # Errors
/// [`LoginError::Store`].
pub async fn end_access(
    hub: &Hub,
    browser: &Browser,
    client_id: &str,
) -> Result<Option<Allowances>, LoginError> {
    let now = hub.clock.now();
    let Some(signed_in) = find_signed_in(hub, browser, now).await? else { return Ok(None) };
    let client = hub.directory.client(client_id).await?;
    let suffix = hub.random.alphanumeric(12);
    let text = "took back what the application was allowed";
    let mut entry = LogEntry::new(now, &suffix, LogType::ConsentRevoked, text, &browser.origin);
    entry.client_id = Some(client_id.to_owned());
    entry.client_name = client.as_ref().map(|client| client.settings.name.clone());
    entry.user_id = Some(signed_in.user.user_id.clone());
    entry.user_name = Some(signed_in.user.display_name().to_owned());
    let (user_id, wanted, written) = (signed_in.user.user_id, client_id.to_owned(), entry.clone());
    let has_ended = hub
        .store
        .write(move |tx| {
            let has_ended = tx.end_access(&user_id, &wanted, now)?;
            if has_ended {
                tx.add_log_entries(std::slice::from_ref(&written))?;
            }
            Ok::<_, LoginError>(has_ended)
        })
        .await?;
    if has_ended {
        journal::trace(&entry);
    }
    let left = list_allowed(hub, browser).await?;
    let ended = client.filter(|_| has_ended).map(|client| client.settings.name.clone());
    Ok(left.map(|left| Allowances { ended, ..left }))
}
