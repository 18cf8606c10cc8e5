//! A path that no name can stand in.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest as _, HttpResponse};
use percent_encoding::percent_decode_str;

use crate::web::extract::Visit;
use crate::web::{api, page_error};

/// Answers 404 for a path with a control character in it, or one that is not UTF-8: nothing has such a name, and a database
/// need not be asked, some of which would refuse it.
pub async fn refuse_unreadable_paths(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    if is_readable(request.path()) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let (request, mut payload) = request.into_parts();
    let answer = if request.path().starts_with("/api/v2/") {
        api::nothing_at(request.path())
    } else {
        match Visit::from_request(&request, &mut payload).await {
            Ok(visit) => page_error::show_unlogged(&visit, StatusCode::NOT_FOUND, "page-not-found"),
            Err(_) => HttpResponse::NotFound().finish(),
        }
    };
    Ok(ServiceResponse::new(request, answer).map_into_right_body())
}

fn is_readable(path: &str) -> bool {
    percent_decode_str(path).decode_utf8().is_ok_and(|path| !path.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_broken_utf8_make_a_path_unreadable() {
        for path in ["/", "/login/caf%C3%A9", "/a%20b", "/users/oidc%7Cacme%7C1", "/100%", "/%zz", "/%2500"] {
            assert!(is_readable(path), "{path}");
        }
        for path in ["/%00", "/a%00b", "/a%0Ab", "/a%0d", "/%7f", "/%C2%85", "/%ff", "/caf%C3", "/%c0%80"] {
            assert!(!is_readable(path), "{path}");
        }
    }
}
