//! Home-realm discovery: which connection a person goes to.
//!
//! Order: the connection the application named, the organization's code, what the browser remembers, the address
//! itself, its domain, wildcards above it, the only connection of the application, the login page. Only connections
//! that the application may use count.

use std::sync::Arc;

use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Connection, Strategy};
use crate::domain::domain_claim::is_verified_alias;
use crate::domain::home_realm::{EmailDomain, OrganizationCode};
use crate::domain::login::{Login, Progress};
use crate::domain::next_step::Routing;
use crate::domain::policy::{self, Refusal};
use crate::domain::realm_index::Lead;
use crate::flows::hub::Hub;
use crate::store::StoreError;

use super::browser::Browser;
use super::{LoginError, remembered_choice};

/// What is known about where a person belongs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clues<'a> {
    /// The connection the application named.
    pub connection: Option<&'a str>,
    /// The organization's code, from the application or the person.
    pub organization: Option<&'a str>,
    /// The id of the connection that the browser remembers.
    pub remembered: Option<&'a str>,
    /// The address the person typed on the login page.
    pub typed_email: Option<&'a str>,
    pub login_hint: Option<&'a str>,
    pub domain_hint: Option<&'a str>,
}

/// Why a person goes where they go; in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    NamedByApplication,
    Organization,
    Remembered,
    Address,
    Domain,
    Wildcard,
    /// A typed address that no company claims belongs to classic accounts.
    ClassicAccounts,
    OnlyConnection,
    LoginPage,
}

/// One rule on the way to a decision, for who wants it explained.
#[derive(Clone, Debug)]
pub struct Considered {
    pub rule: Rule,
    /// What was looked for; `None` where nothing was given.
    pub given: Option<String>,
    pub candidates: Vec<Candidate>,
    pub verdict: Verdict,
}

/// A connection that a rule found, and why it does not count.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub connection_id: String,
    pub connection: Option<Arc<Connection>>,
    pub dropped: Option<Dropped>,
}

/// Why a connection that was found does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Dropped {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(
        "the connection asks for verified domains (require_verified_domains), and has not verified this one"
    )]
    DomainNotVerified,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There was nothing to look for.
    NotGiven,
    NothingFound,
    /// What was found may not be used by the application.
    AllDropped,
    Decided,
}

/// Where `login` goes if nobody usable is signed in.
pub(super) async fn route(
    hub: &Hub,
    client: &Client,
    login: &Login,
    browser: &Browser,
    now: Timestamp,
) -> Result<Routing, LoginError> {
    // Somebody who came back from a provider by the browser's button is not sent there again by what they
    // typed before.
    let was_away = matches!(login.progress, Progress::AtProvider(_));
    let remembered = remembered_choice::of(hub, login, browser, now);
    let clues = Clues {
        connection: login.request.connection.as_deref(),
        organization: login.request.organization.as_deref().or(login.typed_organization.as_deref()),
        remembered: remembered.as_deref(),
        typed_email: login.typed_email.as_deref().filter(|_| !was_away),
        login_hint: login.request.login_hint.as_deref(),
        domain_hint: login.request.domain_hint.as_deref(),
    };
    Ok(find_realm(hub, client, clues, None).await?)
}

/// Where a person goes who signs in to `client`. Each rule that was asked is told to `considered`.
///
/// # Errors
/// [`StoreError`].
pub async fn find_realm(
    hub: &Hub,
    client: &Client,
    clues: Clues<'_>,
    considered: Option<&mut Vec<Considered>>,
) -> Result<Routing, StoreError> {
    Search { hub, client, considered }.decide(clues).await
}

struct Search<'a> {
    hub: &'a Hub,
    client: &'a Client,
    considered: Option<&'a mut Vec<Considered>>,
}

