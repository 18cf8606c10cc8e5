//! PUT /api/v2/connections/{id}/logo

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};

use crate::domain::fields::Fields;
use crate::domain::limits;
use crate::domain::management_scope::UPDATE_CONNECTIONS;
use crate::flows::manage::{self, LogoSource};
use crate::web::api::answer;
use crate::web::api::body::{self, FileOrObject};
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::connections::shown;
use crate::web::api::error::ApiError;
use crate::web::api::preconditions::if_match;
use crate::web::extract::Visit;

/// The body is the picture, or `{"url"}` of one that is fetched now.
pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let actor = authorize(&visit, &request, "Set a connection's logo", UPDATE_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    let source = match body::file_or_object(&request, payload).await? {
        FileOrObject::File(file) => LogoSource::File(file),
        FileOrObject::Object(object) => LogoSource::Address(address(&object)?),
    };
    let hub = &visit.state.hub;
    let connection = manage::set_connection_logo(hub, &actor, &id, source, if_match(&request)).await?;
    let json = shown(&visit.state.hub, &connection).await?;
    Ok(answer::resource(StatusCode::OK, connection.version, &json))
}

/// Which addresses may be asked is the guard's to say.
fn address(object: &Map<String, Value>) -> Result<String, ApiError> {
    let mut fields = Fields::new(object, "");
    let url = fields.required_text("url", 1..=limits::URL_BYTES);
    let mut problems = Vec::new();
    fields.finish(&mut problems);
    url.filter(|_| problems.is_empty()).ok_or(ApiError::InvalidBody(problems))
}
