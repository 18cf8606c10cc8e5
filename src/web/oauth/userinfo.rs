//! `GET|POST /userinfo` (OpenID Connect Core §5.3). The token travels in the `Authorization` header, or in
//! the body of a form (RFC 6750 §2.1, §2.2); never in the query. One bound to a key comes with a proof
//! (RFC 9449 §7).

use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::limits;
use crate::flows::token::{PresentedToken, Scheme, UserInfo, read_userinfo};
use crate::web::extract::{Visit, read_form};
use crate::web::json_error;
use crate::web::oauth::dpop;

pub async fn handle(visit: Visit, request: HttpRequest, body: Payload) -> HttpResponse {
    let in_header =
        visit.header(&AUTHORIZATION).and_then(presented).map(|(scheme, token)| (scheme, token.to_owned()));
    let found = match in_header {
        Some(found) => Some(found),
        None if request.method() == Method::POST => read_form(&request, body, limits::FORM_BYTES)
            .await
            .ok()
            .and_then(|form| form.owned("access_token"))
            .map(|token| (Scheme::Bearer, token)),
        None => None,
    };
    // Without any token the challenge names no error (RFC 6750 §3.1).
    let Some((scheme, token)) = found else {
        return HttpResponse::Unauthorized()
            .append_header((WWW_AUTHENTICATE, "Bearer"))
            .append_header((WWW_AUTHENTICATE, dpop::challenge(None)))
            .finish();
    };
    let proof = match dpop::proof(&request) {
        Ok(proof) => proof,
        Err(error) => return json_error::resource_error(&visit, &error, scheme),
    };
    let method = request.method().as_str();
    let presented = PresentedToken { token: &token, scheme, proof, method, origin: &visit.origin };
    let mut answer = match read_userinfo(&visit.state.hub, presented).await {
        Ok(UserInfo::Json(claims)) => HttpResponse::Ok().json(claims),
        Ok(UserInfo::Jwt(signed)) => HttpResponse::Ok().content_type("application/jwt").body(signed),
        Err(error) => json_error::resource_error(&visit, &error, scheme),
    };
    dpop::add_nonce(&visit, proof, &mut answer);
    answer
}

/// The scheme and token of an `Authorization` header; the scheme's case does not matter (RFC 9110 §11.1).
fn presented(header: &str) -> Option<(Scheme, &str)> {
    let (name, token) = header.split_once(' ')?;
    let scheme = [("bearer", Scheme::Bearer), ("dpop", Scheme::Dpop)];
    let (_, scheme) = scheme.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known))?;
    Some((scheme, token.trim()))
}

/// The token of a `Bearer` header.
pub fn bearer(header: &str) -> Option<&str> {
    presented(header).filter(|(scheme, _)| *scheme == Scheme::Bearer).map(|(_, token)| token)
}