impl Search<'_> {
    async fn decide(mut self, clues: Clues<'_>) -> Result<Routing, StoreError> {
        if let Some(routing) = self.by_name(clues.connection).await? {
            return Ok(routing);
        }
        if let Some(ids) = self.by_organization(clues.organization).await? {
            return Ok(to(ids));
        }
        let remembered: Vec<String> = clues.remembered.map(str::to_owned).into_iter().collect();
        if let Some(id) = self.usable(Rule::Remembered, clues.remembered, remembered).await?.pop() {
            return Ok(Routing::Remembered(id));
        }
        let email = clues.typed_email.or(clues.login_hint);
        for (address, domain) in domains(email, clues.domain_hint) {
            if let Some(ids) = self.by_domain(address, &domain).await? {
                return Ok(to(ids));
            }
        }
        let offer = self.hub.directory.offer_of(self.client).await?;
        // Somebody who typed an address that no company claims: classic accounts, where there are any.
        let typed = clues.typed_email.filter(|typed| EmailDomain::of(typed).is_ok());
        let local = offer.local().filter(|_| typed.is_some()).map(|way| way.id.clone());
        if let Some(id) = self.usable(Rule::ClassicAccounts, typed, local.into_iter().collect()).await?.pop()
        {
            return Ok(Routing::To(id));
        }
        let only = offer.only().filter(|way| way.strategy == Strategy::Oidc).map(|way| way.id.clone());
        let only = only.into_iter().collect();
        if let Some(id) = self.usable(Rule::OnlyConnection, Some(""), only).await?.pop() {
            return Ok(Routing::To(id));
        }
        self.tell(Rule::LoginPage, None, Vec::new(), Verdict::Decided);
        Ok(if offer.is_nothing() { Routing::Nowhere } else { Routing::Ask })
    }

    /// What the application names is not negotiable: it is this connection, or none.
    async fn by_name(&mut self, name: Option<&str>) -> Result<Option<Routing>, StoreError> {
        let Some(name) = name else {
            self.tell(Rule::NamedByApplication, None, Vec::new(), Verdict::NotGiven);
            return Ok(None);
        };
        let connection = self.hub.directory.connection_named(name).await?;
        let checked = policy::may_use(connection.as_deref(), self.client);
        let candidates = connection.iter().map(|connection| Candidate {
            connection_id: connection.id.clone(),
            connection: Some(Arc::clone(connection)),
            dropped: checked.err().map(Dropped::from),
        });
        self.tell(Rule::NamedByApplication, Some(name), candidates.collect(), Verdict::Decided);
        Ok(Some(match (checked, connection) {
            (Ok(()), Some(connection)) => Routing::To(connection.id.clone()),
            (Ok(()), None) => Routing::Unavailable(Refusal::ConnectionGone),
            (Err(refusal), _) => Routing::Unavailable(refusal),
        }))
    }

    async fn by_organization(&mut self, text: Option<&str>) -> Result<Option<Vec<String>>, StoreError> {
        let found = match text.and_then(OrganizationCode::parse) {
            Some(code) => self.hub.directory.connections_listing(Lead::Organization, code.as_str()).await?,
            None => Vec::new(),
        };
        Ok(Some(self.usable(Rule::Organization, text, found).await?).filter(|ids| !ids.is_empty()))
    }

    /// The address itself, then its domain, then the wildcards above that: the first that leads anywhere.
    async fn by_domain(
        &mut self,
        address: Option<String>,
        domain: &EmailDomain,
    ) -> Result<Option<Vec<String>>, StoreError> {
        let directory = &self.hub.directory;
        if let Some(address) = &address {
            let found = directory.connections_listing(Lead::Address, address).await?;
            let ids = self.usable(Rule::Address, Some(address), found).await?;
            if !ids.is_empty() {
                return Ok(Some(ids));
            }
        }
        let candidates = domain.candidates();
        let mut found = directory.connections_of_domains(&candidates).await?.into_iter().peekable();
        for (position, alias) in candidates.iter().enumerate() {
            let mut listed = Vec::new();
            while let Some((_, id)) = found.next_if(|(domain, _)| domain == alias) {
                listed.push(id);
            }
            let rule = if position == 0 { Rule::Domain } else { Rule::Wildcard };
            let ids = self.usable(rule, Some(alias), listed).await?;
            if !ids.is_empty() {
                return Ok(Some(ids));
            }
        }
        Ok(None)
    }

    /// Of the connections `found`, those that the application may use.
    async fn usable(
        &mut self,
        rule: Rule,
        given: Option<&str>,
        found: Vec<String>,
    ) -> Result<Vec<String>, StoreError> {
        let mut usable = Vec::new();
        let mut candidates = Vec::new();
        for id in found {
            let connection = self.hub.directory.connection(&id).await?;
            let dropped = match policy::may_use(connection.as_deref(), self.client) {
                Err(refusal) => Some(Dropped::Refused(refusal)),
                Ok(()) if self.lacks_proof(rule, given, connection.as_deref()).await? => {
                    Some(Dropped::DomainNotVerified)
                }
                Ok(()) => None,
            };
            if self.considered.is_some() {
                candidates.push(Candidate { connection_id: id.clone(), connection, dropped });
            }
            if dropped.is_none() {
                usable.push(id);
            }
        }
        let verdict = match (given, usable.is_empty(), candidates.is_empty()) {
            (None, ..) => Verdict::NotGiven,
            (Some(_), false, _) => Verdict::Decided,
            (Some(_), true, true) => Verdict::NothingFound,
            (Some(_), true, false) => Verdict::AllDropped,
        };
        self.tell(rule, given, candidates, verdict);
        Ok(usable)
    }

    /// Whether a domain led here that the connection should have proven.
    async fn lacks_proof(
        &self,
        rule: Rule,
        given: Option<&str>,
        connection: Option<&Connection>,
    ) -> Result<bool, StoreError> {
        let (Rule::Domain | Rule::Wildcard, Some(alias), Some(connection)) = (rule, given, connection) else {
            return Ok(false);
        };
        if !connection.options.require_verified_domains {
            return Ok(false);
        }
        let verified = self.hub.directory.verified_domains_of(&connection.id).await?;
        Ok(!is_verified_alias(alias, &verified))
    }

    fn tell(&mut self, rule: Rule, given: Option<&str>, candidates: Vec<Candidate>, verdict: Verdict) {
        if let Some(considered) = &mut self.considered {
            let given = given.map(str::to_owned).filter(|given| !given.is_empty());
            considered.push(Considered { rule, given, candidates, verdict });
        }
    }
}

/// The domains to look for: of the address, and of the application's hint, which has no address.
fn domains(email: Option<&str>, hint: Option<&str>) -> Vec<(Option<String>, EmailDomain)> {
    let of_email = email.and_then(|email| EmailDomain::of(email).ok());
    let of_hint = hint.and_then(|hint| EmailDomain::of(&format!("someone@{hint}")).ok());
    let of_email = of_email.into_iter().map(|(address, domain)| (Some(address), domain));
    of_email.chain(of_hint.into_iter().map(|(_, domain)| (None, domain))).collect()
}

fn to(mut ids: Vec<String>) -> Routing {
    match ids.len() {
        1 => ids.pop().map_or(Routing::Ask, Routing::To),
        _ => Routing::AnyOf(ids),
    }
}
