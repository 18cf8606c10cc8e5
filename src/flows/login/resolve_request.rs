//! What an application asks, wherever it wrote it: in the parameters, in a request object by value or by reference
//! (RFC 9101, OpenID Connect Core §6), or pushed before (RFC 9126).

use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::flows::hub::Hub;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;
use crate::protocol::request_object;
use crate::store::StoreError;

use super::check_request::LIMITS;
use super::pushed_request;
use super::read_request_object::{fetch_request_object, read_request_object};

/// A request as plain parameters.
pub(super) struct Resolved {
    pub parameters: Parameters,
    pub source: Source,
}

/// How a request came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Parameters,
    RequestObject,
    Pushed { reference_hash: String },
}

/// Why there are no parameters to check.
#[derive(Debug)]
pub(super) enum NotResolved {
    /// About a pushed request, beside which no parameter counts: nothing proves where an answer may go.
    Pushed(OAuthError),
    Object(OAuthError),
    Store(StoreError),
}

impl From<StoreError> for NotResolved {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Source {
    /// Whether the application may ask in this way.
    ///
    /// # Errors
    /// `invalid_request`: it has to push its requests (RFC 9126 §6), or to sign them (RFC 9101 §10.5).
    pub(super) fn suits(&self, client: &Client) -> Result<(), OAuthError> {
        let settings = &client.settings;
        match self {
            // What was pushed was held to the same rules then.
            Self::Pushed { .. } => Ok(()),
            Self::Parameters | Self::RequestObject
                if settings.require_pushed_authorization_requests || settings.is_fapi2() =>
            {
                Err(OAuthError::new(
                    ErrorCode::InvalidRequest,
                    "this application has to push its requests to the endpoint oauth/par (RFC 9126)",
                ))
            }
            Self::Parameters => must_not_be_unsigned(client),
            Self::RequestObject => Ok(()),
        }
    }
}

/// # Errors
/// `invalid_request` for an application that has to sign its requests.
pub(super) fn must_not_be_unsigned(client: &Client) -> Result<(), OAuthError> {
    if client.settings.require_signed_request_object {
        return Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            "this application has to send its requests signed, in the parameter request (RFC 9101)",
        ));
    }
    Ok(())
}

/// Whether nothing outside a request object counts.
pub(super) fn only_inside_counts(client: &Client) -> bool {
    client.settings.require_signed_request_object || client.settings.is_fapi2()
}

/// Finds what is asked.
///
/// # Errors
/// [`NotResolved`].
pub(super) async fn resolve_request(
    hub: &Hub,
    client: &Client,
    outside: &Parameters,
    now: Timestamp,
) -> Result<Resolved, NotResolved> {
    let reference = outside.single("request_uri");
    if let Some(reference) = reference.and_then(pushed_request::reference_in) {
        let (parameters, reference_hash) = pushed_request::find(hub, client, reference, now).await?;
        return Ok(Resolved { parameters, source: Source::Pushed { reference_hash } });
    }
    let object = match (outside.single("request"), reference) {
        (None, None) => {
            return Ok(Resolved { parameters: outside.clone(), source: Source::Parameters });
        }
        (Some(_), Some(_)) => {
            return Err(NotResolved::Object(OAuthError::new(
                ErrorCode::InvalidRequest,
                "request and request_uri were sent together: send one of them",
            )));
        }
        (Some(object), None) => {
            outside.check(LIMITS.parameter, LIMITS.request).map_err(NotResolved::Object)?;
            read_request_object(hub, client, object, now).await
        }
        (None, Some(uri)) => {
            outside.check(LIMITS.parameter, LIMITS.request).map_err(NotResolved::Object)?;
            fetch_request_object(hub, client, uri, now).await
        }
    };
    let inside = object.map_err(NotResolved::Object)?;
    let parameters = request_object::merge(outside, inside, only_inside_counts(client));
    Ok(Resolved { parameters: parameters.map_err(NotResolved::Object)?, source: Source::RequestObject })
}
