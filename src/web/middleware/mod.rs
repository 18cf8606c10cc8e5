//! Around every request: its id, its headers, its line in the log.

mod cors;
mod paths;
mod secure;
mod visits;

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _};

use super::state::WebState;
pub use cors::share;
pub use paths::refuse_unreadable_paths;
pub use secure::{MayBeFramed, secure};
pub use visits::{Loading, only_visits};

/// Names one request in answers, logs and error pages.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const REQUEST_ID_CHARACTERS: usize = 16;

/// Gives the request an id, writes its log line and counts it. The path is logged by its pattern, without
/// its query: both can hold secrets.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let state = request.app_data::<Data<WebState>>().cloned();
    let id =
        state.as_ref().map_or_else(String::new, |state| state.hub.random.alphanumeric(REQUEST_ID_CHARACTERS));
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.call(request).await?;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    let took = started.elapsed();
    let route = response.request().match_pattern();
    let method = response.request().method().as_str();
    let status = response.status().as_u16();
    if let Some(state) = state {
        state.hub.metrics.http_request(route.as_deref(), method, status, took);
    }
    tracing::info!(
        request_id = id,
        method,
        route = route.as_deref().unwrap_or("unmatched"),
        status,
        took_micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "request"
    );
    Ok(response)
}
