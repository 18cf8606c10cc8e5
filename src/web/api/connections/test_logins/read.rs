//! GET /api/v2/connections/{id}/tests/{test}

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::{READ_CONNECTIONS, READ_USERS};
use crate::domain::test_login::{Told, test_login_json};
use crate::flows::manage::{ManageError, Resource};
use crate::web::api::call::{authorize, may_also, two_ids};
use crate::web::api::error::ApiError;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// The whole report. What the provider says of the person is told to those who may read users.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Get a test login", READ_CONNECTIONS).await?;
    let (connection_id, id) = two_ids(&request)?;
    Query::of(&request).finish()?;
    let told = if may_also(&visit, &request, READ_USERS).await? { Told::Everything } else { Told::Steps };
    let hub = &visit.state.hub;
    let now = hub.clock.now();
    let found = hub.store.read(move |tx| tx.find_test_login(&id, now)).await?;
    let (test, report) = found
        .filter(|(test, _)| test.connection_id == connection_id)
        .ok_or(ManageError::NotFound(Resource::TestLogin))?;
    Ok(HttpResponse::Ok().json(test_login_json(&test, &report, told, now)))
}
