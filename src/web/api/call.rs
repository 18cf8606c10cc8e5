//! Who calls, and for what: the first thing every endpoint asks.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::web::Path;
use actix_web::{FromRequest as _, HttpMessage as _, HttpRequest};

use super::error::ApiError;
use crate::domain::limits;
use crate::flows::manage::{self, Actor, NotAuthorized};
use crate::web::extract::Visit;

/// What a call is about, for the log if it is refused.
#[derive(Clone, Debug)]
pub(super) struct Attempted {
    /// In words: `Create a connection`.
    pub what: &'static str,
    /// Once it is known who calls.
    pub actor: Option<Actor>,
}

/// The application that calls, if its token carries `scope` (RFC 6750 §2.1: from the header alone, never from
/// the address or a form).
///
/// # Errors
/// 401 without a token for this API, 403 without the scope.
pub(super) async fn authorize(
    visit: &Visit,
    request: &HttpRequest,
    what: &'static str,
    scope: &str,
) -> Result<Actor, ApiError> {
    authorize_any(visit, request, what, &[scope]).await
}

/// As [`authorize`], where either of several scopes will do.
///
/// # Errors
/// 401 without a token for this API, 403 without any of the scopes.
pub(super) async fn authorize_any(
    visit: &Visit,
    request: &HttpRequest,
    what: &'static str,
    scopes: &[&str],
) -> Result<Actor, ApiError> {
    request.extensions_mut().insert(Attempted { what, actor: None });
    let token = bearer_token(request.headers()).ok_or(ApiError::MissingToken)?;
    let outcome = manage::authorize(&visit.state.hub, token, scopes, &visit.origin).await;
    let known = match &outcome {
        Ok(actor) | Err(NotAuthorized::InsufficientScope { actor, .. }) => Some(actor.clone()),
        Err(NotAuthorized::InvalidToken(_) | NotAuthorized::TooMany(_) | NotAuthorized::Store(_)) => None,
    };
    request.extensions_mut().insert(Attempted { what, actor: known });
    Ok(outcome?)
}

/// Whether the token of a call that is authorized carries `scope` too.
///
/// # Errors
/// As [`authorize`], where the token is none any more.
pub(super) async fn may_also(visit: &Visit, request: &HttpRequest, scope: &str) -> Result<bool, ApiError> {
    let token = bearer_token(request.headers()).ok_or(ApiError::MissingToken)?;
    match manage::authorize(&visit.state.hub, token, &[scope], &visit.origin).await {
        Ok(_) => Ok(true),
        Err(NotAuthorized::InsufficientScope { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The token of the one `Authorization: Bearer` header.
fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION);
    let (value, None) = (values.next()?, values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The `{id}` of the path, decoded.
///
/// # Errors
/// 400 if it is not text of a sensible length.
pub(super) fn id(request: &HttpRequest) -> Result<String, ApiError> {
    let decoded = Path::<String>::extract(request).into_inner();
    checked(decoded.map_err(|_| ApiError::InvalidPath("the id is not percent-encoded UTF-8"))?.into_inner())
}

/// The two ids of a path, decoded.
///
/// # Errors
/// As [`id`].
pub(super) fn two_ids(request: &HttpRequest) -> Result<(String, String), ApiError> {
    let decoded = Path::<(String, String)>::extract(request).into_inner();
    let (one, other) =
        decoded.map_err(|_| ApiError::InvalidPath("an id is not percent-encoded UTF-8"))?.into_inner();
    Ok((checked(one)?, checked(other)?))
}

fn checked(id: String) -> Result<String, ApiError> {
    if id.len() > limits::PARAMETER_BYTES || id.chars().any(char::is_control) {
        return Err(ApiError::InvalidPath("the id is too long or has control characters"));
    }
    Ok(id)
}

/// The `{id}` of a connection's path.
///
/// # Errors
/// 400 if it does not look like one.
pub(super) fn connection_id(request: &HttpRequest) -> Result<String, ApiError> {
    checked_connection_id(id(request)?)
}

/// `id`, if it looks like a connection's.
///
/// # Errors
/// 400 if it does not.
pub(super) fn checked_connection_id(id: String) -> Result<String, ApiError> {
    let is_one = id.strip_prefix("con_").is_some_and(|rest| {
        rest.len() == limits::CONNECTION_ID_CHARACTERS
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    if is_one {
        Ok(id)
    } else {
        Err(ApiError::InvalidPath(
            "a connection's id is con_ and 16 letters or digits; to look one up by name, list connections with ?name=",
        ))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn a_token_is_taken_from_one_bearer_header_alone() {
        let token = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, HeaderValue::from_static(value));
            }
            bearer_token(&headers).map(str::to_owned)
        };
        assert_eq!(token(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(token(&["bearer  abc "]).as_deref(), Some("abc"));
        for refused in [&[][..], &["Bearer"], &["Bearer "], &["Basic abc"], &["Bearer a", "Bearer b"]] {
            assert_eq!(token(refused), None, "{refused:?}");
        }
    }
}
