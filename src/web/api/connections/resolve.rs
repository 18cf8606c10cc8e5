//! GET /api/v2/connections/resolve?client_id=&email=

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::domain::home_realm::EmailDomain;
use crate::domain::management_scope::READ_CONNECTIONS;
use crate::domain::next_step::Routing;
use crate::flows::hub::Hub;
use crate::flows::login::{Clues, RoutingReason, route_by};
use crate::flows::manage::{ManageError, Resource};
use crate::store::StoreError;
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// Where somebody with this address goes who signs in to this application, and why: what the login page itself
/// decides.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Explain home-realm discovery", READ_CONNECTIONS).await?;
    let mut query = Query::of(&request);
    let (client_id, email) = (query.one("client_id"), query.one("email"));
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
    let clues = Clues { typed_email: email.as_deref(), ..Clues::default() };
    let (routing, reason) = route_by(hub, &client, clues).await?;
    let (decision, ids) = match routing {
        Routing::To(id) => ("connection", vec![id]),
        Routing::AnyOf(ids) => ("chooser", ids),
        Routing::Ask | Routing::Nowhere | Routing::Unavailable(_) => ("login_page", Vec::new()),
    };
    Ok(HttpResponse::Ok().json(json!({
        "decision": decision,
        "connections": named(hub, &ids).await?,
        "reason": told(&reason),
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

fn told(reason: &RoutingReason) -> String {
    match reason {
        RoutingReason::NamedByApplication => "the application named the connection".into(),
        RoutingReason::Domain(alias) => {
            format!("the domain matches {alias:?} among the domain_aliases of what is enabled for the application")
        }
        RoutingReason::ClassicAccounts => {
            "no domain_aliases match, and the application has a connection with classic accounts".into()
        }
        RoutingReason::OnlyConnection => "it is the only connection enabled for the application".into(),
        RoutingReason::Nothing => {
            "no domain_aliases of what is enabled for the application match, and there is not exactly one such connection"
                .into()
        }
    }
}
