//! `GET /healthz`: this process answers. `GET /readyz`: and so does its database.

use actix_web::HttpResponse;
use serde_json::json;

use super::extract::Visit;

pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

pub async fn ready(visit: Visit) -> HttpResponse {
    match visit.state.hub.store.ping().await {
        Ok(()) => HttpResponse::Ok().json(json!({"status": "ready"})),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            HttpResponse::ServiceUnavailable()
                .json(json!({"status": "unavailable", "reason": "the database does not answer"}))
        }
    }
}
