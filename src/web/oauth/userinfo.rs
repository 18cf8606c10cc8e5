//! `GET|POST /userinfo` (OpenID Connect Core §5.3). The token travels in the `Authorization` header, or in
//! the body of a form (RFC 6750 §2.1, §2.2); never in the query.

use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::limits;
use crate::flows::token::{UserInfo, read_userinfo};
use crate::web::extract::{Visit, read_form};
use crate::web::json_error;

pub async fn handle(visit: Visit, request: HttpRequest, body: Payload) -> HttpResponse {
    let in_header = visit.header(&AUTHORIZATION).and_then(bearer).map(str::to_owned);
    let token = match in_header {
        Some(token) => Some(token),
        None if request.method() == Method::POST => read_form(&request, body, limits::FORM_BYTES)
            .await
            .ok()
            .and_then(|form| form.owned("access_token")),
        None => None,
    };
    // Without any token the challenge names no error (RFC 6750 §3.1).
    let Some(token) = token else {
        return HttpResponse::Unauthorized().insert_header((WWW_AUTHENTICATE, "Bearer")).finish();
    };
    match read_userinfo(&visit.state.hub, &token).await {
        Ok(UserInfo::Json(claims)) => HttpResponse::Ok().json(claims),
        Ok(UserInfo::Jwt(signed)) => HttpResponse::Ok().content_type("application/jwt").body(signed),
        Err(error) => json_error::bearer_error(&visit, &error),
    }
}

/// The token of a `Bearer` header; the scheme's case does not matter (RFC 9110 §11.1).
pub fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
