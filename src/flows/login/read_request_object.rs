//! A request object is read: whose signature it bears, and what it says (RFC 9101 §6, OpenID Connect Core §6.3).

use crate::crypto::jws::{Algorithm, Jws, JwsError};
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::flows::client_fetches::{NotFetched, request_object};
use crate::flows::client_keys::{ClientKeyError, verify_with_client_keys};
use crate::flows::hub::Hub;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;
use crate::protocol::request_object::{ObjectRules, check_claims, is_type, parameters};

/// The parameters inside a request object sent by value (`request`).
///
/// # Errors
/// `invalid_request_object`; `request_not_supported` for an unsigned one.
pub(super) async fn read_request_object(
    hub: &Hub,
    client: &Client,
    object: &str,
    now: Timestamp,
) -> Result<Parameters, OAuthError> {
    read(hub, client, object, now, ErrorCode::RequestNotSupported).await
}

/// The parameters inside the request object behind `uri`, which the application has registered.
///
/// # Errors
/// `invalid_request_uri` for an address that is not registered or does not answer, `temporarily_unavailable` where it was
/// asked too often, and those of [`read_request_object`], where an unsigned one is `request_uri_not_supported`.
pub(super) async fn fetch_request_object(
    hub: &Hub,
    client: &Client,
    uri: &str,
    now: Timestamp,
) -> Result<Parameters, OAuthError> {
    let refused = |text: &'static str| OAuthError::new(ErrorCode::InvalidRequestUri, text);
    // The fragment is a hash of the content, for those who cache it (OpenID Connect Core §6.2).
    let address = without_fragment(uri);
    let is_registered = client.settings.request_uris.iter().any(|known| without_fragment(known) == address);
    if !is_registered {
        return Err(refused("request_uri is not one that the application has registered"));
    }
    let object =
        request_object(hub, &client.client_id, address, now).await.map_err(|failure| match failure {
            NotFetched::TooOften => OAuthError::new(
                ErrorCode::TemporarilyUnavailable,
                "request_uri was fetched very often just now; try again in a few seconds",
            ),
            NotFetched::Failed(failure) => {
                refused("there is no request object at request_uri, or it could not be fetched")
                    .because(failure)
            }
        })?;
    let object = str::from_utf8(&object).map_err(|_| refused("what is at request_uri is no text"))?;
    read(hub, client, object.trim(), now, ErrorCode::RequestUriNotSupported).await
}

fn without_fragment(uri: &str) -> &str {
    uri.split_once('#').map_or(uri, |(address, _)| address)
}

async fn read(
    hub: &Hub,
    client: &Client,
    object: &str,
    now: Timestamp,
    unsigned: ErrorCode,
) -> Result<Parameters, OAuthError> {
    let jws = Jws::parse(object).map_err(|error| match error {
        JwsError::Encrypted => invalid("encrypted request objects are not supported: sign it"),
        JwsError::Shape | JwsError::Header | JwsError::Critical => {
            invalid(format!("the request object is no signed JWT: {error}"))
        }
    })?;
    if jws.algorithm == "none" {
        return Err(OAuthError::new(unsigned, "unsigned request objects are not supported: sign it"));
    }
    if !is_type(jws.token_type.as_deref()) {
        return Err(invalid("the request object is a JWT of another type"));
    }
    let algorithm = accepted_algorithm(client, &jws.algorithm)?;
    verify_with_client_keys(hub, client, &jws, algorithm).await.map_err(|error| {
        let told = match &error {
            ClientKeyError::NoKeys => "the application has registered no keys to verify it with",
            ClientKeyError::UnknownKey => "none of the application's keys has signed it",
            ClientKeyError::WrongSignature => "its signature is wrong",
            ClientKeyError::Unreachable(_) => "the application's jwks_uri does not answer",
        };
        invalid(told).because(error)
    })?;
    let claims = serde_json::from_slice(&jws.payload)
        .map_err(|_| invalid("the request object holds no JSON object"))?;
    let rules = ObjectRules {
        client_id: &client.client_id,
        issuer: hub.issuer.as_str(),
        now: now.seconds(),
        leeway_seconds: limits::REQUEST_OBJECT_LEEWAY_SECONDS,
        longest_seconds: client.settings.is_fapi2().then_some(limits::FAPI_REQUEST_OBJECT_SECONDS),
    };
    check_claims(&claims, rules)?;
    Ok(parameters(&claims))
}

/// The algorithm, if the application may sign by it.
fn accepted_algorithm(client: &Client, name: &str) -> Result<Algorithm, OAuthError> {
    let algorithm = Algorithm::from_name(name)
        .ok_or_else(|| invalid("the request object is signed by an algorithm that is not supported"))?;
    if client.settings.request_object_signing_alg.is_some_and(|only| only != algorithm) {
        return Err(invalid(
            "the request object is signed by another algorithm than the application registered",
        ));
    }
    // FAPI 2.0 Security Profile §5.4.1.
    let is_fapi_algorithm = matches!(algorithm, Algorithm::PS256 | Algorithm::ES256 | Algorithm::EdDSA);
    if client.settings.is_fapi2() && !is_fapi_algorithm {
        return Err(invalid("the request object must be signed by PS256, ES256 or EdDSA"));
    }
    Ok(algorithm)
}

fn invalid(text: impl Into<String>) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequestObject, text)
}
