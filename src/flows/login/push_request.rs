//! An application pushes an authorization request before it sends the browser (RFC 9126): checked whole, as if the
//! browser had brought it.

use std::sync::Arc;

use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::flows::hub::Hub;
use crate::flows::token::{AuthenticatedEndpoint, TokenError, authenticate_client, held_key};
use crate::protocol::authorization_request::NoReturnAddress;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;
use crate::protocol::request_object;

use super::check_request::{check_request, return_address};
use super::pushed_request;
use super::read_request_object::read_request_object;
use super::resolve_request::must_not_be_unsigned;

/// What a client authenticates with; no part of the request it pushes.
const CREDENTIALS: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

/// What the application sends the browser with.
#[derive(Debug)]
pub struct PushedRequest {
    pub request_uri: String,
    /// Seconds.
    pub expires_in: i64,
}

/// Why a request was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    #[error(transparent)]
    Refused(#[from] TokenError),
    #[error("too many requests wait already: send the browsers, or wait")]
    TooMany,
}

impl From<OAuthError> for PushError {
    fn from(error: OAuthError) -> Self {
        Self::Refused(error.into())
    }
}

/// Takes the request in `body`. `proof` is the header `DPoP`.
///
/// # Errors
/// [`PushError`]; noted in the journal.
pub async fn push_request(
    hub: &Hub,
    authorization: Option<&str>,
    proof: Option<&str>,
    body: &Parameters,
    origin: &Origin,
) -> Result<PushedRequest, PushError> {
    let mut client = None;
    let outcome = push_as(hub, authorization, proof, body, origin, &mut client).await;
    let reason = match &outcome {
        Ok(_)
        | Err(PushError::Refused(
            TokenError::Logged(_) | TokenError::TooMany(_) | TokenError::Store(_) | TokenError::Signing(_),
        )) => None,
        Err(PushError::Refused(TokenError::Refused(error))) => Some(error.to_string()),
        Err(error @ PushError::TooMany) => Some(error.to_string()),
    };
    if let Some(reason) = reason {
        let suffix = hub.random.alphanumeric(12);
        let mut entry = LogEntry::new(hub.clock.now(), &suffix, LogType::PushedRequestFailed, reason, origin);
        entry.name(&client);
        hub.journal.note(entry);
    }
    outcome
}

async fn push_as(
    hub: &Hub,
    authorization: Option<&str>,
    proof: Option<&str>,
    body: &Parameters,
    origin: &Origin,
    proven: &mut Option<Arc<Client>>,
) -> Result<PushedRequest, PushError> {
    let now = hub.clock.now();
    let client =
        authenticate_client(hub, authorization, body, AuthenticatedEndpoint::PushedRequest, origin).await?;
    *proven = Some(Arc::clone(&client));
    let parameters = requested(hub, &client, body, now).await?;
    let parameters = match proof {
        Some(_) => bound_to(held_key(hub, proof, "oauth/par", &client, origin).await?, parameters)?,
        None => parameters,
    };
    let to = return_address(&client, &parameters).map_err(|reason| match reason {
        NoReturnAddress::RedirectUriMissing => invalid("redirect_uri is missing"),
        NoReturnAddress::RedirectUriNotRegistered => {
            invalid("redirect_uri is not one that the application has registered")
        }
    })?;
    check_request(hub, &client, &parameters, &to).await.map_err(TokenError::from)??;
    let kept = pushed_request::keep(hub, &client, parameters, origin, now).await.map_err(TokenError::from)?;
    kept.map(|request_uri| PushedRequest { request_uri, expires_in: limits::PUSHED_REQUEST_SECONDS })
        .ok_or(PushError::TooMany)
}

/// The parameters of the request, without what the client authenticated with. Beside a request object none of them
/// counts (RFC 9126 §3).
async fn requested(
    hub: &Hub,
    client: &Client,
    body: &Parameters,
    now: Timestamp,
) -> Result<Parameters, OAuthError> {
    if body.single("request_uri").is_some() {
        return Err(invalid("request_uri cannot be pushed: send what is behind it"));
    }
    let kept = body.iter().filter(|(name, _)| !CREDENTIALS.contains(name) && *name != "client_id");
    let outside = Parameters::new(kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
    match body.single("request") {
        Some(object) => {
            let inside = read_request_object(hub, client, object, now).await.map_err(unsigned_is_invalid)?;
            request_object::merge(&outside, inside, true)
        }
        None => {
            must_not_be_unsigned(client)?;
            Ok(outside)
        }
    }
}

/// The request with the key that its sender holds: the code will be for that key alone (RFC 9449 §10.1).
fn bound_to(key: Option<String>, parameters: Parameters) -> Result<Parameters, OAuthError> {
    let Some(key) = key else { return Ok(parameters) };
    match parameters.single("dpop_jkt") {
        Some(named) if named == key => Ok(parameters),
        Some(_) => Err(invalid("dpop_jkt is not the key of the DPoP proof")),
        None => {
            let mut pairs = parameters.into_pairs();
            pairs.push(("dpop_jkt".into(), key));
            Ok(Parameters::new(pairs))
        }
    }
}

/// There is no word for it in RFC 9126 but this.
fn unsigned_is_invalid(error: OAuthError) -> OAuthError {
    if error.code == ErrorCode::RequestNotSupported {
        OAuthError::new(ErrorCode::InvalidRequestObject, error.description)
    } else {
        error
    }
}

fn invalid(text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, text)
}
