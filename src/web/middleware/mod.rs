//! Around every request: its id, its headers, its line in the log.

mod cors;

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    self, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _};

use super::state::WebState;
pub use cors::share;

/// Names one request in answers, logs and error pages.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Marks an answer whose own `frame-ancestors` says which pages may hold it; the older header cannot.
#[derive(Clone, Copy, Debug)]
pub struct MayBeFramed;

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

/// Headers that every answer carries unless the handler chose otherwise.
pub async fn secure(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let is_https = request.app_data::<Data<WebState>>().is_some_and(|state| state.hub.issuer.is_https());
    let mut response = next.call(request).await?;
    let may_be_framed = response.response().extensions().contains::<MayBeFramed>();
    let headers = response.headers_mut();
    let mut default = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    default(X_CONTENT_TYPE_OPTIONS, "nosniff");
    if !may_be_framed {
        default(X_FRAME_OPTIONS, "DENY");
    }
    // Our own forms must name their origin; everybody else learns nothing of our addresses.
    default(REFERRER_POLICY, "same-origin");
    default(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
    default(header::CACHE_CONTROL, "no-store");
    if is_https {
        default(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    Ok(response)
}
