//! Whether a logout token is what it has to be (OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6): signed like an ID
//! token of the same connection, and impossible to mistake for one.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::claims::{self, ClaimFault};
use super::error::{UpstreamError, quoted};
use super::http::HttpClient;
use super::issuer::{IssuerChecks, check_issuer};
use super::provider::Provider;
use super::verify_signature::{SignatureChecks, verify_signature};
use crate::domain::clock::Timestamp;
use crate::domain::connection::Connection;
use crate::domain::limits;
use crate::protocol::logout_token::{BACK_CHANNEL_LOGOUT_EVENT, LOGOUT_TOKEN_TYPE};

const LOGOUT_TOKEN: SignatureChecks = SignatureChecks {
    token: "logout token",
    format: "logout-token-format",
    algorithm: "logout-token-algorithm",
    token_type: "logout-token-type",
    key: "logout-token-key",
    signature: "logout-token-signature",
    // Explicit typing is recommended (§2.4); older providers type it like any other token.
    is_foreign: |token_type| !matches!(token_type, LOGOUT_TOKEN_TYPE | "jwt"),
};

const ISSUER: IssuerChecks = IssuerChecks { issuer: "logout-token-issuer", tenant: "logout-token-tenant" };

/// Who signed out at the provider, by every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderLogout {
    pub issuer: String,
    /// Of the claim by which the connection knows its people. `subject` or `sid`, or both.
    pub subject: Option<String>,
    pub sid: Option<String>,
    /// `jti`: the token counts once.
    pub token_id: String,
    /// Until then the token would pass every other check again.
    pub remembered_until: Timestamp,
}

/// Verifies a logout token for `connection`.
///
/// # Errors
/// `logout-token-…`, one name per check, and those of fetching the provider's keys.
pub(super) async fn verify_logout_token(
    http: &Arc<HttpClient>,
    provider: &Provider,
    connection: &Connection,
    token: &str,
    now: Timestamp,
) -> Result<ProviderLogout, UpstreamError> {
    let (jws, _) = verify_signature(http, provider, connection, &LOGOUT_TOKEN, token, now).await?;
    check_claims(&jws.payload, provider, connection, now)
}

/// Reads the claims of a token whose signature is verified, and checks them.
///
/// # Errors
/// `logout-token-…`, one name per claim.
pub(super) fn check_claims(
    payload: &[u8],
    provider: &Provider,
    connection: &Connection,
    now: Timestamp,
) -> Result<ProviderLogout, UpstreamError> {
    let claims: Map<String, Value> = serde_json::from_slice(payload)
        .map_err(|_| fault("logout-token-format", "claims as a JSON object", "something else"))?;
    let issuer = check_issuer(&claims, provider, ISSUER)?;
    check_audience(&claims, &connection.options.client_id)?;
    let remembered_until = check_times(&claims, now)?;
    check_event(&claims)?;
    let subject = name(&claims, "logout-token-subject", &connection.options.user_id_attribute)?;
    let sid = name(&claims, "logout-token-session", "sid")?;
    if subject.is_none() && sid.is_none() {
        let expected = format!("{}, sid or both", connection.options.user_id_attribute);
        return Err(fault("logout-token-subject", expected, "neither"));
    }
    let token_id = name(&claims, "logout-token-id", "jti")?
        .ok_or_else(|| fault("logout-token-id", "jti, so that the token counts once", "none"))?;
    Ok(ProviderLogout { issuer, subject, sid, token_id, remembered_until })
}

fn fault(
    check: &'static str,
    expected: impl Into<Cow<'static, str>>,
    came: impl Into<Cow<'static, str>>,
) -> UpstreamError {
    UpstreamError::invalid(
        check,
        expected,
        came,
        "Make your provider issue logout tokens by OpenID Connect Back-Channel Logout 1.0, section 2.4, for the client \
         id of this connection.",
    )
}

fn check_audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), UpstreamError> {
    let came = match claims::audiences(claims) {
        Ok(audiences) if audiences.contains(&client_id) => return Ok(()),
        Ok(audiences) => quoted(&audiences.join(", ")),
        Err(fault) => fault.came().into(),
    };
    Err(fault("logout-token-audience", format!("aud {}", quoted(client_id)), came))
}

/// Young, and not expired; until when the token would still be both. The drafts of the specification knew no `exp`, so
/// that it may be missing: `iat` bounds the token all the same.
fn check_times(claims: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, UpstreamError> {
    let leeway = limits::CLOCK_LEEWAY_SECONDS;
    let date = |seconds| Timestamp::from_seconds(seconds).iso8601();
    let typed = |check, name: &str, came: &ClaimFault| {
        fault(check, format!("{name} as a number of seconds"), came.came())
    };
    let issued = claims::required_seconds(claims, "iat")
        .map_err(|came| typed("logout-token-issued-at", "iat", &came))?;
    let oldest = now.seconds() - limits::UPSTREAM_TOKEN_AGE_SECONDS - leeway;
    if issued > now.seconds() + leeway || issued < oldest {
        let expected = format!("iat between {} and {}", date(oldest), now.iso8601());
        return Err(fault("logout-token-issued-at", expected, date(issued)));
    }
    let expires =
        claims::optional_seconds(claims, "exp").map_err(|came| typed("logout-token-expiry", "exp", &came))?;
    if let Some(expires) = expires.filter(|expires| expires + leeway <= now.seconds()) {
        return Err(fault("logout-token-expiry", format!("exp after {}", now.iso8601()), date(expires)));
    }
    Ok(Timestamp::from_seconds(issued + limits::UPSTREAM_TOKEN_AGE_SECONDS + 2 * leeway))
}

/// The event makes it a logout token; a `nonce` would make it an ID token (§2.4).
fn check_event(claims: &Map<String, Value>) -> Result<(), UpstreamError> {
    let event = claims::claim(claims, "events").and_then(|events| events.get(BACK_CHANNEL_LOGOUT_EVENT));
    if !event.is_some_and(Value::is_object) {
        let expected = format!("events with the member {BACK_CHANNEL_LOGOUT_EVENT}");
        return Err(fault("logout-token-event", expected, "none of that kind"));
    }
    if claims.contains_key("nonce") {
        return Err(fault("logout-token-nonce", "no nonce", "one: this may be an ID token"));
    }
    Ok(())
}

/// A name that may be missing, but not be nonsense.
fn name(
    claims: &Map<String, Value>,
    check: &'static str,
    claim: &str,
) -> Result<Option<String>, UpstreamError> {
    let wrong = |came: &'static str| {
        let expected = format!("{claim} as a text of 1 to {} characters", limits::SUBJECT_CHARACTERS);
        fault(check, expected, came)
    };
    match claims::optional_text(claims, claim).map_err(|came| wrong(came.came()))? {
        None => Ok(None),
        Some(text) if is_name(text) => Ok(Some(text.to_owned())),
        Some(_) => Err(wrong("another one")),
    }
}

/// Whether a provider may call a person, a session or a token that.
pub(super) fn is_name(text: &str) -> bool {
    (1..=limits::SUBJECT_CHARACTERS).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}
