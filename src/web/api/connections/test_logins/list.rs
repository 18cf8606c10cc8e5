//! GET /api/v2/connections/{id}/tests

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::domain::management_scope::READ_CONNECTIONS;
use crate::domain::test_login::{Told, test_login_json};
use crate::flows::manage::{ManageError, Resource};
use crate::store::StoreError;
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// The tests that are kept, the latest first, without their links and reports; their number is limited.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "List test logins", READ_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    Query::of(&request).finish()?;
    let hub = &visit.state.hub;
    let now = hub.clock.now();
    let found = hub
        .store
        .read(move |tx| {
            let exists = tx.find_connection(&id)?.is_some();
            Ok::<_, StoreError>(if exists { Some(tx.test_logins_of(&id, now)?) } else { None })
        })
        .await?;
    let tests = found.ok_or(ManageError::NotFound(Resource::Connection))?;
    let tests: Vec<Value> =
        tests.iter().map(|(test, report)| test_login_json(test, report, Told::Status, now)).collect();
    Ok(HttpResponse::Ok().json(json!({ "tests": tests })))
}
