//! GET /api/v2/connections/presets

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::domain::connection::{CallbackPath, RedirectUri};
use crate::domain::management_scope::READ_CONNECTIONS;
use crate::domain::preset::{PRESETS, preset_json};
use crate::web::api::call::authorize;
use crate::web::api::error::ApiError;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// What is known about each kind of provider, for whoever sets up a connection: what to ask, and where it is found.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "List the presets of connections", READ_CONNECTIONS).await?;
    Query::of(&request).finish()?;
    let issuer = &visit.state.hub.issuer;
    let callback_urls = json!({
        "connection": CallbackPath::of("{name}", RedirectUri::Connection).at(issuer),
        "shared": CallbackPath::of("{name}", RedirectUri::Shared).at(issuer),
    });
    let shown = PRESETS.iter().map(|preset| {
        let mut json = preset_json(preset);
        if let Some(members) = json.as_object_mut() {
            members.insert("callback_urls".into(), callback_urls.clone());
        }
        json
    });
    Ok(HttpResponse::Ok().json(shown.collect::<Vec<Value>>()))
}
