//! Around every call: a refused change is noted.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest as _, HttpMessage as _, HttpRequest};

use super::call::Attempted;
use super::error::ApiError;
use crate::flows::manage;
use crate::web::extract::Visit;

/// Notes every change that is refused, with the reason. Strangers cannot make it a write: the journal is bounded.
pub(super) async fn note_refusals(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let response = next.call(request).await?;
    let error = response.response().error().and_then(|error| error.as_error::<ApiError>());
    if let Some(error) = error
        && *response.request().method() != Method::GET
    {
        note(response.request(), error);
    }
    Ok(response)
}

fn note(request: &HttpRequest, error: &ApiError) {
    let attempted = request.extensions().get::<Attempted>().cloned();
    let (Some(Attempted { what, actor }), Ok(visit)) = (attempted, Visit::extract(request).into_inner())
    else {
        return;
    };
    let hub = &visit.state.hub;
    hub.journal.note(manage::refusal(hub, what, &error.message(), &visit.origin, actor.as_ref()));
}
