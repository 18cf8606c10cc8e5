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

/// An application, and everything it may have by consent.
#[derive(Clone, Debug)]
pub struct AllowedApplication {
    pub client: Arc<Client>,
    pub since: Timestamp,
    /// Scopes of OpenID Connect, each once.
    pub scopes: Vec<String>,
    /// APIs, by name, and their scopes.
    pub apis: Vec<(String, Vec<ApiScope>)>,
}

impl AllowedApplication {
    fn add(&mut self, consent: &Consent, api: Option<&ResourceServer>) {
        self.since = self.since.min(consent.created_at);
        let granted = consent.scope.split(' ').filter(|one| !one.is_empty());
        for one in granted.filter(|one| scope::is_reserved(one)) {
            if !self.scopes.iter().any(|known| known == one) {
                self.scopes.push(one.to_owned());
            }
        }
        if let Some(api) = api {
            let open = api.settings.scopes.iter();
            let scopes = open.filter(|one| scope::contains(&consent.scope, &one.value)).cloned().collect();
            self.apis.push((api.settings.name.clone(), scopes));
        }
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
        let position = applications.iter().position(|one| one.client.client_id == client.client_id);
        let mut application = match position {
            Some(position) => applications.swap_remove(position),
            None => {
                let since = consent.created_at;
                AllowedApplication { client, since, scopes: Vec::new(), apis: Vec::new() }
            }
        };
        application.add(&consent, api.as_deref());
        applications.push(application);
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
    entry.name(&client);
    entry.name(&signed_in.user);
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
