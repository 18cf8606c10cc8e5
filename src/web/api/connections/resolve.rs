//! GET /api/v2/connections/resolve?client_id=&email=

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::domain::home_realm::EmailDomain;
use crate::domain::management_scope::READ_CONNECTIONS;
use crate::domain::next_step::Routing;
use crate::flows::hub::Hub;
use crate::flows::login::{Candidate, Clues, Considered, Rule, Verdict, find_realm};
use crate::flows::manage::{ManageError, Resource};
use crate::store::StoreError;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// Where somebody goes who signs in to this application, and why: what the login page itself decides, rule by rule.
/// `email` is typed; `connection`, `organization`, `login_hint` and `domain_hint` are the application's parameters;
/// `remembered` is the name of the connection that the browser remembers.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Explain home-realm discovery", READ_CONNECTIONS).await?;
    let mut query = Query::of(&request);
    let (client_id, email) = (query.one("client_id"), query.one("email"));
    let (connection, organization) = (query.one("connection"), query.one("organization"));
    let (login_hint, domain_hint) = (query.one("login_hint"), query.one("domain_hint"));
    let remembered = query.one("remembered");
    if client_id.is_none() {
        query.refuse("client_id", "is required: the application that is signed in to");
    }
    if let Some(Err(error)) = email.as_deref().map(EmailDomain::of) {
        query.refuse("email", format!("is not an e-mail address: {error}"));
    }
    query.finish()?;
    let hub = &visit.state.hub;
    let client = hub.directory.client(&client_id.unwrap_or_default()).await?;
    let client = client.ok_or(ManageError::NotFound(Resource::Client))?;
    let remembered = match remembered {
        Some(name) => {
            let found = hub.directory.connection_named(&name).await?;
            Some(found.ok_or(ManageError::NotFound(Resource::Connection))?.id.clone())
        }
        None => None,
    };
    let clues = Clues {
        connection: connection.as_deref(),
        organization: organization.as_deref(),
        remembered: remembered.as_deref(),
        typed_email: email.as_deref(),
        login_hint: login_hint.as_deref(),
        domain_hint: domain_hint.as_deref(),
    };
    let mut considered = Vec::new();
    let routing = find_realm(hub, &client, clues, Some(&mut considered)).await?;
    let (decision, ids) = match routing {
        Routing::To(id) => ("connection", vec![id]),
        Routing::AnyOf(ids) => ("chooser", ids),
        Routing::Remembered(id) => ("remembered", vec![id]),
        Routing::Unavailable(_) => ("refused", Vec::new()),
        Routing::Ask | Routing::Nowhere => ("login_page", Vec::new()),
    };
    Ok(HttpResponse::Ok().json(json!({
        "decision": decision,
        "connections": named(hub, &ids).await?,
        "reason": considered.last().map(|last| told(last.rule)),
        "steps": considered.iter().map(step).collect::<Vec<Value>>(),
    })))
}

async fn named(hub: &Hub, ids: &[String]) -> Result<Vec<Value>, StoreError> {
    let mut connections = Vec::new();
    for id in ids {
        if let Some(connection) = hub.directory.connection(id).await? {
            let strategy = connection.strategy.name();
            connections.push(json!({"id": id, "name": connection.name, "strategy": strategy}));
        }
    }
    Ok(connections)
}

fn step(considered: &Considered) -> Value {
    let outcome = match considered.verdict {
        Verdict::NotGiven => "not_given",
        Verdict::NothingFound => "nothing_found",
        Verdict::AllDropped => "all_dropped",
        Verdict::Decided => "decided",
    };
    json!({
        "rule": name(considered.rule),
        "looked_for": considered.given,
        "outcome": outcome,
        "candidates": considered.candidates.iter().map(candidate).collect::<Vec<Value>>(),
    })
}

fn candidate(candidate: &Candidate) -> Value {
    json!({
        "id": candidate.connection_id,
        "name": candidate.connection.as_ref().map(|connection| &connection.name),
        "dropped_because": candidate.dropped.map(|refusal| refusal.to_string()),
    })
}

const fn name(rule: Rule) -> &'static str {
    match rule {
        Rule::NamedByApplication => "connection",
        Rule::Organization => "organization",
        Rule::Remembered => "remembered",
        Rule::Address => "address",
        Rule::Domain => "domain",
        Rule::Wildcard => "wildcard",
        Rule::ClassicAccounts => "classic_accounts",
        Rule::OnlyConnection => "only_connection",
        Rule::LoginPage => "login_page",
    }
}

const fn told(rule: Rule) -> &'static str {
    match rule {
        Rule::NamedByApplication => "the application named the connection: it is that one, or none",
        Rule::Organization => "the organization's code is one of what is enabled for the application",
        Rule::Remembered => "the browser remembers a connection that is enabled for the application",
        Rule::Address => "the address is among the address_aliases of what is enabled for the application",
        Rule::Domain => "the domain is among the domain_aliases of what is enabled for the application",
        Rule::Wildcard => {
            "no domain_aliases match exactly, and this is the most specific wildcard of what is enabled for the \
             application"
        }
        Rule::ClassicAccounts => {
            "no domain_aliases match, and the application has a connection with classic accounts"
        }
        Rule::OnlyConnection => "it is the only connection enabled for the application",
        Rule::LoginPage => {
            "nothing that was given leads to a connection enabled for the application, and there is not exactly one \
             such connection"
        }
    }
}
