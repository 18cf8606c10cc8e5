//! Which scripts of other origins may read our answers (Fetch Standard §3.3, CORS).
//!
//! What is the same for everybody may be read from anywhere. The endpoints that single-page applications call may
//! be read from the origins of applications; never with the browser's cookies. Nothing else may be read at all.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, FromRequest as _, HttpMessage as _, HttpRequest, HttpResponse};

use crate::crypto::jws::Jws;
use crate::domain::audit::{LogEntry, LogType};
use crate::domain::client::Client;
use crate::domain::limits;
use crate::protocol::said::Said;
use crate::store::StoreError;
use crate::web::extract::{SentForm, Visit};
use crate::web::state::WebState;

/// Who may read the answers of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readers {
    Everybody,
    OriginsOfApplications,
}

/// Endpoint, who may read it, and by which methods.
const SHARED: [(&str, Readers, &str); 7] = [
    ("/.well-known/openid-configuration", Readers::Everybody, "GET, HEAD"),
    ("/.well-known/oauth-authorization-server", Readers::Everybody, "GET, HEAD"),
    ("/.well-known/jwks.json", Readers::Everybody, "GET, HEAD"),
    ("/oauth/token", Readers::OriginsOfApplications, "POST"),
    ("/oauth/revoke", Readers::OriginsOfApplications, "POST"),
    ("/oauth/par", Readers::OriginsOfApplications, "POST"),
    ("/userinfo", Readers::OriginsOfApplications, "GET, POST"),
];

const EXPOSED: &str = "DPoP-Nonce, WWW-Authenticate, X-Request-Id";

/// Answers preflight requests, and marks answers that another origin may read.
pub async fn share(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let shared = SHARED.iter().find(|(path, _, _)| *path == request.path());
    let state = request.app_data::<Data<WebState>>().cloned();
    let (Some((path, readers, methods)), Some(state)) = (shared, state) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    if is_preflight(&request) {
        let answer = preflight(&state, request.request(), path, *readers, methods).await;
        return Ok(request.into_response(answer).map_into_right_body());
    }
    let mut response = next.call(request).await?;
    let may_read = may_read(&state, response.request(), path, *readers).await;
    mark(response.headers_mut(), *readers, may_read.as_ref());
    if may_read.is_some() {
        response.headers_mut().insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
    Ok(response.map_into_left_body())
}

/// The header that lets `origin` read, and, where answers differ by it, what caches must know.
fn mark(headers: &mut HeaderMap, readers: Readers, origin: Option<&HeaderValue>) {
    if readers == Readers::OriginsOfApplications {
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
}

fn is_preflight(request: &ServiceRequest) -> bool {
    *request.method() == Method::OPTIONS
        && request.headers().contains_key(ORIGIN)
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// A preflight names no application: it is answered for the origins of all of them. Headers are allowed as asked
/// for: libraries add their own, and none of them means anything to us that it should not.
async fn preflight(
    state: &WebState,
    request: &HttpRequest,
    path: &str,
    readers: Readers,
    methods: &'static str,
) -> HttpResponse {
    let mut answer = HttpResponse::NoContent().finish();
    let headers = answer.headers_mut();
    let allowed = match readers {
        Readers::Everybody => Some(HeaderValue::from_static("*")),
        Readers::OriginsOfApplications => match origin_of_any(state, request).await {
            Ok(allowed) => allowed,
            Err(error) => {
                tracing::error!(%error, "a preflight request cannot be answered");
                return HttpResponse::ServiceUnavailable().finish();
            }
        },
    };
    mark(headers, readers, allowed.as_ref());
    if allowed.is_none() {
        note(state, request, path, None);
        *answer.status_mut() = actix_web::http::StatusCode::FORBIDDEN;
        return answer;
    }
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(limits::PREFLIGHT_MAX_AGE_SECONDS));
    headers.append(VARY, HeaderValue::from_static("Access-Control-Request-Headers"));
    if let Some(asked) = request.headers().get(ACCESS_CONTROL_REQUEST_HEADERS)
        && asked.len() <= limits::PARAMETER_BYTES
    {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    answer
}

/// The origin for which the answer may be read: one of the application that the request names. Where it names
/// none, the answer is a refusal that says nothing of anybody, and any application's origin may read that.
async fn may_read(
    state: &WebState,
    request: &HttpRequest,
    path: &str,
    readers: Readers,
) -> Option<HeaderValue> {
    if readers == Readers::Everybody {
        return Some(HeaderValue::from_static("*"));
    }
    let origin = single(request.headers(), &ORIGIN)?;
    if origin.to_str().ok()? == state.hub.issuer.origin() {
        return None;
    }
    let client = match named_client(request) {
        Some(client_id) => state.hub.directory.client(&client_id).await.ok()?,
        None => None,
    };
    let Some(client) = client else { return origin_of_any(state, request).await.ok()? };
    if client.may_be_called_from(origin.to_str().ok()?) {
        return Some(origin.clone());
    }
    note(state, request, path, Some(&client));
    None
}

async fn origin_of_any(state: &WebState, request: &HttpRequest) -> Result<Option<HeaderValue>, StoreError> {
    let origin = single(request.headers(), &ORIGIN);
    let Some((value, text)) = origin.and_then(|value| Some((value, value.to_str().ok()?))) else {
        return Ok(None);
    };
    let is_known = state.hub.directory.is_origin_of_any_client(text).await?;
    Ok(is_known.then(|| value.clone()))
}

/// The value of a header that is there once.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name);
    let (value, None) = (values.next()?, values.next()) else { return None };
    Some(value)
}

/// The application that the request says it is, in its form or by its access token. Unproven: whoever lies here
/// reads the refusal that somebody else's application would get.
fn named_client(request: &HttpRequest) -> Option<String> {
    let form = request.extensions().get::<SentForm>().cloned().unwrap_or_default();
    if form.client_id.is_some() {
        return form.client_id;
    }
    let header = single(request.headers(), &AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|header| header.split_once(' ')).map(|(_, token)| token.trim().to_owned());
    let token = token.or(form.access_token)?;
    let jws = Jws::parse(&token).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&jws.payload).ok()?;
    Some(claims.get("client_id")?.as_str()?.to_owned())
}

/// Says in the log what the browser will only call a CORS error.
fn note(state: &WebState, request: &HttpRequest, path: &str, client: Option<&Client>) {
    let Ok(visit) = Visit::extract(request).into_inner() else { return };
    let origin = Said::<{ limits::SHORT_TEXT_CHARACTERS }>::new(visit.header(&ORIGIN).unwrap_or_default());
    let whose = match client {
        Some(_) => "this application: add it to its allowed_origins",
        None => "any application: add it to the allowed_origins of the one that calls",
    };
    let words = format!("{path} was called from {origin:?}, which is no origin of {whose}");
    let hub = &state.hub;
    let suffix = hub.random.alphanumeric(12);
    let mut entry = LogEntry::new(hub.clock.now(), &suffix, LogType::OriginRefused, words, &visit.origin);
    entry.name(&client);
    hub.journal.note(entry);
}
