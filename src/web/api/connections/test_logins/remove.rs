//! DELETE /api/v2/connections/{id}/tests/{test}

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::management_scope::UPDATE_CONNECTIONS;
use crate::flows::manage::{self, ManageError};
use crate::web::api::call::{authorize, two_ids};
use crate::web::api::error::ApiError;
use crate::web::extract::Visit;

/// 204, also if there was none.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Delete a test login", UPDATE_CONNECTIONS).await?;
    let (connection_id, id) = two_ids(&request)?;
    match manage::remove_test_login(&visit.state.hub, &actor, &connection_id, &id).await {
        Ok(()) | Err(ManageError::NotFound(_)) => Ok(HttpResponse::NoContent().finish()),
        Err(error) => Err(error.into()),
    }
}
