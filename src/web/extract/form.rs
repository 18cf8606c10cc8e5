//! A form's body: the right content type, decoded once.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Payload;
use actix_web::{HttpMessage as _, HttpRequest};

use super::body::{BodyError, read_body};
use crate::protocol::parameters::Parameters;

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    #[error("the body must be application/x-www-form-urlencoded")]
    WrongContentType,
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error("the body is not UTF-8")]
    NotText,
}

/// Who a form that was read says it is from, for those around the handler; nothing of it is proven.
#[derive(Clone, Default)]
pub struct SentForm {
    pub client_id: Option<String>,
    pub access_token: Option<String>,
}

/// Reads a form of at most `limit` bytes.
///
/// # Errors
/// [`FormError`].
pub async fn read_form(request: &HttpRequest, body: Payload, limit: usize) -> Result<Parameters, FormError> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(FormError::WrongContentType);
    }
    let bytes = read_body(request, body, limit).await?;
    let text = String::from_utf8(bytes).map_err(|_| FormError::NotText)?;
    let form = Parameters::decode(&text);
    request
        .extensions_mut()
        .insert(SentForm { client_id: form.owned("client_id"), access_token: form.owned("access_token") });
    Ok(form)
}
